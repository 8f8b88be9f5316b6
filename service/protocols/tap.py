"""TAP 1.1: /sync, /async and /examples, and the capability that says what they can do."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, render_template, request
from lxml import etree
from satvo.resources.catalogue import all_examples
from satvo.schemas.errors import BadParameter
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.obsplan import OBSPLAN
from satvo.service.adql.functions import FUNCTIONS
from satvo.service.adql.geometry import GEOMETRY
from satvo.service.archive_access import archive
from satvo.service.config import Config
from satvo.service.delivery import delivered
from satvo.service.formats import FORMATS
from satvo.service.identity import owner
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.protocols.uws import JobList
from satvo.service.request_watch import request_record
from satvo.service.tap_request import RUNID, TAP_INPUTS, TAP_PARAMETERS, UPLOAD, tap_request
from satvo.service.uploads import uploads_with
from satvo.service.voresource import NAMESPACES, XSI_TYPE, add_interface

__all__ = ["ASYNC", "blueprint", "capabilities"]

blueprint = Blueprint("tap", __name__, url_prefix="/tap")

_STANDARD = "ivo://ivoa.net/std/TAPRegExt#features-"

_MODELS = ((OBSCORE, "ObsCore-1.1"), (OBSPLAN, "ObsLocTAP-1.0"))
"""Tables of data models by which registries find TAP services; EPN-TAP is found by its table."""

_FEATURES: dict[str, list[tuple[str, str]]] = {
    _STANDARD + "adqlgeo": [(name, "") for name in GEOMETRY if name != "MOC"],
    _STANDARD + "adql-string": [("LOWER", ""), ("UPPER", ""), ("ILIKE", "")],
    _STANDARD + "adql-sets": [("UNION", ""), ("EXCEPT", ""), ("INTERSECT", "")],
    _STANDARD + "adql-common-table": [("WITH", "")],
    _STANDARD + "adql-type": [("CAST", "")],
    _STANDARD + "adql-unit": [("IN_UNIT", "")],
    _STANDARD + "adql-offset": [("OFFSET", "")],
}
"""The optional features of ADQL 2.1, section 4, by their types: form and description.

