"""Fetching from CelesTrak, against a server of this test on 127.0.0.1."""

from __future__ import annotations

import gzip
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from satvo.ingest.celestrak import Celestrak
from satvo.ingest.polite import Fetched
from satvo.schemas.errors import BadParameter, Busy, NoOrbit, Unavailable

START = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)
HOURS_2 = timedelta(hours=2)
WEEK = timedelta(days=7)
OLD = b'[{"OBJECT_NAME":"ISS (ZARYA)","NORAD_CAT_ID":25544}]'
NEW = b'[{"OBJECT_NAME":"ISS (ZARYA)","NORAD_CAT_ID":25544,"REV_AT_EPOCH":1}]'
SATCAT = b"OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID\r\nSL-1 R/B,1957-001A,1\r\n"
LAST_MODIFIED = "Fri, 27 Mar 2026 07:58:00 GMT"
# As received by a user of OpenSpace on 2026-03-27 (their issue 3973), with its line ends.
TOO_SOON = (
    b"GP data has not updated since your last successful\n"
    b"download of GROUP=starlink at 2026-03-27 08:00:00 UTC.\n"
    b"Data is updated once every 2 hours."
)


@dataclass
class Reply:
    """What the server answers; `cut` bytes of the body are kept back, `hold` before these."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    hold: threading.Event | None = None
    delay_s: float = 0.0
    drip_s: float = 0.0


class Server(http.server.ThreadingHTTPServer):
    """Answers what `reply` says and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply: Callable[[str], Reply] = lambda path: Reply(body=OLD)
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of these tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    timeout = 20

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        reply = self.server.reply(self.path)
        time.sleep(reply.delay_s)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if "Transfer-Encoding" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        sent = reply.body[: len(reply.body) - reply.cut]
        for start in range(0, len(sent), 1 if reply.drip_s else 1 << 20):
            self.wfile.write(sent[start : start + (1 if reply.drip_s else 1 << 20)])
            time.sleep(reply.drip_s)
        if reply.hold is not None:
            reply.hold.wait(20)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)
    assert not thread.is_alive()


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new(server: Server, clock: Clock, tmp_path: Path) -> Callable[..., Celestrak]:
    """Makes what a new process would make."""

    def make(**settings: float) -> Celestrak:
        settings = {"timeout_s": 10, "deadline_s": 20} | settings
        return Celestrak(tmp_path, base_url=server.url, clock=clock, **settings)  # type: ignore[arg-type]

    return make


@pytest.fixture
def celestrak(new: Callable[..., Celestrak]) -> Celestrak:
    return new()


def answers(server: Server, reply: Reply) -> None:
    server.reply = lambda path: reply


def names(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "celestrak").iterdir()}


def test_first_fetch_of_a_group_brings_the_file(
    celestrak: Celestrak, server: Server, tmp_path: Path
) -> None:
    fetched = celestrak.group("Starlink")
    url = f"{server.url}/NORAD/elements/gp.php?GROUP=starlink&FORMAT=json"
    assert fetched == Fetched(fetched.path, "new", url, START, START + HOURS_2)
    assert fetched.path.read_bytes() == OLD
    path, headers = server.asked[0]
    assert server.url + path == url
    assert headers["User-Agent"] == f"satvo/{version('satvo')}"
    assert headers["Accept-Encoding"] == "gzip"
    assert "If-None-Match" not in headers
    assert "If-Modified-Since" not in headers
    assert names(tmp_path) == {"lock", "group-starlink.json", "group-starlink.json.state"}


def test_nothing_is_asked_or_made_before_the_first_fetch(
    celestrak: Celestrak, server: Server, tmp_path: Path
) -> None:
    assert not server.asked
    assert not list(tmp_path.iterdir())


def test_second_fetch_within_two_hours_is_not_sent(
    new: Callable[..., Celestrak], server: Server, clock: Clock
) -> None:
    first = new().group("starlink")
    clock.now += HOURS_2 - timedelta(seconds=1)
    second = new().group("STARLINK")
    assert second == Fetched(first.path, "cached", first.url, START, START + HOURS_2)
    assert len(server.asked) == 1


