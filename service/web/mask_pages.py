"""The pages /mask: a form that starts a masking job, and what it found; no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from satvo.resources.masks.asked import read_asked
from satvo.resources.masks.detectors.registry import detector_names
from satvo.resources.masks.parameters import OUTPUTS, PARAMETERS
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.web.job_pages import own_job, render_job, started, summary_of, title_of
from satvo.service.web.page import PAGE, keep_policy, page
from werkzeug.wrappers import Response as AnyResponse

__all__ = ["blueprint"]

blueprint = Blueprint("masks", __name__)
blueprint.after_request(keep_policy)

KIND = "trailmask"
_SHOWN = 12
"""Images on the page of a job."""
_REPEATED = ("ID", "OUTPUTS", "LINE")
_FIELDS = (
    "ID", "DETECTOR", "OUTPUTS", "LINE", "WIDTH", "LENGTH", "SNR", "ANGLE", "THRESHOLD", "CUT",
    "SEQUENCE", "IDENTIFY",
)  # fmt: skip
_KNOWN = {each.name: each for each in PARAMETERS}
_ASKED: tuple[JobParameter, ...] = tuple(_KNOWN[name] for name in _FIELDS)
_WORDS = {
    "mask": "mask", "trails": "catalogue of the trails", "score": "score of each pixel",
    "repaired": "image without its trails", "model": "model of the trails",
}  # fmt: skip


@blueprint.get("/mask")
@operation("TrailMask as a page: a form that starts its jobs", parameters=_ASKED, replies=PAGE)
def form() -> str:
    """The form, filled with what the address says."""
    return _form(_given(read_parameters(request)), "")


@blueprint.post("/mask")
@operation(
    "Start a masking job and go to its page",
    parameters=(*_ASKED, _KNOWN["UPLOAD"]),
    replies={**PAGE, 303: Reply("Location is the page of the job")},
)
def start() -> AnyResponse | tuple[str, int]:
    """The job of a form that was sent; the form again where it has a mistake."""
    given = _given(read_parameters(request))
    # A form without a chosen file sends an empty part.
    has_file = any(file.filename for file in request.files.values())
    try:
        read_asked(given, uploaded=int(has_file))
    except (BadParameter, LimitExceeded) as err:
        return _form(given, str(err)), 400
    return started(KIND, given.items(), "/mask", has_file=has_file)


@blueprint.get("/mask/<job_id>")
@operation("A masking job as a page: how far it is, its pictures and its trails", replies=PAGE)
def job_page(job_id: str) -> Response:
    """How far a job is; when it is done its pictures, trails and files."""
    job = own_job(KIND, job_id)
    summary = summary_of(job)
    images = [] if summary is None else summary["each"]
    return render_job(
        "masking.html",
        job,
        images=images[:_SHOWN],
        pages=_pages(images[:_SHOWN]),
        left_out=max(0, len(images) - _SHOWN),
        summary=summary,
        is_registered=any(result.id == "registered" for result in job.results),
        identified=job.parameter("IDENTIFY") in ("true", "1"),
    )


def _form(given: Mapping[str, str], error: str) -> str:
    dids = [did for did in given.get("ID", "").split(";") if did.strip()]
    return page(
        "mask.html",
        given={"DETECTOR": "deep", "OUTPUTS": "mask,trails", **given},
        wanted=given.get("OUTPUTS", "mask,trails").replace(";", ",").split(","),
        outputs=[(name, _WORDS[name]) for name in OUTPUTS],
        detectors=detector_names(),
        about=_KNOWN,
        frames=[title_of(did) for did in dids[:_SHOWN]],
        error=error,
    )


def _pages(images: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The page of each image that is still in the archive."""
    found = {}
    for each in images:
        if each["did"]:
            try:
                found[each["did"]] = f"archive/{archive().images.row(each['did'])['product_id']}"
            except NotFound:
                continue
    return found


def _given(parameters: Parameters) -> dict[str, str]:
    found = {}
    for name in _FIELDS:
        several = name in _REPEATED
        texts = parameters.all(name) if several else [parameters.single(name) or ""]
        kept = [text.strip() for text in texts if text.strip()]
        if kept:
            found[name] = (";" if name != "OUTPUTS" else ",").join(kept)
    return found
