"""Tables described in XML (VODataService 1.2, type TableSet), for VOSI and the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from lxml import etree
from satvo.schemas.columns import Field, is_view
from satvo.schemas.tap_schema import adql_name, foreign_keys
from satvo.service.voresource import XSI_TYPE

__all__ = ["add_schemas", "fill_table"]


def add_schemas(
    tableset: etree._Element,
    schemas: Mapping[str, str],
    tables: Sequence[sa.Table],
    counts: Mapping[str, int],
    *,
    columns: bool,
) -> None:
    """Add the schemas of these tables to a vs:TableSet, each with its tables.

    Parameters
    ----------
    tableset : element
    schemas : mapping of str to str
        Description of each schema, in the order shown; one that has no table is left out, and one
        that is not here comes last.
    tables : sequence of Table
    counts : mapping of str to int
        Rows of a table by its full name; where there is none, nothing is said of them.
    columns : bool
        Whether columns and foreign keys are described too.
    """
    for name in dict.fromkeys((*schemas, *(str(table.schema) for table in tables))):
        inside = [table for table in tables if table.schema == name]
        if not inside:
            continue
        schema = etree.SubElement(tableset, "schema")
        etree.SubElement(schema, "name").text = name
        if name in schemas:
            etree.SubElement(schema, "description").text = schemas[name]
        for table in inside:
            element = etree.SubElement(schema, "table")
            fill_table(element, table, counts.get(table.fullname), columns=columns)


def fill_table(
    element: etree._Element, table: sa.Table, rows: int | None, *, columns: bool
) -> None:
    """Describe one table in a vs:Table; ``rows`` is None where their number is not told."""
    element.set("type", "view" if is_view(table) else "table")
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
