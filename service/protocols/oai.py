"""The publishing registry at /oai: OAI-PMH 2.0 as IVOA Registry Interfaces 1.1 uses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, request
from lxml import etree
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import JobParameter
from satvo.service.config import Config
from satvo.service.operations import Reply, operation
from satvo.service.parameters import read_parameters
from satvo.service.registry.harvest import (
    MANAGED,
    PREFIXES,
    VERBS,
    HarvestFault,
    Page,
    checked_prefix,
    page_of,
    read_arguments,
    record_of,
)
from satvo.service.registry.holdings import Holdings
from satvo.service.registry.records import Record, instant
from satvo.service.registry.service_records import PAGE_RECORDS
from satvo.service.voresource import NAMESPACES

__all__ = ["oai_blueprint"]

_OAI = "http://www.openarchives.org/OAI/2.0/"
_LOCATION = f"{_OAI} {_OAI}OAI-PMH.xsd"
_FORMATS = (
    ("ivo_vor", NAMESPACES["ri"], NAMESPACES["ri"]),
    ("oai_dc", f"{_OAI}oai_dc.xsd", f"{_OAI}oai_dc/"),
)
"""Prefix, schema and namespace of each metadata format."""

_WORD = r"[A-Za-z0-9_.!~*'()-]+"
_ECHOED: Mapping[str, re.Pattern[str]] = {
    "verb": re.compile(_WORD),
    "identifier": re.compile(
        r"ivo://[A-Za-z0-9][A-Za-z0-9._~!*'()+=-]+(/[A-Za-z0-9._~!*'()+=-]+)*"
    ),
    "metadataPrefix": re.compile(_WORD),
    "from": re.compile(r"[0-9TZ:-]+"),
    "until": re.compile(r"[0-9TZ:-]+"),
    "set": re.compile(f"{_WORD}(:{_WORD})*"),
    "resumptionToken": re.compile(r"[A-Za-z0-9_-]+"),
}
"""What of a request its answer can repeat and be valid."""

_UNREPEATED = ("badVerb", "badArgument")
"""Faults after which nothing of the request is repeated (OAI-PMH 2.0, section 3.2)."""

_PARAMETERS = (
    JobParameter("verb", "What to do; needed", choices=VERBS),
    JobParameter("identifier", "IVOID of one record"),
    JobParameter("metadataPrefix", "Form of the records", choices=PREFIXES),
    JobParameter("from", "Records changed then or later: a day or an instant in UTC"),
    JobParameter("until", "Records changed then or earlier: a day or an instant in UTC"),
    JobParameter("set", "Records of a set", choices=(MANAGED,)),
    JobParameter("resumptionToken", "The next part of a list, with the same verb and alone"),
)

Clock = Callable[[], datetime]


def oai_blueprint(
    config: Config,
    holdings: Holdings,
    clock: Clock = lambda: datetime.now(UTC).replace(tzinfo=None),
    page_records: int = PAGE_RECORDS,
) -> Blueprint:
    """The address /oai.

    Parameters
    ----------
    config : Config
    holdings : Holdings
        What there is to harvest.
    clock : callable
        The present, UTC without a zone.
    page_records : int
        Records of one answer at most.
    """
    blueprint = Blueprint("oai", __name__)

    @blueprint.route("/oai", methods=["GET", "POST"])
    @operation(
        "Registry records for harvesters (OAI-PMH 2.0); here names have upper and lower case",
        parameters=_PARAMETERS,
        replies={200: Reply("An OAI-PMH document, of errors too", ("text/xml",))},
    )
    def answer() -> Response:
        root = etree.Element(
            _tag("OAI-PMH"),
            {f"{{{NAMESPACES['xsi']}}}schemaLocation": _LOCATION},
            nsmap={"oai": _OAI, "xsi": NAMESPACES["xsi"]},
        )
        _add(root, "responseDate", instant(clock()))
        repeated = _add(root, "request", config.url("/oai"))
        arguments: Mapping[str, str] = {}
        code = ""
        try:
            arguments = read_arguments(_given())
            content = _carried_out(arguments, config, holdings, page_records)
        except HarvestFault as err:
            content = etree.Element(_tag("error"), code=err.code)
            content.text = str(err)
            code = err.code
        root.append(content)
        if code not in _UNREPEATED:
            for name, value in arguments.items():
                if _ECHOED[name].fullmatch(value):
                    repeated.set(name, value)
        text = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
        return Response(text, mimetype="text/xml")

    return blueprint


def _given() -> list[tuple[str, str]]:
    """All arguments of the request; their names count in upper and lower case."""
    try:
        read_parameters(request)
    except BadParameter as err:  # a form whose parts cannot be told apart
        raise HarvestFault("badArgument", str(err)) from err
    given = [*request.args.items(multi=True), *request.form.items(multi=True)]
    return given + [(name, "") for name in request.files]


def _carried_out(
    arguments: Mapping[str, str], config: Config, holdings: Holdings, page_records: int
) -> etree._Element:
    verb = arguments["verb"]
    if verb == "Identify":
        return _identify(config, holdings)
    if verb == "ListSets":
        return _sets(arguments)
    if verb == "ListMetadataFormats":
        if "identifier" in arguments:
            record_of(holdings.records(), arguments["identifier"])
        return _formats()
    if verb == "GetRecord":
        prefix = checked_prefix(arguments["metadataPrefix"])
        found = record_of(holdings.records(), arguments["identifier"])
        root = etree.Element(_tag(verb))
        root.append(_record(found, prefix))
        return root
    page = page_of(arguments, holdings.records(), page_records)
    return _list(verb, page)


def _identify(config: Config, holdings: Holdings) -> etree._Element:
    """The registry as a whole (OAI-PMH 2.0, section 4.2; Registry Interfaces 1.1, section 2.5)."""
    root = etree.Element(_tag("Identify"))
    own = etree.fromstring(holdings.own.vor)
    _add(root, "repositoryName", own.findtext("title") or "")
    _add(root, "baseURL", config.url("/oai"))
    _add(root, "protocolVersion", "2.0")
    _add(root, "adminEmail", config.contact_email)
    _add(root, "earliestDatestamp", instant(holdings.earliest))
    # A withdrawn resource stays declared for half a year, no longer: schemas/resource.py
    _add(root, "deletedRecord", "transient")
    _add(root, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    _add(root, "compression", "gzip")
    _add(root, "description").append(own)
    return root


def _sets(arguments: Mapping[str, str]) -> etree._Element:
    if "resumptionToken" in arguments:
        raise HarvestFault("badResumptionToken", "all sets are told in one answer")
    root = etree.Element(_tag("ListSets"))
    element = _add(root, "set")
    _add(element, "setSpec", MANAGED)
    _add(element, "setName", "All records that originate from this registry")
    return root


def _formats() -> etree._Element:
    root = etree.Element(_tag("ListMetadataFormats"))
    for prefix, schema, namespace in _FORMATS:
        element = _add(root, "metadataFormat")
        _add(element, "metadataPrefix", prefix)
        _add(element, "schema", schema)
        _add(element, "metadataNamespace", namespace)
    return root


def _list(verb: str, page: Page) -> etree._Element:
    root = etree.Element(_tag(verb))
    for record in page.records:
        root.append(_header(record) if verb == "ListIdentifiers" else _record(record, page.prefix))
    if page.token is not None:
        element = _add(root, "resumptionToken", page.token)
        element.set("completeListSize", str(page.total))
        element.set("cursor", str(page.before))
    return root


def _record(record: Record, prefix: str) -> etree._Element:
    root = etree.Element(_tag("record"))
    root.append(_header(record))
    if not record.is_deleted:
        document = record.vor if prefix == "ivo_vor" else record.dc
        _add(root, "metadata").append(etree.fromstring(document))
    return root


def _header(record: Record) -> etree._Element:
    header = etree.Element(_tag("header"))
    if record.is_deleted:
        header.set("status", "deleted")
    _add(header, "identifier", record.identifier)
    _add(header, "datestamp", instant(record.updated))
    _add(header, "setSpec", MANAGED)
    return header


def _add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _tag(tag))
    element.text = text
    return element


def _tag(name: str) -> str:
    return f"{{{_OAI}}}{name}"
