"""What strategies draw, sent to running servers of both engines: refused or answered, and no more.

Neither a statement nor a form nor an uploaded table is a fault of the service (500), whatever
is in it; both engines give it the same status; and nothing of it is left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from adql_statements import NUMBER, TEXT, TIME, WHOLE, ruined, statements
from broken_uploads import bodies, uploads
from how_many import examples
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

TABLES = {
    "(SELECT TOP 12 gp_id, norad_id, object_name, epoch, inclination, bstar FROM satvo.gp "
    "ORDER BY gp_id)": {
        "gp_id": WHOLE, "norad_id": WHOLE, "object_name": TEXT, "epoch": TIME,
        "inclination": NUMBER, "bstar": NUMBER,
    },
    '(SELECT TOP 9 column_name, utype, "size", principal FROM TAP_SCHEMA.columns '
    "ORDER BY table_name, column_name)": {
        "column_name": TEXT, "utype": TEXT, '"size"': WHOLE, "principal": WHOLE,
    },
}  # fmt: skip
FORMS = ("votable", "votable/td", "votable/b", "csv", "json", "parquet", "arrow", "fits", "ecsv")
ENGINES = ("duckdb", "postgresql")


@pytest.fixture(scope="module")
def pair(
    request: pytest.FixtureRequest,
    empty_server: Callable[..., Any],
    address_of: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, Any]]:
    """A server of each engine, each with a folder of its own for temporary files."""
    servers = []
    for engine in ENGINES:
        server = empty_server(
            SATVO_STORE=address_of(engine),
            SATVO_QUERY_SECONDS="4",
            SATVO_JOBS_EACH="100000",
            TMPDIR=str(tmp_path_factory.mktemp("temporary")),
        )
        made = server.command("init", "--demo")
        assert made.returncode == 0, made.stderr
        servers.append(server.start())
    yield servers[0], servers[1]
    for server in servers:
        _is_as_it_was(server)
        server.stop()


def _is_as_it_was(server: Any) -> None:
    """No file, no process and no error is left; a child takes a moment to end.

    The master, its worker and the process that forks readers of uploads stay.
    """
    temporary = Path(server.settings["TMPDIR"])
    deadline = time.monotonic() + 30
    while list(temporary.iterdir()) or len(_family(server.process.pid)) > 3:
        assert time.monotonic() < deadline, list(temporary.iterdir())
        time.sleep(0.2)
    assert "Traceback" not in server.log


def _family(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += _family(int(child))
    return found


def _checked(reply: Any) -> int:
    """The status of an answer that may be, 200 or a refusal that says why."""
    assert reply.status in (200, 400, 413), (reply.status, reply.body[:500])
    if reply.status != 200:
        told = etree.fromstring(reply.body).findtext('.//{*}INFO[@name="QUERY_STATUS"]')
        assert told
        assert not re.search(r"/(tmp|home|usr|root|work)/|\.py\b|Traceback", told), told
    elif reply.kind.startswith("application/x-votable"):
        etree.fromstring(reply.body)
    return int(reply.status)


@given(statements(TABLES, stable=False, slips=True), st.sampled_from(FORMS))
@examples(100)
def test_a_statement_is_answered_or_refused(pair: tuple[Any, Any], query: str, form: str) -> None:
    for server in pair:
        _checked(server.sync(query, FORMAT=form))


@given(ruined(TABLES), st.sampled_from(FORMS))
@examples(150)
def test_a_ruined_statement_is_answered_or_refused(
    pair: tuple[Any, Any], query: str, form: str
) -> None:
    for server in pair:
        _checked(server.sync(query, FORMAT=form))


@given(bodies())
@examples(120)
def test_a_form_of_parts_is_answered_or_refused_alike(
    pair: tuple[Any, Any], form: tuple[str, bytes]
) -> None:
    kind, body = form
    told = [server.request("POST", "/tap/sync", body, {"Content-Type": kind}) for server in pair]
    assert len({_checked(reply) for reply in told}) == 1
    assert told[0].body == told[1].body or b"<TABLE" in told[0].body


@given(bodies())
@examples(40)
def test_a_job_of_a_form_of_parts_is_made_or_refused_and_leaves_nothing(
    pair: tuple[Any, Any], form: tuple[str, bytes]
) -> None:
    kind, body = form
    for server in pair:
        made = server.request("POST", "/tap/async", body, {"Content-Type": kind})
        if made.status == 303:
            job = made.headers["Location"].removeprefix(server.url)
            etree.fromstring(server.get(job).body)
            assert server.request("DELETE", job).status == 303
        else:
            _checked(made)
        assert list((server.home / "jobs").glob("*")) == []


@given(uploads(), st.sampled_from(FORMS))
@examples(25)
def test_an_uploaded_votable_is_answered_or_refused_alike(
    pair: tuple[Any, Any], content: bytes, form: str
) -> None:
    edge = b"a-boundary-that-no-strategy-draws"
    fields = {"QUERY": "SELECT * FROM TAP_UPLOAD.mine", "UPLOAD": "mine,param:f", "FORMAT": form}
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (edge, name.encode(), value.encode())
        for name, value in fields.items()
    ]
    head = b'--%b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' % edge
    body = b"".join([*parts, head, content, b"\r\n--%b--\r\n" % edge])
    kind = {"Content-Type": f"multipart/form-data; boundary={edge.decode()}"}
    told = [server.request("POST", "/tap/sync", body, kind) for server in pair]
    assert len({_checked(reply) for reply in told}) == 1
    if told[0].status == 400 or form == "csv":
        assert told[0].body == told[1].body
