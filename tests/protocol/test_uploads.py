"""Tables that come with a query: by real clients, from other hosts, and hostile ones."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table
from astroquery.utils.tap import TapPlus

JOIN = (
    'SELECT u.id, u."select", u.place, g.epoch FROM TAP_UPLOAD.mine AS u '
    "JOIN satvo.gp AS g ON u.id = g.norad_id ORDER BY u.id"
)
SIMULATED = 900_000_000


@pytest.fixture(scope="module")
def table() -> Table:
    """Five thousand rows, one column called by a reserved word, one an array."""
    return Table(
        {
            "id": np.arange(5000, dtype="i4") + SIMULATED,
            "select": [f"n{i}" for i in range(5000)],
            "place": np.arange(10000.0).reshape(5000, 2),
        }
    )


def votable(table: Table, serialization: str = "binary2") -> bytes:
    """The table as a file."""
    out = io.BytesIO()
    table.write(out, format="votable", tabledata_format=serialization)
    return out.getvalue()


def send(server: Any, content: bytes, query: str = JOIN, upload: str = "mine,param:f") -> Any:
    """A query with an upload, in CSV."""
    return requests.post(
        f"{server.tap}/sync",
        data={"LANG": "ADQL", "QUERY": query, "UPLOAD": upload, "FORMAT": "csv"},
        files={"f": ("name", content)},
        timeout=60,
    )


def check(answer: Table) -> None:
    assert len(answer) == 5000
    assert answer["id"][0] == SIMULATED
    assert str(answer["select"][17]) == "n17"
    assert list(answer["place"][3]) == [6.0, 7.0]


@pytest.mark.parametrize("run", ["run_sync", "run_async"])
def test_pyvo_joins_an_upload(server: Any, table: Table, run: str) -> None:
    service = pyvo.dal.TAPService(server.tap)
    check(getattr(service, run)(JOIN, uploads={"mine": table}).to_table())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # theirs
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("launch", ["launch_job", "launch_job_async"])
def test_astroquery_joins_an_upload(server: Any, table: Table, launch: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.vot"
    path.write_bytes(votable(table))
    job = getattr(TapPlus(url=server.tap), launch)(
        "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine AS u JOIN satvo.gp AS g ON u.id = g.norad_id",
        upload_resource=str(path),
        upload_table_name="mine",
    )
    assert job.get_results()["n"][0] == 5000


@pytest.mark.parametrize("serialization", ["tabledata", "binary", "binary2"])
def test_every_serialisation_is_read(server: Any, table: Table, serialization: str) -> None:
    answer = send(server, votable(table, serialization))
    assert len(answer.text.splitlines()) == 5001, answer.text[:300]


@pytest.mark.parametrize("form", ["csv", "fits", "ecsv"])
def test_other_formats_are_read(server: Any, table: Table, form: str) -> None:
    plain = table["id", "select"]
    out = io.BytesIO() if form == "fits" else io.StringIO()
    plain.write(out, format={"csv": "ascii.csv", "ecsv": "ascii.ecsv"}.get(form, form))
    content = out.getvalue()
    query = "SELECT COUNT(*) AS n, MAX(id) AS newest FROM TAP_UPLOAD.mine"
    answer = send(server, content if isinstance(content, bytes) else content.encode(), query)
    assert answer.text == f"n,newest\n5000,{SIMULATED + 4999}\n"


def test_an_upload_is_gone_after_its_query_and_in_no_schema(server: Any, table: Table) -> None:
    assert send(server, votable(table)).status_code == 200
    late = server.sync("SELECT * FROM TAP_UPLOAD.mine")
    assert late.status == 400
    assert b"there is no table TAP_UPLOAD.mine" in late.body
    listed = send(server, votable(table), "SELECT table_name FROM tap_schema.tables")
    assert "mine" not in listed.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><VOTABLE/>', "DOCTYPE"),
        (
            b'<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/><DATA><BINARY>'
            b'<STREAM href="file:///etc/passwd"/></BINARY></DATA></TABLE></RESOURCE></VOTABLE>',
            "href",
        ),
        (b"<VOTABLE><RESOURCE><TABLE>", "mine"),
        (b"\x00\x01\x02 nothing", "mine"),
        (b"", "mine"),
    ],
)
def test_a_hostile_or_broken_upload_is_refused_with_the_reason(
    server: Any, content: bytes, words: str
) -> None:
    answer = send(server, content)
    assert answer.status_code == 400, answer.text[:300]
    assert words in answer.text


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        ("mine,param:g", "no part called g"),
        ("mine", "param"),
        ("my table,param:f", "plain name"),
        ("mine,param:f;mine,param:f", "two tables"),
        ("mine,ftp://example.org/x", "param"),
        ("mine,file:///etc/passwd", "param"),
        ("mine,http://127.0.0.1:1/x", "not a public address"),
        ("mine,http://localhost:1/x", "not a public address"),
        ("mine,http://[::1]:1/x", "not a public address"),
        ("mine,http://169.254.169.254/x", "not a public address"),
        ("mine,http://0x7f000001/x", "UPLOAD"),
        ("mine,http://u:p@127.0.0.1/x", "user name"),
    ],
)
def test_a_wrong_upload_parameter_is_refused_with_the_reason(
    server: Any, table: Table, upload: str, words: str
) -> None:
    answer = send(server, votable(table), upload=upload)
    assert answer.status_code == 400, answer.text[:300]
    assert words in answer.text


@pytest.fixture
def elsewhere(table: Table) -> Iterator[str]:
    """Another host that has the table at /table, and at /away a redirect to a private address."""
    content = votable(table)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "http://169.254.169.254/latest")
                self.end_headers()
                return
            self.send_response(200 if self.path == "/table" else 404)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{host.server_port}"
        host.shutdown()


def test_a_table_elsewhere_is_fetched_where_the_configuration_allows(
    new_server: Callable[..., Any], elsewhere: str
) -> None:
    server = new_server(SATVO_UPLOAD_HOSTS="127.0.0.1").start()
    answer = send(server, b"", upload=f"mine,{elsewhere}/table")
    assert len(answer.text.splitlines()) == 5001, answer.text[:300]
    missing = send(server, b"", upload=f"mine,{elsewhere}/nothing")
    assert (missing.status_code, "answered 404" in missing.text) == (400, True)
    away = send(server, b"", upload=f"mine,{elsewhere}/away")
    assert (away.status_code, "not a public address" in away.text) == (400, True)
