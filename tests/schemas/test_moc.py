"""MOCs against sets of cells counted one by one."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import healpix_index
from satvo.schemas.moc import moc_key, parse_moc, region_moc
from satvo.schemas.regions import Circle, Point, Polygon, area_deg2

FINE = 5
"""Cells of this order, 12 288 of them, are few enough to count."""


def counted(text: str) -> set[int]:
    """The cells of order 5 that a text says, read word by word."""
    cells: set[int] = set()
    order = 0
    for word in text.split():
        if "/" in word:
            order, word = int(word.partition("/")[0]), word.partition("/")[2]
        if word:
            first, _, last = word.partition("-")
            many = 4 ** (FINE - order)
            cells |= set(range(int(first) * many, (int(last or first) + 1) * many))
    return cells


def random_text(seed: int) -> str:
    rng = random.Random(seed)
    words = []
    for order in rng.sample(range(FINE + 1), rng.randrange(1, 5)):
        words.append(f"{order}/")
        for _ in range(rng.randrange(1, 12)):
            first = rng.randrange(12 * 4**order)
            last = min(first + rng.choice([0, 0, 1, 5]), 12 * 4**order - 1)
            words.append(str(first) if last == first else f"{first}-{last}")
    return " ".join(words)


@pytest.mark.parametrize("seed", range(30))
def test_cells_in_it_are_those_counted_one_by_one(seed: int) -> None:
    text = random_text(seed)
    moc, expected = parse_moc(text), counted(text)
    cells = np.arange(12 * 4**FINE)
    inside = moc.holds(cells << 2 * (29 - FINE))
    assert set(cells[inside].tolist()) == expected
    assert moc.holds(((cells + 1) << 2 * (29 - FINE)) - 1).tolist() == inside.tolist()
    assert moc.area_deg2 == pytest.approx(len(expected) / len(cells) * 129600 / math.pi, rel=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_text_of_it_says_the_same_cells_in_the_largest_there_are(seed: int) -> None:
    text = random_text(seed)
    again = parse_moc(text).text
    assert counted(again) == counted(text)
    assert parse_moc(again).text == again
    for order in range(1, FINE + 1):
        listed = set(cells_listed(again, order))
        full = [c for c in listed if {4 * (c // 4) + i for i in range(4)} <= listed]
        assert full == []


def cells_listed(text: str, wanted: int) -> list[int]:
    cells, order = [], 0
    for word in text.split():
        if "/" in word:
            order, word = int(word.partition("/")[0]), word.partition("/")[2]
        if word and order == wanted:
            first, _, last = word.partition("-")
            cells += range(int(first), int(last or first) + 1)
    return cells


@pytest.mark.parametrize("seed", range(40))
def test_two_meet_and_cover_each_other_as_their_sets_do(seed: int) -> None:
    a, b = random_text(seed), random_text(seed + 1000)
    first, second = counted(a), counted(b)
    assert parse_moc(a).meets(parse_moc(b)) == bool(first & second)
    assert parse_moc(a).covers(parse_moc(b)) == (second <= first)
    assert parse_moc(f"{a} {b}").covers(parse_moc(b))
    assert parse_moc(a).covers(parse_moc(a))


def test_points_are_in_the_cell_that_they_are_in() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(0, 360, 2000), np.degrees(np.arcsin(rng.uniform(-1, 1, 2000)))
    lon[:4], lat[:4] = [0.0, 360.0, 45.0, 45.0], [0.0, 0.0, 90.0, -90.0]
    moc = parse_moc("3/0-99 400-499 767")
    cells = healpix_index(3, lon, lat)
    expected = np.isin(cells, [*range(100), *range(400, 500), 767])
    assert moc.contains_points(lon, lat).tolist() == expected.tolist()


def test_coverage_without_a_cell_holds_nothing() -> None:
    moc = parse_moc("4/")
    assert (moc.area_deg2, moc.order, moc.text) == (0.0, 4, "4/")
    assert not moc.contains_points([1.0], [2.0]).any()
    assert not moc.meets(parse_moc("0/0-11"))
    assert parse_moc("0/0").covers(moc)


@pytest.mark.parametrize(
    "text",
    ["4/30-33 38 52", "4/30-33,38,52", "4/ 30-33 38 52", "4/52 4/38 30-33", "4/30-32 33 38 52 52"],
)
def test_same_cells_written_otherwise_are_the_same_coverage(text: str) -> None:
    assert parse_moc(text).text == parse_moc("4/30-33 38 52").text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the text is empty"),
        ("  ", "the text is empty"),
        ("30-33", "no order"),
        ("30/1", "no order from 0 to 29"),
        ("4/3072", "from 0 to 3071"),
        ("4/9-8", "from 0 to 3071"),
        ("4/-5", "is no cell"),
        ("4/1.5", "is no cell"),
        ("t4/1", "is no cell"),
        ('{"4": [1]}', "is no cell"),
        ("4/1-2-3", "is no cell"),
        ("4/99999999999999999999", "is no cell"),
        ("٤/1", "is no cell"),
    ],
)
def test_text_that_says_no_coverage_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadParameter, match=said):
        parse_moc(text)


REGIONS = [
    Circle(10.0, 20.0, 1.0),
    Circle(0.0, 90.0, 0.001),
    Circle(359.99, -0.5, 30.0),
    Circle(100.0, 40.0, 120.0),
    Circle(180.0, 0.0, 30.0),
    Polygon([0, 0, 10, 0, 10, 10]),
    Polygon([0, 80, 90, 80, 180, 80, 270, 80]),
]


@pytest.mark.parametrize("region", REGIONS, ids=str)
def test_coverage_of_a_region_is_larger_than_it_by_little(region: Circle | Polygon) -> None:
    covered = region_moc(region)
    one_part_in_thirty = 1.033
    assert area_deg2(region) < covered.area_deg2 < area_deg2(region) * one_part_in_thirty


def test_coverage_of_a_point_is_one_cell() -> None:
    moc = region_moc(Point(12.0, 34.0))
    assert (moc.ends - moc.starts).tolist() == [1]
    assert moc.contains_points(12.0, 34.0).all()


def test_key_of_a_text_is_short_and_its_own() -> None:
    assert moc_key("4/1") != moc_key("4/2")
    assert len(moc_key("4/1 " * 20_000)) == len(moc_key("")) == 41
