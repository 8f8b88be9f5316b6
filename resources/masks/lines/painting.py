"""The probability of each pixel to lie in the mask of a fitted trail."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.lines.ends import Course
from satvo.resources.masks.lines.fit import LineFit
from satvo.resources.masks.lines.profile import marked_width
from satvo.resources.masks.lines.strip import window_about

__all__ = ["paint"]

Floats = NDArray[np.float32]

_LEAST_WIDTH_PX = 1.2
_SHARP_PX = 1.0  # error of an end up to which it is taken as normal
_INFLATION = 1.2
"""Errors of the fit are taken so much larger: noise and stars are not what it assumes."""
_ACROSS_PX, _ALONG_PX, _WIDTH_SHARE = 0.03, 0.3, 0.02
"""What errors come to at least, across and along in px, and of the width as a share of it."""


def paint(
    score: Floats,
    fit: LineFit,
    course: Course | None = None,
    *,
    mask_width: float = 1.0,
    probability: float = 1.0,
) -> None:
    """Raise a score to the probability that a pixel is in the mask of this trail.

    The mask holds the pixels whose centre is within half of `mask_width` widths of the line between
    the ends (1.2 px at least in all). The errors of place, ends and width are taken as normal; the
    probability is integrated over them in closed form, across and along apart.

    Parameters
    ----------
    score : ndarray of float32 (rows, columns)
        Changed where it is lower.
    fit : LineFit
    course : Course, optional
        Its ends are taken from this where the fit gives them to worse than 1 px: those of a faint
        trail have many likely places.
    mask_width : float
        In widths of the trail.
    probability : float
        That there is a trail at all.
    """
    from scipy.special import ndtr

    half = 0.5 * max(mask_width * marked_width(fit.fwhm, fit.disk), _LEAST_WIDTH_PX)
    of_width = 0.5 * mask_width * fit.width_error * _INFLATION
    of_width = math.hypot(of_width, _WIDTH_SHARE * half)
    window = window_about(fit.axis, (score.shape[0], score.shape[1]), half + 4.0, half + 60.0)
    if window is None:
        return
    rows, columns = np.ogrid[window]
    along, across = fit.axis.of(columns.astype(float), rows.astype(float))
    part = np.clip(along / fit.axis.length, -0.2, 1.2)
    off = np.abs(across - fit.across_at(part * fit.axis.length))
    cov = fit.covariance
    place = (
        (1.0 - part) ** 2 * cov[0, 0] + part**2 * cov[1, 1] + 2.0 * part * (1.0 - part) * cov[0, 1]
    )
    error = np.sqrt(_INFLATION**2 * np.maximum(place, 0.0) + _ACROSS_PX**2 + of_width**2)
    chance = ndtr((half - off) / error) - ndtr((-half - off) / error)
    cap = np.sqrt(np.maximum(half**2 - off**2, 0.0))  # the mask's ends are round
    for sign, k in ((1.0, 2), (-1.0, 3)):
        end_error = math.sqrt(cov[k, k])
        beyond = sign * (along - fit.values[k]) + cap
        if course is None or end_error < _SHARP_PX:
            chance *= ndtr(beyond / math.hypot(_INFLATION * end_error, _ALONG_PX))
        else:
            told = course.begun if k == 2 else course.lasting
            chance *= np.interp(along + sign * cap, course.along, told, left=0.0, right=0.0)
    np.maximum(score[window], (probability * chance).astype(np.float32), out=score[window])
