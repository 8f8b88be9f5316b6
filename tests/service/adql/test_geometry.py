"""Geometry in queries against unit vectors in numpy and the separations of astropy."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from astropy.coordinates import angular_separation
from satvo.schemas.errors import BadQuery

if TYPE_CHECKING:
    from conftest import Sky

S = "test_sky.stars"
ULP_DEG = 1e-13
"""Rounding of an angle of 360 deg in radians and back."""


def vectors(lon_deg: npt.ArrayLike, lat_deg: npt.ArrayLike) -> npt.NDArray[np.float64]:
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def separation_deg(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    return math.degrees(angular_separation(*map(math.radians, (lon1, lat1, lon2, lat2))))


CENTRES = [(0, 0), (359.95, 0), (0.05, 0), (180, 0), (12.5, 41), (0, 90), (77, -90), (10, 89.95)]
RADII = [0.0, 0.06, 0.2, 1.0, 30.0, 89.9, 90.0, 120.0, 179.95, 180.0]


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("radius", RADII)
def test_cone_finds_the_points_within_its_radius(
    sky: Sky, centre: tuple[float, float], radius: float
) -> None:
    place = [s for s in sky.stars if s.ra is not None and s.dec is not None]
    apart = {s.id: separation_deg(s.ra, s.dec, *centre) for s in place}
    inside = {i for i, d in apart.items() if d <= radius + 1e-9}
    cone = f"CONTAINS(POINT(ra, dec), CIRCLE({centre[0]}, {centre[1]}, {radius}))"
    found = {r[0] for r in sky.rows(f"SELECT id FROM {S} WHERE {cone} = 1")}
    # What lies on the rim to the last digit may fall to either side.
    rim = {i for i, d in apart.items() if abs(d - radius) <= 1e-9}
    assert found - rim == inside - rim
    others = {r[0] for r in sky.rows(f"SELECT id FROM {S} WHERE {cone} = 0")}
    assert found | others == set(apart)
    assert not found & others
    assert {r[0] for r in sky.rows(f"SELECT id FROM {S} WHERE NOT {cone} = 1")} == others


@pytest.mark.parametrize("radius", RADII)
def test_the_three_ways_of_asking_for_a_cone_agree(sky: Sky, radius: float) -> None:
    ways = [
        f"CONTAINS(POINT(ra, dec), CIRCLE(0.05, 0, {radius})) = 1",
        f"1 = INTERSECTS(CIRCLE(POINT(0.05, 0), {radius}), POINT('ICRS', ra, dec))",
        f"CONTAINS(POINT(ra, dec), CIRCLE(CENTROID(CIRCLE(0.05, 0, 1)), {radius})) = 1",
        f"CONTAINS(POINT(ra, dec), CIRCLE(0.05, 0, {radius} + 0 * id)) = 1",
        f"DISTANCE(ra, dec, 0.05, 0) <= {radius} + 1e-9",
        f"DISTANCE(POINT(ra, dec), CENTROID(CIRCLE(0.05, 0, 1))) <= {radius} + 1e-9",
    ]
    answers = [sky.rows(f"SELECT id FROM {S} WHERE {way} ORDER BY id") for way in ways]
    assert answers == [answers[0]] * len(ways)


def test_point_on_the_rim_is_inside(sky: Sky) -> None:
    for radius in (1, 10, 90, 180):
        assert sky.value(f"CONTAINS(POINT({radius}, 0), CIRCLE(0, 0, {radius}))") == 1
        assert sky.value(f"CONTAINS(POINT({radius}.001, 0), CIRCLE(0, 0, {radius}))") == int(
            radius == 180
        )
    assert sky.value("CONTAINS(POINT(10, 20), CIRCLE(10, 20, 0))") == 1
    assert sky.value("CONTAINS(POINT(190, -20), CIRCLE(10, 20, 180))") == 1


def test_radius_of_a_column_that_is_no_radius_holds_nothing(sky: Sky) -> None:
    # sin(-r/2) squared would be that of r.
    query = f"SELECT id FROM {S} WHERE CONTAINS(POINT(ra, dec), CIRCLE(ra, dec, n)) = 1"
    found = {row[0] for row in sky.rows(query)}
    assert found == {
        s.id for s in sky.stars if None not in (s.ra, s.dec, s.n) and s.n is not None and s.n >= 0
    }


def test_geometry_of_null_is_null_and_neither_inside_nor_outside(sky: Sky) -> None:
    lost = {s.id for s in sky.stars if s.ra is None or s.dec is None}
    regions = ["CIRCLE(0, 0, 180)", "POLYGON(0, 0, 90, 0, 0, 90)", "CIRCLE(1, 1, 20 + 0 * id)"]
    for region in regions:
        for value in (0, 1):
            query = f"SELECT id FROM {S} WHERE CONTAINS(POINT(ra, dec), {region}) = {value}"
            assert not lost & {r[0] for r in sky.rows(query)}
            query = f"SELECT id FROM {S} WHERE INTERSECTS(CIRCLE(ra, dec, 1), {region}) = {value}"
            assert not lost & {r[0] for r in sky.rows(query)}
    query = (
        f"SELECT id FROM {S} WHERE DISTANCE(ra, dec, 1, 2) IS NULL "
        "AND DISTANCE(POINT(ra, dec), CENTROID(CIRCLE(0, 0, 1))) IS NULL "
        "AND AREA(CIRCLE(ra, dec, 1)) IS NULL AND AREA(BOX(ra, dec / 2, 1, 1)) IS NULL"
    )
    assert {r[0] for r in sky.rows(query)} == lost
    inner = f"SELECT id, POINT(ra, dec) AS p FROM {S}"
    assert {r[0] for r in sky.rows(f"SELECT id FROM ({inner}) AS x WHERE p IS NULL")} == lost


@pytest.mark.parametrize("exponent", range(-9, 3))
@pytest.mark.parametrize("lat", [0.0, 41.0, 89.0, -89.9999])
def test_distance_keeps_its_digits_from_nothing_to_large(
    sky: Sky, exponent: int, lat: float
) -> None:
    # The reference takes the sines of half differences, which lose nothing for small angles.
    step = 10.0**exponent
    lon1, lon2, lat2 = 0.0, step, lat + (step / 3 if lat < 0 else -step / 3)
    a = math.sin(math.radians(lat2 - lat) / 2) ** 2 + math.cos(math.radians(lat)) * math.cos(
        math.radians(lat2)
    ) * (math.sin(math.radians(lon2 - lon1) / 2) ** 2)
    expected = math.degrees(2 * math.asin(math.sqrt(a)))
    for points in (
        f"{lon1}, {lat}, {lon2}, {lat2!r}",
        f"CENTROID(CIRCLE({lon1}, {lat}, 1)), POINT({lon2}, {lat2!r})",
    ):
        assert sky.value(f"DISTANCE({points})") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [
        ((0, 0, 180, 0), 180),
        ((10, 20, 190, -20), 180),
        ((0, 90, 123, -90), 180),
        ((0, 90, 77, 90), 0),
        ((10, 20, 10, 20), 0),
        ((359.5, 0, 0.5, 0), 1),
        ((-0.5, 0, 0.5, 0), 1),
        ((720.5, 0, 0, 0), 0.5),
        ((0, 90, 45, 30), 60),
        ((0, 0, 90, 0), 90),
    ],
)
def test_distance_is_right_at_the_hard_places(
    sky: Sky, coordinates: tuple[float, ...], expected: float
) -> None:
    numbers = ", ".join(map(str, coordinates))
    assert sky.value(f"DISTANCE({numbers})") == pytest.approx(expected, abs=1e-12)


def test_distances_of_a_table_are_those_of_astropy(sky: Sky) -> None:
    rows = sky.rows(
        f"SELECT a.id, b.id, DISTANCE(a.ra, a.dec, b.ra, b.dec) AS d FROM {S} AS a, {S} AS b "
        "WHERE a.ra IS NOT NULL AND b.ra IS NOT NULL AND a.dec IS NOT NULL AND b.dec IS NOT NULL"
    )
    by_id = {s.id: (s.ra, s.dec) for s in sky.stars}
    expected = [separation_deg(*by_id[a], *by_id[b]) for a, b, _ in rows]
    np.testing.assert_allclose([d for _, _, d in rows], expected, rtol=1e-12, atol=1e-12)


def convex(centre: tuple[float, float], radius: float, n: int) -> list[tuple[float, float]]:
    """Corners on a circle, the first way round."""
    lon, lat = map(math.radians, centre)
    corners = []
    for i in range(n):
        turn, r = 2 * math.pi * i / n, math.radians(radius)
        y = math.sin(lat) * math.cos(r) + math.cos(lat) * math.sin(r) * math.cos(turn)
        x = math.atan2(
            math.sin(turn) * math.sin(r) * math.cos(lat), math.cos(r) - math.sin(lat) * y
        )
        corners.append((math.degrees(lon + x) % 360, math.degrees(math.asin(max(-1, min(1, y))))))
    return corners


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("radius", [0.15, 5.0, 60.0])
def test_convex_polygon_holds_what_lies_on_one_side_of_all_its_edges(
    sky: Sky, centre: tuple[float, float], radius: float
) -> None:
    corners = convex(centre, radius, 5)
    edges = vectors(*zip(*corners, strict=True))
    normals = np.cross(edges, np.roll(edges, -1, axis=0))
    normals *= np.sign(normals @ vectors(*centre))[:, None]
    expected, rim = set(), set()
    for s in sky.stars:
        if s.ra is not None and s.dec is not None:
            height = normals @ vectors(s.ra, s.dec)
            if (height > 0).all():
                expected.add(s.id)
            if (abs(height) < 1e-12).any():
                rim.add(s.id)
    for way in (corners, corners[::-1]):
        numbers = ", ".join(f"{lon!r}, {lat!r}" for lon, lat in way)
        points = ", ".join(f"POINT({lon!r}, {lat!r})" for lon, lat in way)
        for polygon in (f"POLYGON({numbers})", f"POLYGON('ICRS', {points})"):
            query = f"SELECT id FROM {S} WHERE CONTAINS(POINT(ra, dec), {polygon}) = 1"
            assert {r[0] for r in sky.rows(query)} - rim == expected - rim


def test_polygon_of_points_that_are_computed_is_that_of_their_numbers(sky: Sky) -> None:
    made = "POLYGON(CENTROID(CIRCLE(0, 0, 1)), POINT(20, 0), CENTROID(CIRCLE(20, 50, 1)))"
    plain = "POLYGON(0, 0, 20, 0, 20, 50)"
    rows = [
        sky.rows(f"SELECT id FROM {S} WHERE CONTAINS(POINT(ra, dec), {p}) = 1 ORDER BY id")
        for p in (made, plain)
    ]
    assert rows[0] == rows[1]
    assert sky.value(f"AREA({made})") == pytest.approx(sky.value(f"AREA({plain})"))


@pytest.mark.parametrize(
    ("box", "inside", "outside"),
    [
        ((0, 0, 2, 2), [(359.5, 0.5), (0.5, -0.5)], [(358.5, 0), (1.5, 0), (0, 1.5)]),
        ((180, 60, 20, 10), [(171, 60), (189, 56)], [(165, 60), (180, 70)]),
        ((0, 85, 100, 10), [(0, 89)], [(180, 89)]),
    ],
)
def test_box_spans_its_width_in_longitude_and_its_height_in_latitude(
    sky: Sky,
    box: tuple[float, ...],
    inside: list[tuple[float, float]],
    outside: list[tuple[float, float]],
) -> None:
    lon, lat, width, height = box
    for written in (
        f"BOX({lon}, {lat}, {width}, {height})",
        f"BOX(POINT({lon}, {lat}), {width}, {height})",
        f"BOX(CENTROID(CIRCLE({lon}, {lat}, 1)), {width}, {height})",
    ):
        for answer, places in ((1, inside), (0, outside)):
            for place in places:
                asked = f"CONTAINS(POINT({place[0]}, {place[1]}), {written})"
                assert sky.value(asked) == answer, asked


@pytest.mark.parametrize("box", ["0, 85, 10, 20", "0, 0, 0, 1", "0, 0, 1, -1"])
def test_box_that_is_none_is_refused(sky: Sky, box: str) -> None:
    with pytest.raises(BadQuery, match=r"(?i)box"):
        sky.rows(f"SELECT AREA(BOX({box})) AS a FROM {S}")


def test_circles_meet_where_their_centres_are_closer_than_their_radii(sky: Sky) -> None:
    rng = random.Random(7)
    for _ in range(60):
        a, b = ((rng.uniform(0, 360), rng.uniform(-90, 90)) for _ in range(2))
        r, q = rng.uniform(0, 120), rng.uniform(0, 60)
        apart = separation_deg(*a, *b)
        circles = f"CIRCLE({a[0]}, {a[1]}, {r}), CIRCLE({b[0]}, {b[1]}, {q})"
        assert sky.value(f"INTERSECTS({circles})") == int(apart <= r + q)
        assert sky.value(f"CONTAINS({circles})") == int(apart + r <= q)


@pytest.mark.parametrize(
    ("circle", "meets"),
    [
        ("CIRCLE(5, 5, 1)", 1),  # inside
        ("CIRCLE(5, 5, 30)", 1),  # around it
        ("CIRCLE(11, 5, 2)", 1),  # over an edge
        ("CIRCLE(13, 5, 2)", 0),
        ("CIRCLE(11, 11, 1.3)", 0),  # beside a corner: 1.41 deg off
        ("CIRCLE(11, 11, 1.5)", 1),
        ("CIRCLE(185, -5, 160)", 0),  # all but a cap around the polygon
        ("CIRCLE(185, -5, 176)", 1),
    ],
)
def test_circle_and_polygon_meet_or_not(sky: Sky, circle: str, meets: int) -> None:
    polygon = "POLYGON(0, 0, 10, 0, 10, 10, 0, 10)"
    assert sky.value(f"INTERSECTS({circle}, {polygon})") == meets
    assert sky.value(f"INTERSECTS({polygon}, {circle})") == meets


def test_polygons_meet_or_not_and_contain_each_other_or_not(sky: Sky) -> None:
    large, small = "POLYGON(0, 0, 20, 0, 20, 20, 0, 20)", "POLYGON(5, 5, 6, 5, 6, 6)"
    far, across = "POLYGON(50, 0, 60, 0, 60, 10)", "POLYGON(350, 5, 10, 5, 10, 10)"
    answers = {
        f"CONTAINS({small}, {large})": 1,
        f"CONTAINS({large}, {small})": 0,
        f"CONTAINS({across}, {large})": 0,
        f"INTERSECTS({small}, {large})": 1,
        f"INTERSECTS({across}, {large})": 1,
        f"INTERSECTS({far}, {large})": 0,
        f"CONTAINS({small}, CIRCLE(5.5, 5.5, 1))": 1,
        f"CONTAINS(POINT(5, 5), {small})": 1,
        f"CONTAINS({small}, POINT(5, 5))": 0,
        "CONTAINS(POINT(5, 5), POINT(5, 5))": 1,
        "INTERSECTS(POINT(5, 5), POINT(365, 5))": 1,
        "INTERSECTS(POINT(5, 5), POINT(5, 6))": 0,
    }
    for question, answer in answers.items():
        assert sky.value(question) == answer, question


def test_polygon_is_not_asked_of_anything_where_all_rows_are_null(sky: Sky) -> None:
    # The engine then calls with batches of no rows.
    query = "SELECT AREA(CIRCLE(ra, dec, 1)), CONTAINS(POINT(ra, dec), POLYGON(0, 0, 9, 0, 0, 9))"
    assert sky.rows(f"{query} FROM {S} WHERE dec IS NULL") == [(None, None)] * 2


def test_each_row_is_asked_of_its_own_regions(sky: Sky) -> None:
    query = (
        f"SELECT a.id, b.id FROM {S} AS a JOIN {S} AS b ON "
        "INTERSECTS(CIRCLE(a.ra, a.dec, 1), CIRCLE(b.ra, b.dec, 10)) = 1"
    )
    placed = [s for s in sky.stars if s.ra is not None and s.dec is not None]
    expected = {
        (a.id, b.id)
        for a in placed
        for b in placed
        if separation_deg(a.ra, a.dec, b.ra, b.dec) <= 11
    }
    assert set(sky.rows(query)) == expected


def test_area_and_centroid_are_those_of_closed_forms(sky: Sky) -> None:
    whole = 4 * math.pi * math.degrees(1) ** 2
    for radius in (0, 1e-4, 1, 90, 135, 180):
        expected = whole * math.sin(math.radians(radius) / 2) ** 2
        assert sky.value(f"AREA(CIRCLE(10, 20, {radius}))") == pytest.approx(expected, rel=1e-12)
    assert sky.value("AREA(POLYGON(0, 0, 90, 0, 0, 90))") == pytest.approx(whole / 8)
    assert sky.value("AREA(POINT(1, 2))") == 0
    assert sky.value("CENTROID(CIRCLE(350, -20, 3))") == pytest.approx([350, -20])
    lon, lat = sky.value("CENTROID(POLYGON(350, -1, 10, -1, 10, 1, 350, 1))")
    assert (lon + 180) % 360 - 180 == pytest.approx(0, abs=ULP_DEG)
    assert lat == pytest.approx(0, abs=ULP_DEG)


def test_predicates_count_as_one_and_zero(sky: Sky) -> None:
    cone = "CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 1))"
    (total,) = sky.rows(f"SELECT SUM({cone}), MAX({cone}), MIN({cone}), COUNT(*) FROM {S}")
    assert total == (4, 1, 0, 40)
    assert sky.rows(f"SELECT COUNT(*) FROM {S} WHERE {cone} > 0") == [(4,)]
    assert sky.rows(f"SELECT COUNT(*) FROM {S} WHERE {cone} IN (1)") == [(4,)]
    assert sky.rows(f"SELECT COUNT(*) FROM {S} WHERE {cone} BETWEEN 1 AND 1") == [(4,)]
    assert sky.rows(f"SELECT COUNT(*) FROM {S} WHERE {cone} = n") == [
        (
            sum(
                s.n == int(separation_deg(s.ra, s.dec, 0, 0) <= 1)
                for s in sky.stars
                if s.ra is not None and s.dec is not None
            ),
        )
    ]
