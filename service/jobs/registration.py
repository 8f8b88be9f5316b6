"""What a compute job wrote comes into the archive: whole, and once, whatever is killed meanwhile.

The rows and a row of `satvo.schemas.job_result` are written in one transaction. Whoever takes up a
job whose runner was killed looks there first: if the row is there the job needs only to be ended,
if it is not the job is run again.
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
    functions : mapping
        For each kind of job that can be registered, ``module:function`` as
        `satvo.schemas.resource.JobDeclaration` has it.
    clock : callable
        The present, UTC without a zone.
    """

    def __init__(
        self,
        archive: Callable[[], Archive],
        functions: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        self._archive = archive
        self._functions = functions
        self._clock = clock

    def wanted(self, job: Job) -> bool:
        """Whether the job's client wants its results in the archive."""
        return job.kind in self._functions and job.parameter("REGISTER") == "true"

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
        module, _, name = self._functions[job.kind].partition(":")
        function = getattr(importlib.import_module(module), name)
        known = sa.select(JOB_RESULT.c.registered).where(JOB_RESULT.c.job_id == job.job_id)

        def work(tx: Transaction) -> str:
            for row in tx.select(known).to_pylist():
                return str(row["registered"])
            report: dict[str, Any] = function(tx, folder, self._clock())
            values = {
                "job_id": job.job_id,
                "try": job.tries,
                "results": json.dumps([asdict(result) for result in results]),
                "registered": json.dumps(report),
            }
            tx.execute(sa.insert(JOB_RESULT).values(values))
            return str(values["registered"])

        return _with_report(results, folder, self._archive().store.write(work))


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
