"""Images that mean harm, or are broken, sent to a running server: refused with the reason.

It costs little, and nothing of them is left: no row, no file, no temporary file.
"""

from __future__ import annotations

import gzip
import http.client
import io
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from astropy.io import fits
from bringing import TOLD, Contributor, files_of, initiated, products
from made_up_images import broken_wcs, fpacked, image_bytes, pixels, tan_image
from serving import awaited
from watching import Watch

MEMORY_GROWTH_MB = 900
CPU_S = 40
PROMPT_S = 2.0
MOST_BYTES = 40_000_000
WAIT_S = 90.0
GOOD = tan_image(seed=40)
PATHS = re.compile(r"/(tmp|home|usr|root|work)/|\.py\b|Traceback")


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's folder for temporary files."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def site(empty_server: Callable[..., Any], temporary: Path) -> Iterator[Any]:
    """A server that takes 40 MB at once, and none that comes slower than 20 kB/s."""
    server = empty_server(
        TMPDIR=str(temporary), SATVO_IMAGE_BYTES=str(MOST_BYTES), SATVO_SLOWEST_UPLOAD="20000"
    )
    with Contributor(initiated(server).start()) as first:
        assert first.bring(tan_image(seed=41)).status_code == 201  # the nursery has begun
    yield server
    server.stop()


@pytest.fixture
def mine(site: Any) -> Iterator[Contributor]:
    with Contributor(site) as contributor:
        yield contributor


@pytest.fixture
def harmless(site: Any, temporary: Path) -> Iterator[None]:
    """The server is as it was after the test, and took no more than it may."""
    files, known = files_of(site.home), products(site)
    with Watch(site.process.pid) as watch:
        yield
    assert watch.growth_mb < MEMORY_GROWTH_MB
    assert watch.cpu_s < CPU_S
    start = time.monotonic()
    assert products(site) == known
    assert time.monotonic() - start < PROMPT_S
    awaited(lambda: _is_left(site, temporary, files), WAIT_S)
    told = [line for line in site.log.splitlines() if "Traceback" in line]
    # What its reader in the child broke at is the operator's to know.
    assert not [line for line in told if "satvo.ingest.confined.work" not in line]


def _is_left(site: Any, temporary: Path, files: set[str]) -> None:
    left = (files_of(site.home) ^ files) | set(map(str, temporary.iterdir()))
    if left:
        raise OSError(left)


def refused(answer: requests.Response, words: str, status: int = 400) -> None:
    """The answer is a JSON error with these words, and no path."""
    assert answer.status_code == status, answer.text[:500]
    told = answer.json()["error"]
    assert re.search(words, told), told
    assert not PATHS.search(told), told


