"""Training cut-outs from satvo's simulator: telescopes and cameras by their descriptions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.bulk import Cutout, training_cutouts
from satvo.resources.images.simulator.exposure import MASK_BITS
from satvo.resources.images.simulator.scene_file import describe, plan_of
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.plan import Plan

__all__ = ["SimulatedCutouts", "plans_of"]

_FIELDS = 24
"""Star fields of each plan that are kept: about 30 MB with cut-outs of 256 pixels."""


def plans_of(
    instruments: Mapping[str, float],
    scene: Mapping[str, Any] | None = None,
    *,
    backgrounds: Sequence[Path] = (),
) -> list[tuple[Plan, float]]:
    """Plans of instruments with the satellite of section 3.1 of Janin-Potiron et al. 2024.

    Parameters
    ----------
    instruments : mapping
        Names, or paths of descriptions, and their shares.
    scene : mapping, optional
        Sections that are laid over each description.
    backgrounds : sequence of Path
        Images or folders of images to draw the trails on (kind composite); made-up stars without.

    Raises
    ------
    BadParameter
    """
    made = []
    for name, share in instruments.items():
        told: dict[str, Any] = describe(name)
        for section, values in (scene or {}).items():
            laid = {**told.get(section, {}), **values} if isinstance(values, Mapping) else values
            told[section] = laid
        if backgrounds:
            paths = [str(path.absolute()) for path in backgrounds]
            told["scene"] = {"kind": "composite", "background": paths}
        made.append((plan_of(told, name, folder=Path()), float(share)))
    return made


class SimulatedCutouts:
    """Cut-outs with their truth, drawn one after the other from a seed.

    Parameters
    ----------
    plans : sequence of (Plan, float)
        And their shares.
    seed : int
    empty : float
        Share of the cut-outs without a trail.
    snr : tuple of float, optional
        Bounds of SNRavg, log-uniform; by the magnitudes of the plans without.
    """

    def __init__(
        self,
        plans: Sequence[tuple[Plan, float]],
        seed: int,
        *,
        empty: float = 0.5,
        snr: tuple[float, float] | None = None,
    ) -> None:
        if not plans or not all(share > 0.0 for _, share in plans):
            raise BadParameter("plans to draw cut-outs from: at least one, with shares above 0")
        shares = np.array([share for _, share in plans])
        self._plans = [plan for plan, _ in plans]
        self._shares = shares / shares.sum()
        self._random = np.random.default_rng(seed)
        self._empty, self._snr = empty, snr
        self._drawn: dict[tuple[int, int], Iterator[Cutout]] = {}

    def batch(
        self, count: int, size: int = 256
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], list[dict[str, Any]]]:
        """The next cut-outs; as `stream.Stream.batch` gives them."""
        images = np.empty((count, size, size), np.float32)
        masks = np.empty((count, size, size), np.uint8)
        about = []
        for number in range(count):
            which = int(self._random.choice(len(self._plans), p=self._shares))
            image, bits, told = next(self._from(which, size))
            images[number] = image
            masks[number] = bits & MASK_BITS["trail"] > 0
            snr = told["snr_avg"]
            about.append({**told, "snr": math.nan if snr is None else snr})
        return images, masks, about

    def _from(self, which: int, size: int) -> Iterator[Cutout]:
        key = (which, size)
        if key not in self._drawn:
            plan, draw = self._plans[which], int(self._random.integers(2**62))
            self._drawn[key] = training_cutouts(
                plan, size, np.random.default_rng(draw), empty=self._empty, snr=self._snr,
                approximate=True, fields=_FIELDS,
            )  # fmt: skip
        return self._drawn[key]
