"""What an engine does for one query: whose turn it is, and how long it may take."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from satvo.schemas.errors import Busy, SatvoError
from satvo.schemas.store.interface import Load
from satvo.schemas.store.watchdog import Watchdog

__all__ = ["SNAPSHOT_S", "EngineWork", "Turns"]

SNAPSHOT_S = 86400.0
"""What the engine may work on one snapshot, s: a day is no limit, and the watchdog wants one."""


class Turns:
    """As many turns as queries that are worked on at once.

    Parameters
    ----------
    most : int
    """

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._counting = threading.Lock()
        self._working = self._waiting = 0

    def load(self) -> Load:
        """Who has a turn and who waits for one."""
        with self._counting:
            return Load(self._working, self._waiting)

    def take(self, timeout_s: float) -> bool:
        """Wait for a turn; False if none came in time."""
        self._count(waiting=1)
        taken = self._free.acquire(timeout=timeout_s)
        self._count(waiting=-1, working=int(taken))
        return taken

    def give_back(self) -> None:
        """Let another have it."""
        self._count(working=-1)
        self._free.release()

    def _count(self, *, waiting: int = 0, working: int = 0) -> None:
        with self._counting:
            self._waiting += waiting
            self._working += working


class EngineWork:
    """What the engine may still do for one query.

    Only the engine's own work counts against the time limit: neither the waiting for a turn, nor
    the time that the client takes to read what it is given.

    Parameters
    ----------
    interrupt : callable
        Ends what the engine does for this query.
    watchdog : Watchdog
    turns : Turns
    time_limit_s : float
    cause : callable
        Gets an exception, whether the time was over, and the limit: what that means to the client.
    """

    def __init__(
        self,
        interrupt: Callable[[], object],
        watchdog: Watchdog,
        turns: Turns,
        time_limit_s: float,
        cause: Callable[[Exception, bool, float], SatvoError],
    ) -> None:
        self._interrupt = interrupt
        self._cause = cause
        self._watchdog = watchdog
        self._turns = turns
        self._time_limit_s = time_limit_s
        self._left_s = time_limit_s

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and work; an error of the engine becomes what it means to the client.

        Raises
        ------
        Busy
            If no turn comes within the query's own time limit.
        SatvoError
            As ``cause`` says.
        """
        if not self._turns.take(self._time_limit_s):
            raise Busy("the service works on as many other queries as it can; try again")
        begun = time.monotonic()
        alarm = self._watchdog.watch(self._interrupt, self._left_s)
        try:
            yield
        except Exception as err:
            raise self._cause(err, alarm.cancel(), self._time_limit_s) from err
        finally:
            alarm.cancel()
            self._turns.give_back()
            self._left_s -= time.monotonic() - begun
