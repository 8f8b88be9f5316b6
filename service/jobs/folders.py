"""The folders of jobs: what was uploaded with them and what they gave, on disk."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from satvo.schemas.durable import sync_path
from satvo.schemas.errors import NotFound
from satvo.service.jobs.book import Job, Result

__all__ = ["JobFolders"]

_ID = re.compile(r"[0-9a-f]{32}")
_YOUNG_S = 3600.0


class JobFolders:
    """One folder a job below the home's ``jobs``; in it ``uploads`` and a folder for each try.

    Parameters
    ----------
    home : Path
    """

    def __init__(self, home: Path) -> None:
        self._root = home.absolute() / "jobs"  # a job has a working folder of its own

    def of(self, job_id: str) -> Path:
        """The folder of a job, which need not be there.

        Raises
        ------
        NotFound
            If the name is none that a job can have, so that no name becomes another path.
        """
        if not _ID.fullmatch(job_id):
            raise NotFound(f"there is no job {job_id[:40]} here")
        return self._root / job_id

    def uploads(self, job_id: str) -> Path:
        """Where the job's uploads are; made, and the job's folder, if it is not there."""
        self._root.mkdir(exist_ok=True)
        folder = self.of(job_id)
        folder.mkdir(exist_ok=True, mode=0o700)
        # With its parents: the job may be deleted meanwhile.
        (folder / "uploads").mkdir(parents=True, exist_ok=True)
        return folder / "uploads"

    def part(self, job: Job) -> Path:
        """Where this try writes."""
        return self.of(job.job_id) / f"try-{job.tries}.part"

    @contextmanager
    def attempt(self, job: Job) -> Iterator[None]:
        """Makes the work folder of this try, and renames it to its final name when all went well.

        A try that was killed leaves a ``.part`` folder, which the next one removes: results are
        whole or not there.
        """
        part = self.part(job)
        for old in part.parent.glob("try-*"):
            shutil.rmtree(old, ignore_errors=True)
        part.mkdir()
        try:
            yield
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        for file in part.iterdir():
            sync_path(file)
        part.rename(part.with_suffix(""))
        sync_path(part.parent)

    def finished(self, job: Job) -> Path | None:
        """The folder of the last try that came to its end; None if none did."""
        found = (p for p in self.of(job.job_id).glob("try-*") if p.suffix != ".part")
        return next(found, None)

    def adopt(self, job: Job, folder: Path) -> None:
        """Let what an earlier try wrote be what this one gives."""
        folder.rename(self.part(job).with_suffix(""))

    def result(self, job: Job, result: Result) -> Path:
        """The file of a result.

        Raises
        ------
        NotFound
            If it is no longer there.
        """
        path = self.of(job.job_id) / f"try-{job.tries}" / result.file
        if not path.is_file():
            raise NotFound(f"the result {result.id} of job {job.job_id} is no longer there")
        return path

    def remove(self, job_id: str) -> None:
        """Remove a job's folder with all that is in it."""
        shutil.rmtree(self.of(job_id), ignore_errors=True)

    def remove_strays(self, known: Callable[[], set[str]]) -> None:
        """Remove folders whose job is not known, as a kill between two steps leaves them.

        Parameters
        ----------
        known : callable
            Ids of all jobs, asked for after the folders were looked at; the folder of a job is made
            before it is known, so one of the last hour is left alone.
        """
        latest = time.time() - _YOUNG_S
        if self._root.is_dir():
            old = [p for p in self._root.iterdir() if p.stat().st_mtime < latest]
            jobs = known()
            for folder in old:
                if _ID.fullmatch(folder.name) and folder.name not in jobs:
                    shutil.rmtree(folder, ignore_errors=True)
