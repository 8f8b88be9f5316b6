"""A first guess of the light of a trail whose detector did not measure it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.outputs.profile import Profile
from satvo.resources.masks.outputs.strip import strip_of

__all__ = ["guessed"]

Floats = NDArray[np.float64]

_DEFAULT_WIDTH_PX = 3.0
_DEFAULT_BETA = 3.0
_FAR_PX = 40
_LINE_BY_POINT = 1.1
"""Width of a trail by that of a star, for a Moffat function of exponent 3."""


def guessed(frame: Frame, rest: NDArray[np.float32], trail: FoundTrail) -> Light:
    """The light of a trail as its detector says, and by medians along it where it does not.

    Parameters
    ----------
    frame : Frame
    rest : ndarray of float32 (rows, columns)
        The image less its sky and other trails.
    trail : FoundTrail
    """
    width, flux = trail.width, trail.flux_px
    if not (width > 0.0 and math.isfinite(flux)):
        across, light = _profile(frame, rest, trail)
        if not width > 0.0:
            width = _width(across, light, frame.noise) / _LINE_BY_POINT
        if not math.isfinite(flux):
            near = np.abs(across) <= 1.5 * width + 1.0
            flux = max(float(light[near].sum()), 0.0)
    beta = trail.beta if trail.beta > 1.0 else _DEFAULT_BETA
    profile = Profile(width, beta, trail.disk)
    ends = np.array([0.0, trail.length])
    return Light(trail, profile, ends, np.array([flux, flux]), np.zeros(2))


def _profile(frame: Frame, rest: NDArray[np.float32], trail: FoundTrail) -> tuple[Floats, Floats]:
    """Median along the trail of each pixel's distance from it."""
    strip = strip_of(frame.shape, trail, float(_FAR_PX))
    good = frame.usable[strip.place] & (strip.along >= 0.0) & (strip.along <= trail.length)
    number = np.rint(strip.across[good]).astype(np.int64) + _FAR_PX
    values = rest[strip.place][good]
    order = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[order], np.arange(2 * _FAR_PX + 2))
    pieces = np.split(values[order], edges[1:-1])
    medians = [float(np.median(piece)) if piece.size else 0.0 for piece in pieces]
    return np.arange(-_FAR_PX, _FAR_PX + 1).astype(float), np.array(medians)


def _width(across: Floats, light: Floats, noise: float) -> float:
    """Full width at half maximum of the profile near its middle."""
    near = np.abs(across) <= 5.0
    top = float(light[near].max())
    if top < 0.1 * noise:
        return _DEFAULT_WIDTH_PX
    middle = int(np.flatnonzero(near)[np.argmax(light[near])])
    halves = []
    for step in (1, -1):
        at = middle
        while 0 < at + step < len(light) - 1 and light[at + step] > 0.5 * top:
            at += step
        inner, outer = float(light[at]), float(light[at + step])
        part = (inner - 0.5 * top) / max(inner - outer, 1e-12)
        halves.append(abs(at - middle) + min(max(part, 0.0), 1.0))
    return max(sum(halves), 1.5)
