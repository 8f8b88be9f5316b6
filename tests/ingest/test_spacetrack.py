"""Fetching from Space-Track and from Starlink, against servers of this test on 127.0.0.1."""

from __future__ import annotations

import http.server
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from satvo.ingest.spacetrack import Credentials, Spacetrack
from satvo.ingest.starlink import Starlink
from satvo.schemas.errors import BadParameter, Denied, NoOrbit, Unavailable

START = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = "correct horse & battery"
NAME = "observer@example.org"
SETS = b'[{"OBJECT_NAME":"ISS (ZARYA)","NORAD_CAT_ID":"25544","MEAN_MOTION":"15.5"}]'
COOKIE = "chocolatechip=abc123"
MEME = "MEME_57851_STARLINK-30405_3530129_Operational_1387262760_UNCLASSIFIED.txt"
NEWER = MEME.replace("3530129", "3540129")


class Server(http.server.ThreadingHTTPServer):
    """A provider: answers what it is told to and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.replies: dict[str, tuple[int, dict[str, str], bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of these tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    timeout = 20

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, body: str) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        known = [key for key in self.server.replies if self.path.startswith(key)]
        status, headers, answer = self.server.replies[max(known, key=len)]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def new_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Server]]:
    monkeypatch.setenv("no_proxy", "*")
    made: list[tuple[Server, threading.Thread]] = []

    def make() -> Server:
        server = Server()
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        made.append((server, thread))
        return server

    yield make
    for server, thread in made:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def server(new_server: Callable[[], Server]) -> Server:
    server = new_server()
    server.replies = {
        "/ajaxauth/login": (200, {"Set-Cookie": f"{COOKIE}; path=/; HttpOnly"}, b'""'),
        "/basicspacedata": (200, {}, SETS),
        "/eph/MANIFEST.txt": (200, {}, f"{MEME}\n../../{MEME}\nnonsense\n".encode()),
        "/eph/MEME_": (200, {}, b"created:2026-03-27 01:00:00 UTC\n"),
    }
    return server


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def spacetrack(server: Server, clock: Clock, tmp_path: Path) -> Spacetrack:
    return Spacetrack(
        tmp_path, Credentials(NAME, SECRET), base_url=server.url, clock=clock, timeout_s=10,
        deadline_s=20,
    )  # fmt: skip


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def is_secret_in(text: str | bytes) -> bool:
    data = text.encode() if isinstance(text, str) else text
    secrets = (SECRET, NAME, COOKIE, urllib.parse.quote_plus(SECRET), urllib.parse.quote_plus(NAME))
    return any(secret.encode() in data for secret in secrets)


# Space-Track


def test_elements_come_after_a_login(
    spacetrack: Spacetrack, server: Server, tmp_path: Path
) -> None:
    fetched = spacetrack.objects([25544, 5, 25544])
    assert fetched.path.read_bytes() == SETS
    login, query = server.asked
    assert login[:2] == ("POST", "/ajaxauth/login")
    assert urllib.parse.parse_qs(login[3]) == {"identity": [NAME], "password": [SECRET]}
    assert query[1] == (
        "/basicspacedata/query/class/gp/NORAD_CAT_ID/5,25544/orderby/NORAD_CAT_ID/emptyresult/"
        "show/format/json"
    )
    assert query[2]["Cookie"] == COOKIE
    assert (fetched.state, fetched.not_before) == ("new", START + HOUR)


def test_what_lets_us_in_is_stored_nowhere(
    spacetrack: Spacetrack, server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spacetrack.catalogue()
    assert not is_secret_in(stored(tmp_path))
    assert not is_secret_in(repr(spacetrack.__dict__))
    assert not is_secret_in(repr(Credentials(NAME, SECRET)))
    assert not is_secret_in("".join(capfd.readouterr()))


def test_one_download_an_hour_whatever_is_asked_for(
    spacetrack: Spacetrack, server: Server, clock: Clock
) -> None:
    spacetrack.catalogue()
    clock.now += timedelta(minutes=20)
    with pytest.raises(Unavailable, match=r"1 in 1:00:00 h; .* try again after .* 09:00:00 UTC"):
        spacetrack.objects([25544])
    assert spacetrack.catalogue().state == "cached"
    assert len(server.asked) == 2
    clock.now = START + HOUR
    assert spacetrack.objects([25544]).state == "new"
    clock.now += timedelta(minutes=1)
    assert spacetrack.catalogue().state == "cached", "its copy serves while others have their turn"
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("status", "body"), [(200, b'{"Login":"Failed"}'), (401, b"no"), (200, b'{"Login" : "Failed"}')]
)
def test_a_refused_account_is_told_and_not_tried_again_at_once(
    spacetrack: Spacetrack, server: Server, clock: Clock, tmp_path: Path, status: int, body: bytes
) -> None:
    good = server.replies["/ajaxauth/login"]
    server.replies["/ajaxauth/login"] = (status, {}, body + NAME.encode())
    with pytest.raises(Denied, match="SPACETRACK_PASSWORD") as told:
        spacetrack.catalogue()
    assert not is_secret_in(str(told.value))
    server.replies["/ajaxauth/login"] = good
    with pytest.raises(Unavailable, match="did not let this account in") as later:
        spacetrack.objects([5])
    assert not is_secret_in(str(later.value))
    assert not is_secret_in(stored(tmp_path))
    assert len(server.asked) == 1
    clock.now += timedelta(minutes=10)
    assert spacetrack.catalogue().state == "new", "a refusal takes no turn of the hour"


@pytest.mark.parametrize("where", ["login", "query"])
def test_a_redirect_to_another_host_gets_nothing(
    spacetrack: Spacetrack, server: Server, new_server: Callable[[], Server], where: str
) -> None:
    other = new_server()
    other.replies = {"/": (200, {}, SETS)}
    path = "/ajaxauth/login" if where == "login" else "/basicspacedata"
    server.replies[path] = (307, {"Location": f"{other.url}/steal"}, b"")
    with pytest.raises(Unavailable) as told:
        spacetrack.catalogue()
    assert other.asked == []
    assert not is_secret_in(str(told.value))


def test_a_login_is_not_sent_again_on_a_redirect_of_its_own_host(
    spacetrack: Spacetrack, server: Server
) -> None:
    server.replies["/ajaxauth/login"] = (307, {"Location": "/elsewhere"}, b"")
    with pytest.raises(Unavailable, match="answered the login with 307"):
        spacetrack.catalogue()
    assert [each[1] for each in server.asked] == ["/ajaxauth/login"]


@pytest.mark.parametrize("cookie", ["other=1", "chocolatechip=", 'chocolatechip="a"'])
def test_a_strange_session_is_not_sent_back(
    spacetrack: Spacetrack, server: Server, cookie: str
) -> None:
    server.replies["/ajaxauth/login"] = (200, {"Set-Cookie": cookie}, b"")
    with pytest.raises(Unavailable, match="without a session"):
        spacetrack.catalogue()
    assert [each[0] for each in server.asked] == ["POST"]


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        ((200, {}, b"[]"), NoOrbit, "no current element set"),
        ((500, {}, b'{"error":"You\'ve violated your query rate limit."}'), Unavailable,
         "too recently"),
        ((200, {}, b"<html>log in</html>"), Unavailable, "something other"),
        ((200, {}, SETS[:-1]), Unavailable, "something other"),
        ((403, {}, b"blocked"), Unavailable, "answered 403"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told(
    spacetrack: Spacetrack,
    server: Server,
    reply: tuple[int, dict[str, str], bytes],
    error: type[Exception],
    words: str,
) -> None:
    server.replies["/basicspacedata"] = reply
    with pytest.raises(error, match=words):
        spacetrack.objects([25544])


@pytest.mark.parametrize("numbers", [[], [0], [81234], [900_000_000], range(1, 1002)])
def test_numbers_that_it_cannot_have_are_not_asked_for(
    spacetrack: Spacetrack, server: Server, numbers: list[int]
) -> None:
    with pytest.raises(BadParameter):
        spacetrack.objects(numbers)
    assert not server.asked


def test_a_password_goes_by_https_alone(tmp_path: Path, clock: Clock) -> None:
    for url in ("http://www.space-track.org", "ftp://127.0.0.1", "https://a@b.org"):
        with pytest.raises(BadParameter):
            Spacetrack(tmp_path, Credentials(NAME, SECRET), base_url=url, clock=clock)


def test_an_account_is_needed() -> None:
    with pytest.raises(BadParameter, match="SPACETRACK_PASSWORD not set"):
        Credentials.of_environment({"SPACETRACK_IDENTITY": NAME, "SPACETRACK_PASSWORD": ""})


# Starlink


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def starlink(server: Server, clock: Clock, tmp_path: Path, waits: list[float]) -> Starlink:
    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now += timedelta(seconds=seconds)

    return Starlink(
        tmp_path, base_url=f"{server.url}/eph", clock=clock, timeout_s=10, deadline_s=20,
        sleep=sleep,
    )  # fmt: skip


def test_the_manifest_names_a_file_for_each_satellite(starlink: Starlink, server: Server) -> None:
    assert starlink.manifest() == {57851: MEME}
    fetched = starlink.file(MEME)
    assert fetched.path.name == "meme-57851.txt"
    assert [each[1] for each in server.asked] == ["/eph/MANIFEST.txt", f"/eph/{MEME}"]


def test_a_file_is_brought_once_and_a_newer_one_at_once(
    starlink: Starlink, server: Server, clock: Clock
) -> None:
    starlink.file(MEME)
    clock.now += timedelta(days=6)
    assert starlink.file(MEME).state == "cached"
    assert starlink.file(NEWER).state == "new"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "name", [f"../{MEME}", MEME + "?x", "MANIFEST.txt", MEME.replace("57851", "x"), ""]
)
def test_only_names_of_ephemerides_become_addresses(
    starlink: Starlink, server: Server, name: str
) -> None:
    with pytest.raises(BadParameter):
        starlink.file(name)
    assert not server.asked


def test_many_files_are_asked_for_at_a_measured_pace(
    starlink: Starlink, server: Server, waits: list[float]
) -> None:
    for number in range(1, 126):
        starlink.file(MEME.replace("57851", str(number)))
    assert len(server.asked) == 125
    assert waits
    assert max(waits) <= 60.0


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        ((404, {}, b"gone"), NoOrbit, "a newer one is in the manifest"),
        ((200, {}, b"<html/>"), Unavailable, "something other"),
        ((429, {"Retry-After": "3600"}, b""), Unavailable, "answered 429"),
    ],
)
def test_what_is_no_ephemeris_is_told(
    starlink: Starlink,
    server: Server,
    reply: tuple[int, dict[str, str], bytes],
    error: type[Exception],
    words: str,
) -> None:
    server.replies["/eph/MEME_"] = reply
    with pytest.raises(error, match=words):
        starlink.file(MEME)
