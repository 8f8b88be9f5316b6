"""Uploads that mean harm, or are broken, sent to a running server: refused clearly, and at no cost.

Each is watched: what memory and processor time it takes from the server and all its children, and
what it leaves behind.
"""

from __future__ import annotations

import base64
import csv
import gzip
import http.server
import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from astropy.io import fits
from astropy.io.votable import parse
from lxml import etree
from satvo.service.formats import FORMATS
from watching import Watch

COUNT = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine"
ALL = "SELECT * FROM TAP_UPLOAD.mine"
SMALL = b"a,b\n1,2\n"

MEMORY_GROWTH_MB = 900
CPU_S = 30
PROMPT_S = 2.0


class Elsewhere:
    """Another host, on the loopback address that the configuration allows."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                with suppress(OSError):
                    getattr(outer, self.path.strip("/").replace("-", "_"))(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    def table(self, to: Any) -> None:
        to.send_response(200)
        to.end_headers()
        to.wfile.write(SMALL)

    def cut(self, to: Any) -> None:
        to.send_response(200)
        to.send_header("Content-Length", "1000")
        to.end_headers()
        to.wfile.write(SMALL)

    def slow_body(self, to: Any) -> None:
        to.send_response(200)
        to.end_headers()
        self._drip(to, SMALL * 100)

    def slow_head(self, to: Any) -> None:
        self._drip(to, b"HTTP/1.0 200 OK\r\n" + b"X-A: b\r\n" * 100)

    def endless(self, to: Any) -> None:
        to.send_response(200)
        to.end_headers()
        while True:
            to.wfile.write(b"1,2\n" * 100_000)

    def to_loopback(self, to: Any) -> None:
        self._redirect(to, f"http://localhost:{self.port}/table")

    def to_file(self, to: Any) -> None:
        self._redirect(to, "file:///etc/passwd")

    def around(self, to: Any) -> None:
        self._redirect(to, "/around")

    def _redirect(self, to: Any, address: str) -> None:
        to.send_response(302)
        to.send_header("Location", address)
        to.end_headers()

    def _drip(self, to: Any, content: bytes) -> None:
        for i in range(len(content)):
            to.wfile.write(content[i : i + 1])
            to.wfile.flush()
            time.sleep(0.2)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    host = Elsewhere()
    threading.Thread(target=host.server.serve_forever, daemon=True).start()
    yield host
    host.server.shutdown()
    host.server.server_close()


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's folder for temporary files."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def target(server_on: Callable[..., Any], temporary: Path) -> Any:
    """A server that takes tables from the allowed host for three seconds."""
    return server_on(
        "hostile",
        SATVO_UPLOAD_HOSTS="127.0.0.1",
        SATVO_UPLOAD_SECONDS="3",
        TMPDIR=str(temporary),
    )


@pytest.fixture
def harmless(target: Any, temporary: Path) -> Iterator[None]:
    """The server is as it was after the test, and took no more than it may."""
    files = _files(target.home)
    with Watch(target.process.pid) as watch:
        yield
    print(f"+{watch.growth_mb:.0f} MB, {watch.cpu_s:.1f} s of processor time")
    assert watch.growth_mb < MEMORY_GROWTH_MB
    assert watch.cpu_s < CPU_S
    start = time.monotonic()
    assert target.number("SELECT COUNT(*) AS n FROM satvo.gp") == 8393
    assert time.monotonic() - start < PROMPT_S
    assert list(temporary.iterdir()) == []
    assert _files(target.home) == files
    assert "Traceback" not in target.log


pytestmark = pytest.mark.usefixtures("harmless")


def _files(home: Path) -> set[Path]:
    return {path for path in home.rglob("*") if not path.name.endswith(("-wal", "-shm", ".wal"))}


def send(
    target: Any,
    content: Any,
    query: str = COUNT,
    upload: str = "mine,param:f",
    form: str = "csv",
) -> requests.Response:
    """A query with an upload."""
    return requests.post(
        f"{target.tap}/sync",
        data={"LANG": "ADQL", "QUERY": query, "UPLOAD": upload, "FORMAT": form},
        files=content if isinstance(content, list) else [("f", ("name", content))],
        timeout=120,
    )


def refused(answer: requests.Response, words: str, status: int = 400) -> None:
    """The answer is a DALI error whose message has these words, and no path."""
    assert answer.status_code == status, answer.text[:500]
    root = etree.fromstring(answer.content)
    told = root.findtext('.//{*}INFO[@name="QUERY_STATUS"]') or ""
    assert re.search(words, told), told
    assert not re.search(r"/(tmp|home|usr|root|work)/|\.py\b", told), told


def votable(fields: str, data: str, head: str = "", table: str = "<TABLE>") -> bytes:
    """A VOTable of these parts."""
    return (
        f'{head}<VOTABLE version="1.4"><RESOURCE>{table}{fields}<DATA>{data}</DATA></TABLE>'
        "</RESOURCE></VOTABLE>"
    ).encode()


INT = '<FIELD name="a" datatype="int"/>'
ROW = "<TR><TD>1</TD></TR>"


def bomb(levels: int = 9) -> str:
    """Ten to the power of levels laughs (CAPEC-197)."""
    entities = "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(levels)
    )
    return f'<!DOCTYPE VOTABLE [<!ENTITY a "ha">{entities}]>'


@pytest.mark.alone
def test_the_watch_sees_a_child_of_the_server_work(target: Any) -> None:
    with Watch(target.process.pid) as watch:
        assert send(target, b"a,b\n" + b"1,2\n" * 500_000).text == "n\n500000\n"
    assert watch.cpu_s > 0.3
    assert watch.growth_mb > 20


# XML


@pytest.mark.parametrize(
    "head",
    [
        bomb(),
        f'<!DOCTYPE VOTABLE [<!ENTITY a "{"x" * 60_000}">]>',
        '<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE VOTABLE SYSTEM "http://127.0.0.1:PORT/table">',
        '<!DOCTYPE VOTABLE [<!ENTITY % p SYSTEM "http://127.0.0.1:PORT/table"> %p;]>',
    ],
    ids=["laughs", "long entity", "file", "external subset", "parameter entity"],
)
def test_a_doctype_is_refused_and_nothing_is_asked(
    target: Any, elsewhere: Elsewhere, head: str
) -> None:
    asked = len(elsewhere.asked)
    row = "<TR><TD>&j;&a;&x;</TD></TR>"
    document = votable(INT, f"<TABLEDATA>{row}</TABLEDATA>", head)
    refused(send(target, document.replace(b"PORT", b"%d" % elsewhere.port)), "DOCTYPE")
    assert len(elsewhere.asked) == asked


@pytest.mark.parametrize("kind", ["BINARY", "BINARY2", "FITS"])
@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:PORT/table"])
def test_a_stream_elsewhere_is_refused_and_nothing_is_asked(
    target: Any, elsewhere: Elsewhere, kind: str, address: str
) -> None:
    asked = len(elsewhere.asked)
    address = address.replace("PORT", str(elsewhere.port))
    document = votable(INT, f'<{kind}><STREAM href="{address}"/></{kind}>')
    refused(send(target, document), "href|FITS")
    assert len(elsewhere.asked) == asked


def test_fits_within_a_votable_is_refused(target: Any) -> None:
    data = '<FITS extnum="1"><STREAM encoding="base64">U0lNUExF</STREAM></FITS>'
    refused(send(target, votable(INT, data)), "accepted are TABLEDATA, BINARY and BINARY2")


@pytest.mark.parametrize("nrows", ["1", "999999999999", "-1", "many"])
def test_the_rows_count_and_not_what_nrows_says(target: Any, nrows: str) -> None:
    document = votable(INT, f"<TABLEDATA>{ROW * 3}</TABLEDATA>", table=f'<TABLE nrows="{nrows}">')
    answer = send(target, document)
    assert answer.text == "n\n3\n"


# Sizes


def test_a_million_rows_are_counted_right(target: Any) -> None:
    assert send(target, b"a,b\n" + b"1,2.5\n" * 1_000_000).text == "n\n1000000\n"


def test_a_million_rows_of_binary2_are_summed_right(target: Any) -> None:
    numbers = np.zeros(1_000_000, dtype=[("null", "u1"), ("a", ">i4")])
    numbers["a"] = np.arange(1_000_000)
    stream = base64.b64encode(numbers.tobytes()).decode()
    data = f'<BINARY2><STREAM encoding="base64">{stream}</STREAM></BINARY2>'
    answer = send(
        target, votable(INT, data), "SELECT COUNT(*) AS n, MAX(a) AS m FROM TAP_UPLOAD.mine"
    )
    assert answer.text == "n,m\n1000000,999999\n"


def test_more_rows_than_are_accepted_are_refused_with_the_limit(target: Any) -> None:
    refused(send(target, b"a,b\n" + b"1,2.5\n" * 2_100_000), "more than 2000000 rows")


@pytest.mark.parametrize("form", ["csv", "votable", "fits", "parquet"])
def test_ten_thousand_columns_are_refused_with_the_limit(target: Any, form: str) -> None:
    names = [f"c{i}" for i in range(10_000)]
    if form == "csv":
        content = (",".join(names) + "\n" + ",".join("1" for _ in names) + "\n").encode()
    elif form == "votable":
        fields = "".join(f'<FIELD name="{name}" datatype="int"/>' for name in names)
        content = votable(fields, "<TABLEDATA/>")
    elif form == "fits":
        content = patched(fits_table(), "TFIELDS", "10000")
    else:
        content = parquet(pa.table({name: [1] for name in names}))
    refused(send(target, content), "at most 1000 are accepted|TFORM")


@pytest.mark.parametrize("what", ["rows", "cell", "fits", "cells of one row"])
def test_a_gzip_bomb_is_refused_with_the_limit(target: Any, what: str) -> None:
    head = {"fits": fits_table()}.get(what, b"a,b\n")
    piece = {"rows": b"1,2\n", "cells of one row": b"1,", "fits": b"\0"}.get(what, b"1")
    member = gzip.compress(piece * (100_000_000 // len(piece)), 1)
    answer = send(target, gzip.compress(head) + member * 15)  # 1.5 GB in 7 MB
    refused(answer, "more than 1000000000 bytes|more than 2000000 rows|cells|longer|bytes|fields")


def test_gzip_within_gzip_is_no_table(target: Any) -> None:
    refused(send(target, gzip.compress(gzip.compress(SMALL))), "mine: ")


# Files that lie or break off


def fits_table() -> bytes:
    out = io.BytesIO()
    columns = [
        fits.Column("a", "J", array=np.arange(100)),
        fits.Column("b", "PE()", array=np.array([[1.5]] * 100, dtype=object)),
    ]
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(out)
    return out.getvalue()


def patched(content: bytes, key: str, value: str) -> bytes:
    """A FITS file with another value of a card of its table."""
    place = content.index(f"{key:8}=".encode(), 2880)
    card = f"{key:8}= {value:>20}".ljust(80).encode()
    return content[:place] + card + content[place + 80 :]


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NAXIS2", "1000000000000"),
        ("NAXIS2", "-1"),
        ("NAXIS1", "1000000000000"),
        ("NAXIS1", "0"),
        ("NAXIS2", "99999999999999999999999999999999"),
        ("TFIELDS", "999"),
        ("TFIELDS", "-1"),
        ("TFORM1", "'999999999999J'"),
        ("TFORM1", "'0J'"),
        ("TFORM1", "'C'"),
        ("TFORM2", "'PD(999999999)'"),
    ],
)
def test_a_fits_header_that_lies_is_refused(target: Any, key: str, value: str) -> None:
    refused(
        send(target, patched(fits_table(), key, value)), f"mine: .*({key}|FITS|TFORM|complex|file)"
    )


@pytest.mark.parametrize(
    ("key", "value"), [("PCOUNT", "1000000000000"), ("BITPIX", "-64"), ("GCOUNT", "1000000")]
)
def test_a_fits_header_that_lies_of_what_is_not_needed_gives_the_rows(
    target: Any, key: str, value: str
) -> None:
    query = "SELECT COUNT(*) AS n, MAX(a) AS m FROM TAP_UPLOAD.mine"
    assert send(target, patched(fits_table(), key, value), query).text == "n,m\n100,99\n"


CUT: dict[str, Callable[[], bytes]] = {
    "votable": lambda: votable(INT, f"<TABLEDATA>{ROW * 1000}</TABLEDATA>"),
    "binary2": lambda: votable(
        INT, f'<BINARY2><STREAM encoding="base64">{"AAAAAAAA" * 500}</STREAM></BINARY2>'
    ),
    "fits": fits_table,
    "parquet": lambda: parquet(pa.table({"a": list(range(1000))})),
    "gzip": lambda: gzip.compress(b"a,b\n" + b"".join(b"%d,2\n" % i for i in range(1000))),
}


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("form", list(CUT))
def test_a_file_that_breaks_off_is_refused(target: Any, form: str, part: float) -> None:
    whole = CUT[form]()
    assert send(target, whole).status_code == 200
    size = int(len(whole) * part)
    if form == "fits":  # padding at the end of a block is no loss
        size = min(size, len(whole) - 2880)
    refused(send(target, whole[:size]), "mine: ")


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ('datatype="int"', "abc"),
        ('datatype="int"', "99999999999"),
        ('datatype="double"', "1.2.3"),
        ('datatype="boolean"', "perhaps"),
        ('datatype="char" arraysize="*" xtype="timestamp"', "yesterday"),
        ('datatype="int" arraysize="2"', "1"),
    ],
)
def test_a_cell_of_the_wrong_type_is_told_with_its_place(
    target: Any, field: str, cell: str
) -> None:
    data = f"<TABLEDATA><TR><TD>{cell}</TD></TR></TABLEDATA>"
    answer = send(target, votable(f'<FIELD name="a" {field}/>', data))
    refused(answer, "mine: row 1, column a: ")


# Names


def test_a_table_called_by_a_keyword_is_found_when_quoted(target: Any) -> None:
    upload = "select,param:f"
    quoted = send(target, SMALL, 'SELECT * FROM TAP_UPLOAD."select"', upload)
    assert quoted.text == "a,b\n1,2\n"
    refused(send(target, SMALL, "SELECT * FROM TAP_UPLOAD.select", upload), "table name")


def test_columns_of_one_name_and_of_none_get_names(target: Any) -> None:
    assert send(target, b"a,A,a,,\n1,2,3,4,5\n", ALL).text == "a,A_2,a_3,col4,col5\n1,2,3,4,5\n"


NAMES = ['qu"ote', "qu'ote", "back`tick", "x" * 500, "\U0001f6f0", "a b", "<b>&amp;", "]]>",
         "new\nline", "a;DROP TABLE gp--", "{x}", "%s", "*", "c1", "rowid", "\\", "é",
         "=1+1"]  # fmt: skip


@pytest.mark.parametrize("form", [f.aliases[0] for f in FORMATS if f.aliases])
def test_columns_of_any_name_come_back_in_every_format(target: Any, form: str) -> None:
    content = parquet(pa.table({name: [i] for i, name in enumerate(NAMES)}))
    answer = send(target, content, ALL, form=form)
    assert answer.status_code == 200, answer.text[:300]
    if form.startswith("votable"):
        table = parse(io.BytesIO(answer.content)).get_first_table()
        assert [field.name for field in table.fields] == NAMES
        assert [int(value) for value in table.array[0]] == list(range(len(NAMES)))
    elif form == "json":
        assert [column["name"] for column in answer.json()["metadata"]] == NAMES
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
        assert rows == [NAMES, [str(i) for i in range(len(NAMES))]]


def test_columns_of_any_name_can_be_asked_for(target: Any) -> None:
    content = parquet(pa.table({name: [i] for i, name in enumerate(NAMES)}))
    for i, name in enumerate(NAMES):
        if "\n" not in name:
            quoted = '"' + name.replace('"', '""') + '"'
            asked = send(target, content, f"SELECT {quoted} AS a FROM TAP_UPLOAD.mine")
            assert asked.text == f"a\n{i}\n", asked.text[:300]


@pytest.mark.parametrize("character", ["\0", "\x07", "\uffff"])
def test_a_name_that_no_votable_can_hold_is_refused(target: Any, character: str) -> None:
    content = parquet(pa.table({f"a{character}": [1], "b": [2]}))
    refused(send(target, content, ALL), f"column 1 has the character U\\+{ord(character):04X}")


# UPLOAD and its parts


def test_two_hundred_tables_are_refused_with_the_limit(target: Any) -> None:
    upload = ";".join(f"t{i},param:f" for i in range(200))
    refused(send(target, SMALL, upload=upload), "200 tables; at most 20")
    parts = [(f"f{i}", ("name", SMALL)) for i in range(200)]
    refused(send(target, parts, upload=upload), "100 parts", 413)


def test_twenty_tables_are_taken(target: Any) -> None:
    parts = [(f"f{i}", ("name", SMALL)) for i in range(20)]
    upload = ";".join(f"t{i},param:f{i}" for i in range(20))
    answer = send(target, parts, "SELECT a.a, b.b FROM TAP_UPLOAD.t0 AS a, TAP_UPLOAD.t19 AS b",
                  upload)  # fmt: skip
    assert answer.text == "a,b\n1,2\n"


def test_two_parts_of_one_name_and_none_are_refused(target: Any) -> None:
    two = [("f", ("name", SMALL)), ("F", ("name", SMALL))]
    refused(send(target, two), "2 parts called f")
    refused(send(target, SMALL, upload="mine,param:g"), "no part called g")
    refused(send(target, SMALL, upload="mine,param:"), "no part called")


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("multipart/form-data", b"--x\r\n\r\n--x--", "no boundary"),
        ("multipart/form-data; boundary=", b"--x\r\n\r\n--x--", "no boundary"),
        ("multipart/form-data; boundary=y", b"--x\r\n\r\na\r\n--x--", "QUERY is missing"),
        ("multipart/form-data; boundary=x", b"nothing", "QUERY is missing"),
        ("multipart/form-data; boundary=x", b"", "QUERY is missing"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data\r\n\r\nSELECT\r\n--x--",
            "a part of the request has no name",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; filename="f"\r\n\r\nSELECT\r\n--x--',
            "a part of the request has no name",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="QUERY"\r\n\r\nSELECT 1',
            "QUERY is missing|expected",
        ),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--x\r\n\r\n", "QUERY is missing"),
    ],
)
def test_a_form_that_is_none_is_refused(target: Any, kind: str, body: bytes, words: str) -> None:
    answer = requests.post(
        f"{target.tap}/sync", data=body, headers={"Content-Type": kind}, timeout=60
    )
    refused(answer, words)


def endless(head: bytes) -> Iterator[bytes]:
    yield head
    while True:
        yield b"1,2\n" * 250_000


def test_a_body_that_never_ends_is_refused_with_the_limit(target: Any) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\na,b\n'
    status = _chunked(target, endless(head), "multipart/form-data; boundary=x")
    assert b" 413 " in status
    status = _chunked(target, endless(b"QUERY="), "application/x-www-form-urlencoded")
    assert b" 413 " in status


def _chunked(target: Any, pieces: Iterator[bytes], kind: str) -> bytes:
    """Send chunks until the server answers or shuts the connection; the answer's first line."""
    with socket.create_connection(("127.0.0.1", target.port), 60) as to:
        to.sendall(
            b"POST /tap/sync HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: %b\r\n\r\n" % kind.encode()
        )
        sent = 0
        answer: list[bytes] = []
        reader = threading.Thread(target=lambda: answer.append(to.recv(4096)), daemon=True)
        reader.start()
        with suppress(OSError):
            for piece in pieces:
                to.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
                sent += len(piece)
                assert sent < 1_000_000_000, "nobody stopped it"
                if answer:
                    break
        reader.join(30)
        return answer[0].partition(b"\r\n")[0]


