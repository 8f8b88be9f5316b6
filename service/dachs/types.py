"""What DaCHS calls the types and units of columns, and what stands there for null."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from satvo.service.cells import NULL_INTEGERS

__all__ = ["dachs_type", "dachs_unit", "null_literal"]

_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    # In this order: SQLAlchemy's SmallInteger and BigInteger are Integers, its REAL a Float.
    (sa.Boolean, "boolean"),
    (sa.SmallInteger, "smallint"),
    (sa.BigInteger, "bigint"),
    (sa.Integer, "integer"),
    (sa.REAL, "real"),
    (sa.Float, "double precision"),
    (sa.DateTime, "timestamp"),
    # No length: the database's texts have none. Of its "text" DaCHS writes ASCII alone.
    (sa.String, "unicode"),
)


def dachs_type(col: sa.Column[Any]) -> str:
    """The type of a column of a view, in the words of DaCHS.

    A view hands columns on as the database stores them, so that its conditions find their indexes.

    Raises
    ------
    ValueError
        If DaCHS is not known to have such a type.

    Examples
    --------
    >>> dachs_type(sa.Column("n", sa.SmallInteger())), dachs_type(sa.Column("x", sa.Double()))
    ('smallint', 'double precision')
    >>> dachs_type(sa.Column("c", sa.ARRAY(sa.Double()), info={"arraysize": "21"}))
    'double precision[21]'
    """
    stored = col.type
    if isinstance(stored, sa.ARRAY):
        length = col.info["arraysize"].removesuffix("*")
        return f"{dachs_type(sa.Column(col.name, stored.item_type))}[{length}]"
    for kind, word in _TYPES:
        if isinstance(stored, kind):
            return word
    raise ValueError(f"column {col.name}: no type of DaCHS for {col.type!r}")


def dachs_unit(unit: str) -> str:
    """The unit as DaCHS reads it: it takes no ``1/`` in front.

    Examples
    --------
    >>> dachs_unit("1/d**2"), dachs_unit("km/s")
    ('d**-2', 'km/s')
    """
    if not unit.startswith("1/"):
        return unit
    from astropy import units

    return str(units.Unit(unit, format="vounit").to_string("vounit"))


def null_literal(col: sa.Column[Any]) -> int | None:
    """The number that stands for null in a VOTable, for a whole number that may be null.

    Examples
    --------
    >>> null_literal(sa.Column("n", sa.SmallInteger(), info={"datatype": "short"}))
    -32768
    """
    return NULL_INTEGERS.get(col.info["datatype"]) if col.nullable else None
