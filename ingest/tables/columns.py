"""The columns of an uploaded table: as its file declares them, and as they are after reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
from satvo.ingest.tables.shapes import Shape, shape_of
from satvo.schemas.errors import BadParameter, LimitExceeded

if TYPE_CHECKING:
    from satvo.schemas.columns import Field

__all__ = [
    "BATCH_BYTES",
    "BATCH_ROWS",
    "ELEMENT_TYPES",
    "INTEGERS",
    "MAX_CELL",
    "NOT_XML",
    "TEXT",
    "Column",
    "Declared",
    "Table",
    "arrow_type",
    "declare",
    "too_many_columns",
    "uniquely_named",
]

BATCH_ROWS = 50_000
"""Most rows of a batch."""

BATCH_BYTES = 16 * 2**20
"""Bytes of input after which a batch is closed."""

MAX_CELL = 16 * 2**20
"""Most bytes, or characters, of one cell."""

_MAX_NAME = 1000

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold (XML 1.0, section 2.2)."""

ELEMENT_TYPES: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "char": pa.string(),
    "unicodeChar": pa.string(),
}
"""Arrow type of one element; a test holds it equal to the store's `ARROW_TYPES`.

It is repeated here because the store's module loads the database, which doubles the time that a
child needs to start.
"""

TEXT = frozenset(("char", "unicodeChar"))

INTEGERS = frozenset(("unsignedByte", "short", "int", "long"))

_READ_AS = {"unsignedByte": "short", "bit": "boolean"}


@dataclass(frozen=True, slots=True)
class Column:
    """What a file says for `satvo.schemas.columns.Field`, without the database behind that."""

    name: str
    datatype: str
    arraysize: str = ""
    xtype: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""

    def cleaned(self) -> Column:
        """The same with U+FFFD for what a VOTable cannot hold, all but the name."""
        texts = ("unit", "ucd", "utype", "xtype", "description")
        return replace(self, **{key: NOT_XML.sub("\ufffd", getattr(self, key)) for key in texts})

    def field(self) -> Field:
        """The same as a Field."""
        from satvo.schemas.columns import Field

        return Field(**{key: getattr(self, key) for key in self.__slots__})


@dataclass(frozen=True, slots=True)
class Declared:
    """A column with what its file says about how it is written.

    Attributes
    ----------
    column : Column
        As it is after reading.
    wire : str
        The VOTable datatype of its cells in the file.
    shape : Shape or None
        None for a scalar.
    null : int or None
        The integer that stands for a null.
    null_text : str
        The cell that stands for a null in a text format; empty cells always do.
    """

    column: Column
    wire: str
    shape: Shape | None = None
    null: int | None = None
    null_text: str = ""

    @property
    def is_texts(self) -> bool:
        """Whether a cell is several texts of a fixed width."""
        return self.wire in TEXT and self.shape is not None and self.shape.dimensions > 1


@dataclass(frozen=True, slots=True)
class Table:
    """What a format module gives: the columns, and the rows while they are read."""

    columns: tuple[Column, ...]
    batches: Iterator[pa.RecordBatch]
    description: str = ""


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type that a column's batches have.

    Examples
    --------
    >>> print(arrow_type(Column("pos", "double", "2", "point")))
    list<element: double>
    """
    if column.xtype == "timestamp" and column.datatype == "char" and "x" not in column.arraysize:
        return pa.timestamp("us")
    element = ELEMENT_TYPES[column.datatype]
    scalar = column.arraysize == "" or (column.datatype in TEXT and "x" not in column.arraysize)
    return element if scalar else pa.list_(pa.field("element", element))


def declare(column: Column, *, null_text: str = "") -> Declared:
    """A column as a file declares it: its datatype, arraysize and xtype are still the file's.

    The column of the answer says what is there after reading: a text has arraysize ``*`` however
    wide the file says it is, because tools disagree whether that counts bytes or characters and
    most files lie about it; unsignedByte becomes short and bit boolean.

    Parameters
    ----------
    column : Column
    null_text : str
        The null of VALUES.

    Raises
    ------
    BadParameter
        If the datatype is none or cannot be taken, or the arraysize is none.
    """
    wire, name = column.datatype, column.name
    shape = shape_of(column.arraysize, name)
    if wire in ("floatComplex", "doubleComplex"):
        raise BadParameter(
            f"column {name}: complex numbers ({wire}) have no type in ADQL; upload their real and "
            "imaginary parts as two columns"
        )
    datatype = _READ_AS.get(wire, wire)
    if datatype not in ELEMENT_TYPES:
        accepted = ", ".join((*_READ_AS, *ELEMENT_TYPES))
        raise BadParameter(
            f"column {name}: datatype {wire[:40]!r} is not known; accepted are {accepted}"
        )
    arraysize, xtype = column.arraysize.strip(), column.xtype
    if wire in TEXT and (shape is None or shape.dimensions == 1):
        arraysize = "*"
    if xtype.lower() in ("timestamp", "adql:timestamp"):
        xtype = ""  # numbers with this xtype would be taken for instants
        if arraysize == "*" and wire in TEXT:
            xtype, datatype = "timestamp", "char"
    null = _integer(null_text) if wire in INTEGERS else None
    read = replace(column, datatype=datatype, arraysize=arraysize, xtype=xtype)
    return Declared(read, wire, shape, null, null_text)


def _integer(text: str) -> int | None:
    try:
        return int(text, 0) if "x" in text.lower() else int(text)
    except ValueError:
        return None


def uniquely_named(names: Iterable[str]) -> list[str]:
    """Names without blanks around them, none empty, no two equal but for their case.

    ADQL compares names without their case. The first of several keeps its name.

    Raises
    ------
    LimitExceeded
        If one is longer than 1000 characters.
    BadParameter
        If one has a character that no XML can hold, so that no VOTable could name it.

    Examples
    --------
    >>> uniquely_named(["ra", "RA", "", "ra_2"])
    ['ra', 'RA_3', 'col3', 'ra_2']
    """
    wanted = [name.strip() for name in names]
    if any(len(name) > _MAX_NAME for name in wanted):
        raise LimitExceeded(f"a column's name is longer than {_MAX_NAME} characters")
    for place, name in enumerate(wanted, 1):
        if odd := NOT_XML.search(name):
            raise BadParameter(
                f"the name of column {place} has the character U+{ord(odd[0]):04X}; rename it"
            )
    taken = {name.casefold() for name in wanted}
    seen: set[str] = set()
    result = []
    for place, name in enumerate(wanted, 1):
        if not name or name.casefold() in seen:
            stem, number = (f"{name}_", 2) if name else ("col", place)
            while f"{stem}{number}".casefold() in taken:
                number += 1
            name = f"{stem}{number}"
            taken.add(name.casefold())
        seen.add(name.casefold())
        result.append(name)
    return result


def too_many_columns(count: int, most: int) -> LimitExceeded:
    """The complaint about a table with more columns than are taken."""
    return LimitExceeded(f"{count} columns or more; at most {most} are accepted")
