"""The process of one compute job: it sees files, never the database.

Started by `satvo.service.jobs.process` with its order as JSON on standard input; tells progress,
and in the end results or an error, as lines of JSON on standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from satvo.ingest.limits import restrict_process
from satvo.schemas.errors import SatvoError
from satvo.service.jobs.tables import written

__all__: list[str] = []

_OPEN_FILES = 256


def main() -> None:
    """Carry out the order; exit 0 when it is done or its error is told."""
    order = json.load(sys.stdin)
    restrict_process(
        parent=order["parent"],
        cpu_s=order["cpu_s"],
        memory_bytes=order["memory_bytes"],
        file_bytes=order["file_bytes"],
        open_files=_OPEN_FILES,
    )
    # Whatever a library prints must not mix with the lines that the parent reads.
    lines = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)

    def tell(**line: Any) -> None:
        lines.write(json.dumps(line) + "\n")

    module, _, name = order["run"].partition(":")
    try:
        run = getattr(importlib.import_module(module), name)
        results = run(
            dict(order["parameters"]),
            Path(order["folder"]),
            Path(order["uploads"]),
            lambda fraction: tell(progress=float(fraction)),
        )
        wanted = dict(order["parameters"]).get("RESPONSEFORMAT") or "votable"
        tell(results=[written(each, Path(order["folder"]), wanted) for each in results])
    except SatvoError as err:
        tell(error=str(err))
    except MemoryError:
        tell(error="the job needs more memory than one job may use", limit=True)
    except Exception:  # noqa: BLE001  the parent logs what is on standard error
        traceback.print_exc()
        sys.exit(1)


if __name__ == "__main__":
    main()
