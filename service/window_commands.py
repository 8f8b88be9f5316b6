"""``satvo windows``."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click
from satvo.schemas.errors import BadParameter
from satvo.service.commands import home_option, open_archive, write_whole
from satvo.service.config import read_config
from satvo.service.formats import FORMATS
from satvo.service.window_requests import RESULTS

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
@click.option("--result", type=click.Choice(RESULTS), help="What is told (default: windows).")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False))
def windows(
    home: Path | None,
    illuminated: bool,
    result: str | None,
    output: Path | None,
    **given: str | None,
) -> None:
    """Find when no satellite is in the field of a target: windows, best starts, alternatives.

    A table goes to the file of -o, whose ending tells its format, or as CSV to the terminal.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    asked["ILLUMINATED"] = str(int(illuminated))
    asked["RESULT"] = result or ("alternatives" if _compares(asked) else "windows")
    asked["RESPONSEFORMAT"] = _format_of(output)
    with (
        open_archive(read_config(home=home)) as archive,
        closing(archive.windows(asked)) as pieces,
    ):
        if output is None:
            sys.stdout.buffer.writelines(pieces)
            sys.stdout.buffer.flush()
        else:
            write_whole(output, pieces)


windows = _with_options(windows)


def _compares(asked: dict[str, str]) -> bool:
    return any(name in asked for name in ("OFFSET", "SITES", "FOVS"))


def _format_of(output: Path | None) -> str:
    if output is None:
        return "csv"
    endings = {f.suffix: f.aliases[0] for f in reversed(FORMATS)} | {".xml": "votable"}
    if output.suffix.lower() not in endings:
        raise BadParameter(
            f"{output}: its ending tells no format; accepted are {', '.join(sorted(endings))}"
        )
    return endings[output.suffix.lower()]
