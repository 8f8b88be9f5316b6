"""Values and conditions of the core written down as DuckDB SQL."""

from __future__ import annotations

from satvo.schemas.moc import moc_key
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.duckdb_functions import FUNCTION_WRITERS
from satvo.service.adql.duckdb_overflow import checked, passes_on
from satvo.service.adql.duckdb_regions import REGION_WRITERS
from satvo.service.adql.duckdb_types import TYPES, cast_to, double, named_once
from satvo.service.adql.emitting_values import SAME_NAME, Writer, WrittenOp

__all__ = ["DuckValues"]

_GROUP = 32
"""Terms of one AND or OR that the engine sees together: it compares each with each."""

_LIST = 50
"""From so many constants on, IN takes them as one bound list: 30 000 need 0.04 s, not 4."""

_NAMES = {
    **SAME_NAME,
    "cot": "cot",
    "log": "ln",
    "ceiling": "ceil",
    "power": "pow",
    "in_polygon": "satvo_in_polygon",
    "contains": "satvo_contains",
    "intersects": "satvo_intersects",
    "distance_of": "satvo_distance",
    "area": "satvo_area",
    "centroid": "satvo_centroid",
    "region": "satvo_region_numbers",
    "in_moc": "satvo_in_moc",
    "moc_contains": "satvo_moc_contains",
    "moc_intersects": "satvo_moc_intersects",
    "moc_in_moc": "satvo_moc_in_moc",
    "moc_meets": "satvo_moc_meets",
    "moc_area": "satvo_moc_area",
}
_OF_MOCS = frozenset(name for name in _NAMES if "moc" in name)


def _sum(op: core.Op, arguments: list[str]) -> str:
    # The engine sums integers into 128 bits, which no VOTable datatype holds.
    distinct = "DISTINCT " if op.distinct else ""
    return f"CAST(sum({distinct}{arguments[0]}) AS {TYPES[op.kind]})"


def _to_digits(op: core.Op, arguments: list[str]) -> str:
    function = {"round": "round", "truncate": "trunc"}[op.name]
    value, *digits = arguments
    number = cast_to(Kind.DOUBLE, op.arguments[0], value)
    return f"{function}({', '.join([number, *map(_digits, digits)])})"


def _digits(count: str) -> str:
    # Beyond these no digit is there to lose, or none stays; the engine takes no BIGINT, and
    # trunc(x, -309) for trunc(x).
    bounded = "CASE WHEN $ > 308 THEN 308 WHEN $ < -308 THEN -308 ELSE $ END"
    return f"CAST({named_once(count, bounded)} AS INTEGER)"


def _negative(op: core.Op, arguments: list[str]) -> str:
    negative = f"(-{arguments[0]})"
    # The engine gives the negative of a SMALLINT constant as an INTEGER.
    return f"CAST({negative} AS {TYPES[op.kind]})" if op.kind.is_integer else negative


_SPECIAL: dict[str, WrittenOp] = {
    "neg": _negative,
    "in_moc": lambda op, a: f"satvo_in_moc(CAST({a[0]} AS DOUBLE), CAST({a[1]} AS DOUBLE), {a[2]})",
    "not": lambda op, a: f"(NOT {a[0]})",
    "is_null": lambda op, a: f"({a[0]} IS NULL)",
    "in": lambda op, a: f"({a[0]} IN ({', '.join(a[1:])}))",
    "between": lambda op, a: f"({a[0]} BETWEEN {a[1]} AND {a[2]})",
    "truth": lambda op, a: f"CAST({a[0]} AS INTEGER)",
    "left": lambda op, a: f"left({a[0]}, {a[1]})",
    "pi": lambda op, a: "pi()",
    "rand": lambda op, a: "random()",
    "round": _to_digits,
    "truncate": _to_digits,
    "count": lambda op, a: f"count({'DISTINCT ' if op.distinct else ''}{a[0]})",
    "count_star": lambda op, a: "count(*)",
    "sum": _sum,
    "avg": lambda op, a: f"avg({'DISTINCT ' if op.distinct else ''}CAST({a[0]} AS DOUBLE))",
    **REGION_WRITERS,
    **FUNCTION_WRITERS,
}


class DuckValues(Writer):
    """Writes values.

    Attributes
    ----------
    mocs : dict
        The text of each MOC by the key that stands for it in calls.
    """

    types = TYPES
    names = _NAMES
    infix = {"int_div": "//", "like": "LIKE", "ilike": "ILIKE"}  # noqa: RUF012
    special = _SPECIAL

    def __init__(self) -> None:
        super().__init__()
        self.mocs: dict[str, str] = {}

    def double(self, value: float) -> str:
        """A DOUBLE literal."""
        return double(value)

    def finished(self, expression: core.Expression, sql: str) -> str:
        """A value that is an error where it became infinite or none."""
        return checked(expression, sql)

    def argument(self, op: core.Op, place: int, argument: core.Expression) -> str:
        """An argument of an operation; a MOC is called by its key."""
        if op.name in _OF_MOCS and isinstance(argument, core.Constant):
            if argument.kind is Kind.MOC:
                key = moc_key(str(argument.value))
                self.mocs[key] = str(argument.value)
                return f"'{key}'"
        # What passes infinity on is looked at as a whole.
        return self.written(argument) if passes_on(op, place) else self.value(argument)

    def joined(self, terms: list[str], word: str) -> str:
        """Terms joined in groups that the engine's optimiser does not look into.

        Its time grows as the square of the terms of one AND or OR, 3 s for a thousand. A cast
        there and back keeps true, false and null as they are.
        """
        while len(terms) > _GROUP:
            terms = [
                f"CAST(CAST(({f' {word} '.join(terms[i : i + _GROUP])}) AS TINYINT) AS BOOLEAN)"
                for i in range(0, len(terms), _GROUP)
            ]
        return super().joined(terms, word)

    def listed(self, op: core.Op) -> str | None:
        """IN of many constants: 30 000 take 4 s to plan one by one."""
        value, *members = op.arguments
        constants = [m for m in members if isinstance(m, core.Constant)]
        if len(members) < _LIST or len(constants) < len(members):
            return None
        kind = members[0].kind
        for member in members:
            kind = core.common(kind, member.kind)
        number = self.bound([constant.value for constant in constants])
        listed = f"SELECT unnest(CAST(${number} AS {TYPES[kind]}[]))"
        (alike,) = self.alike([value], [value.kind, kind])
        return f"({alike} IN ({listed}))"
