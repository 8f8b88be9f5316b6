"""Files of the archive in the work folder of a job, and files that came with it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["place_file", "uploaded_part"]


def place_file(source: Path, target: Path) -> None:
    """Put a stored file into a work folder: a link, or a copy where it is on another disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def uploaded_part(uploads: Path, part: str) -> Path | None:
    """The file that came last with a job under this name; None where none did."""
    named = sorted(uploads.glob("*.name"), key=lambda path: int(path.stem), reverse=True)
    for path in named:
        if path.read_text("utf-8").upper() == part:
            return path.with_suffix("")
    return None
