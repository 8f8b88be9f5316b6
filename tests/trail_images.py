"""Images with stars and trails for the tests of detectors, as the simulator draws them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.drawing import add_trail, draw_points, trail_mask
from satvo.resources.trails.paths import Path
from satvo.resources.trails.stamps import PointSpread

FWHM, SKY, READ = 2.6, 100.0, 4.0
NOISE = math.hypot(math.sqrt(SKY), READ)

Points = tuple[float, float, float, float]


@lru_cache(maxsize=1)
def spread() -> PointSpread:
    """A Moffat profile, exponent 3.5, of 2.6 pixels."""
    cells = np.arange(-60, 61) / 3
    alpha = FWHM / (2 * math.sqrt(2 ** (1 / 3.5) - 1))
    values = (1 + (cells[:, None] ** 2 + cells**2) / alpha**2) ** -3.5
    return PointSpread(values / values.sum(), 3)


def arc(points: Points, sagitta: float = 0.0) -> Path:
    """From (x, y) to (x, y), its middle to the left of its chord."""
    x0, y0, x1, y1 = points
    t = np.linspace(0.0, 1.0, 65)
    length = math.hypot(x1 - x0, y1 - y0)
    bow = 4 * sagitta * t * (1 - t) / length
    return Path(x0 + t * (x1 - x0) - (y1 - y0) * bow, y0 + t * (y1 - y0) + (x1 - x0) * bow, t)


def image(
    noise_seed: int,
    path: Path | None = None,
    snr: float = 5.0,
    *,
    shape: tuple[int, int] = (128, 160),
    stars: int = 10,
    dx: float = 0.0,
    dy: float = 0.0,
) -> NDArray[np.float64]:
    """Electrons of a field of stars, the same for all seeds, with a trail of this SNRavg."""
    field = np.random.default_rng(77)
    x, y = field.uniform(0, shape[1], stars), field.uniform(0, shape[0], stars)
    light = np.minimum(300.0 * field.random(stars) ** -1.5, 5e4)
    expected = np.full(shape, SKY)
    draw_points(expected, x + dx, y + dy, light, spread())
    if path is not None:
        trail = np.zeros(shape)
        add_trail(trail, path, spread(), 1.0)
        expected += trail * (snr * NOISE / trail[mask(path, shape)].mean())
    random = np.random.default_rng(noise_seed)
    return random.poisson(expected) + random.normal(0.0, READ, shape)


def mask(path: Path, shape: tuple[int, int] = (128, 160)) -> NDArray[np.bool_]:
    """Pixels within half a full width, of point and pixel, of the trail."""
    return trail_mask(shape, path, math.hypot(FWHM, 0.95))
