"""Processes that have loaded what is needed for a kind of work, and fork one child for each file.

To start a child from nothing takes 0.4 CPU s and more, to fork it some milliseconds. Such a process
ends when this one does, or when it had nothing to do for a while, and is started again when it is
needed.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import IO, Any

__all__ = ["Child", "start_child"]

_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    # One thread each, and memory that is given back: their arenas count against the address space.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_IO_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
}

_TRIES = 3


@dataclass(slots=True)
class Child:
    """A child that works on one file.

    Attributes
    ----------
    output : int
        Descriptor of what it says.
    """

    output: int
    _link: socket.socket

    def ended(self, timeout_s: float) -> int | None:
        """Its exit status, as `subprocess.Popen.returncode` has it; None where it is not over."""
        self._link.settimeout(timeout_s)
        try:
            told = self._link.recv(20)
        except TimeoutError:
            return None
        return int(told) if told else -signal.SIGKILL  # with the process that forked it

    def said(self, most_bytes: int, deadline: float) -> bytes | None:
        """What it says until it closes its output; None where that takes too long.

        One that says more than it may gets no further; what it said is nothing then.
        """
        said = b""
        poll = select.poll()  # select.select knows no descriptors above 1023
        poll.register(self.output, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0:
            if not poll.poll(left * 1000):
                break
            piece = os.read(self.output, most_bytes)
            if not piece:
                return said
            said += piece
            if len(said) > most_bytes:  # no words of ours
                self._link.send(b"!")  # it is killed
                return b""
        return None

    def close(self) -> None:
        """Let go of it; it is killed if it still runs."""
        self._link.close()
        os.close(self.output)


@dataclass(slots=True)
class _Nursery:
    """The process that forks children, started when the first is needed."""

    modules: tuple[str, ...]
    lock: threading.Lock = field(default_factory=threading.Lock)
    control: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    owner: int = 0

    def order(self, descriptors: list[int]) -> None:
        """Send what a child needs."""
        with self.lock:
            if self.control is None or self.owner != os.getpid():
                self._start()
            assert self.control is not None  # noqa: S101 - just made
            try:
                socket.send_fds(self.control, [b"!"], descriptors)
            except OSError:  # it had ended
                self._stop()

    def stop(self) -> None:
        """End the process."""
        with self.lock:
            if self.owner == os.getpid():
                self._stop()

    def _start(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.owner = os.getpid()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                [
                    *(sys.executable, "-I", "-m", "satvo.ingest.confined.child"),
                    *(str(theirs.fileno()), *self.modules),
                ],
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=_ENVIRONMENT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                umask=0o077,
            )

    def _stop(self) -> None:
        if self.control is not None and self.process is not None:
            self.control.close()
            self.process.kill()
            self.process.wait()
        self.control = self.process = None


_NURSERIES: dict[tuple[str, ...], _Nursery] = {}
_MAKING = threading.Lock()


def _nursery(modules: tuple[str, ...]) -> _Nursery:
    with _MAKING:
        if modules not in _NURSERIES:
            _NURSERIES[modules] = _Nursery(modules)
            atexit.register(_NURSERIES[modules].stop)
        return _NURSERIES[modules]


def start_child(
    modules: tuple[str, ...], order: dict[str, Any], upload: IO[bytes], log: IO[bytes]
) -> Child:
    """Start a child that works on a file.

    Parameters
    ----------
    modules : tuple of str
        What is loaded already where it is forked; those of one kind of work have one process.
    order : dict
        What `satvo.ingest.confined.child.carry_out` is to do; JSON.
    upload, log : file
        What it reads, and what Python complains to.
    """
    nursery = _nursery(modules)
    with tempfile.TemporaryFile() as orders:
        orders.write(json.dumps(order).encode())
        orders.flush()
        for _ in range(_TRIES):
            orders.seek(0)
            upload.seek(0)
            output, their_output = os.pipe()
            link, their_link = socket.socketpair()
            child = Child(output, link)
            try:
                with their_link:
                    streams = (upload.fileno(), their_output, log.fileno(), orders.fileno())
                    nursery.order([*streams, their_link.fileno()])
            except BaseException:
                child.close()
                raise
            finally:
                os.close(their_output)
            if link.recv(1):
                return child
            child.close()  # the process that forks ended just now: the next order starts another
    raise OSError("no child process can be started")
