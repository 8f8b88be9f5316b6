"""Maps as the rows of `satvo.passprob` and `satvo.passprob_pix`, and back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.probability_map import (
    MAP_COLUMNS,
    MapFacts,
    ProbabilityMap,
)
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import healpix_center
from satvo.schemas.passprob import ABOVE_DEG
from satvo.schemas.passprob_pix import PASSPROB_PIX
from satvo.schemas.store.interface import arrow_schema

__all__ = [
    "MOC_THRESHOLD",
    "StoredMap",
    "check_map_id",
    "facts_row",
    "map_of_rows",
    "pixel_rows",
    "stored_of_row",
]

MOC_THRESHOLD = 0.1
"""The probability of an illuminated trail that the area of a map exceeds, unless another is named.
"""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ENDINGS = (".fits", ".png", "_moc", "_zenithal", "_mollweide")
_DAY_S = 86_400.0
_CAMERA = {
    "exposure_s": "t_exptime",
    "width_deg": "fov_width",
    "height_deg": "fov_height",
    "mag_limit": "mag_limit",
    "depth_mag": "mag_depth",
    "blooming_mag": "mag_blooming",
    "trail_width_arcsec": "trail_width",
    "resolution_arcsec": "resolution",
}
_MISSING = {"width_deg": 0.0, "height_deg": 0.0}


@dataclass(frozen=True, slots=True)
class StoredMap:
    """What is known of a registered map without its pixels.

    Attributes
    ----------
    map_id : str
    order : int
        nside is ``2**order``.
    frame : str
        altaz or equatorial.
    facts : MapFacts
    moc : str
        ASCII MOC in ICRS of where p_illum exceeds the threshold; empty where none was made.
    threshold : float
    created : datetime
        UTC without a zone.
    """

    map_id: str
    order: int
    frame: str
    facts: MapFacts
    moc: str
    threshold: float
    created: datetime


def check_map_id(text: str) -> str:
    """The name of a map, if it can be one.

    Raises
    ------
    BadParameter
        If it is no name that stands in an address, or ends as a file of a map does.

    Examples
    --------
    >>> check_map_id("rubin-dusk")
    'rubin-dusk'
    """
    if not _NAME.fullmatch(text):
        raise BadParameter(
            f"map {text[:100]!r}: give it a name of up to 100 letters, digits and . _ -, a letter "
            "or digit first"
        )
    if text.endswith(_ENDINGS):
        raise BadParameter(
            f"map {text!r}: a name may not end in {', '.join(_ENDINGS)}, as the files of maps do"
        )
    return text


def facts_row(
    made: ProbabilityMap, map_id: str, *, moc: str, threshold: float, created: datetime
) -> dict[str, Any]:
    """The row of a map in `satvo.passprob`.

    Parameters
    ----------
    made : ProbabilityMap
    map_id : str
        As `check_map_id` accepts it.
    moc : str
        ASCII MOC in ICRS of where p_illum exceeds the threshold.
    threshold : float
    created : datetime
        UTC without a zone.
    """
    facts, camera = made.facts, made.facts.camera
    half_d = camera.exposure_s / _DAY_S / 2.0
    is_circle = not (camera.width_deg and camera.height_deg)
    row: dict[str, Any] = {
        "map_id": map_id,
        "observer_id": facts.observer_name,
        "t_min": facts.mjd - half_d,
        "t_max": facts.mjd + half_d,
        "fov": 2.0 * camera.radius_deg,
        "hpx_order": made.order,
        "frame": made.frame,
        "population": facts.population,
        "model": facts.model,
        "lon": facts.lon_deg,
        "lat": facts.lat_deg,
        "height": facts.height_m,
        "sun_az": facts.sun_az_deg,
        "sun_alt": facts.sun_alt_deg,
        "sun_ra": facts.sun_ra_deg,
        "sun_dec": facts.sun_dec_deg,
        "n_total": facts.n_total,
        "moc": moc,
        "moc_threshold": threshold,
        "access_url": f"/maps/{map_id}.fits",  # completed by who answers
        "hips_url": f"/hips/{map_id}",
        "created": created,
    }
    for name, column in _CAMERA.items():
        value = getattr(camera, name)
        unknown = math.isnan(value) or (is_circle and name in _MISSING)
        row[column] = None if unknown else value
    for word, counts in (("sat", facts.n_sat_above), ("illum", facts.n_illum_above)):
        row |= {f"n_{word}{a:02d}": n for a, n in zip(ABOVE_DEG, counts, strict=True)}
    return {name: None if _is_nan(value) else value for name, value in row.items()}


def pixel_rows(made: ProbabilityMap, map_id: str) -> pa.Table:
    """The rows of a map in `satvo.passprob_pix`, in the order of their cells.

    Raises
    ------
    BadParameter
        If the map has no time, so that its cells have no right ascension.
    """
    if math.isnan(made.facts.mjd):
        raise BadParameter(f"map {map_id}: it has no time, so its cells have no right ascension")
    lon, lat = healpix_center(made.order, made.pixels)
    if made.frame == "altaz":
        situation = made.facts.situation
        lon, lat = situation.icrs_deg(situation.of_altaz(lon, lat))
    count = len(made.pixels)
    columns: dict[str, Any] = {
        "map_id": pa.repeat(pa.scalar(map_id), count),
        "hpx_order": np.full(count, made.order),
        "hpx": made.pixels,
        "ra": lon,
        "dec": lat,
        **made.values,
    }
    schema = arrow_schema(PASSPROB_PIX)
    # A NaN of ours is a null of the table's.
    arrays = [
        pa.array(columns[field.name], from_pandas=True).cast(field.type, safe=False)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def stored_of_row(row: Mapping[str, Any]) -> StoredMap:
    """A row of `satvo.passprob` as what it says."""
    given = {name: _decimal(row[column]) for name, column in _CAMERA.items()}
    camera = Camera(
        radius_deg=_decimal(row["fov"]) / 2.0,
        **{n: _MISSING[n] if n in _MISSING and math.isnan(v) else v for n, v in given.items()},
    )
    above = {
        word: tuple(_number(row[f"n_{word}{a:02d}"]) for a in ABOVE_DEG)
        for word in ("sat", "illum")
    }
    facts = MapFacts(
        observer_name=row["observer_id"],
        lon_deg=row["lon"],
        lat_deg=row["lat"],
        height_m=row["height"],
        mjd=(row["t_min"] + row["t_max"]) / 2.0,
        sun_az_deg=_number(row["sun_az"]),
        sun_alt_deg=_number(row["sun_alt"]),
        sun_ra_deg=_number(row["sun_ra"]),
        sun_dec_deg=_number(row["sun_dec"]),
        camera=camera,
        population=row["population"],
        model=row["model"],
        n_total=_number(row["n_total"]),
        n_sat_above=above["sat"],
        n_illum_above=above["illum"],
    )
    return StoredMap(
        map_id=row["map_id"],
        order=row["hpx_order"],
        frame=row["frame"],
        facts=facts,
        moc=row["moc"] or "",
        threshold=_decimal(row["moc_threshold"]),
        created=row["created"],
    )


def map_of_rows(stored: StoredMap, pixels: pa.Table) -> ProbabilityMap:
    """A map of its row and those of its pixels, which are in the order of their cells."""
    columns = {name: _array(pixels[name]) for name in ("hpx", *MAP_COLUMNS)}
    cells = columns.pop("hpx").astype(np.int64)
    return ProbabilityMap(stored.order, stored.frame, cells, columns, stored.facts)


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    values: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    if values.dtype == object:  # nothing but nulls, as some drivers give them
        return np.full(len(values), np.nan)
    return values


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _decimal(value: float | None) -> float:
    """The shortest decimal that a REAL stands for: 30.1, where its double is 30.10000038."""
    if value is None:
        return math.nan
    return float(str(np.float32(value)))


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
