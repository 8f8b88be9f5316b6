"""A file that was looked at, and what became of those that were added."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from satvo.ingest.images.folder import Received

__all__ = ["Added", "Examined", "Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the report of a file.

    Attributes
    ----------
    kind : str
        ``found``, ``missing`` or ``doubtful``.
    text : str
    """

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True, eq=False)
class Examined:
    """A file that was looked at, ready to be added.

    Attributes
    ----------
    name : str
        What it was called.
    obscore, dataproduct : dict
        Its columns of ivoa.obscore and satvo.dataproduct.
    report : list of Message
    preview, thumbnail : bytes or None
        PNG; None where there is no picture of it.
    ending : str
        With which it is stored.
    known : bool
        Whether the archive had it already; then the columns are those of the archive.
    """

    name: str
    obscore: dict[str, Any]
    dataproduct: dict[str, Any]
    report: list[Message]
    received: Received
    ending: str
    preview: bytes | None = None
    thumbnail: bytes | None = None
    known: bool = False
    _end: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # What nobody adds is not left behind.
        end = weakref.finalize(self, Path.unlink, self.received.path, missing_ok=True)
        object.__setattr__(self, "_end", end)

    @property
    def did(self) -> str:
        """Its ``obs_publisher_did``."""
        return str(self.obscore["obs_publisher_did"])

    @property
    def product_id(self) -> str:
        """Its name in addresses."""
        return str(self.dataproduct["product_id"])

    def discard(self) -> None:
        """Remove the copy that was looked at, if it was not added; it is of no use any more."""
        self._end()


@dataclass(frozen=True, slots=True)
class Added:
    """What became of files that were added together.

    Attributes
    ----------
    new, unchanged : int
        How many were not there, and how many were.
    dids : list of str
        Their ``obs_publisher_did``, in the order given.
    """

    new: int
    unchanged: int
    dids: list[str]
