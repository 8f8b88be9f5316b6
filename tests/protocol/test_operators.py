"""Operators' ephemerides, telescopes in space, and steps, as clients meet them."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from astropy.table import Table

WAIT_S = 90.0
TONIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
NUMBER = 77777
RADIUS_KM = 6900.0
RATE = float(np.sqrt(398600.4418 / RADIUS_KM**3))
POPULATIONS = ["sim-kuiper", "sim-starlink-gen1"]


def state(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """A circular orbit over the poles, from the node at midnight."""
    a = RATE * seconds
    r = RADIUS_KM * np.array([np.cos(a), 0.0, np.sin(a)])
    return r, RADIUS_KM * RATE * np.array([-np.sin(a), 0.0, np.cos(a)])


def meme() -> str:
    """Three hours of it, in the layout of SpaceX's files."""
    stop = TONIGHT + timedelta(hours=3)
    lines = [
        f"created:{TONIGHT:%Y-%m-%d %H:%M:%S} UTC",
        f"ephemeris_start:{TONIGHT:%Y-%m-%d %H:%M:%S} UTC "
        f"ephemeris_stop:{stop:%Y-%m-%d %H:%M:%S} UTC step_size:60",
        "ephemeris_source:blend",
        "UVW",
    ]
    lower = np.diag([1e-4, 1e-2, 1e-4, 1e-12, 1e-12, 1e-12])[np.tril_indices(6)]
    words = [f"{x:.10e}" for x in lower]
    for minute in range(181):
        r, v = state(minute * 60.0)
        when = TONIGHT + timedelta(minutes=minute)
        lines.append(f"{when:%Y%j%H%M%S}.000 " + " ".join(f"{x:.10f}" for x in (*r, *v)))
        lines += [" ".join(words[i : i + 7]) for i in (0, 7, 14)]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def operators(server_on: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    running = server_on("operators")
    file = tmp_path_factory.mktemp("given") / f"MEME_{NUMBER}_POLAR-1_3260000_Operational.txt"
    file.write_text(meme())
    said = running.command("ingest", str(file))
    assert said.returncode == 0, said.stderr
    return running


def exposure(minutes: float, name: str = "e", **changed: Any) -> dict[str, Any]:
    """Where the centre of the Earth sees it at its middle."""
    r, _ = state(minutes * 60.0)
    start = TONIGHT + timedelta(minutes=minutes, seconds=-20)
    return {
        "id": name, "start": start.isoformat(), "duration": 40.0, "radius": 1.0,
        "ra": float(np.degrees(np.arctan2(r[1], r[0])) % 360.0),
        "dec": float(np.degrees(np.arcsin(r[2] / RADIUS_KM))), **changed,
    }  # fmt: skip


def body(*exposures: dict[str, Any], observer: Any = "500", **options: Any) -> dict[str, Any]:
    return {"observer": observer, "exposures": list(exposures), "options": options}


def post(server: Any, content: dict[str, Any]) -> Any:
    data = json.dumps(content).encode()
    return server.request("POST", "/api/passes", data, {"Content-Type": "application/json"})


def ended(server: Any, job: str) -> str:
    deadline = time.monotonic() + WAIT_S
    while (phase := server.get(f"{job}/phase").text) in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return str(phase)


def job_of(server: Any, content: dict[str, Any], **fields: str) -> str:
    mark = "0123456789abcdef"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in {"PHASE": "RUN", **fields}.items()
    ]
    parts.append(
        f'--{mark}\r\nContent-Disposition: form-data; name="EXPOSURES"; filename="x"\r\n\r\n'
        f"{json.dumps(content)}\r\n--{mark}--\r\n"
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    made = server.request("POST", "/jobs/passpredict", "".join(parts).encode(), kind)
    assert made.status == 303, made.text
    return urlsplit(made.headers["Location"]).path


def test_file_is_used_where_it_covers_and_named_in_the_row(operators: Any) -> None:
    asked = body(exposure(30.0, "within"), exposure(600.0, "after"))
    answer = post(operators, asked)
    assert answer.status == 200, answer.text
    (row,) = json.loads(answer.text)["transits"]
    assert (row["exposure_id"], row["norad_id"]) == ("within", NUMBER)
    assert row["ephemeris_id"].startswith(f"{NUMBER}-")
    assert row["gp_id"] is None
    assert row["gp_age"] is None
    # A hundred metres along the track, at 7.6 km/s.
    assert row["t_err"] == pytest.approx(0.1 / 7.6, rel=0.01)
    assert row["p_cross"] == pytest.approx(1.0, abs=1e-6)
    known = (TONIGHT - timedelta(days=1)).isoformat()
    earlier = post(operators, body(exposure(30.0), as_known_at=known))
    assert json.loads(earlier.text)["transits"] == []


def test_job_and_command_give_the_rows_and_steps_of_the_server(
    operators: Any, tmp_path: Path
) -> None:
    asked = body(exposure(30.0, "a"), exposure(90.0, "b"), step=5.0)
    told = json.loads(post(operators, asked).text)
    assert len(told["transits"]) == 2
    steps = told["steps"]
    assert len(steps) >= 4
    assert {step["norad_id"] for step in steps} == {NUMBER}
    assert steps[0]["x"] is None
    job = job_of(operators, asked, RESPONSEFORMAT="ecsv")
    assert ended(operators, job) == "COMPLETED", operators.get(f"{job}/error").text
    file = tmp_path / "asked.json"
    file.write_text(json.dumps({**asked, "options": {}}))
    out, steps_out = tmp_path / "out.ecsv", tmp_path / "steps.ecsv"
    said = operators.command(
        "passes", "--exposures", str(file), "--step", "5", "-o", str(out),
        "--steps-output", str(steps_out),
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    for result, path, key in (("transits", out, "transit_id"), ("steps", steps_out, "epoch_mjd")):
        by_job = Table.read(
            io.BytesIO(operators.get(f"{job}/results/{result}").body), format="ascii.ecsv"
        )
        by_command = Table.read(path, format="ascii.ecsv")
        expected = [row[key] for row in told[result]]
        assert list(by_job[key]) == list(by_command[key]) == expected


def test_steps_in_the_body_and_their_file_belong_together(operators: Any, tmp_path: Path) -> None:
    file = tmp_path / "asked.json"
    file.write_text(json.dumps(body(exposure(30.0))))
    said = operators.command("passes", "--exposures", str(file), "--step", "5")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "--steps-output" in said.stderr


def test_too_many_steps_are_the_mistake_of_who_asks(operators: Any) -> None:
    answer = post(operators, body(exposure(30.0), step=1e-5))
    assert 400 <= answer.status < 500, answer.text
    assert "longer step" in json.loads(answer.text)["error"]


@pytest.mark.parametrize("named", ["norad_id", "ephemeris_id", "text"])
def test_telescope_in_space_observes(operators: Any, named: str, tmp_path: Path) -> None:
    (row,) = json.loads(post(operators, body(exposure(30.0))).text)["transits"]
    observer = {
        "norad_id": {"norad_id": NUMBER},
        "ephemeris_id": {"ephemeris_id": row["ephemeris_id"]},
        "text": f"norad:{NUMBER}",
    }[named]
    asked = body(
        exposure(30.0, ra=90.0, dec=0.0, radius=50.0),
        exposure(100.0, "f", ra=270.0, dec=0.0, radius=50.0),
        observer=observer, populations=POPULATIONS,
    )  # fmt: skip
    answer = post(operators, asked)
    assert answer.status == 200, answer.text
    rows = json.loads(answer.text)["transits"]
    assert len(rows) > 3
    assert NUMBER not in {row["norad_id"] for row in rows}
    assert {row["alt_max"] for row in rows} == {None}
    job = job_of(operators, asked, RESPONSEFORMAT="ecsv")
    assert ended(operators, job) == "COMPLETED", operators.get(f"{job}/error").text
    by_job = Table.read(
        io.BytesIO(operators.get(f"{job}/results/transits").body), format="ascii.ecsv"
    )
    assert list(by_job["transit_id"]) == [row["transit_id"] for row in rows]
    file, out = tmp_path / "asked.json", tmp_path / "out.ecsv"
    file.write_text(json.dumps(asked))
    said = operators.command("passes", "--exposures", str(file), "-o", str(out))
    assert said.returncode == 0, said.stderr
    assert list(Table.read(out, format="ascii.ecsv")["transit_id"]) == list(by_job["transit_id"])


@pytest.mark.parametrize(
    ("observer", "minutes", "said"),
    [
        ({"norad_id": 20580}, 30.0, "neither an ephemeris"),
        ({"norad_id": NUMBER}, 600.0, "neither an ephemeris"),
        ({"norad_id": "HST"}, 30.0, "norad_id='HST'"),
        ({"ephemeris_id": f"{NUMBER}-20200101T000000-00"}, 30.0, "no ephemeris of that name"),
        ({"ephemeris_id": "'; DROP TABLE"}, 30.0, "ephemeris_id of satvo.ephemeris_file"),
        ("norad:HST", 30.0, "catalogue number"),
    ],
)
def test_telescope_without_orbit_is_the_mistake_of_who_asks(
    operators: Any, observer: Any, minutes: float, said: str
) -> None:
    asked = body(exposure(minutes), observer=observer)
    answer = post(operators, asked)
    assert answer.status == 400, answer.text
    assert said in json.loads(answer.text)["error"]
    job = job_of(operators, asked)
    assert ended(operators, job) == "ERROR"
    assert said in operators.get(f"{job}/error").text
