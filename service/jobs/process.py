"""Compute jobs: each in a process of its own, with limits, which ends when the job does."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from satvo.schemas.errors import LimitExceeded, SatvoError
from satvo.service.jobs.book import Result
from satvo.service.jobs.runner import Running

__all__ = ["ProcessLimits", "process_work"]

_LOG = logging.getLogger("satvo.jobs")

_KEPT_STDERR = 4000


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one compute job may use: CPU seconds, bytes of memory and of one file, threads."""

    cpu_s: int = 3600
    memory_bytes: int = 4 << 30
    file_bytes: int = 8 << 30
    threads: int = 1


class JobFailed(SatvoError):
    """The job's own code found something wrong with what it was given."""


def process_work(
    run: str,
    limits: ProcessLimits,
    prepare: Callable[[Running], object] = lambda running: None,
) -> Callable[[Running], list[Result]]:
    """What carries out compute jobs of one kind.

    Parameters
    ----------
    run : str
        ``module:function`` that gets parameters, work folder, uploads folder and a function for
        its progress (0 to 1), and returns its results as mappings of id, file, media_type.
    limits : ProcessLimits
    prepare : callable
        What is done here before the process starts.
    """

    def work(running: Running) -> list[Result]:
        prepare(running)
        order = {
            "run": run,
            "parent": os.getpid(),
            "parameters": running.job.parameters,
            "folder": str(running.folder),
            "uploads": str(running.uploads),
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "satvo.service.jobs.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(running.folder / "stderr.txt").open("wb"),
            cwd=running.folder,
            env={**os.environ, **_threads(limits.threads)},
            start_new_session=True,
        )

        def stop() -> None:
            if process.poll() is None:  # or its number may be another's
                _end_group(process)

        try:
            running.on_cancel(stop)
            return _followed(running, process, json.dumps(order))
        finally:
            _end_group(process)
            process.wait()

    return work


def _threads(number: int) -> dict[str, str]:
    """What tells numpy's libraries, and jobs that have threads of their own, how many to use."""
    return {"OMP_NUM_THREADS": str(number), "OPENBLAS_NUM_THREADS": str(number)}


def _followed(running: Running, process: subprocess.Popen[bytes], order: str) -> list[Result]:
    told: list[dict[str, str]] | None = None
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process was started with pipes")
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:  # killed at once
        stdin.write(order.encode())
    for line in process.stdout:
        message = json.loads(line)
        if "progress" in message:
            running.progress = min(max(message["progress"], 0.0), 1.0)
        elif "error" in message:
            raise (LimitExceeded if message.get("limit") else JobFailed)(message["error"])
        elif "results" in message:
            told = message["results"]
    status = process.wait()
    running.check()
    if told is None:
        raise _ended(running, status)
    (running.folder / "stderr.txt").unlink(missing_ok=True)
    return [
        Result(r["id"], r["file"], r["media_type"], (running.folder / r["file"]).stat().st_size)
        for r in told
    ]


def _ended(running: Running, status: int) -> Exception:
    """The reason of a process that ended without a word."""
    if status == -signal.SIGXCPU:
        return LimitExceeded("the job used up the CPU time that one job may use")
    if status == -signal.SIGKILL:
        return LimitExceeded("the job was killed, most likely for want of memory")
    text = (running.folder / "stderr.txt").read_text("utf-8", "replace")[-_KEPT_STDERR:]
    _LOG.error("job %s ended with status %s\n%s", running.job.job_id, status, text)
    return RuntimeError(f"the process of the job ended with status {status}")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
