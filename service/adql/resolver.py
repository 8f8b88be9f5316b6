"""Queries of the parse tree into the core: SELECT, GROUP BY, ORDER BY, WITH, set operations."""

from __future__ import annotations

import itertools
from dataclasses import replace

from satvo.schemas.columns import Field
from satvo.service.adql import core, tree
from satvo.service.adql.conditions import Conditions
from satvo.service.adql.conversions import null
from satvo.service.adql.discs import without_discs
from satvo.service.adql.fields import common_field, output_field, unique_names
from satvo.service.adql.groups import has_aggregate, loose_columns
from satvo.service.adql.lexer import Source
from satvo.service.adql.limits import MAX_COLUMNS
from satvo.service.adql.scope import Catalogue, Scope
from satvo.service.adql.tables import Cte, Ctes, Tables, made_columns

__all__ = ["resolve"]


def resolve(source: Source, query: tree.Query, catalogue: Catalogue) -> core.Query:
    """Give every name of a query its meaning and every value its type.

    Raises
    ------
    BadQuery
        For whatever has no meaning, with its place in the text.
    """
    return _Resolver(source, catalogue).query(query, None, {})


class _Resolver:
    def __init__(self, source: Source, catalogue: Catalogue) -> None:
        self._source = source
        self._numbers = itertools.count(1)
        self._tables = Tables(source, catalogue, self._numbers, self.query)

    def query(self, node: tree.Query, outer: Scope | None, ctes: Ctes) -> core.Query:
        known = dict(ctes)
        made: dict[str, tuple[str, core.Query]] = {}
        for item in node.with_items:
            key = item.name.text.lower()
            if key in made:
                raise self._source.error(item.at, f"two queries of WITH are called {item.name}")
            inner = self._renamed(item, self.query(item.query, outer, known))
            name = f"w{next(self._numbers)}"
            known[key] = Cte(name, inner)
            made[key] = (name, inner)
        body, queries = node.body, tuple(made.values())
        if isinstance(body, tree.Select):
            return _Selecting(self, self._source, self._tables, outer, known).query(
                node, body, queries
            )
        if isinstance(body, tree.Query):
            return self._wrapped(node, self.query(body, outer, known), queries)
        operation = self._set_operation(body, outer, known)
        fields, kinds = operation.left.fields, operation.left.kinds
        order_by = tuple(self._output_key(key, fields) for key in node.order_by)
        return core.Query(queries, operation, order_by, node.offset, None, fields, kinds)

    def _renamed(self, item: tree.WithItem, query: core.Query) -> core.Query:
        """A query of WITH with the names that WITH gives its columns."""
        if not item.columns:
            return query
        if len(item.columns) != len(query.fields):
            raise self._source.error(
                item.at,
                f"WITH names {len(item.columns)} columns of {item.name}, which has "
                f"{len(query.fields)}",
            )
        names = [name.text for name in item.columns]
        if unique_names(names) != names:
            raise self._source.error(item.at, f"WITH names two columns of {item.name} alike")
        named = (f.named(name) for f, name in zip(query.fields, names, strict=True))
        return replace(query, fields=tuple(named))

    def _wrapped(
        self, node: tree.Query, inner: core.Query, ctes: tuple[tuple[str, core.Query], ...]
    ) -> core.Query:
        """A query in parentheses, perhaps with an ORDER BY of its own outside them."""
        name = f"t{next(self._numbers)}"
        items = tuple(made_columns(name, inner))
        select = core.Select(False, items, core.Derived(inner, name), None, (), None)
        order_by = tuple(self._output_key(key, inner.fields) for key in node.order_by)
        return core.Query(ctes, select, order_by, node.offset, None, inner.fields, inner.kinds)

    def _set_operation(
        self, node: tree.SetOperation, outer: Scope | None, ctes: Ctes
    ) -> core.SetOperation:
        left = self._operand(node.left, outer, ctes)
        right = self._operand(node.right, outer, ctes)
        if len(left.fields) != len(right.fields):
            raise self._source.error(
                node.at,
                f"{node.operator} of {len(left.fields)} and {len(right.fields)} columns: "
                "both sides need the same number",
            )
        for i, (a, b) in enumerate(zip(left.kinds, right.kinds, strict=True), 1):
            if not (a is b or core.comparable(a, b)):
                raise self._source.error(node.at, f"{node.operator}: column {i} is {a} and {b}")
        return core.SetOperation(node.operator, node.all, _widened(left, right), right)

    def _operand(
        self, node: tree.Select | tree.SetOperation | tree.Query, outer: Scope | None, ctes: Ctes
    ) -> core.Query:
        query = node if isinstance(node, tree.Query) else tree.Query(node.at, (), node, (), None)
        return self.query(query, outer, ctes)

    def _output_key(self, key: tree.OrderKey, fields: tuple[Field, ...]) -> core.OrderKey:
        position = _position(self._source, key, fields)
        if position is None:
            raise self._source.error(
                key.at, "ORDER BY here takes a name or number of an output column"
            )
        return core.OrderKey(position, key.descending)