def test_each_group_and_object_has_its_own_time(celestrak: Celestrak, server: Server) -> None:
    paths = {celestrak.group("starlink").path, celestrak.group("25544").path}
    paths.add(celestrak.object(25544).path)
    assert len(paths) == 3
    assert server.asked[2][0] == "/NORAD/elements/gp.php?CATNR=25544&FORMAT=json"
    assert celestrak.object(25544).state == "cached"
    assert len(server.asked) == 3


def test_after_two_hours_the_request_is_conditional_and_304_keeps_the_copy(
    celestrak: Celestrak, server: Server, clock: Clock
) -> None:
    answers(server, Reply(body=OLD, headers={"Last-Modified": LAST_MODIFIED, "ETag": '"a1"'}))
    first = celestrak.group("starlink")
    answers(server, Reply(304))
    clock.now += HOURS_2
    second = celestrak.group("starlink")
    assert server.asked[1][1]["If-None-Match"] == '"a1"'
    assert server.asked[1][1]["If-Modified-Since"] == LAST_MODIFIED
    assert second == Fetched(first.path, "unchanged", first.url, clock.now, clock.now + HOURS_2)
    assert second.path.read_bytes() == OLD
    clock.now += timedelta(hours=1)
    assert celestrak.group("starlink").state == "cached"
    clock.now += timedelta(hours=1)
    assert celestrak.group("starlink").state == "unchanged"
    assert server.asked[2][1]["If-None-Match"] == '"a1"'


def test_validators_of_an_older_copy_are_forgotten_with_it(
    celestrak: Celestrak, server: Server, clock: Clock
) -> None:
    answers(server, Reply(body=OLD, headers={"ETag": '"a1"'}))
    celestrak.group("starlink")
    answers(server, Reply(body=NEW, headers={"Last-Modified": LAST_MODIFIED}))
    clock.now += HOURS_2
    fetched = celestrak.group("starlink")
    assert (fetched.state, fetched.path.read_bytes()) == ("new", NEW)
    clock.now += HOURS_2
    celestrak.group("starlink")
    assert "If-None-Match" not in server.asked[2][1]
    assert server.asked[2][1]["If-Modified-Since"] == LAST_MODIFIED


def test_a_copy_changed_by_another_hand_is_asked_for_without_conditions(
    celestrak: Celestrak, server: Server, clock: Clock
) -> None:
    answers(server, Reply(body=OLD, headers={"ETag": '"a1"'}))
    celestrak.group("starlink").path.write_bytes(b"[")
    clock.now += HOURS_2
    assert celestrak.group("starlink").path.read_bytes() == OLD
    assert "If-None-Match" not in server.asked[1][1]


def test_304_without_having_asked_for_it_is_a_failure(celestrak: Celestrak, server: Server) -> None:
    answers(server, Reply(304))
    with pytest.raises(Unavailable, match="answered 304"):
        celestrak.group("starlink")


def test_a_copy_deleted_by_the_user_is_not_asked_for_too_soon(
    celestrak: Celestrak, server: Server, clock: Clock
) -> None:
    celestrak.group("starlink").path.unlink()
    with pytest.raises(Unavailable, match=r"too recently, and no copy .*2026-03-27 10:00:00 UTC"):
        celestrak.group("starlink")
    clock.now += HOURS_2
    assert celestrak.group("starlink").state == "new"
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [403, 200])
def test_refusal_as_not_updated_gives_the_copy_and_waits_two_hours(
    celestrak: Celestrak, server: Server, clock: Clock, status: int
) -> None:
    celestrak.group("starlink")
    answers(server, Reply(status, TOO_SOON))
    clock.now += HOURS_2
    fetched = celestrak.group("starlink")
    assert fetched.state == "cached"
    assert fetched.fetched_at == START
    assert fetched.not_before == clock.now + HOURS_2
    assert fetched.path.read_bytes() == OLD
    clock.now += HOURS_2 - timedelta(seconds=1)
    assert celestrak.group("starlink").state == "cached"
    assert len(server.asked) == 2
    answers(server, Reply(body=OLD))
    assert celestrak.group("stations").state == "new"  # the refusal is of one group only


