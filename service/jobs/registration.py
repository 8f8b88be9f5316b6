"""What a compute job wrote comes into the archive: whole, and once, whatever is killed meanwhile.

The rows and a row of `satvo.schemas.job_result` are written in one transaction. Whoever takes up a
job whose runner was killed looks there first: if the row is there the job needs only to be ended,
if it is not the job is run again. Files of images are at their places before that transaction
begins; what a kill leaves of them without rows is swept with other strays.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from satvo.schemas.job_result import JOB_RESULT
from satvo.schemas.resource import JobDeclaration
from satvo.schemas.store.interface import Transaction
from satvo.service.archive import Archive
from satvo.service.jobs.book import Job, Result

__all__ = ["Registrar"]


class Registrar:
    """Registers the results of jobs.

    Parameters
    ----------
    archive : callable
        The archive, once it is open.
    declared : mapping
        The declaration of each kind of job that can be registered.
    clock : callable
        The present, UTC without a zone.
    """

    def __init__(
        self,
        archive: Callable[[], Archive],
        declared: Mapping[str, JobDeclaration],
        clock: Callable[[], datetime],
    ) -> None:
        self._archive = archive
        self._declared = declared
        self._clock = clock

    def wanted(self, job: Job) -> bool:
        """Whether the job's client wants its results in the archive."""
        return job.kind in self._declared and job.parameter("REGISTER") == "true"

    def recorded(self, job: Job, folder: Path) -> list[Result] | None:
        """The results of a job that is registered already; None if it is not.

        Parameters
        ----------
        job : Job
        folder : Path
            Where its files are.
        """
        query = sa.select(JOB_RESULT).where(JOB_RESULT.c.job_id == job.job_id)
        for row in self._archive().store.select(query).to_pylist():
            results = [Result(**each) for each in json.loads(row["results"])]
            return _with_report(results, folder, row["registered"])
        return None

    def register(self, job: Job, folder: Path, results: list[Result]) -> list[Result]:
        """Add what the job wrote; its results, with one that tells what was added.

        Nothing is added, and nothing raised, where the job is registered already.
        """
        declared = self._declared[job.kind]
        module, _, name = declared.register.partition(":")
        function = getattr(importlib.import_module(module), name)
        archive = self._archive()

        def record(tx: Transaction, report: Mapping[str, Any]) -> None:
            values = {
                "job_id": job.job_id,
                "try": job.tries,
                "results": json.dumps([asdict(result) for result in results]),
                "registered": json.dumps(report),
            }
            tx.execute(sa.insert(JOB_RESULT).values(values))

        def refuse_known(tx: Transaction) -> None:
            for row in tx.select(known).to_pylist():
                raise _Registered(str(row["registered"]))

        known = sa.select(JOB_RESULT.c.registered).where(JOB_RESULT.c.job_id == job.job_id)

        def work(tx: Transaction) -> dict[str, Any]:
            refuse_known(tx)
            report: dict[str, Any] = function(tx, folder, self._clock())
            record(tx, report)
            return report

        def beside(tx: Transaction, report: Mapping[str, Any]) -> None:
            refuse_known(tx)
            record(tx, report)

        try:
            if declared.registers_images:
                report = function(archive.images, folder, job.job_id, beside)
            else:
                report = archive.store.write(work)
        except _Registered as found:
            return _with_report(results, folder, found.report)
        return _with_report(results, folder, json.dumps(report))


class _Registered(Exception):
    """The job is registered already: what its transaction did is undone."""

    def __init__(self, report: str) -> None:
        super().__init__(report)
        self.report = report


def _with_report(results: list[Result], folder: Path, report: str) -> list[Result]:
    """The results and the report, which becomes a file beside theirs."""
    path = folder / "registered.json"
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(report)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(path)
    size = path.stat().st_size
    return [*results, Result("registered", path.name, "application/json", size)]
