"""Values of the parse tree into typed expressions of the core."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from satvo.service.adql import tree
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
from satvo.service.adql.expressions import AGGREGATES
from satvo.service.adql.functions import FUNCTIONS
from satvo.service.adql.geometry import GEOMETRY, resolve_geometry
from satvo.service.adql.groups import columns_in, joined_texts
from satvo.service.adql.lexer import Source, near
from satvo.service.adql.limits import MAX_JOINED_TEXTS
from satvo.service.adql.scope import Scope

__all__ = ["Values"]

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_CASTS: dict[str, Kind] = {
    "SMALLINT": Kind.SHORT,
    "INTEGER": Kind.INT,
    "BIGINT": Kind.LONG,
    "REAL": Kind.FLOAT,
    "DOUBLE PRECISION": Kind.DOUBLE,
    "CHAR": Kind.CHAR,
    "VARCHAR": Kind.CHAR,
    "TIMESTAMP": Kind.TIMESTAMP,
}
_LONGEST = 1_000_000
_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)


class Values:
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
        self._source = source
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
        if name in AGGREGATES:
            return self._aggregate(node, name)
        if name in GEOMETRY:
            return resolve_geometry(self._source, node, self.value)
        function = FUNCTIONS.get(name)
        if function is None:
            known = [n.lower() for n in (*FUNCTIONS, *GEOMETRY)]
            raise self._source.error(
                node.at, f"there is no function {node.name}", near(node.name, known)
            )
        if not function.at_least <= len(node.arguments) <= len(function.arguments):
            raise self._source.error(
                node.at,
                f"{name} with {len(node.arguments)} arguments",
                f"write {function.form}",
            )
        arguments = tuple(map(self.value, node.arguments))
        for argument, wanted in zip(arguments, function.arguments, strict=False):
            self._want(node.at, argument, wanted.rstrip("?"), name)
        return Op(function.result_of(tuple(a.kind for a in arguments)), function.op, arguments)

    def _aggregate(self, node: tree.Call, name: str) -> Expression:
        if self._no_aggregates:
            raise self._source.error(
                node.at,
                f"{name} cannot stand in {self._no_aggregates}",
                "conditions on groups go into HAVING" if self._no_aggregates == "WHERE" else None,
            )
        if node.star:
            return Op(Kind.LONG, "count_star", ())
        if len(node.arguments) != 1:
            raise self._source.error(node.at, f"{name} takes one argument")
        inner = Values(self._source, self._scope, self._sub_query, "another aggregate")
        argument = inner.value(node.arguments[0])
        function = FUNCTIONS[name]
        self._want(node.at, argument, function.arguments[0], name)
        columns = list(columns_in(argument))
        if columns and not any(self._scope.owns(column) for column in columns):
            raise self._source.error(
                node.at, f"{name} takes columns of the tables in FROM here, not of an outer query"
            )
        kind = function.result_of((argument.kind,))
        return Op(kind, function.op, (argument,), node.distinct)

    def _cast(self, node: tree.Cast) -> Expression:
        kind = _CASTS.get(node.type_name)
        if kind is None:
            raise self._source.error(
                node.at,
                f"there is no type {node.type_name}",
                near(node.type_name, _CASTS) or f"the types are {', '.join(_CASTS)}",
            )
        operand = self.value(node.operand)
        if kind is Kind.CHAR and operand.kind is Kind.UNICODE:
            kind = operand.kind  # CHAR is declared as VOTable's char, which is ASCII
        if node.length is not None and not kind.is_text:
            raise self._source.error(node.at, f"{node.type_name} takes no length")
        if node.length is not None and not 1 <= node.length <= _LONGEST:
            raise self._source.error(node.at, f"the length of a type is from 1 to {_LONGEST}")
        if operand.kind.is_region or operand.kind is Kind.BOOLEAN:
            raise self._source.error(node.at, f"a {operand.kind} cannot be cast")
        if Kind.TIMESTAMP in (kind, operand.kind) and not (
            kind.is_text or operand.kind.is_text or kind is operand.kind
        ):
            raise self._source.error(node.at, f"{operand.kind} cannot be cast to {kind}")
        if kind is Kind.TIMESTAMP and isinstance(operand, Constant):
            return self._timestamp(node.at, operand)
        cast = Op(kind, "cast", (operand,))
        if node.length is None:
            return cast
        return Op(kind, "left", (cast, Constant(Kind.INT, node.length)))

    def _one_column(self, at: int, node: tree.Query) -> Query:
        query = self._sub_query(node, self._scope)
        if len(query.fields) != 1:
            raise self._source.error(
                at, f"the sub-query gives {len(query.fields)} columns where one is expected"
            )
        return query

    def _timestamp(self, at: int, value: Expression) -> Expression:
        if not isinstance(value, Constant):
            return Op(Kind.TIMESTAMP, "cast", (value,))
        text = str(value.value)
        try:
            moment = datetime.fromisoformat(text.removesuffix("Z"))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None:
            raise self._source.error(
                at,
                f"'{text}' is not a timestamp",
                "write it in UTC as 'YYYY-MM-DD' or 'YYYY-MM-DDThh:mm:ss.ffffff'",
            )
        return Constant(Kind.TIMESTAMP, moment.isoformat())

    def _want(self, at: int, value: Expression, wanted: str, where: str) -> None:
        kind = value.kind
        fits = {
            "number": kind.is_number,
            "integer": kind.is_integer,
            "text": kind.is_text,
            "ordered": kind.is_number or kind.is_text or kind is Kind.TIMESTAMP,
            "any": True,
        }[wanted]
        if not fits:
            article = {"number": "a number", "integer": "a whole number", "text": "text"}
            raise self._source.error(
                at, f"{where} takes {article.get(wanted, 'a number, text or time')}, not {kind}"
            )
