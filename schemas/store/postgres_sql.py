"""SQL of PostgreSQL: values as literals, and tables with their keys and indexes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from satvo.schemas.errors import Unavailable
from sqlalchemy.dialects.postgresql.base import PGDialect

__all__ = [
    "SQL",
    "compiled",
    "indexed_position",
    "inlined",
    "literal",
    "making",
    "stored_name",
    "stored_schema",
    "table_statements",
]

SQL = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

_STORED_SCHEMAS = {"tap_schema": "satvo_tap_schema", "ivoa": "satvo_ivoa"}
"""Schemas that standards name have names of our own: another service in the database has its."""

_PLACE = re.compile(r"\$([0-9]+)")


def inlined(sql: str, values: Sequence[Any]) -> str:
    """A statement with its ``$1, $2, ...`` replaced by literals.

    Parameters
    ----------
    sql : str
        With no ``$`` but before the number of a value.
    values : sequence
        As `literal` takes them.
    """
    return _PLACE.sub(lambda place: literal(values[int(place[1]) - 1]), sql)


def stored_schema(name: str) -> str:
    """What the database calls a published schema.

    Examples
    --------
    >>> stored_schema("satvo"), stored_schema("tap_schema")
    ('satvo', 'satvo_tap_schema')
    """
    return _STORED_SCHEMAS.get(name, name)


def stored_name(table: sa.Table) -> str:
    """What the database calls a table, as SQL writes it.

    Examples
    --------
    >>> stored_name(sa.Table("order", sa.MetaData(), schema="ivoa"))
    'satvo_ivoa."order"'
    """
    quote = SQL.identifier_preparer.quote
    return f"{quote(stored_schema(str(table.schema)))}.{quote(table.name)}"


def compiled(statement: sa.ClauseElement) -> str:
    """A statement of SQLAlchemy with its values as literals."""
    schemas: dict[str, Any] = {
        "schema_translate_map": _STORED_SCHEMAS,
        "render_schema_translate": True,
    }
    made = statement.compile(dialect=SQL, **schemas)
    names = getattr(made, "positiontup", None) or ()
    return inlined(str(made), [made.params[name] for name in names])


def literal(value: object) -> str:
    r"""A value as PostgreSQL reads it where ``standard_conforming_strings`` is on.

    Parameters
    ----------
    value
        None, bool, int, float, str, datetime without a zone, or a list of one of these.

    Raises
    ------
    TypeError
        For anything else.

    Examples
    --------
    >>> literal("it's a \\"), literal([1, 2]), literal(None), literal(float("-inf"))
    ("'it''s a \\'", 'ARRAY[1, 2]', 'NULL', "'-inf'::float8")
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    if isinstance(value, float):
        # Without an exponent it would be NUMERIC.
        return (
            f"'{value!r}'::float8"
            if value < 0 or not math.isfinite(value)
            else f"{value!r}::float8"
        )
    if isinstance(value, datetime):
        return f"'{value.isoformat(sep=' ')}'::timestamp"
    if isinstance(value, str):
        # The engine's text has no NUL, so none can equal it.
        return "'" + value.replace("'", "''").replace("\0", "\N{REPLACEMENT CHARACTER}") + "'"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(literal, value))}]"
    raise TypeError(f"no literal for a {type(value).__name__}")


def table_statements(tables: tuple[sa.Table, ...], there: Mapping[str, list[str]]) -> Iterator[str]:
    """What makes the schemas and the tables that are not there yet, with keys and indexes.

    Parameters
    ----------
    tables : tuple of Table
    there : mapping
        The columns of every table of the database, by its full name.

    Raises
    ------
    Unavailable
        If a table is there with other columns than declared.
    """
    quote = SQL.identifier_preparer.quote
    for schema in dict.fromkeys(stored_schema(str(table.schema)) for table in tables):
        yield f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}"
    for table in tables:
        declared = [str(col.name) for col in table.columns]
        found = there.get(f"{stored_schema(str(table.schema))}.{table.name}")
        if found is None:
            yield from making(table)
        elif found != declared:
            odd = sorted(set(found) ^ set(declared))
            raise Unavailable(
                f"the archive's table {table.fullname} has other columns than this version "
                f"of satvo declares ({', '.join(odd) or 'another order'}); "
                "make a new database and ingest again"
            )


def making(table: sa.Table) -> Iterator[str]:
    """What makes a table with its keys and indexes."""
    quote = SQL.identifier_preparer.quote
    name = stored_name(table)
    keys = [quote(str(col.name)) for col in table.columns if col.primary_key]
    parts = [f"{quote(str(c.name))} {_type(c)}{'' if c.nullable else ' NOT NULL'}" for c in table.c]
    if keys:
        parts.append(f"PRIMARY KEY ({', '.join(keys)})")
    yield f"CREATE TABLE {name} ({', '.join(parts)})"
    for col in table.columns:
        if col.info.get("indexed") and [quote(str(col.name))] != keys:
            yield f"CREATE INDEX ON {name} ({quote(str(col.name))})"
    if position := indexed_position(table):
        yield f"CREATE INDEX ON {name} (q3c_ang2ipix({', '.join(map(quote, position))}))"


def _type(col: sa.Column[Any]) -> str:
    # Text is compared by its code points, as the embedded engine does, and has no length.
    return 'text COLLATE "C"' if isinstance(col.type, sa.String) else str(col.type.compile(SQL))


def indexed_position(table: sa.Table) -> tuple[str, str] | None:
    """The columns of a table's main position in deg, where it has one; q3c indexes them."""
    by_ucd = {col.info.get("ucd"): str(col.name) for col in table.columns}
    pair = (by_ucd.get("pos.eq.ra;meta.main"), by_ucd.get("pos.eq.dec;meta.main"))
    return pair if all(pair) else None  # type: ignore[return-value]
