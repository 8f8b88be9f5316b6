"""The way of a satellite over the sky while an image is exposed, and the trail that it leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.flux_laws import FluxLaw
from satvo.resources.trails.paths import Path
from satvo.resources.trails.trail import Trail, electrons_per_s
from satvo.schemas.errors import BadParameter

__all__ = ["Course", "LightCurve"]

Floats = NDArray[np.float64]

_EVEN = 1e-3
_NEAR_DEG = 80.0


@dataclass(frozen=True, eq=False)
class LightCurve(FluxLaw):
    """A law of flux: linear between points, as it is at the ends before and after them.

    Attributes
    ----------
    t : ndarray (n,)
        Fractions of the exposure, increasing.
    flux : ndarray (n,)
        Relative to the electrons of the trail; 1 at its brightest.
    """

    t: Floats
    flux: Floats

    def __call__(self, t: Floats) -> Floats:
        """Relative flux (n,) at fractions of the exposure (n,)."""
        return np.interp(t, self.t, self.flux)

    def integral(self, t: Floats) -> Floats:
        """Of the straight pieces, exact; from the start of the exposure."""
        times = np.concatenate([[min(0.0, self.t[0])], self.t, [max(1.0, self.t[-1])]])
        flux = np.concatenate([self.flux[:1], self.flux, self.flux[-1:]])
        total = np.concatenate([[0.0], np.cumsum(0.5 * (flux[1:] + flux[:-1]) * np.diff(times))])
        at = np.clip(np.searchsorted(times, t, "right") - 1, 0, len(times) - 2)
        rest = np.asarray(t) - times[at]
        step = np.maximum(times[at + 1] - times[at], 1e-300)
        slope = (flux[at + 1] - flux[at]) / step
        return np.asarray(total[at] + rest * (flux[at] + 0.5 * slope * rest))


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """Where a satellite is while an image is exposed, how bright and how far.

    Attributes
    ----------
    seconds : ndarray (n,)
        From the start of the exposure, increasing, two or more.
    ra, dec : ndarray (n,)
        ICRS, deg, as `satvo.transit` has them.
    mag : ndarray (n,)
        Magnitude of a source that stands still; NaN where it gives no light (in the shadow).
    range_km : ndarray (n,)
        NaN where unknown.
    norad_id : int, optional
    name : str
    """

    seconds: Floats
    ra: Floats
    dec: Floats
    mag: Floats
    range_km: Floats
    norad_id: int | None = None
    name: str = ""

    @property
    def brightest_mag(self) -> float:
        """NaN where it gives no light at all."""
        lit = self.mag[np.isfinite(self.mag)]
        return float(lit.min()) if lit.size else math.nan

    @property
    def nearest_km(self) -> float:
        """Infinite where the range is unknown."""
        known = self.range_km[np.isfinite(self.range_km)]
        return float(known.min()) if known.size else math.inf

    def law(self, exposure_s: float) -> LightCurve | None:
        """Its light against its brightest; None where it stays the same to 0.1 %."""
        flux = np.nan_to_num(10.0 ** (-0.4 * (self.mag - self.brightest_mag)), nan=0.0)
        if np.all(np.abs(flux - 1.0) < _EVEN):
            return None
        return LightCurve(self.seconds / exposure_s, np.asarray(flux))

    def path(self, wcs: Any, exposure_s: float) -> Path | None:
        """Its way in the pixels of an image; None where the image is on another part of the sky.

        Parameters
        ----------
        wcs : astropy.wcs.WCS
            Celestial, with its distortions (SIP, tables): all of them count.
        """
        x, y = _pixels(wcs, self.ra, self.dec)
        good = np.isfinite(x) & np.isfinite(y)
        if good.sum() < 2:
            return None
        # One stretch: what lies behind the sky of the image has no pixel.
        first, last = int(np.argmax(good)), len(good) - int(np.argmax(good[::-1]))
        gap = np.flatnonzero(~good[first:last])
        last = first + int(gap[0]) if gap.size else last
        if last - first < 2:
            return None
        some = slice(first, last)
        return Path(x[some], y[some], np.clip(self.seconds[some] / exposure_s, 0.0, 1.0))

    def trail(self, wcs: Any, exposure_s: float, zero_point_mag: float) -> Trail | None:
        """The trail that it leaves; None where it is on another part of the sky.

        Parameters
        ----------
        wcs : astropy.wcs.WCS
        exposure_s : float
        zero_point_mag : float
            Magnitude that gives one electron a second.

        Raises
        ------
        BadParameter
            If it gives no light.
        """
        mag = self.brightest_mag
        if math.isnan(mag):
            raise BadParameter(f"{self.name or self.norad_id}: no magnitude; give one for it")
        path = self.path(wcs, exposure_s)
        if path is None:
            return None
        return Trail(
            path,
            electrons_per_s(mag, zero_point_mag),
            exposure_s,
            mag=mag,
            range_km=self.nearest_km,
            law=self.law(exposure_s),
            norad_id=self.norad_id,
            name=self.name,
        )


def _pixels(wcs: Any, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """Pixels from 0; NaN farther than 80 deg from the reference point or where no pixel is found.

    A tangent plane has no place for what is behind it, and astropy's inverse of distortions wanders
    where it is asked far outside the image.
    """
    import warnings

    from satvo.schemas.sphere import separation_deg

    near = separation_deg(ra, dec, *(float(value) for value in wcs.wcs.crval[:2])) < _NEAR_DEG
    x, y = np.full(len(ra), np.nan), np.full(len(ra), np.nan)
    if near.any():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            x[near], y[near] = wcs.all_world2pix(ra[near], dec[near], 0, quiet=True)
    return x, y
