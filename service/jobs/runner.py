"""What carries jobs out: a pool of threads that claim, run and end them.

A TAP job runs on the thread itself. A compute job's thread starts a process and watches it
(`satvo.service.jobs.process`). One more thread renews the leases and cancels what was aborted,
deleted or is overdue.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from satvo.schemas.errors import LimitExceeded, SatvoError, Unavailable
from satvo.service.jobs.book import KILLED, LEASE, MAX_TRIES, Job, JobBook, JobError, Result
from satvo.service.jobs.folders import JobFolders
from satvo.service.jobs.registration import Registrar
from satvo.service.journal import work_on

__all__ = ["Cancelled", "Runner", "Running", "Work"]

_LOG = logging.getLogger("satvo.jobs")

_RENEWAL_S = LEASE.total_seconds() / 5
_LOOK_S = 0.25
"""How soon an overdue job is noticed; what is aborted in this process wakes us at once."""

_CLOSING_S = 10.0
"""How long what runs may take to stop when the server ends."""

_IDLE_S = 2.0
"""How soon a job is noticed that another process queued or lost."""


class Cancelled(Exception):
    """The job is to stop: it was aborted, deleted, or is overdue."""


class _NotYet(Exception):
    """Whether the job's rows are there cannot be told before the archive is open."""


