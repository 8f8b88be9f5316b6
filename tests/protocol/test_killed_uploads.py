"""A server killed while images come: none of them is there, or all; the next try succeeds."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from bringing import TOLD, Contributor, files_of, initiated, products
from made_up_images import image_bytes, pixels, tan_image
from serving import awaited

POINTS = (
    "it is received", "one file is examined", "all files are examined", "one file is in its place",
    "the rows are written", "the images are in the archive",
)  # fmt: skip
PARTS = [
    ("file", ("frame.fits", tan_image(seed=30))),
    ("truthmask", ("mask.fits", image_bytes((pixels(seed=30) > 150).astype("u1")))),
]
WAIT_S = 60.0


@pytest.fixture
def site(
    request: pytest.FixtureRequest,
    empty_server: Callable[..., Any],
    address_of: Callable[[str], str],
    tmp_path: Path,
) -> Any:
    """A server of each engine that is not started."""
    return initiated(empty_server(SATVO_STORE=address_of(request.param), TMPDIR=str(tmp_path)))


@pytest.mark.parametrize(
    ("site", "point"),
    [*(("duckdb", each) for each in POINTS), *(("postgresql", each) for each in POINTS[-2:])],
    indirect=["site"],
)
def test_a_server_killed_at_any_point_has_all_of_a_request_or_nothing(
    site: Any, point: str
) -> None:
    satvo = site.satvo
    with Contributor(site) as mine:
        site.satvo = (sys.executable, str(Path(__file__).with_name("killing_server.py")), point)
        site.start()
        with pytest.raises(requests.ConnectionError):
            mine.bring(PARTS)
        assert site.process.wait(WAIT_S) == -signal.SIGKILL
        site.satvo = satvo
        site.start()
        kept = point == "the images are in the archive"
        assert len(products(site)) == (2 if kept else 0)
        awaited(lambda: _has(site, 6 if kept else 0), WAIT_S)
        assert mine.bring(PARTS).status_code == (200 if kept else 201)
    assert len(products(site)) == 2
    assert len(files_of(site.home)) == 6
    site.stop()


@pytest.mark.parametrize("site", ["duckdb"], indirect=True)
def test_a_server_killed_while_a_body_comes_has_nothing_of_it(site: Any) -> None:
    with Contributor(site) as mine:
        site.start()
        with _half_sent(site, mine):
            awaited(lambda: _has_some(site), WAIT_S)
            site.kill()
        assert files_of(site.home)
        site.start()
        assert files_of(site.home) == set()
        assert products(site) == set()
    site.stop()


@pytest.mark.parametrize("site", ["duckdb"], indirect=True)
def test_a_reload_removes_nothing_that_still_comes(site: Any) -> None:
    with Contributor(site) as mine:
        site.start()
        with _half_sent(site, mine) as connection:
            awaited(lambda: _has_some(site), WAIT_S)
            before = files_of(site.home)
            worker = site.pids[1]
            site.signal(signal.SIGHUP)
            awaited(lambda: _other_worker(site, worker), WAIT_S)
            assert files_of(site.home) >= before
            connection.sendall(b"x" * 50_000)
            answer = connection.recv(1000)
        assert answer.startswith(b"HTTP/1.1 400 ")  # it is no FITS, but it came whole
        awaited(lambda: _has(site, 0), WAIT_S)
    site.stop()


def _half_sent(site: Any, mine: Contributor) -> socket.socket:
    """A connection that has sent half of a body."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=WAIT_S)
    query = "&".join(f"{name}={value}" for name, value in TOLD.items())
    head = (
        f"POST /api/images?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mine.secret}\r\n"
        "Content-Type: image/fits\r\nContent-Length: 100000\r\n\r\n"
    )
    connection.sendall(head.encode() + b"x" * 50_000)
    return connection


def _has(site: Any, count: int) -> None:
    found = files_of(site.home)
    if len(found) != count:
        raise OSError(found)


def _has_some(site: Any) -> None:
    if not any((site.home / each).is_file() for each in files_of(site.home)):
        raise OSError("nothing came yet")


def _other_worker(site: Any, worker: int) -> None:
    if not any(pid > worker for pid in site.pids):
        raise OSError("the worker is not replaced yet")
