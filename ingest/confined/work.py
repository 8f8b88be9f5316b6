"""A file of a stranger worked on by a child process of few rights, which hands back another file.

What strangers send meets zlib, Expat, Arrow and astropy in a process that has an empty folder,
bounded memory, time and files, no environment, and that dies with this one.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from satvo.ingest.confined.nursery import start_child
from satvo.schemas.durable import sync_path
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat

__all__ = ["ConfinedLimits", "children_at_work", "work_on"]

_log = logging.getLogger(__name__)

_AT_WORK: set[int] = set()
"""The children that are at work now."""

_MAX_ANSWER = 2**16
_MAX_MESSAGE = 2000
_LEAVING_S = 5.0
"""How long a child that has closed its output may take to end."""


@dataclass(frozen=True, slots=True)
class ConfinedLimits:
    """What work on one file may take.

    Attributes
    ----------
    memory_bytes : int
        Address space of the process; the libraries alone take about 400 MB of it.
    file_bytes : int
        Of the file handed back, and of any temporary one.
    cpu_s, wall_s : int, float
    open_files : int
    """

    memory_bytes: int = 2**31
    file_bytes: int = 2**31
    cpu_s: int = 60
    wall_s: float = 120.0
    open_files: int = 32


def work_on(
    source: Path,
    target: Path,
    *,
    function: str,
    about: dict[str, Any],
    name: str,
    limits: ConfinedLimits,
    modules: tuple[str, ...],
    check: Callable[[Path, dict[str, Any]], object] = lambda partial, answer: None,
) -> dict[str, Any]:
    """Have a child process work on a file; what it answers.

    Parameters
    ----------
    source : Path
        What it reads; it sees no other file.
    target : Path
        What it writes; it is there whole or not at all.
    function : str
        ``module:function`` of ours, called with ``about``, the source and the target, both open;
        it returns what becomes the answer, which JSON can hold in 64 kB.
    about : dict
        What it is told beside; JSON.
    name : str
        What messages call the file.
    limits : ConfinedLimits
    modules : tuple of str
        What is loaded before the child is forked: the same of all work of one kind.
    check : callable
        Looks at the target, under a temporary name, and at the answer, before the target is in its
        place; nothing is left where it raises.

    Raises
    ------
    BadParameter, UnknownFormat
        As the function raises them, or if the file is damaged in a way that it cannot tell.
    LimitExceeded
        If it goes beyond a limit, which is named.
    """
    descriptor, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    try:
        with tempfile.TemporaryDirectory(prefix="satvo-upload-") as folder:
            order = {
                "name": name,
                "function": function,
                "about": about,
                "target": str(Path(partial).resolve()),
                "folder": folder,
                "limits": asdict(limits),
            }
            answer = _answer(modules, order, source, limits)
        check(Path(partial), answer)
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)
    sync_path(target.parent)
    return answer


def children_at_work() -> int:
    """How many children work on files now."""
    return len(_AT_WORK)


# The child


def _answer(
    modules: tuple[str, ...], order: dict[str, Any], source: Path, limits: ConfinedLimits
) -> dict[str, Any]:
    """What the child says, or the complaint about how it ended."""
    with source.open("rb") as upload, tempfile.TemporaryFile() as log:
        child = start_child(modules, order, upload, log)
        _AT_WORK.add(id(child))
        try:
            said = child.said(_MAX_ANSWER, time.monotonic() + limits.wall_s)
            status = None if said is None else child.ended(_LEAVING_S)
        finally:
            _AT_WORK.discard(id(child))
            child.close()
        log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
        trace = log.read().decode("utf-8", "replace")
    return _verdict(str(order["name"]), said, status, limits, trace)


def _verdict(
    name: str, said: bytes | None, status: int | None, limits: ConfinedLimits, trace: str
) -> dict[str, Any]:
    if said is None or status is None:
        raise LimitExceeded(f"{name}: reading it takes longer than {limits.wall_s:g} s")
    try:
        answer = json.loads(said) if status == 0 else {}
    except ValueError:
        answer = {}
    if not isinstance(answer, dict) or not answer:
        raise _complaint(name, status, limits, trace)
    if "error" in answer:
        message = str(answer["message"])[:_MAX_MESSAGE]
        kinds = {"LimitExceeded": LimitExceeded, "UnknownFormat": UnknownFormat}
        raise kinds.get(answer["error"], BadParameter)(message)
    return answer


def _complaint(name: str, status: int, limits: ConfinedLimits, trace: str) -> Exception:
    """What to say of a child that ended without an answer."""
    _log.warning("the reader of upload %s ended with %d: %s", name, status, trace)
    if status == -signal.SIGXCPU:
        return LimitExceeded(f"{name}: reading it takes more than {limits.cpu_s} s of CPU time")
    if status in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGBUS) or "MemoryError" in trace:
        return LimitExceeded(
            f"{name}: reading it takes more than {limits.memory_bytes} bytes of memory"
        )
    return BadParameter(f"{name}: the upload is damaged in a way that its reader cannot tell")
