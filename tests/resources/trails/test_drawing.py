"""Light on pixels against thousands of Gaussian stars put along the path by the error function."""

from __future__ import annotations

import importlib.util
import math
import time
import tracemalloc
from pathlib import Path as FilePath

import numpy as np
import pytest
from satvo.resources.trails import spreading
from satvo.resources.trails.drawing import add_trail, draw_points, draw_trail, trail_mask
from satvo.resources.trails.flux_laws import Glinting, Tumbling
from satvo.resources.trails.paths import Path, straight_path
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

_SPEC = importlib.util.spec_from_file_location("light", FilePath(__file__).with_name("light.py"))
light = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(light)

SHAPE = (70, 80)


def brute(path: Path, fwhm: float, law=None, width_px: float = 0.0) -> np.ndarray:
    """The path as 6000 stars, each with the light of its time; 40 lines side by side if wide."""
    count = 1000 if width_px else 6000
    t = path.t[0] + (np.arange(count) + 0.5) / count * (path.t[-1] - path.t[0])
    x, y = path.at(t)
    flux = (np.ones(count) if law is None else law(t)) * (path.t[-1] - path.t[0]) / count
    if width_px:
        across = width_px * ((np.arange(40) + 0.5) / 40 - 0.5)
        dx, dy = np.subtract(path.end_xy, path.start_xy) / path.length_px
        x, y = (x[:, None] - dy * across).ravel(), (y[:, None] + dx * across).ravel()
        flux = np.repeat(flux / 40, 40)
    return light.gaussian_stars(SHAPE, x, y, flux, fwhm)


def off(image: np.ndarray, exact: np.ndarray) -> float:
    return float(np.abs(image - exact).max() / exact.max())


@pytest.mark.parametrize(("per_pixel", "fwhm"), [(3, 1.5), (3, 2.5), (5, 1.5), (1, 3.0)])
@pytest.mark.parametrize("angle", [0.0, 0.02, 0.6, math.pi / 4, 2.2, -math.pi / 2])
def test_a_trail_is_as_wide_as_its_stars(per_pixel: int, fwhm: float, angle: float) -> None:
    spread = light.gaussian_spread(fwhm, per_pixel)
    rng = np.random.default_rng(3)
    for length in (0.3, 4.0, 37.0):
        x, y = 40 + rng.random(), 35 + rng.random()
        dx, dy = 0.5 * length * math.cos(angle), 0.5 * length * math.sin(angle)
        path = straight_path((x - dx, y - dy), (x + dx, y + dy))
        image = draw_trail(SHAPE, path, spread, 1.0).on(SHAPE)
        assert off(image, brute(path, fwhm)) < 1e-3
        assert abs(image.sum() - spread.values.sum()) < 1e-12


def test_a_trail_has_its_ends_and_middle_where_the_path_has_them() -> None:
    spread = light.gaussian_spread(2.0, 3)
    rng = np.random.default_rng(4)
    rows, columns = np.indices(SHAPE)
    for _ in range(12):
        start, end = rng.uniform(20, 50, 2), rng.uniform(20, 50, 2)
        image = draw_trail(SHAPE, straight_path(start, end), spread, 1.0).on(SHAPE)
        length = math.dist(start, end)
        u, v = (end - start) / length
        along = (columns - start[0]) * u + (rows - start[1]) * v
        middle = (image * along).sum() / image.sum()
        across = (image * ((rows - start[1]) * u - (columns - start[0]) * v)).sum()
        assert abs(middle - length / 2) < 1e-4
        assert abs(across / image.sum()) < 1e-4
        # Of the second moment, what is the line's own: length^2 / 12 beside spread and pixel.
        own = (image * (along - middle) ** 2).sum() / image.sum()
        own -= (2.0 / light.SIGMAS) ** 2 + 1 / 12
        assert abs(math.sqrt(12 * own) - length) < 0.01


def test_exposures_that_follow_each_other_add_to_the_joint_one() -> None:
    spread = light.gaussian_spread(2.0, 3)
    cuts = [(12.3, 20.7), (31.9, 27.2), (55.55, 35.05)]
    cuts[1] = tuple(a + 0.45 * (b - a) for a, b in zip(cuts[0], cuts[2], strict=True))
    joint = draw_trail(SHAPE, straight_path(cuts[0], cuts[2]), spread, 1.0).on(SHAPE)
    parts = [
        draw_trail(SHAPE, straight_path(*ends), spread, share).on(SHAPE)
        for ends, share in ((cuts[:2], 0.45), (cuts[1:], 0.55))
    ]
    assert off(parts[0] + parts[1], joint) < 1e-3


