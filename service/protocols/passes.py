"""POST /api/passes: PassPredict for programs, exposures as JSON in, transits as JSON out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from flask import Blueprint, Response, current_app, request
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.passes.columns import STEP_FIELDS, arrow_table
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.requests import PassRequest, read_request
from satvo.resources.passes.search import PART_S, sky_searched
from satvo.schemas.errors import BadParameter
from satvo.service.client_address import client_address
from satvo.service.config import Config
from satvo.service.identity import identity
from satvo.service.jobs.office import Office
from satvo.service.operations import Reply, operation
from satvo.service.satellites import MOST_SKY, Satellites

__all__ = ["passes_blueprint"]

_PARTS_AT_ONCE = 1200
"""Half minutes of exposure that are answered at once: a night of ten hours. More become a job."""

_DAYS_AT_ONCE = 3


def passes_blueprint(config: Config) -> Blueprint:
    """The address ``/api/passes``."""
    blueprint = Blueprint("passes", __name__)

    @blueprint.post("/api/passes")
    @operation(
        "Which satellites cross exposures (PassPredict): JSON in, JSON out",
        replies={
            200: Reply("transits, meta, and steps where asked for", ("application/json",)),
            202: Reply("The address of a job, for large batches", ("application/json",)),
        },
    )
    def passes() -> Response:
        satellites: Satellites = current_app.extensions["satvo.satellites"]
        asked = read_request(_body(), satellites.observer)
        if _is_large(asked):
            return _as_job(config)
        found, searched = satellites.predict(asked)
        rows = arrow_table(found.columns).to_pylist()
        meta = {
            "observer": _observer(asked),
            "exposures": len(asked.exposures),
            "satellites": searched,
            "left_out": found.left_out,
            "fields": _fields(asked.exposures),
            "frame": "ICRS axes, topocentric, less the annual aberration of the stars",
            "time_scale": "UTC",
        }
        answer: dict[str, Any] = {"transits": rows, "meta": meta}
        if found.steps is not None:
            answer["steps"] = arrow_table(found.steps, STEP_FIELDS).to_pylist()
        return _json(answer)

    return blueprint


def _body() -> Any:
    if not request.is_json:
        raise BadParameter(
            f"Content-Type {ascii(request.mimetype)[:60]}: application/json is accepted"
        )
    try:
        return json.loads(request.get_data(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as err:
        raise BadParameter(f"the body is no JSON: {str(err)[:100]}") from err


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _is_large(asked: PassRequest) -> bool:
    parts = sum(math.ceil(e.duration_s / PART_S) for e in asked.exposures)
    days = {math.floor(e.middle_mjd) for e in asked.exposures}
    sky = sum(sky_searched(e.field.radius_rad, e.duration_s) for e in asked.exposures)
    return parts > _PARTS_AT_ONCE or len(days) > _DAYS_AT_ONCE or sky > MOST_SKY


def _as_job(config: Config) -> Response:
    """The same request as a job of ``/jobs/passpredict``, queued."""
    office: Office = current_app.extensions["satvo.jobs"]
    token = identity()
    owner = None if token is None else token.token_id
    address = client_address(request.environ, config.proxies) or None

    def keep(job_id: str) -> None:
        folder = office.folders.uploads(job_id)
        (folder / "1").write_bytes(request.get_data())
        (folder / "1.name").write_text("EXPOSURES", "utf-8")

    job = office.submit(
        "passpredict",
        [("RESPONSEFORMAT", "json")],
        owner=owner,
        address=address,
        keep=keep,
        execution_duration=config.async_seconds,
    )
    url = config.url(f"/jobs/passpredict/{job.job_id}")
    answer = _json({"job": url, "message": "the batch is large: its transits are the job's result"})
    answer.status_code = 202
    answer.headers["Location"] = url
    return answer


def _observer(asked: PassRequest) -> dict[str, Any]:
    names = ("name", "lon_deg", "lat_deg", "height_m")
    told = {name: getattr(asked.observer, name, None) for name in names}
    return {name.partition("_")[0]: value for name, value in told.items() if value is not None}


def _fields(exposures: Sequence[Exposure]) -> list[dict[str, Any]]:
    """Where each field stood at the middle of its exposure: what az and alt came to, for one."""
    ra, dec = radec_deg(np.array([e.field.centre for e in exposures]))
    names = [e.id for e in exposures]
    return [
        {"exposure_id": name, "ra": a, "dec": d}
        for name, a, d in zip(names, ra.tolist(), dec.tolist(), strict=True)
    ]


def _json(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content), mimetype="application/json")