def header(*cards: str) -> bytes:
    """A header of these cards, filled up to whole blocks."""
    text = "".join(f"{card:80}" for card in (*cards, "END"))
    return text.ljust(-(-len(text) // 2880) * 2880).encode()


def simple(width: int, height: int, *more: str, bitpix: int = -32) -> bytes:
    return header(
        "SIMPLE  =                    T", f"BITPIX  = {bitpix:20}", f"NAXIS   = {2:20}",
        f"NAXIS1  = {width:20}", f"NAXIS2  = {height:20}", *more,
    )  # fmt: skip


def fpack_bomb() -> bytes:
    """Tiles of nothing for an image of 10 gigapixels."""
    return (
        fpacked()
        .replace(b"ZNAXIS1 =                   64", b"ZNAXIS1 =               100000")
        .replace(b"ZNAXIS2 =                   48", b"ZNAXIS2 =               100000")
        .replace(b"ZTILE1  =                   64", b"ZTILE1  =               100000")
    )


def rice_of_one_tile() -> bytes:
    """A tile that claims a gigapixel in ten bytes."""
    column = fits.Column("COMPRESSED_DATA", "1PB()", array=np.array([[0] * 10], dtype=object))
    unit = fits.BinTableHDU.from_columns([column], name="SCI")
    unit.header.update({
        "ZIMAGE": True, "ZCMPTYPE": "RICE_1", "ZBITPIX": 16, "ZNAXIS": 2, "ZNAXIS1": 32768,
        "ZNAXIS2": 32768, "ZTILE1": 32768, "ZTILE2": 32768,
    })  # fmt: skip
    whole = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), unit]).writeto(whole)
    return whole.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty|0 bytes|has no"),
    "truncated in the data": (lambda: GOOD[:-5000], "truncated|ends|bytes"),
    "truncated in the header": (lambda: GOOD[:1000], "damaged"),
    "one byte": (lambda: b"S", "FITS"),
    "a WCS that is no number": (broken_wcs, "WCS"),
    "a JPEG": (lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(5000), "FITS"),
    "a web page": (lambda: b"<!doctype html><script>alert(1)</script>" * 100, "FITS"),
    "a pickle": (lambda: b"\x80\x04\x95" + b"cos\nsystem\n" * 300, "FITS"),
    "40000 by 40000 without data": (lambda: simple(40_000, 40_000), "bytes|claims|truncated"),
    "three gigabytes claimed": (lambda: simple(30_000, 25_000), "bytes|claims|truncated"),
    "sizes beyond 64 bits": (lambda: simple(2**62, 2**62), "damaged|bytes"),
    "negative sizes": (lambda: simple(-5, 10) + bytes(2880), "axis of -5 elements"),
    "a header without end": (lambda: simple(1, 1)[:400] + b" " * 20_000_000, "damaged"),
    "a million cards": (
        lambda: simple(1, 1, *("COMMENT x" for _ in range(400_000))), "is cut|damaged",
    ),
    "ten thousand extensions": (
        lambda: image_bytes(pixels()) + header(
            "XTENSION= 'IMAGE   '", f"BITPIX  = {8:20}", f"NAXIS   = {0:20}",
            f"PCOUNT  = {0:20}", f"GCOUNT  = {1:20}",
        ) * 10_000,
        "units|extensions|10000|HDU",
    ),
    "a gzip bomb": (lambda: gzip.compress(simple(40_000, 40_000) + bytes(3 * 10**8), 9), "bytes"),
    "a gzip of gzips": (lambda: gzip.compress(gzip.compress(GOOD)), "FITS"),
    "half a gzip": (lambda: gzip.compress(GOOD)[:-2000], "the gzip file is cut"),
    "a fpack bomb": (fpack_bomb, ""),
    "a tile of a gigapixel": (rice_of_one_tile, ""),
    "random bytes": (lambda: np.random.default_rng(0).bytes(50_000), "FITS"),
    "random bytes behind a header": (
        lambda: simple(64, 48) + np.random.default_rng(1).bytes(9000),
        "truncated|ends|bytes|damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.usefixtures("harmless")
def test_a_file_that_is_none_is_refused_with_the_reason(mine: Contributor, name: str) -> None:
    make, words = HOSTILE[name]
    refused(mine.bring(make(), "harm.fits"), f"^harm.fits.*({words})")


@pytest.mark.parametrize("name", ["nothing", "a JPEG", "a fpack bomb", "half a gzip"])
@pytest.mark.usefixtures("harmless")
def test_validating_it_is_refused_alike(mine: Contributor, name: str) -> None:
    make, _ = HOSTILE[name]
    told = mine.bring(make(), "harm.fits", VALIDATE="true")
    assert told.status_code == 400
    assert told.json()["files"][0]["status"] == "refused"


@pytest.mark.parametrize(
    "name",
    [
        "../../x.fits", "/etc/passwd", "C:\\x\\y.fits", "a\x01b.fits", "x" * 5000 + ".fits",
        "Sternspur ü 星 🛰.fits", "\u202estif.exe", "..", ".", "~root", "a" + ".fits" * 500,
        "$(reboot).fits", "'; DROP TABLE ivoa.obscore; --", "<script>alert(1)</script>.fits",
        "con.fits", "-rf",
    ],
)  # fmt: skip
def test_no_name_of_a_file_becomes_a_path(site: Any, mine: Contributor, name: str) -> None:
    content = tan_image(seed=abs(hash(name)) % 2**31)
    before = {path for path in site.home.rglob("*") if path.parent != site.home / "images"}
    answer = mine.bring(content, name)
    assert answer.status_code == 201, answer.text
    (told,) = answer.json()["files"]
    shown = told["file_name"]
    assert shown.isprintable()
    assert not {"/", "\\"} & set(shown)
    assert 0 < len(shown) <= 200
    new = {path for path in site.home.rglob("*") if path.parent != site.home / "images"} - before
    assert {path.name.partition(".")[0] for path in new if "images" in path.parts} == {
        told["checksum"]
    }
    assert mine.ask("DELETE", f"/{told['product_id']}").status_code == 204


@pytest.mark.usefixtures("harmless")
@pytest.mark.parametrize("kind", ["image/jpeg", "text/html", "application/x-www-form-urlencoded"])
def test_another_media_type_is_refused(mine: Contributor, kind: str) -> None:
    answer = mine.ask("POST", params=TOLD, data=GOOD, headers={"Content-Type": kind})
    refused(answer, "not accepted here; give multipart/form-data, or image/fits", 415)


@pytest.mark.usefixtures("harmless")
def test_more_bytes_than_are_accepted_are_refused_with_the_limit(mine: Contributor) -> None:
    large = bytes(MOST_BYTES + 1)
    raw = {"Content-Type": "image/fits"}
    refused(mine.bring(large), f"at most {MOST_BYTES} bytes", 413)
    refused(mine.ask("POST", params=TOLD, data=large, headers=raw), "at most", 413)
    pieces = (large[i : i + 10**6] for i in range(0, len(large), 10**6))
    refused(mine.ask("POST", params=TOLD, data=pieces, headers=raw), "at most", 413)


@pytest.mark.usefixtures("harmless")
@pytest.mark.parametrize("count", [51, 150])
def test_more_files_than_are_accepted_are_refused(mine: Contributor, count: int) -> None:
    answer = mine.bring([("file", (f"{n}.fits", b"x")) for n in range(count)])
    assert answer.status_code in (400, 413)
    assert re.search("at most 50|100 parts", answer.json()["error"])


@pytest.mark.usefixtures("harmless")
@pytest.mark.parametrize("is_form", [True, False])
def test_a_body_that_breaks_off_leaves_nothing(site: Any, mine: Contributor, is_form: bool) -> None:
    with _begun(site, mine, is_form=is_form) as connection:
        connection.sendall(GOOD[:10_000])
        awaited(lambda: _comes(site), WAIT_S)
        connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 400
        assert b"broke off" in answer.read() or is_form


@pytest.mark.usefixtures("harmless")
def test_a_client_that_goes_away_leaves_nothing(site: Any, mine: Contributor) -> None:
    with _begun(site, mine) as connection:
        connection.sendall(GOOD[:10_000])
        awaited(lambda: _comes(site), WAIT_S)


@pytest.mark.usefixtures("harmless")
def test_a_byte_a_second_is_cut_off_with_the_reason(site: Any, mine: Contributor) -> None:
    with _begun(site, mine) as connection:
        connection.settimeout(1.0)
        start = time.monotonic()
        while time.monotonic() - start < 40:
            connection.sendall(b"x")
            try:
                answer = connection.recv(4000)
            except TimeoutError:
                continue
            break
        assert b" 408 " in answer.splitlines()[0]
        assert b"slower than 20000 bytes a second" in answer + connection.recv(4000)
        assert 10 < time.monotonic() - start < 30


@pytest.mark.usefixtures("harmless")
def test_clients_that_dawdle_leave_the_others_to_their_work(site: Any, mine: Contributor) -> None:
    """Eight are received and eight wait; the next is told to come again, and all else goes on."""
    begun = [_begun(site, mine) for _ in range(17)]
    try:
        time.sleep(1.0)
        refused_one = mine.bring(GOOD)
        assert refused_one.status_code == 429, refused_one.text
        assert int(refused_one.headers["Retry-After"]) > 0
        start = time.monotonic()
        assert site.number("SELECT COUNT(*) AS n FROM ivoa.obscore") >= 1
        assert time.monotonic() - start < PROMPT_S
    finally:
        for each in begun:
            each.close()


@pytest.mark.usefixtures("harmless")
@pytest.mark.parametrize("word", ["nonsense", "a b", "Bearer", ""])
def test_a_token_that_is_none_is_refused_before_the_body_comes(site: Any, word: str) -> None:
    answer = requests.post(
        f"{site.url}/api/images", headers={"Authorization": f"Bearer {word}"}, data=TOLD,
        files={"file": ("a.fits", GOOD)}, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def _begun(site: Any, mine: Contributor, *, is_form: bool = False) -> socket.socket:
    """A connection whose request has begun and announces more than will come."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=WAIT_S)
    query = "&".join(f"{name}={value}" for name, value in TOLD.items())
    kind = "multipart/form-data; boundary=b" if is_form else "image/fits"
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.fits"\r\n\r\n'
    connection.sendall(
        (
            f"POST /api/images?{query} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
            f"Authorization: Bearer {mine.secret}\r\nContent-Length: {len(GOOD)}\r\n\r\n"
            f"{part if is_form else ''}"
        ).encode()
    )
    return connection


def _comes(site: Any) -> None:
    if not list((site.home / "incoming").iterdir()):
        raise OSError("nothing came yet")
