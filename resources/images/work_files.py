"""Files of the archive in the work folder of a job."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["place_file"]


def place_file(source: Path, target: Path) -> None:
    """Put a stored file into a work folder: a link, or a copy where it is on another disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
