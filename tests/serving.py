"""What every program that starts a server for itself needs."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Callable

__all__ = ["awaited", "free_port"]


# Below those that a system gives to outgoing connections; each process of a run has its own part.
_FIRST_PORT, _PORTS_EACH, _PARTS = 20_000, 1_000, 12
_given: set[int] = set()


def free_port() -> int:
    """A port of this machine that nobody listens on and that no other test of the run is given.

    A server may take minutes to come up on it, so a port that is merely free now will not do.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PARTS
    first = _FIRST_PORT + worker * _PORTS_EACH
    choice = random.SystemRandom()
    while True:
        port = first + choice.randrange(_PORTS_EACH)
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def awaited(attempt: Callable[[], object], seconds: float) -> None:
    """Try until it raises no OSError; raises the last when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            attempt()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
