"""Maps of pass probabilities over the sky above the horizon."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from satvo.resources.constellations.layers import Layers
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.counts import counts
from satvo.resources.pass_probability.density import expected
from satvo.resources.pass_probability.light import DEFAULT_MODEL
from satvo.resources.pass_probability.probability_map import FRAMES, MapFacts, ProbabilityMap
from satvo.resources.pass_probability.sightlines import Sightlines
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import healpix_center, reach_rad
from satvo.schemas.sphere import unit_vectors

__all__ = ["LARGEST_NSIDE", "probability_map"]

LARGEST_NSIDE = 512
_COARSE = 3
_KEPT_ORDER = 6
_LEVEL = 1e-12
"""Sine of the altitude above which a centre is above the horizon and not on it."""
_SECONDS = 86_400.0


def probability_map(
    layers: Layers,
    situation: Situation,
    camera: Camera,
    *,
    nside: int,
    frame: str = "altaz",
    model: str = DEFAULT_MODEL,
    population: str = "",
    observer_name: str = "",
) -> ProbabilityMap:
    """The map of a population over a site at a time.

    Parameters
    ----------
    layers : Layers
    situation : Situation
        With a time, unless the frame is altaz; then t_next is NaN.
    camera : Camera
    nside : int
        A power of two from 1 to 512.
    frame : str
        One of `FRAMES`.
    model : str
        Brightness model; only used where the camera has a limit of magnitude.
    population : str
        What the layers are, for the facts.
    observer_name : str
        By default that of the situation's observer.

    Returns
    -------
    ProbabilityMap
        Of the cells whose centres are above the horizon (altitude 0 without refraction). Values are
        those at the centres; near the edges of latitudes means over cells.

    Raises
    ------
    BadParameter
        For another nside, frame or model, or for the equatorial frame without a time.
    """
    order = _order(nside)
    if frame not in FRAMES:
        raise BadParameter(f"frame {frame!a}: give one of {', '.join(FRAMES)}")
    if frame == "equatorial" and math.isnan(situation.mjd):
        raise BadParameter("an equatorial map needs a time: give one, or the frame altaz")
    pixels, directions = _above_horizon(situation, order, frame)
    cell_deg = math.degrees(math.sqrt(math.pi / 3.0) / nside)
    lines = Sightlines.of(situation, directions)
    found = expected(layers, lines, camera, cell_deg=cell_deg, model=model)
    start_mjd = situation.mjd - camera.exposure_s / 2.0 / _SECONDS
    values = {
        name: getattr(found, name).astype(np.float32)
        for name in ("n_sat", "n_sat_illum", "n_pass", "n_pass_illum", "p_pass", "p_illum", "loss")
    }
    values["t_next"] = start_mjd + found.wait_s / _SECONDS
    facts = _facts(layers, situation, camera, population, model, observer_name)
    return ProbabilityMap(order, frame, pixels, values, facts)


def _order(nside: int) -> int:
    order = int(nside).bit_length() - 1
    if not 1 <= nside <= LARGEST_NSIDE or nside != 1 << order:
        raise BadParameter(f"nside={nside}: give a power of two from 1 to {LARGEST_NSIDE}, e.g. 64")
    return order


def _above_horizon(
    situation: Situation, order: int, frame: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cells whose centres are above the horizon, ascending, and unit vectors to them, ITRS."""
    first = min(order, _COARSE)
    coarse = np.arange(12 << 2 * first)
    below = -math.sin(reach_rad(first)) if first < order else 0.0
    cells = coarse[_centres(situation, first, coarse, frame) @ situation.axes[2] > below]
    finer = 2 * (order - first)
    cells = ((cells[:, None] << finer) + np.arange(1 << finer)).ravel()
    directions = _centres(situation, order, cells, frame)
    above = directions @ situation.axes[2] > _LEVEL
    return cells[above], directions[above]


def _centres(
    situation: Situation, order: int, cells: NDArray[np.int64], frame: str
) -> NDArray[np.float64]:
    """Unit vectors to centres of cells, ITRS."""
    if order <= _KEPT_ORDER:
        vectors = _all_centres(order)[cells]
    else:
        vectors = unit_vectors(*healpix_center(order, cells))
    return situation.from_altaz(vectors) if frame == "altaz" else situation.from_icrs(vectors)


@lru_cache(maxsize=_KEPT_ORDER + 1)
def _all_centres(order: int) -> NDArray[np.float64]:
    """Unit vectors to the centres of all cells, on the map's axes; 1.2 MB at order 6."""
    return unit_vectors(*healpix_center(order, np.arange(12 << 2 * order)))


def _facts(
    layers: Layers,
    situation: Situation,
    camera: Camera,
    population: str,
    model: str,
    observer_name: str,
) -> MapFacts:
    observer = situation.observer
    sun_ra, sun_dec = situation.sun_icrs_deg
    above = counts(layers, situation)
    return MapFacts(
        observer_name=observer_name or observer.name,
        lon_deg=observer.lon_deg,
        lat_deg=observer.lat_deg,
        height_m=observer.height_m,
        mjd=situation.mjd,
        sun_az_deg=situation.sun_az_deg,
        sun_alt_deg=situation.sun_alt_deg,
        sun_ra_deg=sun_ra,
        sun_dec_deg=sun_dec,
        camera=camera,
        population=population,
        model=model,
        n_total=layers.total,
        n_sat_above=tuple(above.n_sat.tolist()),
        n_illum_above=tuple(above.n_illum.tolist()),
    )
