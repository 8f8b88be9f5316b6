"""Fitted lines as a detection: trails in the unit of the image, and the score of each pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import Line
from satvo.resources.masks.search import Search

__all__ = ["EVIDENCE", "detection_of", "ranked"]

Floats = NDArray[np.float32]

EVIDENCE = "significance"
"""Name in `lines/probability.yaml` of the coefficients for lines found without a network."""

_BACKGROUND = 1e-3
_SCALE = 2.0


def detection_of(
    frame: Frame,
    lines: Sequence[Line],
    search: Search,
    name: str,
    *,
    score: Floats | None = None,
    notes: tuple[str, ...] = (),
) -> Detection:
    """What a detector returns that fits lines.

    Parameters
    ----------
    frame : Frame
    lines : sequence of Line
        With their probability, the clearest first.
    search : Search
        Threshold, least significance, width of the mask and how many.
    name : str
        Of the detector.
    score : ndarray of float32 (rows, columns), optional
        Changed: what the score is where no line was painted, as `ranked` gives it; 0 by default.
    notes : tuple of str
    """
    score = np.zeros(frame.shape, dtype=np.float32) if score is None else score
    lines = [line for line in lines if search.snr_min is None or line.fit.snr >= search.snr_min]
    for line in lines:
        line.paint(score, search.mask_width)
    score[~frame.usable] = 0.0
    kept = [line.trail(frame, name) for line in lines if line.probability >= search.threshold]
    return Detection(tuple(kept[: search.most]), score, notes)


def ranked(evidence: Floats) -> Floats:
    """A score of up to a thousandth by which pixels beside the trails are ranked; marks none."""
    score: Floats = np.float32(_BACKGROUND) / (1.0 + np.exp(-evidence / np.float32(_SCALE)))
    return score
