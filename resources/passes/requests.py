"""What people and programs ask of PassPredict, as exposures, observer and options.

One form for all ways in: a mapping for each exposure, whether it was JSON, a row of a table or the
header of an image. The names are those of the JSON of ``POST /api/passes``; a table may use the
words of ObsCore and FITS for them (`SYNONYMS`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import numpy as np
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.ephemeris.frames import LIGHT_KM_PER_S, Frames
from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.passes.chosen import Chosen
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Apertures, Circle, Field, Polygon, direction_of, rectangle
from satvo.resources.passes.options import Options
from satvo.resources.passes.values import instant, mapping, number, pairs, told
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import MJD_EPOCH
from satvo.schemas.sphere import normalised

__all__ = ["SYNONYMS", "PassRequest", "read_exposures", "read_request"]

_MOST_IDS = 10_000

SYNONYMS = {
    "id": ("exposure_id", "obs_id", "expid", "name"),
    "ra": ("s_ra", "ra_deg", "crval1"),
    "dec": ("s_dec", "de", "dec_deg", "crval2"),
    "az": ("azimuth",),
    "alt": ("el", "altitude", "elevation"),
    "start": ("t_min", "date-obs", "date_obs", "date-beg", "mjd-obs", "mjd_obs", "start_mjd"),
    "middle": ("t_mid", "date-avg", "mjd-avg"),
    "duration": ("t_exptime", "exptime", "exposure", "exp_time"),
    "radius": ("fov_radius",),
    "diameter": ("s_fov", "fov", "beam"),
    "polygon": ("s_region",),
    "pa": ("position_angle", "rotation"),
    "pixel": ("pixel_size", "s_pixel_scale"),
}
"""Other words for the members of an exposure, in lower case."""

_MEMBERS = (
    "id", "ra", "dec", "az", "alt", "frame", "start", "middle", "duration", "radius", "diameter",
    "width", "height", "pa", "polygon", "apertures", "aperture_radius", "tracking", "pixel",
)  # fmt: skip
_OPTIONS = {
    "illuminated_only": "illuminated_only", "mag_limit": "mag_limit", "refraction": "refraction",
    "extinction": "extinction", "band": "band", "model": "model", "seeing": "seeing_arcsec",
    "aperture": "aperture_m", "max_age": "max_age_d", "step": "step_s",
}  # fmt: skip
_CHOICES = ("as_known_at", "norad_ids", "populations")
_WORDS = {word: name for name, words in SYNONYMS.items() for word in words}


@dataclass(frozen=True, slots=True)
class PassRequest:
    """Everything asked for."""

    observer: Observer
    exposures: list[Exposure]
    options: Options
    chosen: Chosen


def read_request(
    given: object,
    find: Callable[[str], Observer],
    *,
    others: bool = False,
    images: Sequence[Exposure] = (),
) -> PassRequest:
    """What a JSON document asks for.

    Parameters
    ----------
    given : object
        ``{"observer": ..., "exposures": [...], "options": {...}}``.
    find : callable
        The observer of a name, a code, or coordinates as text; raises `BadParameter`.
    others : bool
        As in `read_exposures`.
    images : sequence of Exposure
        Exposures that are there already, with which the list may be empty.

    Raises
    ------
    BadParameter
        For anything that is not understood, naming the member and what is accepted.
    """
    request = mapping(given, "the request", ("observer", "exposures", "options"))
    observer = _observer(request.get("observer"), find)
    exposures = request.get("exposures")
    if not isinstance(exposures, list) or not (exposures or images):
        raise BadParameter('exposures: a list of at least one {"id", "ra", "dec", ...} is accepted')
    options, chosen = _options(request.get("options") or {})
    found = read_exposures(exposures, observer, others=others)
    return PassRequest(observer, [*found, *images], options, chosen)


def read_exposures(
    rows: Iterable[Mapping[str, Any]], observer: Observer, *, others: bool = False
) -> list[Exposure]:
    """Exposures from mappings.

    Parameters
    ----------
    rows : iterable of mapping
        Members in any case; synonyms are accepted. NaN, None and empty texts are as if not there.
    observer : Observer
        Whose horizon azimuths and altitudes are of.
    others : bool
        Whether further members are passed over, as the columns of a table are, or refused.

    Raises
    ------
    BadParameter
        Naming the exposure.
    """
    found = []
    for place, row in enumerate(rows, 1):
        try:
            members = _members(row, others)
            name = str(members.get("id", place))
            found.append(_exposure(name, members, observer))
        except BadParameter as err:
            name = str(row.get("id", place))[:60] if isinstance(row, Mapping) else str(place)
            raise BadParameter(f"exposure {name}: {err}") from err
    if len(found) > 1 and (spread := _spread(found)) > 20_000:
        raise BadParameter(f"exposures span {spread:.0f} days; ask for fewer years at once")
    return found


def _spread(exposures: Sequence[Exposure]) -> float:
    starts = [e.start_mjd for e in exposures]
    return max(starts) - min(starts)


def _members(row: object, others: bool) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise BadParameter(f"{told(row)}: an object is accepted")
    found: dict[str, Any] = {}
    for key, value in row.items():
        word = str(key).strip().lower()
        name = word if word in _MEMBERS else _WORDS.get(word)
        if name is None:
            if others:
                continue
            raise BadParameter(f"{told(key)} is not known; accepted are {', '.join(_MEMBERS)}")
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            continue
        if name not in found or word == name:
            found[name] = value
    return found


def _exposure(name: str, members: Mapping[str, Any], observer: Observer) -> Exposure:
    duration = number(members, "duration")
    if "start" in members:
        start = instant(members["start"], "start")
    elif "middle" in members:
        start = instant(members["middle"], "middle") - duration / 172800.0
    else:
        raise BadParameter("start is missing; give an ISO time in UTC or MJD, or middle")
    tracking = members.get("tracking", "sidereal")
    if tracking not in ("sidereal", "fixed"):
        raise BadParameter(f"tracking={told(tracking)}: sidereal or fixed is accepted")
    if tracking == "fixed" and not isinstance(observer, GroundObserver):
        raise BadParameter("tracking=fixed: only a telescope on the ground stands still")
    pixel = number(members, "pixel", None)
    if pixel is not None and not 0.0 < pixel < 36000.0:
        raise BadParameter(f"pixel={pixel}: its size in arcsec, above 0, is accepted")
    if not 0.0 < duration <= 86400.0:  # before its middle is asked for
        raise BadParameter(f"duration={duration}: above 0 to 86400 s is accepted")
    field = _field(members, start + duration / 172800.0, observer)
    return Exposure(name, start, duration, field, tracks=tracking == "sidereal", pixel_arcsec=pixel)


def _field(members: Mapping[str, Any], middle_mjd: float, observer: Observer) -> Field:
    if "polygon" in members:
        return Polygon.of(pairs(members["polygon"], "polygon"))
    if "apertures" in members:
        return _apertures(members)
    ra, dec = _centre(members, middle_mjd, observer)
    if "width" in members or "height" in members:
        width = number(members, "width", None)
        height = number(members, "height", width)
        size = (width if width is not None else height, height)
        if size[0] is None or size[1] is None:
            raise BadParameter("width is missing")
        return rectangle(ra, dec, size[0], size[1], number(members, "pa", 0.0) or 0.0)
    if "radius" in members:
        return Circle.of(ra, dec, number(members, "radius"))
    if "diameter" in members:
        return Circle.of(ra, dec, number(members, "diameter") / 2.0)
    raise BadParameter(
        "the field of view is missing; give radius, width and height (and pa), polygon, or "
        "apertures and aperture_radius, in deg"
    )


def _centre(
    members: Mapping[str, Any], middle_mjd: float, observer: Observer
) -> tuple[float, float]:
    frame = str(members.get("frame", "altaz" if "az" in members else "icrs")).lower()
    if frame == "altaz" or ("az" in members and "ra" not in members):
        return _from_horizon(number(members, "az"), number(members, "alt"), middle_mjd, observer)
    ra, dec = number(members, "ra"), number(members, "dec")
    if frame == "icrs":
        return ra, dec
    if frame != "teme":
        raise BadParameter(f"frame={told(frame)}: icrs, teme or altaz is accepted")
    vector = direction_of(ra, dec, "centre in TEME")
    frames = Frames.at(np.array([middle_mjd]))
    return _degrees(frames.teme_to_gcrs[0] @ vector)


def _from_horizon(
    az: float, alt: float, middle_mjd: float, observer: Observer
) -> tuple[float, float]:
    """Where the stars are that stand at an azimuth and altitude (without refraction)."""
    if not isinstance(observer, GroundObserver):
        raise BadParameter("az and alt need an observer on the ground; give ra and dec")
    if not (0.0 <= az <= 360.0 and -90.0 <= alt <= 90.0):
        raise BadParameter(
            f"az={az}, alt={alt}: an azimuth of 0 to 360 deg, from north through east, and an "
            "altitude of -90 to 90 deg are accepted"
        )
    a, h = math.radians(az), math.radians(alt)
    enu = np.array([math.cos(h) * math.sin(a), math.cos(h) * math.cos(a), math.sin(h)])
    frames = Frames.at(np.array([middle_mjd]))
    seen = observer.horizon(frames)[0].T @ enu
    motion = observer.place(frames)[1][0] / LIGHT_KM_PER_S
    return _degrees(normalised(seen - motion - frames.earth_velocity[0]))


def _degrees(vector: Any) -> tuple[float, float]:
    ra, dec = radec_deg(vector)
    return float(ra), float(dec)


def _apertures(members: Mapping[str, Any]) -> Apertures:
    given = members["apertures"]
    radius = number(members, "aperture_radius")
    if not isinstance(given, list):
        raise BadParameter("apertures: a list of [ra, dec] or of {id, ra, dec} is accepted")
    names, places = [], []
    for place, each in enumerate(given, 1):
        if isinstance(each, Mapping):
            names.append(str(each.get("id", place)))
            places.append([number(each, "ra"), number(each, "dec")])
        else:
            names.append(str(place))
            places += pairs([each], "apertures")
    return Apertures.of(places, radius, names)


def _observer(given: Any, find: Callable[[str], Observer]) -> Observer:
    if isinstance(given, str):
        return find(given)
    if given is None:
        raise BadParameter('observer is missing; give {"lon", "lat", "height"}, a name or a code')
    members = ("lon", "lat", "height", "x", "y", "z", "name", "norad_id", "ephemeris_id")
    place = mapping(given, "observer", members)
    if (number_given := place.get("norad_id")) is not None:
        if type(number_given) is not int or not 0 < number_given < 2**31:
            raise BadParameter(
                f"observer norad_id={told(number_given)}: a catalogue number is accepted"
            )
        return find(f"norad:{number_given}")
    if place.get("ephemeris_id") is not None:
        return find(f"ephemeris:{place['ephemeris_id']}")
    name = str(place.get("name", ""))[:60]
    if {"x", "y", "z"} & set(place):
        x, y, z = (number(place, axis) for axis in "xyz")
        return GroundObserver.itrf(x, y, z, name)
    if "name" in place and "lon" not in place:
        return find(name)
    height = number(place, "height", 0.0) or 0.0
    return GroundObserver.geodetic(number(place, "lon"), number(place, "lat"), height, name)


def _options(given: object) -> tuple[Options, Chosen]:
    options = mapping(given, "options", (*_OPTIONS, *_CHOICES))
    values: dict[str, Any] = {}
    kinds = {field.name: str(field.type) for field in fields(Options)}
    for key, name in _OPTIONS.items():
        if (value := options.get(key)) is None:
            continue
        if kinds[name] == "bool":
            if not isinstance(value, bool):
                raise BadParameter(f"{key}={told(value)}: true or false is accepted")
            values[name] = value
        elif kinds[name].startswith("float"):
            values[name] = number(options, key)
        else:
            values[name] = str(value)
    return Options(**values), _chosen(options)


def _chosen(options: Mapping[str, Any]) -> Chosen:
    known = options.get("as_known_at")
    at = None
    if known is not None:
        at = MJD_EPOCH + timedelta(days=instant(known, "as_known_at"))
    ids = options.get("norad_ids")
    if ids is not None:
        whole = isinstance(ids, list) and all(type(i) is int and 0 < i < 2**31 for i in ids)
        if not whole or not 0 < len(ids) <= _MOST_IDS:
            raise BadParameter(
                f"norad_ids={told(ids)}: a list of 1 to {_MOST_IDS} catalogue numbers is accepted"
            )
        ids = tuple(ids)
    populations = options.get("populations")
    if populations is not None:
        if not isinstance(populations, list) or not all(isinstance(p, str) for p in populations):
            raise BadParameter(
                f"populations={told(populations)}: a list of names of constellations is accepted"
            )
        populations = tuple(populations)
    return Chosen(at, ids, populations)
