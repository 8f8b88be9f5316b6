"""Archives of older versions become those of this one: whole or not at all, and with every row."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.resources.catalogue import published_tables
from satvo.schemas.columns import column, is_view
from satvo.schemas.errors import Unavailable
from satvo.schemas.job_result import JOB_RESULT
from satvo.schemas.migrations import STATE_HISTORY, TABLES_HISTORY, History
from satvo.schemas.state import JOB, STATE
from satvo.schemas.state_database import _database, _embedded, open_state
from satvo.schemas.store import Store, open_store
from satvo.schemas.store.interface import Transaction
from satvo.schemas.store.postgres_functions import function_statements
from satvo.schemas.user_table import USER_TABLE, stored_table
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.jobs.book import JobBook

# Views follow from the tables, and are made where they are missing.
DECLARED = (*(t for t in published_tables() if not is_view(t)), JOB_RESULT, USER_TABLE)

ON_POSTGRESQL = pytest.mark.parametrize("address", ["postgresql"], indirect=True)

HOW = """
The tables as declared (>) are not those that the scripts of {folder} make (<):
{differences}
Whoever changes a declared column or table writes a script for the archives that there are: the next
free r<number>_<why>.py beside {newest}, with its number as `revision` and the one before it as
`down_revision`, whose upgrade() does it to the tables that are there with alembic.op. It may not
import the declarations, which go on changing, nor read rows but by SQL (op.execute)."""


def told(history: History, made: set[tuple[Any, ...]], declared: set[tuple[Any, ...]]) -> str:
    """What to do where the declarations have run ahead of the scripts."""
    lines = [f"  < {each}" for each in sorted(made - declared, key=str)]
    lines += [f"  > {each}" for each in sorted(declared - made, key=str)]
    newest = f"{history.folder.name}/r{history.newest}_*.py"
    folder = f"schemas/migrations/{history.folder.name}"
    return HOW.format(folder=folder, differences="\n".join(lines), newest=newest)


# The store's own tables


def rows_of(store: Store, sql: str) -> list[tuple[Any, ...]]:
    """What the engine answers to SQL of its own."""
    found = store.select(sa.select(sa.text("*")).select_from(sa.text(f"({sql}) AS x")))
    return [tuple(row.values()) for row in found.to_pylist()]


def shape(store: Store) -> set[tuple[Any, ...]]:
    """Columns, keys and indexes of tables, as the engine has them; views follow from these."""
    ours = "NOT IN ('information_schema', 'pg_catalog', 'satvo_functions', 'public', 'satvo_store')"
    if store.dialect == "duckdb":
        return set(
            rows_of(
                store,
                "SELECT schema_name, table_name, column_name, data_type, is_nullable "
                f"FROM duckdb_columns() WHERE NOT internal AND schema_name {ours} "
                "AND table_name NOT IN (SELECT view_name FROM duckdb_views())",
            )
        ) | set(rows_of(store, "SELECT table_name, constraint_text FROM duckdb_constraints() "
                               "WHERE constraint_type <> 'NOT NULL'"))  # fmt: skip
    text = "::text"
    return set(
        rows_of(
            store,
            f"SELECT table_schema{text}, table_name{text}, column_name{text}, data_type{text}, "
            f"is_nullable{text}, collation_name{text}, column_default{text} "
            f"FROM information_schema.columns WHERE table_schema {ours} "
            "AND table_name NOT IN (SELECT table_name FROM information_schema.views)",
        )
    ) | set(rows_of(store, f"SELECT indexdef{text} FROM pg_indexes WHERE schemaname {ours}"))


def test_scripts_make_the_tables_as_they_are_declared(
    address_of: Callable[[str], str], tmp_path: Path, engine: str
) -> None:
    found = []
    for name in ("scripts", "declared"):
        (tmp_path / name).mkdir()
        store = open_store(address_of(engine), tmp_path / name, wait_s=1)
        if name == "scripts":
            store.write(run_all)
        else:
            store.create(DECLARED, TABLES_HISTORY)
        found.append(shape(store))
        assert revision(store) == TABLES_HISTORY.newest
        store.close()
    assert len(found[1]) > 80
    assert found[0] == found[1], told(TABLES_HISTORY, *found)


def run_all(tx: Transaction) -> None:
    """Every script, from nothing."""
    from satvo.schemas.store import duckdb_tables, postgres_sql

    is_server = "postgres" in type(tx).__module__
    dialect = (postgres_sql if is_server else duckdb_tables).SQL
    if is_server:
        for statement in ("CREATE EXTENSION q3c", *function_statements()):
            tx.run(statement)  # as `Transaction.prepare` does
    tx.run("CREATE SCHEMA satvo_store")
    TABLES_HISTORY.upgrade(None, dialect, tx.run)


def revision(store: Store, history: History = TABLES_HISTORY) -> str:
    (noted,) = store.select(sa.select(history.note)).column(0).to_pylist()
    return str(noted)


@pytest.fixture(params=["duckdb", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("history", [TABLES_HISTORY, STATE_HISTORY], ids=["tables", "state"])
def test_scripts_follow_one_another(history: History) -> None:
    names = sorted(path.name for path in history.folder.glob("*.py"))
    for number, name in enumerate(names, 1):
        text = (history.folder / name).read_text()
        before = f'"{number - 1:04d}"' if number > 1 else "None"
        assert name.startswith(f"r{number:04d}_")
        assert f'\nrevision = "{number:04d}"\ndown_revision = {before}\n' in text
        assert "satvo" not in [
            line.split()[1][:5] for line in text.splitlines() if "import " in line
        ]
    assert history.newest == f"{len(names):04d}"


# Tables of the tests' own, of which there are two revisions

FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    raise AssertionError("the first is there")
"""
SECOND = """
import os, signal
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    op.add_column(
        "thing", sa.Column("half", sa.Double(), nullable=False, server_default="0"),
        schema="test_store",
    )
    thing = sa.table("thing", sa.column("n"), sa.column("half"), schema="test_store")
    op.execute(sa.update(thing).values(half=thing.c.n / 2.0))
    op.alter_column("thing", "half", server_default=None, schema="test_store")
    op.create_index("thing_half_idx", "thing", ["half"], schema="test_store")
    op.create_table("other", sa.Column("name", sa.String(), nullable=False), schema="test_store")
    if "SATVO_TEST_KILL" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def columns(*more: sa.Column[Any]) -> tuple[sa.Column[Any], ...]:
    return (
        column("n", sa.Integer(), "A number", key=True),
        column("ra", sa.Double(), "Where", ucd="pos.eq.ra;meta.main", unit="deg"),
        column("dec", sa.Double(), "Where", ucd="pos.eq.dec;meta.main", unit="deg"),
        *more,
        column("name", sa.String(), "A name", indexed=True),
    )


OLD = sa.Table("thing", sa.MetaData(), *columns(), schema="test_store")
HALF = column("half", sa.Double(), "Half of it", nullable=False, indexed=True)
NEW = sa.Table("thing", sa.MetaData(), *columns(HALF), schema="test_store")
OTHER = sa.Table(
    "other",
    sa.MetaData(),
    column("name", sa.String(), "A name", nullable=False),
    schema="test_store",
)
KEPT = stored_table("kept", (pa.int64(), pa.string()))
COUNT = 1000


def history_of(folder: Path, *scripts: str) -> History:
    """A history with so many revisions."""
    folder.mkdir()
    for number, script in enumerate(scripts, 1):
        (folder / f"r{number:04d}_test.py").write_text(script)
    marks = (("0001", "test_store.thing", "n"),)
    return dataclasses.replace(TABLES_HISTORY, folder=folder, marks=marks)


@pytest.fixture
def old(tmp_path: Path) -> History:
    return history_of(tmp_path / "old", FIRST)


@pytest.fixture
def new(tmp_path: Path) -> History:
    return history_of(tmp_path / "new", FIRST, SECOND)


@pytest.fixture
def of_old(address: str, tmp_path: Path, old: History) -> str:
    """Where an archive of the old revision is, with rows in its tables and a client's."""
    store = open_store(address, tmp_path, wait_s=1)
    store.create((OLD, USER_TABLE), old)

    def fill(tx: Transaction) -> None:
        tx.append(OLD, things())
        tx.create(KEPT)
        tx.append(KEPT, pa.table({"c1": [3, None, 1], "c2": ["a", None, ""]}))

    store.write(fill)
    store.close()
    return address