MOC is none of ADQL 2.1, so it is a user-defined function that gives a geometry; taplint refuses it
under adqlgeo, and warns of the type of GAVO's own where their services have it. COALESCE is there
and not named: taplint (stilts 3.4.7) takes adql-conditional, of section 4.8, for an error.
"""


@blueprint.route("/sync", methods=["GET", "POST"])
@operation(
    "Answer one query at once (TAP 1.1, section 2.2)",
    parameters=(*TAP_INPUTS, UPLOAD, RUNID),
    replies={200: Reply("The table", tuple(output.media_type for output in FORMATS))},
    takes_files=True,
)
def sync() -> Response:
    """Answer one query at once (TAP 1.1, section 2.2)."""
    parameters = read_parameters(request)
    asked = tap_request(_accepted(parameters))
    holder = archive()
    interrupts: list[Callable[[], object]] = []
    uploads = uploads_with(request, parameters.all("UPLOAD"), holder.config)
    answer = holder.answer(asked, uploads=uploads, started=interrupts.append, owner=owner())
    reply = delivered(answer, interrupts[-1])
    reply.vary.add("Authorization")  # the holder of a token has tables of its own
    return reply


@blueprint.get("/examples")
@operation(
    "Queries to start from (DALI 1.1, section 2.3)",
    replies={200: Reply("XHTML with RDFa", ("application/xhtml+xml",))},
)
def examples() -> Response:
    """Queries to start from (DALI 1.1, section 2.3), as XHTML with RDFa."""
    page = render_template("examples.xhtml", examples=all_examples())
    return Response(page, mimetype="application/xhtml+xml")


def _accepted(parameters: Parameters) -> dict[str, str]:
    """The parameters of TAP in a request; what they say is checked when they are carried out."""
    run_id = parameters.single("RUNID") or ""
    if len(run_id) > 64:
        raise BadParameter("RUNID is longer than 64 characters")
    record = request_record()
    record.run_id = run_id or None  # logged, as TAP 1.1, section 2.7.4, has it
    record.query = parameters.single("QUERY")
    given = {name: parameters.single(name) for name in TAP_PARAMETERS}
    given["UPLOAD"] = ";".join(parameters.all("UPLOAD")) or None
    return {name: value for name, value in given.items() if value is not None}


ASYNC = JobList(
    kind="tap",
    path="/tap/async",
    title="Asynchronous TAP queries",
    parameters=(*TAP_INPUTS, UPLOAD),
    accept=_accepted,
    execution_duration=lambda config: config.async_seconds,
    longest_duration=lambda config: config.longest_job_seconds,
)
"""The job list of asynchronous queries (TAP 1.1, section 2.3)."""


def capabilities(config: Config) -> list[etree._Element]:
    """What this service can do; addresses are below its own."""
    examples = etree.Element(
        "capability",
        standardID="ivo://ivoa.net/std/DALI#examples",
        nsmap={"xsi": NAMESPACES["xsi"]},
    )
    interface = etree.SubElement(examples, "interface", {XSI_TYPE: "vr:WebBrowser"})
    etree.SubElement(interface, "accessURL", use="full").text = "/examples"
    return [_table_access(config), examples]


def _table_access(config: Config) -> etree._Element:
    """The tr:TableAccess capability (TAPRegExt 1.0)."""
    nsmap = {prefix: NAMESPACES[prefix] for prefix in ("tr", "vs", "xsi")}
    root = etree.Element(
        "capability",
        {XSI_TYPE: "tr:TableAccess", "standardID": "ivo://ivoa.net/std/TAP"},
        nsmap=nsmap,
    )
    add_interface(root, "", use="base", version="1.1")
    for table, name in _MODELS:
        model = etree.SubElement(root, "dataModel", {"ivo-id": str(table.info["utype"])})
        model.text = name
    _add_language(root, "duckdb" if config.store == "duckdb" else "postgresql")
    for output in FORMATS:
        element = etree.SubElement(root, "outputFormat")
        if output.ivo_id:
            element.set("ivo-id", output.ivo_id)
        etree.SubElement(element, "mime").text = output.media_type
        for alias in output.aliases:
            etree.SubElement(element, "alias").text = alias
    for way in ("inline", "http", "https"):
        method = etree.SubElement(root, "uploadMethod")
        method.set("ivo-id", f"ivo://ivoa.net/std/TAPRegExt#upload-{way}")
    retention = etree.SubElement(root, "retentionPeriod")
    for tag, days in (("default", config.job_days), ("hard", config.longest_job_days)):
        etree.SubElement(retention, tag).text = str(days * 86400)
    duration = etree.SubElement(root, "executionDuration")
    for tag, seconds in (("default", config.async_seconds), ("hard", config.longest_job_seconds)):
        etree.SubElement(duration, tag).text = str(seconds)
    limit = etree.SubElement(root, "outputLimit")
    for tag, rows in (("default", config.default_maxrec), ("hard", config.hard_maxrec)):
        etree.SubElement(limit, tag, unit="row").text = str(rows)
    upload = etree.SubElement(root, "uploadLimit")
    for tag in ("default", "hard"):
        etree.SubElement(upload, tag, unit="byte").text = str(config.upload_bytes)
    return root


def _udfs(engine: str) -> list[tuple[str, str]]:
    """The user-defined functions that a store of this dialect has."""
    declared = [
        (signature, function.description)
        for function in FUNCTIONS.values()
        if function.is_in(engine)
        for signature in function.signatures
    ]
    moc = "Coverage of the sky that order/cells say: '4/30-33 38 7/32'."
    return [*declared, ("MOC(cells TEXT) -> MOC", moc)]


def _add_language(root: etree._Element, engine: str) -> None:
    language = etree.SubElement(root, "language")
    etree.SubElement(language, "name").text = "ADQL"
    for number in ("2.0", "2.1"):
        version = etree.SubElement(language, "version")
        version.set("ivo-id", f"ivo://ivoa.net/std/ADQL#v{number}")
        version.text = number
    etree.SubElement(language, "description").text = "Astronomical Data Query Language"
    features = {_STANDARD + "udf": _udfs(engine), **_FEATURES}
    for kind, forms in features.items():
        group = etree.SubElement(language, "languageFeatures", type=kind)
        for form, description in forms:
            feature = etree.SubElement(group, "feature")
            etree.SubElement(feature, "form").text = form
            if description:
                etree.SubElement(feature, "description").text = description
