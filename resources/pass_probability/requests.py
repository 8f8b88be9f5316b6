"""What is asked of a map or a calendar, from the texts of a job's parameters or a command's."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from satvo.ingest.constellations.shells import Constellation
from satvo.resources.brightness.magnitudes import brightness_model
from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.light import BEST, DEFAULT_MODEL
from satvo.resources.pass_probability.populations_asked import Wanted, read_wanted
from satvo.resources.pass_probability.probability_map import FRAMES, MAP_COLUMNS
from satvo.resources.pass_probability.situation import Situation
from satvo.resources.pass_probability.stored import MOC_THRESHOLD
from satvo.resources.passes.values import instant, number, told, truth
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import MJD_EPOCH, mjd_of

__all__ = [
    "CalendarRequest",
    "MapRequest",
    "read_calendar_request",
    "read_map_request",
]

_NSIDE, _LARGEST_NSIDE = 64, 512
_EXPOSURE_S, _RADIUS_DEG = 30.0, 1.0
_SMALLEST_DEG = 1e-5
_LIMITS = {"MAGLIM": "mag_limit", "DEPTH": "depth_mag", "BLOOMING": "blooming_mag"}
_WIDTHS = {"TRAILWIDTH": "trail_width_arcsec", "RESOLUTION": "resolution_arcsec"}
_FIRST_YEAR, _LAST_YEAR = 1973, 2098
_MOST_NIGHTS, _MOST_TIMES = 3660, 1440

Find = Callable[[str], Observer]


@dataclass(frozen=True, slots=True, eq=False)
class MapRequest:
    """A map to be made.

    Attributes
    ----------
    wanted : Wanted
    situation : Situation
        In the middle of the exposure.
    camera : Camera
    nside : int
        A power of two, 1 to 512.
    frame : str
        One of `FRAMES`.
    model : str
        Brightness model, or `BEST`.
    threshold : float
        Probability of an illuminated trail that the area told of exceeds.
    column : str
        Of `MAP_COLUMNS`: what pictures show.
    """

    wanted: Wanted
    situation: Situation
    camera: Camera
    nside: int
    frame: str
    model: str
    threshold: float
    column: str


@dataclass(frozen=True, slots=True, eq=False)
class CalendarRequest:
    """A calendar of one target to be made.

    Attributes
    ----------
    wanted : Wanted
    observer : GroundObserver
    ra_deg, dec_deg : float
        ICRS.
    first : date
        Evening of the first night, in local mean solar time.
    nights, times : int
        How many nights, and how many times in each.
    camera : Camera
    model : str
        Brightness model, or `BEST`.
    """

    wanted: Wanted
    observer: GroundObserver
    ra_deg: float
    dec_deg: float
    first: date
    nights: int
    times: int
    camera: Camera
    model: str

    @property
    def first_mjd(self) -> float:
        """0 h UTC of that date."""
        return mjd_of(datetime.combine(self.first, time()))


def read_map_request(
    parameters: Mapping[str, str], find: Find, definitions: Sequence[Constellation] = ()
) -> MapRequest:
    """The map that parameters ask for.

    Parameters
    ----------
    parameters : mapping
        CONSTELLATION or CATALOGUE; OBSERVER, or LAT, LON (deg) and HEIGHT (m); TIME, ISO 8601 in
        UTC or MJD, the middle of the exposure; and, with defaults, EXPTIME (s), RADIUS, or WIDTH
        and HEIGHT_DEG (deg), NSIDE, FRAME, MAGLIM, DEPTH, BLOOMING (mag), TRAILWIDTH, RESOLUTION
        (arcsec), MODEL, THRESHOLD, COLUMN, DAYLIGHT.
    find : callable
        The observer of a text.
    definitions : sequence of Constellation
        Of one's own, counted too.

    Raises
    ------
    BadParameter
        For the first that is missing, or is not accepted.
    """
    wanted = read_wanted(parameters, definitions)
    camera = _camera(parameters)
    nside = _whole(parameters, "NSIDE", _NSIDE, 1, _LARGEST_NSIDE)
    if nside & (nside - 1):
        raise BadParameter(f"NSIDE={nside}: a power of two is accepted, from 1 to {_LARGEST_NSIDE}")
    frame = (parameters.get("FRAME") or "equatorial").lower()
    if frame not in FRAMES:
        raise BadParameter(f"FRAME={told(frame)}: {' or '.join(FRAMES)} is accepted")
    threshold = float(number(parameters, "THRESHOLD", MOC_THRESHOLD))
    if not 0.0 <= threshold < 1.0:
        raise BadParameter(f"THRESHOLD={threshold:g}: a probability from 0 to below 1 is accepted")
    column = parameters.get("COLUMN") or "p_illum"
    if column not in MAP_COLUMNS:
        raise BadParameter(f"COLUMN={told(column)}: one of {', '.join(MAP_COLUMNS)} is accepted")
    observer, model = _observer(parameters, find), _model(parameters)
    if not parameters.get("TIME"):
        raise BadParameter("TIME is missing; give a time in UTC, as 2027-01-31T00:00:00, or MJD")
    situation = Situation.at(observer, instant(parameters["TIME"], "TIME"))
    sun_alt = situation.sun_alt_deg
    if sun_alt > 0.0 and not truth(parameters, "DAYLIGHT"):
        raise BadParameter(
            f"TIME={told(parameters['TIME'])}: the Sun is {sun_alt:.1f} deg above the horizon of "
            f"{observer.name}; give a time of the night, or ask for a map by day (DAYLIGHT=true, "
            "--daylight)"
        )
    return MapRequest(wanted, situation, camera, nside, frame, model, threshold, column)


def read_calendar_request(
    parameters: Mapping[str, str], find: Find, definitions: Sequence[Constellation] = ()
) -> CalendarRequest:
    """The calendar that parameters ask for.

    Parameters
    ----------
    parameters : mapping
        As of `read_map_request`, without TIME, NSIDE, FRAME, THRESHOLD and DAYLIGHT; and TARGET,
        right ascension and declination (ICRS, deg) with a comma between; YEAR, or START, a date;
        NIGHTS, a year's without it, and TIMES, 48 without it, in each.
    find, definitions
        As of `read_map_request`.

    Raises
    ------
    BadParameter
        For the first that is missing, or is not accepted.
    """
    wanted = read_wanted(parameters, definitions)
    camera = _camera(parameters)
    ra, dec = _target(parameters.get("TARGET"))
    first, nights = _nights(parameters)
    times = _whole(parameters, "TIMES", 48, 2, _MOST_TIMES)
    observer, model = _observer(parameters, find), _model(parameters)
    return CalendarRequest(wanted, observer, ra, dec, first, nights, times, camera, model)


def _camera(parameters: Mapping[str, str]) -> Camera:
    exposure = float(number(parameters, "EXPTIME", _EXPOSURE_S))
    limits: dict[str, Any] = {
        name: float(number(parameters, parameter, math.nan)) for parameter, name in _LIMITS.items()
    }
    for parameter, name in _WIDTHS.items():
        if parameters.get(parameter):
            limits[name] = float(number(parameters, parameter))
    if not (parameters.get("WIDTH") or parameters.get("HEIGHT_DEG")):
        radius = _above_zero(parameters, "RADIUS", _RADIUS_DEG)
        return Camera(exposure, radius, **limits)
    if parameters.get("RADIUS"):
        raise BadParameter("RADIUS is of a circle, WIDTH and HEIGHT_DEG of a rectangle; give one")
    if not (parameters.get("WIDTH") and parameters.get("HEIGHT_DEG")):
        raise BadParameter("WIDTH and HEIGHT_DEG belong together; give both, or RADIUS")
    width, height = (_above_zero(parameters, name, 0.0) for name in ("WIDTH", "HEIGHT_DEG"))
    half = math.hypot(width, height) / 2.0
    return Camera(exposure, half, width, height, **limits)


def _above_zero(parameters: Mapping[str, str], name: str, default: float) -> float:
    value = float(number(parameters, name, default))
    if not _SMALLEST_DEG <= value <= 90.0:
        raise BadParameter(f"{name}={value:g}: {_SMALLEST_DEG:g} to 90 deg are accepted")
    return value


def _observer(parameters: Mapping[str, str], find: Find) -> GroundObserver:
    named = parameters.get("OBSERVER")
    lon, lat, height = (parameters.get(name) for name in ("LON", "LAT", "HEIGHT"))
    if named and (lon or lat or height):
        raise BadParameter("OBSERVER names a place, and so do LON, LAT and HEIGHT; give one")
    if not named:
        if not (lon and lat):
            raise BadParameter(
                "nobody observes: give OBSERVER (a site's name as rubin, or an MPC code), or LON "
                "and LAT in deg and HEIGHT in m"
            )
        place = [float(number(parameters, name, 0.0)) for name in ("LON", "LAT", "HEIGHT")]
        named = ",".join(f"{value:.9g}" for value in place)
    found = find(named)
    if not isinstance(found, GroundObserver):
        raise BadParameter(f"OBSERVER={told(named)}: a site on the ground is needed")
    return found


def _model(parameters: Mapping[str, str]) -> str:
    name = parameters.get("MODEL") or DEFAULT_MODEL
    if name != BEST:
        brightness_model(name)
    return name


def _whole(parameters: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = float(number(parameters, name, default))
    if value != int(value) or not low <= value <= high:
        raise BadParameter(f"{name}={value:g}: a whole number from {low} to {high} is accepted")
    return int(value)


def _target(text: str | None) -> tuple[float, float]:
    words = (text or "").replace(",", " ").split()
    accepted = "right ascension and declination in ICRS, deg, are accepted, as 52,-27.8"
    if len(words) != 2:
        raise BadParameter(f"TARGET={told(text or '')}: {accepted}")
    ra, dec = (float(number({"TARGET": word}, "TARGET")) for word in words)
    if not (-360.0 <= ra <= 360.0 and -90.0 <= dec <= 90.0):
        raise BadParameter(f"TARGET={told(text)}: {accepted}")
    return ra % 360.0, dec


def _nights(parameters: Mapping[str, str]) -> tuple[date, int]:
    """The date of the first evening, and how many nights."""
    if bool(parameters.get("YEAR")) == bool(parameters.get("START")):
        raise BadParameter("give YEAR, as 2027, or START, the date of the first evening")
    if parameters.get("START"):
        first = (MJD_EPOCH + timedelta(days=instant(parameters["START"], "START"))).date()
        return first, _whole(parameters, "NIGHTS", 365, 1, _MOST_NIGHTS)
    first = date(_whole(parameters, "YEAR", 0, _FIRST_YEAR, _LAST_YEAR), 1, 1)
    nights = (date(first.year + 1, 1, 1) - first).days
    return first, _whole(parameters, "NIGHTS", nights, 1, _MOST_NIGHTS)
