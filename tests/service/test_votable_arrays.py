"""Arrays of every type in each serialization of VOTable, and its two versions."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io.votable import parse
from satvo.schemas.columns import Field
from satvo.service.formats import find_format

VOTABLES = ["votable/b2", "votable/b", "votable/td", "votable/1.5"]
STILTS = Path("/usr/bin/stilts")
needs_stilts = pytest.mark.skipif(not STILTS.exists(), reason="needs the Debian package stilts")


def column(document: bytes, name: str) -> Any:
    return parse(io.BytesIO(document), verify="exception").get_first_table().array[name]


def one(line: str) -> str:
    """A line with single blanks."""
    return " ".join(line.split())


def flat(value: Any) -> list[Any]:
    return list(np.ma.getdata(value).reshape(-1).tolist())


@pytest.mark.parametrize("form", VOTABLES)
def test_arrays_of_every_type_come_back(arrays: Any, table: Any, form: str) -> None:
    for field in arrays.fields:
        if field.name == "ints" and form != "votable/td":
            continue  # astropy reads its count otherwise; the next test has stilts read it
        wanted = [value or [] for value in arrays.rows[field.name]]
        found = column(table([field], {field.name: arrays.rows[field.name]})(form), field.name)
        if field.name == "pos":
            assert np.ma.getmaskarray(found[1]).all()
            wanted[1] = flat(found[1])
        got = [flat(value) for value in found]
        if field.datatype == "float":
            wanted = [np.float32(value).tolist() for value in wanted]
            got = [np.float32(value).tolist() for value in got]
        for one, other in zip(got, wanted, strict=True):
            assert np.array_equal(one, other, equal_nan=True), field.name


@needs_stilts
@pytest.mark.parametrize("form", ["votable/b2", "votable/b", "votable/td"])
def test_stilts_reads_several_dimensions_and_texts_in_arrays(
    table: Any, tmp_path: Path, form: str
) -> None:
    fields = (
        Field("ints", "int", "2x*"),
        Field("cube", "short", "2x3"),
        Field("some", "char", "4x*"),
        Field("two", "char", "4x2"),
        Field("wide", "unicodeChar", "4x2"),
        Field("last", "int"),
    )
    rows = {
        "ints": [[1, 2, 3, 4], []],
        "cube": [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]],
        "some": [["ab", "cdef"], []],
        "two": [["ab", "cdef"], ["x", "y"]],
        "wide": [["ab", "cdef"], ["x", "y"]],
        "last": [41, 42],
    }
    path = tmp_path / "answer.vot"
    path.write_bytes(table(fields, rows)(form))
    done = subprocess.run(
        [STILTS, "tpipe", f"in={path}", "ofmt=ascii"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    header, first, second = done.stdout.splitlines()
    assert header.split()[1:] == list(rows)
    assert '"((1, 2), (3, 4))" "((1, 2), (3, 4), (5, 6))" "(ab, cdef)" "(ab, cdef)"' in one(first)
    assert one(second).endswith('"(x, y)" "(x, y)" 42')


@pytest.mark.parametrize("form", VOTABLES)
def test_null_elements_are_told(table: Any, form: str) -> None:
    fields = (Field("i", "short", "3"), Field("d", "double", "*"))
    found = table(fields, {"i": [[1, None, 3]], "d": [[None, 2.0]]})(form)
    assert column(found, "i").mask.tolist() == [[False, True, False]]
    assert np.isnan(flat(column(found, "d")[0])[0])


@pytest.mark.parametrize("form", ["votable/b2", "votable/b", "votable/td"])
def test_array_of_another_length_than_declared_keeps_the_rows_in_step(
    table: Any, form: str
) -> None:
    fields = (Field("a", "double", "2"), Field("i", "int"))
    written = table(fields, {"a": [[1.0], [1.0, 2.0, 3.0], [4.0, 5.0]], "i": [1, 2, 3]})
    if form != "votable/td":
        assert column(written(form), "i").tolist() == [1, 2, 3]
        assert flat(column(written(form), "a")[1]) == [1.0, 2.0]


@pytest.mark.parametrize("form", ["votable/b2", "votable/b"])
def test_text_of_one_character_and_of_a_fixed_width_come_back(table: Any, form: str) -> None:
    fields = (Field("c", "char", "1"), Field("u", "unicodeChar", "3"), Field("i", "int"))
    found = table(fields, {"c": ["x", None], "u": ["Ωb", "abcd"], "i": [1, 2]})(form)
    assert column(found, "i").tolist() == [1, 2]
    assert column(found, "u").tolist() == ["Ωb", "abc"]


def test_version_is_as_asked_for_in_one_namespace(scalars: Any) -> None:
    for name, version in (
        ("votable", b"1.4"),
        ("votable/1.5", b"1.5"),
        ("application/x-votable+xml;version=1.5", b"1.5"),
        ("application/x-votable+xml; version=1.5; serialization=TABLEDATA", b"1.5"),
        ("application/x-votable+xml;serialization=tabledata;version=1.4", b"1.4"),
    ):
        head = scalars.first(1)(name)[:200]
        assert b'version="%s"' % version in head
        assert b'xmlns="http://www.ivoa.net/xml/VOTable/v1.3"' in head
        echoed = find_format(name)[1]
        assert echoed == name.replace("; ", ";") or "/x-" not in name
    assert b"<TD>" in scalars(" application/x-votable+xml;version=1.5;serialization=TABLEDATA")


@pytest.mark.parametrize(
    "wrong",
    [
        "application/x-votable+xml;version=1.6",
        "application/x-votable+xml;serialization=FITS",
        "application/x-votable+xml;version=1.5;version=1.5;version=1.5",
        "application/x-votable+xml;x=y",
        "text/csv;version=1.5",
        "application/json;version=1.5",
    ],
)
def test_parameter_that_no_format_has_is_refused(wrong: str) -> None:
    with pytest.raises(Exception, match="accepted are"):
        find_format(wrong)
