"""Answers packed on their way."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
from satvo.service.compression import gzipped, wants_gzip


def test_packed_pieces_are_one_gzip_file_of_the_same_bytes() -> None:
    pieces = [b"a" * 100_000, b"", bytes(range(256)) * 100, b"end"]
    assert gzip.decompress(b"".join(gzipped(pieces))) == b"".join(pieces)
    assert gzip.decompress(b"".join(gzipped([]))) == b""


def test_each_piece_is_there_in_full_before_the_next_is_asked_for() -> None:
    asked: list[int] = []

    def pieces() -> Iterator[bytes]:
        for i in range(3):
            asked.append(i)
            yield b"row %d\n" % i

    reader = zlib.decompressobj(31)
    packed = gzipped(pieces())
    for i in range(3):
        assert reader.decompress(next(packed)) == b"row %d\n" % i
        assert asked == list(range(i + 1))


def test_pieces_are_closed_with_the_packer() -> None:
    closed = []

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"row\n"
        finally:
            closed.append(True)

    packed = gzipped(pieces())
    next(packed)
    packed.close()  # type: ignore[attr-defined]
    assert closed == [True]


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("deflate, gzip;q=0.5, br", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip ; q=0.001", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *;q=1", False),
        ("*;q=0, gzip", True),
        ("gzip;q=wrong", False),
        ("gzipped", False),
        (";;,,", False),
    ],
)
def test_gzip_is_wanted_by_those_who_say_so(header: str, wanted: bool) -> None:
    assert wants_gzip(header) is wanted
