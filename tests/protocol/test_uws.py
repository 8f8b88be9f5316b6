"""UWS 1.1, scenario by scenario, for TAP jobs and for compute jobs."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

UWS = {"u": "http://www.ivoa.net/xml/UWS/v1.0", "x": "http://www.w3.org/1999/xlink"}
QUICK = "SELECT TOP 5 norad_id FROM satvo.gp ORDER BY norad_id"
ENDLESS = (
    "SELECT COUNT(*) AS n FROM satvo.gp AS a, satvo.gp AS b, satvo.gp AS c "
    "WHERE SIN(a.epoch_mjd * b.epoch_mjd + c.epoch_mjd) > 0.5"
)
TAP = "/tap/async"
COMPUTE = "/jobs/constellation"
LISTS = {
    TAP: {"LANG": "ADQL", "QUERY": QUICK},
    COMPUTE: {"CONSTELLATION": "oneweb-phase1", "EPOCH": "2027-01-01"},
}


@dataclass
class Answer:
    """A response, redirects not followed."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def xml(self) -> etree._Element:
        return etree.fromstring(self.body)


class Caller:
    """A client of one server."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self.port = port
        self.token = token

    def __call__(
        self, method: str, path: str, _headers: dict[str, str] | None = None, **form: str
    ) -> Answer:
        path = urllib.parse.urlsplit(path)._replace(scheme="", netloc="").geturl()
        headers = dict(_headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(form)
        elif form:
            path += "?" + urllib.parse.urlencode(form)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def create(self, path: str, **form: str) -> str:
        """Create a job; its path."""
        made = self("POST", path, **{**LISTS[path], **form})
        assert made.status == 303, made.text
        return urllib.parse.urlsplit(made.headers["Location"]).path

    def phase(self, job: str) -> str:
        return self("GET", f"{job}/phase").text

    def wait_for(self, job: str, *phases: str, seconds: float = 60) -> str:
        deadline = time.monotonic() + seconds
        while (phase := self.phase(job)) not in phases:
            assert time.monotonic() < deadline, f"{job} is still {phase}"
            time.sleep(0.05)
        return phase


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def uws(
    request: pytest.FixtureRequest,
    server_on: Callable[[str], Any],
    empty_server: Callable[..., Any],
    address_of: Callable[[str], str],
) -> Any:
    """A server of each engine, whose jobs are this module's own."""
    if request.param == "duckdb":
        return server_on("uws")
    server = empty_server(SATVO_STORE=address_of(request.param))
    made = server.command("init", "--demo")
    assert made.returncode == 0, made.stderr
    return server.start()


@pytest.fixture
def call(uws: Any) -> Caller:
    return Caller(uws.port)


@pytest.fixture
def owner(uws: Any) -> Caller:
    """A client with a token of its own, so that its list holds nothing else."""
    made = uws.command("token add", "--rights", "job", f"test {time.time_ns()}")
    assert made.returncode == 0, made.stderr
    return Caller(uws.port, made.stdout.split()[-1])


both = pytest.mark.parametrize("path", [TAP, COMPUTE])


@both
def test_a_job_is_created_run_and_answers(call: Caller, path: str) -> None:
    job = call.create(path)
    assert call.phase(job) == "PENDING"
    started = call("POST", f"{job}/phase", PHASE="RUN")
    assert (started.status, urllib.parse.urlsplit(started.headers["Location"]).path) == (303, job)
    assert call.phase(job) != "PENDING", "the very next look must not say PENDING"
    call.wait_for(job, "COMPLETED")
    document = call("GET", job).xml
    result = document.find("u:results/u:result", UWS)
    assert result is not None
    content = call("GET", result.get(f"{{{UWS['x']}}}href", ""))
    assert content.status == 200
    assert len(content.body) == int(result.get("size", "0"))
    assert (
        content.headers["Content-Type"].split(";")[0] == result.get("mime-type", "").split(";")[0]
    )


