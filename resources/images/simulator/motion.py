"""The way of a satellite over the detector during an exposure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.horizontal import elevation_and_tilt, own_motion_arcsec_s
from satvo.resources.images.simulator.satellites import Satellite, angular_rate, slant_range_km
from satvo.resources.images.simulator.stars import radec_of
from satvo.resources.images.simulator.view import View, tangents
from satvo.resources.trails.paths import Path
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import unit_vectors

if TYPE_CHECKING:
    from satvo.resources.images.simulator.satellites import SkyPath

__all__ = ["Arcs", "Way", "range_of", "way_in", "way_of"]

Floats = NDArray[np.float64]

_ARCSEC_PER_RAD = 648000.0 / math.pi
_CLOSE_PX = 0.002
_MOST_CORNERS = 2049


@dataclass(frozen=True, eq=False)
class Arcs:
    """Great circles followed at an even speed, one after the other.

    Attributes
    ----------
    first, along : ndarray (n, 3)
        Unit vectors of the place at `zero`, and of the direction of motion there.
    rate : ndarray (n,)
        rad/s.
    zero, begin, end : ndarray (n,)
        Seconds from the start of the series; each arc holds from `begin` to `end`.
    """

    first: Floats
    along: Floats
    rate: Floats
    zero: Floats
    begin: Floats
    end: Floats

    def places(self, seconds: Floats) -> tuple[Floats, Floats]:
        """Right ascension and declination, deg, at these instants."""
        which = np.clip(np.searchsorted(self.begin, seconds, "right") - 1, 0, len(self.rate) - 1)
        angle = (self.rate[which] * (seconds - self.zero[which]))[:, None]
        at = np.cos(angle) * self.first[which] + np.sin(angle) * self.along[which]
        ra = np.degrees(np.arctan2(at[:, 1], at[:, 0])) % 360.0
        return ra, np.degrees(np.arctan2(at[:, 2], np.hypot(at[:, 0], at[:, 1])))

    def within(
        self, centre: Floats, radius_deg: float, begin: float, end: float
    ) -> tuple[float, float] | None:
        """First and last instant, between two, at which it is within a circle; None: never."""
        low, high = np.maximum(self.begin, begin), np.minimum(self.end, end)
        one, other = self.first @ centre, self.along @ centre
        reach = np.hypot(one, other)
        nearest = np.arctan2(other, one)
        cosine = math.cos(math.radians(min(radius_deg, 180.0)))
        with np.errstate(divide="ignore", invalid="ignore"):
            half = np.arccos(np.clip(cosine / reach, -1.0, 1.0))
            half = np.where(cosine <= -reach, np.pi, half)
            middle = 0.5 * (low + high)
            turns = np.rint((self.rate * (middle - self.zero) - nearest) / (2.0 * np.pi))
        found = []
        for extra in (-1.0, 0.0, 1.0):
            angle = nearest + 2.0 * np.pi * (turns + extra)
            enters = np.maximum(self.zero + (angle - half) / self.rate, low)
            leaves = np.minimum(self.zero + (angle + half) / self.rate, high)
            meets = (reach >= cosine) & (enters < leaves)
            found += list(zip(enters[meets], leaves[meets], strict=True))
        if not found:
            return None
        return float(min(each[0] for each in found)), float(max(each[1] for each in found))


@dataclass(frozen=True, eq=False)
class Way:
    """What part of a satellite's way lies near the frame in one exposure.

    Attributes
    ----------
    path : Path
        Columns, rows, and fractions of the exposure.
    seconds : tuple of float
        Its first and last instant, from the start of the series.
    """

    path: Path
    seconds: tuple[float, float]


def way_of(satellite: Satellite, view: View) -> Arcs:
    """The way of a satellite over the sky, for the first frame of a series.

    Raises
    ------
    BadParameter
        For an orientation to the horizon, or the observer's own motion, without a site.
    """
    if satellite.path is not None:
        return _arcs_of(satellite.path)
    ra, dec = view.centre
    if satellite.sky_coordinates is not None:
        ra, dec = radec_of(satellite.sky_coordinates, "a satellite")
    north, east = tangents(ra, dec)
    at = unit_vectors(ra, dec)
    turn = math.radians(_pos_angle(satellite, view))
    motion = _rate(satellite, view) * (math.cos(turn) * north + math.sin(turn) * east)
    if satellite.earth_rotation and satellite.rate_arcsec_s is None:
        motion = motion - own_motion_arcsec_s(view, at, range_of(satellite, view))
    rate = float(np.linalg.norm(motion))
    zero = 0.5 * view.exposure_s if satellite.at_s is None else satellite.at_s
    return Arcs(
        at[None, :], (motion / rate)[None, :], np.array([rate / _ARCSEC_PER_RAD]),
        np.array([zero]), np.array([-np.inf]), np.array([np.inf]),
    )  # fmt: skip


def way_in(satellite: Satellite, arcs: Arcs, view: View, margin_px: float) -> Way | None:
    """The part of a way that comes near the frame during an exposure; None where none does."""
    begin = max(view.elapsed_s, satellite.first_s)
    end = min(view.elapsed_s + view.exposure_s, satellite.last_s)
    if not begin < end:
        return None
    drifted = math.hypot(*view.drift_px_s) * (view.elapsed_s + view.exposure_s)
    margin = 1.02 * (margin_px + drifted + 2.0) * view.pixel_arcsec / 3600.0
    near = arcs.within(
        unit_vectors(*view.centre), 1.02 * view.radius_deg + 1.5 * margin, begin, end
    )
    if near is None:
        return None
    seconds, x, y = _corners(arcs, view, *near)
    if len(seconds) < 2:
        return None
    fractions = (seconds - view.elapsed_s) / view.exposure_s
    return Way(Path(x, y, np.clip(fractions, 0.0, 1.0)), (float(seconds[0]), float(seconds[-1])))


def range_of(satellite: Satellite, view: View) -> float | None:
    """To a satellite, km; None where neither it nor its altitude is known."""
    if satellite.range_km is not None:
        return satellite.range_km
    if satellite.altitude is None:
        return None
    return slant_range_km(satellite.altitude, _elevation(satellite, view))


def _corners(arcs: Arcs, view: View, begin: float, end: float) -> tuple[Floats, Floats, Floats]:
    """Instants and pixels of a polyline that is nowhere farther than 0.002 pixel from the way."""
    inner = arcs.begin[(arcs.begin > begin) & (arcs.begin < end)]
    seconds = np.union1d(np.linspace(begin, end, 3), inner)
    x, y = view.pixels(*arcs.places(seconds), seconds)
    while len(seconds) < _MOST_CORNERS:
        between = 0.5 * (seconds[1:] + seconds[:-1])
        mid_x, mid_y = view.pixels(*arcs.places(between), between)
        off = np.hypot(mid_x - 0.5 * (x[1:] + x[:-1]), mid_y - 0.5 * (y[1:] + y[:-1]))
        far = ~(off < _CLOSE_PX)
        if not far.any():
            break
        seconds = np.concatenate([seconds, between[far]])
        order = np.argsort(seconds)
        seconds = seconds[order]
        x = np.concatenate([x, mid_x[far]])[order]
        y = np.concatenate([y, mid_y[far]])[order]
    seen = np.isfinite(x) & np.isfinite(y)
    return seconds[seen], x[seen], y[seen]


def _arcs_of(path: SkyPath) -> Arcs:
    at = unit_vectors(path.ra, path.dec)
    first, last = at[:-1], at[1:]
    across = np.linalg.norm(np.cross(first, last), axis=1)
    angle = np.arctan2(across, np.sum(first * last, axis=1))
    along = last - first * np.sum(first * last, axis=1)[:, None]
    along /= np.maximum(np.linalg.norm(along, axis=1), 1e-300)[:, None]
    rate = np.maximum(angle / np.diff(path.seconds), 1e-15)
    return Arcs(first, along, rate, path.seconds[:-1], path.seconds[:-1], path.seconds[1:])


def _elevation(satellite: Satellite, view: View) -> float:
    if satellite.elevation is not None:
        return satellite.elevation
    seen = elevation_and_tilt(view)
    return 90.0 if seen is None else seen[0]


def _pos_angle(satellite: Satellite, view: View) -> float:
    """Of the motion, from north through east, deg."""
    if satellite.pos_angle is not None:
        return satellite.pos_angle
    if satellite.horizontal == "sky":
        seen = elevation_and_tilt(view, needed='a satellite with horizontal="sky"')
        if seen is None:
            return satellite.orientation
        # The horizon runs to the right of the zenith: its position angle is less by 90 deg.
        return seen[1] - 90.0 + satellite.orientation
    turn = math.radians(satellite.orientation)
    dx, dy = math.cos(turn), math.sin(turn)
    x, y = view.middle_px
    if satellite.sky_coordinates is not None:
        at = view.pixels(*radec_of(satellite.sky_coordinates, "a satellite"))
        if np.isfinite(at[0]):
            x, y = float(at[0]), float(at[1])
    ra, dec = view.sky([x, x + dx], [y, y + dy])
    one, other = unit_vectors(ra, dec)
    north, east = tangents(float(ra[0]), float(dec[0]))
    return math.degrees(math.atan2(float((other - one) @ east), float((other - one) @ north)))


def _rate(satellite: Satellite, view: View) -> float:
    """arcsec/s."""
    if satellite.rate_arcsec_s is not None:
        return satellite.rate_arcsec_s
    if satellite.altitude is None:
        raise BadParameter("a satellite without altitude, rate_arcsec_s or path")
    return angular_rate(satellite.altitude, _elevation(satellite, view), satellite.orientation)
