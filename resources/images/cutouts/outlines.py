"""Outlines of regions on the sky as curves that can be sampled."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from satvo.schemas.regions import Circle, Polygon, points_in_circle, points_in_polygon
from satvo.schemas.sphere import unit_vectors

__all__ = ["Curve", "Outline", "outline_of"]

_Array: TypeAlias = npt.NDArray[np.float64]

Curve: TypeAlias = Callable[[_Array], tuple[_Array, _Array]]
"""From a parameter in [0, 1] to longitude and latitude, deg."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The border of a region, and what is inside.

    Attributes
    ----------
    curves : tuple of Curve
        Together the whole border.
    contains : callable
        Whether points (longitude, latitude, deg) are in the region, its border included.
    """

    curves: tuple[Curve, ...]
    contains: Callable[[_Array, _Array], npt.NDArray[np.bool_]]


def outline_of(shape: str, numbers: tuple[float, ...]) -> Outline:
    """The outline of a shape of `satvo.resources.images.cutouts.asked.CutOut`.

    Parameters
    ----------
    shape : str
        CIRCLE, POLYGON (of great circles) or RANGE (of meridians and parallels).
    numbers : tuple of float, deg
        As that class has them.
    """
    if shape == "CIRCLE":
        return _circle(Circle(*numbers))
    if shape == "POLYGON":
        return _polygon(Polygon(numbers))
    return _range(*numbers)


def _circle(circle: Circle) -> Outline:
    lon, lat = math.radians(circle.lon_deg), math.radians(circle.lat_deg)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.array(
        [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)]
    )
    centre, radius = circle.vector, circle.radius_rad

    def around(first: float) -> Curve:
        def curve(t: _Array) -> tuple[_Array, _Array]:
            angle = first + 2 * np.pi * t[:, None]
            outward = np.sin(angle) * east + np.cos(angle) * north
            return _places(math.cos(radius) * centre + math.sin(radius) * outward)

        return curve

    # Twice around, so that what is at an end of one curve is in the middle of the other.
    curves = around(0.0), around(math.pi)
    return Outline(curves, lambda lon, lat: points_in_circle(lon, lat, *circle.values))


def _polygon(polygon: Polygon) -> Outline:
    vertices = unit_vectors(polygon.values[::2], polygon.values[1::2])

    def side(start: _Array, end: _Array) -> Curve:
        def curve(t: _Array) -> tuple[_Array, _Array]:
            along = math.atan2(float(np.linalg.norm(np.cross(start, end))), float(start @ end))
            if along == 0:
                return _places(np.broadcast_to(start, (len(t), 3)))
            weights = np.sin((1 - t) * along)[:, None], np.sin(t * along)[:, None]
            return _places(weights[0] * start + weights[1] * end)

        return curve

    sides = tuple(
        side(start, end) for start, end in zip(vertices, np.roll(vertices, -1, 0), strict=True)
    )
    return Outline(sides, lambda lon, lat: points_in_polygon(lon, lat, polygon))


def _range(west: float, east: float, south: float, north: float) -> Outline:
    def line(lon: tuple[float, float], lat: tuple[float, float]) -> Curve:
        return lambda t: ((lon[0] + t * (lon[1] - lon[0])) % 360, lat[0] + t * (lat[1] - lat[0]))

    def contains(lon: _Array, lat: _Array) -> npt.NDArray[np.bool_]:
        inside = ((lon - west) % 360 <= east - west) & (lat >= south) & (lat <= north)
        return np.asarray(inside)

    curves = (
        line((west, east), (south, south)),
        line((west, east), (north, north)),
        line((west, west), (south, north)),
        line((east, east), (south, north)),
    )
    return Outline(curves, contains)


def _places(vectors: _Array) -> tuple[_Array, _Array]:
    x, y, z = vectors.T
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))
