"""A picture of an image with its trails marked."""

from __future__ import annotations

import io
import math

import numpy as np
from satvo.resources.images.simulator.preview import grey_of
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.masked import Masked

__all__ = ["LONGEST", "picture_png"]

LONGEST = 1024
"""Longest side of a picture, pixels."""

_TRAIL, _GHOST = (255, 176, 0), (90, 170, 255)
_APART = 5.0
"""Between a trail and the lines beside it, pixels of the picture."""
_VERTICES = 33


def picture_png(frame: Frame, masked: Masked) -> bytes:
    """The image as PNG, rows upwards, with a numbered line on either side of each trail.

    Trails are amber, their ghosts blue; the numbers are those of the catalogue of this image.
    """
    from PIL import Image, ImageDraw

    step = max(1, math.ceil(max(frame.shape) / LONGEST))
    height, width = frame.shape[0] // step, frame.shape[1] // step
    blocks = frame.pixels[: height * step, : width * step].reshape(height, step, width, step)
    grey = grey_of(np.asarray(blocks.mean(axis=(1, 3)), np.float64))
    picture = Image.fromarray(grey[::-1]).convert("RGB")
    draw = ImageDraw.Draw(picture)
    lights = [(light, _TRAIL) for light in masked.lights]
    lights += [(ghost.light, _GHOST) for ghost in masked.ghosts]
    for number, (light, colour) in enumerate(lights, 1):
        away = _APART + 0.5 * light.profile.fwhm / step
        for side in (-away, away):
            line = _beside(light.trail, side, step, height)
            draw.line(line, fill=colour, width=1)
        x, y = line[len(line) // 2]
        place = (min(max(x + 4.0, 0.0), width - 12.0), min(max(y + 2.0, 0.0), height - 12.0))
        draw.text(place, str(number), fill=colour)
    whole = io.BytesIO()
    picture.save(whole, "PNG", compress_level=6)
    return whole.getvalue()


def _beside(trail: FoundTrail, side: float, step: int, height: int) -> list[tuple[float, float]]:
    """A line beside a trail, in pixels of the picture."""
    (x0, y0), (x1, y1) = trail.start_xy, trail.end_xy
    length = max(trail.length, 1e-9)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    part = np.linspace(0.0, 1.0, _VERTICES if trail.sagitta else 3)
    left = side * step + 4.0 * trail.sagitta * part * (1.0 - part)
    x = (x0 + part * (x1 - x0) - left * uy + 0.5) / step
    y = (y0 + part * (y1 - y0) + left * ux + 0.5) / step
    return [(float(a), float(height - b)) for a, b in zip(x, y, strict=True)]
