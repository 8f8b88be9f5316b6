"""The current element sets that an export is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import pyarrow as pa
from satvo.resources.ephemeris.planetarium.members import LeftOut, Member, elements_of
from satvo.schemas.errors import BadParameter, NotFound
from satvo.service.archive_commands import ArchiveCommands
from satvo.service.commands import home_option

__all__ = ["Selection", "select", "selecting", "tell_left_out"]

_SHOWN_REASONS = 5
_MOST_SATELLITES = 1_000_000
_MOST_NUMBERS = 1000
_CONSTELLATION = re.compile(r"[A-Za-z0-9_.-]{1,64}")

# Written out: what a TLE or OMM holds, and what planetariums show beside it.
_QUERY = (
    "SELECT g.norad_id, g.epoch, g.mean_motion, g.eccentricity, g.inclination, g.ra_of_asc_node, "
    "g.arg_of_pericenter, g.mean_anomaly, g.bstar, g.mean_motion_dot, g.mean_motion_ddot, "
    "COALESCE(s.object_name, g.object_name) AS object_name, g.object_id, g.mean_element_theory, "
    "g.classification_type, g.element_set_no, g.rev_at_epoch, g.originator, g.creation_date, "
    "g.tle_line1, g.tle_line2, s.constellation, s.mag_std, s.rcs "
    "FROM satvo.gp AS g LEFT OUTER JOIN satvo.satellite AS s ON g.norad_id = s.norad_id "
    "WHERE g.superseded_by IS NULL{conditions} ORDER BY g.norad_id"
)

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Selection:
    """Which satellites: those of all conditions given; none given, all.

    Attributes
    ----------
    norad_ids : tuple of int
    constellations : tuple of str
    simulated : bool
        Whether simulated ones are among them where no number or constellation is given.
    """

    norad_ids: tuple[int, ...]
    constellations: tuple[str, ...]
    simulated: bool


def selecting(command: Command) -> Command:
    """The options that choose the satellites of an export, and the home."""
    for option in (
        click.option("--simulated", is_flag=True, help="Take simulated satellites too."),
        click.option(
            "--constellation", "constellations", multiple=True, help="Only of it: starlink, ..."
        ),
        click.option(
            "--object", "norad_ids", multiple=True, type=int, help="Only this catalogue number."
        ),
        home_option,
    ):
        command = option(command)
    return command


def select(archive: ArchiveCommands, selection: Selection) -> list[Member]:
    """The satellites with their current element sets, by number.

    Raises
    ------
    BadParameter
        If a constellation is no word, or there are too many numbers.
    NotFound
        If there is no such satellite.
    """
    conditions = _conditions(selection)
    query = _QUERY.format(conditions=conditions)
    with closing(archive.query(query, format="arrow", maxrec=_MOST_SATELLITES)) as pieces:
        answer = b"".join(pieces)
    with pa.ipc.open_stream(answer) as stream:
        members = [elements_of(row) for batch in stream for row in batch.to_pylist()]
    if not members:
        raise NotFound("no satellite with elements is so; satvo ingest or satvo fetch adds some")
    return members


def _conditions(selection: Selection) -> str:
    """Further conditions in ADQL; no text goes into it that is not checked."""
    if len(selection.norad_ids) > _MOST_NUMBERS:
        raise BadParameter(
            f"{len(selection.norad_ids)} catalogue numbers; {_MOST_NUMBERS} are accepted"
        )
    for name in selection.constellations:
        if _CONSTELLATION.fullmatch(name) is None:
            raise BadParameter(
                f"--constellation {name[:40]!a}: letters, digits, _ . and - are accepted"
            )
    found = ""
    if selection.norad_ids:
        found += f" AND g.norad_id IN ({', '.join(str(int(n)) for n in selection.norad_ids)})"
    if selection.constellations:
        quoted = ", ".join(f"'{name}'" for name in selection.constellations)
        found += f" AND s.constellation IN ({quoted})"
    if not (selection.norad_ids or selection.constellations or selection.simulated):
        found += " AND g.norad_id < 900000000"
    return found


def tell_left_out(output: Path | None, written: int, left_out: list[LeftOut]) -> None:
    """Say on stderr what was written and what was not, with reasons."""
    where = "standard output" if output is None else str(output)
    click.echo(f"{where}: {written} satellites, {len(left_out)} left out", err=True)
    for one in left_out[:_SHOWN_REASONS]:
        click.echo(f"  {one.norad_id}: {one.reason}", err=True)
    if len(left_out) > _SHOWN_REASONS:
        click.echo(f"  and {len(left_out) - _SHOWN_REASONS} more", err=True)
