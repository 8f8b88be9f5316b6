"""Clean windows over HTTP, as ObjObsSAP has it, and by the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from astropy.io import votable
from astropy.table import Table
from lxml import etree

NOW_MJD = (datetime.now(UTC).replace(tzinfo=None) - datetime(1858, 11, 17)).days
"""Epoch of the simulated constellations, which the demonstration archive has."""

ASKED = {
    "POS": "52,-27.8", "TIME": f"{NOW_MJD}/{NOW_MJD + 1}", "FACILITY": "rubin",
    "POPULATION": "kuiper", "FOV": "2", "MINALT": "20", "SUNALT": "90",
}  # fmt: skip


@pytest.fixture(scope="module")
def population(server: Any) -> str:
    """A constellation of which there are hundreds."""
    rows = server.sync(
        "SELECT TOP 1 s.constellation, COUNT(*) AS n FROM satvo.satellite AS s "
        "WHERE s.constellation IS NOT NULL GROUP BY s.constellation ORDER BY n DESC",
        RESPONSEFORMAT="csv",
    ).text.splitlines()
    return str(rows[1].split(",")[0])


@pytest.fixture
def ask(server: Any, population: str) -> Callable[..., Any]:
    def get(path: str = "/objobs/query", **more: str | None) -> Any:
        given = {**ASKED, "POPULATION": population, **more}
        return server.get(f"{path}?{urlencode({k: v for k, v in given.items() if v is not None})}")

    return get


def rows_of(reply: Any) -> list[dict[str, str]]:
    assert reply.status == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_answer_is_the_votable_of_the_draft(ask: Callable[..., Any]) -> None:
    reply = ask()
    assert reply.status == 200, reply.text
    assert reply.kind == "application/x-votable+xml"
    table = votable.parse_single_table(io.BytesIO(reply.body))
    fields = {f.name: f for f in table.fields}
    for name, unit, ucd, utype in (
        ("t_start", "d", "time.start", "Char.TimeAxis.Coverage.Bounds.Limits.StartTime"),
        ("t_stop", "d", "time.end", "Char.TimeAxis.Coverage.Bounds.Limits.StopTime"),
        ("t_observability", "s", "time.duration", "Char.TimeAxis.Coverage.Support.Extent"),
        ("t_validity", "d", "time.validity", "Char.TimeAxis.Coverage.Time"),
    ):
        field = fields[name]
        assert (str(field.unit), field.ucd, field.utype) == (unit, ucd, utype)
    rows = table.to_table()
    assert len(rows) > 3
    assert np.allclose(
        (rows["t_stop"] - rows["t_start"]) * 86400.0, rows["t_observability"], atol=1e-4
    )
    assert rows["t_start"].min() >= NOW_MJD
    assert rows["t_stop"].max() <= NOW_MJD + 1
    assert (rows["elevation_min"] >= 20.0 - 1e-3).all()
    assert set(rows["facility"]) == {"rubin"}
    infos = {i.name: i.value for i in votable.parse(io.BytesIO(reply.body)).resources[0].infos}
    assert infos["QUERY_STATUS"] == "OK"
    assert infos["POS"] == "52.0,-27.8"


def test_windows_are_between_the_crossings_and_shorter_ones_can_be_left_out(
    ask: Callable[..., Any],
) -> None:
    every = rows_of(ask(RESPONSEFORMAT="csv"))
    lengths = [float(row["t_observability"]) for row in every]
    bound = sorted(lengths)[len(lengths) // 2]
    some = rows_of(ask(RESPONSEFORMAT="csv", MIN_OBS=f"{bound - 1e-3}"))
    assert [row["t_start"] for row in some] == [
        row["t_start"] for row in every if float(row["t_observability"]) >= bound - 1e-3
    ]
    assert 0 < len(some) < len(every)
    wider = rows_of(ask(RESPONSEFORMAT="csv", FOV="4"))
    assert sum(float(r["t_observability"]) for r in wider) < sum(lengths)


def test_base_address_and_post_answer_the_same(
    server: Any, ask: Callable[..., Any], population: str
) -> None:
    form = urlencode({**ASKED, "POPULATION": population, "responseformat": "csv"})
    posted = server.request(
        "POST", "/objobs/query", form.encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    plain = [row["t_start"] for row in rows_of(ask("/objobs", RESPONSEFORMAT="csv"))]
    assert [row["t_start"] for row in rows_of(posted)] == plain


def test_no_dark_time_is_no_rows_and_says_so(ask: Callable[..., Any]) -> None:
    reply = ask(SUNALT="-89", RESPONSEFORMAT="votable/td")
    assert reply.status == 200
    assert "for 0 s" in reply.text
    assert len(votable.parse_single_table(io.BytesIO(reply.body)).array) == 0


def test_target_that_never_rises_has_no_rows(ask: Callable[..., Any]) -> None:
    assert rows_of(ask(POS="52,89", RESPONSEFORMAT="csv")) == []


def test_maxrec_cuts_and_tells(ask: Callable[..., Any]) -> None:
    reply = ask(MAXREC="2", RESPONSEFORMAT="csv")
    assert len(rows_of(reply)) == 2
    assert reply.headers["X-VO-Query-Status"] == "OVERFLOW"
    none = ask(MAXREC="0")
    assert b"OVERFLOW" in none.body
    assert len(votable.parse_single_table(io.BytesIO(none.body)).array) == 0


def test_longer_time_is_cut_and_told(ask: Callable[..., Any]) -> None:
    reply = ask(TIME=f"{NOW_MJD}/{NOW_MJD + 20}", MINALT="85", FOV="0.1")
    infos = {i.name: i.value for i in votable.parse(io.BytesIO(reply.body)).resources[0].infos}
    assert float(infos["T_MAX_HARD_LIMIT"]) == NOW_MJD + 8
    assert reply.headers["X-VO-Query-Status"] == "OVERFLOW"


def test_every_registered_site_answers_where_none_is_named(ask: Callable[..., Any]) -> None:
    found = rows_of(ask(FACILITY=None, RESPONSEFORMAT="csv", MINALT="40", FOV="0.5"))
    assert {row["facility"] for row in found} > {"rubin", "paranal"}


def test_best_starts_have_the_fewest_crossings_first(ask: Callable[..., Any]) -> None:
    found = json.loads(ask(RESULT="starts", EXPTIME="900", RESPONSEFORMAT="json").body)
    names = [each["name"] for each in found["metadata"]]
    rows = [dict(zip(names, row, strict=True)) for row in found["data"]]
    assert rows
    keys = [(row["crossings"], -row["elevation"]) for row in rows]
    assert keys == sorted(keys)
    assert rows[0]["t_stop"] - rows[0]["t_start"] == pytest.approx(900 / 86400, abs=1e-9)


def test_alternatives_tell_what_they_gain(ask: Callable[..., Any]) -> None:
    reply = ask(
        RESULT="alternatives", OFFSET="5", SITES="paranal;la-palma", FOVS="0.5", MINALT="60",
        RESPONSEFORMAT="csv",
    )  # fmt: skip
    rows = rows_of(reply)
    assert [row["kind"] for row in rows] == [
        "as-asked", *["pointing"] * 8, "site", "site", "field",
    ]  # fmt: skip
    first, last = rows[0], rows[-1]
    assert float(last["gain_clean"]) == pytest.approx(
        float(last["t_clean"]) - float(first["t_clean"]), abs=1e-3
    )
    assert float(last["gain_clean"]) > 0.0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"POS": None}, "POS is missing"),
        ({"POS": "400,0"}, "ra=400"),
        ({"POS": "1,2,3"}, "two numbers"),
        ({"POS": "nan,0"}, "ra=nan"),
        ({"TIME": "61000"}, "two times"),
        ({"TIME": "61001/61000"}, "ends before it starts"),
        ({"TIME": "x/y"}, "a time in UTC is accepted"),
        ({"TIME": "99999/100000"}, "orientation of the Earth"),
        ({"TIME": "inf/inf"}, "finite"),
        ({"FACILITY": "no-such-place"}, "no site of that name"),
        ({"FACILITY": "500"}, "has no horizon"),
        ({"FOV": "-1"}, "FOV=-1.0"),
        ({"FOV": "60"}, "FOV=60.0"),
        ({"WIDTH": "1"}, "HEIGHT=nan"),
        ({"EXPTIME": "0", "RESULT": "starts"}, "exposure_s=0.0"),
        ({"EXPTIME": "nan"}, "EXPTIME='nan'"),
        ({"MIN_OBS": "-1"}, "MIN_OBS=-1.0"),
        ({"MINALT": "91"}, "min_alt_deg=91.0"),
        ({"MAGLIM": "bright"}, "MAGLIM='bright'"),
        ({"ILLUMINATED": "maybe"}, "ILLUMINATED"),
        ({"MAXREC": "-1"}, "MAXREC"),
        ({"RESULT": "all"}, "RESULT='all'"),
        ({"RESULT": "alternatives"}, "OFFSET, SITES or FOVS"),
        ({"RESULT": "starts", "FACILITY": None}, "FACILITY is missing"),
        ({"RESPONSEFORMAT": "docx"}, "RESPONSEFORMAT=docx"),
        ({"NIGHT": "2026-11-22"}, "TIME and NIGHT"),
        ({"TIME": None, "NIGHT": "yesterday"}, "NIGHT"),
        ({"TIME": f"{NOW_MJD}/{NOW_MJD + 8}", "FACILITY": None}, "days of search"),
    ],
)
def test_bad_input_is_one_dali_error(
    ask: Callable[..., Any], wrong: dict[str, str | None], told: str
) -> None:
    reply = ask(**wrong)
    assert reply.status == 400
    root = etree.fromstring(reply.body)
    (info,) = root.iter("{*}INFO")
    assert (info.get("name"), info.get("value")) == ("QUERY_STATUS", "ERROR")
    assert told in (info.text or "")


def test_capability_names_the_standard_and_every_parameter(server: Any) -> None:
    root = etree.fromstring(server.get("/objobs/capabilities").body)
    own = [c for c in root if "ObjObsSAP" in (c.get("standardID") or "")]
    assert [c.get("standardID") for c in own] == ["ivo://ivoa.net/std/ObjObsSAP#query-0.3"]
    assert own[0].findtext(".//accessURL", "").endswith("/objobs/query")
    assert {"POS", "TIME", "MIN_OBS", "FACILITY"} <= {n.text for n in own[0].iter("name")}


def test_registry_has_a_record_of_it(server: Any) -> None:
    reply = server.get("/oai?verb=ListRecords&metadataPrefix=ivo_vor")
    assert "ivo://ivoa.net/std/ObjObsSAP#query-0.3" in reply.text


@pytest.mark.parametrize("ending", [".ecsv", ".csv", ".json", ".vot"])
def test_command_writes_what_the_service_answers(
    server: Any, ask: Callable[..., Any], population: str, tmp_path: Path, ending: str
) -> None:
    expected = [row["t_start"] for row in rows_of(ask(RESPONSEFORMAT="csv"))]
    output = tmp_path / f"windows{ending}"
    done = server.command(
        "windows", "--pos", ASKED["POS"], "--time", ASKED["TIME"], "--site", "rubin",
        "--population", population, "--fov", "2", "--min-alt", "20", "--sun-alt", "90",
        "-o", output,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if ending == ".json":
        starts = [row[0] for row in json.loads(output.read_text())["data"]]
    else:
        form = {".ecsv": "ascii.ecsv", ".csv": "ascii.csv", ".vot": "votable"}[ending]
        starts = Table.read(output, format=form)["t_start"].tolist()
    assert starts == [float(text) for text in expected]


def test_command_works_without_a_server_and_tells_errors_in_a_line(
    new_home: Callable[[], Any], tmp_path: Path
) -> None:
    home = new_home()
    done = home.command("windows", "--pos", "52,-27.8", "--site", "X05", "--result", "starts")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("t_start,")
    night = home.command("windows", "--pos", "52,-27.8", "--site", "X05", "--night", "2026-11-22")
    assert night.returncode == 0, night.stderr
    bad = home.command("windows", "--pos", "52,-100", "--site", "X05")
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 1
    assert "dec=-100" in bad.stderr
    bad = home.command("windows", "--pos", "52,-10", "-o", tmp_path / "x.docx")
    assert bad.returncode == 2
