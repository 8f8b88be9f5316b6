"""``satvo passes``: PassPredict from files to files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from satvo.schemas.errors import BadParameter
from satvo.service.commands import home_option, open_archive, write_whole
from satvo.service.config import read_config

__all__ = ["finder_of", "passes"]

_SHOWN = ("exposure_id", "norad_id", "object_name", "t_min", "t_cross", "rate", "mag", "gp_age")


@click.command()
@home_option
@click.option(
    "--exposures",
    "exposure_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Exposures: a table (ECSV, CSV, VOTable, FITS, Parquet), JSON as POST /api/passes takes.",
)
@click.option(
    "--image",
    "images",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A FITS image: its header gives field, time, and trail ends in pixels.",
)
@click.option(
    "--site",
    help="Name (rubin), MPC code (X05), lon,lat,height (deg, deg, m), or in space: norad:20580.",
)
@click.option(
    "--elements",
    "element_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Orbit files to use instead of the archive.",
)
@click.option("--illuminated-only", is_flag=True, help="Only what the Sun shines on.")
@click.option("--mag-limit", type=float, help="Only what is as bright, and what has no magnitude.")
@click.option("--band", help="Band of magnitudes.  [default: V]")
@click.option("--model", help="Brightness model.")
@click.option("--refraction", is_flag=True, help="Add the refraction that stars do not have.")
@click.option("--seeing", type=float, help="FWHM in arcsec.  [default: 1]")
@click.option("--aperture", type=float, help="Diameter of the telescope in m.  [default: 1]")
@click.option("--max-age", type=float, help="Days that elements may be away.  [default: 30]")
@click.option("--as-known-at", help="Only elements and ephemerides made until this time (UTC).")
@click.option("--step", type=float, help="Seconds: where each satellite is at each step, too.")
@click.option(
    "--steps-output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file for the steps, as --output.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file; its suffix is its format (.ecsv .csv .vot .fits .json .parquet ...).",
)
def passes(
    home: Path | None,
    exposure_files: tuple[Path, ...],
    images: tuple[Path, ...],
    site: str | None,
    element_files: tuple[Path, ...],
    output: Path | None,
    steps_output: Path | None,
    **options: Any,
) -> None:
    """Predict which satellites cross exposures (PassPredict).

    Elements and operators' ephemerides come from the archive of the home, also beside a running
    server, or elements alone from --elements.
    """
    from satvo.resources.passes.columns import FIELDS, STEP_FIELDS, arrow_table
    from satvo.resources.passes.predict import predict_by_day
    from satvo.service.formats import format_of_file

    if (steps_output is None) != (options["step"] is None):
        raise BadParameter("--step and --steps-output belong together; give both or neither")
    form, steps_form = (format_of_file(path or Path("out.ecsv")) for path in (output, steps_output))
    with ExitStack() as stack:
        archive = None
        if not element_files:
            archive = stack.enter_context(open_archive(read_config(home=home)))
        find = finder_of(archive, element_files)
        given = _given(exposure_files, site, options)
        asked = _asked(given, images, find)
        catalogue_of = _catalogues(archive, element_files, asked)
        with _bar() as progress:
            found = predict_by_day(
                asked.exposures,
                asked.observer,
                catalogue_of,
                asked.options,
                progress,
                _files_of(archive, asked),
            )
    table = arrow_table(found.columns)
    for reason, count in sorted(found.left_out.items()):
        click.echo(f"left out: {count} crossings, {reason}", err=True)
    from satvo.service.table_files import table_pieces

    if steps_output is not None and found.steps is not None:
        steps = arrow_table(found.steps, STEP_FIELDS)
        write_whole(steps_output, table_pieces(steps_form, STEP_FIELDS, steps))
    if output is None:
        _show(table)
        return
    write_whole(output, table_pieces(form, FIELDS, table))
    click.echo(f"{output}: {table.num_rows} crossings of {len(asked.exposures)} exposures")


def _given(files: Sequence[Path], site: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """Everything but the images as the JSON of POST /api/passes."""
    given: dict[str, Any] = {"exposures": [], "options": {}}
    for file in files:
        head = file.read_bytes()[:256].lstrip()
        if head[:1] in (b"{", b"["):
            try:
                read = json.loads(file.read_bytes())
            except ValueError as err:
                raise BadParameter(f"{file}: no JSON: {err}") from err
            read = {"exposures": read} if isinstance(read, list) else read
            given["exposures"] += read.get("exposures") or []
            given |= {k: v for k, v in read.items() if k not in ("exposures", "loose")}
        else:
            from satvo.resources.passes.build import table_of_exposures

            given["exposures"] += table_of_exposures(file)["exposures"]
            given["loose"] = True
    if site is not None:
        given["observer"] = site
    wanted = {name: value for name, value in options.items() if value not in (None, False)}
    given["options"] = {**(given.get("options") or {}), **wanted}
    return given


def _asked(given: dict[str, Any], images: Sequence[Path], find: Callable[[str], Any]) -> Any:
    from satvo.resources.passes.build import read_prepared
    from satvo.resources.passes.images import exposure_of_image, observer_of_image

    if images and "observer" not in given:
        given["observer"] = observer_of_image(images[0])
    if not given["exposures"] and not images:
        raise BadParameter("nothing to predict: give --exposures or --image")
    return read_prepared(given, find, images=[exposure_of_image(path) for path in images])


def finder_of(archive: Any, files: Sequence[Path]) -> Callable[[str], Any]:
    """Finds observers by what is given of them: sites, and satellites of an archive or files."""
    from satvo.resources.ephemeris.sites import Site, find_observer
    from satvo.resources.ephemeris.space import names_space

    rows = [] if archive is None else archive.observers()
    sites = [
        Site(
            row["observer_id"],
            row["mpc_code"],
            row["facility_name"],
            row["lon"],
            row["lat"],
            row["height"],
        )
        for row in rows
    ]

    def find(text: str) -> Any:
        if names_space(text):
            return _telescope(archive, files, text)
        return find_observer(text, sites)

    return find


def _telescope(archive: Any, files: Sequence[Path], text: str) -> Any:
    """A telescope in space, as the archive knows it or the files of --elements."""
    from satvo.resources.ephemeris.build import elements_from_files, elements_from_table
    from satvo.resources.ephemeris.operator_files import operator_files_from_table
    from satvo.resources.ephemeris.space import MAX_AGE_D, space_telescope
    from satvo.resources.passes.chosen import Chosen

    def elements_of(norad_id: int, first: float, last: float) -> Any:
        middle = (first + last) / 2.0
        if archive is None:
            found = elements_from_files(files, middle)
            near = abs(found.epoch_mjd - middle) <= MAX_AGE_D
            return found[(found.norad_id == norad_id) & near]
        chosen = Chosen(norad_ids=(norad_id,))
        return elements_from_table(archive.elements(middle, MAX_AGE_D, chosen))

    def files_of(norad_id: int, name: str | None, first: float, last: float) -> Any:
        if archive is None:
            return None
        chosen = Chosen(norad_ids=(norad_id,))
        return operator_files_from_table(archive.ephemerides(first, last, chosen, name))

    return space_telescope(text, elements_of, files_of)


def _files_of(archive: Any, asked: Any) -> Any:
    """Operators' ephemerides of the archive, where there is one."""
    from satvo.resources.ephemeris.operator_files import operator_files_from_table

    if archive is None:
        return None
    return lambda first, last: operator_files_from_table(
        archive.ephemerides(first, last, asked.chosen)
    )


