"""Files and folders that are there while their process is at work on them, and swept after a kill.

Each is locked (flock(2)) by whoever made it, and the system unlocks what a killed process had. So a
sweep needs no ages and no process numbers, which are given out anew.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["held_file", "held_folder", "sweep"]


@contextmanager
def held_folder(parent: Path) -> Iterator[Path]:
    """A new folder in another, which is made where it is missing; removed at the end."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(parent, fcntl.LOCK_SH):  # no sweep before it is locked
        folder = Path(tempfile.mkdtemp(dir=parent))
        lock = _lock(folder, fcntl.LOCK_SH)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def held_file(parent: Path) -> tuple[int, Path]:
    """A new file in a folder, open for writing; locked until the last of its descriptors closes.

    The caller removes it, or renames it to where it is to stay.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(parent, fcntl.LOCK_SH):
        descriptor, path = tempfile.mkstemp(dir=parent)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor, Path(path)


def sweep(parent: Path) -> int:
    """Remove what killed processes left in a folder, and nothing that is at work; how many."""
    if not parent.is_dir():
        return 0
    swept = 0
    with _locked(parent, fcntl.LOCK_EX):
        for each in parent.iterdir():
            try:
                lock = _lock(each, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # it is at work, or ends just now
                continue
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            else:
                with suppress(FileNotFoundError):
                    each.unlink()
            os.close(lock)
            swept += 1
    return swept


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = _lock(folder, how)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, how: int) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
