"""Conditions of the parse tree into BOOLEAN expressions of the core."""

from __future__ import annotations

from satvo.service.adql import tree
from satvo.service.adql.core import Constant, Exists, Expression, InQuery, Kind, Op, comparable
from satvo.service.adql.values import Values

__all__ = ["Conditions"]

_COMPARISONS = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}

_BOOLEANS = {"1": True, "true": True, "t": True, "0": False, "false": False, "f": False}
"""ADQL 2.1 has no word for the values of a BOOLEAN: other services take one or other of these."""


class Conditions(Values):
    """Resolves the values and the conditions of one clause."""

    def condition(self, node: tree.Node) -> Expression:
        """A condition as a BOOLEAN expression; raises as `value` does."""
        match node:
            case tree.Comparison():
                return self._comparison(node)
            case tree.And() | tree.Or():
                name = "and" if isinstance(node, tree.And) else "or"
                return Op(Kind.BOOLEAN, name, tuple(map(self.condition, node.terms)))
            case tree.Not():
                return _not(self.condition(node.term))
            case tree.Between():
                return self._between(node)
            case tree.Like():
                return self._like(node)
            case tree.InList():
                return self._in_list(node)
            case tree.InQuery():
                query = self._one_column(node.at, node.query)
                value = self.value(node.value)
                self._check_comparable(node.at, value.kind, query.kinds[0])
                member = InQuery(Kind.BOOLEAN, value, query)
                return _not(member) if node.negated else member
            case tree.IsNull():
                null = Op(Kind.BOOLEAN, "is_null", (self.value(node.value),))
                return _not(null) if node.negated else null
            case tree.Exists():
                return Exists(Kind.BOOLEAN, self._sub_query(node.query, self._scope))
        raise AssertionError(node)

    def _comparison(self, node: tree.Comparison) -> Expression:
        left, right = self.value(node.left), self.value(node.right)
        return self._compare(node.at, _COMPARISONS[node.operator], left, right)

    def _compare(self, at: int, name: str, left: Expression, right: Expression) -> Expression:
        if _truth_of(right) is not None and _truth_of(left) is None:
            left, right, name = right, left, _MIRRORED[name]
        inside = _truth_of(left)
        if inside is not None and isinstance(right, Constant) and name in ("eq", "ne"):
            if right.value not in (0, 1):
                raise self._source.error(at, "the answer is 1 or 0", "write = 1 or = 0")
            return inside if (right.value == 1) == (name == "eq") else _not(inside)
        if right.kind is Kind.BOOLEAN and isinstance(left, Constant):
            left, right = right, left
        if left.kind is Kind.BOOLEAN and isinstance(right, Constant) and name in ("eq", "ne"):
            said = _BOOLEANS.get(str(right.value).lower())
            if said is None:
                raise self._source.error(at, "a BOOLEAN is 1 or 0", "write = 1, or = 'true'")
            return left if said == (name == "eq") else _not(left)
        left, right = self._aligned(at, left, right)
        return Op(Kind.BOOLEAN, name, (left, right))

    def _between(self, node: tree.Between) -> Expression:
        # The value is resolved once: sub-queries inside each other would double at every level.
        value, low, high = self.value(node.value), self.value(node.low), self.value(node.high)
        value, low = self._aligned(node.at, value, low)
        value, high = self._aligned(node.at, value, high)
        value, low = self._aligned(node.at, value, low)
        inside = Op(Kind.BOOLEAN, "between", (value, low, high))
        return _not(inside) if node.negated else inside

    def _aligned(
        self, at: int, left: Expression, right: Expression
    ) -> tuple[Expression, Expression]:
        """Both sides in one type, where there is one."""
        if left.kind is Kind.TIMESTAMP and right.kind.is_text:
            right = self._timestamp(at, right)
        elif right.kind is Kind.TIMESTAMP and left.kind.is_text:
            left = self._timestamp(at, left)
        self._check_comparable(at, left.kind, right.kind)
        return left, right

    def _check_comparable(self, at: int, left: Kind, right: Kind) -> None:
        if comparable(left, right):
            return
        hint = None
        if {left.is_text, right.is_text} == {True, False} and (left.is_number or right.is_number):
            hint = "numbers are written without quotes, strings with single quotes"
        raise self._source.error(at, f"{left} cannot be compared with {right}", hint)

    def _like(self, node: tree.Like) -> Expression:
        value, pattern = self.value(node.value), self.value(node.pattern)
        word = "ILIKE" if node.ignore_case else "LIKE"
        for side in (value, pattern):
            self._want(node.at, side, "text", word)
        match = Op(Kind.BOOLEAN, word.lower(), (value, pattern))
        return _not(match) if node.negated else match

    def _in_list(self, node: tree.InList) -> Expression:
        value = self.value(node.value)
        members = []
        for member in node.values:
            value, other = self._aligned(member.at, value, self.value(member))
            members.append(other)
        inside = Op(Kind.BOOLEAN, "in", (value, *members))
        return _not(inside) if node.negated else inside


def _not(condition: Expression) -> Expression:
    return Op(Kind.BOOLEAN, "not", (condition,))


def _truth_of(value: Expression) -> Expression | None:
    """The condition behind a predicate that is written as 1 or 0."""
    return value.arguments[0] if isinstance(value, Op) and value.name == "truth" else None
