"""FITS, read back by astropy and stilts."""

from __future__ import annotations

import io
import math
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.service.fits_cards import card, header
from satvo.service.fits_table import FITSWriter

STILTS = Path("/usr/bin/stilts")


def opened(document: bytes, **options: Any) -> Any:
    """The table's HDU; every keyword and every size is checked."""
    assert len(document) % 2880 == 0
    hdus = fits.open(io.BytesIO(document), **options)
    hdus.verify("exception")
    assert len(hdus) == 2
    return hdus[1]


def values(column: Any) -> list[Any]:
    return [None if value is np.ma.masked else value for value in column.tolist()]


def test_every_type_comes_back_with_nulls_and_extremes(scalars: Any) -> None:
    document = scalars("fits", sizes=[1, 2, 0, 1])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Column 'flag' contains NULL")
        found = Table.read(io.BytesIO(document), format="fits")
    for name in ("small", "norad_id", "source_id", "ra"):
        assert values(found[name]) == scalars.rows[name]
    assert np.array_equal(found["mag"][2:], np.float32(scalars.rows["mag"][2:]))
    for name in ("name", "label", "wide"):
        assert found[name].tolist() == [value or "" for value in scalars.rows[name]]
    epochs = [value.isoformat() if value else "" for value in scalars.rows["epoch"]]
    assert found["epoch"].tolist() == epochs
    flags = opened(document, logical_as_bytes=True).data["flag"]
    assert flags.tolist() == [b"T", b"", b"F", b"T"]


def test_header_tells_all_of_a_column(scalars: Any) -> None:
    head = opened(scalars("fits")).header
    assert (head["TTYPE5"], head["TFORM5"], head["TUNIT5"]) == ("mag", "1E", "mag")
    assert head["TUCD5"] == "phot.mag;em.opt.V"
    assert head["TCOMM5"] == "It's 5'' & <more>"
    assert head["TCOMM6"] == ("Right " * 40).strip()
    assert head["TUTYP4"] == "a:b.c"
    assert (head["TXTYP10"], head["TFORM10"]) == ("timestamp", "26A")
    assert head["TNULL2"] == -(2**15)


def test_smallest_integer_is_a_value_where_no_null_is(table: Any) -> None:
    rows = {"i": [-(2**31), 2**31 - 1]}
    hdu = opened(table([Field("i", "int")], rows)("fits"))
    assert "TNULL1" not in hdu.header
    assert hdu.data["i"].tolist() == rows["i"]


def test_null_text_and_empty_text_differ_in_their_first_byte(table: Any) -> None:
    document = table([Field("t", "char", "*")], {"t": [None, "", "ab"]})("fits")
    assert document[-2880:][:6] == b"\0\0 \0ab"


def test_not_a_number_and_infinities_come_back(table: Any) -> None:
    found = opened(table([Field("d", "double")], {"d": [math.nan, math.inf, -math.inf]})("fits"))
    assert np.array_equal(found.data["d"], [math.nan, math.inf, -math.inf], equal_nan=True)


def test_arrays_come_back_from_rows_and_heap(arrays: Any) -> None:
    hdu = opened(arrays("fits", sizes=[2, 0, 1]))
    assert (hdu.header["TFORM1"], hdu.header["TFORM2"]) == ("2D", "1PD(6)")
    assert hdu.header["TDIM8"] == "(2,3)"
    data = hdu.data
    assert data["pos"][[0, 2]].tolist() == [[0.0, -90.0], [359.999999999999, 90.0]]
    assert np.isnan(data["pos"][1]).all()
    for name in ("shorts", "flags"):
        assert data[name].tolist() == arrays.rows[name]
    assert data["cube"].tolist()[0] == [[1, 2], [3, 4], [5, 6]]
    for name in ("region", "ints", "longs", "floats"):
        wanted = [value or [] for value in arrays.rows[name]]
        assert [value.tolist() for value in data[name]] == wanted


def test_texts_in_arrays_come_back(table: Any) -> None:
    fields = (Field("two", "char", "4x2"), Field("some", "unicodeChar", "4x*"))
    rows = {"two": [["ab", "cdef"], ["x", None]], "some": [["ab"], ["x", "cdef"]]}
    hdu = opened(table(fields, rows)("fits"))
    assert hdu.data["two"].tolist() == [["ab", "cdef"], ["x", ""]]
    assert hdu.header["TFORM2"] == "1PA(8)"


def test_null_logicals_and_integers_in_arrays_are_told(table: Any) -> None:
    fields = (Field("b", "boolean", "3"), Field("i", "short", "2"))
    rows = {"b": [[True, None, False]], "i": [[1, None]]}
    document = table(fields, rows)("fits")
    assert opened(document).header["TNULL2"] == -(2**15)
    assert document[-2880:][:7] == b"T\0F\x00\x01\x80\x00"


def test_status_is_in_the_header(scalars: Any, overflow: Any, error: Any) -> None:
    assert opened(scalars("fits")).header["QSTATUS"] == "OK"
    for told in (overflow, error):
        head = opened(scalars("fits", told)).header
        assert head["QSTATUS"] == told.value
        assert told.text in " ".join(head["COMMENT"])
        assert "QUERY: SELECT * FROM x WHERE a < '?'" in list(head["COMMENT"])


def test_tables_of_no_row_and_one_row_are_whole(scalars: Any, arrays: Any) -> None:
    for count in (0, 1):
        for table in (scalars, arrays):
            hdu = opened(table.first(count)("fits", sizes=[count] * count))
            assert hdu.header["NAXIS2"] == count == len(hdu.data)


def test_more_columns_than_fits_has_are_refused() -> None:
    fields = tuple(Field(f"c{i}", "int") for i in range(1000))
    with pytest.raises(BadParameter, match="at most 999"):
        FITSWriter().begin(fields, [])
    FITSWriter().begin(fields[:999], [])


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 66, 67, 68, 69, 133, 134, 135, 300])
@pytest.mark.parametrize("of", ["x", "'", "a'", " x"])
def test_string_of_any_length_and_quotes_is_one_value(length: int, of: str) -> None:
    text = (of * length)[:length].rstrip().lstrip()
    read = fits.Header.fromstring(header([card("TCOMM1", text)]).decode())
    assert read["TCOMM1"] == " ".join(text.split())


@pytest.mark.skipif(not STILTS.exists(), reason="needs the Debian package stilts")
def test_stilts_reads_what_was_written(scalars: Any, arrays: Any, tmp_path: Path) -> None:
    path = tmp_path / "answer.fits"
    for table, wanted in ((scalars, "ISS (ZARYA)"), (arrays, "359.999999999999")):
        path.write_bytes(table("fits"))
        done = subprocess.run(
            [STILTS, "tpipe", f"in={path}", "ofmt=csv"], capture_output=True, timeout=60, check=True
        )
        lines = done.stdout.decode("latin-1").splitlines()
        assert len(lines) == 1 + len(next(iter(table.rows.values())))
        assert wanted in done.stdout.decode("latin-1")
