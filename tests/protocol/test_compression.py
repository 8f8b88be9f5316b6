"""gzip on the way, as clients ask for it and get it."""

from __future__ import annotations

import gzip
import re
import subprocess
import time
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import pyvo
import requests
from satvo.service.formats import FORMATS

QUERY = "SELECT norad_id, epoch, inclination FROM satvo.gp ORDER BY gp_id"
LONG = "SELECT a.gp_id, a.epoch, a.inclination, b.mean_motion FROM satvo.gp AS a, satvo.gp AS b"
ROWS = 8393
GZIP = {"Accept-Encoding": "gzip"}
MEMORY_GROWTH_MB = 400
FORM = "application/x-www-form-urlencoded"


def sync(**parameters: str) -> str:
    return "/tap/sync?" + urlencode({"QUERY": QUERY, **parameters})


def without_dates(document: bytes) -> bytes:
    """An answer without the time at which it was given."""
    date = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
    told = re.sub(rb"(request_date.{0,40}?)" + date, rb"\1", document, flags=re.DOTALL)
    return re.sub(date + rb"[+Z](?:00:00)?", b"", told)


@pytest.mark.parametrize("name", [f.aliases[0] for f in FORMATS if f.aliases])
def test_every_format_is_the_same_packed_or_is_packed_already(server: Any, name: str) -> None:
    plain, packed = server.get(sync(FORMAT=name)), server.get(sync(FORMAT=name), **GZIP)
    assert plain.status == packed.status == 200
    if name == "parquet":
        assert "Content-Encoding" not in packed.headers
        return
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == plain.kind
    assert "Content-Length" not in packed.headers
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(packed.body) < 0.8 * len(plain.body)
    assert without_dates(gzip.decompress(packed.body)) == without_dates(plain.body)


@pytest.mark.parametrize(
    "path", ["/", "/tables/satvo.gp", "/tap/capabilities", "/tap/tables", "/tap/examples"]
)
def test_documents_and_pages_are_packed(server: Any, path: str) -> None:
    named = {"User-Agent": "test"}  # /tap/tables takes clients without a name for astroquery
    packed = server.get(path, **GZIP, **named)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == server.get(path, **named).body
    head = server.request("HEAD", path, headers=GZIP)
    assert (head.headers["Content-Encoding"], head.body) == ("gzip", b"")
    assert "Content-Length" not in head.headers


def test_head_of_an_answer_says_what_get_would_send(server: Any) -> None:
    head = server.request("HEAD", sync(), headers=GZIP)
    assert head.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in head.headers
    assert "Content-Encoding" not in server.request("HEAD", sync()).headers


def test_tiny_answers_and_refusals_are_sent_as_they_are(server: Any) -> None:
    one = server.get(sync(QUERY="SELECT TOP 1 norad_id FROM satvo.gp", FORMAT="csv"), **GZIP)
    assert one.text.startswith("norad_id\n")
    refused = server.get("/tap/sync?QUERY=SELEC", **GZIP)
    assert refused.status == 400
    assert b'value="ERROR"' in refused.body


