"""A temporary file for rows that have to wait: some formats say first what is known last."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from typing import BinaryIO, cast

__all__ = ["Spool"]

_PIECE = 1 << 18


class Spool:
    """A file without a name, in the system's folder for such; gone with this object at the latest.

    Attributes
    ----------
    file : BinaryIO
        To be written, and after that read from its begin.
    """

    def __init__(self) -> None:
        self.file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
        # An answer that a client gives up is never ended, and so nobody else would close the file.
        self.close = weakref.finalize(self, self.file.close)

    def rewound(self) -> BinaryIO:
        """The file, to be read from its begin."""
        self.file.seek(0)
        return self.file

    def pieces(self) -> Iterator[bytes]:
        """All that was written, in bounded pieces."""
        self.file.seek(0)
        while piece := self.file.read(_PIECE):
            yield piece
