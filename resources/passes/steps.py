"""Where each satellite is at each step of time within its crossing: SATCON2's result line."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import sky_axes
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.passes.crossings import Crossing
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.light import magnitudes_at
from satvo.resources.passes.moments import Moment, moment_of
from satvo.resources.passes.operators import Found
from satvo.resources.passes.options import Options
from satvo.schemas.errors import LimitExceeded

__all__ = ["MOST_STEPS", "refuse_many", "step_rows"]

Floats = NDArray[np.float64]

MOST_STEPS = 200_000
"""Rows of steps in one answer."""
_ARCSEC = 648000.0 / np.pi
_ROUNDING = 1e-6
"""Of a step: what the last digit of an MJD may take from a whole number of them."""


def step_rows(
    crossings: list[Crossing],
    transits: dict[str, NDArray[Any]],
    found: Found,
    exposures: list[Exposure],
    observer: Observer,
    options: Options,
) -> dict[str, NDArray[Any]]:
    """The columns of `satvo.resources.passes.columns.STEP_FIELDS`, by exposure, time and satellite.

    Steps are counted from the start of each exposure, whatever crosses it. A crossing between two
    steps, which is shorter than one, has one row: where it is nearest to the centre of the field.

    Parameters
    ----------
    crossings : list of Crossing
    transits : dict of ndarray
        Their rows, in the same order.
    found : Found
        What their satellites are of.
    exposures, observer, options
        As asked for; ``options.step_s`` is not None.

    Raises
    ------
    LimitExceeded
        If there are more than `MOST_STEPS`.
    """
    times = _times(crossings, exposures, float(options.step_s or np.nan))
    counts = np.array([len(each) for each in times], dtype=np.int64)
    of = np.repeat(np.arange(len(crossings)), counts)
    mjd = np.concatenate([*times, np.zeros(0)])
    which = np.array([c.satellite for c in crossings], dtype=np.int64)[of]
    number = np.array([c.exposure for c in crossings], dtype=np.int64)[of]
    moment = moment_of(found.orbits, which, mjd[:, None], observer, options)
    seen = moment.seen
    rows: dict[str, NDArray[Any]] = {
        name: transits[name][of]
        for name in ("exposure_id", "streak_id", "norad_id", "object_name", "aperture_id")
    }
    rows |= {
        "epoch_mjd": mjd,
        "ra": seen.ra,
        "dec": seen.dec,
        "az": seen.az,
        "alt": seen.alt,
        "range": seen.range,
        "rate": seen.rate,
        "illuminated": seen.sun_frac > 0.0,
        "mag": np.asarray(magnitudes_at(moment, found.elements[which], options).mag),
    }
    rows |= _in_field(moment, number, exposures)
    order = np.lexsort((rows["norad_id"], mjd, number))
    return {name: values[order] for name, values in rows.items()}


def refuse_many(count: int) -> None:
    """Raise `LimitExceeded` if there are too many rows of steps."""
    if count > MOST_STEPS:
        raise LimitExceeded(
            f"step: more than {MOST_STEPS} rows of steps; take a longer step, or fewer exposures "
            "at once"
        )


def _times(crossings: list[Crossing], exposures: list[Exposure], step_s: float) -> list[Floats]:
    found = []
    total = 0
    for c in crossings:
        start = exposures[c.exposure].start_mjd
        first = np.ceil((c.enters_mjd - start) * 86400.0 / step_s - _ROUNDING)
        last = np.floor((c.leaves_mjd - start) * 86400.0 / step_s + _ROUNDING)
        total += max(int(last - first) + 1, 1)
        refuse_many(total)
        steps = start + np.arange(first, last + 1) * (step_s / 86400.0)
        found.append(steps if len(steps) else np.array([c.nearest_mjd]))
    return found


def _in_field(
    moment: Moment, number: NDArray[np.int64], exposures: list[Exposure]
) -> dict[str, NDArray[Any]]:
    """Standard coordinates about the centre of each field, and pixels where there is a WCS."""
    names = ("offset_east", "offset_north", "x", "y")
    found = {name: np.full(len(number), np.nan) for name in names}
    for index in np.unique(number).tolist():
        mine, exposure = np.flatnonzero(number == index), exposures[index]
        direction = moment.seen.direction[mine]
        if not exposure.tracks:
            direction = _as_it_stands(direction, moment.frames[mine], exposure)
        centre = exposure.field.centre
        east, north = sky_axes(centre)
        depth = direction @ centre
        found["offset_east"][mine] = direction @ east / depth * _ARCSEC
        found["offset_north"][mine] = direction @ north / depth * _ARCSEC
        if exposure.wcs is not None:
            x, y = exposure.wcs.world_to_pixel_values(moment.seen.ra[mine], moment.seen.dec[mine])
            found["x"][mine], found["y"][mine] = np.asarray(x) + 1.0, np.asarray(y) + 1.0
    return found


def _as_it_stands(direction: Floats, then: Frames, exposure: Exposure) -> Floats:
    """Directions as a telescope has them that stands still: where they would be at the middle."""
    middle = Frames.at(np.array([exposure.middle_mjd]))
    fixed = rotate(np.swapaxes(then.itrs_to_gcrs, 1, 2), direction)
    return np.asarray(fixed @ middle.itrs_to_gcrs[0].T)
