"""Masks of trails from two images of one field: with a trail, and without it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.classic.registration import moved, shift_between
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import find_lines
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.search import Search
from satvo.resources.trails.drawing import trail_mask
from satvo.resources.trails.paths import straight_path
from satvo.schemas.errors import BadParameter

__all__ = ["matched_difference", "planted_mask", "trail_mask_of_pair"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_PLANTED = 0.5  # share of pixels that are equal to the last bit
_LEAST_PX = 30
_BRIGHT, _STAR = 10.0, 8.0  # standard deviations of the noise
_SURE = 10.0  # significance of a line
_LEAST_WIDTH_PX = 1.2


def trail_mask_of_pair(image: Floats, without: Floats) -> tuple[Flags, str]:
    """Where the trail of an image is, as another one without it shows.

    Parameters
    ----------
    image, without : ndarray of float32 (rows, columns)
        NaN where there is no value.

    Returns
    -------
    mask : ndarray of bool (rows, columns)
        Pixels within half a full width at half maximum of a trail's line.
    how : str
        "planted" where the images are equal but for the trail, otherwise "difference".

    Raises
    ------
    BadParameter
        If the images have not one shape, nothing in common, or their difference shows no trail.
    """
    if image.shape != without.shape:
        raise BadParameter(f"its pair has shape {without.shape}, the image {image.shape}")
    common = np.isfinite(image) & np.isfinite(without)
    if not common.any():
        raise BadParameter("it and its pair have no pixel in common")
    difference = np.where(common, image - without, 0.0)
    if np.mean(difference[common] == 0.0) > _PLANTED:
        mask = planted_mask(difference)
        if not mask.any():
            raise BadParameter("it and its pair are equal: there is no trail between them")
        return mask, "planted"
    return _found_mask(image, without), "difference"


def planted_mask(light: NDArray[np.floating]) -> Flags:
    """The mask of straight trails by their light alone, which is 0 elsewhere.

    Parameters
    ----------
    light : ndarray (rows, columns)
        With the photon noise of the trail, if need be.

    Notes
    -----
    The line is the principal axis of the light of each connected piece; the width is that of a
    Gaussian of the same second moment near the line; the ends are where the light along it falls
    to half of its median.
    """
    from scipy.ndimage import binary_dilation, label

    pieces, count = label(binary_dilation(light != 0.0, iterations=2))
    mask = np.zeros(light.shape, bool)
    for number in range(1, count + 1):
        rows, columns = np.nonzero((pieces == number) & (light != 0.0))
        weights = np.maximum(light[rows, columns].astype(float), 0.0)
        if rows.size >= _LEAST_PX and weights.sum() > 0.0:
            mask |= _of_piece(rows, columns, weights, light.shape)
    return mask


def _of_piece(
    rows: NDArray[np.int_],
    columns: NDArray[np.int_],
    weights: NDArray[np.float64],
    shape: tuple[int, ...],
) -> Flags:
    middle = np.array([np.average(columns, weights=weights), np.average(rows, weights=weights)])
    away = np.stack([columns, rows], 1) - middle
    spread = (away * weights[:, None]).T @ away / weights.sum()
    ahead = np.linalg.eigh(spread)[1][:, 1]
    along, across = away @ ahead, away @ np.array([-ahead[1], ahead[0]])
    shift, width = _across(across, weights)
    near = np.abs(across - shift) <= width
    low, high = _ends(along[near], weights[near])
    middle = middle + shift * np.array([-ahead[1], ahead[0]])
    start, end = middle + low * ahead, middle + high * ahead
    path = straight_path((float(start[0]), float(start[1])), (float(end[0]), float(end[1])))
    return np.asarray(trail_mask((shape[0], shape[1]), path, max(width, _LEAST_WIDTH_PX)))


def _across(across: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Middle and full width at half maximum of the profile, by its highest half."""
    bins = np.arange(np.floor(across.min()), np.ceil(across.max()) + 0.25, 0.25)
    if bins.size < 3:
        return 0.0, 1.0
    profile = np.histogram(across, bins, weights=weights)[0]
    profile = np.convolve(profile, np.ones(4) / 4.0, "same")  # a pixel is as wide
    middles = 0.5 * (bins[:-1] + bins[1:])
    high = profile >= 0.5 * profile.max()
    width = 0.25 * np.count_nonzero(high)
    return float(np.average(middles[high], weights=profile[high])), float(width)


def _ends(along: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    bins = np.arange(np.floor(along.min()), np.ceil(along.max()) + 1.0)
    if bins.size < 3:
        return float(along.min()), float(along.max())
    profile = np.histogram(along, bins, weights=weights)[0]
    middles = 0.5 * (bins[:-1] + bins[1:])
    lit = np.nonzero(profile >= 0.5 * np.median(profile[profile > 0.0]))[0]
    return float(middles[lit[0]]) - 0.5, float(middles[lit[-1]]) + 0.5


def matched_difference(image: Floats, without: Floats) -> Floats:
    """An image less another of the same field, shifted and scaled onto it.

    Parameters
    ----------
    image, without : ndarray of float32 (rows, columns)
        NaN where there is no value.

    Returns
    -------
    ndarray of float32 (rows, columns)
        Without the background of either; NaN where one has no value, and on stars, which never
        cancel wholly.

    Notes
    -----
    Shifts up to a third of the shorter side by `classic.registration`; no turn, no change of scale.
    """
    first, second = Frame.of(image), Frame.of(without)
    shift = shift_between(second, first)
    light, counts = moved(second.pixels - second.sky, second.usable, shift)
    own = first.pixels - first.sky
    counts = counts & first.usable
    bright = counts & (light > _BRIGHT * second.noise)
    scale = float(np.median(own[bright] / light[bright])) if bright.sum() >= _LEAST_PX else 1.0
    difference: Floats = (own - scale * light).astype(np.float32)
    difference[~counts | (light > _STAR * second.noise)] = np.nan
    return difference


def _found_mask(image: Floats, without: Floats) -> Flags:
    """The trails that a search of the difference finds."""
    difference = Frame.of(matched_difference(image, without))
    stars = star_width(Frame.of(image))
    evidence = np.clip(difference.significance, -4.0, 6.0)
    lines = find_lines(difference, evidence, stars, Search())
    mask = np.zeros(difference.shape, bool)
    for line in lines:
        if line.fit.snr >= _SURE:
            path = straight_path(*line.fit.ends)
            width = max(line.fit.width, _LEAST_WIDTH_PX)
            mask |= np.asarray(trail_mask(difference.shape, path, width))
    if not mask.any():
        raise BadParameter("its difference from its pair shows no trail: give a mask")
    return mask