@pytest.mark.parametrize("law", [Tumbling(3.3, 0.8, 1.0), Glinting([0.3], [30.0], [0.02])])
def test_a_wavy_trail_of_changing_flux_shows_no_vertex(law) -> None:
    spread = light.gaussian_spread(2.0, 3)
    path = straight_path((15.2, 20.1), (60.3, 50.4)).wavy(2.5, 3.0, 0.4)
    image = draw_trail(SHAPE, path, spread, 1.0, law=law).on(SHAPE)
    assert off(image, brute(path, 2.0, law)) < 1e-3
    assert abs(image.sum() / law.mean() - 1.0) < 1e-6


def test_a_flash_shorter_than_a_step_keeps_its_light() -> None:
    law = Glinting([0.50001], [1e6], [1e-6])
    stamp = draw_trail(
        SHAPE, straight_path((20, 30), (60, 33)), light.gaussian_spread(2, 3), 5.0, law=law
    )
    assert abs(stamp.light.sum() / (5.0 * law.mean()) - 1.0) < 1e-6
    assert law.mean() > 2.0


@pytest.mark.parametrize("width", [0.5, 6.3])
def test_a_wide_source_is_a_rectangle_through_the_optics(width: float) -> None:
    path = straight_path((22.1, 25.4), (55.2, 40.9))
    image = draw_trail(SHAPE, path, light.gaussian_spread(2.0, 3), 1.0, width_px=width).on(SHAPE)
    assert off(image, brute(path, 2.0, width_px=width)) < 1e-3


def test_both_ways_of_spreading_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    path = straight_path((-20.0, 10.0), (150.0, 60.0)).wavy(3.0, 2.0)
    for per_pixel in (1, 3):
        spread = light.gaussian_spread(2.5, per_pixel)
        both = []
        for quicker in (True, False):
            monkeypatch.setattr(spreading, "_transform_is_quicker", lambda *_, q=quicker: q)
            both.append(draw_trail(SHAPE, path, spread, 1e4).on(SHAPE))
        # At one cell a pixel the splines ring, and kernels are cut at their edge.
        assert off(both[0], both[1]) < (1e-12 if per_pixel == 3 else 1e-7)


def test_what_leaves_the_frame_is_cut_and_nothing_else() -> None:
    spread = light.gaussian_spread(2.0, 3)
    path = straight_path((-30.0, 12.0), (120.0, 55.5))
    image = draw_trail(SHAPE, path, spread, 1.0).on(SHAPE)
    whole = draw_trail((170, 280), path.shifted(100, 50), spread, 1.0).on((170, 280))
    assert off(image, whole[50:120, 100:180]) < 1e-5
    assert draw_trail(SHAPE, path.shifted(0, 500), spread, 1.0) is None
    jump = Path(np.array([10, 20, 20, 30]), np.array([10, 10, 50, 50]), np.array([0, 0.5, 0.5, 1]))
    assert off(draw_trail(SHAPE, jump, spread, 1.0).on(SHAPE), brute(jump, 2.0)) < 1e-3


def test_a_trail_that_passes_beside_a_corner_adds_what_reaches_into_the_frame() -> None:
    spread = light.gaussian_spread(2.5, 3)
    random = np.random.default_rng(3)
    for _ in range(200):
        path = straight_path(tuple(random.uniform(60, 130, 2)), tuple(random.uniform(60, 130, 2)))
        wide, frame = np.zeros((160, 160)), np.zeros((80, 80))
        add_trail(wide, path, spread, 100.0)
        add_trail(frame, path, spread, 100.0)
        np.testing.assert_allclose(frame, wide[:80, :80], atol=1e-3)


def test_a_long_trail_in_a_large_frame_costs_its_length() -> None:
    spread = light.gaussian_spread(2.0, 3)
    image = np.zeros((4000, 4000), np.float64)
    tracemalloc.start()
    fell = add_trail(image, straight_path((-50, -20), (4050, 3900)), spread, 1e6)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fell
    assert peak < 40e6
    assert not add_trail(image, straight_path((-90, 0), (-80, 0)), spread, 1.0)
    # Between two columns lies the light of the path there, 1e6 electrons on its whole length.
    assert abs(image[:, 1000:2000].sum() / (1e6 * 1000 / 4100) - 1.0) < 1e-6


