"""The bytes of an upload: gzip undone, counted, and seekable where a format needs that."""

from __future__ import annotations

import tempfile
import zlib
from typing import IO, BinaryIO

from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["HEAD", "Source", "unpacked_head"]

HEAD = 65_536
"""Bytes by which a format is recognised."""

_CHUNK = 262_144
_GZIP = b"\x1f\x8b"


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
        self._packed = _exactly(stream, 2)
        self._is_gzip = self._packed == _GZIP
        self._unpacker = zlib.decompressobj(wbits=31)
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
        data = self._unpacked() if self._is_gzip else self._plain()
        self._given += len(data)
        if self._given > self._max_bytes:
            raise self._too_long()
        return data

    def _too_long(self) -> LimitExceeded:
        return LimitExceeded(
            f"{'unpacked, ' if self._is_gzip else ''}more than {self._max_bytes} bytes; "
            "that is the most accepted"
        )

    def seekable(self) -> IO[bytes]:
        """The same bytes as a file that can be sought in, at its start.

        It is the stream itself where that is plain and seekable, else a temporary copy, which
        `close` removes.
        """
        if self._start is not None and not self._is_gzip:
            size = self._stream.seek(0, 2) - self._start
            if size > self._max_bytes:
                raise self._too_long()
            if self._start == 0:
                self._stream.seek(0)
                return self._stream
            self._stream.seek(self._start)
            self._packed, self._waiting, self._given = b"", b"", 0
        self._copy = copy = tempfile.TemporaryFile()  # noqa: SIM115 - close() does it
        while data := self.read():
            copy.write(data)
        copy.seek(0)
        return copy

    def _plain(self) -> bytes:
        data, self._packed = self._packed, b""
        return data or self._stream.read(_CHUNK)

    def _unpacked(self) -> bytes:
        while True:
            packed = self._packed or self._stream.read(_CHUNK)
            if self._unpacker.eof:
                if not packed.strip(b"\0"):  # tape writers pad the end with zeros
                    return b""
                self._unpacker = zlib.decompressobj(wbits=31)  # RFC 1952, 2.2: members may follow
            try:
                if packed:
                    data = self._unpacker.decompress(packed, _CHUNK)
                    self._packed = self._unpacker.unconsumed_tail or self._unpacker.unused_data
                else:
                    data = self._unpacker.flush()  # what the limit of the last call held back
                    if not self._unpacker.eof and not data:
                        raise BadParameter("the gzip file is cut")
            except zlib.error as err:
                raise BadParameter(f"the gzip file is corrupt ({err})") from err
            if data:
                return data


def unpacked_head(head: bytes) -> bytes:
    """The head of a file with gzip undone, 64 kB at most; a damaged one gives what it can."""
    if not head.startswith(_GZIP):
        return head[:HEAD]
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := stream.read(count - len(data))):
        data += piece
    return data
