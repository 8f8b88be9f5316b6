"""What a moving satellite leaves on a detector: width, surface brightness, effective magnitude.

With F the flux of the source and rate its motion in arcsec/s, a trail of width w holds the fluence
F / (rate w) in each arcsec**2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.brightness.geometry import Floats

__all__ = [
    "defocus_arcsec",
    "effective_mag",
    "peak_mag_arcsec2",
    "surface_mag_arcsec2",
    "trail_width_arcsec",
]

_ARCSEC_PER_RAD = 206_264.806
_PEAK_OF_GAUSSIAN = 2.0 * np.sqrt(np.log(2.0) / np.pi)  # peak times FWHM over area: 0.9394


def defocus_arcsec(aperture_m: ArrayLike, range_km: ArrayLike) -> Floats:
    """Angle that the aperture fills as seen from the satellite: the blur of a focus at infinity.

    References
    ----------
    Tyson, J. A., et al. 2020, AJ 160, 226.

    Examples
    --------
    >>> round(float(defocus_arcsec(8.36, 550.0)), 3)
    3.135
    """
    given = np.asarray(aperture_m, dtype=np.float64), np.asarray(range_km, dtype=np.float64)
    return np.asarray(_ARCSEC_PER_RAD * given[0] / (given[1] * 1e3))


def trail_width_arcsec(
    seeing_arcsec: ArrayLike,
    aperture_m: ArrayLike,
    range_km: ArrayLike,
    size_m: ArrayLike = 0.0,
) -> Floats:
    """Width of a trail, full at half maximum: seeing, defocus and size in quadrature.

    Parameters
    ----------
    seeing_arcsec : array_like
        FWHM.
    aperture_m : array_like
        Diameter of the telescope.
    range_km : array_like
        To the satellite.
    size_m : array_like
        Extent of the satellite across its motion.

    Notes
    -----
    The defocused pupil is a disc, with a hole under an obstruction; where it is wider than the
    seeing, the true profile is flat or double rather than this bell.

    Examples
    --------
    >>> round(float(trail_width_arcsec(0.7, 8.36, 550.0)), 3)
    3.212
    """
    size = (
        _ARCSEC_PER_RAD
        * np.asarray(size_m, dtype=np.float64)
        / (np.asarray(range_km, dtype=np.float64) * 1e3)
    )
    blur = defocus_arcsec(aperture_m, range_km)
    return np.asarray(np.sqrt(np.asarray(seeing_arcsec, dtype=np.float64) ** 2 + blur**2 + size**2))


def surface_mag_arcsec2(
    mag: ArrayLike, rate_arcsec_s: ArrayLike, width_arcsec: ArrayLike, exposure_s: ArrayLike
) -> Floats:
    """Mean surface brightness of the trail over the exposure, mag/arcsec**2.

    m + 2.5 log10(rate width exposure): the light that a sky of this brightness gives in the whole
    exposure is what the trail gives while the satellite passes. It holds for any satellite that
    crosses; the share of the exposure that it is in the field changes the length of the trail only.

    Examples
    --------
    >>> round(float(surface_mag_arcsec2(5.0, 2000.0, 5.0, 30.0)), 2)
    18.69
    """
    return _fainter(mag, rate_arcsec_s, width_arcsec, exposure_s)


def peak_mag_arcsec2(
    mag: ArrayLike, rate_arcsec_s: ArrayLike, width_arcsec: ArrayLike, exposure_s: ArrayLike
) -> Floats:
    """Surface brightness along the middle of a trail with the profile of a Gaussian.

    Examples
    --------
    >>> round(float(peak_mag_arcsec2(5.0, 2000.0, 5.0, 30.0)), 2)
    18.76
    """
    mean = surface_mag_arcsec2(mag, rate_arcsec_s, width_arcsec, exposure_s)
    return np.asarray(mean - 2.5 * np.log10(_PEAK_OF_GAUSSIAN))


def effective_mag(
    mag: ArrayLike, rate_arcsec_s: ArrayLike, exposure_s: ArrayLike, resolution_arcsec: ArrayLike
) -> Floats:
    """Magnitude of a star that gives one resolution element the same light in the exposure.

    m + 2.5 log10(rate exposure / resolution). A source that moves less than a resolution element
    in the exposure keeps its magnitude.

    References
    ----------
    Bassa, C. G., Hainaut, O. R., Galadi-Enriquez, D. 2022, A&A 657, A75 (its V_eff).

    Examples
    --------
    >>> round(float(effective_mag(5.0, 2000.0, 30.0, 1.0)), 2)
    16.95
    """
    elements = (
        np.asarray(rate_arcsec_s, dtype=np.float64)
        * np.asarray(exposure_s, dtype=np.float64)
        / np.asarray(resolution_arcsec, dtype=np.float64)
    )
    return np.asarray(
        np.asarray(mag, dtype=np.float64) + 2.5 * np.log10(np.fmax(elements, 1.0) + 0.0 * elements)
    )


def _fainter(mag: ArrayLike, *factors: ArrayLike) -> Floats:
    """A magnitude by the product of factors fainter; NaN where one is not above 0."""
    product = np.asarray(1.0)
    for factor in factors:
        product = product * np.asarray(factor, dtype=np.float64)
    bare = np.asarray(mag, dtype=np.float64)
    return np.asarray(bare + 2.5 * np.log10(np.where(product > 0.0, product, np.nan)))