def test_a_body_beyond_the_limit_is_refused_with_it(target: Any) -> None:
    refused(send(target, b"1" * 120_000_000), "at most 100000000 bytes", 413)


# Tables elsewhere


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:PORT/table", "http://127.0.0.2:PORT/table", "http://127.1:PORT/table",
        "http://2130706433:PORT/table", "http://0x7f000001:PORT/table",
        "http://0177.0.0.1:PORT/table", "http://0:PORT/table", "http://0.0.0.0:PORT/table",
        "http://[::1]:PORT/table", "http://[::]:PORT/table", "http://[::ffff:127.0.0.1]:PORT/table",
        "http://[::ffff:7f00:1]:PORT/table", "http://[::127.0.0.1]/table",
        "http://[64:ff9b::7f00:1]:PORT/table", "http://[2002:7f00:1::]:PORT/table",
        "http://224.0.0.1:PORT/table", "http://255.255.255.255:PORT/table",
        "http://10.0.0.1/table", "http://192.168.0.1/table", "http://172.16.0.1/table",
        "http://169.254.169.254/latest", "http://100.64.0.1/table", "http://[fe80::1]/table",
        "http://[fd00::1]/table", "https://127.0.0.2:PORT/table",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_and_not_asked(
    target: Any, elsewhere: Elsewhere, address: str
) -> None:
    asked = len(elsewhere.asked)
    address = address.replace("PORT", str(elsewhere.port))
    refused(send(target, b"", upload=f"mine,{address}"), "not a public address")
    assert len(elsewhere.asked) == asked


