"""The rules of TAP 1.1 and DALI 1.1 for /tap/sync and its neighbours."""

from __future__ import annotations

import csv
import http.client
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from astropy.io.votable import parse
from lxml import etree

FORM = "application/x-www-form-urlencoded"
VOTABLE = "application/x-votable+xml"
SPACE = "{http://www.ivoa.net/xml/VOTable/v1.3}"
ONE = "SELECT TOP 1 gp_id FROM satvo.gp ORDER BY gp_id"
ALL = "SELECT gp_id FROM satvo.gp"
NONE = "SELECT gp_id FROM satvo.gp WHERE gp_id < 0"
MEMORY_GROWTH_MB = 200

Reply = Any
Server = Any


def statuses(reply: Reply) -> list[str]:
    """The QUERY_STATUS of a VOTable, in the order in which they stand."""
    infos = etree.fromstring(reply.body).iter(f"{SPACE}INFO")
    return [info.get("value") for info in infos if info.get("name") == "QUERY_STATUS"]


def message(reply: Reply) -> str:
    (info,) = etree.fromstring(reply.body).iter(f"{SPACE}INFO")
    assert info.get("value") == "ERROR"
    return str(info.text)


def assert_refused(reply: Reply, status: int = 400, *words: str) -> None:
    """An error document as DALI 1.1, section 4.2, has it."""
    assert reply.status == status, reply.body[:500]
    assert reply.kind.startswith(VOTABLE)
    told = message(reply)
    assert all(word in told for word in words), told
    assert "\n  File" not in told


def rows(reply: Reply) -> list[list[str]]:
    """The rows of a CSV answer, without its header."""
    assert reply.status == 200, reply.text
    return list(csv.reader(io.StringIO(reply.text)))[1:]


