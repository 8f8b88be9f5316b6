"""Queries of the parse tree into the core: FROM, SELECT, GROUP BY, ORDER BY, set operations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from satvo.schemas.columns import Field
from satvo.service.adql import core, tree
from satvo.service.adql.fields import output_field, unique_names
from satvo.service.adql.lexer import Source
from satvo.service.adql.scope import Catalogue, Relation, Scope, Visible
from satvo.service.adql.values import Values

__all__ = ["resolve"]

_AGGREGATE_OPS = frozenset(("count", "count_star", "sum", "avg", "min", "max"))


def resolve(source: Source, query: tree.Query, catalogue: Catalogue) -> core.Query:
    """Give every name of a query its meaning and every value its type.

    Raises
    ------
    BadQuery
        For whatever has no meaning, with its place in the text.
    """
    return _Resolver(source, catalogue).query(query, None, {})


@dataclass(frozen=True, slots=True)
class _Cte:
    """A query of WITH that later ones can name."""

    name: str
    fields: tuple[Field, ...]
    kinds: tuple[core.Kind, ...]


Ctes = Mapping[str, _Cte]


class _Resolver:
    def __init__(self, source: Source, catalogue: Catalogue) -> None:
        self._source = source
        self._catalogue = catalogue
        self._numbers = itertools.count(1)

    def query(self, node: tree.Query, outer: Scope | None, ctes: Ctes) -> core.Query:
        known = dict(ctes)
        made = []
        for item in node.with_items:
            inner = self.query(item.query, outer, known)
            name = f"w{next(self._numbers)}"
            if any(item.name.matches(k) for k in known if known[k] not in ctes.values()):
                raise self._source.error(item.at, f"two queries of WITH are called {item.name}")
            known[item.name.text.lower()] = _Cte(name, inner.fields, inner.kinds)
            made.append((name, inner))
        body = node.body
        if isinstance(body, tree.Select):
            return self._select_query(node, body, outer, known, tuple(made))
        if isinstance(body, tree.Query):
            inner = self.query(body, outer, known)
            return self._wrapped(node, inner, tuple(made))
        operation = self._set_operation(body, outer, known)
        fields, kinds = operation.left.fields, operation.left.kinds
        order_by = tuple(self._output_key(key, fields) for key in node.order_by)
        return core.Query(tuple(made), operation, order_by, node.offset, None, fields, kinds)

    def _wrapped(
        self, node: tree.Query, inner: core.Query, ctes: tuple[tuple[str, core.Query], ...]
    ) -> core.Query:
        """A query in parentheses, perhaps with an ORDER BY of its own outside them."""
        name = f"t{next(self._numbers)}"
        items = tuple(_made_columns(name, inner.fields, inner.kinds))
        select = core.Select(False, items, core.Derived(inner, name), None, (), None)
        order_by = tuple(self._output_key(key, inner.fields) for key in node.order_by)
        return core.Query(ctes, select, order_by, node.offset, None, inner.fields, inner.kinds)

    # Set operations

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
            if not (a is b or (a.is_number and b.is_number) or (a.is_text and b.is_text)):
                raise self._source.error(node.at, f"{node.operator}: column {i} is {a} and {b}")
        return core.SetOperation(node.operator, node.all, *_widened(left, right))

    def _operand(
        self, node: tree.Select | tree.SetOperation | tree.Query, outer: Scope | None, ctes: Ctes
    ) -> core.Query:
        query = node if isinstance(node, tree.Query) else tree.Query(node.at, (), node, (), None)
        return self.query(query, outer, ctes)

    # SELECT

    def _select_query(
        self,
        node: tree.Query,
        select: tree.Select,
        outer: Scope | None,
        ctes: Ctes,
        made: tuple[tuple[str, core.Query], ...],
    ) -> core.Query:
        scope = Scope(self._source, outer=outer)
        relation, visible = self._table(select.table, scope, ctes)
        scope.visible = list(visible)

        def sub_query(inner: tree.Query, here: Scope) -> core.Query:
            return self.query(inner, here, ctes)

        def values(no_aggregates: str = "") -> Values:
            return Values(self._source, scope, sub_query, no_aggregates)

        where = values("WHERE").condition(select.where) if select.where else None
        items, names = self._items(select, scope, values())
        group_by = tuple(
            self._group_term(t, values("GROUP BY"), items, names, scope) for t in select.group_by
        )
        having = values().condition(select.having) if select.having else None
        fields = tuple(
            output_field(item, name) for item, name in zip(items, unique_names(names), strict=True)
        )
        order_by = tuple(
            self._order_key(key, values(), items, fields, select.distinct) for key in node.order_by
        )
        body = core.Select(select.distinct, tuple(items), relation, where, group_by, having)
        self._check_groups(select, body, [k.value for k in order_by])
        kinds = tuple(item.kind for item in items)
        return core.Query(made, body, order_by, node.offset, select.top, fields, kinds)

    def _items(
        self, select: tree.Select, scope: Scope, values: Values
    ) -> tuple[list[core.Expression], list[str]]:
        items: list[core.Expression] = []
        names: list[str] = []
        for item in select.items:
            if isinstance(item, tree.Star):
                for column in scope.columns_of(item):
                    items.append(column.expression)
                    names.append(column.name)
                continue
            items.append(values.value(item.value))
            names.append(_item_name(item, len(names) + 1, scope))
        return items, names

    def _group_term(
        self,
        term: tree.Node,
        values: Values,
        items: list[core.Expression],
        names: list[str],
        scope: Scope,
    ) -> core.Expression:
        if isinstance(term, tree.Literal) and isinstance(term.value, int):
            raise self._source.error(
                term.at, "GROUP BY takes columns or expressions, not numbers of columns"
            )
        # A name is an input column first, an alias of the select list otherwise.
        if isinstance(term, tree.Name) and len(term.parts) == 1:
            column = term.parts[0]
            if not any(column.matches(v.name) for v in scope.visible):
                for item, name in zip(items, names, strict=True):
                    if column.matches(name):
                        return item
        return values.value(term)

    def _order_key(
        self,
        key: tree.OrderKey,
        values: Values,
        items: list[core.Expression],
        fields: tuple[Field, ...],
        distinct: bool,
    ) -> core.OrderKey:
        if (position := self._position(key, fields)) is not None:
            return core.OrderKey(position, key.descending)
        value = values.value(key.value)
        if value in items:
            return core.OrderKey(items.index(value) + 1, key.descending)
        if distinct:
            raise self._source.error(
                key.at, "with SELECT DISTINCT, ORDER BY takes only values of the select list"
            )
        return core.OrderKey(value, key.descending)

    def _output_key(self, key: tree.OrderKey, fields: tuple[Field, ...]) -> core.OrderKey:
        position = self._position(key, fields)
        if position is None:
            raise self._source.error(
                key.at, "ORDER BY here takes a name or number of an output column"
            )
        return core.OrderKey(position, key.descending)

    def _position(self, key: tree.OrderKey, fields: tuple[Field, ...]) -> int | None:
        value = key.value
        if isinstance(value, tree.Literal) and isinstance(value.value, int):
            if not 1 <= value.value <= len(fields):
                raise self._source.error(
                    value.at, f"there is no output column {value.value}; there are {len(fields)}"
                )
            return value.value
        if isinstance(value, tree.Name) and len(value.parts) == 1:
            found = [i for i, f in enumerate(fields, 1) if value.parts[0].matches(f.name)]
            if len(found) == 1:
                return found[0]
        return None

    def _check_groups(
        self,
        select: tree.Select,
        body: core.Select,
        keys: list[int | core.Expression],
    ) -> None:
        """Refuse what has no single value in a group, and name it."""
        expressions = [*body.items, *(k for k in keys if isinstance(k, core.Expression))]
        if body.having:
            expressions.append(body.having)
        if not (body.group_by or body.having or any(map(_has_aggregate, expressions))):
            return
        grouped = set(body.group_by)
        own = set(_relation_names(body.relation))
        for i, expression in enumerate(expressions):
            if loose := next(_loose_columns(expression, grouped, own), None):
                at = select.items[min(i, len(select.items) - 1)].at
                raise self._source.error(
                    at,
                    f"column {loose.field.name} has many values in a group",
                    f"add it to GROUP BY or write an aggregate such as MIN({loose.field.name})",
                )

    # FROM

    def _table(
        self, node: tree.TableExpression, scope: Scope, ctes: Ctes
    ) -> tuple[core.Relation, tuple[Visible, ...]]:
        if isinstance(node, tree.Join):
            return self._join(node, scope, ctes)
        name = f"t{next(self._numbers)}"
        if isinstance(node, tree.DerivedTable):
            inner = self.query(node.query, scope.outer, ctes)
            columns = _visible(name, inner.fields, inner.kinds)
            scope.add(node.at, Relation(node.alias, None, columns))
            return core.Derived(inner, name), columns
        cte = ctes.get(node.parts[0].text.lower()) if len(node.parts) == 1 else None
        if cte is not None:
            columns = _visible(name, cte.fields, cte.kinds)
            scope.add(node.at, Relation(node.alias or node.parts[0], None, columns))
            return core.CteScan(cte.name, name), columns
        table = self._catalogue.find(self._source, node)
        fields = [Field.of(col) for col in table.columns]
        columns = tuple(
            Visible(f.name, core.Column(core.kind_of(f), name, f.name, f), f) for f in fields
        )
        own = None if node.alias else str(table.schema)
        scope.add(node.at, Relation(node.alias or tree.Identifier(table.name), own, columns))
        return core.Scan(table, name), columns

    def _join(
        self, node: tree.Join, scope: Scope, ctes: Ctes
    ) -> tuple[core.Relation, tuple[Visible, ...]]:
        left, left_columns = self._table(node.left, scope, ctes)
        right, right_columns = self._table(node.right, scope, ctes)
        if node.natural:
            names = {v.name.lower() for v in right_columns}
            using = tuple(
                tree.Identifier(v.name, delimited=True)
                for v in left_columns
                if v.name.lower() in names
            )
        else:
            using = node.using
        visible = left_columns + right_columns
        condition = None
        if using:
            condition, visible = self._merged(node, using, left_columns, right_columns)
        elif node.condition is not None:
            inner = Scope(self._source, scope.relations, list(visible), scope.outer)
            values = Values(
                self._source, inner, lambda q, here: self.query(q, here, ctes), "the ON of a join"
            )
            condition = values.condition(node.condition)
        kind = "cross" if node.natural and condition is None else node.kind
        return core.Join(kind, left, right, condition), visible

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
            sides = []
            for columns in (left, right):
                found = [v for v in columns if name.matches(v.name)]
                if len(found) != 1:
                    raise self._source.error(
                        node.at, f"column {name} of USING must be once in each table"
                    )
                sides.append(found[0])
                used.add(id(found[0]))
            a, b = sides
            equal.append(core.Op(core.Kind.BOOLEAN, "eq", (a.expression, b.expression)))
            value = {"right": b.expression}.get(node.kind, a.expression)
            if node.kind == "full":
                value = core.Op(a.expression.kind, "coalesce", (a.expression, b.expression))
            shared.append(Visible(a.name, value, a.field))
        rest = tuple(v for v in left + right if id(v) not in used)
        return core.Op(core.Kind.BOOLEAN, "and", tuple(equal)), (*shared, *rest)


def _item_name(item: tree.Item, position: int, scope: Scope) -> str:
    if item.alias:
        return item.alias.text
    if isinstance(item.value, tree.Name):
        return scope.column(item.value).name
    if isinstance(item.value, tree.Call):
        return item.value.name.lower()
    return f"col_{position}"


def _made_columns(
    relation: str, fields: tuple[Field, ...], kinds: tuple[core.Kind, ...]
) -> Iterator[core.Column]:
    for i, (about, kind) in enumerate(zip(fields, kinds, strict=True), 1):
        yield core.Column(kind, relation, f"c{i}", about)


def _visible(
    relation: str, fields: tuple[Field, ...], kinds: tuple[core.Kind, ...]
) -> tuple[Visible, ...]:
    return tuple(
        Visible(column.field.name, column, column.field)
        for column in _made_columns(relation, fields, kinds)
    )


def _widened(left: core.Query, right: core.Query) -> tuple[core.Query, core.Query]:
    """Both operands with the types that hold the values of either."""
    from dataclasses import replace

    kinds = tuple(
        core.wider(a, b) if a.is_number else (a if a is b else core.Kind.UNICODE)
        for a, b in zip(left.kinds, right.kinds, strict=True)
    )
    fields = tuple(
        about
        if a is kind
        else replace(about, datatype=kind.value[0], arraysize=kind.value[1], xtype=kind.value[2])
        for about, a, kind in zip(left.fields, left.kinds, kinds, strict=True)
    )
    return replace(left, kinds=kinds, fields=fields), right


def _relation_names(relation: core.Relation) -> Iterator[str]:
    if isinstance(relation, core.Join):
        yield from _relation_names(relation.left)
        yield from _relation_names(relation.right)
    else:
        yield relation.name


def _has_aggregate(expression: core.Expression) -> bool:
    if not isinstance(expression, core.Op):
        return False
    return expression.name in _AGGREGATE_OPS or any(map(_has_aggregate, expression.arguments))


def _loose_columns(
    expression: core.Expression, grouped: set[core.Expression], own: set[str]
) -> Iterator[core.Column]:
    """Columns of this query outside every aggregate and every grouped expression."""
    if expression in grouped:
        return
    if isinstance(expression, core.Column):
        if expression.relation in own:
            yield expression
    elif isinstance(expression, core.Op) and expression.name not in _AGGREGATE_OPS:
        for argument in expression.arguments:
            yield from _loose_columns(argument, grouped, own)
    elif isinstance(expression, core.InQuery):
        yield from _loose_columns(expression.value, grouped, own)
