"""PassPredict as programs use it: JSON at once, jobs by pyvo, the command line; and as they err."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow.parquet
import pytest
from astropy.table import Table

WAIT_S = 90.0
TONIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
"""The demonstration's simulated elements have this epoch."""
POPULATIONS = ["sim-kuiper", "sim-starlink-gen1"]


def exposures(count: int = 4, **changed: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": f"e{i}",
            "ra": (40.0 * i) % 360,
            "dec": -30.0,
            "start": (TONIGHT + timedelta(minutes=10 * i)).isoformat(),
            "duration": 60.0,
            "radius": 5.0,
            **changed,
        }
        for i in range(count)
    ]


def body(**changed: Any) -> dict[str, Any]:
    options = {"populations": POPULATIONS}
    return {"observer": "rubin", "exposures": exposures(24), "options": options, **changed}


def post(server: Any, content: Any, kind: str = "application/json") -> Any:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return server.request("POST", "/api/passes", data, {"Content-Type": kind})


def test_batch_is_answered_by_exposure_and_time(server: Any) -> None:
    answer = post(server, body())
    assert (answer.status, answer.kind) == (200, "application/json"), answer.text
    told = json.loads(answer.text)
    rows = told["transits"]
    assert len(rows) > 10
    asked = [e["id"] for e in body()["exposures"]]
    order = [(asked.index(row["exposure_id"]), row["t_min"]) for row in rows]
    assert order == sorted(order)
    for row in rows:
        assert row["t_min"] <= row["t_mid"] <= row["t_max"]
        assert row["norad_id"] >= 900_000_000
        assert {"ra_start", "dec_end", "rate", "illuminated", "mag", "gp_id", "gp_age"} <= set(row)
        assert isinstance(row["range_min"], float)
    assert told["meta"]["observer"]["name"] == "rubin"
    assert told["meta"]["satellites"] > 3000
    # Simulated satellites are not there for who does not ask for them.
    alone = json.loads(post(server, {**body(), "options": {}}).text)
    assert all(row["norad_id"] < 900_000_000 for row in alone["transits"])


def test_illuminated_only_returns_none_in_the_shadow(server: Any) -> None:
    every = json.loads(post(server, body()).text)["transits"]
    lit = body(options={"populations": POPULATIONS, "illuminated_only": True})
    told = json.loads(post(server, lit).text)
    assert [r["transit_id"] for r in told["transits"]] == [
        r["transit_id"] for r in every if r["illuminated"]
    ]
    dark = len(every) - len(told["transits"])
    assert told["meta"]["left_out"].get("in-shadow", 0) == dark


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"exposures": exposures(1, ra=400.0)}, "ra=400"),
        ({"exposures": exposures(1, duration=-5.0)}, "duration=-5"),
        ({"exposures": exposures(1, start="tomorrow")}, "start='tomorrow'"),
        ({"exposures": exposures(1, start=12345.0)}, "orientation of the Earth"),
        ({"exposures": exposures(1, start="2199-01-01T00:00:00")}, "orientation of the Earth"),
        ({"exposures": []}, "exposures"),
        ({"exposures": exposures(2, id="twin")}, "twin"),
        ({"observer": "atlantis"}, "atlantis"),
        ({"observer": "250"}, "250"),
        ({"observer": {"lon": 500, "lat": 1}}, "lon=500"),
        ({"options": {"norad_ids": ["ISS"]}}, "norad_ids"),
        ({"options": {"as_known_at": "whenever"}}, "as_known_at"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_mistake_is_told_with_what_is_accepted(
    server: Any, changed: dict[str, Any], said: str
) -> None:
    answer = post(server, body(**changed))
    assert (answer.status, answer.kind) == (400, "application/json"), answer.text
    assert said in json.loads(answer.text)["error"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b'{"observer": NaN}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"3", "application/json"),
        (b"observer=rubin", "application/x-www-form-urlencoded"),
    ],
)
def test_body_that_is_no_request_is_refused(server: Any, data: bytes, kind: str) -> None:
    answer = post(server, data, kind)
    assert answer.status == 400, answer.text
    assert json.loads(answer.text)["error"]


