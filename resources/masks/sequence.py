"""The images of a sequence in two steps: most have no trail, and are not searched for one.

A classifier looks at every image first, and those in which it sees no trail are rejected
(Janin-Potiron et al. 2024, section 3); the detector searches the others, one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.masks.detectors.registry import detector_named
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.masked import Masked, mask_frame, results_of
from satvo.resources.masks.networks.classifier import Classified, classify
from satvo.resources.masks.outputs.cut import CUT_SIGMA
from satvo.resources.masks.search import Prior, Search
from satvo.schemas.errors import BadParameter

__all__ = ["REJECT_BELOW", "Step", "goes_in_two_steps", "mask_sequence", "mask_unless_empty"]

REJECT_BELOW = 0.5
"""Score of the classifier below which an image is rejected."""


@dataclass(frozen=True, eq=False)
class Step:
    """What is known of one image of a sequence.

    Attributes
    ----------
    masked : Masked
        Of a rejected image: no trails, a score of 0, a mask of what is expected and of pixels
        without a value alone.
    is_rejected : bool
    seen : Classified, optional
        What the classifier says of it; None where it was not asked.
    """

    masked: Masked
    is_rejected: bool = False
    seen: Classified | None = None


def goes_in_two_steps(detector: str) -> bool:
    """Whether images of a sequence may be rejected before a detector searches them.

    Not where it searches the sequence as a whole, nor where it measures trails that are told.

    Raises
    ------
    BadParameter
        If there is no such detector.
    """
    found = detector_named(detector)
    return not any(getattr(found, name, False) for name in ("TAKES_SEQUENCE", "NEEDS_PRIOR"))


def mask_unless_empty(
    frame: Frame,
    *,
    reject: float | None = REJECT_BELOW,
    detector: str = "deep",
    prior: Prior = (),
    search: Search | None = None,
    outputs: Collection[str] = frozenset({"mask", "trails"}),
    cut: float = CUT_SIGMA,
    threads: int = 1,
) -> Step:
    """Mask an image in which the classifier sees a trail.

    Parameters
    ----------
    frame : Frame
    reject : float, optional
        Score of the classifier below which an image is rejected, 0 to 1; 0 rejects none. None
        does not ask it.
    detector, prior, search, outputs, cut, threads
        As of `mask_frame`.

    Raises
    ------
    BadParameter
        For what `mask_frame` refuses.
    """
    seen = None
    if reject is not None:
        if not 0.0 <= reject <= 1.0:
            raise BadParameter(f"reject {reject}: 0 to 1 is accepted")
        seen = classify(frame, threads=threads)
        if seen.score < reject:
            nothing = Detection((), np.zeros(frame.shape, np.float32))
            masked = results_of(
                frame, nothing, prior=prior, search=search, outputs=outputs, cut=cut
            )
            return Step(masked, True, seen)
    masked = mask_frame(
        frame, detector=detector, prior=prior, search=search, outputs=outputs, cut=cut,
        threads=threads,
    )  # fmt: skip
    return Step(masked, False, seen)


def mask_sequence(
    images: Iterable[ArrayLike | Frame],
    *,
    detector: str = "deep",
    search: Search | None = None,
    outputs: Collection[str] = frozenset({"mask", "trails"}),
    reject: float = REJECT_BELOW,
    threads: int = 1,
) -> Iterator[Step]:
    """Mask the images of a sequence in which the classifier sees a trail.

    One image is held at a time, so that a sequence may be of any length.

    Parameters
    ----------
    images : iterable of array-like (rows, columns), or Frame
    detector, search, outputs, reject, threads
        As of `mask_unless_empty`.

    Yields
    ------
    Step
        For each image, in their order.

    Raises
    ------
    BadParameter
        For an image that cannot be read, told by its number, and what `mask_frame` refuses.
    """
    if not goes_in_two_steps(detector):
        raise BadParameter(
            f"detector {detector} searches a whole sequence, or trails that are told: one that "
            "takes single images alone is accepted"
        )
    for number, image in enumerate(images, 1):
        try:
            step = mask_unless_empty(
                Frame.of(image), reject=reject, detector=detector, search=search, outputs=outputs,
                threads=threads,
            )  # fmt: skip
        except BadParameter as error:
            raise BadParameter(f"image {number} of the sequence: {error}") from error
        yield step
