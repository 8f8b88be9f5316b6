"""PostgreSQL's types, and numbers and casts written in them."""

from __future__ import annotations

from satvo.schemas.store.postgres_functions import FUNCTIONS_SCHEMA
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.emitting_values import cast_as

__all__ = ["BYTES", "REGION", "TYPES", "call", "cast_to", "double"]

TYPES = {
    Kind.SHORT: "smallint",
    Kind.INT: "integer",
    Kind.LONG: "bigint",
    Kind.FLOAT: "real",
    Kind.DOUBLE: "double precision",
    Kind.CHAR: "text",
    Kind.UNICODE: "text",
    Kind.TIMESTAMP: "timestamp",
    Kind.BOOLEAN: "boolean",
    Kind.MOC: "text",
}
"""The engine's types; other regions are lists and need no cast."""

REGION = "double precision[]"

BYTES = 'COLLATE "C"'
"""Texts are ordered by code points, whatever the collation of the database or of an upload."""


def double(value: float) -> str:
    """A DOUBLE PRECISION literal; bare it would be NUMERIC."""
    return f"'{value!r}'::float8" if value < 0 else f"{value!r}::float8"


def cast_to(kind: Kind, argument: core.Expression, sql: str) -> str:
    """An argument, already written, as a value of this type."""
    return cast_as(TYPES, kind, argument, sql)


def call(name: str, *arguments: str) -> str:
    """A call of one of the store's own functions."""
    return f"{FUNCTIONS_SCHEMA}.{name}({', '.join(arguments)})"
