"""Jobs whose rows come into the archive: by right, once, and whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOBS = "/jobs/constellation"
KUIPER = {"CONSTELLATION": "kuiper", "EPOCH": "2031-02-03T04:05:06", "REGISTER": "true"}
SATELLITES = 34 * 34 + 36 * 36 + 28 * 28
WAIT_S = 60.0
OF_EPOCH = "FROM satvo.gp WHERE source = 'simulated' AND epoch = '2031-02-03T04:05:06'"
POINTS = (
    "the child has begun",
    "the child has ended",
    "the files are whole",
    "it cannot be aborted",
    "the rows are not committed",
    "the rows are committed",
    "the report is written",
    "it has completed",
)


class Client:
    """A client with a token, or without."""

    def __init__(self, server: Any, *rights: str) -> None:
        self._server = server
        self._headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if rights:
            flags = [text for right in rights for text in ("--rights", right)]
            made = server.command("token add", *flags, f"test {time.time_ns()}")
            assert made.returncode == 0, made.stderr
            self._headers["Authorization"] = f"Bearer {made.stdout.split()[-1]}"

    def ask(self, method: str, path: str, **form: str) -> Any:
        path = urllib.parse.urlsplit(path).path
        body = urllib.parse.urlencode(form).encode() if method == "POST" else None
        return self._server.request(method, path, body, self._headers)

    def run(self, **form: str) -> str:
        made = self.ask("POST", JOBS, PHASE="RUN", **form)
        assert made.status == 303, made.text
        return urllib.parse.urlsplit(made.headers["Location"]).path

    def end(self, job: str) -> str:
        """The phase in which it ends."""
        deadline = time.monotonic() + WAIT_S
        while (phase := self.ask("GET", f"{job}/phase").text) in ("QUEUED", "EXECUTING"):
            assert time.monotonic() < deadline, phase
            time.sleep(0.05)
        return str(phase)

    def result(self, job: str, name: str) -> Any:
        answer = self.ask("GET", f"{job}/results/{name}")
        assert answer.status == 200, answer.text
        return json.loads(answer.text)


@pytest.fixture(scope="module")
def site(server_on: Callable[[str], Any]) -> Any:
    return server_on("registration")


def test_a_registered_constellation_is_in_the_archive_once(site: Any) -> None:
    client = Client(site, "write")
    known = site.number("SELECT COUNT(*) AS n FROM satvo.satellite")
    job = client.run(**KUIPER)
    assert client.end(job) == "COMPLETED"
    report = client.result(job, "registered")
    assert report["constellation"] == "sim-kuiper"
    assert report["element_sets"] == report["new"] == SATELLITES
    assert site.number(f"SELECT COUNT(*) AS n {OF_EPOCH}") == SATELLITES
    first, last = report["first_norad_id"], report["last_norad_id"]
    within = f"{OF_EPOCH} AND norad_id BETWEEN {first} AND {last}"
    assert site.number(f"SELECT COUNT(DISTINCT norad_id) AS n {within}") == SATELLITES
    # the demonstration has the same satellites, at another epoch
    assert site.number("SELECT COUNT(*) AS n FROM satvo.satellite") == known
    again = client.run(**KUIPER)
    assert client.end(again) == "COMPLETED"
    assert client.result(again, "registered") == {**report, "new": 0}
    assert site.number(f"SELECT COUNT(*) AS n {OF_EPOCH}") == SATELLITES


DEFINITION = (
    "{name: mine, title: Mine, filing: none, shells: [{id: A, altitude_km: 500, "
    "inclination_deg: 50, planes: 3, satellites_per_plane: 4}]}"
)


def run_definition(site: Any, client: Client, definition: str) -> str:
    """The job that registers a definition."""
    boundary = "b0undary"
    fields = {"EPOCH": "2031-01-01T00:00:00", "REGISTER": "1", "PHASE": "RUN"}
    parts = [f'name="{n}"\r\n\r\n{v}' for n, v in fields.items()]
    parts.append(f'name="DEFINITION"; filename="d.yaml"\r\n\r\n{definition}')
    body = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {p}\r\n" for p in parts)
    made = site.request(
        "POST",
        JOBS,
        f"{body}--{boundary}--\r\n".encode(),
        {**client._headers, "Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert made.status == 303, made.text
    return urllib.parse.urlsplit(made.headers["Location"]).path


def test_a_definition_of_ones_own_gets_numbers_after_all_others(site: Any) -> None:
    client = Client(site, "write")
    highest = site.number("SELECT MAX(norad_id) AS n FROM satvo.satellite")
    job = run_definition(site, client, DEFINITION)
    assert client.end(job) == "COMPLETED", client.ask("GET", f"{job}/error").text
    report = client.result(job, "registered")
    assert report["first_norad_id"] == highest + 1
    assert report["last_norad_id"] == highest + 12
    count = "SELECT COUNT(*) AS n FROM satvo.satellite WHERE constellation = 'sim-mine'"
    assert site.number(count) == 12


@pytest.mark.parametrize("name", ["kuiper", "twice"])
def test_a_name_that_is_there_with_other_satellites_is_refused(site: Any, name: str) -> None:
    client = Client(site, "write")
    definition = DEFINITION.replace("mine", name)
    if name == "twice":
        assert client.end(run_definition(site, client, definition)) == "COMPLETED"
    known = site.number("SELECT COUNT(*) AS n FROM satvo.gp")
    job = run_definition(site, client, definition.replace("500", "600"))
    assert client.end(job) == "ERROR"
    assert "give the definition another name" in client.ask("GET", f"{job}/error").text
    assert site.number("SELECT COUNT(*) AS n FROM satvo.gp") == known


def test_a_command_registers_beside_the_server(site: Any, tmp_path: Path) -> None:
    path = tmp_path / "beside.yaml"
    path.write_text(DEFINITION.replace("mine", "beside"))
    options = ("--epoch", "2031-01-01", "--register")
    done = site.command("constellation", *options, str(path))
    assert done.returncode == 0, done.stderr
    assert "sim-beside: 12 element sets, 12 new" in done.stdout
    path.write_text(DEFINITION.replace("mine", "beside").replace("500", "510"))
    refused = site.command("constellation", *options, str(path))
    assert refused.returncode == 2
    assert "sim-beside is in the archive already" in refused.stderr


@pytest.mark.parametrize(("rights", "status"), [((), 401), (("job",), 403)])
def test_who_may_not_write_may_not_register(
    site: Any, rights: tuple[str, ...], status: int
) -> None:
    client = Client(site, *rights)
    refused = client.ask("POST", JOBS, **KUIPER)
    assert refused.status == status
    assert "write" in refused.text
    job = client.ask("POST", JOBS, **{**KUIPER, "REGISTER": "false"}).headers["Location"]
    later = client.ask("POST", f"{urllib.parse.urlsplit(job).path}/parameters", REGISTER="true")
    assert later.status == status


def test_register_takes_true_or_false(site: Any) -> None:
    refused = Client(site, "write").ask("POST", JOBS, **{**KUIPER, "REGISTER": "maybe"})
    assert refused.status == 400
    assert "REGISTER=maybe" in refused.text


def test_an_aborted_job_registers_nothing_and_a_registered_one_is_not_aborted(site: Any) -> None:
    client = Client(site, "write")
    for moment in range(12):
        epoch = f"2032-01-01T00:00:{moment:02}"
        job = client.run(**{**KUIPER, "EPOCH": epoch})
        time.sleep(moment * 0.15)
        client.ask("POST", f"{job}/phase", PHASE="ABORT")
        phase = client.end(job)
        count = site.number(
            f"SELECT COUNT(*) AS n FROM satvo.gp WHERE epoch = '{epoch}' AND source = 'simulated'"
        )
        assert count == {"ABORTED": 0, "COMPLETED": SATELLITES}[phase]


@pytest.mark.parametrize("point", POINTS)
def test_a_server_killed_at_any_point_registers_once(
    new_server: Callable[..., Any], point: str
) -> None:
    server = new_server()
    client = Client(server, "write")
    satvo = server.satvo
    server.satvo = (sys.executable, str(Path(__file__).with_name("killing_server.py")), point)
    server.start()
    job = client.run(**KUIPER)
    assert server.process.wait(WAIT_S) == -signal.SIGKILL
    server.satvo = satvo
    server.kill()
    server.start()
    assert client.end(job) == "COMPLETED"
    report = client.result(job, "registered")
    assert report["element_sets"] == report["new"] == SATELLITES, "a second time finds none new"
    assert client.ask("GET", f"{job}/results/elements").text.count("\n") == SATELLITES + 1
    assert server.number(f"SELECT COUNT(*) AS n {OF_EPOCH}") == SATELLITES
    assert len(list((server.home / job.replace(JOBS, "jobs")).glob("try-*"))) == 1


def test_a_child_killed_alone_ends_its_job_with_the_reason(site: Any) -> None:
    client = Client(site, "write")
    job = client.run(**{**KUIPER, "EPOCH": "2033-01-01T00:00:00"})
    deadline = time.monotonic() + WAIT_S
    while not (children := job_processes(site)):
        assert time.monotonic() < deadline
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    assert client.end(job) == "ERROR"
    assert "killed" in client.ask("GET", f"{job}/error").text
    epoch = "epoch = '2033-01-01T00:00:00'"
    assert site.number(f"SELECT COUNT(*) AS n FROM satvo.gp WHERE {epoch}") == 0


def job_processes(server: Any) -> list[int]:
    """The processes of compute jobs that a server has begun."""
    found = []
    for pid in server.pids[1:]:
        children = Path(f"/proc/{pid}/task").glob("*/children")
        for text in (path.read_text() for path in children):
            found += [int(child) for child in text.split()]
    return found
