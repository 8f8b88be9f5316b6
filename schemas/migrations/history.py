"""The revisions of a set of tables, and how those of an older one become the newest.

Alembic renders the SQL of its scripts for the engine at hand (its offline mode), and the caller
runs it in one transaction, in which the note of the revision changes as well: killed at any
moment, an archive is of the old revision or of the new. So one way serves SQLite, PostgreSQL and
DuckDB, for which Alembic has no driver. The price: a script cannot look at rows, but with SQL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

import sqlalchemy as sa
from satvo.schemas.errors import Unavailable
from sqlalchemy.schema import CreateTable

__all__ = ["STATE_HISTORY", "TABLES_HISTORY", "History"]

_ONE_AT_A_TIME = threading.Lock()
"""Alembic's scripts speak to a module that knows one migration."""


def _note(schema: str | None) -> sa.Table:
    """The table that has one row: which revision the others are of, as Alembic names its column."""
    number = sa.Column("version_num", sa.String(32), nullable=False)
    return sa.Table("revision", sa.MetaData(), number, schema=schema)


@dataclass(frozen=True)
class History:
    """The revisions of a set of tables.

    Attributes
    ----------
    what : str
        What its tables are, for people.
    folder : Path
        Its scripts, ``r0001_why.py`` and so on.
    note : Table
        Where the revision stands.
    marks : tuple of tuple
        Newest first, for those made before there were notes: a revision, and the table and column
        that none before it has.
    """

    what: str
    folder: Path
    note: sa.Table
    marks: tuple[tuple[str, str, str], ...]

    @cached_property
    def newest(self) -> str:
        """The revision of the tables as this version declares them."""
        return max(path.name[1:5] for path in self.folder.glob("r[0-9]*_*.py"))

    def check(self, noted: str) -> bool:
        """Whether tables of a revision are those of this version.

        Raises
        ------
        Unavailable
            If they are of a newer one.
        """
        if noted > self.newest:
            raise Unavailable(
                f"{self.what} was written by a newer satvo (revision {noted}, and this one knows "
                f"{self.newest}); install that or a newer version"
            )
        return noted == self.newest

    def bring_up(
        self,
        there: Mapping[str, list[str]],
        noted: str | None,
        dialect: sa.Dialect,
        run: Callable[[str], object],
    ) -> None:
        """Make the tables that are there those of this version, and note so.

        Parameters
        ----------
        there : mapping
            The columns of every table, by its full name. Where none is of ours, they are about to
            be made as declared.
        noted : str or None
            What the note says; None where there is none.
        dialect : Dialect
        run : callable
            Runs a statement in the caller's transaction.

        Raises
        ------
        Unavailable
            As `check` does.
        """
        at = noted or next(
            (mark for mark, table, column in self.marks if column in there.get(table, ())),
            self.newest,
        )
        current = self.check(at)
        if noted is None:
            run(str(CreateTable(self.note).compile(dialect=dialect)))
            stamp = sa.insert(self.note).values(version_num=sa.literal_column(f"'{at}'"))
            run(str(stamp.compile(dialect=dialect)))
        if not current:
            self.upgrade(at, dialect, run)

    def upgrade(self, at: str | None, dialect: sa.Dialect, run: Callable[[str], object]) -> None:
        """Run the scripts that follow a revision; all of them, and make the note, after None."""
        # Half a second: no start of a server waits for it but the first after an update.
        from alembic.operations import Operations
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        scripts = ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])
        context = MigrationContext.configure(
            dialect=dialect,
            opts={
                "as_sql": True,
                "literal_binds": True,
                "starting_rev": at,
                "transactional_ddl": False,  # the transaction is the caller's
                "output_buffer": cast(IO[str], _Statements(run)),
                "version_table": self.note.name,
                "version_table_schema": self.note.schema,
                "version_table_pk": False,
                "fn": lambda heads, _: scripts._upgrade_revs(self.newest, heads),
            },
        )
        with _ONE_AT_A_TIME, Operations.context(context):
            context.run_migrations()


class _Statements:
    """What Alembic takes for the file that it writes its SQL to: a statement at a time."""

    def __init__(self, run: Callable[[str], object]) -> None:
        self._run = run

    def write(self, text: str) -> None:
        statement = text.strip().rstrip(";")
        if statement and not statement.startswith("--"):
            self._run(statement)

    def flush(self) -> Any:
        """Nothing is held back."""


_HERE = Path(__file__).parent

TABLES_HISTORY = History(
    "the archive",
    _HERE / "tables",
    _note("satvo_store"),
    (
        ("0006", "satvo.dataproduct", "obs_publisher_did"),
        ("0005", "satvo.passprob", "map_id"),
        ("0004", "satvo.observer", "observer_id"),
        ("0003", "user_data.user_table", "owner"),
        ("0002", "satvo_jobs.job_result", "job_id"),
        ("0001", "satvo.gp", "gp_id"),
    ),
)

STATE_HISTORY = History(
    "the record of jobs and tokens",
    _HERE / "state",
    _note(None),
    (("0003", "job", "address"), ("0002", "job", "registering"), ("0001", "job", "job_id")),
)
