"""The store: one writer, queries beside it, limits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.schemas.columns import METADATA, column
from satvo.schemas.errors import BadParameter, BadQuery, Busy, HomeInUse, LimitExceeded, Unavailable
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store import Statement, Store, open_store
from satvo.schemas.store.interface import Load, Transaction, arrow_schema


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store("duckdb", tmp_path, wait_s=1)
    opened.create((SATELLITE,))
    yield opened
    opened.close()


def rows_of(*numbers: int) -> pa.Table:
    return pa.table({"norad_id": pa.array(numbers, pa.int32())})


def count(store: Store) -> int:
    found = store.select(sa.select(sa.func.count().label("n")).select_from(SATELLITE))
    return int(found.to_pylist()[0]["n"])


def ask(store: Store, sql: str, *values: object, limit_s: float = 10.0) -> list[tuple[object, ...]]:
    with store.query(Statement(sql, values), time_limit_s=limit_s, batch_rows=1000) as rows:
        return [tuple(row.values()) for batch in rows for row in batch.to_pylist()]


def test_appended_rows_are_there_with_the_declared_types(store: Store) -> None:
    store.write(lambda tx: tx.append(SATELLITE, rows_of(1, 2)))
    assert store.select(sa.select(SATELLITE)).schema == arrow_schema(SATELLITE)
    assert count(store) == 2


def test_queries_beyond_those_worked_on_wait_for_their_turn(tmp_path: Path) -> None:
    store = open_store("duckdb", tmp_path, wait_s=1, queries_at_once=1)
    idle = store.query(
        Statement("SELECT range FROM range(1000000)"), time_limit_s=60, batch_rows=1000
    )
    next(iter(idle))  # an answer that nobody reads on takes no turn
    assert ask(store, "SELECT 1") == [(1,)]
    heavy = "SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b"
    ended: list[type[Exception]] = []

    def work() -> None:
        with pytest.raises(LimitExceeded) as raised:
            ask(store, heavy, limit_s=1.5)
        ended.append(raised.type)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    with pytest.raises(Busy, match="try again"):
        ask(store, "SELECT 1", limit_s=0.2)
    assert store.load() == Load(working=1, waiting=0)
    assert ask(store, "SELECT 2", limit_s=10) == [(2,)]
    thread.join(10)
    assert ended == [LimitExceeded]
    idle.__exit__(None, None, None)
    store.close()


def test_a_write_that_raises_leaves_nothing(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.append(SATELLITE, rows_of(1))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write(work)
    assert count(store) == 0


def test_writes_of_many_threads_all_arrive(store: Store) -> None:
    threads = [
        threading.Thread(
            target=lambda i=i: store.write(lambda tx: tx.append(SATELLITE, rows_of(i)))
        )
        for i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert count(store) == 20


def test_a_query_sees_the_state_of_its_start(store: Store) -> None:
    store.write(lambda tx: tx.append(SATELLITE, rows_of(*range(5000))))
    statement = Statement('SELECT norad_id FROM "satvo"."satellite"')
    with store.query(statement, time_limit_s=10, batch_rows=10) as rows:
        batches = iter(rows)
        seen = len(next(batches))
        store.write(lambda tx: tx.execute(sa.delete(SATELLITE)))
        seen += sum(len(batch) for batch in batches)
    assert seen == 5000
    assert count(store) == 0


def test_a_snapshot_sees_all_tables_as_they_were(store: Store) -> None:
    other = sa.Table(
        "other", sa.MetaData(), column("a", sa.Integer(), "The first"), schema="test_store"
    )
    store.create((other,))
    numbers = pa.table({"a": pa.array(range(5000), pa.int32())})
    store.write(lambda tx: (tx.append(SATELLITE, rows_of(*range(5000))), tx.append(other, numbers)))
    with store.snapshot() as snapshot:
        # committed after the snapshot was taken and before anything is read from it
        store.write(lambda tx: (tx.execute(sa.delete(SATELLITE)), tx.append(other, numbers)))
        first = snapshot.read(SATELLITE, batch_rows=1000)
        seen = [len(next(iter(first)))]
        store.write(lambda tx: tx.execute(sa.delete(other)))
        seen += [len(batch) for batch in first]
        assert max(seen) <= 2048, "batches are bounded"
        assert sum(seen) == 5000
        assert snapshot.read(other, batch_rows=1000).read_all().equals(numbers)
        assert store.load() == Load(working=0, waiting=0)
    assert count(store) == 0


def test_bound_values_are_values(store: Store) -> None:
    assert ask(store, "SELECT CAST($1 AS VARCHAR)", "'; DROP TABLE x") == [("'; DROP TABLE x",)]


def test_a_query_that_runs_too_long_names_the_limit(store: Store) -> None:
    begun = time.monotonic()
    with pytest.raises(LimitExceeded, match=r"limit of 0\.3 s"):
        ask(store, "SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b",
            limit_s=0.3)  # fmt: skip
    assert time.monotonic() - begun < 10
    assert ask(store, "SELECT 1") == [(1,)], "the next query is not hurt"


def test_a_query_left_in_the_middle_stops(store: Store) -> None:
    rows = store.query(
        Statement("SELECT sin(range) FROM range(1000000000)"), time_limit_s=60, batch_rows=1000
    )
    with rows:
        next(iter(rows))
    rows.__exit__(None, None, None)  # closing twice is harmless
    assert ask(store, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT 1 // (range - 5) FROM range(10)", "division by zero"),
        ("SELECT 1e0 / (range - 500000) FROM range(600000)", "division by zero"),
        ("SELECT sqrt(5.0 - range) FROM range(10)", "square root"),
        ("SELECT CAST('x' || range AS INTEGER) FROM range(10)", "convert"),
    ],
)
def test_values_that_arithmetic_cannot_take_are_the_querys_fault(
    store: Store, sql: str, words: str
) -> None:
    with pytest.raises(BadQuery, match=words):
        ask(store, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "SET memory_limit = '1TB'",
        "SET enable_external_access = true",
    ],
)
def test_the_engine_touches_no_file_and_no_setting(store: Store, sql: str) -> None:
    with pytest.raises(Exception, match=r"(?i)disabled|locked|not allowed|permission"):
        ask(store, sql)


def test_python_variables_are_no_tables(store: Store) -> None:
    secret = pa.table({"a": [1]})
    with pytest.raises(Exception, match="secret"):
        ask(store, "SELECT * FROM secret")
    assert secret.num_rows == 1


def test_a_file_held_by_another_process_is_waited_for_and_then_refused(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from satvo.schemas.store import open_store;"
        "s = open_store('duckdb', Path(sys.argv[1]), wait_s=1); print('open', flush=True);"
        "time.sleep(float(sys.argv[2])); s.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path, "2"], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(HomeInUse, match="another process"):
            open_store("duckdb", tmp_path, wait_s=0.2)
        open_store("duckdb", tmp_path, wait_s=20).close()
        assert other.wait(20) == 0


def test_closing_the_store_ends_queries_left_open(tmp_path: Path) -> None:
    first = open_store("duckdb", tmp_path, wait_s=1)
    left = first.query(Statement("SELECT range FROM range(1000000)"), time_limit_s=60, batch_rows=9)
    first.close()
    open_store("duckdb", tmp_path, wait_s=1).close()
    left.__exit__(None, None, None)


def test_a_table_with_other_columns_is_refused_with_their_names(tmp_path: Path) -> None:
    table = sa.Table(
        "changing", sa.MetaData(), column("a", sa.Integer(), "The first"), schema="test_store"
    )
    newer = sa.Table(
        "changing", sa.MetaData(), column("b", sa.Integer(), "The second"), schema="test_store"
    )
    opened = open_store("duckdb", tmp_path, wait_s=1)
    opened.create((table,))
    with pytest.raises(Unavailable, match="a, b"):
        opened.create((newer,))
    opened.close()


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="SATVO_STORE=oracle"):
        open_store("oracle", tmp_path, wait_s=1)


def test_a_column_without_description_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="no description"):
        column("x", sa.Integer(), "")
    with pytest.raises(ValueError, match="no VOTable datatype"):
        column("x", sa.JSON(), "A column")
    assert all(col.comment for table in METADATA.tables.values() for col in table.columns)
