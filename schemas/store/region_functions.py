"""Region predicates as functions of the embedded engine, over `satvo.schemas.regions`.

A region is a list of degrees: two are a point, three a circle, six or more a polygon. The engine
calls with batches of up to 2048 rows, which mostly share one region, so each distinct region of a
batch is built once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from satvo.schemas import regions
from satvo.schemas.regions import Region, parse_region

__all__ = ["REGION_FUNCTIONS", "RegionFunction"]

_XTYPES = {2: "point", 3: "circle"}


@dataclass(frozen=True, slots=True)
class RegionFunction:
    """One function as the engine is told of it."""

    name: str
    call: Callable[..., pa.Array]
    parameters: list[str]
    returns: str


def _in_polygon(lon: Any, lat: Any, polygons: Any) -> pa.Array:
    lon_deg, lat_deg = np.asarray(lon), np.asarray(lat)
    inside = np.zeros(len(lon_deg), dtype=bool)
    for polygon, rows in _distinct(polygons):
        if not isinstance(polygon, regions.Polygon):
            inside[rows] = [
                regions.contains(regions.Point(*place), polygon)
                for place in zip(lon_deg[rows], lat_deg[rows], strict=True)
            ]
        else:
            inside[rows] = regions.points_in_polygon(lon_deg[rows], lat_deg[rows], polygon)
    return pa.array(inside)


def _of_two(predicate: Callable[[Region, Region], bool]) -> Callable[[Any, Any], pa.Array]:
    def call(left: Any, right: Any) -> pa.Array:
        answer = np.zeros(len(left), dtype=bool)
        sides = list(_distinct(right))
        for a, rows in _distinct(left):
            for b, others in sides:
                both = np.intersect1d(rows, others, assume_unique=True)
                if len(both):
                    answer[both] = predicate(a, b)
        return pa.array(answer)

    return call


def _of_one(function: Callable[[Region], Any], kind: pa.DataType) -> Callable[[Any], pa.Array]:
    def call(values: Any) -> pa.Array:
        answer: list[Any] = [None] * len(values)
        for region, rows in _distinct(values):
            result = function(region)
            for row in rows:
                answer[row] = result
        return pa.array(answer, kind)

    return call


def _distinct(values: Any) -> list[tuple[Region, npt.NDArray[np.intp]]]:
    """The distinct regions of a batch, each with the rows that have it."""
    rows: dict[tuple[float, ...], list[int]] = {}
    for row, region in enumerate(values.to_pylist()):
        rows.setdefault(tuple(region), []).append(row)
    return [
        (parse_region(region, _XTYPES.get(len(region), "polygon")), np.array(found))
        for region, found in rows.items()
    ]


def _centroid(region: Region) -> list[float]:
    return list(regions.centroid(region).values)


_LIST = "DOUBLE[]"

REGION_FUNCTIONS: tuple[RegionFunction, ...] = (
    RegionFunction("satvo_in_polygon", _in_polygon, ["DOUBLE", "DOUBLE", _LIST], "BOOLEAN"),
    RegionFunction("satvo_contains", _of_two(regions.contains), [_LIST, _LIST], "BOOLEAN"),
    RegionFunction("satvo_intersects", _of_two(regions.intersects), [_LIST, _LIST], "BOOLEAN"),
    RegionFunction("satvo_area", _of_one(regions.area_deg2, pa.float64()), [_LIST], "DOUBLE"),
    RegionFunction("satvo_centroid", _of_one(_centroid, pa.list_(pa.float64())), [_LIST], _LIST),
)
