"""An endless stream of training cut-outs, made as they are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.training.fields import Field, FieldKind, defocused, draw_field
from satvo.resources.masks.training.lookalikes import add_lookalikes
from satvo.resources.trails.drawing import add_trail, trail_mask
from satvo.resources.trails.flux_law import FluxLaw
from satvo.resources.trails.flux_laws import Glinting, Tumbling
from satvo.resources.trails.paths import Path, straight_path

__all__ = ["Recipe", "Stream"]

Floats = NDArray[np.float64]

_FIELD_PX = 384
_MARGIN_PX = 20
_TRIES = 60
_LEAST_WIDTH_PX = 1.2  # of a mask, as of the test sets of the paper's kind
_SQUARED_DISC = 0.87  # FWHM of a projected disc by its diameter

EVSCOPE = FieldKind()
SURVEY = FieldKind(
    fwhm=(1.1, 6.0), sky=(30.0, 3000.0), read=(3.0, 12.0), stars=(20.0, 2000.0),
    trailed=0.05, galaxies=12.0,
)  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """What the cut-outs of a stream are like.

    Attributes
    ----------
    kinds : tuple of (FieldKind, float)
        Kinds of fields and their shares.
    empty : float
        Share of the cut-outs without a trail.
    snr : tuple of float
        Mean signal of a trail over its mask in standard deviations of the background (SNRavg of
        Janin-Potiron et al. 2024), log-uniform.
    lookalikes : float
        Share of the cut-outs with things that are no trails (`lookalikes.py`).
    wide, second, unsteady : float
        Shares of the trails that are out of focus, have a parallel one, change their flux.
    least_px : int
        Pixels of the mask that a cut-out with a trail has at least.
    fields : int
        Star fields that are kept; one is replaced in each batch.
    """

    kinds: tuple[tuple[FieldKind, float], ...] = ((EVSCOPE, 0.65), (SURVEY, 0.35))
    empty: float = 0.5
    snr: tuple[float, float] = (0.15, 30.0)
    lookalikes: float = 0.2
    wide: float = 0.07
    second: float = 0.05
    unsteady: float = 0.3
    least_px: int = 100
    fields: int = 200


@dataclass
class Stream:
    """Cut-outs with their truth, drawn one after the other from a seed.

    Parameters
    ----------
    seed : int
    recipe : Recipe
    """

    seed: int
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self._fields: list[Field] = []

    def batch(
        self, count: int, size: int = 256
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], list[dict[str, Any]]]:
        """The next cut-outs.

        Parameters
        ----------
        count, size : int
            How many, and their side in pixels (up to 384 - 20).

        Returns
        -------
        images : ndarray of float32 (count, size, size)
            As a camera gives them: in its unit, with its bias.
        masks : ndarray of uint8 (count, size, size)
            1 where the centre of a pixel is within half a full width at half maximum of a trail.
        about : list of dict
            What each was made of: kind, fwhm, beta, disk, sky, noise, stars, snr (NaN without a
            trail), length, lookalikes.
        """
        made = [self._cutout(size) for _ in range(count)]
        images, masks, about = zip(*made, strict=True)
        return np.stack(images), np.stack(masks), list(about)

    def frame(
        self, shape: tuple[int, int] = (496, 664)
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], dict[str, Any]]:
        """One frame of any size, with a field of its own; else as an entry of `batch`."""
        made = draw_field(max(shape), self._kind(), self._random)
        return self._made(made, made.light[: shape[0], : shape[1]])

    def _kind(self) -> FieldKind:
        shares = np.array([share for _, share in self.recipe.kinds])
        return self.recipe.kinds[int(self._random.choice(len(shares), p=shares / shares.sum()))][0]

    def _field(self) -> Field:
        """One of those kept, or a new one while they are few; now and then one is replaced."""
        random, recipe = self._random, self.recipe
        if len(self._fields) < recipe.fields or random.random() < 0.1:
            made = draw_field(_FIELD_PX, self._kind(), random)
            if len(self._fields) < recipe.fields:
                self._fields.append(made)
            else:
                self._fields[int(random.integers(recipe.fields))] = made
            return made
        return self._fields[int(random.integers(recipe.fields))]

    def _cutout(self, size: int) -> tuple[NDArray[np.float32], NDArray[np.uint8], dict[str, Any]]:
        random = self._random
        seen = self._field()
        corner = random.integers(0, _FIELD_PX - size + 1, 2)
        light = seen.light[corner[0] : corner[0] + size, corner[1] : corner[1] + size]
        turn, flip = int(random.integers(4)), random.random() < 0.5
        return self._made(seen, np.rot90(light[:, ::-1] if flip else light, turn))

    def _made(
        self, seen: Field, light: Floats
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], dict[str, Any]]:
        """An image of a part of a field, its truth, and what it was made of."""
        random, recipe = self._random, self.recipe
        expected = light + seen.sky * self._tilt((light.shape[0], light.shape[1]))
        self._add_hot_pixels(expected, seen.noise)
        about: dict[str, Any] = {
            "fwhm": seen.fwhm, "beta": seen.beta, "sky": seen.sky, "noise": seen.noise,
            "stars": seen.stars, "snr": math.nan, "length": math.nan, "disk": 0.0,
            "lookalikes": (),
        }  # fmt: skip
        mask = np.zeros(light.shape, np.uint8)
        if random.random() >= recipe.empty:
            self._add_trails(expected, mask, seen, about)
        if random.random() < recipe.lookalikes:
            about["lookalikes"] = add_lookalikes(expected, seen.noise, seen.fwhm, random)
        return self._measured(expected, seen), mask, about

    def _tilt(self, shape: tuple[int, int]) -> Floats:
        down, right = self._random.normal(0.0, 0.05, 2) * np.array(shape) / 600.0
        y, x = (np.linspace(-0.5, 0.5, side) for side in shape)
        return np.asarray(1.0 + down * y[:, None] + right * x)

    def _add_hot_pixels(self, expected: Floats, noise: float) -> None:
        random = self._random
        count = int(random.poisson(20.0 * expected.size / 330_000))
        rows, columns = (random.integers(0, side, count) for side in expected.shape)
        expected[rows, columns] += noise * random.exponential(30.0, count)

    def _add_trails(
        self, expected: Floats, mask: NDArray[np.uint8], seen: Field, about: dict[str, Any]
    ) -> None:
        random, recipe = self._random, self.recipe
        shape = (expected.shape[0], expected.shape[1])
        disk = float(np.exp(random.uniform(np.log(3.0), np.log(20.0))))
        disk = disk if random.random() < recipe.wide else 0.0
        spread = defocused(seen.spread, disk) if disk else seen.spread
        width = max(math.hypot(seen.fwhm, _SQUARED_DISC * disk), _LEAST_WIDTH_PX)
        for _ in range(_TRIES):
            length, angle = self._length(), random.uniform(0.0, math.pi)
            ahead = np.array([math.cos(angle), math.sin(angle)])
            start = random.uniform(0.0, 1.0, 2) * (shape[1] - 1, shape[0] - 1)
            start -= random.random() * length * ahead
            truth = trail_mask(shape, _path(start, start + length * ahead), width)
            if truth.sum() >= recipe.least_px:
                break
        else:
            return
        snr = float(np.exp(random.uniform(*np.log(recipe.snr))))
        law = self._law()
        tracks = [(start, snr)]
        if random.random() < recipe.second:
            beside = random.uniform(2.0, 20.0) * width * np.array([-ahead[1], ahead[0]])
            shift = beside + random.normal(0.0, 0.2 * length) * ahead
            tracks.append((start + shift, snr * random.uniform(0.3, 1.5)))
        for begin, brightness in tracks:
            path = _path(begin, begin + length * ahead)
            light = np.zeros_like(expected)
            if add_trail(light, path, spread, 1.0, law=law):
                inside = trail_mask(shape, path, width)
                level = float(light[inside].mean()) if inside.any() else 0.0
                if level > 0.0:
                    expected += light * (brightness * seen.noise / level)
                    mask[inside] = 1
        about.update(snr=snr, length=length, disk=disk)

    def _length(self) -> float:
        """Those of the eVscope sequences mostly; the rest from short ones to such as cross all."""
        random = self._random
        if random.random() < 0.65:
            return float(np.clip(random.normal(190.0, 30.0), 80.0, 400.0))
        return float(np.exp(random.uniform(math.log(40.0), math.log(1000.0))))

    def _law(self) -> FluxLaw | None:
        random = self._random
        if random.random() >= self.recipe.unsteady:
            return None
        if random.random() < 0.75:
            return Tumbling(
                random.uniform(0.5, 4.0), random.uniform(0.0, 0.8), random.uniform(0.0, 6.28)
            )
        count = int(random.integers(1, 4))
        return Glinting(
            random.random(count).tolist(),
            random.uniform(2.0, 20.0, count).tolist(),
            random.uniform(0.02, 0.14, count).tolist(),
        )

    def _measured(self, expected: Floats, seen: Field) -> NDArray[np.float32]:
        """Photons and read noise; now and then a colour filter's pattern, coarse steps, a floor."""
        random = self._random
        if random.random() < 0.1:
            depth = random.uniform(0.02, 0.12)
            expected[0::2, 0::2] *= 1.0 - depth
            expected[1::2, 1::2] *= 1.0 + depth
        electrons = random.poisson(np.clip(expected, 0.0, 1e9)) + seen.read * (
            random.standard_normal(expected.shape, dtype=np.float32)
        )
        if random.random() < 0.5:
            return np.asarray(electrons + 100.0, np.float32)
        gain = seen.noise / math.exp(random.uniform(math.log(0.7), math.log(30.0)))
        return np.asarray(np.clip(np.rint(electrons / gain + 300.0), 0, 65535), np.float32)


def _path(start: Floats, end: Floats) -> Path:
    return straight_path((float(start[0]), float(start[1])), (float(end[0]), float(end[1])))
