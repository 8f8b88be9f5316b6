"""The engine's types, and numbers and casts written in them."""

from __future__ import annotations

from satvo.service.adql import core
from satvo.service.adql.core import Kind

__all__ = ["REPEATABLE", "TYPES", "cast_to", "double", "named_once", "refused"]

TYPES = {
    Kind.SHORT: "SMALLINT",
    Kind.INT: "INTEGER",
    Kind.LONG: "BIGINT",
    Kind.FLOAT: "REAL",
    Kind.DOUBLE: "DOUBLE",
    Kind.CHAR: "VARCHAR",
    Kind.UNICODE: "VARCHAR",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.MOC: "VARCHAR",
}
"""The engine's types; other regions are lists and need no cast."""

REPEATABLE = 400
"""Characters of a value that may be written twice; a longer one is written once, in a list."""


def named_once(sql: str, form: str) -> str:
    """SQL with a value in several places, written so that a long one stands there only once.

    Parameters
    ----------
    sql : str
        The value.
    form : str
        With ``$`` where the value comes.
    """
    if len(sql) <= REPEATABLE and "SELECT" not in sql and "random()" not in sql:
        return form.replace("$", sql)
    return f"list_transform([{sql}], lambda p: {form.replace('$', 'p')})[1]"


def refused(cause: str) -> str:
    """SQL of a value that is an error where it is asked for; its type is that of others beside it.

    The engine's error() counts as volatile, and for a correlated IN (SELECT ...) with something
    volatile in it NULL in one row makes all NULL (DuckDB 2.0.0). No text of ours is a BOOLEAN. The
    list is there for the type: a CASE of NULL alone would be computed when the query is planned.

    Parameters
    ----------
    cause : str
        SQL of a text, what the client is told.
    """
    return f"list_extract([NULL], CAST(CAST({cause} AS BOOLEAN) AS BIGINT))"


def double(value: float) -> str:
    """A DOUBLE literal."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"  # without exponent it would be DECIMAL


def cast_to(kind: Kind, argument: core.Expression, sql: str) -> str:
    """An argument, already written, as a value of this type."""
    if argument.kind is kind or kind not in TYPES or argument.kind.is_region:
        return sql
    return f"CAST({sql} AS {TYPES[kind]})"
