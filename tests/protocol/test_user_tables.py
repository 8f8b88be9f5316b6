"""Tables that holders of a token keep: by pyvo, by hand, by strangers, and under kill -9."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table
from astropy.time import Time
from lxml import etree
from satvo.schemas.state_database import open_state
from satvo.service.tokens import TokenBook

VOSI = """<?xml version="1.0" encoding="UTF-8"?>
<vosi:table xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0" type="output"
  xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <name>whatever</name>
  <description>What I saw</description>
  <column><name>id</name><description>Catalogue number</description><ucd>meta.id</ucd>
    <dataType xsi:type="vs:VOTableType">int</dataType></column>
  <column><name>mag_v</name><unit>mag</unit>
    <dataType xsi:type="vs:TAPType">REAL</dataType></column>
  <column><name>"select"</name>
    <dataType xsi:type="vs:VOTableType" arraysize="30*">char</dataType></column>
  <column><name>seen</name>
    <dataType xsi:type="vs:TAPType">TIMESTAMP</dataType></column>
  <column><name>place</name><unit>deg</unit>
    <dataType xsi:type="vs:VOTableType" arraysize="2" extendedType="point">double</dataType>
  </column>
</vosi:table>"""

SIMULATED = 900_000_000
XML = {"Content-Type": "text/xml"}
CSV = {"Content-Type": "text/csv"}
ROWS = (
    'id,mag_v,select,seen,place\n900000000,4.5,"a, b",2026-07-21T08:34:33.5,10 20\n900000001,,,,\n'
)
BIG = "".join(["id\n", *(f"{n}\n" for n in range(1_000_000))])


class Holder(requests.Session):
    """A client with a token, or without one."""

    def __init__(self, server: Any, token: str | None = None, token_id: str = "") -> None:
        super().__init__()
        self.server = server
        self.token_id = token_id
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.request(
            method, f"{self.server.tap}/{path}", timeout=60, allow_redirects=False, **options
        )

    def make(self, name: str, definition: str = VOSI) -> requests.Response:
        return self.ask("PUT", f"tables/tap_user.{name}", data=definition, headers=XML)

    def load(self, name: str, rows: str | bytes, kind: str = "text/csv") -> requests.Response:
        return self.ask("POST", f"load/tap_user.{name}", data=rows, headers={"Content-Type": kind})

    def query(self, query: str) -> requests.Response:
        return self.ask("POST", "sync", data={"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"})

    def count(self, name: str) -> int:
        told = self.query(f"SELECT COUNT(*) AS n FROM tap_user.{name}")
        assert told.status_code == 200, told.text
        return int(told.text.split()[1])

    def tables(self) -> set[str]:
        document = etree.fromstring(self.ask("GET", "tables?detail=min").content)
        return {str(name.text) for name in document.iterfind("schema/table/name")}

    @property
    def pyvo(self) -> Any:
        return pyvo.dal.TAPService(self.server.tap, session=self)


def holder_of(server: Any, rights: str = "read,job") -> Holder:
    """A client with a new token, made as `satvo token add` does, which takes seconds to start."""
    book = TokenBook(open_state(server.home), lambda: datetime.now(UTC).replace(tzinfo=None))
    token, secret = book.add("test", rights.split(","))
    return Holder(server, secret, token.token_id)


@pytest.fixture(scope="module", autouse=True)
def prototype() -> Iterator[None]:
    pyvo.utils.prototype.activate_features("cadc-tb-upload")
    yield
    pyvo.utils.prototype.features["cadc-tb-upload"].on = False


@pytest.fixture(scope="module")
def shelf(server_on: Callable[[str], Any]) -> Any:
    """A server whose user tables are this module's own."""
    return server_on("shelf")


@pytest.fixture
def mine(shelf: Any) -> Iterator[Holder]:
    with holder_of(shelf) as holder:
        yield holder


@pytest.fixture
def other(shelf: Any) -> Iterator[Holder]:
    with holder_of(shelf) as holder:
        yield holder


@pytest.fixture
def nobody(shelf: Any) -> Iterator[Holder]:
    with Holder(shelf) as holder:
        yield holder


