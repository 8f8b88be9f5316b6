"""A home made from a backup: whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from satvo.schemas.errors import BadParameter
from satvo.schemas.state import STATE
from satvo.schemas.state_database import open_state
from satvo.schemas.store import Store
from satvo.schemas.store.interface import Transaction
from satvo.schemas.user_table import USER_TABLE
from satvo.service.archive import Archive, hold_home
from satvo.service.backup_manifest import Manifest, TablePart, columns_of
from satvo.service.backup_reader import BackupReader, opened_backup, read_manifest
from satvo.service.config import Config

__all__ = ["restore_backup"]

_ROW_BYTES = 1 << 26
"""The longest row of the state database: the parameters of a job fit in a request."""
_GROUP_BYTES = 1 << 30
_BATCH_ROWS = 50_000
_STATE_ROWS = 500


def restore_backup(config: Config, path: Path, told: Callable[[str], object]) -> Manifest:
    """Make the home of a configuration from a backup.

    Parameters
    ----------
    config : Config
        Names the home, which may be there and must hold nothing.
    path : Path
        The backup.
    told : callable
        Told in words what was restored so far.

    Raises
    ------
    BadParameter
        If the store is a database, the home holds something, or the backup is damaged, was cut, is
        of tables that this version declares otherwise, or holds what no backup does.
    HomeInUse
        If a server has the home, or another command restores it.
    """
    if config.store != "duckdb":
        raise BadParameter(
            "a backup is restored into the embedded archive of a home, and into no database yet; "
            "unset SATVO_STORE"
        )
    read_manifest(path)  # before anything is made
    config.home.mkdir(parents=True, exist_ok=True, mode=0o755)
    lock = hold_home(config.home)
    workshop = config.home / "restore.part"
    try:
        _check_empty(config.home, workshop)
        workshop.mkdir()
        with opened_backup(path) as backup:
            _fill(replace(config, home=workshop), backup, told)
        _move(workshop, config.home)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        lock.release()
    return backup.manifest


def _check_empty(home: Path, workshop: Path) -> None:
    """See that nothing would be replaced, and remove what a killed restore left."""
    names = ("archive.duckdb", "state.sqlite", "jobs")
    if (workshop / "whole").exists() and not (home / names[0]).exists():
        for name in names[1:]:  # moved here by it, but not the archive, without which none is used
            shutil.rmtree(home / name) if name == "jobs" else (home / name).unlink(missing_ok=True)
    shutil.rmtree(workshop, ignore_errors=True)
    for name in names:
        if (home / name).exists():
            raise BadParameter(f"{home} holds {name} already; name a home that holds nothing")


def _fill(config: Config, reader: BackupReader, told: Callable[[str], object]) -> None:
    """Restore everything into an empty folder, the home of this configuration."""
    state = open_state(config.home)
    try:
        for part in reader.manifest.state:
            _load_state(state, reader, part, config.home)
            told(f"{part.name}: {part.rows:,} rows")
    finally:
        state.dispose()
    files = [name for name in reader.manifest.members if name.startswith("jobs/")]
    for name in files:
        reader.extract(name, config.home / name)
    if files:
        told(f"{len(files):,} files of jobs")
    archive = Archive(config, wait_s=0)
    try:
        left = list(reader.manifest.tables)
        while left:
            # Asked anew for each: tables may be declared by what was restored before.
            declared = archive.tables_of_backup(archive.user_tables.everyones())
            known = {table.fullname: table for table in declared}
            part = next((each for each in left if each.name in known), left[0])
            _check_columns(part, known.get(part.name), reader.manifest)
            _load_table(archive.store, reader, part, known[part.name], config.home)
            left.remove(part)
            told(f"{part.name}: {part.rows:,} rows")
    finally:
        archive.close()


def _move(workshop: Path, home: Path) -> None:
    """Let what was restored be the home; the archive comes last, without which there is none."""
    (workshop / "whole").touch()
    for folder in (workshop, *(path for path in workshop.rglob("*") if path.is_dir())):
        _sync(folder)  # the files are; os.sync would wait for what all others write as well
    for name in ("jobs", "state.sqlite", "archive.duckdb"):
        if (workshop / name).exists():
            (workshop / name).rename(home / name)
    _sync(home)


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


def _load_state(state: sa.Engine, reader: BackupReader, part: TablePart, workshop: Path) -> None:
    table = STATE.tables.get(part.name)
    _check_columns(part, table, reader.manifest)
    assert table is not None  # noqa: S101 - just checked
    copy = workshop / "member"
    reader.extract(part.file, copy)
    try:
        with copy.open("rb") as stream, state.begin() as connection:
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
            _check_count(part, count)
    except (ValueError, TypeError, KeyError, RecursionError, sa.exc.SQLAlchemyError) as err:
        raise BadParameter(f"its member {part.file} cannot be understood") from err
    finally:
        copy.unlink()


def _state_row(table: sa.Table, told: Any) -> dict[str, Any]:
    return {
        str(column.name): datetime.fromisoformat(told[column.name])
        if isinstance(column.type, sa.DateTime) and told[column.name] is not None
        else told[column.name]
        for column in table.columns
    }


def _load_table(
    store: Store, reader: BackupReader, part: TablePart, table: sa.Table, workshop: Path
) -> None:
    if table.schema == USER_TABLE.schema and table is not USER_TABLE:
        store.write(lambda tx: tx.create(table))
    with store.snapshot() as empty:
        schema = empty.read(table, batch_rows=1).schema
    copy = workshop / "member"
    reader.extract(part.file, copy)
    store.write(lambda tx: tx.execute(sa.delete(table)))  # an archive describes its own tables
    count = 0
    try:
        with pq.ParquetFile(copy) as file:
            groups = range(file.num_row_groups)
            if any(file.metadata.row_group(i).total_byte_size > _GROUP_BYTES for i in groups):
                raise BadParameter(f"its member {part.file} has too large groups of rows")
            for batch in file.iter_batches(_BATCH_ROWS):
                rows = pa.Table.from_batches([batch]).cast(schema)
                _check_nulls(part, rows, table)

                def work(tx: Transaction, rows: pa.Table = rows) -> int:
                    return tx.append(table, rows)

                count += store.write(work)
    except (pa.ArrowException, ValueError, OSError) as err:
        raise BadParameter(f"its member {part.file} cannot be understood") from err
    finally:
        copy.unlink()
    _check_count(part, count)


def _check_nulls(part: TablePart, rows: pa.Table, table: sa.Table) -> None:
    for column in table.columns:
        if not column.nullable and rows.column(str(column.name)).null_count:
            raise BadParameter(f"its member {part.file} has no {column.name} in some rows")


def _check_count(part: TablePart, count: int) -> None:
    if count != part.rows:
        raise BadParameter(
            f"its table {part.name} has {count} rows, and {part.rows} by its manifest"
        )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
