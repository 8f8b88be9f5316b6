"""/openapi.json: every address for clients that are made by programs."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, current_app
from satvo.service.config import Config
from satvo.service.openapi import openapi_document
from satvo.service.operations import Reply, operation

__all__ = ["openapi_blueprint"]


def openapi_blueprint(config: Config, error_type: Callable[[str], str]) -> Blueprint:
    """The address of the description.

    Parameters
    ----------
    config : Config
    error_type : callable
        From a path to the media type of its errors.
    """
    blueprint = Blueprint("openapi", __name__)

    @blueprint.get("/openapi.json")
    @operation(
        "This description (OpenAPI 3.1)",
        replies={200: Reply("An OpenAPI document", ("application/json",))},
    )
    def show() -> Response:
        document = openapi_document(current_app, config, error_type)
        return Response(json.dumps(document), mimetype="application/json")

    return blueprint