def _catalogues(archive: Any, files: Sequence[Path], asked: Any) -> Callable[[float], Any]:
    from satvo.resources.ephemeris.build import elements_from_files, elements_from_table
    from satvo.resources.passes.predict import Catalogue

    if files:
        return lambda noon: Catalogue(elements_from_files(files, noon))
    return lambda noon: Catalogue(
        elements_from_table(archive.elements(noon, asked.options.max_age_d, asked.chosen))
    )


class _bar:  # noqa: N801  used as a function
    """A bar on a terminal, nothing elsewhere."""

    def __enter__(self) -> Callable[[float], object]:
        self._stack = ExitStack()
        if not sys.stderr.isatty():
            return lambda fraction: None
        from rich.console import Console
        from rich.progress import Progress

        bar = self._stack.enter_context(Progress(console=Console(stderr=True), transient=True))
        task = bar.add_task("exposures", total=1.0)
        return lambda fraction: bar.update(task, completed=fraction)

    def __exit__(self, *error: object) -> None:
        self._stack.close()


def _show(table: Any) -> None:
    rows = table.select(list(_SHOWN)).to_pylist()
    click.echo(
        f"{'exposure':15} {'norad_id':>9}  {'object_name':22} {'t_min (MJD)':>15} {'in (s)':>8} "
        f"{'arcsec/s':>9} {'mag':>6} {'age (d)':>7}"
    )
    for row in rows:
        mag = "" if row["mag"] is None else f"{row['mag']:.1f}"
        click.echo(
            f"{row['exposure_id']:15} {row['norad_id']:9}  {(row['object_name'] or '')[:22]:22} "
            f"{row['t_min']:15.7f} {row['t_cross']:8.2f} {row['rate']:9.1f} {mag:>6} "
            f"{row['gp_age']:7.2f}"
        )
