"""`satvo`, but a thread that comes to a given point kills the whole server at once.

Called as ``killing_server.py POINT serve ...``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from satvo.ingest.images import archive as image_archive
from satvo.ingest.images.archive import ImageArchive
from satvo.ingest.images.folder import ImageFolder
from satvo.resources.constellations import build
from satvo.schemas.store.duckdb_store import DuckStore
from satvo.service.cli import main
from satvo.service.jobs import folders
from satvo.service.jobs.book import JobBook
from satvo.service.jobs.registration import Registrar
from satvo.service.protocols import images_api

POINTS: dict[str, tuple[Any, str, bool]] = {
    "the child has begun": (subprocess, "Popen", True),
    "the child has ended": (folders, "sync_path", False),
    "the files are whole": (JobBook, "begin_registering", False),
    "it cannot be aborted": (JobBook, "begin_registering", True),
    "the rows are not committed": (build, "register_job", True),
    "the rows are committed": (DuckStore, "write", True),
    "the report is written": (Registrar, "register", True),
    "it has completed": (JobBook, "complete", True),
}
"""Where a job is, what is called there, and whether to kill after it rather than before."""

UPLOAD_POINTS: dict[str, tuple[Any, str, bool]] = {
    "it is received": (images_api, "register_images", False),
    "one file is examined": (ImageArchive, "examine", True),
    "all files are examined": (ImageArchive, "add", False),
    "one file is in its place": (ImageFolder, "place", True),
    "the rows are written": (image_archive, "_check_references", True),
    "the images are in the archive": (ImageArchive, "add", True),
}
"""The same of a request that brings images."""

IMAGE_POINTS: dict[str, tuple[Any, str, bool]] = {
    "a file of the job is in its place": (ImageFolder, "place", True),
    "the rows of the job's images are written": (image_archive, "_check_references", True),
    "the job's images are in the archive": (ImageArchive, "add", True),
}
"""The same of a job that brings images."""


def killing(call: Callable[..., Any], after: bool, threads: tuple[str, ...]) -> Callable[..., Any]:
    def kill() -> None:
        if threading.current_thread().name.startswith(threads):
            os.killpg(0, signal.SIGKILL)

    def called(*arguments: Any, **options: Any) -> Any:
        if not after:
            kill()
        result = call(*arguments, **options)
        if after:
            kill()
        return result

    return called


if __name__ == "__main__":
    point = sys.argv.pop(1)
    # The store has a thread of its own for what others write; gunicorn's have no names of theirs.
    threads = (
        "ThreadPoolExecutor" if point in UPLOAD_POINTS else "job-",
        "store-writer",
    )
    where, name, after = (POINTS | UPLOAD_POINTS | IMAGE_POINTS)[point]
    setattr(where, name, killing(getattr(where, name), after, threads))
    main()
