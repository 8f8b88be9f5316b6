"""Running servers for the tests that speak to satvo as its clients do."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from linked_images import fill_with_images
from serving import free_port

SATVO = Path(sys.executable).with_name("satvo")
BOOT_S = 30.0
COMMAND_S = 120.0
ANSWER_S = 60.0
BROWSER_S = 90.0
TICKS_S = os.sysconf("SC_CLK_TCK")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def kind(self) -> str:
        """The media type."""
        return self.headers["Content-Type"] or ""


@dataclass
class Server:
    """One `satvo serve` with a home and a port of its own."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    satvo: tuple[str, ...] = (str(SATVO),)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tap(self) -> str:
        return f"{self.url}/tap"

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request on a connection of its own; nothing is followed, nothing raised."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers=headers)

    def sync(self, query: str, **parameters: str) -> Reply:
        """Ask /tap/sync by POST."""
        fields = {"LANG": "ADQL", "QUERY": query, **parameters}
        return self.request("POST", "/tap/sync", urlencode(fields).encode(), {"Content-Type": FORM})

    def number(self, query: str) -> int:
        """The only value of an answer."""
        reply = self.sync(query, RESPONSEFORMAT="csv")
        assert reply.status == 200, reply.text
        return int(reply.text.split()[1])

    @property
    def pids(self) -> list[int]:
        """The master process and its workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]

    @property
    def cpu_s(self) -> float:
        """CPU time that its processes used so far, s."""
        return sum(_cpu_s(pid) for pid in self.pids)

    @property
    def memory_mb(self) -> float:
        """Memory that its processes hold."""
        kilobytes = 0
        for pid in self.pids:
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1024

    @property
    def log(self) -> str:
        return (self.home / "serve.log").read_text()

    @property
    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SATVO_")}
        return {**clean, **self.settings}

    def start(self) -> Server:
        """Start it as `make serve` does, from a relative home, and wait until it answers."""
        self.port = self.port or free_port()
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.satvo, "serve", "--home", self.home.name, "--port", str(self.port)],
                cwd=self.home.parent,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + BOOT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.tap}/tables?detail=min", timeout=BOOT_S):
                    return self
            except OSError:
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"no answer within {BOOT_S} s\n{self.log}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the master process."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9 of every process of the server."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def stop(self) -> None:
        """End it as an operator would, or by force after a while."""
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(40)
            self.kill()

    def command(
        self, *arguments: str | Path, **options: object
    ) -> subprocess.CompletedProcess[str]:
        """Run a satvo command on this home."""
        name, *rest = arguments
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [SATVO, *str(name).split(), "--home", self.home, *rest],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            **options,
        )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S  # utime and stime, proc(5)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home made by `satvo init --demo`; copy it, do not change it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    made = subprocess.run(
        [SATVO, "init", "--demo", "--home", home], capture_output=True, text=True, timeout=COMMAND_S
    )
    assert made.returncode == 0, made.stderr
    return home


@pytest.fixture(scope="session")
def server(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the demonstration archive that all tests share; do not change what it holds."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(demo_home, home)
    running = Server(home).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with the images of `linked_images`, by their names; do not change it."""
    home = tmp_path_factory.mktemp("images") / "home"
    home.mkdir()
    dids = fill_with_images(home, tmp_path_factory.mktemp("files"))
    running = Server(home)
    running.port = free_port()
    running.settings["SATVO_PUBLIC_URL"] = running.url
    yield running.start(), dids
    running.stop()


@pytest.fixture(scope="session")
def make_server(
    demo_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Makes servers that a module shares; whoever makes one stops it."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        home = tmp_path_factory.mktemp("module") / "home"
        shutil.copytree(demo_home, home)
        made.append(Server(home, settings))
        return made[-1]

    yield make
    for each in made:  # one that did not come up
        each.kill()


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Makes servers on homes that are still empty."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        made.append(Server(tmp_path_factory.mktemp("empty"), settings))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def new_server(demo_home: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers of a test's own, each on a copy of the demonstration archive, not started."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        home = tmp_path / f"home{len(made)}"
        shutil.copytree(demo_home, home)
        made.append(Server(home, settings))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture(scope="module")
def server_on(
    demo_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    """Starts servers that the tests of one module share and may change."""
    made: list[Server] = []

    def start(name: str, **settings: str) -> Server:
        home = tmp_path_factory.mktemp(name) / "home"
        shutil.copytree(demo_home, home)
        made.append(Server(home, settings))
        return made[-1].start()

    yield start
    for each in made:
        each.stop()


@pytest.fixture
def new_home(demo_home: Path, tmp_path: Path) -> Callable[[], Server]:
    """Makes copies of the demonstration archive on which commands run without a server."""
    made: list[Server] = []

    def make() -> Server:
        home = tmp_path / f"still{len(made)}"
        shutil.copytree(demo_home, home)
        made.append(Server(home))
        return made[-1]

    return make


@pytest.fixture(scope="session")
def element_sets() -> Callable[..., bytes]:
    """Makes TLEs with right checksums: so many objects, each with so many epochs."""
    worth = bytes(c - 48 if 48 <= c < 58 else c == ord("-") for c in range(256))

    def line(text: str) -> bytes:
        raw = text.encode()
        return raw + b"%d\n" % (sum(raw.translate(worth)) % 10)

    def make(objects: int, epochs: int = 1, *, first: int = 1) -> bytes:
        lines = []
        for epoch in range(epochs):
            for n in range(first, first + objects):
                day = 1 + epoch / 2 + n * 1e-5
                lines.append(
                    line(f"1 {n:05d}U 98067A   22{day:012.8f}  .00000100  00000-0  10000-4 0  999")
                )
                lines.append(
                    line(
                        f"2 {n:05d} {50 + n % 40:8.4f} {n % 360:8.4f} 0001000 "
                        f"{epoch * 7 % 360:8.4f} {n * 3 % 360:8.4f} "
                        f"{15 + n % 100 / 1000:11.8f}    1"
                    )
                )
        return b"".join(lines)

    return make


@pytest.fixture
def needs_program() -> Callable[[str, str], str]:
    """Finds an external program, or skips with the Debian package that has it."""

    def find(program: str, package: str) -> str:
        path = shutil.which(program)
        if path is None:
            pytest.skip(f"{program} is absent; install the Debian package {package}")
        return path

    return find


@pytest.fixture
def browse(needs_program: Callable[[str, str], str], tmp_path: Path) -> Callable[..., str]:
    """Opens an address in Chromium; the document after its scripts ran, or a picture."""
    program = needs_program("chromium", "chromium")

    def run(url: str, *more: str) -> str:
        done = subprocess.run(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--disable-dev-shm-usage",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=5000", "--window-size=1200,900", *(more or ("--dump-dom",)),
                url,
            ],
            capture_output=True, text=True, timeout=BROWSER_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
