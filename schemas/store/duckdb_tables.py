"""Making and dropping tables in DuckDB."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from satvo.schemas.errors import Unavailable
from sqlalchemy.dialects.postgresql.base import PGDialect

__all__ = ["SQL", "check_columns", "create_table", "drop_table"]

# DuckDB reads PostgreSQL's dialect, so one compiler serves both engines.
SQL = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def create_table(table: sa.Table) -> str:
    """The statement that makes a table.

    No keys and no indexes: DuckDB slows down and refuses updates with them, the physical order does
    their work, and TAP_SCHEMA describes them.
    """
    quote = SQL.identifier_preparer.quote
    columns = ", ".join(
        f"{quote(str(col.name))} {col.type.compile(dialect=SQL)}"
        + ("" if col.nullable else " NOT NULL")
        for col in table.columns
    )
    return f"CREATE TABLE {_named(table)} ({columns})"


def drop_table(table: sa.Table) -> str:
    """The statement that drops one."""
    return f"DROP TABLE {_named(table)}"


def check_columns(table: sa.Table, there: Mapping[str, list[str]]) -> bool:
    """Whether a table is there, by the column names of those that are.

    Raises
    ------
    Unavailable
        If it is there with other columns than declared.
    """
    declared = [str(col.name) for col in table.columns]
    found = there.get(table.fullname)
    if found is None or found == declared:
        return found is not None
    odd = sorted(set(found) ^ set(declared))
    raise Unavailable(
        f"the archive's table {table.fullname} has other columns than this version "
        f"of satvo declares ({', '.join(odd) or 'another order'}); "
        "make a new home and ingest again"
    )


def _named(table: sa.Table) -> str:
    quote = SQL.identifier_preparer.quote
    return f"{quote(str(table.schema))}.{quote(table.name)}"
