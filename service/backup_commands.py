"""``satvo backup`` and ``satvo restore``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
from satvo.service.backup_images import image_checksum
from satvo.service.backup_manifest import Manifest
from satvo.service.backup_reader import read_manifest
from satvo.service.commands import bytes_progress, home_option, open_archive, write_whole
from satvo.service.config import read_config

__all__ = ["backup", "restore"]


@click.command()
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(home: Path | None, file: Path) -> None:
    """Write tables, images, jobs and tokens into FILE, while the server answers.

    FILE is there whole or not at all, and for its owner alone: it holds what clients uploaded and
    the digests of their tokens.
    """
    with (
        open_archive(read_config(home=home)) as archive,
        closing(archive.backup()) as pieces,
        bytes_progress(str(file)) as progress,
    ):

        def counted() -> Iterator[bytes]:
            for piece in pieces:
                progress(len(piece))
                yield piece

        write_whole(file, counted(), mode=0o600)
    click.echo(f"{file}: {_contents(read_manifest(file))}, {file.stat().st_size:,} bytes")


@click.command()
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(home: Path | None, file: Path) -> None:
    """Make a home from a backup.

    The home must hold nothing. It is made whole or not at all.
    """
    from satvo.service.restore import restore_backup

    config = read_config(home=home)
    manifest = restore_backup(config, file, lambda line: print(line, file=sys.stderr))
    click.echo(f"made {config.home}: {_contents(manifest)}, as of {manifest.made} UTC")


def _contents(manifest: Manifest) -> str:
    rows = sum(part.rows for part in manifest.tables)
    state = ", ".join(f"{part.rows:,} {part.name}s" for part in manifest.state)
    images = sum(image_checksum(name) is not None for name in manifest.members)
    return f"{rows:,} rows of {len(manifest.tables)} tables, {state}, {images:,} files of images"
