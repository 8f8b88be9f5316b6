"""Fields of view at the hard places of the sky, against formulas written differently."""

from __future__ import annotations

import brute_force
import numpy as np
import pytest
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.passes.fields import Apertures, Circle, Field, Polygon, direction_of, rectangle
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import normalised

PLACES = [(0.0, 0.0), (359.99, 45.0), (180.0, 89.95), (12.0, -90.0), (0.0, 90.0)]


def around(field: Field, count: int = 4000) -> np.ndarray:
    """Random directions in and about a field."""
    drawn = np.random.default_rng(4).normal(size=(count, 3))
    return normalised(field.centre + drawn * field.radius_rad)


@pytest.mark.parametrize(("ra", "dec"), PLACES)
def test_circle_holds_what_is_within_its_radius(ra: float, dec: float) -> None:
    field = Circle.of(ra, dec, 0.7)
    u = around(field)
    assert np.array_equal(field.contains(u), brute_force.circle(ra, dec, 0.7)(u) <= 0)
    assert 100 < field.contains(u).sum() < 3900


@pytest.mark.parametrize(("ra", "dec"), PLACES)
def test_rectangle_holds_what_its_corners_enclose(ra: float, dec: float) -> None:
    field = rectangle(ra, dec, 2.0, 0.6, 33.0)
    corners = np.stack(radec_deg(field.vertices), axis=1)
    distance = brute_force.polygon([(float(a), float(d)) for a, d in corners])
    u = around(field)
    assert np.array_equal(field.contains(u), distance(u) <= 0)
    assert 100 < field.contains(u).sum() < 3900


def test_position_angle_turns_the_height_from_north_through_east() -> None:
    field = rectangle(10.0, 0.0, 0.2, 2.0, 90.0)
    assert field.contains(np.array([direction_of(10.9, 0.0)]))[0]
    assert not field.contains(np.array([direction_of(10.0, 0.9)]))[0]
    tilted = rectangle(10.0, 0.0, 0.2, 2.0, 45.0)
    assert tilted.contains(np.array([direction_of(10.5, 0.5)]))[0]
    assert not tilted.contains(np.array([direction_of(9.5, 0.5)]))[0]


@pytest.mark.parametrize("wound", [1, -1])
def test_polygon_that_is_not_convex_holds_its_arms_and_not_its_bay(wound: int) -> None:
    corners = [(0, 0), (4, 0), (4, 4), (3, 4), (3, 1), (1, 1), (1, 4), (0, 4)][::wound]
    field = Polygon.of([(ra + 358.0 - 360.0 * (ra > 1), dec) for ra, dec in corners])
    points = np.array([direction_of(*p) for p in [(358.5, 3), (0.0, 2.5), (1.5, 3), (0.0, 0.5)]])
    assert field.contains(points).tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    "field",
    [Circle.of(0.1, 89.9, 1.0), rectangle(359.9, -30.0, 3.0, 1.0, 20.0)],
    ids=["circle", "rectangle"],
)
def test_path_changes_sides_just_where_the_edge_is_said_to_be(field: Field) -> None:
    u = around(field, 400)
    first, second = u[:200], u[200:]
    fractions = field.edge_fractions(first, second)
    inside = np.stack([field.contains(first), field.contains(second)])
    counted = np.isfinite(fractions).sum(axis=1)
    assert np.array_equal(counted % 2 == 1, inside[0] != inside[1])
    for row, column in np.argwhere(np.isfinite(fractions)):
        at = first[row] + fractions[row, column] * (second[row] - first[row])
        nudge = 1e-7 * (second[row] - first[row])
        both = normalised(np.stack([at - nudge, at + nudge]))
        assert field.contains(both).sum() == 1


def test_apertures_near_a_path_are_named() -> None:
    positions = [(10.0 + 0.1 * i, 5.0) for i in range(3000 // 10)]
    field = Apertures.of(positions, 0.001, [f"fibre {i}" for i in range(len(positions))])
    path = np.array([direction_of(12.5, dec) for dec in np.linspace(4.9, 5.1, 41)])
    assert [name for name, _ in field.near(path)] == ["fibre 25"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Circle.of(400.0, 0.0, 1.0), "ra=400"),
        (lambda: Circle.of(10.0, 91.0, 1.0), "dec=91"),
        (lambda: Circle.of(10.0, float("nan"), 1.0), "dec=nan"),
        (lambda: Circle.of(10.0, 0.0, 0.0), "radius=0"),
        (lambda: Circle.of(10.0, 0.0, 90.0), "radius=90"),
        (lambda: rectangle(10.0, 0.0, -1.0, 1.0), "width=-1"),
        (lambda: rectangle(10.0, 0.0, 1.0, 1.0, float("inf")), "pa=inf"),
        (lambda: Polygon.of([(0, 0), (1, 1)]), "2 corners"),
        (lambda: Polygon.of([(0, 0), (1, 0), (2, 0)]), "no area"),
        (lambda: Polygon.of([(0, 0), (120, 0), (240, 0), (0, 80)]), "89 deg"),
        (lambda: Polygon.of([(0, 0), (1, 0), (1, 1, 1)]), "corner"),
        (lambda: Apertures.of([], 0.1), "0 apertures"),
    ],
)
def test_field_that_cannot_be_is_refused(make: object, said: str) -> None:
    with pytest.raises(BadParameter, match=said):
        make()  # type: ignore[operator]
