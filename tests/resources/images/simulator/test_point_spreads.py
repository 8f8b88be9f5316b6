"""Point spreads against the Airy pattern, Fried's law and the geometry of a near object."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.images.simulator.apertures import Aperture
from satvo.resources.images.simulator.phase_screens import phase_screen
from satvo.resources.images.simulator.point_spreads import Grid, pupil_transfer, structure
from satvo.resources.images.simulator.telescope import Telescope
from satvo.resources.trails.stamps import PointSpread
from scipy.special import j1

Floats = NDArray[np.float64]
ARCSEC = math.pi / 648_000.0


def airy(angle: Floats, diameter: float, wavelength_m: float, obstruction: float) -> Floats:
    """Intensity of a ring's diffraction by its peak: Born & Wolf, Principles of Optics, 8.6.2."""

    def jinc(x: Floats) -> Floats:
        return np.asarray(np.where(x > 1e-9, 2.0 * j1(x) / np.where(x > 1e-9, x, 1.0), 1.0))

    x = np.pi * diameter * angle / wavelength_m
    e = obstruction
    return np.asarray(((jinc(x) - e**2 * jinc(e * x)) / (1.0 - e**2)) ** 2)


def distances(spread: PointSpread) -> Floats:
    """Of the cells, in pixels from the point."""
    place = (np.arange(spread.values.shape[0]) - spread.values.shape[0] // 2) / spread.per_pixel
    return np.asarray(np.hypot(place[:, None], place[None, :]))


def fwhm_px(spread: PointSpread) -> float:
    """From a cubic spline along the row through the point, and the integral over its cell."""
    from scipy.interpolate import CubicSpline

    middle = spread.values.shape[0] // 2
    line = CubicSpline(np.arange(-middle, middle + 1) / spread.per_pixel, spread.values[middle])
    roots = CubicSpline(line.x, line(line.x) - 0.5 * line(0.0)).roots(extrapolate=False)
    return float(2.0 * np.abs(roots).min())


@pytest.mark.parametrize("obstruction", [0.0, 0.33, 0.61])
def test_the_diffraction_limited_spread_is_the_airy_pattern(obstruction: float) -> None:
    """Means over cells of the closed form: 1e-3 of the peak; light to 1.3 % (wings fold back)."""
    scope = Telescope(
        diameter=2.4, focal_length=60.0, obstruction=obstruction, observing_band=(549.9, 550.1),
        observing_mode="diffraction_limited",
    )  # fmt: skip
    spread = scope.point_spread(3.0, reach_px=40)
    cell = scope.pixel_scale(3.0) * ARCSEC / spread.per_pixel
    half = spread.values.shape[0] // 2
    fine = 7
    place = (np.arange(fine * spread.values.shape[0]) - (fine * half + fine // 2)) * cell / fine
    exact = airy(np.hypot(place[:, None], place[None, :]), 2.4, 550e-9, obstruction)
    side = spread.values.shape[0]
    exact = exact.reshape(side, fine, side, fine).mean((1, 3))
    # all light of the pattern: lambda^2 / area of the ring, by its peak
    share = exact * cell**2 * (math.pi / 4 * 2.4**2 * (1 - obstruction**2)) / 550e-9**2
    assert np.abs(spread.values - share).max() < 1e-3 * share.max()
    assert spread.values.sum() == pytest.approx(share.sum(), abs=0.013)


def test_a_pupil_on_a_grid_transfers_as_the_ring_does() -> None:
    """Numeric and closed autocorrelation, with a vane that is nearly nothing: 2e-3."""
    ring, vaned = Aperture(1.0, 0.4), Aperture(1.0, 0.4, 3, 1e-6)
    grid = Grid(512, 0.2 * 550e-9, 1, 3)
    difference = pupil_transfer(vaned, 550e-9, grid) - pupil_transfer(ring, 550e-9, grid)
    assert np.abs(difference).max() < 2e-3


@pytest.mark.parametrize(("vanes", "spikes"), [(4, 4), (3, 6)])
def test_vanes_make_spikes(vanes: int, spikes: int) -> None:
    """Four vanes make four, three make six: brighter than between them by a factor of 3."""
    scope = Telescope(
        diameter=0.2, focal_length=2.0, obstruction=0.3, spiders=vanes, spider_width=0.004,
        observing_mode="diffraction_limited", wavelengths=5,
    )  # fmt: skip
    spread = scope.point_spread(4.0, reach_px=40)
    place = np.arange(spread.values.shape[0]) - spread.values.shape[0] // 2
    away = distances(spread)
    ring = (away > 22.0) & (away < 34.0)
    angle = np.arctan2(place[:, None], place[None, :])[ring]
    turns = int(360 / spikes)
    # a spike stands across each vane, the first vane along the columns
    folded = np.mod(np.degrees(angle), turns)
    on_spike = np.minimum(folded, turns - folded) < 3.0
    between = np.abs(folded - turns / 2) < 6.0
    light = spread.values[ring]
    assert light[on_spike].mean() > 3.0 * light[between].mean()


@pytest.mark.parametrize("r_0", [0.05, 0.1, 0.2])
def test_long_exposures_have_the_width_of_frieds_law(r_0: float) -> None:
    """0.98 lambda / r0 for a pupil 40 times larger: 3 %."""
    scope = Telescope(diameter=40 * r_0, focal_length=80 * r_0 * 4.0, r_0=r_0)
    pixel_um = 0.98 * 550e-9 / r_0 * scope.focal_length * 1e6 / 4.0
    spread = scope.point_spread(pixel_um)
    expected = 0.98 * scope.band.pivot_nm * 1e-9 / r_0 / (scope.pixel_scale(pixel_um) * ARCSEC)
    assert fwhm_px(spread) == pytest.approx(expected, rel=0.03)


def test_an_outer_scale_makes_stars_sharper_as_tokovinin_says() -> None:
    """FWHM by sqrt(1 - 2.183 (r0 / L0)^0.356): Tokovinin 2002, PASP 114, 1156, eq. 19; 2 %."""
    free = Telescope(diameter=8.0, focal_length=50.0, r_0=0.15)
    bound = Telescope(diameter=8.0, focal_length=50.0, r_0=0.15, outer_scale=20.0)
    ratio = fwhm_px(bound.point_spread(30.0)) / fwhm_px(free.point_spread(30.0))
    assert ratio == pytest.approx(math.sqrt(1.0 - 2.183 * (0.15 / 20.0) ** 0.356), rel=0.02)


def test_the_structure_function_of_a_bound_spectrum_nears_kolmogorovs() -> None:
    """At an outer scale of 1e5 km, 1 m apart: 1 %; far beyond a scale it is flat: 0.1 %."""
    near = structure(np.array([1.0]), 0.1, 1e8)[0]
    assert near == pytest.approx(6.88 * 10.0 ** (5.0 / 3.0), rel=0.01)
    flat = structure(np.array([200.0, 400.0]), 0.1, 10.0)
    assert flat[0] == pytest.approx(flat[1], rel=1e-3)


def test_a_near_object_is_the_ring_of_the_pupil() -> None:
    """Widths: D / range is 4.3 arcsec at 400 km for 8.4 m; dark middle; light to 1 %."""
    scope = Telescope(
        diameter=8.36, focal_length=10.31, obstruction=0.61, r_0=0.157, observing_band="r"
    )
    near = scope.point_spread(10.0, range_km=400.0)
    away = distances(near) * scope.pixel_scale(10.0)
    radius = 0.5 * 8.36 / 400e3 / ARCSEC
    rim = near.values[np.abs(away - 0.8 * radius) < 0.1].mean()
    assert near.values[away < 0.2].mean() < 0.4 * rim
    variance = (near.values * away**2)[away < 4.0].sum() / near.values[away < 4.0].sum()
    ring = 0.5 * radius**2 * (1.0 + 0.61**2)
    point = scope.point_spread(10.0)
    far = distances(point) * scope.pixel_scale(10.0)
    seeing = (point.values * far**2)[far < 3.0].sum() / point.values[far < 3.0].sum()
    assert variance == pytest.approx(ring + seeing, rel=0.1)


def test_an_object_of_some_size_is_an_even_disc() -> None:
    """A station of 100 m at 400 km is 51.6 arcsec across: half of the light within 1/sqrt(2)."""
    scope = Telescope(diameter=0.5, focal_length=4.0, r_0=0.1)
    spread = scope.point_spread(9.0, range_km=400.0, size_m=100.0, reach_px=64)
    away = distances(spread) * scope.pixel_scale(9.0)
    radius = 50.0 / 400e3 / ARCSEC
    inside = spread.values[away < radius / math.sqrt(2.0)].sum()
    assert inside == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("diameter", "focal", "pixel"), [(0.05, 0.2, 4.3), (0.001, 0.002, 4.0), (8.0, 10.0, 400.0)]
)
def test_spreads_finer_than_a_pixel_keep_their_light(
    diameter: float, focal: float, pixel: float
) -> None:
    """A camera lens, an all-sky camera, a bolometer: 0.97 to 1 of the light, in few pixels."""
    scope = Telescope(diameter=diameter, focal_length=focal, observing_mode="diffraction_limited")
    spread = scope.point_spread(pixel)
    assert 0.97 < spread.values.sum() < 1.001
    assert spread.values.shape[0] <= 41 * spread.per_pixel


def test_a_spread_holds_what_is_asked_and_is_made_once() -> None:
    """0.9 and 0.99 of the light; the same object when asked again, also of an equal telescope."""
    kwargs = {"diameter": 0.4, "focal_length": 3.0, "r_0": 0.08}
    narrow, wide = (Telescope(**kwargs).point_spread(9.0, enclosed=share) for share in (0.9, 0.99))
    assert 0.9 <= narrow.values.sum() < 0.97
    assert wide.values.sum() >= 0.99
    assert wide.reach > narrow.reach
    assert Telescope(**kwargs).point_spread(9.0, enclosed=0.9) is narrow


def test_aberrations_keep_the_light_and_lower_the_peak_as_marechal_says() -> None:
    """exp(-(2 pi sigma / lambda)^2) for 30 nm of coma, pixels far below lambda / D: 2 %."""
    kwargs = {"diameter": 0.2, "focal_length": 4.0, "observing_mode": "diffraction_limited"}
    clean = Telescope(**kwargs).point_spread(2.0, reach_px=30)
    coma = Telescope(**kwargs, aberrations={"coma_x": 30.0}).point_spread(2.0, reach_px=30)
    nm = Telescope(**kwargs).band.pivot_nm
    strehl = math.exp(-((2.0 * math.pi * 30.0 / nm) ** 2))
    assert coma.values.max() / clean.values.max() == pytest.approx(strehl, rel=0.02)
    assert coma.values.sum() == pytest.approx(clean.values.sum(), abs=1e-2)


@pytest.mark.parametrize("outer", [math.inf, 10.0])
def test_phase_screens_have_the_structure_function(outer: float) -> None:
    """6.88 (r / r0)^(5/3), or von Karman's, in the mean of 200 screens: 10 % (3 sigma)."""
    random = np.random.default_rng(20261122)
    step, r_0 = 0.02, 0.1
    screens = [phase_screen(64, step, r_0, outer, random) for _ in range(200)]
    for lag in (4, 10, 25):
        squares = [
            ((s[lag:] - s[:-lag]) ** 2).mean() + ((s[:, lag:] - s[:, :-lag]) ** 2).mean()
            for s in screens
        ]
        expected = structure(np.array([lag * step]), r_0, outer)[0]
        assert 0.5 * np.mean(squares) == pytest.approx(expected, rel=0.10)


def test_many_short_exposures_make_the_long_one() -> None:
    """Mean of 150: peak to 6 %, light within half a width and a width to 3 %; each is sharper."""
    scope = Telescope(diameter=0.25, focal_length=2.0, r_0=0.06)
    random = np.random.default_rng(7)
    kwargs = {"reach_px": 12}
    long = scope.point_spread(4.0, **kwargs)
    short = [scope.point_spread(4.0, random=random, **kwargs) for _ in range(150)]
    mean = PointSpread(np.mean([s.values for s in short], 0), short[0].per_pixel)
    assert mean.values.shape == long.values.shape
    assert mean.values.max() == pytest.approx(long.values.max(), rel=0.06)
    for radius in (2.4, 4.7):
        within = distances(long) < radius
        assert mean.values[within].sum() == pytest.approx(long.values[within].sum(), abs=0.03)
    assert np.mean([s.values.max() for s in short]) > 1.5 * long.values.max()
    place = np.arange(long.values.shape[0]) - long.values.shape[0] // 2
    moved = np.std([(s.values.sum(0) @ place) / s.values.sum() for s in short])
    assert moved > 0.3


def test_a_longer_exposure_is_smoother_and_the_same_seed_the_same() -> None:
    """Scatter about the long exposure falls with the square root of the time: 2 s to 0.02 s."""
    scope = Telescope(diameter=0.25, focal_length=2.0, r_0=0.06)
    long = scope.point_spread(4.0, reach_px=12).values

    def scatter(seconds: float, seed: int) -> float:
        random = np.random.default_rng(seed)
        drawn = scope.point_spread(4.0, exposure_s=seconds, random=random, reach_px=12).values
        return float(np.sqrt(((drawn - long) ** 2).sum()))

    short, longer = (np.mean([scatter(t, seed) for seed in range(4)]) for t in (0.02, 2.0))
    assert 4.0 < short / longer < 25.0
    assert scatter(0.02, 3) == scatter(0.02, 3)


@pytest.mark.alone
def test_a_spread_is_made_quickly() -> None:
    """Of the eVscope's: 60 ms of processor time at most (20 on a quiet machine), then nothing."""
    Telescope(diameter=0.2, focal_length=1.0, r_0=0.05).point_spread(3.0)
    scope = Telescope(diameter=0.114, focal_length=0.45, obstruction=0.33, r_0=0.031)
    began = time.process_time()
    scope.point_spread(3.75)
    first = time.process_time() - began
    for _ in range(100):
        scope.point_spread(3.75)
    assert first < 0.06
    assert time.process_time() - began - first < 0.05