def multipart(fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    parts = "".join(
        f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    kind = {"Content-Type": "multipart/form-data; boundary=limit"}
    return f"{parts}--limit--\r\n".encode(), kind


# Rule 1: how a request is made


def test_get_post_and_multipart_give_the_same_answer(server: Server) -> None:
    fields = {"LANG": "ADQL", "QUERY": ONE, "RESPONSEFORMAT": "csv"}
    encoded = urlencode(fields)
    body, kind = multipart(fields)
    replies = [
        server.get(f"/tap/sync?{encoded}"),
        server.request("POST", "/tap/sync", encoded.encode(), {"Content-Type": FORM}),
        server.request("POST", "/tap/sync", body, kind),
        server.request("POST", f"/tap/sync?{encoded}"),
    ]
    assert [reply.body for reply in replies] == [b"gp_id\n1\n"] * 4


def test_parameter_names_are_taken_in_any_case(server: Server) -> None:
    fields = {"lang": "ADQL", "Query": ONE, "responseFormat": "csv", "maxrec": "5"}
    assert server.get(f"/tap/sync?{urlencode(fields)}").body == b"gp_id\n1\n"


@pytest.mark.parametrize(
    "wrong", [{"LANG": "adql"}, {"REQUEST": "doquery"}], ids=["LANG", "REQUEST"]
)
def test_parameter_values_are_taken_as_they_are(server: Server, wrong: dict[str, str]) -> None:
    assert_refused(server.sync(ONE, **wrong), 400, next(iter(wrong)))


@pytest.mark.parametrize(
    "name", ["QUERY", "LANG", "MAXREC", "RESPONSEFORMAT", "FORMAT", "RUNID", "REQUEST"]
)
def test_a_single_valued_parameter_given_twice_is_an_error(server: Server, name: str) -> None:
    fields = {"LANG": "ADQL", "QUERY": ONE}
    value = {"MAXREC": "5", "RUNID": "a", "REQUEST": "doQuery"}.get(name, fields.get(name, "csv"))
    fields.pop(name, None)
    twice = urlencode([*fields.items(), (name, value), (name.lower(), value)])
    assert_refused(server.get(f"/tap/sync?{twice}"), 400, name)
    split = f"/tap/sync?{urlencode({name: value})}"
    body = urlencode([*fields.items(), (name, value)]).encode()
    assert_refused(server.request("POST", split, body, {"Content-Type": FORM}), 400, name)


def test_an_unknown_parameter_is_ignored(server: Server) -> None:
    assert server.sync(ONE, NONSENSE="1", FORMAT="csv").body == b"gp_id\n1\n"


def test_head_answers_as_get_does_without_a_body(server: Server) -> None:
    for path in ("/", "/tap/capabilities", "/tap/tables", f"/tap/sync?{urlencode({'QUERY': ALL})}"):
        get, head = server.get(path), server.request("HEAD", path)
        assert (head.status, head.kind, head.body) == (get.status, get.kind, b"")
        if "Content-Length" in head.headers:
            assert int(head.headers["Content-Length"]) == len(get.body)
    assert server.request("HEAD", "/tap/sync").status == 400


def test_one_connection_serves_many_requests(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.connect()
        own = connection.sock.getsockname()
        for path in (f"/tap/sync?FORMAT=csv&QUERY={quote(ONE)}", "/tap/sync", "/tap/availability"):
            connection.request("GET", path)
            connection.getresponse().read()
            assert connection.sock is not None
            assert connection.sock.getsockname() == own
    finally:
        connection.close()


def test_an_answer_is_not_packed_when_gzip_would_be_taken(server: Server) -> None:
    reply = server.get(f"/tap/sync?FORMAT=csv&QUERY={quote(ONE)}", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply.headers
    assert reply.body == b"gp_id\n1\n"


# Rule 2: the parameters


@pytest.mark.parametrize("language", ["ADQL", "ADQL-2.0", "ADQL-2.1"])
def test_each_language_is_spoken(server: Server, language: str) -> None:
    assert server.sync(ONE, LANG=language).status == 200


@pytest.mark.parametrize("language", ["SQL", "ADQL-3.0", "PQL"])
def test_another_language_is_refused(server: Server, language: str) -> None:
    assert_refused(server.sync(ONE, LANG=language), 400, "LANG", language)


@pytest.mark.parametrize("fields", [{}, {"QUERY": ""}, {"LANG": "ADQL"}])
def test_a_request_without_a_query_is_refused(server: Server, fields: dict[str, str]) -> None:
    assert_refused(server.get(f"/tap/sync?{urlencode(fields)}"), 400, "QUERY")


def test_doquery_is_tolerated(server: Server) -> None:
    assert server.sync(ONE, REQUEST="doQuery").status == 200


def test_maxrec_zero_gives_metadata_and_overflow(server: Server) -> None:
    for query in (ALL, NONE):
        reply = server.sync(query, MAXREC="0")
        assert statuses(reply) == ["OK", "OVERFLOW"]
        table = parse(io.BytesIO(reply.body), verify="exception").get_first_table()
        assert (len(table.array), [field.name for field in table.fields]) == (0, ["gp_id"])


def test_a_cut_by_maxrec_is_told_and_one_by_top_is_not(server: Server) -> None:
    cut = server.sync(ALL, MAXREC="7")
    assert statuses(cut) == ["OK", "OVERFLOW"]
    assert len(parse(io.BytesIO(cut.body)).get_first_table().array) == 7
    for query, maxrec in ((f"SELECT TOP 7 {ALL[7:]}", "7"), (f"SELECT TOP 7 {ALL[7:]}", "100")):
        top = server.sync(query, MAXREC=maxrec)
        assert statuses(top) == ["OK"]
        assert len(parse(io.BytesIO(top.body)).get_first_table().array) == 7


def test_a_maxrec_above_the_limit_is_lowered_to_it(new_server: Callable[..., Server]) -> None:
    server = new_server(SATVO_HARD_MAXREC="10", SATVO_DEFAULT_MAXREC="4").start()
    for maxrec, expected in (("1000", 10), ("9", 9)):
        reply = server.sync(ALL, MAXREC=maxrec)
        assert len(parse(io.BytesIO(reply.body)).get_first_table().array) == expected
        assert statuses(reply) == ["OK", "OVERFLOW"]
    assert len(rows(server.sync(ALL, FORMAT="csv"))) == 4
    limits = etree.fromstring(server.get("/tap/capabilities").body).find(".//outputLimit")
    assert [limit.text for limit in limits] == ["4", "10"]


@pytest.mark.parametrize("wrong", ["-1", "1.5", "many", "١", "9" * 30])
def test_a_maxrec_that_is_no_number_is_refused(server: Server, wrong: str) -> None:
    assert_refused(server.sync(ONE, MAXREC=wrong), 400, "MAXREC")


def test_a_runid_of_more_than_64_characters_is_refused(server: Server) -> None:
    assert server.sync(ONE, RUNID="r" * 64).status == 200
    assert_refused(server.sync(ONE, RUNID="r" * 65), 400, "RUNID", "64")


def test_a_runid_is_logged_on_one_line(server: Server) -> None:
    assert server.sync(ONE, RUNID="night 7\nforged line").status == 200
    deadline = time.monotonic() + 10  # the line follows the answer
    while '"runid": "night 7\\nforged line"' not in server.log:
        assert time.monotonic() < deadline, server.log[-2000:]
        time.sleep(0.02)


def test_an_upload_is_refused_in_words(server: Server) -> None:
    assert_refused(server.sync(ONE, UPLOAD="mine,param:mine"), 400, "UPLOAD")


# Rule 3: formats


@pytest.mark.parametrize(
    "kind",
    [
        VOTABLE,
        f"{VOTABLE};serialization=BINARY2",
        f"{VOTABLE};serialization=BINARY",
        f"{VOTABLE};serialization=TABLEDATA",
        "text/xml",
        "text/csv",
        "text/csv;header=present",
        "text/tab-separated-values",
    ],
)
@pytest.mark.parametrize("name", ["RESPONSEFORMAT", "FORMAT"])
def test_a_media_type_is_echoed_as_it_was_asked_for(server: Server, name: str, kind: str) -> None:
    reply = server.sync(ONE, **{name: kind})
    assert (reply.status, reply.kind) == (200, kind)


def test_responseformat_wins_over_its_older_name(server: Server) -> None:
    reply = server.sync(ONE, RESPONSEFORMAT="csv", FORMAT="votable")
    assert reply.kind == "text/csv;header=present"


def test_every_format_of_the_capabilities_can_be_had(server: Server) -> None:
    root = etree.fromstring(server.get("/tap/capabilities").body)
    names = [e.text for f in root.iter("outputFormat") for e in f if e.tag in ("mime", "alias")]
    assert len(names) > 8
    for name in names:
        assert server.sync(ONE, RESPONSEFORMAT=name).status == 200, name


def test_an_unknown_format_is_refused_with_the_known_ones(server: Server) -> None:
    assert_refused(server.sync(ONE, FORMAT="dbase"), 400, "dbase", "csv", "votable")


# Rule 4: the VOTable


def test_an_answer_says_what_it_answers(server: Server) -> None:
    query = 'SELECT TOP 2 gp_id, gp_id + 1, gp_id AS "a b", 2 * 3 FROM satvo.gp'
    root = etree.fromstring(server.sync(query).body)
    resource = root.find(f"{SPACE}RESOURCE")
    assert resource.get("type") == "results"
    first, *others = resource.findall(f"{SPACE}INFO")
    assert (first.get("name"), first.get("value")) == ("QUERY_STATUS", "OK")
    infos = {info.get("name"): info.get("value") for info in others}
    assert infos["standardID"] == "ivo://ivoa.net/std/TAP"
    assert infos["QUERY"] == query
    names = [field.get("name") for field in root.iter(f"{SPACE}FIELD")]
    assert names[0] == "gp_id"
    assert names[2] == "a b"
    assert len(set(names)) == 4


# Rule 5: errors


@pytest.mark.parametrize(
    "query",
    [
        "SELECT",
        "SELECT nothing FROM satvo.gp",
        "SELECT * FROM satvo.nothing",
        "DROP TABLE satvo.gp",
    ],
)
def test_a_wrong_query_is_refused_in_a_votable(server: Server, query: str) -> None:
    assert_refused(server.sync(query))


@pytest.mark.parametrize("path", ["/tap", "/tap/", "/tap/nothing", "/tap/tables/satvo.nothing"])
def test_an_unknown_address_is_a_document_with_404(server: Server, path: str) -> None:
    assert_refused(server.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/tap/sync"), ("DELETE", "/tap/capabilities"), ("POST", "/tap/tables")],
)
def test_a_wrong_method_is_a_document_with_405(server: Server, method: str, path: str) -> None:
    reply = server.request(method, path)
    assert_refused(reply, 405)
    assert "GET" in reply.headers["Allow"]


def test_an_error_outside_tap_is_a_line_of_text(server: Server) -> None:
    for reply in (server.get("/nothing"), server.request("PUT", "/")):
        assert reply.kind.startswith("text/plain")
        assert reply.text.count("\n") == 1


@pytest.mark.parametrize("path", ["/tap/n%00", "/tap/tables/n%01", "/tap/%ff"])
def test_characters_that_xml_cannot_hold_make_no_fault_of_ours(server: Server, path: str) -> None:
    assert_refused(server.get(path), 404)


# Rule 6: TAP_SCHEMA, /tables and FIELDs say the same

ASPECTS = ("datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")
Columns = dict[tuple[str, str], dict[str, str]]


def tap_schema_columns(server: Server) -> Columns:
    reply = server.sync(
        f"SELECT table_name, column_name, {', '.join(ASPECTS)} FROM TAP_SCHEMA.columns "
        "ORDER BY table_name, column_index",
        FORMAT="csv",
    )
    return {
        (table, column): dict(zip(ASPECTS, values, strict=True))
        for table, column, *values in rows(reply)
    }


def vosi_columns(server: Server) -> Columns:
    columns: Columns = {}
    for table in etree.fromstring(server.get("/tap/tables").body).iter("table"):
        for column in table.iter("column"):
            kind = column.find("dataType")
            columns[(table.findtext("name"), column.findtext("name"))] = {
                "datatype": kind.text,
                "arraysize": kind.get("arraysize") or "",
                "xtype": kind.get("extendedType") or "",
                **{a: column.findtext(a) or "" for a in ("unit", "ucd", "utype", "description")},
            }
    return columns


def votable_columns(server: Server, tables: set[str]) -> Columns:
    columns: Columns = {}
    for table in sorted(tables):
        reply = server.sync(f"SELECT * FROM {table}", MAXREC="0", FORMAT="votable/td")
        for field in etree.fromstring(reply.body).iter(f"{SPACE}FIELD"):
            name = str(field.get("name"))
            columns[(table, f'"{name}"' if name == "size" else name)] = {
                **{a: field.get(a) or "" for a in ASPECTS if a != "description"},
                "description": field.findtext(f"{SPACE}DESCRIPTION") or "",
            }
    return columns


def test_every_column_is_described_alike_in_tap_schema_vosi_and_votable(server: Server) -> None:
    told = tap_schema_columns(server)
    assert len(told) > 70
    assert all(about["description"] for about in told.values())
    assert vosi_columns(server) == told
    assert votable_columns(server, {table for table, _ in told}) == told


def test_every_table_of_tap_schema_is_in_the_vosi_tables_and_has_its_rows(server: Server) -> None:
    told = rows(server.sync("SELECT table_name, description FROM TAP_SCHEMA.tables", FORMAT="csv"))
    root = etree.fromstring(server.get("/tap/tables").body)
    found = {t.findtext("name"): t for t in root.iter("table")}
    assert {name: found[name].findtext("description") for name in found} == dict(told)
    for name, table in found.items():
        count = server.number(f"SELECT COUNT(*) AS n FROM {name}")
        assert int(table.findtext("nrows")) == count


def test_the_foreign_keys_of_tap_schema_and_vosi_agree(server: Server) -> None:
    told = rows(
        server.sync(
            "SELECT k.from_table, c.from_column, k.target_table, c.target_column "
            "FROM TAP_SCHEMA.keys AS k JOIN TAP_SCHEMA.key_columns AS c ON k.key_id = c.key_id",
            FORMAT="csv",
        )
    )
    found = [
        [table.findtext("name"), key.findtext(".//fromColumn"), key.findtext("targetTable"),
         key.findtext(".//targetColumn")]
        for table in etree.fromstring(server.get("/tap/tables").body).iter("table")
        for key in table.iter("foreignKey")
    ]  # fmt: skip
    assert sorted(found) == sorted(told)
    assert ["satvo.gp", "norad_id", "satvo.satellite", "norad_id"] in found


def test_the_published_columns_are_those_of_the_contract(server: Server) -> None:
    told = tap_schema_columns(server)
    with Path(__file__).with_name("published_columns.csv").open() as stream:
        expected = list(csv.DictReader(stream))
    assert len(expected) == 168
    for row in expected:
        about = told[(row["table"], row["column"])]
        for aspect in ("datatype", "arraysize", "xtype", "unit", "ucd"):
            assert about[aspect] == row[aspect], (row["table"], row["column"], aspect)


def test_tables_can_be_had_without_columns_and_one_alone(server: Server) -> None:
    least = etree.fromstring(server.get("/tap/tables?detail=min").body)
    assert len(list(least.iter("table"))) >= 7
    assert not list(least.iter("column"))
    for name in ("satvo.gp", "SATVO.GP"):
        one = etree.fromstring(server.get(f"/tap/tables/{name}").body)
        assert (one.findtext("name"), len(list(one.iter("column")))) == ("satvo.gp", 31)
    assert_refused(server.get("/tap/tables?detail=most"), 400, "most")


def test_the_size_column_is_had_by_its_quoted_name(server: Server) -> None:
    reply = server.sync('SELECT TOP 1 "size" FROM TAP_SCHEMA.columns', FORMAT="csv")
    assert reply.text.splitlines()[0] == "size"


def test_the_examples_run(server: Server) -> None:
    root = etree.fromstring(server.get("/tap/examples").body)
    queries = [e.text for e in root.iter("{*}pre") if e.get("property") == "query"]
    assert len(queries) >= 5
    for query in queries:
        reply = server.sync(query, MAXREC="1000")
        assert statuses(reply)[0] == "OK"
        assert len(parse(io.BytesIO(reply.body)).get_first_table().array) > 0, query


def test_the_service_says_that_it_is_available(server: Server) -> None:
    root = etree.fromstring(server.get("/tap/availability").body)
    assert root.findtext("{*}available") == "true"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", root.findtext("{*}upSince"))


# Browsers and addresses


@pytest.mark.parametrize("path", ["/tap/sync", "/tap/capabilities", "/tap/tables", "/"])
def test_a_browser_of_another_origin_may_ask(server: Server, path: str) -> None:
    asked = {
        "Origin": "https://aladin.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    before = server.request("OPTIONS", path, headers=asked)
    assert before.status == 200
    assert before.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in before.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in before.headers["Access-Control-Allow-Headers"]
    shown = server.sync(ONE).headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Retry-After", "X-Request-ID"} <= set(shown)
    reply = server.get(path, Origin="https://aladin.example")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"  # of an error, too


@pytest.mark.parametrize(
    ("path", "method"),
    [("/tap/sync", "POST"), ("/tap/async", "POST"), ("/tap/async/0", "DELETE"),
     ("/jobs/constellation/0/phase", "POST")],
)  # fmt: skip
def test_a_browser_may_send_a_token_with_every_method(
    server: Server, path: str, method: str
) -> None:
    asked = {
        "Origin": "https://firefly.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    before = server.request("OPTIONS", path, headers=asked)
    assert before.status == 200
    assert method in before.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = before.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type"} <= set(allowed)
    assert int(before.headers["Access-Control-Max-Age"]) > 0


def test_a_browser_may_read_what_the_headers_tell(server: Server) -> None:
    cut = server.sync("SELECT norad_id FROM satvo.gp", MAXREC="1", RESPONSEFORMAT="csv")
    assert cut.headers["X-VO-Query-Status"] == "OVERFLOW"
    body = urlencode({"QUERY": "SELECT TOP 1 norad_id FROM satvo.gp"}).encode()
    made = server.request("POST", "/tap/async", body, {"Content-Type": FORM})
    assert made.status == 303
    denied = server.get("/tap/async", Authorization="Bearer wrong")
    assert denied.status == 401
    for reply, name in (
        (cut, "X-VO-Query-Status"),
        (made, "Location"),
        (denied, "WWW-Authenticate"),
        (server.get("/nothing"), "Retry-After"),
    ):
        assert name in reply.headers["Access-Control-Expose-Headers"].split(", ")
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    ["/", "/tap/capabilities", "/tap/availability", "/tap/tables", "/tap/examples", "/tap/sync",
     "/tap/nothing", "/tables/satvo.gp", "//tap//capabilities", "/tap/capabilities/",
     f"/query?QUERY={quote(ONE)}", f"/tap/sync?QUERY={quote(NONE)}"],
)  # fmt: skip
def test_the_host_header_and_a_proxys_headers_show_nowhere(server: Server, path: str) -> None:
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil.example",
        "Forwarded": "host=evil.example;proto=https",
        "SCRIPT_NAME": "/evil.example",
    }
    usual, reply = server.get(path), server.get(path, **forged)
    changing = rb"(?<=request_date\" value=\")[^\"]*"
    assert reply.status == usual.status
    assert re.sub(changing, b"", reply.body) == re.sub(changing, b"", usual.body)
    assert "evil" not in str(reply.headers)


def test_all_addresses_are_below_the_public_one(new_server: Callable[..., Server]) -> None:
    base = "https://example.org/sats"
    server = new_server(SATVO_PUBLIC_URL=f"{base}/").start()
    capabilities = etree.fromstring(server.get("/tap/capabilities").body)
    urls = [url.text for url in capabilities.iter("accessURL")]
    assert f"{base}/tap" in urls
    assert all(url.startswith(f"{base}/tap") and "//tap" not in url for url in urls)
    page = server.get("/").text
    assert f"{base}/tap" in page
    links = re.findall(r'(?:href|src|action|formaction)="([^"#]*)', page)
    assert len(links) > 10
    assert all(link.startswith("/sats/") for link in links)
    assert "127.0.0.1" not in page


def test_the_control_addresses_are_not_reachable_over_tcp(server: Server) -> None:
    for path in ("/control/ingest", "/control/query", "/control/status", "/control/decayed/5"):
        for method in ("GET", "POST", "PUT", "OPTIONS", "HEAD"):
            assert server.request(method, path, b"QUERY=x").status == 404, (method, path)


# Hostile requests


def deep(opening: str, inside: str, closing: str, levels: int) -> str:
    return opening * levels + inside + closing * levels


HOSTILE = {
    "5000 parentheses": f"SELECT TOP 1 gp_id FROM satvo.gp WHERE {deep('(', '1 = 1', ')', 5000)}",
    "5000 parentheses in a value": f"SELECT TOP 1 {deep('(', '1', ')', 5000)} FROM satvo.gp",
    "5000 functions": f"SELECT TOP 1 {deep('ABS(', '1', ')', 5000)} FROM satvo.gp",
    "5000 subqueries": f"{deep('SELECT * FROM (', 'SELECT 1 AS a', ') AS t', 5000)}",
    "5000 NOTs": f"SELECT TOP 1 gp_id FROM satvo.gp WHERE {'NOT ' * 5000} gp_id = 1",
    "5000 signs": f"SELECT TOP 1 {'- ' * 5000} gp_id FROM satvo.gp",
    "a file": "SELECT * FROM read_csv('/etc/passwd')",
    "a file as a table": "SELECT * FROM '/etc/passwd'",
    "a file by name": 'SELECT * FROM "/etc/passwd"',
    "two statements": "SELECT TOP 1 gp_id FROM satvo.gp; DROP TABLE satvo.gp",
    "a setting": "SET threads = 1",
    "a function of the engine": "SELECT getenv('HOME') AS a FROM satvo.gp",
    "a table of the engine": "SELECT * FROM duckdb_settings()",
    "a schema of the engine": "SELECT * FROM information_schema.tables",
    "a null character": "SELECT TOP 1 gp_id FROM satvo.gp\0",
    "a long name": f"SELECT {'a' * 100_000} FROM satvo.gp",
    "an endless string": "SELECT 'a FROM satvo.gp",
    "an endless comment": "SELECT /* a FROM satvo.gp",
}


def test_twenty_thousand_ands_are_answered_or_refused(server: Server) -> None:
    query = f"SELECT TOP 1 gp_id FROM satvo.gp WHERE {' AND '.join(['gp_id > 0'] * 20_000)}"
    reply = server.sync(query)
    assert reply.status in (200, 400), reply.body[:500]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_is_refused(server: Server, name: str) -> None:
    assert_refused(server.sync(HOSTILE[name]))


@pytest.mark.parametrize(
    "wrong",
    [
        "votable\n",
        "text/xml\r\nX-Evil: 1",
        "text/csv\nX-Evil: 1",
        "\0",
        "a\0b",
        "\ufffe",
        "csv;" * 999,
        "application/x-votable+xml;serialization=b\u0131nary2",
    ],
)
def test_a_hostile_format_is_refused_and_adds_no_header(server: Server, wrong: str) -> None:
    reply = server.sync(ONE, RESPONSEFORMAT=wrong)
    assert "X-Evil" not in reply.headers
    if wrong.strip() == "votable":
        assert "\n" not in reply.kind
    else:
        assert_refused(reply, 400, "RESPONSEFORMAT")


@pytest.mark.parametrize(
    "body",
    [
        b"QUERY=SELECT+%ff%fe",
        b"QUERY=SELECT+\xff\xfe",
        b"QUERY=SELECT+%00",
        b"QUERY=%",
        b"\xff=\xff",
        b"&".join([b"QUERY=SELECT+1"] * 200),
        b"&" * 100_000,
        b"LANG=ADQL",
    ],
    ids=["escaped bytes", "raw bytes", "null", "percent", "name", "200 times", "nothing", "none"],
)  # fmt: skip
def test_a_hostile_form_is_refused(server: Server, body: bytes) -> None:
    assert_refused(server.request("POST", "/tap/sync", body, {"Content-Type": FORM}))
    assert_refused(server.request("GET", f"/tap/sync?{quote(body[:5000], safe='&=%+')}"))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\n"),
        ("multipart/form-data; boundary=" + "a" * 5000, b"--a\r\n\r\n"),
        ("application/json", b'{"QUERY": 1}'),
        ("text/plain", b"QUERY=SELECT"),
    ],
)
def test_a_body_that_is_no_form_is_refused(server: Server, kind: str, body: bytes) -> None:
    assert_refused(server.request("POST", "/tap/sync", body, {"Content-Type": kind}))


def test_a_form_of_ten_megabytes_is_refused_and_its_sender_can_read_why(server: Server) -> None:
    body = b"QUERY=" + b"a" * 10_000_000
    assert_refused(server.request("POST", "/tap/sync", body, {"Content-Type": FORM}), 413, "bytes")
    many, kind = multipart({f"p{i}": "x" for i in range(200)})
    assert_refused(server.request("POST", "/tap/sync", many, kind), 413, "parts")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/tap/availability", {"X-Long": "a" * 100_000}),
        ("/tap/availability", {f"X-{i}": "a" for i in range(300)}),
        (f"/tap/sync?QUERY={'a' * 50_000}", {}),
        ("/tap/availability", {"Content-Length": "-1"}),
        ("/tap/availability", {"Transfer-Encoding": "chunked", "Content-Length": "5"}),
    ],
    ids=["long header", "many headers", "long address", "length", "smuggling"],
)
def test_a_request_beyond_http_is_the_clients_fault(
    server: Server, path: str, headers: dict[str, str]
) -> None:
    reply = server.request("GET", path, headers=headers)
    assert 400 <= reply.status < 500
    assert reply.kind == "text/plain; charset=utf-8"
    assert reply.text.startswith(("this request cannot", "the address is", "the headers are"))
    assert reply.headers["Connection"] == "close"
    assert server.get("/tap/availability").status == 200


def test_hostile_requests_leave_the_server_as_it_was(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    server.number("SELECT COUNT(*) AS n FROM satvo.gp")
    before = server.memory_mb
    ands = " AND ".join(["gp_id > 0"] * 20_000)
    for query in [*HOSTILE.values(), f"SELECT TOP 1 gp_id FROM satvo.gp WHERE {ands}"] * 3:
        assert server.sync(query).status < 500
    for _ in range(5):
        body = b"QUERY=" + b"a" * 10_000_000
        assert server.request("POST", "/tap/sync", body, {"Content-Type": FORM}).status == 413
    assert server.memory_mb - before < MEMORY_GROWTH_MB
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") == 8393
    assert "Traceback" not in server.log
