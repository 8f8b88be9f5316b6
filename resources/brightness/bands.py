"""Photometric bands, by the colour of sunlight, and what the air takes.

A satellite is taken to be grey: its colour is the Sun's. Measured satellites are redder by up to a
few tenths of a magnitude (solar cells bluer), which `COLOUR_SCATTER` adds to the error outside V.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.brightness.geometry import Floats, airmass
from satvo.schemas.errors import BadParameter

__all__ = ["BANDS", "COLOUR_SCATTER", "EXTINCTION", "SUN_MAG_V", "colour", "extinction"]

SUN_MAG_V = -26.76
"""Apparent V of the Sun at 1 au: Willmer, C. N. A. 2018, ApJS 236, 47 (M_V = 4.81, Vega)."""

_SUN_V = 4.82  # M_V of the same page as the SDSS magnitudes below; only differences are used
_SUN_MAGNITUDE = {
    # SDSS DR16, "Estimates for the u, g, r, i, z colors of Vega and the Sun": B-V = 0.650,
    # V-Rc = 0.36, Rc-Ic = 0.32 (Vega); M(g) = 5.12 with its four colours (AB).
    "B": 5.47, "V": 4.82, "R": 4.46, "I": 4.14,
    "u": 6.55, "g": 5.12, "r": 4.68, "i": 4.57, "z": 4.54,
    # Casagrande, L., VandenBerg, D. A. 2018, MNRAS 479, L102: M_G = 4.67 (Vega).
    "G": 4.67,
}  # fmt: skip

BANDS = tuple(_SUN_MAGNITUDE)
"""Johnson-Cousins B V R I and Gaia G (Vega), SDSS u g r i z (AB)."""

COLOUR_SCATTER = 0.2
"""Magnitudes by which colours of satellites differ from the Sun's, 1 sigma: an estimate of ours."""

EXTINCTION = {
    "B": 0.25, "V": 0.12, "R": 0.09, "I": 0.05,
    "u": 0.49, "g": 0.17, "r": 0.10, "i": 0.06, "z": 0.06, "G": 0.12,
}  # fmt: skip
"""Typical magnitudes an air mass at a good site: V of Bassa, C. G., Hainaut, O. R.,
Galadi-Enriquez, D. 2022, A&A 657, A75; u to z of Padmanabhan, N., et al. 2008, ApJ 674, 1217
(Apache Point; not verified against the paper); the rest between them."""


def colour(band: str) -> float:
    """What to add to V to get the magnitude in a band.

    Raises
    ------
    BadParameter
        If the band is not known.

    Examples
    --------
    >>> round(colour("g"), 2), round(colour("G"), 2), colour("V")
    (0.3, -0.15, 0.0)
    """
    if band not in _SUN_MAGNITUDE:
        raise BadParameter(f"band {band[:20]!a}: there are {', '.join(BANDS)}")
    return _SUN_MAGNITUDE[band] - _SUN_V


def extinction(
    band: str, altitude_deg: ArrayLike, magnitudes_per_airmass: float | None = None
) -> Floats:
    """Magnitudes (n,) that the air takes at apparent altitudes; NaN below the horizon.

    Parameters
    ----------
    magnitudes_per_airmass : float, optional
        Of the site; `EXTINCTION` where it is not given.

    Examples
    --------
    >>> extinction("V", [90.0, 30.0]).round(3)
    array([0.12 , 0.239])
    """
    colour(band)
    k = EXTINCTION[band] if magnitudes_per_airmass is None else magnitudes_per_airmass
    if not 0.0 <= k < np.inf:
        raise BadParameter(f"extinction {k} mag an air mass: a finite number from 0 is accepted")
    return k * airmass(altitude_deg)
