"""What the networks that mark pixels say of an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.networks.session import INPUT, session
from satvo.resources.masks.networks.tiling import in_tiles

__all__ = ["DEFAULT", "WINDOW_PX", "logits", "scores_by_windows"]

Floats = NDArray[np.float32]

DEFAULT = "streak"
"""The network of `deep`: `cards/streak.md` tells of its training."""

WINDOW_PX = 256
"""Side of the windows over which the paper averages."""

_WINDOWS_AT_ONCE = 8


def logits(frame: Frame, *, network: str | Path = DEFAULT, threads: int = 1) -> Floats:
    """The logit of each pixel to lie on a trail.

    The image goes through the network at once, or in parts that overlap by 96 pixels where it has
    more than 1.6 million pixels.

    Parameters
    ----------
    frame : Frame
    network : str or Path
        Name of one that ships with satvo, or a file of the user's.
    threads : int

    Returns
    -------
    ndarray of float32 (rows, columns)

    Raises
    ------
    BadParameter
        If there is no such network.
    """
    run = session(network, threads)

    def of(part: Floats) -> Floats:
        result: Floats = run.run(None, {INPUT: part[None, None]})[0][0, 0]
        return result

    return in_tiles(frame.significance, of)


def scores_by_windows(
    frame: Frame, *, stride: int = 10, network: str | Path = DEFAULT, threads: int = 1
) -> Floats:
    """Scores as Janin-Potiron et al. 2024 take them: the mean over windows of 256 pixels.

    Parameters
    ----------
    frame : Frame
        Of 256 pixels a side at least.
    stride : int
        Pixels from a window to the next; the last of a row ends at the border.
    network, threads
        As for `logits`.

    Returns
    -------
    ndarray of float32 (rows, columns)
        0 to 1.

    Notes
    -----
    A frame of 664 x 496 has 1050 windows at the paper's stride of 10.
    """
    from scipy.special import expit

    run = session(network, threads)
    values = frame.significance
    total = np.zeros(values.shape, np.float32)
    count = np.zeros(values.shape, np.float32)
    corners = [
        (row, column)
        for row in _starts(values.shape[0], stride)
        for column in _starts(values.shape[1], stride)
    ]
    for first in range(0, len(corners), _WINDOWS_AT_ONCE):
        chosen = corners[first : first + _WINDOWS_AT_ONCE]
        windows = [values[r : r + WINDOW_PX, c : c + WINDOW_PX] for r, c in chosen]
        answers = run.run(None, {INPUT: np.stack(windows)[:, None]})[0]
        for (row, column), answer in zip(chosen, answers, strict=True):
            place = np.s_[row : row + WINDOW_PX, column : column + WINDOW_PX]
            total[place] += expit(answer[0])
            count[place] += 1.0
    scores: Floats = total / count
    return scores


def _starts(length: int, stride: int) -> list[int]:
    last = max(length - WINDOW_PX, 0)
    return sorted({*range(0, last + 1, stride), last})
