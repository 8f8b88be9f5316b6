"""The core written down as SQL of PostgreSQL 15.

What PostgreSQL lacks, or means otherwise than ADQL does here, are functions of the store's own
(`satvo.schemas.store.postgres_functions`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from satvo.schemas.store.interface import Statement
from satvo.schemas.store.postgres_sql import SQL, indexed_position
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.discs import cap_of
from satvo.service.adql.emitting import QueryWriter
from satvo.service.adql.emitting_values import SAME_NAME, number_of
from satvo.service.adql.groups import columns_in
from satvo.service.adql.postgres_functions import FUNCTION_WRITERS
from satvo.service.adql.postgres_regions import REGION_WRITERS, disc_box, moc_literal
from satvo.service.adql.postgres_types import BYTES, TYPES, call, double

__all__ = ["emit"]

_LIST = 50
"""From so many constants on, IN takes them as one list, which is hashed."""

_WIDEST_DEG = 20.0
"""A larger circle is of so many cells that their index is of no use."""

_LARGER_DEG = 1e-4
"""By which the circle asked of the index is larger: on the borders of its cells q3c 2.0 misses
neighbours nearer than 1e-6 deg."""

_MOST_INDEXED = 4
"""The index condition of a circle is a hundred comparisons to the planner."""


def emit(query: core.Query, limit: int | None) -> Statement:
    """The statement that answers a query; parameters and errors as of the DuckDB emitter."""
    writer = _PostgresWriter()
    sql = writer.query(query, limit)
    return Statement(sql, tuple(writer.parameters))


class _PostgresWriter(QueryWriter):
    types = TYPES
    names = {**SAME_NAME, "log": "ln", "ceiling": "ceil"}  # noqa: RUF012
    infix = {}  # noqa: RUF012
    special = {**FUNCTION_WRITERS, **REGION_WRITERS}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._positions: dict[str, tuple[str, str]] = {}
        self._numbers = itertools.count(1)
        self._indexed = 0

    def double(self, value: float) -> str:
        """A DOUBLE PRECISION literal."""
        return double(value)

    def finished(self, expression: core.Expression, sql: str) -> str:
        """A value; text in the order of its code points, whichever collation it came with."""
        return f"({sql} {BYTES})" if expression.kind.is_text else sql

    def argument(self, op: core.Op, place: int, argument: core.Expression) -> str:
        """An argument of an operation; a MOC as the ranges of its cells."""
        if argument.kind is not Kind.MOC or "moc" not in op.name:
            return self.value(argument)
        if isinstance(argument, core.Constant):
            number = self.bound(moc_literal(str(argument.value)))
            return f"CAST(${number} AS int8multirange)"
        return call("moc", self.value(argument))

    def listed(self, op: core.Op) -> str | None:
        """IN of many constants, by a hash of them."""
        value, *members = op.arguments
        constants = [m.value for m in members if isinstance(m, core.Constant)]
        if len(members) < _LIST or len(constants) < len(members):
            return None
        kind = members[0].kind
        for member in members:
            kind = core.common(kind, member.kind)
        (alike,) = self.alike([value], [value.kind, kind])
        return f"({alike} = ANY (CAST(${self.bound(constants)} AS {TYPES[kind]}[])))"

    def scan(self, relation: core.Scan) -> str:
        """A stored table, of which is noted where its index of positions is."""
        if position := indexed_position(relation.table):
            self._positions[relation.name] = position
        return f"{SQL.identifier_preparer.format_table(relation.table)} AS {relation.name}"

    def condition(self, condition: core.Expression) -> str:
        """A condition, and what follows from it that an index of positions can answer."""
        sql = self.value(condition)
        followed = [*filter(None, map(self._near, _terms(condition)))]
        return " AND ".join([sql, *followed])

    def full_join(self, left: str, right: str, relation: core.Join, condition: str) -> str:
        """A FULL OUTER JOIN, which the engine makes only where two columns are equal.

        Each side gets such a column; OFFSET keeps the planner from seeing that it is constant.
        """
        a, b = (f"k{next(self._numbers)}" for _ in range(2))
        one = "(SELECT 1 AS k OFFSET 0) AS"
        return (
            f"(({left} CROSS JOIN {one} {a}) FULL OUTER JOIN ({right} CROSS JOIN {one} {b}) "
            f"ON {a}.k = {b}.k AND ({condition}))"
        )

    def _near(self, term: core.Expression) -> str | None:
        """That a stored position is near another, where a term says so; the index finds them."""
        if not isinstance(term, core.Op) or self._indexed >= _MOST_INDEXED:
            return None
        if term.name == "in_circle":
            *places, radius = term.arguments
            number = number_of(radius)
            first, second = tuple(places[:2]), tuple(places[2:])
            pairs = [(first, second), (second, first)]
        elif term.name == "in_polygon" and (cap := cap_of(term.arguments[2])):
            number = cap[2]
            pairs = [(term.arguments[:2], (_constant(cap[0]), _constant(cap[1])))]
        elif term.name == "by_disc":
            self._indexed += 1
            return disc_box(term, [*map(self.value, term.arguments)])
        else:
            return None
        if number is None or not 0 <= number <= _WIDEST_DEG:
            return None
        for stored, other in pairs:
            if written := self._by_index(stored, other, number + _LARGER_DEG):
                self._indexed += 1
                return written
        return None

    def _by_index(
        self,
        stored: tuple[core.Expression, ...],
        other: tuple[core.Expression, ...],
        radius_deg: float,
    ) -> str | None:
        lon, lat = stored
        if not (isinstance(lon, core.Column) and isinstance(lat, core.Column)):
            return None
        if self._positions.get(lon.relation) != (lon.name, lat.name):
            return None
        if lon.relation != lat.relation or {lon.kind, lat.kind} != {Kind.DOUBLE}:
            return None
        columns = [column for value in other for column in columns_in(value)]
        if any(column.relation == lon.relation for column in columns):
            return None
        written = [
            self.cast_to(Kind.DOUBLE, value, self.value(value)) for value in (*other, lon, lat)
        ]
        if not columns and all(number_of(value) is not None for value in other):
            arguments = [*written[2:], *written[:2], double(radius_deg)]
            return f"q3c_radial_query({', '.join(arguments)})"
        if not all(isinstance(value, core.Column) for value in other):
            return None
        return f"q3c_join({', '.join([*written, double(radius_deg)])})"


def _constant(value: float) -> core.Expression:
    return core.Constant(Kind.DOUBLE, value)


def _terms(condition: core.Expression) -> Iterator[core.Expression]:
    """What must all be true where a condition is."""
    if isinstance(condition, core.Op) and condition.name == "and":
        for term in condition.arguments:
            yield from _terms(term)
    else:
        yield condition
