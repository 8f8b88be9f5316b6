"""A point spread measured on an image, against the one its stars were drawn with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.images.simulator.measured_spread import measured_point_spread
from satvo.resources.images.simulator.telescope import Telescope
from satvo.resources.trails.drawing import draw_points
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

Floats = NDArray[np.float64]


@cache
def known() -> PointSpread:
    """Of a long exposure, 3.1 pixels wide."""
    return Telescope(diameter=0.4, focal_length=3.0, r_0=0.06).point_spread(9.0)


def field(stars: int, seed: int = 5, shape: tuple[int, int] = (360, 480)) -> Floats:
    """Of stars of 5e3 to 8e4 electrons on a sky of 200, with photon and readout noise."""
    random = np.random.default_rng(seed)
    image = np.full(shape, 200.0)
    x, y = random.uniform(0, shape[1] - 1, stars), random.uniform(0, shape[0] - 1, stars)
    draw_points(image, x, y, 10 ** random.uniform(3.7, 4.9, stars), known())
    return np.asarray(random.poisson(image) + random.normal(0.0, 4.0, shape))


def width_px(spread: PointSpread) -> float:
    """Full width at half maximum: of the area above it, on a grid five times finer."""
    from scipy.ndimage import zoom

    fine = zoom(spread.values, 5, order=3)
    return float(2.0 * np.sqrt((fine > 0.5 * fine.max()).sum() / np.pi) / 5 / spread.per_pixel)


def share(spread: PointSpread, radius_px: float) -> float:
    """Light within so many pixels."""
    place = (np.arange(spread.values.shape[0]) - spread.values.shape[0] // 2) / spread.per_pixel
    return float(spread.values[np.hypot(place[:, None], place[None, :]) <= radius_px].sum())


@pytest.mark.parametrize(("stars", "light"), [(40, 0.01), (6, 0.02)])
def test_a_field_gives_back_the_spread_it_was_drawn_with(stars: int, light: float) -> None:
    """Width to 3 %; light within 1 to 5 pixels to 1 % of all, of a few stars to 2 %."""
    measured = measured_point_spread(field(stars))
    assert measured.per_pixel == 3
    assert width_px(measured) == pytest.approx(width_px(known()), rel=0.03)
    for radius in (1.0, 2.0, 3.0, 5.0):
        assert share(measured, radius) == pytest.approx(share(known(), radius), abs=light)


def test_full_pixels_holes_gradients_hot_pixels_and_a_trail_do_not_mislead() -> None:
    """Width to 4 %, where a quarter of the stars is cut off and the rest stands beside a trail."""
    image = field(40)
    plain = width_px(measured_point_spread(image))
    random = np.random.default_rng(11)
    image += np.linspace(0.0, 300.0, image.shape[1])[None, :]
    image[140:144, :] += 3000.0
    image[random.integers(0, 360, 60), random.integers(0, 480, 60)] += 20_000.0
    image[20:30, 50:60] = np.nan
    full = float(np.nanquantile(image[image < 15_000.0], 0.9999))
    measured = measured_point_spread(np.minimum(image, full), saturation=full)
    assert width_px(measured) == pytest.approx(plain, rel=0.04)


@pytest.mark.parametrize("found", [0, 1, 2])
def test_too_few_stars_are_told_with_their_number(found: int) -> None:
    """And that three are needed."""
    image = np.random.default_rng(1).normal(100.0, 5.0, (120, 300))
    for number in range(found):
        draw_points(
            image, np.array([50.0 + 80 * number]), np.array([60.2]), np.array([9e4]), known()
        )
    with pytest.raises(BadParameter, match=rf"^{found} star.*3 are needed"):
        measured_point_spread(image)


@pytest.mark.parametrize("image", [np.zeros((50, 50)), np.full((50, 50), np.nan)])
def test_images_without_light_have_no_stars(image: Floats) -> None:
    """Nor warnings."""
    with pytest.raises(BadParameter, match="0 star"):
        measured_point_spread(image)
    with pytest.raises(BadParameter, match="two axes"):
        measured_point_spread(image[0])


@pytest.mark.needs_data
def test_the_stars_of_a_real_image_leave_little_when_drawn_again(test_data: Path) -> None:
    """LCO 0.4 m, 40 stars 1 to 2 pixels wide: light within 2 pixels as in the stars, to 5 %."""
    from astropy.io import fits
    from satvo.resources.images.simulator.measured_stars import clear_stars

    image = np.asarray(
        fits.getdata(test_data / "images" / "lco_0m4_bi327715_cut.fits"), dtype=np.float64
    )
    measured = measured_point_spread(image)
    assert 0.9 < width_px(measured) < 2.5
    stars = clear_stars(image, None).light
    reach = stars.shape[1] // 2
    away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    seen = np.median([s[away <= 2.0].sum() / s[away <= 6.0].sum() for s in stars])
    pixels = measured.on_pixels
    middle = pixels.shape[0] // 2
    far = np.hypot(*np.mgrid[-middle : middle + 1, -middle : middle + 1])
    drawn = pixels[far <= 2.0].sum() / pixels[far <= 6.0].sum()
    assert drawn == pytest.approx(seen, rel=0.05)
