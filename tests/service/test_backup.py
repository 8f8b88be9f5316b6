"""Backups that are not what they say are refused with the cause, and leave nothing behind."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from satvo.schemas.errors import BadParameter, HomeInUse
from satvo.schemas.job_result import JOB_RESULT
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.state_database import open_state
from satvo.schemas.store.interface import Transaction
from satvo.service.archive import Archive
from satvo.service.backup_manifest import MANIFEST
from satvo.service.backup_reader import read_manifest
from satvo.service.config import Config
from satvo.service.home_lock import hold_home
from satvo.service.jobs.book import JobBook, Result
from satvo.service.restore import restore_backup
from satvo.service.tokens import TokenBook

JOB = "0" * 32
NOW = datetime(2026, 5, 6, 7, 8, 9)
SATELLITES = "tables/satvo.satellite.parquet"
RESULT_FILE = f"jobs/{JOB}/try-1/result.csv"


def fill(config: Config) -> None:
    """A small home with something of everything."""
    config.home.mkdir()
    archive = Archive(config, wait_s=1)

    def work(tx: Transaction) -> None:
        numbers = pa.array(range(1, 1001), pa.int32())
        names = pa.array([f"Ω {n}" if n % 3 else None for n in range(1, 1001)])
        tx.append(SATELLITE, pa.table({"norad_id": numbers, "object_name": names}))
        values = {"job_id": JOB, "try": 1, "results": "[]", "registered": "{}"}
        tx.execute(sa.insert(JOB_RESULT).values(values))

    archive.store.write(work)
    archive.close()
    state = open_state(config.home)
    TokenBook(state, lambda: NOW).add("observer", ["read", "job"])
    book = JobBook(state, lambda: NOW)
    book.create(
        "tap", [("QUERY", "SELECT 'é'")], owner=None, address="192.0.2.1", run_id="r",
        execution_duration=60, lifetime=timedelta(days=7), job_id=JOB, run=True,
    )  # fmt: skip
    job = book.claim(["tap"])
    assert job is not None
    book.complete(job, [Result("result", "result.csv", "text/csv", 4)])
    state.dispose()
    for name, content in ((RESULT_FILE, b"a\n1\n"), (f"jobs/{JOB}/uploads/1.name", b"mine")):
        (config.home / name).parent.mkdir(parents=True, exist_ok=True)
        (config.home / name).write_bytes(content)
    (config.home / f"jobs/{JOB}/try-2.part").mkdir()
    (config.home / f"jobs/{JOB}/try-2.part/half.csv").write_bytes(b"h")


def contents(config: Config) -> dict[str, Any]:
    """Everything that a home holds."""
    archive = Archive(config, wait_s=1)
    found: dict[str, Any] = {
        table.fullname: archive.store.select(sa.select(table)).to_pylist()
        for table in (*archive.tables, JOB_RESULT)
    }
    archive.close()
    state = open_state(config.home)
    with state.connect() as connection:
        for name in ("job", "token"):
            found[name] = connection.execute(sa.text(f"SELECT * FROM {name}")).fetchall()
    state.dispose()
    files = (path for path in config.home.rglob("jobs/**/*") if path.is_file())
    kept = (path for path in files if ".part" not in str(path))
    found["files"] = {str(p.relative_to(config.home)): p.read_bytes() for p in kept}
    return found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = Config(home=tmp_path_factory.mktemp("filled") / "home")
    fill(config)
    return config


@pytest.fixture(scope="module")
def backup(filled: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the small home."""
    path = tmp_path_factory.mktemp("backup") / "home.zip"
    archive = Archive(filled, wait_s=1)
    path.write_bytes(b"".join(archive.backup()))
    archive.close()
    return path


@pytest.fixture
def target(tmp_path: Path) -> Config:
    """A home that is not there."""
    return Config(home=tmp_path / "new")


def quiet(line: str) -> None:
    """Nobody listens."""


def changed(
    backup: Path,
    path: Path,
    *,
    members: dict[str, bytes] | None = None,
    manifest: Callable[[dict[str, Any]], object] = lambda manifest: None,
    packed: bool = False,
) -> Path:
    """A backup with other members and another manifest, whose digests are right."""
    with zipfile.ZipFile(backup) as pack:
        held = {name: pack.read(name) for name in pack.namelist() if name != MANIFEST}
        told = json.loads(pack.read(MANIFEST))
    held |= members or {}
    told["members"] = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in held.items()
    }
    manifest(told)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else 0) as pack:
        for name, data in held.items():
            pack.writestr(name, data)
        pack.writestr(MANIFEST, json.dumps(told))
    return path


