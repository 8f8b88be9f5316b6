"""A map as a HiPS: what is said of it, and its folder.

References
----------
HiPS 1.0, sections 4.4.1 (properties) and 5.2 (the list of a server).
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from satvo.resources.pass_probability.coverage import area_covered
from satvo.resources.pass_probability.hips_tiles import ORDERS, TILE_WIDTH, HipsImages
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS, MapFacts, ProbabilityMap
from satvo.resources.pass_probability.resampling import IcrsSampler
from satvo.resources.pass_probability.scales import Scale
from satvo.schemas.errors import BadParameter
from satvo.schemas.hips import (
    ALLSKY_ORDER,
    FORMATS,
    cell_side_deg,
    listed_text,
    properties_text,
)
from satvo.schemas.moc import Moc
from satvo.schemas.moc_fits import moc_fits
from satvo.schemas.moments import MJD_EPOCH

__all__ = ["hips_index", "hips_list_entry", "hips_properties", "write_hips"]

_UCDS = {"p_pass": "stat.probability", "p_illum": "stat.probability", "t_next": "time.epoch"}


def hips_properties(
    probabilities: ProbabilityMap,
    column: str,
    *,
    identifier: str,
    url: str,
    released: datetime,
) -> str:
    """The file ``properties`` of a column.

    Parameters
    ----------
    probabilities : ProbabilityMap
    column : str
        Of `MAP_COLUMNS`.
    identifier : str
        IVOID of the HiPS, such as ``ivo://org.example/maps?rubin-dusk``.
    url : str
        Where its folder is served; empty: it is not.
    released : datetime
        When it was made, UTC.

    Raises
    ------
    BadParameter
        If the identifier is no IVOID, there is no such column, or the map is one of the horizon at
        no time.
    """
    told = _properties(probabilities, column, identifier, url, released)
    return properties_text(told)


def hips_list_entry(
    probabilities: ProbabilityMap,
    column: str,
    *,
    identifier: str,
    url: str,
    released: datetime,
) -> str:
    """The record of a column in a server's list, ending with an empty line; see `hips_properties`.

    Raises
    ------
    BadParameter
        As `hips_properties`, and without an address.
    """
    if not url:
        raise BadParameter(f"{identifier}: a list names addresses; give the HiPS's url")
    told = _properties(probabilities, column, identifier, url, released)
    return listed_text(told)


def write_hips(
    probabilities: ProbabilityMap,
    column: str,
    folder: Path,
    *,
    identifier: str,
    url: str = "",
    released: datetime,
) -> None:
    """Write a HiPS into a folder, which is made: any web server then serves it.

    Tiles of orders 0 to 3 as PNG and FITS where there is anything above the horizon, Allsky of
    order 3, Moc.fits, properties and index.html. See `hips_properties` for the parameters and
    for what is raised.
    """
    covered = area_covered(probabilities)
    told = _properties(probabilities, column, identifier, url, released)
    images = HipsImages.of(probabilities, column)
    folder.mkdir(parents=True, exist_ok=True)
    for order in ORDERS:
        (folder / f"Norder{order}" / "Dir0").mkdir(parents=True, exist_ok=True)
        for npix in _tiles(covered, order):
            image = images.image(order, npix)
            for kind in FORMATS:
                path = folder / f"Norder{order}" / "Dir0" / f"Npix{npix}.{kind}"
                path.write_bytes(images.encoded(image, kind))
    allsky = images.allsky()
    for kind in FORMATS:
        path = folder / f"Norder{ALLSKY_ORDER}" / f"Allsky.{kind}"
        path.write_bytes(images.encoded(allsky, kind))
    (folder / "Moc.fits").write_bytes(moc_fits(covered))
    (folder / "properties").write_text(properties_text(told), encoding="utf-8")
    (folder / "index.html").write_text(hips_index(told), encoding="utf-8")


def hips_index(told: dict[str, str]) -> str:
    """A small page that says what a HiPS is, from its properties; it loads nothing else."""
    rows = "\n".join(
        f"<tr><th>{html.escape(key)}</th><td>{html.escape(value)}</td></tr>"
        for key, value in told.items()
    )
    title = html.escape(told["obs_title"])
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>body{{font-family:sans-serif;max-width:60em;margin:2em auto}}th{{text-align:left}}</style>
</head>
<body>
<h1>{title}</h1>
<p>{html.escape(told["obs_description"])}</p>
<p>This folder is a HiPS: give its address to Aladin, or to any program that reads HiPS.</p>
<table>
{rows}
</table>
<p><a href="properties">properties</a> · <a href="Moc.fits">Moc.fits</a></p>
</body>
</html>
"""


