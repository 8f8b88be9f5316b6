"""Reloading, stopping and killing the server, and clients that go away."""

from __future__ import annotations

import base64
import http.client
import os
import re
import signal
import socket
import stat
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests

ROWS = 1_000_000
ROW_BYTES = 1 + 8 + 8  # null flags, gp_id, mean_motion
ENDLESS = "SELECT a.gp_id, b.mean_motion FROM satvo.gp AS a, satvo.gp AS b"
ONE = "SELECT TOP 1 gp_id FROM satvo.gp ORDER BY gp_id"
PIECE = 2**18
BROKEN = (http.client.HTTPException, OSError, ValueError)
"""What http.client raises for an answer whose last chunk is not there."""
DRAIN_S = 30.0
DOWNLOAD_S = 8.0
WAIT_S = 60.0
FORM = "application/x-www-form-urlencoded"

Server = Any
NewServer = Callable[..., Server]


class Download:
    """The answer to a query that has rows without end, to be read piece by piece."""

    def __init__(self, server: Server, maxrec: int, kind: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
        fields = {"LANG": "ADQL", "QUERY": ENDLESS, "RESPONSEFORMAT": kind, "MAXREC": str(maxrec)}
        body = urlencode(fields).encode()
        self._connection.request("POST", "/tap/sync", body, {"Content-Type": FORM})
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200

    def read(self, count: int) -> bytes:
        return self._answer.read(count)

    def rest(self, pause_s: float = 0.0) -> bytes:
        """All that is left, taken with a pause after each piece."""
        pieces = []
        while piece := self.read(PIECE):
            pieces.append(piece)
            time.sleep(pause_s)
        return b"".join(pieces)

    def close(self) -> None:
        """Go away."""
        self._answer.close()
        self._connection.close()


Begin = Callable[..., Download]


@pytest.fixture
def download() -> Iterator[Begin]:
    """Begins downloads, and ends them with the test."""
    begun: list[Download] = []

    def begin(server: Server, maxrec: int = 20_000_000, kind: str = "votable/b2") -> Download:
        begun.append(Download(server, maxrec, kind))
        return begun[-1]

    yield begin
    for each in begun:
        each.close()


def rows_of(document: bytes) -> int:
    """Rows of a BINARY2 stream of that query, by its length; its end must be there."""
    assert document.rstrip().endswith(b"</VOTABLE>")
    found = re.search(rb"<STREAM[^>]*>([^<]*)</STREAM>", document)
    assert found is not None
    whole, rest = divmod(len(base64.b64decode(found[1], validate=True)), ROW_BYTES)
    assert rest == 0
    return whole


def answers_again(server: Server, within_s: float = WAIT_S) -> float:
    """Ask until the answer is there; 429 or 503 with Retry-After is all that may come before."""
    start = time.monotonic()
    while True:
        try:
            reply = server.sync(ONE, RESPONSEFORMAT="csv")
        except ConnectionError:
            reply = None
        if reply is not None and reply.status == 200:
            assert reply.body == b"gp_id\n1\n"
            return time.monotonic() - start
        if reply is not None:
            assert reply.status in (429, 503)
            assert int(reply.headers["Retry-After"]) > 0
        assert time.monotonic() - start < within_s, "no answer"
        time.sleep(0.1)


def wait_until(true: Callable[[], bool], within_s: float = WAIT_S) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def worker_of(server: Server) -> int:
    _, worker = server.pids
    return int(worker)


# Reload


def test_a_reload_lets_a_slow_download_end_and_answers_meanwhile(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server().start()
    before = worker_of(server)
    with ThreadPoolExecutor(1) as pool:
        answer = download(server, ROWS)
        whole = pool.submit(answer.rest, DOWNLOAD_S / (ROWS * ROW_BYTES * 4 / 3 / PIECE))
        time.sleep(1)
        server.signal(signal.SIGHUP)
        waits = []
        while not whole.done():
            waits.append(answers_again(server, DRAIN_S + 10))
            time.sleep(0.2)
        document = whole.result()
    assert rows_of(document) == ROWS
    assert b'value="OVERFLOW"' in document[-500:]
    assert waits
    assert max(waits) < DRAIN_S
    wait_until(lambda: len(server.pids) == 2 and worker_of(server) != before)
    assert answers_again(server) < 10
    assert "Traceback" not in server.log


def test_a_download_longer_than_the_drain_time_does_not_hold_the_next_worker(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server(SATVO_DRAIN_SECONDS="2", SATVO_BOOT_SECONDS="1").start()
    answer = download(server)
    answer.read(2**20)
    server.signal(signal.SIGHUP)
    time.sleep(0.5)
    assert answers_again(server, 30) < 25
    with pytest.raises(BROKEN):
        answer.rest()


def test_a_worker_waits_for_the_archive_as_long_as_it_takes(
    new_server: NewServer, element_sets: Callable[..., bytes]
) -> None:
    server = new_server(SATVO_BOOT_SECONDS="0.5")
    file = server.home / "sets.tle"
    file.write_bytes(element_sets(3000, 10))
    command = subprocess.Popen(
        [*server.satvo, "ingest", "--home", server.home, file],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1)
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(server.start)
        assert command.wait(WAIT_S) == 0
        started.result(WAIT_S)
    assert answers_again(server) < 20
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp WHERE source = 'user'") == 30_000


def test_idle_reloads_change_the_worker_and_nothing_else(new_server: NewServer) -> None:
    server = new_server().start()
    for _ in range(2):
        before = worker_of(server)
        server.signal(signal.SIGHUP)
        wait_until(lambda: before not in server.pids and len(server.pids) == 2)  # noqa: B023
        assert answers_again(server) < 15
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") == 8393
    assert "Traceback" not in server.log


def test_while_the_archive_is_opened_the_service_says_that_it_is_not_available(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server(SATVO_BOOT_SECONDS="0.5", SATVO_DRAIN_SECONDS="4").start()
    answer = download(server)
    answer.read(2**20)
    server.signal(signal.SIGHUP)
    wait_until(lambda: b">false<" in server.get("/tap/availability").body, 10)
    refused = server.sync(ONE)
    assert refused.status in (200, 503)
    if refused.status == 503:
        assert int(refused.headers["Retry-After"]) > 0
        assert b"try again" in refused.body
    wait_until(lambda: b">true<" in server.get("/tap/availability").body)


# The end, and the next start


def test_term_ends_cleanly_and_the_same_home_starts_again(new_server: NewServer) -> None:
    server = new_server().start()
    answers_again(server)
    server.signal(signal.SIGTERM)
    assert server.process.wait(WAIT_S) == 0
    assert not (server.home / "satvo.sock").exists()
    assert not (server.home / "archive.duckdb.wal").exists()
    server.process = None
    server.start()
    assert answers_again(server) < 15


def test_interrupt_ends_the_server_though_a_client_takes_nothing(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server().start()
    download(server)
    server.signal(signal.SIGINT)
    assert server.process.wait(20) == 0


def test_a_server_killed_whole_starts_again_on_its_home_and_port(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server().start()
    download(server, ROWS)
    server.kill()
    server.start()
    assert answers_again(server) < 15


def test_a_killed_worker_is_replaced(new_server: NewServer) -> None:
    server = new_server().start()
    before = worker_of(server)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: len(server.pids) == 2 and worker_of(server) != before)
    assert answers_again(server) < 15
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") == 8393


def test_a_server_whose_master_was_killed_starts_again_on_its_home_and_port(
    new_server: NewServer,
) -> None:
    server = new_server().start()
    orphan = worker_of(server)
    server.process.kill()
    server.process.wait(10)
    server.start()
    assert answers_again(server) < 20
    status = Path(f"/proc/{orphan}/stat")
    assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.alone
def test_a_second_server_on_a_home_is_refused_in_one_line(new_server: NewServer) -> None:
    server = new_server().start()
    start = time.monotonic()
    second = server.command("serve", "--port", str(server.port + 1))
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "already serves" in second.stderr
    assert time.monotonic() - start < 20
    assert answers_again(server) < 15


def test_a_port_in_use_is_told_in_one_line(new_server: NewServer) -> None:
    server = new_server()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = server.command("serve", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "--port" in refused.stderr


@pytest.mark.parametrize("host", ["192.0.2.7", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_told_in_one_line(
    new_server: NewServer, host: str
) -> None:
    refused = new_server().command("serve", "--host", host)
    assert refused.returncode in (1, 2)
    assert refused.stderr.count("\n") == 1
    assert host in refused.stderr


def test_a_home_with_a_path_too_long_for_its_socket_is_told_in_one_line(
    new_server: NewServer, tmp_path: Path
) -> None:
    server = new_server()
    server.home = server.home.rename(tmp_path / ("h" * 120))
    refused = server.command("serve")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "shorter" in refused.stderr
    assert server.command("status").returncode == 0


def test_the_socket_is_for_its_owner_alone(server: Server) -> None:
    mode = (server.home / "satvo.sock").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


# Clients


@pytest.mark.alone
def test_clients_that_go_away_leave_the_engine_and_the_threads_free(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server().start()
    for kind in ("votable/b2", "votable/td", "csv", "votable/b") * 10:
        answer = download(server, kind=kind)
        answer.read(1000)
        answer.close()
    start = time.monotonic()
    assert server.sync(ONE).status == 200
    assert time.monotonic() - start < 1.0
    added = server.command("ingest", "-", input=SETS)
    assert added.returncode == 0, added.stderr
    assert "1 new" in added.stdout
    wait_until(lambda: _busy_threads(server) == 0, 20)
    assert "Traceback" not in server.log


SETS = (
    "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927\n"
    "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537\n"
)


def _busy_threads(server: Server) -> int:
    """Threads of the worker that use the processor now."""
    tasks = Path(f"/proc/{worker_of(server)}/task")
    states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks.iterdir()]
    return states.count("R")


def test_clients_that_take_nothing_are_cut_off(new_server: NewServer, download: Begin) -> None:
    server = new_server(SATVO_CLIENT_SECONDS="2", SATVO_THREADS="4").start()
    for _ in range(4):
        download(server)
    silent = []
    for _ in range(4):
        connection = socket.create_connection(("127.0.0.1", server.port), WAIT_S)
        connection.sendall(b"POST /tap/sync HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nQ")
        silent.append(connection)
    assert answers_again(server, 30) < 12, "they are cut off beside each other, not one by one"
    for connection in silent:
        connection.close()


@pytest.mark.alone
def test_clients_that_stall_and_clients_that_wait_leave_short_answers_quick(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server().start()
    job = server.request(
        "POST", "/tap/async", urlencode({"QUERY": ONE}).encode(), {"Content-Type": FORM}
    )
    path = urlsplit(job.headers["Location"]).path
    waiting = []
    for _ in range(30):
        download(server)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
        connection.request("GET", f"{path}?WAIT=60")
        waiting.append(connection)
    took = []
    for _ in range(40):
        begun = time.monotonic()
        assert server.sync("SELECT TOP 1 gp_id FROM satvo.gp").status == 200
        took.append(time.monotonic() - begun)
    assert statistics.median(took) < 0.05
    for connection in waiting:
        connection.close()


@pytest.mark.alone
def test_a_long_answer_passes_those_of_clients_that_stall(
    new_server: NewServer, download: Begin
) -> None:
    server = new_server().start()
    for _ in range(10):
        download(server)
    begun = time.monotonic()
    assert rows_of(download(server, ROWS).rest()) == ROWS
    assert time.monotonic() - begun < DOWNLOAD_S


def test_head_of_a_long_answer_leaves_the_engine_free(new_server: NewServer) -> None:
    server = new_server(SATVO_MEMORY_MB="200").start()
    query = urlencode({"QUERY": ENDLESS, "MAXREC": "20000000"})
    for _ in range(60):
        assert server.request("HEAD", f"/tap/sync?{query}").status == 200
    assert server.memory_mb < 900
    assert answers_again(server) < 5


def test_twenty_clients_at_once_all_get_their_answers(server: Server) -> None:
    queries = [
        f"SELECT gp_id, object_name FROM satvo.gp WHERE MOD(gp_id, 20) = {i}" for i in range(20)
    ]
    start = threading.Barrier(20)

    def ask(query: str) -> int:
        start.wait(WAIT_S)
        reply = server.sync(query, RESPONSEFORMAT="csv")
        assert reply.status == 200, reply.text
        return len(reply.text.splitlines()) - 1

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(ask, queries)) == 8393


def test_twenty_clients_are_served_while_the_server_starts(new_server: NewServer) -> None:
    server = new_server().start()
    server.signal(signal.SIGHUP)
    with ThreadPoolExecutor(20) as pool:
        assert all(wait < 30 for wait in pool.map(lambda _: answers_again(server), range(20)))


def test_a_csv_answer_that_breaks_in_the_middle_is_seen_to_break(new_server: NewServer) -> None:
    server = new_server(SATVO_QUERY_SECONDS="1").start()
    heavy = "SIN(" * 60 + "a.epoch_mjd * b.gp_id" + ")" * 60
    form = {
        "QUERY": f"SELECT {heavy} AS s FROM satvo.gp AS a, satvo.gp AS b",
        "MAXREC": "20000000",
    }
    with requests.post(f"{server.tap}/sync", {**form, "FORMAT": "csv"}, stream=True) as answer:
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.RequestException):
            sum(len(piece) for piece in answer.iter_content(1 << 16))
    told = requests.post(f"{server.tap}/sync", form, timeout=WAIT_S)
    assert b'value="ERROR"' in told.content[-600:]