@pytest.mark.parametrize("status", [403, 200])
def test_refusal_as_not_updated_without_a_copy_is_unavailable(
    new: Callable[..., Celestrak], server: Server, status: int
) -> None:
    answers(server, Reply(status, TOO_SOON))
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"too recently.* after 2026-03-27 10:00:00 UTC"):
            new().group("starlink")
    assert len(server.asked) == 1


def test_403_of_another_kind_stops_every_request_for_two_hours(
    new: Callable[..., Celestrak], server: Server, clock: Clock
) -> None:
    answers(server, Reply(403, b"Your address is blocked."))
    message = r"answered 403 Forbidden \(Your address is blocked\.\).*GROUP=starlink.*10:00:00 UTC"
    with pytest.raises(Unavailable, match=message):
        new().group("starlink")
    answers(server, Reply(body=OLD))
    clock.now += HOURS_2 - timedelta(seconds=1)
    with pytest.raises(Unavailable, match=message):
        new().group("starlink")
    with pytest.raises(Unavailable, match=r"CATNR=25544.* was not asked for"):
        new().object(25544)
    assert len(server.asked) == 1
    clock.now += timedelta(seconds=1)
    assert new().group("starlink").state == "new"


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("600", timedelta(minutes=10)),
        ("Fri, 27 Mar 2026 08:30:00 GMT", timedelta(minutes=30)),
        ("0", timedelta(minutes=1)),
        ("Thu, 26 Mar 2026 08:30:00 GMT", timedelta(minutes=1)),
        ("9" * 30, WEEK),
        ("soon", HOURS_2),
        (None, HOURS_2),
    ],
)
def test_429_is_remembered_for_as_long_as_retry_after_says(
    new: Callable[..., Celestrak],
    server: Server,
    clock: Clock,
    retry_after: str | None,
    wait: timedelta,
) -> None:
    answers(server, Reply(429, headers={"Retry-After": retry_after} if retry_after else {}))
    until = f"after {START + wait:%Y-%m-%d %H:%M:%S} UTC"
    with pytest.raises(Unavailable, match=f"answered 429 Too Many Requests.*{until}"):
        new().group("starlink")
    answers(server, Reply(body=OLD))
    clock.now += wait - timedelta(seconds=1)
    for ask in (lambda: new().group("starlink"), lambda: new().object(25544)):
        with pytest.raises(Unavailable, match=until):
            ask()
    assert len(server.asked) == 1
    clock.now += timedelta(seconds=1)
    assert new().group("starlink").state == "new"


def test_a_fresh_copy_is_given_while_the_provider_refuses_other_files(
    celestrak: Celestrak, server: Server
) -> None:
    celestrak.group("stations")
    answers(server, Reply(429))
    with pytest.raises(Unavailable):
        celestrak.group("starlink")
    assert celestrak.group("stations").state == "cached"


def test_500_is_told_keeps_the_copy_and_is_not_asked_again_at_once(
    celestrak: Celestrak, server: Server, clock: Clock
) -> None:
    copy = celestrak.group("starlink").path
    answers(server, Reply(500, b"<html><p>An error page</p></html>"))
    clock.now += HOURS_2
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"answered 500 Internal Server Error when.*12:00:00"):
            celestrak.group("starlink")
    assert len(server.asked) == 2
    assert copy.read_bytes() == OLD
    answers(server, Reply(body=NEW))
    assert celestrak.group("stations").state == "new"
    clock.now += HOURS_2
    assert celestrak.group("starlink").path.read_bytes() == NEW


