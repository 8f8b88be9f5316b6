"""A backup of a whole home, made while it is used: one zip file, in pieces.

DuckDB with a locked configuration refuses COPY, EXPORT and ATTACH, and a copy of its file would be
of no use to another engine; so rows are read from one snapshot and written as Parquet.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from satvo.schemas.errors import Unavailable
from satvo.schemas.state import STATE
from satvo.schemas.state_database import one_moment
from satvo.schemas.store import Store
from satvo.schemas.store.interface import Snapshot
from satvo.service.backup_images import ImageFiles, without_rows
from satvo.service.backup_manifest import (
    MANIFEST,
    Manifest,
    Member,
    TablePart,
    columns_of,
    is_job_file,
)
from satvo.service.software import software_version

__all__ = ["backup_pieces"]

BATCH_ROWS = 100_000
"""Rows of a row group: with one of them in memory, whatever the length of a table."""

_CHUNK = 1 << 20
_STATE_ROWS = 1000


def backup_pieces(
    store: Store,
    tables: Callable[[Snapshot], Sequence[sa.Table]],
    state: sa.Engine,
    home: Path,
    now: datetime,
) -> Generator[bytes, None, None]:
    """A backup, in pieces that make one zip file; see `satvo.service.backup_manifest`.

    Parameters
    ----------
    store : Store
    tables : callable
        Gets the snapshot from which all are read, and says what of it is kept.
    state : Engine
        The state database, read at one moment before that of the store: a job whose rows are in the
        store already may so come back as one that is still to be ended, which is how a killed
        server leaves it, and never the other way round.
    home : Path
        Where the files of jobs and of images are.
    now : datetime
        For the manifest, UTC.

    Raises
    ------
    Unavailable
        If a job has a file that a backup cannot name, or the file of an image is lost or changed.
    """
    pack = _Pack(now)
    kept: list[TablePart] = []
    jobs: list[str] = []
    with one_moment(state) as connection:
        for table in STATE.sorted_tables:
            part = yield from _state_table(pack, connection, table, jobs)
            kept.append(part)
    for file, name in _job_files(home, jobs):
        if not is_job_file(name):
            raise Unavailable(f"the file {name} has a name that a backup cannot hold; rename it")
        yield from _file(pack, file, name)
    parts: list[TablePart] = []
    with store.snapshot() as snapshot:
        images = ImageFiles(store, snapshot, home)
        yield from images.pieces(partial(_file, pack), pack.members)
        for table in tables(snapshot):
            reader = snapshot.read(table, batch_rows=BATCH_ROWS)
            part = yield from _table(pack, reader, table, images.dropped)
            parts.append(part)
    yield pack.end(
        Manifest(
            satvo=software_version(),
            made=now.isoformat(timespec="seconds"),
            state=tuple(kept),
            tables=tuple(parts),
            members=pack.members,
        )
    )


class _Pack:
    """A zip file that is given away while it is written.

    Attributes
    ----------
    members : dict
        What is in it so far.
    """

    def __init__(self, now: datetime) -> None:
        self.members: dict[str, Member] = {}
        self._now = now
        self._written: list[bytes] = []
        self._zip = zipfile.ZipFile(cast(IO[bytes], _Sink(self._written)), "w")

    @contextmanager
    def member(self, name: str) -> Iterator[_MemberFile]:
        """A file to write the member to."""
        info = zipfile.ZipInfo(name, self._now.timetuple()[:6])
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as stream:
            file = _MemberFile(stream)
            yield file
        self.members[name] = Member(file.size, file.digest.hexdigest())

    def taken(self) -> bytes:
        """What was written since the last time."""
        piece = b"".join(self._written)
        self._written.clear()
        return piece

    def end(self, manifest: Manifest) -> bytes:
        """Add the manifest and the directory; the last piece."""
        with self.member(MANIFEST) as file:
            file.write(manifest.text())
        self._zip.close()
        return self.taken()


class _Sink:
    """Where the zip file is written: there is no way back in a stream."""

    def __init__(self, written: list[bytes]) -> None:
        self._written = written

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


class _MemberFile:
    """Measures and digests what is written; Arrow asks it for no more than this."""

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._stream = stream

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.digest.update(data)
        return self._stream.write(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The zip file closes its member."""


def _state_table(
    pack: _Pack, connection: sa.Connection, table: sa.Table, jobs: list[str]
) -> Generator[bytes, None, TablePart]:
    name = f"state/{table.name}.jsonl"
    count = 0
    with pack.member(name) as file:
        found = connection.execution_options(yield_per=_STATE_ROWS).execute(sa.select(table))
        for rows in found.mappings().partitions():
            for row in rows:
                file.write(json.dumps(dict(row), default=_moment).encode() + b"\n")
                if "job_id" in row:
                    jobs.append(row["job_id"])
            count += len(rows)
            yield pack.taken()
    return TablePart(table.name, name, count, columns_of(table))


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"no JSON for {value!r}")
    return value.isoformat()


def _job_files(home: Path, jobs: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """The files of jobs, with their names in the backup; those of unfinished tries are left."""
    for job_id in jobs:
        for folder in sorted((home / "jobs" / job_id).glob("*")):
            if folder.suffix == ".part":
                continue
            for file in sorted(folder.rglob("*")):
                if file.is_file() and not file.is_symlink():
                    yield file, file.relative_to(home).as_posix()


def _file(pack: _Pack, path: Path, name: str) -> Generator[bytes, None, bool]:
    """Add a file; false where it is not there."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:  # its job was destroyed meanwhile, or the image dropped
        return False
    with stream, pack.member(name) as file:
        while piece := stream.read(_CHUNK):
            file.write(piece)
            yield pack.taken()
    return True


def _table(
    pack: _Pack, reader: pa.RecordBatchReader, table: sa.Table, dropped: set[str]
) -> Generator[bytes, None, TablePart]:
    name = f"tables/{table.fullname}.parquet"
    count = 0
    with (
        pack.member(name) as file,
        pq.ParquetWriter(file, reader.schema, compression="zstd") as writer,
    ):
        for batch in without_rows(reader, table, dropped):
            writer.write_batch(batch, row_group_size=BATCH_ROWS)
            count += len(batch)
            yield pack.taken()
    return TablePart(table.fullname, name, count, columns_of(table))
