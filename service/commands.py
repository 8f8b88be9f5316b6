"""What every command shares: the home, the archive behind it, errors, and progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from satvo.ingest.load import LoadReport
from satvo.schemas.errors import BadParameter, HomeInUse
from satvo.service.archive import Archive, ArchiveCommands
from satvo.service.config import Config
from satvo.service.remote import RemoteArchive, server_answers

__all__ = ["archive_file", "check_archive", "open_archive", "progress_of"]


def archive_file(config: Config) -> Path:
    """The file of a home that is there when its archive is made, and holds it, if embedded."""
    return config.home / ("archive.duckdb" if config.store == "duckdb" else "archive.postgresql")


def check_archive(config: Config) -> None:
    """See that the home holds an archive; a command but `init` makes none.

    Raises
    ------
    BadParameter
        If it holds none.
    """
    if not archive_file(config).exists():
        raise BadParameter(f"there is no archive in {config.home}; make it with satvo init")


@contextmanager
def open_archive(config: Config) -> Iterator[ArchiveCommands]:
    """The archive of a home: asked of its server where one runs, opened here where none does.

    Raises
    ------
    BadParameter
        If the home holds no archive.
    HomeInUse
        If another command has it for longer than ``boot_seconds``.
    """
    check_archive(config)
    archive = _reached(config)
    try:
        yield archive
    finally:
        archive.close()


def _reached(config: Config) -> ArchiveCommands:
    deadline = time.monotonic() + config.boot_seconds
    while True:
        if server_answers(config.socket):
            return RemoteArchive(config.socket)
        try:
            return Archive(config, wait_s=0.2)
        except HomeInUse:
            # Another command, or a server that is just starting and will listen in a moment.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def progress_of(name: str) -> Iterator[Callable[[LoadReport], object]]:
    """A bar on a terminal, plain lines elsewhere; both on stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda report: print(f"{name}: {report.read} records read", file=sys.stderr)
        return
    with Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task(f"{name}: reading")

        def show(report: LoadReport) -> None:
            bar.update(task, description=f"{name}: {report.read} records read, {report.new} new")

        yield show