def test_no_connection_is_told_and_puts_off_every_file_for_ten_minutes(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused
        base_url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        celestrak = Celestrak(tmp_path, base_url=base_url, clock=clock, timeout_s=5)
        with pytest.raises(Unavailable, match=r"did not answer \(Connection refused\).*08:10:00"):
            celestrak.group("starlink")
    with pytest.raises(Unavailable, match=r"stations.* was not asked for.*08:10:00"):
        celestrak.group("stations")


def test_a_silent_server_is_given_up(new: Callable[..., Celestrak], server: Server) -> None:
    answers(server, Reply(body=OLD, delay_s=1.5))
    with pytest.raises(Unavailable, match=r"did not answer \(timed out\)"):
        new(timeout_s=0.2).group("starlink")
    assert len(server.asked) == 1


def test_a_dripping_server_is_given_up(new: Callable[..., Celestrak], server: Server) -> None:
    answers(server, Reply(body=OLD, drip_s=0.05))
    with pytest.raises(Unavailable, match="too slowly"):
        new(deadline_s=0.3).group("starlink")


CHUNKED_CUT = Reply(body=b"40\r\n" + NEW[:20], headers={"Transfer-Encoding": "chunked"})
GZIP_CUT = Reply(body=gzip.compress(NEW)[:-9], headers={"Content-Encoding": "gzip"})
GZIP_BAD = Reply(body=gzip.compress(NEW)[:-8] + bytes(8), headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(body=NEW, cut=7), "broke its answer off 7 bytes before its end"),
        (CHUNKED_CUT, "broke its answer off"),
        (GZIP_CUT, "cut or damaged"),
        (GZIP_BAD, "cut or damaged"),
        (Reply(body=NEW, headers={"Content-Encoding": "br"}), "Content-Encoding"),
        (Reply(body=NEW[:-1]), "something other than the file"),
        (Reply(body=b"<html>Down for maintenance</html>"), "something other than the file"),
        (Reply(body=b""), "something other than the file"),
    ],
    ids=["length", "chunked", "gzip", "checksum", "coding", "half", "html", "empty"],
)
def test_a_cut_or_wrong_body_keeps_the_old_copy(
    celestrak: Celestrak, server: Server, clock: Clock, tmp_path: Path, reply: Reply, told: str
) -> None:
    copy = celestrak.group("starlink").path
    answers(server, reply)
    clock.now += HOURS_2
    for _ in range(2):
        with pytest.raises(Unavailable, match=rf"{told}.*after 2026-03-27 12:00:00 UTC"):
            celestrak.group("starlink")
    assert len(server.asked) == 2
    assert copy.read_bytes() == OLD
    assert names(tmp_path) == {"lock", "group-starlink.json", "group-starlink.json.state"}


@pytest.mark.parametrize("chunked", [False, True])
def test_a_gzip_answer_is_stored_decoded(
    celestrak: Celestrak, server: Server, chunked: bool
) -> None:
    body, headers = gzip.compress(NEW), {"Content-Encoding": "gzip"}
    if chunked:
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
        headers["Transfer-Encoding"] = "chunked"
    answers(server, Reply(body=body, headers=headers))
    assert celestrak.group("starlink").path.read_bytes() == NEW


@pytest.mark.parametrize("coding", ["identity", "chunked", "gzip"])
def test_a_file_beyond_the_limit_is_refused(
    new: Callable[..., Celestrak], server: Server, tmp_path: Path, coding: str
) -> None:
    big = b"[" + b" " * 200_000 + b"]"
    replies = {
        "identity": Reply(body=big),
        "chunked": Reply(
            body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(big), big),
            headers={"Transfer-Encoding": "chunked"},
        ),
        "gzip": Reply(body=gzip.compress(big), headers={"Content-Encoding": "gzip"}),
    }
    answers(server, replies[coding])
    with pytest.raises(Unavailable, match="more than the 100000 bytes accepted"):
        new(max_bytes=100_000).group("starlink")
    assert names(tmp_path) == {"lock", "group-starlink.json.state"}


