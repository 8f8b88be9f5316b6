"""What is resolved by rules of its own: CAST, COALESCE, IN_UNIT, timestamps and NULL.

References
----------
ADQL 2.1, sections 4.7 (CAST), 4.8 (COALESCE) and 4.9 (IN_UNIT).
"""

from __future__ import annotations

import re
from datetime import datetime

from satvo.schemas.errors import BadParameter
from satvo.schemas.regions import parse_region
from satvo.service.adql import tree
from satvo.service.adql.core import Constant, Expression, Kind, Op, common, comparable
from satvo.service.adql.fields import unit_of
from satvo.service.adql.lexer import Source, near
from satvo.service.adql.units import factor

__all__ = ["Conversions", "null"]

_CASTS: dict[str, Kind] = {
    "SMALLINT": Kind.SHORT,
    "INTEGER": Kind.INT,
    "BIGINT": Kind.LONG,
    "REAL": Kind.FLOAT,
    "DOUBLE PRECISION": Kind.DOUBLE,
    "CHAR": Kind.CHAR,
    "VARCHAR": Kind.CHAR,
    "TIMESTAMP": Kind.TIMESTAMP,
    "POINT": Kind.POINT,
    "CIRCLE": Kind.CIRCLE,
    "POLYGON": Kind.POLYGON,
}
_LONGEST = 1_000_000
_WHOLE = re.compile(r"\s*[-+]?[0-9]{1,30}\s*", re.ASCII)
_NUMBER = re.compile(r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*", re.ASCII)
_RANGES = {Kind.SHORT: 2**15, Kind.INT: 2**31, Kind.LONG: 2**63}
_LARGEST_REAL = 3.4028235677973366e38


def null(kind: Kind) -> Expression:
    """NULL of a type."""
    return Op(kind, "null", ())


class Conversions:
    """Resolves what converts a value into another type or unit.

    Parameters
    ----------
    source : Source
        For errors that point into the query.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def value(self, node: tree.Node) -> Expression:
        """A value with its type; the class of all values provides it."""
        raise NotImplementedError

    def _cast(self, node: tree.Cast) -> Expression:
        kind = self._cast_kind(node)
        if isinstance(node.operand, tree.Null):
            return null(kind)
        operand = self.value(node.operand)
        if kind is Kind.CHAR and operand.kind is Kind.UNICODE:
            kind = operand.kind  # CHAR is declared as VOTable's char, which is ASCII
        if operand.kind is kind and node.length is None:
            return operand
        self._check_cast(node.at, operand.kind, kind)
        if isinstance(operand, Constant) and operand.kind.is_text and not kind.is_text:
            return self._cast_text(node.at, str(operand.value), kind)
        cast = Op(kind, "cast", (operand,))
        if node.length is None:
            return cast
        return Op(kind, "left", (cast, Constant(Kind.INT, node.length)))

    def _cast_kind(self, node: tree.Cast) -> Kind:
        kind = _CASTS.get(node.type_name)
        if kind is None:
            raise self._source.error(
                node.at,
                f"there is no type {node.type_name}",
                near(node.type_name, _CASTS) or f"the types are {', '.join(_CASTS)}",
            )
        if node.length is not None and not kind.is_text:
            raise self._source.error(node.at, f"{node.type_name} takes no length")
        if node.length is not None and not 1 <= node.length <= _LONGEST:
            raise self._source.error(node.at, f"the length of a type is from 1 to {_LONGEST}")
        return kind

    def _check_cast(self, at: int, given: Kind, wanted: Kind) -> None:
        if given in (Kind.BOOLEAN, Kind.ARRAY):
            raise self._source.error(at, f"a {given} cannot be cast")
        if (given.is_number and wanted.is_number) or given.is_text or given is wanted:
            return
        if not wanted.is_text:
            raise self._source.error(at, f"{given} cannot be cast to {wanted}")

    def _cast_text(self, at: int, text: str, kind: Kind) -> Expression:
        """What a string in the query says, in another type."""
        if kind is Kind.TIMESTAMP:
            return self._timestamp(at, Constant(Kind.CHAR, text))
        if kind.is_region:
            try:
                values = parse_region(text, kind.value[2]).values
            except BadParameter as err:
                raise self._source.error(at, str(err)) from err
            degrees = tuple(Constant(Kind.DOUBLE, value) for value in values)
            return Op(kind, kind.value[2], degrees)
        if not (_WHOLE if kind.is_integer else _NUMBER).fullmatch(text):
            raise self._source.error(at, f"'{text}' cannot be cast to {kind}: it is no such number")
        number = int(text) if kind.is_integer else float(text)
        limit = _RANGES.get(kind)
        if limit is None:
            limit_real = _LARGEST_REAL if kind is Kind.FLOAT else float("inf")
            fits = abs(number) < limit_real
        else:
            fits = -limit <= number < limit
        if not fits:
            raise self._source.error(at, f"'{text}' is too large for {kind}")
        return Op(kind, "cast", (Constant(_narrowest(number), number),))

    def _coalesce(self, node: tree.Call) -> Expression:
        if not node.arguments:
            raise self._source.error(node.at, "COALESCE without arguments", "write COALESCE(a, b)")
        given = [None if isinstance(a, tree.Null) else self.value(a) for a in node.arguments]
        known = [value for value in given if value is not None]
        if not known:
            return null(Kind.CHAR)
        if any(value.kind is Kind.TIMESTAMP for value in known):
            known = [self._timestamp(node.at, v) if v.kind.is_text else v for v in known]
        kind = known[0].kind
        for value in known[1:]:
            if not (value.kind is kind or comparable(kind, value.kind)):
                raise self._source.error(
                    node.at, f"COALESCE takes values of one type, not {kind} and {value.kind}"
                )
            kind = common(kind, value.kind)
        return Op(kind, "coalesce", tuple(known))

    def _in_unit(self, node: tree.Call) -> Expression:
        if len(node.arguments) != 2:
            raise self._source.error(
                node.at, f"IN_UNIT with {len(node.arguments)} arguments", "write IN_UNIT(x, 'unit')"
            )
        value, unit = self.value(node.arguments[0]), node.arguments[1]
        self._want(node.at, value, "number", "IN_UNIT")
        if not (isinstance(unit, tree.Literal) and isinstance(unit.value, str)):
            raise self._source.error(
                unit.at, "the unit of IN_UNIT is a string", "write IN_UNIT(x, 'unit')"
            )
        try:
            times = factor(unit_of(value), unit.value)
        except BadParameter as err:
            raise self._source.error(node.at, f"IN_UNIT: {err}") from err
        named = Constant(Kind.CHAR, unit.value)
        return Op(Kind.DOUBLE, "in_unit", (value, Constant(Kind.DOUBLE, times), named))

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
            "literal": isinstance(value, Constant) and kind.is_text,
            "time": kind.is_text or kind is Kind.TIMESTAMP,
            "ordered": kind.is_number or kind.is_text or kind is Kind.TIMESTAMP,
            "any": True,
        }[wanted]
        if not fits:
            words = {
                "number": "a number", "integer": "a whole number", "text": "text",
                "literal": "a string written in the query", "time": "a timestamp",
            }  # fmt: skip
            raise self._source.error(
                at, f"{where} takes {words.get(wanted, 'a number, text or time')}, not {kind}"
            )


def _narrowest(number: float) -> Kind:
    if isinstance(number, float):
        return Kind.DOUBLE
    return Kind.INT if -(2**31) <= number < 2**31 else Kind.LONG
