"""Watching a server: its log, /health, /metrics, and what it refuses when it is full."""

from __future__ import annotations

import http.client
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import pytest
import pyvo
from prometheus_client.parser import text_string_to_metric_families
from satvo.schemas.store import open_store

ONE = "SELECT TOP 1 gp_id FROM satvo.gp"
ENDLESS = "SELECT a.gp_id, b.mean_motion FROM satvo.gp AS a, satvo.gp AS b"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WAIT_S = 30.0

Server = Any
NewServer = Callable[..., Server]


@pytest.fixture(scope="module")
def site(server_on: Callable[..., Server]) -> Server:
    return server_on("operation")


def lines(server: Server, logger: str, **facts: object) -> list[dict[str, Any]]:
    """The log's lines of a logger that have these facts; every line must be a JSON object."""
    told = [json.loads(line) for line in server.log.splitlines()]
    assert all({"time", "level", "logger"} <= each.keys() for each in told)
    return [each for each in told if each["logger"] == logger and facts.items() <= each.items()]


def line(server: Server, logger: str = "satvo.request", **facts: object) -> dict[str, Any]:
    """The only such line, which may come a moment after the answer."""
    deadline = time.monotonic() + WAIT_S
    while not (found := lines(server, logger, **facts)):
        assert time.monotonic() < deadline, server.log[-2000:]
        time.sleep(0.02)
    assert len(found) == 1
    return found[0]


def samples(server: Server) -> dict[tuple[str, ...], float]:
    """Every number of /metrics, by its name and label values."""
    answer = server.get("/metrics")
    assert answer.status == 200
    assert answer.kind == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def new_job(server: Server, **headers: str) -> Any:
    return server.request(
        "POST", "/tap/async", urlencode({"QUERY": ONE}).encode(), {**FORM, **headers}
    )


# The log


def test_each_request_is_a_line_of_the_log(site: Server) -> None:
    body = urlencode({"QUERY": "SELECT TOP 7 gp_id FROM satvo.gp", "RUNID": "n 1", "FORMAT": "csv"})
    answer = site.request(
        "POST", "/tap/sync", body.encode(), {**FORM, "X-Request-ID": "my.request-1"}
    )
    assert answer.headers["X-Request-ID"] == "my.request-1"
    told = line(site, request="my.request-1")
    assert told["seconds"] > 0
    assert told["time"].endswith("Z")
    wanted = {
        "level": "info", "method": "POST", "path": "/tap/sync", "status": 200, "token": None,
        "sent": len(answer.body), "runid": "n 1", "rows": 7,
        "query": "SELECT TOP 7 gp_id FROM satvo.gp",
    }  # fmt: skip
    assert wanted.items() <= told.items()


@pytest.mark.parametrize("given", ["", "a" * 65, "a b", 'a"b', "<script>", "\xe9"])
def test_a_request_id_that_could_do_harm_is_replaced(site: Server, given: str) -> None:
    answer = site.get("/tap/availability", **{"X-Request-ID": given})
    made = answer.headers["X-Request-ID"]
    assert len(made) == 16
    assert line(site, request=made)["path"] == "/tap/availability"


def test_a_token_is_logged_by_its_id_and_its_secret_never(site: Server) -> None:
    made = site.command("token add", "watched").stdout.split()
    secret, token_id = made[-1], made[1]
    answer = site.get(f"/tap/async?secret={secret}", Authorization=f"Bearer {secret}")
    assert answer.status == 200
    assert line(site, request=answer.headers["X-Request-ID"])["token"] == token_id
    site.get("/tap/async", Authorization=f"Bearer {secret}x")
    assert secret not in site.log


def test_paths_and_queries_are_logged_bounded(site: Server) -> None:
    answer = site.sync(f"{ONE} WHERE object_name <> '{'x' * 100_000}'")
    assert answer.status == 200
    assert len(line(site, request=answer.headers["X-Request-ID"])["query"]) < 2100
    answer = site.get(f"/{'y' * 5000}")
    assert len(line(site, request=answer.headers["X-Request-ID"])["path"]) < 300


