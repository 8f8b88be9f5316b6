"""What a child process does to itself before it looks at anything from outside."""

from __future__ import annotations

import ctypes
import os
import resource
import signal

__all__ = ["restrict_process"]

_PR_SET_PDEATHSIG = 1  # prctl(2)
_PR_SET_NO_NEW_PRIVS = 38


def restrict_process(
    *, parent: int, cpu_s: int, memory_bytes: int, file_bytes: int, open_files: int
) -> None:
    """Die with the parent, gain no rights, and take no more than the limits.

    Parameters
    ----------
    parent : int
        Process number of the parent; if it has ended already, we end here.
    cpu_s : int
        CPU time, s; at its end SIGXCPU comes, which the parent can tell from other ends.
    memory_bytes : int
        Address space.
    file_bytes : int
        Size of any one file written.
    open_files : int
        Files open at once.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it died before the signal was asked for
        os._exit(1)
    for what, soft, hard in (
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 2),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_NOFILE, open_files, open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, most = resource.getrlimit(what)
        if most != resource.RLIM_INFINITY:  # no process may raise what it was given
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(what, (soft, hard))
