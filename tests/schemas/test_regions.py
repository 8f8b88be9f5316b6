"""Regions against independent references: half-spaces, azimuth sums, rotations, closed forms."""

from __future__ import annotations

import itertools
import time

import numpy as np
import numpy.typing as npt
import pytest
from astropy.coordinates import angular_separation
from satvo.schemas.errors import BadParameter
from satvo.schemas.regions import (
    Circle,
    Point,
    Polygon,
    Region,
    area_deg2,
    box,
    centroid,
    contains,
    intersects,
    parse_region,
    points_in_circle,
    points_in_polygon,
    separation_deg,
)

Array = npt.NDArray[np.float64]

SR_IN_DEG2 = (180 / np.pi) ** 2
ARCSEC_DEG = 1 / 3600
OCTANT = Polygon([0, 0, 90, 0, 0, 90])


def vectors_of(lon_deg: npt.ArrayLike, lat_deg: npt.ArrayLike) -> Array:
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def lon_lat_of(vectors: Array) -> tuple[Array, Array]:
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))


def polygon_of(vectors: Array) -> Polygon:
    return Polygon(np.stack(lon_lat_of(vectors), axis=1).ravel().tolist())


def vertices_of(polygon: Polygon) -> Array:
    return vectors_of(polygon.values[::2], polygon.values[1::2])


def uniform_sphere(rng: np.random.Generator, n: int) -> Array:
    vectors = rng.normal(size=(n, 3))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None])


def rotation(rng: np.random.Generator) -> Array:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q * np.linalg.det(q))


def rotated(region: Region, turn: Array) -> Region:
    if isinstance(region, Polygon):
        return polygon_of(vertices_of(region) @ turn.T)
    lon, lat = lon_lat_of(turn @ vectors_of(region.lon_deg, region.lat_deg))
    if isinstance(region, Point):
        return Point(float(lon), float(lat))
    return Circle(float(lon), float(lat), region.radius_deg)


def around(centre: Array, azimuth: Array, radius_rad: Array) -> Array:
    """Directions at azimuths and distances from a centre."""
    east = np.cross([0.3, -0.2, 0.9], centre)
    east /= np.linalg.norm(east)
    north = np.cross(centre, east)
    aside = np.cos(azimuth)[:, None] * east + np.sin(azimuth)[:, None] * north
    return np.asarray(np.cos(radius_rad)[:, None] * centre + np.sin(radius_rad)[:, None] * aside)


def random_star(rng: np.random.Generator, n: int, size_rad: float) -> tuple[Polygon, Array]:
    """A polygon that winds once about a centre, seldom convex, and the centre."""
    centre = uniform_sphere(rng, 1)[0]
    azimuth = 2 * np.pi * (np.arange(n) + rng.uniform(0, 0.7, n)) / n
    return polygon_of(around(centre, azimuth, size_rad * rng.uniform(0.2, 1, n))), centre


def winds_around(points: Array, vertices: Array) -> npt.NDArray[np.bool_]:
    """Reference: the azimuths of the vertices, seen from a point, add up to a full turn."""
    turns = np.zeros(len(points))
    for a, b in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        to_a = a - (points @ a)[:, None] * points
        to_b = b - (points @ b)[:, None] * points
        height = np.einsum("ni,ni->n", points, np.cross(to_a, to_b))
        turns += np.arctan2(height, np.einsum("ni,ni->n", to_a, to_b))
    return np.asarray(np.abs(turns) > np.pi)


def in_half_spaces(points: Array, vertices: Array) -> npt.NDArray[np.bool_]:
    """Reference for a convex polygon: on the same side of all its edges."""
    normals = np.cross(vertices, np.roll(vertices, -1, axis=0))
    normals *= np.sign(normals @ vertices.sum(axis=0))[:, None]
    return np.asarray((points @ normals.T >= 0).all(axis=1))


def inside(polygon: Polygon, points: Array) -> npt.NDArray[np.bool_]:
    return points_in_polygon(*lon_lat_of(points), polygon)


# --- separations -------------------------------------------------------------------------------


def test_separation_agrees_with_astropy_over_the_sphere() -> None:
    rng = np.random.default_rng(1)
    lon1, lat1 = lon_lat_of(uniform_sphere(rng, 5000))
    lon2, lat2 = lon_lat_of(uniform_sphere(rng, 5000))
    expected = np.degrees(angular_separation(*np.radians([lon1, lat1, lon2, lat2])))
    np.testing.assert_allclose(separation_deg(lon1, lat1, lon2, lat2), expected, atol=1e-12)


