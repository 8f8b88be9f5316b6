"""Tables that tokens keep, in the archive itself: what HTTP cannot time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, BadQuery, LimitExceeded, Unavailable
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.formats import find_format
from satvo.service.tap_request import TapRequest
from satvo.service.user_tables import own_name

FIELDS = (Field("a", "int"), Field("b", "char", "*"))
QUERY = "SELECT a FROM tap_user.x WHERE a > 0"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive(Config(home=tmp_path, user_rows=100), wait_s=1)
    yield opened
    opened.close()


def rows(*numbers: int) -> pa.Table:
    values = pa.array(numbers, pa.int32())
    return pa.table([values, pa.array(map(str, numbers), pa.string())], ["c1", "c2"])


def answer(archive: Archive, started: Callable[..., object] = lambda stop: None) -> list[int]:
    asked = TapRequest(QUERY, None, *find_format("csv"))
    batches = archive.answer(asked, owner="me", started=started).batches()
    return [row["c1"] for batch in batches for row in batch.to_pylist()]


@pytest.fixture
def filled(archive: Archive) -> Archive:
    archive.user_tables.create("me", "x", FIELDS, "")
    archive.user_tables.append("me", "x", rows(3, 1, 2))
    return archive


def test_a_query_whose_table_is_sorted_meanwhile_is_begun_again(filled: Archive) -> None:
    begun: list[Any] = []

    def sort_once(stop: Callable[[], object]) -> None:
        begun.append(stop)
        if len(begun) == 1:
            filled.user_tables.sort("me", "x", "a", unique=False)

    assert answer(filled, sort_once) == [1, 2, 3]
    assert len(begun) == 2
    for stop in begun:
        stop()  # what was begun in vain can be stopped too


def test_a_query_whose_table_is_dropped_meanwhile_is_told_so(filled: Archive) -> None:
    dropped: list[Any] = []

    def drop_once(stop: Callable[[], object]) -> None:
        if not dropped:
            filled.user_tables.drop("me", "x")
        dropped.append(stop)

    with pytest.raises(BadQuery, match=r"there is no table tap_user\.x"):
        answer(filled, drop_once)


def test_a_query_whose_table_is_sorted_all_the_time_gives_up(filled: Archive) -> None:
    with pytest.raises(Unavailable, match="changed all the time"):
        answer(filled, lambda stop: filled.user_tables.sort("me", "x", "a", unique=False))


def test_loads_at_once_stay_within_the_quota_and_lose_nothing(archive: Archive) -> None:
    archive.user_tables.create("me", "x", FIELDS, "")
    refused: list[str] = []

    def load(first: int) -> None:
        try:
            archive.user_tables.append("me", "x", rows(*range(first, first + 30)))
        except LimitExceeded as err:
            refused.append(str(err))

    threads = [threading.Thread(target=load, args=(1000 * n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert "at most 100 are possible" in refused[0]
    assert archive.user_tables.get("me", "x").rows == 90
    assert len(answer(archive)) == 90


def test_rows_for_a_table_that_was_made_anew_are_refused(archive: Archive) -> None:
    archive.user_tables.create("me", "x", FIELDS[:1], "")
    with pytest.raises(BadParameter, match="has other columns now"):
        archive.user_tables.append("me", "x", rows(1))
    assert archive.user_tables.get("me", "x").rows == 0


def test_a_sort_that_is_no_longer_wanted_changes_nothing(filled: Archive) -> None:
    def cancelled() -> None:
        raise InterruptedError

    before = filled.user_tables.get("me", "x")
    with pytest.raises(InterruptedError):
        filled.user_tables.sort("me", "x", "a", unique=True, still_wanted=cancelled)
    assert filled.user_tables.get("me", "x") == before
    assert answer(filled) == [3, 1, 2]


def test_tables_and_their_indexes_are_there_when_the_archive_is_opened_again(
    tmp_path: Path,
) -> None:
    for step in range(2):
        archive = Archive(Config(home=tmp_path), wait_s=1)
        try:
            if step == 0:
                made = archive.user_tables.create("me", "x", FIELDS, "Mine")
                archive.user_tables.append("me", "x", rows(3, 1, 2))
                made = archive.user_tables.sort("me", "x", "A", unique=True)
            assert archive.user_tables.of("me") == (made,)
            assert (made.sorted_by, made.uniques, made.rows) == ("c1", {"c1"}, 3)
            assert answer(archive) == [1, 2, 3]
        finally:
            archive.close()


@pytest.mark.parametrize("name", ["x", "tap_user", "tap_user.", "tap_user.TOP", "other.x", ".x"])
def test_a_name_that_is_not_ones_own_is_refused(name: str) -> None:
    with pytest.raises(BadParameter):
        own_name(name)


@pytest.mark.parametrize("datatype", ["float", "int"])
def test_a_point_of_other_numbers_than_double_is_an_array_and_no_fault(
    archive: Archive, datatype: str
) -> None:
    field = Field("a", datatype, "2", "point")
    made = archive.user_tables.create("me", "x", (field,), "")
    archive.user_tables.append("me", "x", pa.table([pa.array([[1, 2]], made.types[0])], ["c1"]))
    for value in ("a + 1", "MAX(a)", "AREA(a)"):
        asked = TapRequest(f"SELECT {value} AS v FROM tap_user.x", None, *find_format("csv"))
        with pytest.raises(BadQuery):
            archive.answer(asked, owner="me")
    whole = TapRequest("SELECT * FROM tap_user.x", None, *find_format("csv"))
    assert b"1" in b"".join(archive.answer(whole, owner="me"))
