"""A backup of one engine restored into the other, or the same, is the same archive."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.ingest.tables.columns import arrow_type
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.schemas.job_result import JOB_RESULT
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.state import STATE
from satvo.schemas.state_database import open_state
from satvo.schemas.store.interface import Transaction
from satvo.schemas.user_table import USER_TABLE
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.demo import fill_demo
from satvo.service.jobs.book import JobBook, Result
from satvo.service.restore import restore_backup
from satvo.service.tokens import TokenBook
from satvo.service.user_table import as_columns

JOB = "0" * 32
NOW = datetime(2026, 5, 6, 7, 8, 9)
FILE = f"jobs/{JOB}/try-1/result.csv"
ENGINES = ("duckdb", "postgresql")
FIELDS = (
    Field("n", "long"),
    Field("small", "short"),
    Field("name", "char", "*"),
    Field("when", "char", "*", "timestamp"),
    Field("point", "double", "2"),
    Field("flag", "boolean"),
    Field("mag", "float"),
    Field("counts", "int", "*"),
)
VALUES: tuple[list[Any], ...] = (
    [2**62, None, -1, 7],
    [2, -3, None, 1],
    ["Ω 'x'\n", "", None, "b"],
    [NOW, None, datetime(1957, 10, 4, 1, 2, 3, 4), NOW],
    [[0.1, -90.0], None, [math.inf, 1e308], [0.0, 5e-324]],
    [True, False, None, True],
    [0.5, None, -0.0, 3.5],
    [[1, 2], [], None, [3]],
)


def fill(config: Config) -> None:
    """An archive with something of everything."""
    config.home.mkdir()
    with closing(Archive(config, lambda: NOW, wait_s=1)) as archive:
        fill_demo(archive, today=NOW, told=lambda name, report: None)
        values = {"job_id": JOB, "try": 1, "results": "[]", "registered": '{"new": 1}'}
        archive.store.write(lambda tx: tx.execute(sa.insert(JOB_RESULT).values(values)))
        types = [arrow_type(column) for column in as_columns(FIELDS)]
        rows = pa.table(
            [pa.array(value, kind) for value, kind in zip(VALUES, types, strict=True)],
            [field.name for field in FIELDS],
        )
        for owner in ("me", "another"):
            archive.user_tables.create(owner, "seen", FIELDS, "Mine")
            archive.user_tables.append(owner, "seen", rows.slice(0, 4 if owner == "me" else 2))
        archive.user_tables.sort("me", "seen", "small", unique=True)
        archive.user_tables.create("me", "empty", FIELDS[:1], "")
    state = open_state(config.home, config.store)
    TokenBook(state, lambda: NOW).add("observer", ["read", "job"])
    book = JobBook(state, lambda: NOW)
    for job_id, run in ((JOB, True), ("1" * 32, False)):
        book.create(
            "tap", [("QUERY", "SELECT 'é\0'")], owner=None, address="192.0.2.1", run_id="r",
            execution_duration=60, lifetime=timedelta(days=7), job_id=job_id, run=run,
        )  # fmt: skip
    job = book.claim(["tap"])
    assert job is not None
    book.complete(job, [Result("result", "result.csv", "text/csv", 4)])
    state.dispose()
    (config.home / FILE).parent.mkdir(parents=True)
    (config.home / FILE).write_bytes(b"a\n1\n")


def contents(config: Config) -> dict[str, Any]:
    """Everything that an archive holds: rows of clients in their order, others by their key."""
    found: dict[str, Any] = {}
    with closing(Archive(config, wait_s=1)) as archive:
        for table in (*archive.tables, JOB_RESULT, USER_TABLE):
            query = sa.select(table).order_by(*table.primary_key.columns)
            found[table.fullname] = archive.store.select(query).to_pylist()
        for kept in archive.user_tables.everyones():
            rows = archive.store.select(sa.select(kept.storage)).to_pylist()
            found[f"{kept.owner} {kept.name}"] = rows
    state = open_state(config.home, config.store)
    with state.connect() as connection:
        for name, table in STATE.tables.items():
            query = sa.select(table).order_by(*table.primary_key.columns)
            found[name] = [tuple(row) for row in connection.execute(query)]
    state.dispose()
    files = (path for path in config.home.rglob("jobs/**/*") if path.is_file())
    return found | {"files": {str(p.relative_to(config.home)): p.read_bytes() for p in files}}


Filled = Callable[[str], tuple[Config, Path]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, address_of: Callable[[str], str]) -> Filled:
    """An archive of an engine, and a backup of it; do not change them."""
    made: dict[str, tuple[Config, Path]] = {}

    def make(engine: str) -> tuple[Config, Path]:
        if engine not in made:
            folder = tmp_path_factory.mktemp(engine)
            config = Config(home=folder / "home", store=address_of(engine))
            fill(config)
            with closing(Archive(config, wait_s=1)) as archive:
                (folder / "backup.zip").write_bytes(b"".join(archive.backup()))
            made[engine] = config, folder / "backup.zip"
        return made[engine]

    return make


def quiet(line: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize("source", ENGINES)
def test_backup_of_an_engine_is_the_same_archive_in_another(
    filled: Filled, address_of: Callable[[str], str], tmp_path: Path, source: str, target: str
) -> None:
    before, backup = filled(source)
    after = Config(home=tmp_path / "new", store=address_of(target))
    told: list[str] = []
    restore_backup(after, backup, told.append)
    wanted, found = contents(before), contents(after)
    assert found.keys() == wanted.keys()
    for name, rows in wanted.items():
        assert found[name] == rows, name
    assert len(wanted["satvo.gp"]) > 1000
    assert [len(wanted[n]) for n in ("me seen", "another seen", "me empty")] == [4, 2, 0]
    assert [row["c2"] for row in wanted["me seen"][:3]] == [-3, 1, 2]
    assert [len(wanted[n]) for n in ("job", "token", "satvo_jobs.job_result", "files")] == [
        2,
        1,
        1,
        1,
    ]
    assert "satvo.gp: " in " ".join(told)


@pytest.fixture
def new(tmp_path: Path, address_of: Callable[[str], str]) -> Config:
    """A home that is not there and a database that holds nothing."""
    return Config(home=tmp_path / "new", store=address_of("postgresql"))


def test_database_that_holds_an_archive_is_left_as_it_is(filled: Filled, tmp_path: Path) -> None:
    config, backup = filled("postgresql")
    before = contents(config)
    another = Config(home=tmp_path / "other", store=config.store)
    with pytest.raises(BadParameter, match="the database holds an archive already"):
        restore_backup(another, backup, quiet)
    assert contents(config) == before
    assert {path.name for path in another.home.iterdir()} <= {"serve.lock"}


def test_home_of_another_archive_is_left_as_it_is(filled: Filled, new: Config) -> None:
    _, backup = filled("duckdb")
    new.home.mkdir()
    (new.home / "archive.duckdb").write_bytes(b"mine")
    with pytest.raises(BadParameter, match=r"holds archive\.duckdb already"):
        restore_backup(new, backup, quiet)
    assert [path.name for path in new.home.iterdir() if path.name != "serve.lock"] == [
        "archive.duckdb"
    ]


POINTS = {
    "jobs and tokens are not committed": ("restore_rows", "_check_count"),
    "jobs and tokens are committed": ("restore", "load_tables"),
    "tables are not committed": ("restore_rows", "_kept_tables"),
    "tables are committed": ("restore", "_move"),
    "files of jobs are moved": ("Path", "rename"),
}

KILLED = """
import os, signal, sys
from pathlib import Path
from satvo.service import restore, restore_rows
from satvo.service.config import Config
home, store, backup, module, name = sys.argv[1:]
rename = Path.rename
def kill(*arguments):
    if name == "rename" and not arguments[1].name.startswith("archive"):
        return rename(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(globals()[module], name, kill)
restore.restore_backup(Config(home=Path(home), store=store), Path(backup), lambda line: None)
"""


@pytest.mark.parametrize("point", POINTS)
def test_killed_restore_is_completed_by_the_same_command(
    filled: Filled, new: Config, tmp_path: Path, point: str
) -> None:
    before, backup = filled("duckdb")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, new.home, new.store, backup, *POINTS[point]], timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (new.home / "archive.postgresql").exists(), "no command takes it for an archive"
    restore_backup(new, backup, quiet)
    assert contents(new) == contents(before)
    with pytest.raises(BadParameter, match=r"holds .* already"):
        restore_backup(new, backup, quiet)
    another = Config(home=tmp_path / "another", store=new.store)
    with pytest.raises(BadParameter, match="the database holds an archive already"):
        restore_backup(another, backup, quiet)


def test_killed_restore_of_another_backup_is_not_completed(
    filled: Filled, new: Config, tmp_path: Path
) -> None:
    backup = filled("duckdb")[1]
    command = [sys.executable, "-c", KILLED, new.home, new.store, backup]
    killed = subprocess.run([*command, *POINTS["tables are committed"]], timeout=120)
    assert killed.returncode == -signal.SIGKILL
    other = filled("postgresql")[1]
    with pytest.raises(BadParameter, match="the database holds an archive already"):
        restore_backup(new, other, quiet)


def spoiled(config: Config, path: Path, change: Callable[[Transaction], object]) -> Path:
    """A backup of an embedded archive with rows that a database does not take."""
    config.home.mkdir()
    with closing(Archive(config, wait_s=1)) as archive:
        archive.store.write(change)
        path.write_bytes(b"".join(archive.backup()))
    return path


def satellites(numbers: list[int], name: str) -> Callable[[Transaction], object]:
    rows = pa.table(
        {"norad_id": pa.array(numbers, pa.int32()), "object_name": [name] * len(numbers)}
    )
    return lambda tx: tx.append(SATELLITE, rows)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (satellites([5, 5], "twice"), "duplicate key"),
        (satellites([5], "a\0b"), "0x00"),
    ],
)
def test_rows_that_a_database_does_not_take_are_refused_and_leave_nothing(
    new: Config, tmp_path: Path, change: Callable[[Transaction], object], words: str
) -> None:
    path = spoiled(Config(home=tmp_path / "old"), tmp_path / "odd.zip", change)
    with pytest.raises(BadParameter, match=words) as refused:
        restore_backup(new, path, quiet)
    assert str(refused.value).startswith(f"{path}: the database does not take a value: ")
    assert {path.name for path in new.home.iterdir()} <= {"serve.lock"}
    good = spoiled(Config(home=tmp_path / "good"), tmp_path / "good.zip", satellites([5], "x"))
    restore_backup(new, good, quiet)
    assert len(contents(new)["satvo.satellite"]) == 1