def _properties(
    probabilities: ProbabilityMap,
    column: str,
    identifier: str,
    url: str,
    released: datetime,
) -> dict[str, str]:
    if not identifier.startswith("ivo://"):
        raise BadParameter(
            f"identifier '{identifier}': a HiPS has an IVOID, such as ivo://org.example/maps?dusk"
        )
    facts, values = probabilities.facts, IcrsSampler.of(probabilities, column).values
    times = column == "t_next"
    scale = Scale.of(values, from_zero=not times)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    moment = released.strftime("%Y-%m-%dT%H:%MZ")
    unit, words = MAP_COLUMNS[column]
    told = {
        "creator_did": identifier,
        "obs_collection": "satvo pass probability maps",
        "obs_title": _title(facts, column),
        "obs_description": _description(facts, f"{words} [{unit}]" if unit else words),
        "obs_regime": "Optical",
        "prov_progenitor": f"populations: {facts.population}; brightness model: {facts.model}",
        **_spans(facts),
        "em_min": "4.9E-7",
        "em_max": "6.0E-7",
        "data_ucd": _UCDS.get(column, "stat.value"),
        **_place(probabilities),
        "hips_builder": "satvo",
        "hips_creator": "satvo",
        "hips_version": "1.4",
        "hips_creation_date": moment,
        "hips_release_date": moment,
        "hips_frame": "equatorial",
        "hips_order": str(ORDERS[-1]),
        "hips_order_min": str(ORDERS[0]),
        "hips_tile_width": str(TILE_WIDTH),
        "hips_service_url": url,
        "hips_status": "public master clonableOnce",
        "hips_tile_format": " ".join(FORMATS),
        "hips_pixel_bitpix": "-64" if times else "-32",
        "hips_pixel_cut": f"{scale.low!r} {scale.high!r}",
        "hips_data_range": f"{low!r} {high!r}",
        "hips_pixel_scale": f"{cell_side_deg(ORDERS[-1] + TILE_WIDTH.bit_length() - 1):.4g}",
        "s_pixel_scale": f"{cell_side_deg(probabilities.order):.4g}",
        "hips_sampling": "none" if probabilities.frame == "equatorial" else "nearest",
        "moc_sky_fraction": f"{len(probabilities.pixels) / (12 * probabilities.nside**2):.4f}",
        "dataproduct_type": "image",
    }
    return {key: " ".join(value.split()) for key, value in told.items() if value}


def _title(facts: MapFacts, column: str) -> str:
    when = "" if math.isnan(facts.mjd) else f" {_moment(facts.mjd):%Y-%m-%d %H:%M} UTC"
    room = 64 - len(column) - len(when) - len("Satellites ,  over ")
    return f"Satellites {column}, {facts.observer_name[:room]}{when}"


def _description(facts: MapFacts, words: str) -> str:
    camera = facts.camera
    return (
        f"{words}; satellites of {facts.population} above {facts.observer_name} (longitude "
        f"{facts.lon_deg:.5f} deg, latitude {facts.lat_deg:.5f} deg), exposure "
        f"{camera.exposure_s:g} s, field of radius {camera.radius_deg:.4g} deg, Sun at altitude "
        f"{facts.sun_alt_deg:.1f} deg. Computed from orbits, not observed."
    )


def _spans(facts: MapFacts) -> dict[str, str]:
    if math.isnan(facts.mjd):
        return {}
    half = facts.camera.exposure_s / 172_800.0
    return {"t_min": f"{facts.mjd - half:.8f}", "t_max": f"{facts.mjd + half:.8f}"}


def _place(probabilities: ProbabilityMap) -> dict[str, str]:
    """Where a client looks first: the zenith."""
    if math.isnan(probabilities.facts.mjd):
        return {}
    situation = probabilities.facts.situation
    ra_deg, dec_deg = situation.icrs_deg(situation.of_altaz(0.0, 90.0))
    return {
        "hips_initial_ra": f"{float(ra_deg):.4f}",
        "hips_initial_dec": f"{float(dec_deg):.4f}",
        "hips_initial_fov": "170",
    }


def _tiles(covered: Moc, order: int) -> Iterator[int]:
    """The tiles of an order that have anything in them."""
    for npix in range(12 << 2 * order):
        if covered.meets(Moc.of_cells(order, np.array([npix]))):
            yield npix


def _moment(mjd: float) -> datetime:
    return MJD_EPOCH + timedelta(days=mjd)