def assert_refused(path: Path, target: Config, *words: str) -> None:
    with pytest.raises(BadParameter) as refused:
        restore_backup(target, path, quiet)
    assert str(refused.value).startswith(f"{path}: ")
    assert all(word in str(refused.value) for word in words), refused.value
    left = set(target.home.iterdir()) if target.home.exists() else set()
    assert left <= {target.home / "serve.lock"}


def test_what_is_restored_is_what_was_there(filled: Config, backup: Path, target: Config) -> None:
    told: list[str] = []
    manifest = restore_backup(target, backup, told.append)
    assert "satvo.satellite: 1,000 rows" in told
    assert read_manifest(backup) == manifest
    before = contents(filled)
    assert contents(target) == before
    assert len(before["satvo.satellite"]) == 1000
    assert len(before["satvo_jobs.job_result"]) == len(before["job"]) == len(before["token"]) == 1
    assert set(before["files"]) == {RESULT_FILE, f"jobs/{JOB}/uploads/1.name"}


def test_a_rewritten_backup_is_still_good(backup: Path, target: Config, tmp_path: Path) -> None:
    restore_backup(target, changed(backup, tmp_path / "same.zip"), quiet)
    assert len(contents(target)["satvo.satellite"]) == 1000


@pytest.mark.parametrize("left", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_backup_that_was_cut_is_refused(
    backup: Path, target: Config, tmp_path: Path, left: float
) -> None:
    whole = backup.read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: int(len(whole) * left)])
    assert_refused(cut, target, "not a whole backup")


def test_a_flipped_bit_is_found_or_changes_nothing(
    filled: Config, backup: Path, tmp_path: Path
) -> None:
    whole = backup.read_bytes()
    wanted = contents(filled)
    chosen = random.Random(4)
    refused = 0
    for n in range(60):
        spoiled = bytearray(whole)
        spoiled[chosen.randrange(len(whole))] ^= 1 << chosen.randrange(8)
        path = tmp_path / "spoiled.zip"
        path.write_bytes(spoiled)
        config = Config(home=tmp_path / f"home{n}")
        try:
            restore_backup(config, path, quiet)
        except BadParameter:
            refused += 1
            assert not (config.home / "archive.duckdb").exists()
        else:  # a bit that says nothing, as those of a member's date
            assert contents(config) == wanted
        shutil.rmtree(config.home, ignore_errors=True)
    assert refused > 40


@pytest.mark.parametrize(
    "name",
    [
        f"jobs/{JOB}/try-1/../../../../../outside",
        "jobs/../../outside",
        f"jobs/{JOB}/try-1//outside",
        f"jobs/{JOB}/try-1/.hidden",
        f"jobs/{JOB}/other/file",
        f"jobs/{JOB[1:]}/try-1/file",
        "jobs/",
        "../outside",
        "/outside",
        "C:\\outside",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(
    backup: Path, target: Config, tmp_path: Path, name: str
) -> None:
    path = changed(backup, tmp_path / "hostile.zip", members={name: b"x"})
    assert_refused(path, target, "belongs to no table and no job")
    assert not list(tmp_path.rglob("outside"))


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def first_table(**changes: Any) -> Callable[[dict[str, Any]], object]:
    def change(told: dict[str, Any]) -> None:
        part = next(each for each in told["tables"] if each["name"] == "satvo.satellite")
        part.update(changes)

    return change


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (first_table(name="satvo.other"), ["no table satvo.other", "restore it with satvo 0."]),
        (first_table(columns=[["a", "INTEGER", False]]), ["satvo.satellite", "other columns", "a"]),
        (first_table(rows=999), ["1000 rows", "999"]),
        (first_table(file="tables/none"), ["belongs to no table"]),
        (first_table(file="../../etc/passwd"), ["belongs to no table"]),
        (lambda told: told["tables"].append({**told["tables"][0], "file": "none"}), ["twice"]),
        (lambda told: told.update(version=2), ["version 2"]),
        (lambda told: told.update(format="tar"), ["'tar'"]),
        (lambda told: told.pop("tables"), ["manifest"]),
        (lambda told: told["members"].pop(RESULT_FILE), ["not those of its manifest"]),
        (lambda told: told["members"].update(x={"size": 1, "sha256": ""}), ["not those"]),
        (lambda told: told["members"][SATELLITES].update(sha256="0" * 64), ["damaged"]),
        (lambda told: told["state"][0].update(rows=7), ["1 rows", "7"]),
        (lambda told: told["state"][0].update(name="jab"), ["no table jab"]),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    backup: Path,
    target: Config,
    tmp_path: Path,
    manifest: Callable[[dict[str, Any]], object],
    words: list[str],
) -> None:
    assert_refused(changed(backup, tmp_path / "odd.zip", manifest=manifest), target, *words)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (SATELLITES, b"PAR1 but not", ["satellite.parquet cannot be understood"]),
        (SATELLITES, parquet(norad_id=["x"]), ["cannot be understood"]),
        ("state/job.jsonl", b"{}\n", ["state/job.jsonl cannot be understood"]),
        ("state/job.jsonl", b"[" * 100_000, ["cannot be understood"]),
        ("state/token.jsonl", b'{"token_id": null}\n', ["cannot be understood"]),
    ],
)
def test_rows_that_cannot_be_read_are_refused(
    backup: Path, target: Config, tmp_path: Path, name: str, data: bytes, words: list[str]
) -> None:
    path = changed(backup, tmp_path / "odd.zip", members={name: data})
    assert_refused(path, target, *words)


