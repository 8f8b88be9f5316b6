"""JSON, read back by Python's own reader."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from satvo.schemas.columns import Field


def read(document: bytes) -> Any:
    """A document of strict JSON: its reader refuses NaN and infinities."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(document, parse_constant=refuse)


def isoformatted(rows: dict[str, list[Any]]) -> list[list[Any]]:
    columns = [
        [value.isoformat() if hasattr(value, "isoformat") else value for value in column]
        for column in rows.values()
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def test_every_type_comes_back_with_nulls_and_extremes(scalars: Any) -> None:
    found = read(scalars("json", sizes=[1, 2, 0, 1]))["data"]
    assert found[0][4] == pytest.approx(-3.4e38)
    wanted = isoformatted(scalars.rows)
    for row, expected in zip(found, wanted, strict=True):
        assert row[:4] + row[5:] == expected[:4] + expected[5:]


def test_arrays_come_back_as_arrays(arrays: Any) -> None:
    found = read(arrays("json"))["data"]
    wanted = isoformatted(arrays.rows)
    assert found[2].pop(5) == pytest.approx(wanted[2].pop(5))
    assert found == wanted


def test_metadata_tell_all_of_a_column_and_come_first(scalars: Any) -> None:
    document = read(scalars("json"))
    assert list(document) == ["metadata", "data", "status"]
    about = document["metadata"][4]
    assert about == {
        "name": "mag",
        "datatype": "float",
        "arraysize": None,
        "xtype": None,
        "unit": "mag",
        "ucd": "phot.mag;em.opt.V",
        "utype": None,
        "description": "It's 5'' & <more>",
    }


def test_status_is_last_and_says_why(scalars: Any, overflow: Any, error: Any) -> None:
    assert read(scalars("json"))["status"] == {"QUERY_STATUS": "OK", "message": None}
    for told in (overflow, error):
        document = scalars("json", told)
        assert document.index(b'"data"') < document.index(b'"status"')
        status = read(document)["status"]
        assert status == {"QUERY_STATUS": told.value, "message": told.text}


def test_answers_of_no_row_and_one_row_are_whole(scalars: Any) -> None:
    assert read(scalars.first(0)("json"))["data"] == []
    assert read(scalars.first(0)("json", sizes=[]))["data"] == []
    assert len(read(scalars.first(1)("json"))["data"]) == 1


def test_numbers_that_json_has_not_are_null(table: Any) -> None:
    fields = (Field("d", "double"), Field("f", "float"), Field("a", "double", "*"))
    values = [math.nan, math.inf, -math.inf, None, 1.5]
    rows = {"d": values, "f": values, "a": [values, [], None, [math.nan], [2.0]]}
    found = read(table(fields, rows)("json"))["data"]
    clean = [None, None, None, None, 1.5]
    assert [row[0] for row in found] == [row[1] for row in found] == clean
    assert [row[2] for row in found] == [clean, [], None, [None], [2.0]]


def test_every_character_comes_back_and_line_ends_of_javascript_are_escaped(table: Any) -> None:
    texts = [chr(c) for c in (*range(0x80), 0x85, 0xA0, 0x2028, 0x2029, 0xFFFF, 0x1F6F0)]
    texts += ['a"b\\c\\"d', "\\u0041", "</script>", "", "\\"]
    field = Field("t", "char", "*")
    document = table((field, Field("l", "char", "8x*")), {"t": texts, "l": [[t] for t in texts]})(
        "json"
    )
    assert "\u2028" not in document.decode()
    found = read(document)["data"]
    assert [row[0] for row in found] == texts
    assert [row[1] for row in found] == [[text] for text in texts]


def test_null_elements_are_null(table: Any) -> None:
    fields = (Field("i", "int", "*"), Field("b", "boolean", "*"), Field("t", "char", "4x*"))
    rows = {"i": [[1, None]], "b": [[None, True]], "t": [["a", None]]}
    assert read(table(fields, rows)("json"))["data"] == [[[1, None], [None, True], ["a", None]]]
