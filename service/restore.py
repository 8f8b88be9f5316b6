"""An archive made from a backup, embedded or in a database: whole or not at all.

A home is filled beside its place and moved there; its tables come in many transactions, since the
embedded engine holds in memory what one has written. In a database they come in one, after jobs and
tokens: before it there is no archive, and the same command begins again; after it there is one with
a note of its backup, for which the same command completes the home.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import closing
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.durable import sync_path
from satvo.schemas.errors import BadParameter
from satvo.schemas.migrations import TABLES_HISTORY
from satvo.schemas.store import Store, Transaction, open_store
from satvo.schemas.store.creating import columns_there
from satvo.schemas.store.postgres_sql import STORED_SCHEMAS
from satvo.service.archive import archive_tables
from satvo.service.backup_images import check_image_files
from satvo.service.backup_manifest import Manifest
from satvo.service.backup_reader import BackupReader, opened_backup, read_manifest
from satvo.service.commands import archive_file
from satvo.service.config import Config
from satvo.service.home_lock import hold_home
from satvo.service.restore_rows import Told, load_state, load_tables

__all__ = ["restore_backup"]

_FOLDERS = ("jobs", "images")
"""Of a home: what it holds beside tables."""

_NOTE = sa.Table(
    "restored",
    sa.MetaData(),
    sa.Column("backup", sa.String(), nullable=False),
    schema=TABLES_HISTORY.note.schema,
)
"""In a database until its home is complete: the digest of the backup that it was made from."""


def restore_backup(config: Config, path: Path, told: Told) -> Manifest:
    """Make the home of a configuration from a backup.

    Parameters
    ----------
    config : Config
        Names the home, which may be there and must hold nothing, and the store.
    path : Path
        The backup.
    told : callable
        Told in words what was restored so far.

    Raises
    ------
    BadParameter
        If the home or the database holds something, or the backup is damaged, was cut, is of
        tables that this version declares otherwise, or holds what no backup does.
    HomeInUse
        If a server has the home, or another command restores it.
    Unavailable
        If the database cannot be reached.
    """
    read_manifest(path)  # before anything is made
    config.home.mkdir(parents=True, exist_ok=True, mode=0o755)
    lock = hold_home(config.home)
    workshop = config.home / "restore.part"
    names = (*_FOLDERS, "state.sqlite", archive_file(config).name)
    try:
        _check_empty(config.home, workshop, names)
        workshop.mkdir()
        with opened_backup(path) as backup:
            _fill(config, workshop, backup, told)
        (workshop / names[-1]).touch()
        _move(workshop, config.home, names)
        if config.store != "duckdb":
            with closing(_opened(config, config.home)) as store:
                store.write(lambda tx: tx.drop(_NOTE))
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        lock.release()
    return backup.manifest


def _check_empty(home: Path, workshop: Path, names: tuple[str, ...]) -> None:
    """See that nothing would be replaced, and remove what a killed restore left."""
    if (workshop / "whole").exists() and not (home / names[-1]).exists():
        for name in names[:-1]:  # moved here by it, but not the archive, without which none is used
            if name in _FOLDERS:
                shutil.rmtree(home / name, ignore_errors=True)
            else:
                (home / name).unlink(missing_ok=True)
    shutil.rmtree(workshop, ignore_errors=True)
    for name in (*reversed(names), "archive.duckdb"):
        if (home / name).exists():
            raise BadParameter(f"{home} holds {name} already; name a home that holds nothing")


def _opened(config: Config, folder: Path) -> Store:
    return open_store(config.store, folder, wait_s=0, memory_limit_mb=config.memory_mb)


def _fill(config: Config, workshop: Path, reader: BackupReader, told: Told) -> None:
    """Restore everything into an empty folder and, where the store is one, a database."""
    for folder in _FOLDERS:
        files = [name for name in reader.manifest.members if name.startswith(f"{folder}/")]
        for name in files:
            reader.extract(name, workshop / name)
        if files:
            told(f"{len(files):,} files of {folder}")
    with closing(_opened(config, workshop)) as store:
        digest = hashlib.sha256(reader.manifest.text()).hexdigest()
        if store.write(lambda tx: _is_restored(tx, digest)):
            told("the database has its tables already")
            return
        load_state(config, workshop, reader, told)

        if config.store == "duckdb":
            store.create(archive_tables(), TABLES_HISTORY)
            load_tables(store.write, workshop, reader, told)
            store.write(partial(_check_images, reader=reader))
            return

        def work(tx: Transaction) -> None:
            _is_restored(tx, digest)  # another home may have come first
            tx.prepare(archive_tables(), TABLES_HISTORY)
            load_tables(lambda each: each(tx), workshop, reader, told)
            _check_images(tx, reader)
            tx.create(_NOTE)
            tx.execute(sa.insert(_NOTE).values(backup=digest))

        store.write(work)


def _check_images(tx: Transaction, reader: BackupReader) -> None:
    rows = tx.select(sa.select(DATAPRODUCT.c.checksum))
    check_image_files(rows.column("checksum").to_pylist(), reader.manifest.members)


def _is_restored(tx: Transaction, digest: str) -> bool:
    """Whether a killed restore of the same backup came as far as to have written all tables.

    Raises
    ------
    BadParameter
        If there is another archive.
    """
    there = columns_there(tx, STORED_SCHEMAS)
    if not any(table.fullname in there for table in archive_tables()):
        return False
    if _NOTE.fullname in there and tx.select(sa.select(_NOTE)).to_pylist() == [{"backup": digest}]:
        return True
    raise BadParameter("the database holds an archive already; name one that holds none")


def _move(workshop: Path, home: Path, names: tuple[str, ...]) -> None:
    """Let what was restored be the home; the archive comes last, without which there is none."""
    (workshop / "whole").touch()
    for folder in (workshop, *(path for path in workshop.rglob("*") if path.is_dir())):
        sync_path(folder)  # the files are; os.sync would wait for what all others write as well
    for name in names:
        if (workshop / name).exists():
            (workshop / name).rename(home / name)
    sync_path(home)
