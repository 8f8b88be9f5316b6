"""What every command shares: the home, the archive behind it, errors, and progress."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import DownloadColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from satvo.ingest.load import LoadReport
from satvo.schemas.durable import sync_path
from satvo.schemas.errors import BadParameter, HomeInUse
from satvo.service.archive import Archive
from satvo.service.archive_commands import ArchiveCommands
from satvo.service.config import Config
from satvo.service.remote import RemoteArchive, server_answers

__all__ = [
    "archive_file",
    "bytes_progress",
    "check_archive",
    "collection_line",
    "fraction_progress",
    "home_option",
    "open_archive",
    "options_of",
    "progress_of",
    "report_line",
    "tell_report",
    "write_whole",
]

SHOWN_REASONS = 20
_TOLD_BYTES = 1 << 26

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the archive (default: SATVO_HOME, else ./var).",
)


def options_of(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator of many options of click, which a command shows in their order."""

    def add(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return add


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


def tell_report(name: str, report: LoadReport) -> None:
    """Print what became of a file, and on stderr why pieces of it were left out."""
    click.echo(report_line(name, report))
    for rejected in report.reasons[:SHOWN_REASONS]:
        click.echo(f"  {name}:{rejected.line}: {rejected.reason}", err=True)
    if report.rejected > SHOWN_REASONS:
        click.echo(f"  and {report.rejected - SHOWN_REASONS} more rejected", err=True)


def report_line(name: str, report: LoadReport) -> str:
    """What became of the records of a file, in one line."""
    changed = f", {report.changed} changed" if report.changed else ""
    return (
        f"{name}: {report.read} read, {report.new} new{changed}, "
        f"{report.unchanged} unchanged, {report.rejected} rejected"
    )


@contextmanager
def fraction_progress(name: str) -> Iterator[Callable[[float], object]]:
    """The same for work of which the fraction done is known; a line each tenth elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        told = 0

        def tell(fraction: float) -> None:
            nonlocal told
            if int(fraction * 10) > told:
                told = int(fraction * 10)
                print(f"{name}: {told * 10} %", file=sys.stderr)

        yield tell
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(name, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


@contextmanager
def bytes_progress(name: str) -> Iterator[Callable[[int], object]]:
    """The same for what is written: to be told of each piece's length."""
    console = Console(stderr=True)
    if not console.is_terminal:
        size = 0

        def tell(length: int) -> None:
            nonlocal size
            size += length
            if size // _TOLD_BYTES > (size - length) // _TOLD_BYTES:
                print(f"{name}: {size >> 20} MiB", file=sys.stderr)

        yield tell
        return
    with Bar(
        SpinnerColumn(),
        TextColumn(name),
        DownloadColumn(binary_units=True),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task(name, total=None)
        yield lambda length: bar.advance(task, length)


def collection_line(collection: Mapping[str, Any], rows: str) -> str:
    """A line about a collection of observations, as `satvo.service.declared_tables` lists them.

    Parameters
    ----------
    collection : mapping
        name, rows, since and until (MJD in UTC, or None).
    rows : str
        What its rows are called.
    """
    since, until = (
        "-" if collection[key] is None else f"{collection[key]:.5f}" for key in ("since", "until")
    )
    return f"{collection['name']:24}{collection['rows']:>10,} {rows}  {since} {until}"


def write_whole(output: Path, pieces: Iterable[bytes], *, mode: int = 0o666) -> None:
    """Write a file that is there whole or not at all.

    Parameters
    ----------
    output : Path
    pieces : iterable of bytes
    mode : int
        Its permissions, less the umask.
    """
    part = output.with_name(f".{output.name}.part")
    part.unlink(missing_ok=True)  # of a command that was killed; its permissions would stay
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(output)
        sync_path(output.parent)
    finally:
        part.unlink(missing_ok=True)
