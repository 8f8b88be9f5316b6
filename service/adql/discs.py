"""Regions that a circle around them tells from afar: what a predicate asks of the exact outline.

Beside the text of a region its table has a position and a diameter (`satvo.schemas.columns.column`,
``disc``). A predicate of such a column becomes the operation ``by_disc``: false where the circle is
away from the other side, true where it is wholly inside and that is enough, and the exact predicate
only in between. That is its meaning, so that it holds below OR and NOT; what follows from it for a
band of declinations or an index, the emitters write beside it.
"""

from __future__ import annotations

import math
from dataclasses import replace

from satvo.schemas.errors import BadParameter
from satvo.schemas.region_values import Polygon, box
from satvo.schemas.sphere import lon_lat_deg
from satvo.service.adql import core
from satvo.service.adql.core import Column, Constant, Expression, Kind, Op
from satvo.service.adql.emitting_values import number_of
from satvo.service.adql.groups import AGGREGATES

__all__ = ["by_disc", "cap_of", "discs_of", "without_discs"]

_SLACK = 1e-9
"""By which a circle around a polygon is larger, in parts and deg: far above all rounding."""

_SIMPLE = (Constant, Column)
"""What may be written several times."""


def by_disc(name: str, inner: Expression, outer: Expression, exact: Expression) -> Expression:
    """A predicate by the disc of a region, where it has one; else the exact one as it is.

    Parameters
    ----------
    name : str
        INTERSECTS or CONTAINS.
    inner, outer : Expression
        The two geometries, in CONTAINS' order; no MOCs.
    exact : Expression
        The predicate itself.

    Returns
    -------
    Expression
        The operation ``by_disc`` of: exact predicate, text of the region, 1 or 0 for whether it is
        true of a region inside of the circle; position and diameter of its disc; centre and radius
        of a circle around the other geometry, deg.
    """
    for region, other, is_second in ((inner, outer, True), (outer, inner, False)):
        disc, around = _disc(region), _circle_around(other)
        if disc is None or around is None:
            continue
        is_circle = isinstance(other, Op) and other.name == "circle"
        enough = is_circle and (name == "INTERSECTS" or is_second)
        text, *place = disc
        told = Constant(Kind.INT, int(enough))
        return Op(Kind.BOOLEAN, "by_disc", (exact, text, told, *place, *around))
    return exact


def _disc(region: Expression) -> tuple[Expression, ...] | None:
    """The text of a region, and position and diameter of a circle that holds it."""
    if not isinstance(region, Op) or region.name != "region":
        return None
    (text,) = region.arguments
    if not isinstance(text, Column) or not text.disc:
        return None
    field = text.field
    return (text, *(Column(Kind.DOUBLE, text.relation, each, field) for each in text.disc))


def _circle_around(region: Expression) -> tuple[Expression, ...] | None:
    """Centre and radius of a circle that holds a region, if they are simple to write."""
    if disc := _disc(region):
        _, lon, lat, diameter = disc
        return lon, lat, Op(Kind.DOUBLE, "div", (diameter, Constant(Kind.DOUBLE, 2.0)))
    if cap := cap_of(region):
        return tuple(Constant(Kind.DOUBLE, number) for number in cap)
    if isinstance(region, Op) and region.name in ("point", "circle"):
        if all(isinstance(each, _SIMPLE) for each in region.arguments):
            return (*region.arguments, Constant(Kind.DOUBLE, 0.0))[:3]
    if isinstance(region, Column) and region.kind in (Kind.POINT, Kind.CIRCLE):
        lon, lat = (Op(Kind.DOUBLE, f"coord{i}", (region,)) for i in (1, 2))
        return (lon, lat, Constant(Kind.DOUBLE, 0.0)) if region.kind is Kind.POINT else None
    return None


def cap_of(region: Expression) -> tuple[float, float, float] | None:
    """Centre and radius, deg, of a circle around a constant polygon or box; None for any other."""
    if not isinstance(region, Op) or region.name not in ("polygon", "box"):
        return None
    numbers = [number_of(argument) for argument in region.arguments]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return None
    try:
        polygon = box(*known) if region.name == "box" else Polygon(known)
    except BadParameter:
        return None  # the engine says what is wrong, where it comes to it
    if polygon.shape.cap is None:
        return None
    lon, lat = lon_lat_deg(polygon.shape.cap[0])
    return lon, lat, math.degrees(polygon.shape.cap[1]) * (1 + _SLACK) + _SLACK


def without_discs(expression: Expression) -> Expression:
    """An expression of groups, with the exact predicates: their columns alone may be grouped."""
    if not isinstance(expression, Op) or expression.name in AGGREGATES:
        return expression
    if expression.name == "by_disc":
        return expression.arguments[0]
    return replace(expression, arguments=tuple(map(without_discs, expression.arguments)))


def discs_of(query: core.Query) -> list[tuple[str, ...]]:
    """For each output column the output columns that are its disc, where the query has all."""
    discs: list[tuple[str, ...]] = [() for _ in query.fields]
    if not isinstance(query.body, core.Select):
        return discs
    places = {
        (item.relation, item.name): f"c{i}"
        for i, item in enumerate(query.body.items, 1)
        if isinstance(item, Column)
    }
    for i, item in enumerate(query.body.items):
        if isinstance(item, Column) and item.disc:
            found = [places.get((item.relation, name), "") for name in item.disc]
            discs[i] = tuple(found) if all(found) else ()
    return discs
