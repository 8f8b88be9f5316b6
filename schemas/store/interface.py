"""What every engine of the store offers; nothing above this package knows which one it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Protocol, TypeVar

import pyarrow as pa
import sqlalchemy as sa
from satvo.schemas.migrations import History
from satvo.schemas.store.region_functions import RegionFunction

__all__ = [
    "ARROW_TYPES",
    "Load",
    "Rows",
    "Snapshot",
    "Statement",
    "Store",
    "Transaction",
    "arrow_schema",
]

T = TypeVar("T")

ARROW_TYPES: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "char": pa.string(),
    "timestamp": pa.timestamp("us"),
}
"""Arrow type of a scalar column by VOTable datatype (or xtype timestamp), on every engine."""


def arrow_schema(table: sa.Table) -> pa.Schema:
    """The Arrow schema of a published table; an array is a list."""
    return pa.schema([(str(col.name), _arrow_type(col)) for col in table.columns])


def _arrow_type(col: sa.Column[Any]) -> pa.DataType:
    is_time = col.info["xtype"] == "timestamp"
    kind = ARROW_TYPES["timestamp" if is_time else str(col.info["datatype"])]
    return pa.list_(kind) if isinstance(col.type, sa.ARRAY) else kind


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL of one engine with its bound values, in the order of their ``$1, $2, ...``.

    ``mocs`` are the texts of MOCs that the SQL names by `satvo.schemas.moc.moc_key`.
    """

    sql: str
    parameters: tuple[Any, ...] = ()
    mocs: tuple[str, ...] = ()


class Rows(Protocol):
    """The answer to a query, as Arrow record batches; a context manager that frees the engine.

    Iteration raises `BadQuery` for a value that the query's arithmetic cannot take and
    `LimitExceeded` when the time or the memory allowed is used up.
    """

    schema: pa.Schema

    def __iter__(self) -> Iterator[pa.RecordBatch]: ...
    def __enter__(self) -> Rows: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class Transaction(Protocol):
    """One write, whole or not at all. Statements are SQLAlchemy Core and run on every engine."""

    def execute(self, statement: sa.UpdateBase) -> int:
        """Run an INSERT, UPDATE or DELETE; how many rows it touched."""

    def select(self, statement: sa.Select[Any]) -> pa.Table:
        """The rows of a SELECT as this transaction sees them."""

    def run(self, sql: str) -> None:
        """Run a statement of our own making."""

    def prepare(self, tables: tuple[sa.Table, ...], history: History | None = None) -> None:
        """What `Store.create` does."""

    def create(self, table: sa.Table) -> None:
        """Make a table in a schema that `Store.create` has made; gone if the transaction is."""

    def drop(self, table: sa.Table) -> None:
        """Remove a table with its rows; queries that run keep what they see.

        Raises
        ------
        Unavailable
            If the engine cannot do so while a query reads it, and one does.
        """

    def stage(self, name: str, rows: pa.Table) -> sa.TableClause:
        """Make rows visible to this transaction's statements as a table of that name."""

    def append(self, table: sa.Table, rows: pa.Table) -> int:
        """Add rows that have the table's column names; how many."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many queries the engine works on, and how many wait for their turn."""

    working: int
    waiting: int


class Snapshot(Protocol):
    """All tables as they were at one moment, whatever is written meanwhile."""

    def read(self, table: sa.Table, *, batch_rows: int) -> pa.RecordBatchReader:
        """Its rows in their physical order, as bounded batches; one table after the other."""


class Store(Protocol):
    """Where the published tables live."""

    dialect: str
    """The name under which `service/adql` has an emitter for this engine."""

    writes: int
    """How many transactions this process committed."""

    def create(self, tables: tuple[sa.Table, ...], history: History | None = None) -> None:
        """Make the tables that are not there yet, with their schemas, in one transaction.

        Those that are there and have a history are brought to its newest revision first.

        Raises
        ------
        Unavailable
            If a table is there with other columns than declared, or is of a newer version.
        """

    def query(
        self,
        statement: Statement,
        *,
        time_limit_s: float,
        batch_rows: int,
        started: Callable[[Callable[[], object]], object] = lambda interrupt: None,
        tables: Mapping[str, pa.Table] = MappingProxyType({}),
    ) -> Rows:
        """Start a query.

        ``started`` is told, before the first work is done, how to interrupt it from elsewhere.
        ``tables`` are visible to this query alone, under their names.

        Raises
        ------
        BadQuery, LimitExceeded
            As iteration of `Rows` does.
        TableGone
            If a table that the statement names is not there any more.
        """

    def select(self, statement: sa.Select[Any]) -> pa.Table:
        """The rows of a SELECT of our own making, whole."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run work in a transaction of its own: committed when it returns, undone when it raises.

        Work may be called again after a conflict with another writer, so it must have no effect
        but on the transaction.
        """

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """All tables as they are now, to be read while others write."""

    def declare(self, functions: Sequence[RegionFunction]) -> None:
        """Make functions in Python callable in statements; nothing where the engine calls none."""

    def load(self) -> Load:
        """What the engine does just now."""

    def close(self) -> None:
        """Give the engine back; queries in progress end."""
