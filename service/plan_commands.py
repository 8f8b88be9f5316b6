"""``satvo plan``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from satvo.schemas.errors import BadParameter
from satvo.service.commands import collection_line, home_option, open_archive
from satvo.service.config import read_config

__all__ = ["plan"]


@click.group()
def plan() -> None:
    """Register observing plans, the rows of ivoa.obsplan (ObsLocTAP)."""


@plan.command("add")
@home_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="What the plan is called (default: the file's name, without ending).")
@click.option("--site", help="The site, for a file without facility_name: a name or an MPC code.")
@click.option("--replace", is_flag=True, help="Forget the plan of that name first.")
def plan_add(
    home: Path | None, file: Path, name: str | None, site: str | None, replace: bool
) -> None:
    """Register the plan in FILE: a VOTable, ECSV, CSV, FITS or Parquet with obsplan's columns.

    obs_id is needed, and facility_name or --site; all others may be missing.
    """
    from satvo.resources.ephemeris.sites import find_site
    from satvo.service.plan_files import read_plan

    facility = find_site(site).facility_name if site else None
    name = name or file.name.partition(".")[0]
    config = read_config(home=home)
    try:
        with file.open("rb") as stream:
            now = datetime.now(UTC).replace(tzinfo=None)
            rows = read_plan(stream, name=name, planned=now, facility=facility)
    except OSError as err:
        raise BadParameter(f"{file}: cannot be read: {err.strerror}") from err
    with open_archive(config) as archive:
        count = archive.add_plan(name, rows, replace=replace)
    click.echo(f"plan {name}: {count} observations")


@plan.command("list")
@home_option
def plan_list(home: Path | None) -> None:
    """Show the registered plans."""
    with open_archive(read_config(home=home)) as archive:
        for each in archive.plans():
            click.echo(collection_line(each, "observations"))


@plan.command("drop")
@home_option
@click.argument("name")
def plan_drop(home: Path | None, name: str) -> None:
    """Forget the plan NAME with all its observations."""
    with open_archive(read_config(home=home)) as archive:
        count = archive.drop_plan(name)
    click.echo(f"plan {name} with {count} observations is dropped")
