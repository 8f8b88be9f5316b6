"""Images on their way from a command to the server: one behind the other in one stream.

Each is a line of JSON with its name and what is told of it, then pieces of its content, each behind
its length in four bytes; a length of 0 ends it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from typing import IO, cast

from satvo.ingest.images.batches import ImageFile
from satvo.schemas.errors import BadParameter

__all__ = ["packed_images", "unpacked_images"]

_CHUNK = 1 << 18
_LENGTH = struct.Struct(">I")


def packed_images(files: Iterable[ImageFile]) -> Iterator[bytes]:
    """The bytes of such a stream."""
    for file in files:
        about = json.dumps({"name": file.name, "told": dict(file.told)}).encode()
        yield _LENGTH.pack(len(about)) + about
        while piece := file.stream.read(_CHUNK):
            yield _LENGTH.pack(len(piece)) + piece
        yield _LENGTH.pack(0)


def unpacked_images(stream: IO[bytes]) -> Iterator[ImageFile]:
    """The files of such a stream; each is read before the next is asked for, or passed over.

    Raises
    ------
    BadParameter
        If it ends within a file.
    """
    while head := stream.read(1):
        (length,) = _LENGTH.unpack(head + _exactly(stream, _LENGTH.size - 1))
        about = json.loads(_exactly(stream, length))
        content = _Content(stream)
        yield ImageFile(str(about["name"]), about["told"], cast(IO[bytes], content))
        while content.read(_CHUNK):
            pass


class _Content:
    """The content of one file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = b""
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to so many bytes; none at the end."""
        if not self._left and not self._ended:
            (length,) = _LENGTH.unpack(_exactly(self._stream, _LENGTH.size))
            self._left = _exactly(self._stream, length)
            self._ended = not length
        piece, self._left = self._left[:size], self._left[size:]
        return piece


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = b""
    while len(content) < size:
        piece = stream.read(size - len(content))
        if not piece:
            raise BadParameter("the stream of images ended within a file")
        content += piece
    return content
