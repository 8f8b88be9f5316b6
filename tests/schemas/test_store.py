"""The store: one writer, queries beside it, limits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.schemas.columns import METADATA, column
from satvo.schemas.errors import (
    BadParameter,
    BadQuery,
    Busy,
    HomeInUse,
    LimitExceeded,
    TableGone,
    Unavailable,
)
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store import Statement, Store, open_store
from satvo.schemas.store.interface import Load, Transaction, arrow_schema
from satvo.schemas.tap_schema import TABLES, TAP_SCHEMA
from satvo.schemas.user_table import USER_TABLE, stored_table


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create((SATELLITE,))
    yield opened
    opened.close()


def rows_of(*numbers: int) -> pa.Table:
    return pa.table({"norad_id": pa.array(numbers, pa.int32())})


def count(store: Store) -> int:
    found = store.select(sa.select(sa.func.count().label("n")).select_from(SATELLITE))
    return int(found.to_pylist()[0]["n"])


def numbers(store: Store, count: int, name: str = "r") -> str:
    """A relation with the column n, from 0 on."""
    call = f"range({count})" if store.dialect == "duckdb" else f"generate_series(0, {count - 1})"
    return f"{call} AS {name}(n)"


def heavy(store: Store) -> str:
    """A query that takes minutes."""
    pairs = ", ".join(numbers(store, 1_000_000, name) for name in "ab")
    return f"SELECT sum(sin(CAST(a.n AS DOUBLE PRECISION) * b.n)) FROM {pairs}"


def ask(store: Store, sql: str, *values: object, limit_s: float = 10.0) -> list[tuple[object, ...]]:
    with store.query(Statement(sql, values), time_limit_s=limit_s, batch_rows=1000) as rows:
        return [tuple(row.values()) for batch in rows for row in batch.to_pylist()]


def test_appended_rows_are_there_with_the_declared_types(store: Store) -> None:
    store.write(lambda tx: tx.append(SATELLITE, rows_of(1, 2)))
    assert store.select(sa.select(SATELLITE)).schema == arrow_schema(SATELLITE)
    assert count(store) == 2


def test_each_value_of_a_list_is_bound_between_others(store: Store) -> None:
    store.write(lambda tx: tx.append(SATELLITE, rows_of(*range(1, 9))))
    number = SATELLITE.c.norad_id
    query = sa.select(number).where(number > 1, number.in_([1, 3, 5, 8]), number < 8)
    found = store.select(query.order_by(number)).column(0).to_pylist()
    assert found == [3, 5]
    assert store.select(sa.select(number).where(number.in_([]))).num_rows == 0
    assert store.write(lambda tx: tx.execute(sa.delete(SATELLITE).where(number.in_([3, 4])))) == 2


def test_tap_schema_of_another_service_in_the_database_is_left_alone(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    store = open_store(new_database(), tmp_path, wait_s=1)
    theirs = ["CREATE SCHEMA tap_schema", "CREATE TABLE tap_schema.tables (table_name text)"]
    store.write(lambda tx: [cast(Any, tx).run(sql) for sql in theirs])
    row = {"schema_name": "s", "table_name": "s.t", "table_type": "table"}
    store.create(TAP_SCHEMA)
    store.write(lambda tx: tx.append(TABLES, pa.Table.from_pylist([row], arrow_schema(TABLES))))
    assert store.select(sa.select(TABLES.c.table_name)).to_pylist() == [{"table_name": "s.t"}]
    with store.snapshot() as snapshot:
        assert snapshot.read(TABLES, batch_rows=10).read_all().num_rows == 1
    assert ask(store, "SELECT count(*) FROM tap_schema.tables") == [(0,)]
    store.close()


def test_queries_beyond_those_worked_on_wait_for_their_turn(address: str, tmp_path: Path) -> None:
    store = open_store(address, tmp_path, wait_s=1, queries_at_once=1)
    idle = store.query(
        Statement(f"SELECT n FROM {numbers(store, 1_000_000)}"), time_limit_s=60, batch_rows=1000
    )
    next(iter(idle))  # an answer that nobody reads on takes no turn
    assert ask(store, "SELECT 1") == [(1,)]
    ended: list[type[Exception]] = []

    def work() -> None:
        with pytest.raises(LimitExceeded) as raised:
            ask(store, heavy(store), limit_s=1.5)
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


@pytest.mark.alone
def test_a_query_that_runs_too_long_names_the_limit(store: Store) -> None:
    begun = time.monotonic()
    with pytest.raises(LimitExceeded, match=r"limit of 0\.3 s"):
        ask(store, heavy(store), limit_s=0.3)
    assert time.monotonic() - begun < 10
    assert ask(store, "SELECT 1") == [(1,)], "the next query is not hurt"


def test_a_query_left_in_the_middle_stops(store: Store) -> None:
    many = f"SELECT sin(CAST(n AS DOUBLE PRECISION)) FROM {numbers(store, 5_000_000)}"
    rows = store.query(Statement(many), time_limit_s=60, batch_rows=1000)
    with rows:
        next(iter(rows))
    rows.__exit__(None, None, None)  # closing twice is harmless
    assert ask(store, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("n / (n - 5)", "division by zero"),
        ("1e0 / (n - 500000)", "division by zero"),
        ("sqrt(CAST(5 - n AS DOUBLE PRECISION))", "square root"),
        ("CAST('x' || n AS INTEGER)", "convert|invalid input"),
        ("CAST(n * 1000000 AS SMALLINT)", "range"),
    ],
)
def test_values_that_arithmetic_cannot_take_are_the_querys_fault(
    store: Store, expression: str, words: str
) -> None:
    if store.dialect == "duckdb":
        expression = expression.replace("n / (", "n // (")
    with pytest.raises(BadQuery, match=words):
        ask(store, f"SELECT {expression} FROM {numbers(store, 600_000)}")


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
def test_the_embedded_engine_touches_no_file_and_no_setting(tmp_path: Path, sql: str) -> None:
    store = open_store("duckdb", tmp_path, wait_s=1)
    with pytest.raises(Exception, match=r"(?i)disabled|locked|not allowed|permission"):
        ask(store, sql)
    store.close()


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


def test_closing_the_store_ends_queries_left_open(address: str, tmp_path: Path) -> None:
    first = open_store(address, tmp_path, wait_s=1)
    many = Statement(f"SELECT n FROM {numbers(first, 1_000_000)}")
    left = first.query(many, time_limit_s=60, batch_rows=9)
    first.close()
    open_store(address, tmp_path, wait_s=1).close()
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


KEPT = stored_table("kept", (pa.int64(), pa.string(), pa.timestamp("us"), pa.list_(pa.float64())))
KEPT_ROWS = pa.table(
    {
        "c1": pa.array([3, None, 1], pa.int64()),
        "c2": ["a", None, ""],
        "c3": pa.array([0, None, 1], pa.timestamp("us")),
        "c4": pa.array([[1.0, 2.0], None, []], pa.list_(pa.float64())),
    }
)


def test_a_table_is_made_filled_and_dropped_in_transactions(store: Store) -> None:
    store.create((USER_TABLE,))

    def make(tx: Transaction) -> None:
        tx.create(KEPT)
        tx.append(KEPT, KEPT_ROWS)

    def undone(tx: Transaction) -> None:
        make(tx)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write(undone)
    store.write(make)
    kept = store.select(sa.select(KEPT))
    assert kept.to_pylist() == KEPT_ROWS.to_pylist()
    with store.query(Statement("SELECT c1 FROM user_data.kept"), time_limit_s=9, batch_rows=1) as q:
        if store.dialect == "postgresql":
            with pytest.raises(Unavailable, match="being read"):
                store.write(lambda tx: tx.drop(KEPT))
        else:
            store.write(lambda tx: tx.drop(KEPT))
        assert [row["c1"] for batch in q for row in batch.to_pylist()] == [3, None, 1]
    if store.dialect == "postgresql":
        store.write(lambda tx: tx.drop(KEPT))
    with pytest.raises(TableGone, match="kept"):
        ask(store, "SELECT * FROM user_data.kept")


def test_a_list_of_values_is_a_list_on_every_engine(store: Store) -> None:
    rows = pa.table(
        {"norad_id": pa.array([1, 2, 3, 4], pa.int32()), "object_name": ["a", "b", "it's", "d"]}
    )
    store.write(lambda tx: tx.append(SATELLITE, rows))
    number, name = SATELLITE.c.norad_id, SATELLITE.c.object_name
    found = store.select(
        sa.select(number)
        .where(number >= 2, name.in_(["a", "it's", "d"]), number.in_([3, 4, 99]), number < 4)
        .order_by(number)
    )
    assert found.to_pylist() == [{"norad_id": 3}]
    nothing = sa.select(number).where(number.in_([]))
    assert store.select(nothing).num_rows == 0
    assert store.write(lambda tx: tx.execute(sa.delete(SATELLITE).where(number.in_([1, 2])))) == 2