def test_an_answer_that_its_client_gave_up_is_marked(site: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=WAIT_S)
    query = urlencode({"QUERY": ENDLESS, "MAXREC": 20_000_000})
    connection.request("GET", f"/tap/sync?{query}", headers={"X-Request-ID": "gone"})
    answer = connection.getresponse()
    answer.read(100_000)
    answer.close()
    connection.close()
    told = line(site, request="gone")
    assert told["cut"] is True
    assert 0 < told["rows"] < 20_000_000


def test_a_job_is_a_line_of_the_log(site: Server) -> None:
    good = new_job(site).headers["Location"].rpartition("/")[2]
    site.request("POST", f"/tap/async/{good}/phase", b"PHASE=RUN", FORM)
    wanted = {"kind": "tap", "phase": "COMPLETED", "try": 1, "level": "info"}
    told = line(site, "satvo.jobs", job=good)
    assert wanted.items() <= told.items()
    assert told["seconds"] > 0


def test_a_mistake_of_ours_is_quoted_by_the_request_and_its_stack_is_in_the_log_only(
    new_server: NewServer,
) -> None:
    server = new_server().start()
    with closing(sqlite3.connect(server.home / "state.sqlite")) as state:
        state.execute("DROP TABLE job")
    answer = server.get(f"/tap/async/{'0' * 32}", **{"X-Request-ID": "quoted"})
    assert answer.status == 500
    assert "under request quoted" in answer.text
    assert "Traceback" not in answer.text
    assert "no such table" not in answer.text
    told = line(server, "satvo.faults", request="quoted")
    assert told["level"] == "error"
    assert "no such table" in told["stack"]
    assert server.get("/tap/async").headers["X-Request-ID"] != "quoted"


def test_gunicorn_writes_the_same_lines(site: Server) -> None:
    told = [each["message"] for each in lines(site, "gunicorn.error")]
    assert any(each.startswith("Listening at") for each in told)


def test_lines_for_people_cannot_be_forged(new_server: NewServer) -> None:
    server = new_server(SATVO_LOG_FORMAT="text", SATVO_LOG_LEVEL="debug").start()
    server.sync(ONE, RUNID="a\n2026 error satvo forged")
    server.get("/health")
    deadline = time.monotonic() + WAIT_S
    while 'path="/health"' not in server.log:  # logged where details are
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert 'runid="a\\n2026 error satvo forged"' in server.log
    assert all(each.startswith("20") and each[19] == "." for each in server.log.splitlines())


@pytest.mark.parametrize(
    ("name", "value"), [("SATVO_LOG_LEVEL", "loud"), ("SATVO_LOG_FORMAT", "xml")]
)
def test_a_wrong_log_setting_is_told_in_one_line(
    new_server: NewServer, name: str, value: str
) -> None:
    done = new_server(**{name: value}).command("serve")
    assert done.returncode == 2
    assert done.stderr.startswith(f"satvo: {name}={value}: give")
    assert done.stderr.count("\n") == 1


# Health and numbers


def test_a_well_server_is_healthy(site: Server) -> None:
    answer = site.get("/health")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    checks = {"archive": "ok", "state": "ok", "disk": "ok"}
    assert json.loads(answer.text) == {"status": "ok", "checks": checks}


def test_a_full_disk_is_unhealthy(new_server: NewServer) -> None:
    server = new_server(SATVO_HEALTH_DISK_MB="1000000000").start()
    answer = server.get("/health")
    assert answer.status == 503
    assert "less than 1000000000 MiB" in json.loads(answer.text)["checks"]["disk"]
    assert str(server.home) not in answer.text


@pytest.mark.alone
def test_a_state_database_is_unhealthy_if_it_cannot_be_written_not_while_it_is(
    new_server: NewServer,
) -> None:
    server = new_server().start()
    with closing(sqlite3.connect(server.home / "state.sqlite", isolation_level=None)) as state:
        state.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert server.get("/health").status == 200
        assert time.monotonic() - begun < 2, "it waited for who writes"
        state.execute("ROLLBACK")
        state.execute("DROP TABLE token")
    answer = server.get("/health")
    assert answer.status == 503
    assert "cannot be written" in json.loads(answer.text)["checks"]["state"]


