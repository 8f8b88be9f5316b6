"""What a server and all that comes from it hold: memory, threads, files, connections."""

from __future__ import annotations

import json
import os
import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from satvo.schemas.state import JOB
from satvo.schemas.state_database import open_state

__all__ = ["HELD", "Held", "held", "mistakes", "quantile", "strays"]


HELD = f"{'MiB':>8}{'procs':>7}{'threads':>8}{'fds':>6}{'files':>6}{'conns':>7}"
"""Over the columns of `Held`."""


@dataclass(frozen=True)
class Held:
    """What is held at one moment.

    Attributes
    ----------
    memory_mb : float
        That no other process shares (USS), of all processes, MiB.
    processes, threads, descriptors : int
        Of all of them.
    files : int
        Temporary files, named or not, of all of them.
    connections : int
        Of the engine's server; 0 where the engine is embedded.
    """

    memory_mb: float
    processes: int
    threads: int
    descriptors: int
    files: int
    connections: int

    def __str__(self) -> str:
        """Its numbers in columns."""
        return (
            f"{self.memory_mb:8.0f}{self.processes:7}{self.threads:8}{self.descriptors:6}"
            f"{self.files:6}{self.connections:7}"
        )


def held(root: int, temporary: Path, connections: Callable[[], int]) -> Held:
    """What the tree of processes below a first one holds now."""
    memory = threads = descriptors = files = processes = 0
    for pid in _tree(root):
        with suppress(OSError):  # it has ended meanwhile
            here = Path(f"/proc/{pid}")
            private = re.findall(
                r"^Private_\w+: +(\d+) kB", (here / "smaps_rollup").read_text(), re.MULTILINE
            )
            memory += sum(map(int, private))
            threads += sum(1 for _ in (here / "task").iterdir())
            for link in (here / "fd").iterdir():
                descriptors += 1
                with suppress(OSError):
                    files += "(deleted)" in str(link.readlink())
            processes += 1
    # Path.rglob raises where a folder goes while it is looked at.
    files += sum(len(folders) + len(names) for _, folders, names in os.walk(temporary))
    return Held(memory / 1024, processes, threads, descriptors, files, connections())


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def strays(home: Path, store: str) -> set[str]:
    """Folders of jobs that the book of jobs does not know."""
    engine = open_state(home, store)
    with engine.connect() as state:
        known = set(state.execute(sa.select(JOB.c.job_id)).scalars())
    engine.dispose()
    return {path.name for path in (home / "jobs").glob("*")} - known


def mistakes(log: Path) -> list[str]:
    """Lines of the log that tell of an error of the service's own."""
    found = []
    for line in log.read_text().splitlines():
        with suppress(ValueError):
            said = json.loads(line)
            if said["level"] in ("info", "debug") or said["level"] == "warning":
                continue
        found.append(line[:1500])
    return found


def quantile(values: list[float], percent: int) -> float:
    """The least value that so many percent of the values do not exceed; NaN of none."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
