"""The web application: blueprints, errors, CORS, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, request
from satvo.service.archive_access import ArchiveAccess
from satvo.service.config import Config
from satvo.service.control import control_blueprint
from satvo.service.faults import Fault, answer_faults, dali_fault, text_fault
from satvo.service.protocols import tap
from satvo.service.protocols.vosi import vosi_blueprint
from satvo.service.web import pages

__all__ = ["create_app"]


def create_app(config: Config) -> Flask:
    """Make the application and begin to open its archive.

    Parameters
    ----------
    config : Config
        Names the home, which must exist.
    """
    here = Path(__file__).resolve().parent
    # An editable namespace package has no real path of its own, so Flask is told where it lives.
    app = Flask(
        "satvo.service",
        instance_path=str(config.home.resolve()),
        root_path=str(here),
        template_folder="web/templates",
        static_folder="web/static",
        static_url_path="/static",
    )
    app.config["SATVO"] = config
    app.config["SATVO_STARTED"] = datetime.now(UTC).replace(tzinfo=None)
    app.config["MAX_CONTENT_LENGTH"] = config.request_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = config.request_bytes
    app.config["MAX_FORM_PARTS"] = 100
    app.extensions["satvo.archive"] = ArchiveAccess(config)
    app.register_blueprint(tap.blueprint)
    app.register_blueprint(vosi_blueprint("/tap", tap.capabilities(config), with_tables=True))
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(control_blueprint(config))
    answer_faults(app, _form_of_errors)
    app.after_request(_open_to_browsers)
    return app


def _form_of_errors(path: str) -> Fault:
    return dali_fault if path.startswith("/tap/") else text_fault


def _open_to_browsers(answer: Response) -> Response:
    """Let pages of other origins read answers: Aladin Lite and Firefly run in browsers."""
    if request.path.startswith("/control/"):
        return answer
    answer.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST, HEAD, OPTIONS"
        answer.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, X-Requested-With"
        )
        answer.headers["Access-Control-Max-Age"] = "86400"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
