"""The core written down as DuckDB SQL.

Strings reach the engine as bound values, numbers as literals made from Python numbers, and names
only from the schemas and the resolver. What DuckDB means otherwise than PostgreSQL is fixed here:
integer division, the place of NULLs in an order, sums of integers. The store's settings turn
division by zero and logarithms of negative numbers into errors.
"""

from __future__ import annotations

from collections import Counter

from satvo.schemas.errors import BadQuery
from satvo.schemas.store.interface import Statement
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.duckdb_types import TYPES
from satvo.service.adql.duckdb_values import ValueWriter
from satvo.service.adql.limits import MAX_SQL_CHARACTERS

__all__ = ["emit"]


def emit(query: core.Query, limit: int | None) -> Statement:
    """The statement that answers a query.

    Parameters
    ----------
    query : Query
        From the resolver.
    limit : int or None
        At most so many rows, whatever the query's own TOP.

    Raises
    ------
    BadQuery
        If the SQL would grow beyond all measure.
    """
    writer = _Writer()
    sql = writer.query(query, limit)
    return Statement(sql, tuple(writer.parameters), tuple(writer.mocs.values()))


class _Writer(ValueWriter):
    def __init__(self) -> None:
        super().__init__()
        self._scans: Counter[str] = Counter()

    def query(self, query: core.Query, limit: int | None = None) -> str:
        parts = []
        if isinstance(query.body, core.Select):
            parts.append(self._select(query.body, query.kinds))
        else:
            parts.append(self._set_operation(query.body, query.kinds))
        if query.order_by:
            parts.append("ORDER BY " + ", ".join(map(self._order_key, query.order_by)))
        limits = [n for n in (query.limit, limit) if n is not None]
        if limits:
            parts.append(f"LIMIT {min(limits)}")
        if query.offset:
            parts.append(f"OFFSET {query.offset}")
        ctes = self._ctes(query)
        sql = " ".join([f"WITH {', '.join(ctes)}", *parts] if ctes else parts)
        if len(sql) > MAX_SQL_CHARACTERS:
            raise BadQuery("the query is too complex", suggestion="ask in several queries")
        return sql

    def _ctes(self, query: core.Query) -> list[str]:
        """The queries of WITH, written after what names them: how often decides how."""
        written = []
        for name, inner in reversed(query.ctes):
            # In a chain of queries that each name the one before twice, the engine's work would
            # double at every link; one that is named once is better planned with what names it.
            word = "MATERIALIZED" if self._scans[name] > 1 else "NOT MATERIALIZED"
            written.append(f"{name} AS {word} ({self.query(inner)})")
        return written[::-1]

    def _select(self, select: core.Select, kinds: tuple[Kind, ...]) -> str:
        items = ", ".join(
            f"{self._as_kind(item, kind)} AS c{i}"
            for i, (item, kind) in enumerate(zip(select.items, kinds, strict=True), 1)
        )
        sql = [f"SELECT {'DISTINCT ' if select.distinct else ''}{items}"]
        sql.append(f"FROM {self._relation(select.relation)}")
        if select.where is not None:
            sql.append(f"WHERE {self.value(select.where)}")
        if select.group_by:
            sql.append("GROUP BY " + ", ".join(map(self._group_term, select.group_by)))
        if select.having is not None:
            sql.append(f"HAVING {self.value(select.having)}")
        return " ".join(sql)

    def _as_kind(self, item: core.Expression, kind: Kind) -> str:
        sql = self.value(item)
        return sql if item.kind is kind else f"CAST({sql} AS {TYPES[kind]})"

    def _group_term(self, term: core.Expression) -> str:
        sql = self.value(term)
        # An alias may stand for a number, which here would count columns.
        return f"CAST({sql} AS {TYPES[term.kind]})" if isinstance(term, core.Constant) else sql

    def _set_operation(self, operation: core.SetOperation, kinds: tuple[Kind, ...]) -> str:
        word = operation.operator + (" ALL" if operation.all else "")
        columns = ", ".join(
            f"CAST(c{i} AS {TYPES[kind]}) AS c{i}" if kind in TYPES else f"c{i}"
            for i, kind in enumerate(kinds, 1)
        )
        left, right = (
            f"(SELECT {columns} FROM ({self.query(side)}) AS s)"  # noqa: S608  all names are ours
            for side in (operation.left, operation.right)
        )
        names = ", ".join(f"c{i}" for i in range(1, len(kinds) + 1))
        return f"SELECT {names} FROM ({left} {word} {right}) AS s"  # noqa: S608

    def _order_key(self, key: core.OrderKey) -> str:
        value = str(key.value) if isinstance(key.value, int) else self.value(key.value)
        # NULL is greater than everything, as PostgreSQL has it.
        return f"{value} {'DESC NULLS FIRST' if key.descending else 'ASC NULLS LAST'}"

    def _relation(self, relation: core.Relation) -> str:
        match relation:
            case core.Scan():
                return f'"{relation.table.schema}"."{relation.table.name}" AS {relation.name}'
            case core.CteScan():
                self._scans[relation.cte] += 1
                return f"{relation.cte} AS {relation.name}"
            case core.Derived():
                return f"({self.query(relation.query)}) AS {relation.name}"
        left, right = self._relation(relation.left), self._relation(relation.right)
        if relation.kind == "cross":
            return f"({left} CROSS JOIN {right})"
        word = "INNER" if relation.kind == "inner" else f"{relation.kind.upper()} OUTER"
        condition = "TRUE" if relation.condition is None else self.value(relation.condition)
        return f"({left} {word} JOIN {right} ON {condition})"
