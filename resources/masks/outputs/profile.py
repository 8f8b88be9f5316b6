"""How the light of a trail is spread across it and beyond its ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.widths import SIGMA_OF_FWHM, moffat_radius

__all__ = ["Profile"]

Floats = NDArray[np.float64]

_GAUSSIAN_FROM = 50.0
"""Exponent from which a Moffat function is taken as a Gaussian: they differ by 1 % of the peak."""
_RINGS, _ON_A_RING = 4, 12
_AS_A_POINT = 3.0  # disks from an end, beyond which a disk is as a point there
_ANGLES = 4001


@dataclass(frozen=True)
class Profile:
    """The light of a point, moved along a line: a Moffat function, spread over a disk.

    Attributes
    ----------
    width : float
        Full width at half maximum of the point, pixels, the pixel's own width included.
    beta : float
        Exponent of its Moffat function, above 1; infinite for a Gaussian.
    disk : float
        Diameter of the even disk that the point is spread over as well, pixels; 0 in focus.

    Notes
    -----
    Summed along a line, a Moffat function of exponent beta is one of beta - 1/2 across it, so a
    trail is wider than the stars. Before an end of the line, the light at (along, across) is the
    share of a Student distribution, whose scale grows with the distance across: both are exact.
    """

    width: float
    beta: float = 3.0
    disk: float = 0.0

    @property
    def _gaussian(self) -> bool:
        return self.beta > _GAUSSIAN_FROM

    @property
    def _scale(self) -> float:
        if self._gaussian:
            return self.width * SIGMA_OF_FWHM
        return moffat_radius(self.width, self.beta)

    def across(self, distance: Floats) -> Floats:
        """Light a pixel of width and length, for a line of one unit a pixel of its length.

        Parameters
        ----------
        distance : ndarray
            From the middle of the line, pixels, on either side.

        Examples
        --------
        >>> steps = np.arange(-400, 401) * 0.05
        >>> round(float(Profile(3.0, math.inf).across(steps).sum() * 0.05), 6)
        1.0
        """
        if self.disk <= 0.0:
            return self._sharp(np.asarray(distance, float))
        at, light = self._table
        return np.interp(np.abs(distance), at, light, right=0.0)

    def at(
        self, along: Floats, across: Floats, length: float, open_ends: tuple[bool, bool]
    ) -> Floats:
        """The same of a line that ends.

        Parameters
        ----------
        along, across : ndarray (n,)
            Pixels from its start towards its end, and to its left.
        length : float
        open_ends : tuple of bool
            Ends at which it goes on, as it does where it leaves the image.
        """
        light = self.across(across)
        near = self.reach(0.001)
        is_begin = (along < near) & (not open_ends[0])
        is_end = (along > length - near) & (not open_ends[1])
        ending = np.flatnonzero(is_begin | is_end)
        if ending.size:
            light[ending] *= self._ending(along[ending], across[ending], length, open_ends)
        return light

    @cached_property
    def fwhm(self) -> float:
        """Full width at half maximum across the trail, pixels."""
        top = float(self.across(np.zeros(1))[0])
        low, high = 0.0, 4.0 * self.width + self.disk
        for _ in range(50):
            middle = 0.5 * (low + high)
            above = float(self.across(np.array([middle]))[0]) > 0.5 * top
            low, high = (middle, high) if above else (low, middle)
        return low + high

    def reach(self, share: float) -> float:
        """Distance at which the light is so small a share of its peak, pixels; up to 1000 widths.

        Examples
        --------
        >>> sharp = Profile(3.0, math.inf)
        >>> round(2 * sharp.reach(0.5), 2), round(sharp.fwhm, 2)
        (3.0, 3.0)
        """
        if share >= 1.0:
            return 0.0
        if self._gaussian:
            far = self._scale * math.sqrt(-2.0 * math.log(share))
        else:
            far = self._scale * math.sqrt(share ** (-1.0 / (self.beta - 0.5)) - 1.0)
        return min(far, 1000.0 * self.width) + 0.5 * self.disk

    def _sharp(self, distance: Floats) -> Floats:
        scale = self._scale
        if self._gaussian:
            top = 1.0 / (math.sqrt(2.0 * math.pi) * scale)
            return np.asarray(top * np.exp(-0.5 * (distance / scale) ** 2))
        power = self.beta - 0.5
        top = math.exp(math.lgamma(power) - math.lgamma(self.beta - 1.0))
        top /= math.sqrt(math.pi) * scale
        return np.asarray(top * (1.0 + (distance / scale) ** 2) ** -power)

    @cached_property
    def _table(self) -> tuple[Floats, Floats]:
        """Light across a line out of focus, at distances from 0."""
        far = self.reach(1e-5)
        step = min(self.width, self.disk) / 12.0
        count = math.ceil(far / step)
        at = np.asarray(np.arange(-count, count + 1) * step, np.float64)
        edges = np.clip(2.0 * (np.append(at, at[-1] + step) - 0.5 * step) / self.disk, -1.0, 1.0)
        chords = np.diff(edges * np.sqrt(1.0 - edges**2) + np.arcsin(edges)) / math.pi
        light: Floats = np.convolve(self._sharp(at), chords, "same")
        return at[count:], light[count:]

    @cached_property
    def _points(self) -> Floats:
        """Places that stand for the disk, each for an equal part of its area: (n, 2)."""
        if self.disk <= 0.0:
            return np.zeros((1, 2))
        ring = np.sqrt((np.arange(_RINGS) + 0.5) / _RINGS) * 0.5 * self.disk
        turn = 2.0 * math.pi * (np.arange(_ON_A_RING) + 0.5 * (np.arange(_RINGS) % 2)[:, None])
        turn /= _ON_A_RING
        points = ring[:, None, None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        return np.asarray(points.reshape(-1, 2))

    def _ending(
        self, along: Floats, across: Floats, length: float, open_ends: tuple[bool, bool]
    ) -> Floats:
        """Share of the light across that comes to pixels near an end: (n,)."""
        total, whole = np.zeros(len(along)), np.full(len(along), 1e-300)
        closed = [at for at, is_open in zip((0.0, length), open_ends, strict=True) if not is_open]
        far = np.min([np.abs(along - at) for at in closed], axis=0) > _AS_A_POINT * self.disk
        for points, which in ((self._points, ~far), (np.zeros((1, 2)), far)):
            which = np.flatnonzero(which)
            for dx, dy in points if which.size else ():
                s, t = along[which] - dx, across[which] - dy
                begun = 1.0 if open_ends[0] else self._begun(s, t)
                ended = 0.0 if open_ends[1] else self._begun(s - length, t)
                light = self._sharp(t)
                whole[which] += light
                total[which] += light * np.maximum(begun - ended, 0.0)
        return np.asarray(total / whole)

    def _begun(self, along: Floats, across: Floats) -> Floats:
        """Share of the light of a whole line that a half one gives, which begins at 0."""
        from scipy.special import ndtr

        if self._gaussian:
            return np.asarray(ndtr(along / self._scale))
        turn = np.arctan2(along, np.hypot(self._scale, across))
        return np.interp(turn, *self._shares)

    @cached_property
    def _shares(self) -> tuple[Floats, Floats]:
        """What `_begun` gives by the angle of a place, seen from where the half line begins."""
        from scipy.special import stdtr

        freedom = 2.0 * self.beta - 1.0
        turn = np.linspace(-0.5 * math.pi, 0.5 * math.pi, _ANGLES)
        return turn, stdtr(freedom, math.sqrt(freedom) * np.tan(turn))
