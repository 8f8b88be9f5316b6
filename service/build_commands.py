"""``satvo build``: fills tables in advance."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from satvo.service.commands import fraction_progress, home_option, open_archive
from satvo.service.config import read_config

__all__ = ["build"]


@click.group()
def build() -> None:
    """Fill the tables that are computed in advance."""


_observer = click.option(
    "--observer", "observers", multiple=True, help="A registered observer.  [default: all]"
)
_start = click.option("--start", help="ISO 8601 in UTC, or MJD.  [default: the present hour]")
_hours = click.option("--hours", type=float, default=24.0, show_default=True)
_max_age = click.option(
    "--max-age", type=float, default=30.0, show_default=True, help="Days elements may be away."
)
_constellation = click.option(
    "--constellation", "constellations", multiple=True,
    help="Only this constellation, which may be a simulated one.  [default: all that flies]",
)  # fmt: skip
_keep = click.option(
    "--keep", type=float, help="Remove rows that are older than so many days before the start."
)


@build.command("ephemeris")
@home_option
@_observer
@_start
@_hours
@click.option("--step", type=float, default=60.0, show_default=True, help="Seconds.")
@_max_age
@_constellation
@_keep
def build_ephemeris(home: Path | None, **given: Any) -> None:
    """Positions above each registered observer's horizon, into satvo.ephemeris.

    Rows of the same observers and span are replaced.
    """
    told = _filled(home, "ephemeris", _parameters(given))
    click.echo(f"satvo.ephemeris: {told['rows']} rows written, {told['replaced']} removed")


@build.command("transits")
@home_option
@_observer
@_start
@_hours
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(["pass", "fov"]),
    help="Passes above the horizon, or crossings of planned exposures.  [default: both]",
)
@_max_age
@_constellation
@_keep
def build_transits(home: Path | None, **given: Any) -> None:
    """Passes above registered observers and crossings of planned exposures, into satvo.transit.

    Those of the same observers and span, or of the same exposures, are replaced.
    """
    told = _filled(home, "transits", _parameters(given))
    click.echo(f"satvo.transit: {told['rows']} rows written, {told['replaced']} removed")
    for reason, count in sorted(told["left_out"].items()):
        click.echo(f"  left out: {count} planned observations, {reason}", err=True)


def _parameters(given: Mapping[str, Any]) -> dict[str, str]:
    """Options as the parameters of the job."""
    names = {"observers": "OBSERVER", "constellations": "CONSTELLATION", "kinds": "KIND"}
    found = {}
    for option, value in given.items():
        if value is not None and value != ():
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            found[names.get(option, option.replace("_", "").upper())] = text
    return found


def _filled(home: Path | None, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Prepared and taken in by the archive, computed here; a server may come and go meanwhile."""
    from satvo.service.builds import compute

    config = read_config(home=home)
    with tempfile.TemporaryDirectory(prefix="satvo-build-") as made:
        folder = Path(made)
        with open_archive(config) as archive:
            archive.prepare_build(name, parameters, folder)
        with fraction_progress(f"build {name}") as progress:
            compute(name, parameters, folder, progress)
        with open_archive(config) as archive:
            return dict(archive.register_build(name, folder))
