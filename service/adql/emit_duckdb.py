"""The core written down as DuckDB SQL.

What DuckDB means otherwise than PostgreSQL is fixed here: integer division, the place of NULLs in
an order, sums of integers. The store's settings turn division by zero and logarithms of negative
numbers into errors.
"""

from __future__ import annotations

from satvo.schemas.store.interface import Statement
from satvo.service.adql import core
from satvo.service.adql.duckdb_values import DuckValues
from satvo.service.adql.emitting import QueryWriter

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
    pass
