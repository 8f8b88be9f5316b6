"""Simulated constellations in the archive: once, under one name, with one set of satellites."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.build import add_simulated, register_job
from satvo.resources.constellations.job import run, write_files
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import element_sets
from satvo.schemas.errors import AlreadyThere, BadParameter
from satvo.schemas.gp import GP
from satvo.schemas.satellite import FIRST_SIMULATED, SATELLITE
from satvo.schemas.store import Store, open_store

NOW = datetime(2027, 1, 1)
EPOCH = datetime(2027, 1, 31)
MINE = "{name: Mine, shells: [{altitude: %s, inclination: %s, planes: 3, satellites: %s}]}"
Read = Callable[[str], Constellation]


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create((SATELLITE, GP))
    yield opened
    opened.close()


def add(store: Store, constellation: Constellation, epoch: datetime = EPOCH) -> dict[str, Any]:
    elements = simulated_elements(constellation, epoch=epoch, first_number=1)
    work = partial(
        add_simulated, name=constellation.name, sets=element_sets(elements), received=NOW
    )
    told: dict[str, Any] = store.write(work)
    return told


def count(store: Store, table: sa.Table) -> int:
    (row,) = store.select(sa.select(sa.func.count().label("n")).select_from(table)).to_pylist()
    return int(row["n"])


def test_a_constellation_is_added_once_an_epoch(store: Store, read: Read) -> None:
    mine = read(MINE % (550, 53, 12))
    first, last = FIRST_SIMULATED, FIRST_SIMULATED + 11
    told = {"constellation": "sim-mine", "element_sets": 12, "first_norad_id": first}
    assert add(store, mine) == {**told, "new": 12, "last_norad_id": last}
    assert add(store, mine) == {**told, "new": 0, "last_norad_id": last}
    assert add(store, mine, datetime(2027, 2, 1))["new"] == 12
    assert (count(store, SATELLITE), count(store, GP)) == (12, 24)
    current = sa.select(GP.c.epoch).where(GP.c.superseded_by.is_(None)).distinct()
    assert [row["epoch"] for row in store.select(current).to_pylist()] == [datetime(2027, 2, 1)]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ((560, 53, 12), "S1 1-1 in another orbit"),
        ((550, 54, 12), "S1 1-1 in another orbit"),
        ((550, 53, 15), "no SIM MINE S1 1-5"),
        ((550, 53, 9), "12 satellites and not 9"),
    ],
)
def test_another_one_of_the_same_name_is_refused_whole(
    store: Store, read: Read, other: tuple[int, int, int], words: str
) -> None:
    add(store, read(MINE % (550, 53, 12)))
    with pytest.raises(
        AlreadyThere, match=f"sim-mine is in the archive already, with {words}|{words}"
    ):
        add(store, read(MINE % other), datetime(2027, 2, 1))
    assert (count(store, SATELLITE), count(store, GP)) == (12, 12)


def test_what_the_job_wrote_is_added(
    store: Store, every_kind: Constellation, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done: list[float] = []
    write_files(every_kind, folder, epoch=EPOCH, seed=3, progress=done.append)
    assert done == sorted(done)
    assert 0 <= done[0] <= done[-1] <= 1
    told = store.write(partial(register_job, folder=folder, received=NOW))
    assert told["new"] == told["element_sets"] == every_kind.satellites
    expected = simulated_elements(every_kind, epoch=EPOCH, first_number=FIRST_SIMULATED, seed=3)
    rows = store.select(
        sa.select(GP.c.norad_id, GP.c.object_name, GP.c.mean_anomaly, GP.c.source, GP.c.originator)
        .order_by(GP.c.norad_id)
    ).to_pylist()  # fmt: skip
    assert [row["object_name"] for row in rows] == expected.object_names()
    assert [row["mean_anomaly"] for row in rows] == expected.mean_anomaly.tolist()
    assert {(row["source"], row["originator"]) for row in rows} == {("simulated", "SATVO")}


def job(folder: Path, **parameters: str) -> list[dict[str, str]]:
    given = {"CONSTELLATION": "kuiper", "EPOCH": "2027-01-31"} | parameters
    return run(given, folder, folder, lambda fraction: None)


def test_the_job_takes_a_seed(tmp_path: Path) -> None:
    texts = []
    for seed in ("0", "7", "7"):
        assert [each["file"] for each in job(tmp_path, SEED=seed)] == [
            "elements.csv", "summary.json",
        ]  # fmt: skip
        texts.append((tmp_path / "elements.csv").read_text())
    assert texts[1] == texts[2] != texts[0]
    assert f'"seed": {int(seed)}' in (tmp_path / "summary.json").read_text()


@pytest.mark.parametrize("seed", ["-1", "1.5", "x", "", "9223372036854775808", "9" * 5000, "٣"])
def test_a_bad_seed_is_refused(tmp_path: Path, seed: str) -> None:
    with pytest.raises(BadParameter, match="give a whole number from 0 to 9223372036854775807"):
        job(tmp_path, SEED=seed)


def test_a_definition_is_not_registered_under_a_filed_name(tmp_path: Path) -> None:
    (tmp_path / "0").write_text(MINE.replace("Mine", "Kuiper") % (550, 53, 12))
    (tmp_path / "0.name").write_text("definition")
    with pytest.raises(BadParameter, match="name=kuiper: a filed constellation has this name"):
        job(tmp_path, REGISTER="true")
    assert len(job(tmp_path, REGISTER="false")) == 2  # as a file it may be called what it likes
