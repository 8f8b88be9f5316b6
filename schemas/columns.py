"""Columns that carry their VO metadata, and the record from which every writer reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

__all__ = ["METADATA", "Field", "column", "is_view", "published_table", "published_view"]

METADATA = sa.MetaData()
"""Every table of satvo; both engines are created from it."""

_VOTABLE_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    # The order matters: SQLAlchemy's SmallInteger and BigInteger are Integers, its REAL a Float.
    (sa.Boolean, "boolean"),
    (sa.SmallInteger, "short"),
    (sa.BigInteger, "long"),
    (sa.Integer, "int"),
    (sa.REAL, "float"),
    (sa.Float, "double"),
    (sa.DateTime, "char"),
    (sa.String, "char"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One column as a client sees it: a VOTable FIELD, a TAP_SCHEMA row, a VODataService column.

    Attributes
    ----------
    name : str
        The column's name; delimited names carry no quotes here.
    datatype, arraysize, xtype : str
        As VOTable 1.4 and DALI 1.1 spell them; empty where they do not apply.
    unit : str
        VOUnits 1.0 string; empty for a number without dimension.
    ucd, utype : str
        UCD1+ words and data model path; empty where there is none.
    description : str
        What the client's tool shows.
    timesys : str
        Time scale and reference position of a time, e.g. ``UTC GEOCENTER``, in words of the IVOA
        vocabularies timescale and refposition; a number counts days from the MJD's origin unless
        a third word is ``JD-origin``. Empty for what is no time.
    coosys : str
        Reference frame and position of a coordinate, e.g. ``ICRS TOPOCENTER``, in words of the
        vocabularies refframe and refposition. Empty for what is no coordinate.
    base : str
        ``service`` where values are paths below the service's public address, with which answers
        complete them, so that what is stored holds wherever the service moves. Empty for all else.
    identifies : str
        ``schema.table.column`` of the key whose values these are: the column itself, or the one
        that it refers to. Services that take such a key are told with the answer
        (`satvo.service.service_descriptors`). Empty for what is neither.
    """

    name: str
    datatype: str
    arraysize: str = ""
    xtype: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""
    timesys: str = ""
    coosys: str = ""
    base: str = ""
    identifies: str = ""

    @classmethod
    def of(cls, col: sa.Column[Any]) -> Field:
        """Read the metadata of a SQLAlchemy column made by `column`."""
        info = col.info
        return cls(
            name=str(col.name),
            datatype=info["datatype"],
            arraysize=info["arraysize"],
            xtype=info["xtype"],
            unit=info["unit"],
            ucd=info["ucd"],
            utype=info["utype"],
            description=col.comment or "",
            timesys=info["timesys"],
            coosys=info["coosys"],
            base=info["base"],
            identifies=info["references"] or (f"{col.table}.{col.name}" if col.primary_key else ""),
        )

    def named(self, name: str) -> Field:
        """The same field under another name."""
        return replace(self, name=name)


