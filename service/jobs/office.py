"""The office of jobs: book, folders and runner of one application."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Request
from satvo.schemas.errors import Busy
from satvo.service.config import Config
from satvo.service.jobs.book import Job, JobBook
from satvo.service.jobs.folders import JobFolders
from satvo.service.jobs.registration import Registrar
from satvo.service.jobs.runner import Runner, Work
from satvo.service.uploads import save_files

__all__ = ["Office"]


class Office:
    """Everything that a job list needs.

    Parameters
    ----------
    config : Config
    engine : Engine
        The state database.
    clock : callable
        The present, UTC without a zone.
    works : mapping
        What carries out each kind of job.
    registrar : Registrar
        What brings their results into the archive.
    ended : callable
        Told of each try that ended: kind and phase of the job, seconds.
    """

    def __init__(
        self,
        config: Config,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        works: Mapping[str, Work],
        registrar: Registrar,
        ended: Callable[[str, str, float], object] = lambda kind, phase, seconds: None,
    ) -> None:
        self._config = config
        # A reload keeps the parent of the processes that serve; a restart does not.
        self.book = JobBook(engine, clock, holder=str(os.getppid()))
        self.folders = JobFolders(config.home)
        # A waiting client holds a thread: at most a quarter of them may.
        self.waiters = threading.BoundedSemaphore(max(1, config.threads // 4))
        self._runner = Runner(self.book, self.folders, works, registrar, config.job_slots, ended)

    def check_quota(self, *, owner: str | None, address: str | None) -> None:
        """Refuse one more job where the queue, or its client's part of it, is full.

        Parameters
        ----------
        owner : str or None
            The client's token; None for an anonymous one.
        address : str or None
            By which an anonymous client is counted.

        Raises
        ------
        Busy
            With the limit.
        """
        limit = self._config.jobs_waiting
        if self.book.count() >= limit:
            raise Busy(f"{limit} jobs are waiting or running, and no more are taken; try again")
        each = self._config.jobs_each
        if owner is None and address is None:
            return
        if self.book.count(owner=owner, address=address if owner is None else None) >= each:
            raise Busy(
                f"{each} of your jobs are waiting or running, and no more are taken; "
                "try again, or destroy one of them"
            )

    def submit(
        self,
        kind: str,
        parameters: Iterable[tuple[str, str]],
        *,
        owner: str | None,
        address: str | None,
        keep: Callable[[str], object],
        execution_duration: int,
        run_id: str | None = None,
        run: bool = True,
    ) -> Job:
        """A new job, with its files, or none of it.

        Parameters
        ----------
        kind, parameters, run_id, run
            As `JobBook.create` takes them.
        owner, address : str or None
            As in `check_quota`.
        keep : callable
            Gets the job's identifier, and puts its files into its folder.
        execution_duration : int
            Seconds that it may run.

        Raises
        ------
        Busy
            As `check_quota`.
        """
        self.check_quota(owner=owner, address=address)
        job_id = self.book.new_id()
        try:
            keep(job_id)
            return self.book.create(
                kind,
                parameters,
                owner=owner,
                address=address if owner is None else None,
                run_id=run_id,
                execution_duration=execution_duration,
                lifetime=timedelta(days=self._config.job_days),
                job_id=job_id,
                run=run,
            )
        except BaseException:
            self.folders.remove(job_id)
            raise

    def store_uploads(self, job_id: str, request: Request) -> None:
        """Keep the files that came with a request beside the job, under their field names."""
        if request.files:
            save_files(request, self.folders.uploads(job_id))

    def destroy(self, job: Job) -> None:
        """Abort, forget and remove a job."""
        self.book.abort(job)
        self.book.delete(job.job_id)
        self.folders.remove(job.job_id)

    def close(self) -> None:
        """Stop running jobs; those in hand are run again by whoever comes next."""
        self._runner.close()