def things() -> pa.Table:
    numbers = range(COUNT)
    return pa.table(
        {
            "n": pa.array(numbers, pa.int32()),
            "ra": [n / 3 for n in numbers],
            "dec": [n / 20 for n in numbers],
            "name": [f"Ω{n}" for n in numbers],
        }
    )


def assert_is_new(store: Store) -> None:
    found = store.select(sa.select(NEW).order_by(NEW.c.n)).to_pylist()
    wanted = [{**row, "half": row["n"] / 2} for row in things().to_pylist()]
    assert found == wanted
    assert store.select(sa.select(KEPT)).to_pylist() == [
        {"c1": 3, "c2": "a"}, {"c1": None, "c2": None}, {"c1": 1, "c2": ""},
    ]  # fmt: skip
    assert revision(store) == "0002"


def test_older_archive_is_brought_up_with_its_rows_keys_and_indexes(
    of_old: str, tmp_path: Path, new: History
) -> None:
    store = open_store(of_old, tmp_path, wait_s=1)
    store.create((NEW, OTHER, USER_TABLE), new)
    assert_is_new(store)
    if store.dialect == "postgresql":
        indexes = " ".join(
            text for (text,) in rows_of(store, "SELECT indexdef::text AS d FROM pg_indexes")
        )
        for wanted in ("thing_pkey", "thing_name_idx", 'q3c_ang2ipix(ra, "dec")', "thing_half_idx"):
            assert wanted in indexes
    store.create((NEW, OTHER, USER_TABLE), new)
    assert_is_new(store)
    store.close()


