"""The archive of one home: what the server and the command line do with it.

`Archive` holds the store itself. `satvo.service.remote.RemoteArchive` offers the same and asks the
running server over its socket. A command uses whichever there is.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, BinaryIO, Protocol, cast

import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.load import LoadReport, load_orbits
from satvo.resources.catalogue import SCHEMAS, published_tables
from satvo.schemas.errors import HomeInUse, Unavailable
from satvo.schemas.job_result import JOB_RESULT
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.state import open_state
from satvo.schemas.store import Store, open_store
from satvo.schemas.store.interface import Transaction, arrow_schema
from satvo.schemas.tap_schema import TAP_SCHEMA, describe
from satvo.service.adql import Catalogue
from satvo.service.backup import backup_pieces
from satvo.service.config import Config
from satvo.service.formats import find_format
from satvo.service.querying import Answer, answer_query
from satvo.service.tap_request import TapRequest
from satvo.service.uploads import UploadedTable

__all__ = ["Archive", "ArchiveCommands", "hold_home"]

Progress = Callable[[LoadReport], object]


class ArchiveCommands(Protocol):
    """What commands ask of an archive, here or in the server."""

    def ingest(
        self, stream: BinaryIO, *, name: str, format: str | None, source: str, progress: Progress
    ) -> LoadReport:
        """Add what a file holds; raises `UnknownFormat` where it is none that can be read."""

    def query(self, text: str, *, format: str, maxrec: int | None) -> Generator[bytes, None, None]:
        """The answer to an ADQL query, in pieces; to be closed before the archive is."""

    def status(self) -> Mapping[str, Any]:
        """What is here: rows of each table, and who serves it."""

    def decayed(self, norad_id: int) -> bool:
        """Whether an object is known to have decayed."""

    def backup(self) -> Generator[bytes, None, None]:
        """A backup of the home, in pieces; to be closed before the archive is."""

    def close(self) -> None:
        """Give it back."""


class Archive:
    """The archive, opened by this process.

    Parameters
    ----------
    config : Config
        Names the home, which must exist.
    clock : callable
        The present, UTC without a zone.

    Raises
    ------
    HomeInUse
        If another process holds it.
    """

    def __init__(
        self, config: Config, clock: Callable[[], datetime] | None = None, *, wait_s: float
    ) -> None:
        self.config = config
        self.tables = published_tables()
        self.catalogue = Catalogue(self.tables)
        self._clock = clock or (lambda: datetime.now(UTC).replace(tzinfo=None))
        self.store: Store = open_store(
            config.store,
            config.home,
            wait_s=wait_s,
            memory_limit_mb=config.memory_mb,
            queries_at_once=config.queries_at_once,
        )
        self.store.create((*self.tables, JOB_RESULT))
        self._describe()

    def ingest(
        self,
        stream: IO[bytes],
        *,
        name: str,
        format: str | None = None,
        source: str = "user",
        progress: Progress = lambda report: None,
    ) -> LoadReport:
        """Add what a file holds."""
        from satvo.ingest.orbits.formats import read_orbits

        records = read_orbits(cast(BinaryIO, stream), name=name, format=format)
        return load_orbits(
            self.store, records, source=source, received=self._clock(), progress=progress
        )

    def answer(
        self,
        asked: TapRequest,
        *,
        time_limit_s: float | None = None,
        started: Callable[[Callable[[], object]], object] = lambda interrupt: None,
        uploads: Mapping[str, UploadedTable] = MappingProxyType({}),
    ) -> Answer:
        """Start to answer an ADQL query; raises what is wrong with it before the first byte."""
        return answer_query(
            self.store,
            self.catalogue,
            self.config,
            asked,
            now=self._clock(),
            time_limit_s=time_limit_s,
            started=started,
            uploads=uploads,
        )

    def query(
        self, text: str, *, format: str = "votable", maxrec: int | None = None
    ) -> Generator[bytes, None, None]:
        """The answer to an ADQL query, in pieces."""
        return self.answer(TapRequest(text, maxrec, *find_format(format))).__iter__()

    def status(self) -> Mapping[str, Any]:
        """What is here."""
        return {"rows": self.row_counts(), "served": False}

    def kept_tables(self) -> tuple[sa.Table, ...]:
        """What of the store a backup holds: all but what is written anew from declarations."""
        return (*(table for table in self.tables if table not in TAP_SCHEMA), JOB_RESULT)

    def backup(self) -> Generator[bytes, None, None]:
        """A backup of the home, in pieces."""
        state = open_state(self.config.home)
        try:
            yield from backup_pieces(
                self.store, self.kept_tables(), state, self.config.home, self._clock()
            )
        finally:
            state.dispose()

    def row_counts(self) -> dict[str, int]:
        """Rows of each published table."""
        counts = [
            sa.select(sa.func.count()).select_from(table).scalar_subquery().label(f"n{i}")
            for i, table in enumerate(self.tables)
        ]
        (row,) = self.store.select(sa.select(*counts)).to_pylist()
        return {t.fullname: int(row[f"n{i}"]) for i, t in enumerate(self.tables)}

    def decayed(self, norad_id: int) -> bool:
        """Whether an object is known to have decayed."""
        found = self.store.select(
            sa.select(SATELLITE.c.decay_date).where(SATELLITE.c.norad_id == norad_id)
        )
        return any(row["decay_date"] is not None for row in found.to_pylist())

    def close(self) -> None:
        """Give the store back."""
        self.store.close()

    def _describe(self) -> None:
        """Write TAP_SCHEMA where it differs from what is published."""
        rows = describe(self.tables, SCHEMAS)
        wanted = {
            table: pa.Table.from_pylist(rows[table], arrow_schema(table)) for table in TAP_SCHEMA
        }

        def work(tx: Transaction) -> None:
            for table, content in wanted.items():
                if not tx.select(sa.select(table)).equals(content):
                    tx.execute(sa.delete(table))
                    tx.append(table, content)

        self.store.write(work)


@dataclass(slots=True)
class HomeLock:
    """The right to serve or change a home, held until `release`."""

    descriptor: int

    def release(self) -> None:
        """Let others in."""
        os.close(self.descriptor)


def hold_home(home: Path, *, wait_s: float = 0.0) -> HomeLock:
    """Take the home for this process and its children, so that two servers never share it.

    Parameters
    ----------
    home : Path
    wait_s : float
        How long to wait for what is left of a server whose master process was killed, s.

    Raises
    ------
    HomeInUse
        If a server has it.
    Unavailable
        If there is no such folder, or it cannot be written.
    """
    try:
        descriptor = os.open(home / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as err:
        raise Unavailable(
            f"the home {home} cannot be used: {err.strerror}; make it with satvo init"
        ) from err
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            if _is_running(os.pread(descriptor, 20, 0)) or time.monotonic() > deadline:
                os.close(descriptor)
                raise HomeInUse(f"a server already serves the home {home}; stop it first") from err
            time.sleep(0.1)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return HomeLock(descriptor)


def _is_running(pid: bytes) -> bool:
    """Whether the process that took a lock is there; its children hold the lock with it."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):  # it has not yet written its number, or is another's
        return True
    return True