def test_the_result_of_a_query_is_called_result(call: Caller) -> None:
    job = call.create(TAP, PHASE="RUN", RESPONSEFORMAT="csv")
    call.wait_for(job, "COMPLETED")
    assert call("GET", f"{job}/results/result").text.splitlines()[0] == "norad_id"
    assert len(call("GET", f"{job}/results/result").text.splitlines()) == 6


@both
def test_phase_run_in_the_creating_post_is_honoured(call: Caller, path: str) -> None:
    job = call.create(path, PHASE="RUN")
    assert call.wait_for(job, "COMPLETED") == "COMPLETED"


def test_a_small_job_is_done_within_a_tenth_of_a_second(call: Caller) -> None:
    times = []
    for _ in range(7):
        begun = time.monotonic()
        job = call.create(TAP, PHASE="RUN")
        call("GET", job, WAIT="10", PHASE="QUEUED")
        call("GET", job, WAIT="10", PHASE="EXECUTING")
        times.append(time.monotonic() - begun)
        assert call.phase(job) == "COMPLETED"
    assert sorted(times)[3] < 0.1


@both
def test_every_part_of_a_job_is_served(call: Caller, path: str) -> None:
    job = call.create(path)
    document = call("GET", job).xml
    for name in ("phase", "executionduration", "destruction", "quote", "owner"):
        shown = call("GET", f"{job}/{name}")
        assert shown.status == 200
        assert shown.headers["Content-Type"].startswith("text/plain")
        tag = {"executionduration": "executionDuration", "owner": "ownerId"}.get(name, name)
        assert shown.text == (document.findtext(f"u:{tag}", "", UWS) or "")
    parameters = call("GET", f"{job}/parameters").xml
    told = {p.get("id"): p.text for p in parameters.iterfind("u:parameter", UWS)}
    assert told == LISTS[path]
    assert len(call("GET", f"{job}/results").xml) == 0
    assert call("GET", f"{job}/error").status == 404


@both
def test_a_job_is_deleted_by_delete_and_by_action(call: Caller, path: str) -> None:
    for method, form in (("DELETE", {}), ("POST", {"ACTION": "DELETE"})):
        job = call.create(path, PHASE="RUN")
        call.wait_for(job, "COMPLETED")
        gone = call(method, job, **form)
        assert (gone.status, urllib.parse.urlsplit(gone.headers["Location"]).path) == (303, path)
        for part in ("", "/phase", "/results/result", "/parameters"):
            assert call("GET", job + part).status == 404


@both
def test_unknown_jobs_and_parts_are_not_found(call: Caller, path: str) -> None:
    job = call.create(path)
    for missing in ("nonsense", "0" * 32, "..%2f..%2fetc", "a" * 300):
        assert call("GET", f"{path}/{missing}").status == 404
        assert call("DELETE", f"{path}/{missing}").status == 404
    assert call("GET", f"{job}/nonsense").status == 404
    assert call("GET", f"{job}/results/nonsense").status == 404


def test_a_job_of_one_list_is_not_in_another(call: Caller) -> None:
    job = call.create(TAP).rpartition("/")[2]
    assert call("GET", f"{COMPUTE}/{job}").status == 404


def test_a_pending_job_takes_parameters(call: Caller) -> None:
    job = call.create(TAP, QUERY="SELECT nonsense FROM nowhere")
    changed = call("POST", f"{job}/parameters", query=QUICK, MAXREC="2", RESPONSEFORMAT="csv")
    assert changed.status == 303
    call("POST", f"{job}/phase", PHASE="RUN")
    call.wait_for(job, "COMPLETED")
    assert len(call("GET", f"{job}/results/result").text.splitlines()) == 3
    late = call("POST", f"{job}/parameters", MAXREC="1")
    assert late.status == 400
    assert "PENDING" in late.text


def test_parameters_posted_to_the_job_itself_are_refused(call: Caller) -> None:
    job = call.create(TAP)
    assert call("POST", job, QUERY=QUICK).status == 400