@pytest.mark.parametrize("lat", [0.0, 45.0, -89.0, 89.9])
@pytest.mark.parametrize("lon", [0.0, 200.0, 359.9999])
def test_separation_keeps_six_digits_at_a_ten_billionth_of_a_degree(lon: float, lat: float) -> None:
    tiny = lat + 1e-10 - lat  # the step that the number can hold
    assert float(separation_deg(lon, lat, lon, lat + 1e-10)) == pytest.approx(tiny, rel=1e-6)
    tiny = lon + 1e-10 - lon
    expected = tiny * np.cos(np.radians(lat))
    assert float(separation_deg(lon, lat, lon + 1e-10, lat)) == pytest.approx(expected, rel=1e-6)


def test_separation_across_the_seam_is_the_short_way() -> None:
    step = 360 - 359.9999999999
    assert float(separation_deg(359.9999999999, 0, 0, 0)) == pytest.approx(step, rel=1e-6)
    assert float(separation_deg(-0.5, 10, 359.5, 10)) == 0
    assert float(separation_deg(719.5, 0, 0.5, 0)) == pytest.approx(1, abs=1e-12)


def test_separation_is_right_at_poles_and_antipodes() -> None:
    assert float(separation_deg(13, 90, 200, 90)) == pytest.approx(0, abs=1e-13)
    assert float(separation_deg(13, 90, 200, -90)) == pytest.approx(180, abs=1e-13)
    assert float(separation_deg(10, 20, 190, -20)) == pytest.approx(180, abs=1e-12)
    assert float(separation_deg(10, 0, 190 - 1e-9, 0)) == pytest.approx(180 - 1e-9, abs=1e-12)


def test_separation_broadcasts_and_gives_nan_for_what_is_no_direction() -> None:
    separation = separation_deg([[0.0], [10.0]], 0.0, [0.0, 90.0, np.nan, np.inf], 0.0)
    assert separation.shape == (2, 4)
    assert np.isnan(separation).tolist() == [[False, False, True, True]] * 2
    assert np.isnan(separation_deg(0.0, [91.0, np.nan, 0.0], 0.0, 0.0)).tolist() == [
        True,
        True,
        False,
    ]
    assert separation_deg([], [], 0.0, 0.0).shape == (0,)


# --- points in circles -------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [0.0, 1e-3, 40.0, 90.0, 130.0, 179.0, 180.0])
def test_points_in_a_circle_are_those_within_its_radius(radius: float) -> None:
    rng = np.random.default_rng(2)
    points = uniform_sphere(rng, 4000)
    expected = points @ vectors_of(350.0, 72.0) >= np.cos(np.radians(radius))
    found = points_in_circle(*lon_lat_of(points), 350.0, 72.0, radius)
    assert (found == expected).all()
    assert points_in_circle(350.0, 72.0, 350.0, 72.0, radius)


def test_boundary_of_a_circle_is_inside() -> None:
    azimuth = np.linspace(0, 2 * np.pi, 100)
    for radius in (ARCSEC_DEG, 1.0, 90.0, 135.0):
        rim = around(vectors_of(10.0, 89.0), azimuth, np.full(100, np.radians(radius)))
        assert points_in_circle(*lon_lat_of(rim), 10.0, 89.0, radius).all()


def test_rows_that_are_no_circle_or_no_point_are_false() -> None:
    found = points_in_circle(
        [np.nan, 0, 0, 0, 0, 0, 0, np.inf],
        [0, np.nan, 0, 0, 0, 91, 0, 0],
        0,
        [0, 0, 0, np.nan, 0, 0, 0, 0],
        [9, 9, np.nan, 9, -1, 9, 181, 9],
    )
    assert not found.any()


