"""From an image to its results: trails, mask, score, repaired image, model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.detectors.registry import detector_named
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.outputs.bits import Bit
from satvo.resources.masks.outputs.cut import CUT_SIGMA, covered
from satvo.resources.masks.outputs.expected import corridor, missed
from satvo.resources.masks.outputs.ghosts import Ghost, find_ghosts
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.outputs.measured import measure_all
from satvo.resources.masks.outputs.repair import Repaired, filled_by_trails, model_image, repair
from satvo.resources.masks.search import Prior, Search
from satvo.schemas.errors import BadParameter

__all__ = ["OUTPUTS", "UNCERTAIN_FROM", "Masked", "mask_frame"]

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]

OUTPUTS = ("mask", "trails", "score", "repaired", "model")
"""What may be asked for."""

UNCERTAIN_FROM = 0.1
"""Score from which a pixel below the threshold is marked as uncertain."""


@dataclass(frozen=True, eq=False)
class Masked:
    """What is known of the trails of an image; None where it was not asked for.

    Attributes
    ----------
    detection : Detection
        As the detector gave it.
    mask : ndarray of uint8 (rows, columns), optional
        Bits of `satvo.resources.masks.outputs.bits.Bit`.
    trails : tuple of FoundTrail
        What was found, with what the detector left open measured on the image.
    score : ndarray of float32 (rows, columns), optional
        0 to 1, never NaN.
    repaired : ndarray of float32 (rows, columns), optional
        The image without its trails, NaN where it has no value; `repair` says how far it can be
        trusted.
    model : ndarray of float32 (rows, columns), optional
        The light of trails and ghosts, in the unit of the frame.
    lights : tuple of Light
        The light of each trail; empty where neither mask, trails, repaired nor model were asked.
    ghosts : tuple of Ghost
        Faint copies of bright trails.
    repair : Repaired, optional
        The repaired image with its standard deviations and flags.
    notes : tuple of str
        What the user should know.
    """

    detection: Detection
    mask: Mask | None = None
    trails: tuple[FoundTrail, ...] = ()
    score: Floats | None = None
    repaired: Floats | None = None
    model: Floats | None = None
    lights: tuple[Light, ...] = ()
    ghosts: tuple[Ghost, ...] = ()
    repair: Repaired | None = None
    notes: tuple[str, ...] = field(default=())


def mask_frame(
    frame: Frame,
    *,
    detector: str = "deep",
    prior: Prior = (),
    search: Search | None = None,
    outputs: Collection[str] = frozenset({"mask", "trails"}),
    cut: float = CUT_SIGMA,
    threads: int = 1,
) -> Masked:
    """Find the trails of an image and make what is asked for of them.

    Parameters
    ----------
    frame : Frame
    detector : str
        Name of a registered detector that takes one image.
    prior : sequence of Expected
        Trails that are expected.
    search : Search, optional
    outputs : collection of str
        Of `OUTPUTS`.
    cut : float
        Light a pixel, in standard deviations of the noise, down to which trails are masked.
    threads : int
        For detectors that can use them (`TAKES_THREADS`).

    Raises
    ------
    BadParameter
        For an unknown detector or output, one that takes sequences or needs a prior that is not
        given.
    """
    _check(outputs, cut)
    found = detector_named(detector)
    if getattr(found, "TAKES_SEQUENCE", False):
        raise BadParameter(f"detector {detector} takes several images of one field; give them")
    if getattr(found, "NEEDS_PRIOR", False) and not prior:
        raise BadParameter(f"detector {detector} needs trails that are expected; give a prior")
    more = {"threads": threads} if getattr(found, "TAKES_THREADS", False) else {}
    detection = found.detect(frame, wcs=frame.wcs, prior=prior or None, search=search, **more)
    return results_of(frame, detection, prior=prior, search=search, outputs=outputs, cut=cut)


def results_of(
    frame: Frame,
    detection: Detection,
    *,
    prior: Prior = (),
    search: Search | None = None,
    outputs: Collection[str] = frozenset({"mask", "trails"}),
    cut: float = CUT_SIGMA,
) -> Masked:
    """The same of what a detector found, as one of sequences does."""
    _check(outputs, cut)
    search = search or Search()
    lights: tuple[Light, ...] = ()
    if set(outputs) - {"score"}:
        lights = measure_all(frame, detection.trails)
    ghosts = find_ghosts(frame, lights)
    mask = repaired = None
    if "mask" in outputs:
        mask = _mask(frame, detection, search)
        _add_trails(mask, frame, lights, ghosts, cut)
        for expected in missed(prior, [light.trail for light in lights]):
            mask[corridor(expected, frame.shape)] |= np.uint8(Bit.EXPECTED)
        mask[~frame.usable] |= np.uint8(Bit.NODATA)
    copies = [ghost.light for ghost in ghosts]
    if "repaired" in outputs:
        repaired = repair(frame, lights, copies)
    return Masked(
        detection=detection,
        mask=mask,
        trails=tuple(light.trail for light in lights),
        score=detection.score if "score" in outputs else None,
        repaired=None if repaired is None else repaired.pixels,
        model=model_image(frame, [*lights, *copies]) if "model" in outputs else None,
        lights=lights,
        ghosts=ghosts,
        repair=repaired,
        notes=detection.notes,
    )


def _check(outputs: Collection[str], cut: float) -> None:
    unknown = sorted(set(outputs) - set(OUTPUTS))
    if unknown or not outputs:
        raise BadParameter(
            f"outputs {', '.join(unknown) or 'none'}: one or more of {', '.join(OUTPUTS)}"
        )
    if not 0.01 <= cut <= 100.0:
        raise BadParameter(f"cut {cut}: 0.01 to 100 standard deviations of the noise are accepted")


def _mask(frame: Frame, detection: Detection, search: Search) -> Mask:
    """What the scores alone say."""
    mask = np.zeros(frame.shape, np.uint8)
    mask[detection.score >= UNCERTAIN_FROM] = Bit.UNCERTAIN
    mask[detection.score >= search.threshold] = Bit.TRAIL
    return mask


def _add_trails(
    mask: Mask, frame: Frame, lights: tuple[Light, ...], ghosts: tuple[Ghost, ...], cut: float
) -> None:
    for light in lights:
        place = covered(light, frame.shape, frame.noise, cut=cut).place
        # Where a trail is, its certain bit takes the place of the uncertain one.
        mask[place] = Bit.TRAIL
        full = frame.saturated[place]
        mask[place[0][full], place[1][full]] |= np.uint8(Bit.SATURATED)
    mask[filled_by_trails(frame, lights)] = Bit.TRAIL | Bit.SATURATED
    for ghost in ghosts:
        place = covered(ghost.light, frame.shape, frame.noise, cut=cut).place
        mask[place] |= np.uint8(Bit.GHOST)