@pytest.mark.parametrize(
    "location",
    [
        "http://other.invalid/gp.php",
        "http://127.0.0.1:1/gp.php",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1/gp.php",
        "file:///etc/hostname",
        "//other.invalid/",
        "http://[broken",
        "",
    ],
)
def test_a_redirect_to_another_place_is_refused(
    celestrak: Celestrak, server: Server, location: str
) -> None:
    answers(server, Reply(302, headers={"Location": location}))
    for _ in range(2):
        with pytest.raises(Unavailable, match="answered 302 Found"):
            celestrak.group("starlink")
    assert len(server.asked) == 1


def test_a_redirect_on_the_same_host_is_followed(celestrak: Celestrak, server: Server) -> None:
    def reply(path: str) -> Reply:
        moved = Reply(301, headers={"Location": "/moved/satcat.csv#top"})
        return Reply(body=SATCAT) if path == "/moved/satcat.csv" else moved

    server.reply = reply
    fetched = celestrak.catalogue()
    assert (fetched.state, fetched.path.read_bytes()) == ("new", SATCAT)
    assert fetched.url == f"{server.url}/pub/satcat.csv"


def test_redirects_in_a_circle_end_after_three(celestrak: Celestrak, server: Server) -> None:
    answers(server, Reply(302, headers={"Location": "/pub/satcat.csv"}))
    with pytest.raises(Unavailable, match="answered 302"):
        celestrak.catalogue()
    assert len(server.asked) == 4


NOT_THERE = [
    Reply(404, b"<html>Not Found</html>"),
    Reply(404, b"No GP data found"),
    Reply(200, b"No GP data found"),
    Reply(200, b'Invalid query: "GROUP=nosuch"'),
    Reply(200, b"[]\n"),
]


@pytest.mark.parametrize("reply", NOT_THERE)
def test_an_unknown_group_is_told_by_its_name_and_asked_for_once(
    new: Callable[..., Celestrak], server: Server, reply: Reply
) -> None:
    answers(server, reply)
    for _ in range(2):
        with pytest.raises(BadParameter, match="nosuch: CelesTrak has no such group") as error:
            new().group("NoSuch")
        assert not isinstance(error.value, NoOrbit)
    assert len(server.asked) == 1


@pytest.mark.parametrize("reply", NOT_THERE)
def test_an_object_without_elements_has_no_orbit(
    celestrak: Celestrak, server: Server, clock: Clock, reply: Reply
) -> None:
    copy = celestrak.object(123456).path
    answers(server, reply)
    clock.now += HOURS_2
    for _ in range(2):
        with pytest.raises(NoOrbit, match="norad_id=123456"):
            celestrak.object(123456)
    assert len(server.asked) == 2
    assert copy.read_bytes() == OLD


@pytest.mark.parametrize(
    "name",
    ["", "a b", "../x", "a/b", "a.b", "starlink\n", "x" * 41, "a&FORMAT=tle", "%2e", "groupe-é"],
)
def test_a_name_that_is_no_group_is_not_asked_for(
    celestrak: Celestrak, server: Server, tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadParameter, match="not a group of CelesTrak"):
        celestrak.group(name)
    assert not server.asked
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("norad_id", "reason"),
    [
        (0, "not within"),
        (-1, "not within"),
        (1_000_000_000, "not within"),
        (80_000, "analyst"),
        (89_999, "analyst"),
        (900_000_000, "simulated"),
        (999_999_999, "simulated"),
    ],
)
def test_a_number_that_celestrak_cannot_know_is_refused_with_the_reason(
    celestrak: Celestrak, server: Server, norad_id: int, reason: str
) -> None:
    with pytest.raises(BadParameter, match=f"norad_id={norad_id}: .*{reason}"):
        celestrak.object(norad_id)
    assert not server.asked


