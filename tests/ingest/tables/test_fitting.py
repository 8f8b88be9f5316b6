"""Rows for a table that is there: columns by name, values unchanged or refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from satvo.ingest.tables.columns import ELEMENT_TYPES, Column
from satvo.ingest.tables.formats import read_table
from satvo.schemas.errors import BadParameter

WANTED = (
    Column("id", "int"),
    Column("Mag", "float"),
    Column("name", "char", "*"),
    Column("seen", "char", "*", "timestamp"),
    Column("place", "double", "2", "point"),
)
INTEGERS = {"short": 16, "int": 32, "long": 64}


def parquet(**columns: pa.Array) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def one(values: pa.Array, datatype: str, **about: str) -> list[Any]:
    """The values of a file's column x in a column of this type."""
    table = read_table(
        io.BytesIO(parquet(x=values)), name="t", max_rows=10**6,
        wanted=(Column("X", datatype, **about),),
    )  # fmt: skip
    return [value for batch in table for value in batch.column("X").to_pylist()]


def test_columns_are_found_by_name_in_any_case_and_missing_ones_are_null(
    read: Callable[..., Any],
) -> None:
    got = read(b"MAG,ID\n1.5,7\n,8\n", format="csv", wanted=WANTED)
    assert list(got.columns) == ["id", "Mag", "name", "seen", "place"]
    assert got["id"] == [7, 8]
    assert got["Mag"] == [1.5, None]
    assert got["place"] == [None, None]


def test_texts_are_read_as_the_wanted_types_say(read: Callable[..., Any]) -> None:
    rows = b"name\tplace\tseen\n007\t1 2\t2026-07-21\n\t\t\n"
    got = read(rows, format="tsv", wanted=WANTED)
    assert got["name"] == ["007", None], "a number in a column of texts keeps its zeros"
    assert got["place"] == [[1.0, 2.0], None]
    assert got["seen"] == [datetime(2026, 7, 21), None]


def test_a_header_alone_is_no_rows(read: Callable[..., Any]) -> None:
    assert read(b"id,name\n", format="csv", wanted=WANTED)["id"] == []


def test_a_later_batch_counts_its_rows_on() -> None:
    rows = b"id\n" + b"1\n" * 70_000 + b"x\n"
    with pytest.raises(BadParameter, match="row 70001, column id: 'x' is no int"):
        list(read_table(io.BytesIO(rows), name="t", max_rows=10**6, wanted=WANTED))
    numbers = pa.array([1] * 70_000 + [2**31])
    with pytest.raises(BadParameter, match="row 70001, column X: '2147483648' is no int"):
        one(numbers, "int")


@pytest.mark.parametrize(
    ("values", "datatype", "expected"),
    [
        (pa.array([1, None], pa.int64()), "short", [1, None]),
        (pa.array([1.0, float("nan"), None]), "int", [1, None, None]),
        (pa.array([2**53], pa.int64()), "double", [float(2**53)]),
        (pa.array([0.1]), "float", [pa.scalar(0.1, pa.float32()).as_py()]),
        (pa.array([float("inf"), float("-inf")]), "float", [float("inf"), float("-inf")]),
        (pa.array([True, None]), "boolean", [True, None]),
        (pa.array([-(2.0**63)]), "long", [-(2**63)]),
    ],
)
def test_a_number_that_stays_what_it_is_is_taken(
    values: pa.Array, datatype: str, expected: list[Any]
) -> None:
    assert one(values, datatype) == expected


@pytest.mark.parametrize(
    ("values", "datatype"),
    [
        (pa.array([1, 2**15]), "short"),
        (pa.array([1, -(2**31) - 1]), "int"),
        (pa.array([1.0, 1.5]), "long"),
        (pa.array([1.0, 2.0**63]), "long"),
        (pa.array([1.0, float("inf")]), "int"),
        (pa.array([1, 2**53 + 1]), "double"),
        (pa.array([1, 2**63 - 1]), "double"),
        (pa.array([1, 2**24 + 1]), "float"),
        (pa.array([1.0, 1e39]), "float"),
    ],
)
def test_a_number_that_would_change_is_refused(values: pa.Array, datatype: str) -> None:
    with pytest.raises(BadParameter, match=f"t: row 2, column X: '.*' is no {datatype}"):
        one(values, datatype)


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)), st.sampled_from(sorted(INTEGERS)))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_integers_come_through_or_are_refused(numbers: list[int | None], datatype: str) -> None:
    bound = 2 ** (INTEGERS[datatype] - 1)
    if all(n is None or -bound <= n < bound for n in numbers):
        assert one(pa.array(numbers, pa.int64()), datatype) == numbers
    else:
        with pytest.raises(BadParameter, match=f"is no {datatype}"):
            one(pa.array(numbers, pa.int64()), datatype)


@pytest.mark.parametrize(
    ("values", "about"),
    [
        (pa.array(["1"]), {"datatype": "int"}),
        (pa.array([1]), {"datatype": "char", "arraysize": "*"}),
        (pa.array([True]), {"datatype": "int"}),
        (pa.array([1]), {"datatype": "boolean"}),
        (pa.array([1.0]), {"datatype": "double", "arraysize": "*"}),
        (pa.array([[1.0]]), {"datatype": "double"}),
        (pa.array([[True]]), {"datatype": "double", "arraysize": "*"}),
        (pa.array([datetime(2026, 1, 1)]), {"datatype": "char", "arraysize": "*"}),
        (pa.array([1.0]), {"datatype": "char", "arraysize": "*", "xtype": "timestamp"}),
    ],
)
def test_other_types_never_fit_and_both_are_named(values: pa.Array, about: dict[str, str]) -> None:
    with pytest.raises(BadParameter, match=r"column X: the file's is .+, the table's is .+"):
        one(values, **about)


def test_arrays_fit_element_by_element_and_by_their_length() -> None:
    pairs = pa.array([[1, 2], None, [3, 4]])
    assert one(pairs, "double", arraysize="2") == [[1.0, 2.0], None, [3.0, 4.0]]
    with pytest.raises(BadParameter, match="row 2, column X: '40000' is no short"):
        one(pa.array([[1], [2, 40_000]]), "short", arraysize="*")
    with pytest.raises(BadParameter, match="row 2, column X: 3 elements, more than the 2 declared"):
        one(pa.array([[1], [1, 2, 3]]), "int", arraysize="2*")


def test_every_element_type_fits_itself() -> None:
    for datatype, kind in ELEMENT_TYPES.items():
        text = {"arraysize": "*"} if pa.types.is_string(kind) else {}
        assert one(pa.nulls(2, kind), datatype, **text) == [None, None]
