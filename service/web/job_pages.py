"""What the pages of jobs share: how one is started by a form, and shown while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask import Response, current_app, redirect, request
from satvo.schemas.errors import NotFound
from satvo.service.archive_access import archive
from satvo.service.client_address import client_address
from satvo.service.config import Config
from satvo.service.identity import own_or_refused, owner
from satvo.service.jobs.book import Job
from satvo.service.jobs.office import Office
from satvo.service.web.page import page
from werkzeug.wrappers import Response as AnyResponse

__all__ = ["own_job", "render_job", "started", "summary_of", "title_of"]

_RENEWED_S = 2
_ENDED = ("COMPLETED", "ERROR", "ABORTED", "ARCHIVED")


def started(
    kind: str, parameters: Iterable[tuple[str, str]], folder: str, *, has_file: bool = False
) -> AnyResponse:
    """Start a job of the caller, and send it to the page of the job below this folder.

    Parameters
    ----------
    kind : str
    parameters : iterable of (str, str)
    folder : str
        Path of the pages of such jobs.
    has_file : bool
        Whether files of the request go with it.
    """
    config: Config = current_app.config["SATVO"]
    office = _office()
    job = office.submit(
        kind,
        parameters,
        owner=owner(),
        address=client_address(request.environ, config.proxies) or None,
        keep=lambda job_id: office.store_uploads(job_id, request) if has_file else None,
        execution_duration=config.async_seconds,
    )
    return redirect(config.url(f"{folder}/{job.job_id}"), 303)


def own_job(kind: str, job_id: str) -> Job:
    """A job of the caller.

    Raises
    ------
    NotFound
        If there is none of that name.
    Unauthorized, Denied
        If it is another's.
    """
    job = _office().book.get(kind, job_id)
    own_or_refused(job.owner)
    return job


def render_job(template: str, job: Job, **values: Any) -> Response:
    """The page of a job, which renews itself until the job is at its end."""
    is_ended = job.phase in _ENDED
    shown = page(
        template,
        job=job,
        base=f"jobs/{job.kind}/{job.job_id}",
        parameters=[(name, value) for name, value in job.parameters if len(value) <= 200],
        results=list(job.results),
        ended=is_ended,
        **values,
    )
    answer = Response(shown, mimetype="text/html")
    if not is_ended:
        answer.headers["Refresh"] = str(_RENEWED_S)
    return answer


def summary_of(job: Job) -> dict[str, Any] | None:
    """The result ``summary`` of a job; None where it has none."""
    for result in job.results:
        if result.id == "summary":
            path = _office().folders.result(job, result)
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return found
    return None


def title_of(did: str) -> str:
    """The title of an image of the archive; empty where there is none of that identifier."""
    try:
        row = archive().images.row(did.strip())
    except NotFound:
        return ""
    return str(row["obs_title"] or did)


def _office() -> Office:
    office: Office = current_app.extensions["satvo.jobs"]
    return office
