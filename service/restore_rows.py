"""The rows of a backup, into a state database and into the transaction of a store.

Nothing of them is believed: columns, counts and names of tables are held against what is declared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from satvo.schemas.errors import BadParameter
from satvo.schemas.state import STATE
from satvo.schemas.state_database import open_state
from satvo.schemas.store import Transaction
from satvo.schemas.user_table import USER_TABLE
from satvo.service.archive import tables_of_backup
from satvo.service.backup_manifest import Manifest, TablePart, columns_of
from satvo.service.backup_reader import BackupReader
from satvo.service.config import Config
from satvo.service.user_table import read_user_table

__all__ = ["Told", "Write", "load_state", "load_tables"]

_ROW_BYTES = 1 << 26
"""The longest row of the state database: the parameters of a job fit in a request."""
_GROUP_BYTES = 1 << 30
_BATCH_ROWS = 100_000
_STATE_ROWS = 500

_STORED = re.compile(r"t[0-9a-f]{1,40}")
"""Names of the tables of clients: no other may become an identifier."""

_MISUNDERSTOOD = (
    ValueError, TypeError, KeyError, AttributeError, RecursionError, sa.exc.SQLAlchemyError,
)  # fmt: skip

Told = Callable[[str], object]

T = TypeVar("T")


class Write(Protocol):
    """What `satvo.schemas.store.Store.write` does."""

    def __call__(self, work: Callable[[Transaction], T], /) -> T: ...


def _check_columns(part: TablePart, table: sa.Table | None, manifest: Manifest) -> None:
    with_it = f"restore it with satvo {manifest.satvo[:40]}, which made it"
    if table is None:
        raise BadParameter(f"this satvo has no table {part.name[:200]}; {with_it}")
    odd = sorted({name for name, *_ in set(part.columns) ^ set(columns_of(table))})
    if odd:
        raise BadParameter(
            f"its table {part.name} has other columns than this satvo declares "
            f"({', '.join(odd)[:500]}); {with_it}"
        )


def load_state(config: Config, workshop: Path, reader: BackupReader, told: Told) -> None:
    """Fill a state database in one transaction; raises as `load_tables` does."""
    state = open_state(workshop, config.store)
    try:
        with state.begin() as connection:
            for table in STATE.sorted_tables:
                connection.execute(sa.delete(table))  # of a killed restore: there is no archive
            for part in reader.manifest.state:
                _load_state_table(connection, reader, part, workshop)
                told(f"{part.name}: {part.rows:,} rows")
    finally:
        state.dispose()


def _load_state_table(
    connection: sa.Connection, reader: BackupReader, part: TablePart, workshop: Path
) -> None:
    table = STATE.tables.get(part.name)
    _check_columns(part, table, reader.manifest)
    assert table is not None  # noqa: S101 - just checked
    copy = workshop / "member"
    reader.extract(part.file, copy)
    try:
        with copy.open("rb") as stream:
            count = 0
            rows: list[dict[str, Any]] = []
            while line := stream.readline(_ROW_BYTES):
                rows.append(_state_row(table, json.loads(line)))
                count += 1
                if len(rows) == _STATE_ROWS:
                    connection.execute(sa.insert(table), rows)
                    rows.clear()
            if rows:
                connection.execute(sa.insert(table), rows)
    except _MISUNDERSTOOD as err:
        raise BadParameter(f"its member {part.file} cannot be understood") from err
    finally:
        copy.unlink()
    _check_count(part, count)


def _state_row(table: sa.Table, told: Any) -> dict[str, Any]:
    return {
        str(column.name): datetime.fromisoformat(told[column.name])
        if isinstance(column.type, sa.DateTime) and told[column.name] is not None
        else told[column.name]
        for column in table.columns
    }


def load_tables(write: Write, workshop: Path, reader: BackupReader, told: Told) -> None:
    """Fill the tables of every archive, and then those of clients, which the former name.

    Parameters
    ----------
    write : callable
        Does some work in a transaction, of its own or one for all.
    workshop : Path
        A folder for copies.
    reader : BackupReader
    told : callable

    Raises
    ------
    BadParameter
        If the backup is not what it says, or what this version declares.
    """
    declared = {table.fullname: table for table in tables_of_backup()}
    parts = {part.name: part for part in reader.manifest.tables}
    if len(parts) < len(reader.manifest.tables):
        raise BadParameter("its manifest names a table twice")
    for name, part in parts.items():
        if name in declared:
            _load_table(write, reader, part, declared[name], workshop)
            told(f"{name}: {part.rows:,} rows")
    kept = write(_kept_tables)
    if lacking := sorted(kept.keys() - parts.keys()):
        raise BadParameter(f"it has no rows of the table of a client {lacking[0]}")
    for name in sorted(parts.keys() - declared.keys()):
        _check_columns(parts[name], kept.get(name), reader.manifest)
        write(partial(_create, table=kept[name]))
        _load_table(write, reader, parts[name], kept[name], workshop)
        told(f"{name}: {parts[name].rows:,} rows")


def _kept_tables(tx: Transaction) -> Mapping[str, sa.Table]:
    try:
        kept = [read_user_table(row) for row in tx.select(sa.select(USER_TABLE)).to_pylist()]
        tables = {table.storage.fullname: table.storage for table in kept}
    except (*_MISUNDERSTOOD, pa.ArrowException) as err:
        raise BadParameter("its list of tables of clients cannot be understood") from err
    if odd := [table.stored for table in kept if not _STORED.fullmatch(table.stored)]:
        raise BadParameter(f"no table of a client is stored as {odd[0][:200]!r}")
    return tables


def _load_table(
    write: Write, reader: BackupReader, part: TablePart, table: sa.Table, workshop: Path
) -> None:
    _check_columns(part, table, reader.manifest)
    schema = write(lambda tx: tx.select(sa.select(table).limit(0))).schema
    copy = workshop / "member"
    reader.extract(part.file, copy)
    count = 0
    try:
        with pq.ParquetFile(copy) as file:
            groups = range(file.num_row_groups)
            if any(file.metadata.row_group(i).total_byte_size > _GROUP_BYTES for i in groups):
                raise BadParameter(f"its member {part.file} has too large groups of rows")
            for batch in file.iter_batches(_BATCH_ROWS):
                rows = pa.Table.from_batches([batch]).cast(schema)
                _check_nulls(part, rows, table)
                count += write(partial(_append, table=table, rows=rows))
    except (pa.ArrowException, ValueError, OSError) as err:
        raise BadParameter(f"its member {part.file} cannot be understood") from err
    finally:
        copy.unlink()
    _check_count(part, count)


def _create(tx: Transaction, *, table: sa.Table) -> None:
    tx.create(table)


def _append(tx: Transaction, *, table: sa.Table, rows: pa.Table) -> int:
    return tx.append(table, rows)


def _check_nulls(part: TablePart, rows: pa.Table, table: sa.Table) -> None:
    for column in table.columns:
        if not column.nullable and rows.column(str(column.name)).null_count:
            raise BadParameter(f"its member {part.file} has no {column.name} in some rows")


def _check_count(part: TablePart, count: int) -> None:
    if count != part.rows:
        raise BadParameter(
            f"its table {part.name} has {count} rows, and {part.rows} by its manifest"
        )
