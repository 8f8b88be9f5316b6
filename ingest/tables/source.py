"""The bytes of an upload: gzip undone, counted, and seekable where a format needs that."""

from __future__ import annotations

import tempfile
import zlib
from typing import IO, BinaryIO

from satvo.ingest.unpacking import GZIP, Unpacked
from satvo.schemas.errors import LimitExceeded

__all__ = ["HEAD", "Source", "unpacked_head"]

HEAD = 65_536
"""Bytes by which a format is recognised."""

_CHUNK = 262_144


class Source:
    """The unpacked bytes of an upload, from its start to its end.

    Parameters
    ----------
    stream : BinaryIO
        Plain or gzip (RFC 1952); it need not be seekable, and stays open.
    max_bytes : int
        How many unpacked bytes there may be.

    Notes
    -----
    Reading raises `LimitExceeded` beyond ``max_bytes`` and `BadParameter` for a damaged gzip.
    """

    def __init__(self, stream: BinaryIO, *, max_bytes: int) -> None:
        self._stream = stream
        self._start = stream.tell() if stream.seekable() else None
        self._max_bytes = max_bytes
        self._given = 0
        self._unpacked = Unpacked(stream, _CHUNK)
        self._waiting = b""
        self._copy: IO[bytes] | None = None

    def close(self) -> None:
        """Remove the temporary copy, if there is one; the stream stays open."""
        if self._copy is not None:
            self._copy.close()

    def head(self) -> bytes:
        """The first 64 kB, or all there is; they are read again afterwards."""
        pieces = b""
        while len(pieces) < HEAD and (piece := self.read()):
            pieces += piece
        self._waiting = pieces
        return pieces[:HEAD]

    def read(self) -> bytes:
        """The next bytes, a quarter of a megabyte at most; empty at the end."""
        if self._waiting:
            data, self._waiting = self._waiting, b""
            return data
        data = self._unpacked.read()
        self._given += len(data)
        if self._given > self._max_bytes:
            raise self._too_long()
        return data

    def _too_long(self) -> LimitExceeded:
        return LimitExceeded(
            f"{'unpacked, ' if self._unpacked.is_gzip else ''}more than {self._max_bytes} bytes; "
            "that is the most accepted"
        )

    def seekable(self) -> IO[bytes]:
        """The same bytes as a file that can be sought in, at its start.

        It is the stream itself where that is plain and seekable, else a temporary copy, which
        `close` removes.
        """
        if self._start is not None and not self._unpacked.is_gzip:
            size = self._stream.seek(0, 2) - self._start
            if size > self._max_bytes:
                raise self._too_long()
            if self._start == 0:
                self._stream.seek(0)
                return self._stream
            self._stream.seek(self._start)
            self._unpacked, self._waiting, self._given = Unpacked(self._stream, _CHUNK), b"", 0
        self._copy = copy = tempfile.TemporaryFile()  # noqa: SIM115 - close() does it
        while data := self.read():
            copy.write(data)
        copy.seek(0)
        return copy


def unpacked_head(head: bytes) -> bytes:
    """The head of a file with gzip undone, 64 kB at most; a damaged one gives what it can."""
    if not head.startswith(GZIP):
        return head[:HEAD]
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""
