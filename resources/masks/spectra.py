"""Sunlight of a satellite in the spectrum of a fibre: how much, how sure, and how fast it moved.

A satellite shines by reflected sunlight, so that a spectrum it crossed has the Sun's lines in it,
at a velocity of at most some 16 km/s: once the satellite moves against the Sun and once against the
telescope. What is fitted is ``smooth + amplitude * sunlight``, in which the smooth part is a
polynomial times the response, so that lines alone decide; where a spectrum of the target without
the satellite is known (`reference`), its colour decides too. Many spectra of one exposure are
compared with each other (`contaminations`): what most of them have in common is no satellite's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.spectra_fit import (
    LEAST_PIXELS,
    Contamination,
    Fit,
    Reference,
    beside,
    level_of,
)
from satvo.schemas.errors import BadParameter

__all__ = ["NIGHT_NM", "Contamination", "contamination", "contaminations", "scatter_of_pixels"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NIGHT_NM = (
    (556.9, 558.9), (588.0, 591.0), (629.2, 631.2), (635.6, 637.6), (686.0, 697.0),
    (716.0, 735.0), (759.0, 771.0), (813.0, 835.0), (895.0, 990.0),
)  # fmt: skip
"""What the night sky leaves in most spectra (nm): lines of O and Na; bands of O2 and water."""

_FOLDS = 10
_FEWEST_OTHERS = 5
_SUSPECT_SNR = 3.0


def contamination(
    wavelength_nm: ArrayLike,
    flux: ArrayLike,
    error: ArrayLike | None = None,
    *,
    fwhm_nm: float | None = None,
    calibrated: bool = True,
    reference: ArrayLike | None = None,
    reference_error: ArrayLike | None = None,
    others: Sequence[ArrayLike] = (),
    leave_out: Sequence[tuple[float, float]] = NIGHT_NM,
) -> Contamination:
    """Measure the sunlight in a spectrum.

    Parameters
    ----------
    wavelength_nm : array (n,)
        Middles of the pixels in vacuum, increasing.
    flux : array (n,)
        Photons or counts a pixel, or any multiple; NaN where there is none. The sky may be in it
        where `others` has it.
    error : array (n,), optional
        Standard deviation of each; by default the scatter of neighbouring pixels.
    fwhm_nm : float, optional
        Of a sharp line; two pixels by default.
    calibrated : bool
        Whether the response is the same at all wavelengths. If not, the share of sunlight is taken
        to be the same at all.
    reference : array (n,), optional
        The same target without the satellite, at any scale, as a repeated exposure has it.
    reference_error : array (n,), optional
        Standard deviation of each; by default the scatter of neighbouring pixels.
    others : sequence of array (n,)
        What else may be in it, at any scale: the light of the sky, absorption by the air.
    leave_out : sequence of (float, float)
        Wavelengths (nm) from and to which nothing is fitted.

    Raises
    ------
    BadParameter
        For arrays of different shapes, wavelengths that do not increase, errors that are not above
        0, fewer than 30 pixels to fit, or none of the Sun's lines in them.

    Notes
    -----
    The Sun's spectrum is that of the simulator: its 17 strongest lines and a table in steps of
    5 nm. Weaker lines are missing, so that at a resolving power above some 5000 the S/N is less
    than it might be. A target with the Sun's own lines (a G star, twilight, moonlight) cannot be
    told from a satellite by lines that do not resolve the velocity: give a reference.

    References
    ----------
    SATCON2 Algorithms report, section 3.1.2: spectra that show a satellite's, close to the Sun's.

    Examples
    --------
    >>> from satvo.resources.masks.sunlight import sunlight_in
    >>> nm = np.linspace(480.0, 700.0, 400)
    >>> seen = 900.0 + 100.0 * sunlight_in(nm, 1.1)
    >>> told = contamination(nm, seen, np.full(400, 3.0))
    >>> round(told.fraction, 2), told.found
    (0.1, True)
    """
    nm, values = _spectrum(wavelength_nm, flux)
    sigma = _errors(error, values)
    width = 2.0 * float(np.median(np.diff(nm))) if fwhm_nm is None else float(fwhm_nm)
    good = np.isfinite(values) & np.isfinite(sigma)
    for low, high in leave_out:
        good &= (nm < low) | (nm > high)
    if good.sum() < LEAST_PIXELS:
        raise BadParameter(
            f"{good.sum()} pixels of a spectrum to fit: {LEAST_PIXELS} or more with a value and "
            "outside of what is left out are needed"
        )
    clean = None
    if reference is not None:
        again = beside(reference, nm, "a reference")
        clean = Reference(again, _errors(reference_error, again))
    return Fit(nm, values, sigma, good, width, calibrated, clean, others).result()


def contaminations(
    wavelength_nm: ArrayLike,
    flux: ArrayLike,
    error: ArrayLike | None = None,
    *,
    fwhm_nm: float | None = None,
    calibrated: bool = True,
    leave_out: Sequence[tuple[float, float]] = NIGHT_NM,
) -> tuple[Contamination, ...]:
    """Measure the sunlight in each spectrum of an exposure beyond what they have in common.

    Parameters
    ----------
    wavelength_nm : array (n,)
    flux, error : array (spectra, n)
        Six or more, or each is measured alone.
    fwhm_nm, calibrated, leave_out
        As of `contamination`.

    Raises
    ------
    BadParameter
        As `contamination`.

    Notes
    -----
    What is common is the median of the others' departures from a smooth spectrum, once as light
    (airglow) and once as share of light (absorption by the air); both are fitted at any scale. So
    moonlight and the lines of stars that most targets have do not count, nor would a satellite that
    crossed half of the fibres.
    """
    values = np.asarray(flux, dtype=np.float64)
    if values.ndim != 2:
        raise BadParameter(f"spectra of shape {values.shape}: (spectra, pixels) is accepted")
    sigma = [None] * len(values) if error is None else np.asarray(error, dtype=np.float64)
    if len(sigma) != len(values):
        raise BadParameter(f"errors of {len(sigma)} spectra for {len(values)} spectra")
    lit = np.zeros(len(values), dtype=np.bool_)
    for _ in range(2):  # the second time without those that the first found, or they count as usual
        commons = _commons(values, lit)
        told = []
        for number, each in enumerate(values):
            told.append(contamination(
                wavelength_nm, each, sigma[number], fwhm_nm=fwhm_nm, calibrated=calibrated,
                others=[_scaled(common, each) for common in commons[number % _FOLDS]],
                leave_out=leave_out,
            ))  # fmt: skip
        lit = np.array([each.snr > _SUSPECT_SNR for each in told])
        if not lit.any() or len(values) - lit.sum() <= _FEWEST_OTHERS:
            break
    return tuple(told)


def scatter_of_pixels(flux: ArrayLike) -> float:
    """Standard deviation of the noise of a spectrum, from the scatter of neighbouring pixels.

    References
    ----------
    Stoehr, F., et al. 2008, ASP Conf. 394, 505 (DER_SNR): 1.482602 / sqrt(6) times the median of
    abs(2 f[i] - f[i-2] - f[i+2]).

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(50.0, 2.0, 20_000)
    >>> round(scatter_of_pixels(noise), 1)
    2.0
    """
    values = np.asarray(flux, dtype=np.float64)
    values = values[np.isfinite(values)]
    if len(values) < 5:
        return math.nan
    third = np.abs(2.0 * values[2:-2] - values[:-4] - values[4:])
    return 1.482602 / math.sqrt(6.0) * float(np.median(third))


def _commons(flux: Floats, lit: Flags) -> list[list[tuple[Floats, bool]]]:
    """For each fold, light and share of light by which spectra outside it are not smooth."""
    if len(flux) - lit.sum() <= _FEWEST_OTHERS:
        return [[] for _ in range(_FOLDS)]
    levels = np.array([level_of(each) for each in flux])
    away = flux - levels
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(levels > 0.0, away / levels, np.nan)
    fold = np.arange(len(flux)) % _FOLDS
    outside = [(fold != number) & ~lit for number in range(_FOLDS)]
    return [[(_median(away[rows]), False), (_median(share[rows]), True)] for rows in outside]


def _scaled(common: tuple[Floats, bool], flux: Floats) -> Floats:
    """What spectra have in common, as it is in one of them."""
    values, share = common
    return values * level_of(flux) if share else values


def _median(values: Floats) -> Floats:
    """Of the rows, 0 where none has a value."""
    there = np.isfinite(values).any(0)
    made = np.zeros(values.shape[1])
    made[there] = np.nanmedian(values[:, there], axis=0)
    return made


def _spectrum(wavelength_nm: ArrayLike, flux: ArrayLike) -> tuple[Floats, Floats]:
    nm, values = np.array(wavelength_nm, float), np.array(flux, float)
    if nm.ndim != 1 or nm.shape != values.shape:
        raise BadParameter(
            f"a spectrum of {nm.shape} wavelengths and {values.shape} fluxes: one-dimensional "
            "arrays of one length are accepted"
        )
    if len(nm) < LEAST_PIXELS:
        raise BadParameter(f"a spectrum of {len(nm)} pixels: {LEAST_PIXELS} or more are accepted")
    if not (np.isfinite(nm).all() and nm[0] > 0.0 and (np.diff(nm) > 0.0).all()):
        raise BadParameter("wavelengths of a spectrum (nm) must be positive, finite and increase")
    return nm, values


def _errors(error: ArrayLike | None, flux: Floats) -> Floats:
    if error is None:
        noise = scatter_of_pixels(flux)
        if not noise > 0.0:
            raise BadParameter("a spectrum without noise: give the errors of its pixels")
        return np.full(flux.shape, noise)
    sigma = beside(error, flux, "errors")
    if (sigma <= 0.0).any():
        raise BadParameter(
            "errors of a spectrum that are not above 0: give NaN where none is known"
        )
    return sigma
