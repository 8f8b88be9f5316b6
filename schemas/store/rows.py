"""What an engine reads for somebody: pulled in turns, given back once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import pyarrow as pa
from satvo.schemas.errors import LimitExceeded
from satvo.schemas.store.work import EngineWork

__all__ = ["EngineRows", "Held", "batches_of", "over_memory", "over_time"]


class Held:
    """What the engine holds for somebody until its context ends.

    Parameters
    ----------
    ended : callable
        Gives it back; called once.
    """

    def __init__(self, ended: Callable[[], object]) -> None:
        self._ended = ended
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open:
            self._open = False
            self._ended()


class EngineRows(Held):
    """Batches of one running query; see `satvo.schemas.store.interface.Rows`.

    Parameters
    ----------
    reader : RecordBatchReader
    work : EngineWork
    batch_rows : int
        Rows of a batch at most.
    interrupt : callable
        Ends what the engine still does for it.
    ended : callable
        Frees what the engine holds for it.
    """

    def __init__(
        self,
        reader: pa.RecordBatchReader,
        work: EngineWork,
        batch_rows: int,
        *,
        interrupt: Callable[[], object],
        ended: Callable[[], object],
    ) -> None:
        super().__init__(self._leave)
        self._reader = reader
        self._interrupt = interrupt
        self._free = ended
        self._whole = False
        self.schema, self._batches = batches_of(reader, work, batch_rows)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        yield from self._batches
        self._whole = True

    def _leave(self) -> None:
        if not self._whole:
            self._interrupt()  # a client that went away must not leave the engine working
        with contextlib.suppress(OSError):
            self._reader.close()
        self._free()


def batches_of(
    reader: pa.RecordBatchReader, work: EngineWork, batch_rows: int
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and the batches of a reader, without what a driver notes of its engine's types.

    Each is pulled in a turn of its own: between two, the engine does nothing for it.
    """
    schema = pa.schema([field.remove_metadata() for field in reader.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        while True:
            with work.turn():
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
            bare = pa.RecordBatch.from_arrays(batch.columns, schema=schema)
            for start in range(0, len(bare), batch_rows):
                yield bare.slice(start, batch_rows)

    return schema, batches()


def over_time(time_limit_s: float) -> LimitExceeded:
    """The refusal of a query that used up its time."""
    return LimitExceeded(
        f"the query ran longer than the limit of {time_limit_s:g} s; "
        "ask for fewer rows, or add conditions on indexed columns"
    )


def over_memory() -> LimitExceeded:
    """The refusal of a query that used up its memory."""
    return LimitExceeded(
        "the query needs more memory than one query may use; ask for fewer rows or groups"
    )
