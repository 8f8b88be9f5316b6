"""What the clients of the soak do: each function is one piece of work, and asserts its answers."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Callable

from lxml import etree
from soaking.client import BROKEN, FORM, Answer, Client, Wrong
from soaking.reading import FORMS, long_rows, rows_of

__all__ = ["SHORT", "WORK"]

GP = 8393
"""Rows of satvo.gp in the demonstration archive."""

LONG = 100_000
LONG_QUERY = "SELECT a.gp_id, b.mean_motion FROM satvo.gp AS a, satvo.gp AS b"
LONG_ROW_BYTES = 1 + 8 + 8  # null flags, gp_id, mean_motion
ENDLESS = (
    "SELECT COUNT(*) AS n FROM satvo.gp AS a, satvo.gp AS b, satvo.gp AS c "
    "WHERE SIN(a.epoch_mjd * b.epoch_mjd + c.epoch_mjd) > 0.5"
)
SATELLITES = {"kuiper": 34 * 34 + 36 * 36 + 28 * 28, "oneweb-phase1": 40 * 18}
KNOWN = (
    ("SELECT COUNT(*) AS n FROM satvo.gp", 1),
    ("SELECT source, COUNT(*) AS n, AVG(inclination) AS i FROM satvo.gp GROUP BY source", 2),
    (
        "SELECT g.gp_id FROM satvo.gp AS g JOIN satvo.satellite AS s ON g.norad_id = s.norad_id "
        "WHERE g.norad_id = 25954",
        1,
    ),
    (
        "SELECT gp_id FROM satvo.gp WHERE source = 'simulated' AND 1 = CONTAINS("
        "POINT(ra_of_asc_node, inclination), CIRCLE(0, 90, 180))",
        -1,
    ),
)
"""Queries and their rows; -1 where the rows of a first answer are those of all."""

SEEN: dict[str, int] = {}

BAD_QUERIES = (
    "SELEC gp_id FROM satvo.gp", "SELECT FROM satvo.gp", "SELECT nothing FROM satvo.gp",
    "SELECT gp_id FROM satvo.nothing", "SELECT gp_id FROM satvo.gp WHERE object_name > 1",
    "SELECT SQRT(-1 - gp_id) AS v FROM satvo.gp", "SELECT gp_id FROM satvo.gp WHERE (((",
    "SELECT SIN(object_name) FROM satvo.gp", "SELECT 'a FROM satvo.gp", "DROP TABLE satvo.gp",
    "SELECT CIRCLE(0, 100, 1) FROM satvo.gp", "SELECT \0 FROM satvo.gp", ";",
)  # fmt: skip
BAD_PARAMETERS = (
    {"QUERY": ""}, {"MAXREC": "-1"}, {"MAXREC": "many"}, {"FORMAT": "pdf"}, {"LANG": "SQL"},
    {"REQUEST": "undo"}, {"UPLOAD": "a"}, {"UPLOAD": "a,param:nothing"}, {"RUNID": "x" * 65},
    {"UPLOAD": "a,ftp://127.0.0.1/"},
)  # fmt: skip
BAD_UPLOADS = (
    b"", b"\0\1\2", b"<VOTABLE><RESOURCE>", b'<!DOCTYPE a [<!ENTITY b "c">]><VOTABLE/>',
    b"a,b\n1\n1,2,3\n", b"PAR1", b"\x1f\x8b\x08",
    b'<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/><DATA><TABLEDATA><TR><TD>x</TD>'
    b"</TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>",
)  # fmt: skip
XML = (
    "/tap/tables", "/tap/capabilities", "/tap/availability", "/tap/examples",
    "/tap/tables/satvo.gp", "/oai?verb=Identify", "/oai?verb=ListRecords&metadataPrefix=ivo_vor",
    "/oai/capabilities",
)  # fmt: skip
OTHERS = ("/", "/health", "/metrics", "/openapi.json")


def _sync(client: Client, query: str, form: str, **more: object) -> Answer:
    fields = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": form, **more}
    ask = client.get if client.random.random() < 0.5 else client.post
    return ask("/tap/sync", **fields)


def _same(found: object, wanted: object, told: object) -> None:
    if found != wanted:
        raise Wrong(f"{told}: {found} where {wanted} is right")


def small(client: Client) -> None:
    """A few rows in any format."""
    form = client.random.choice(FORMS)
    rows = client.random.choice((0, 1, 7, 300))
    query = (
        f"SELECT TOP {rows} gp_id, norad_id, object_name, epoch, inclination "
        "FROM satvo.gp ORDER BY gp_id"
    )
    _same(rows_of(form, _sync(client, query, form).body), rows, form)


def known(client: Client) -> None:
    """An aggregate, a join or a cone."""
    query, rows = client.random.choice(KNOWN)
    found = rows_of("csv", _sync(client, query, "csv").body)
    _same(found, SEEN.setdefault(query, found) if rows < 0 else rows, query)


def refused(client: Client) -> None:
    """A query or a parameter that is wrong."""
    if client.random.random() < 0.5:
        fields = {"QUERY": client.random.choice(BAD_QUERIES)}
    else:
        fields = {"QUERY": "SELECT 1 AS a FROM satvo.gp", **client.random.choice(BAD_PARAMETERS)}
    answer = client.post("/tap/sync", expect=400, **fields)
    _is_error(answer)


def _is_error(answer: Answer) -> None:
    told = etree.fromstring(answer.body).find('.//{*}INFO[@name="QUERY_STATUS"]')
    if told is None or told.get("value") != "ERROR" or not told.text:
        raise Wrong(answer.text[:300])


def document(client: Client) -> None:
    """What is not a query."""
    path = client.random.choice(XML + OTHERS)
    body = client.get(path).body
    if path in XML:
        etree.fromstring(body)
    elif path == "/openapi.json":
        json.loads(body)


def download(client: Client) -> None:
    """A hundred thousand rows, taken at once."""
    form = client.random.choice(("csv", "votable/b2"))
    answer = _sync(client, LONG_QUERY, form, MAXREC=LONG)
    _same(long_rows(form, answer.body, LONG_ROW_BYTES), LONG, form)


def broken_off(client: Client) -> None:
    """A long answer, or one that is not there yet, whose client goes away."""
    # Nobody notices that the client of an aggregate is gone before its time is over.
    query = ENDLESS if client.random.random() < 0.05 else LONG_QUERY
    fields = {"QUERY": query, "MAXREC": 1_000_000, "FORMAT": client.random.choice(FORMS)}
    size = 0 if query == ENDLESS else client.random.choice((0, 1, 10_000, 1_500_000))
    client.break_off("/tap/sync", fields, client.random.randint(0, size))
    client.book.count("answers")


def slow(client: Client) -> None:
    """A long answer, taken in some seconds through a small window."""
    fields = {"QUERY": LONG_QUERY, "MAXREC": LONG, "FORMAT": "votable/b2"}
    to = client.connection(receive_bytes=16_384)
    try:
        to.request("POST", "/tap/sync", urllib.parse.urlencode(fields).encode(), FORM)
        reply = to.getresponse()
        pieces = []
        while piece := reply.read(100_000):
            pieces.append(piece)
            time.sleep(0.1)
    except BROKEN as err:
        client.cut(err)
        return
    finally:
        to.close()
    client.book.count("answers")
    if reply.status == 429 or (reply.status == 503 and client.book.reloading):
        return
    _same(reply.status, 200, pieces[:1])
    _same(long_rows("votable/b2", b"".join(pieces), LONG_ROW_BYTES), LONG, "a slow client")


def _ended(client: Client, job: str, wait_s: float = 120) -> str:
    deadline = time.monotonic() + wait_s
    while True:
        document = etree.fromstring(client.get(job, WAIT=5).body)
        phase = document.findtext("{*}phase") or ""
        if phase in ("COMPLETED", "ABORTED", "ERROR"):
            return phase
        if time.monotonic() > deadline:
            raise Wrong(f"{job} is still {phase} after {wait_s} s")


def _made(client: Client, path: str, **fields: object) -> str:
    if client.random.random() < 0.5:
        return client.post(path, expect=303, PHASE="RUN", **fields).path
    job = client.post(path, expect=303, **fields).path
    client.post(f"{job}/phase", expect=303, PHASE="RUN")
    return job


def _delete(client: Client, job: str) -> None:
    if client.random.random() < 0.5:
        client.ask("DELETE", job, expect=303)
    else:
        client.post(job, expect=303, ACTION="DELETE")


def job(client: Client) -> None:
    """An asynchronous query: followed, read and deleted, or left behind."""
    rows = client.random.choice((1, 50, 5000))
    form = client.random.choice(FORMS if rows < 100 else ("csv",))
    query = f"SELECT TOP {rows} gp_id, object_name FROM satvo.gp"
    made = _made(client, "/tap/async", QUERY=query, FORMAT=form)
    if client.random.random() < 0.1:
        if form == "csv":
            client.book.leave(made, "result", rows)
        return
    _same(_ended(client, made), "COMPLETED", made)
    _same(rows_of(form, client.get(f"{made}/results/result").body), rows, form)
    _delete(client, made)


def aborted_job(client: Client) -> None:
    """A job that would run too long: aborted, or deleted as it is."""
    if client.random.random() < 0.7:
        made = _made(client, "/tap/async", QUERY=ENDLESS)
    else:
        made = _made(client, "/jobs/constellation", CONSTELLATION="kuiper", EPOCH="2027-01-01")
    time.sleep(client.random.random())
    if client.random.random() < 0.7:
        client.post(f"{made}/phase", expect=303, PHASE="ABORT")
        if _ended(client, made) not in ("ABORTED", "COMPLETED"):
            raise Wrong(f"{made} was aborted and ended otherwise")
    _delete(client, made)
    client.get(f"{made}/phase", expect=404)


def failing_job(client: Client) -> None:
    """A job whose query is wrong."""
    made = _made(client, "/tap/async", QUERY=client.random.choice(BAD_QUERIES))
    _same(_ended(client, made), "ERROR", made)
    _is_error(client.get(f"{made}/error"))
    _delete(client, made)


def computed(client: Client) -> None:
    """A compute job."""
    name = client.random.choice(list(SATELLITES))
    made = _made(client, "/jobs/constellation", CONSTELLATION=name, EPOCH="2027-01-01")
    if client.random.random() < 0.2:
        client.book.leave(made, "elements", SATELLITES[name])
        return
    _same(_ended(client, made), "COMPLETED", made)
    rows = rows_of("csv", client.get(f"{made}/results/elements").body)
    _same(rows, SATELLITES[name], name)
    _delete(client, made)


def upload(client: Client) -> None:
    """A table that is joined with a stored one."""
    rows = client.random.choice((1, 100, 3000))
    if client.random.random() < 0.5:
        content = b"id,name\n" + b"".join(b"%d,n%d\n" % (i, i) for i in range(1, rows + 1))
    else:
        cells = "".join(f"<TR><TD>{i}</TD><TD>n{i}</TD></TR>" for i in range(1, rows + 1))
        content = (
            '<VOTABLE><RESOURCE><TABLE><FIELD name="id" datatype="long"/><FIELD name="name" '
            f'datatype="char" arraysize="*"/><DATA><TABLEDATA>{cells}</TABLEDATA></DATA></TABLE>'
            "</RESOURCE></VOTABLE>"
        ).encode()
    query = "SELECT u.name, g.epoch FROM TAP_UPLOAD.mine AS u JOIN satvo.gp AS g ON u.id = g.gp_id"
    answer = _uploaded(client, query, content, 200)
    _same(rows_of("csv", answer.body), rows, "an upload")


def bad_upload(client: Client) -> None:
    """A table that is none."""
    content = client.random.choice(BAD_UPLOADS)
    query = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine"
    _is_error(_uploaded(client, query, content, 400))


def _uploaded(client: Client, query: str, content: bytes, expect: int) -> Answer:
    fields = {"LANG": "ADQL", "QUERY": query, "FORMAT": "csv", "UPLOAD": "mine,param:f"}
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    body = b"".join([*parts, head, content, b"\r\n--edge--\r\n"])
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    return client.ask("POST", "/tap/sync", body, kind, expect=expect)


WORK: dict[Callable[[Client], None], int] = {
    small: 30, known: 15, refused: 10, document: 12, download: 4, broken_off: 6, slow: 2, job: 8,
    aborted_job: 4, failing_job: 2, computed: 2, upload: 4, bad_upload: 2,
}  # fmt: skip
"""How often each is done."""

SHORT = ("small", "known", "refused", "document")
"""Those whose times stand in the table of the minutes."""
