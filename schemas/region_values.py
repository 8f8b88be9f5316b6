"""Points, circles and polygons on the celestial sphere, as DALI writes them.

Coordinates are ICRS, or any one frame throughout, in degrees: a point is `lon lat`, a circle
`lon lat radius`, a polygon `lon1 lat1 lon2 lat2 lon3 lat3 ...`. A null has no value here; whoever
reads a row deals with it before it comes to a region.

References
----------
DALI 1.1, section 3.3 (point, circle, polygon).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import unit_vectors
from satvo.schemas.spherical_polygon import SphericalPolygon

__all__ = ["Circle", "Point", "Polygon", "Region", "box", "parse_region"]

_POLE_ROUNDING_DEG = 1e-9
_N_SHOWN = 8


@dataclass(frozen=True)
class Point:
    """A direction.

    Parameters
    ----------
    lon_deg, lat_deg : float, deg
        Any finite longitude, reduced to [0, 360); latitude in [-90, 90].

    Raises
    ------
    BadParameter
        Not finite, or the latitude is out of range.

    Examples
    --------
    >>> Point(-10.0, 20.0).values
    (350.0, 20.0)
    """

    xtype: ClassVar[str] = "point"
    lon_deg: float
    lat_deg: float

    def __post_init__(self) -> None:
        _place(self)

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers of DALI 1.1 section 3.3.5."""
        return (self.lon_deg, self.lat_deg)

    @cached_property
    def vector(self) -> npt.NDArray[np.float64]:
        """Unit vector."""
        return unit_vectors(self.lon_deg, self.lat_deg)