def votable(table: Table) -> bytes:
    out = io.BytesIO()
    table.write(out, format="votable")
    return out.getvalue()


# What pyvo does


@pytest.mark.parametrize("run", ["run_sync", "run_async"])
def test_pyvo_makes_loads_indexes_queries_and_removes_a_table(mine: Holder, run: str) -> None:
    tap = mine.pyvo
    tap.create_table("tap_user.seen", io.StringIO(VOSI), format="VOSITable")
    tap.load_table("tap_user.seen", io.StringIO(ROWS), format="csv")
    tsv = "select\tid\nlast\t899999999\n"
    tap.load_table("tap_user.seen", io.StringIO(tsv), format="tsv")
    fits = io.BytesIO()
    Table({"ID": [SIMULATED + 2], "seen": ["2026-07-21T00:00:00Z"], "place": [[1.0, 2.0]]}).write(
        fits, format="fits"
    )
    fits.seek(0)
    tap.load_table("tap_user.seen", fits, format="FITSTable")
    tap.create_index("tap_user.seen", "id", unique=True)
    answer = getattr(tap, run)("SELECT * FROM tap_user.seen").to_table()
    assert list(answer["id"]) == [899_999_999, SIMULATED, SIMULATED + 1, SIMULATED + 2]
    assert answer["mag_v"].unit == "mag"
    assert [str(text) for text in answer["select"][:2]] == ["last", "a, b"]
    assert list(answer["seen"].filled("")) == [
        "", "2026-07-21T08:34:33.500000", "", "2026-07-21T00:00:00",
    ]  # fmt: skip
    assert list(answer["place"][3]) == [1.0, 2.0]
    joined = getattr(tap, run)(
        "SELECT t.id, g.epoch FROM tap_user.seen AS t JOIN satvo.gp AS g ON t.id = g.norad_id "
        'WHERE t."select" IS NOT NULL'
    )
    assert list(joined.to_table()["id"]) == [SIMULATED]
    tap.remove_table("tap_user.seen")
    with pytest.raises(pyvo.DALQueryError, match="no table tap_user\\.seen"):
        tap.run_sync("SELECT * FROM tap_user.seen")


def test_pyvo_makes_a_table_by_a_votable_and_shows_it(mine: Holder) -> None:
    empty = Table({"ra": np.zeros(0), "B-V": np.zeros(0, "f4"), "n": np.zeros(0, "i8")})
    empty["ra"].unit = "deg"
    mine.pyvo.create_table("tap_user.Stars", io.BytesIO(votable(empty)), format="VOTable")
    assert "tap_user.stars" in mine.tables()
    # pyvo 1.9 asks for a single table without its session, so it is asked for here
    shown = etree.fromstring(mine.ask("GET", "tables/tap_user.stars").content)
    names = [col.findtext("name") for col in shown.iterfind("column")]
    assert names == ["ra", '"B-V"', "n"]
    assert shown.findtext("column/unit") == "deg"
    rows = Table({"n": [5], "b-v": np.array([0.5], "f8"), "ra": np.array([7], "i4")})
    assert mine.load("stars", votable(rows), "application/x-votable+xml").status_code == 200
    answer = mine.pyvo.run_sync('SELECT "B-V", n, ra FROM TAP_USER.stars').to_table()
    assert [tuple(row) for row in answer] == [(0.5, 5, 7.0)]


@pytest.mark.parametrize("kind", ["parquet", "ecsv", "votable"])
def test_other_formats_are_loaded_by_their_media_types(
    mine: Holder, kind: str, tmp_path: Path
) -> None:
    assert mine.make("formats").status_code == 201
    rows = Table(
        {
            "id": np.arange(100, dtype="i8"),
            "seen": Time(61041.0 + np.arange(100), format="mjd").isot,  # from 2026-01-01 on
            "mag_v": np.where(np.arange(100) > 60, np.nan, np.arange(100) / 2),
        }
    )
    file = tmp_path / "rows"
    rows.write(file, format={"ecsv": "ascii.ecsv"}.get(kind, kind))
    media = {"parquet": "application/vnd.apache.parquet", "ecsv": "text/x-ecsv"}
    loaded = mine.load("formats", file.read_bytes(), media.get(kind, "application/x-votable+xml"))
    assert loaded.text == "tap_user.formats: 100 rows added, 100 in all\n"
    told = mine.query(
        "SELECT COUNT(*) AS n, MAX(seen) AS t FROM tap_user.formats WHERE mag_v <= 30"
    ).text
    assert told == "n,t\n61,2026-03-02T00:00:00\n"


