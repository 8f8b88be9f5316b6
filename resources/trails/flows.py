"""How satellites flow through the sky around a field: directions, speeds, where they come in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import sky_axes
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import unit_vectors

__all__ = ["Drawn", "Field", "Motions", "orbital_motions"]

Floats = NDArray[np.float64]
Drawn = tuple[Floats, Floats, Floats, Floats, Floats]

_ARCSEC = 648000.0 / math.pi
_GM_KM3_S2 = 398_600.4418
_EARTH_KM = 6371.0
_ANGLES = 720
_COURSES = 36


@dataclass(frozen=True, slots=True)
class Field:
    """An image, as satellites that fly through it meet it.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns; pixels' edges are its edges.
    pixel_arcsec : float
        Size of a pixel, above 0.
    north_deg : float
        Direction of north in the image, from the rows' direction (y) towards the columns' (x).
    mirrored : bool
        Whether east lies to the right of north where y is upward; on the sky it is to the left.

    Raises
    ------
    BadParameter
        If a number is not what it can be, or the image is wider than 30 deg, where it is no longer
        flat enough for straight lines.
    """

    shape: tuple[int, int]
    pixel_arcsec: float
    north_deg: float = 0.0
    mirrored: bool = False

    def __post_init__(self) -> None:
        if len(self.shape) != 2 or not all(side >= 1 for side in self.shape):
            raise BadParameter(f"an image of shape {self.shape}: rows and columns are accepted")
        if not 0.0 < self.pixel_arcsec < math.inf:
            raise BadParameter(f"pixel_arcsec={self.pixel_arcsec}: above 0 arcsec is accepted")
        if max(self.shape) * self.pixel_arcsec > 30.0 * 3600.0:
            raise BadParameter(
                f"an image {max(self.shape) * self.pixel_arcsec / 3600.0:.4g} deg wide: up to 30 "
                "deg is accepted, since trails by rate are straight in its pixels"
            )
        if not math.isfinite(self.north_deg):
            raise BadParameter(f"north_deg={self.north_deg}: a finite angle in deg is accepted")

    @classmethod
    def of_wcs(cls, wcs: Any, shape: tuple[int, int]) -> Field:
        """From an astropy WCS: scale and direction of north at the middle of the image."""
        x, y = (shape[1] - 1) / 2.0, (shape[0] - 1) / 2.0
        ra, dec = wcs.all_pix2world([x, x + 1.0, x], [y, y, y + 1.0], 0)
        middle, *beside = unit_vectors(ra, dec)
        steps = np.array(beside) - middle
        east, north = (np.degrees(steps @ axis) for axis in sky_axes(middle))
        area = east[0] * north[1] - east[1] * north[0]
        back = np.linalg.inv(np.array([east, north]))
        return cls(
            shape,
            math.sqrt(abs(area)) * 3600.0,
            math.degrees(math.atan2(back[0, 1], back[1, 1])),
            bool(area > 0.0),
        )

    @property
    def area_deg2(self) -> float:
        """Square degrees."""
        return self.shape[0] * self.shape[1] * (self.pixel_arcsec / 3600.0) ** 2

    def width_px(self, angle_rad: Floats) -> Floats:
        """How wide the field is across a direction of motion, pixels."""
        rows, columns = self.shape
        return np.asarray(rows * np.abs(np.cos(angle_rad)) + columns * np.abs(np.sin(angle_rad)))

    def angle_rad(self, pos_angle_deg: Floats) -> Floats:
        """Directions in the image, from x towards y, of position angles on the sky."""
        turn = np.radians(pos_angle_deg) * (-1.0 if self.mirrored else 1.0)
        return np.asarray(np.pi / 2.0 - math.radians(self.north_deg) + turn)


@dataclass(frozen=True, eq=False, slots=True)
class Motions:
    """Speeds and directions of the satellites that are in the sky at an instant.

    Attributes
    ----------
    speed_arcsec_s : ndarray (m,)
        Above 0.
    range_km : ndarray (m,)
        Their distance; infinite where it is unknown.
    share : ndarray (m,)
        How many of the satellites are so, of sum 1.
    pos_angle_deg : ndarray (k,), optional
        Directions of motion, from north through east, one as frequent as the other and independent
        of the speed; all directions without it.

    Raises
    ------
    BadParameter
        If a speed is not above 0, or the numbers of values differ.
    """

    speed_arcsec_s: Floats
    range_km: Floats
    share: Floats
    pos_angle_deg: Floats | None = None

    def __post_init__(self) -> None:
        if not (
            self.speed_arcsec_s.size
            and self.speed_arcsec_s.shape == self.range_km.shape == self.share.shape
        ):
            raise BadParameter("motions: as many speeds as ranges and shares are accepted")
        if not np.all(np.isfinite(self.speed_arcsec_s) & (self.speed_arcsec_s > 0.0)):
            raise BadParameter("motions: speeds above 0 arcsec/s are accepted")
        if not np.all(self.range_km > 0.0):
            raise BadParameter("motions: ranges above 0 km are accepted")
        if not (np.all(self.share >= 0.0) and math.isclose(float(self.share.sum()), 1.0)):
            raise BadParameter("motions: shares from 0 and of sum 1 are accepted")
        if self.pos_angle_deg is not None and not (
            self.pos_angle_deg.size and np.all(np.isfinite(self.pos_angle_deg))
        ):
            raise BadParameter("motions: one position angle or more, in deg, is accepted")

    @classmethod
    def of_speeds(
        cls, speeds_arcsec_s: Sequence[float], *, pos_angles_deg: Sequence[float] | None = None
    ) -> Motions:
        """Speeds that are each as frequent as the others."""
        speeds = np.asarray(speeds_arcsec_s, dtype=np.float64)
        return cls(
            speeds,
            np.full(speeds.shape, np.inf),
            np.full(speeds.shape, 1.0 / max(speeds.size, 1)),
            None if pos_angles_deg is None else np.asarray(pos_angles_deg, dtype=np.float64),
        )

    @classmethod
    def of_altitudes(
        cls,
        altitudes_km: Sequence[float],
        shares: Sequence[float] | None = None,
        *,
        elevation_deg: float = 60.0,
        pos_angles_deg: Sequence[float] | None = None,
    ) -> Motions:
        """Circular orbits at heights above the ground, seen at an elevation above the horizon.

        Parameters
        ----------
        altitudes_km : sequence of float
            100 to 60 000 km.
        shares : sequence of float, optional
            How many satellites in a square degree of the field are at each; even without it.
        elevation_deg : float
            Of the field, above 0 to 90 deg.
        pos_angles_deg : sequence of float, optional
            Directions in the image.

        Raises
        ------
        BadParameter
            If a number is out of range.
        """
        heights = np.asarray(altitudes_km, dtype=np.float64)
        part = np.ones(heights.shape) if shares is None else np.asarray(shares, dtype=np.float64)
        if heights.ndim != 1 or not heights.size or part.shape != heights.shape:
            raise BadParameter("altitudes: one or more, with as many shares, are accepted")
        if not np.all(np.isfinite(part) & (part >= 0.0)) or not part.sum() > 0.0:
            raise BadParameter(f"shares {part.tolist()}: 0 and more, not all 0, is accepted")
        speed, distance = orbital_motions(heights, elevation_deg)
        return cls(
            speed.ravel(),
            np.repeat(distance, _COURSES),
            np.repeat(part / part.sum(), _COURSES) / _COURSES,
            None if pos_angles_deg is None else np.asarray(pos_angles_deg, dtype=np.float64),
        )

    @property
    def mean_speed_arcsec_s(self) -> float:
        """Of the satellites in the sky at an instant; deg/h too."""
        return float(self.share @ self.speed_arcsec_s)

    def mean_reach_deg2(self, field: Field, exposure_s: float) -> float:
        """A + W v T, the mean over all motions, square degrees."""
        width = field.width_px(self._angles(field)).mean() * field.pixel_arcsec / 3600.0
        return float(field.area_deg2 + width * self.mean_speed_arcsec_s * exposure_s / 3600.0)

    def _angles(self, field: Field) -> Floats:
        """Directions in the image, one as frequent as the other."""
        if self.pos_angle_deg is None:
            return np.asarray((np.arange(_ANGLES) + 0.5) * (2.0 * np.pi / _ANGLES))
        return field.angle_rad(self.pos_angle_deg)

    def drawn(
        self, count: int, field: Field, exposure_s: float, random: np.random.Generator
    ) -> Drawn:
        """Of satellites that an exposure sees: x, y at its begin, dx, dy in it (pixels), range.

        Motions by how often they are seen (n times A + W v T), places evenly over all from where a
        satellite comes into the field in time.
        """
        length = self.speed_arcsec_s * exposure_s / field.pixel_arcsec
        angles = self._angles(field)
        area, width = float(field.shape[0] * field.shape[1]), field.width_px(angles)
        weight = self.share * (area + length * width.mean())
        number = random.choice(len(weight), count, p=weight / weight.sum())
        way = _way(length[number], area, width, random)
        angle = angles[way]
        if self.pos_angle_deg is None:
            angle = angle + random.uniform(-0.5, 0.5, count) * (2.0 * np.pi / _ANGLES)
        dx, dy = length[number] * np.cos(angle), length[number] * np.sin(angle)
        x, y = _begins(dx, dy, field, random)
        return x, y, dx, dy, self.range_km[number]


def _way(length: Floats, area: float, width: Floats, random: np.random.Generator) -> NDArray[Any]:
    """Which of the directions each has: by area + length width, of directions equally frequent."""
    way = random.integers(0, len(width), len(length))
    todo = np.arange(len(length))
    while todo.size:
        chance = (area + length[todo] * width[way[todo]]) / (area + length[todo] * width.max())
        todo = todo[random.random(todo.size) >= chance]
        way[todo] = random.integers(0, len(width), todo.size)
    return way


def _begins(
    dx: Floats, dy: Floats, field: Field, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Where each is at the begin: inside, or so far out that it comes over an edge in time."""
    rows, columns = (float(side) for side in field.shape)
    across_x, across_y = rows * np.abs(dx), columns * np.abs(dy)
    pick = random.random(len(dx)) * (rows * columns + across_x + across_y)
    x, y = random.uniform(0.0, columns, len(dx)), random.uniform(0.0, rows, len(dx))
    later = random.random(len(dx))
    side = pick < across_x
    end = (pick >= across_x) & (pick < across_x + across_y)
    x = np.where(side, np.where(dx > 0.0, 0.0, columns), x)
    y = np.where(end, np.where(dy > 0.0, 0.0, rows), y)
    back = np.where(side | end, later, 0.0)
    return np.asarray(x - back * dx - 0.5), np.asarray(y - back * dy - 0.5)


