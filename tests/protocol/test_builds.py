"""Tables that are computed in advance: by commands and by jobs, once, and as PassPredict says."""

from __future__ import annotations

import csv
import io
import json
import time
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

WAIT_S = 120.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KUIPER = ("--constellation", "sim-kuiper", "--observer", "rubin")
STARTS = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00")
"""The night of the plan that the demonstration has."""


@pytest.fixture(params=[True, False], ids=["served", "still"])
def home(new_server: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    made = new_server()
    return made.start() if request.param else made


@pytest.fixture(scope="module")
def site(server_on: Callable[[str], Any]) -> Any:
    return server_on("builds")


def rows(home: Any, query: str) -> list[dict[str, str]]:
    done = home.command("query", query, "--format", "csv")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_positions_are_filled_once_whether_a_server_runs_or_not(home: Any) -> None:
    span = ("--start", STARTS, "--hours", "0.5", "--step", "120")
    first = home.command("build ephemeris", *KUIPER, *span)
    assert first.returncode == 0, first.stderr
    count = int(first.stdout.split()[1])
    assert first.stdout == f"satvo.ephemeris: {count} rows written, 0 removed\n"
    again = home.command("build ephemeris", *KUIPER, *span)
    assert again.stdout == f"satvo.ephemeris: {count} rows written, {count} removed\n"
    (told,) = rows(
        home,
        "SELECT COUNT(*) AS n, COUNT(DISTINCT epoch_mjd) AS steps, MIN(alt) AS low, "
        "MIN(norad_id) AS lowest FROM satvo.ephemeris WHERE observer_id = 'rubin'",
    )
    assert (int(told["n"]), int(told["steps"])) == (count, 15)
    assert float(told["low"]) > 0
    assert int(told["lowest"]) >= 900_000_000
    # A later span keeps the rows before it, unless they are older than it is to keep.
    later = ("--start", f"{STARTS[:11]}00:30:00", "--hours", "0.1")
    kept = home.command("build ephemeris", *KUIPER, *later)
    assert kept.stdout.endswith(" 0 removed\n")
    dropped = home.command("build ephemeris", *KUIPER, *later, "--keep", "0.001")
    assert int(dropped.stdout.split()[4]) > count / 2


def test_planned_exposures_are_crossed_as_pass_predict_says(home: Any) -> None:
    span = ("--start", STARTS, "--hours", "6")
    first = home.command("build transits", *KUIPER, *span)
    assert first.returncode == 0, first.stderr
    written = int(first.stdout.split()[1])
    again = home.command("build transits", *KUIPER, *span)
    assert again.stdout == f"satvo.transit: {written} rows written, {written} removed\n"
    found = rows(home, "SELECT exposure_id, norad_id, t_min FROM satvo.transit WHERE kind = 'fov'")
    passes = rows(home, "SELECT COUNT(*) AS n FROM satvo.transit WHERE kind = 'pass'")
    assert int(passes[0]["n"]) == written - len(found) > 100
    names = ("obs_id", "s_region", "t_min", "t_exptime")
    until = _mjd() + 6 / 24
    plan = rows(home, f"SELECT {', '.join(names)} FROM ivoa.obsplan WHERE t_min < {until}")
    numbers = names[2:]
    exposures = [each | {name: float(each[name]) for name in numbers} for each in plan]
    options = {"populations": ["sim-kuiper"]}
    asked = home.home / "asked.json"
    asked.write_text(json.dumps({"observer": "rubin", "exposures": exposures, "options": options}))
    out = home.home / "out.csv"
    done = home.command("passes", "--exposures", str(asked), "-o", str(out))
    assert done.returncode == 0, done.stderr
    with out.open() as stream:
        expected = {(row["exposure_id"], row["norad_id"]) for row in csv.DictReader(stream)}
    assert {(row["exposure_id"], row["norad_id"]) for row in found} == expected
    assert expected
    # Exposures that are in no plan any more lose their crossings.
    assert home.command("plan drop", "demo").returncode == 0
    assert home.command("build transits", *KUIPER, *span, "--kind", "fov").returncode == 0
    assert rows(home, "SELECT norad_id FROM satvo.transit WHERE kind = 'fov'") == []


def _mjd() -> float:
    return float((datetime.fromisoformat(STARTS) - datetime(1858, 11, 17)).days)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--observer", "nowhere"), ("nowhere", "rubin", "observer add")),
        (("--start", "2026-02-30"), ("START", "2027-01-31")),
        (("--hours", "99999"), ("HOURS=", "99999", "744")),
        (("--start", "1999-01-01"), ("no element sets", "MAXAGE")),
        (
            ("--constellation", "sim-kuiper", "--hours", "744", "--step", "1"),
            ("rows", "20,000,000", "HOURS", "STEP"),
        ),
    ],
)
def test_what_cannot_be_filled_is_told_in_one_line(
    site: Any, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = site.command("build ephemeris", *arguments)
    assert done.returncode == 2
    (line,) = [each for each in done.stderr.splitlines() if " %" not in each]
    for word in words:
        assert word in line
    assert list(site.home.glob("build-*")) == []


def test_a_job_of_a_token_with_the_right_fills_them_too(site: Any) -> None:
    form = {
        "CONSTELLATION": "sim-kuiper", "OBSERVER": "paranal", "START": STARTS, "HOURS": "0.2",
        "PHASE": "RUN",
    }  # fmt: skip
    anonymous = ask(site, "/jobs/ephemeris", {**form, "REGISTER": "true"}, {})
    assert anonymous.status == 401
    made = site.command("token add", "--rights", "write", "builder")
    token = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}
    job = begun(site, "/jobs/ephemeris", form, token)
    assert ended(site, job, token) == "ERROR"
    assert "REGISTER=true" in site.request("GET", f"{job}/error", headers=token).text
    job = begun(site, "/jobs/ephemeris", {**form, "REGISTER": "true"}, token)
    assert ended(site, job, token) == "COMPLETED"
    told = json.loads(site.request("GET", f"{job}/results/registered", headers=token).text)
    assert told["observers"] == ["paranal"]
    count = "SELECT COUNT(*) AS n FROM satvo.ephemeris WHERE observer_id = 'paranal'"
    assert site.number(count) == told["rows"] > 100
    job = begun(site, "/jobs/transits", {**form, "REGISTER": "true", "KIND": "pass"}, token)
    assert ended(site, job, token) == "COMPLETED"
    told = json.loads(site.request("GET", f"{job}/results/registered", headers=token).text)
    count = "SELECT COUNT(*) AS n FROM satvo.transit WHERE observer_id = 'paranal'"
    assert site.number(count) == told["rows"] > 100


def ask(site: Any, path: str, form: dict[str, str], headers: dict[str, str]) -> Any:
    body = urllib.parse.urlencode(form).encode()
    return site.request("POST", path, body, {**FORM, **headers})


def begun(site: Any, path: str, form: dict[str, str], headers: dict[str, str]) -> str:
    made = ask(site, path, form, headers)
    assert made.status == 303, made.text
    return urllib.parse.urlsplit(made.headers["Location"]).path


def ended(site: Any, job: str, headers: dict[str, str]) -> str:
    deadline = time.monotonic() + WAIT_S
    while True:
        phase = str(site.request("GET", f"{job}/phase", headers=headers).text)
        if phase not in ("QUEUED", "EXECUTING", "PENDING"):
            return phase
        assert time.monotonic() < deadline, phase
        time.sleep(0.1)
