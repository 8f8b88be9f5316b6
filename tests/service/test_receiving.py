"""Bodies onto the disk: whole or refused, and nothing left after a kill."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Request
from satvo.schemas.errors import BadParameter
from satvo.service.receiving import incoming_folder, received, sweep_incoming
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import EnvironBuilder

KILLED = """
import os, signal, sys
from pathlib import Path
from satvo.service.receiving import incoming_folder
with incoming_folder(Path(sys.argv[1])) as folder:
    (folder / "1").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def request(body: bytes, length: int | None = None) -> Request:
    """A request as gunicorn hands it on; of a body that broke off it says nothing."""
    environ = EnvironBuilder(method="POST", input_stream=io.BytesIO(body)).get_environ()
    environ["wsgi.input_terminated"] = True
    environ.pop("CONTENT_LENGTH", None)
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return Request(environ)


def read(asked: Request, most: int = 100_000) -> bytes:
    pieces = []
    with received(asked, max_bytes=most, slowest=1000) as body:
        while piece := body.read():
            pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("size", [0, 1, 16_384, 50_000, 100_000])
def test_a_body_is_read_whole(size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert read(request(body, size)) == body


def test_a_body_that_broke_off_is_refused() -> None:
    with pytest.raises(BadParameter, match="broke off: 500 of 501 bytes came"):
        read(request(b"x" * 500, 501))


@pytest.mark.parametrize("announced", [True, False])
def test_a_larger_body_is_refused_while_it_comes(announced: bool) -> None:
    with pytest.raises(RequestEntityTooLarge):
        read(request(b"x" * 100_001, 100_001 if announced else None))


def test_a_folder_is_gone_after_its_request(tmp_path: Path) -> None:
    def fail() -> None:
        with incoming_folder(tmp_path) as folder:
            (folder / "1").write_bytes(b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_sweep_removes_what_a_kill_left_and_nothing_that_is_at_work(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], timeout=60)
    assert killed.returncode == -9
    with incoming_folder(tmp_path) as folder:
        (folder / "1").write_bytes(b"x")
        assert len(list((tmp_path / "incoming").iterdir())) == 2
        assert sweep_incoming(tmp_path) == 1
        assert list((tmp_path / "incoming").rglob("*")) == [folder, folder / "1"]
    assert sweep_incoming(tmp_path) == 0


def test_an_empty_home_has_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep_incoming(tmp_path) == 0
