"""ObjObsSAP, the Object Observability Simple Access Protocol: clean windows (WD 2024-11-18)."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, request
from lxml import etree
from satvo.resources.ephemeris.build import registered_sites
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.passes.chosen import Chosen
from satvo.schemas.moments import mjd_of
from satvo.service.archive_access import archive
from satvo.service.formats import FORMATS
from satvo.service.operations import Reply, operation
from satvo.service.parameters import read_parameters
from satvo.service.satellites import Satellites
from satvo.service.turns import Turns
from satvo.service.voresource import NAMESPACES, add_interface, add_parameter
from satvo.service.window_answers import answer_windows
from satvo.service.window_requests import WINDOW_INPUTS

__all__ = ["blueprint", "capabilities"]

blueprint = Blueprint("objobs", __name__, url_prefix="/objobs")

_STANDARD = "ivo://ivoa.net/std/ObjObsSAP#query-0.3"
_AT_ONCE = 2
_WAITING = 8
_TURNS = Turns("searches for clean windows", wait_s=60.0)


@blueprint.route("", methods=["GET", "POST"], endpoint="base")
@blueprint.route("/query", methods=["GET", "POST"])
@operation(
    "When no satellite is in the field of a target (ObjObsSAP 1.0, working draft)",
    parameters=WINDOW_INPUTS,
    replies={200: Reply("The table", tuple(output.media_type for output in FORMATS))},
)
def query() -> Response:
    """When no satellite is in the field of a target."""
    parameters = read_parameters(request)
    given = {each.name: parameters.single(each.name) for each in WINDOW_INPUTS}
    now = mjd_of(datetime.now(UTC).replace(tzinfo=None))
    satellites: Satellites = current_app.extensions["satvo.satellites"]

    def elements_of(noon: float, max_age_d: float, chosen: Chosen) -> Elements:
        # The elements alone: a table of states is not shared.
        return satellites.catalogue(noon, max_age_d, chosen).elements

    plain = {name: value for name, value in given.items() if value is not None}
    with _TURNS.turn(_AT_ONCE, _WAITING):
        sites = registered_sites(archive().store)
        answer = answer_windows(plain, sites, elements_of, now)
    reply = Response(b"".join(answer.pieces), content_type=answer.media_type)
    reply.headers["X-VO-Query-Status"] = answer.status
    return reply


def capabilities() -> list[etree._Element]:
    """What this service can do; addresses are below its own."""
    root = etree.Element(
        "capability", standardID=_STANDARD, nsmap={p: NAMESPACES[p] for p in ("vs", "xsi")}
    )
    interface = add_interface(root, "/query", use="base", version="0.3")
    etree.SubElement(interface, "queryType").text = "GET"
    etree.SubElement(interface, "resultType").text = "application/x-votable+xml"
    for parameter in WINDOW_INPUTS:
        use = "required" if parameter.name == "POS" else "optional"
        add_parameter(interface, parameter, use=use)
    return [root]
