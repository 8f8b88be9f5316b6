"""The functions that ADQL queries may call; what is not declared here does not exist.

Numeric and trigonometric functions: ADQL 2.1, section 2.3. Aggregates: section 2.2. Conditional and
unit functions: sections 4.8 and 4.9. Geometry, whose arguments need more than a type check:
`satvo.service.adql.geometry`.
"""

from __future__ import annotations

from satvo.service.adql.core import Kind, wider
from satvo.service.adql.declarations import Function
from satvo.service.adql.user_functions import USER_FUNCTIONS

__all__ = ["FUNCTIONS"]

_OF_A_NUMBER = "ACOS ASIN ATAN COS COT SIN TAN DEGREES RADIANS EXP LOG LOG10 SQRT"


def _same(kinds: tuple[Kind, ...]) -> Kind:
    return kinds[0]


def _widest(kinds: tuple[Kind, ...]) -> Kind:
    return wider(*kinds)


def _sum(kinds: tuple[Kind, ...]) -> Kind:
    return Kind.LONG if kinds[0].is_integer else Kind.DOUBLE


def _number(name: str, *arguments: str) -> Function:
    arguments = arguments or ("number",)
    written = ", ".join("xyz"[i] for i in range(len(arguments)))
    return Function(name.lower(), arguments, Kind.DOUBLE, f"{name}({written})")


FUNCTIONS: dict[str, Function] = {
    **{name: _number(name) for name in _OF_A_NUMBER.split()},
    "ABS": Function("abs", ("number",), _same, "ABS(x)", keeps_unit=True),
    "ATAN2": _number("ATAN2", "number", "number"),
    "CEILING": Function("ceiling", ("number",), Kind.DOUBLE, "CEILING(x)", keeps_unit=True),
    "FLOOR": Function("floor", ("number",), Kind.DOUBLE, "FLOOR(x)", keeps_unit=True),
    "MOD": Function("mod", ("number", "number"), _widest, "MOD(x, y)", keeps_unit=True),
    "PI": Function("pi", (), Kind.DOUBLE, "PI()"),
    "POWER": _number("POWER", "number", "number"),
    "RAND": Function("rand", ("integer?",), Kind.DOUBLE, "RAND(seed)"),
    "ROUND": Function("round", ("number", "integer?"), Kind.DOUBLE, "ROUND(x, n)", keeps_unit=True),
    "TRUNCATE": Function(
        "truncate", ("number", "integer?"), Kind.DOUBLE, "TRUNCATE(x, n)", keeps_unit=True
    ),
    "LOWER": Function("lower", ("text",), _same, "LOWER(text)"),
    "UPPER": Function("upper", ("text",), _same, "UPPER(text)"),
    "COUNT": Function("count", ("any",), Kind.LONG, "COUNT(x)", is_aggregate=True),
    "SUM": Function("sum", ("number",), _sum, "SUM(x)", keeps_unit=True, is_aggregate=True),
    "AVG": Function("avg", ("number",), Kind.DOUBLE, "AVG(x)", keeps_unit=True, is_aggregate=True),
    "MIN": Function("min", ("ordered",), _same, "MIN(x)", keeps_unit=True, is_aggregate=True),
    "MAX": Function("max", ("ordered",), _same, "MAX(x)", keeps_unit=True, is_aggregate=True),
    "COALESCE": Function("coalesce", ("any",), _same, "COALESCE(a, b, ...)"),
    "IN_UNIT": Function("in_unit", ("number", "literal"), Kind.DOUBLE, "IN_UNIT(x, 'unit')"),
    **USER_FUNCTIONS,
}
"""By name in upper case. `satvo.service.adql.conversions` resolves COALESCE and IN_UNIT."""
