"""Values of the parse tree into typed expressions of the core."""

from __future__ import annotations

from collections.abc import Callable

from satvo.service.adql import tree
from satvo.service.adql.conversions import Conversions, null
from satvo.service.adql.core import (
    Constant,
    Expression,
    Kind,
    Op,
    Query,
    Scalar,
    common,
    wider,
)
from satvo.service.adql.declarations import Function
from satvo.service.adql.functions import FUNCTIONS
from satvo.service.adql.geometry import GEOMETRY, coordinates, resolve_geometry
from satvo.service.adql.groups import columns_in, joined_texts
from satvo.service.adql.lexer import Source, near
from satvo.service.adql.limits import MAX_JOINED_TEXTS
from satvo.service.adql.scope import Scope

__all__ = ["Values"]

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_NULLS = {"number": Kind.DOUBLE, "integer": Kind.INT, "time": Kind.TIMESTAMP}
"""The type of a NULL that is written as an argument; text where none is told."""
_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)


class Values(Conversions):
    """Resolves the values of one clause.

    Parameters
    ----------
    source : Source
        For errors that point into the query.
    scope : Scope
        What names mean here.
    sub_query : callable
        Resolves a sub-query inside this scope.
    no_aggregates : str
        The clause, where aggregates are not allowed in it; empty where they are.
    """

    def __init__(
        self,
        source: Source,
        scope: Scope,
        sub_query: Callable[[tree.Query, Scope], Query],
        no_aggregates: str = "",
    ) -> None:
        super().__init__(source)
        self._scope = scope
        self._sub_query = sub_query
        self._no_aggregates = no_aggregates

    def value(self, node: tree.Node) -> Expression:
        """A value with its type.

        Raises
        ------
        BadQuery
            For an unknown name, a wrong number of arguments, or a type that does not fit.
        """
        match node:
            case tree.Literal():
                return self._literal(node)
            case tree.Name():
                return self._scope.column(node).expression
            case tree.Unary():
                return self._sign(node)
            case tree.Binary():
                return self._arithmetic(node)
            case tree.Call():
                return self._call(node)
            case tree.Cast():
                return self._cast(node)
            case tree.Null():
                raise self._source.error(
                    node.at,
                    "NULL has no type here",
                    "write IS NULL to test for it, or CAST(NULL AS type)",
                )
            case tree.ScalarQuery():
                query = self._one_column(node.at, node.query)
                return Scalar(query.kinds[0], query)
        raise AssertionError(node)

    def _literal(self, node: tree.Literal) -> Expression:
        value = node.value
        if isinstance(value, str):
            return Constant(Kind.CHAR if value.isascii() else Kind.UNICODE, value)
        if isinstance(value, float):
            if value == float("inf"):
                raise self._source.error(node.at, "the number is too large for DOUBLE PRECISION")
            return Constant(Kind.DOUBLE, value)
        if value not in _INT64:
            raise self._source.error(
                node.at, f"{value} is too large for BIGINT", "write it with a decimal point"
            )
        return Constant(Kind.INT if value in _INT32 else Kind.LONG, value)

    def _sign(self, node: tree.Unary) -> Expression:
        inner = node.operand
        if node.operator == "-" and isinstance(inner, tree.Literal) and inner.value == 2**63:
            return Constant(Kind.LONG, -(2**63))
        operand = self.value(inner)
        self._want(node.at, operand, "number", f"the sign {node.operator}")
        if node.operator == "+":
            return operand
        if isinstance(operand, Constant) and not isinstance(operand.value, str):
            return Constant(operand.kind, -operand.value)
        return Op(operand.kind, "neg", (operand,))

    def _arithmetic(self, node: tree.Binary) -> Expression:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "||":
            for side in (left, right):
                self._want(node.at, side, "text", "||")
            joined = Op(common(left.kind, right.kind), "concat", (left, right))
            if joined_texts(joined) > MAX_JOINED_TEXTS:
                raise self._source.error(
                    node.at, f"|| would join more than {MAX_JOINED_TEXTS} values into one"
                )
            return joined
        for side in (left, right):
            self._want(node.at, side, "number", node.operator)
        kind = wider(left.kind, right.kind)
        name = _ARITHMETIC[node.operator]
        if name == "div" and kind.is_integer:
            name = "int_div"
        return Op(kind, name, (left, right))

    def _call(self, node: tree.Call) -> Expression:
        name = node.name.upper()
        if name in GEOMETRY:
            return resolve_geometry(self._source, node, self.value)
        if name == "COALESCE":
            return self._coalesce(node)
        if name == "IN_UNIT":
            return self._in_unit(node)
        function = FUNCTIONS.get(name)
        if function is None or not function.is_in(self._source.engine):
            here = [n for n, each in FUNCTIONS.items() if each.is_in(self._source.engine)]
            known = [n.lower() for n in (*here, *GEOMETRY)]
            raise self._source.error(
                node.at, f"there is no function {node.name}", near(node.name, known)
            )
        if function.is_aggregate:
            return self._aggregate(node, name, function)
        arguments = self._arguments(node, name, function)
        return Op(function.result_of(tuple(a.kind for a in arguments)), function.op, arguments)

    def _arguments(self, node: tree.Call, name: str, function: Function) -> tuple[Expression, ...]:
        written = node.arguments
        given: tuple[Expression, ...] = ()
        if name == "IVO_HEALPIX_INDEX" and len(written) == 2:
            point = null(Kind.POINT)
            if not isinstance(written[1], tree.Null):
                point = self.value(written[1])
            if point.kind is Kind.POINT:  # the function's other signature
                given, written = coordinates(point), written[:1]
        if not function.at_least <= len(written) + len(given) <= len(function.arguments):
            raise self._source.error(
                node.at,
                f"{name} with {len(node.arguments)} arguments",
                f"write {function.form}",
            )
        resolved = []
        for argument, wanted in zip(written, function.arguments, strict=False):
            wanted = wanted.rstrip("?")
            if isinstance(argument, tree.Null):
                resolved.append(null(_NULLS.get(wanted, Kind.CHAR)))
                continue
            value = self.value(argument)
            self._want(node.at, value, wanted, name)
            if wanted == "time" and value.kind.is_text:
                value = self._timestamp(argument.at, value)
            resolved.append(value)
        return (*resolved, *given)

    def _aggregate(self, node: tree.Call, name: str, function: Function) -> Expression:
        if self._no_aggregates:
            raise self._source.error(
                node.at,
                f"{name} cannot stand in {self._no_aggregates}",
                "conditions on groups go into HAVING" if self._no_aggregates == "WHERE" else None,
            )
        if node.star:
            return Op(Kind.LONG, "count_star", ())
        if len(function.arguments) == 1 != len(node.arguments):
            raise self._source.error(node.at, f"{name} takes one argument")
        inner = Values(self._source, self._scope, self._sub_query, "another aggregate")
        arguments = inner._arguments(node, name, function)
        columns = list(columns_in(arguments[0]))
        if columns and not any(self._scope.owns(column) for column in columns):
            raise self._source.error(
                node.at, f"{name} takes columns of the tables in FROM here, not of an outer query"
            )
        kind = function.result_of(tuple(argument.kind for argument in arguments))
        return Op(kind, function.op, arguments, node.distinct)

    def _one_column(self, at: int, node: tree.Query) -> Query:
        query = self._sub_query(node, self._scope)
        if len(query.fields) != 1:
            raise self._source.error(
                at, f"the sub-query gives {len(query.fields)} columns where one is expected"
            )
        return query
