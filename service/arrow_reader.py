"""The answer to a query of our own as Arrow, whether the archive is here or in the server."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
from satvo.schemas.errors import LimitExceeded, Unavailable
from satvo.service.archive_commands import ArchiveCommands

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["query_batches", "query_rows"]

_MOST_ROWS = 2**31 - 1


def query_batches(archive: ArchiveCommands, adql: str) -> Iterator[pa.RecordBatch]:
    """The rows of an answer, batch after batch.

    Raises
    ------
    BadQuery
        If the query is none.
    LimitExceeded
        If there are more rows than the archive gives: what is written of some of them only would
        be taken for all.
    Unavailable
        If the answer broke off.
    """
    with closing(archive.query(adql, format="arrow", maxrec=_MOST_ROWS)) as pieces:
        reader = pa.ipc.open_stream(io.BufferedReader(_Pieces(pieces)))
        status = ""
        while True:
            try:
                batch, metadata = reader.read_next_batch_with_custom_metadata()
            except StopIteration:
                break
            if metadata is not None and b"QUERY_STATUS" in metadata:
                told = {key.decode(): text.decode() for key, text in dict(metadata).items()}
                status, message = told["QUERY_STATUS"], told.get("message", "")
            if batch.num_rows:
                yield batch
    if status == "OVERFLOW":
        raise LimitExceeded(f"too many rows for one file: {message}")
    if status != "OK":
        raise Unavailable(f"the answer of the archive broke off{message and ': '}{message}")


def query_rows(archive: ArchiveCommands, adql: str) -> pa.Table | None:
    """The rows of an answer, whole; None where there are none."""
    batches = list(query_batches(archive, adql))
    return pa.Table.from_batches(batches) if batches else None


class _Pieces(io.RawIOBase):
    """Bytes that come in pieces, as a file."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._pieces = pieces
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        while not self._waiting:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._waiting = piece
        count = min(len(view), len(self._waiting))
        view[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count
