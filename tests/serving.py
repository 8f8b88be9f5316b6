"""What every program that starts a server for itself needs."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

__all__ = ["awaited", "free_port"]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
