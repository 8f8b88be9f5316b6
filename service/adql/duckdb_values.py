"""Values and conditions of the core written down as DuckDB SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from satvo.schemas.errors import BadQuery
from satvo.schemas.moc import moc_key
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.duckdb_functions import FUNCTION_WRITERS
from satvo.service.adql.duckdb_overflow import checked, passes_on
from satvo.service.adql.duckdb_regions import REGION_WRITERS
from satvo.service.adql.duckdb_types import TYPES, cast_to, double
from satvo.service.adql.limits import MAX_SQL_CHARACTERS

__all__ = ["ValueWriter"]

_GROUP = 32
"""Terms of one AND or OR that the engine sees together: it compares each with each."""

_LIST = 50
"""From so many constants on, IN takes them as one bound list: 30 000 need 0.04 s, not 4."""

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "int_div": "//", "concat": "||",
    "eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "like": "LIKE", "ilike": "ILIKE",
}  # fmt: skip

_SAME_NAME = (
    "abs acos asin atan atan2 cos cot sin tan degrees radians exp log10 sqrt floor mod "
    "lower upper left coalesce min max"
)
_FUNCTIONS = {
    **{name: name for name in _SAME_NAME.split()},
    "log": "ln",
    "ceiling": "ceil",
    "power": "pow",
    "in_polygon": "satvo_in_polygon",
    "contains": "satvo_contains",
    "intersects": "satvo_intersects",
    "distance_of": "satvo_distance",
    "area": "satvo_area",
    "centroid": "satvo_centroid",
    "in_moc": "satvo_in_moc",
    "moc_contains": "satvo_moc_contains",
    "moc_intersects": "satvo_moc_intersects",
    "moc_in_moc": "satvo_moc_in_moc",
    "moc_meets": "satvo_moc_meets",
    "moc_area": "satvo_moc_area",
}
_OF_MOCS = frozenset(name for name in _FUNCTIONS if "moc" in name)


class ValueWriter:
    """Writes values; `satvo.service.adql.emit_duckdb` adds the queries around them.

    Attributes
    ----------
    parameters : list
        The bound values of ``$1, $2, ...``.
    mocs : dict
        The text of each MOC by the key that stands for it in calls.
    """

    def __init__(self) -> None:
        self.parameters: list[Any] = []
        self.mocs: dict[str, str] = {}
        self._strings: dict[str, int] = {}

    def query(self, query: core.Query, limit: int | None = None) -> str:
        """A sub-query without its parentheses."""
        raise NotImplementedError

    def value(self, expression: core.Expression) -> str:
        """A value or a condition.

        Raises
        ------
        BadQuery
            If the SQL would grow beyond all measure.
        """
        sql = checked(expression, self._value(expression))
        if len(sql) > MAX_SQL_CHARACTERS:
            raise BadQuery("the query is too complex", suggestion="ask in several queries")
        return sql

    def _value(self, expression: core.Expression) -> str:
        match expression:
            case core.Constant():
                return self._constant(expression)
            case core.Column():
                return f'{expression.relation}."{expression.name}"'
            case core.Scalar():
                return f"({self.query(expression.query)})"
            case core.InQuery():
                return f"({self.value(expression.value)} IN ({self.query(expression.query)}))"
            case core.Exists():
                return f"EXISTS ({self.query(expression.query)})"
            case core.Op():
                return self._operation(expression)
        raise AssertionError(expression)

    def _constant(self, constant: core.Constant) -> str:
        value = constant.value
        if isinstance(value, str):
            if value not in self._strings:
                self._strings[value] = self._bound(value)
            return f"CAST(${self._strings[value]} AS {TYPES[constant.kind]})"
        if isinstance(value, float):
            return double(value)
        return (
            str(value)
            if constant.kind is Kind.INT and value >= 0
            else f"CAST({value} AS {TYPES[constant.kind]})"
        )

    def _bound(self, value: object) -> int:
        self.parameters.append(value)
        return len(self.parameters)

    def _operation(self, op: core.Op) -> str:
        if op.name in ("and", "or"):
            return _joined([self.value(term) for term in op.arguments], op.name.upper())
        if op.name == "in" and (listed := self._in_list(op)):
            return listed
        written = op.arguments[:2] if op.name == "in_unit" else op.arguments  # third: its unit
        arguments = [self._argument(op, i, a) for i, a in enumerate(written)]
        if writer := _SPECIAL.get(op.name):
            return writer(op, arguments)
        if op.name in _INFIX:
            return _infix(op, arguments)
        if op.kind is Kind.DOUBLE or op.name in ("mod", "coalesce"):
            arguments = [
                cast_to(op.kind, a, s) for a, s in zip(op.arguments, arguments, strict=True)
            ]
        distinct = "DISTINCT " if op.distinct else ""
        return f"{_FUNCTIONS[op.name]}({distinct}{', '.join(arguments)})"

    def _argument(self, op: core.Op, place: int, argument: core.Expression) -> str:
        if op.name in _OF_MOCS and isinstance(argument, core.Constant):
            if argument.kind is Kind.MOC:
                key = moc_key(str(argument.value))
                self.mocs[key] = str(argument.value)
                return f"'{key}'"
        # What passes infinity on is looked at as a whole.
        return self._value(argument) if passes_on(op, place) else self.value(argument)

    def _in_list(self, op: core.Op) -> str | None:
        value, *members = op.arguments
        constants = [m for m in members if isinstance(m, core.Constant)]
        if len(members) < _LIST or len(constants) < len(members):
            return None
        kind = members[0].kind
        for member in members:
            kind = core.common(kind, member.kind)
        number = self._bound([constant.value for constant in constants])
        listed = f"SELECT unnest(CAST(${number} AS {TYPES[kind]}[]))"
        return f"({self.value(value)} IN ({listed}))"


def _infix(op: core.Op, arguments: list[str]) -> str:
    left, right = arguments
    if op.kind.is_number:
        # Both sides in the type of the answer: an INTEGER times a BIGINT is a BIGINT, and 1/2.0 is
        # not an integer division.
        left, right = (
            cast_to(op.kind, side, sql) for side, sql in zip(op.arguments, arguments, strict=True)
        )
    return f"({left} {_INFIX[op.name]} {right})"


def _joined(terms: list[str], word: str) -> str:
    """Terms joined in groups that the engine's optimiser does not look into.

    Its time grows as the square of the terms of one AND or OR, 3 s for a thousand. A cast there and
    back keeps true, false and null as they are.
    """
    while len(terms) > _GROUP:
        terms = [
            f"CAST(CAST(({f' {word} '.join(terms[i : i + _GROUP])}) AS TINYINT) AS BOOLEAN)"
            for i in range(0, len(terms), _GROUP)
        ]
    return f"({f' {word} '.join(terms)})"


def _sum(op: core.Op, arguments: list[str]) -> str:
    # The engine sums integers into 128 bits, which no VOTable datatype holds.
    distinct = "DISTINCT " if op.distinct else ""
    return f"CAST(sum({distinct}{arguments[0]}) AS {TYPES[op.kind]})"


def _to_digits(op: core.Op, arguments: list[str]) -> str:
    function = {"round": "round", "truncate": "trunc"}[op.name]
    value, *digits = arguments
    number = cast_to(Kind.DOUBLE, op.arguments[0], value)
    return f"{function}({', '.join([number, *(f'CAST({n} AS INTEGER)' for n in digits)])})"


def _negative(op: core.Op, arguments: list[str]) -> str:
    negative = f"(-{arguments[0]})"
    # The engine gives the negative of a SMALLINT constant as an INTEGER.
    return f"CAST({negative} AS {TYPES[op.kind]})" if op.kind.is_integer else negative


_SPECIAL: dict[str, Callable[[core.Op, list[str]], str]] = {
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
