"""The geometry functions of ADQL (ADQL 2.1, section 4.2), lowered to operations on degrees."""

from __future__ import annotations

from collections.abc import Callable

from satvo.service.adql import tree
from satvo.service.adql.core import Column, Constant, Expression, Kind, Op
from satvo.service.adql.discs import by_disc
from satvo.service.adql.geometry_texts import (
    as_region,
    frame_of,
    moc_constant,
    region_arguments,
)
from satvo.service.adql.lexer import Source
from satvo.service.adql.limits import MAX_VERTICES

__all__ = ["GEOMETRY", "coordinates", "resolve_geometry"]

GEOMETRY: dict[str, str] = {
    "POINT": "POINT(lon, lat)",
    "CIRCLE": "CIRCLE(lon, lat, radius) or CIRCLE(point, radius)",
    "BOX": "BOX(lon, lat, width, height) or BOX(point, width, height)",
    "POLYGON": "POLYGON(lon1, lat1, lon2, lat2, lon3, lat3, ...) or "
    "POLYGON(point1, point2, point3, ...)",
    "CONTAINS": "CONTAINS(inner, outer)",
    "INTERSECTS": "INTERSECTS(a, b)",
    "DISTANCE": "DISTANCE(point1, point2) or DISTANCE(lon1, lat1, lon2, lat2)",
    "COORD1": "COORD1(point)",
    "COORD2": "COORD2(point)",
    "AREA": "AREA(region)",
    "CENTROID": "CENTROID(region)",
    "REGION": "REGION('CIRCLE ICRS lon lat radius')",
    "COORDSYS": "COORDSYS(geometry)",
    "MOC": "MOC('order/cells ...')",
}
"""How each function is written, by its name."""

Pair = tuple[Expression, Expression]
Position = Pair | Expression


def resolve_geometry(
    source: Source, call: tree.Call, resolve: Callable[[tree.Node], Expression]
) -> Expression:
    """Lower one call of a geometry function.

    Parameters
    ----------
    source : Source
        For errors that point into the query.
    call : Call
        Its name is a key of `GEOMETRY`.
    resolve : callable
        Resolves one argument.

    Raises
    ------
    BadQuery
        For arguments of another number, type or range than the function takes.
    """
    name = call.name.upper()
    form = GEOMETRY[name]
    if name == "COORDSYS":
        return frame_of(source, call, resolve, form)
    arguments = [resolve(a) for a in call.arguments]
    if name == "REGION":
        name, arguments = region_arguments(source, call, arguments, form)
        call = tree.Call(call.at, name, call.arguments)
    if name == "MOC":
        return moc_constant(source, call, arguments, form)
    return _Geometry(source, call, arguments).lowered()


def coordinates(point: Expression) -> Pair:
    """Longitude and latitude of a point, deg."""
    return _coordinate(point, 0), _coordinate(point, 1)