def test_an_icon_that_did_not_change_is_not_sent_again(server: Any) -> None:
    first = server.get("/static/satvo.css", **GZIP)
    again = server.get("/static/satvo.css", **GZIP, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert "Content-Encoding" not in again.headers


@pytest.mark.alone
def test_a_long_answer_begins_at_once_and_takes_bounded_memory(server: Any) -> None:
    server.number("SELECT COUNT(*) AS n FROM satvo.gp")
    before, start = server.memory_mb, time.monotonic()
    form = {"QUERY": LONG, "MAXREC": "2000000", "FORMAT": "csv"}
    with requests.post(f"{server.tap}/sync", form, headers=GZIP, stream=True, timeout=60) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        reader, lines, size, most, begun_s = zlib.decompressobj(31), 0, 0, before, 0.0
        while piece := answer.raw.read(1 << 20):
            begun_s = begun_s or time.monotonic() - start
            size += len(piece)
            lines += reader.decompress(piece).count(b"\n")
            most = max(most, server.memory_mb)
    took_s = time.monotonic() - start
    print(
        f"{size / 1e6:.1f} MB, first {begun_s:.2f} s, all {took_s:.2f} s, +{most - before:.0f} MB"
    )
    assert reader.eof
    assert lines == 2_000_001
    assert begun_s < took_s / 2
    assert most - before < MEMORY_GROWTH_MB


def test_a_packed_answer_that_breaks_in_the_middle_is_seen_to_break(
    new_server: Callable[..., Any],
) -> None:
    server = new_server(SATVO_QUERY_SECONDS="1").start()
    heavy = "SIN(" * 60 + "a.epoch_mjd * b.gp_id" + ")" * 60
    form = {"QUERY": f"SELECT {heavy} AS s FROM satvo.gp AS a, satvo.gp AS b", "FORMAT": "csv",
            "MAXREC": "20000000"}  # fmt: skip
    with requests.post(f"{server.tap}/sync", form, headers=GZIP, stream=True, timeout=60) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        with pytest.raises(requests.exceptions.RequestException):
            sum(len(piece) for piece in answer.iter_content(1 << 16))


@pytest.mark.alone
def test_clients_that_leave_packed_answers_leave_the_engine_free(
    new_server: Callable[..., Any],
) -> None:
    server = new_server(SATVO_THREADS="4").start()
    for _ in range(20):
        with requests.post(
            f"{server.tap}/sync",
            {"QUERY": LONG, "MAXREC": "20000000"},
            headers=GZIP,
            stream=True,
            timeout=60,
        ) as answer:
            assert answer.raw.read(1000)
    start = time.monotonic()
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") == ROWS
    assert time.monotonic() - start < 5
    assert "Traceback" not in server.log


def test_results_of_jobs_are_packed_and_have_plain_parts(server: Any) -> None:
    form = urlencode({"QUERY": QUERY, "FORMAT": "csv", "PHASE": "RUN"}).encode()
    made = server.request("POST", "/tap/async", form, {"Content-Type": FORM})
    job = urlsplit(made.headers["Location"]).path
    while server.get(f"{job}/phase").text in ("QUEUED", "EXECUTING"):
        server.get(f"{job}?WAIT=30")
    plain, packed = (server.get(f"{job}/results/result", **asked) for asked in ({}, GZIP))
    assert plain.headers["Content-Length"] == str(len(plain.body))
    assert gzip.decompress(packed.body) == plain.body
    part = server.get(f"{job}/results/result", **GZIP, Range="bytes=9-20")
    assert (part.status, part.body) == (206, plain.body[9:21])


def test_pyvo_gets_the_same_table_packed_and_plain(server: Any) -> None:
    tables = []
    for coding in ("gzip", "identity"):
        with requests.Session() as session:
            session.headers["Accept-Encoding"] = coding
            answer = pyvo.dal.TAPService(server.tap, session=session).run_sync(QUERY)
            tables.append(answer.to_table())
    assert len(tables[0]) == ROWS
    assert (tables[0] == tables[1]).all()


def test_stilts_gets_the_same_table_with_compress(
    server: Any, needs_program: Callable[[str, str], str]
) -> None:
    program = needs_program("stilts", "stilts")
    tables = []
    for choice in ("true", "false"):
        asked = subprocess.run(
            [program, "tapquery", "sync=true", f"tapurl={server.tap}", f"adql={QUERY}",
             f"compress={choice}", "ofmt=csv"],
            capture_output=True, timeout=120,
        )  # fmt: skip
        assert asked.returncode == 0, asked.stderr
        tables.append(asked.stdout)
    assert tables[0] == tables[1]
    assert tables[0].count(b"\n") == ROWS + 1
