"""A map of pass probabilities, as it is computed, stored and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.situation import Situation

__all__ = ["ALTITUDES_DEG", "FRAMES", "MAP_COLUMNS", "MapFacts", "ProbabilityMap"]

ALTITUDES_DEG = (0.0, 10.0, 20.0, 30.0, 60.0)
"""Above these the satellites are counted."""

FRAMES = ("altaz", "equatorial")
"""Of pixels: longitude is azimuth (from north through east) and latitude altitude; or ICRS."""

MAP_COLUMNS: dict[str, tuple[str, str]] = {
    "n_sat": ("deg-2", "satellites per square degree"),
    "n_sat_illum": ("deg-2", "illuminated satellites per square degree"),
    "n_pass": ("", "expected trails per exposure"),
    "n_pass_illum": ("", "expected trails of illuminated satellites per exposure"),
    "p_pass": ("", "probability of one trail or more"),
    "p_illum": ("", "probability of one trail or more of an illuminated satellite"),
    "loss": ("", "fraction of the exposure lost to trails; above 1 it is wholly lost"),
    "t_next": ("d", "MJD (UTC) when the next illuminated satellite is expected in the field"),
}
"""Columns of a map, their units (FITS) and what they are. With a magnitude limit `illuminated`
means illuminated and brighter than it."""


@dataclass(frozen=True, slots=True)
class MapFacts:
    """What holds for a whole map.

    Attributes
    ----------
    observer_name : str
        An observer_id, or coordinates.
    lon_deg, lat_deg, height_m : float
        Geodetic on WGS84.
    mjd : float
        Middle of the exposure, MJD in UTC.
    sun_az_deg, sun_alt_deg, sun_ra_deg, sun_dec_deg : float
    camera : Camera
    population : str
        What was counted: names of constellations with commas between, or ``catalogue``.
    model : str
        Brightness model; ``best`` for each constellation's own.
    n_total : float
        Satellites in the population, anywhere.
    n_sat_above, n_illum_above : tuple of 5 floats
        Satellites, and illuminated ones however faint, above `ALTITUDES_DEG`.
    """

    observer_name: str
    lon_deg: float
    lat_deg: float
    height_m: float
    mjd: float
    sun_az_deg: float
    sun_alt_deg: float
    sun_ra_deg: float
    sun_dec_deg: float
    camera: Camera
    population: str
    model: str
    n_total: float
    n_sat_above: tuple[float, ...]
    n_illum_above: tuple[float, ...]

    @property
    def situation(self) -> Situation:
        """Observer and Sun again."""
        observer = GroundObserver.geodetic(
            self.lon_deg, self.lat_deg, self.height_m, self.observer_name
        )
        return Situation.at(observer, self.mjd)


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityMap:
    """Values on the HEALPix cells above the horizon.

    Attributes
    ----------
    order : int
        nside is ``2**order``.
    frame : str
        One of `FRAMES`.
    pixels : ndarray of int64 (n,)
        Cells whose centres are above the horizon, NESTED, ascending.
    values : dict of ndarray of float32 (n,)
        By the names of `MAP_COLUMNS`, t_next as float64; t_next is NaN where none is expected.
    facts : MapFacts
    """

    order: int
    frame: str
    pixels: NDArray[np.int64]
    values: dict[str, NDArray[Any]]
    facts: MapFacts

    @property
    def nside(self) -> int:
        """Cells along the side of a base cell."""
        return 1 << self.order
