"""Gaussian stars by the error function: the independent reference of the drawing's tests."""

from __future__ import annotations

import numpy as np
from satvo.resources.trails.stamps import PointSpread
from scipy.special import erf

SIGMAS = 2.0 * np.sqrt(2.0 * np.log(2.0))


def gaussian_spread(fwhm: float, per_pixel: int, half_px: int = 12) -> PointSpread:
    """Shares of a Gaussian in cells."""
    cells = half_px * per_pixel + per_pixel // 2
    edges = (np.arange(-cells, cells + 2) - 0.5) / per_pixel
    share = np.diff(0.5 * erf(edges / (fwhm / SIGMAS) / np.sqrt(2.0)))
    return PointSpread(np.outer(share, share), per_pixel)


def gaussian_stars(shape, x, y, electrons, fwhm):
    """An image of Gaussian stars at these places."""
    across, up = (
        np.diff(
            0.5 * erf((np.arange(size + 1) - 0.5 - at[:, None]) / (fwhm / SIGMAS) / np.sqrt(2.0))
        )
        for at, size in ((np.asarray(x), shape[1]), (np.asarray(y), shape[0]))
    )
    return (up * np.asarray(electrons)[:, None]).T @ across