@dataclass
class Running:
    """A job while it runs, for whoever carries it out.

    Attributes
    ----------
    job : Job
    folder : Path
        Its work folder, where results are written.
    uploads : Path
        The files that came with it.
    """

    job: Job
    folder: Path
    uploads: Path
    progress: float | None = None
    begun: float = field(default_factory=time.monotonic)
    _stops: list[Callable[[], object]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cancelled: bool = False

    def on_cancel(self, stop: Callable[[], object]) -> None:
        """Call this when the job is to stop, and again until it has; at once if it is already."""
        with self._lock:
            self._stops.append(stop)
            if not self._cancelled:
                return
        stop()

    @property
    def cancelled(self) -> bool:
        """Whether the job is to stop."""
        return self._cancelled

    def check(self) -> None:
        """Raise `Cancelled` if the job is to stop."""
        if self._cancelled:
            raise Cancelled

    def cancel(self) -> None:
        """Let the job stop.

        Called again and again: an engine forgets an interrupt that comes before it has begun, while
        the query still waits for its turn, and would work to the end of the job's time.
        """
        with self._lock:
            self._cancelled = True
            stops = tuple(self._stops)
        for stop in stops:
            stop()


class Work(Protocol):
    """How jobs of one kind are carried out."""

    def __call__(self, running: Running, /) -> list[Result]:
        """Write the results into the work folder and name them."""


class Runner:
    """Runs jobs until it is closed.

    Parameters
    ----------
    book, folders
        Where jobs are recorded and kept.
    works : mapping
        What carries out each kind of job.
    registrar : Registrar
        What brings their results into the archive.
    slots : int
        Jobs at once.
    ended : callable
        Told of each try that ended: kind and phase of the job, seconds.
    """

    def __init__(
        self,
        book: JobBook,
        folders: JobFolders,
        works: Mapping[str, Work],
        registrar: Registrar,
        slots: int,
        ended: Callable[[str, str, float], object],
    ) -> None:
        self._book = book
        self._folders = folders
        self._works = works
        self._registrar = registrar
        self._ended = ended
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._work_on, name=f"job-{i}", daemon=True)
            for i in range(slots)
        ]
        self._threads.append(threading.Thread(target=self._watch, name="job-watch", daemon=True))
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop what runs, which then is run again by whoever comes next, and claim no more."""
        self._closing = True
        deadline = time.monotonic() + _CLOSING_S
        while (left := [t for t in self._threads if t.is_alive()]) and time.monotonic() < deadline:
            for running in list(self._running.values()):
                running.cancel()
            self._book.wake()
            left[0].join(_LOOK_S)

    def _work_on(self) -> None:
        while not self._closing:
            try:
                job = self._book.claim(self._works)
                if job is None:
                    self._book.wait_for_work(_IDLE_S)
                else:
                    self._carry_out(job)
            except Exception:  # noqa: BLE001  a full disk must not end the thread
                _LOG.exception("no job could be claimed, or brought to its end")
                time.sleep(1)

    def _carry_out(self, job: Job) -> None:
        work_on("job", job.job_id)
        begun = time.monotonic()
        running = Running(job, self._folders.part(job), self._folders.uploads(job.job_id))
        phase = "ABORTED"
        try:
            with self._lock:
                self._running[job.job_id] = running
            phase = self._tried(running)
            if self._book.is_gone(job):  # deleted just before its folders were made here
                self._folders.remove(job.job_id)
        finally:
            with self._lock:
                self._running.pop(job.job_id, None)
            seconds = time.monotonic() - begun
            self._ended(job.kind, phase, seconds)
            facts = {"kind": job.kind, "phase": phase, "seconds": round(seconds, 6)}
            _LOG.info("", extra={"facts": {**facts, "try": job.tries}})
            work_on(None)

    def _tried(self, running: Running) -> str:
        """Run the job; the phase in which this left it."""
        job = running.job
        try:
            wanted = self._registrar.wanted(job)
            results = self._registered_before(job) if wanted else None
            if results is None:
                results = self._run(running)
                if wanted:
                    results = self._register(running, results)
            return "COMPLETED" if self._book.complete(job, results) else "ABORTED"
        except _NotYet:
            self._book.release(job)
            time.sleep(1)
            return "QUEUED"
        except Exception as err:  # noqa: BLE001  the worker's loop: the job ends, the thread goes on
            if not running.cancelled:
                self._book.fail(job, _told(job, err))
                return "ERROR"
            if self._closing:
                self._book.release(job)
                return "QUEUED"
            return "ABORTED"

    def _run(self, running: Running) -> list[Result]:
        job = running.job
        if job.tries > MAX_TRIES:
            raise LimitExceeded(KILLED)
        with self._folders.attempt(job):
            results = self._works[job.kind](running)
            running.check()
        return results

    def _registered_before(self, job: Job) -> list[Result] | None:
        """The results of a job whose runner was killed after its rows were written."""
        folder = self._folders.finished(job)
        if folder is not None:
            try:
                results = self._registrar.recorded(job, folder)
            except Unavailable as err:
                raise _NotYet from err
            if results is not None:
                self._folders.adopt(job, folder)
                return results
        self._book.end_registering(job)
        return None

    def _register(self, running: Running, results: list[Result]) -> list[Result]:
        job = running.job
        folder = self._folders.finished(job)
        if folder is None or not self._book.begin_registering(job):
            running.cancel()
            raise Cancelled
        return self._registrar.register(job, folder, results)

    def _watch(self) -> None:
        renewed = 0.0
        self._tidy(lambda: self._folders.remove_strays(self._book.ids))
        while not self._closing:
            self._book.wait_for_work(_LOOK_S if self._running else _IDLE_S)
            due = time.monotonic() - renewed > _RENEWAL_S
            for running in list(self._running.values()):
                self._look_at(running, renew=due)
            if due:
                renewed = time.monotonic()
                self._tidy(self._sweep)

    def _look_at(self, running: Running, *, renew: bool) -> None:
        job = running.job
        try:
            late = time.monotonic() - running.begun > job.execution_duration
            ended = late and self._book.overdue(job)
            ours = self._book.renew(job, running.progress) if renew else self._book.is_ours(job)
            if ended or not ours:
                running.cancel()
        except Exception:  # noqa: BLE001  the next round tries again
            _LOG.exception("job %s could not be looked after", job.job_id)

    def _sweep(self) -> None:
        """Destroy what is past its destruction time."""
        for job in self._book.expired():
            self._book.delete(job.job_id)
            self._folders.remove(job.job_id)

    def _tidy(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001  the next round, or the next start, tries again
            _LOG.exception("what is left of jobs could not be removed")


def _told(job: Job, err: Exception) -> JobError:
    """What the client is told of an error; of a mistake of ours, the log has the rest."""
    if isinstance(err, SatvoError):
        return JobError("transient" if isinstance(err, Unavailable) else "fatal", str(err))
    _LOG.error("job %s failed", job.job_id, exc_info=err)
    return JobError("fatal", "the service made a mistake; its log knows more under the job's id")
