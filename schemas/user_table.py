"""The tables that clients keep: the list of them, and how each one's rows are stored.

What a client calls its table and columns is data here: the rows are in a table with a name of our
own making whose columns are c1, c2, ... So no name from outside is an identifier of the engine.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from satvo.schemas.columns import METADATA, column

__all__ = ["USER_TABLE", "stored_columns", "stored_table"]

_SCHEMA = "user_data"

USER_TABLE = sa.Table(
    "user_table",
    METADATA,
    column("owner", sa.String(), "token_id of the token that made it", key=True),
    column("name", sa.String(), "As its owner calls it, in lower case, without schema", key=True),
    column("stored", sa.String(), "Name of the table that has its rows", nullable=False),
    column("description", sa.String(), "What its owner says of it", nullable=False),
    column("fields", sa.String(), "JSON of the Field of each column, in order", nullable=False),
    column("rows", sa.BigInteger(), "How many rows it has", nullable=False),
    column("size_bytes", sa.BigInteger(), "Their size as Arrow has them, bytes", nullable=False),
    column("sorted_by", sa.String(), "Stored column in whose order they are; null for none"),
    column("uniques", sa.String(), "JSON of the stored columns without duplicates", nullable=False),
    column("created", sa.DateTime(), "When it was made, UTC", nullable=False),
    schema=_SCHEMA,
    comment="The tables that clients keep; published to their owners alone",
)
"""One row a table; written in the transaction that changes the table itself."""

_SQL_TYPES: dict[pa.DataType, sa.types.TypeEngine[Any]] = {
    pa.bool_(): sa.Boolean(),
    pa.int16(): sa.SmallInteger(),
    pa.int32(): sa.Integer(),
    pa.int64(): sa.BigInteger(),
    pa.float32(): sa.REAL(),
    pa.float64(): sa.Double(),
    pa.string(): sa.String(),
    pa.timestamp("us"): sa.DateTime(),
}


def stored_columns(count: int) -> list[str]:
    """The names of the columns of a stored table.

    Examples
    --------
    >>> stored_columns(3)
    ['c1', 'c2', 'c3']
    """
    return [f"c{place}" for place in range(1, count + 1)]


def stored_table(name: str, types: tuple[pa.DataType, ...]) -> sa.Table:
    """The table that has the rows.

    Parameters
    ----------
    name : str
        Made by us.
    types : tuple of DataType
        Arrow types of its columns: scalars of `satvo.schemas.store.interface.ARROW_TYPES`, and
        lists of these.
    """
    columns = [
        sa.Column(column_name, _sql_type(kind))
        for column_name, kind in zip(stored_columns(len(types)), types, strict=True)
    ]
    return sa.Table(name, sa.MetaData(), *columns, schema=_SCHEMA)


@cache
def _sql_type(kind: pa.DataType) -> sa.types.TypeEngine[Any]:
    return sa.ARRAY(_SQL_TYPES[kind.value_type]) if pa.types.is_list(kind) else _SQL_TYPES[kind]
