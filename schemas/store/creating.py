"""Making the tables of an archive, and making those of an older version the present ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import is_view
from satvo.schemas.errors import Unavailable
from satvo.schemas.migrations import History
from satvo.schemas.store.interface import Transaction

__all__ = ["columns_there", "create_tables"]


def create_tables(
    tx: Transaction,
    dialect: sa.Dialect,
    tables: tuple[sa.Table, ...],
    history: History | None,
    stored: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Make the tables that are not there yet, with their schemas.

    Parameters
    ----------
    tx : Transaction
    dialect : Dialect
        The engine's.
    tables : tuple of Table
    history : History or None
        By which those that are there are brought up first. Tables of resources from elsewhere are
        in no history: they are made, and never changed.
    stored : mapping
        What the engine calls a schema, where it has another name for it.

    Raises
    ------
    Unavailable
        If a table is there with other columns than declared, or is of a newer version.
    """
    there = columns_there(tx, stored)
    written: Any = dialect.identifier_preparer.format_schema  # it has no types
    schemas = [table.schema for table in ((history.note,) if history else ())]
    for schema in dict.fromkeys((*schemas, *(table.schema for table in tables))):
        tx.run(f"CREATE SCHEMA IF NOT EXISTS {written(str(schema))}")
    if history:
        noted = None
        if history.note.fullname in there:
            (noted,) = tx.select(sa.select(history.note)).column(0).to_pylist()
        history.bring_up(there, noted, dialect, tx.run)
        if noted != history.newest:
            there = columns_there(tx, stored)
    for table in sorted(tables, key=is_view):  # a view is made of tables
        if not _is_there(table, there):
            tx.create(table)


def columns_there(tx: Transaction, stored: Mapping[str, str]) -> dict[str, list[str]]:
    """The columns of every table of the database, by its full name as it is declared.

    What is in a schema whose name the engine does not use belongs to somebody else.
    """
    declared = {there: name for name, there in stored.items()}
    names = ("table_schema", "table_name", "column_name", "ordinal_position")
    catalogue = sa.table("columns", *map(sa.column, names), schema="information_schema")
    # PostgreSQL has types of its own here.
    wanted: list[Any] = [sa.cast(catalogue.c[name], sa.String).label(name) for name in names[:3]]
    rows = tx.select(sa.select(*wanted).order_by(catalogue.c.ordinal_position))
    there: dict[str, list[str]] = {}
    for row in rows.to_pylist():
        schema = row["table_schema"]
        if schema not in stored:
            name = f"{declared.get(schema, schema)}.{row['table_name']}"
            there.setdefault(name, []).append(row["column_name"])
    return there


def _is_there(table: sa.Table, there: Mapping[str, list[str]]) -> bool:
    found = there.get(table.fullname)
    # Their order says nothing: a column that a later version added is the last.
    odd = sorted(set(found or ()) ^ {str(col.name) for col in table.columns})
    if found and odd:
        raise Unavailable(
            f"the archive's table {table.fullname} has other columns than this version "
            f"of satvo declares ({', '.join(odd)}); make a new archive and ingest again"
        )
    return found is not None