def orbital_motions(altitude_km: Floats, elevation_deg: float) -> tuple[Floats, Floats]:
    """How fast circular orbits seem to move, by course, and how far away they are.

    Parameters
    ----------
    altitude_km : ndarray (n,)
        Above a sphere of 6371 km; 100 to 60 000.
    elevation_deg : float
        Above 0 to 90.

    Returns
    -------
    speed_arcsec_s : ndarray (n, 36)
        For courses evenly spread in azimuth, seen from a site that does not turn with the Earth
        (up to 6 % at 500 km; the inclinations of real orbits favour some courses).
    range_km : ndarray (n,)

    Raises
    ------
    BadParameter
        If a number is out of range.

    Examples
    --------
    >>> speed, distance = orbital_motions(np.array([550.0]), 90.0)
    >>> round(float(speed[0, 0])), distance.round(6).tolist()  # 7.59 km/s at 550 km
    (2846, [550.0])
    """
    if not np.all((altitude_km >= 100.0) & (altitude_km <= 60_000.0)):
        raise BadParameter(f"altitudes {altitude_km.tolist()}: 100 to 60000 km is accepted")
    if not 0.0 < elevation_deg <= 90.0:
        raise BadParameter(f"elevation {elevation_deg} deg: above 0 to 90 deg is accepted")
    radius = _EARTH_KM + altitude_km
    rise = math.radians(elevation_deg)
    distance = np.sqrt(radius**2 - (_EARTH_KM * math.cos(rise)) ** 2) - _EARTH_KM * math.sin(rise)
    # Between the line of sight and the satellite's own vertical.
    lean = _EARTH_KM * math.cos(rise) / radius
    course = (np.arange(_COURSES) + 0.5) * (np.pi / _COURSES)
    across = np.sqrt(1.0 - (lean[:, None] * np.cos(course)) ** 2)
    speed = np.sqrt(_GM_KM3_S2 / radius)
    return np.asarray(_ARCSEC * across * (speed / distance)[:, None]), distance
