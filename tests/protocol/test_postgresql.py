"""A server with its tables in PostgreSQL answers its clients as the embedded engine does."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import astropy.table
import psycopg
import pytest
import pyvo

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
STAGES = "TMV TME TMS TMC QGE QPO MDQ LOC UPL EXA"
COMMAND_S = 300.0
FORM = "application/x-www-form-urlencoded"
FORM_HEADERS = {"Content-Type": FORM}
KUIPER = 34 * 34 + 36 * 36 + 28 * 28


@pytest.fixture(scope="module")
def server(new_database: Callable[[], str], empty_server: Callable[..., Any]) -> Iterator[Any]:
    """A server on a new database, filled with the demonstration archive."""
    server = empty_server(SATVO_STORE=new_database(), SATVO_QUERY_SECONDS="8")
    made = server.command("init", "--demo")
    assert made.returncode == 0, made.stderr
    yield server.start()
    server.stop()


@pytest.fixture
def tap(server: Any) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(server.tap)


def test_the_readmes_query_prints_the_readmes_answer(server: Any) -> None:
    code, answer = re.search(r"```python\n(.*?)```\n+```\n(.*?)```", README, re.DOTALL).groups()  # type: ignore[union-attr]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code.replace("http://127.0.0.1:8080", server.url))
    assert printed.getvalue() == answer


def test_upload_joins_stored_tables_by_number_and_by_name(tap: pyvo.dal.TAPService) -> None:
    known = tap.search(
        "SELECT TOP 5 norad_id, object_name FROM satvo.gp "
        "WHERE object_name IS NOT NULL ORDER BY gp_id"
    ).to_table()
    mine = astropy.table.Table(
        {"number": [*known["norad_id"], -1], "name": [*map(str, known["object_name"]), "Ω"]}
    )
    joined = tap.search(
        "SELECT m.number, m.name FROM TAP_UPLOAD.mine AS m JOIN satvo.gp AS g "
        "ON m.number = g.norad_id AND m.name = g.object_name GROUP BY m.number, m.name "
        "ORDER BY m.name",
        uploads={"mine": mine},
    )
    assert sorted(joined["number"]) == sorted(set(known["norad_id"]))
    rest = (
        "SELECT name FROM TAP_UPLOAD.mine UNION "
        "SELECT object_name FROM satvo.gp WHERE object_name IS NOT NULL ORDER BY name"
    )
    names = list(tap.search(rest, uploads={"mine": mine})["name"])
    assert names == sorted(set(names))


def test_asynchronous_query_is_answered_and_a_wrong_one_ends_in_error(
    tap: pyvo.dal.TAPService,
) -> None:
    job = tap.submit_job("SELECT COUNT(*) AS n FROM satvo.gp").run()
    job.wait(timeout=60)
    assert job.phase == "COMPLETED"
    assert job.fetch_result()["n"][0] > 1000
    wrong = tap.submit_job("SELECT SQRT(-gp_id - 1) AS v FROM satvo.gp").run()
    wrong.wait(timeout=60)
    assert wrong.phase == "ERROR"
    with pytest.raises(pyvo.DALQueryError, match="square root of a negative number"):
        wrong.raise_if_error()


def test_query_beyond_its_time_is_ended_and_the_next_one_answered(server: Any) -> None:
    tables = ", ".join(f"satvo.gp AS g{i}" for i in range(6))
    slow = server.sync(f"SELECT SUM(SIN(g1.inclination) * g2.gp_id) FROM {tables}")
    assert "longer than the limit" in slow.text
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") > 1000


def test_commands_reach_the_database_through_the_server_and_without_it(
    server: Any, element_sets: Callable[..., bytes], tmp_path: Path
) -> None:
    before = server.number("SELECT COUNT(*) AS n FROM satvo.gp")
    file = tmp_path / "new.tle"
    file.write_bytes(element_sets(20, first=70000))
    assert server.command("ingest", file).returncode == 0
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") == before + 20
    server.stop()
    said = server.command("query", "SELECT COUNT(*) AS n FROM satvo.gp")
    assert said.returncode == 0, said.stderr
    server.start()
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") == before + 20


def test_constellation_that_a_job_computes_comes_into_the_archive_once(server: Any) -> None:
    token = server.command("token add", "--rights", "write", "postgresql").stdout.split()[-1]
    form = {"CONSTELLATION": "kuiper", "EPOCH": "2031-02-03T04:05:06", "REGISTER": "true"}
    headers = {"Content-Type": FORM, "Authorization": f"Bearer {token}"}
    of_epoch = "FROM satvo.gp WHERE source = 'simulated' AND epoch = '2031-02-03T04:05:06'"
    for _ in range(2):
        body = urlencode({**form, "PHASE": "RUN"}).encode()
        made = server.request("POST", "/jobs/constellation", body, headers)
        assert made.status == 303, made.text
        job = urlsplit(made.headers["Location"]).path
        deadline = time.monotonic() + 60
        while server.request("GET", f"{job}/phase", None, headers).text != "COMPLETED":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert server.number(f"SELECT COUNT(*) AS n {of_epoch}") == KUIPER


def test_jobs_and_tokens_stand_in_the_database_and_survive_a_kill(server: Any) -> None:
    assert not (server.home / "state.sqlite").exists()
    said = server.command("token add", "mine").stdout.split()
    name, secret = said[1], said[-1]
    headers = {"Content-Type": FORM, "Authorization": f"Bearer {secret}"}
    form = {"QUERY": "SELECT COUNT(*) AS n FROM satvo.gp", "PHASE": "RUN", "FORMAT": "csv"}
    made = server.request("POST", "/tap/async", urlencode(form).encode(), headers)
    job = urlsplit(made.headers["Location"]).path
    server.kill()
    server.start()
    deadline = time.monotonic() + 60
    while server.request("GET", f"{job}/phase", None, headers).text != "COMPLETED":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert server.get(f"{job}/phase").status == 401
    assert server.command("token revoke", name).returncode == 0
    assert server.request("GET", f"{job}/phase", None, headers).status == 401


@contextlib.contextmanager
def cut_off(address: str) -> Iterator[None]:
    """The database lets nobody in."""
    name = urlsplit(address).path[1:]
    with psycopg.connect(address.replace(f"/{name}?", "/postgres?"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_server_without_its_database_says_so_and_goes_on_when_it_is_back(server: Any) -> None:
    absent = f"/tap/async/{'0' * 32}"
    with ThreadPoolExecutor(8) as clients:  # several connections are kept
        statuses = clients.map(lambda _: server.get(absent).status, range(64))
        assert set(statuses) == {404}
    assert server.get("/health").status == 200
    with cut_off(server.settings["SATVO_STORE"]):
        health = server.get("/health")
        assert health.status == 503
        assert "jobs and tokens cannot be written" in health.text
        for path in (
            absent,
            "/tap/sync?LANG=ADQL&QUERY=SELECT+1+AS+n+FROM+satvo.gp",
        ):
            answer = server.get(path)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), answer.text
        said = server.command("token list")
        assert (said.returncode, said.stderr.count("\n")) == (1, 1)
        assert "not currently accepting connections" in said.stderr
    assert server.get("/health").status == 200
    assert server.get(absent).status == 404
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") > 1000


def test_name_with_a_nul_is_no_mistake_of_ours(server: Any) -> None:
    for path in ("/tap/async/a%00b", "/tap/async/a%00b/phase", "/jobs/constellation/%00"):
        assert server.get(path).status == 404
    headers = {"Content-Type": FORM, "Authorization": "Bearer a%00b"}
    assert server.request("GET", "/tap/async", None, headers).status == 401
    made = server.request(
        "POST", "/tap/async", b"RUNID=a%00b&QUERY=SELECT+%00&PHASE=RUN", FORM_HEADERS
    )
    job = urlsplit(made.headers["Location"]).path
    deadline = time.monotonic() + 60
    while (phase := server.get(f"{job}/phase").text) in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert phase == "ERROR"
    assert server.get(job).status == 200


def test_reload_lets_no_query_fail(server: Any) -> None:
    before = set(server.pids)
    server.signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    answered = 0
    while set(server.pids) == before or answered < 20:
        assert time.monotonic() < deadline
        assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") > 1000
        answered += 1


def test_taplint_finds_nothing(server: Any, needs_program: Callable[[str, str], str]) -> None:
    done = subprocess.run(
        [needs_program("stilts", "stilts"), "taplint", f"tapurl={server.tap}", f"stages={STAGES}",
         "report=EWF"],
        capture_output=True, text=True, timeout=COMMAND_S, check=False,
    )  # fmt: skip
    assert "Totals: Errors: 0; Warnings: 0; Failures: 0" in done.stdout, done.stdout + done.stderr
    for stage in STAGES.split():
        assert f"Section {stage}:" in done.stdout