def test_a_row_without_its_key_is_refused(backup: Path, target: Config, tmp_path: Path) -> None:
    with zipfile.ZipFile(backup) as pack:
        rows = pq.read_table(io.BytesIO(pack.read(SATELLITES)))
    nothing = pa.nulls(len(rows), pa.int32())
    sink = io.BytesIO()
    pq.write_table(rows.set_column(0, "norad_id", nothing), sink)
    path = changed(backup, tmp_path / "odd.zip", members={SATELLITES: sink.getvalue()})
    assert_refused(path, target, "no norad_id")


def test_a_packed_backup_is_refused_before_it_is_unpacked(
    backup: Path, target: Config, tmp_path: Path
) -> None:
    bomb = {RESULT_FILE: b"\0" * 50_000_000}
    path = changed(backup, tmp_path / "bomb.zip", members=bomb, packed=True)
    assert path.stat().st_size < 1_000_000
    assert_refused(path, target, "packed or encrypted")


@pytest.mark.parametrize("data", [b"", b"not a zip file at all", b"PK\5\6" + b"\0" * 18])
def test_what_is_no_backup_is_refused(target: Config, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    assert_refused(path, target)


def test_two_members_of_one_name_are_refused(backup: Path, target: Config, tmp_path: Path) -> None:
    path = changed(backup, tmp_path / "twice.zip")
    with zipfile.ZipFile(path, "a") as pack, pytest.warns(UserWarning, match="Duplicate"):
        pack.writestr(SATELLITES, b"another")
    assert_refused(path, target, "two members")


@pytest.mark.parametrize("name", ["archive.duckdb", "state.sqlite", "jobs"])
def test_a_home_that_holds_something_is_left_alone(backup: Path, target: Config, name: str) -> None:
    target.home.mkdir()
    (target.home / name).write_bytes(b"mine")
    with pytest.raises(BadParameter, match=f"holds {name} already"):
        restore_backup(target, backup, quiet)
    assert (target.home / name).read_bytes() == b"mine"
    assert not (target.home / "restore.part").exists()


def test_a_home_that_is_used_is_refused(backup: Path, target: Config) -> None:
    target.home.mkdir()
    lock = hold_home(target.home)
    with pytest.raises(HomeInUse):
        restore_backup(target, backup, quiet)
    lock.release()


@pytest.mark.parametrize("moved", [(), ("jobs",), ("jobs", "state.sqlite")])
def test_a_restore_is_run_again_after_a_kill(
    filled: Config, backup: Path, target: Config, tmp_path: Path, moved: tuple[str, ...]
) -> None:
    restore_backup(target, backup, quiet)
    workshop = tmp_path / "restore.part"
    workshop.mkdir()
    for path in list(target.home.iterdir()):  # as a kill between two renames leaves it
        if path.name not in moved:
            path.rename(workshop / path.name)
    if moved:
        (workshop / "whole").touch()
    workshop.rename(target.home / "restore.part")
    restore_backup(target, backup, quiet)
    assert contents(target) == contents(filled)