def test_an_index_is_the_order_of_the_rows(mine: Holder) -> None:
    mine.make("sorted")
    numbers = np.random.default_rng(20261122).permutation(200_000)
    mine.load("sorted", "id\n" + "\n".join(map(str, numbers)) + "\n")
    mine.pyvo.create_index("tap_user.sorted", "ID")
    answer = mine.pyvo.run_sync("SELECT id FROM tap_user.sorted").to_table()
    assert np.array_equal(answer["id"], np.arange(200_000))
    shown = mine.pyvo.run_sync(
        "SELECT column_name FROM tap_schema.columns "
        "WHERE table_name = 'tap_user.sorted' AND indexed = 1"
    )
    assert list(shown["column_name"]) == ["id"]


def test_a_unique_index_names_a_duplicate_then_and_later(mine: Holder) -> None:
    mine.make("once")
    mine.load("once", "id\n1\n2\n2\n\n\n")
    with pytest.raises(pyvo.DALQueryError, match="'2' is in 2 rows of"):
        mine.pyvo.create_index("tap_user.once", "id", unique=True)
    mine.ask("DELETE", "tables/tap_user.once")
    mine.make("once")
    mine.load("once", "id,mag_v\n2,1\n1,1\n,1\n,1\n")
    mine.pyvo.create_index("tap_user.once", "id", unique=True)
    again = mine.load("once", "id\n7\n2\n")
    assert (again.status_code, "'2' is in 2 rows" in again.text) == (400, True)
    assert mine.count("once") == 4


# Whose they are


def test_a_table_is_its_owners_alone(mine: Holder, other: Holder, nobody: Holder) -> None:
    mine.make("secret")
    mine.load("secret", ROWS)
    assert "tap_user.secret" in mine.tables()
    listed = "SELECT table_name FROM tap_schema.tables WHERE schema_name = 'tap_user'"
    assert mine.query(listed).text.split() == ["table_name", "tap_user.secret"]
    columns = "SELECT COUNT(*) AS n FROM tap_schema.columns WHERE table_name = 'tap_user.secret'"
    assert mine.query(columns).text.split() == ["n", "5"]
    joined = (
        "SELECT s.description FROM tap_schema.schemas AS s "
        "JOIN tap_schema.tables AS t ON s.schema_name = t.schema_name "
        "WHERE t.table_name = 'tap_user.secret'"
    )
    assert "Your own tables" in mine.query(joined).text
    for stranger in (other, nobody):
        assert "tap_user.secret" not in stranger.tables()
        assert stranger.query(listed).text.split() == ["table_name"]
        for path in ("tables/tap_user.secret", "tables/tap_user.secres"):
            assert stranger.ask("GET", path).status_code == 404
        asked, unknown = (
            stranger.query(f"SELECT * FROM tap_user.{name}") for name in ("secret", "secres")
        )
        assert (asked.status_code, unknown.status_code) == (400, 400)
        assert asked.text.replace("secret", "secres") == unknown.text
    for method, path in (("DELETE", "tables/tap_user."), ("POST", "load/tap_user.")):
        there, absent = (other.ask(method, path + n, headers=CSV) for n in ("secret", "secres"))
        assert (there.status_code, absent.status_code) == (404, 404)
        assert there.text.replace("secret", "secres") == absent.text
    update = {"table": "tap_user.secret", "index": "id"}
    assert other.ask("POST", "table-update", data=update).status_code == 404
    assert other.make("secret").status_code == 201, "names of others are not taken"
    assert other.count("secret") == 0
    assert mine.count("secret") == 2


