"""Parquet: Arrow's types, and what VOParquet metadata add."""

from __future__ import annotations

import contextlib
import io
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table
from satvo.schemas.errors import BadParameter, LimitExceeded, SatvoError


def made(columns: dict[str, pa.Array], *, metadata: str = "", **how: Any) -> bytes:
    """A Parquet file."""
    table = pa.table(columns)
    if metadata:
        table = table.replace_schema_metadata({"IVOA.VOTable-Parquet.content": metadata})
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    return out.getvalue()


DAY = datetime(2021, 1, 2)


@pytest.mark.parametrize("store_schema", [True, False])
@pytest.mark.parametrize(
    ("array", "datatype", "values"),
    [
        (pa.array([True, None, False]), "boolean", [True, None, False]),
        (pa.array([-128, None, 127], pa.int8()), "short", [-128, None, 127]),
        (pa.array([0, None, 255], pa.uint8()), "short", [0, None, 255]),
        (pa.array([2**16 - 1], pa.uint16()), "int", [2**16 - 1]),
        (pa.array([2**32 - 1], pa.uint32()), "long", [2**32 - 1]),
        (pa.array([2**63 - 1], pa.uint64()), "long", [2**63 - 1]),
        (pa.array([-(2**63), 2**63 - 1]), "long", [-(2**63), 2**63 - 1]),
        (pa.array([1.5, None], pa.float16()), "float", [1.5, None]),
        (pa.array([1.5, None], pa.float32()), "float", [1.5, None]),
        (pa.array([5e-324, None, np.inf]), "double", [5e-324, None, np.inf]),
        (pa.array([Decimal("1.25"), None]), "double", [1.25, None]),
        (pa.array(["a", None, "", "Ω😀"]), "char", ["a", None, "", "Ω😀"]),
        (pa.array(["a", None], pa.large_string()), "char", ["a", None]),
        (pa.array(["a", None, "a"]).dictionary_encode(), "char", ["a", None, "a"]),
        (pa.nulls(2), "char", [None, None]),
        (pa.array([DAY, None], pa.timestamp("us")), "timestamp", [DAY, None]),
        (pa.array([DAY, None], pa.timestamp("ms")), "timestamp", [DAY, None]),
        (pa.array([1609545600000000999], pa.timestamp("ns")), "timestamp", [DAY]),
        (pa.array([DAY.replace(tzinfo=UTC)], pa.timestamp("us", "UTC")), "timestamp", [DAY]),
        (pa.array([date(2021, 1, 2), None]), "timestamp", [DAY, None]),
        (pa.array([[1, None], None, []], pa.list_(pa.int16())), "short", [[1, None], None, []]),
        (pa.array([[1.5]], pa.large_list(pa.float32())), "float", [[1.5]]),
        (pa.array([[1.5, 2.5], None], pa.list_(pa.float64(), 2)), "double", [[1.5, 2.5], None]),
    ],
)
def test_every_type_is_read(
    read: Any, array: pa.Array, datatype: str, values: list[Any], store_schema: bool
) -> None:
    found = read(made({"x": array}, store_schema=store_schema))
    field = found.fields[0]
    assert found["x"] == values
    # Without its Arrow schema Parquet knows nulls as those of integers only.
    if store_schema or not pa.types.is_null(array.type):
        assert (field.xtype or field.datatype) == datatype


def test_metadata_give_units_and_the_shape_of_arrays(read: Any) -> None:
    metadata = (
        '<VOTABLE version="1.4"><RESOURCE><TABLE>'
        '<FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra" utype="a.b">'
        "<DESCRIPTION>Right ascension</DESCRIPTION></FIELD>"
        '<FIELD name="pos" datatype="double" arraysize="2" xtype="point"/>'
        '<FIELD name="t" datatype="char" arraysize="*" xtype="timestamp"/>'
        '<FIELD name="u" datatype="unicodeChar" arraysize="*"/>'
        '<FIELD name="absent" datatype="int"/></TABLE></RESOURCE></VOTABLE>'
    )
    columns = {
        "ra": pa.array([1.5]), "pos": pa.array([[1.0, 2.0]]),
        "t": pa.array([DAY], pa.timestamp("us")), "u": pa.array(["x"]), "plain": pa.array([1]),
    }  # fmt: skip
    found = read(made(columns, metadata=metadata))
    by_name = {field.name: field for field in found.fields}
    assert (by_name["ra"].unit, by_name["ra"].ucd, by_name["ra"].utype) == (
        "deg",
        "pos.eq.ra",
        "a.b",
    )
    assert by_name["ra"].description == "Right ascension"
    assert (by_name["pos"].arraysize, by_name["pos"].xtype) == ("2", "point")
    assert by_name["u"].datatype == "unicodeChar"
    assert by_name["plain"].datatype == "long"
    columns["pos"] = pa.array([[1.0, 2.0, 3.0]])
    with pytest.raises(BadParameter, match="row 1, column pos: 3 elements instead of 2"):
        read(made(columns, metadata=metadata))
    with pytest.raises(BadParameter, match="DOCTYPE"):
        read(made(columns, metadata="<!DOCTYPE VOTABLE><VOTABLE/>"))