@pytest.mark.parametrize("norad_id", [1, 79_999, 90_000, 100_000, 899_999_999])
def test_a_catalogue_number_of_any_length_is_asked_for(
    celestrak: Celestrak, server: Server, norad_id: int
) -> None:
    assert celestrak.object(norad_id).path.name == f"object-{norad_id}.json"
    assert server.asked[0][0] == f"/NORAD/elements/gp.php?CATNR={norad_id}&FORMAT=json"


def test_the_catalogue_is_asked_for_once_a_week(
    celestrak: Celestrak, server: Server, clock: Clock
) -> None:
    answers(server, Reply(body=SATCAT))
    assert celestrak.catalogue().not_before == START + WEEK
    clock.now += WEEK - timedelta(seconds=1)
    assert celestrak.catalogue().state == "cached"
    assert [path for path, _ in server.asked] == ["/pub/satcat.csv"]
    clock.now += timedelta(seconds=1)
    assert celestrak.catalogue().state == "new"


def test_a_catalogue_that_is_not_there_is_unavailable(
    celestrak: Celestrak, server: Server, clock: Clock
) -> None:
    answers(server, Reply(404))
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"has no such file .*satcat\.csv.*10:00:00"):
            celestrak.catalogue()
    answers(server, Reply(body=SATCAT))
    clock.now += HOURS_2
    assert celestrak.catalogue().state == "new"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"url": 3}',
        "\x00\xff",
        "[" * 100_000,
        '"not_before": "2026-03-27T10:00:00"',
        "wrong type",
        "bad header",
        "wrong clock",
        "far year",
    ],
)
def test_a_corrupt_state_counts_as_none(
    celestrak: Celestrak, server: Server, tmp_path: Path, text: str
) -> None:
    answers(server, Reply(body=OLD, headers={"ETag": '"a1"'}))
    celestrak.group("starlink")
    file = tmp_path / "celestrak" / "group-starlink.json.state"
    state = json.loads(file.read_text())
    changes: dict[str, dict[str, object]] = {
        "wrong type": {"size": "52"},
        "bad header": {"etag": "a\r\nX-Other: 1"},
        "wrong clock": {"not_before": "2036-03-27T10:00:00+00:00"},
        "far year": {"fetched_at": "0001-01-01T00:00:00+14:00"},
    }
    file.write_text(json.dumps(state | changes[text]) if text in changes else text)
    fetched = celestrak.group("starlink")
    assert (fetched.state, fetched.path.read_bytes()) == ("new", OLD)
    assert len(server.asked) == 2
    assert "If-None-Match" not in server.asked[1][1]


def test_a_copy_without_its_state_is_given_when_celestrak_says_too_soon(
    celestrak: Celestrak, server: Server, tmp_path: Path
) -> None:
    copy = celestrak.group("starlink").path
    os.utime(copy, (START.timestamp(), START.timestamp()))
    (tmp_path / "celestrak" / "group-starlink.json.state").unlink()
    answers(server, Reply(403, TOO_SOON))
    fetched = celestrak.group("starlink")
    assert (fetched.state, fetched.fetched_at) == ("cached", START)


def test_what_a_crash_left_half_written_is_cleared(
    celestrak: Celestrak, server: Server, clock: Clock, tmp_path: Path
) -> None:
    copy = celestrak.group("starlink").path
    left = [
        tmp_path / "celestrak" / "group-starlink.json.part",
        tmp_path / "celestrak" / "group-starlink.json.state.part",
    ]
    for path in left:
        path.write_bytes(b"[{")
    assert celestrak.group("starlink").state == "cached"
    assert copy.read_bytes() == OLD
    answers(server, Reply(body=NEW))
    clock.now += HOURS_2
    assert celestrak.group("starlink").path.read_bytes() == NEW
    assert not any(path.exists() for path in left)


PROCESS = """
import sys
from datetime import datetime
from pathlib import Path
from satvo.ingest.celestrak import Celestrak
cache, base_url, now = sys.argv[1:]
fetched = Celestrak(
    Path(cache), base_url=base_url, clock=lambda: datetime.fromisoformat(now)
).group("starlink")
print(fetched.state)
"""