def test_the_pages_show_a_table_to_its_owner_alone(mine: Holder, nobody: Holder) -> None:
    mine.make("paged")
    mine.load("paged", ROWS)
    for path in ("/", "/tables/tap_user.paged", "/query?QUERY=SELECT+*+FROM+tap_user.paged"):
        seen = mine.get(f"{mine.server.url}{path}", timeout=60)
        assert seen.status_code == 200
        assert "tap_user.paged" in seen.text
        hidden = nobody.get(f"{mine.server.url}{path}", timeout=60)
        assert (path == "/") == (hidden.status_code == 200)
        assert "a, b" not in hidden.text
    assert "tap_user" not in nobody.get(mine.server.url, timeout=60).text


def test_the_stored_tables_have_no_name_in_adql(mine: Holder) -> None:
    mine.make("hidden")
    for name in ("user_data.user_table", '"user_data"."user_table"', "user_table"):
        assert "there is no table" in mine.query(f"SELECT * FROM {name}").text


def test_a_job_sees_the_tables_of_its_owner(mine: Holder, nobody: Holder) -> None:
    mine.make("later")
    query = "SELECT COUNT(*) AS n FROM tap_user.later"
    job = nobody.pyvo.submit_job(query)
    job.run().wait()
    with pytest.raises(pyvo.DALQueryError, match="there is no table"):
        job.raise_if_error()
    assert mine.pyvo.run_async(query)["n"][0] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "tables/tap_user.x"),
        ("DELETE", "tables/tap_user.x"),
        ("POST", "load/tap_user.x"),
        ("POST", "table-update"),
    ],
)
def test_a_token_with_the_right_is_needed(
    shelf: Any, nobody: Holder, method: str, path: str
) -> None:
    refused = nobody.ask(method, path, headers=XML)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("ivoa_bearer")
    with holder_of(shelf, "read") as reader:
        assert reader.ask(method, path, headers=XML).status_code == 403
        assert reader.query("SELECT TOP 1 norad_id FROM satvo.gp").status_code == 200
    with Holder(shelf, "satvo_nonsense") as stranger:
        assert stranger.ask(method, path, headers=XML).status_code == 401
        assert stranger.query("SELECT TOP 1 norad_id FROM satvo.gp").status_code == 401


# What is refused


def test_a_table_that_is_there_is_not_made_again(mine: Holder) -> None:
    assert mine.make("twice").status_code == 201
    mine.load("twice", ROWS)
    again = mine.make("TWICE")
    assert (again.status_code, "is there already" in again.text) == (409, True)
    assert mine.count("twice") == 2
    assert mine.ask("DELETE", "tables/tap_user.twice").status_code == 204
    assert mine.ask("DELETE", "tables/tap_user.twice").status_code == 404
    assert mine.make("twice").status_code == 201
    assert mine.count("twice") == 0


@pytest.mark.parametrize(
    "name",
    ["plain", "satvo.gp", "tap_user.", "tap_user.1a", "tap_user.a-b", "tap_user.a.b", "tap_user.é",
     "tap_user." + "x" * 64, "tap_user.select", "tap_user.a'b"],
)  # fmt: skip
def test_a_name_that_a_query_could_not_write_is_refused(mine: Holder, name: str) -> None:
    refused = mine.ask("PUT", f"tables/{name}", data=VOSI, headers=XML)
    assert refused.status_code == 400
    assert "tap_user." in refused.text or "reserved word" in refused.text
    assert mine.tables() == Holder(mine.server).tables()


