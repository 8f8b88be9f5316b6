"""`satvo`, but a job thread that comes to a given point kills the whole server at once.

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

from satvo.resources.constellations import build
from satvo.schemas.store.duckdb_store import DuckStore
from satvo.service.cli import main
from satvo.service.jobs import folders
from satvo.service.jobs.book import JobBook
from satvo.service.jobs.registration import Registrar

POINTS: dict[str, tuple[Any, str, bool]] = {
    "the child has begun": (subprocess, "Popen", True),
    "the child has ended": (folders, "_sync", False),
    "the files are whole": (JobBook, "begin_registering", False),
    "it cannot be aborted": (JobBook, "begin_registering", True),
    "the rows are not committed": (build, "register_job", True),
    "the rows are committed": (DuckStore, "write", True),
    "the report is written": (Registrar, "register", True),
    "it has completed": (JobBook, "complete", True),
}
"""Where, what is called there, and whether to kill after it rather than before."""


def killing(call: Callable[..., Any], after: bool) -> Callable[..., Any]:
    def kill() -> None:
        # The store has a thread of its own for what others write.
        if threading.current_thread().name.startswith(("job-", "store-writer")):
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
    where, name, after = POINTS[sys.argv.pop(1)]
    setattr(where, name, killing(getattr(where, name), after))
    main()
