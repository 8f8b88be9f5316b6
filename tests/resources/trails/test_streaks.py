"""Unitary streaks against areas and lengths computed in fractions, without rounding."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from satvo.resources.trails import unitary_streak
from satvo.resources.trails.areas import rectangle_areas
from satvo.schemas.errors import BadParameter

HALF = Fraction(1, 2)


def exact_area(corners, row, column):
    """Area of a polygon in a pixel, by Sutherland and Hodgman in fractions."""
    polygon = corners
    for axis, low in ((0, column), (1, row)):
        for sign in (1, -1):
            edge = low - sign * HALF
            cut = []
            for one, two in zip(polygon, polygon[1:] + polygon[:1], strict=True):
                a, b = sign * (one[axis] - edge), sign * (two[axis] - edge)
                if a >= 0:
                    cut.append(one)
                if (a < 0) != (b < 0):
                    share = a / (a - b)
                    cut.append(tuple(p + share * (q - p) for p, q in zip(one, two, strict=True)))
            polygon = cut
            if not polygon:
                return 0.0
    twice = sum(
        a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True)
    )
    return float(abs(twice) / 2)


def corners_of(start, end, width=1.0):
    """Corners of the streak's rectangle, from the direction as floating point has it."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    u, v = (Fraction(dx / length), Fraction(dy / length)) if length else (Fraction(1), Fraction(0))
    x, y = (Fraction(a + 0.5 * d) for a, d in zip(start, (dx, dy), strict=True))
    along, across = (Fraction(length) + 1) / 2, Fraction(width) / 2
    return [
        (x + s * along * u - t * across * v, y + s * along * v + t * across * u)
        for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]


def framed(length, angle, offset):
    """A frame that holds a streak, and its ends."""
    dx, dy = length * math.cos(angle), length * math.sin(angle)
    start = (3.0 - min(dx, 0.0) + offset[0], 3.0 - min(dy, 0.0) + offset[1])
    shape = (math.ceil(abs(dy)) + 8, math.ceil(abs(dx)) + 8)
    return shape, start, (start[0] + dx, start[1] + dy)


ANGLES = [0.0, 1e-15, -1e-9, 1e-4, 0.05, 0.35, math.pi / 4, math.pi / 4 + 1e-12, 1.3, math.pi / 2]


@pytest.mark.parametrize("angle", [*ANGLES, 2.0, math.pi, 4.0, -0.3])
@pytest.mark.parametrize("length", [0.1, 1.0, 7.3, 190.0, 3000.0])
def test_the_areas_of_a_streak_add_to_its_rectangle(length: float, angle: float) -> None:
    shape, start, end = framed(length, angle, (0.37, 0.81))
    for width in (1.0, 0.2, 2.6):
        rows, columns, areas = rectangle_areas(
            (0.5 * (start[0] + end[0]), 0.5 * (start[1] + end[1])),
            ((end[0] - start[0]) / length, (end[1] - start[1]) / length),
            math.dist(start, end) + 1.0,
            width,
            shape,
        )
        wanted = (math.dist(start, end) + 1.0) * width
        assert abs(areas.sum() / wanted - 1.0) < 1e-12
        assert areas.min() > -1e-12
        assert areas.max() < 1.0 + 1e-12
        assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == len(rows)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("width", [1.0, 0.3, 3.5])
def test_each_pixel_has_the_area_that_fractions_give(angle: float, width: float) -> None:
    for length, offset in ((0.0, (0.5, 0.5)), (0.1, (0.2, 0.9)), (6.7, (0.0, 0.5))):
        shape, start, end = framed(length, angle, offset)
        image = unitary_streak(shape, start, end, width=width)
        corners = corners_of(start, end, width)
        exact = [[exact_area(corners, r, c) for c in range(shape[1])] for r in range(shape[0])]
        assert np.abs(image - exact).max() < 1e-13