def test_stars_are_where_they_are_told() -> None:
    rng = np.random.default_rng(5)
    x, y, electrons = rng.uniform(-3, 83, 60), rng.uniform(-3, 73, 60), rng.uniform(0, 1e4, 60)
    for per_pixel, fwhm, within in ((3, 1.5, 1e-3), (5, 1.5, 1e-4), (1, 3.0, 2e-3)):
        image = np.zeros(SHAPE)
        draw_points(image, x, y, electrons, light.gaussian_spread(fwhm, per_pixel))
        assert off(image, light.gaussian_stars(SHAPE, x, y, electrons, fwhm)) < within
    image = np.zeros(SHAPE)
    spread = light.gaussian_spread(0.3, 1)
    draw_points(image, x[:1] * 0 + 40.5, y[:1] * 0 + 30.2, np.array([100.0]), spread)
    assert image.min() >= 0.0
    assert abs(image.sum() / (100.0 * spread.values.sum()) - 1.0) < 1e-12


def test_a_mask_has_the_pixels_near_the_path() -> None:
    rng = np.random.default_rng(6)
    rows, columns = np.indices(SHAPE)
    for _ in range(10):
        a, b = rng.uniform(-40, 110, 2), rng.uniform(-40, 110, 2)
        share = ((columns - a[0]) * (b - a)[0] + (rows - a[1]) * (b - a)[1]) / ((b - a) ** 2).sum()
        near = np.clip(share, 0, 1)
        distance = np.hypot(columns - a[0] - near * (b - a)[0], rows - a[1] - near * (b - a)[1])
        width = rng.uniform(0.5, 9)
        assert (trail_mask(SHAPE, straight_path(a, b), width) == (distance <= width / 2)).all()
    with pytest.raises(BadParameter, match="greater than 0"):
        trail_mask(SHAPE, straight_path((1, 1), (2, 2)), 0.0)


def test_bad_light_is_refused() -> None:
    spread, path = light.gaussian_spread(2.0, 1), straight_path((1, 1), (9, 9))
    one = np.ones(1)
    for call, told in (
        (lambda: draw_trail(SHAPE, path, spread, -1.0), "electrons -1.0"),
        (lambda: draw_trail(SHAPE, path, spread, 1.0, width_px=math.nan), "width nan"),
        (lambda: draw_trail(SHAPE, path, spread, 1.0, algorithm="fast"), "pixel_perfect"),
        (
            lambda: draw_trail(SHAPE, path, spread, 1.0, width_px=2, algorithm="line_perfect"),
            "pixel_perfect does",
        ),
        (lambda: draw_points(np.zeros(SHAPE), one, one, -one, spread), "0 or more"),
        (lambda: draw_points(np.zeros(SHAPE), one, one, np.ones(2), spread), "one length"),
        (lambda: draw_points(np.zeros(SHAPE), one * math.nan, one, one, spread), "finite pixels"),
    ):
        with pytest.raises(BadParameter, match=told):
            call()


def test_the_papers_ways_are_there_to_be_compared() -> None:
    spread, path = light.gaussian_spread(2.0, 3), straight_path((20.3, 22.1), (55.6, 41.2))
    exact = brute(path, 2.0)
    wrong = {
        name: off(draw_trail(SHAPE, path, spread, 1.0, algorithm=name).on(SHAPE), exact)
        for name in ("computational", "line_perfect", "pixel_perfect")
    }
    assert wrong["pixel_perfect"] < 1e-3 < 0.01 < wrong["line_perfect"]
    assert wrong["computational"] > 0.05


@pytest.mark.alone
def test_points_and_trails_are_quick() -> None:
    """Twice what they take on one core of a 2-core server: 3 ms and 5 ms."""
    n = np.arange(-46, 47) / 3
    moffat = (1.0 + (n[:, None] ** 2 + n**2) / 4.0) ** -3.0
    spread = PointSpread(moffat / moffat.sum(), 3)
    rng = np.random.default_rng(7)
    x, y, electrons = rng.uniform(0, 664, 200), rng.uniform(0, 496, 200), np.full(200, 1e3)
    path = straight_path((100.3, 100.2), (250.1, 217.0))
    image = np.zeros((496, 664))
    for draw, most_s in (
        (lambda: draw_points(image, x, y, electrons, spread), 6e-3),
        (lambda: draw_trail((496, 664), path, spread, 1e4), 10e-3),
    ):
        took = []
        for _ in range(12):
            begun = time.process_time()
            draw()
            took.append(time.process_time() - begun)
        assert min(took) < most_s
