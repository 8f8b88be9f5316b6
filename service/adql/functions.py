"""The functions that ADQL queries may call; what is not declared here does not exist.

Numeric and trigonometric functions: ADQL 2.1, section 2.3. Aggregates: section 2.2. Geometry, whose
arguments need more than a type check: `satvo.service.adql.geometry`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from satvo.service.adql.core import Kind, wider

__all__ = ["FUNCTIONS", "Function"]


@dataclass(frozen=True, slots=True)
class Function:
    """One declared function.

    Attributes
    ----------
    op : str
        Its name in the emitters' vocabulary.
    arguments : tuple of str
        What each argument must be: number, integer, text, ordered or any; a trailing ``?`` makes it
        optional.
    result : Kind or callable
        Type of the answer, or a function of the arguments' types.
    form : str
        How it is written, for messages and for TAPRegExt.
    keeps_unit : bool
        Whether the answer has the unit of the first argument.
    """

    op: str
    arguments: tuple[str, ...]
    result: Kind | Callable[[tuple[Kind, ...]], Kind]
    form: str
    keeps_unit: bool = False

    @property
    def at_least(self) -> int:
        """How many arguments must be there."""
        return sum(not a.endswith("?") for a in self.arguments)

    def result_of(self, kinds: tuple[Kind, ...]) -> Kind:
        """Type of the answer for arguments of these types."""
        return self.result if isinstance(self.result, Kind) else self.result(kinds)


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
    **{
        name: _number(name)
        for name in (
            [
                "ACOS",
                "ASIN",
                "ATAN",
                "COS",
                "COT",
                "SIN",
                "TAN",
                "DEGREES",
                "RADIANS",
                "EXP",
                "LOG",
                "LOG10",
                "SQRT",
            ]
        )
    },
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
    "COUNT": Function("count", ("any",), Kind.LONG, "COUNT(x)"),
    "SUM": Function("sum", ("number",), _sum, "SUM(x)", keeps_unit=True),
    "AVG": Function("avg", ("number",), Kind.DOUBLE, "AVG(x)", keeps_unit=True),
    "MIN": Function("min", ("ordered",), _same, "MIN(x)", keeps_unit=True),
    "MAX": Function("max", ("ordered",), _same, "MAX(x)", keeps_unit=True),
}
"""By name in upper case."""
