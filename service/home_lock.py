"""The right to serve or change a home, which one process has at a time."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from satvo.schemas.errors import HomeInUse, Unavailable

__all__ = ["HomeLock", "hold_home"]


@dataclass(slots=True)
class HomeLock:
    """The right to serve or change a home, held until `release`."""

    descriptor: int

    def release(self) -> None:
        """Let others in."""
        os.close(self.descriptor)


def hold_home(home: Path, *, wait_s: float = 0.0) -> HomeLock:
    """Take the home for this process and its children, so that two servers never share it.

    Parameters
    ----------
    home : Path
    wait_s : float
        How long to wait for what is left of a server whose master process was killed, s.

    Raises
    ------
    HomeInUse
        If a server has it.
    Unavailable
        If there is no such folder, or it cannot be written.
    """
    try:
        descriptor = os.open(home / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as err:
        raise Unavailable(
            f"the home {home} cannot be used: {err.strerror}; make it with satvo init"
        ) from err
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            if _is_running(os.pread(descriptor, 20, 0)) or time.monotonic() > deadline:
                os.close(descriptor)
                raise HomeInUse(f"a server already serves the home {home}; stop it first") from err
            time.sleep(0.1)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return HomeLock(descriptor)


def _is_running(pid: bytes) -> bool:
    """Whether the process that took a lock is there; its children hold the lock with it."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):  # it has not yet written its number, or is another's
        return True
    return True
