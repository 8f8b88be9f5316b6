"""Geometry written down as DuckDB SQL: lists of degrees, formulas, and the store's functions.

The formulas repeat their arguments, so arguments that are themselves long go to the functions of
`satvo.schemas.store.region_functions`, which name them once.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.duckdb_types import REPEATABLE, cast_to, double

__all__ = ["REGION_WRITERS"]

_BOUNDARY = 1 + 4e-15
"""A boundary belongs to its circle, so rounding must not put it outside: the antipode of a centre
to a radius of 180 deg, or a point that is exactly as far as the radius."""


def _region(op: core.Op, arguments: list[str]) -> str:
    """A list of degrees; no region at all if one of them is null."""
    pairs = list(zip(op.arguments, arguments, strict=True))
    numbers = ", ".join(_doubles(op, arguments))
    nullable = [sql for a, sql in pairs if not isinstance(a, core.Constant)]
    if not nullable:
        return f"[{numbers}]"
    if sum(map(len, nullable)) > REPEATABLE:
        return _whole(f"[{numbers}]")
    there = " AND ".join(f"{sql} IS NOT NULL" for sql in nullable)
    return f"CASE WHEN {there} THEN [{numbers}] END"


def _around(op: core.Op, arguments: list[str]) -> str:
    """A point, itself a list, and what follows it."""
    point, *rest = arguments
    numbers = ", ".join(
        cast_to(Kind.DOUBLE, a, s) for a, s in zip(op.arguments[1:], rest, strict=True)
    )
    return _whole(f"{point} || [{numbers}]")


def _whole(numbers: str) -> str:
    """A list of degrees, or null if one of them is; the list is written only once."""
    return f"list_transform([{numbers}], lambda p: CASE WHEN list_count(p) = len(p) THEN p END)[1]"


def _in_circle(op: core.Op, arguments: list[str]) -> str:
    """Haversine against sin(r/2)**2: exact for small and large circles, without an arc cosine."""
    lon, lat, centre_lon, centre_lat, radius = numbers = _doubles(op, arguments)
    if sum(map(len, arguments)) > REPEATABLE:
        return f"satvo_in_circle({', '.join(numbers)})"
    cosine = f"cos(radians({centre_lat}))"
    limit = f"{double(_BOUNDARY)} * pow(sin(radians({radius}) / 2), 2)"
    # What is constant is worked out here: a query of a thousand circles takes half the time.
    if (number := _number(op.arguments[3])) is not None:
        cosine = double(math.cos(math.radians(number)))
    if (number := _number(op.arguments[4])) is not None:
        limit = double(_BOUNDARY * math.sin(math.radians(number) / 2) ** 2)
    inside = (
        f"pow(sin(radians(({lat}) - ({centre_lat})) / 2), 2) "
        f"+ cos(radians({lat})) * {cosine} "
        f"* pow(sin(radians(({lon}) - ({centre_lon})) / 2), 2) <= {limit}"
    )
    return f"({inside})" if number is not None else f"({radius} BETWEEN 0 AND 180 AND {inside})"


def _number(expression: core.Expression) -> float | None:
    if isinstance(expression, core.Constant) and not isinstance(expression.value, str):
        return float(expression.value)
    return None


def _distance(op: core.Op, arguments: list[str]) -> str:
    """Vincenty's form; its difference of two products rewritten with those of the coordinates.

    So 1e-9 deg keeps its digits, and so do the antipodes (`satvo.schemas.sphere.separation_deg`).
    """
    lon1, lat1, lon2, lat2 = _doubles(op, arguments)
    if sum(map(len, arguments)) > REPEATABLE:
        return f"satvo_distance({_whole(f'[{lon1}, {lat1}]')}, {_whole(f'[{lon2}, {lat2}]')})"
    sin1, cos1, sin2, cos2 = (
        f"{function}(radians({lat}))" for lat in (lat1, lat2) for function in ("sin", "cos")
    )
    turn = f"radians(({lon2}) - ({lon1}))"
    return (
        f"degrees(atan2(sqrt(pow({cos2} * sin({turn}), 2) "
        f"+ pow(sin(radians(({lat2}) - ({lat1}))) "
        f"+ 2 * {sin1} * {cos2} * pow(sin({turn} / 2), 2), 2)), "
        f"{sin1} * {sin2} + {cos1} * {cos2} * cos({turn})))"
    )


def _doubles(op: core.Op, arguments: list[str]) -> list[str]:
    """The arguments as DOUBLE: a difference of REAL columns would keep seven digits."""
    return [
        cast_to(Kind.DOUBLE, a, sql) if (number := _number(a)) is None else double(number)
        for a, sql in zip(op.arguments, arguments, strict=True)
    ]


REGION_WRITERS: dict[str, Callable[[core.Op, list[str]], str]] = {
    "point": _region,
    "circle": _region,
    "polygon": _region,
    "box": lambda op, a: f"satvo_box({_region(op, a)})",
    "circle_at": _around,
    "box_at": lambda op, a: f"satvo_box({_around(op, a)})",
    "polygon_of": lambda op, a: f"({' || '.join(a)})",
    "coord1": lambda op, a: f"({a[0]})[1]",
    "coord2": lambda op, a: f"({a[0]})[2]",
    "in_circle": _in_circle,
    "distance": _distance,
}
"""How each operation of geometry is written that is not the call of a function."""
