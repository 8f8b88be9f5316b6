"""Turns at heavy work: so many at once, some that wait, and the rest are told to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from satvo.schemas.errors import Busy

__all__ = ["Turns"]


class Turns:
    """Bounds how many threads do one kind of work, so that others are left for other requests.

    Parameters
    ----------
    what : str
        For the refusal: of what there are too many.
    wait_s : float
        How long one waits for a turn, s.
    """

    def __init__(self, what: str, *, wait_s: float) -> None:
        self._what = what
        self._wait_s = wait_s
        self._changed = threading.Condition()
        self._working = 0
        self._here = 0

    @contextmanager
    def turn(self, most: int, waiting: int) -> Iterator[None]:
        """Have a turn.

        Parameters
        ----------
        most : int
            So many have one at once.
        waiting : int
            So many more may wait for one.

        Raises
        ------
        Busy
            If too many wait already, or none of them ends in time.
        """
        refused = Busy(f"{self._what} are {most} at a time, and more wait already; try again")
        with self._changed:
            if self._here >= most + waiting:
                raise refused
            self._here += 1
            if not self._changed.wait_for(lambda: self._working < most, self._wait_s):
                self._here -= 1
                raise refused
            self._working += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._here -= 1
                self._changed.notify()
