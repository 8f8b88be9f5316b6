"""VOSI 1.1 documents: capabilities, availability, tables.

Built as trees with lxml. The ready-made models of the field were tried: they escape descriptions
twice and know no vs:VOTableType, which stilts asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, request
from lxml import etree
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.resource import JobParameter
from satvo.schemas.tap_schema import adql_name, foreign_keys
from satvo.service.archive_access import archive, archive_trouble
from satvo.service.identity import owner
from satvo.service.operations import Reply, operation
from satvo.service.parameters import read_parameters
from satvo.service.visible_tables import VisibleTables
from satvo.service.voresource import NAMESPACES, XSI_TYPE, add_interface

__all__ = ["vosi_blueprint"]

Capability = etree._Element

_DOCUMENT = {200: Reply("A VOSI document", ("text/xml",))}
_DETAIL = JobParameter(
    "DETAIL", "max with columns, min without", default="max", choices=("min", "max")
)


def vosi_blueprint(
    path: str, capabilities: Sequence[Capability], *, with_tables: bool
) -> Blueprint:
    """The VOSI endpoints of a service that lives below a path.

    Parameters
    ----------
    path : str
        Path of the service, e.g. ``/tap``.
    capabilities : sequence of elements
        What it can do, beside VOSI itself.
    with_tables : bool
        Whether it has tables to describe.
    """
    blueprint = Blueprint(f"vosi{path.replace('/', '_')}", __name__, url_prefix=path)

    @blueprint.get("/capabilities")
    @operation("What this service can do (VOSI 1.1, section 3.1)", replies=_DOCUMENT)
    def show_capabilities() -> Response:
        root = _root("vosi-cap", "capabilities", ("vr", "vs", "tr"))
        public = current_app.config["SATVO"].url
        own = [("capabilities", "capabilities"), ("availability", "availability")]
        own += [("tables-1.1", "tables")] if with_tables else []
        for standard, name in own:
            element = etree.SubElement(
                root, "capability", standardID=f"ivo://ivoa.net/std/VOSI#{standard}"
            )
            add_interface(element, public(f"{path}/{name}"), use="full")
        for capability in capabilities:
            root.append(_with_addresses(capability, public(path)))
        return _xml(root)

    @blueprint.get("/availability")
    @operation("Whether this service can be used now (VOSI 1.1, section 3.2)", replies=_DOCUMENT)
    def show_availability() -> Response:
        return _availability(current_app.config["SATVO_STARTED"], archive_trouble())

    if with_tables:

        @blueprint.get("/tables")
        @operation("All tables (VOSI 1.1, section 3.3)", parameters=(_DETAIL,), replies=_DOCUMENT)
        def show_tables() -> Response:
            detail = read_parameters(request).single("DETAIL") or "max"
            if detail not in ("min", "max"):
                raise BadParameter(f"detail={detail}: give min or max")
            holder = archive()
            visible = holder.visible(owner())
            counts = holder.row_counts() | visible.own_rows if detail == "max" else {}
            root = _tableset(visible, counts, columns=detail == "max")
            answer = _xml(_with_flags(root) if _asked_by_astroquery() else root)
            answer.vary.update(("User-Agent", "Authorization"))
            return answer

        @blueprint.get("/tables/<path:name>")
        @operation("One table with its columns (VOSI 1.1, section 3.3)", replies=_DOCUMENT)
        def show_table(name: str) -> Response:
            holder = archive()
            visible = holder.visible(owner())
            for table in visible.tables:
                if table.fullname.lower() == name.lower():
                    root = _root("vosi-tab", "table", ("vr", "vs"))
                    counts = holder.row_counts() | visible.own_rows
                    _fill_table(root, table, counts[table.fullname], columns=True)
                    answer = _xml(root)
                    answer.vary.add("Authorization")
                    return answer
            raise NotFound(f"there is no table {name}; {path}/tables lists all")

    return blueprint


def _with_addresses(capability: Capability, base: str) -> Capability:
    """A copy of a capability whose relative addresses are below the service's public one."""
    copy: Capability = etree.fromstring(etree.tostring(capability))
    for url in copy.iter("accessURL"):
        url.text = f"{base}{url.text or ''}"
    return copy