# --- points in polygons ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", [ARCSEC_DEG, 0.1, 10.0, 60.0, 85.0])
def test_points_in_a_random_polygon_see_it_all_around(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    size_rad = np.radians(size)
    polygon, centre = random_star(rng, int(rng.integers(5, 15)), size_rad)
    near = around(centre, rng.uniform(0, 2 * np.pi, 2000), 1.2 * size_rad * rng.uniform(0, 1, 2000))
    expected = winds_around(near, vertices_of(polygon)) & (near @ centre > 0)
    found = inside(polygon, near)
    assert 50 < expected.sum() < 1950
    # The tangent components of the reference lose digits near an edge of an arcsec.
    assert (found != expected).sum() <= (2 if size < 0.01 else 0)
    assert not inside(polygon, -near[expected]).any()


@pytest.mark.parametrize("seed", range(5))
def test_winding_and_first_vertex_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygon, _ = random_star(rng, 9, 1.0)
    vertices, points = vertices_of(polygon), uniform_sphere(rng, 2000)
    expected = inside(polygon, points)
    assert (inside(polygon_of(vertices[::-1]), points) == expected).all()
    assert (inside(polygon_of(np.roll(vertices, 4, axis=0)), points) == expected).all()
    closed = np.concatenate([vertices, vertices[:1]])
    assert (inside(polygon_of(closed), points) == expected).all()


@pytest.mark.parametrize("lat", [0.001, 1.0, 45.0, 89.0, -30.0, -89.9999])
def test_polygon_around_a_pole_contains_it_and_not_the_other(lat: float) -> None:
    polygon = Polygon([0, lat, 120, lat, 240, lat])
    pole = np.sign(lat) * 90
    assert points_in_polygon([0, 33, 359.9], pole, polygon).all()
    assert not points_in_polygon(0, -pole, polygon)
    points = uniform_sphere(np.random.default_rng(3), 5000)
    assert (inside(polygon, points) == in_half_spaces(points, vertices_of(polygon))).all()


def test_polygon_with_a_vertex_at_a_pole_is_right_near_it() -> None:
    lon = np.arange(-10.0, 360.0, 5.0)
    expected = (lon >= 0) & (lon <= 90)
    assert (points_in_polygon(lon, 89.999999, OCTANT) == expected).all()
    assert points_in_polygon(lon, 90.0, OCTANT).all()


def test_seam_of_longitude_changes_nothing() -> None:
    lon, lat = np.meshgrid(np.linspace(-3, 3, 61), np.linspace(-3, 3, 61))
    corners = np.array([[-1, -1.03], [1, -1], [1.02, 1], [0, 0.2], [-1, 1]])
    across = points_in_polygon(lon, lat, Polygon(corners.ravel().tolist()))
    away = points_in_polygon(
        lon + 200, lat, Polygon((corners + np.array([200, 0])).ravel().tolist())
    )
    assert (across == away).all()
    assert (points_in_polygon(lon + 360, lat, Polygon(corners.ravel().tolist())) == across).all()
    assert 100 < across.sum() < 1000


def test_vertices_and_edges_are_inside() -> None:
    rng = np.random.default_rng(4)
    for size in (np.radians(ARCSEC_DEG), 0.1, 1.4):
        polygon, _ = random_star(rng, 8, size)
        vertices = vertices_of(polygon)
        along = rng.uniform(0, 1, 8)[:, None]
        edges = along * vertices + (1 - along) * np.roll(vertices, 1, axis=0)
        edges /= np.linalg.norm(edges, axis=1)[:, None]
        assert inside(polygon, vertices).all()
        assert inside(polygon, edges).all()


@pytest.mark.parametrize("offset_rad", [1e-11, 1e-9, 1e-6])
def test_points_a_little_beyond_an_edge_are_outside(offset_rad: float) -> None:
    offset = np.degrees(offset_rad)
    assert not points_in_polygon([30, 30], [-offset, offset - 180 + 90], OCTANT).any()
    assert points_in_polygon(30, offset, OCTANT)
    tiny = box(120.0, 0.0, ARCSEC_DEG, ARCSEC_DEG)
    assert not points_in_polygon(120 + ARCSEC_DEG / 2 + offset, 0, tiny)
    assert points_in_polygon(120 + ARCSEC_DEG / 2 - min(offset, 1e-5), 0, tiny)


def test_points_on_the_continuation_of_an_edge_are_outside() -> None:
    lon = np.arange(91.0, 360.0)
    assert not points_in_polygon(lon, 0.0, OCTANT).any()
    assert not points_in_polygon(0.0, -np.arange(1.0, 91.0), OCTANT).any()
    square = Polygon([0, 0, 2, 0, 2, 2, 0, 2])
    assert not points_in_polygon([0, 2, 180, 182], [-1, 3, 0, 0], square).any()


def test_band_longer_than_a_hemisphere_has_the_smaller_side_inside() -> None:
    lon = np.arange(0.0, 301.0, 5.0)
    values = [
        *np.stack([lon, 0 * lon - 5], 1).ravel(),
        *np.stack([lon[::-1], 0 * lon + 5], 1).ravel(),
    ]
    points = uniform_sphere(np.random.default_rng(5), 20000)
    p_lon, p_lat = lon_lat_of(points)
    # Edges of 5 deg bulge by 0.005 deg from the parallel of 5 deg.
    clear = np.abs(np.abs(p_lat) - 5) > 0.01
    expected = (np.abs(p_lat) < 5) & (p_lon % 360 < 300)
    for band in (Polygon(values), Polygon(np.reshape(values, (-1, 2))[::-1].ravel().tolist())):
        assert (inside(band, points) == expected)[clear].all()
        strip = 2 * np.sin(np.radians(5)) * np.radians(300) * SR_IN_DEG2
        assert area_deg2(band) == pytest.approx(strip, rel=1e-3)
        assert centroid(band).lon_deg == pytest.approx(150, abs=1e-6)
        assert centroid(band).lat_deg == pytest.approx(0, abs=1e-6)


def test_of_two_hemispheres_the_winding_seen_from_the_origin_decides() -> None:
    # From the origin with north up, east is to the left: counter-clockwise about the north pole
    # is towards decreasing longitude.
    north, south = Polygon([240, 0, 120, 0, 0, 0]), Polygon([0, 0, 120, 0, 240, 0])
    assert points_in_polygon(10, [90, 1, 0, -1], north).tolist() == [True, True, True, False]
    assert points_in_polygon(10, [90, 1, 0, -1], south).tolist() == [False, False, True, True]
    assert area_deg2(north) == pytest.approx(2 * np.pi * SR_IN_DEG2)
    assert contains(north, north)
    assert not contains(north, south)
    assert intersects(north, south)


def test_both_lobes_of_a_figure_of_eight_are_inside() -> None:
    for shift in (0.0, 10.0):
        eight = Polygon([-10, -5 - shift / 2, 10, 5, 10, -5, -10, 5 + shift / 2])
        assert (
            points_in_polygon([-9, 9, 0, 0], [0, 0, 4, -4], eight).tolist()
            == [True] * 2 + [False] * 2
        )
    lobes = [Polygon([-10, -5, 0, 0, -10, 5]), Polygon([10, -5, 0, 0, 10, 5])]
    eight = Polygon([-10, -5, 10, 5, 10, -5, -10, 5])
    assert area_deg2(eight) == pytest.approx(sum(map(area_deg2, lobes)), rel=1e-9)


def test_core_of_a_star_is_outside_and_its_points_inside() -> None:
    azimuth = np.array([0, 2, 4, 1, 3]) * 2 * np.pi / 5
    star = polygon_of(around(vectors_of(40.0, 80.0), azimuth, np.full(5, 0.3)))
    assert not points_in_polygon(40.0, 80.0, star)
    assert inside(star, around(vectors_of(40.0, 80.0), azimuth, np.full(5, 0.25))).all()
    assert not contains(Circle(40.0, 80.0, 1.0), star)
    # The core is the pentagon of the inner corners; it touches the star along all its edges.
    inner = np.arctan(np.tan(0.3) * np.cos(2 * np.pi / 5) / np.cos(np.pi / 5))
    core = polygon_of(
        around(vectors_of(40.0, 80.0), np.sort(azimuth) + np.pi / 5, np.full(5, inner))
    )
    assert not contains(core, star)
    assert intersects(core, star)


def test_rows_without_a_direction_are_in_no_polygon() -> None:
    lon = [0, 60, 120, 180, 240, 300]
    band = Polygon([*itertools.chain(*((x, -5) for x in lon)), 300, 5, 150, 5, 0, 5])
    for polygon in (OCTANT, band):
        found = points_in_polygon([np.nan, 10, np.inf, 10], [1, np.nan, 1, 91], polygon)
        assert found.tolist() == [False] * 4


def test_shape_of_the_points_is_kept() -> None:
    assert points_in_polygon(np.zeros((2, 1)), np.zeros((1, 3)), OCTANT).shape == (2, 3)
    assert points_in_polygon([], [], OCTANT).shape == (0,)
    assert points_in_polygon(1.0, 1.0, OCTANT).shape == ()


def test_a_million_points_take_under_half_a_second() -> None:
    lon, lat = lon_lat_of(uniform_sphere(np.random.default_rng(6), 1_000_000))
    durations = []
    for polygon in (box(30.0, 20.0, 40.0, 30.0), Polygon([0, 1, 90, 1, 180, 1, 270, 1])):
        best = np.inf
        for _ in range(2):
            begun = time.process_time()
            points_in_polygon(lon, lat, polygon)
            best = min(best, time.process_time() - begun)
        durations.append(best)
    assert max(durations) < 0.5


# --- pairs of regions --------------------------------------------------------------------------


def convex(rng: np.random.Generator, centre: Array, size_rad: float) -> Polygon:
    """Corners on one circle, no side about the centre left open: a convex polygon."""
    n = int(rng.integers(3, 8))
    azimuth = 2 * np.pi * (np.arange(n) + rng.uniform(0, 0.3, n)) / n
    return polygon_of(around(centre, azimuth, np.full(n, size_rad)))


def random_region(rng: np.random.Generator, kind: str, points: Array) -> tuple[Region, Array]:
    """A circle, a convex polygon or a star, and by an independent reference the points in it."""
    centre = around(vectors_of(20.0, 80.0), rng.uniform(0, 7, 1), rng.uniform(0, 1.2, 1))[0]
    if kind == "circle":
        lon, lat = lon_lat_of(centre)
        radius_deg = float(rng.uniform(3, 178))
        members = points @ centre >= np.cos(np.radians(radius_deg))
        return Circle(float(lon), float(lat), radius_deg), members
    if kind == "convex":
        polygon = convex(rng, centre, rng.uniform(0.05, 1.4))
        return polygon, in_half_spaces(points, vertices_of(polygon))
    polygon, centre = random_star(rng, int(rng.integers(5, 12)), rng.uniform(0.5, 1.4))
    return polygon, winds_around(points, vertices_of(polygon)) & (points @ centre > 0)


@pytest.mark.parametrize("kinds", list(itertools.product(["circle", "convex", "star"], repeat=2)))
def test_contains_and_intersects_agree_with_sampled_points(kinds: tuple[str, str]) -> None:
    rng = np.random.default_rng([len(kind) for kind in kinds])
    points = uniform_sphere(rng, 10000)
    found: list[tuple[bool, bool]] = []
    unsettled = 0
    for _ in range(100):
        (a, in_a), (b, in_b) = (random_region(rng, kind, points) for kind in kinds)
        both, only_a = bool((in_a & in_b).any()), bool((in_a & ~in_b).any())
        found.append((intersects(a, b), contains(a, b)))
        # A sampled point settles that regions meet, or that one sticks out of the other; without
        # one they may still do so by less than the points resolve.
        assert found[-1][0] or not both
        assert not (found[-1][1] and only_a)
        unsettled += (found[-1] != (both, not only_a)) and bool(in_a.any())
    assert unsettled <= 5
    assert {meets for meets, _ in found} == {True, False}
    assert "star" in kinds or {held for _, held in found} == {True, False}


REGIONS: list[Region] = [
    Point(0.0, 90.0),
    Point(0.5, 0.0),
    Circle(0.0, 0.0, 1.0),
    Circle(0.0, 90.0, 100.0),
    Circle(180.0, 0.0, 178.0),
    Circle(10.0, 0.0, 9.5),
    OCTANT,
    box(0.0, 0.0, 4.0, 4.0),
    box(0.0, 88.0, 20.0, 4.0),
    Polygon([0, 1, 120, 1, 240, 1]),
    Polygon([-1, -1, 5, 0, -1, 1, 0, 0]),
    Polygon([0, 0, ARCSEC_DEG, 0, 0, ARCSEC_DEG]),
]


def test_rotations_of_the_sphere_change_no_predicate() -> None:
    rng = np.random.default_rng(7)
    # These touch within the rounding of a rotation, well inside the boundary's width.
    expected = [(contains(a, b), intersects(a, b)) for a, b in itertools.product(REGIONS, repeat=2)]
    assert 20 < sum(c for c, _ in expected) < sum(i for _, i in expected) < len(expected) - 20
    for _ in range(12):
        turn = rotation(rng)
        turned = [rotated(region, turn) for region in REGIONS]
        found = [(contains(a, b), intersects(a, b)) for a, b in itertools.product(turned, repeat=2)]
        assert found == expected
        for region, other in zip(REGIONS, turned, strict=True):
            assert area_deg2(other) == pytest.approx(area_deg2(region), rel=1e-8)
            moved = rotated(centroid(region), turn)
            # A rotation rounds vertices to 1e-16 rad: 1e-10 deg of a centroid is ample.
            assert separation_deg(*moved.values, *centroid(other).values) < 1e-10


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_contains_and_intersects_itself(region: Region) -> None:
    assert contains(region, region)
    assert intersects(region, region)


def test_intersection_is_symmetric_and_containment_implies_it() -> None:
    for a, b in itertools.product(REGIONS, repeat=2):
        assert intersects(a, b) == intersects(b, a)
        assert intersects(a, b) or not contains(a, b)


def test_circle_that_holds_all_vertices_may_not_hold_the_polygon() -> None:
    # All but a cap of 20 deg about the north pole; the polygon's vertices lie at 60 deg.
    holed, polygon = Circle(0.0, -90.0, 160.0), Polygon([0, 60, 120, 60, 240, 60])
    assert points_in_circle(polygon.values[::2], polygon.values[1::2], 0, -90, 160).all()
    assert not contains(polygon, holed)
    assert not contains(polygon, Circle(0.0, 90.0, 29.0))
    assert contains(polygon, Circle(0.0, 90.0, 30.0))
    assert contains(polygon, Circle(0.0, 0.0, 180.0))
    away = Polygon([0, 60, 20, 60, 20, 65])
    assert contains(away, holed)


def test_circle_fits_a_triangle_as_far_as_its_nearest_edge() -> None:
    # The edges of this triangle pass at tan(d) = tan(60 deg) / cos(60 deg) of latitude.
    lat = np.degrees(np.arctan(np.tan(np.radians(60)) / np.cos(np.radians(60))))
    polygon = Polygon([0, 60, 120, 60, 240, 60])
    assert contains(Circle(0.0, 90.0, 90 - lat), polygon)
    assert not contains(Circle(0.0, 90.0, 90 - lat + 1e-9), polygon)
    assert contains(Circle(0.0, 90.0, 90 - lat - 1e-9), polygon)
    assert intersects(Circle(60.0, 0.0, lat), polygon)
    assert not intersects(Circle(60.0, 0.0, lat - 1e-9), polygon)


def test_polygons_that_touch_at_an_edge_or_a_corner_intersect() -> None:
    left, right = Polygon([0, 0, 1, 0, 1, 1, 0, 1]), Polygon([1, 0, 2, 0, 2, 1, 1, 1])
    assert intersects(left, right)
    assert intersects(left, Polygon([1, 1, 2, 1, 2, 2]))
    assert not intersects(left, Polygon([1 + 1e-9, 0, 2, 0, 2, 1]))
    assert not contains(left, right)


def test_polygons_that_only_cross_edges_intersect() -> None:
    wide, tall = box(0, 0, 20, 2), box(0, 0, 2, 20)
    assert intersects(wide, tall)
    assert not contains(wide, tall)
    assert not intersects(wide, box(180, 0, 2, 20))


def test_polygon_across_a_notch_is_not_contained_though_its_vertices_are() -> None:
    notched = Polygon([0, 0, 10, 0, 10, 10, 5, 2, 0, 10])
    bridge = Polygon([0.5, 8, 9.5, 8, 5, 1])
    assert points_in_polygon(bridge.values[::2], bridge.values[1::2], notched).all()
    assert not contains(bridge, notched)
    # The chord between two vertices of the notch runs outside from boundary to boundary.
    assert not contains(Polygon([10, 10, 5, 2, 0, 10]), notched)
    assert contains(Polygon([0, 0, 10, 0, 5, 2]), notched)
    assert not contains(notched, bridge)


def test_smaller_box_is_in_a_larger_one_with_a_common_side() -> None:
    large = Polygon([0, 0, 10, 0, 10, 10, 0, 10])
    assert contains(Polygon([2, 0, 8, 0, 8, 5, 2, 5]), large)
    assert contains(Polygon([0, 0, 10, 0, 10, 5, 0, 5]), large)
    assert not contains(Polygon([2, -1e-6, 8, 0, 8, 5, 2, 5]), large)


def test_points_are_degenerate_regions() -> None:
    point = Point(5.0, 5.0)
    assert contains(point, Point(365.0, 5.0))
    assert contains(point, Circle(5.0, 5.0, 0.0))
    assert contains(Circle(5.0, 5.0, 0.0), point)
    assert contains(point, OCTANT)
    assert not contains(OCTANT, point)
    assert not contains(Circle(5.0, 5.0, 1.0), point)
    assert not intersects(point, Point(5.0, 5.0 + 1e-9))
    assert intersects(OCTANT, point)
    assert intersects(point, Circle(6.0, 5.0, 1.0))
    assert contains(Point(0.0, 90.0), Point(123.0, 90.0))


# --- areas and centroids -----------------------------------------------------------------------


def test_octant_has_an_eighth_of_the_sphere() -> None:
    assert area_deg2(OCTANT) == pytest.approx(4 * np.pi / 8 * SR_IN_DEG2, rel=1e-14)
    middle = centroid(OCTANT)
    assert middle.lon_deg == pytest.approx(45, abs=1e-12)
    assert middle.lat_deg == pytest.approx(np.degrees(np.arcsin(1 / np.sqrt(3))), abs=1e-12)


@pytest.mark.parametrize("size_arcsec", [1e-2, 1.0, 60.0])
@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (359.9999, 45.0), (10.0, -89.0)])
def test_small_box_has_the_flat_area_and_centre(size_arcsec: float, lon: float, lat: float) -> None:
    size = size_arcsec * ARCSEC_DEG
    small = box(lon, lat, size, size)
    # A vertex is rounded to 4e-16 rad, and lon or lat itself to 3e-14 deg.
    precision = 1e-13 / size + 1e-7
    assert area_deg2(small) == pytest.approx(size**2 * np.cos(np.radians(lat)), rel=precision)
    # To second order the mean is lower by h**2 tan(lat) / 12, for parallels shorten towards the
    # pole, less w**2 sin(lat) cos(lat) / 8, for great circles and a mean of vectors bulge that way.
    phi, size_rad = np.radians(lat), np.radians(size)
    lower = np.degrees(size_rad**2 * (np.tan(phi) / 12 - np.sin(phi) * np.cos(phi) / 8))
    a_millionth = 1e-6 * size + 1e-12
    assert separation_deg(*centroid(small).values, lon, lat - lower) < a_millionth


