"""``satvo observer``."""

from __future__ import annotations

from pathlib import Path

import click
from satvo.service.commands import home_option, open_archive
from satvo.service.config import read_config

__all__ = ["observer"]


@click.group()
def observer() -> None:
    """Register the sites that positions and passes are computed for."""


@observer.command("add")
@home_option
@click.argument("name")
@click.option("--at", help="Where it stands: 'lon,lat,height' (deg, deg, m), 'x,y,z' (ITRF, m).")
@click.option("--facility", help="What it is called in words.")
def observer_add(home: Path | None, name: str, at: str | None, facility: str | None) -> None:
    """Register the site NAME: one that is known by this name or MPC code, or one with --at."""
    with open_archive(read_config(home=home)) as archive:
        added = archive.add_observer(name, at, facility)
    click.echo(f"observer {_line(added)}")


@observer.command("list")
@home_option
@click.option("--known", is_flag=True, help="Those that have a name here, registered or not.")
def observer_list(home: Path | None, known: bool) -> None:
    """Show the registered observers."""
    if known:
        from satvo.resources.ephemeris.sites import known_sites

        for site in known_sites():
            click.echo(f"{site.observer_id:20}{site.mpc_code or '':5}{site.facility_name}")
        return
    with open_archive(read_config(home=home)) as archive:
        for each in archive.observers():
            click.echo(_line(each))


@observer.command("drop")
@home_option
@click.argument("name")
def observer_drop(home: Path | None, name: str) -> None:
    """Forget the observer NAME; what was computed for it stays."""
    with open_archive(read_config(home=home)) as archive:
        archive.drop_observer(name)
    click.echo(f"observer {name} is dropped")


def _line(row: dict[str, object]) -> str:
    return (
        f"{row['observer_id']:20}{row['mpc_code'] or '':5}{row['lon']:>12.6f}{row['lat']:>12.6f}"
        f"{row['height']:>9.1f} m  {row['facility_name']}"
    )
