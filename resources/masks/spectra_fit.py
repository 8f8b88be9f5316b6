"""Least squares of sunlight in one spectrum, apart from all that is smooth or known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.sunlight import sunlight_in
from satvo.schemas.errors import BadParameter

__all__ = ["LEAST_PIXELS", "Contamination", "Fit", "Reference", "beside", "level_of"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_PIXELS = 30
"""Of a spectrum that is fitted."""

_SNR_MIN = 5.0
_AGREEMENT_MIN = 1e-3
_FASTEST_KM_S = 20.0
_LIGHT_KM_S = 299_792.458
_CLIP_SIGMA = 5.0
_ROUNDS = 6
_PIECES = 6
_KNOWN_TO = 0.2  # of its depth: how well the strength of single lines is known
_NM_A_TERM = 60.0


@dataclass(frozen=True, eq=False)
class Contamination:
    """Sunlight in a spectrum; all errors are standard deviations.

    Attributes
    ----------
    amplitude, error : float
        Mean flux of the sunlight over the pixels used, in the unit of the spectrum. Negative values
        come from noise. NaN and infinite where the target is so like the Sun that its light and
        sunlight cannot be told apart.
    fraction, fraction_error : float
        The same by the mean flux of the spectrum; NaN where that is not above 0.
    snr : float
        Amplitude by its error.
    velocity_km_s, velocity_error_km_s : float
        At which its lines fit best, away from us positive; NaN below a S/N of 3.
    agreement : float
        Probability that lines of one strength disagree as much from piece to piece of the spectrum
        as they do here; small for a star that has some of the Sun's lines.
    chi2_dof : float
        Of the fit; where it is above 1 the errors are larger by its root.
    sunlight : ndarray (n,)
        What was fitted, in each pixel.
    used : ndarray of bool (n,)
        Pixels that it was fitted to.
    """

    amplitude: float
    error: float
    fraction: float
    fraction_error: float
    snr: float
    velocity_km_s: float
    velocity_error_km_s: float
    agreement: float
    chi2_dof: float
    sunlight: Floats
    used: Flags

    @property
    def found(self) -> bool:
        """Whether it is there: S/N 5 or more, all lines agree, no faster than a satellite."""
        slack = 3.0 * self.velocity_error_km_s
        return bool(
            self.snr >= _SNR_MIN
            and self.agreement >= _AGREEMENT_MIN
            and abs(self.velocity_km_s) <= _FASTEST_KM_S + slack
        )


@dataclass(frozen=True, eq=False, slots=True)
class Reference:
    """The target without the satellite: flux and errors, (n,)."""

    flux: Floats
    error: Floats


@dataclass(frozen=True, eq=False, slots=True)
class _Apart:
    """Spectrum and sunlight without what the basis can tell, in units of the errors, (used,).

    `product` and `power` are those of rest and sun and of sun and sun, without what the noise of
    the reference gives them (Fuller 1987, Measurement Error Models, section 2.2); a power of
    `least_power` may be that noise. `light` is the sunlight itself, (n,).
    """

    rest: Floats
    sun: Floats
    product: Floats
    power: Floats
    least_power: float
    light: Floats


class Fit:
    """Least squares of one spectrum, the amplitude of sunlight apart from all else."""

    def __init__(
        self,
        nm: Floats,
        flux: Floats,
        error: Floats,
        good: Flags,
        fwhm_nm: float,
        calibrated: bool,
        reference: Reference | None,
        others: Sequence[ArrayLike],
    ) -> None:
        self.nm, self.flux, self.used = nm, flux, good
        self.fwhm_nm = fwhm_nm
        self.shape = np.ones_like(nm) if calibrated else level_of(flux) / level_of(self._sun(0.0))
        self.terms = _terms(nm, reference)
        self.basis = self.terms * (self.shape if reference is None else reference.flux)
        for each in others:
            self.basis = np.vstack([self.basis, beside(each, nm, "what else there is")])
        self.used &= np.isfinite(self.basis).all(0)
        self.error, self.blur = error, np.zeros_like(error)
        if reference is not None:
            self.used &= np.isfinite(reference.error)
            scale = np.nanmedian(flux[self.used]) / np.nanmedian(reference.flux[self.used])
            self.error = np.hypot(error, scale * reference.error)
            self.blur = reference.error
        self._clip()

    def _sun(self, velocity_km_s: float) -> Floats:
        return sunlight_in(self.nm, self.fwhm_nm, velocity_km_s=velocity_km_s)

    def _clip(self) -> None:
        """Leave out pixels far off, as particles and bad columns make them."""
        for _ in range(_ROUNDS):
            part = self._apart(0.0)
            power = float(part.power.sum())
            scale = float(part.product.sum()) / power if power > 0.0 else 0.0
            left = np.abs(part.rest - scale * part.sun)
            far = left > _CLIP_SIGMA * max(1.4826 * float(np.median(left)), 1.0)
            if not far.any() or self.used.sum() - far.sum() < LEAST_PIXELS:
                return
            places = np.flatnonzero(self.used)
            self.used[places[far]] = False

    def _apart(self, velocity_km_s: float) -> _Apart:
        use, weight = self.used, 1.0 / self.error[self.used]
        base, triangle = np.linalg.qr((self.basis[:, use] * weight).T)
        light = self.shape * self._sun(velocity_km_s)
        both = np.stack([self.flux[use] * weight, light[use] * weight], axis=1)
        inside = base.T @ both
        rest, sun = (both - base @ inside).T
        if float(sun @ sun) < 1e-8 * float(both[:, 1] @ both[:, 1]):
            sun = np.zeros_like(sun)
        # The reference's own noise makes sunlight seem other than it, and the spectrum with it.
        blur = np.zeros((2, int(use.sum())))
        if self.blur.any():
            factors = np.linalg.lstsq(triangle, inside, rcond=None)[0][: len(self.terms)]
            blur = factors.T @ self.terms[:, use] * (self.blur[use] * weight)
        return _Apart(rest, sun, rest * sun - blur[0] * blur[1], sun**2 - blur[1] ** 2,
                      5.0 * math.sqrt(2.0 * float((blur[1] ** 4).sum())), light)  # fmt: skip

    def result(self) -> Contamination:
        part = self._apart(0.0)
        if not part.sun.any():
            raise BadParameter(
                "none of the Sun's lines is in the pixels of the spectrum that may be fitted: "
                "give more of it"
            )
        power = float(part.power.sum())
        if power <= part.least_power:
            nothing = np.full(self.nm.shape, math.nan)
            return Contamination(
                math.nan, math.inf, math.nan, math.inf, 0.0, math.nan, math.nan, 1.0, math.nan,
                nothing, self.used,
            )  # fmt: skip
        scale = float(part.product.sum()) / power
        left = part.rest - scale * part.sun
        chi2_dof = float(left @ left) / max(len(left) - len(self.basis) - 1, 1)
        wider = math.sqrt(max(chi2_dof, 1.0))
        mean, total = float(part.light[self.used].mean()), float(self.flux[self.used].mean())
        of_all = mean / total if total > 0.0 else math.nan
        error = wider * math.sqrt(float(part.sun @ part.sun)) / power
        snr = scale / error
        velocity, velocity_error = self._velocity(wider) if snr >= 3.0 else (math.nan, math.nan)
        return Contamination(
            amplitude=scale * mean, error=error * mean, fraction=scale * of_all,
            fraction_error=error * of_all, snr=snr, velocity_km_s=velocity,
            velocity_error_km_s=velocity_error, agreement=_agreement(part, scale, wider),
            chi2_dof=chi2_dof, sunlight=scale * part.light, used=self.used,
        )  # fmt: skip

    def _velocity(self, wider: float) -> tuple[float, float]:
        """Where the fit gains most, by a parabola about the best of a grid, and its error."""
        step = 0.1 * self.fwhm_nm / float(self.nm.mean()) * _LIGHT_KM_S
        at = step * np.arange(-20, 21)
        gain = np.zeros(len(at))
        for number, velocity in enumerate(at):
            part = self._apart(float(velocity))
            power, product = float(part.power.sum()), float(part.product.sum())
            if power > part.least_power:
                gain[number] = max(product, 0.0) ** 2 / power / wider**2
        best = int(np.clip(gain.argmax(), 1, len(at) - 2))
        before, here, after = gain[best - 1 : best + 2]
        bend = 2.0 * here - before - after
        if not bend > 0.0:
            return float(at[best]), math.inf
        shift = float(np.clip(0.5 * (after - before) / bend, -1.0, 1.0))
        return float(at[best]) + shift * step, step * math.sqrt(2.0 / bend)


def _agreement(part: _Apart, scale: float, wider: float) -> float:
    """Probability of amplitudes that differ so from piece to piece, of equal weight each."""
    from scipy.special import gammaincc

    gathered = np.cumsum(part.sun**2)
    piece = np.minimum((gathered / gathered[-1] * _PIECES).astype(int), _PIECES - 1)
    power = np.bincount(piece, part.power, _PIECES)
    there = power > 0.0
    each = np.bincount(piece, part.product, _PIECES)[there] / power[there]
    raw = np.bincount(piece, part.sun**2, _PIECES)[there]
    variance = wider**2 * raw / power[there] ** 2 + (_KNOWN_TO * scale) ** 2
    chi2 = float(((each - scale) ** 2 / variance).sum())
    return float(gammaincc(0.5 * max(there.sum() - 1, 1), 0.5 * chi2))


def _terms(nm: Floats, reference: Reference | None) -> Floats:
    """Polynomials of Chebyshev over the spectrum, (terms, n)."""
    extent = float(nm[-1] - nm[0])
    degree = int(np.clip(round(extent / _NM_A_TERM), 3, 12)) if reference is None else 2
    x = 2.0 * (nm - nm[0]) / extent - 1.0
    return np.asarray(np.polynomial.chebyshev.chebvander(x, degree).T)


def level_of(values: Floats) -> Floats:
    """A spectrum without its lines: a polynomial through the medians of 40 pieces."""
    there = np.isfinite(values)
    x = np.linspace(-1.0, 1.0, len(values))
    pieces = [p for p in np.array_split(np.flatnonzero(there), 40) if p.size]
    middle = np.array([x[p].mean() for p in pieces])
    median = np.array([np.median(values[p]) for p in pieces])
    degree = min(6, max(len(pieces) - 1, 0))
    return np.asarray(np.polynomial.chebyshev.Chebyshev.fit(middle, median, degree, (-1, 1))(x))


def beside(values: ArrayLike, spectrum: Floats, what: str) -> Floats:
    """An array of the shape of a spectrum; raises BadParameter for others."""
    given = np.array(values, float)
    if given.shape != spectrum.shape:
        raise BadParameter(f"{what} of shape {given.shape} for a spectrum of {spectrum.shape}")
    return given
