"""ECSV, read back by two readers of astropy."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from astropy.table import Table
from satvo.schemas.columns import Field

ENGINES = ["io.ascii", "pyarrow"]


def read(document: bytes, engine: str) -> Any:
    return Table.read(io.StringIO(document.decode(), newline=""), format="ecsv", engine=engine)


def as_read(text: Any, engine: str) -> Any:
    """The older engine drops the blanks at the ends of a text, quoted or not."""
    return text.strip() if isinstance(text, str) and engine == "io.ascii" else text


def values(column: Any) -> list[Any]:
    return [None if value is np.ma.masked else value for value in column.tolist()]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_type_comes_back_with_nulls_and_extremes(scalars: Any, engine: str) -> None:
    found = read(scalars("ecsv", sizes=[2, 0, 2]), engine)
    rows = {**scalars.rows, "epoch": [v and v.isoformat() for v in scalars.rows["epoch"]]}
    rows["mag"] = [v and np.float32(v).item() for v in rows["mag"]]
    for name, wanted in rows.items():
        assert values(found[name]) == [as_read(value, engine) for value in wanted], name


@pytest.mark.parametrize("engine", ENGINES)
def test_arrays_come_back(arrays: Any, engine: str) -> None:
    found = read(arrays("ecsv"), engine)
    for name in ("shorts", "ints", "longs", "floats", "flags"):
        got = [value.tolist() for value in found[name]]
        assert got == [pytest.approx(value) for value in arrays.rows[name]], name
    assert found["cube"].shape == (3, 3, 2)
    assert found["cube"].tolist()[1] == [[7, 8], [9, 10], [11, 12]]
    assert found["pos"].tolist()[2] == [359.999999999999, 90.0]
    assert found["pos"].mask.tolist()[1] == [True, True]
    assert found["region"][0].tolist() == arrays.rows["region"][0]


@pytest.mark.parametrize("engine", ENGINES)
def test_header_tells_all_of_a_column_and_the_status(
    scalars: Any, overflow: Any, error: Any, engine: str
) -> None:
    for told in (overflow, error):
        found = read(scalars("ecsv", told), engine)
        assert str(found["mag"].unit) == "mag"
        assert found["mag"].description == "It's 5'' & <more>"
        assert found["mag"].meta["ucd"] == "phot.mag;em.opt.V"
        assert found["epoch"].meta == {"xtype": "timestamp", "arraysize": "*"}
        assert found.meta["QUERY_STATUS"] == told.value
        assert found.meta["message"] == told.text
        assert found.meta["QUERY"] == "SELECT * FROM x WHERE a < 'ü'"
    assert read(scalars("ecsv"), engine).meta["QUERY_STATUS"] == "OK"


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_that_are_none_are_no_nulls(table: Any, engine: str) -> None:
    fields = (Field("d", "double"), Field("a", "double", "*"))
    numbers = [math.nan, math.inf, -math.inf, 1.5]
    rows = {"d": numbers, "a": [numbers, [], [math.nan], [1.0]]}
    found = read(table(fields, rows)("ecsv"), engine)
    assert np.array_equal(np.array(found["d"]), numbers, equal_nan=True)
    assert np.array_equal(found["a"][0], numbers, equal_nan=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_texts_of_every_kind_come_back(table: Any, engine: str) -> None:
    texts = ["#x", "a,b", '"', "a\nb", " a ", "nan", "None", "--", "N/A", "Ω", "'", "# %ECSV 1.0"]
    fields = (Field("t", "char", "*"), Field("i", "int"))
    found = read(table(fields, {"t": texts, "i": list(range(len(texts)))})("ecsv"), engine)
    assert values(found["t"]) == [as_read(text, engine) for text in texts]


def test_null_and_the_empty_text_are_told_apart(table: Any) -> None:
    fields = (Field("i", "int"), Field("t", "char", "*"))
    document = table(fields, {"i": [1, 2], "t": [None, ""]})("ecsv")
    assert document.endswith(b'i,t\n1,\n2,""\n')


@pytest.mark.parametrize("engine", ENGINES)
def test_tables_of_no_row_and_one_row_are_whole(scalars: Any, engine: str) -> None:
    # The newer engine cannot make a column of no texts.
    for count in (0, 1) if engine == "io.ascii" else (1,):
        found = read(scalars.first(count)("ecsv"), engine)
        assert len(found) == count
        assert found.colnames == list(scalars.rows)


@pytest.mark.parametrize("engine", ENGINES)
def test_null_alone_in_its_row_does_not_make_the_row_vanish(table: Any, engine: str) -> None:
    for field, rows in ((Field("i", "int"), [1, None, 3]), (Field("t", "char", "*"), ["a", None])):
        found = read(table([field], {field.name: rows})("ecsv"), engine)
        assert values(found[field.name]) == rows