COLUMN = "<column><name>{}</name><dataType>{}</dataType></column>"


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("", "empty"),
        ("<table/>", "no column"),
        ("<table><column><dataType>int</dataType></column></table>", "column 1 has no name"),
        (f"<table>{COLUMN.format('a', 'number')}</table>", "datatype 'number' is not known"),
        (f"<table>{COLUMN.format('a', 'int')}{COLUMN.format('A', 'int')}</table>", "two columns"),
        (f"<table>{COLUMN.format('x' * 129, 'int')}</table>", "up to 128 printable"),
        ("<tableset/>", "the document is tableset"),
        ("<table><column>", "breaks off"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><table/>', "DOCTYPE"),
        ("<table>" + COLUMN.format("a", "doubleComplex") + "</table>", "complex"),
        ("id,ra\n1,2\n", "not well-formed"),
        (
            '<table><column><name>a</name><dataType arraysize="9999999999">int</dataType></column>'
            "</table>",
            "1000000 elements",
        ),
        (VOSI.replace("REAL", "BLOB"), "dataType 'BLOB' is not known"),
        ("<table>" + "".join(COLUMN.format(f"c{n}", "int") for n in range(1001)) + "</table>",
         "at most 1000"),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_refused_with_the_reason(
    mine: Holder, definition: str, words: str
) -> None:
    refused = mine.make("wrong", definition)
    assert (refused.status_code, words in refused.text) == (400, True), refused.text
    assert "tap_user.wrong" not in mine.tables()


def test_a_definition_with_rows_or_of_another_type_is_refused(mine: Holder) -> None:
    for kind, body, words in (
        ("application/x-votable+xml", votable(Table({"a": [1]})), "has 1 rows"),
        ("text/csv", b"a\n1\n", "Content-Type=text/csv: not accepted"),
        ("", b"a", "Content-Type=(none)"),
    ):
        refused = mine.ask("PUT", "tables/tap_user.odd", data=body, headers={"Content-Type": kind})
        assert (refused.status_code, words in refused.text) == (400, True), refused.text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("id\n1\nseven\n", "row 2, column id: 'seven' is no int"),
        ("id\n1\n2.5\n", "row 2, column id: '2.5' is no int"),
        ("id\n99999999999\n", "row 1, column id"),
        ("id,seen\n1,yesterday\n", "row 1, column seen: 'yesterday' is no timestamp"),
        ("id,place\n1,10 20\n2,10\n", "row 2, column place: 1 elements instead of 2"),
        ("id,colour\n1,red\n", "column colour"),
        ("id,id\n1,1\n", "column id_2"),
        ("id\n1,2\n", "1"),
        ("", "empty"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_nothing_is_loaded(
    mine: Holder, rows: str, words: str
) -> None:
    mine.make("fitting")
    mine.load("fitting", ROWS)
    refused = mine.load("fitting", rows)
    assert (refused.status_code, words in refused.text) == (400, True), refused.text
    assert "/tmp" not in refused.text
    assert mine.count("fitting") == 2
    mine.ask("DELETE", "tables/tap_user.fitting")


def test_rows_that_break_off_are_refused(mine: Holder) -> None:
    mine.make("cut")
    head = (
        "POST /tap/load/tap_user.cut HTTP/1.1\r\nHost: here\r\nContent-Type: text/csv\r\n"
        f"Authorization: {mine.headers['Authorization']}\r\nContent-Length: 1000\r\n\r\n"
    )
    where = urlsplit(mine.server.tap)
    with socket.create_connection((where.hostname, where.port), timeout=30) as line:
        line.sendall(head.encode() + b"id\n1\n2\n")
        line.shutdown(socket.SHUT_WR)
        told = b"".join(iter(lambda: line.recv(4096), b""))
    assert b" 400 " in told.splitlines()[0]
    assert b"7 of 1000 bytes came" in told
    assert mine.count("cut") == 0


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"id": ["text"]}, "the file's is unicodeChar[*], the table's is int"),
        ({"id": [1.5]}, "row 1, column id: '1.5' is no int"),
        ({"id": [2**40]}, "row 1, column id"),
        ({"mag_v": [1.0, 1e300]}, "row 2, column mag_v: '1e+300' is no float"),
        ({"select": [5]}, "the file's is long, the table's is char[*]"),
        ({"place": [[1.0, 2.0, 3.0]]}, "row 1, column place: 3 elements instead of 2"),
        ({"place": [1.0]}, "column place"),
        ({"seen": ["2026-13-01"]}, "row 1, column seen: '2026-13-01' is no timestamp"),
    ],
)
def test_a_typed_file_that_does_not_fit_is_refused(
    mine: Holder, column: dict[str, Any], words: str
) -> None:
    mine.make("typed")
    refused = mine.load("typed", votable(Table(column)), "application/x-votable+xml")
    assert (refused.status_code, words in refused.text) == (400, True), refused.text
    assert mine.count("typed") == 0
    mine.ask("DELETE", "tables/tap_user.typed")


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"index": "id"}, 400, "give table and index"),
        ({"table": "tap_user.indexed"}, 400, "give table and index"),
        ({"table": "tap_user.indexed", "index": "id", "unique": "yes"}, 400, "unique=yes"),
        ({"table": "tap_user.nothing", "index": "id"}, 404, "no table"),
        ({"table": "satvo.gp", "index": "epoch"}, 400, "your tables are called"),
    ],
)
def test_a_wrong_index_is_refused(
    mine: Holder, form: dict[str, str], status: int, words: str
) -> None:
    mine.make("indexed")
    refused = mine.ask("POST", "table-update", data=form)
    assert (refused.status_code, words in refused.text) == (status, True), refused.text