class _Selecting:
    """Resolves one SELECT with its ORDER BY."""

    def __init__(
        self, queries: _Resolver, source: Source, tables: Tables, outer: Scope | None, ctes: Ctes
    ) -> None:
        self._queries = queries
        self._source = source
        self._tables = tables
        self._ctes = ctes
        self._scope = Scope(source, outer=outer)
        self._items: list[core.Expression] = []
        self._names: list[str] = []
        self._places: list[int] = []

    def query(
        self, node: tree.Query, select: tree.Select, ctes: tuple[tuple[str, core.Query], ...]
    ) -> core.Query:
        relation, visible = self._tables.resolve(select.table, self._scope, self._ctes)
        self._scope.visible = list(visible)
        where = self._values("WHERE").condition(select.where) if select.where else None
        self._add_items(select)
        group_by = tuple(self._group_term(term) for term in select.group_by)
        having = self._values().condition(select.having) if select.having else None
        fields = tuple(
            output_field(item, name)
            for item, name in zip(self._items, unique_names(self._names), strict=True)
        )
        order_by = tuple(self._order_key(key, fields, select.distinct) for key in node.order_by)
        items = tuple(self._items)
        body = core.Select(select.distinct, items, relation, where, group_by, having)
        body, order_by = self._grouped(node, select, body, order_by)
        items = body.items
        kinds = tuple(item.kind for item in items)
        return core.Query(ctes, body, order_by, node.offset, select.top, fields, kinds)

    def _values(self, no_aggregates: str = "") -> Conditions:
        def sub_query(inner: tree.Query, here: Scope) -> core.Query:
            return self._queries.query(inner, here, self._ctes)

        return Conditions(self._source, self._scope, sub_query, no_aggregates)

    def _add_items(self, select: tree.Select) -> None:
        values = self._values()
        for item in select.items:
            if isinstance(item, tree.Star):
                for column in self._scope.columns_of(item):
                    self._add(item.at, column.expression, column.name)
            else:
                value = item.value
                found = (
                    null(core.Kind.CHAR) if isinstance(value, tree.Null) else values.value(value)
                )
                self._add(item.at, found, self._item_name(item))

    def _add(self, at: int, value: core.Expression, name: str) -> None:
        if len(self._items) >= MAX_COLUMNS:
            raise self._source.error(at, f"more than {MAX_COLUMNS} columns")
        self._items.append(value)
        self._names.append(name)
        self._places.append(at)

    def _item_name(self, item: tree.Item) -> str:
        if item.alias:
            return item.alias.text
        if isinstance(item.value, tree.Name):
            return self._scope.column(item.value).name
        if isinstance(item.value, tree.Call):
            return item.value.name.lower()
        return f"col_{len(self._items) + 1}"

    def _group_term(self, term: tree.Node) -> core.Expression:
        # A name is an input column first, an alias of the select list otherwise.
        if isinstance(term, tree.Name) and len(term.parts) == 1:
            column = term.parts[0]
            if not any(column.matches(v.name) for v in self._scope.visible):
                for item, name in zip(self._items, self._names, strict=True):
                    if column.matches(name):
                        if has_aggregate(item):
                            raise self._source.error(term.at, f"{name} is an aggregate")
                        return item
        value = self._values("GROUP BY").value(term)
        if isinstance(value, core.Constant):
            raise self._source.error(
                term.at, "GROUP BY takes columns or expressions, not constants or column numbers"
            )
        return value

    def _order_key(
        self, key: tree.OrderKey, fields: tuple[Field, ...], distinct: bool
    ) -> core.OrderKey:
        if (position := _position(self._source, key, fields)) is not None:
            return core.OrderKey(position, key.descending)
        value = self._values().value(key.value)
        if value in self._items:
            return core.OrderKey(self._items.index(value) + 1, key.descending)
        if isinstance(value, core.Constant):
            raise self._source.error(
                key.at, "ORDER BY takes columns, expressions or column numbers, not constants"
            )
        if distinct:
            raise self._source.error(
                key.at, "with SELECT DISTINCT, ORDER BY takes only values of the select list"
            )
        return core.OrderKey(value, key.descending)

    def _grouped(
        self,
        node: tree.Query,
        select: tree.Select,
        body: core.Select,
        order_by: tuple[core.OrderKey, ...],
    ) -> tuple[core.Select, tuple[core.OrderKey, ...]]:
        """The same of a query with groups; what has no single value in a group is refused."""
        placed = list(zip(self._places, body.items, strict=True))
        for key, made in zip(node.order_by, order_by, strict=True):
            if isinstance(made.value, core.Expression):
                placed.append((key.at, made.value))
        if select.having and body.having:
            placed.append((select.having.at, body.having))
        if not (body.group_by or body.having or any(has_aggregate(e) for _, e in placed)):
            return body, order_by
        grouped = set(map(without_discs, body.group_by))
        own = set(_relation_names(body.relation))
        for at, expression in placed:
            if loose := next(loose_columns(without_discs(expression), grouped, own), None):
                name = loose.field.name
                raise self._source.error(
                    at,
                    f"column {name} has many values in a group",
                    f"add it to GROUP BY or write an aggregate such as MIN({name})",
                )
        exact = replace(
            body,
            items=tuple(map(without_discs, body.items)),
            group_by=tuple(map(without_discs, body.group_by)),
            having=None if body.having is None else without_discs(body.having),
        )
        keys = (
            replace(key, value=without_discs(key.value))
            if isinstance(key.value, core.Expression)
            else key
            for key in order_by
        )
        return exact, tuple(keys)


def _position(source: Source, key: tree.OrderKey, fields: tuple[Field, ...]) -> int | None:
    """The output column that a term of ORDER BY names or counts, from 1; None if it does not."""
    value = key.value
    if isinstance(value, tree.Literal) and isinstance(value.value, int):
        if not 1 <= value.value <= len(fields):
            raise source.error(
                value.at, f"there is no output column {value.value}; there are {len(fields)}"
            )
        return value.value
    if isinstance(value, tree.Name) and len(value.parts) == 1:
        found = [i for i, f in enumerate(fields, 1) if value.parts[0].matches(f.name)]
        if len(found) == 1:
            return found[0]
    return None


def _widened(left: core.Query, right: core.Query) -> core.Query:
    """The left side of a set operation with the types that hold the values of either."""
    kinds = tuple(core.common(a, b) for a, b in zip(left.kinds, right.kinds, strict=True))
    both = zip(left.fields, right.fields, kinds, strict=True)
    return replace(left, kinds=kinds, fields=tuple(common_field(*three) for three in both))


def _relation_names(relation: core.Relation) -> list[str]:
    if isinstance(relation, core.Join):
        return _relation_names(relation.left) + _relation_names(relation.right)
    return [relation.name]
