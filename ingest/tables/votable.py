"""VOTable 1.0 to 1.5: the first TABLE of a RESOURCE of results, as a stream.

A DOCTYPE is refused before anything in it is looked at (`satvo.ingest.tables.xml`), so there are no
entities; no address in the file is ever opened.

References
----------
VOTable 1.4, sections 3 to 6; STREAM/@href and FITS (sections 5.2 and 5.5) are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from xml.parsers import expat

import pyarrow as pa
from satvo.ingest.tables.binary import BinaryRows
from satvo.ingest.tables.columns import Declared, Table, too_many_columns, uniquely_named
from satvo.ingest.tables.source import Source
from satvo.ingest.tables.tabledata import TableDataRows
from satvo.ingest.tables.votable_field import FieldElement
from satvo.ingest.tables.xml import guarded_parser, xml_fault
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["read"]

_MAX_DEPTH = 64
_MAX_TOKEN = 2**20
_MAX_DESCRIPTION = 2**16


class _Rows(Protocol):
    """Takes the events inside TABLEDATA or STREAM and gives batches."""

    def ready(self) -> Iterator[pa.RecordBatch]:
        """The batches that are full after another piece of the file."""

    def last(self) -> Iterator[pa.RecordBatch]:
        """The rest."""


def read(source: Source, max_columns: int) -> Table:
    """The columns and rows of a VOTable.

    The rows that are there count: TABLE/@nrows is a hint that is not looked at. A TABLE without
    DATA has no rows.

    Raises
    ------
    BadParameter
        Here, if there is no table to be read; while its batches are taken, if a row is not what
        its FIELDs say, or the document breaks off.
    LimitExceeded
        If the table, a name or a cell is larger than accepted.
    """
    document = _Document(source, max_columns)
    while not document.has_columns:
        document.advance()
    return Table(tuple(declared.column for declared in document.declared), document.batches())


class _Document:
    """Where the parser stands in the document."""

    def __init__(self, source: Source, max_columns: int) -> None:
        self.declared: list[Declared] = []
        self.has_columns = False
        self._source = source
        self._max_columns = max_columns
        self._fed = 0
        self._ended = False
        self._path: list[str] = []
        self._resources: list[str] = []
        self._table_depth = 0  # of the table that is read; 0 before it is found
        self._table_ended = False
        self._fields: list[FieldElement] = []
        self._text: list[str] | None = None
        self._rows: _Rows | None = None
        self._parser = guarded_parser()
        self.listen()

    def listen(self) -> None:
        """Take the parser's events here."""
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = None

    # Driving

    def advance(self) -> None:
        """Parse another piece of the file."""
        if self._ended:
            raise BadParameter("there is no TABLE in a RESOURCE of type results in this VOTable")
        data = self._source.read()
        self._ended = not data
        self._fed += len(data)
        try:
            self._parser.Parse(data, self._ended)
        except expat.ExpatError as err:
            raise xml_fault(err, cut=self._ended and self._fed > 0) from err
        if self._fed - self._parser.CurrentByteIndex > _MAX_TOKEN and not self._ended:
            # Expat 2.5 reads an unfinished token anew with each piece: a long one takes for ever.
            raise LimitExceeded(
                f"a tag, attribute or comment is longer than {_MAX_TOKEN} bytes; "
                "that is the most accepted"
            )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows from here to the end of the document."""
        while not self._ended:
            if self._rows is not None:
                yield from self._rows.ready()
            self.advance()
        if self._rows is not None:
            yield from self._rows.last()

    # Events

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        path = self._path
        parent = path[-1] if path else ""
        path.append(local)
        if len(path) > _MAX_DEPTH:
            raise BadParameter(f"elements are nested more than {_MAX_DEPTH} deep")
        if not parent:
            _check_root(local, attributes)
        elif local == "RESOURCE":
            self._resources.append(attributes.get("type", "results"))
        elif local == "TABLE" and not self._table_depth and parent == "RESOURCE":
            if self._resources[-1] != "meta":
                self._table_depth = len(path)
        elif self._table_depth and not self._table_ended:
            self._start_in_table(local, parent, name, attributes)

    def _start_in_table(
        self, local: str, parent: str, name: str, attributes: dict[str, str]
    ) -> None:
        depth = len(self._path) - self._table_depth
        if self.has_columns:
            if local in ("FIELD", "STREAM") or parent == "DATA":
                raise BadParameter(f"{local[:40]} behind the data of its table; one DATA is read")
        elif local == "FIELD" and depth == 1:
            if len(self._fields) == self._max_columns:
                raise too_many_columns(self._max_columns + 1, self._max_columns)
            self._fields.append(FieldElement(attributes))
        elif local == "VALUES" and parent == "FIELD" and depth == 2:
            self._fields[-1].add_values(attributes)
        elif local == "DESCRIPTION" and parent == "FIELD" and depth == 2:
            self._text = []
            self._parser.CharacterDataHandler = self._describe
        elif local == "TABLEDATA" and parent == "DATA":
            self._finish_columns()
            prefix = name[: -len(local)]
            self._rows = TableDataRows(self.declared, self._parser, prefix, self._data_ended)
        elif local in ("BINARY", "BINARY2") and parent == "DATA":
            self._finish_columns()
            self._rows = BinaryRows(self.declared, null_flags=local == "BINARY2")
            self._parser.StartElementHandler = self._start_stream
        elif parent == "DATA" and local != "INFO":
            raise BadParameter(
                f"the table's DATA are {local[:40]}; accepted are TABLEDATA, BINARY and BINARY2"
            )

    def _start_stream(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(":")[2])
        if self._path[-1] != "STREAM" or not isinstance(self._rows, BinaryRows):
            raise BadParameter(f"{name[:40]} in BINARY; one STREAM is accepted")
        if "href" in attributes:
            raise BadParameter("STREAM has an href; only rows inside the document are read")
        if (encoding := attributes.get("encoding", "none")) != "base64":
            raise BadParameter(f"STREAM has encoding {encoding[:40]!r}; accepted is base64")
        self._rows.begin()
        self._parser.StartElementHandler = self._start_in_stream
        self._parser.CharacterDataHandler = self._rows.pieces.append

    def _start_in_stream(self, name: str, attributes: dict[str, str]) -> None:
        raise BadParameter(f"{name[:40]} in STREAM; only base64 is accepted there")

    def _end(self, name: str) -> None:
        local = self._path.pop()
        if local == "RESOURCE":
            self._resources.pop()
        elif local == "DESCRIPTION" and self._text is not None:
            self._fields[-1].description = " ".join("".join(self._text).split())
            self._text = None
            self._parser.CharacterDataHandler = None
        elif local in ("BINARY", "BINARY2", "STREAM"):
            self.listen()
        elif local == "TABLE" and len(self._path) == self._table_depth - 1:
            self._table_ended = True
            if not self.has_columns:
                self._finish_columns()

    def _data_ended(self) -> None:
        self._path.pop()
        self.listen()

    def _describe(self, text: str) -> None:
        assert self._text is not None  # noqa: S101 - set with this handler
        self._text.append(text)
        if sum(map(len, self._text)) > _MAX_DESCRIPTION:
            raise LimitExceeded(f"a DESCRIPTION is longer than {_MAX_DESCRIPTION} characters")

    def _finish_columns(self) -> None:
        if not self._fields:
            raise BadParameter("the table has no FIELD; a TABLE with its own FIELDs is accepted")
        names = uniquely_named(field.name for field in self._fields)
        self.declared = [
            field.declared(name) for field, name in zip(self._fields, names, strict=True)
        ]
        self.has_columns = True


def _check_root(local: str, attributes: dict[str, str]) -> None:
    if local != "VOTABLE":
        raise BadParameter(f"the document is {local[:40]}, not VOTABLE")
    version = attributes.get("version", "1.4")
    if not version.startswith("1."):
        raise BadParameter(f"VOTable {version[:40]!r} is not known; accepted are 1.0 to 1.5")
