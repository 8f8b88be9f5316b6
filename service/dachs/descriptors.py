"""Resource descriptors for DaCHS: one a published schema, with views of the tables.

DaCHS owns only the views, in a schema of its own; rows and indexes stay with satvo. Elements and
attributes are those of the reference documentation of DaCHS 2.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from lxml import etree
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import Resource
from satvo.schemas.store.postgres_sql import SQL, indexed_position
from satvo.schemas.tap_schema import TAP_SCHEMA, foreign_keys
from satvo.service.dachs.types import dachs_type, dachs_unit, null_literal

__all__ = ["dachs_schema", "descriptors"]

_MADE = """
  Written by satvo export rd: views of tables that satvo owns, and what there is to say of them.
  Do not edit it: after an upgrade of satvo, export again and import again.
"""

_FRAMES = ("ICRS", "FK5", "FK4")
"""The equatorial frames that the IVOA's vocabulary refframe and the STC-S of DaCHS both have."""

_REGULAR = re.compile(r"[a-z][a-z0-9_]*")

_RESERVED = ("moc",)
"""Names that are words of DaCHS's ADQL and of no other: its clients write them in quotes."""

_SHOWN, _NOT_SHOWN = "10", "30"
"""Levels of verbosity: DaCHS takes a column as principal up to 20; 10 is in every cone search."""

_CONE_SEARCH = ("meta.id;meta.main", "pos.eq.ra;meta.main", "pos.eq.dec;meta.main")
"""The columns that every answer to a cone search has (Simple Cone Search 1.03, section 2.2)."""


def dachs_schema(schema: str) -> str:
    """The schema that has the views; not the tables' own, so that views keep the tables' names.

    Examples
    --------
    >>> dachs_schema("satvo")
    'satvo_vo'
    """
    return f"{schema}_vo"


def descriptors(resources: Sequence[Resource], schemas: Mapping[str, str]) -> dict[str, bytes]:
    """The descriptors, by the schema that DaCHS gets.

    Parameters
    ----------
    resources : sequence of Resource
    schemas : mapping of str to str
        Description of each published schema. TAP_SCHEMA is left out: DaCHS has its own.

    Raises
    ------
    BadParameter
        If a name is none that DaCHS can have.
    """
    own: dict[str, list[tuple[Resource, list[sa.Table]]]] = {}
    taken: set[sa.Table] = set(TAP_SCHEMA)
    for resource in resources:
        for schema in dict.fromkeys(str(table.schema) for table in resource.tables):
            new = [t for t in resource.tables if t.schema == schema and t not in taken]
            taken.update(new)
            if new:
                own.setdefault(schema, []).append((resource, new))
    return {
        dachs_schema(schema): _written(_descriptor(schema, schemas.get(schema, ""), parts))
        for schema, parts in own.items()
    }


def _descriptor(
    schema: str, description: str, parts: list[tuple[Resource, list[sa.Table]]]
) -> etree._Element:
    name = dachs_schema(_checked(schema))
    root = etree.Element("resource", schema=name, resdir=name)
    of = [resource for resource, _ in parts]
    _add_about(
        root,
        title="; ".join(resource.title for resource in of),
        description=description or of[0].description,
        created=min(resource.created for resource in of),
        subjects=dict.fromkeys(word for resource in of for word in resource.subjects),
        creators=dict.fromkeys(resource.creator for resource in of),
    )
    _add_rights(root, of)
    tables = [table for _, some in parts for table in some]
    for table in _referred_first(tables):
        root.append(_table(table, tables))
    for resource, some in parts:
        root.append(_data(resource, some, [table.name for table in tables]))
    for resource, some in parts:
        root.extend(_cone_search(resource, table) for table in some if _has_cone_search(table))
    return root


def _table(table: sa.Table, beside: Iterable[sa.Table]) -> etree._Element:
    element = etree.Element("table", id=_checked(table.name), onDisk="True", adql="True")
    if utype := table.info["utype"]:
        _add_meta(element, "utype", utype)
    _add_meta(element, "title", table.info["title"])
    _add_meta(element, "description", str(table.comment))
    if position := indexed_position(table):
        declared = Field.of(table.c[position[0]]).coosys.partition(" ")[0] or "ICRS"
        if declared in _FRAMES:
            stc = etree.SubElement(element, "stc")
            stc.text = f'Position {declared} "{position[0]}" "{position[1]}"'
    _add_indexes(element, table, position)
    _add_foreign_keys(element, table, {other.fullname: other.name for other in beside})
    for col in table.columns:
        element.append(_column(col))
    statement = etree.SubElement(element, "viewStatement")
    stored = SQL.identifier_preparer.format_table(table)
    # The macro for the names knows no quoted ones.
    names = ", ".join(SQL.identifier_preparer.quote(str(col.name)) for col in table.columns)
    statement.text = rf"CREATE VIEW \qName AS (SELECT {names} FROM {stored})"  # noqa: S608
    return element


def _add_indexes(
    element: etree._Element, table: sa.Table, position: tuple[str, str] | None
) -> None:
    """What the table behind the view has: DaCHS is told of indexes, and makes none."""
    if position:
        columns = ",".join(position)
        etree.SubElement(element, "index", columns=columns, kind="q3c", metaOnly="True")
    for col in table.columns:
        if col.info["indexed"]:
            etree.SubElement(element, "index", columns=str(col.name), metaOnly="True")


