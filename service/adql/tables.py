"""FROM: the tables and sub-queries of a query, joined, and the columns they bring into scope."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from satvo.schemas.columns import Field
from satvo.service.adql import core, tree
from satvo.service.adql.conditions import Conditions
from satvo.service.adql.discs import discs_of
from satvo.service.adql.groups import texts_of
from satvo.service.adql.lexer import Source
from satvo.service.adql.scope import Catalogue, Relation, Scope, Visible

__all__ = ["Cte", "Ctes", "Tables", "made_columns"]


@dataclass(frozen=True, slots=True)
class Cte:
    """A query of WITH that later ones can name."""

    name: str
    query: core.Query


Ctes = Mapping[str, Cte]
"""By name in lower case."""

Resolved = tuple[core.Relation, tuple[Visible, ...]]


class Tables:
    """Resolves FROM.

    Parameters
    ----------
    source : Source
        For errors that point into the query.
    catalogue : Catalogue
        The stored tables.
    numbers : iterator of int
        For the names that are made.
    query : callable
        Resolves a sub-query.
    """

    def __init__(
        self,
        source: Source,
        catalogue: Catalogue,
        numbers: itertools.count[int],
        query: Callable[[tree.Query, Scope | None, Ctes], core.Query],
    ) -> None:
        self._source = source
        self._catalogue = catalogue
        self._numbers = numbers
        self._query = query

    def resolve(self, node: tree.TableExpression, scope: Scope, ctes: Ctes) -> Resolved:
        """The relation, and the columns that can be named without a table.

        Raises
        ------
        BadQuery
            For an unknown table or column, two tables of one name, or types that cannot be equal.
        """
        if isinstance(node, tree.Join):
            return self._join(node, scope, ctes)
        name = f"t{next(self._numbers)}"
        if isinstance(node, tree.DerivedTable):
            inner = self._query(node.query, scope.outer, ctes)
            columns = _visible(made_columns(name, inner))
            scope.add(node.at, Relation(node.alias, None, columns))
            return core.Derived(inner, name), columns
        cte = ctes.get(node.parts[0].text.lower()) if len(node.parts) == 1 else None
        if cte is not None:
            columns = _visible(made_columns(name, cte.query))
            scope.add(node.at, Relation(node.alias or node.parts[0], None, columns))
            return core.CteScan(cte.name, name), columns
        private = self._catalogue.private(node)
        if private is not None:
            schema, found = private
            columns = _visible(
                core.Column(core.kind_of(f), name, f"c{i}", f)
                for i, f in enumerate(found.fields, 1)
            )
            own = None if node.alias else schema
            scope.add(node.at, Relation(node.alias or node.parts[1], own, columns))
            return core.CteScan(found.relation, name), columns
        table = self._catalogue.find(self._source, node, ctes)
        columns = _visible(
            core.Column(kind, name, f.name, f, disc=disc) for f, kind, disc in _stored(table)
        )
        own = None if node.alias else str(table.schema)
        scope.add(node.at, Relation(node.alias or tree.Identifier(table.name), own, columns))
        return core.Scan(table, name), columns

    def _join(self, node: tree.Join, scope: Scope, ctes: Ctes) -> Resolved:
        before = len(scope.relations)
        left, left_columns = self.resolve(node.left, scope, ctes)
        right, right_columns = self.resolve(node.right, scope, ctes)
        using = node.using
        if node.natural:
            names = {v.name.lower() for v in right_columns}
            using = tuple(tree.Identifier(v.name) for v in left_columns if v.name.lower() in names)
        visible = left_columns + right_columns
        condition = None
        if using:
            condition, visible = self._merged(node, using, left_columns, right_columns)
        elif node.condition is not None:
            # Tables to the left of a comma are not of this join and have no names in its ON.
            joined = scope.relations[before:]
            inner = Scope(self._source, joined, list(visible), scope.outer)
            values = Conditions(
                self._source, inner, lambda q, here: self._query(q, here, ctes), "the ON of a join"
            )
            condition = values.condition(node.condition)
        return core.Join(node.kind, left, right, condition), visible

    def _merged(
        self,
        node: tree.Join,
        using: tuple[tree.Identifier, ...],
        left: tuple[Visible, ...],
        right: tuple[Visible, ...],
    ) -> tuple[core.Expression, tuple[Visible, ...]]:
        """The condition of NATURAL or USING, and the columns, the shared ones once and in front."""
        equal, shared, used = [], [], set()
        for name in using:
            a, b = (self._only(node.at, name, columns) for columns in (left, right))
            used |= {id(a), id(b)}
            kinds = a.expression.kind, b.expression.kind
            if not core.comparable(*kinds):
                raise self._source.error(
                    node.at, f"column {name} is {kinds[0]} in one table and {kinds[1]} in the other"
                )
            both = (a.expression, b.expression)
            equal.append(core.Op(core.Kind.BOOLEAN, "eq", both))
            value = b.expression if node.kind == "right" else a.expression
            if node.kind == "full":
                value = core.Op(core.common(*kinds), "coalesce", both)
            shared.append(Visible(a.name, value, a.field))
        rest = tuple(v for v in left + right if id(v) not in used)
        return core.Op(core.Kind.BOOLEAN, "and", tuple(equal)), (*shared, *rest)

    def _only(self, at: int, name: tree.Identifier, columns: tuple[Visible, ...]) -> Visible:
        found = [v for v in columns if name.matches(v.name)]
        if len(found) != 1:
            times = "is not in" if not found else "is more than once in"
            raise self._source.error(
                at, f"column {name}, by which is joined, {times} one of the two tables"
            )
        return found[0]


@cache
def _stored(table: sa.Table) -> tuple[tuple[Field, core.Kind, tuple[str, ...]], ...]:
    """The columns of a stored table with their discs, which never change."""
    fields = [(Field.of(col), col.info["disc"]) for col in table.columns]
    return tuple((field, core.kind_of(field), disc) for field, disc in fields)


def made_columns(relation: str, query: core.Query) -> Iterator[core.Column]:
    """The output columns of a query as another query sees them."""
    about = zip(query.fields, query.kinds, texts_of(query), discs_of(query), strict=True)
    for i, (field, kind, texts, disc) in enumerate(about, 1):
        yield core.Column(kind, relation, f"c{i}", field, texts, disc)


def _visible(columns: Iterator[core.Column]) -> tuple[Visible, ...]:
    return tuple(Visible(column.field.name, column, column.field) for column in columns)
