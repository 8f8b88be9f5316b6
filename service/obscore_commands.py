"""``satvo obscore``."""

from __future__ import annotations

from pathlib import Path

import click
from satvo.schemas.errors import BadParameter
from satvo.service.commands import collection_line, home_option, open_archive
from satvo.service.config import read_config

__all__ = ["obscore"]


@click.group()
def obscore() -> None:
    """Register images held elsewhere, as rows of ivoa.obscore."""


@obscore.command("add")
@home_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--collection", required=True, help="What they are called together (obs_collection).")
@click.option("--replace", is_flag=True, help="Forget the collection of that name first.")
def obscore_add(home: Path | None, file: Path, collection: str, replace: bool) -> None:
    """Register the images in FILE: a VOTable, ECSV, CSV, FITS or Parquet with ObsCore's columns.

    obs_id and access_url are needed; all others may be missing.
    """
    from satvo.service.obscore_files import read_images

    config = read_config(home=home)
    try:
        with file.open("rb") as stream:
            rows = read_images(stream, collection=collection, authority=config.authority)
    except OSError as err:
        raise BadParameter(f"{file}: cannot be read: {err.strerror}") from err
    with open_archive(config) as archive:
        count = archive.add_held_elsewhere(collection, rows, replace=replace)
    click.echo(f"collection {collection}: {count} images")


@obscore.command("list")
@home_option
def obscore_list(home: Path | None) -> None:
    """Show the collections of images held elsewhere."""
    with open_archive(read_config(home=home)) as archive:
        for each in archive.held_elsewhere():
            click.echo(collection_line(each, "images"))


@obscore.command("drop")
@home_option
@click.argument("name")
def obscore_drop(home: Path | None, name: str) -> None:
    """Forget the images held elsewhere of the collection NAME."""
    with open_archive(read_config(home=home)) as archive:
        count = archive.drop_held_elsewhere(name)
    click.echo(f"collection {name} with {count} images is dropped")