def test_area_and_centroid_agree_with_sampled_points() -> None:
    rng = np.random.default_rng(8)
    points = uniform_sphere(rng, 200_000)
    for size in (0.5, 1.2):
        polygon, centre = random_star(rng, 9, size)
        members = winds_around(points, vertices_of(polygon)) & (points @ centre > 0)
        fraction = members.mean()
        four_sigma = 4 * np.sqrt(fraction / len(points)) * 4 * np.pi * SR_IN_DEG2
        assert area_deg2(polygon) == pytest.approx(
            fraction * 4 * np.pi * SR_IN_DEG2, abs=four_sigma
        )
        lon, lat = lon_lat_of(points[members].mean(axis=0))
        one_degree = 1.0
        assert separation_deg(*centroid(polygon).values, lon, lat) < one_degree


@pytest.mark.parametrize("radius_deg", [1e-6, 1e-4, 1e-3, 1e-2])
def test_small_triangle_has_its_centroid_at_the_mean_of_its_vertices(radius_deg: float) -> None:
    azimuth, radius = np.array([0.0, 1.0, 3.0]), np.full(3, np.radians(radius_deg))
    vertices = around(vectors_of(77.0, 33.0), azimuth, radius)
    found = centroid(polygon_of(vertices)).values
    # To third order of its size, 5e-12 rad for the largest, and the rounding of a vertex.
    assert separation_deg(*found, *lon_lat_of(vertices.sum(axis=0))) < 3e-10


