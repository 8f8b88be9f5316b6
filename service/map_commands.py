"""``satvo map``."""

from __future__ import annotations

from pathlib import Path

import click
from satvo.service.commands import home_option, open_archive
from satvo.service.config import read_config

__all__ = ["map_group"]


@click.group("map")
def map_group() -> None:
    """Look after the maps of pass probabilities, which ``satvo passprob --register`` adds."""


@map_group.command("list")
@home_option
def map_list(home: Path | None) -> None:
    """Show the registered maps."""
    with open_archive(read_config(home=home)) as archive:
        for each in archive.maps():
            click.echo(
                f"{each['map_id']:24} {each['observer_id']:16} {each['t_min']:.5f}"
                f"  {each['population']}"
            )


@map_group.command("drop")
@home_option
@click.argument("name")
def map_drop(home: Path | None, name: str) -> None:
    """Forget the map NAME with all its pixels."""
    with open_archive(read_config(home=home)) as archive:
        count = archive.drop_map(name)
    click.echo(f"map {name} with {count} pixels is dropped")