def _add_foreign_keys(element: etree._Element, table: sa.Table, beside: Mapping[str, str]) -> None:
    """The keys within the schema: DaCHS refers by the name of a table in the same descriptor."""
    for key in foreign_keys(table):
        if key.target_table in beside:
            source, dest = (",".join(names) for names in zip(*key.columns, strict=True))
            about = {"source": source, "dest": dest, "inTable": beside[key.target_table]}
            etree.SubElement(element, "foreignKey", about, metaOnly="True")


def _column(col: sa.Column[Any]) -> etree._Element:
    about = Field.of(col)
    name = _checked(about.name)
    written = f"quoted/{name}" if name in _RESERVED else name
    element = etree.Element("column", name=written, type=dachs_type(col))
    said = {"unit": dachs_unit(about.unit), "ucd": about.ucd, "utype": about.utype}
    if about.xtype != "timestamp":  # follows from the type
        said["xtype"] = about.xtype
    for name, value in said.items():
        if value:
            element.set(name, value)
    if not col.nullable:
        element.set("required", "True")
    is_needed = about.ucd in _CONE_SEARCH and _has_cone_search(col.table)
    is_shown = col.info["principal"] or is_needed
    element.set("verbLevel", _SHOWN if is_shown else _NOT_SHOWN)
    etree.SubElement(element, "description").text = about.description
    null = null_literal(col)
    if null is not None:
        etree.SubElement(element, "values", nullLiteral=str(null))
    if col.info["std"]:
        etree.SubElement(element, "property", name="std").text = "1"
    return element


def _data(resource: Resource, tables: list[sa.Table], names: list[str]) -> etree._Element:
    name = re.sub(r"\W+", "_", resource.path)
    # Its record is named so; in a descriptor, tables and data share their names.
    element = etree.Element("data", id=f"{name}_data" if name in names else name)
    _add_about(
        element,
        title=resource.title,
        description=resource.description,
        created=resource.created,
        subjects=resource.subjects,
        creators=(resource.creator,),
    )
    for level in resource.content_levels:
        _add_meta(element, "contentLevel", level)
    _add_rights(element, [resource])
    etree.SubElement(element, "publish", sets="ivo_managed")
    for table in tables:
        etree.SubElement(element, "make", table=table.name)
    return element


def _has_cone_search(table: sa.Table) -> bool:
    ucds = [col.info["ucd"] for col in table.columns]
    return all(ucds.count(word) == 1 for word in _CONE_SEARCH)


def _cone_search(resource: Resource, table: sa.Table) -> etree._Element:
    element = etree.Element("service", id=f"cone_{table.name}", allowed="scs.xml,form")
    _add_meta(element, "title", f"{table.info['title']}: cone search")
    _add_meta(element, "shortName", f"{table.name[:11]} cone")
    _add_meta(element, "description", f"{table.comment} {resource.description}")
    _add_rights(element, [resource])
    for name, value in (("ra", "0"), ("dec", "0"), ("sr", "1")):
        _add_meta(element, f"testQuery.{name}", value)
    etree.SubElement(element, "publish", render="scs.xml", sets="ivo_managed")
    etree.SubElement(element, "publish", render="form", sets="local")
    core = etree.SubElement(element, "scsCore", queriedTable=table.name)
    etree.SubElement(core, "FEED", source="//scs#coreDescs")
    return element


def _add_about(
    element: etree._Element,
    *,
    title: str,
    description: str,
    created: datetime,
    subjects: Iterable[str],
    creators: Iterable[str],
) -> None:
    """What DaCHS demands of everything that is published."""
    _add_meta(element, "title", title)
    _add_meta(element, "description", description)
    _add_meta(element, "creationDate", f"{created:%Y-%m-%dT%H:%M:%SZ}")
    for word in subjects:
        _add_meta(element, "subject", word)
    for creator in creators:
        _add_meta(element, "creator.name", creator)


def _add_rights(element: etree._Element, resources: Iterable[Resource]) -> None:
    terms = dict.fromkeys((each.rights, each.rights_uri) for each in resources if each.rights)
    for text, address in terms:
        _add_meta(element, "rights", text)
        if address:
            _add_meta(element, "rights.rightsURI", address)


def _add_meta(element: etree._Element, name: str, text: str) -> None:
    etree.SubElement(element, "meta", name=name).text = text.replace("\\", r"\\")


def _referred_first(tables: list[sa.Table]) -> list[sa.Table]:
    """A foreign key can only name a table that stands before it."""
    ordered: list[sa.Table] = []

    def place(table: sa.Table, above: tuple[sa.Table, ...] = ()) -> None:
        if table in ordered or table in above:
            return
        names = {key.target_table for key in foreign_keys(table)}
        for other in tables:
            if other.fullname in names:
                place(other, (*above, table))
        ordered.append(table)

    for table in tables:
        place(table)
    return ordered


def _checked(name: str) -> str:
    if not _REGULAR.fullmatch(name):
        raise BadParameter(
            f"{name}: not a name that DaCHS can have; give schemas, tables and columns names of "
            "small letters, digits and _, a letter first"
        )
    return name


def _written(root: etree._Element) -> bytes:
    root.insert(0, etree.Comment(_MADE))
    etree.indent(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