@pytest.mark.parametrize(
    ("column", "words"), [("ids", "no column ids; its columns are id,"), ("place", "is an array")]
)
def test_the_job_tells_what_is_wrong_with_a_column(mine: Holder, column: str, words: str) -> None:
    mine.make("told")
    with pytest.raises(pyvo.DALQueryError, match=words):
        mine.pyvo.create_index("tap_user.told", column)


def test_a_job_cannot_be_made_to_index_what_is_not_the_owners(mine: Holder, other: Holder) -> None:
    mine.make("prey")
    form = {"REQUEST": "updateTable", "TABLE": "tap_user.prey", "INDEX": "id", "PHASE": "RUN"}
    made = other.ask("POST", "async", data=form)
    job = pyvo.dal.AsyncTAPJob(made.headers["Location"], session=other)
    job.wait(phases=["COMPLETED", "ERROR"])
    assert job.phase == "ERROR"


# Limits


def test_the_quota_is_enforced_and_named(new_server: Callable[..., Any]) -> None:
    server = new_server(
        SATVO_USER_TABLES="2", SATVO_USER_ROWS="10", SATVO_USER_BYTES="2000",
        SATVO_UPLOAD_BYTES="100000", SATVO_REQUEST_BYTES="20000", SATVO_UPLOAD_ROWS="50",
    ).start()  # fmt: skip
    with holder_of(server) as mine, holder_of(server) as other:
        assert [mine.make(name).status_code for name in ("a", "b", "c")] == [201, 201, 400]
        assert "at most 2" in mine.make("c").text
        assert other.make("c").status_code == 201
        six = "id\n" + "1\n" * 6
        assert mine.load("a", six).status_code == 200
        over = mine.load("b", six)
        assert (over.status_code, "hold 6 rows and these are 6 more; at most 10" in over.text) == (
            400, True,
        )  # fmt: skip
        assert mine.count("b") == 0
        wide = f"id,select\n1,{'x' * 3000}\n"
        assert "bytes and these are" in mine.load("b", wide).text
        assert "more than 50 rows" in mine.load("b", "id\n" + "1\n" * 51).text
        assert mine.load("b", "id\n" + "1\n" * 60_000).status_code == 413
        assert mine.make("d", VOSI + " " * 30_000).status_code == 413
        mine.ask("DELETE", "tables/tap_user.a")
        assert mine.load("b", six).status_code == 200
        pieces = (b"1\n" * 1000 for _ in range(1000))
        assert mine.load("b", pieces).status_code == 413  # type: ignore[arg-type]
        assert mine.count("b") == 6


# Time and crashes


