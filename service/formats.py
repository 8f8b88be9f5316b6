"""The formats in which a table can be had, by the names that clients know them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.service.arrow_stream import ArrowStreamWriter
from satvo.service.delimited import DelimitedWriter
from satvo.service.ecsv import ECSVWriter
from satvo.service.fits_table import FITSWriter
from satvo.service.json_table import JSONWriter
from satvo.service.parquet_table import ParquetWriter
from satvo.service.votable import VERSION, Info, VOTableWriter

__all__ = ["FORMATS", "Format", "TableWriter", "find_format", "format_of_file"]


class TableWriter(Protocol):
    """Writes one table as a stream.

    Attributes
    ----------
    tells_status : bool
        Whether `end` can write that the rows are not all: QUERY_STATUS, OVERFLOW or ERROR.
    """

    tells_status: bool

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """Everything before the first row."""

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch."""

    def end(self, infos: Iterable[Info] = ()) -> bytes | Iterator[bytes]:
        """Everything after the last row; in pieces where the format writes its rows only here."""


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
    Format(f"{_VOTABLE};version=1.5", ("votable/1.5",), ".vot",
           lambda: VOTableWriter("BINARY2", "1.5")),
    Format("text/csv;header=present", ("csv", "text/csv"), ".csv", lambda: DelimitedWriter(",")),
    Format("text/tab-separated-values", ("tsv",), ".tsv", lambda: DelimitedWriter("\t")),
    Format("application/json", ("json",), ".json", JSONWriter),
    Format("application/vnd.apache.parquet", ("parquet",), ".parquet", ParquetWriter),
    Format("application/vnd.apache.arrow.stream", ("arrow",), ".arrows", ArrowStreamWriter),
    Format("application/fits", ("fits",), ".fits", FITSWriter),
    # Registered nowhere; services that have it write text/x-ecsv, and astropy names none.
    Format("text/x-ecsv", ("ecsv", "application/x-ecsv"), ".ecsv", ECSVWriter),
)  # fmt: skip
"""The first is the default."""


def find_format(wanted: str) -> tuple[Format, str]:
    """The format that a client asks for, and the media type to answer with.

    A media type is echoed as it was asked for (DALI 1.1, section 3.4.3). That of VOTable may say
    serialization and version, in any order.

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
    normal = [part.lower() for part in parts]
    found = _listed(";".join(normal)) or _votable(*normal)
    if found is None:
        names = ", ".join(f.aliases[0] for f in FORMATS)
        raise BadParameter(
            f"RESPONSEFORMAT={wanted}: not a format of this service; accepted are {names} "
            "and their media types"
        )
    is_media_type = "/" in normal[0] and not normal[0].startswith("votable/")
    return found, ";".join(parts) if is_media_type else found.media_type


def format_of_file(path: Path) -> Format:
    """The format that the ending of a file tells.

    Raises
    ------
    BadParameter
        If it tells none.

    Examples
    --------
    >>> format_of_file(Path("rows.CSV")).aliases[0]
    'csv'
    """
    suffix = path.suffix.lower()
    for form in FORMATS:
        if form.suffix == suffix or (suffix == ".xml" and form.suffix == ".vot"):
            return form
    known = ", ".join(dict.fromkeys(form.suffix for form in FORMATS))
    raise BadParameter(f"{path}: its ending tells no format; accepted are {known}")


def _listed(normal: str) -> Format | None:
    known = (f for f in FORMATS if normal == f.media_type.lower() or normal in f.aliases)
    return next(known, None)


def _votable(media_type: str, *parameters: str) -> Format | None:
    """A VOTable with parameters that `FORMATS` does not list together."""
    given = {name: value for name, _, value in (each.partition("=") for each in parameters)}
    serialization = given.pop("serialization", "binary2")
    version = given.pop("version", VERSION)
    if (
        media_type != _VOTABLE
        or given
        or len(parameters) > 2
        or serialization
        not in ("binary2", "binary", "tabledata")  # not in upper case, where ı is I
        or version not in (VERSION, "1.5")
    ):
        return None
    return replace(FORMATS[0], writer=lambda: VOTableWriter(serialization.upper(), version))