def ended(server: Any, job: str) -> str:
    deadline = time.monotonic() + WAIT_S
    while (phase := server.get(f"{job}/phase").text) in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return str(phase)


def test_large_batch_becomes_a_job_with_the_same_rows(server: Any) -> None:
    many = [
        {"id": f"n{i}", "ra": (7.0 * i) % 360, "dec": -40.0, "start": TONIGHT.isoformat(),
         "duration": 30.0, "radius": 1.0}
        for i in range(1300)
    ]  # fmt: skip
    answer = post(server, body(exposures=many))
    assert answer.status == 202, answer.text
    job = urlsplit(json.loads(answer.text)["job"]).path
    assert urlsplit(answer.headers["Location"]).path == job
    assert ended(server, job) == "COMPLETED"
    told = json.loads(server.get(f"{job}/results/transits").text)
    at_once = json.loads(post(server, body(exposures=many[:100])).text)["transits"]
    place = [field["name"] for field in told["metadata"]].index("transit_id")
    assert {row["transit_id"] for row in at_once} <= {row[place] for row in told["data"]}


def test_fields_of_much_sky_become_a_job_however_few_they_are(server: Any) -> None:
    wide = exposures(12, radius=85.0)
    answer = post(server, body(exposures=wide))
    assert answer.status == 202, answer.text
    job = urlsplit(json.loads(answer.text)["job"]).path
    assert server.request("DELETE", job).status == 303


def table_of_exposures() -> bytes:
    rows = exposures(12)
    table = Table({
        "obs_id": [r["id"] for r in rows], "s_ra": [r["ra"] for r in rows],
        "s_dec": [r["dec"] for r in rows], "t_min": [r["start"] for r in rows],
        "t_exptime": [r["duration"] for r in rows], "s_fov": [10.0] * len(rows),
        "target_name": ["M 1"] * len(rows),
    })  # fmt: skip
    out = io.BytesIO()
    table.write(out, format="votable")
    return out.getvalue()


def multipart(fields: dict[str, str], name: str, data: bytes) -> tuple[bytes, dict[str, str]]:
    mark = "0123456789abcdef"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'
    parts += [head.encode(), data, f"\r\n--{mark}--\r\n".encode()]
    return b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={mark}"}


def job_of(server: Any, data: bytes, **fields: str) -> str:
    form, headers = multipart({"PHASE": "RUN", **fields}, "EXPOSURES", data)
    made = server.request("POST", "/jobs/passpredict", form, headers)
    assert made.status == 303, made.text
    return urlsplit(made.headers["Location"]).path


@pytest.mark.parametrize("form", ["votable", "ecsv", "csv", "fits", "parquet", "json"])
def test_job_takes_a_table_and_gives_its_rows_in_any_format(server: Any, form: str) -> None:
    asked = {**body(exposures=exposures(12, radius=5.0)), "observer": "rubin"}
    job = job_of(server, json.dumps(asked).encode(), RESPONSEFORMAT=form)
    assert ended(server, job) == "COMPLETED", server.get(f"{job}/error").text
    data = server.get(f"{job}/results/transits").body
    expected = {row["transit_id"] for row in json.loads(post(server, asked).text)["transits"]}
    if form == "json":
        told = json.loads(data)
        place = [field["name"] for field in told["metadata"]].index("transit_id")
        got = {row[place] for row in told["data"]}
    elif form == "parquet":
        got = set(pyarrow.parquet.read_table(io.BytesIO(data))["transit_id"].to_pylist())
    else:
        kind = {"ecsv": "ascii.ecsv", "csv": "ascii.csv"}.get(form, form)
        got = {str(x).strip() for x in Table.read(io.BytesIO(data), format=kind)["transit_id"]}
    assert got == expected
    summary = json.loads(server.get(f"{job}/results/summary").text)
    assert summary["transits"] == len(expected)


def test_job_with_an_uploaded_votable_uses_its_columns(server: Any) -> None:
    job = job_of(server, table_of_exposures(), OBSERVER="rubin", MAXAGE="20")
    assert ended(server, job) == "COMPLETED", server.get(f"{job}/error").text
    summary = json.loads(server.get(f"{job}/results/summary").text)
    assert (summary["exposures"], summary["observer"]) == (12, "rubin")


