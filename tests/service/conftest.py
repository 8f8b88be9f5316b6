"""Tables to be written in every format, and what makes a file of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from satvo.schemas.columns import Field
from satvo.service.formats import find_format
from satvo.service.votable import Info

SCALARS = (
    Field("flag", "boolean", description="Whether."),
    Field("small", "short", unit="m"),
    Field("norad_id", "int", ucd="meta.id"),
    Field("source_id", "long", utype="a:b.c"),
    Field("mag", "float", unit="mag", ucd="phot.mag;em.opt.V", description="It's 5'' & <more>"),
    Field("ra", "double", unit="deg", ucd="pos.eq.ra;meta.main", description="Right " * 40),
    Field("name", "char", "*"),
    Field("label", "char", "12*"),
    Field("wide", "unicodeChar", "*"),
    Field("epoch", "char", "*", "timestamp"),
)
SCALAR_ROWS: dict[str, list[Any]] = {
    "flag": [True, None, False, True],
    "small": [-(2**15) + 1, None, 2**15 - 1, 0],
    "norad_id": [-(2**31) + 1, None, 2**31 - 1, 0],
    "source_id": [-(2**63) + 1, None, 2**63 - 1, 0],
    "mag": [np.float32(-3.4e38).item(), None, np.float32(1e-45).item(), -0.0],
    "ra": [1.7976931348623157e308, None, 5e-324, 0.1],
    "name": [' a<b>&c,"d" \\e', None, "Ω€😀", "x"],
    "label": ["ISS (ZARYA)", None, "#1 'x'", "NULL"],
    "wide": ["Ω€", None, "x", "y z"],
    "epoch": [
        datetime(1, 1, 1),
        None,
        datetime(9999, 12, 31, 23, 59, 59, 999_999),
        datetime(2016, 12, 31, 23, 59, 59),
    ],
}
ARRAYS = (
    Field("pos", "double", "2", "point", unit="deg"),
    Field("region", "double", "*", "polygon"),
    Field("shorts", "short", "3"),
    Field("ints", "int", "2x*"),
    Field("longs", "long", "*"),
    Field("floats", "float", "4*"),
    Field("flags", "boolean", "2"),
    Field("cube", "int", "2x3"),
)
ARRAY_ROWS: dict[str, list[Any]] = {
    "pos": [[0.0, -90.0], None, [359.999999999999, 90.0]],
    "region": [[1.5, 2.5, 3.5, 4.5, 5.5, 6.5], None, [0.1]],
    "shorts": [[1, -2, 3], [4, 5, 6], [2**15 - 1, 0, -(2**15) + 1]],
    "ints": [[1, 2, 3, 4], [5, 6], [2**31 - 1, -(2**31) + 1]],
    "longs": [[2**63 - 1, -(2**63) + 1], [], [7]],
    "floats": [[1.5], [2.5, -0.25, 3.5, 4.5], [np.float32(0.1).item()]],
    "flags": [[True, False], [False, False], [True, True]],
    "cube": [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], [0, 0, 0, 0, 0, -1]],
}
TYPES: dict[str, pa.DataType] = {
    "boolean": pa.bool_(), "short": pa.int16(), "int": pa.int32(), "long": pa.int64(),
    "float": pa.float32(), "double": pa.float64(), "char": pa.string(), "unicodeChar": pa.string(),
}  # fmt: skip
OVERFLOW = Info("QUERY_STATUS", "OVERFLOW", 'the answer was cut at 2 rows; "more" is there')
ERROR = Info("QUERY_STATUS", "ERROR", "1/0: a value that cannot be")
INFOS = (Info("server_software", "satvo/0"), Info("QUERY", "SELECT * FROM x WHERE a < 'ü'"))


@dataclass(frozen=True)
class Written:
    """A table and what writes it."""

    fields: tuple[Field, ...]
    rows: dict[str, list[Any]]

    def batch(self, start: int = 0, stop: int | None = None) -> pa.RecordBatch:
        """The rows as the engine gives them."""
        arrays = []
        for field in self.fields:
            kind = TYPES[field.datatype]
            if field.xtype == "timestamp":
                kind = pa.timestamp("us")
            elif field.arraysize and (not pa.types.is_string(kind) or "x" in field.arraysize):
                kind = pa.list_(pa.field("l", kind))
            arrays.append(pa.array(self.rows[field.name], kind))
        whole = pa.RecordBatch.from_arrays(arrays, [field.name for field in self.fields])
        return whole.slice(start, None if stop is None else stop - start)

    def __call__(self, name: str, *late: Info, sizes: Sequence[int] | None = None) -> bytes:
        """The file in a format; its rows in batches of these sizes, or in one."""
        writer = find_format(name)[0].writer()
        pieces = [writer.begin(self.fields, INFOS)]
        count = len(next(iter(self.rows.values())))
        at = 0
        for size in [count] if sizes is None else sizes:
            pieces.append(writer.rows(self.batch(at, at + size)))
            at += size
        end = writer.end(late)
        return b"".join([*pieces, *((end,) if isinstance(end, bytes) else end)])

    def first(self, count: int) -> Written:
        """The first rows alone."""
        return Written(self.fields, {name: column[:count] for name, column in self.rows.items()})


@pytest.fixture(scope="session")
def table() -> Callable[..., Written]:
    """Makes a table of fields and rows."""
    return lambda fields, rows: Written(tuple(fields), rows)


@pytest.fixture(scope="session")
def scalars() -> Written:
    """A column of every scalar type, with nulls and extremes."""
    return Written(SCALARS, SCALAR_ROWS)


@pytest.fixture(scope="session")
def arrays() -> Written:
    """A column of every numeric type as array, of fixed and variable size."""
    return Written(ARRAYS, ARRAY_ROWS)


@pytest.fixture(scope="session")
def overflow() -> Info:
    """What is told of an answer that was cut."""
    return OVERFLOW


@pytest.fixture(scope="session")
def error() -> Info:
    """What is told of an answer that failed among its rows."""
    return ERROR