@pytest.mark.parametrize(
    ("part", "form"),
    [
        ("phase", {"PHASE": "COMPLETED"}),
        ("phase", {}),
        ("executionduration", {"EXECUTIONDURATION": "soon"}),
        ("executionduration", {}),
        ("destruction", {"DESTRUCTION": "tomorrow"}),
        ("destruction", {"DESTRUCTION": "0001-01-01T00:00:00+14:00"}),
        ("destruction", {"DESTRUCTION": "9999-12-31T23:59:59-14:00"}),
        ("destruction", {}),
    ],
)
def test_wrong_values_are_refused_with_the_reason(
    call: Caller, part: str, form: dict[str, str]
) -> None:
    answer = call("POST", f"{call.create(TAP)}/{part}", **form)
    assert answer.status == 400
    assert part.upper() in answer.text


def test_a_list_after_a_time_of_no_year_is_refused(call: Caller) -> None:
    answer = call("GET", TAP, AFTER="0001-01-01T00:00:00+14:00")
    assert answer.status == 400
    assert "AFTER=0001" in answer.text


def test_a_query_with_a_character_that_no_xml_can_hold_is_told_of_all_the_same(
    call: Caller,
) -> None:
    job = call.create(TAP, QUERY="SELECT \0", RUNID="a\ufffe", FORMAT="\x01", PHASE="RUN")
    assert call.wait_for(job, "ERROR") == "ERROR"
    assert call("GET", job).xml.findtext("u:runId", namespaces=UWS) == "a\ufffd"
    assert "SELECT \ufffd" in call("GET", f"{job}/parameters").text
    assert call("GET", f"{job}/error").status == 200


def test_an_epoch_with_an_offset_is_computed_in_utc(call: Caller) -> None:
    job = call.create(COMPUTE, EPOCH="2027-01-01T01:00:00+02:00", PHASE="RUN")
    assert call.wait_for(job, "COMPLETED", "ERROR") == "COMPLETED"
    assert ",2026-12-31T23:00:00.000000," in call("GET", f"{job}/results/elements").text
    never = call.create(COMPUTE, EPOCH="0001-01-01T00:00:00+14:00", PHASE="RUN")
    assert call.wait_for(never, "ERROR") == "ERROR"
    assert "EPOCH=0001" in call("GET", f"{never}/error").text


def test_a_job_that_is_deleted_while_it_waits_for_its_turn_never_begins(
    new_server: Callable[..., Any],
) -> None:
    server = new_server(SATVO_QUERIES_AT_ONCE="1").start()
    call = Caller(server.port)

    def queries() -> tuple[str, ...]:
        told = call("GET", "/metrics").text
        return tuple(re.findall(r"^satvo_queries\{.*\} (\S+)$", told, re.MULTILINE))

    def wait_until(*wanted: str) -> None:
        deadline = time.monotonic() + 30
        while (found := queries()) != wanted:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    first = call.create(TAP, QUERY=ENDLESS, PHASE="RUN")
    wait_until("1.0", "0.0")
    second = call.create(TAP, QUERY=ENDLESS, PHASE="RUN")
    wait_until("1.0", "1.0")
    assert call("DELETE", second).status == 303
    time.sleep(1)  # its interrupt comes to nothing: the engine has not begun
    assert call("DELETE", first).status == 303
    wait_until("0.0", "0.0")


def test_a_job_that_is_refused_leaves_no_file(uws: Any) -> None:
    before = set((uws.home / "jobs").glob("*"))
    part = '--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\na,b\n1,2\n\r\n'
    body = f"{part}{part}--x--\r\n".encode()
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert uws.request("POST", TAP, body, kind).status == 400
    assert set((uws.home / "jobs").glob("*")) == before


