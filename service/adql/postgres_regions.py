"""Geometry written down as PostgreSQL SQL: lists of degrees, formulas, the store's functions."""

from __future__ import annotations

from functools import reduce

from satvo.schemas.moc import parse_moc
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.discs import cap_of
from satvo.service.adql.emitting_values import WrittenOp, number_of
from satvo.service.adql.postgres_types import call, cast_to, double
from satvo.service.adql.sphere_formulas import (
    by_disc_formula,
    distance_formula,
    in_circle_formula,
)

__all__ = ["REGION_WRITERS", "disc_box", "moc_literal"]

_REPEATABLE = 400
"""Characters of arguments that a formula may repeat; longer ones go to a function."""

_SQUARE = call("sq", "$")


def moc_literal(text: str) -> str:
    """The text that the engine reads as the ranges of a MOC's cells of order 29."""
    moc = parse_moc(text)
    ends = zip(moc.starts.tolist(), moc.ends.tolist(), strict=True)
    return "{" + ",".join(f"[{start},{end})" for start, end in ends) + "}"


def _region(op: core.Op, arguments: list[str]) -> str:
    """A list of degrees; no region at all if one of them is null."""
    numbers = f"ARRAY[{', '.join(_doubles(op, arguments))}]"
    if all(isinstance(argument, core.Constant) for argument in op.arguments):
        return numbers
    return call("known", numbers)


def _around(op: core.Op, arguments: list[str]) -> str:
    """A point, itself a list, and what follows it."""
    numbers = ", ".join(
        cast_to(Kind.DOUBLE, a, s) for a, s in zip(op.arguments[1:], arguments[1:], strict=True)
    )
    return call("joined", arguments[0], f"ARRAY[{numbers}]")


def _doubles(op: core.Op, arguments: list[str]) -> list[str]:
    """The arguments as DOUBLE PRECISION: a difference of REAL columns would keep seven digits."""
    return [
        cast_to(Kind.DOUBLE, a, sql) if (number := number_of(a)) is None else double(number)
        for a, sql in zip(op.arguments, arguments, strict=True)
    ]


def _in_circle(op: core.Op, arguments: list[str]) -> str:
    numbers = _doubles(op, arguments)
    if sum(map(len, arguments)) > _REPEATABLE:
        return call("in_circle", *numbers)
    return in_circle_formula(numbers, [number_of(a) for a in op.arguments], double, _SQUARE)


def _distance(op: core.Op, arguments: list[str]) -> str:
    lon1, lat1, lon2, lat2 = numbers = _doubles(op, arguments)
    if sum(map(len, arguments)) > _REPEATABLE:
        return call("distance", f"ARRAY[{lon1}, {lat1}]", f"ARRAY[{lon2}, {lat2}]")
    return distance_formula(numbers, _SQUARE)


def _in_polygon(op: core.Op, arguments: list[str]) -> str:
    lon, lat = (
        cast_to(Kind.DOUBLE, a, s) for a, s in zip(op.arguments[:2], arguments[:2], strict=True)
    )
    inside = call("in_polygon", lon, lat, call("shape", arguments[2]))
    if (cap := cap_of(op.arguments[2])) is None or len(lon + lat) > _REPEATABLE:
        return inside
    # A formula settles most rows: a million in 0.4 s, of which the polygon itself would take 20.
    near = in_circle_formula([lon, lat, *map(double, cap)], [None, None, *cap], double, _SQUARE)
    return f"({near} AND {inside})"


def _by_disc(op: core.Op, arguments: list[str]) -> str:
    return by_disc_formula(
        arguments,
        _disc_numbers(op, arguments),
        [number_of(a) for a in op.arguments],
        double,
        _SQUARE,
    )


def disc_box(op: core.Op, arguments: list[str]) -> str:
    """The condition that the index of regions answers: their boxes meet that of what is asked."""
    lon, lat, fov, *centre = _disc_numbers(op, arguments)
    return f"({call('sky_box', lon, lat, f'{fov} / 2')} && {call('sky_box', *centre)})"


def _disc_numbers(op: core.Op, arguments: list[str]) -> list[str]:
    """What a by_disc compares, as DOUBLE PRECISION: position, diameter; centre, radius."""
    return [
        cast_to(Kind.DOUBLE, a, sql) if (number := number_of(a)) is None else double(number)
        for a, sql in zip(op.arguments[3:], arguments[3:], strict=True)
    ]


def _in_moc(op: core.Op, arguments: list[str]) -> str:
    lon, lat = (
        cast_to(Kind.DOUBLE, a, s) for a, s in zip(op.arguments[:2], arguments[:2], strict=True)
    )
    return f"({arguments[2]} @> {call('healpix_index', '29::bigint', lon, lat)})"


REGION_WRITERS: dict[str, WrittenOp] = {
    "point": _region,
    "circle": _region,
    "polygon": _region,
    "box": lambda op, a: call("box", _region(op, a)),
    "circle_at": _around,
    "box_at": lambda op, a: call("box", _around(op, a)),
    "polygon_of": lambda op, a: reduce(lambda left, right: call("joined", left, right), a),
    "coord1": lambda op, a: f"({a[0]})[1]",
    "coord2": lambda op, a: f"({a[0]})[2]",
    "in_circle": _in_circle,
    "in_polygon": _in_polygon,
    "distance": _distance,
    "distance_of": lambda op, a: call("distance", *a),
    "contains": lambda op, a: call("contains", *a),
    "intersects": lambda op, a: call("intersects", *a),
    "area": lambda op, a: call("area", *a),
    "centroid": lambda op, a: call("centroid", *a),
    "region": lambda op, a: call("region_numbers", *a),
    "by_disc": _by_disc,
    "in_moc": _in_moc,
    "moc_contains": lambda op, a: call("touches", *a, "true"),
    "moc_intersects": lambda op, a: call("touches", *a, "false"),
    "moc_in_moc": lambda op, a: f"({a[1]} @> {a[0]})",
    "moc_meets": lambda op, a: f"({a[0]} && {a[1]})",
    "moc_area": lambda op, a: call("moc_area", *a),
}
"""How each operation of geometry is written."""