@pytest.fixture
def waiting(new_server: NewServer) -> Iterator[Server]:
    """A server that waits for its archive, which this process holds."""
    server = new_server(SATVO_BOOT_SECONDS="0.5")
    held = open_store("duckdb", server.home, wait_s=1)
    server.port = 0
    with pytest.MonkeyPatch.context() as patch:
        # Its own way to wait asks for an answer of the archive.
        patch.setattr("urllib.request.urlopen", lambda *args, **options: closing(_Answer()))
        server.start()
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            server.get("/health")
            break
        except OSError:
            time.sleep(0.05)
    yield server
    held.close()


class _Answer:
    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.alone
def test_health_and_numbers_do_not_wait_for_the_archive(waiting: Server) -> None:
    begun = time.monotonic()
    answer = waiting.get("/health")
    assert answer.status == 503
    assert json.loads(answer.text)["checks"]["archive"].startswith("the archive is being opened")
    told = samples(waiting)
    assert told["satvo_archive_open",] == 0
    assert ("satvo_archive_rows", "satvo.gp") not in told
    assert time.monotonic() - begun < 2
    refused = waiting.sync(ONE)
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    quoted = refused.headers["X-Request-ID"]
    assert f"(request {quoted})" in refused.text
    assert line(waiting, "satvo.faults", request=quoted)["level"] == "warning"