def test_a_folder_whose_job_was_never_recorded_goes_with_the_next_start(
    new_server: Callable[..., Any],
) -> None:
    server = new_server().start()
    job = Caller(server.port).create(TAP, PHASE="RUN").rpartition("/")[2]
    Caller(server.port).wait_for(f"{TAP}/{job}", "COMPLETED")
    server.stop()
    jobs = server.home / "jobs"
    for name, age_s in (("a" * 32, 7200), ("b" * 32, 60), (job, 7200), ("notes", 7200)):
        (jobs / name / "uploads").mkdir(parents=True, exist_ok=True)
        os.utime(jobs / name, (time.time() - age_s,) * 2)
    server.start()
    deadline = time.monotonic() + 20
    while (jobs / ("a" * 32)).exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {path.name for path in jobs.iterdir()} == {"b" * 32, job, "notes"}


def test_a_wrong_query_ends_in_error_with_its_message(call: Caller) -> None:
    job = call.create(TAP, QUERY="SELECT norad FROM satvo.gp", PHASE="RUN")
    call.wait_for(job, "ERROR")
    document = call("GET", job).xml
    message = document.findtext("u:errorSummary/u:message", "", UWS)
    assert "did you mean norad_id?" in message
    error = call("GET", f"{job}/error")
    assert error.status == 200
    assert message in error.text
    assert 'value="ERROR"' in error.text


def test_a_wrong_parameter_of_a_compute_job_ends_in_error(call: Caller) -> None:
    job = call.create(COMPUTE, CONSTELLATION="deathstar", PHASE="RUN")
    call.wait_for(job, "ERROR")
    assert "CONSTELLATION=deathstar: give one of ast-spacemobile" in call("GET", job).text


@pytest.mark.alone
@pytest.mark.parametrize("before", ["PENDING", "EXECUTING"])
def test_a_job_is_aborted(call: Caller, before: str) -> None:
    job = call.create(TAP, QUERY=ENDLESS)
    if before == "EXECUTING":
        call("POST", f"{job}/phase", PHASE="RUN")
        call.wait_for(job, "EXECUTING")
    begun = time.monotonic()
    assert call("POST", f"{job}/phase", PHASE="ABORT").status == 303
    assert call.phase(job) == "ABORTED"
    assert time.monotonic() - begun < 5
    again = call("POST", f"{job}/phase", PHASE="RUN")
    assert again.status == 400
    quick = call.create(TAP, PHASE="RUN")
    call.wait_for(quick, "COMPLETED", seconds=20)


def test_a_running_job_is_deleted_and_leaves_no_folder(call: Caller, uws: Any) -> None:
    job = call.create(TAP, QUERY=ENDLESS, PHASE="RUN")
    call.wait_for(job, "EXECUTING")
    assert call("DELETE", job).status == 303
    deadline = time.monotonic() + 20
    while (folder := uws.home / "jobs" / job.rpartition("/")[2]).exists():
        assert time.monotonic() < deadline, list(folder.iterdir())
        time.sleep(0.1)


def test_execution_duration_ends_a_job_with_the_reason(call: Caller) -> None:
    job = call.create(TAP, QUERY=ENDLESS)
    assert call("POST", f"{job}/executionduration", EXECUTIONDURATION="1").status == 303
    assert call("GET", f"{job}/executionduration").text == "1"
    call("POST", f"{job}/phase", PHASE="RUN")
    ended = call.wait_for(job, "ABORTED", "ERROR", seconds=30)
    assert ended in ("ABORTED", "ERROR")
    assert "1 s" in call("GET", job).xml.findtext("u:errorSummary/u:message", "", UWS)


def test_execution_duration_is_granted_up_to_the_limit(call: Caller) -> None:
    job = call.create(TAP)
    for asked in ("0", "999999999"):
        call("POST", f"{job}/executionduration", EXECUTIONDURATION=asked)
        assert call("GET", f"{job}/executionduration").text == "7200"


def test_destruction_is_granted_up_to_the_limit_and_carried_out(call: Caller) -> None:
    job = call.create(TAP, PHASE="RUN")
    call.wait_for(job, "COMPLETED")
    call("POST", f"{job}/destruction", DESTRUCTION="2100-01-01T00:00:00Z")
    granted = datetime.fromisoformat(call("GET", f"{job}/destruction").text)
    assert timedelta(days=29) < granted - datetime.now(UTC) < timedelta(days=31)
    call("POST", f"{job}/destruction", DESTRUCTION="2001-01-01T00:00:00+00:00")
    deadline = time.monotonic() + 30
    while call("GET", job).status != 404:
        assert time.monotonic() < deadline
        time.sleep(0.2)


