"""Region predicates as functions of the embedded engine, over `satvo.schemas.regions`.

A region is a list of degrees: two are a point, three a circle, six or more a polygon. The engine
calls with batches of up to 2048 rows, those with a null left out, so that none may be left. Mostly
they share one region, so each distinct region of a batch is built once, and each distinct pair
compared once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from satvo.schemas import regions
from satvo.schemas.convex_polygons import UNKNOWN
from satvo.schemas.region_text import region_numbers
from satvo.schemas.regions import Region, parse_region
from satvo.schemas.store.plain_regions import plainly

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
    """The distinct regions of a batch, and the place of each row's among them."""

    distinct: list[Region]
    place: npt.NDArray[np.intp]

    @classmethod
    def of(cls, values: Any) -> _Regions:
        places: dict[tuple[float, ...], int] = {}
        place = [places.setdefault(tuple(row), len(places)) for row in values.to_pylist()]
        regions = [parse_region(row, _XTYPES.get(len(row), "polygon")) for row in places]
        return cls(regions, np.array(place, dtype=np.intp))

    def rows(self) -> Iterator[tuple[Region, npt.NDArray[np.intp]]]:
        """Each distinct region with the rows that have it."""
        order = np.argsort(self.place, kind="stable")
        starts = np.searchsorted(self.place[order], np.arange(len(self.distinct) + 1))
        for region, start, end in zip(self.distinct, starts, starts[1:], strict=False):
            yield region, order[start:end]


def _in_polygon(lon: Any, lat: Any, polygons: Any) -> pa.Array:
    lon_deg, lat_deg = np.asarray(lon), np.asarray(lat)
    inside = np.zeros(len(lon_deg), dtype=bool)
    for polygon, rows in _Regions.of(polygons).rows():
        if isinstance(polygon, regions.Polygon):
            inside[rows] = regions.points_in_polygon(lon_deg[rows], lat_deg[rows], polygon)
        else:
            inside[rows] = [
                regions.contains(regions.Point(*place), polygon)
                for place in zip(lon_deg[rows], lat_deg[rows], strict=True)
            ]
    return pa.array(inside)


def _in_circle(lon: Any, lat: Any, centre_lon: Any, centre_lat: Any, radius: Any) -> pa.Array:
    # One parameter each: the engine counts them.
    numbers = map(np.asarray, (lon, lat, centre_lon, centre_lat, radius))
    return pa.array(regions.points_in_circle(*numbers))


def _distance(first: Any, second: Any) -> pa.Array:
    (lon1, lat1), (lon2, lat2) = (
        np.array(points.to_pylist(), dtype=np.float64).reshape(-1, 2).T
        for points in (first, second)
    )
    return pa.array(regions.separation_deg(lon1, lat1, lon2, lat2))


def _of_two(predicate: Callable[[Region, Region], bool]) -> Callable[[Any, Any], pa.Array]:
    def call(left: Any, right: Any) -> pa.Array:
        told = plainly(predicate, left, right)
        answers = told == 1
        (rest,) = np.nonzero(told == UNKNOWN)
        if len(rest):
            answers[rest] = one_by_one(left.take(pa.array(rest)), right.take(pa.array(rest)))
        return pa.array(answers)

    def one_by_one(left: Any, right: Any) -> npt.NDArray[np.bool_]:
        a, b = _Regions.of(left), _Regions.of(right)
        pairs, place = np.unique(a.place * len(b.distinct) + b.place, return_inverse=True)
        answers = [
            predicate(a.distinct[pair // len(b.distinct)], b.distinct[pair % len(b.distinct)])
            for pair in pairs
        ]
        return np.array(answers, dtype=bool)[place]

    return call


def _of_one(function: Callable[[Region], Any], kind: pa.DataType) -> Callable[[Any], pa.Array]:
    def call(values: Any) -> pa.Array:
        found = _Regions.of(values)
        answers = [function(region) for region in found.distinct]
        return pa.array([answers[i] for i in found.place], kind)

    return call


def _box(values: Any) -> pa.Array:
    rows = [tuple(row) for row in values.to_pylist()]
    made = {row: list(regions.box(*row).values) for row in set(rows)}
    return pa.array([made[row] for row in rows], _NUMBERS)


def _region(texts: Any) -> pa.Array:
    rows = texts.to_pylist()
    said = {text: region_numbers(text) for text in set(rows)}
    return pa.array([said[text] for text in rows], _NUMBERS)


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
    RegionFunction("satvo_region_numbers", _region, ["VARCHAR"], _LIST),
)
