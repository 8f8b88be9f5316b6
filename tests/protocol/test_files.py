"""Files of the archive over HTTP: whole, in ranges, with checksums, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from made_up_images import tan_image

Images = tuple[Any, dict[str, str]]
CONTENT = tan_image(angle=20.0, seed=50)


def path_of(images: Images, name: str) -> str:
    server, dids = images
    did = dids[name]
    url = server.sync(
        f"SELECT access_url FROM ivoa.obscore WHERE obs_publisher_did = '{did}'", FORMAT="csv"
    ).text.split()[1]
    assert url.startswith(server.url)
    return str(url.removeprefix(server.url))


def test_a_file_comes_as_it_was_with_its_checksum_and_its_name(images: Images) -> None:
    server, _ = images
    reply = server.get(path_of(images, "frame"), **{"Accept-Encoding": "gzip"})
    assert (reply.status, reply.body) == (200, CONTENT)
    digest = hashlib.sha256(CONTENT)
    assert reply.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert reply.headers["Repr-Digest"] == (
        f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    )
    assert reply.headers["Content-Length"] == str(len(CONTENT))
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert "Content-Encoding" not in reply.headers
    assert quote("night 1 Ü.fits") in reply.headers["Content-Disposition"]
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Repr-Digest" in reply.headers["Access-Control-Expose-Headers"]


def test_head_tells_the_same_without_the_bytes(images: Images) -> None:
    server, _ = images
    path = path_of(images, "frame")
    whole, head = server.get(path), server.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "ETag", "Last-Modified", "Repr-Digest", "Content-Type"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-9", 0, 9), ("100-", 100, None), ("-50", -50, None)]
)
def test_a_range_is_a_part_of_the_file(
    images: Images, asked: str, first: int, last: int | None
) -> None:
    server, _ = images
    reply = server.get(path_of(images, "frame"), Range=f"bytes={asked}")
    expected = CONTENT[first:] if last is None else CONTENT[first : last + 1]
    assert (reply.status, reply.body) == (206, expected)
    start = first % len(CONTENT)
    end = start + len(expected) - 1
    assert reply.headers["Content-Range"] == f"bytes {start}-{end}/{len(CONTENT)}"


def test_ranges_that_cannot_be_served(images: Images) -> None:
    server, _ = images
    path = path_of(images, "frame")
    tag = server.get(path).headers["ETag"]
    beyond = server.get(path, Range=f"bytes={len(CONTENT)}-")
    assert beyond.status == 416
    several = server.get(path, Range="bytes=0-9,20-29")
    assert (several.status, several.body) == (200, CONTENT)
    assert server.get(path, **{"Range": "bytes=0-9", "If-Range": tag}).status == 206
    assert server.get(path, **{"Range": "bytes=0-9", "If-Range": '"other"'}).body == CONTENT
    assert server.get(path, Range="lines=1-2").body == CONTENT
    assert server.get(path, **{"If-None-Match": tag}).status == 304


def test_a_table_comes_unpacked_too(images: Images) -> None:
    server, _ = images
    reply = server.get(path_of(images, "truth"), **{"Accept-Encoding": "gzip"})
    assert reply.body == b"x1,y1\n1,2\n"
    assert reply.headers["Repr-Digest"]


@pytest.mark.parametrize(
    "path",
    [
        "/files/../satvo.sock", "/files/%2e%2e/%2e%2e/etc/passwd", "/files/....fits", "/files/",
        "/files/0123456789abcdef.fits", "/files/0123456789ABCDEF.fits", "/files/x",
        "/files/0123456789abcdef.fits/..", "/files/%00", "/previews/0123456789abcdef.png",
        "/previews/../satvo.duckdb", "/previews/x_small.png",
    ],
)  # fmt: skip
def test_nothing_else_is_found(images: Images, path: str) -> None:
    server, _ = images
    reply = server.get(path)
    assert reply.status == 404, reply.text
    assert b"Traceback" not in reply.body


def test_another_ending_is_not_found_and_says_which(images: Images) -> None:
    server, _ = images
    reply = server.get(path_of(images, "frame").replace(".fits", ".png"))
    assert reply.status == 404
    assert "ends with .fits" in reply.text


def test_pictures_are_there_in_two_sizes(images: Images) -> None:
    server, dids = images
    product = dids["frame"][-16:]
    for ending in (".png", "_small.png"):
        reply = server.get(f"/previews/{product}{ending}")
        assert (reply.status, reply.kind) == (200, "image/png")
        assert reply.body.startswith(b"\x89PNG")
        again = server.get(
            f"/previews/{product}{ending}", **{"If-None-Match": reply.headers["ETag"]}
        )
        assert again.status == 304


def test_many_clients_get_the_same_bytes(images: Images) -> None:
    server, _ = images
    path = path_of(images, "frame")
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: server.get(path).body, range(24)))
    assert set(bodies) == {CONTENT}
