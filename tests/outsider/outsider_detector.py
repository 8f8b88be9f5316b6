"""Detectors of another package: one bright straight trail by its moments."""

from __future__ import annotations

from typing import Any

import numpy as np
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame

_SIGMA = 5.0
_FEWEST_PX = 60
_ACROSS_PX = 4.0


class Line:
    """The line through all bright pixels of an image."""

    TAKES_THREADS = True

    def detect(
        self,
        image: Any,
        *,
        wcs: Any = None,
        prior: Any = None,
        search: Any = None,
        threads: int = 1,
    ) -> Any:
        """The trail of an image, if many of its pixels are bright."""
        told = f"threads: {threads}"
        frame = Frame.of(image)
        score = np.zeros(frame.shape, np.float32)
        bright = np.argwhere(frame.significance > _SIGMA)
        if len(bright) < _FEWEST_PX:
            return Detection((), score, (told,))
        middle = bright.mean(axis=0)
        _, _, axes = np.linalg.svd(bright - middle, full_matrices=False)
        along, across = ((bright - middle) @ axes.T).T
        on = np.abs(across) < _ACROSS_PX
        score[tuple(bright[on].T)] = 1.0
        ends = [middle + end * axes[0] for end in (along[on].min(), along[on].max())]
        (y1, x1), (y2, x2) = ends
        trail = FoundTrail((x1, y1), (x2, y2), width=3.0, score=0.9, detector="outsider-line")
        return Detection((trail,), score, (told,))


class Together:
    """The same of each image, less the median of all."""

    TAKES_SEQUENCE = True

    def detect_sequence(self, images: Any, **more: Any) -> list[Any]:
        """The trails of each image."""
        frames = [Frame.of(image) for image in images]
        level = np.median([frame.pixels for frame in frames], axis=0)
        return [LINE.detect(frame.pixels - level) for frame in frames]


LINE = Line()
TOGETHER = Together()
