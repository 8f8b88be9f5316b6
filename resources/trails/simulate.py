"""TrailSimulate: an image without trails in, the same with trails and what they spoil out.

SATCON2, Report of the Algorithms Working Group, 3.3.3: its inputs B (parameters of the
observation) and C (an image without trails, consistent with them) are a `BaseImage`, A are trails,
from a transit list (`satvo.resources.trails.transits`) or by rate (`rates`), D is a model
(`satvo.resources.trails.models`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.affected import affected_pixels, fraction_of, truth_bits
from satvo.resources.trails.drawing import trail_mask
from satvo.resources.trails.models.bleeding import filling
from satvo.resources.trails.models.model import (
    KINDS,
    Chip,
    Optics,
    Part,
    TrailModel,
    trail_model,
)
from satvo.resources.trails.scatter import scatter_about
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter

__all__ = ["BaseImage", "TrailedImage", "simulate_trails"]

Floats = NDArray[np.float64]

_SAME = 1e-3
_OF_THREE_SIGMA = 1.0136
"""What a normal distribution cut at three sigma lacks in width."""


@dataclass(frozen=True, eq=False, slots=True)
class BaseImage:
    """An image without trails, simulated or real, and what is known of how it was taken.

    Attributes
    ----------
    values : ndarray (rows, columns)
        Counts, any number type; NaN where there is no pixel.
    exposure_s : float
    gain : float
        Electrons a count; 1 for an image in electrons.
    offset : float
        Counts where there are no electrons.
    saturation : float
        Counts beyond which the converter shows no more; infinite where it has no end.
    noise_e : float, optional
        1-sigma noise of the background, electrons; measured from the image without it.

    Raises
    ------
    BadParameter
        If it is no image of two dimensions, or a number is not what it can be.
    """

    values: NDArray[Any]
    exposure_s: float
    gain: float = 1.0
    offset: float = 0.0
    saturation: float = math.inf
    noise_e: float | None = None

    def __post_init__(self) -> None:
        shape = np.shape(self.values)
        if len(shape) != 2 or not all(shape):
            raise BadParameter(f"an image of shape {shape}: rows and columns are accepted")
        if np.asarray(self.values).dtype.kind not in "iuf":
            raise BadParameter(f"an image of {self.values.dtype}: real numbers are accepted")
        for name, unit in (("exposure_s", "s"), ("gain", "electrons a count")):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise BadParameter(f"{name}={value}: above 0 {unit} is accepted")
        if not math.isfinite(self.offset):
            raise BadParameter(f"offset={self.offset}: a finite number of counts is accepted")
        if not self.saturation > self.offset:
            raise BadParameter(
                f"saturation={self.saturation}: more counts than the offset of {self.offset} are "
                "accepted"
            )
        if self.noise_e is not None and not 0.0 <= self.noise_e < math.inf:
            raise BadParameter(f"noise_e={self.noise_e}: 0 electrons and more is accepted")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.values.shape
        return int(rows), int(columns)

    def electrons(self) -> Floats:
        """Its pixels in electrons; 0 where there is none."""
        counts = np.asarray(self.values, dtype=np.float64)
        return np.asarray(np.nan_to_num((counts - self.offset) * self.gain, posinf=0.0, neginf=0.0))

    def noise(self) -> float:
        """1-sigma noise of the background in electrons: as told, or measured.

        Measured, it is that of the pixels within three times the median deviation.
        """
        if self.noise_e is not None:
            return self.noise_e
        counts = np.asarray(self.values, dtype=np.float64)
        counts = counts[np.isfinite(counts)]
        if not counts.size:
            return 0.0
        middle = float(np.median(counts))
        # Whole counts make the median deviation a whole number too.
        within = max(3.0 * scatter_about(counts, middle), 1.0)
        near = counts[np.abs(counts - middle) <= within]
        return float(near.std()) * _OF_THREE_SIGMA * self.gain

    @property
    def most_e(self) -> float:
        """Electrons that the converter shows at most; integers end where their type does."""
        most = self.saturation
        if np.asarray(self.values).dtype.kind in "iu":
            most = min(most, float(np.iinfo(self.values.dtype).max))
        return (most - self.offset) * self.gain

    def written(
        self,
        electrons: Floats,
        touched: NDArray[np.bool_],
        random: np.random.Generator | None = None,
    ) -> NDArray[Any]:
        """Electrons as counts of the image's own type; pixels that are not touched as they were.

        Integers are rounded down, after what the converter cut off when the image was taken is
        added again: any part of a count (random), or half of one. Else faint light would be lost.
        """
        given = np.asarray(self.values)
        counts = electrons[touched] / self.gain + self.offset
        if given.dtype.kind in "iu":
            limits = np.iinfo(given.dtype)
            cut = 0.5 if random is None else random.random(counts.size)
            counts = np.clip(np.floor(counts + cut), limits.min, limits.max)
        found = given.copy()
        found[touched] = np.where(np.isfinite(given[touched]), counts, given[touched])
        return found


@dataclass(frozen=True, eq=False, slots=True)
class TrailedImage:
    """An image with trails.

    Attributes
    ----------
    image : ndarray (rows, columns)
        In the counts and of the type of the image without.
    bits : ndarray of uint8 (rows, columns)
        What is true of each pixel (`satvo.resources.trails.affected.TRUTH_BITS`): trail (1) within
        half the full width at half maximum of a path, saturated (2) full or run over, ghost (128)
        changed by a ghost or by crosstalk.
    fraction_affected : float
        Part of the pixels that the trails change by more than a threshold, side effects included.
    affected_by : dict of float
        The same by kind (`KINDS`); a pixel may count in several.
    threshold_e : float
        Electrons.
    trails : tuple of Trail
        Those that fall on the image.
    beside : int
        How many fall beside it.
    model : str
        NAME of the model.
    """

    image: NDArray[Any]
    bits: NDArray[np.uint8]
    fraction_affected: float
    affected_by: dict[str, float]
    threshold_e: float
    trails: tuple[Trail, ...]
    beside: int
    model: str


def simulate_trails(
    base: BaseImage,
    trails: Sequence[Trail],
    optics: Optics,
    *,
    model: str | TrailModel = "defocused",
    chip: Chip | None = None,
    random: np.random.Generator | None = None,
    sigmas: float = 1.0,
) -> TrailedImage:
    """An image with trails, by a model of their appearance.

    Parameters
    ----------
    base : BaseImage
        The image without trails.
    trails : sequence of Trail
        In the pixels of this image.
    optics : Optics
    model : str or TrailModel
    chip : Chip, optional
        A linear detector without it.
    random : Generator, optional
        Of the photon noise that the light of the trails adds (Poisson); without it the mean light
        is added. The noise that the image has already stays as it is.
    sigmas : float
        A pixel is affected where a kind changes its mean by more than so many times the noise of
        the image's background, 0 or more.

    Raises
    ------
    BadParameter
        If trails are of another exposure than the image, the model is unknown, or sigmas negative.

    Notes
    -----
    Pixels to which no light comes keep their values to the bit.
    """
    if not 0.0 <= sigmas < math.inf:
        raise BadParameter(f"sigmas={sigmas}: 0 and more is accepted")
    _refuse_others(base, trails)
    chosen = trail_model(model) if isinstance(model, str) else model
    detector = chip or Chip()
    light = [chosen.light(trail, optics, detector, base.shape) for trail in trails]
    there = [number for number, parts in enumerate(light) if parts]
    parts = [part for number in there for part in light[number]]
    image, effects = _exposed(base, parts, chosen, detector, random)
    threshold = sigmas * base.noise()
    masks = affected_pixels(parts + effects, base.shape, threshold)
    shown = tuple(trails[number] for number in there)
    bits = truth_bits(_true(masks, base.shape, shown, [light[n] for n in there]), base.shape)
    return TrailedImage(
        image,
        bits,
        fraction_of(masks, base.shape),
        {kind: float(masks[kind].mean()) if kind in masks else 0.0 for kind in KINDS},
        threshold,
        shown,
        len(trails) - len(shown),
        chosen.NAME,
    )


def _refuse_others(base: BaseImage, trails: Sequence[Trail]) -> None:
    for trail in trails:
        if abs(trail.exposure_s - base.exposure_s) > _SAME * base.exposure_s:
            raise BadParameter(
                f"a trail of an exposure of {trail.exposure_s} s for an image of "
                f"{base.exposure_s} s; give both the same exposure"
            )


def _exposed(
    base: BaseImage,
    parts: Sequence[Part],
    model: TrailModel,
    chip: Chip,
    random: np.random.Generator | None,
) -> tuple[NDArray[Any], list[Part]]:
    """The image with the light, as the detector shows it, and what the detector did to it."""
    before = base.electrons()
    added = np.zeros(base.shape)
    for part in parts:
        part.stamp.add_to(added)
    np.maximum(added, 0.0, out=added)
    touched = added > 0.0
    if random is not None:
        added[touched] = random.poisson(added[touched])
    after = before + added
    effects = model.effects(before, after, chip)
    for part in effects:
        part.stamp.add_to(after)
        touched[part.stamp.window] |= part.stamp.light != 0.0
    for part in (shown := filling(before, after, base.most_e)):
        part.stamp.add_to(after)
    return base.written(after, touched, random), effects + shown


def _true(
    masks: dict[str, NDArray[np.bool_]],
    shape: tuple[int, int],
    trails: Sequence[Trail],
    light: Sequence[Sequence[Part]],
) -> dict[str, NDArray[np.bool_]]:
    """The masks of the truth: of trails within half their width, of all else as affected."""
    paths = np.zeros(shape, dtype=bool)
    for trail, parts in zip(trails, light, strict=True):
        for part in parts:
            if part.kind == "trail":
                paths |= trail_mask(shape, trail.path, part.width_px)
    return {**masks, "trail": paths}
