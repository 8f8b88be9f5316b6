"""The process that works on one file: it reads standard input and nothing else.

It is forked for that file from a process that `nursery` keeps, which has loaded the libraries, 0.4
CPU s of work and more, and never sees a file. It gets its order as JSON, calls the function of ours
that the order names, and answers with one line of JSON on standard output. The limits are set
before anything that strangers send is looked at.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

from satvo.ingest.limits import restrict_process

__all__ = ["carry_out", "serve"]

_IDLE_MS = 300_000


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    ended: int  # a descriptor that can be read when it has
    link: socket.socket


def serve(control: socket.socket) -> None:
    """Fork a child for each order, until nobody is left to give one, or none came for long.

    Parameters
    ----------
    control : socket
        Each of its messages brings five descriptors: the file, where the answer goes, where
        what Python complains of goes, the order, and a link. Through the link a byte goes back
        when the child is there, and its exit status when it has ended; it is killed where the link
        is closed before, or brings anything.
    """
    poll = select.poll()
    poll.register(control, select.POLLIN)
    children: dict[int, _Child] = {}
    while events := poll.poll(None if children else _IDLE_MS):
        for descriptor, _ in events:
            if descriptor == control.fileno():
                _, given, _, _ = socket.recv_fds(control, 1, 5)
                if len(given) != 5:
                    return  # the children end with this process
                child = _forked(given)
                for each in (child.ended, child.link.fileno()):
                    children[each] = child
                    poll.register(each, select.POLLIN)
            elif (known := children.get(descriptor)) is not None:
                if descriptor == known.link.fileno():
                    _kill(known)
                    poll.unregister(descriptor)
                    del children[descriptor]
                else:
                    _bury(known, poll, children)


def _forked(given: list[int]) -> _Child:
    parent = os.getpid()
    *streams, link = given
    if (pid := os.fork()) == 0:
        _live(streams, parent)
    for descriptor in streams:
        os.close(descriptor)
    child = _Child(pid, os.pidfd_open(pid), socket.socket(fileno=link))
    _tell(child, "!")
    return child


def _kill(child: _Child) -> None:
    signal.pidfd_send_signal(child.ended, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):  # it had not come to have a group of its own
        os.killpg(child.pid, signal.SIGKILL)


def _bury(child: _Child, poll: select.poll, children: dict[int, _Child]) -> None:
    _, status = os.waitpid(child.pid, 0)
    _tell(child, str(os.waitstatus_to_exitcode(status)))
    for descriptor in (child.ended, child.link.fileno()):
        if children.pop(descriptor, None) is not None:
            poll.unregister(descriptor)
    os.close(child.ended)
    child.link.close()


def _tell(child: _Child, text: str) -> None:
    with contextlib.suppress(OSError):  # whoever asked may be gone
        child.link.send(text.encode(), socket.MSG_NOSIGNAL)


def _live(streams: list[int], parent: int) -> NoReturn:
    status = 1
    try:
        os.setsid()
        with os.fdopen(streams.pop(), closefd=False) as text:
            order = json.load(text)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # other children's links among them
        os.chdir(order["folder"])
        tempfile.tempdir = order["folder"]
        answer = json.dumps(carry_out(order, parent)) + "\n"
        with open(1, "w", closefd=False) as said:
            said.write(answer)
        status = 0
    except BaseException:  # noqa: BLE001  the parent logs it
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        # A library that crashes while it tidies up must not spoil the answer.
        os._exit(status)


def carry_out(order: dict[str, Any], parent: int) -> dict[str, Any]:
    """The answer to an order: what its function gives, or what is wrong.

    Parameters
    ----------
    order : dict
        What `satvo.ingest.confined.work.work_on` wants.
    parent : int
        The process with which this one ends.
    """
    limits = order["limits"]
    restrict_process(
        parent=parent,
        cpu_s=limits["cpu_s"],
        memory_bytes=limits["memory_bytes"],
        file_bytes=limits["file_bytes"],
        open_files=limits["open_files"],
    )
    from satvo.schemas.errors import LimitExceeded, SatvoError

    module, _, name = order["function"].partition(":")
    try:
        function = getattr(import_module(module), name)
        with open(0, "rb", closefd=False) as source, open(order["target"], "wb") as target:
            answer: dict[str, Any] = function(order["about"], source, target)
            target.flush()
            os.fsync(target.fileno())
        return answer
    except SatvoError as err:
        kind = "LimitExceeded" if isinstance(err, LimitExceeded) else type(err).__name__
        return {"error": kind, "message": str(err)}
    except MemoryError:
        reason = f"reading it takes more than {limits['memory_bytes']} bytes of memory"
    except OSError as err:
        if err.errno not in (errno.EFBIG, errno.ENOSPC):
            raise
        reason = f"what it holds takes more than {limits['file_bytes']} bytes"
    return {"error": "LimitExceeded", "message": f"{order['name']}: {reason}"}


if __name__ == "__main__":
    for name in sys.argv[2:]:
        import_module(name)
    gc.freeze()  # what is loaded stays shared with the children
    serve(socket.socket(fileno=int(sys.argv[1])))
