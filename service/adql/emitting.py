"""Queries of the core written down as SQL: what every engine has in common.

Strings reach the engine as bound values, numbers as literals made from Python numbers, and names
only from the schemas and the resolver.
"""

from __future__ import annotations

from collections import Counter

from satvo.schemas.errors import BadQuery
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.emitting_values import Writer
from satvo.service.adql.limits import MAX_SQL_CHARACTERS

__all__ = ["QueryWriter"]


class QueryWriter(Writer):
    """Writes queries; an engine's own writer says how it writes values."""

    def __init__(self) -> None:
        super().__init__()
        self._scans: Counter[str] = Counter()

    def query(self, query: core.Query, limit: int | None = None) -> str:
        """A query, of at most so many rows.

        Raises
        ------
        BadQuery
            If the SQL would grow beyond all measure.
        """
        parts = []
        if isinstance(query.body, core.Select):
            parts.append(self.select(query.body, query.kinds))
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

    def condition(self, condition: core.Expression) -> str:
        """The condition of a WHERE or of an ON: a row is kept where it is true."""
        return self.value(condition)

    def where(self, select: core.Select) -> str:
        """The condition of a SELECT's WHERE; empty where it has none."""
        return "" if select.where is None else self.condition(select.where)

    def scan(self, relation: core.Scan) -> str:
        """A stored table under its name in the query."""
        return f'"{relation.table.schema}"."{relation.table.name}" AS {relation.name}'

    def full_join(self, left: str, right: str, relation: core.Join, condition: str) -> str:
        """A FULL OUTER JOIN of two relations."""
        return f"({left} FULL OUTER JOIN {right} ON {condition})"

    def _ctes(self, query: core.Query) -> list[str]:
        """The queries of WITH, written after what names them: how often decides how."""
        written = []
        for name, inner in reversed(query.ctes):
            # In a chain of queries that each name the one before twice, the engine's work would
            # double at every link; one that is named once is better planned with what names it.
            word = "MATERIALIZED" if self._scans[name] > 1 else "NOT MATERIALIZED"
            written.append(f"{name} AS {word} ({self.query(inner)})")
        return written[::-1]

    def select(self, select: core.Select, kinds: tuple[Kind, ...]) -> str:
        """One SELECT; its columns are c1, c2, ... of these kinds."""
        items = ", ".join(
            f"{self.cast_to(kind, item, self.value(item))} AS c{i}"
            for i, (item, kind) in enumerate(zip(select.items, kinds, strict=True), 1)
        )
        sql = [f"SELECT {'DISTINCT ' if select.distinct else ''}{items}"]
        sql.append(f"FROM {self.relation(select.relation)}")
        if where := self.where(select):
            sql.append(f"WHERE {where}")
        if select.group_by:
            sql.append("GROUP BY " + ", ".join(map(self._group_term, select.group_by)))
        if select.having is not None:
            sql.append(f"HAVING {self.value(select.having)}")
        return " ".join(sql)

    def _group_term(self, term: core.Expression) -> str:
        if isinstance(term, core.Column):
            return self.written(term)
        sql = self.value(term)
        # An alias may stand for a number, which here would count columns.
        return f"CAST({sql} AS {self.types[term.kind]})" if isinstance(term, core.Constant) else sql

    def _set_operation(self, operation: core.SetOperation, kinds: tuple[Kind, ...]) -> str:
        word = operation.operator + (" ALL" if operation.all else "")
        columns = ", ".join(
            f"CAST(c{i} AS {self.types[kind]}) AS c{i}" if kind in self.types else f"c{i}"
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

    def relation(self, relation: core.Relation) -> str:
        """A relation under its name in the query."""
        match relation:
            case core.Scan():
                return self.scan(relation)
            case core.CteScan():
                self._scans[relation.cte] += 1
                return f"{relation.cte} AS {relation.name}"
            case core.Derived():
                return f"({self.query(relation.query)}) AS {relation.name}"
        left, right = self.relation(relation.left), self.relation(relation.right)
        if relation.kind == "cross":
            return f"({left} CROSS JOIN {right})"
        condition = "TRUE" if relation.condition is None else self.condition(relation.condition)
        if relation.kind == "full":
            return self.full_join(left, right, relation, condition)
        word = "INNER" if relation.kind == "inner" else f"{relation.kind.upper()} OUTER"
        return f"({left} {word} JOIN {right} ON {condition})"
