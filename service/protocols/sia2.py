"""Simple Image Access 2.0: /sia2/query."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from lxml import etree
from satvo.service.archive_access import archive
from satvo.service.delivery import delivered
from satvo.service.formats import FORMATS, find_format
from satvo.service.image_answers import ImageSearch, answer_images
from satvo.service.image_requests import IMAGE_INPUTS, chosen_source, conditions_of, values_of
from satvo.service.image_uploads import upload_condition
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.request_watch import request_record
from satvo.service.tap_request import UPLOAD
from satvo.service.uploads import uploads_with
from satvo.service.voresource import NAMESPACES, add_interface, add_parameter
from satvo.service.votable import Info

__all__ = ["PATH", "blueprint", "sia2_capability"]

PATH = "/sia2"

blueprint = Blueprint("sia2", __name__, url_prefix=PATH)

_STANDARD = "ivo://ivoa.net/std/SIA#query-2.0"


@blueprint.route("/query", methods=["GET", "POST"])
@operation(
    "Images and cubes that match (SIA 2.0)",
    parameters=(*IMAGE_INPUTS, UPLOAD),
    replies={200: Reply("The table", tuple(each.media_type for each in FORMATS))},
    takes_files=True,
)
def query() -> Response:
    """Images and cubes that match (SIA 2.0)."""
    parameters = read_parameters(request)
    request_record().query = request.query_string.decode("ascii", "replace")[:500]
    # TABLEDATA, which every client of images reads.
    format_, media_type = find_format(parameters.single("RESPONSEFORMAT") or "votable/td")
    search = _search(parameters)
    interrupts: list[Callable[[], object]] = []
    answer = answer_images(
        archive(), search, format_, media_type, [Info("standardID", _STANDARD)],
        started=interrupts.append,
    )  # fmt: skip
    return delivered(answer, interrupts[-1])


def _search(parameters: Parameters) -> ImageSearch:
    given = values_of(parameters)
    conditions = conditions_of(given)
    source = chosen_source(parameters)
    maxrec = parameters.integer("MAXREC")
    uploads = uploads_with(request, parameters.all("UPLOAD"), archive().config)
    conditions += [upload_condition(name, table) for name, table in uploads.items()]
    return ImageSearch(tuple(conditions), source, maxrec, any_type="DPTYPE" in given)


def sia2_capability() -> etree._Element:
    """What SIA 2.0 can do here; its address is below its own path."""
    nsmap = {prefix: NAMESPACES[prefix] for prefix in ("vs", "xsi")}
    root = etree.Element("capability", standardID=_STANDARD, nsmap=nsmap)
    interface = add_interface(root, "/query", use="base", version="2.0")
    # GET alone is named, since pyvo refuses two; POST is everywhere (DALI 1.1, section 2.4).
    etree.SubElement(interface, "queryType").text = "GET"
    etree.SubElement(interface, "resultType").text = "application/x-votable+xml"
    for parameter in (*IMAGE_INPUTS, UPLOAD):
        add_parameter(interface, parameter, use="optional")
    etree.SubElement(interface, "testQuery").text = "POS=CIRCLE+0+0+180&MAXREC=1"
    return root
