"""Frames with stars and a trail, drawn by the simulator, and their photometry."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.detectors import registry
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.trails.drawing import add_trail, draw_points
from satvo.resources.trails.flux_law import FluxLaw
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.stamps import PointSpread

Floats = NDArray[np.float64]

START, END = (60.3, 50.7), (520.2, 330.1)
SKY_E, READ_NOISE_E = 200.0, 5.0


def moffat_spread(
    fwhm: float = 2.5, beta: float = 3.0, half: int = 20, fine: int = 5
) -> PointSpread:
    """A Moffat point spread on fifths of pixels."""
    scale = fwhm / (2.0 * math.sqrt(2.0 ** (1.0 / beta) - 1.0))
    side = (2 * half + 1) * fine
    at = (np.arange(side) - side // 2) / fine
    values = (1.0 + (at[:, None] ** 2 + at**2) / scale**2) ** -beta
    return PointSpread(values / values.sum(), fine)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A frame in counts: as observed, the same without its trail, and the trail expected."""

    image: Floats
    without: Floats
    trail: Floats
    star_x: Floats
    star_y: Floats
    star_flux: Floats


def drawn_frame(
    seed: int,
    *,
    flux: float = 300.0,
    shape: tuple[int, int] = (400, 600),
    line: tuple[tuple[float, float], tuple[float, float]] = (START, END),
    stars: int = 150,
    near: int = 0,
    near_flux: float = 800.0,
    gain: float = 1.0,
    law: FluxLaw | None = None,
    defocus_px: float = 0.0,
) -> Drawn:
    """Stars by chance, and as many of one flux within 6 px of the line, with Poisson noise."""
    random = np.random.default_rng(seed)
    spread = moffat_spread()
    x, y = random.uniform(0, shape[1], stars), random.uniform(0, shape[0], stars)
    electrons = 10.0 ** random.uniform(2.0, 4.5, stars)
    (x0, y0), (x1, y1) = line
    length = math.dist(*line)
    along = np.linspace(25.0, length - 25.0, near) + random.uniform(-4.0, 4.0, near)
    across = random.uniform(-6.0, 6.0, near)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    x = np.concatenate([x0 + along * ux - across * uy, x])
    y = np.concatenate([y0 + along * uy + across * ux, y])
    electrons = np.concatenate([np.full(near, near_flux), electrons])
    light, trail = np.zeros(shape), np.zeros(shape)
    draw_points(light, x, y, electrons, spread)
    add_trail(trail, straight_path(*line), spread, flux * length, law=law, width_px=defocus_px)
    without = random.poisson(light + SKY_E) + random.normal(0.0, READ_NOISE_E, shape)
    image = without + random.poisson(trail)
    return Drawn(image / gain, without / gain, trail / gain, x, y, electrons / gain)


def photometry(
    image: Floats, sigma: Floats, x: Floats, y: Floats, radius: float = 3.5
) -> tuple[Floats, Floats]:
    """Light in circles less the median around them, and the error that the pixels state."""
    grid = np.arange(-12, 13)
    light, error = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for number, (a, b) in enumerate(zip(x, y, strict=True)):
        column, row = round(float(a)), round(float(b))
        if min(row, column) < 12 or row + 12 >= image.shape[0] or column + 12 >= image.shape[1]:
            continue
        here = np.s_[row - 12 : row + 13, column - 12 : column + 13]
        away = np.hypot(grid[:, None] + row - b, grid + column - a)
        inside, around = away < radius, (away > 8.0) & (away < 12.0)
        light[number] = (image[here][inside] - np.nanmedian(image[here][around])).sum()
        error[number] = math.sqrt(float((sigma[here][inside] ** 2).sum()))
    return light, error


class AsTold:
    """A detector that finds what it is told to."""

    def __init__(self, *trails: FoundTrail) -> None:
        self.trails = trails

    def detect(self, image, *, wcs=None, prior=None, search=None):  # type: ignore[no-untyped-def]
        """The trails it was made with, and those that are expected."""
        frame = Frame.of(image)
        told = [FoundTrail(each.xy[0], each.xy[-1], score=1.0) for each in prior or ()]
        return Detection((*self.trails, *told), np.zeros(frame.shape, np.float32))


@contextmanager
def detector_as_told(*trails: FoundTrail, name: str = "as-told") -> Iterator[None]:
    """Register it, beside the others."""
    point = mock.Mock(**{"load.return_value": AsTold(*trails)})
    with mock.patch.object(registry, "_registered", return_value={name: point}):
        yield