@pytest.mark.alone
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("file:///etc/passwd", "give param: and the part"),
        ("FILE:///etc/passwd", "give param: and the part"),
        ("ftp://127.0.0.1/x", "give param: and the part"),
        ("http:///etc/passwd", "not an http or https address"),
        ("http://127.0.0.1:0/x", "not an http or https address"),
        ("http://127.0.0.1:99999/x", "not an http or https address"),
        ("http://127.0.0.1:PORT/a b", "not an http or https address"),
        ("http://①②⑦.0.0.1/x", "not an http or https address"),
        ("http://a@127.0.0.1:PORT/table", "user name"),
        ("http://127.0.0.1\\@example.org/", "user name"),
        ("http://127.0.0.1:1/x", "could not be fetched"),
        ("http://127.0.0.1:PORT/to-loopback", "localhost is not a public address"),
        ("http://127.0.0.1:PORT/to-file", "not an http or https address"),
        ("http://127.0.0.1:PORT/around", "leads on more than 3 times"),
        ("http://127.0.0.1:PORT/cut", "could not be fetched"),
        ("http://127.0.0.1:PORT/slow-body", "more than 3 s"),
        ("http://127.0.0.1:PORT/slow-head", "more than 3 s"),
        ("http://127.0.0.1:PORT/endless", "more than (3 s|100000000 bytes)"),
    ],
)
def test_an_address_that_leads_astray_is_refused(
    target: Any, elsewhere: Elsewhere, address: str, words: str
) -> None:
    start = time.monotonic()
    address = address.replace("PORT", str(elsewhere.port))
    refused(send(target, b"", upload=f"mine,{address}"), words)
    assert time.monotonic() - start < 10


@pytest.mark.alone
def test_slow_hosts_leave_threads_for_others(target: Any, elsewhere: Elsewhere) -> None:
    """Eight fetch at once, eight wait; the others are told to come again, and nobody hangs."""
    address = f"http://127.0.0.1:{elsewhere.port}/slow-body"
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(send(target, b"", upload=f"mine,{address}").status_code)

    asking = [threading.Thread(target=ask) for _ in range(24)]
    for each in asking:
        each.start()
    time.sleep(1)
    start = time.monotonic()
    assert target.number("SELECT COUNT(*) AS n FROM satvo.gp") == 8393
    assert time.monotonic() - start < PROMPT_S
    for each in asking:
        each.join(60)
    assert set(statuses) == {400, 429}
    assert statuses.count(429) >= 6


def test_a_table_from_an_allowed_host_is_taken(target: Any, elsewhere: Elsewhere) -> None:
    address = f"http://127.0.0.1:{elsewhere.port}/table"
    assert send(target, b"", upload=f"mine,{address}").text == "n\n1\n"
