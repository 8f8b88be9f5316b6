"""The benchmark table: `make bench` prints it.

A server of a demonstration archive is asked by one client on the same machine. Beside each wall
time stand the CPU seconds of the server, which a busy machine changes less; the fixed workload in
the first line tells how fast the machine was.
"""

from __future__ import annotations

import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import postgres
from bench_images import print_images
from bench_masks import print_masks
from bench_passes import print_passes
from bench_probability import print_probability
from bench_simulator import print_simulator
from serving import awaited, free_port

SATVO = Path(sys.executable).with_name("satvo")
HERE = Path(__file__).resolve().parent
TOOLS = (
    HERE.parent / os.environ.get("SATVO_TEST_DATA", "../shared/data")
).resolve().parent / "tools"
"""Where the client that compares servers is, and what makes its tables."""

MILLION = (
    "SELECT TOP 1000000 a.norad_id, a.object_name, a.epoch, a.epoch_mjd, a.inclination, "
    "a.mean_motion, b.ra_of_asc_node, b.mean_anomaly "
    "FROM satvo.gp AS a, (SELECT TOP 120 ra_of_asc_node, mean_anomaly FROM satvo.gp) AS b"
)
QUERIES = {
    "TOP 1": ("SELECT TOP 1 norad_id FROM satvo.gp", "votable/b2"),
    "one object": ("SELECT * FROM satvo.gp WHERE norad_id = 25954", "votable/b2"),
    "cone of 10 deg": (
        "SELECT norad_id FROM satvo.gp WHERE 1 = CONTAINS("
        "POINT(ra_of_asc_node, inclination), CIRCLE(120, 50, 10))",
        "votable/b2",
    ),
    "GROUP BY constellation": (
        "SELECT constellation, COUNT(*) AS n FROM satvo.satellite GROUP BY constellation",
        "votable/b2",
    ),
    "join": (
        "SELECT s.owner, g.epoch FROM satvo.gp AS g JOIN satvo.satellite AS s "
        "ON g.norad_id = s.norad_id WHERE s.perigee < 545",
        "votable/b2",
    ),
    "1 M rows BINARY2": (MILLION, "votable/b2"),
    "1 M rows TABLEDATA": (MILLION, "votable/td"),
    "1 M rows CSV": (MILLION, "csv"),
}


def main() -> None:
    """Print the table."""
    print(f"fixed workload: {_fixed_workload():.3f} CPU s (sum of 10 M integers)")
    print_passes(TOOLS.parent / "data")
    print_probability()
    print_images()
    print_simulator()
    print_masks()
    print()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        begun = time.monotonic()
        subprocess.run([SATVO, "init", "--demo", "--home", home], check=True, capture_output=True)
        print(f"init --demo: {time.monotonic() - begun:.2f} s")
        port = free_port()
        begun = time.monotonic()
        with subprocess.Popen(
            [SATVO, "serve", "--home", home, "--port", str(port)], stderr=subprocess.DEVNULL
        ) as server:
            try:
                tap = f"http://127.0.0.1:{port}/tap"
                awaited(lambda: urllib.request.urlopen(f"{tap}/tables", timeout=10).close(), 30)
                print(f"start of the server to its first answer: {time.monotonic() - begun:.2f} s")
                _queries(tap, server.pid)
            finally:
                server.terminate()
        if not (TOOLS / "tap_bench.py").is_file():
            print(f"no comparison with other servers: {TOOLS} has no tap_bench.py")
            return
        tables = Path(folder) / "tables"
        make = [sys.executable, TOOLS / "make_bench_tables.py", tables, "--parquet"]
        subprocess.run(make, check=True, capture_output=True)
        for name, store in _stores():
            print(f"\n{name}: tap_bench.py on a million rows", flush=True)
            _compare(Path(folder) / name, store, tables)


def _stores() -> Iterator[tuple[str, str]]:
    yield "duckdb", "duckdb"
    if (postgres.PROGRAMS / "initdb").exists():
        cluster = postgres.Cluster()
        try:
            yield "postgresql", cluster.new_database()
        finally:
            cluster.stop()


def _compare(home: Path, store: str, tables: Path) -> None:
    """Ask a server of the benchmark's tables what every server is asked."""
    settings = {**os.environ, "PYTHONPATH": str(HERE / "satbench"), "SATVO_STORE": store}
    run = functools.partial(subprocess.run, env=settings, check=True)
    run([SATVO, "init", "--home", home], capture_output=True)
    run([sys.executable, HERE / "satbench" / "fill.py", home, tables])
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    tap = f"{base}/tap"
    with subprocess.Popen(
        [SATVO, "serve", "--home", home, "--port", str(port)],
        env=settings,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            awaited(lambda: urllib.request.urlopen(f"{tap}/tables", timeout=10).close(), 30)
            ask = [sys.executable, TOOLS / "tap_bench.py", tap, "--sia", f"{base}/sia2/query"]
            ask += ["--scs", f"{base}/scs/satbench.state"]
            known = ["--answers", tables / "answers.json", "--pid", f"server={server.pid}"]
            run([*ask, *known], check=False)
        finally:
            server.terminate()


def _queries(tap: str, pid: int) -> None:
    print(f"{'query':26}{'first byte ms':>14}{'total ms':>10}{'CPU s':>8}{'MB':>8}")
    for name, (query, form) in QUERIES.items():
        body = urllib.parse.urlencode(
            {"LANG": "ADQL", "QUERY": query, "FORMAT": form, "MAXREC": 2_000_000}
        ).encode()
        runs = [_timed(tap, body, pid) for _ in range(3 if name.startswith("1 M") else 20)]
        first, total, cpu, size = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"{name:26}{first * 1e3:14.1f}{total * 1e3:10.1f}{cpu:8.3f}{size / 1e6:8.2f}")
    print(f"peak memory of the server: {_peak_mb(pid):.0f} MB")


def _timed(tap: str, body: bytes, pid: int) -> tuple[float, float, float, int]:
    cpu = _cpu_s(pid)
    begun = time.perf_counter()
    size = 0
    with urllib.request.urlopen(f"{tap}/sync", body, timeout=120) as answer:
        size += len(answer.read(1))
        first = time.perf_counter() - begun
        while piece := answer.read(1 << 18):
            size += len(piece)
    return first, time.perf_counter() - begun, _cpu_s(pid) - cpu, size


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grandchild for child in children for grandchild in _tree(int(child)))]


def _cpu_s(pid: int) -> float:
    ticks = 0
    for each in _tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> float:
    peaks = (
        line.split()[1]
        for each in _tree(pid)
        for line in Path(f"/proc/{each}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return sum(map(int, peaks)) / 1024


def _fixed_workload() -> float:
    begun = time.process_time()
    sum(range(10_000_000))
    return time.process_time() - begun


if __name__ == "__main__":
    main()