def _root(prefix: str, tag: str, others: Iterable[str]) -> etree._Element:
    nsmap = {p: NAMESPACES[p] for p in (prefix, *others, "xsi")}
    return etree.Element(f"{{{NAMESPACES[prefix]}}}{tag}", nsmap=nsmap)


def _xml(root: etree._Element) -> Response:
    content = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return Response(content, mimetype="text/xml")


def _availability(started: datetime, trouble: str) -> Response:
    root = _root("vosi-av", "availability", ())
    space = f"{{{NAMESPACES['vosi-av']}}}"
    etree.SubElement(root, f"{space}available").text = "false" if trouble else "true"
    etree.SubElement(root, f"{space}upSince").text = f"{started.isoformat(timespec='seconds')}Z"
    if trouble:
        etree.SubElement(root, f"{space}note").text = trouble
    return _xml(root)


def _asked_by_astroquery() -> bool:
    """Whether TapPlus asks: it names itself in POST only, and nobody else has no name at all."""
    name = request.user_agent.string
    return not name or name.startswith("astroquery/")


def _with_flags(root: etree._Element) -> etree._Element:
    """The table set with an attribute of ESA's own on each column.

    TapPlus.load_tables of astroquery 0.4.11 stops at a column without it (their issue 1597, closed
    unfixed). Nobody else gets it: the schema of VODataService demands that it be declared.
    """
    space = "http://esa.int/xml/EsaTapPlus"
    nsmap = {str(prefix): uri for prefix, uri in root.nsmap.items()}
    copy = etree.Element(root.tag, nsmap={**nsmap, "esatapplus": space})
    copy.extend(root)
    for col in copy.iter("column"):
        col.set(f"{{{space}}}flags", "")
    return copy


def _tableset(
    visible: VisibleTables, counts: Mapping[str, int], *, columns: bool
) -> etree._Element:
    root = _root("vosi-tab", "tableset", ("vr", "vs"))
    for name, description in visible.schemas.items():
        schema = etree.SubElement(root, "schema")
        etree.SubElement(schema, "name").text = name
        etree.SubElement(schema, "description").text = description
        for table in visible.tables:
            if table.schema == name:
                element = etree.SubElement(schema, "table")
                _fill_table(element, table, counts.get(table.fullname), columns=columns)
    return root


def _fill_table(
    element: etree._Element, table: sa.Table, rows: int | None, *, columns: bool
) -> None:
    element.set("type", "table")
    etree.SubElement(element, "name").text = table.fullname
    etree.SubElement(element, "title").text = table.info["title"]
    etree.SubElement(element, "description").text = table.comment
    if table.info["utype"]:
        etree.SubElement(element, "utype").text = table.info["utype"]
    if rows is not None:
        etree.SubElement(element, "nrows").text = str(rows)
    if not columns:
        return
    for col in table.columns:
        _add_column(element, col)
    for key in foreign_keys(table):
        foreign = etree.SubElement(element, "foreignKey")
        etree.SubElement(foreign, "targetTable").text = key.target_table
        for source, target in key.columns:
            pair = etree.SubElement(foreign, "fkColumn")
            etree.SubElement(pair, "fromColumn").text = source
            etree.SubElement(pair, "targetColumn").text = target


def _add_column(table: etree._Element, col: sa.Column[object]) -> None:
    about = Field.of(col)
    element = etree.SubElement(table, "column")
    if col.info["std"]:
        element.set("std", "true")
    delimited = col.info.get("delimited", False)
    etree.SubElement(element, "name").text = adql_name(about.name, delimited=delimited)
    etree.SubElement(element, "description").text = about.description
    for tag in ("unit", "ucd", "utype"):
        if text := getattr(about, tag):
            etree.SubElement(element, tag).text = text
    datatype = etree.SubElement(element, "dataType", {XSI_TYPE: "vs:VOTableType"})
    datatype.text = about.datatype
    if about.arraysize:
        datatype.set("arraysize", about.arraysize)
    if about.xtype:
        datatype.set("extendedType", about.xtype)
    for flag, is_set in (
        ("primary", col.primary_key),
        ("indexed", col.info["indexed"]),
        ("nullable", col.nullable),
    ):
        if is_set:
            etree.SubElement(element, "flag").text = flag
