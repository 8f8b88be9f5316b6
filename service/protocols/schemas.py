"""/schemas: what descriptions that clients send may hold, as JSON Schema."""

from __future__ import annotations

from flask import Blueprint, Response
from satvo.service.operations import Reply, operation

__all__ = ["blueprint"]

blueprint = Blueprint("schemas", __name__)


@blueprint.get("/schemas/scene.json")
@operation(
    "What a scene of the job imagesimulate may hold, as JSON Schema (2020-12)",
    replies={200: Reply("A JSON Schema", ("application/schema+json",))},
)
def scene() -> Response:
    """The schema of scene descriptions."""
    # It takes all that scenes may hold, which no other answer needs.
    from satvo.resources.images.simulator.scene_schema import schema_text

    return Response(schema_text(), mimetype="application/schema+json")
