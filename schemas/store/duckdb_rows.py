"""A running query of the embedded engine: whose turn it is, its time, its rows, its errors."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

import duckdb
import pyarrow as pa
from satvo.schemas.errors import BadQuery, Busy, LimitExceeded, SatvoError, Unavailable
from satvo.schemas.store.interface import Load
from satvo.schemas.store.watchdog import Watchdog

__all__ = ["DuckRows", "EngineWork", "Turns"]

_SPARED = (
    # What a query's own values can cause, by the first words of the engine's message: errors raised
    # while rows are pulled arrive through Arrow as OSError and keep nothing else.
    "Invalid Input Error:",
    "Out of Range Error:",
    "Conversion Error:",
)


class Turns:
    """As many turns as queries that are worked on at once.

    Parameters
    ----------
    most : int
    """

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._counting = threading.Lock()
        self._working = self._waiting = 0

    def load(self) -> Load:
        """Who has a turn and who waits for one."""
        with self._counting:
            return Load(self._working, self._waiting)

    def take(self, timeout_s: float) -> bool:
        """Wait for a turn; False if none came in time."""
        self._count(waiting=1)
        taken = self._free.acquire(timeout=timeout_s)
        self._count(waiting=-1, working=int(taken))
        return taken

    def give_back(self) -> None:
        """Let another have it."""
        self._count(working=-1)
        self._free.release()

    def _count(self, *, waiting: int = 0, working: int = 0) -> None:
        with self._counting:
            self._waiting += waiting
            self._working += working


class EngineWork:
    """What the engine may still do for one query.

    Only the engine's own work counts against the time limit: neither the waiting for a turn, nor
    the time that the client takes to read what it is given.

    Parameters
    ----------
    interrupt : callable
        Ends what the engine does for this query.
    watchdog : Watchdog
    turns : Turns
    time_limit_s : float
    """

    def __init__(
        self,
        interrupt: Callable[[], object],
        watchdog: Watchdog,
        turns: Turns,
        time_limit_s: float,
    ) -> None:
        self._interrupt = interrupt
        self._watchdog = watchdog
        self._turns = turns
        self._time_limit_s = time_limit_s
        self._left_s = time_limit_s

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and work; an error of the engine becomes what it means to the client.

        Raises
        ------
        Busy
            If no turn comes within the query's own time limit.
        BadQuery, LimitExceeded
        """
        if not self._turns.take(self._time_limit_s):
            raise Busy("the service works on as many other queries as it can; try again")
        begun = time.monotonic()
        alarm = self._watchdog.watch(self._interrupt, self._left_s)
        try:
            yield
        except (duckdb.Error, OSError) as err:
            raise _cause(err, alarm.cancel(), self._time_limit_s) from err
        finally:
            alarm.cancel()
            self._turns.give_back()
            self._left_s -= time.monotonic() - begun


class DuckRows:
    """Batches of one running query; see `satvo.schemas.store.interface.Rows`."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, reader: pa.RecordBatchReader, work: EngineWork
    ) -> None:
        self._cursor = cursor
        self._reader = reader
        self._work = work
        self._open = True
        self.schema: pa.Schema = reader.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._pulled()) is not None:
            yield batch

    def _pulled(self) -> pa.RecordBatch | None:
        with self._work.turn():
            try:
                return self._reader.read_next_batch()
            except StopIteration:
                return None

    def __enter__(self) -> DuckRows:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._open:
            return
        self._open = False
        with contextlib.suppress(duckdb.Error):  # the store may have been closed before
            self._cursor.interrupt()  # a client that went away must not leave the engine working
        self._reader.close()
        with contextlib.suppress(duckdb.Error):
            self._cursor.close()


def _cause(err: Exception, overdue: bool, time_limit_s: float) -> SatvoError:
    """What the engine's error means to the client; a fault of ours stays what it is."""
    message = str(err)
    if overdue or message.startswith("INTERRUPT"):
        return LimitExceeded(
            f"the query ran longer than the limit of {time_limit_s:g} s; "
            "ask for fewer rows, or add conditions on indexed columns"
        )
    if isinstance(err, duckdb.OutOfMemoryException) or message.startswith("Out of Memory"):
        return LimitExceeded(
            "the query needs more memory than one query may use; ask for fewer rows or groups"
        )
    if isinstance(err, duckdb.FatalException | duckdb.ConnectionException):
        return Unavailable("the archive is being opened again; try again")
    for words in _SPARED:
        if message.startswith(words):
            if "BadParameter: " in message:  # raised by a region function
                return BadQuery(message.rpartition("BadParameter: ")[2].split("\n")[0])
            if "Python exception" in message:
                break  # any other exception in one of our functions is our mistake
            # The rest of the line quotes the engine's own SQL.
            cause = message.removeprefix(words).strip().split("\n")[0].split(" in expression")[0]
            return BadQuery(f"{cause[:1].lower()}{cause[1:]}")
    raise err