def test_upgraded_tables_are_those_that_are_declared(
    of_old: str, address_of: Callable[[str], str], tmp_path: Path, new: History
) -> None:
    upgraded = open_store(of_old, tmp_path, wait_s=1)
    upgraded.create((NEW, OTHER, USER_TABLE), new)
    upgraded.write(lambda tx: tx.drop(KEPT))
    (tmp_path / "fresh").mkdir()
    fresh = open_store(address_of(upgraded.dialect), tmp_path / "fresh", wait_s=1)
    fresh.create((NEW, OTHER, USER_TABLE), new)
    assert shape(upgraded) == shape(fresh)
    fresh.close()
    upgraded.close()


def test_changed_declaration_is_told_with_what_to_write(tmp_path: Path, new: History) -> None:
    store = open_store("duckdb", tmp_path, wait_s=1)
    store.create((OLD, OTHER), new)
    made = shape(store)
    words = told(new, made, made | {("test_store", "thing", "half", "DOUBLE", False)})
    assert "> ('test_store', 'thing', 'half', 'DOUBLE', False)" in words
    assert "r<number>_<why>.py beside new/r0002_*.py" in words
    store.close()


def test_newer_archive_is_refused_and_left_as_it_is(
    of_old: str, tmp_path: Path, old: History, new: History
) -> None:
    store = open_store(of_old, tmp_path, wait_s=1)
    store.create((NEW, OTHER, USER_TABLE), new)
    words = r"^the archive was written by a newer satvo \(revision 0002, and this one knows 0001\)"
    with pytest.raises(Unavailable, match=f"{words}; install that or a newer version$"):
        store.create((OLD, USER_TABLE), old)
    assert_is_new(store)
    store.close()


