"""The pages /simulate: a form that starts a simulation job, and what it gives; no JavaScript."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request
from satvo.resources.images.simulator.asked import read_asked
from satvo.resources.images.simulator.parameters import MOST_FRAMES, PARAMETERS
from satvo.resources.images.simulator.presets import find_instrument, instrument_names
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive
from satvo.service.client_address import client_address
from satvo.service.config import Config
from satvo.service.identity import own_or_refused, owner
from satvo.service.jobs.book import Job
from satvo.service.jobs.office import Office
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.web.page import PAGE, keep_policy, page
from werkzeug.wrappers import Response as AnyResponse

__all__ = ["blueprint"]

blueprint = Blueprint("simulations", __name__)
blueprint.after_request(keep_policy)

KIND = "imagesimulate"
_FIRST = "evscope1"
"""The instrument that is proposed."""
_SHOWN = 12
"""Pictures on the page of a job."""
_RENEWED_S = 2
_FIELDS = (
    "PRESET", "ID", "TRANSIT", "STREAK", "MAG", "ALTITUDE", "ORIENTATION", "EXPTIME", "POS", "TIME",
    "SITE", "RATE", "COUNT", "SEED", "PAIR",
)  # fmt: skip
_OF_PRESET = ("PRESET", "EXPTIME", "POS", "PAIR")
"""What a frame of the archive takes the place of."""
_KNOWN = {each.name: each for each in PARAMETERS}
_ASKED: tuple[JobParameter, ...] = tuple(_KNOWN[name] for name in _FIELDS)
_ENDED = ("COMPLETED", "ERROR", "ABORTED", "ARCHIVED")


@blueprint.get("/simulate")
@operation("ImageSimulate as a page: a form that starts its jobs", parameters=_ASKED, replies=PAGE)
def form() -> str:
    """The form, filled with what the address says."""
    return _form(_given(read_parameters(request)), "")


@blueprint.post("/simulate")
@operation(
    "Start a simulation and go to its page",
    parameters=_ASKED,
    replies={**PAGE, 303: Reply("Location is the page of the job")},
)
def start() -> AnyResponse | tuple[str, int]:
    """The job of a form that was sent; the form again where it has a mistake."""
    given = _given(read_parameters(request))
    try:
        asked = {name: text for name, text in given.items() if text}
        if "ID" in asked:
            asked = {name: text for name, text in asked.items() if name not in _OF_PRESET}
        if "TRANSIT" in asked or "RATE" in asked:
            asked.pop("STREAK", None)
        read_asked(asked)
    except (BadParameter, LimitExceeded) as err:
        return _form(given, str(err)), 400
    config: Config = current_app.config["SATVO"]
    job = _office().submit(
        KIND,
        asked.items(),
        owner=owner(),
        address=client_address(request.environ, config.proxies) or None,
        keep=lambda job_id: None,
        execution_duration=config.async_seconds,
    )
    return redirect(config.url(f"/simulate/{job.job_id}"), 303)


@blueprint.get("/simulate/<job_id>")
@operation("A simulation job as a page: how far it is, and its pictures", replies=PAGE)
def job_page(job_id: str) -> Response:
    """How far a job is; when it is done its pictures and files."""
    job = _office().book.get(KIND, job_id)
    own_or_refused(job.owner)
    results = {result.id: result for result in job.results}
    previews = [name for name in results if name.split("_")[0] == "preview"]
    shown = page(
        "simulation.html",
        job=job,
        base=f"jobs/{KIND}/{job.job_id}",
        parameters=[(name, value) for name, value in job.parameters if len(value) <= 200],
        results=list(results.values()),
        previews=[(name, name.replace("preview", "frame")) for name in previews[:_SHOWN]],
        left_out=max(0, len(previews) - _SHOWN),
        summary=_summary(job),
        ended=job.phase in _ENDED,
    )
    answer = Response(shown, mimetype="text/html")
    if job.phase not in _ENDED:
        answer.headers["Refresh"] = str(_RENEWED_S)
    return answer


def _form(given: Mapping[str, str], error: str) -> str:
    instruments = [(name, find_instrument(name).title) for name in instrument_names()]
    did = given.get("ID", "")
    return page(
        "simulate.html",
        given={"PRESET": _FIRST, **given},
        instruments=instruments,
        about=_KNOWN,
        frame=_title(did) if did else "",
        error=error,
        most=MOST_FRAMES,
    )


def _title(did: str) -> str:
    """The title of a frame of the archive; empty where there is none of that identifier."""
    try:
        row = archive().images.row(did)
    except NotFound:
        return ""
    return str(row["obs_title"] or did)


def _given(parameters: Parameters) -> dict[str, str]:
    found = {name: (parameters.single(name) or "").strip() for name in _FIELDS}
    return {name: text for name, text in found.items() if text}


def _summary(job: Job) -> dict[str, Any] | None:
    for result in job.results:
        if result.id == "summary":
            path = _office().folders.result(job, result)
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return found
    return None


def _office() -> Office:
    office: Office = current_app.extensions["satvo.jobs"]
    return office
