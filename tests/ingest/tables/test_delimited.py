"""CSV and TSV: what a column holds is found from all of its cells."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from astropy.table import Table
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, LimitExceeded, SatvoError
from satvo.service.delimited import DelimitedWriter


@pytest.mark.parametrize(
    ("cells", "datatype", "values"),
    [
        (["1", "-2", "", " +3 "], "int", [1, -2, None, 3]),
        (["007", "0"], "int", [7, 0]),
        (["2147483648", "1"], "long", [2147483648, 1]),
        (["-9223372036854775808"], "long", [-(2**63)]),
        (["9223372036854775808"], "char", ["9223372036854775808"]),
        (["9223372036854775808", "1.5"], "char", ["9223372036854775808", "1.5"]),
        (["1", "2.5", "", "1e5", "NaN"], "double", [1.0, 2.5, None, 1e5, "nan"]),
        (["1", "inf", "-Infinity"], "double", [1.0, float("inf"), float("-inf")]),
        (["1e999"], "char", ["1e999"]),
        (["0x1F"], "char", ["0x1F"]),
        (["1_000"], "char", ["1_000"]),
        (["true", "FALSE", ""], "boolean", [True, False, None]),
        (["T", "F"], "char", ["T", "F"]),
        (["2021-01-01", "2021-01-01T12:00:00Z", "2021-01-01 12:00:00.5", ""], "timestamp",
         [datetime(2021, 1, 1), datetime(2021, 1, 1, 12), datetime(2021, 1, 1, 12, 0, 0, 500_000),
          None]),
        (["2021-13-01"], "char", ["2021-13-01"]),
        (["2021-01-01", "5"], "char", ["2021-01-01", "5"]),
        (["", "", ""], "char", [None, None, None]),
        (['""', "", "x"], "char", ["", None, "x"]),
        (['"a,b"', '"c""d"', '"e\nf"', "Ω😀"], "char", ["a,b", 'c"d', "e\nf", "Ω😀"]),
        (['"1"', "2"], "int", [1, 2]),
    ],
)  # fmt: skip
def test_the_kind_of_a_column_is_found(
    read: Any, cells: list[str], datatype: str, values: list[Any]
) -> None:
    found = read(("c,other\n" + "".join(f"{cell},x\r\n" for cell in cells)).encode())
    field = found.fields[0]
    assert (field.xtype or field.datatype) == datatype
    shown = ["nan" if value != value else value for value in found["c"]]
    assert shown == values


def test_a_late_cell_changes_the_kind_of_the_whole_column(read: Any) -> None:
    rows = 120_000
    lines = "a,b\n" + "".join(f"{i},{i}\n" for i in range(rows))
    found = read((lines + "1.5,x\n").encode())
    assert found["a"][:2] == [0.0, 1.0]
    assert found["a"][-1] == 1.5
    assert found["b"][-2:] == [str(rows - 1), "x"]
    assert len(found["a"]) == rows + 1


def test_names_may_be_quoted_reserved_empty_and_repeated(read: Any) -> None:
    found = read(b'\xef\xbb\xbf"a ""b"", c",select,,select\n1,2,3,4\n')
    assert [field.name for field in found.fields] == ['a "b", c', "select", "col3", "select_2"]


def test_a_column_alone_keeps_its_empty_cells(read: Any) -> None:
    assert read(b"a\n1\n\n3\n")["a"] == [1, None, 3]


def test_blank_lines_between_rows_of_many_cells_do_not_count(read: Any) -> None:
    assert read(b"a,b\n1,2\n\n3,4\n\n").columns == {"a": [1, 3], "b": [2, 4]}


def test_a_header_alone_is_an_empty_table(read: Any) -> None:
    found = read(b"a,b\n")
    assert found.columns == {"a": [], "b": []}
    assert {field.datatype for field in found.fields} == {"char"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_known_and_the_last_may_lack(read: Any, end: str) -> None:
    assert read(f"a,b{end}1,2{end}3,4".encode()).columns == {"a": [1, 3], "b": [2, 4]}


def test_what_our_writers_write_is_read_back(read: Any) -> None:
    fields = (Field("i", "int"), Field("x", "double"), Field("s", "char", "*"),
              Field("t", "char", "*", "timestamp"))  # fmt: skip
    batch = pa.RecordBatch.from_arrays(
        [pa.array([1, None]), pa.array([1.5, None]), pa.array(['a,"b"', None]),
         pa.array([datetime(2021, 1, 1, 0, 0, 0, 5), None], pa.timestamp("us"))],
        ["i", "x", "s", "t"],
    )  # fmt: skip
    for delimiter in ",\t":
        writer = DelimitedWriter(delimiter)
        found = read(writer.begin(fields, []) + writer.rows(batch) + writer.end())
        assert found["i"] == [1, None]
        assert found["x"] == [1.5, None]
        assert found["t"] == [datetime(2021, 1, 1, 0, 0, 0, 5), None]
        assert found["s"][1] is None
        assert found.fields == fields
    assert found["s"][0] == "a, b "  # TSV has no quotes; our writer puts blanks


def test_what_astropy_and_python_write_is_read(read: Any) -> None:
    table = Table({"i": [1, 2], "x": [0.1, 1e300], "s": ["a b", 'c,"d"']})
    out = io.StringIO()
    table.write(out, format="ascii.csv")
    assert read(out.getvalue().encode()).columns == {
        "i": [1, 2], "x": [0.1, 1e300], "s": ["a b", 'c,"d"']
    }  # fmt: skip
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["i", "s"], [1, "\r\n"], [2, ""]])
    assert read(out.getvalue().encode()).columns == {"i": [1, 2], "s": ["\r\n", ""]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"a,b\n1,2\n3\n", "Expected 2 columns, got 1"),
        (b"a,b\n1,2,3\n", "Expected 2 columns, got 3"),
        (b"a,b\n1,\xff\n", "not UTF-8"),
        (b'a,b\n1,"x\n' + b"1,2\n" * 3_000_000, "longer than|Expected"),
        (b"a,b\n" + b"x" * 20_000_000 + b",1\n", "longer than"),
    ],
)
def test_a_bad_file_is_refused(read: Any, text: bytes, reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        read(text, format="csv")


@pytest.mark.parametrize(
    "text", [b"\n", b"\r\n\r\n", b'"', b"a\0b,c\n1\0,2\n", b",", b"\xef\xbb\xbf"]
)
def test_odd_files_are_read_or_refused_with_a_reason(read: Any, text: bytes) -> None:
    with contextlib.suppress(SatvoError):
        read(text, format="csv")


def test_too_many_columns_and_rows_are_refused(read: Any) -> None:
    wide = b",".join(b"c%d" % i for i in range(1001)) + b"\n"
    with pytest.raises(LimitExceeded, match="1001 columns or more; at most 1000"):
        read(wide)
    with pytest.raises(LimitExceeded, match="more than 2 rows"):
        read(b"a,b\n" + b"1,2\n" * 3, max_rows=2)
    assert len(read(b"a,b\n" + b"1,2\n" * 2, max_rows=2)["a"]) == 2
