"""A picture of a simulated frame, with its trails marked."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.exposure import Exposure, TrailTruth
from satvo.resources.trails.scatter import scatter_about

__all__ = ["LONGEST", "grey_of", "preview_png"]

LONGEST = 768
"""Longest side of a picture, pixels."""

_COLOUR = (255, 176, 0)
_RANGE, _SOFTENING = 50.0, 0.2
_APART = 5.0
"""Between a trail and the lines beside it, pixels of the picture."""


def preview_png(exposure: Exposure) -> bytes:
    """The frame as PNG, rows upwards, with a line on either side of each trail.

    Parameters
    ----------
    exposure : Exposure
        Counts of any type; NaN is black.
    """
    from PIL import Image, ImageDraw

    counts = np.asarray(exposure.counts, dtype=np.float32)
    step = max(1, math.ceil(max(counts.shape) / LONGEST))
    height, width = counts.shape[0] // step, counts.shape[1] // step
    blocks = counts[: height * step, : width * step].reshape(height, step, width, step)
    grey = grey_of(np.asarray(blocks.mean(axis=(1, 3)), np.float64))
    picture = Image.fromarray(grey[::-1]).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for trail in exposure.trails:
        for side in (-1.0, 1.0):
            draw.line(_beside(trail, side, step, height), fill=_COLOUR, width=1)
    whole = io.BytesIO()
    picture.save(whole, "PNG", compress_level=6)
    return whole.getvalue()


def grey_of(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Grey by asinh, from the sky less its noise to 50 times that above it, or to bright stars."""
    good = np.isfinite(image)
    if not good.any():
        return np.zeros(image.shape, np.uint8)
    sky = float(np.median(image[good]))
    noise = scatter_about(image[good], sky) or 1.0
    low = sky - noise
    high = max(sky + _RANGE * noise, float(np.percentile(image[good], 99.9)))
    part = np.clip((np.where(good, image, low) - low) / (high - low), 0.0, 1.0)
    grey = np.arcsinh(part / _SOFTENING) / math.asinh(1.0 / _SOFTENING)
    return np.asarray(grey * 255.0, np.uint8)


def _beside(trail: TrailTruth, side: float, step: int, height: int) -> list[tuple[float, float]]:
    """A line beside a trail, in pixels of the picture."""
    x = (np.asarray(trail.line_x, np.float64) + 0.5) / step
    y = (np.asarray(trail.line_y, np.float64) + 0.5) / step
    along = np.array([x[-1] - x[0], y[-1] - y[0]])
    length = float(np.hypot(*along)) or 1.0
    away = side * (_APART + 0.5 * trail.width_px / step) / length
    x, y = x - away * along[1], y + away * along[0]
    return [(float(a), float(height - b)) for a, b in zip(x, y, strict=True)]
