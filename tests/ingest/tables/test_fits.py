"""FITS binary tables, with astropy as the other implementation."""

from __future__ import annotations

import io
import math
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from satvo.schemas.errors import BadParameter, LimitExceeded, SatvoError


def made(*columns: fits.Column, before: tuple[Any, ...] = ()) -> bytes:
    """A FITS file with one table, behind a primary HDU and others."""
    table = fits.BinTableHDU.from_columns(list(columns), name="T")
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *before, table]).writeto(out)
    return out.getvalue()


def patched(document: bytes, key: str, value: str) -> bytes:
    """The file with a keyword of its table given another value."""
    at = document.index(b"XTENSION")
    place = document.index(f"{key:<8}= ".encode(), at)
    return document[:place] + f"{key:<8}= {value:>20}".encode().ljust(80) + document[place + 80 :]


def test_what_astropy_writes_is_read(read: Any) -> None:
    table = Table()
    table["u1"] = np.array([0, 255, 7], dtype="u1")
    table["i2"] = MaskedColumn(np.array([1, 2, 3], dtype="i2"), mask=[False, True, False])
    table["u2"] = np.array([0, 65535, 7], dtype="u2")
    table["i4"] = np.array([-(2**31), 2**31 - 1, 0], dtype="i4")
    table["u4"] = np.array([0, 2**32 - 1, 7], dtype="u4")
    table["i8"] = np.array([-(2**63), 2**63 - 1, 0], dtype="i8")
    table["u8"] = np.array([0, 2**63 - 1, 7], dtype="u8")
    table["f4"] = np.array([1.5, np.nan, 1e-45], dtype="f4")
    table["f8"] = MaskedColumn([1.5, 2.5, np.inf], mask=[False, True, False], unit="deg")
    table["text"] = np.array(["a", "", "b c"])
    table["flag"] = np.array([True, False, True])
    table["xyz"] = np.arange(9.0).reshape(3, 3)
    table["grid"] = np.arange(18, dtype="i4").reshape(3, 2, 3)
    table["f8"].description = "a number"
    out = io.BytesIO()
    table.write(out, format="fits")
    found = read(out.getvalue())
    by_name = {field.name: field for field in found.fields}
    assert found["u1"] == [0, 255, 7]
    assert found["i2"] == [1, None, 3]
    assert found["u2"] == [0, 65535, 7]
    assert found["i4"] == [-(2**31), 2**31 - 1, 0]
    assert found["u4"] == [0, 2**32 - 1, 7]
    assert found["i8"] == [-(2**63), 2**63 - 1, 0]
    assert found["u8"] == [0, 2**63 - 1, 7]
    assert found["f4"] == [1.5, None, np.float32(1e-45).item()]
    assert found["f8"] == [1.5, None, math.inf]
    assert found["text"] == ["a", None, "b c"]
    assert found["flag"] == [True, False, True]
    assert found["xyz"] == np.arange(9.0).reshape(3, 3).tolist()
    assert found["grid"] == np.arange(18).reshape(3, 6).tolist()
    assert by_name["grid"].arraysize == "3x2"
    assert by_name["f8"].unit == "deg"
    assert [by_name[n].datatype for n in ("u1", "u2", "u4", "u8")] == [
        "short", "int", "long", "long",
    ]  # fmt: skip


def test_cells_of_varying_length_are_read(read: Any) -> None:
    document = made(
        fits.Column("v", "PE()", array=np.array([[1.5], [], [2.5, 3.5]], dtype=object)),
        fits.Column("q", "QJ()", array=np.array([[1, 2], [3], []], dtype=object)),
        fits.Column("s", "PA()", array=np.array(["ab", "", "xyz"], dtype=object)),
        fits.Column("i", "J", array=[1, 2, 3]),
    )
    found = read(document)
    assert found["v"] == [[1.5], None, [2.5, 3.5]]
    assert found["q"] == [[1, 2], [3], None]
    assert found["s"] == ["ab", None, "xyz"]
    assert found["i"] == [1, 2, 3]
    assert [field.arraysize for field in found.fields] == ["*", "*", "*", ""]


def with_words(document: bytes, *words: str) -> bytes:
    """The file with more cards in the header of its table, where there is room for them."""
    end = document.index(b"END" + b" " * 77, document.index(b"XTENSION"))
    cards = b"".join(word.encode().ljust(80) for word in words) + b"END".ljust(80)
    return document[:end] + cards + document[end + len(cards) :]


def test_scaled_numbers_are_read(read: Any) -> None:
    document = made(
        fits.Column("x", "I", null=-1, array=np.array([2, 5, -1], dtype="i2")),
        fits.Column("e", "E", array=np.array([5.5, 6.5, np.nan])),
        fits.Column("v", "2I", array=np.array([[2, 5], [6, -1], [0, 0]], dtype="i2")),
        fits.Column("b", "B", array=np.array([0, 255, 128], dtype="u1")),
    )
    words = ("TSCAL1  = 5.0D-1", "TZERO1  = 10", "TSCAL2  = 2.", "TSCAL3  = 0.5", "TZERO4  = -128")
    found = read(with_words(document, *words))
    assert found["x"] == [11.0, 12.5, None]
    assert found["e"] == [11.0, 13.0, None]
    assert found["v"] == [[1.0, 2.5], [3.0, -0.5], [0.0, 0.0]]
    assert found["b"] == [-128, 127, 0]
    assert [field.datatype for field in found.fields] == ["double", "double", "double", "short"]


