"""SQL of PostgreSQL: values as literals, and tables with their keys and indexes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import is_view
from satvo.schemas.store.postgres_functions import FUNCTIONS_SCHEMA
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler, PGDialect, PGIdentifierPreparer
from sqlalchemy.schema import CreateTable

__all__ = [
    "EXPANDED",
    "SQL",
    "STORED_SCHEMAS",
    "compiled",
    "indexed_position",
    "inlined",
    "literal",
    "making",
]

STORED_SCHEMAS = {"tap_schema": "satvo_tap_schema", "ivoa": "satvo_ivoa"}
"""Schemas that standards name have names of our own: another service in the database has its."""


class _Tables(PGDDLCompiler):
    """Text is compared by its code points, as the embedded engine does, and has no length."""

    def get_column_specification(self, column: sa.Column[Any], **options: Any) -> str:
        if not isinstance(column.type, sa.String):
            plain: Any = super()  # it has no types
            return str(plain.get_column_specification(column, **options))
        given = self.get_column_default_string(column)
        default = "" if given is None else f" DEFAULT {given}"
        empty = "" if column.nullable else " NOT NULL"
        return f'{self.preparer.format_column(column)} text COLLATE "C"{default}{empty}'


class _Names(PGIdentifierPreparer):
    """Names of schemas as the database has them.

    Examples
    --------
    >>> SQL.identifier_preparer.format_table(sa.Table("order", sa.MetaData(), schema="ivoa"))
    'satvo_ivoa."order"'
    """

    def quote_schema(self, schema: str, force: Any = None) -> str:
        """A schema in front of a table."""
        return self.format_schema(schema)

    def format_schema(self, name: str) -> str:
        """A schema by itself."""
        return str(self.quote(STORED_SCHEMAS.get(name, name)))


class _Dialect(PGDialect):
    ddl_compiler = _Tables
    preparer = _Names
    supports_statement_cache = True


SQL = _Dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

EXPANDED = {"render_postcompile": True}
"""Lets each value of a list in IN have a place of its own; SQLAlchemy would do so at execution."""

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


def compiled(statement: sa.ClauseElement) -> str:
    """A statement of SQLAlchemy with its values as literals."""
    made = statement.compile(dialect=SQL, compile_kwargs=EXPANDED)
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


def making(table: sa.Table) -> Iterator[str]:
    """What makes a table with its keys and indexes, or a view."""
    quote = SQL.identifier_preparer.quote
    name = SQL.identifier_preparer.format_table(table)
    if is_view(table):
        yield f"CREATE VIEW {name} AS {table.info['select'].compile(dialect=SQL)}"
        return
    keys = [str(col.name) for col in table.primary_key.columns]
    yield str(CreateTable(table).compile(dialect=SQL))
    for col in table.columns:
        if col.info.get("indexed") and [str(col.name)] != keys:
            yield f"CREATE INDEX ON {name} ({quote(str(col.name))})"
    if position := indexed_position(table):
        yield f"CREATE INDEX ON {name} (q3c_ang2ipix({', '.join(map(quote, position))}))"
    for col in table.columns:
        if disc := col.info.get("disc"):
            lon, lat, diameter = map(quote, disc)
            box = f"{FUNCTIONS_SCHEMA}.sky_box({lon}, {lat}, {diameter} / 2)"
            yield f"CREATE INDEX ON {name} USING gist ({box})"


def indexed_position(table: sa.Table) -> tuple[str, str] | None:
    """The columns of a table's main position in deg, where it has one; q3c indexes them."""
    by_ucd = {col.info.get("ucd"): str(col.name) for col in table.columns}
    pair = (by_ucd.get("pos.eq.ra;meta.main"), by_ucd.get("pos.eq.dec;meta.main"))
    return pair if all(pair) else None  # type: ignore[return-value]
