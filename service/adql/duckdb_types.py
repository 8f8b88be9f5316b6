"""The engine's types, and numbers and casts written in them."""

from __future__ import annotations

from satvo.service.adql import core
from satvo.service.adql.core import Kind

__all__ = ["TYPES", "cast_to", "double"]

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
}
"""The engine's types; regions are lists and need no cast."""


def double(value: float) -> str:
    """A DOUBLE literal."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"  # without exponent it would be DECIMAL


def cast_to(kind: Kind, argument: core.Expression, sql: str) -> str:
    """An argument, already written, as a value of this type."""
    if argument.kind is kind or kind not in TYPES or argument.kind.is_region:
        return sql
    return f"CAST({sql} AS {TYPES[kind]})"
