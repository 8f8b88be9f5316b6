"""The definition of a table as VOSI tells of one: its columns, and no rows.

References
----------
VOSI 1.1, section 2.4; VODataService 1.1, section 3.3 (Table, TableParam) and 3.5 (data types).
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from satvo.ingest.tables.columns import Column, Table, declare, too_many_columns
from satvo.ingest.tables.source import Source
from satvo.ingest.tables.xml import guarded_parser, xml_fault
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["read"]

_MAX_DEPTH = 16
_MAX_TEXT = 4000

_TAP_TYPES = {
    "BOOLEAN": ("boolean", "", ""),
    "SMALLINT": ("short", "", ""),
    "INTEGER": ("int", "", ""),
    "BIGINT": ("long", "", ""),
    "REAL": ("float", "", ""),
    "DOUBLE": ("double", "", ""),
    "CHAR": ("char", "*", ""),
    "VARCHAR": ("char", "*", ""),
    "CLOB": ("char", "*", ""),
    "TIMESTAMP": ("char", "*", "timestamp"),
    "POINT": ("double", "2", "point"),
}
"""Datatype, arraysize and xtype of the words of vs:TAPType that have one here (TAP 1.0, 2.5)."""

_TEXTS = frozenset(("name", "description", "unit", "ucd", "utype", "dataType"))


def read(source: Source, max_columns: int) -> Table:
    """The columns that a ``table`` document declares, in the types of VOTable or of TAP.

    The name of the table in it does not count, and its keys and flags are not kept.

    Raises
    ------
    BadParameter
        If it is no such document, or a column has no name or type that can be taken, or that of
        another.
    LimitExceeded
        If there are more columns than accepted, or a text is longer than 4000 characters.
    """
    document = _Document(max_columns)
    fed = False
    try:
        while data := source.read():
            fed = True
            document.parser.Parse(data, False)
        document.parser.Parse(b"", True)
    except expat.ExpatError as err:
        raise xml_fault(err, cut=fed) from err
    if not document.columns:
        raise BadParameter("the table has no column; give each a column with name and dataType")
    _check_names(column.name for column in document.columns)
    return Table(tuple(document.columns), iter(()), document.description)


class _Document:
    """Takes the events of the parser."""

    def __init__(self, max_columns: int) -> None:
        self.columns: list[Column] = []
        self.description = ""
        self._max_columns = max_columns
        self._path: list[str] = []
        self._text: list[str] = []
        self._about: dict[str, str] = {}
        self._type: dict[str, str] = {}
        self.parser = guarded_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._take

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if not self._path and local != "table":
            raise BadParameter(
                f"the document is {local[:40]}; give a table of VOSI, with its columns"
            )
        self._path.append(local)
        if len(self._path) > _MAX_DEPTH:
            raise BadParameter(f"elements are nested more than {_MAX_DEPTH} deep")
        self._text = []
        if self._path == ["table", "column"]:
            self._about, self._type = {}, {}
        elif self._path == ["table", "column", "dataType"]:
            self._type = {key.rpartition(":")[2]: text for key, text in attributes.items()}

    def _take(self, text: str) -> None:
        self._text.append(text)
        if sum(map(len, self._text)) > _MAX_TEXT:
            raise LimitExceeded(f"a text is longer than {_MAX_TEXT} characters")

    def _end(self, name: str) -> None:
        text = " ".join("".join(self._text).split())
        self._text = []
        match self._path:
            case ["table", "description"]:
                self.description = text
            case ["table", "column", local] if local in _TEXTS:
                self._about[local] = text
            case ["table", "column"]:
                self._add_column()
        self._path.pop()

    def _add_column(self) -> None:
        if len(self.columns) == self._max_columns:
            raise too_many_columns(self._max_columns + 1, self._max_columns)
        about = self._about
        name = _undelimited(about.get("name", ""))
        if not name:
            raise BadParameter(f"column {len(self.columns) + 1} has no name")
        word = about.get("dataType", "")
        arraysize, xtype = self._type.get("arraysize", ""), self._type.get("extendedType", "")
        if self._type.get("type", "").rpartition(":")[2].startswith("TAP"):
            if word.upper() not in _TAP_TYPES:
                raise BadParameter(
                    f"column {name}: dataType {word[:40]!r} is not known; accepted are "
                    f"{', '.join(_TAP_TYPES)}, or a datatype of VOTable as vs:VOTableType"
                )
            word, arraysize, xtype = _TAP_TYPES[word.upper()]
        texts = (about.get(tag, "") for tag in ("unit", "ucd", "utype", "description"))
        self.columns.append(declare(Column(name, word, arraysize, xtype, *texts)).column)


def _undelimited(name: str) -> str:
    """The name without the quotes that VOSI gives one which a query must delimit."""
    if len(name) > 2 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"')
    return name


def _check_names(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise BadParameter(
                f"two columns are called {name[:100]}; case does not tell them apart"
            )
        seen.add(name.casefold())
