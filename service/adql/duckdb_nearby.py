"""Positions near each other, written so that DuckDB need not compare all with all.

Beside the exact condition of a circle stands one of declinations, which costs a fifth and leaves
few to the other, and where it can one of right ascensions, which leaves them fewer still. Two
tables that are joined by positions meet in cells of a grid: a row of the one has a cell, a row of
the other its cell and those around it, and the engine joins equal cells by a hash. Without it
10 000 positions against a million take 10 000 million comparisons; with it they take 0.1 s. The
exact condition stays, so that none of these changes the answer: they may be false, where the
condition is unknown, only since that keeps no row either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from satvo.service.adql import core
from satvo.service.adql.duckdb_types import double
from satvo.service.adql.emitting_values import number_of

__all__ = ["CELL", "Grid", "Near", "conjuncts", "grids", "near_of"]

CELL = '"satvo cell"'
"""The column that a relation is given by `Grid.cells`; no published name has a space."""

MAX_RADIUS_DEG = 2.0
"""A grid of larger cells spares little."""

_MARGIN_DEG = 1e-9
"""Rounding must not put outside of the band what the exact condition has inside."""

_POLAR_DEG = 89.0
"""A circle that comes as near to a pole as this is as wide as the sky, or rounding makes it so."""

_BINS = 1 << 23
"""More than a zone has; a cell's number is exact as DOUBLE."""


