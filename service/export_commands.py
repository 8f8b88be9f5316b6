"""``satvo export omm`` and ``satvo export oem``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import click
from satvo.resources.ephemeris.oem import OEM_WRITERS, write_oem
from satvo.resources.ephemeris.stored import FILE_COLUMNS, STATE_COLUMNS, segment_of_rows
from satvo.resources.orbits.omm import OMM_WRITERS, write_omm
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.errors import BadParameter, NoOrbit
from satvo.schemas.gp import GP, ElementSet
from satvo.schemas.moments import mjd_of, read_moment
from satvo.service.archive_commands import ArchiveCommands
from satvo.service.arrow_reader import query_batches, query_rows
from satvo.service.commands import home_option, open_archive, write_whole
from satvo.service.config import read_config

__all__ = ["export_oem", "export_omm"]

_SETS = tuple(f.name for f in fields(ElementSet) if f.name in GP.columns)

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, whole or not at all (default: standard output).",
)


@click.command("omm")
@home_option
@click.option("--object", "objects", multiple=True, type=int, help="One catalogue number.")
@click.option("--constellation", help="A constellation, e.g. starlink, sim-kuiper.")
@click.option("--history", is_flag=True, help="All sets, not only the current one of each object.")
@click.option("--known-at", help="As known at this time (UTC): sets received until then.")
@click.option("--notation", type=click.Choice(list(OMM_WRITERS)), default="json", show_default=True)
@output_option
def export_omm(
    home: Path | None,
    objects: tuple[int, ...],
    constellation: str | None,
    history: bool,
    known_at: str | None,
    notation: str,
    output: Path | None,
) -> None:
    """Write element sets as OMM, which other programs read: KVN, XML, JSON or CSV."""
    conditions = _of_objects(objects, constellation)
    if known_at is not None:
        conditions.append(f"g.ingest_date <= '{_moment('--known-at', known_at).isoformat()}'")
    if not history and known_at is None:
        conditions.append("g.superseded_by IS NULL")
    joined = " JOIN satvo.satellite AS s ON g.norad_id = s.norad_id" if constellation else ""
    query = _adql(
        [f"g.{name}" for name in _SETS],
        f"satvo.gp AS g{joined}",
        conditions,
        "g.norad_id, g.epoch",
    )
    with open_archive(read_config(home=home)) as archive:
        sets = _element_sets(archive, query)
        if known_at is not None and not history:
            sets = _newest(sets)
        _write(output, write_omm(sets, notation))


@click.command("oem")
@home_option
@click.option("--object", "number", type=int, help="Catalogue number of the object.")
@click.option("--ephemeris", "ephemeris_id", help="One ephemeris_id of satvo.ephemeris_file.")
@click.option("--since", help="States from this time on (UTC, ISO 8601).")
@click.option("--until", help="States up to this time (UTC, ISO 8601).")
@click.option("--notation", type=click.Choice(list(OEM_WRITERS)), default="kvn", show_default=True)
@output_option
def export_oem(
    home: Path | None,
    number: int | None,
    ephemeris_id: str | None,
    since: str | None,
    until: str | None,
    notation: str,
    output: Path | None,
) -> None:
    """Write the states of an operator ephemeris as OEM, KVN or XML."""
    if (number is None) == (ephemeris_id is None):
        raise BadParameter("nothing to write, or too much; give --object or --ephemeris")
    whose = (
        f"norad_id = {number}" if number is not None else f"ephemeris_id = {_quoted(ephemeris_id)}"
    )
    config = read_config(home=home)
    with open_archive(config) as archive:
        segments = _segments(archive, whose, _within(since, until))
        pieces = write_oem(
            segments, notation, originator="SATVO", created=datetime.now(UTC).replace(tzinfo=None)
        )
        _write(output, pieces)


def _of_objects(objects: tuple[int, ...], constellation: str | None) -> list[str]:
    conditions = []
    if objects:
        conditions.append(f"g.norad_id IN ({', '.join(map(str, sorted(set(objects))))})")
    if constellation:
        conditions.append(f"s.constellation = {_quoted(constellation)}")
    return conditions


def _quoted(text: str | None) -> str:
    """A text as ADQL has it; the parser of ADQL makes a bound value of it."""
    return "'" + (text or "").replace("'", "''") + "'"


def _moment(option: str, text: str) -> datetime:
    try:
        return read_moment(text)
    except ValueError as err:
        raise BadParameter(
            f"{option} {text}: give a time in UTC, e.g. 2027-01-31T00:00:00"
        ) from err


def _within(since: str | None, until: str | None) -> list[str]:
    """The conditions on epoch_mjd."""
    found = []
    for option, text, sign in (("--since", since, ">="), ("--until", until, "<=")):
        if text is not None:
            found.append(f"epoch_mjd {sign} {mjd_of(_moment(option, text))!r}")
    return found


def _element_sets(archive: ArchiveCommands, query: str) -> Iterator[ElementSet]:
    for batch in query_batches(archive, query):
        for row in batch.to_pylist():
            for name in ("epoch", "creation_date"):
                if row[name] is not None:
                    row[name] = row[name].replace(tzinfo=None)
            yield ElementSet(**{name: row[name] for name in _SETS})


def _newest(sets: Iterable[ElementSet]) -> Iterator[ElementSet]:
    """The last set of each object, of sets by object and epoch."""
    last: ElementSet | None = None
    for each in sets:
        if last is not None and last.norad_id != each.norad_id:
            yield last
        last = each
    if last is not None:
        yield last


def _segments(
    archive: ArchiveCommands, whose: str, within: list[str]
) -> Iterator[EphemerisSegment]:
    files = _adql(FILE_COLUMNS, "satvo.ephemeris_file", [whose], "t_min, ephemeris_id")
    about = query_rows(archive, files)
    if about is None:
        raise NoOrbit(f"there is no ephemeris with {whose}; satvo.ephemeris_file lists those here")
    for row in about.to_pylist():
        mine = [f"ephemeris_id = {_quoted(row['ephemeris_id'])}", *within]
        query = _adql(STATE_COLUMNS, "satvo.state_vector", mine, "epoch_mjd")
        states = query_rows(archive, query)
        if states is not None:
            yield segment_of_rows(row, states)


def _adql(columns: Sequence[str], table: str, conditions: Sequence[str], order: str) -> str:
    """A query whose values are numbers, times that were read, or quoted texts."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(columns)} FROM {table}{where} ORDER BY {order}"  # noqa: S608 (ADQL)


def _write(output: Path | None, pieces: Iterable[bytes]) -> None:
    if output is None:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    else:
        write_whole(output, pieces)
