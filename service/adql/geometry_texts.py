"""Geometry that stands in a query as a string: REGION, MOC, and the names of COORDSYS."""

from __future__ import annotations

from collections.abc import Callable

from satvo.schemas.errors import BadParameter
from satvo.schemas.moc import parse_moc
from satvo.schemas.region_text import FRAMES, numbers_in, region_of
from satvo.service.adql import tree
from satvo.service.adql.core import Column, Constant, Expression, Kind, Op
from satvo.service.adql.groups import columns_in
from satvo.service.adql.lexer import Source
from satvo.service.adql.limits import MAX_MOC_CHARACTERS

__all__ = ["as_region", "frame_of", "moc_constant", "region_arguments"]


def as_region(value: Expression) -> Expression:
    """A column of texts that say regions (xtype adql:REGION), as a region; all else as it is."""
    if isinstance(value, Column) and value.kind.is_text:
        if value.field.xtype.lower() == "adql:region":
            return Op(Kind.REGION, "region", (value,))
    return value


def region_arguments(
    source: Source, call: tree.Call, arguments: list[Expression], form: str
) -> tuple[str, list[Expression]]:
    """The constructor that REGION('...') names, and its arguments.

    Raises
    ------
    BadQuery
        For another argument than a string that says a region (`satvo.schemas.region_text`).
    """
    text = _string(source, call, arguments, form)
    try:
        name, rest = region_of(text)
        numbers = [] if name == "MOC" else numbers_in(rest)
    except BadParameter as err:
        raise source.error(call.at, f"REGION: {err}") from err
    if name == "MOC":
        return name, [Constant(Kind.CHAR, rest)]
    return name, [Constant(Kind.DOUBLE, number) for number in numbers]


def moc_constant(
    source: Source, call: tree.Call, arguments: list[Expression], form: str
) -> Expression:
    """The coverage that MOC('...') says, in the largest cells that there are.

    Raises
    ------
    BadQuery
        For another argument than a string of order/cells, or one that is too long.
    """
    text = _string(source, call, arguments, form)
    if len(text) > MAX_MOC_CHARACTERS:
        raise source.error(
            call.at,
            f"MOC of {len(text)} characters; at most {MAX_MOC_CHARACTERS} are accepted",
            "upload it as a table",
        )
    try:
        return Constant(Kind.MOC, parse_moc(text).text)
    except BadParameter as err:
        raise source.error(call.at, str(err)) from err


def frame_of(
    source: Source, call: tree.Call, resolve: Callable[[tree.Node], Expression], form: str
) -> Expression:
    """The frame that a geometry was written with, or that its columns are published in.

    Empty where neither is told: ADQL 2.1 deprecates frames in geometries, and COORDSYS with them.
    """
    node = call.arguments[0] if len(call.arguments) == 1 else None
    geometry = None if node is None else as_region(resolve(node))
    if node is None or geometry is None or not geometry.kind.is_region:
        raise source.error(call.at, "COORDSYS takes one geometry", f"write {form}")
    first = node.arguments[0] if isinstance(node, tree.Call) and node.arguments else None
    if isinstance(first, tree.Literal) and isinstance(first.value, str):
        return Constant(Kind.CHAR, " ".join(FRAMES.intersection(first.value.upper().split())))
    frames = {column.field.coosys.split(" ")[0] for column in columns_in(geometry)}
    return Constant(Kind.CHAR, frames.pop() if len(frames) == 1 else "")


def _string(source: Source, call: tree.Call, arguments: list[Expression], form: str) -> str:
    text = arguments[0] if len(arguments) == 1 else None
    if not isinstance(text, Constant) or not text.kind.is_text:
        raise source.error(call.at, f"{call.name.upper()} takes one string", f"write {form}")
    return str(text.value)
