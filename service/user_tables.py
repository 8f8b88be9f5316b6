"""The tables that holders of a token keep: made, filled, sorted and dropped, within a quota.

Each change is one transaction of the store that changes the list of tables with it
(`satvo.schemas.user_table`), so that a table and what is said of it never differ, whatever is
killed when.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from satvo.schemas.columns import Field
from satvo.schemas.errors import AlreadyThere, BadParameter, LimitExceeded, NotFound
from satvo.schemas.store import Store, Transaction
from satvo.schemas.user_table import USER_TABLE
from satvo.service.adql.words import RESERVED
from satvo.service.config import Config
from satvo.service.user_table import TAP_USER, UserTable, read_user_table, row_of

__all__ = ["UserTables", "own_name"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)
_MAX_COLUMN_NAME = 128
_MAX_ELEMENTS = 1_000_000


def own_name(text: str) -> str:
    """The name of a table in the schema `TAP_USER`, in lower case.

    Raises
    ------
    BadParameter
        If it is none that a query could write without quotes.

    Examples
    --------
    >>> own_name("tap_user.My_Stars")
    'my_stars'
    """
    schema, _, name = text.partition(".")
    if schema.lower() != TAP_USER or not _NAME.fullmatch(name):
        raise BadParameter(
            f"{text[:100]}: your tables are called {TAP_USER}. and a name of up to 63 letters, "
            "digits and underscores that begins with a letter"
        )
    if name.upper() in RESERVED:
        raise BadParameter(f"{text}: {name} is a reserved word of ADQL; give another name")
    return name.lower()


class UserTables:
    """The tables of all owners; an owner is the id of a token.

    Parameters
    ----------
    store : Store
        In which `USER_TABLE` is.
    config : Config
        The quota.
    clock : callable
        The present, UTC without a zone.
    """

    def __init__(self, store: Store, config: Config, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._config = config
        self._clock = clock

    def of(self, owner: str) -> tuple[UserTable, ...]:
        """The tables of an owner, by name."""
        return self._listed(USER_TABLE.c.owner == owner)

    def everyones(self) -> tuple[UserTable, ...]:
        """The tables of all owners, for the operator."""
        return self._listed(sa.true())

    def get(self, owner: str, name: str) -> UserTable:
        """A table of an owner, by its name without schema, in any case.

        Raises
        ------
        NotFound
            If the owner has none of that name, whoever else may.
        """
        for table in self.of(owner):
            if table.name == name.lower():
                return table
        raise _no_table(name)

    def create(
        self, owner: str, name: str, fields: tuple[Field, ...], description: str
    ) -> UserTable:
        """A new table without rows.

        Raises
        ------
        AlreadyThere
            If the owner has one of that name.
        BadParameter
            If a column has a name or size that is not taken.
        LimitExceeded
            If the owner has as many tables as one may.
        """
        for field in fields:
            _check_field(field)
        made = UserTable(owner, name, _new_name(), description, fields, created=self._clock())

        def work(tx: Transaction) -> None:
            names = [table.name for table in _select(tx, owner)]
            if name in names:
                raise AlreadyThere(f"{made.fullname} is there already; DELETE it first")
            if len(names) >= self._config.user_tables:
                raise LimitExceeded(
                    f"you keep {len(names)} tables; at most {self._config.user_tables} are "
                    "possible; DELETE one first"
                )
            tx.create(made.storage)
            tx.execute(sa.insert(USER_TABLE).values(row_of(made)))

        self._store.write(work)
        return made

    def append(self, owner: str, name: str, rows: pa.Table) -> UserTable:
        """The table with rows added: all of them, or none.

        Parameters
        ----------
        owner, name : str
        rows : Table
            In the columns of the table, in their order.

        Raises
        ------
        NotFound, LimitExceeded
            If it is not there, or the owner has as many rows or bytes as one may.
        BadParameter
            If the rows are of other types, or a value comes twice in a column that is unique.
        """

        def work(tx: Transaction) -> UserTable:
            tables = _select(tx, owner)
            table = _only(tables, name)
            if tuple(rows.schema.types) != table.types:  # the table was made anew meanwhile
                raise BadParameter(f"{table.fullname} has other columns now; load the file again")
            self._check_quota(tables, rows)
            tx.append(table.storage, rows.rename_columns(table.storage.columns.keys()))
            for column in table.uniques:
                _check_unique(tx, table, column)
            grown = table.grown(rows.num_rows, rows.nbytes)
            _update(tx, grown)
            return grown

        return self._store.write(work)

    def sort(
        self,
        owner: str,
        name: str,
        column: str,
        *,
        unique: bool,
        still_wanted: Callable[[], object] = lambda: None,
    ) -> UserTable:
        """The table with its rows in the order of a column, which is the embedded store's index.

        Parameters
        ----------
        owner, name, column : str
        unique : bool
            Whether no value may come twice, now and in rows added later. Nulls may.
        still_wanted : callable
            Raises if nobody wants it any more; called before all is committed.

        Raises
        ------
        NotFound
            If there is no such table or column.
        BadParameter
            If the column is an array, or a value comes twice.
        """

        def work(tx: Transaction) -> UserTable:
            table = _only(_select(tx, owner), name)
            key = table.sortable(column)
            if unique:
                _check_unique(tx, table, key)
            old = table.storage
            made = table.sorted_anew(_new_name(), key, unique=unique)
            tx.create(made.storage)
            ordered = sa.select(*old.columns).order_by(old.columns[key].asc().nulls_last())
            tx.execute(sa.insert(made.storage).from_select(old.columns.keys(), ordered))
            tx.drop(old)
            _update(tx, made)
            still_wanted()
            return made

        return self._store.write(work)

    def drop(self, owner: str, name: str) -> None:
        """Remove a table; queries that run keep what they see.

        Raises
        ------
        NotFound
            If the owner has none of that name.
        """

        def work(tx: Transaction) -> None:
            table = _only(_select(tx, owner), name)
            tx.drop(table.storage)
            tx.execute(sa.delete(USER_TABLE).where(*_is(table)))

        self._store.write(work)

    def _listed(self, condition: sa.ColumnElement[bool]) -> tuple[UserTable, ...]:
        found = self._store.select(_query(condition))
        return tuple(map(read_user_table, found.to_pylist()))

    def _check_quota(self, tables: Sequence[UserTable], rows: pa.Table) -> None:
        for what, kept, added, most in (
            ("rows", sum(t.rows for t in tables), rows.num_rows, self._config.user_rows),
            ("bytes", sum(t.size_bytes for t in tables), rows.nbytes, self._config.user_bytes),
        ):
            if kept + added > most:
                raise LimitExceeded(
                    f"your tables hold {kept} {what} and these are {added} more; at most {most} "
                    "are possible in all tables of one token"
                )


def _check_field(field: Field) -> None:
    name = field.name
    if len(name) > _MAX_COLUMN_NAME or not name.isprintable():
        raise BadParameter(
            f"column {name[:40]!r}: a name has up to {_MAX_COLUMN_NAME} printable characters"
        )
    if any(int(size) > _MAX_ELEMENTS for size in re.findall(r"[0-9]{1,18}", field.arraysize)):
        raise BadParameter(
            f"column {name}: arraysize {field.arraysize[:40]} is beyond {_MAX_ELEMENTS} elements"
        )


def _check_unique(tx: Transaction, table: UserTable, key: str) -> None:
    stored = table.storage.columns[key]
    twice = (
        sa.select(stored.label("value"), sa.func.count().label("times"))
        .where(stored.is_not(None))
        .group_by(stored)
        .having(sa.func.count() > 1)
        .limit(1)
    )
    for row in tx.select(twice).to_pylist():
        raise BadParameter(
            f"column {table.field(key).name} is to be unique, and {str(row['value'])[:60]!r} is in "
            f"{row['times']} rows of {table.fullname}"
        )


def _new_name() -> str:
    return f"t{secrets.token_hex(16)}"


def _no_table(name: str) -> NotFound:
    return NotFound(
        f"there is no table {TAP_USER}.{name[:63]} of yours; /tap/tables lists what there is"
    )


def _query(condition: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    return sa.select(USER_TABLE).where(condition).order_by(USER_TABLE.c.owner, USER_TABLE.c.name)


def _select(tx: Transaction, owner: str) -> list[UserTable]:
    found = tx.select(_query(USER_TABLE.c.owner == owner))
    return [read_user_table(row) for row in found.to_pylist()]


def _only(tables: Sequence[UserTable], name: str) -> UserTable:
    for table in tables:
        if table.name == name.lower():
            return table
    raise _no_table(name)


def _is(table: UserTable) -> tuple[sa.ColumnElement[bool], ...]:
    return USER_TABLE.c.owner == table.owner, USER_TABLE.c.name == table.name


def _update(tx: Transaction, table: UserTable) -> None:
    tx.execute(sa.update(USER_TABLE).where(*_is(table)).values(row_of(table)))