class _Geometry:
    def __init__(self, source: Source, call: tree.Call, arguments: list[Expression]) -> None:
        self.source = source
        self.call = call
        self.name = call.name.upper()
        self.arguments = arguments

    def lowered(self) -> Expression:
        match self.name:
            case "POINT":
                return Op(Kind.POINT, "point", tuple(self._coordinates(2)))
            case "CIRCLE":
                position, (radius,) = self._centre(1)
                self._within(radius, 0, 180, "radius")
                return self._around(Kind.CIRCLE, "circle", position, (radius,))
            case "BOX":
                position, (width, height) = self._centre(2)
                self._size("width", width, "above 0 and under 180 deg", lambda w: 0 < w < 180)
                self._size("height", height, "above 0, at most 180 deg", lambda h: 0 < h <= 180)
                return self._around(Kind.POLYGON, "box", position, (width, height))
            case "POLYGON":
                return self._polygon()
            case "DISTANCE":
                return self._distance()
            case "COORD1":
                return _coordinate(self._regions(1, Kind.POINT)[0], 0)
            case "COORD2":
                return _coordinate(self._regions(1, Kind.POINT)[0], 1)
            case "AREA":
                (region,) = self._regions(1)
                name = "moc_area" if region.kind is Kind.MOC else "area"
                return Op(Kind.DOUBLE, name, (region,))
            case "CENTROID":
                (region,) = self._regions(1)
                if region.kind is Kind.MOC:
                    raise self._wrong("a point, circle, box or polygon")
                return Op(Kind.POINT, "centroid", (region,))
        return self._predicate()

    def _around(
        self, kind: Kind, name: str, position: Position, sizes: tuple[Expression, ...]
    ) -> Expression:
        if isinstance(position, tuple):
            return Op(kind, name, (*position, *sizes))
        return Op(kind, f"{name}_at", (position, *sizes))

    def _predicate(self) -> Expression:
        inner, outer = self._regions(2)
        if self.name == "INTERSECTS" and outer.kind is Kind.POINT:
            inner, outer = outer, inner  # symmetric; a point comes first below
        if Kind.MOC in (inner.kind, outer.kind):
            return Op(Kind.INT, "truth", (self._with_moc(inner, outer),))
        position = _pair(inner) if inner.kind is Kind.POINT else None
        if position and isinstance(outer, Op) and outer.name == "circle":
            inside: Expression = Op(Kind.BOOLEAN, "in_circle", (*position, *outer.arguments))
        elif position and outer.kind is Kind.POLYGON:
            inside = Op(Kind.BOOLEAN, "in_polygon", (*position, outer))
        else:
            operation = "contains" if inner.kind is Kind.POINT else self.name.lower()
            inside = Op(Kind.BOOLEAN, operation, (inner, outer))
        # The standard's predicates are 1 or 0; the resolver takes the wrapping off `= 1`.
        return Op(Kind.INT, "truth", (by_disc(self.name, inner, outer, inside),))

    def _with_moc(self, inner: Expression, outer: Expression) -> Expression:
        """A predicate of which one side at least is a MOC, which then comes second."""
        both = inner.kind is outer.kind
        if inner.kind is Kind.MOC and not both:
            if self.name == "CONTAINS":
                raise self.source.error(
                    self.call.at,
                    f"CONTAINS: whether a MOC is in a {outer.kind} is not known here",
                    "write INTERSECTS, or the MOC second",
                )
            inner, outer = outer, inner
        if inner.kind is Kind.POINT:
            return Op(Kind.BOOLEAN, "in_moc", (*(_pair(inner) or coordinates(inner)), outer))
        contains = self.name == "CONTAINS"
        if both:
            name = "moc_in_moc" if contains else "moc_meets"
        else:
            name = "moc_contains" if contains else "moc_intersects"
        return Op(Kind.BOOLEAN, name, (inner, outer))

    def _distance(self) -> Expression:
        if len(self.arguments) == 4:
            return Op(Kind.DOUBLE, "distance", tuple(self._coordinates(4)))
        points = self._regions(2, Kind.POINT)
        first, second = map(_pair, points)
        if first and second:
            return Op(Kind.DOUBLE, "distance", (*first, *second))
        return Op(Kind.DOUBLE, "distance_of", tuple(points))

    def _polygon(self) -> Expression:
        arguments = self._without_frame(self.arguments)
        by_points = bool(arguments) and all(a.kind is Kind.POINT for a in arguments)
        count = len(arguments) if by_points else len(arguments) // 2
        if count < 3 or (not by_points and len(arguments) % 2):
            raise self._wrong("at least three vertices")
        if count > MAX_VERTICES:
            raise self.source.error(
                self.call.at, f"POLYGON of {count} vertices; at most {MAX_VERTICES} are accepted"
            )
        if by_points:
            pairs = [_pair(point) for point in arguments]
            if not all(pairs):
                return Op(Kind.POLYGON, "polygon_of", tuple(arguments))
            arguments = [value for pair in pairs if pair for value in pair]
        return Op(Kind.POLYGON, "polygon", tuple(self._checked(arguments)))

    def _centre(self, extra: int) -> tuple[Position, list[Expression]]:
        """A position, as two coordinates or as a point, and the numbers that follow it."""
        arguments = self._without_frame(self.arguments)
        position: Position
        if len(arguments) == 1 + extra and arguments[0].kind is Kind.POINT:
            rest = arguments[1:]
            position = _pair(arguments[0]) or arguments[0]
        elif len(arguments) == 2 + extra:
            lon, lat, *rest = self._checked(arguments[:2]) + arguments[2:]
            position = (lon, lat)
        else:
            raise self._wrong(f"{2 + extra} numbers")
        for value in rest:
            self._numeric(value)
        return position, rest

    def _coordinates(self, count: int) -> list[Expression]:
        arguments = self._without_frame(self.arguments)
        if len(arguments) != count:
            raise self._wrong(f"{count} numbers")
        return self._checked(arguments)

    def _checked(self, coordinates: list[Expression]) -> list[Expression]:
        for i, value in enumerate(coordinates):
            self._numeric(value)
            if i % 2:
                self._within(value, -90, 90, "latitude")
        return coordinates

    def _regions(self, count: int, kind: Kind | None = None) -> list[Expression]:
        wanted = "a point" if kind is Kind.POINT else "a geometry"
        if len(self.arguments) != count:
            raise self._wrong(f"{count} arguments")
        for argument in self.arguments:
            if not (argument.kind is kind if kind else as_region(argument).kind.is_region):
                raise self._wrong(f"{wanted} for each argument")
        return [*map(as_region, self.arguments)]

    def _without_frame(self, arguments: list[Expression]) -> list[Expression]:
        # The coordinate system as a first string is deprecated since ADQL 2.1 and ignored.
        if arguments and isinstance(arguments[0], Constant) and arguments[0].kind.is_text:
            return arguments[1:]
        return arguments

    def _numeric(self, value: Expression) -> None:
        if not value.kind.is_number:
            raise self._wrong("numbers in degrees")

    def _within(self, value: Expression, low: float, high: float, what: str) -> None:
        number = _constant(value)
        if number is not None and not low <= number <= high:
            raise self.source.error(
                self.call.at, f"{self.name}: {what} {number:g} is outside {low:g} to {high:g} deg"
            )

    def _size(
        self, what: str, value: Expression, wanted: str, fits: Callable[[float], bool]
    ) -> None:
        number = _constant(value)
        if number is not None and not fits(number):
            raise self.source.error(
                self.call.at,
                f"BOX: {what} {number:g} is not {wanted}",
                "write a POLYGON or a CIRCLE" if number > 0 else None,
            )

    def _wrong(self, wanted: str) -> Exception:
        return self.source.error(
            self.call.at, f"{self.name} takes {wanted}", f"write {GEOMETRY[self.name]}"
        )


def _pair(point: Expression) -> Pair | None:
    """The two coordinates of a point, where writing them apart does not compute the point twice."""
    if isinstance(point, Op) and point.name == "point":
        lon, lat = point.arguments
        return lon, lat
    if isinstance(point, Column):
        return _coordinate(point, 0), _coordinate(point, 1)
    return None


def _coordinate(point: Expression, which: int) -> Expression:
    if isinstance(point, Op) and point.name == "point":
        return point.arguments[which]
    return Op(Kind.DOUBLE, f"coord{which + 1}", (point,))


def _constant(value: Expression) -> float | None:
    if isinstance(value, Constant) and not isinstance(value.value, str):
        return float(value.value)
    if isinstance(value, Op) and value.name == "neg":
        inner = _constant(value.arguments[0])
        return None if inner is None else -inner
    return None
