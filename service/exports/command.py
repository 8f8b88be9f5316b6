"""``satvo export tle``, ``stellarium``, ``openspace``, ``czml`` and ``wwt``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from satvo.resources.ephemeris.planetarium.members import LeftOut, Member
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import read_moment
from satvo.service.commands import open_archive, write_whole
from satvo.service.config import read_config
from satvo.service.exports.selection import Selection, select, selecting, tell_left_out

__all__ = ["PLANETARIUM_COMMANDS"]

_output = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write."
)


@click.command("tle")
@selecting
@_output
@click.option("--no-names", is_flag=True, help="Two lines a satellite, without its name.")
def export_tle(output: Path | None, no_names: bool, **selection: Any) -> None:
    """Write current element sets as TLE with names (3LE), numbers to 339999 in alpha-5."""
    from satvo.resources.ephemeris.planetarium.tle import tle_file

    def pieces(members: list[Member], left_out: list[LeftOut]) -> Iterator[str]:
        return tle_file(members, left_out, names=not no_names)

    _write(output, pieces, selection)


@click.command("stellarium")
@selecting
@_output
def export_stellarium(output: Path | None, **selection: Any) -> None:
    """Write a satellites.json for Stellarium's Satellites plugin."""
    from satvo.resources.ephemeris.planetarium.stellarium import stellarium_json

    def pieces(members: list[Member], left_out: list[LeftOut]) -> Iterator[str]:
        return stellarium_json(members, left_out, updated=_now())

    _write(output, pieces, selection)


@click.command("openspace")
@selecting
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("openspace"),
    show_default=True,
    help="Folder to write.",
)
@click.option("--name", default="satvo", show_default=True, help="Of the asset in the scene.")
def export_openspace(output: Path, name: str, **selection: Any) -> None:
    """Write an OpenSpace asset with the elements (OMM) beside it."""
    from satvo.resources.ephemeris.planetarium.openspace import openspace_asset, openspace_omm

    openspace_asset(name, "elements.txt", 0)  # a bad name is told before anything is written
    members = _members(selection)
    left_out: list[LeftOut] = []
    output.mkdir(parents=True, exist_ok=True)
    write_whole(output / f"{name}.omm.txt", _bytes(openspace_omm(members, left_out)))
    count = len(members) - len(left_out)
    asset = openspace_asset(name, f"{name}.omm.txt", count)
    write_whole(output / f"{name}.asset", [asset.encode()])
    tell_left_out(output, count, left_out)


def _over_time(command: Callable[..., None]) -> Callable[..., None]:
    """The options of an export of places over a time."""
    for option in (
        click.option("--step", default=60.0, show_default=True, help="Seconds between places."),
        click.option("--hours", default=2.0, show_default=True, help="How long."),
        click.option("--start", help="UTC, e.g. 2026-11-22T18:00:00 (default: now)."),
    ):
        command = option(command)
    return command


@click.command("czml")
@selecting
@_output
@_over_time
def export_czml(
    output: Path | None, start: str | None, hours: float, step: float, **selection: Any
) -> None:
    """Write the places of satellites over a time for Cesium (CZML)."""
    from satvo.resources.ephemeris.planetarium.czml import czml
    from satvo.resources.ephemeris.planetarium.tracks import Grid, tracks

    grid = Grid.spanning(_moment(start), hours * 3600.0, step)

    def pieces(members: list[Member], left_out: list[LeftOut]) -> Iterator[str]:
        return czml(tracks(members, grid, left_out), grid)

    _write(output, pieces, selection)


@click.command("wwt")
@selecting
@_output
@_over_time
def export_wwt(
    output: Path | None, start: str | None, hours: float, step: float, **selection: Any
) -> None:
    """Write the places of satellites over a time as a layer table for WorldWide Telescope."""
    from satvo.resources.ephemeris.planetarium.tracks import Grid, tracks
    from satvo.resources.ephemeris.planetarium.worldwide_telescope import wwt_csv

    grid = Grid.spanning(_moment(start), hours * 3600.0, step)

    def pieces(members: list[Member], left_out: list[LeftOut]) -> Iterator[str]:
        return wwt_csv(tracks(members, grid, left_out), grid)

    _write(output, pieces, selection)


PLANETARIUM_COMMANDS = (export_tle, export_stellarium, export_openspace, export_czml, export_wwt)
"""What `satvo export` gets from here."""


def _write(
    output: Path | None,
    pieces: Callable[[list[Member], list[LeftOut]], Iterator[str]],
    selection: dict[str, Any],
) -> None:
    """Write the pieces of an export to a file, whole or not at all, or to standard output."""
    members = _members(selection)
    left_out: list[LeftOut] = []
    content = _bytes(pieces(members, left_out))
    if output is None:
        sys.stdout.buffer.writelines(content)
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():
        with output.open("wb") as stream:  # a pipe or a device: renaming would replace it
            stream.writelines(content)
    else:
        write_whole(output, content)
    tell_left_out(output, len(members) - len(left_out), left_out)


def _members(options: dict[str, Any]) -> list[Member]:
    config = read_config(home=options.pop("home"))
    with open_archive(config) as archive:
        return select(archive, Selection(**options))


def _bytes(pieces: Iterable[str]) -> Iterator[bytes]:
    return (piece.encode() for piece in pieces)


def _moment(text: str | None) -> datetime:
    if text is None:
        return _now()
    try:
        return read_moment(text)
    except ValueError as err:
        raise BadParameter(
            f"--start {text[:40]!a}: a UTC time as 2026-11-22T18:00:00 is accepted"
        ) from err


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
