"""The pages /simulate: a form that starts a simulation job, and what it gives; no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from satvo.resources.images.simulator.asked import read_asked
from satvo.resources.images.simulator.parameters import MOST_FRAMES, PARAMETERS
from satvo.resources.images.simulator.presets import find_instrument, instrument_names
from satvo.schemas.errors import BadParameter, LimitExceeded
from satvo.schemas.resource import JobParameter
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.web.job_pages import own_job, render_job, started, summary_of, title_of
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
_FIELDS = (
    "PRESET", "ID", "TRANSIT", "STREAK", "MAG", "ALTITUDE", "ORIENTATION", "EXPTIME", "POS", "TIME",
    "SITE", "RATE", "COUNT", "SEED", "PAIR",
)  # fmt: skip
_OF_PRESET = ("PRESET", "EXPTIME", "POS", "PAIR")
"""What a frame of the archive takes the place of."""
_KNOWN = {each.name: each for each in PARAMETERS}
_ASKED: tuple[JobParameter, ...] = tuple(_KNOWN[name] for name in _FIELDS)


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
    return started(KIND, asked.items(), "/simulate")


@blueprint.get("/simulate/<job_id>")
@operation("A simulation job as a page: how far it is, and its pictures", replies=PAGE)
def job_page(job_id: str) -> Response:
    """How far a job is; when it is done its pictures and files."""
    job = own_job(KIND, job_id)
    previews = [each.id for each in job.results if each.id.split("_")[0] == "preview"]
    return render_job(
        "simulation.html",
        job,
        previews=[(name, name.replace("preview", "frame")) for name in previews[:_SHOWN]],
        left_out=max(0, len(previews) - _SHOWN),
        summary=summary_of(job),
    )


def _form(given: Mapping[str, str], error: str) -> str:
    instruments = [(name, find_instrument(name).title) for name in instrument_names()]
    did = given.get("ID", "")
    return page(
        "simulate.html",
        given={"PRESET": _FIRST, **given},
        instruments=instruments,
        about=_KNOWN,
        frame=title_of(did) if did else "",
        error=error,
        most=MOST_FRAMES,
    )


def _given(parameters: Parameters) -> dict[str, str]:
    found = {name: (parameters.single(name) or "").strip() for name in _FIELDS}
    return {name: text for name, text in found.items() if text}
