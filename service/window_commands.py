"""``satvo windows``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from satvo.service.commands import home_option, open_archive, write_whole
from satvo.service.config import read_config

if TYPE_CHECKING:
    from satvo.resources.ephemeris.elements import Elements
    from satvo.resources.passes.chosen import Chosen

__all__ = ["windows"]

_OPTIONS = (
    ("--pos", "POS", "Target: right ascension and declination in ICRS, deg, as 52,-27.8."),
    ("--site", "FACILITY", "Name, MPC code or lon,lat,height; else each registered site."),
    ("--time", "TIME", "From/to, MJD or ISO 8601 in UTC (default: the next 24 h)."),
    ("--night", "NIGHT", "Instead: the date of an evening, from noon to noon there."),
    ("--fov", "FOV", "Radius of the field, deg (default 0.5)."),
    ("--width", "WIDTH", "Of a rectangular field, deg."),
    ("--height", "HEIGHT", "Of a rectangular field, deg."),
    ("--pa", "PA", "Its position angle, deg."),
    ("--exposure", "EXPTIME", "Length of an exposure, s (default 60)."),
    ("--mag-limit", "MAGLIM", "Satellites that are fainter do not count."),
    ("--min-alt", "MINALT", "Lowest altitude of the target, deg (default 30)."),
    ("--sun-alt", "SUNALT", "Highest altitude of the Sun, deg (default -18)."),
    ("--min-length", "MIN_OBS", "Shortest window that counts, s."),
    ("--sigma", "SIGMA", "Standard errors by which a crossing is widened (default 1)."),
    ("--population", "POPULATION", "Only this constellation, also a simulated one."),
    ("--result", "RESULT", "What is told: windows (default), starts or alternatives."),
    ("--offset", "OFFSET", "Compare eight pointings so far off, deg."),
    ("--sites", "SITES", "Compare sites, parted by ; or: registered."),
    ("--fovs", "FOVS", "Compare radii of fields, deg, parted by commas."),
)


def _with_options(command: click.Command) -> click.Command:
    for flag, name, text in reversed(_OPTIONS):
        command.params.insert(0, click.Option([flag, name], help=text, required=name == "POS"))
    return command


@click.command()
@home_option
@click.option("--illuminated", is_flag=True, help="Satellites in the shadow do not count.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False))
def windows(
    home: Path | None,
    illuminated: bool,
    output: Path | None,
    **given: str | None,
) -> None:
    """Find when no satellite is in the field of a target: windows, best starts, alternatives.

    A table goes to the file of -o, whose ending tells its format, or as CSV to the terminal.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    asked["ILLUMINATED"] = str(int(illuminated))
    if any(name in asked for name in ("OFFSET", "SITES", "FOVS")):
        asked.setdefault("RESULT", "alternatives")
    from satvo.resources.ephemeris.build import elements_from_table
    from satvo.resources.ephemeris.sites import Site
    from satvo.schemas.moments import mjd_of
    from satvo.service.formats import format_of_file
    from satvo.service.window_answers import answer_windows

    asked["RESPONSEFORMAT"] = "csv" if output is None else format_of_file(output).aliases[0]
    now = mjd_of(datetime.now(UTC).replace(tzinfo=None))
    with open_archive(read_config(home=home)) as archive:

        def elements_of(noon: float, max_age_d: float, chosen: Chosen) -> Elements:
            return elements_from_table(archive.elements(noon, max_age_d, chosen))

        names = ("observer_id", "mpc_code", "facility_name", "lon", "lat", "height")
        sites = [Site(*(row[name] for name in names)) for row in archive.observers()]
        pieces = answer_windows(asked, sites, elements_of, now).pieces
    if output is None:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    else:
        write_whole(output, pieces)


windows = _with_options(windows)
