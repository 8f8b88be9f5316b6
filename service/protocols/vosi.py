"""VOSI 1.1 documents: capabilities, availability, tables.

Built as trees with lxml. The ready-made models of the field were tried: they escape descriptions
twice and know no vs:VOTableType, which stilts asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache, lru_cache

from flask import Blueprint, Response, current_app, request
from lxml import etree
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive, archive_trouble
from satvo.service.identity import owner
from satvo.service.operations import Reply, operation
from satvo.service.parameters import read_parameters
from satvo.service.tablesets import add_schemas, fill_table
from satvo.service.visible_tables import VisibleTables
from satvo.service.voresource import NAMESPACES, all_capabilities

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

    @cache
    def capabilities_document(public: str) -> bytes:
        root = _root("vosi-cap", "capabilities", ("vr", "vs", "tr"))
        root.extend(all_capabilities(public, capabilities, with_tables=with_tables))
        return _document(root)

    blueprint = Blueprint(
        f"vosi{path.replace('/', '_').replace('.', '_')}", __name__, url_prefix=path
    )

    @blueprint.get("/capabilities")
    @operation("What this service can do (VOSI 1.1, section 3.1)", replies=_DOCUMENT)
    def show_capabilities() -> Response:
        return _answer(capabilities_document(current_app.config["SATVO"].url(path)))

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
            answer = _answer(
                _tables_document(
                    visible, tuple(counts.items()), detail == "max", _asked_by_astroquery()
                )
            )
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
                    fill_table(root, table, counts[table.fullname], columns=True)
                    answer = _answer(_document(root))
                    answer.vary.add("Authorization")
                    return answer
            raise NotFound(f"there is no table {name}; {path}/tables lists all")

    return blueprint


def _root(prefix: str, tag: str, others: Iterable[str]) -> etree._Element:
    nsmap = {p: NAMESPACES[p] for p in (prefix, *others, "xsi")}
    return etree.Element(f"{{{NAMESPACES[prefix]}}}{tag}", nsmap=nsmap)


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _answer(document: bytes) -> Response:
    return Response(document, mimetype="text/xml")


def _availability(started: datetime, trouble: str) -> Response:
    root = _root("vosi-av", "availability", ())
    space = f"{{{NAMESPACES['vosi-av']}}}"
    etree.SubElement(root, f"{space}available").text = "false" if trouble else "true"
    etree.SubElement(root, f"{space}upSince").text = f"{started.isoformat(timespec='seconds')}Z"
    if trouble:
        etree.SubElement(root, f"{space}note").text = trouble
    return _answer(_document(root))


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


@lru_cache(16)  # the tables of everyone are asked for by every client that begins
def _tables_document(
    visible: VisibleTables, counts: tuple[tuple[str, int], ...], columns: bool, flags: bool
) -> bytes:
    root = _root("vosi-tab", "tableset", ("vr", "vs"))
    add_schemas(root, visible.schemas, visible.tables, dict(counts), columns=columns)
    return _document(_with_flags(root) if flags else root)
