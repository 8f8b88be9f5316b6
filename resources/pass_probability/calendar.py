"""Pass probabilities of one target through the nights of a year."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
from numpy.typing import NDArray
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.density import expected
from satvo.resources.pass_probability.light import DEFAULT_MODEL
from satvo.resources.pass_probability.sightlines import Sightlines
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from satvo.schemas.sphere import dot, normalised, unit_vectors

__all__ = ["CALENDAR_COLUMNS", "CalendarFacts", "PassCalendar", "pass_calendar"]

Floats = NDArray[np.float64]

_MOST_CELLS = 1_000_000
_SIDEREAL_RAD_PER_D = 2.0 * math.pi * 1.00273781191135448
_FRAMES_EVERY_D = 4

CALENDAR_COLUMNS = ("n_pass", "n_pass_illum", "p_illum", "loss")
"""Values of a calendar, as in `satvo.resources.pass_probability.probability_map.MAP_COLUMNS`."""


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """What holds for a whole calendar; as `MapFacts` has it.

    Attributes
    ----------
    observer_name : str
    lon_deg, lat_deg, height_m : float
    first : date
        Evening of the first night, at the site.
    camera : Camera
    population, model : str
    n_total : float
    """

    observer_name: str
    lon_deg: float
    lat_deg: float
    height_m: float
    first: date
    camera: Camera
    population: str
    model: str
    n_total: float


@dataclass(frozen=True, slots=True, eq=False)
class PassCalendar:
    """Values of one target at times of nights.

    Attributes
    ----------
    ra_deg, dec_deg : float
        ICRS.
    mjd : ndarray (nights, times)
        Middles of exposures, MJD in UTC.
    solar_time_h : ndarray (times,)
        The same as hours from local mean solar midnight, -12 to 12.
    sun_alt_deg, target_alt_deg : ndarray (nights, times)
        Without refraction.
    n_pass, n_pass_illum, p_illum, loss : ndarray (nights, times)
        As in `MAP_COLUMNS`, means over the field near edges of latitudes; NaN where the target is
        below the horizon. Times by day are there too.
    facts : CalendarFacts
    """

    ra_deg: float
    dec_deg: float
    mjd: Floats
    solar_time_h: Floats
    sun_alt_deg: Floats
    target_alt_deg: Floats
    n_pass: Floats
    n_pass_illum: Floats
    p_illum: Floats
    loss: Floats
    facts: CalendarFacts


def pass_calendar(
    layers: Layers,
    observer: GroundObserver,
    ra_deg: float,
    dec_deg: float,
    camera: Camera,
    *,
    first: date,
    nights: int = 365,
    times: int = 48,
    model: str = DEFAULT_MODEL,
    population: str = "",
) -> PassCalendar:
    """The calendar of a target over a site.

    Parameters
    ----------
    layers : Layers
        Taken as they are for the whole time.
    observer : GroundObserver
    ra_deg, dec_deg : float
        ICRS.
    camera : Camera
    first : date
        Evening of the first night, in local mean solar time.
    nights, times : int
        How many nights, and times in each, even from noon to noon; a million cells at most.
    model, population : str
        As in `satvo.resources.pass_probability.maps.probability_map`.

    Raises
    ------
    BadParameter
        For a target that is no direction, other numbers of nights or times, or dates outside the
        years from 1972 to 2099.

    Notes
    -----
    The Earth's axes and the Sun are worked out every fourth day; between, the Earth turns evenly
    and the Sun goes straight: places are right to 0.01 deg.
    """
    if not (math.isfinite(ra_deg) and -90.0 <= dec_deg <= 90.0):
        raise BadParameter(
            f"target ra={ra_deg}, dec={dec_deg}: give a right ascension and a declination from -90 "
            "to 90 deg, ICRS"
        )
    if nights < 1 or times < 1 or nights * times > _MOST_CELLS:
        raise BadParameter(
            f"nights={nights}, times={times}: give both from 1, and a product up to {_MOST_CELLS}"
        )
    hours = ((np.arange(times) + 0.5) / times - 0.5) * 24.0
    midnight = mjd_of(datetime.combine(first, time())) + 1.0 - observer.lon_deg / 360.0
    mjd = midnight + np.arange(nights)[:, None] + hours / 24.0
    target, sun_km = _skies(mjd, unit_vectors(ra_deg, dec_deg))
    up = unit_vectors(observer.lon_deg, observer.lat_deg)
    target_alt = np.degrees(np.arcsin(np.clip(target @ up, -1.0, 1.0)))
    sun_alt = np.degrees(np.arcsin(normalised(sun_km - observer.itrs_km) @ up))
    shown = np.flatnonzero(target_alt > 0.0)
    lines = Sightlines.under(observer.itrs_km, target[shown], sun_km[shown])
    found = expected(layers, lines, camera, cell_deg=_cell_deg(camera), model=model)
    values = {name: np.full(mjd.shape, np.nan) for name in CALENDAR_COLUMNS}
    for name, into in values.items():
        into.ravel()[shown] = getattr(found, name)
    return PassCalendar(
        ra_deg=ra_deg % 360.0,
        dec_deg=dec_deg,
        mjd=mjd,
        solar_time_h=hours,
        sun_alt_deg=sun_alt.reshape(mjd.shape),
        target_alt_deg=target_alt.reshape(mjd.shape),
        **values,
        facts=CalendarFacts(
            observer_name=observer.name,
            lon_deg=observer.lon_deg,
            lat_deg=observer.lat_deg,
            height_m=observer.height_m,
            first=first,
            camera=camera,
            population=population,
            model=model,
            n_total=layers.total,
        ),
    )


def _cell_deg(camera: Camera) -> float:
    """Side of a square with the second moments of the field."""
    if camera.width_deg and camera.height_deg:
        return math.hypot(camera.width_deg, camera.height_deg) / math.sqrt(2.0)
    return math.sqrt(3.0) * camera.radius_deg


def _skies(mjd: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Unit vectors to the target and places of the Sun in km, ITRS, at all times: (n, 3)."""
    days = np.arange(math.floor(mjd.min()), mjd.max() + 2 * _FRAMES_EVERY_D, _FRAMES_EVERY_D)
    frames = Frames.at(days.astype(np.float64), is_rough=True)
    targets = target @ frames.itrs_to_gcrs
    suns = dot(frames.sun_km[:, None], np.swapaxes(frames.itrs_to_gcrs, 1, 2))
    flat = mjd.ravel()
    node = ((flat - days[0]) // _FRAMES_EVERY_D).astype(np.int64)
    # The Sun's steps are small on axes that stand still: those of the node before.
    following = _turned(suns[1:], np.full(len(days) - 1, -float(_FRAMES_EVERY_D)))
    part = ((flat - days[node]) / _FRAMES_EVERY_D)[:, None]
    sun = suns[node] + part * (following[node] - suns[node])
    passed = flat - days[node]
    return _turned(targets[node], passed), _turned(sun, passed)


def _turned(vectors: Floats, days: Floats) -> Floats:
    """Vectors (n, 3) on the axes of an Earth that has turned on for some days."""
    angle = _SIDEREAL_RAD_PER_D * days
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = vectors.T
    return np.column_stack([x * cosine + y * sine, y * cosine - x * sine, z])