def test_a_table_survives_a_restart_and_kill_leaves_a_load_whole_or_undone(
    new_server: Callable[..., Any],
) -> None:
    server = new_server().start()
    with holder_of(server) as mine:
        mine.make("kept")
        assert mine.load("kept", ROWS).status_code == 200
        server.stop()
        server.start()
        assert mine.count("kept") == 2
        rows, done = 2, 0
        for delay in (0.15, 0.4, 0.7, 1.0, 1.3, 1.6):
            loaded: list[int] = []

            def send(into: list[int] = loaded) -> None:
                try:
                    into.append(mine.load("kept", BIG).status_code)
                except requests.ConnectionError:
                    into.append(0)

            thread = threading.Thread(target=send)
            thread.start()
            time.sleep(delay)
            server.kill()
            thread.join(60)
            server.start()
            now = mine.count("kept")
            assert now in (rows, rows + 1_000_000)
            assert now > rows or loaded != [200], "what was answered to be there is there"
            listed = etree.fromstring(mine.ask("GET", "tables/tap_user.kept").content)
            assert int(listed.findtext("nrows", "")) == now
            done += now > rows
            rows = now
        assert done < 6
        assert mine.load("kept", ROWS).status_code == 200
        assert mine.count("kept") == rows + 2


def test_an_index_job_that_is_killed_runs_again(new_server: Callable[..., Any]) -> None:
    server = new_server().start()
    with holder_of(server) as mine:
        mine.make("cut")
        mine.load("cut", BIG)
        form = {"table": "tap_user.cut", "index": "id", "unique": "true"}
        url = mine.ask("POST", "table-update", data=form).headers["Location"]
        job = pyvo.dal.AsyncTAPJob(url, session=mine).run()
        server.kill()
        server.start()
        assert mine.count("cut") == 1_000_000
        job.wait(timeout=60)
        assert job.phase == "COMPLETED"
        assert mine.count("cut") == 1_000_000


def test_tables_come_and_go_while_queries_run(mine: Holder, shelf: Any) -> None:
    mine.make("busy")
    mine.load("busy", BIG)
    said: list[str] = []
    over = threading.Event()

    def ask() -> None:
        with Holder(shelf) as asker:
            asker.headers["Authorization"] = mine.headers["Authorization"]
            while not over.is_set():
                told = asker.query("SELECT COUNT(*) AS n, MAX(t.id) AS m FROM tap_user.busy AS t")
                said.append(f"{told.status_code} {' '.join(told.text.split())}"[:400])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        assert mine.ask("DELETE", "tables/tap_user.busy").status_code == 204
        assert mine.make("busy").status_code == 201
        assert mine.load("busy", "id\n1\n3\n2\n").status_code == 200
        mine.pyvo.create_index("tap_user.busy", "id")
    over.set()
    for thread in threads:
        thread.join(60)
    answers = {"200 n,m 1000000,999999", "200 n,m 0,", "200 n,m 3,3"}
    odd = [one for one in said if one not in answers and "there is no table" not in one]
    assert odd == []
    assert any(one.startswith("200") for one in said)


def test_an_answer_that_is_being_sent_is_whole_though_the_table_is_dropped(mine: Holder) -> None:
    mine.make("sent")
    mine.load("sent", BIG)
    form = {"LANG": "ADQL", "QUERY": "SELECT id FROM tap_user.sent", "FORMAT": "csv"}
    answer = mine.ask("POST", "sync", data={**form, "MAXREC": "2000000"}, stream=True)
    lines = answer.iter_lines()
    assert next(lines) == b"id"
    assert mine.ask("DELETE", "tables/tap_user.sent").status_code == 204
    assert sum(1 for _ in lines) == 1_000_000


# What the operator does


def test_the_operator_lists_and_drops_what_a_revoked_token_left(shelf: Any, mine: Holder) -> None:
    mine.make("orphan")
    mine.load("orphan", ROWS)
    assert shelf.command("token revoke", mine.token_id).returncode == 0
    assert mine.query("SELECT * FROM tap_user.orphan").status_code == 401
    assert mine.ask("GET", "tables").status_code == 401
    listed = shelf.command("table list")
    assert listed.returncode == 0, listed.stderr
    (line,) = [line for line in listed.stdout.splitlines() if mine.token_id in line]
    assert "orphan" in line.split()
    assert "2 rows" in line
    dropped = shelf.command("table drop", mine.token_id, "tap_user.orphan")
    assert (dropped.returncode, "dropped" in dropped.stdout) == (0, True), dropped.stderr
    assert mine.token_id not in shelf.command("table list").stdout
    again = shelf.command("table drop", mine.token_id, "orphan")
    assert (again.returncode, "there is no table" in again.stderr) == (2, True)