def test_circle_has_the_area_of_its_cap() -> None:
    for radius in (1.0, 90.0, 120.0, 180.0):
        cap = 2 * np.pi * (1 - np.cos(np.radians(radius))) * SR_IN_DEG2
        assert area_deg2(Circle(0, 0, radius)) == pytest.approx(cap, rel=1e-12)
    assert area_deg2(Circle(5, 5, 1e-7)) == pytest.approx(np.pi * 1e-14, rel=1e-12)
    assert area_deg2(Point(1, 1)) == 0
    assert centroid(Circle(20, 30, 120)) == centroid(Point(20, 30)) == Point(20, 30)


def test_area_of_a_self_crossing_polygon_is_that_of_the_points_in_it() -> None:
    rng = np.random.default_rng(9)
    points = uniform_sphere(rng, 10000)
    four_sigma = 4 * 0.5 / np.sqrt(len(points)) * 4 * np.pi * SR_IN_DEG2
    over_a_hemisphere = 0
    for n in range(40):
        vertices = uniform_sphere(rng, int(rng.integers(3, 10))) + (n % 2) * uniform_sphere(rng, 1)
        vertices /= np.linalg.norm(vertices, axis=1)[:, None]
        polygon = polygon_of(vertices)
        sampled = inside(polygon, points).mean() * 4 * np.pi * SR_IN_DEG2
        assert area_deg2(polygon) == pytest.approx(sampled, abs=four_sigma)
        assert area_deg2(polygon) <= 2 * np.pi * SR_IN_DEG2
        over_a_hemisphere += polygon.shape.cap is None
    assert over_a_hemisphere > 5