@dataclass(frozen=True)
class Circle:
    """All directions within an angle of a centre; beyond 90 deg more than a hemisphere.

    Parameters
    ----------
    lon_deg, lat_deg : float, deg
        The centre: any finite longitude, reduced to [0, 360); latitude in [-90, 90].
    radius_deg : float, deg
        In [0, 180].

    Raises
    ------
    BadParameter
        Not finite, or the latitude or the radius is out of range.

    Examples
    --------
    >>> Circle(370.0, -30.0, 0.5).values
    (10.0, -30.0, 0.5)
    """

    xtype: ClassVar[str] = "circle"
    lon_deg: float
    lat_deg: float
    radius_deg: float

    def __post_init__(self) -> None:
        _place(self)
        if not 0 <= self.radius_deg <= 180:
            raise BadParameter(
                f"{_shown(self)}: radius {self.radius_deg:g} is outside [0, 180]; give degrees"
            )
        object.__setattr__(self, "radius_deg", float(self.radius_deg))

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers of DALI 1.1 section 3.3.6."""
        return (self.lon_deg, self.lat_deg, self.radius_deg)

    @property
    def radius_rad(self) -> float:
        """Radius, rad."""
        return math.radians(self.radius_deg)

    @cached_property
    def vector(self) -> npt.NDArray[np.float64]:
        """Unit vector of the centre."""
        return unit_vectors(self.lon_deg, self.lat_deg)


@dataclass(frozen=True)
class Polygon:
    """The region within great circles, each shorter than 180 deg, through vertices in turn.

    Parameters
    ----------
    values : sequence of float, deg
        `lon1, lat1, lon2, lat2, ...` of 3 or more vertices, the last joined to the first; any
        finite longitude, reduced to [0, 360), and latitudes in [-90, 90]. A vertex may repeat the
        one before it, so a polygon may be closed explicitly.

    Raises
    ------
    BadParameter
        An odd number of values, not finite, a latitude out of range, fewer than 3 distinct
        vertices, or two in sequence 180 deg apart.

    Notes
    -----
    The interior is the side with less than half of the sphere, whichever the winding; of a polygon
    that crosses itself, what an odd number of edges separates from the larger part (even-odd rule).
    Of two hemispheres it is the one that DALI's winding tells, counter-clockwise as seen from the
    origin.

    Examples
    --------
    >>> Polygon([350, -1, 10, -1, 0, 1]).values
    (350.0, -1.0, 10.0, -1.0, 0.0, 1.0)
    """

    xtype: ClassVar[str] = "polygon"
    values: Sequence[float]

    def __post_init__(self) -> None:
        _finite(self)
        if len(self.values) % 2 or len(self.values) < 6:
            raise BadParameter(
                f"{_shown(self)}: {len(self.values)} values; give an even number, longitude and "
                f"latitude in turn, of 3 or more vertices"
            )
        for lat in self.values[1::2]:
            _check_latitude(self, lat)
        turned = [
            value if i % 2 else value % 360 % 360 for i, value in enumerate(map(float, self.values))
        ]
        object.__setattr__(self, "values", tuple(turned))
        try:
            _ = self.shape
        except BadParameter as err:
            raise BadParameter(f"{_shown(self)}: {err}") from err

    @cached_property
    def shape(self) -> SphericalPolygon:
        """The geometry, in unit vectors."""
        return SphericalPolygon(unit_vectors(self.values[::2], self.values[1::2]))


Region: TypeAlias = Point | Circle | Polygon
"""What a DALI value of xtype point, circle or polygon holds."""


def parse_region(values: str | Iterable[float], xtype: str) -> Region:
    """The region that a DALI value holds.

    Parameters
    ----------
    values : iterable of float, deg, or str
        The numbers, or the text of them parted by blanks.
    xtype : str
        `point`, `circle` or `polygon`.

    Raises
    ------
    BadParameter
        Another xtype, not numbers, or numbers that are no such region.

    References
    ----------
    DALI 1.1, sections 3.3.5 to 3.3.7.

    Examples
    --------
    >>> parse_region("12.5 -30 0.25", "circle")
    Circle(lon_deg=12.5, lat_deg=-30.0, radius_deg=0.25)
    """
    try:
        numbers = [
            float(value) for value in (values.split() if isinstance(values, str) else values)
        ]
    except (TypeError, ValueError) as err:
        raise BadParameter(f"{xtype} {values}: not numbers; give degrees") from err
    if xtype == "polygon":
        return Polygon(numbers)
    if xtype not in ("point", "circle"):
        raise BadParameter(f"xtype {xtype!r}: no region; give point, circle or polygon")
    expected = 2 if xtype == "point" else 3
    if len(numbers) != expected:
        shown = " ".join(f"{number:g}" for number in numbers[:_N_SHOWN])
        raise BadParameter(f"{xtype} {shown}: {len(numbers)} values; give {expected}")
    return Point(*numbers) if xtype == "point" else Circle(*numbers)


def box(lon_deg: float, lat_deg: float, width_deg: float, height_deg: float) -> Polygon:
    """The polygon whose corners are half a width and half a height off in the coordinates.

    Parameters
    ----------
    lon_deg, lat_deg : float, deg
        The centre.
    width_deg : float, deg
        In longitude, not on the sky; above 0 and under 180, as longer sides would close the other
        way round.
    height_deg : float, deg
        In latitude; above 0. The box may touch a pole but not go beyond.

    Returns
    -------
    Polygon
        Four corners, counter-clockwise as seen from the origin.

    Raises
    ------
    BadParameter
        A width, height or centre out of range, or a box that goes over a pole.

    Notes
    -----
    The sides are great circles, so the upper and lower ones bulge towards the nearer pole, by
    1.6 arcmin for a width of 5 deg at latitude 45 deg. ADQL describes a cross with arms of half
    the sizes and sides through their ends at right angles, and leaves open whether a width is an
    angle of longitude or of the sky. Through corners in longitude, this box is theirs in the
    first reading but for that bulge.

    References
    ----------
    ADQL 2.1, section 4.2.9 (BOX, deprecated there in favour of POLYGON).

    Examples
    --------
    >>> box(0.0, 20.0, 2.0, 1.0).values
    (359.0, 19.5, 359.0, 20.5, 1.0, 20.5, 1.0, 19.5)
    """
    given = f"box {lon_deg:g} {lat_deg:g} {width_deg:g} {height_deg:g}"
    if not (0 < width_deg < 180 and height_deg > 0):
        raise BadParameter(
            f"{given}: give a width above 0 and under 180 deg and a height above 0 deg"
        )
    low, high = lat_deg - height_deg / 2, lat_deg + height_deg / 2
    if not max(-low, high) <= 90 + _POLE_ROUNDING_DEG:
        raise BadParameter(
            f"{given}: latitudes {low:g} to {high:g} leave [-90, 90]; give a polygon or a circle "
            f"around the pole"
        )
    low, high = max(low, -90.0), min(high, 90.0)
    west, east = lon_deg - width_deg / 2, lon_deg + width_deg / 2
    return Polygon([west, low, west, high, east, high, east, low])


def _place(region: Point | Circle) -> None:
    """Check the numbers of a point or a circle and reduce its longitude."""
    _finite(region)
    _check_latitude(region, region.lat_deg)
    object.__setattr__(region, "lon_deg", float(region.lon_deg) % 360 % 360)
    object.__setattr__(region, "lat_deg", float(region.lat_deg))


def _finite(region: Region) -> None:
    for value in region.values:
        if not math.isfinite(value):
            raise BadParameter(f"{_shown(region)}: {value} is not finite; give numbers of degrees")


def _check_latitude(region: Region, lat_deg: float) -> None:
    if not -90 <= lat_deg <= 90:
        raise BadParameter(
            f"{_shown(region)}: latitude {lat_deg:g} is outside [-90, 90]; give degrees, "
            f"longitude before latitude"
        )


def _shown(region: Region) -> str:
    """The value as a client wrote it, cut short."""
    shown = " ".join(f"{value:g}" for value in region.values[:_N_SHOWN])
    return f"{region.xtype} {shown}{' ...' if len(region.values) > _N_SHOWN else ''}"
