"""``satvo image``, and the part of ``satvo ingest`` that adds images."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from satvo.ingest.images.batches import ImageFile, ImageReport
from satvo.ingest.images.folder import open_plain
from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.ingest.unpacking import GZIP
from satvo.schemas.errors import BadParameter
from satvo.service.archive_commands import ArchiveCommands
from satvo.service.commands import fraction_progress, home_option, open_archive
from satvo.service.config import read_config

__all__ = ["Metadata", "image", "ingest_images", "is_image", "read_metadata"]

_ENDINGS = (".fits", ".fit", ".fts", ".fz", ".fits.gz", ".fit.gz")
_SIMPLE = b"SIMPLE  ="
_MAX_METADATA = 1 << 22

Metadata = tuple[dict[str, Any], Mapping[str, dict[str, Any]]]
"""What is told of all files, and of some by their names."""


def is_image(path: Path) -> bool:
    """Whether a file is FITS by its name or its beginning."""
    if path.name.lower().endswith(_ENDINGS):
        return True
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with path.open("rb") as file:
            head = file.read(len(_SIMPLE))
        if head.startswith(GZIP):
            with gzip.open(path) as unpacked:
                head = unpacked.read(len(_SIMPLE))
    except (OSError, EOFError, zlib.error):
        return False
    return head == _SIMPLE


def read_metadata(path: Path | None, **given: str | None) -> Metadata:
    """What is told of images: a file of YAML or JSON, and the options, which count more.

    Raises
    ------
    BadParameter
        If the file is none, or holds something else than columns and their values.
    """
    common: dict[str, Any] = {}
    each: dict[str, dict[str, Any]] = {}
    if path is not None:
        with open_plain(path, name=str(path)) as file:
            content = file.read(_MAX_METADATA + 1)
        if len(content) > _MAX_METADATA:
            raise BadParameter(f"{path}: has more than {_MAX_METADATA} bytes")
        found = read_plain_yaml(content, f"{path}: neither YAML nor JSON")
        common = _mapping(found or {}, str(path))
        files = _mapping(common.pop("files", {}), f"{path}: files")
        each = {str(name): _mapping(told, f"{path}: {name}") for name, told in files.items()}
    return common | {key: value for key, value in given.items() if value}, each


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadParameter(f"{what}: give columns and their values, one a line, as gain: 1.5")
    return {str(key): _plain(each) for key, each in value.items()}


def _plain(value: Any) -> Any:
    # YAML makes dates of what looks like them; all else is as JSON has it.
    return value.isoformat() if hasattr(value, "isoformat") else value


def ingest_images(archive: ArchiveCommands, paths: Sequence[Path], metadata: Metadata) -> int:
    """Add images, and say what became of each in one line; how many were rejected.

    What cannot be opened is told before the others are added.
    """
    rejected = 0
    good = []
    for path in paths:
        try:
            open_plain(path, name=str(path)).close()
            good.append(path)
        except BadParameter as err:
            _tell(ImageReport(str(path), "rejected", reason=str(err)))
            rejected += 1
    with fraction_progress("images") as progress:
        for number, report in enumerate(archive.add_images(_opened(good, metadata)), 1):
            _tell(report)
            rejected += report.status == "rejected"
            progress(number / len(good))
    return rejected


def _opened(paths: Sequence[Path], metadata: Metadata) -> Iterator[ImageFile]:
    common, each = metadata
    for path in paths:
        name = os.fsencode(path.name).decode("utf-8", "replace")
        with open_plain(path, name=str(path)) as stream:
            yield ImageFile(name, common | each.get(name, {}), stream)


def _tell(report: ImageReport) -> None:
    if report.status == "rejected":
        reason = report.reason.removeprefix(f"{report.name}: ")
        click.echo(f"{report.name}: rejected: {reason}", err=True)
        return
    missing = f"; missing: {', '.join(report.missing)}" if report.missing else ""
    click.echo(f"{report.name}: {report.status}, {report.did}{missing}")
    for text in report.doubtful:
        click.echo(f"  {report.name}: {text}", err=True)


@click.group()
def image() -> None:
    """Look after the images of the archive, which ``satvo ingest`` adds."""


@image.command("list")
@home_option
@click.option("--collection", help="Those of one collection alone.")
def image_list(home: Path | None, collection: str | None) -> None:
    """Show the images and other files of the archive."""
    with open_archive(read_config(home=home)) as archive:
        for row in archive.images_listed(collection):
            click.echo(
                f"{row['product_id']}  {row['role']:14} {row['size_bytes']:>13,} bytes  "
                f"{row['obs_collection']:20} {row['file_name']}"
            )


@image.command("show")
@home_option
@click.argument("name")
def image_show(home: Path | None, name: str) -> None:
    """Show what is known of the image NAME: its product_id or its obs_publisher_did."""
    with open_archive(read_config(home=home)) as archive:
        row = archive.image_row(name)
    for column, value in row.items():
        if value is not None:
            click.echo(f"{column:20} {value}")


@image.command("drop")
@home_option
@click.argument("name")
def image_drop(home: Path | None, name: str) -> None:
    """Remove the image NAME, its pictures and its trails."""
    with open_archive(read_config(home=home)) as archive:
        archive.drop_image(name)
    click.echo(f"{name} is dropped")