def test_polygon_of_no_area_is_its_boundary() -> None:
    flat = Polygon([0, 0, 1, 0, 2, 0])
    assert area_deg2(flat) == pytest.approx(0, abs=1e-10)
    assert points_in_polygon([0.5, 1.5, 3], [0, 0, 0], flat).tolist() == [True, True, False]
    assert points_in_polygon(1, [1e-9, -1e-9], flat).tolist() == [False, False]
    assert separation_deg(*centroid(flat).values, 1, 0) < 1e-6


# --- boxes and values --------------------------------------------------------------------------


def test_box_has_its_corners_half_a_size_off() -> None:
    corners = np.reshape(box(359.0, 10.0, 4.0, 2.0).values, (-1, 2)).tolist()
    assert sorted(corners) == [[1.0, 9.0], [1.0, 11.0], [357.0, 9.0], [357.0, 11.0]]
    top = np.degrees(np.arctan(np.tan(np.radians(11)) / np.cos(np.radians(2))))
    assert points_in_polygon(359.0, [top - 1e-9, top + 1e-9], box(359, 10, 4, 2)).tolist() == [
        True,
        False,
    ]


def test_box_that_reaches_a_pole_is_a_triangle_there() -> None:
    touching = box(0.0, 89.95, 10.0, 0.1)
    assert points_in_polygon([0, 180, 0], [90, 90, 89.95], touching).all()
    assert not points_in_polygon(180, 89.99, touching)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((0, 89, 1, 4), "leave"),
        ((0, -89, 1, 4), "leave"),
        ((0, 0, 180, 1), "width"),
        ((0, 0, -1, 1), "width"),
        ((0, 0, 1, 0), "height"),
        ((0, 0, np.nan, 1), "width"),
        ((np.nan, 0, 1, 1), "not finite"),
        ((0, np.nan, 1, 1), "leave"),
    ],
)
def test_box_that_is_none_is_refused(arguments: tuple[float, ...], reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        box(*arguments)


@pytest.mark.parametrize(
    ("xtype", "values", "reason"),
    [
        ("point", [10, 91], r"point 10 91: latitude 91 is outside \[-90, 90\]"),
        ("point", [10], "1 values; give 2"),
        ("point", [np.nan, 0], "not finite"),
        ("point", "10 x", "not numbers"),
        ("circle", [10, 20], "2 values; give 3"),
        ("circle", [10, 20, -1], r"radius -1 is outside \[0, 180\]"),
        ("circle", [10, 20, 180.5], r"radius 180.5 is outside"),
        ("circle", [10, 20, np.inf], "not finite"),
        ("circle", [10, -90.5, 1], "latitude -90.5"),
        ("polygon", [0, 0, 1, 0], "4 values"),
        ("polygon", [0, 0, 1, 0, 1, 1, 0], "7 values"),
        ("polygon", [], "0 values"),
        ("polygon", [0, 0, 1, 0, 1, np.nan], "not finite"),
        ("polygon", [0, 0, 1, 0, 1, 95], "latitude 95"),
        ("polygon", [0, 0, 1, 0, 1, 0], "fewer than 3 distinct vertices"),
        ("polygon", [0, 90, 120, 90, 0, 0], "fewer than 3 distinct vertices"),
        ("polygon", [0, 0, 180, 0, 90, 45], "180 deg apart"),
        ("ellipse", [0, 0, 1, 1, 0], "give point, circle or polygon"),
    ],
)
def test_values_that_are_no_region_are_refused(
    xtype: str, values: list[float] | str, reason: str
) -> None:
    with pytest.raises(BadParameter, match=reason):
        parse_region(values, xtype)


@pytest.mark.parametrize("region", REGIONS)
def test_values_make_the_region_again(region: Region) -> None:
    assert parse_region(np.array(region.values), region.xtype) == region
    assert parse_region(" ".join(map(repr, region.values)), region.xtype) == region
    assert len({region, parse_region(region.values, region.xtype)}) == 1


def test_longitude_is_reduced_to_one_turn() -> None:
    assert Point(-1e-18, 0).lon_deg == 0
    assert Point(725, 0) == Point(5, 0)
    assert Polygon([-1, 0, 361, 0, 360, 1]).values == (359, 0, 1, 0, 0, 1)