@ON_POSTGRESQL  # in the embedded engine one process has the file, and its store one writer
def test_two_at_once_bring_an_archive_up_once(of_old: str, tmp_path: Path, new: History) -> None:
    stores = [open_store(of_old, tmp_path, wait_s=1) for _ in range(4)]
    errors: list[BaseException] = []

    def open_it(store: Store) -> None:
        try:
            store.create((NEW, OTHER, USER_TABLE), new)
        except BaseException as err:  # noqa: BLE001  told below
            errors.append(err)

    threads = [threading.Thread(target=open_it, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert_is_new(stores[0])
    for store in stores:
        store.close()


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_migrations as t
store = t.open_store(sys.argv[2], Path(sys.argv[3]), wait_s=1)
new = t.dataclasses.replace(t.TABLES_HISTORY, folder=Path(sys.argv[3]) / "new")
store.create((t.NEW, t.OTHER, t.USER_TABLE), new)
"""


def test_archive_is_of_the_old_revision_after_a_kill(
    of_old: str, tmp_path: Path, old: History, new: History
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, Path(__file__).parent, of_old, tmp_path],
        env={**os.environ, "SATVO_TEST_KILL": "1"},
        capture_output=True,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    store = open_store(of_old, tmp_path, wait_s=10)
    store.create((OLD, USER_TABLE), old)
    assert revision(store) == "0001"
    assert store.select(sa.select(OLD).order_by(OLD.c.n)).to_pylist() == things().to_pylist()
    store.create((NEW, OTHER, USER_TABLE), new)
    assert_is_new(store)
    store.close()


@ON_POSTGRESQL  # in the embedded engine each query keeps what it sees
def test_archive_is_not_brought_up_while_a_query_reads_its_table(
    of_old: str, tmp_path: Path, new: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    from satvo.schemas.store import Statement, postgres_store

    monkeypatch.setattr(postgres_store, "_UPGRADE_PATIENCE_S", 1)
    store = open_store(of_old, tmp_path, wait_s=1)
    reading = Statement("SELECT n FROM test_store.thing")
    with store.query(reading, time_limit_s=60, batch_rows=1) as rows:
        with pytest.raises(Unavailable, match="being read just now"):
            store.create((NEW, OTHER, USER_TABLE), new)
        assert sum(len(batch) for batch in rows) == COUNT
    store.create((NEW, OTHER, USER_TABLE), new)
    assert_is_new(store)
    store.close()


# Archives made before there were notes


def only_first(folder: Path, history: History, count: int) -> History:
    """The history as it was when it had so many scripts."""
    folder.mkdir()
    for path in sorted(history.folder.glob("r*.py"))[:count]:
        (folder / path.name).write_text(path.read_text())
    return dataclasses.replace(history, folder=folder)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_archive_without_a_note_is_recognised(
    address: str, tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from satvo.schemas.store import duckdb_tables, postgres_sql

    before = only_first(tmp_path / "before", TABLES_HISTORY, count)
    store = open_store(address, tmp_path, wait_s=1)
    dialect = (duckdb_tables if store.dialect == "duckdb" else postgres_sql).SQL
    (gp,) = (table for table in DECLARED if table.name == "satellite")

    def make(tx: Transaction) -> None:
        tx.run("CREATE SCHEMA satvo_store")
        before.upgrade(None, dialect, tx.run)
        tx.append(gp, pa.table({"norad_id": pa.array([5], pa.int32()), "object_name": ["Ω"]}))

    store.write(make)
    store.write(lambda tx: tx.run("DROP SCHEMA satvo_store CASCADE"))
    store.close()
    for _ in range(2):
        archive = Archive(Config(home=tmp_path, store=address), wait_s=1)
        assert revision(archive.store) == TABLES_HISTORY.newest
        assert archive.row_counts()["satvo.satellite"] == 1
        assert archive.kept_tables() == []
        found = shape(archive.store)
        archive.close()
    (tmp_path / "fresh").mkdir()
    if address == "duckdb":
        fresh = open_store(address, tmp_path / "fresh", wait_s=1)
        fresh.create(DECLARED, TABLES_HISTORY)
        assert found == shape(fresh)
        fresh.close()


def test_alembic_is_imported_for_no_archive_that_is_current(tmp_path: Path) -> None:
    config = Config(home=tmp_path)
    Archive(config, wait_s=1).close()
    open_state(tmp_path).dispose()
    code = (
        "import sys; from pathlib import Path; from satvo.service.archive import Archive;"
        "from satvo.service.config import Config;"
        "from satvo.schemas.state_database import open_state;"
        "home = Path(sys.argv[1]); Archive(Config(home=home), wait_s=1).close();"
        "open_state(home).dispose(); sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], timeout=60)
    assert done.returncode == 0


# Jobs and tokens


def state_shape(engine: sa.Engine) -> set[tuple[Any, ...]]:
    inspected = sa.inspect(engine)
    found: set[tuple[Any, ...]] = set()
    for table in STATE.tables:
        for each in inspected.get_columns(table):
            found.add((table, each["name"], str(each["type"]), each["nullable"], each["default"]))
        for index in inspected.get_indexes(table):
            found.add((table, index["name"], tuple(index["column_names"]), bool(index["unique"])))
        for unique in inspected.get_unique_constraints(table):
            found.add((table, "unique", tuple(unique["column_names"])))
        found.add((table, "key", tuple(inspected.get_pk_constraint(table)["constrained_columns"])))
    return found


def bare_state(home: Path, address: str) -> sa.Engine:
    """A state database that nothing looks at before us."""
    return _embedded(home) if address == "duckdb" else _database(address)


def scripted_state(home: Path, address: str, history: History, *, note: bool = True) -> None:
    """A state database as its scripts make it."""
    engine = bare_state(home, address)
    with engine.begin() as connection:
        if address != "duckdb":
            connection.exec_driver_sql("CREATE SCHEMA satvo_state")
        history.upgrade(None, engine.dialect, connection.exec_driver_sql)
        if not note:
            connection.exec_driver_sql("DROP TABLE revision")
    engine.dispose()


def test_scripts_make_jobs_and_tokens_as_they_are_declared(
    engine: str, address_of: Callable[[str], str], tmp_path: Path
) -> None:
    found = []
    for name in ("scripts", "declared"):
        (tmp_path / name).mkdir()
        address = address_of(engine)
        if name == "scripts":
            scripted_state(tmp_path / name, address, STATE_HISTORY)
        opened = open_state(tmp_path / name, address)
        found.append(state_shape(opened))
        opened.dispose()
    assert len(found[1]) > 20
    assert found[0] == found[1], told(STATE_HISTORY, *found)


OLD_JOB = {
    "job_id": "'a'", "kind": "'tap'", "phase": "'EXECUTING'", "created": "'2026-01-01 00:00:00'",
    "destruction": "'2036-01-01 00:00:00'", "execution_duration": "60",
    "parameters": "'[[\"QUERY\", \"é\"]]'", "results": "'[]'", "tries": "1",
}  # fmt: skip


def old_state(home: Path, address: str, folder: Path, count: int) -> None:
    """One that an early version made, with a job and a token."""
    scripted_state(home, address, only_first(folder, STATE_HISTORY, count), note=False)
    engine = bare_state(home, address)
    with engine.begin() as connection:
        names, values = ", ".join(OLD_JOB), ", ".join(OLD_JOB.values())
        connection.exec_driver_sql(f"INSERT INTO job ({names}) VALUES ({values})")
        connection.exec_driver_sql(
            "INSERT INTO token (token_id, name, digest, rights, created) "
            "VALUES ('t', 'n', 'd', '[\"read\"]', '2026-01-01 00:00:00')"
        )
    engine.dispose()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_jobs_and_tokens_without_a_note_are_kept(address: str, tmp_path: Path, count: int) -> None:
    old_state(tmp_path, address, tmp_path / "before", count)
    for _ in range(2):
        engine = open_state(tmp_path, address)
        with engine.connect() as connection:
            (job,) = connection.execute(sa.select(STATE.tables["job"])).mappings().all()
            (token,) = connection.execute(sa.select(STATE.tables["token"])).mappings().all()
            noted = connection.execute(sa.select(STATE_HISTORY.note)).scalar_one()
        assert (job["parameters"], job["registering"]) == ([["QUERY", "é"]], False)
        assert (job["address"], job["holder"], token["rights"]) == (None, None, ["read"])
        assert noted == STATE_HISTORY.newest
        engine.dispose()


def test_job_that_said_neither_of_registering_can_be_aborted(tmp_path: Path) -> None:
    old_state(tmp_path, "duckdb", tmp_path / "before", 1)
    with bare_state(tmp_path, "duckdb").begin() as connection:
        for added in ("holder VARCHAR", "registering BOOLEAN", "address VARCHAR"):  # as it was done
            connection.exec_driver_sql(f"ALTER TABLE job ADD COLUMN {added}")
    engine = open_state(tmp_path)
    book = JobBook(engine, datetime.now)
    book.abort(book.get("tap", "a"))
    assert book.get("tap", "a").phase == "ABORTED"
    engine.dispose()


def test_newer_jobs_and_tokens_are_refused(address: str, tmp_path: Path) -> None:
    engine = open_state(tmp_path, address)
    with engine.begin() as connection:
        connection.execute(sa.update(STATE_HISTORY.note).values(version_num="9999"))
    engine.dispose()
    with pytest.raises(Unavailable, match=r"jobs and tokens was written by a newer satvo .*9999"):
        open_state(tmp_path, address)


OPENING = (
    "import sys; from pathlib import Path; from satvo.schemas.state_database import open_state;"
    "open_state(Path(sys.argv[1]), sys.argv[2]).dispose()"
)


@pytest.mark.parametrize("count", [0, 1], ids=["new", "old"])
def test_many_at_once_bring_jobs_and_tokens_up_once(
    address: str, tmp_path: Path, count: int
) -> None:
    if count:
        old_state(tmp_path, address, tmp_path / "before", count)
    command = [sys.executable, "-c", OPENING, tmp_path, address]
    openers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for opener in openers:
        assert opener.communicate(timeout=60)[1] == ""
        assert opener.returncode == 0
    engine = open_state(tmp_path, address)
    with engine.connect() as connection:
        assert connection.execute(sa.select(STATE_HISTORY.note)).scalars().all() == ["0004"]
    engine.dispose()


def test_jobs_and_tokens_are_the_old_ones_after_a_kill(address: str, tmp_path: Path) -> None:
    old_state(tmp_path, address, tmp_path / "before", 1)
    code = (
        "import os, sys, signal; from pathlib import Path;"
        "from satvo.schemas import state_database as state;"
        "state.STATE.create_all = lambda connection: os.kill(os.getpid(), signal.SIGKILL);"
        "state.open_state(Path(sys.argv[1]), sys.argv[2])"
    )
    killed = subprocess.run([sys.executable, "-c", code, tmp_path, address], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    left = bare_state(tmp_path, address)
    assert not sa.inspect(left).has_table("revision")
    assert "holder" not in {each["name"] for each in sa.inspect(left).get_columns("job")}
    left.dispose()
    engine = open_state(tmp_path, address)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM job")).scalar() == 1
    engine.dispose()


# From SQLite, where early versions had the jobs and tokens beside a database


@pytest.mark.parametrize("count", [1, 3])
def test_jobs_and_tokens_come_into_the_database_of_the_tables_once(
    new_database: Callable[[], str], tmp_path: Path, count: int
) -> None:
    old_state(tmp_path, "duckdb", tmp_path / "before", count)
    address = new_database()
    for _ in range(2):
        engine = open_state(tmp_path, address)
        job = JobBook(engine, datetime.now).get("tap", "a")
        assert (job.parameter("QUERY"), job.tries) == ("é", 1)
        with engine.begin() as connection:
            assert len(connection.execute(sa.select(STATE.tables["token"])).all()) == 1
        engine.dispose()
        assert not (tmp_path / "state.sqlite").exists(), "a token revoked later would come back"
        assert (tmp_path / "state.moved").exists()


def test_jobs_and_tokens_come_into_the_database_after_a_kill(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    old_state(tmp_path, "duckdb", tmp_path / "before", 3)
    address = new_database()
    code = (
        "import os, sys, signal; from pathlib import Path;"
        "Path.rename = lambda *paths: os.kill(os.getpid(), signal.SIGKILL);" + OPENING
    )
    killed = subprocess.run([sys.executable, "-c", code, tmp_path, address], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "state.sqlite").exists()
    engine = open_state(tmp_path, address)
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(JOB)).scalar() == 1
    engine.dispose()
    assert not (tmp_path / "state.sqlite").exists()


def test_embedded_home_keeps_its_jobs_where_another_store_is_named(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    old_state(tmp_path, "duckdb", tmp_path / "before", 3)
    (tmp_path / "archive.duckdb").touch()
    open_state(tmp_path, new_database()).dispose()
    assert (tmp_path / "state.sqlite").exists()


def test_database_that_cannot_be_reached_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as told:
        open_state(tmp_path, f"postgresql://satvo@/none?host={tmp_path}")
    assert str(told.value).startswith("the record of jobs and tokens cannot be opened: connection")
    assert "\n" not in str(told.value)
