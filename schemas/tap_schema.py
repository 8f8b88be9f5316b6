"""The tables of TAP_SCHEMA (TAP 1.1, section 4), and the rows that fill them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import Field, column, is_view, published_table

__all__ = ["KEYS", "KEY_COLUMNS", "TABLES", "TAP_SCHEMA", "ForeignKey", "adql_name", "foreign_keys"]


SCHEMAS = published_table(
    "tap_schema",
    "schemas",
    "The schemas published by this service",
    column("schema_name", sa.String(), "Schema name as used in queries", key=True, std=True),
    column("utype", sa.String(), "Data model identifier of the schema, if any", std=True),
    column("description", sa.String(), "What the schema holds", std=True),
    column("schema_index", sa.Integer(), "Recommended order for people", std=True),
    title="Schemas",
)

TABLES = published_table(
    "tap_schema",
    "tables",
    "The tables published by this service",
    column(
        "schema_name",
        sa.String(),
        "Schema this table belongs to",
        nullable=False,
        std=True,
        references="tap_schema.schemas.schema_name",
    ),
    column("table_name", sa.String(), "Table name as used in queries", key=True, std=True),
    column("table_type", sa.String(), "table or view", nullable=False, std=True),
    column("utype", sa.String(), "Data model identifier of the table, if any", std=True),
    column("description", sa.String(), "What the table holds", std=True),
    column("table_index", sa.Integer(), "Recommended order for people", std=True),
    title="Tables",
)

COLUMNS = published_table(
    "tap_schema",
    "columns",
    "The columns of the tables published by this service",
    column(
        "table_name",
        sa.String(),
        "Table this column belongs to",
        key=True,
        std=True,
        references="tap_schema.tables.table_name",
    ),
    column("column_name", sa.String(), "Column name as used in queries", key=True, std=True),
    column("datatype", sa.String(), "VOTable datatype", nullable=False, std=True),
    column("arraysize", sa.String(), "VOTable arraysize; null for a scalar", std=True),
    column("xtype", sa.String(), "DALI extended type; null where there is none", std=True),
    column("size", sa.Integer(), "Deprecated by arraysize: length of a fixed array", std=True),
    column("description", sa.String(), "What the column holds", std=True),
    column("utype", sa.String(), "Data model path, if any", std=True),
    column("unit", sa.String(), "Unit in VOUnits syntax", std=True),
    column("ucd", sa.String(), "UCD1+ words", std=True),
    column("indexed", sa.Integer(), "1 if conditions on it are fast", nullable=False, std=True),
    column("principal", sa.Integer(), "1 if shown by default", nullable=False, std=True),
    column("std", sa.Integer(), "1 if defined by a standard", nullable=False, std=True),
    column("column_index", sa.Integer(), "Recommended order for people", std=True),
    title="Columns",
)

KEYS = published_table(
    "tap_schema",
    "keys",
    "The foreign keys between the tables published by this service",
    column("key_id", sa.String(), "Identifier of the foreign key", key=True, std=True),
    column(
        "from_table",
        sa.String(),
        "Table that refers",
        nullable=False,
        std=True,
        references="tap_schema.tables.table_name",
    ),
    column(
        "target_table",
        sa.String(),
        "Table referred to",
        nullable=False,
        std=True,
        references="tap_schema.tables.table_name",
    ),
    column("description", sa.String(), "What the key means", std=True),
    column("utype", sa.String(), "Data model identifier of the key, if any", std=True),
    title="Foreign keys",
)

KEY_COLUMNS = published_table(
    "tap_schema",
    "key_columns",
    "The columns of the foreign keys",
    column(
        "key_id",
        sa.String(),
        "Foreign key this row belongs to",
        key=True,
        std=True,
        references="tap_schema.keys.key_id",
    ),
    column("from_column", sa.String(), "Column of the table that refers", key=True, std=True),
    column("target_column", sa.String(), "Column of the table referred to", key=True, std=True),
    title="Foreign key columns",
)

TAP_SCHEMA: tuple[sa.Table, ...] = (SCHEMAS, TABLES, COLUMNS, KEYS, KEY_COLUMNS)

_QUOTED = frozenset({"size"})
"""Published names that are reserved words of ADQL and so carry quotes (TAP 1.1, section 4.3)."""


def adql_name(name: str, *, delimited: bool = False) -> str:
    """The name as a query must write it.

    Parameters
    ----------
    name : str
    delimited : bool
        Whether it is known to need quotes; of the published names, those are known that do.

    Examples
    --------
    >>> adql_name("epoch"), adql_name("size")
    ('epoch', '"size"')
    """
    if delimited or name in _QUOTED:
        escaped = name.replace('"', '""')
        return f'"{escaped}"'
    return name


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One foreign key, as TAP_SCHEMA and VODataService describe it; nothing enforces it."""

    key_id: str
    from_table: str
    target_table: str
    columns: tuple[tuple[str, str], ...] = field(default=())


def foreign_keys(table: sa.Table) -> tuple[ForeignKey, ...]:
    """The foreign keys that the columns of a table declare by ``references``."""
    keys = []
    for col in table.columns:
        if target := col.info["references"]:
            target_table, _, target_column = target.rpartition(".")
            key_id = f"{table.fullname}.{col.name}"
            keys.append(
                ForeignKey(key_id, table.fullname, target_table, ((str(col.name), target_column),))
            )
    return tuple(keys)


def describe(
    tables: Iterable[sa.Table], schemas: Mapping[str, str]
) -> dict[sa.Table, list[dict[str, Any]]]:
    """The rows of TAP_SCHEMA for these tables.

    Parameters
    ----------
    tables : iterable of Table
        In the order in which they are to be shown.
    schemas : mapping of str to str
        Description of each schema, in the order in which they are to be shown.

    Returns
    -------
    dict
        The rows of each of the five tables, each row a dict by column name.
    """
    rows: dict[sa.Table, list[dict[str, Any]]] = {table: [] for table in TAP_SCHEMA}
    for index, (name, description) in enumerate(schemas.items(), 1):
        rows[SCHEMAS].append(
            {"schema_name": name, "description": description, "schema_index": index}
        )
    for index, table in enumerate(tables, 1):
        rows[TABLES].append(
            {
                "schema_name": table.schema,
                "table_name": table.fullname,
                "table_type": "view" if is_view(table) else "table",
                "utype": table.info["utype"] or None,
                "description": table.comment,
                "table_index": index,
            }
        )
        rows[COLUMNS].extend(_column_rows(table))
        for key in foreign_keys(table):
            rows[KEYS].append(
                {
                    "key_id": key.key_id,
                    "from_table": key.from_table,
                    "target_table": key.target_table,
                }
            )
            rows[KEY_COLUMNS].extend(
                {"key_id": key.key_id, "from_column": source, "target_column": target}
                for source, target in key.columns
            )
    return rows


def _column_rows(table: sa.Table) -> Iterable[dict[str, Any]]:
    for index, col in enumerate(table.columns, 1):
        about = Field.of(col)
        yield {
            "table_name": table.fullname,
            "column_name": adql_name(about.name, delimited=col.info.get("delimited", False)),
            "datatype": about.datatype,
            "arraysize": about.arraysize or None,
            "xtype": about.xtype or None,
            "size": int(most) if (most := about.arraysize.removesuffix("*")).isdigit() else None,
            "description": about.description,
            "utype": about.utype or None,
            "unit": about.unit or None,
            "ucd": about.ucd or None,
            "indexed": int(col.info["indexed"]),
            "principal": int(col.info["principal"]),
            "std": int(col.info["std"]),
            "column_index": index,
        }
