"""ECSV: types, units and arrays from its header, and nothing else of what a header may say."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.table import MaskedColumn, Table
from astropy.time import Time
from satvo.schemas.errors import BadParameter, LimitExceeded, SatvoError


def ecsv(columns: list[str], rows: str, *, more: str = "") -> bytes:
    """An ECSV file; each column as ``name: a, datatype: int32``."""
    names = " ".join(column.split(",")[0].partition(": ")[2] for column in columns)
    header = "".join(f"# - {{{column}}}\n" for column in columns)
    return f"# %ECSV 1.0\n# ---\n{more}# datatype:\n{header}{names}\n{rows}".encode()


@pytest.mark.parametrize("delimiter", [" ", ","])
def test_what_astropy_writes_is_read(read: Any, delimiter: str) -> None:
    table = Table()
    table["i"] = MaskedColumn(np.array([1, 2, 3], dtype="i2"), mask=[False, True, False])
    table["u"] = np.array([0, 255, 7], dtype="u1")
    table["k"] = np.array([-(2**63), 2**63 - 1, 0])
    table["x"] = MaskedColumn([1.5, 2.5, np.inf], mask=[False, True, False], unit="km / s")
    table["f"] = np.array([0.1, 1e-45, 3e38], dtype="f4")
    table["b"] = MaskedColumn([True, False, True], mask=[False, False, True])
    table["s"] = MaskedColumn(["a b", 'c"d,', "Ω😀"], mask=[False, True, False])
    table["m"] = np.arange(18, dtype="f8").reshape(3, 2, 3)
    table["select"] = [1, 2, 3]
    table["x"].description = "a speed: of #3"
    table.meta["comment"] = {"a": [1, 2, {"b": None}]}
    out = io.StringIO()
    table.write(out, format="ascii.ecsv", delimiter=delimiter)
    found = read(out.getvalue().encode())
    by_name = {field.name: field for field in found.fields}
    assert found["i"] == [1, None, 3]
    assert found["u"] == [0, 255, 7]
    assert found["k"] == [-(2**63), 2**63 - 1, 0]
    assert found["x"] == [1.5, None, float("inf")]
    assert found["f"] == table["f"].tolist()
    assert found["b"] == [True, False, None]
    assert found["s"] == ["a b", None, "Ω😀"]
    assert found["m"] == np.arange(18.0).reshape(3, 6).tolist()
    assert by_name["m"].arraysize == "3x2"
    assert [by_name[n].datatype for n in "iukxfbsm"] == [
        "short", "short", "long", "double", "float", "boolean", "char", "double",
    ]  # fmt: skip
    assert by_name["x"].unit == "km / s"
    assert by_name["x"].description == "a speed: of #3"


def test_columns_with_serialized_classes_are_plain_columns(read: Any) -> None:
    table = Table({"t": Time(["2021-01-01T00:00:00"]), "q": [1.5] * units.m})
    out = io.StringIO()
    table.write(out, format="ascii.ecsv")
    assert "!astropy" in out.getvalue() or "__serialized_columns__" in out.getvalue()
    found = read(out.getvalue().encode())
    assert found["q"] == [1.5]


def test_arrays_of_varying_length_are_lists(read: Any) -> None:
    column = "name: a, datatype: string, subtype: 'int64[null]'"
    found = read(ecsv([column], '"[1,2,null]"\n"[]"\n""\n[9223372036854775807]\n'))
    assert found["a"] == [[1, 2, None], [], None, [2**63 - 1]]
    assert found.fields[0].arraysize == "*"


def test_more_than_one_blank_may_stand_between_cells(read: Any) -> None:
    found = read(
        ecsv(["name: a, datatype: int32", "name: b, datatype: float64"], " 1   2.5\n\n3 4\n")
    )
    assert found.columns == {"a": [1, 3], "b": [2.5, 4.0]}


def test_tags_are_not_made_into_objects(read: Any, tmp_path: Any) -> None:
    witness = tmp_path / "witness"
    more = (
        f"# meta: !!python/object/apply:os.system ['touch {witness}']\n"
        "# other: !astropy.units.Unit {unit: deg}\n"
    )
    assert read(ecsv(INT, "1\n", more=more))["a"] == [1]
    assert not witness.exists()


LAUGHS = "# a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"# {chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
)


INT = ["name: a, datatype: int32"]
BRACKETS = f"# m: {'[' * 500}{']' * 500}\n"
MANY = f"# m: {'[' * 100_000}\n"
HEAD = b"# %ECSV 1.0\n# ---\n"
PAIR = ["name: a, datatype: string, subtype: 'int8[2]'"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (ecsv(INT, "1\n", more=LAUGHS), "alias"),
        (ecsv(INT, "1\n", more=BRACKETS), "nested"),
        (ecsv(INT, "1\n", more=MANY), "nested|no YAML"),
        (ecsv(INT, "1\n", more="# m: {\n"), "no YAML"),
        (ecsv(INT, "1\n", more="# m: \x01\n"), "no YAML"),
        (ecsv(["name: a, datatype: object"], "1\n"), "datatype 'object' is not accepted"),
        (ecsv(["name: a, datatype: complex128"], "1\n"), "is not accepted"),
        (ecsv(["name: a, datatype: string, subtype: json"], "{}\n"), "objects are not read"),
        (ecsv(["name: a, datatype: string, subtype: 'float64[2,null]'"], "[]\n"), "subtype"),
        (ecsv(["name: a, datatype: string, subtype: 'float64[0]'"], "[]\n"), "arraysize"),
        (ecsv(PAIR, '"[1]"\n'), "1 elements instead"),
        (ecsv(PAIR, '"[1, x]"\n'), "row 1, column a: no"),
        (ecsv(["name: a, datatype: string, subtype: 'int8[1]'"], '{"":1}\n'), "row 1, column a"),
        (ecsv(["name: a, datatype: string, subtype: 'int8[1]'"], '"[1]"\n"[1.5]"\n'),
         "row 2, column a: '1.5' is no short"),
        (ecsv(["name: a, datatype: string, subtype: 'int8[1]'"], "[" * 100_000 + "\n"), "no JSON"),
        (ecsv(INT, "1\n2.5\n"), "row 2, column a: '2.5' is no int"),
        (ecsv(["name: a, datatype: uint8"], "256\n"), "is no unsignedByte"),
        (ecsv(["name: a, datatype: uint64"], "18446744073709551615\n"), "is no long"),
        (ecsv(INT, "1\n1 2\n"), "row 2 has 2 cells"),
        (ecsv(INT, '"1\n'), "row is not CSV|is no int"),
        (ecsv(["name: a, datatype: string"], "\xff\n").replace(b"\xc3\xbf", b"\xff"), "not UTF-8"),
        (ecsv(INT, "1\n", more="# delimiter: ';'\n"), "delimiter"),
        (b"# %ECSV 1.0\n# ---\n# x: 1\na\n1\n", "no list datatype"),
        (HEAD + b"# datatype: []\na\n1\n", "no list datatype"),
        (HEAD + b"# datatype: [x, [y], {z: 1}]\na\n1\n", "datatype '' is not accepted"),
        (b"# %ECSV 1.0\n# ---\n# - 1\n", "no YAML mapping"),
        (b"# %ECSV 1.0\n", "no YAML mapping"),
        (b"# %ECSV 2.0\n# ---\n", "first line"),
        (HEAD + b"# datatype:\n# - {name: a, datatype: int32}\nb\n1\n", "row of names"),
        (HEAD + b"# datatype:\n# - {name: a, datatype: int32}\n", "row of names"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused(read: Any, document: bytes, reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        read(document, format="ecsv")


@pytest.mark.parametrize(
    "document",
    [
        b"# %ECSV 1.0\n" + b"# - x\n" * 300_000,
        b"# %ECSV 1.0\n#" + b"x" * 3_000_000,
        ecsv(["name: a, datatype: string"], "x" * 3_000_000 + "\n"),
        ecsv([f"name: a{i}, datatype: int32" for i in range(1001)], ""),
    ],
)
def test_a_header_line_or_row_that_is_too_long_is_refused(read: Any, document: bytes) -> None:
    with pytest.raises(LimitExceeded):
        read(document)


def test_a_file_cut_anywhere_is_refused_or_shorter(read: Any) -> None:
    whole = ecsv(["name: a, datatype: int32", "name: b, datatype: string"], '12 "x"\n34 "y"\n')
    for end in range(len(whole)):
        with contextlib.suppress(SatvoError):
            assert len(read(whole[:end], format="ecsv")["a"]) <= 2
