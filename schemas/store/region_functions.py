"""Region predicates as functions of the embedded engine, over `satvo.schemas.regions`.

A region is a list of degrees: two are a point, three a circle, six or more a polygon; a list with
a null in it is no region, and what is asked of it is null. The engine calls with batches of up to
2048 rows, which mostly share one region, so each distinct region of a batch is built once, and each
distinct pair compared once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from satvo.schemas import regions
from satvo.schemas.regions import Region, parse_region

__all__ = ["REGION_FUNCTIONS", "RegionFunction"]

_XTYPES = {2: "point", 3: "circle"}
_NUMBERS = pa.list_(pa.float64())


@dataclass(frozen=True, slots=True)
class RegionFunction:
    """One function as the engine is told of it."""

    name: str
    call: Callable[..., pa.Array]
    parameters: list[str]
    returns: str


@dataclass(frozen=True, slots=True)
class _Regions:
    """The distinct regions of a batch, None for a null, and the place of each row's in them."""

    distinct: list[Region | None]
    place: npt.NDArray[np.intp]

    @classmethod
    def of(cls, values: Any) -> _Regions:
        places: dict[tuple[float | None, ...] | None, int] = {}
        place = [
            places.setdefault(None if row is None else tuple(row), len(places))
            for row in values.to_pylist()
        ]
        return cls([_region(numbers) for numbers in places], np.array(place, dtype=np.intp))

    def rows(self) -> Iterator[tuple[Region | None, npt.NDArray[np.intp]]]:
        """Each distinct region with the rows that have it."""
        order = np.argsort(self.place, kind="stable")
        ends = np.cumsum(np.bincount(self.place, minlength=len(self.distinct)))
        return zip(self.distinct, np.split(order, ends[:-1]), strict=True)


def _region(numbers: tuple[float | None, ...] | None) -> Region | None:
    if numbers is None or None in numbers:
        return None
    return parse_region([n for n in numbers if n is not None], _XTYPES.get(len(numbers), "polygon"))


def _in_polygon(lon: Any, lat: Any, polygons: Any) -> pa.Array:
    lon_deg, lat_deg = np.asarray(lon), np.asarray(lat)
    inside = np.zeros(len(lon_deg), dtype=bool)
    unknown = np.zeros(len(lon_deg), dtype=bool)
    for polygon, rows in _Regions.of(polygons).rows():
        if polygon is None:
            unknown[rows] = True
        elif isinstance(polygon, regions.Polygon):
            inside[rows] = regions.points_in_polygon(lon_deg[rows], lat_deg[rows], polygon)
        else:
            inside[rows] = [
                regions.contains(regions.Point(*place), polygon)
                for place in zip(lon_deg[rows], lat_deg[rows], strict=True)
            ]
    return pa.array(inside, mask=unknown)


def _in_circle(lon: Any, lat: Any, centre_lon: Any, centre_lat: Any, radius: Any) -> pa.Array:
    # One parameter each: the engine counts them.
    numbers = map(np.asarray, (lon, lat, centre_lon, centre_lat, radius))
    return pa.array(regions.points_in_circle(*numbers))


def _distance(first: Any, second: Any) -> pa.Array:
    ends = [_coordinates(points) for points in (first, second)]
    distance = regions.separation_deg(*ends[0], *ends[1])
    unknown = np.isnan(distance) & np.isnan(np.stack([*ends[0], *ends[1]])).any(axis=0)
    return pa.array(distance, mask=unknown)


def _coordinates(points: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    pairs = np.array(points.to_pylist(), dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _of_two(predicate: Callable[[Region, Region], bool]) -> Callable[[Any, Any], pa.Array]:
    def call(left: Any, right: Any) -> pa.Array:
        a, b = _Regions.of(left), _Regions.of(right)
        pairs, place = np.unique(a.place * len(b.distinct) + b.place, return_inverse=True)
        answers = []
        for i, j in zip(*np.divmod(pairs, max(len(b.distinct), 1)), strict=True):
            one, other = a.distinct[i], b.distinct[j]
            answers.append(None if one is None or other is None else predicate(one, other))
        return pa.array([answers[i] for i in place], pa.bool_())

    return call


def _of_one(function: Callable[[Region], Any], kind: pa.DataType) -> Callable[[Any], pa.Array]:
    def call(values: Any) -> pa.Array:
        found = _Regions.of(values)
        answers = [None if region is None else function(region) for region in found.distinct]
        return pa.array([answers[i] for i in found.place], kind)

    return call


def _whole(values: Any) -> pa.Array:
    rows = values.to_pylist()
    return pa.array([None if row is None or None in row else row for row in rows], _NUMBERS)


def _box(values: Any) -> pa.Array:
    rows = values.to_pylist()
    made: dict[tuple[float | None, ...], list[float] | None] = {}
    for row in map(tuple, rows):
        if row not in made:
            made[row] = None if None in row else list(regions.box(*row).values)
    return pa.array([made[tuple(row)] for row in rows], _NUMBERS)


def _centroid(region: Region) -> list[float]:
    return list(regions.centroid(region).values)


_LIST = "DOUBLE[]"
_NUMBER = "DOUBLE"

REGION_FUNCTIONS: tuple[RegionFunction, ...] = (
    RegionFunction("satvo_in_circle", _in_circle, [_NUMBER] * 5, "BOOLEAN"),
    RegionFunction("satvo_in_polygon", _in_polygon, [_NUMBER, _NUMBER, _LIST], "BOOLEAN"),
    RegionFunction("satvo_contains", _of_two(regions.contains), [_LIST, _LIST], "BOOLEAN"),
    RegionFunction("satvo_intersects", _of_two(regions.intersects), [_LIST, _LIST], "BOOLEAN"),
    RegionFunction("satvo_distance", _distance, [_LIST, _LIST], _NUMBER),
    RegionFunction("satvo_area", _of_one(regions.area_deg2, pa.float64()), [_LIST], _NUMBER),
    RegionFunction("satvo_centroid", _of_one(_centroid, _NUMBERS), [_LIST], _LIST),
    RegionFunction("satvo_box", _box, [_LIST], _LIST),
    RegionFunction("satvo_whole", _whole, [_LIST], _LIST),
)
