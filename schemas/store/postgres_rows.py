"""A running query of PostgreSQL: its rows, and what its errors mean."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from types import TracebackType

import adbc_driver_manager
import pyarrow as pa
from satvo.schemas.errors import BadQuery, LimitExceeded, SatvoError, TableGone, Unavailable
from satvo.schemas.store.work import EngineWork

__all__ = ["PostgresRows", "postgres_cause"]

_ERROR = re.compile(r"ERROR:\s+(.*)")
_SPARED = re.compile(
    # What a query's own values can cause. Errors raised while rows are pulled come through Arrow
    # as OSError, without their SQLSTATE; these are of class 22, data exception.
    "division by zero|out of range|invalid input syntax|cannot take|a negative number raised|"
    "zero raised to a negative|input is out of range|is not a valid|cannot be cast|"
    "invalid value|exceeds|must be|undefined|more than one row returned|^BadParameter: "
)
_WORDS = (
    ("BadParameter: ", ""),  # raised by one of `satvo.schemas.store.postgres_functions`
    ("value out of range: overflow", "a number is too large for DOUBLE PRECISION or REAL"),
    ("value out of range: underflow", "a number is too small for DOUBLE PRECISION or REAL"),
    ("smallint out of range", "overflow: a number is out of range for SMALLINT"),
    ("integer out of range", "overflow: a number is out of range for INTEGER"),
    ("bigint out of range", "overflow: a number is out of range for BIGINT"),
    ("input is out of range", "ASIN and ACOS are undefined outside [-1, 1]"),
)
"""What the engine's messages begin with, and what they say to the client."""


class PostgresRows:
    """Batches of one running query; see `satvo.schemas.store.interface.Rows`.

    Parameters
    ----------
    reader : RecordBatchReader
    work : EngineWork
    interrupt : callable
        Ends what the engine does for it.
    batch_rows : int
        Rows of a batch at most.
    ended : callable
        Called once when it is over.
    """

    def __init__(
        self,
        reader: pa.RecordBatchReader,
        work: EngineWork,
        interrupt: Callable[[], object],
        batch_rows: int,
        ended: Callable[[], object],
    ) -> None:
        self._reader = reader
        self._work = work
        self._interrupt = interrupt
        self._batch_rows = batch_rows
        self._ended = ended
        self._open = True
        self._whole = False
        self.schema: pa.Schema = _bare(reader.schema)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._pulled()) is not None:
            for start in range(0, len(batch), self._batch_rows):
                yield batch.slice(start, self._batch_rows)

    def _pulled(self) -> pa.RecordBatch | None:
        with self._work.turn():
            try:
                batch = self._reader.read_next_batch()
            except StopIteration:
                self._whole = True
                return None
        return pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)

    def __enter__(self) -> PostgresRows:
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
        if not self._whole:
            self._interrupt()  # a client that went away must not leave the engine working
        with contextlib.suppress(OSError):
            self._reader.close()
        self._ended()


def _bare(schema: pa.Schema) -> pa.Schema:
    """Without what the driver notes of the engine's types."""
    return pa.schema([field.remove_metadata() for field in schema])


def postgres_cause(err: Exception, overdue: bool, time_limit_s: float) -> SatvoError:
    """What an error of the engine means to the client; a fault of ours is raised as it is."""
    if not isinstance(err, adbc_driver_manager.Error | OSError):
        raise err
    state = getattr(err, "sqlstate", None) or ""
    found = _ERROR.search(str(err))
    message = found[1].strip() if found else ""
    if overdue or state == "57014" or message.startswith("canceling statement"):
        return LimitExceeded(
            f"the query ran longer than the limit of {time_limit_s:g} s; "
            "ask for fewer rows, or add conditions on indexed columns"
        )
    if state[:2] == "53" or message.startswith(("out of memory", "could not write")):
        return LimitExceeded(
            "the query needs more memory than one query may use; ask for fewer rows or groups"
        )
    if state[:2] in ("21", "22", "54") or (not state and _SPARED.search(message)):
        for words, said in _WORDS:
            if message.startswith(words):
                return BadQuery(said + message.removeprefix(words))
        return BadQuery(f"{message[:1].lower()}{message[1:]}")
    if state == "42P01":
        return TableGone(message)
    if state[:2] in ("08", "57") or not message:
        return Unavailable("the archive is being opened again; try again")
    raise err
