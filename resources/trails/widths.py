"""Full widths at half maximum, and the other measures of how wide light is spread."""

from __future__ import annotations

import math

__all__ = ["PIXEL_FWHM_SQUARED", "SIGMA_OF_FWHM", "moffat_radius"]

SIGMA_OF_FWHM = 1.0 / (2.0 * math.sqrt(2.0 * math.log(2.0)))
"""Standard deviation of a Gaussian, by its full width at half maximum."""

PIXEL_FWHM_SQUARED = 8.0 * math.log(2.0) / 12.0
"""What a pixel adds to the square of the full width at half maximum of a narrow profile, px^2."""


def moffat_radius(fwhm: float, beta: float) -> float:
    """The radius a of a Moffat function (1 + r^2 / a^2)^-beta, in the unit of its full width.

    Parameters
    ----------
    fwhm : float
        Full width at half maximum.
    beta : float
        Exponent, above 0 and finite; a Gaussian is what the function nears as it grows.

    Examples
    --------
    >>> radius = moffat_radius(3.0, 2.5)
    >>> round((1.0 + (1.5 / radius) ** 2) ** -2.5, 6)
    0.5
    """
    return fwhm / (2.0 * math.sqrt(2.0 ** (1.0 / beta) - 1.0))
