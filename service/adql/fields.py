"""The metadata of a query's output columns: what a computed value still knows of its columns."""

from __future__ import annotations

from dataclasses import replace

from satvo.schemas.columns import Field
from satvo.service.adql.core import Column, Expression, Kind, Op
from satvo.service.adql.functions import FUNCTIONS

__all__ = ["output_field", "unique_names"]

_KEEPS_UNIT = frozenset(f.op for f in FUNCTIONS.values() if f.keeps_unit) | {"neg", "coalesce"}
_SAME_UNIT = frozenset(("add", "sub"))
_ANGLES = frozenset(("distance", "acos", "asin", "atan", "atan2", "coord1", "coord2"))


def output_field(expression: Expression, name: str) -> Field:
    """The FIELD of an output column.

    A column keeps all of its metadata. A computed value has the unit that follows from its
    operation, and otherwise only its type.
    """
    if isinstance(expression, Column):
        return expression.field.named(name)
    datatype, arraysize, xtype = expression.kind.value
    field = Field(name, datatype, arraysize, xtype, unit=_unit(expression))
    if isinstance(expression, Op):
        if expression.name in ("count", "count_star"):
            return replace(field, ucd="meta.number", description="Number of rows or values")
        if expression.name in ("min", "max", "avg", "sum") and isinstance(
            source := expression.arguments[0], Column
        ):
            word = {"min": "Least", "max": "Greatest", "avg": "Mean", "sum": "Sum"}[expression.name]
            about = f"{word} of {source.field.name}: {source.field.description}"
            return replace(field, description=about)
    return field


def _unit(expression: Expression) -> str:
    if isinstance(expression, Column):
        return expression.field.unit
    if not isinstance(expression, Op) or expression.kind in (Kind.BOOLEAN, Kind.CHAR):
        return "deg" if expression.kind.is_region else ""
    if expression.kind.is_region or expression.name == "distance":
        return "deg"
    if expression.name in ("coord1", "coord2", "degrees"):
        return "deg"
    if expression.name == "area":
        return "deg**2"
    if expression.name in _KEEPS_UNIT:
        return _unit(expression.arguments[0])
    if expression.name in _SAME_UNIT:
        left, right = map(_unit, expression.arguments)
        return left if left == right else ""
    return ""


def unique_names(names: list[str]) -> list[str]:
    """The same names, with _2, _3, ... where one came before in any case of letters.

    Examples
    --------
    >>> unique_names(["epoch", "Epoch", "n"])
    ['epoch', 'Epoch_2', 'n']
    """
    taken: set[str] = set()
    unique = []
    for name in names:
        candidate, number = name, 2
        while candidate.lower() in taken:
            candidate = f"{name}_{number}"
            number += 1
        taken.add(candidate.lower())
        unique.append(candidate)
    return unique
