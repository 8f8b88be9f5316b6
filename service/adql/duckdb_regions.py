"""Geometry written down as DuckDB SQL: lists of degrees, formulas, and the store's functions.

The formulas repeat their arguments, so arguments that are themselves long go to the functions of
`satvo.schemas.store.region_functions`, which name them once.
"""

from __future__ import annotations

from collections.abc import Callable

from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.duckdb_types import REPEATABLE, cast_to, double
from satvo.service.adql.emitting_values import number_of
from satvo.service.adql.sphere_formulas import (
    DISC_MARGIN_DEG,
    by_disc_formula,
    distance_formula,
    in_circle_formula,
    near_disc_formula,
)

__all__ = ["REGION_WRITERS", "disc_band", "disc_near"]


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
    numbers = _doubles(op, arguments)
    if sum(map(len, arguments)) > REPEATABLE:
        return f"satvo_in_circle({', '.join(numbers)})"
    return in_circle_formula(numbers, [number_of(a) for a in op.arguments], double)


def _distance(op: core.Op, arguments: list[str]) -> str:
    lon1, lat1, lon2, lat2 = numbers = _doubles(op, arguments)
    if sum(map(len, arguments)) > REPEATABLE:
        return f"satvo_distance({_whole(f'[{lon1}, {lat1}]')}, {_whole(f'[{lon2}, {lat2}]')})"
    return distance_formula(numbers)


def _by_disc(op: core.Op, arguments: list[str]) -> str:
    known = [number_of(a) for a in op.arguments]
    return by_disc_formula(arguments, _disc_numbers(op, arguments), known, double)


def disc_band(op: core.Op, arguments: list[str]) -> str:
    """A condition on the declinations that is true wherever a region can be near."""
    _, lat, fov, _, centre, radius = _disc_numbers(op, arguments)
    return f"(abs({lat} - {centre}) <= {fov} / 2 + ({radius} + {double(DISC_MARGIN_DEG)}))"


def disc_near(op: core.Op, arguments: list[str]) -> str:
    """A condition that is true wherever a region can be near, by its disc alone."""
    known = [number_of(a) for a in op.arguments]
    near = near_disc_formula(_disc_numbers(op, arguments), known[3:], double)
    return f"{disc_band(op, arguments)} AND {near}"


def _disc_numbers(op: core.Op, arguments: list[str]) -> list[str]:
    """What a by_disc compares, as DOUBLE: position and diameter; centre and radius."""
    return [
        cast_to(Kind.DOUBLE, a, sql) if (number := number_of(a)) is None else double(number)
        for a, sql in zip(op.arguments[3:], arguments[3:], strict=True)
    ]


def _doubles(op: core.Op, arguments: list[str]) -> list[str]:
    """The arguments as DOUBLE: a difference of REAL columns would keep seven digits."""
    return [
        cast_to(Kind.DOUBLE, a, sql) if (number := number_of(a)) is None else double(number)
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
    "by_disc": _by_disc,
}
"""How each operation of geometry is written that is not the call of a function."""
