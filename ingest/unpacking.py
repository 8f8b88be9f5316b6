"""The bytes of a file from outside, with gzip undone (RFC 1952)."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from satvo.schemas.errors import BadParameter

__all__ = ["GZIP", "Unpacked"]

GZIP = b"\x1f\x8b"
"""The first two bytes of a gzip file."""


class Unpacked:
    """The bytes of a stream, unpacked where its first two say gzip.

    Parameters
    ----------
    stream : BinaryIO
        It need not be seekable, and stays open.
    chunk : int
        Bytes that are given at once, at most.

    Attributes
    ----------
    is_gzip : bool
    """

    def __init__(self, stream: BinaryIO, chunk: int) -> None:
        self._stream = stream
        self._chunk = chunk
        self._packed = _exactly(stream, 2)
        self.is_gzip = self._packed == GZIP
        self._unpacker = _unpacker()

    def read(self) -> bytes:
        """The next bytes; empty at the end.

        Raises
        ------
        BadParameter
            For a damaged gzip, when all that is good has been given.
        """
        if not self.is_gzip:
            data, self._packed = self._packed, b""
            return data or self._stream.read(self._chunk)
        while True:
            packed = self._packed or self._stream.read(self._chunk)
            if self._unpacker.eof:
                if not packed.strip(b"\0"):  # tape writers pad the end with zeros
                    return b""
                self._unpacker = _unpacker()  # section 2.2: members may follow one another
            try:
                data = self._undone(packed)
            except zlib.error as err:
                raise BadParameter(f"the gzip file is corrupt ({err})") from err
            if data:
                return data

    def _undone(self, packed: bytes) -> bytes:
        if packed:
            data = self._unpacker.decompress(packed, self._chunk)
            self._packed = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            return data
        data = self._unpacker.flush()  # what the limit of the last call held back
        if not self._unpacker.eof and not data:
            raise BadParameter("the gzip file is cut")
        return data


def _unpacker() -> zlib._Decompress:
    return zlib.decompressobj(wbits=31)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := stream.read(count - len(data))):
        data += piece
    return data