def column(
    name: str,
    kind: sa.types.TypeEngine[Any],
    description: str,
    *,
    unit: str = "",
    ucd: str = "",
    utype: str = "",
    xtype: str = "",
    arraysize: str | None = None,
    timesys: str = "",
    coosys: str = "",
    key: bool = False,
    nullable: bool = True,
    principal: bool = False,
    indexed: bool = False,
    std: bool = False,
    references: str | None = None,
    base: str = "",
    disc: tuple[str, ...] = (),
) -> sa.Column[Any]:
    """Make a SQLAlchemy column whose info holds its VO metadata and whose comment describes it.

    Parameters
    ----------
    name : str
        The published name.
    kind : TypeEngine
        One of Boolean, SmallInteger, Integer, BigInteger, REAL, Double, DateTime, String; or ARRAY
        of Double, for a vector or a DALI region, which every engine keeps as a list.
    description : str
        What TOPCAT shows; never empty.
    unit, ucd, utype, xtype : str
        VOUnits 1.0, UCD1+, data model path, DALI xtype. A DateTime is a DALI timestamp by itself.
    arraysize : str, optional
        VOTable arraysize; a String is ``*``, a number a scalar and an ARRAY ``*`` unless it is
        given.
    timesys, coosys, base
        As in `Field`.
    key : bool
        Part of the primary key.
    nullable : bool
        Whether the column may hold no value; a key never may.
    principal, indexed, std : bool
        The TAP 1.1 TAP_SCHEMA.columns flags of these names.
    disc : tuple of str
        Of a region: the columns of right ascension, declination and diameter, deg, of a circle
        that holds it. Rows far from what is asked for are told by these, without its outline.
    references : str, optional
        ``schema.table.column`` that this column refers to. It is published in TAP_SCHEMA.keys and
        not enforced by the engine: an element set may come before its satellite does.

    Raises
    ------
    ValueError
        If the description is empty, the type has no VOTable counterpart, or an arraysize is given
        of what is stored as one number, or none of what is stored as many.

    Examples
    --------
    >>> covariance = column("cov", sa.ARRAY(sa.Double()), "A matrix", arraysize="21")
    >>> Field.of(covariance).datatype, Field.of(covariance).arraysize
    ('double', '21')
    """
    if not description:
        raise ValueError(f"column {name} has no description")
    is_array = isinstance(kind, sa.ARRAY)
    datatype = _votable_type(name, kind.item_type if isinstance(kind, sa.ARRAY) else kind)
    if is_array and datatype != "double":
        raise ValueError(f"column {name}: arrays are of Double, not of {kind!r}")
    if datatype != "char" and arraysize is not None and bool(arraysize) != is_array:
        raise ValueError(f"column {name}: {kind!r} has no arraysize {arraysize!r}")
    if isinstance(kind, sa.DateTime):
        xtype = xtype or "timestamp"
    return sa.Column(
        name,
        kind,
        primary_key=key,
        nullable=nullable and not key,
        autoincrement=False,
        comment=description,
        info={
            "datatype": datatype,
            "arraysize": ("*" if datatype == "char" or is_array else "")
            if arraysize is None
            else arraysize,
            "xtype": xtype,
            "unit": unit,
            "ucd": ucd,
            "utype": utype,
            "timesys": timesys,
            "coosys": coosys,
            "principal": principal,
            "indexed": indexed or key,
            "std": std,
            "references": references,
            "base": base,
            "disc": disc,
        },
    )


def _votable_type(name: str, kind: sa.types.TypeEngine[Any]) -> str:
    datatype = next((word for cls, word in _VOTABLE_TYPES if isinstance(kind, cls)), None)
    if datatype is None:
        raise ValueError(f"column {name}: {kind!r} has no VOTable datatype")
    return datatype


def published_table(
    schema: str,
    name: str,
    description: str,
    *columns: sa.Column[Any],
    title: str = "",
    utype: str = "",
    order_by: tuple[str, ...] = (),
) -> sa.Table:
    """Declare one table that clients see.

    Parameters
    ----------
    schema, name : str
        Together the published name ``schema.name``.
    description : str
        What TOPCAT shows for the table.
    *columns : Column
        Made by `column`, in the order published.
    title : str
        A few words for people.
    utype : str
        Data model identifier; empty where there is none.
    order_by : tuple of str
        The physical order, which is the embedded store's only index.
    """
    return sa.Table(
        name,
        METADATA,
        *columns,
        schema=schema,
        comment=description,
        info={"title": title or name, "utype": utype, "order_by": order_by},
    )


def published_view(
    schema: str,
    name: str,
    description: str,
    *columns: sa.Column[Any],
    select: sa.SelectBase,
    title: str = "",
    utype: str = "",
) -> sa.Table:
    """Declare a view that clients see: a table whose rows follow from others.

    It is made wherever an archive is opened that lacks it, is in no history and in no backup, and
    nothing is written to it. Whoever changes its SELECT gives it a script that drops the old one.

    Parameters
    ----------
    select : SelectBase
        Of the columns, in their order, with no bound values.
    schema, name, description, columns, title, utype
        As for `published_table`.
    """
    view = published_table(schema, name, description, *columns, title=title, utype=utype)
    view.info["select"] = select
    return view


def is_view(table: sa.Table) -> bool:
    """Whether a table is one of `published_view`."""
    return "select" in table.info
