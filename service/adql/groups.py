"""What a query with groups may select, and how long the strings of any query may become."""

from __future__ import annotations

from collections.abc import Iterator

from satvo.service.adql import core
from satvo.service.adql.functions import FUNCTIONS
from satvo.service.adql.limits import MAX_JOINED_TEXTS

__all__ = ["AGGREGATES", "columns_in", "has_aggregate", "joined_texts", "loose_columns", "texts_of"]

AGGREGATES = frozenset(f.op for f in FUNCTIONS.values() if f.is_aggregate) | {"count_star"}
"""Operations on all rows of a group."""


def has_aggregate(expression: core.Expression) -> bool:
    """Whether an expression has an aggregate of its own query in it."""
    if isinstance(expression, core.InQuery):
        return has_aggregate(expression.value)
    if not isinstance(expression, core.Op):
        return False
    return expression.name in AGGREGATES or any(map(has_aggregate, expression.arguments))


def loose_columns(
    expression: core.Expression, grouped: set[core.Expression], own: set[str]
) -> Iterator[core.Column]:
    """Columns of this query outside every aggregate and every grouped expression.

    Parameters
    ----------
    expression : Expression
        Of the select list, HAVING or ORDER BY.
    grouped : set of Expression
        The terms of GROUP BY.
    own : set of str
        The relations of this query: columns of others are constants to it.
    """
    if expression in grouped:
        return
    match expression:
        case core.Column():
            if expression.relation in own:
                yield expression
        case core.Op():
            if expression.name not in AGGREGATES:
                for argument in expression.arguments:
                    yield from loose_columns(argument, grouped, own)
        case core.InQuery():
            yield from loose_columns(expression.value, grouped, own)
            yield from _loose_in_query(expression.query, grouped, own)
        case core.Scalar() | core.Exists():
            yield from _loose_in_query(expression.query, grouped, own)


def _loose_in_query(
    query: core.Query, grouped: set[core.Expression], own: set[str]
) -> Iterator[core.Column]:
    # The engine knows a grouped column again inside a sub-query, but no grouped expression.
    for column in _columns_in_query(query):
        if column.relation in own and column not in grouped:
            yield column


def columns_in(expression: core.Expression) -> Iterator[core.Column]:
    """All columns in an expression, those in its sub-queries too."""
    match expression:
        case core.Column():
            yield expression
        case core.Op():
            for argument in expression.arguments:
                yield from columns_in(argument)
        case core.InQuery():
            yield from columns_in(expression.value)
            yield from _columns_in_query(expression.query)
        case core.Scalar() | core.Exists():
            yield from _columns_in_query(expression.query)


def _columns_in_query(query: core.Query) -> Iterator[core.Column]:
    for _, inner in query.ctes:
        yield from _columns_in_query(inner)
    for key in query.order_by:
        if isinstance(key.value, core.Expression):
            yield from columns_in(key.value)
    body = query.body
    if isinstance(body, core.SetOperation):
        yield from _columns_in_query(body.left)
        yield from _columns_in_query(body.right)
        return
    yield from _columns_in_relation(body.relation)
    for expression in (*body.items, body.where, *body.group_by, body.having):
        if expression is not None:
            yield from columns_in(expression)


def _columns_in_relation(relation: core.Relation) -> Iterator[core.Column]:
    if isinstance(relation, core.Derived):
        yield from _columns_in_query(relation.query)
    elif isinstance(relation, core.Join):
        yield from _columns_in_relation(relation.left)
        yield from _columns_in_relation(relation.right)
        if relation.condition is not None:
            yield from columns_in(relation.condition)


def joined_texts(expression: core.Expression) -> int:
    """How many stored values one string of this expression may be made of."""
    match expression:
        case core.Column():
            return expression.texts
        case core.Op(name="string_agg"):
            return MAX_JOINED_TEXTS // 2  # the engine bounds it; joining two more must be rare
        case core.Op() if expression.kind.is_text:
            counts = [joined_texts(argument) for argument in expression.arguments]
            return sum(counts) if expression.name == "concat" else max(counts, default=0)
        case core.Scalar() if expression.kind.is_text:
            return texts_of(expression.query)[0]
    return 1


def texts_of(query: core.Query) -> tuple[int, ...]:
    """`joined_texts` of each output column of a query."""
    body = query.body
    if isinstance(body, core.Select):
        return tuple(map(joined_texts, body.items))
    return tuple(map(max, texts_of(body.left), texts_of(body.right)))
