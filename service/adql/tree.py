"""The parse tree: what a query says, before any name in it is known.

Every node begins with ``at``, the offset in the query where it starts.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "And", "Between", "Binary", "Call", "Cast", "Comparison", "Condition", "DerivedTable",
    "Exists", "Identifier", "InList", "InQuery", "IsNull", "Item", "Join", "Like", "Literal",
    "Name", "Node", "Not", "Null", "Or", "OrderKey", "Query", "ScalarQuery", "Select",
    "SetOperation", "Star", "TableExpression", "TableName", "Unary", "Value", "WithItem",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name: folded to lower case unless delimited, when it must match exactly."""

    text: str
    delimited: bool = False

    def matches(self, name: str) -> bool:
        """Whether it names this table, column or alias."""
        return self.text == name if self.delimited else self.text.lower() == name.lower()

    def __str__(self) -> str:
        return f'"{self.text}"' if self.delimited else self.text


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of a query."""

    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number or a string."""

    value: int | float | str


@dataclass(frozen=True, slots=True)
class Null(Node):
    """NULL written as a value."""


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A column reference of one to three parts."""

    parts: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """A sign before a value."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic or concatenation."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function, a geometry or an aggregate; COUNT(*) has star and no arguments."""

    name: str
    arguments: tuple[Node, ...]
    distinct: bool = False
    star: bool = False


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """CAST(value AS type(length))."""

    operand: Node
    type_name: str
    length: int | None


@dataclass(frozen=True, slots=True)
class ScalarQuery(Node):
    """A sub-query used as a value."""

    query: Query


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """Anything that is true, false or unknown."""


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """Two values and one of = <> < > <= >=."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Condition):
    """value [NOT] BETWEEN low AND high."""

    value: Node
    low: Node
    high: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Like(Condition):
    """value [NOT] LIKE or ILIKE pattern."""

    value: Node
    pattern: Node
    negated: bool
    ignore_case: bool


@dataclass(frozen=True, slots=True)
class InList(Condition):
    """value [NOT] IN (a, b, ...)."""

    value: Node
    values: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class InQuery(Condition):
    """value [NOT] IN (SELECT ...)."""

    value: Node
    query: Query
    negated: bool


@dataclass(frozen=True, slots=True)
class IsNull(Condition):
    """value IS [NOT] NULL."""

    value: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Exists(Condition):
    """EXISTS (SELECT ...)."""

    query: Query


@dataclass(frozen=True, slots=True)
class And(Condition):
    """All of the terms."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """Any of the terms."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """NOT term."""

    term: Node


Value = Literal | Null | Name | Unary | Binary | Call | Cast | ScalarQuery


@dataclass(frozen=True, slots=True)
class Star(Node):
    """``*`` or ``table.*`` in a select list."""

    table: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Item(Node):
    """One value of a select list, with its alias if it has one."""

    value: Node
    alias: Identifier | None


@dataclass(frozen=True, slots=True)
class TableName(Node):
    """A table, perhaps with schema and alias."""

    parts: tuple[Identifier, ...]
    alias: Identifier | None


@dataclass(frozen=True, slots=True)
class DerivedTable(Node):
    """A sub-query used as a table."""

    query: Query
    alias: Identifier


@dataclass(frozen=True, slots=True)
class Join(Node):
    """Two tables joined; kind is inner, left, right, full or cross (a comma)."""

    kind: str
    left: TableExpression
    right: TableExpression
    natural: bool = False
    using: tuple[Identifier, ...] = ()
    condition: Node | None = None


TableExpression = TableName | DerivedTable | Join


@dataclass(frozen=True, slots=True)
class Select(Node):
    """SELECT without its ORDER BY and OFFSET."""

    distinct: bool
    top: int | None
    items: tuple[Item | Star, ...]
    table: TableExpression
    where: Node | None
    group_by: tuple[Node, ...]
    having: Node | None


@dataclass(frozen=True, slots=True)
class SetOperation(Node):
    """UNION, EXCEPT or INTERSECT of two queries."""

    operator: str
    all: bool
    left: Select | SetOperation | Query
    right: Select | SetOperation | Query


@dataclass(frozen=True, slots=True)
class OrderKey(Node):
    """One term of ORDER BY."""

    value: Node
    descending: bool


@dataclass(frozen=True, slots=True)
class WithItem(Node):
    """name (columns) AS (query) of a WITH clause; no columns where it names none."""

    name: Identifier
    columns: tuple[Identifier, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A whole query or sub-query."""

    with_items: tuple[WithItem, ...]
    body: Select | SetOperation | Query
    order_by: tuple[OrderKey, ...]
    offset: int | None
