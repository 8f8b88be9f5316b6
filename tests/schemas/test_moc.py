"""MOCs against sets of cells counted one by one."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from astropy_healpix import HEALPix
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import healpix_index
from satvo.schemas.moc import moc_key, parse_moc
from satvo.schemas.regions import (
    Circle,
    Point,
    Polygon,
    points_in_circle,
    points_in_polygon,
    separation_deg,
)
from satvo.schemas.sphere import unit_vectors

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


REGIONS: list[Circle | Polygon] = [
    *(
        Circle(lon, lat, radius)
        for lon, lat in ((0.0, 0.0), (180.0, 0.0), (10.0, 89.99), (123.0, -90.0), (266.0, -29.0))
        for radius in (0.5, 5.0, 30.0, 89.0, 120.0, 179.5)
    ),
    Polygon([0, 0, 10, 0, 10, 10]),
    Polygon([10, 10, 10, 0, 0, 0]),
    Polygon([355, -5, 5, -5, 5, 5, 355, 5]),
    Polygon([0, 80, 90, 80, 180, 80, 270, 80]),
    Polygon([0, -60, 120, -60, 240, -60]),
    Polygon([0, 0, 0, 40, 40, 40, 20, 20, 40, 0]),
]


@pytest.mark.parametrize("region", REGIONS, ids=str)
def test_region_and_coverage_meet_and_contain_as_their_points_tell(
    region: Circle | Polygon,
) -> None:
    rng = np.random.default_rng(9)
    lon, lat = rng.uniform(0, 360, 40_000), np.degrees(np.arcsin(rng.uniform(-1, 1, 40_000)))
    if isinstance(region, Circle):
        near = (region.lon_deg, region.lat_deg)
        inside = points_in_circle(lon, lat, *near, region.radius_deg)
        slack_deg = region.radius_deg / 100
    else:
        near = region.values[:2]
        inside = points_in_polygon(lon, lat, region)
        slack_deg = 0.5
    tight = Circle(*near, 0.01)
    for order in (0, 2, 3):
        cells = healpix_index(order, lon, lat)
        reached = set(cells[inside].tolist()) | {int(healpix_index(order, *near))}
        for cell in sorted(reached)[:: max(1, len(reached) // 4)]:
            assert parse_moc(f"{order}/{cell}").meets_region(region)
        whole = parse_moc(f"{order}/{' '.join(map(str, reached))}")
        missed = parse_moc(f"{order}/{' '.join(map(str, sorted(reached)[1:]))}")
        assert whole.meets_region(tight)
        if len(reached) > 1 and (cells[inside] == min(reached)).sum() > 20:
            assert not missed.covers_region(region)
        rest = set(range(12 << 2 * order)) - reached
        for cell in sorted(rest)[:: max(1, len(rest) // 8)]:
            away = nearest_deg(cell, order, region)
            if away > slack_deg + 0.2:
                assert not parse_moc(f"{order}/{cell}").meets_region(region)
    assert parse_moc("0/0-11").covers_region(region)


def nearest_deg(cell: int, order: int, region: Circle | Polygon) -> float:
    """How far outside the region the nearest of 900 points of a cell is, deg."""
    dx, dy = (axis.ravel() for axis in np.meshgrid(*[np.linspace(0, 1, 30)] * 2))
    lon, lat = HEALPix(2**order, order="nested").healpix_to_lonlat(np.full(900, cell), dx, dy)
    if isinstance(region, Circle):
        separation = separation_deg(lon.deg, lat.deg, region.lon_deg, region.lat_deg)
        return float(separation.min() - region.radius_deg)
    if points_in_polygon(lon.deg, lat.deg, region).any():
        return 0.0
    places = unit_vectors(lon.deg, lat.deg)
    return math.degrees(min(region.shape.distance_rad(place) for place in places))


def test_small_region_amid_large_cells_is_covered() -> None:
    moc = parse_moc("0/4")
    assert moc.covers_region(Circle(0.0, 0.0, 3.0))
    assert moc.covers_region(Polygon([-3, -3, 3, -3, 3, 3, -3, 3]))
    assert not moc.covers_region(Circle(0.0, 41.0, 3.0))
    assert moc.covers_region(Point(1.0, 1.0))
    assert not moc.meets_region(Point(181.0, 1.0))


def test_key_of_a_text_is_short_and_its_own() -> None:
    assert moc_key("4/1") != moc_key("4/2")
    assert len(moc_key("4/1 " * 20_000)) == len(moc_key("")) == 41
