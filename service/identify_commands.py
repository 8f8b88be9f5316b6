"""``satvo identify``: which satellites the trails of FITS images are."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat
from satvo.service.commands import home_option, write_whole
from satvo.service.identified_images import Identifier, TrailsOfImage

if TYPE_CHECKING:
    from satvo.resources.masks.identify.following import Followed
    from satvo.resources.masks.identify.identification import Identified, Match
    from satvo.resources.masks.identify.weighing import Allowance

__all__ = ["identify"]

_there = click.Path(exists=True, dir_okay=False, path_type=Path)
_new = click.Path(dir_okay=False, path_type=Path)
_DETECTOR = "deep"
_OTHERS = 3
_HEAD = (
    f"{'trail':>5} {'satellite':>9}  {'name':22} {'prob.':>6}  {'across':>8} {'(error)':>8}  "
    f"{'along':>9} {'late':>8}  {'rate':>8} {'PA':>4} {'age':>6}  others\n"
    f"{'':5} {'':9}  {'':22} {'':6}  {'arcsec':>8} {'arcsec':>8}  {'arcsec':>9} {'s':>8}  "
    f"{'arcsec/s':>8} {'deg':>4} {'d':>6}"
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_there)
@home_option
@click.option(
    "--elements",
    "element_files",
    type=_there,
    multiple=True,
    help="Orbit files to use instead of the archive.",
)
@click.option(
    "--site",
    help="Name (rubin), MPC code (X05), lon,lat,height (deg, deg, m), or in "
    "space: norad:20580.  [default: as the header says]",
)
@click.option(
    "--trails",
    "tables",
    type=_there,
    multiple=True,
    help="Trails that were found, as satvo mask writes them; one for each file.",
)
@click.option("--detector", default=_DETECTOR, show_default=True, help="What finds the trails.")
@click.option(
    "--hdu",
    type=click.IntRange(0),
    multiple=True,
    help="Unit of the files, from 0; all images by default.",
)
@click.option(
    "--max-age",
    type=click.FloatRange(0.0, 1000.0, min_open=True),
    default=30.0,
    show_default=True,
    help="Days that elements may be away.",
)
@click.option(
    "--time-error",
    type=click.FloatRange(0.0, 60.0),
    default=0.2,
    show_default=True,
    help="1-sigma error of the times in the headers, s.",
)
@click.option("--tdm", type=_new, help="A file for measured positions: CCSDS TDM (KVN).")
@click.option("--iod", type=_new, help="A file for measured positions: IOD lines.")
@click.option("--station", help="Number of the observer in --iod and --tdm: four digits (COSPAR).")
@click.option(
    "--condition", default="G", show_default=True, help="Of the sky in --iod: E, G, F, P, B or T."
)
def identify(files: tuple[Path, ...], tdm: Path | None, iod: Path | None, **given: Any) -> None:
    """Say which satellites the trails in FITS images are.

    Elements come from the archive of the home, those nearest to the date of the image, or from
    --elements. Images need a WCS, the start of the exposure (UTC) and its length.
    """  # fmt: skip
    _check(files, tdm, iod, given)
    images: list[TrailsOfImage] = []
    bad = 0
    with ExitStack() as stack:
        ask = Identifier(given, stack)
        for number, path in enumerate(files):
            try:
                images += ask.images_of(path, number)
            except (BadParameter, LimitExceeded, UnknownFormat) as err:
                if len(files) == 1:
                    raise
                click.echo(str(err) if str(path) in str(err) else f"{path}: {err}", err=True)
                bad += 1
        designators = ask.designators(images) if tdm or iod else {}
    _show(images)
    _write(images, tdm, iod, given, designators, ask.allowance)
    if bad:
        click.echo(f"{bad} of {len(files)} files could not be searched", err=True)
        sys.exit(2)


def _check(
    files: Sequence[Path], tdm: Path | None, iod: Path | None, given: dict[str, Any]
) -> None:
    if given["tables"] and len(given["tables"]) != len(files):
        raise BadParameter(
            f"{len(given['tables'])} --trails for {len(files)} files; give one for each, in order"
        )
    if (tdm or iod) and not given["station"]:
        raise BadParameter("--tdm and --iod need --station, the number of the observer")
    if given["station"]:
        from satvo.resources.masks.identify.iod import iod_lines

        list(iod_lines([], given["station"], condition=given["condition"]))


def _show(images: Sequence[TrailsOfImage]) -> None:
    from satvo.resources.masks.identify.following import followed

    told = followed([(image.exposure, image.identified) for image in images])
    for number, image in enumerate(images):
        many = image.identified
        named = sum(each.satellite is not None for each in many)
        click.echo(f"{image.name}: {len(many)} trails, {named} of known satellites")
        if many:
            click.echo(_HEAD)
        for row, each in enumerate(many):
            click.echo(_line(row, each))
            for pair in told:
                if (text := _followed(pair, number, row, images)) is not None:
                    click.echo(text)


def _line(row: int, found: Identified) -> str:
    """A trail: what it is, or most probably is."""
    match = found.satellite
    if match is None:
        return (
            f"{row + 1:5} {'-':>9}  {'unknown':22} {found.unknown:6.4f}  "
            f"{found.length_arcsec:.0f} arcsec long  {_others(found)}"
        ).rstrip()
    return (
        f"{row + 1:5} {match.norad_id:9}  {match.name[:22]:22} {match.probability:6.4f}  "
        f"{match.across_arcsec:8.1f} {match.across_error_arcsec:8.1f}  "
        f"{_or_dash(match.along_arcsec, 9, 1)} {_or_dash(match.late_s, 8, 3)}  "
        f"{match.rate_arcsec_s:8.1f} {match.pos_angle_deg:4.0f} {match.age_d:6.2f}  "
        f"{_others(found)}"
    ).rstrip()


def _or_dash(value: float, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if math.isnan(value) else f"{value:{width}.{digits}f}"


def _others(found: Identified) -> str:
    rest: tuple[Match, ...] = found.matches if found.satellite is None else found.matches[1:]
    return ", ".join(
        f"{each.norad_id} {each.name} ({each.probability:.3f})".replace("  ", " ")
        for each in rest[:_OTHERS]
    )


def _followed(pair: Followed, image: int, row: int, images: Sequence[TrailsOfImage]) -> str | None:
    """What another image tells of the motion of an object that is not known."""
    if (image, row) == pair.first:
        other, turned = pair.second, pair.first_is_reversed
    elif (image, row) == pair.second:
        other, turned = pair.first, pair.second_is_reversed
    else:
        return None
    way = "from its end to its start" if turned else "from its start to its end"
    return (
        f"      went {way}, {pair.rate_arcsec_s:.1f} arcsec/s, by trail {other[1] + 1} of "
        f"{images[other[0]].name}"
    )


def _write(
    images: Sequence[TrailsOfImage],
    tdm: Path | None,
    iod: Path | None,
    given: dict[str, Any],
    designators: dict[int, str],
    allowance: Allowance,
) -> None:
    from satvo.resources.masks.identify.iod import iod_lines
    from satvo.resources.masks.identify.measured import measured_positions
    from satvo.resources.masks.identify.tdm import write_tdm

    if not (tdm or iod):
        return
    positions = [
        position
        for image in images
        for position in measured_positions(
            image.identified, image.exposure, designators=designators, allowance=allowance
        )
    ]
    positions.sort(key=lambda each: (each.epoch, each.norad_id))
    observers = {image.known.observer.name for image in images}
    if tdm is not None and len(observers) > 1:
        raise BadParameter(
            f"--tdm: images of {len(observers)} sites; a message has one station, write one each"
        )
    if not positions:
        raise BadParameter(
            "no measured position to write: no trail of a known satellite ends inside an image"
        )
    if iod is not None:
        lines = iod_lines(positions, given["station"], condition=given["condition"])
        write_whole(iod, (f"{line}\n".encode("ascii") for line in lines))
    if tdm is not None:
        text = write_tdm(
            positions,
            given["station"],
            observer=images[0].known.observer,
            originator="SATVO",
            created=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        )
        write_whole(tdm, (line.encode("ascii") for line in text))
    for path in (iod, tdm):
        if path is not None:
            click.echo(f"{path}: {len(positions)} positions")