def test_what_astropy_writes_as_voparquet_is_read(read: Any, tmp_path: Any) -> None:
    from astropy.io.votable import from_table

    table = Table({"ra": [1.5, 2.5], "name": ["a", "b"], "xyz": np.arange(6.0).reshape(2, 3)})
    table["ra"].unit = "deg"
    document = from_table(table)
    document.get_first_table().fields[0].ucd = "pos.eq.ra"
    metadata = {"ra": {"unit": "deg", "ucd": "pos.eq.ra", "description": "", "utype": ""},
                "name": {"unit": "", "ucd": "", "description": "", "utype": ""}}  # fmt: skip
    del table["xyz"]
    table.write(tmp_path / "t.parquet", format="parquet.votable", metadata=metadata)
    found = read((tmp_path / "t.parquet").read_bytes())
    assert found.columns == {"ra": [1.5, 2.5], "name": ["a", "b"]}
    assert (found.fields[0].unit, found.fields[0].ucd) == ("deg", "pos.eq.ra")


@pytest.mark.parametrize("rows", [0, 1, 120_000])
def test_any_number_of_rows_is_read(read: Any, rows: int) -> None:
    document = made({"i": pa.array(range(rows), pa.int64())}, row_group_size=70_000)
    assert read(document)["i"] == list(range(rows))


@pytest.mark.parametrize(
    "array",
    [
        pa.array([{"a": 1}]),
        pa.array([[[1]]]),
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([b"x"]),
        pa.array([["a"]]),
        pa.array([DAY.time()]),
    ],
    ids=lambda array: str(array.type),
)
def test_what_has_no_counterpart_is_refused(read: Any, array: pa.Array) -> None:
    with pytest.raises(BadParameter, match=r"column x: Parquet type .* has no counterpart"):
        read(made({"x": array}))


def test_values_that_do_not_fit_are_told(read: Any) -> None:
    with pytest.raises(BadParameter, match="column x, rows from 1: a value does not fit long"):
        read(made({"x": pa.array([2**63], pa.uint64())}))
    with pytest.raises(BadParameter, match="row 2, column x: a time outside"):
        read(made({"x": pa.array([0, 2**38], pa.timestamp("s"))}))
    with pytest.raises(BadParameter, match="a value does not fit timestamp"):
        read(made({"x": pa.array([0, 2**45], pa.timestamp("s"))}))


def test_text_that_is_not_utf8_is_refused(read: Any) -> None:
    raw = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 2], "i4")), pa.py_buffer(b"\xff\xfe")]
    )
    with pytest.raises(BadParameter, match="UTF8"):
        read(made({"x": raw}, use_dictionary=False))


def test_too_many_columns_and_rows_are_refused(read: Any) -> None:
    with pytest.raises(LimitExceeded, match="at most 1000"):
        read(made({f"c{i}": pa.array([1]) for i in range(1001)}))
    with pytest.raises(LimitExceeded, match="more than 5 rows"):
        read(made({"x": pa.array(range(6))}), max_rows=5)
    with pytest.raises(BadParameter, match="no columns"):
        read(made({}))


def test_a_file_cut_or_damaged_anywhere_is_refused_or_read(read: Any) -> None:
    whole = made({"i": pa.array(range(50)), "s": pa.array([f"text {i}" for i in range(50)])})
    for end in range(4, len(whole), 50):
        with pytest.raises(BadParameter, match="cannot be read"):
            read(whole[:end], format="parquet")
    rng = random.Random(1)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        with contextlib.suppress(SatvoError):
            read(bytes(damaged), format="parquet")
