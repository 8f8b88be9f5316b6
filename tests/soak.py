"""Twenty clients of every kind at one server for a while: `make soak` prints what became of it.

A server of a demonstration archive is warmed up, measured, used, reloaded by HUP on the way, left
alone and measured again. Nothing may be lost, wrong or left over. Connections that the reload cuts
or refuses are no fault for `soaking.client.RELOAD_S` after it; an answer with a status from 500 on
always is, but 503 with Retry-After for as long.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import postgres
from adbc_driver_postgresql import dbapi
from serving import awaited, free_port
from soaking.client import Book, Client
from soaking.measure import HELD, Held, held, mistakes, quantile, strays
from soaking.reading import rows_of
from soaking.work import SHORT, WORK

SATVO = Path(sys.executable).with_name("satvo")
WARM_PART = 0.2
"""Of the time, spent before memory is measured first; at least WARM_S."""
WARM_S = 20.0

IDLE_S = 6.0
"""Until the connections of clients that are gone are closed."""

BUSY_S = 60.0
"""And the engine goes on with an aggregate whose client is gone, until the time of a query is over:
so long where several of them waited for their turns."""

ENDED = (
    'satvo_queries{state="working"}',
    'satvo_queries{state="waiting"}',
    "satvo_spool_bytes",
    "satvo_upload_children",
)

SPARE_MB = 40
"""Memory that may come beside the share: threads that had no work in the warm-up, and what the last
long answers left (`satvo.service.memory`)."""

SPARE = 4
"""Threads and descriptors: pools of libraries grow to their size at any time."""


class Soak:
    """One run: a server, its clients, and what they saw."""

    def __init__(self, home: Path, store: str, clients: int) -> None:
        self.home = home
        self.temporary = home.with_name("temporary")
        self.temporary.mkdir()
        self.book = Book()
        self.store = store
        self.port = free_port()
        settings = {
            "SATVO_STORE": store,
            "TMPDIR": str(self.temporary),
            "SATVO_QUERY_SECONDS": "20",
            "SATVO_JOBS_EACH": "500",
            "SATVO_LOG_FORMAT": "json",
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SATVO_")}
        self.environment = {**kept, **settings}
        self.clients = [Client(self.port, self.book, number) for number in range(clients)]
        self.end = threading.Event()
        self._done = 0

    @contextlib.contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        made = [SATVO, "init", "--demo", "--home", self.home]
        subprocess.run(made, check=True, capture_output=True, env=self.environment, timeout=120)
        serve = [SATVO, "serve", "--home", self.home, "--port", str(self.port)]
        with (self.home / "serve.log").open("wb") as log:
            self.process = subprocess.Popen(serve, stderr=log, env=self.environment)
        try:
            awaited(
                lambda: urllib.request.urlopen(self._url("/tap/tables"), timeout=10).close(), 60
            )
            yield self.process
        finally:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.fault("the server did not end within 60 s")

    def run(self, seconds: float) -> None:
        """Use it for so long, and reload it in the middle."""
        warm_s = max(seconds * WARM_PART, WARM_S)
        before = self.used(warm_s, "warming up")
        after = self.used(seconds - warm_s, "in use", reload=True)
        print(f"\nheld without clients\n{HELD}\n{before}  before\n{after}  after")
        self.judge(before, after)

    def used(self, seconds: float, title: str, *, reload: bool = False) -> Held:
        """Let all clients work for a while; what is held when they are gone."""
        print(f"\n{title} for {seconds:.0f} s\n{HEAD}", flush=True)
        self.end.clear()
        threads = [threading.Thread(target=self._work, args=(each,)) for each in self.clients]
        for thread in threads:
            thread.start()
        begun = time.monotonic()
        step = min(60.0, seconds / 2)
        steps = round(seconds / step)
        try:
            for number in range(1, steps + 1):
                if reload and number == steps // 2 + 1:
                    self.reload()
                self.end.wait(max(0.0, begun + number * step - time.monotonic()))
                print(self._line(time.monotonic() - begun, step), flush=True)
        finally:
            self.end.set()
        for thread in threads:
            thread.join(240)
            if thread.is_alive():
                self.fault("a client waits for ever")
        self.idle()
        return self.held()

    def reload(self) -> None:
        self.book.reloaded = time.monotonic()
        self.process.send_signal(signal.SIGHUP)

    def idle(self) -> None:
        """Wait until nothing is done and no connection is kept."""
        for client in self.clients:
            client.close()
        time.sleep(IDLE_S)
        deadline = time.monotonic() + BUSY_S
        while time.monotonic() < deadline and self._busy():
            time.sleep(1)
        for name in self._busy():
            self.fault(f"{name} is not 0 after {BUSY_S:.0f} s without clients")

    def held(self) -> Held:
        return held(self.process.pid, self.temporary, self._connections)

    def fault(self, told: str) -> None:
        self.book.fault("server", AssertionError(told))

    # The verdict

    def judge(self, before: Held, after: Held) -> None:
        """Note what is left over, and look after the jobs that were left behind."""
        if after.memory_mb > before.memory_mb * 1.1 + SPARE_MB:
            self.fault(f"memory grew from {before.memory_mb:.0f} to {after.memory_mb:.0f} MiB")
        spares = {
            "threads": SPARE + len(self.clients),  # there may be one for each at once
            "descriptors": SPARE + max(0, after.connections - before.connections),
        }
        for what, spare in spares.items():
            if getattr(after, what) > getattr(before, what) + spare:
                self.fault(f"{what} grew from {getattr(before, what)} to {getattr(after, what)}")
        for what in ("processes", "files"):
            if getattr(after, what) > getattr(before, what):
                self.fault(f"{what}: {getattr(after, what)} are left, {getattr(before, what)} were")
        client = Client(self.port, self.book, -1)
        client.kind = "left job"
        for job, result, rows in self.book.jobs:
            try:
                phase = client.get(f"{job}/phase").text
                found = rows_of("csv", client.get(f"{job}/results/{result}").body)
                if (phase, found) != ("COMPLETED", rows):
                    self.fault(f"{job} is {phase} and has {found} rows, not {rows}")
                client.ask("DELETE", job, expect=303)
            except Exception as err:  # noqa: BLE001  the others are looked at all the same
                self.book.fault(f"left job {job}", err)
        client.close()
        if lost := strays(self.home, self.store):
            self.fault(f"folders of no job: {lost}")

    def report(self) -> int:
        """Print what happened; 0 where nothing was wrong."""
        print(f"\n{'work':14}{'times':>8}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
        for kind, seconds in sorted(self.book.seconds.items()):
            times = [quantile(seconds, 50), quantile(seconds, 95), max(seconds)]
            print(f"{kind:14}{len(seconds):8}" + "".join(f"{t * 1e3:9.0f}" for t in times))
        for what, count in sorted(self.book.counts.items()):
            print(f"{what}: {count}")
        print(f"jobs left behind: {len(self.book.jobs)}")
        for line in mistakes(self.home / "serve.log"):
            self.fault(f"the log says {line}")
        if self.process.returncode:
            self.fault(f"the server ended with {self.process.returncode}")
        left = [str(path) for path in self.temporary.rglob("*")]
        if left:
            self.fault(f"temporary files are left: {left}")
        for fault in self.book.faults[:40]:
            print(f"FAULT {fault}")
        print(f"{len(self.book.faults)} faults")
        return int(bool(self.book.faults))

    # Inside

    def _work(self, client: Client) -> None:
        works, weights = list(WORK), list(WORK.values())
        while not self.end.is_set():
            work = client.random.choices(works, weights)[0]
            client.kind = work.__name__
            try:
                work(client)
            except Exception as err:  # noqa: BLE001  whatever it is, it is told in the end
                self.book.fault(client.kind, err)
            # People and programs pause; so do these, or the machine is all that is measured.
            time.sleep(client.random.uniform(0, 0.2))

    def _line(self, at: float, step: float) -> str:
        """What happened since the last line."""
        book, now = self.book, self.held()
        with book.lock:
            total = book.counts["answers"]
            short = [seconds for kind, seconds in book.recent if kind in SHORT]
            book.recent.clear()
            counts = (book.counts["status 429"], book.counts["status 503"])
            cut, faults = book.counts["cut by the reload"], len(book.faults)
        done, self._done = total - self._done, total
        return (
            f"{at:6.0f}{total:9}{done / step:8.1f}{counts[0]:6}{counts[1]:6}{cut:6}{faults:7}"
            f"{quantile(short, 50) * 1e3:8.0f}{quantile(short, 95) * 1e3:8.0f}{now}"
        )

    def _busy(self) -> list[str]:
        """Numbers of the server that are not 0 and are to be."""
        with urllib.request.urlopen(self._url("/metrics"), timeout=10) as told:
            numbers = told.read().decode()
        return [name for name in ENDED if f"{name} 0.0\n" not in numbers]

    def _connections(self) -> int:
        """Connections of the server to its database."""
        if self.store == "duckdb":
            return 0
        told = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
        with dbapi.connect(self.store) as connection, connection.cursor() as cursor:
            cursor.execute(told)
            return int(cursor.fetchall()[0][0])

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


HEAD = (
    f"{'s':>6}{'answers':>9}{'per s':>8}{'429':>6}{'503':>6}{'cut':>6}{'faults':>7}{'p50 ms':>8}"
    f"{'p95 ms':>8}{HELD}"
)


@contextlib.contextmanager
def _store(name: str) -> Iterator[str]:
    if name != "postgresql":
        yield name
        return
    cluster = postgres.Cluster()
    try:
        yield cluster.new_database()
    finally:
        cluster.stop()


def main() -> int:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--clients", type=int, default=20, help="how many at once (20)")
    parser.add_argument("--seconds", type=float, default=600, help="for how long (600)")
    parser.add_argument(
        "--store",
        default="duckdb",
        help="duckdb; postgresql, a cluster of its own; or the address of an empty database",
    )
    asked = parser.parse_args()
    random.seed(1)
    with _store(asked.store) as store, tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(Path(folder) / "home", store, asked.clients)
        with soak.serving():
            soak.run(asked.seconds)
        return soak.report()


if __name__ == "__main__":
    sys.exit(main())
