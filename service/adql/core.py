"""The typed core: what a query means, with every name resolved, for the emitters to write down.

No text of the client is left in it but the values of `Constant`. Relations and columns have names
that the resolver made (``t1``, ``c1``) or that the schemas declare, and operations come from the
closed vocabulary that `satvo.service.adql.functions` and the resolver use.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from satvo.schemas.columns import Field

__all__ = [
    "Column", "Constant", "CteScan", "Derived", "Exists", "Expression", "InQuery", "Join",
    "Kind", "Op", "OrderKey", "Query", "Relation", "Scalar", "Scan", "Select", "SetOperation",
    "common", "comparable", "kind_of", "wider",
]  # fmt: skip


class Kind(Enum):
    """The type of a value; the value of the member is (VOTable datatype, arraysize, xtype)."""

    BOOLEAN = ("boolean", "", "")
    SHORT = ("short", "", "")
    INT = ("int", "", "")
    LONG = ("long", "", "")
    FLOAT = ("float", "", "")
    DOUBLE = ("double", "", "")
    CHAR = ("char", "*", "")
    UNICODE = ("unicodeChar", "*", "")
    TIMESTAMP = ("char", "*", "timestamp")
    POINT = ("double", "2", "point")
    CIRCLE = ("double", "3", "circle")
    POLYGON = ("double", "*", "polygon")
    MOC = ("char", "*", "moc")
    REGION = ("double", "*", "shape")  # what a text says: no output column is of this kind
    ARRAY = ("double", "*", "")  # of any datatype: the column's own field tells

    @property
    def is_integer(self) -> bool:
        """Whether it is a whole number."""
        return self in _INTEGERS

    @property
    def is_number(self) -> bool:
        """Whether arithmetic takes it."""
        return self in _NUMBERS

    @property
    def is_text(self) -> bool:
        """Whether it is a string."""
        return self in (Kind.CHAR, Kind.UNICODE)

    @property
    def is_region(self) -> bool:
        """Whether it is a geometry."""
        return self in (Kind.POINT, Kind.CIRCLE, Kind.POLYGON, Kind.MOC, Kind.REGION)

    def __str__(self) -> str:
        return {
            Kind.SHORT: "SMALLINT",
            Kind.INT: "INTEGER",
            Kind.LONG: "BIGINT",
            Kind.FLOAT: "REAL",
            Kind.DOUBLE: "DOUBLE PRECISION",
            Kind.CHAR: "text",
            Kind.UNICODE: "text",
        }.get(self, self.name)


_NUMBERS = (Kind.SHORT, Kind.INT, Kind.LONG, Kind.FLOAT, Kind.DOUBLE)
_INTEGERS = _NUMBERS[:3]


def kind_of(field: Field) -> Kind:
    """The kind of a published column."""
    is_text = field.datatype in ("char", "unicodeChar")
    is_region = field.datatype == "double" and field.xtype in ("point", "circle", "polygon")
    if field.arraysize and not is_region:
        if not is_text or "x" in field.arraysize:
            return Kind.ARRAY
    for kind in Kind:
        datatype, _, xtype = kind.value
        if field.datatype == datatype and field.xtype == xtype:
            return kind
    return Kind(next(k.value for k in Kind if k.value[0] == field.datatype))


def wider(left: Kind, right: Kind) -> Kind:
    """The number type that holds both."""
    return _NUMBERS[max(_NUMBERS.index(left), _NUMBERS.index(right))]


def comparable(left: Kind, right: Kind) -> bool:
    """Whether values of these types can be equal."""
    return (
        (left.is_number and right.is_number)
        or (left.is_text and right.is_text)
        or (left is right and not left.is_region)
    )


def common(left: Kind, right: Kind) -> Kind:
    """The type that holds values of two comparable types."""
    if left is right:
        return left
    return wider(left, right) if left.is_number else Kind.UNICODE


@dataclass(frozen=True, slots=True)
class Expression:
    """A value with its type, and the metadata that it carries to the output."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    """A literal; a TIMESTAMP's value is its ISO 8601 text."""

    value: int | float | str


@dataclass(frozen=True, slots=True)
class Column(Expression):
    """A column of a relation in scope.

    Attributes
    ----------
    texts : int
        How many stored values one string of it holds.
    disc : tuple of str
        Of a region: the columns of the same relation that have right ascension, declination and
        diameter, deg, of a circle that holds it; empty where they are not known.
    """

    relation: str
    name: str
    field: Field
    texts: int = 1
    disc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Op(Expression):
    """An operation of the closed vocabulary."""

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Scalar(Expression):
    """The one value of a sub-query."""

    query: Query


@dataclass(frozen=True, slots=True)
class InQuery(Expression):
    """Whether a value is among those of a sub-query."""

    value: Expression
    query: Query


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    """Whether a sub-query has rows."""

    query: Query


@dataclass(frozen=True, slots=True)
class Scan:
    """A stored table."""

    table: sa.Table
    name: str


@dataclass(frozen=True, slots=True)
class CteScan:
    """A query of WITH, or a table of the caller's, by its made name; its columns are c1, c2, ..."""

    cte: str
    name: str


@dataclass(frozen=True, slots=True)
class Derived:
    """A sub-query in FROM; its columns are c1, c2, ..."""

    query: Query
    name: str


@dataclass(frozen=True, slots=True)
class Join:
    """Two relations; kind is inner, left, right, full or cross."""

    kind: str
    left: Relation
    right: Relation
    condition: Expression | None


Relation = Scan | CteScan | Derived | Join


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT; its output columns are c1, c2, ..."""

    distinct: bool
    items: tuple[Expression, ...]
    relation: Relation
    where: Expression | None
    group_by: tuple[Expression, ...]
    having: Expression | None


@dataclass(frozen=True, slots=True)
class SetOperation:
    """UNION, EXCEPT or INTERSECT; the output columns are c1, c2, ..."""

    operator: str
    all: bool
    left: Query
    right: Query


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A term of ORDER BY: an output column counted from 1, or an expression."""

    value: int | Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; fields describe its output columns."""

    ctes: tuple[tuple[str, Query], ...]
    body: Select | SetOperation
    order_by: tuple[OrderKey, ...]
    offset: int | None
    limit: int | None
    fields: tuple[Field, ...]
    kinds: tuple[Kind, ...]
