"""What a child process does to itself before it touches anything from outside."""

from __future__ import annotations

import ctypes
import os
import resource
import signal

__all__ = ["die_with_parent", "limit_process"]

_PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with_parent() -> None:
    """Be killed when the parent ends, however it ends.

    A parent that was killed before this call has left us to another one already: then we end here.
    """
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent or parent == 1:
        os._exit(1)


def limit_process(*, cpu_s: int, memory_bytes: int, file_bytes: int, files: int = 256) -> None:
    """Bound what this process may use; beyond it the kernel refuses or kills.

    Parameters
    ----------
    cpu_s : int
        CPU time, s.
    memory_bytes : int
        Address space.
    file_bytes : int
        Size of any one file written.
    files : int
        Open files.
    """
    for what, amount in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (amount, amount))
