"""Scores of frames by a detector or by a network alone, kept on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.training.sets import KnownFrame
from satvo.schemas.errors import BadParameter

__all__ = ["score_set", "scorer_of"]

Floats = NDArray[np.float32]
Scorer = Callable[[Frame], Floats]


def scorer_of(
    detector: str = "deep",
    *,
    network: str | Path | None = None,
    stride: int | None = None,
    mask_width: float = 1.0,
    threads: int = 1,
) -> Scorer:
    """What gives the score of each pixel of a frame.

    Parameters
    ----------
    detector : str
        Its name; not used where a network is given.
    network : str or Path, optional
        The scores of this network alone: of satvo's own, or in a file.
    stride : int, optional
        Pixels between windows of 256 that are averaged, as in the paper (10); the network sees
        the whole frame without it.
    mask_width : float
        Of the truth, in widths of the trail.
    threads : int

    Raises
    ------
    BadParameter
        For a detector that is not known, or needs more than one image.
    """
    if network is not None:
        from satvo.resources.masks.networks.unet import logits, scores_by_windows
        from scipy.special import expit

        if stride is not None:
            return lambda frame: scores_by_windows(
                frame, stride=stride, network=network, threads=threads
            )
        return lambda frame: np.asarray(expit(logits(frame, network=network, threads=threads)))
    from satvo.resources.masks.detectors.registry import detector_named
    from satvo.resources.masks.search import Search

    found: Any = detector_named(detector)
    if getattr(found, "TAKES_SEQUENCE", False) or getattr(found, "NEEDS_PRIOR", False):
        raise BadParameter(
            f"detector {detector} needs a sequence or an expected trail: one that takes single "
            "images alone can be evaluated"
        )
    search = Search(mask_width=mask_width)
    return lambda frame: np.asarray(found.detect(frame, search=search).score)


def score_set(
    frames: Sequence[KnownFrame],
    scorer: Scorer,
    folder: Path,
    *,
    progress: Callable[[float], object] = lambda done: None,
) -> None:
    """Write the scores of each frame as NAME.npy; what is there is kept, so a broken run goes on.

    Raises
    ------
    BadParameter
        If a frame cannot be read.
    """
    from satvo.resources.masks.reading import read_frames

    folder.mkdir(parents=True, exist_ok=True)
    for number, known in enumerate(frames, 1):
        target = folder / f"{known.name}.npy"
        if not target.exists():
            plane = next(read_frames(known.image))
            part = target.with_name(f".{target.name}.part")
            with part.open("wb") as stream:
                np.save(stream, scorer(plane.frame).astype(np.float32))
            os.replace(part, target)
        progress(number / len(frames))