def test_bits_logical_nulls_texts_and_the_words_of_stil_are_read(read: Any) -> None:
    document = made(
        fits.Column("bits", "10X", array=np.array([[True] * 10, [False] * 9 + [True]])),
        fits.Column("many", "12A", dim="(4,3)", array=np.array([["ab", "c", ""], ["d", "", "e"]])),
        fits.Column("t", "20A", array=["2021-01-01T00:00:00Z", ""]),
        fits.Column("flag", "L", array=[True, False]),
    )
    words = ("TUCD1   = 'meta.code'", "TXTYP3  = 'timestamp'", "TCOMM1  = 'it''s a long text&'",
             "CONTINUE  ' and more' / comment")  # fmt: skip
    document = with_words(document, *words)
    flag = document.rindex(b"F")
    found = read(document[:flag] + b"\0" + document[flag + 1 :])
    assert found["bits"] == [[True] * 10, [False] * 9 + [True]]
    assert found["many"] == [["ab", "c", ""], ["d", "", "e"]]
    assert found["t"] == [datetime(2021, 1, 1), None]
    assert found["flag"] == [True, None]
    assert found.fields[0].ucd == "meta.code"
    assert found.fields[0].description == "it's a long text and more"


def test_the_first_table_behind_images_is_read(read: Any) -> None:
    image = fits.ImageHDU(np.zeros((7, 11), dtype="f4"))
    text = fits.TableHDU.from_columns([fits.Column("a", "I4", array=[9])])
    document = made(fits.Column("i", "J", array=[1, 2]), before=(image, text))
    assert read(document).columns == {"i": [1, 2]}


@pytest.mark.parametrize("rows", [0, 1, 120_000])
def test_any_number_of_rows_is_read(read: Any, rows: int) -> None:
    document = made(
        fits.Column("i", "J", array=np.arange(rows)), fits.Column("s", "3A", array=["ab"] * rows)
    )
    found = read(document)
    assert found["i"] == list(range(rows))
    assert found["s"] == ["ab"] * rows


def test_an_unsigned_number_beyond_long_is_told(read: Any) -> None:
    document = made(fits.Column("u", "K", bzero=2**63, array=np.array([1, 2**63], dtype="u8")))
    with pytest.raises(BadParameter, match="row 2, column u: 9223372036854775808 is beyond long"):
        read(document)


TWO = made(
    fits.Column("i", "J", null=-9, array=np.array([1, 2])),
    fits.Column("v", "PE()", array=np.array([[1.5], [2.5]], dtype=object)),
)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (patched(TWO, "NAXIS2", "1000000000000"), "breaks off before the last"),
        (patched(TWO, "NAXIS2", "-1"), "impossible|NAXIS1"),
        (patched(TWO, "NAXIS1", "5"), "NAXIS1 is not the width"),
        (patched(TWO, "NAXIS1", "x"), "is no integer"),
        (patched(TWO, "TFIELDS", "0"), "no columns"),
        (patched(TWO, "TFIELDS", "3"), "TFORM3"),
        (patched(TWO, "TFIELDS", "1001"), "at most 1000"),
        (patched(TWO, "TFORM1", "'C       '"), "complex"),
        (patched(TWO, "TFORM1", "'0J      '"), "holds nothing"),
        (patched(TWO, "TFORM1", "'999999999D'"), "NAXIS1"),
        (patched(TWO, "TFORM1", "'Z       '"), "is not known"),
        (patched(TWO, "TNULL1", "'x       '"), "is no integer"),
        (patched(TWO, "PCOUNT", "0"), "row 1, column v: its array is not inside"),
        (TWO[: TWO.index(b"XTENSION") + 100], "inside a header"),
        (TWO[:2880], "no binary table"),
        (TWO[:100], "inside a header"),
        (TWO[:-2880], "breaks off"),
        (TWO[:2880] + b"\0" * 5760, "inside a header|no binary table"),
        (b"SIMPLE  =                    F".ljust(80) + b"END".ljust(2800), "SIMPLE = T"),
        (b"SIMPLE  =                    T".ljust(2880) * 2001, "longer than"),
    ],
)
def test_a_bad_file_is_refused(read: Any, document: bytes, reason: str) -> None:
    with pytest.raises(SatvoError, match=reason):
        read(document, format="fits")


def test_arrays_that_share_bytes_or_lie_outside_are_refused(read: Any) -> None:
    many = 1000
    document = made(fits.Column("v", "PE()", array=np.array([np.arange(9.0)] * many, dtype=object)))
    data = document.index(b"END" + b" " * 77, document.index(b"XTENSION")) // 2880 * 2880 + 2880
    shared = document[:data] + np.array([[9 * many, 0]] * many, ">i4").tobytes()
    with pytest.raises(BadParameter, match="share bytes"):
        read(shared + document[len(shared) :])
    for pair in ([-1, 0], [1, -1], [2**31 - 1, 0], [1, 2**31 - 1]):
        broken = document[:data] + np.array(pair, ">i4").tobytes()
        with pytest.raises(BadParameter, match="row 1, column v: its array is not inside"):
            read(broken + document[len(broken) :])


def test_a_row_that_is_too_wide_is_refused(read: Any) -> None:
    wide = patched(made(fits.Column("i", "J", array=[1])), "TFORM1", "'9999999D'")
    with pytest.raises(LimitExceeded, match="at most"):
        read(patched(wide, "NAXIS1", str(9999999 * 8)))


def test_a_file_cut_anywhere_is_refused(read: Any) -> None:
    whole = len(TWO) - 2880 + 16 + 8  # the last block is padded
    for end in range(0, whole, 250):
        with pytest.raises(SatvoError):
            read(TWO[:end], format="fits")