# WAIT


@pytest.mark.alone
@both
def test_wait_returns_when_the_phase_changes(call: Caller, path: str) -> None:
    job = call.create(path, PHASE="RUN")
    begun = time.monotonic()
    while call.phase(job) in ("QUEUED", "EXECUTING"):
        call("GET", job, WAIT="30")
    assert call.phase(job) == "COMPLETED"
    assert time.monotonic() - begun < 25


@pytest.mark.alone
def test_wait_ends_with_its_time_and_the_unchanged_job(call: Caller) -> None:
    job = call.create(TAP)
    begun = time.monotonic()
    waited = call("GET", job, WAIT="1")
    assert 0.9 < time.monotonic() - begun < 10
    assert waited.xml.findtext("u:phase", "", UWS) == "PENDING"


@pytest.mark.alone
@pytest.mark.parametrize("wait", ["0", "20", "-1"])
def test_wait_returns_at_once_for_another_phase_or_an_ended_job(call: Caller, wait: str) -> None:
    pending = call.create(TAP)
    ended = call.create(TAP)
    call("POST", f"{ended}/phase", PHASE="ABORT")
    begun = time.monotonic()
    assert call("GET", pending, WAIT=wait, PHASE="EXECUTING").status == 200
    assert call("GET", ended, WAIT=wait).status == 200
    assert time.monotonic() - begun < 10


def test_wait_that_is_no_number_is_refused(call: Caller) -> None:
    assert call("GET", call.create(TAP), WAIT="long").status == 400


