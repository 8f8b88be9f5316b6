"""The metadata of a query's output columns: what a computed value still knows of its columns."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

from satvo.schemas.columns import Field
from satvo.schemas.ephemeris import EPHEMERIS
from satvo.service.adql.core import Column, Constant, Expression, Kind, Op
from satvo.service.adql.functions import FUNCTIONS

__all__ = ["common_field", "output_field", "unique_names", "unit_of"]

_KEEPS_UNIT = frozenset(f.op for f in FUNCTIONS.values() if f.keeps_unit) | {"neg"}
_UNITS = {
    **dict.fromkeys(("distance", "distance_of", "coord1", "coord2", "degrees"), "deg"),
    **dict.fromkeys(("acos", "asin", "atan", "atan2", "radians"), "rad"),
    **dict.fromkeys(("area", "moc_area"), "deg**2"),
    **dict.fromkeys(("to_jd", "to_mjd", "now_mjd"), "d"),
}
_SEEN = {
    **{f"satvo_{name}": EPHEMERIS.c[name] for name in ("ra", "dec", "az", "alt", "range")},
    "satvo_sunlit": EPHEMERIS.c.sun_frac,
}
"""What is computed as the columns of a table are, by its function."""

_DAYS = {"to_mjd": "", "to_jd": " JD-origin"}
"""Third word of the TIMESYS of a number of days."""

_OF_THE_LEFT = ("name", "description", "datatype", "arraysize", "xtype")

_STATISTICS = {
    "min": ("Least", "stat.min"),
    "max": ("Greatest", "stat.max"),
    "avg": ("Mean", "stat.mean"),
    "sum": ("Sum", ""),
}
"""First word of the description, and UCD1+ word, of an aggregate of a column."""


def output_field(expression: Expression, name: str) -> Field:
    """The FIELD of an output column.

    A column keeps all of its metadata. A computed value has the unit that follows from its
    operation; an aggregate of a column tells of which, and adds its word to the column's UCD.
    """
    if isinstance(expression, Column):
        return expression.field.named(name)
    datatype, arraysize, xtype = expression.kind.value
    field = Field(name, datatype, arraysize, xtype, unit=unit_of(expression))
    if not isinstance(expression, Op):
        return field
    if expression.name in ("count", "count_star"):
        return replace(field, ucd="meta.number", description="Number of rows or values")
    if expression.name == "now_mjd":
        return replace(field, ucd="time.epoch", timesys="UTC UNKNOWN")
    if expression.name in _SEEN:
        about = Field.of(_SEEN[expression.name])
        return replace(about, name=name, datatype=datatype, arraysize=arraysize, utype="")
    source = expression.arguments[0] if expression.arguments else None
    if isinstance(source, Column):
        about = replace(
            source.field, name=name, datatype=datatype, arraysize=arraysize, xtype=xtype
        )
        if expression.name in ("coalesce", "in_unit"):
            return replace(about, unit=field.unit)
        if expression.name in _DAYS:
            timesys = source.field.timesys and source.field.timesys + _DAYS[expression.name]
            return replace(field, ucd=about.ucd, description=about.description, timesys=timesys)
        if expression.name in _STATISTICS:
            word, ucd = _STATISTICS[expression.name]
            words = [w for w in about.ucd.split(";") if w and w not in ("meta.main", ucd)]
            return replace(
                about,
                ucd=";".join([*words, ucd]) if words and ucd else "",
                utype="",
                description=f"{word} of {source.field.name}: {about.description}",
            )
    return field


def common_field(left: Field, right: Field, kind: Kind) -> Field:
    """The FIELD of a column of a set operation: the left's name, and what both sides say."""
    datatype, arraysize, xtype = kind.value
    if (left.datatype, left.arraysize, left.xtype) == (
        right.datatype,
        right.arraysize,
        right.xtype,
    ):
        datatype, arraysize, xtype = left.datatype, left.arraysize, left.xtype
    differing = {
        about.name: ""
        for about in dataclasses.fields(Field)
        if about.name not in _OF_THE_LEFT
        and getattr(left, about.name) != getattr(right, about.name)
    }
    return replace(
        left, **{**differing, "datatype": datatype, "arraysize": arraysize, "xtype": xtype}
    )


def unit_of(expression: Expression) -> str:
    """The unit of a value as it follows from its columns and operations; empty if there is none."""
    if isinstance(expression, Column):
        return expression.field.unit
    if expression.kind.is_region and expression.kind is not Kind.MOC:
        return "deg"
    if not isinstance(expression, Op) or not expression.kind.is_number:
        return ""
    if expression.name in _SEEN:
        return Field.of(_SEEN[expression.name]).unit
    if expression.name in _UNITS:
        return _UNITS[expression.name]
    if expression.name == "in_unit":
        unit = expression.arguments[-1]
        return str(unit.value) if isinstance(unit, Constant) else ""
    if expression.name in _KEEPS_UNIT or expression.name == "cast":
        return unit_of(expression.arguments[0])
    if expression.name in ("add", "sub", "coalesce"):
        # A number in the query is in the unit of what it is added to (ADQL 2.1, section 4.9.1).
        units = {unit_of(a) for a in expression.arguments if not isinstance(a, Constant)}
        return units.pop() if len(units) == 1 else ""
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
