"""The formats in which a table can be had, by the names that clients know them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.service.delimited import DelimitedWriter
from satvo.service.votable import Info, VOTableWriter

__all__ = ["FORMATS", "Format", "TableWriter", "find_format"]


class TableWriter(Protocol):
    """Writes one table as a stream."""

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """Everything before the first row."""

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch."""

    def end(self, infos: Iterable[Info] = ()) -> bytes:
        """Everything after the last row."""


@dataclass(frozen=True, slots=True)
class Format:
    """One output format.

    Attributes
    ----------
    media_type : str
        What Content-Type says when the format was asked for by an alias.
    aliases : tuple of str
        Short names, and other media types that mean it.
    suffix : str
        Ending of a file in it.
    writer : callable
        Makes a writer for one answer.
    ivo_id : str
        TAPRegExt 1.0, section 2.4, where it names the format.
    """

    media_type: str
    aliases: tuple[str, ...]
    suffix: str
    writer: Callable[[], TableWriter]
    ivo_id: str = ""


_VOTABLE = "application/x-votable+xml"
_REGEXT = "ivo://ivoa.net/std/TAPRegExt#output-votable-"

FORMATS: tuple[Format, ...] = (
    Format(_VOTABLE, ("votable", "text/xml", "application/xml"), ".vot",
           lambda: VOTableWriter("BINARY2"), ),
    Format(f"{_VOTABLE};serialization=BINARY2", ("votable/b2",), ".vot",
           lambda: VOTableWriter("BINARY2"), _REGEXT + "binary2"),
    Format(f"{_VOTABLE};serialization=BINARY", ("votable/b",), ".vot",
           lambda: VOTableWriter("BINARY"), _REGEXT + "binary"),
    Format(f"{_VOTABLE};serialization=TABLEDATA", ("votable/td",), ".vot",
           lambda: VOTableWriter("TABLEDATA"), _REGEXT + "td"),
    Format("text/csv;header=present", ("csv", "text/csv"), ".csv", lambda: DelimitedWriter(",")),
    Format("text/tab-separated-values", ("tsv",), ".tsv", lambda: DelimitedWriter("\t")),
)  # fmt: skip
"""The first is the default."""


def find_format(wanted: str) -> tuple[Format, str]:
    """The format that a client asks for, and the media type to answer with.

    A media type is echoed as it was asked for (DALI 1.1, section 3.4.3).

    Raises
    ------
    BadParameter
        If there is no such format.

    Examples
    --------
    >>> find_format("csv")[1], find_format("text/xml")[1]
    ('text/csv;header=present', 'text/xml')
    """
    parts = [part.strip() for part in wanted.split(";")]
    normal = ";".join(parts).lower()
    for found in FORMATS:
        if normal == found.media_type.lower() or normal in found.aliases:
            is_media_type = "/" in normal and not normal.startswith("votable/")
            return found, ";".join(parts) if is_media_type else found.media_type
    names = ", ".join(f.aliases[0] for f in FORMATS)
    raise BadParameter(
        f"RESPONSEFORMAT={wanted}: not a format of this service; accepted are {names} "
        "and their media types"
    )