@pytest.mark.alone
def test_waiting_clients_leave_threads_for_the_others(call: Caller) -> None:
    job = call.create(TAP)
    threads = [
        threading.Thread(target=lambda: call("GET", job, WAIT="6"), daemon=True) for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    begun = time.monotonic()
    assert call("GET", "/tap/sync", LANG="ADQL", QUERY=QUICK).status == 200
    assert time.monotonic() - begun < 2
    for thread in threads:
        thread.join(60)


# Lists and owners


@both
def test_a_list_shows_the_callers_jobs_with_the_filters_of_the_standard(
    owner: Caller, path: str
) -> None:
    jobs = [owner.create(path, RUNID=f"run {i}") for i in range(3)]
    owner("POST", f"{jobs[1]}/phase", PHASE="ABORT")

    def listed(**filters: str) -> list[str]:
        document = owner("GET", path, **filters).xml
        return [ref.get("id", "") for ref in document.iterfind("u:jobref", UWS)]

    ids = [job.rpartition("/")[2] for job in jobs]
    assert listed() == ids
    assert listed(PHASE="ABORTED") == [ids[1]]
    assert listed(PHASE="PENDING") == [ids[0], ids[2]]
    assert listed(LAST="1") == [ids[2]]
    assert listed(LAST="2", PHASE="PENDING") == [ids[2], ids[0]]
    created = owner("GET", jobs[1]).xml.findtext("u:creationTime", "", UWS)
    assert ids[0] not in listed(AFTER=created)
    assert listed(AFTER="2100-01-01T00:00:00Z") == []
    document = owner("GET", path).xml
    assert document.findtext("u:jobref/u:runId", "", UWS) == "run 0"
    for wrong in ({"PHASE": "HAPPY"}, {"AFTER": "lunch"}, {"LAST": "0"}, {"LAST": "x"}):
        assert owner("GET", path, **wrong).status == 400


def test_anonymous_jobs_are_listed_to_nobody(call: Caller, owner: Caller) -> None:
    job = call.create(TAP)
    for caller in (call, owner):
        assert len(caller("GET", TAP).xml) == 0
        assert caller("GET", job).status == 200, "whoever knows the id may see it"


@both
def test_a_job_of_a_token_is_its_owners_alone(
    call: Caller, owner: Caller, uws: Any, path: str
) -> None:
    job = owner.create(path)
    assert owner("GET", f"{job}/owner").text
    made = uws.command("token add", "--rights", "job", "other")
    other = Caller(uws.port, made.stdout.split()[-1])
    for part in ("", "/phase", "/parameters", "/results", "/owner"):
        assert call("GET", job + part).status == 401
        assert other("GET", job + part).status == 403
    assert call("GET", job).headers["WWW-Authenticate"].startswith("ivoa_bearer")
    assert other("DELETE", job).status == 403
    assert other("POST", f"{job}/phase", PHASE="RUN").status == 403
    assert owner("GET", job).status == 200


def test_a_token_that_is_not_valid_is_refused(uws: Any) -> None:
    assert Caller(uws.port, "satvo_nonsense")("GET", TAP).status == 401
    made = uws.command("token add", "--rights", "job", "short")
    listed = uws.command("token list").stdout
    token_id = next(line.split()[0] for line in listed.splitlines() if " short" in line)
    caller = Caller(uws.port, made.stdout.split()[-1])
    assert caller("GET", TAP).status == 200
    assert uws.command("token revoke", token_id).returncode == 0
    assert caller("GET", TAP).status == 401


# JSON


@both
def test_json_says_the_same_as_xml(owner: Caller, path: str) -> None:
    job = owner.create(path, PHASE="RUN")
    owner.wait_for(job, "COMPLETED")
    document = owner("GET", job).xml
    told = json.loads(owner("GET", job, {"Accept": "application/json"}).text)
    assert told == json.loads(owner("GET", job, RESPONSEFORMAT="json").text)
    for name in ("jobId", "phase", "creationTime", "startTime", "endTime", "destruction"):
        assert told[name] == document.findtext(f"u:{name}", "", UWS)
    assert told["results"][0]["href"] == document.find("u:results/u:result", UWS).get(
        f"{{{UWS['x']}}}href"
    )
    listed = json.loads(owner("GET", path, RESPONSEFORMAT="json").text)
    assert [j["id"] for j in listed["jobs"]] == [told["jobId"]]


# What a kill leaves


@pytest.mark.parametrize("path", [TAP, COMPUTE])
def test_results_survive_a_restart_and_a_killed_job_runs_again(
    new_server: Callable[..., Any], path: str
) -> None:
    server = new_server().start()
    call = Caller(server.port)
    done = call.create(path, PHASE="RUN")
    call.wait_for(done, "COMPLETED")
    names = [r.get("id") for r in call("GET", done).xml.iterfind("u:results/u:result", UWS)]
    before = call("GET", f"{done}/results/{names[0]}").body
    cut = call.create(path, PHASE="RUN")
    server.kill()
    server.start()
    assert call("GET", f"{done}/results/{names[0]}").body == before
    # the lease of a job that was being run must run out first
    assert call.wait_for(cut, "COMPLETED", "ERROR", seconds=60) == "COMPLETED"
    tries = list((server.home / "jobs" / cut.rpartition("/")[2]).glob("try-*"))
    assert len(tries) == 1
    assert not tries[0].name.endswith(".part")


def test_a_reload_in_the_middle_of_a_job_loses_nothing(new_server: Callable[..., Any]) -> None:
    server = new_server().start()
    call = Caller(server.port)
    slow = (
        "SELECT TOP 50000 a.norad_id FROM satvo.gp AS a, satvo.gp AS b, satvo.gp AS c "
        "WHERE SIN(a.epoch_mjd * b.epoch_mjd + c.gp_id) > 0.99999"
    )
    job = call.create(TAP, QUERY=slow, PHASE="RUN", RESPONSEFORMAT="csv")
    call.wait_for(job, "EXECUTING", "COMPLETED")
    server.signal(signal.SIGHUP)
    assert call.wait_for(job, "COMPLETED", "ERROR", "ABORTED", seconds=120) == "COMPLETED"
    assert len(call("GET", f"{job}/results/result").text.splitlines()) == 50001
