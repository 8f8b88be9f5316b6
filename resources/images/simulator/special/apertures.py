"""How much light of a star, and of a satellite that passes, comes through a fibre or a slit.

A satellite of which F photons a second arrive and that moves by w arcsec a second lays F / w
photons on each arcsec of its way, spread across it like the image of a star. Of a narrow bundle of
that light, which passes the middle of a fibre of diameter d at a distance b, the fibre takes in
what falls on the chord, F sqrt(d**2 - 4 b**2) / w; of all of it the sum over the point spread
function. So a satellite counts as much as a star that shines into the whole fibre for the mean
chord by w seconds (the fluence of `satvo.resources.brightness.trails`, cut by an aperture).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

__all__ = ["crossing_seconds", "fibre_share", "slit_weights"]

Floats = NDArray[np.float64]

_FINER = 5
"""Parts of a cell of the point spread along each axis, for the edge of a fibre."""


def fibre_share(
    spread: PointSpread,
    pixel_arcsec: float,
    diameter_arcsec: float,
    offset_arcsec: tuple[float, float] = (0.0, 0.0),
) -> float:
    """Share of the light of a star that a round fibre takes in.

    Parameters
    ----------
    spread : PointSpread
    pixel_arcsec : float
        Of the pixels that the spread is told in.
    diameter_arcsec : float
    offset_arcsec : tuple of float
        Of the star from the middle of the fibre: along x and along y.

    Raises
    ------
    BadParameter
        If the diameter or the pixel is not above 0.

    Examples
    --------
    >>> point = PointSpread(np.ones((1, 1)))
    >>> fibre_share(point, 0.1, 1.5), fibre_share(point, 0.1, 1.5, (2.0, 0.0))
    (1.0, 0.0)
    """
    _check(pixel_arcsec, diameter_arcsec)
    x, y, light = _cells(spread, pixel_arcsec)
    part = pixel_arcsec / spread.per_pixel * ((np.arange(_FINER) + 0.5) / _FINER - 0.5)
    inside = np.zeros_like(light)
    for step_x in part:
        for step_y in part:
            far = np.hypot(x + step_x + offset_arcsec[0], y + step_y + offset_arcsec[1])
            inside += far <= diameter_arcsec / 2
    return float((light * inside).sum()) / _FINER**2


def crossing_seconds(
    spread: PointSpread,
    pixel_arcsec: float,
    diameter_arcsec: float,
    *,
    rate_arcsec_s: float,
    direction_deg: float = 0.0,
    impact_arcsec: float = 0.0,
) -> float:
    """Seconds for which a satellite that crosses shines into a fibre: its light by its photon rate.

    Parameters
    ----------
    spread, pixel_arcsec, diameter_arcsec
        As of `fibre_share`; the spread is the satellite's, defocus and size included.
    rate_arcsec_s : float
    direction_deg : float
        In which it moves, from x towards y.
    impact_arcsec : float
        How far from the middle of the fibre its way passes, to the left of its motion.

    Raises
    ------
    BadParameter
        If the rate, the diameter or the pixel is not above 0.

    Examples
    --------
    A point on a diameter, at 1000 arcsec a second over 2 arcsec:

    >>> round(crossing_seconds(PointSpread(np.ones((1, 1))), 0.1, 2.0, rate_arcsec_s=1000.0), 6)
    0.002
    """
    _check(pixel_arcsec, diameter_arcsec)
    if not rate_arcsec_s > 0.0:
        raise BadParameter(f"a rate of {rate_arcsec_s} arcsec/s: one above 0 is accepted")
    x, y, light = _cells(spread, pixel_arcsec)
    turn = math.radians(direction_deg)
    aside = impact_arcsec + y * math.cos(turn) - x * math.sin(turn)
    chord = np.sqrt(np.maximum(diameter_arcsec**2 - 4.0 * aside**2, 0.0))
    return float((light * chord).sum()) / rate_arcsec_s


def slit_weights(columns: int, width_px: float, middle_px: float | None = None) -> Floats:
    """Share of each column of pixels that lies in a slit along the columns, (columns,).

    Raises
    ------
    BadParameter
        If the slit is not wider than 0.

    Examples
    --------
    >>> slit_weights(5, 2.0).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if not width_px > 0.0:
        raise BadParameter(f"a slit {width_px} pixels wide: one above 0 is accepted")
    middle = (columns - 1) / 2 if middle_px is None else middle_px
    low = np.maximum(np.arange(columns) - 0.5, middle - width_px / 2)
    high = np.minimum(np.arange(columns) + 0.5, middle + width_px / 2)
    return np.asarray(np.maximum(high - low, 0.0))


def _cells(spread: PointSpread, pixel_arcsec: float) -> tuple[Floats, Floats, Floats]:
    """Places of the cells of a point spread (arcsec from its middle), and the light in each."""
    size = spread.values.shape[0]
    at = (np.arange(size) - size // 2) * pixel_arcsec / spread.per_pixel
    return np.asarray(at[None, :]), np.asarray(at[:, None]), spread.values


def _check(pixel_arcsec: float, diameter_arcsec: float) -> None:
    for what, value in (("pixel", pixel_arcsec), ("fibre", diameter_arcsec)):
        if not value > 0.0:
            raise BadParameter(f"a {what} of {value} arcsec: one above 0 is accepted")
