"""Running servers for the tests that speak to satvo as its clients do."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SATVO = Path(sys.executable).with_name("satvo")
BOOT_S = 30.0
COMMAND_S = 120.0


@dataclass
class Server:
    """One `satvo serve` with a home and a port of its own."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tap(self) -> str:
        return f"{self.url}/tap"

    @property
    def log(self) -> str:
        return (self.home / "serve.log").read_text()

    @property
    def _environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SATVO_")}
        return {**clean, **self.settings}

    def start(self) -> Server:
        """Start it and wait until it answers."""
        self.port = self.port or _free_port()
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [SATVO, "serve", "--home", self.home, "--port", str(self.port)],
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + BOOT_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log
            try:
                with urllib.request.urlopen(f"{self.tap}/tables?detail=min", timeout=BOOT_S):
                    return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"no answer within {BOOT_S} s\n{self.log}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the master process."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9 of every process of the server."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait(10)
            self.process = None

    def stop(self) -> None:
        """End it as an operator would, or by force after a while."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                pass
            self.kill()

    def command(
        self, *arguments: str | Path, **options: object
    ) -> subprocess.CompletedProcess[str]:
        """Run a satvo command on this home."""
        name, *rest = arguments
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [SATVO, *str(name).split(), "--home", self.home, *rest],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            **options,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@pytest.fixture
def new_server(demo_home: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers of a test's own, each on a copy of the demonstration archive, not yet started."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        home = tmp_path / f"home{len(made)}"
        shutil.copytree(demo_home, home)
        made.append(Server(home, settings))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def needs_program() -> Callable[[str, str], str]:
    """Finds an external program, or skips with the Debian package that has it."""

    def find(program: str, package: str) -> str:
        path = shutil.which(program)
        if path is None:
            pytest.skip(f"{program} is absent; install the Debian package {package}")
        return path

    return find
