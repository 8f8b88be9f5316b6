"""What was drawn, kept for who asks next, and the turns in which it is drawn."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Any, cast

from satvo.service.turns import Turns

__all__ = ["KeptDrawings"]

_WAITING = 48
"""Aladin asks for a dozen tiles at once."""
_WAIT_S = 60.0


class KeptDrawings:
    """Drawings and what they are made from; what was asked for longest ago is forgotten first.

    Parameters
    ----------
    what : str
        Of what there are too many, for a refusal.
    most_bytes : int
        Of all that is kept.
    at_once : int
        So many are made at once: it is the processor's work, and some libraries of pictures bear
        no company.
    """

    def __init__(self, what: str, most_bytes: int, *, at_once: int = 1) -> None:
        self._turns = Turns(what, wait_s=_WAIT_S)
        self._at_once = at_once
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def made(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """A drawing, made where it is not kept.

        Raises
        ------
        Busy
            If too many wait for drawings.
        """
        found = self.get(key)
        if found is None:
            with self.turn():
                found = self.get(key)  # drawn while this waited
                if found is None:
                    found = make()
                    self.keep(key, found, len(found))
        return cast(bytes, found)

    def turn(self) -> AbstractContextManager[None]:
        """Have a turn to make something that is not kept; raises as `made`."""
        return self._turns.turn(self._at_once, _WAITING)

    def get(self, key: Hashable) -> Any:
        """What is kept under a key, None where nothing is."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, made: Any, size: int) -> None:
        """Keep something that takes so many bytes."""
        with self._lock:
            if key in self._kept:
                self._bytes -= self._kept.pop(key)[1]
            self._kept[key] = made, size
            self._bytes += size
            while self._bytes > self._most_bytes and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][1]

    def forget(self, is_gone: Callable[[Any], bool]) -> None:
        """Forget what is kept under keys that are gone."""
        with self._lock:
            for key in [key for key in self._kept if is_gone(key)]:
                self._bytes -= self._kept.pop(key)[1]
