"""Frames with a trail whose place and S/N are known, and frames without, by satvo's simulator.

The ladder of `make bench` and of the tests of detectors: 664 x 496 pixels, Moffat stars of 1.5 to
3.5 px FWHM, sky of 10 to 300 electrons, read noise of 1.5 to 8, stars by F**-1.6, hot pixels, a sky
that is not level. S/N is the mean light of a trail over its mask in standard deviations of the
background, SNRavg of Janin-Potiron et al. 2024; masks are one FWHM wide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from satvo.resources.images.simulator.defects import Defects
from satvo.resources.images.simulator.detector import Detector
from satvo.resources.masks.training.fields import moffat_spread
from satvo.resources.trails.drawing import add_trail, draw_points, trail_mask
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.widths import PIXEL_FWHM_SQUARED

__all__ = ["BINS", "SHAPE", "Made", "Sky", "draw_sky", "empty_frame", "ladder", "trail_frame"]

SHAPE = 496, 664
BINS = ((0.15, 0.5), (0.5, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, 30.0))
MARGIN = 12.0
BRIGHTEST = 3e5


@dataclass(frozen=True, eq=False)
class Made:
    """A frame and what is on it.

    `image` (rows, columns) are counts, `truth` which of its pixels are a trail's, `snr` that of the
    trail and `ends` ((x, y), (x, y)) its ends; NaN and none where there is no trail. `fwhm` is that
    of the stars, pixel included.
    """

    image: Any
    truth: Any
    snr: float = math.nan
    ends: tuple[tuple[float, float], tuple[float, float]] | None = None
    fwhm: float = math.nan
    kind: str = ""


@dataclass(frozen=True, eq=False)
class Sky:
    """Light of a field without trail in electrons, the noise of its sky, its stars' width."""

    light: Any
    noise: float
    fwhm: float
    spread: Any
    read: float


def draw_sky(random: np.random.Generator, shape: tuple[int, int] = SHAPE) -> Sky:
    """A field of stars."""
    fwhm, beta = random.uniform(1.5, 3.5), random.uniform(2.5, 4.5)
    level, read = 10.0 ** random.uniform(1.0, 2.5), random.uniform(1.5, 8.0)
    noise = math.sqrt(level + read**2)
    spread = moffat_spread(fwhm, beta)
    count = random.poisson(10.0 ** random.uniform(0.7, 2.5))
    flux = 10.0 * noise * fwhm * random.random(count) ** (-1.0 / 0.6)
    x, y = (random.uniform(-20.0, side + 20.0, count) for side in shape[::-1])
    slope = random.normal(0.0, 0.03, 2)
    rows, columns = (np.linspace(-0.5, 0.5, side) for side in shape)
    light = level * (1.0 + slope[0] * rows[:, None] + slope[1] * columns)
    draw_points(light, x, y, np.minimum(flux, BRIGHTEST * noise), spread)
    full = math.hypot(fwhm, math.sqrt(PIXEL_FWHM_SQUARED))
    return Sky(light, noise, full, spread, read)


def exposed(sky: Sky, light: Any, random: np.random.Generator, **detector: Any) -> Any:
    """Counts of a detector with 20 hot pixels."""
    rows, columns = light.shape
    told = {
        "pixel_size": 3.75, "exposure_time": 4.0, "readout_noise_variance": sky.read**2,
        "offset": 100.0, "defects": Defects(seed=int(random.integers(1 << 31)), hot_pixels=6e-5),
    }  # fmt: skip
    return Detector(resolution=(columns, rows), **{**told, **detector}).expose(light, random).counts


def empty_frame(random: np.random.Generator) -> Made:
    """Stars alone."""
    sky = draw_sky(random)
    image = exposed(sky, sky.light, random)
    return Made(image, np.zeros(SHAPE, bool), fwhm=sky.fwhm, kind="empty")


def trail_frame(
    random: np.random.Generator, snr: tuple[float, float], *, crossing: bool = False
) -> Made:
    """Stars and one straight trail, that lies inside the frame or crosses it whole."""
    sky = draw_sky(random)
    ends = crossing_ends(random) if crossing else enclosed_ends(random)
    path = straight_path(*ends)
    truth = trail_mask(SHAPE, path, max(sky.fwhm, 1.2))
    light = np.zeros(SHAPE)
    add_trail(light, path, sky.spread, 1.0)
    wanted = math.exp(random.uniform(*np.log(snr)))
    light *= wanted * sky.noise / light[truth].mean()
    image = exposed(sky, sky.light + light, random)
    kind = "crossing" if crossing else "enclosed"
    return Made(image, truth, wanted, ends, sky.fwhm, kind)


def enclosed_ends(random: np.random.Generator) -> Any:
    """Of a trail of 190 +- 30 px."""
    while True:
        half = 0.5 * float(np.clip(random.normal(190.0, 30.0), 80.0, 400.0))
        angle = random.uniform(0.0, math.pi)
        middle = random.uniform(0.0, SHAPE[1]), random.uniform(0.0, SHAPE[0])
        step = half * math.cos(angle), half * math.sin(angle)
        ends = [(middle[0] + sign * step[0], middle[1] + sign * step[1]) for sign in (-1.0, 1.0)]
        if all(MARGIN < end[axis] < SHAPE[1 - axis] - MARGIN for end in ends for axis in (0, 1)):
            return ends[0], ends[1]


def crossing_ends(random: np.random.Generator) -> Any:
    """Of a trail that passes the middle third of the frame from edge to edge."""
    angle = random.uniform(0.0, math.pi)
    x, y = (random.uniform(1 / 3, 2 / 3) * side for side in SHAPE[::-1])
    step = 1000.0 * math.cos(angle), 1000.0 * math.sin(angle)
    return (x - step[0], y - step[1]), (x + step[0], y + step[1])


def ladder(
    seed: int, *, per_bin: int, empty: int, crossing: int = 0, bins: Sequence[Any] = BINS
) -> Iterator[Made]:
    """Frames of each bin of S/N, without a trail, and with one that crosses (S/N of 0.5 to 10).

    A frame depends on the seed and its number alone.
    """
    for number in range(per_bin):
        for k, snr in enumerate(bins):
            yield trail_frame(np.random.default_rng([seed, k, number]), snr)
    for number in range(empty):
        yield empty_frame(np.random.default_rng([seed, 100, number]))
    for number in range(crossing):
        yield trail_frame(np.random.default_rng([seed, 200, number]), (0.5, 10.0), crossing=True)