@pytest.mark.alone
def test_numbers_count_what_was_done(new_server: NewServer) -> None:
    server = new_server().start()
    before = samples(server)
    answers = [server.sync("SELECT TOP 3 gp_id FROM satvo.gp", FORMAT="csv") for _ in range(4)]
    job = new_job(server).headers["Location"].rpartition("/")[2]
    server.request("POST", f"/tap/async/{job}/phase", b"PHASE=RUN", FORM)
    line(server, "satvo.jobs", job=job)
    time.sleep(0.2)
    after = samples(server)

    def grown(*name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown("satvo_http_requests_total", "POST", "/tap/sync", "200") == 4
    assert grown("satvo_http_request_duration_seconds_count", "/tap/sync") == 4
    assert grown("satvo_http_sent_bytes_total", "/tap/sync") == sum(len(a.body) for a in answers)
    assert grown("satvo_rows_sent_total", "/tap/sync") == 12
    assert after["satvo_jobs", "tap", "COMPLETED"] == 1
    assert after["satvo_job_duration_seconds_count", "tap", "COMPLETED"] == 1
    assert after["satvo_archive_rows", "satvo.gp"] == 8393
    assert after["satvo_archive_open",] == 1
    assert after["satvo_process_threads",] > 5
    assert after["process_cpu_seconds_total",] > 0
    assert after["process_open_fds",] > 5
    assert after["process_resident_memory_bytes",] > 1e7


def test_labels_do_not_grow_with_what_clients_ask(new_server: NewServer) -> None:
    server = new_server().start()
    for path in ("/x0", "/tap/x0", f"/tap/async/{'0' * 32}"):
        server.get(path)
        server.request("BREW", path)
    before = len(samples(server))
    for i in range(30):
        for path in (f"/x{i}", f"/tap/x{i}", f"/tap/async/{i:032x}"):
            server.get(path)
            server.request(f"BREW{i}", path)
    time.sleep(0.2)
    grown = samples(server)
    assert len(grown) - before < 40, "the histogram of /metrics itself, at most"
    assert not any("x29" in part for name in grown for part in name)


def test_queries_and_files_of_slow_clients_are_counted(new_server: NewServer) -> None:
    server = new_server().start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    query = urlencode({"QUERY": ENDLESS, "MAXREC": 20_000_000})
    connection.request("GET", f"/tap/sync?{query}")
    answer = connection.getresponse()
    answer.read(1000)
    seen = {"satvo_spool_bytes": 0.0, "working": 0.0}
    deadline = time.monotonic() + WAIT_S
    while not all(seen.values()):
        assert time.monotonic() < deadline, seen
        told = samples(server)
        seen["satvo_spool_bytes"] += told["satvo_spool_bytes",]
        seen["working"] += told["satvo_queries", "working"]
    answer.close()
    connection.close()


# What is refused


def test_one_client_cannot_fill_the_queue(new_server: NewServer) -> None:
    server = new_server(SATVO_JOBS_EACH="2", SATVO_JOBS_WAITING="4").start()
    service = pyvo.dal.TAPService(server.tap)
    jobs = [service.submit_job(ONE) for _ in range(2)]
    with pytest.raises(pyvo.dal.DALRateLimitError) as refused:
        service.submit_job(ONE)
    assert refused.value.retry_after_seconds == 5
    told = new_job(server)
    assert told.status == 429
    assert "2 of your jobs" in told.text
    assert new_job(server, **{"X-Forwarded-For": "203.0.113.9"}).status == 429, "anyone writes that"
    secret = server.command("token add", "other").stdout.split()[-1]
    mine = {"Authorization": f"Bearer {secret}"}
    assert [new_job(server, **mine).status for _ in range(3)] == [303, 303, 429]
    jobs[0].delete()
    assert new_job(server).status == 303
    other = server.command("token add", "third").stdout.split()[-1]
    full = new_job(server, Authorization=f"Bearer {other}")
    assert full.status == 429
    assert "4 jobs are waiting" in full.text


def test_clients_behind_a_proxy_that_is_believed_are_told_apart(new_server: NewServer) -> None:
    server = new_server(SATVO_JOBS_EACH="1", SATVO_PROXIES="127.0.0.1").start()
    for client in ("203.0.113.9", "203.0.113.10", "2001:db8::1"):
        assert new_job(server, **{"X-Forwarded-For": client}).status == 303
        assert new_job(server, **{"X-Forwarded-For": client}).status == 429
        # what stands left of the proxy's own entry is the client's word
        assert new_job(server, **{"X-Forwarded-For": f"8.8.8.8, {client}"}).status == 429
    assert new_job(server, **{"X-Forwarded-For": "2001:db8::ffff"}).status == 429, "the same /64"


def test_a_home_of_an_earlier_version_takes_jobs(new_server: NewServer) -> None:
    server = new_server().start()
    old = new_job(server).headers["Location"].rpartition("/")[2]
    server.stop()
    with closing(sqlite3.connect(server.home / "state.sqlite")) as state:
        state.execute("ALTER TABLE job DROP COLUMN address")
        state.execute("DROP TABLE revision")
    server.start()
    assert server.get(f"/tap/async/{old}/phase").text == "PENDING"
    assert new_job(server).status == 303


def test_clients_beyond_the_places_are_refused_and_health_still_answers(
    new_server: NewServer,
) -> None:
    server = new_server(SATVO_THREADS="2").start()
    stalled = []
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
        connection.request(
            "GET", f"/tap/sync?{urlencode({'QUERY': ENDLESS, 'MAXREC': 20_000_000})}"
        )
        answer = connection.getresponse()
        answer.read(1000)
        stalled.append((connection, answer))
    with pytest.raises(pyvo.dal.DALRateLimitError) as refused:
        pyvo.dal.TAPService(server.tap).run_sync(ONE)
    assert refused.value.retry_after_seconds == 5
    assert server.get("/health").status == 200
    assert samples(server)["satvo_http_requests_total", "POST", "/tap/sync", "429"] >= 1
    assert server.command("status").returncode == 0
    for connection, answer in stalled:
        answer.close()
        connection.close()
    deadline = time.monotonic() + WAIT_S
    while server.sync(ONE).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_query_that_gets_no_turn_is_refused_with_429(new_server: NewServer) -> None:
    server = new_server(SATVO_QUERIES_AT_ONCE="1", SATVO_QUERY_SECONDS="3").start()
    sines = f"{'SIN(' * 40}a.epoch_mjd * b.gp_id{')' * 40}"
    heavy = f"SELECT SUM({sines}) AS s FROM satvo.gp AS a, satvo.gp AS b"
    job = server.request(
        "POST", "/tap/async", urlencode({"QUERY": heavy, "PHASE": "RUN"}).encode(), FORM
    )
    path = job.headers["Location"].removeprefix(server.url)
    deadline = time.monotonic() + WAIT_S
    while not samples(server)["satvo_queries", "working"]:
        assert time.monotonic() < deadline
    refused = server.sync(ONE)
    assert refused.status == 429, refused.text
    assert int(refused.headers["Retry-After"]) == 5
    server.request("POST", f"{path}/phase", b"PHASE=ABORT", FORM)
