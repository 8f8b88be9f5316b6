"""``satvo passprob`` and ``satvo passcalendar``: PassProbability from files to files."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from satvo.schemas.errors import AlreadyThere, BadParameter
from satvo.service.commands import home_option, open_archive, options_of, write_whole
from satvo.service.config import read_config

if TYPE_CHECKING:
    from satvo.resources.ephemeris.elements import Elements
    from satvo.resources.pass_probability.probability_map import ProbabilityMap
    from satvo.resources.pass_probability.requests import MapRequest
    from satvo.service.archive_commands import ArchiveCommands

__all__ = ["passcalendar", "passprob"]

_PLAIN = re.compile(r"[^A-Za-z0-9]+")
_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)

_WHO = (
    click.argument("more", nargs=-1, metavar="[CONSTELLATION]..."),
    click.option(
        "--constellation", "constellations", multiple=True,
        help="A definition file, a filed constellation (kuiper), or one in the archive "
        "(sim-kuiper, starlink); further ones may follow.",
    ),
    click.option("--catalogue", is_flag=True, help="All that fly, by their elements, instead."),
    click.option(
        "--elements", "element_files", type=_THERE, multiple=True,
        help="Orbit files for --catalogue, instead of the archive.",
    ),
    click.option("--site", "OBSERVER", help="Name (rubin), MPC code (X05) or lon,lat,height."),
    click.option("--lat", "LAT", help="Instead: geodetic latitude, deg."),
    click.option("--lon", "LON", help="East longitude, deg."),
    click.option("--height", "HEIGHT", help="Above the ellipsoid, m.  [default: 0]"),
)  # fmt: skip
_EXPOSURE = (
    click.option("--exposure", "EXPTIME", help="Seconds.  [default: 30]"),
    click.option("--radius", "RADIUS", help="Of the field, deg.  [default: 1]"),
    click.option("--width", "WIDTH", help="Of a rectangular field, deg."),
    click.option("--height-deg", "HEIGHT_DEG", help="Height of that field, deg."),
    click.option("--mag-limit", "MAGLIM", help="Fainter illuminated satellites do not count."),
    click.option("--depth", "DEPTH", help="Limiting magnitude: fainter trails cost nothing."),
    click.option("--blooming", "BLOOMING", help="Effective magnitude that spoils an exposure."),
    click.option("--trail-width", "TRAILWIDTH", help="arcsec.  [default: 5]"),
    click.option("--resolution", "RESOLUTION", help="arcsec.  [default: 1]"),
    click.option("--model", "MODEL", help="Brightness model, or best.  [default: bassa-2022]"),
)
_MAP = (
    click.option("--time", "TIME", help="Middle of the exposure: ISO 8601 in UTC, or MJD."),
    *_EXPOSURE,
    click.option("--nside", "NSIDE", help="A power of two up to 512.  [default: 64]"),
    click.option("--frame", "FRAME", help="altaz or equatorial.  [default: equatorial]"),
    click.option("--threshold", "THRESHOLD", help="Of p_illum, for --moc.  [default: 0.1]"),
    click.option("--column", "COLUMN", help="Of pictures and HiPS.  [default: p_illum]"),
    click.option("--daylight", "DAYLIGHT", is_flag=True, help="Though the Sun is up."),
)


@click.command()
@home_option
@options_of(*_WHO, *_MAP)
@click.option("-o", "--output", type=_FILE, help="The map as FITS (HEALPix).")
@click.option("--png", type=_FILE, help="A picture of the sky, zenith in the middle.")
@click.option("--mollweide", type=_FILE, help="A picture of the sphere.")
@click.option("--moc", type=_FILE, help="Where p_illum exceeds the threshold: .fits, or text.")
@click.option("--hips", type=click.Path(file_okay=False, path_type=Path), help="A new folder.")
@click.option("--visible", is_flag=True, help="Print how many satellites eyes see at once.")
@click.option("--register", metavar="NAME", help="Add it to the archive under this name.")
@click.option("--replace", is_flag=True, help="Though there is one of that name.")
def passprob(home: Path | None, **given: Any) -> None:
    """Map how probable satellite trails are over the sky (PassProbability).

    Constellations are counted by the shells of their definitions, or, from the archive of the home
    or from --elements, by their orbits.
    """
    from satvo.resources.pass_probability.job import map_of
    from satvo.resources.pass_probability.requests import read_map_request
    from satvo.resources.pass_probability.stored import check_map_id

    outputs = {name: given[name] for name in ("output", "png", "mollweide", "moc", "hips")}
    if not (any(outputs.values()) or given["visible"] or given["register"]):
        raise BadParameter(
            "nothing to write: give -o, --png, --mollweide, --moc, --hips, --visible or --register"
        )
    if given["register"]:
        check_map_id(given["register"])
        _refuse_known(home, given)
    parameters, definitions = _asked(given)
    with ExitStack() as stack:
        archive = _archive(stack, home, given, parameters)
        asked = read_map_request(parameters, _finder(archive), definitions)
        mjd = asked.situation.mjd
        layers = asked.wanted.layers(_elements(archive, given, mjd), mjd, asked.model)
    made = map_of(asked, layers)
    _write(made, asked, given)
    if given["register"]:
        _register(made, asked.threshold, home, given)
    _tell_map(made)
    if given["visible"]:
        from satvo.resources.pass_probability.job import visible_of

        _tell_visible(visible_of(asked, layers))


@click.command()
@home_option
@options_of(*_WHO)
@click.option("--target", "TARGET", help="Right ascension and declination, ICRS, deg: 52,-27.8.")
@click.option("--year", "YEAR", help="From its first evening on.")
@click.option("--start", "START", help="Instead: the date of the first evening.")
@click.option("--nights", "NIGHTS", help="How many.  [default: a year's]")
@click.option("--times", "TIMES", help="In each night, from noon to noon.  [default: 48]")
@options_of(*_EXPOSURE)
@click.option("-o", "--output", type=_FILE, help="A table; its suffix is its format.")
@click.option("--png", type=_FILE, help="A picture: dates across, times upwards.")
def passcalendar(home: Path | None, **given: Any) -> None:
    """Tell how probable satellite trails are at a target through the nights of a year."""
    from satvo.resources.pass_probability.job import calendar_of
    from satvo.resources.pass_probability.requests import read_calendar_request
    from satvo.resources.pass_probability.tables import (
        CALENDAR_FIELDS,
        calendar_summary,
        calendar_table,
    )
    from satvo.service.formats import format_of_file
    from satvo.service.table_files import table_pieces

    if not (given["output"] or given["png"]):
        raise BadParameter("nothing to write: give -o or --png")
    form = format_of_file(given["output"]) if given["output"] else None
    parameters, definitions = _asked(given)
    with ExitStack() as stack:
        archive = _archive(stack, home, given, parameters)
        asked = read_calendar_request(parameters, _finder(archive), definitions)
        first = asked.first_mjd
        layers = asked.wanted.layers(_elements(archive, given, first), first, asked.model)
    calendar = calendar_of(asked, layers)
    if form is not None:
        pieces = table_pieces(form, CALENDAR_FIELDS, calendar_table(calendar))
        write_whole(given["output"], pieces)
    if given["png"]:
        from satvo.resources.pass_probability.calendar_picture import calendar_picture

        write_whole(given["png"], [calendar_picture(calendar)])
    told = calendar_summary(calendar)["dark_and_above_30_deg"]
    click.echo(
        f"{told['times']} dark times with the target above 30 deg"
        + (f", mean p_illum {told['mean']['p_illum']:.4g}" if told["times"] else "")
    )


def _asked(given: Mapping[str, Any]) -> tuple[dict[str, str], list[Any]]:
    """Parameters as a job has them, and the definitions that files hold."""
    from satvo.ingest.constellations.definition import read_constellation
    from satvo.resources.constellations.filed import filed_names

    parameters = {
        name: str(value)
        for name, value in given.items()
        if name.isupper() and value not in (None, False)
    }
    names, definitions = [], []
    for text in (*given["constellations"], *given["more"]):
        if text not in filed_names() and Path(text).is_file():
            with Path(text).open("rb") as stream:
                definitions.append(read_constellation(stream, name=text))
        elif "/" in text or text.endswith((".yaml", ".yml")):
            raise BadParameter(f"{text}: there is no such definition file")
        else:
            names.append(text)
    if names:
        parameters["CONSTELLATION"] = ",".join(names)
    if given["catalogue"] or given["element_files"]:
        parameters["CATALOGUE"] = "true"
    return parameters, definitions


def _archive(
    stack: ExitStack, home: Path | None, given: Mapping[str, Any], parameters: Mapping[str, str]
) -> ArchiveCommands | None:
    """The archive, where something of it is needed or where there is one."""
    from satvo.resources.constellations.filed import filed_names
    from satvo.service.commands import archive_file

    config = read_config(home=home)
    names = set((parameters.get("CONSTELLATION") or "").split(",")) - {"", *filed_names()}
    of_archive = names or (given["catalogue"] and not given["element_files"])
    if of_archive and not archive_file(config).exists():
        wanted = f"constellation {min(names)}" if names else "the catalogue"
        known = f"; no file, and filed are only {', '.join(filed_names())}" if names else ""
        raise BadParameter(f"{wanted}: no archive in {config.home} to ask for it{known}")
    if not (of_archive or (home and archive_file(config).exists())):
        return None
    return stack.enter_context(open_archive(config))


def _finder(archive: ArchiveCommands | None) -> Callable[[str], Any]:
    from satvo.resources.ephemeris.sites import Site, find_observer

    names = ("observer_id", "mpc_code", "facility_name", "lon", "lat", "height")
    rows = [] if archive is None else archive.observers()
    sites = [Site(*(row[name] for name in names)) for row in rows]
    return lambda text: find_observer(text, sites)


def _elements(
    archive: ArchiveCommands | None, given: Mapping[str, Any], mjd: float
) -> Callable[[tuple[str, ...] | None], Elements]:
    def elements_of(names: tuple[str, ...] | None) -> Elements:
        from satvo.resources.ephemeris.build import elements_from_files, elements_from_table
        from satvo.resources.pass_probability.populations_asked import MAX_AGE_D
        from satvo.resources.passes.chosen import Chosen

        if given["element_files"]:
            return elements_from_files(given["element_files"], mjd)
        if archive is None:
            raise AssertionError("who needs elements has an archive")
        return elements_from_table(archive.elements(mjd, MAX_AGE_D, Chosen(populations=names)))

    return elements_of


def _write(made: ProbabilityMap, asked: MapRequest, given: Mapping[str, Any]) -> None:
    """The files that are asked for, each whole or not there."""
    import io

    if given["output"]:
        from satvo.resources.pass_probability.fits_map import write_map

        stream = io.BytesIO()
        write_map(made, stream)
        write_whole(given["output"], [stream.getvalue()])
    if given["moc"]:
        from satvo.resources.pass_probability.coverage import area_above
        from satvo.schemas.moc_fits import moc_fits

        area = area_above(made, "p_illum", asked.threshold)
        is_fits = given["moc"].suffix.lower() in (".fits", ".fit")
        write_whole(given["moc"], [moc_fits(area) if is_fits else f"{area.text}\n".encode()])
    if given["png"] or given["mollweide"]:
        from satvo.resources.pass_probability.pictures import mollweide_picture, zenithal_picture

        for name, draw in (("png", zenithal_picture), ("mollweide", mollweide_picture)):
            if given[name]:
                write_whole(given[name], [draw(made, asked.column)])
    if given["hips"]:
        from satvo.resources.pass_probability.hips import write_hips

        if given["hips"].exists() and any(given["hips"].iterdir()):
            raise BadParameter(f"{given['hips']}: is not empty; name a new folder for the HiPS")
        name = _PLAIN.sub("-", f"{made.facts.observer_name}-{made.facts.population}").strip("-")
        write_hips(
            made, asked.column, given["hips"], released=_now(),
            identifier=f"ivo://{read_config().authority}/P/{name}/{asked.column}",
        )  # fmt: skip


def _refuse_known(home: Path | None, given: Mapping[str, Any]) -> None:
    """Before all work; registering looks once more."""
    with open_archive(read_config(home=home)) as archive:
        known = {each["map_id"] for each in archive.maps()}
    if given["register"] in known and not given["replace"]:
        raise AlreadyThere(
            f"map {given['register']} is there already; give another name, or replace it by "
            "--replace"
        )


def _register(
    made: ProbabilityMap, threshold: float, home: Path | None, given: Mapping[str, Any]
) -> None:
    from satvo.resources.pass_probability.coverage import area_above
    from satvo.resources.pass_probability.job import write_rows

    asked = {"NAME": given["register"], "REPLACE": str(given["replace"])}
    with tempfile.TemporaryDirectory(prefix="satvo-passprob-") as folder:
        area = area_above(made, "p_illum", threshold)
        write_rows(Path(folder), made, asked, area, threshold, _now())
        with open_archive(read_config(home=home)) as archive:
            told = archive.register_build("passprobability", Path(folder))
    click.echo(f"satvo.passprob: {told['map_id']} with {told['pixels']} pixels")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _tell_map(made: ProbabilityMap) -> None:
    from satvo.resources.pass_probability.probability_map import ALTITUDES_DEG
    from satvo.resources.pass_probability.tables import moment_text

    facts = made.facts
    click.echo(
        f"{facts.population}: {facts.n_total:.0f} satellites, {facts.observer_name}, "
        f"{moment_text(facts.mjd)}, Sun at {facts.sun_alt_deg:.1f} deg"
    )
    if facts.sun_alt_deg > 0.0:
        click.echo("the Sun is above the horizon: nobody sees satellites then", err=True)
    click.echo(f"{'above':>8}{'satellites':>13}{'illuminated':>13}")
    for altitude, up, lit in zip(
        ALTITUDES_DEG, facts.n_sat_above, facts.n_illum_above, strict=True
    ):
        click.echo(f"{altitude:4g} deg{up:13.1f}{lit:13.1f}")


def _tell_visible(table: Any) -> None:
    names = table.column_names
    above = "".join(f"{f'>{int(name[-2:])} deg':>10}" for name in names[1:])
    click.echo(f"visible at once{above}")
    for row in table.to_pylist():
        numbers = "".join(f"{row[name]:10.2f}" for name in names[1:])
        click.echo(f"  V <= {row['mag_limit']:<8g}{numbers}")