@pytest.mark.parametrize(
    ("data", "fields", "said"),
    [
        (b"not a table", {"OBSERVER": "rubin"}, "EXPOSURES"),
        (b"ra,dec\n1,2\n", {"OBSERVER": "rubin"}, "exposure 1: duration is missing"),
        (table_of_exposures(), {}, "observer is missing"),
        (table_of_exposures(), {"OBSERVER": "atlantis"}, "atlantis"),
        (table_of_exposures(), {"OBSERVER": "rubin", "MAXAGE": "old"}, "max_age='old'"),
        (b'{"exposures": 3}', {"OBSERVER": "rubin"}, "exposures"),
        (b"[[[", {"OBSERVER": "rubin"}, "no JSON"),
    ],
)
def test_job_that_cannot_be_done_ends_with_its_reason(
    server: Any, data: bytes, fields: dict[str, str], said: str
) -> None:
    job = job_of(server, data, **fields)
    assert ended(server, job) == "ERROR"
    assert said in server.get(f"{job}/error").text


def test_job_without_exposures_says_so(server: Any) -> None:
    made = server.request(
        "POST", "/jobs/passpredict", b"PHASE=RUN&OBSERVER=rubin",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    job = urlsplit(made.headers["Location"]).path
    assert ended(server, job) == "ERROR"
    assert "EXPOSURES is missing" in server.get(f"{job}/error").text


def test_job_result_passes_votlint_and_loads_in_stilts(
    server: Any, needs_program: Any, tmp_path: Path
) -> None:
    import subprocess

    stilts = needs_program("stilts", "stilts")
    job = job_of(server, json.dumps(body()).encode())
    assert ended(server, job) == "COMPLETED"
    file = tmp_path / "transits.vot"
    file.write_bytes(server.get(f"{job}/results/transits").body)
    lint = subprocess.run(
        [stilts, "votlint", "ucd=true", "unit=true", str(file)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (lint.returncode, lint.stdout) == (0, "")


def test_pyvo_runs_the_job_and_joins_its_result_with_satellites(server: Any) -> None:
    import pyvo

    job = job_of(server, json.dumps(body()).encode())
    assert ended(server, job) == "COMPLETED"
    transits = Table.read(io.BytesIO(server.get(f"{job}/results/transits").body), format="votable")
    service = pyvo.dal.TAPService(f"{server.url}/tap")
    joined = service.run_sync(
        "SELECT t.exposure_id, s.object_name, s.constellation FROM TAP_UPLOAD.t AS t "
        "JOIN satvo.satellite AS s ON s.norad_id = t.norad_id",
        uploads={"t": transits},
    ).to_table()
    assert len(joined) == len(transits) > 0
    assert set(joined["constellation"]) <= set(POPULATIONS)


def test_command_gives_the_same_rows_as_the_server(server: Any, tmp_path: Path) -> None:
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps(body()))
    for suffix, kind in ((".ecsv", "ascii.ecsv"), (".vot", "votable")):
        out = tmp_path / f"out{suffix}"
        said = server.command("passes", "--exposures", str(asked), "-o", str(out))
        assert said.returncode == 0, said.stderr
        got = Table.read(out, format=kind)
        rows = json.loads(post(server, body()).text)["transits"]
        assert [str(x) for x in got["transit_id"]] == [row["transit_id"] for row in rows]
        assert np.allclose(got["ra_start"], [row["ra_start"] for row in rows], atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to predict"),
        (("--exposures", "FILE"), "observer is missing"),
        (("--exposures", "FILE", "--site", "atlantis"), "atlantis"),
        (("--exposures", "FILE", "--site", "rubin", "-o", "out.doc"), "ending"),
    ],
)
def test_command_tells_a_mistake_in_one_line(
    server: Any, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "e.csv"
    file.write_text("id,ra,dec,start,duration,radius\na,1,2,60000,30,1\n")
    said_now = server.command("passes", *(a.replace("FILE", str(file)) for a in arguments))
    assert (said_now.returncode, said_now.stderr.count("\n")) == (2, 1), said_now.stderr
    assert said in said_now.stderr
