"""What a server and all that comes from it take of the machine while a test does harm to it."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

__all__ = ["Watch"]

TICKS_S = os.sysconf("SC_CLK_TCK")


class Watch:
    """The memory and processor time that a process and all that come from it take meanwhile."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._end = threading.Event()
        self._ended_cpu_s: dict[int, float] = {}
        self.peak_mb = 0.0

    def __enter__(self) -> Watch:
        self._before_mb = self._looked()
        self._before_s = sum(self._ended_cpu_s.values())
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._looked()
        self.cpu_s = sum(self._ended_cpu_s.values()) - self._before_s
        self.growth_mb = self.peak_mb - self._before_mb

    def _look(self) -> None:
        while not self._end.wait(0.02):
            self._looked()

    def _looked(self) -> float:
        resident = 0.0
        for pid in _family(self._root):
            with suppress(OSError):  # it has ended meanwhile
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                # utime, stime and rss (proc(5)); a child that ended keeps what it last had
                self._ended_cpu_s[pid] = (int(fields[11]) + int(fields[12])) / TICKS_S
                resident += int(fields[21]) * os.sysconf("SC_PAGESIZE") / 2**20
        self.peak_mb = max(self.peak_mb, resident)
        return resident


def _family(pid: int) -> list[int]:
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found