def test_a_streak_that_leaves_the_frame_keeps_the_areas_inside() -> None:
    start, end = (-5.3, 2.2), (14.0, 21.9)
    whole = unitary_streak((40, 40), (start[0] + 10, start[1] + 10), (end[0] + 10, end[1] + 10))
    image = unitary_streak((12, 9), start, end)
    assert np.abs(image - whole[10:22, 10:19]).max() < 1e-13
    corners = corners_of(start, end)
    exact = sum(exact_area(corners, r, c) for r in range(12) for c in range(9))
    assert abs(image.sum() / exact - 1.0) < 1e-12
    assert not unitary_streak((12, 9), (50.0, 3.0), (60.0, 9.0)).any()


def test_the_middle_of_a_streak_is_the_middle_of_its_ends() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        shape, start, end = framed(rng.uniform(0.1, 60), rng.uniform(0, 6.3), rng.random(2))
        image = unitary_streak(shape, start, end)
        rows, columns = np.indices(shape)
        # A pixel's light is counted at its centre, which is off by the second order of its shape.
        for at, index in (((start[0] + end[0]) / 2, columns), ((start[1] + end[1]) / 2, rows)):
            assert abs((image * index).sum() / image.sum() - at) < 0.06


def test_lengths_in_pixels_add_to_the_line() -> None:
    rng = np.random.default_rng(2)
    for _ in range(30):
        shape, start, end = framed(
            10 ** rng.uniform(-1, 2.5), rng.choice([0, 0.3, math.pi / 2, 2.5, 5.0]), rng.random(2)
        )
        image = unitary_streak(shape, start, end, "line_perfect")
        assert abs(image.sum() / math.dist(start, end) - 1.0) < 1e-11
        assert image.max() <= math.sqrt(2.0) + 1e-12
    diagonal = unitary_streak((3, 3), (0.0, 0.0), (2.0, 2.0), "line_perfect")
    assert np.allclose(diagonal, np.diag([0.5, 1.0, 0.5]) * math.sqrt(2.0), atol=1e-15)


def test_line_perfect_does_not_see_small_turns_and_pixel_perfect_does() -> None:
    """Figure 6 of the paper: below arctan(1 / length) a turned line is the level one."""
    ends = [((5.0, 10 - t), (24.0, 10 + t)) for t in (0.0, 0.4)]
    line = [unitary_streak((20, 30), *end, "line_perfect") for end in ends]
    area = [unitary_streak((20, 30), *end) for end in ends]
    assert np.abs(line[0] - line[1]).max() < 1e-3
    assert np.abs(area[0] - area[1]).max() > 0.3


def test_the_computational_way_misplaces_streaks() -> None:
    """Figure 5 of the paper: ends are wrong by parts of a pixel, where the others are right."""
    start, end = (20.0, 30.0), (60.3, 48.2)
    rows, columns = np.indices((80, 90))
    off = {}
    for name in ("computational", "pixel_perfect"):
        image = unitary_streak((80, 90), start, end, name)
        x, y = ((image * index).sum() / image.sum() for index in (columns, rows))
        off[name] = math.dist((x, y), (40.15, 39.1))
    assert off["pixel_perfect"] < 0.01
    assert 0.05 < off["computational"] < 0.6
    assert abs(image.sum() / (math.dist(start, end) + 1) - 1) < 1e-12
    level = unitary_streak((9, 20), (3.0, 4.0), (12.0, 4.0), "computational")
    assert abs(level.sum() - 9.0) < 0.5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (((0, 5), (1, 1), (2, 2)), "at least 1"),
        (((5, 5), (math.nan, 1), (2, 2)), "start of a streak"),
        (((5, 5), (1, 1), (2, math.inf)), "end of a streak"),
        (((5, 5), (1, 1), (2, 2), "bresenham"), "pixel_perfect"),
        (((5, 5), (1, 1), (1e6, 2), "computational"), "use pixel_perfect"),
    ],
)
def test_a_bad_streak_is_refused(arguments, told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        unitary_streak(*arguments)


@pytest.mark.parametrize("width", [0.0, -1.0, math.nan])
def test_a_streak_without_width_is_refused(width: float) -> None:
    with pytest.raises(BadParameter, match="greater than 0"):
        unitary_streak((5, 5), (1, 1), (2, 2), width=width)
