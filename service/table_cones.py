"""Cone searches of tables: which columns are identifier and position, and what is asked in ADQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import Field
from satvo.schemas.errors import NotFound

__all__ = ["TableCone", "cone_named", "table_cones"]

_ID, _RA, _DEC = "meta.id;meta.main", "pos.eq.ra;meta.main", "pos.eq.dec;meta.main"


@dataclass(frozen=True, slots=True)
class TableCone:
    """A table that can be searched by position.

    Attributes
    ----------
    table : Table
        As it is published.
    identifier, ra, dec : str
        The columns that are the main ones of the answer.
    """

    table: sa.Table
    identifier: str
    ra: str
    dec: str

    @property
    def name(self) -> str:
        """The table's published name."""
        return str(self.table.fullname)

    @classmethod
    def of(cls, table: sa.Table) -> TableCone | None:
        """That of a table; None where it has no position, or nothing to call a row by."""
        ra, dec = _main(table, "pos.eq.ra"), _main(table, "pos.eq.dec")
        name = _identifier(table)
        return cls(table, name, ra, dec) if ra and dec and name else None

    def names(self, verbosity: int) -> list[str]:
        """The columns of an answer.

        Parameters
        ----------
        verbosity : int
            1 to 3 (Simple Cone Search 1.03, section 2.2): identifier and position, the principal
            columns too (all, where none is), or all.
        """
        columns = list(self.table.columns)
        principal = [col for col in columns if col.info.get("principal")] or columns
        main = (self.identifier, self.ra, self.dec)
        if verbosity == 1:
            return list(main)
        kept = columns if verbosity == 3 else principal
        return [str(c.name) for c in columns if c in kept or c.name in main]

    def query(self, cone: tuple[float, float, float], verbosity: int) -> str:
        """The ADQL for a cone: right ascension, declination and radius, deg; no rows of radius 0.

        Parameters
        ----------
        cone : tuple of float
        verbosity : int
        """
        ra, dec, radius = cone
        columns = ", ".join(map(_quoted, self.names(verbosity)))
        inside = (
            f"1 = CONTAINS(POINT({_quoted(self.ra)}, {_quoted(self.dec)}), "
            f"CIRCLE({ra!r}, {dec!r}, {radius!r}))"
        )
        table = f"{_quoted(str(self.table.schema))}.{_quoted(self.table.name)}"
        where = inside if radius else "1 = 0"
        return f"SELECT {columns} FROM {table} WHERE {where}"  # noqa: S608  ADQL, names quoted

    def fields(self, fields: Iterable[Field]) -> tuple[Field, ...]:
        """The columns of an answer: each main UCD is there once (SCS 1.03, section 2.3)."""
        mains = {self.identifier: _ID, self.ra: _RA, self.dec: _DEC}
        return tuple(
            replace(field, ucd=mains[field.name])
            if field.name in mains
            else replace(field, ucd=field.ucd.removesuffix(";meta.main"))
            for field in fields
        )


def table_cones(tables: Iterable[sa.Table]) -> tuple[TableCone, ...]:
    """The cone searches of those tables that can have one."""
    return tuple(filter(None, map(TableCone.of, tables)))


def cone_named(name: str, tables: Iterable[sa.Table]) -> TableCone:
    """The cone search of a table by its published name, in any case of letters.

    Raises
    ------
    NotFound
        Where there is none; the message has all.
    """
    cones = table_cones(tables)
    for cone in cones:
        if cone.name.lower() == name.lower():
            return cone
    known = ", ".join(["satellites", *(cone.name for cone in cones)])
    raise NotFound(f"no table {ascii(name)[:80]} can be searched by a cone here; there are {known}")


def _main(table: sa.Table, ucd: str) -> str | None:
    """The column with a UCD, the main one first; a position is a number of degrees."""
    for wanted in (f"{ucd};meta.main", ucd):
        for col in table.columns:
            if col.info.get("ucd") == wanted and _is_degrees(col):
                return str(col.name)
    return None


def _is_degrees(col: sa.Column[Any]) -> bool:
    info = col.info
    is_number = info["datatype"] in ("double", "float") and not info["arraysize"]
    return is_number and info["unit"] in ("deg", "")


def _identifier(table: sa.Table) -> str | None:
    """What a row is called by: the main identifier, the key, or any identifier."""
    plain = [col for col in table.columns if not isinstance(col.type, sa.ARRAY)]
    ways = (
        [col for col in plain if col.info.get("ucd") == _ID],
        list(table.primary_key.columns)[-1:],
        [col for col in plain if str(col.info.get("ucd", "")).startswith("meta.id")],
    )
    return next((str(col.name) for found in ways for col in found), None)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