@dataclass(frozen=True, slots=True)
class Near:
    """Two positions and the distance within which they are to be, deg."""

    lon: core.Expression
    lat: core.Expression
    centre_lon: core.Expression
    centre_lat: core.Expression
    radius: core.Expression

    def band(self, written: dict[core.Expression, str]) -> str:
        """A condition on the declinations that is true where the exact one is.

        Parameters
        ----------
        written : dict
            The SQL of the two declinations and of the radius, as DOUBLE.
        """
        radius = number_of(self.radius)
        for end, fixed in ((self.lat, self.centre_lat), (self.centre_lat, self.lat)):
            middle = number_of(fixed)
            if middle is not None and radius is not None:
                low, high = middle - radius - _MARGIN_DEG, middle + radius + _MARGIN_DEG
                return f"({written[end]} BETWEEN {double(low)} AND {double(high)})"
        lat, centre = written[self.lat], written[self.centre_lat]
        reach = (
            f"({written[self.radius]} + {double(_MARGIN_DEG)})"
            if radius is None
            else double(radius + _MARGIN_DEG)
        )
        return f"({lat} BETWEEN {centre} - {reach} AND {centre} + {reach})"

    def sector(self, written: dict[core.Expression, str]) -> str:
        """A condition on the right ascension that is true where the exact one is; or empty.

        There is one of a circle that is constant and holds no pole: as wide as the circle is where
        its meridians touch it. Longitudes more than a turn apart are left to the exact one.

        Parameters
        ----------
        written : dict
            The SQL of the longitudes, as DOUBLE.
        """
        column, centre = written[self.lon], (self.centre_lon, self.centre_lat)
        if number_of(self.centre_lon) is None:
            column, centre = written[self.centre_lon], (self.lon, self.lat)
        lon, lat, radius = map(number_of, (*centre, self.radius))
        if lon is None or lat is None or radius is None:
            return ""
        reach = radius + _MARGIN_DEG
        if radius < 0 or abs(lat) + reach > _POLAR_DEG:
            return ""
        half = math.degrees(math.asin(math.sin(math.radians(reach)) / math.cos(math.radians(lat))))
        far = f"{double(half + _MARGIN_DEG)} AND {double(360 - half - _MARGIN_DEG)}"
        return f"(abs({column} - {double(lon)}) NOT BETWEEN {far})"


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid over the sky for positions within a radius.

    Zones of declination are ``height`` high, and divided into bins of right ascension at least 1.2
    times as wide as two positions within the radius can differ there, so that the bins beside
    one's own are enough. Near the poles a zone is one bin.

    Attributes
    ----------
    relation : str
        The relation whose rows get the cells around them.
    lon, lat : Expression
        Its positions.
    other_lon, other_lat : Expression
        Those of the other relation.
    height : float
        deg.
    """

    relation: str
    lon: core.Expression
    lat: core.Expression
    other_lon: core.Expression
    other_lat: core.Expression
    height: float

    def cell(self, lon: str, lat: str) -> str:
        """The cell of a position; null where it is none on the sphere."""
        zone = f"floor({lat} / {double(self.height)})"
        return _numbered(lon, lat, zone, f"floor({_turn(lon)} * {self._bins(zone)})")

    def around(self, relation: str, lon: str, lat: str) -> str:
        """A relation with each row once for each cell in which there can be positions near it.

        Parameters
        ----------
        relation : str
            SQL of the relation of this grid, under its name.
        lon, lat : str
            Its positions.
        """
        name = self.relation
        zone = f"(floor({lat} / {double(self.height)}) + zones.d)"
        bins = f'{name}."satvo bins"'
        bin_ = f'(floor({_turn(lon)} * {bins}) + {bins} + {name}."satvo step") % {bins}'
        cell = _numbered(lon, lat, f'{name}."satvo zone"', bin_)
        steps = "(VALUES (-1e0), (0e0), (1e0))"
        # Worked out in columns of their own: written twice, they would be worked out twice.
        inner = (
            f'SELECT {name}.*, {zone} AS "satvo zone", {self._bins(zone)} AS "satvo bins", '  # noqa: S608
            f'steps.k AS "satvo step" FROM {relation}, {steps} AS zones(d), '
            f"{steps} AS steps(k)"
        )
        return (
            f"(SELECT {name}.*, {cell} AS {CELL} FROM ({inner}) AS {name} "  # noqa: S608
            f'WHERE {name}."satvo step" = 0 OR {bins} > 1) AS {name}'
        )

    def _bins(self, zone: str) -> str:
        """Bins of a zone: one beside a pole, and nowhere else."""
        farthest = f"((abs({zone} + 0.5e0) + 0.5e0) * {double(self.height)})"
        width = f"{double(360 / (1.2 * self.height))} * cos(radians({farthest}))"
        polar = f"{farthest} > {double(90 - 4 * self.height)}"
        return f"(CASE WHEN {polar} THEN 1e0 ELSE floor({width}) END)"


def _turn(lon: str) -> str:
    """A longitude as a part of the circle, never so near 1 that a bin beyond the last is meant."""
    return f"least({lon} / 360e0 - floor({lon} / 360e0), {double(1 - 1e-12)})"


def _numbered(lon: str, lat: str, zone: str, bin_: str) -> str:
    valid = f"{lat} BETWEEN -90e0 AND 90e0 AND {lon} BETWEEN -1e6 AND 1e6"
    return f"CASE WHEN {valid} THEN CAST({zone} * {double(_BINS)} + {bin_} AS BIGINT) END"


def conjuncts(condition: core.Expression | None) -> Iterator[core.Expression]:
    """The terms that must all be true."""
    if isinstance(condition, core.Op) and condition.name == "and":
        for term in condition.arguments:
            yield from conjuncts(term)
    elif condition is not None:
        yield condition


def near_of(term: core.Expression) -> Near | None:
    """What a term says of two positions, where it says that they are near."""
    if not isinstance(term, core.Op):
        return None
    if term.name == "in_circle":
        lon, lat, centre_lon, centre_lat, radius = term.arguments
        return Near(lon, lat, centre_lon, centre_lat, radius)
    if term.name in ("lt", "le"):
        distance, radius = term.arguments
        if isinstance(distance, core.Op) and distance.name == "distance":
            lon, lat, centre_lon, centre_lat = distance.arguments
            return Near(lon, lat, centre_lon, centre_lat, radius)
    return None


def grids(select: core.Select) -> Iterator[Grid]:
    """The grids by which a SELECT may join its relations; at most one for each relation."""
    relations, terms = _inner(select.relation)
    terms += conjuncts(select.where)
    used: set[str] = set()
    for near in filter(None, map(near_of, terms)):
        radius = number_of(near.radius)
        if radius is None or not 0 < radius <= MAX_RADIUS_DEG:
            continue
        first = _relation_of(near.lon, near.lat)
        second = _relation_of(near.centre_lon, near.centre_lat)
        if first == second or not {first, second} <= relations.keys() or used & {first, second}:
            continue
        height = radius + 10 * _MARGIN_DEG
        ends = ((near.lon, near.lat), (near.centre_lon, near.centre_lat))
        names = [str(first), str(second)]
        chosen = names.index(min(names, key=lambda name: _expected_size(name, relations)))
        (lon, lat), (other_lon, other_lat) = ends[chosen], ends[1 - chosen]
        used |= {*names}
        yield Grid(names[chosen], lon, lat, other_lon, other_lat, height)


def _expected_size(name: str, relations: dict[str, core.Relation]) -> tuple[int, int]:
    """An order of relations, by what is likely.

    A stored table has most rows, what is uploaded or named by WITH fewest, what comes later fewer.
    """
    size = {core.CteScan: 0, core.Derived: 1}.get(type(relations[name]), 2)
    return (size, -list(relations).index(name))


def _inner(
    relation: core.Relation,
) -> tuple[dict[str, core.Relation], list[core.Expression]]:
    """The relations whose rows are kept only where all conditions hold, and those of their ONs."""
    if not isinstance(relation, core.Join):
        return {relation.name: relation}, []
    if relation.kind not in ("inner", "cross"):
        return {}, []
    left, right = _inner(relation.left), _inner(relation.right)
    return left[0] | right[0], [*left[1], *right[1], *conjuncts(relation.condition)]


def _relation_of(*expressions: core.Expression) -> str | None:
    """The only relation that expressions name; None if there are several, none or sub-queries."""
    names: set[str | None] = set()
    for expression in expressions:
        match expression:
            case core.Column():
                names.add(expression.relation)
            case core.Op():
                names.add(_relation_of(*expression.arguments))
            case core.Constant():
                pass
            case _:
                names.add(None)
    return names.pop() if len(names) == 1 else None
