"""Making and dropping tables in DuckDB."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import is_view
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler, PGDialect
from sqlalchemy.schema import CreateTable

__all__ = ["SQL", "create_table", "drop_table"]


class _Tables(PGDDLCompiler):
    """No keys and no indexes: DuckDB slows down and refuses updates with them.

    The physical order does their work, and TAP_SCHEMA describes them.
    """

    def create_table_constraints(self, table: Any, *_: Any, **__: Any) -> str:
        return ""

    def visit_create_index(self, create: Any, *_: Any, **__: Any) -> str:
        return ""


class _Dialect(PGDialect):
    """DuckDB reads PostgreSQL's dialect, so one compiler of statements serves both engines."""

    ddl_compiler = _Tables
    supports_statement_cache = True


SQL = _Dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def create_table(table: sa.Table) -> str:
    """The statement that makes a table, or a view."""
    if is_view(table):
        select = str(table.info["select"].compile(dialect=SQL))
        return f"CREATE VIEW {SQL.identifier_preparer.format_table(table)} AS {select}"
    return str(CreateTable(table).compile(dialect=SQL))


def drop_table(table: sa.Table) -> str:
    """The statement that drops one."""
    return f"DROP TABLE {SQL.identifier_preparer.format_table(table)}"
