"""``satvo constellation``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import read_moment
from satvo.schemas.satellite import FIRST_SIMULATED
from satvo.service.commands import fraction_progress, home_option, open_archive, write_whole
from satvo.service.config import read_config

if TYPE_CHECKING:
    from satvo.ingest.constellations.shells import Constellation
    from satvo.resources.constellations.simulation import SimulatedElements

__all__ = ["constellation"]

_FIRST_IN_TLE = 100_000
"""The first number of alpha-5: below are those of the real catalogue."""

_SUFFIXES = (".tle", ".3le", ".json", ".csv", ".xml", ".kvn")


@click.command("constellation")
@home_option
@click.argument("name_or_file", required=False)
@click.option("--epoch", help="Of the elements: UTC, e.g. 2027-01-31T00:00:00.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Where shells begin, and what is random; with 0 they begin at node 0.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"File to write: {', '.join(_SUFFIXES)} (default: JSON to standard output).",
)
@click.option(
    "--first-number",
    type=int,
    help=f"Of the first satellite.  [default: {_FIRST_IN_TLE} in TLE, else {FIRST_SIMULATED}]",
)
@click.option("--register", is_flag=True, help="Add them to satvo.gp, with the archive's numbers.")
@click.option("--list", "listed", is_flag=True, help="Show the filed constellations.")
def constellation(
    home: Path | None,
    name_or_file: str | None,
    epoch: str | None,
    seed: int,
    output: Path | None,
    first_number: int | None,
    register: bool,
    listed: bool,
) -> None:
    """Simulate the elements of NAME_OR_FILE, a filed constellation or a definition (YAML).

    Written are TLE (.tle; .3le with names) or OMM (.json, .csv, .xml, .kvn).
    """
    if listed:
        _list()
        return
    from satvo.resources.constellations.filed import check_own_name, find_constellation
    from satvo.resources.constellations.simulation import simulated_elements

    suffix = ".json" if output is None else output.suffix.lower()
    if suffix not in _SUFFIXES:
        raise BadParameter(f"{output}: its ending tells no format; give {', '.join(_SUFFIXES)}")
    if name_or_file is None:
        raise BadParameter("no constellation; give a definition file, or a name that --list shows")
    moment = _moment(epoch)
    found = find_constellation(name_or_file)
    if register:
        check_own_name(found)
    if output is not None or not register:
        begin = _FIRST_IN_TLE if suffix in (".tle", ".3le") else FIRST_SIMULATED
        number = begin if first_number is None else first_number
        elements = simulated_elements(found, epoch=moment, seed=seed, first_number=number)
        _write(output, _writer(suffix)(elements))
        click.echo(f"{output or 'standard output'}: {len(elements)} satellites", err=True)
    if register:
        _register(home, found, moment, seed)


def _list() -> None:
    from satvo.resources.constellations.filed import filed_constellations

    for each in filed_constellations():
        verified = "verified" if each.verified else "not verified"
        size = f"{each.name:26}{each.satellites:>8} satellites"
        shells = f"{len(each.shells)} shell{'s' if len(each.shells) > 1 else ' '}"
        click.echo(f"{size} {shells:>10}  {verified:14}{each.filing}")


def _moment(text: str | None) -> datetime:
    if text is None:
        raise BadParameter("--epoch is missing; give a time in UTC, e.g. 2027-01-31T00:00:00")
    try:
        return read_moment(text)
    except ValueError as err:
        raise BadParameter(
            f"--epoch {text[:40]!a}: give a time in UTC, e.g. 2027-01-31T00:00:00"
        ) from err


def _writer(suffix: str) -> Callable[[SimulatedElements], Iterator[bytes]]:
    from satvo.resources.constellations.writing import write_simulated, write_simulated_tle

    if suffix in (".tle", ".3le"):
        return lambda elements: write_simulated_tle(elements, names=suffix == ".3le")
    return lambda elements: write_simulated(elements, suffix[1:])


def _write(output: Path | None, pieces: Iterator[bytes]) -> None:
    if output is None:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():
        with output.open("wb") as stream:  # a pipe or a device: renaming would replace it
            stream.writelines(pieces)
    else:
        write_whole(output, pieces)


def _register(home: Path | None, found: Constellation, epoch: datetime, seed: int) -> None:
    """Computed here, and taken in by the archive; a server may come and go meanwhile."""
    from satvo.resources.constellations.job import write_files

    config = read_config(home=home)
    with tempfile.TemporaryDirectory(prefix="satvo-constellation-") as made:
        folder = Path(made)
        with fraction_progress(f"constellation {found.name}") as progress:
            write_files(found, folder, epoch=epoch, seed=seed, progress=progress)
        with open_archive(config) as archive:
            told = archive.register_build("constellation", folder)
    click.echo(
        f"{told['constellation']}: {told['element_sets']} element sets, {told['new']} new, "
        f"numbers {told['first_norad_id']} to {told['last_norad_id']}"
    )
