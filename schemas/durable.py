"""Making what was written outlast a loss of power."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["sync_path"]


def sync_path(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk (fsync(2)).

    Parameters
    ----------
    path : Path
        After a file was renamed, its folder.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
