"""Registering a thousand images, previews included."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from datetime import datetime
from pathlib import Path

from made_up_images import LICENCE, tan_image
from satvo.ingest.images.archive import ImageArchive
from satvo.ingest.images.batches import ImageFile, add_images
from satvo.schemas.store import open_store
from satvo.service.archive import archive_tables

__all__ = ["print_images"]

IMAGES = 1000
TOLD = {"licence": LICENCE, "obs_collection": "bench"}


def print_images(count: int = IMAGES) -> None:
    """Print the CPU time of this process and its children for images of 664x496, 32 bit."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = open_store("duckdb", home, wait_s=1)
        store.create(archive_tables())
        images = ImageArchive(store, home, "example.org", lambda: datetime(2026, 11, 22))
        # One picture, in which a number differs, so that making them takes no time here.
        content = tan_image(shape=(496, 664))
        files = [home / f"{number}.fits" for number in range(count)]
        for number, file in enumerate(files):
            file.write_bytes(content.replace(b"'A. Nobody'", f"'A. {number:06d}'".encode()))
        begun, before = time.perf_counter(), _cpu_s()
        told = add_images(images, (ImageFile(file.name, TOLD, file.open("rb")) for file in files))
        new = sum(report.status == "new" for report in told)
        assert new == count
        # The process that forks the children is waited for by nobody until it ends.
        cpu = _cpu_s() - before
        wall = time.perf_counter() - begun
        store.close()
    print(f"{count} images of 664x496 registered: {cpu:.1f} CPU s, {wall:.1f} s")


def _cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + sum(map(_with_children_s, _children(os.getpid())))


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _with_children_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    print_images()
