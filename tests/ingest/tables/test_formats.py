"""How an upload is opened: by its content, within limits, with its name in every complaint."""

from __future__ import annotations

import gzip
import io
import time
import zlib
from typing import Any

import pyarrow as pa
import pytest
from satvo.ingest.tables.columns import ELEMENT_TYPES, Column, uniquely_named
from satvo.ingest.tables.formats import FORMATS, read_table, recognise
from satvo.ingest.tables.source import Source, unpacked_head
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, LimitExceeded, SatvoError, UnknownFormat
from satvo.schemas.store.interface import ARROW_TYPES

CSV = b"a,b\n1,2\n3,4\n"


def test_the_types_are_those_of_the_store() -> None:
    assert {k: v for k, v in ELEMENT_TYPES.items() if k != "unicodeChar"} == {
        k: v for k, v in ARROW_TYPES.items() if k != "timestamp"
    }
    assert ARROW_TYPES["timestamp"] == pa.timestamp("us")
    assert set(Column.__slots__) <= set(Field.__slots__)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<VOTABLE>", "votable"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?><!-- c --><vot:VOTABLE >", "votable"),
        ("\ufeff<VOTABLE>".encode("utf-16-le"), "votable"),
        ("<VOTABLE>".encode("utf-16-be"), "votable"),
        (b"<!DOCTYPE VOTABLE []><VOTABLE>", "votable"),
        (b"<html><body>VOTABLE</body></html>", None),
        (b"SIMPLE  =                    T", "fits"),
        (b"PAR1\x15\x04", "parquet"),
        (b"# %ECSV 1.0\n", "ecsv"),
        (b"a,b\n", "csv"),
        (b"a,b", "csv"),
        (b"a\tb,c\n", "csv"),
        (b"a\tb\n", "tsv"),
        (b"norad_id\n5\n", "csv"),
        (b'\xef\xbb\xbf"norad_id"\r\n5\n', "csv"),
        ("a,é".encode()[:-1], "csv"),
        (b"a,\xe9 and more text", None),
        (b'{"a": 1, "b": 2}', None),
        (b"[1, 2]", None),
        (b"hello", None),
        (b"1 2 3\n", None),
        (b"a,b\0", None),
        (b"\x89PNG\r\n", None),
        (b"", None),
        (b"\n\n", None),
        (gzip.compress(b"a,b\n", mtime=0), "csv"),
        (gzip.compress(b"a,b\n" * 100_000, mtime=0)[:200], "csv"),
        (b"\x1f\x8bgarbage", None),
    ],
)
def test_a_format_is_recognised_by_its_content(head: bytes, name: str | None) -> None:
    assert recognise(head) == name


def test_the_head_of_a_bomb_is_unpacked_to_64_kilobytes() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(unpacked_head(bomb)) == 65_536


@pytest.mark.parametrize(("format", "reason"), [("xlsx", "'xlsx' is not known"), (None, "begins")])
def test_an_unknown_format_is_refused_with_those_that_are_known(
    read: Any, format: str | None, reason: str
) -> None:
    with pytest.raises(UnknownFormat, match=reason) as caught:
        read(b"PK\x03\x04", format=format, name="mine")
    assert str(caught.value).startswith("mine: ")
    assert all(name in str(caught.value) for name in FORMATS)


@pytest.mark.parametrize("format", [None, *FORMATS])
def test_an_empty_upload_is_refused(read: Any, format: str | None) -> None:
    with pytest.raises(UnknownFormat, match="the upload is empty"):
        read(b"", format=format)


def test_gzip_is_undone_and_members_may_follow(read: Any) -> None:
    packed = gzip.compress(CSV[:6]) + gzip.compress(CSV[6:]) + b"\0" * 512
    assert read(packed)["b"] == [2, 4]


@pytest.mark.parametrize("spoil", ["cut", "damaged", "more"])
def test_a_damaged_gzip_is_refused(read: Any, spoil: str) -> None:
    text = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(50_000))
    packed = bytearray(gzip.compress(text))
    if spoil == "cut":
        del packed[-20:]
    elif spoil == "damaged":
        packed[len(packed) // 2 : len(packed) // 2 + 9] = b"xxxxxxxxx"
    else:
        packed += b"more"
    with pytest.raises(BadParameter, match="the gzip file is"):
        read(bytes(packed))


@pytest.mark.alone
@pytest.mark.parametrize("format", FORMATS)
def test_a_gzip_bomb_is_refused_soon(read: Any, format: str) -> None:
    filler = {"votable": b"<VOTABLE>", "fits": b"SIMPLE  =                    T"}.get(
        format, b"a\n"
    )
    packer = zlib.compressobj(wbits=31)
    bomb = packer.compress(filler) + packer.compress(b" " * 60_000_000) + packer.flush()
    assert len(bomb) < 1_000_000
    begun = time.process_time()
    with pytest.raises(LimitExceeded, match="unpacked, more than 20000000 bytes"):
        read(bomb, format=format, max_bytes=20_000_000)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("format", ["votable", "csv"])
def test_the_limit_of_bytes_is_included(read: Any, votable: Any, format: str) -> None:
    data = CSV if format == "csv" else votable('<FIELD name="a" datatype="int"/>', [["1"]])
    assert read(data, max_bytes=len(data))["a"][0] == 1
    with pytest.raises(LimitExceeded, match="bytes"):
        read(data, max_bytes=len(data) - 1)


class Trickle(io.RawIOBase):
    """A stream that cannot be sought in and gives a byte at a time."""

    def __init__(self, data: bytes) -> None:
        self.inner = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.inner.read(1)


@pytest.mark.parametrize("packed", [False, True])
def test_a_stream_that_trickles_is_read(packed: bool) -> None:
    data = gzip.compress(CSV) if packed else CSV
    table = read_table(Trickle(data), name="t", max_rows=9)  # type: ignore[arg-type]
    assert [batch.to_pydict() for batch in table] == [{"a": [1, 3], "b": [2, 4]}]
    assert table.rows == 2


def test_a_stream_is_read_from_where_it_stands_and_stays_open() -> None:
    stream = io.BytesIO(b"skip" + CSV)
    stream.seek(4)
    table = read_table(stream, name="t", max_rows=9)
    assert sum(batch.num_rows for batch in table) == 2
    assert not stream.closed
    source = Source(io.BytesIO(CSV), max_bytes=100)
    assert source.head() == CSV
    assert source.read() == CSV
    assert source.read() == b""


def test_a_table_in_memory_of_the_parent_is_told_apart_from_its_file(read: Any) -> None:
    stream = io.BytesIO(CSV)
    table = read_table(stream, name="t", max_rows=9)
    assert list(table)
    assert not stream.closed


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["a", "a", "a"], ["a", "a_2", "a_3"]),
        (["a", "A_2", "A"], ["a", "A_2", "A_3"]),
        (["", "", "col1"], ["col2", "col3", "col1"]),
        (["col2", ""], ["col2", "col3"]),
        (["ß", "SS", "ss"], ["ß", "SS_2", "ss_3"]),
        ([" x ", "x"], ["x", "x_2"]),
    ],
)
def test_names_are_made_unique(names: list[str], unique: list[str]) -> None:
    assert uniquely_named(names) == unique


def test_no_name_is_an_error_of_another_kind(read: Any) -> None:
    with pytest.raises(SatvoError, match="longer than 1000"):
        read(b"x" * 2000 + b",b\n1,2\n")
