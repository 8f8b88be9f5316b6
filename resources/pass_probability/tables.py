"""What is told beside a map: the naked-eye sky, a calendar as a table, and a summary."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from satvo.resources.pass_probability.calendar import PassCalendar
from satvo.resources.pass_probability.probability_map import (
    ALTITUDES_DEG,
    MAP_COLUMNS,
    ProbabilityMap,
)
from satvo.resources.passes.columns import arrow_table
from satvo.schemas.columns import Field
from satvo.schemas.healpix import healpix_center
from satvo.schemas.moc import Moc
from satvo.schemas.moments import MJD_EPOCH
from satvo.schemas.passprob_pix import PASSPROB_PIX

__all__ = [
    "CALENDAR_FIELDS",
    "VISIBLE_FIELDS",
    "VISIBLE_MAGS",
    "calendar_summary",
    "calendar_table",
    "map_summary",
    "moment_text",
    "visible_table",
]

VISIBLE_MAGS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
"""Limits of V of the naked-eye sky; 6 to 7 is what good eyes see at a dark site."""

VISIBLE_FIELDS = (
    Field(
        "mag_limit", "double", unit="mag", ucd="phot.mag;stat.max",
        description="Satellites of this V and brighter are counted",
    ),
    *(
        Field(
            f"n_visible{altitude:02.0f}", "double", ucd="meta.number;stat.mean",
            description=f"How many are visible at once above an altitude of {altitude:g} deg",
        )
        for altitude in ALTITUDES_DEG
    ),
)  # fmt: skip
"""Expected numbers of visible satellites, a row for each limit."""

_CALENDAR = ("n_pass", "n_pass_illum", "p_illum", "loss")

CALENDAR_FIELDS = (
    Field(
        "night", "int", ucd="meta.number;time", description="Number of the night, from 1",
    ),
    Field(
        "t_mid", "double", unit="d", ucd="time.epoch", timesys="UTC TOPOCENTER",
        description="Middle of the exposure: MJD in UTC",
    ),
    Field(
        "solar_time", "double", unit="h", ucd="time.phase",
        description="The same from local mean solar midnight on, -12 to 12",
    ),
    Field(
        "sun_alt", "double", unit="deg", ucd="pos.az.alt;obs.param",
        description="Altitude of the Sun, without refraction",
    ),
    Field(
        "target_alt", "double", unit="deg", ucd="pos.az.alt",
        description="Altitude of the target, without refraction",
    ),
    *(Field.of(PASSPROB_PIX.c[name]) for name in _CALENDAR),
)  # fmt: skip
"""A row for each time of each night; null where the target is below the horizon."""


def visible_table(counts: np.ndarray[Any, np.dtype[np.float64]]) -> pa.Table:
    """Expected numbers (`VISIBLE_MAGS`, `ALTITUDES_DEG`) as the table of `VISIBLE_FIELDS`."""
    columns = {"mag_limit": np.array(VISIBLE_MAGS)}
    columns |= {field.name: counts[:, i] for i, field in enumerate(VISIBLE_FIELDS[1:])}
    return arrow_table(columns, VISIBLE_FIELDS)


def calendar_table(calendar: PassCalendar) -> pa.Table:
    """A calendar as the table of `CALENDAR_FIELDS`, night after night."""
    nights, times = calendar.mjd.shape
    columns: dict[str, Any] = {
        "night": np.repeat(np.arange(1, nights + 1), times),
        "t_mid": calendar.mjd.ravel(),
        "solar_time": np.tile(calendar.solar_time_h, nights),
        "sun_alt": calendar.sun_alt_deg.ravel(),
        "target_alt": calendar.target_alt_deg.ravel(),
    }
    columns |= {name: getattr(calendar, name).ravel() for name in _CALENDAR}
    return arrow_table(columns, CALENDAR_FIELDS)


def map_summary(made: ProbabilityMap, area: Moc, threshold: float) -> dict[str, Any]:
    """The numbers of a map, as JSON has them."""
    facts, camera = made.facts, made.facts.camera
    values = {name: made.values[name] for name in MAP_COLUMNS if name != "t_next"}
    limits = ("mag_limit", "depth_mag", "blooming_mag")
    warnings = []
    if facts.sun_alt_deg > 0.0:
        warnings.append("the Sun is above the horizon: nobody sees satellites then")
    return {
        "observer": facts.observer_name,
        "lon": facts.lon_deg,
        "lat": facts.lat_deg,
        "height": facts.height_m,
        "time": moment_text(facts.mjd),
        "mjd": facts.mjd,
        "sun_az": facts.sun_az_deg,
        "sun_alt": facts.sun_alt_deg,
        "sun_ra": facts.sun_ra_deg,
        "sun_dec": facts.sun_dec_deg,
        "exposure": camera.exposure_s,
        "radius": camera.radius_deg,
        "width": camera.width_deg or None,
        "height_deg": camera.height_deg or None,
        **{name: _or_none(getattr(camera, name)) for name in limits},
        "trail_width": camera.trail_width_arcsec,
        "resolution": camera.resolution_arcsec,
        "population": facts.population,
        "satellites": facts.n_total,
        "model": facts.model,
        "frame": made.frame,
        "nside": made.nside,
        "pixels": len(made.pixels),
        "above": [
            {"altitude": altitude, "satellites": up, "illuminated": lit}
            for altitude, up, lit in zip(
                ALTITUDES_DEG, facts.n_sat_above, facts.n_illum_above, strict=True
            )
        ],
        "largest": {name: _largest(made, name) for name in values},
        "mean": {name: float(np.mean(each)) if len(each) else 0.0 for name, each in values.items()},
        "threshold": threshold,
        "area_above_threshold": area.area_deg2,
        "warnings": warnings,
    }


def calendar_summary(calendar: PassCalendar) -> dict[str, Any]:
    """The numbers of a calendar, as JSON has them: means over dark times with the target up."""
    facts = calendar.facts
    dark = (calendar.sun_alt_deg < -18.0) & (calendar.target_alt_deg > 30.0)
    means = {name: getattr(calendar, name)[dark] for name in _CALENDAR}
    return {
        "observer": facts.observer_name,
        "ra": calendar.ra_deg,
        "dec": calendar.dec_deg,
        "first": facts.first.isoformat(),
        "nights": calendar.mjd.shape[0],
        "times": calendar.mjd.shape[1],
        "exposure": facts.camera.exposure_s,
        "radius": facts.camera.radius_deg,
        "population": facts.population,
        "satellites": facts.n_total,
        "model": facts.model,
        "dark_and_above_30_deg": {
            "times": int(dark.sum()),
            "mean": {
                name: float(each.mean()) if each.size else None for name, each in means.items()
            },
        },
    }


def moment_text(mjd: float) -> str:
    """An MJD as ISO 8601, to the second."""
    return (MJD_EPOCH + timedelta(days=mjd) + timedelta(seconds=0.5)).isoformat()[:19]


def _largest(made: ProbabilityMap, name: str) -> dict[str, float] | None:
    """The greatest value of a column, and where it is."""
    values = made.values[name]
    if not len(values):
        return None
    best = int(np.argmax(values))
    lon, lat = healpix_center(made.order, made.pixels[best])
    names = ("ra", "dec") if made.frame == "equatorial" else ("az", "alt")
    place = dict(zip(names, (float(lon), float(lat)), strict=True))
    return {"value": float(values[best]), **place}


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
