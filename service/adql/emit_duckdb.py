"""The core written down as DuckDB SQL.

What DuckDB means otherwise than PostgreSQL is fixed here: integer division, the place of NULLs in
an order, sums of integers. The store's settings turn division by zero and logarithms of negative
numbers into errors.
"""

from __future__ import annotations

from collections.abc import Iterator

from satvo.schemas.store.interface import Statement
from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.duckdb_nearby import CELL, Grid, conjuncts, grids, near_of
from satvo.service.adql.duckdb_regions import disc_band, disc_near
from satvo.service.adql.duckdb_types import REPEATABLE
from satvo.service.adql.duckdb_values import DuckValues
from satvo.service.adql.emitting import QueryWriter
from satvo.service.adql.emitting_values import number_of

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
    writer = _DuckWriter()
    sql = writer.query(query, limit)
    return Statement(sql, tuple(writer.parameters), tuple(writer.mocs.values()))


class _DuckWriter(DuckValues, QueryWriter):
    """DuckDB's values in queries, with positions near each other found by band and by grid."""

    def __init__(self) -> None:
        super().__init__()
        self._grids: dict[str, Grid] = {}

    def select(self, select: core.Select, kinds: tuple[Kind, ...]) -> str:
        for grid in grids(select):
            if all(len(sql) <= REPEATABLE for sql in self._positions(grid)):
                self._grids[grid.relation] = grid
        return super().select(select, kinds)

    def relation(self, relation: core.Relation) -> str:
        sql = super().relation(relation)
        if isinstance(relation, core.Join) or relation.name not in self._grids:
            return sql
        grid = self._grids[relation.name]
        lon, lat, *_ = self._positions(grid)
        return grid.around(sql, lon, lat)

    def where(self, select: core.Select) -> str:
        terms = [super().where(select)]
        for grid in grids(select):
            if grid.relation in self._grids:
                *_, lon, lat = self._positions(grid)
                terms.insert(0, f"{grid.cell(lon, lat)} = {grid.relation}.{CELL}")
        scans = {scan.name: super(_DuckWriter, self).scan(scan) for scan in _scans(select.relation)}
        for term in conjuncts(select.where):
            if rows := self._near_rows(term, scans):
                terms.insert(0, rows)
        return " AND ".join(filter(None, terms))

    def condition(self, condition: core.Expression) -> str:
        bands: list[str] = []
        for near in filter(None, map(near_of, conjuncts(condition))):
            wanted = (near.lon, near.lat, near.centre_lon, near.centre_lat, near.radius)
            written = {each: self._double(each) for each in wanted}
            if all(len(sql) <= REPEATABLE for sql in written.values()):
                bands += filter(None, (near.band(written), near.sector(written)))
        bands += [
            disc_band(term, [*map(self.value, term.arguments)])
            for term in conjuncts(condition)
            if isinstance(term, core.Op) and term.name == "by_disc"
        ]
        whole = super().condition(condition)
        return f"({' AND '.join([*bands, whole])})" if bands else whole

    def _near_rows(self, term: core.Expression, scans: dict[str, str]) -> str:
        """Which rows have a region near a constant place: so no text of any other is read.

        The engine reads all columns of a table together but for rows that a join has left out, and
        ivoa.obscore has 65.
        """
        if not isinstance(term, core.Op) or term.name != "by_disc":
            return ""
        places, asked = term.arguments[3:6], term.arguments[6:]
        if any(number_of(each) is None for each in asked):
            return ""
        relation = next(each.relation for each in places if isinstance(each, core.Column))
        if not (scan := scans.get(relation)):
            return ""
        near = disc_near(term, [*map(self.value, term.arguments)])
        rows = f"SELECT {relation}.rowid FROM {scan} WHERE {near}"  # noqa: S608
        return f"{relation}.rowid IN ({rows})"

    def _positions(self, grid: Grid) -> list[str]:
        return [self._double(each) for each in (grid.lon, grid.lat, grid.other_lon, grid.other_lat)]

    def _double(self, expression: core.Expression) -> str:
        return self.cast_to(Kind.DOUBLE, expression, self.value(expression))


def _scans(relation: core.Relation) -> Iterator[core.Scan]:
    """The stored tables of FROM."""
    if isinstance(relation, core.Join):
        yield from _scans(relation.left)
        yield from _scans(relation.right)
    elif isinstance(relation, core.Scan):
        yield relation
