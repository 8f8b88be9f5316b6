"""What is told of convex polygons at once against the regions one by one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from satvo.schemas import regions
from satvo.schemas.convex_polygons import UNKNOWN, ConvexPolygons
from satvo.schemas.regions import Circle, Polygon
from satvo.schemas.sphere import unit_vectors

SEED = 20260713
N = 300

Floats = npt.NDArray[np.float64]


def frames(rng: np.random.Generator, corners: int) -> Floats:
    """Polygons of points around circles near (0, 2) and near the pole, in either winding."""
    lon, lat = rng.normal(0, 3, N), rng.normal(2, 3, N)
    lat[::5] = rng.uniform(86, 90, len(lat[::5]))
    size = np.radians(10 ** rng.uniform(-2, 0.7, N))[:, None]
    angles = np.sort(rng.uniform(0, 2 * np.pi, (N, corners)), axis=1)
    angles[::2] = angles[::2, ::-1]
    middle = unit_vectors(lon, lat)
    east = unit_vectors(lon + 90, np.zeros(N))
    north = np.cross(middle, east)
    points = (
        middle[:, None]
        + (size * np.cos(angles))[..., None] * east[:, None]
        + (size * np.sin(angles))[..., None] * north[:, None]
    )
    degrees = np.empty((N, 2 * corners))
    degrees[:, ::2] = np.degrees(np.arctan2(points[..., 1], points[..., 0]))
    degrees[:, 1::2] = np.degrees(
        np.arctan2(points[..., 2], np.hypot(*np.moveaxis(points, 2, 0)[:2]))
    )
    return degrees


def agree(told: npt.NDArray[np.int8], truth: list[bool], least: float) -> None:
    sure = told != UNKNOWN
    assert sure.mean() >= least
    assert (told[sure] == np.array(truth)[sure]).all()
    assert set(told[sure].tolist()) == {0, 1}


def test_circles_and_points_as_one_by_one() -> None:
    rng = np.random.default_rng(SEED)
    for corners in (3, 4, 7):
        degrees = frames(rng, corners)
        lon, lat = rng.normal(0, 3, N), np.clip(rng.normal(2, 3, N), -90, 90)
        lat[::5] = rng.uniform(86, 90, len(lat[::5]))
        radius = rng.choice([0.0, 0.1, 1.0, 5.0, 30.0], N)
        known = ConvexPolygons.of(degrees)
        each = [Polygon(row.tolist()) for row in degrees]
        circles = [Circle(*map(float, row)) for row in zip(lon, lat, radius, strict=True)]
        centres, radii = unit_vectors(lon, lat), np.radians(radius)
        pairs = list(zip(each, circles, strict=True))
        agree(known.meet_circles(centres, radii), [regions.intersects(*p) for p in pairs], 0.9)
        agree(known.hold_circles(centres, radii), [regions.contains(c, p) for p, c in pairs], 0.9)
        agree(known.in_circles(centres, radii), [regions.contains(*p) for p in pairs], 0.9)


def test_each_other_as_one_by_one() -> None:
    rng = np.random.default_rng(SEED + 1)
    for corners in (3, 4, 7):
        a, b = frames(rng, corners), frames(rng, 4)
        first, second = ConvexPolygons.of(a), ConvexPolygons.of(b)
        pairs = [(Polygon(p.tolist()), Polygon(q.tolist())) for p, q in zip(a, b, strict=True)]
        agree(first.meet(second), [regions.intersects(*pair) for pair in pairs], 0.9)
        agree(first.hold(second), [regions.contains(q, p) for p, q in pairs], 0.9)


def test_what_is_not_plain_is_left_to_others() -> None:
    odd = np.array(
        [
            [0, 0, 10, 10, 10, 0, 0, 10],  # crosses itself
            [0, 0, 1, 0, 0.3, 0.3, 0, 1],  # a dart
            [0, 0, 1, 0, 1, 0, 0, 1],  # a vertex twice
            [0, 0, 1, 0, 2, 0, 1, 1],  # a vertex on an edge
            [0, 0, 1e-6, 0, 1e-6, 1e-6, 0, 1e-6],  # tiny
            [0, 0, 100, 0, 180, 10, 270, 80],  # wide
            [0, 0, 1, 0, 1, 95, 0, 1],  # no latitude
            [0, 0, 1, 0, np.nan, 1, 0, 1],
        ]
    )
    known = ConvexPolygons.of(odd)
    centres = unit_vectors(np.full(len(odd), 0.5), np.full(len(odd), 0.2))
    assert (known.meet_circles(centres, np.full(len(odd), 0.1)) == UNKNOWN).all()
    assert (known.meet(ConvexPolygons.of(odd[::-1])) == UNKNOWN).all()


def test_rims_are_left_to_others() -> None:
    square = ConvexPolygons.of(np.array([[0.0, 0, 2, 0, 2, 2, 0, 2]]))
    below = unit_vectors(np.array([1.0]), np.array([-1.0]))
    assert square.meet_circles(below, np.radians([1.0])) == [UNKNOWN]
    assert square.meet_circles(below, np.radians([1.001])) == [1]
    assert square.meet_circles(below, np.radians([0.999])) == [0]
    corner = unit_vectors(np.array([2.0]), np.array([2.0]))
    assert square.hold_circles(corner, np.array([0.0])) == [UNKNOWN]
