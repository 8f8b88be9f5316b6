"""UWS 1.1 documents: a job, a job list, and their twins in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from lxml import etree
from satvo.ingest.tables.columns import NOT_XML
from satvo.service.jobs.book import Job, Result

__all__ = [
    "job_document", "job_json", "list_document", "list_json", "parameters_document",
    "results_document", "time_text",
]  # fmt: skip

UWS = "http://www.ivoa.net/xml/UWS/v1.0"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{XSI}}}nil"
_HREF = f"{{{XLINK}}}href"


def job_document(job: Job, url: str) -> bytes:
    """A job (UWS 1.1, section 2.2.2.2).

    Parameters
    ----------
    job : Job
    url : str
        Public address of the job.
    """
    root = _root("job", version="1.1")
    _add(root, "jobId", job.job_id)
    if job.run_id is not None:
        _add(root, "runId", job.run_id)
    _add(root, "ownerId", job.owner)
    _add(root, "phase", job.phase)
    _add(root, "quote", None)
    _add(root, "creationTime", time_text(job.created))
    _add(root, "startTime", time_text(job.started))
    _add(root, "endTime", time_text(job.ended))
    _add(root, "executionDuration", str(job.execution_duration))
    _add(root, "destruction", time_text(job.destruction))
    _add_parameters(_add(root, "parameters"), job)
    _add_results(_add(root, "results"), job.results, url)
    if job.error is not None:
        summary = _add(root, "errorSummary")
        summary.set("type", job.error.type)
        summary.set("hasDetail", "true")
        _add(summary, "message", job.error.message)
    if job.progress is not None:
        info = _add(root, "jobInfo")
        etree.SubElement(info, "progress").text = f"{job.progress:.3f}"
    return _bytes(root)


def list_document(jobs: Iterable[Job], url: str) -> bytes:
    """A job list (UWS 1.1, section 2.2.2.1)."""
    root = _root("jobs", version="1.1")
    for job in jobs:
        ref = _add(root, "jobref")
        ref.set("id", job.job_id)
        ref.set(_HREF, f"{url}/{job.job_id}")
        _add(ref, "phase", job.phase)
        if job.run_id is not None:
            _add(ref, "runId", job.run_id)
        if job.owner is not None:
            _add(ref, "ownerId", job.owner)
        _add(ref, "creationTime", time_text(job.created))
    return _bytes(root)


def parameters_document(job: Job) -> bytes:
    """The parameters of a job."""
    root = _root("parameters")
    _add_parameters(root, job)
    return _bytes(root)


def results_document(job: Job, url: str) -> bytes:
    """The results of a job."""
    root = _root("results")
    _add_results(root, job.results, url)
    return _bytes(root)


def job_json(job: Job, url: str) -> dict[str, Any]:
    """The same as `job_document`, in JSON, under the same names."""
    return {
        "jobId": job.job_id,
        "runId": job.run_id,
        "ownerId": job.owner,
        "phase": job.phase,
        "quote": None,
        "creationTime": time_text(job.created),
        "startTime": time_text(job.started),
        "endTime": time_text(job.ended),
        "executionDuration": job.execution_duration,
        "destruction": time_text(job.destruction),
        "parameters": [{"id": name, "value": value} for name, value in job.parameters],
        "results": [
            {
                "id": result.id,
                "href": _result_url(url, result),
                "mime-type": result.media_type,
                "size": result.size,
            }
            for result in job.results
        ],
        "errorSummary": job.error and {"type": job.error.type, "message": job.error.message},
        "progress": job.progress,
    }


def list_json(jobs: Sequence[Job], url: str) -> dict[str, Any]:
    """The same as `list_document`, in JSON."""
    return {
        "jobs": [
            {
                "id": job.job_id,
                "href": f"{url}/{job.job_id}",
                "phase": job.phase,
                "runId": job.run_id,
                "ownerId": job.owner,
                "creationTime": time_text(job.created),
            }
            for job in jobs
        ]
    }


def _result_url(url: str, result: Result) -> str:
    return f"{url}/results/{result.id}"


def _add_parameters(parent: etree._Element, job: Job) -> None:
    for name, value in job.parameters:
        _add(parent, "parameter", value).set("id", name)


def _add_results(parent: etree._Element, results: Iterable[Result], url: str) -> None:
    for result in results:
        element = _add(parent, "result")
        element.set("id", result.id)
        element.set(_HREF, _result_url(url, result))
        element.set("mime-type", result.media_type)
        element.set("size", str(result.size))


def _root(tag: str, **attributes: str) -> etree._Element:
    nsmap = {"uws": UWS, "xlink": XLINK, "xsi": XSI}
    return etree.Element(f"{{{UWS}}}{tag}", attributes, nsmap)


def _add(parent: etree._Element, tag: str, text: str | None = "") -> etree._Element:
    """Add an element; None stands for xsi:nil."""
    element = etree.SubElement(parent, f"{{{UWS}}}{tag}")
    if text is None:
        element.set(_NIL, "true")
    elif text:
        element.text = NOT_XML.sub("\ufffd", text)  # a query is kept as it came
    return element


def time_text(moment: datetime | None) -> str | None:
    """A time as UWS writes it, in UTC."""
    return None if moment is None else moment.isoformat(timespec="milliseconds") + "Z"


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
