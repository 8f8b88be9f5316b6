"""A thread that interrupts what runs too long: DuckDB has no statement timeout of its own."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

__all__ = ["Alarm", "Watchdog"]


class Alarm:
    """One thing being watched."""

    def __init__(self, interrupt: Callable[[], object]) -> None:
        self._interrupt: Callable[[], object] | None = interrupt
        self._lock = threading.Lock()
        self._rang = False

    def ring(self) -> None:
        """Interrupt, unless it was cancelled."""
        with self._lock:
            if self._interrupt is not None:
                self._rang = True
                self._interrupt()
                self._interrupt = None

    def cancel(self) -> bool:
        """Watch no more; whether it had rung."""
        with self._lock:
            self._interrupt = None  # let go of what is no longer watched
            return self._rang


class Watchdog:
    """Rings alarms that are due; one thread however many are watched."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        threading.Thread(target=self._run, name="store-watchdog", daemon=True).start()

    def watch(self, interrupt: Callable[[], object], seconds: float) -> Alarm:
        """Call interrupt after so many seconds unless the alarm is cancelled before."""
        alarm = Alarm(interrupt)
        due = time.monotonic() + seconds
        with self._changed:
            is_next = not self._due or due < self._due[0][0]
            heapq.heappush(self._due, (due, next(self._order), alarm))
            if is_next:  # waking the thread for each of many short queries slows them
                self._changed.notify()
        return alarm

    def close(self) -> None:
        """Ring nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                alarm = heapq.heappop(self._due)[2]
            alarm.ring()
