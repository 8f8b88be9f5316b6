"""Answers packed on their way."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, send_file
from flask.testing import FlaskClient
from satvo.service.compression import gzipped, pack_answer, packs, wants_gzip
from satvo.service.formats import FORMATS

GZIP = {"Accept-Encoding": "gzip"}
TEXT = "satellite\n" * 500


def test_packed_pieces_are_one_gzip_file_of_the_same_bytes() -> None:
    pieces = [b"a" * 100_000, b"", bytes(range(256)) * 100, b"end"]
    assert gzip.decompress(b"".join(gzipped(pieces))) == b"".join(pieces)
    assert gzip.decompress(b"".join(gzipped([]))) == b""


def test_the_first_and_each_large_piece_is_there_before_the_next_is_asked_for() -> None:
    asked: list[int] = []

    def pieces() -> Iterator[bytes]:
        for i in range(3):
            asked.append(i)
            yield b"row %d\n" % i * 50_000

    reader = zlib.decompressobj(31)
    packed = gzipped(pieces())
    for i in range(3):
        assert reader.decompress(next(packed)) == b"row %d\n" % i * 50_000
        assert asked == list(range(i + 1))


def test_many_small_pieces_are_packed_nearly_as_well_as_one() -> None:
    row = b"25544,2022-07-15T04:05:06,51.6443,15.49\n"
    apart = sum(map(len, gzipped(row for _ in range(100_000))))
    assert apart < 1.5 * sum(map(len, gzipped([row * 100_000])))


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
        ("identity;q=0, *", True),
        ("gzip, identity;q=0", True),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("gzip;q=wrong", False),
        ("gzip;q=nan", False),
        ("gzip;q=7", False),
        ("gzipped", False),
        (";;,,", False),
    ],
)
def test_gzip_is_wanted_by_those_who_say_so(header: str, wanted: bool) -> None:
    assert wants_gzip(header) is wanted


@pytest.mark.parametrize("media_type", sorted({f.media_type for f in FORMATS}))
def test_every_format_but_parquet_is_packed(media_type: str) -> None:
    assert packs(media_type.partition(";")[0]) is ("parquet" not in media_type)


class Pieces:
    """A stream that says whether it was closed."""

    def __init__(self, *pieces: bytes) -> None:
        self.left = list(pieces)
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            yield self.left.pop(0)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def streams() -> dict[str, Pieces]:
    """What is served at /stream/ and a name."""
    return {"short": Pieces(b"id\n", b"1\n"), "long": Pieces(b"id\n", *[b"25544\n" * 300] * 4)}


@pytest.fixture
def client(streams: dict[str, Pieces], tmp_path: Path) -> FlaskClient:
    app = Flask("packing")
    app.after_request(pack_answer)
    (tmp_path / "file.txt").write_text(TEXT)
    app.add_url_rule("/text", "text", lambda: Response(TEXT, mimetype="text/plain"))
    app.add_url_rule("/tiny", "tiny", lambda: Response("tiny", mimetype="text/plain"))
    app.add_url_rule("/image", "image", lambda: Response(TEXT, mimetype="image/png"))
    app.add_url_rule("/gone", "gone", lambda: Response(TEXT, 404, mimetype="text/plain"))
    app.add_url_rule("/file", "file", lambda: send_file(tmp_path / "file.txt"))
    app.add_url_rule(
        "/stream/<name>", "stream", lambda name: Response(streams[name], mimetype="text/csv")
    )
    return app.test_client()


@pytest.mark.parametrize("path", ["/text", "/gone", "/file"])
def test_an_answer_is_packed_for_whom_asks_and_plain_for_others(
    client: FlaskClient, path: str
) -> None:
    packed, plain = client.get(path, headers=GZIP), client.get(path)
    assert gzip.decompress(packed.data) == plain.data == TEXT.encode()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in packed.headers
    assert "Content-Encoding" not in plain.headers
    assert plain.content_length == len(TEXT)
    for answer in (packed, plain):
        assert "Accept-Encoding" in answer.headers["Vary"]
    packed.close()
    plain.close()


@pytest.mark.parametrize("path", ["/tiny", "/image", "/stream/short"])
def test_tiny_answers_and_images_stay_as_they_are(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert answer.data in (b"tiny", TEXT.encode(), b"id\n1\n")


@pytest.mark.parametrize("path", ["/text", "/tiny", "/file"])
@pytest.mark.parametrize("asked", [GZIP, {}])
def test_head_has_the_headers_of_get(client: FlaskClient, path: str, asked: dict[str, str]) -> None:
    head, get = client.head(path, headers=asked), client.get(path, headers=asked)
    assert head.data == b""
    assert {k: v for k, v in head.headers if k != "Date"} == {
        k: v for k, v in get.headers if k != "Date"
    }
    head.close()
    get.close()


def test_a_file_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    with client.get("/file", headers=GZIP) as packed, client.get("/file") as plain:
        name = packed.headers["ETag"]
        assert name == plain.headers["ETag"]
        assert name.startswith('W/"')
        since = packed.headers["Last-Modified"]
    for asked in ({"If-None-Match": name}, {"If-Modified-Since": since}):
        with client.get("/file", headers={**GZIP, **asked}) as again:
            assert (again.status_code, again.data) == (304, b"")
            assert "Content-Encoding" not in again.headers
            assert again.headers["ETag"] == name
            assert "Accept-Encoding" in again.headers["Vary"]


def test_a_part_of_a_file_is_a_part_of_the_plain_file(client: FlaskClient) -> None:
    with client.get("/file", headers={**GZIP, "Range": "bytes=10-14"}) as part:
        assert (part.status_code, part.data) == (206, b"satel")
        assert "Content-Encoding" not in part.headers
    with client.get("/file", headers=GZIP) as packed:
        assert "Accept-Ranges" not in packed.headers


def test_a_stream_is_closed_however_far_it_came(
    client: FlaskClient, streams: dict[str, Pieces]
) -> None:
    answer = client.get("/stream/long", headers=GZIP, buffered=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(streams["long"].left) >= 3, "more was taken than the headers need"
    answer.close()
    assert streams["long"].is_closed
    client.get("/stream/short", headers=GZIP).close()
    assert streams["short"].is_closed
