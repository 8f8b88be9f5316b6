"""For whoever runs the service: /health and /metrics."""

from __future__ import annotations

import json
import logging
import shutil

from flask import Blueprint, Response, current_app
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from satvo.schemas.state_database import state_trouble
from satvo.service.archive_access import archive_trouble
from satvo.service.config import Config
from satvo.service.metrics import Metrics

__all__ = ["blueprint"]

blueprint = Blueprint("operation", __name__)

_LOG = logging.getLogger("satvo.health")


@blueprint.get("/health")
def health() -> Response:
    """Whether the service can do its work: 200 or 503, and why, as JSON.

    Cheap, and waits for nothing: not for the archive to be opened, nor for who writes just now.
    """
    config: Config = current_app.config["SATVO"]
    found = {
        "archive": archive_trouble(),
        "state": state_trouble(current_app.extensions["satvo.state"]),
        "disk": _disk_trouble(config),
    }
    well = not any(found.values())
    checks = {name: trouble or "ok" for name, trouble in found.items()}
    answer = {"status": "ok" if well else "unavailable", "checks": checks}
    return _uncached(
        Response(json.dumps(answer), 200 if well else 503, mimetype="application/json")
    )


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus, in its text format 0.0.4."""
    told: Metrics = current_app.extensions["satvo.metrics"]
    return _uncached(Response(told.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4))


def _disk_trouble(config: Config) -> str:
    """Why there is no room for more; empty where there is. Names no path: anyone may ask."""
    try:
        free = shutil.disk_usage(config.home).free
    except OSError as err:
        _LOG.error("the home cannot be looked at: %s", err)
        return "the disk of the archive cannot be looked at"
    if free < config.health_disk_mb << 20:
        return f"less than {config.health_disk_mb} MiB are free on the disk of the archive"
    return ""


def _uncached(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
