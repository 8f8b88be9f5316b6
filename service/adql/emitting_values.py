"""Values and conditions of the core written down as SQL: what every engine has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from satvo.schemas.errors import BadQuery
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.limits import MAX_SQL_CHARACTERS

__all__ = ["SAME_NAME", "Writer", "WrittenOp", "cast_as", "number_of"]

WrittenOp = Callable[[core.Op, list[str]], str]
"""Writes an operation whose arguments are written already."""

_SHARED = (
    "abs acos asin atan atan2 cos sin tan degrees radians exp log10 sqrt floor mod "
    "lower upper left coalesce min max"
)
SAME_NAME = {name: name for name in _SHARED.split()}
"""Operations that are called by the same name in every engine."""

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "int_div": "/", "concat": "||",
    "eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip

_COMPARING = frozenset(["eq", "ne", "lt", "le", "gt", "ge", "between", "in"])


def cast_as(types: Mapping[Kind, str], kind: Kind, argument: core.Expression, sql: str) -> str:
    """An argument, already written, as a value of this type of the engine."""
    if argument.kind is kind or kind not in types or argument.kind.is_region:
        return sql
    return f"CAST({sql} AS {types[kind]})"


def number_of(expression: core.Expression) -> float | None:
    """The value of a constant number."""
    if isinstance(expression, core.Constant) and not isinstance(expression.value, str):
        return float(expression.value)
    return None


class Writer:
    """Writes values; `satvo.service.adql.emitting` adds the queries around them.

    An engine's own writer names its types and operations, and overrides what it writes otherwise.

    Attributes
    ----------
    types : mapping
        The engine's types; regions but MOCs are lists of degrees and need no cast.
    names : mapping
        The functions of operations that are calls.
    infix : mapping
        The operators that differ from those of standard SQL.
    special : mapping
        How each operation is written that is none of these.
    parameters : list
        The bound values of ``$1, $2, ...``.
    """

    types: ClassVar[Mapping[Kind, str]]
    names: ClassVar[Mapping[str, str]]
    infix: ClassVar[Mapping[str, str]]
    special: ClassVar[Mapping[str, WrittenOp]]

    def __init__(self) -> None:
        self.parameters: list[Any] = []
        self._strings: dict[str, int] = {}

    @abstractmethod
    def query(self, query: core.Query, limit: int | None = None) -> str:
        """A sub-query without its parentheses."""

    @abstractmethod
    def double(self, value: float) -> str:
        """A DOUBLE PRECISION literal."""

    def value(self, expression: core.Expression) -> str:
        """A value or a condition.

        Raises
        ------
        BadQuery
            If the SQL would grow beyond all measure.
        """
        sql = self.finished(expression, self.written(expression))
        if len(sql) > MAX_SQL_CHARACTERS:
            raise BadQuery("the query is too complex", suggestion="ask in several queries")
        return sql

    def finished(self, expression: core.Expression, sql: str) -> str:
        """A whole value with what the engine needs around it."""
        return sql

    def written(self, expression: core.Expression) -> str:
        """A value that is part of another one."""
        match expression:
            case core.Constant():
                return self._constant(expression)
            case core.Column():
                return f'{expression.relation}."{expression.name}"'
            case core.Scalar():
                return f"({self.query(expression.query)})"
            case core.InQuery():
                (kind,) = expression.query.kinds
                value = self.alike([expression.value], [expression.value.kind, kind])[0]
                return f"({value} IN ({self.query(expression.query)}))"
            case core.Exists():
                return f"EXISTS ({self.query(expression.query)})"
            case core.Op():
                return self._operation(expression)
        raise AssertionError(expression)

    def bound(self, value: object) -> int:
        """The number of a new bound value."""
        self.parameters.append(value)
        return len(self.parameters)

    def argument(self, op: core.Op, place: int, argument: core.Expression) -> str:
        """An argument of an operation."""
        return self.value(argument)

    def joined(self, terms: list[str], word: str) -> str:
        """Conditions joined by AND or OR."""
        return f"({f' {word} '.join(terms)})"

    def listed(self, op: core.Op) -> str | None:
        """IN of a list of constants, where the engine has a better way than to list them."""
        return None

    def cast_to(self, kind: Kind, argument: core.Expression, sql: str) -> str:
        """An argument, already written, as a value of this type."""
        return cast_as(self.types, kind, argument, sql)

    def _constant(self, constant: core.Constant) -> str:
        value = constant.value
        if isinstance(value, str):
            if value not in self._strings:
                self._strings[value] = self.bound(value)
            return f"CAST(${self._strings[value]} AS {self.types[constant.kind]})"
        if isinstance(value, float):
            return self.double(value)
        return (
            str(value)
            if constant.kind is Kind.INT and value >= 0
            else f"CAST({value} AS {self.types[constant.kind]})"
        )

    def _operation(self, op: core.Op) -> str:
        if op.name in ("and", "or"):
            return self.joined([self.value(term) for term in op.arguments], op.name.upper())
        if op.name == "in" and (listed := self.listed(op)):
            return listed
        written = op.arguments[:2] if op.name == "in_unit" else op.arguments  # third: its unit
        if op.name in _COMPARING:
            arguments = self.alike(list(written), [a.kind for a in written])
        else:
            arguments = [self.argument(op, i, a) for i, a in enumerate(written)]
        if writer := self.special.get(op.name):
            return writer(op, arguments)
        if op.name in self.infix or op.name in _INFIX:
            return self._infix(op, arguments)
        if op.kind is Kind.DOUBLE or op.name in ("mod", "coalesce"):
            arguments = self._in_type(op, arguments)
        distinct = "DISTINCT " if op.distinct else ""
        return f"{self.names[op.name]}({distinct}{', '.join(arguments)})"

    def _infix(self, op: core.Op, arguments: list[str]) -> str:
        if op.kind.is_number:
            # Both sides in the type of the answer: an INTEGER times a BIGINT is a BIGINT, and
            # 1/2.0 is not an integer division.
            arguments = self._in_type(op, arguments)
        left, right = arguments
        return f"({left} {self.infix.get(op.name) or _INFIX[op.name]} {right})"

    def _in_type(self, op: core.Op, arguments: list[str]) -> list[str]:
        return [self.cast_to(op.kind, a, s) for a, s in zip(op.arguments, arguments, strict=True)]

    def alike(self, values: list[core.Expression], kinds: list[Kind]) -> list[str]:
        """Values to be compared with each other.

        An engine may compare a REAL with a whole number as REAL, where 16777217 is 16777216; as
        in PostgreSQL, both are DOUBLE PRECISION here.
        """
        written = [self.value(value) for value in values]
        if Kind.FLOAT not in kinds or not any(kind.is_integer for kind in kinds):
            return written
        return [self.cast_to(Kind.DOUBLE, v, s) for v, s in zip(values, written, strict=True)]