def process(server: Server, cache: Path, now: datetime) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", PROCESS, str(cache), server.url, str(now)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.alone
def test_a_process_killed_in_mid_download_leaves_the_old_copy_and_its_turn(
    celestrak: Celestrak, server: Server, clock: Clock, tmp_path: Path
) -> None:
    copy = celestrak.group("starlink").path
    end = threading.Event()
    big = b"[" + b" " * 300_000 + b"]"
    answers(server, Reply(body=big, cut=1000, hold=end))
    clock.now += HOURS_2
    part = tmp_path / "celestrak" / "group-starlink.json.part"
    with process(server, tmp_path, clock.now) as child:
        try:
            limit = time.monotonic() + 30
            while not (part.exists() and part.stat().st_size):
                assert time.monotonic() < limit
                time.sleep(0.02)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait(10)
            end.set()
    assert part.exists()
    assert copy.read_bytes() == OLD
    answers(server, Reply(body=NEW))
    fetched = celestrak.group("starlink")
    assert (fetched.state, fetched.fetched_at) == ("cached", START)
    assert len(server.asked) == 2
    clock.now += HOURS_2
    assert celestrak.group("starlink").path.read_bytes() == NEW
    assert not part.exists()


def test_two_processes_at_once_send_one_request(server: Server, tmp_path: Path) -> None:
    answers(server, Reply(body=OLD, delay_s=1.0))
    with process(server, tmp_path, START) as one, process(server, tmp_path, START) as other:
        told = sorted(child.communicate(timeout=60)[0].strip() for child in (one, other))
    assert told == ["cached", "new"]
    assert len(server.asked) == 1


def test_many_threads_at_once_send_one_request(
    new: Callable[..., Celestrak], server: Server
) -> None:
    answers(server, Reply(body=OLD, delay_s=0.2))
    told: list[str] = []
    shared = new()
    threads = [
        threading.Thread(target=lambda one=one: told.append(one.group("starlink").state))
        for one in (shared, shared, new(), new())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["cached"] * 3 + ["new"]
    assert len(server.asked) == 1


@pytest.mark.alone
def test_a_fetch_that_hangs_lets_another_give_up(
    new: Callable[..., Celestrak], server: Server
) -> None:
    end = threading.Event()
    answers(server, Reply(body=OLD, cut=1, hold=end))

    def hang() -> None:
        with pytest.raises(Unavailable, match="broke its answer off"):
            new().group("starlink")

    thread = threading.Thread(target=hang)
    thread.start()
    try:
        limit = time.monotonic() + 10
        while not server.asked:
            assert time.monotonic() < limit
            time.sleep(0.01)
        with pytest.raises(Busy, match="another fetch"):
            new(timeout_s=0.1, deadline_s=0.1).group("stations")
    finally:
        end.set()
        thread.join(20)
    assert not thread.is_alive()


def test_a_cache_that_cannot_be_written_is_unavailable(
    celestrak: Celestrak, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "celestrak").write_bytes(b"")
    with pytest.raises(Unavailable, match="cache for CelesTrak cannot be used") as error:
        celestrak.group("starlink")
    assert str(tmp_path) not in str(error.value)
    assert not server.asked


def test_a_clock_without_a_zone_is_taken_as_utc(server: Server, tmp_path: Path) -> None:
    naive = START.replace(tzinfo=None)
    fetched = Celestrak(tmp_path, base_url=server.url, clock=lambda: naive).group("starlink")
    assert fetched.fetched_at == START


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "celestrak.org",
        "ftp://celestrak.org",
        "file:///etc",
        "https://u:p@host",
        "https://",
        "http://h/?q=",
        "http://[x",
    ],
)
def test_a_base_url_that_is_no_web_address_is_refused(base_url: str, tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="not an http or https address"):
        Celestrak(tmp_path, base_url=base_url, clock=lambda: START)
