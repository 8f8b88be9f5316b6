"""The light of a trail piece by piece of its length, and what of its changes is more than noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.scatter import scatter_about

__all__ = ["medians_of", "pieces_of", "smoothed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STAR_SIGMA = 3.0
_GLINT_WIDTHS = 6.0
"""Brighter pieces that go on for so many widths are the trail's own, shorter ones a star's."""
_PASSES = 8


def pieces_of(
    piece: Ints, count: int, shape: Floats, light: Floats, weight: Floats
) -> tuple[Floats, Floats]:
    """Flux of each piece by the profile, and its standard deviation.

    Parameters
    ----------
    piece : ndarray of int (n,)
        The piece that each pixel lies in.
    count : int
        Of pieces.
    shape : ndarray (n,)
        Light of a trail of flux 1.
    light : ndarray (n,)
        Of the image, less its background.
    weight : ndarray (n,)
        Reciprocal of the variance; 0 where a pixel does not count.

    Returns
    -------
    flux, error : ndarray (count,)
        NaN and infinite where no pixel counts.
    """
    square = np.bincount(piece, weight * shape * shape, count)
    product = np.bincount(piece, weight * shape * light, count)
    known = square > 0.0
    flux, error = np.full(count, np.nan), np.full(count, np.inf)
    flux[known] = product[known] / square[known]
    error[known] = square[known] ** -0.5
    return flux, error


def medians_of(piece: Ints, count: int, values: Floats) -> Floats:
    """Median of the values of each piece, and of it and its neighbours; 0 where there are none.

    Examples
    --------
    >>> medians_of(np.array([0, 0, 0, 1, 2]), 3, np.array([1.0, 2.0, 9.0, 4.0, 3.0])).tolist()
    [2.0, 3.0, 3.0]
    """
    order = np.lexsort((values, piece))
    edges = np.searchsorted(piece[order], np.arange(count + 1))
    found = np.zeros(count)
    some = edges[1:] > edges[:-1]
    ordered = values[order]
    low, high = (edges[:-1] + edges[1:] - 1) // 2, (edges[:-1] + edges[1:]) // 2
    found[some] = 0.5 * (ordered[low[some]] + ordered[high[some]])
    if count < 3:
        return found
    padded = np.pad(found, 1, mode="edge")
    near = np.lib.stride_tricks.sliding_window_view(padded, 3)
    return np.asarray(np.median(near, axis=1))


def smoothed(flux: Floats, error: Floats, widths_a_piece: float) -> tuple[Floats, Floats]:
    """The flux as smooth as the noise allows, whatever stars lie under it.

    Parameters
    ----------
    flux, error : ndarray (n,)
        Of pieces of equal length.
    widths_a_piece : float
        Length of a piece in full widths at half maximum.

    Returns
    -------
    flux, error : ndarray (n,)

    Notes
    -----
    From a steady trail on, ever shorter scales are tried until the pieces scatter about the curve
    as their errors say. Pieces far from it, as a star makes, do not count, but where they go on
    for longer than a star they are a glint and are kept as they are.
    """
    known = np.isfinite(flux) & np.isfinite(error)
    if not known.any():
        return np.zeros(len(flux)), np.zeros(len(flux))
    weight = np.where(known, 1.0 / np.where(known, error, 1.0) ** 2, 0.0)
    values = np.where(known, flux, 0.0)
    limit = 1.0 + 3.0 / math.sqrt(known.sum())
    scale = float(len(flux))
    while True:
        curve = _curve(values, weight, scale, is_steady=scale >= len(flux))
        pulls = (values - curve)[known] * np.sqrt(weight[known])
        if _scatter(pulls) ** 2 <= limit or scale < 2.0 / max(widths_a_piece, 0.3):
            break
        scale /= 2.0
    each = np.where(known, error, np.median(error[known]))
    span = len(flux) if scale >= len(flux) else max(round(scale), 1)
    spread = _running_sum(weight, span) ** -0.5
    for first, last in _glints(values, curve, weight, _GLINT_WIDTHS / widths_a_piece):
        curve[first:last], spread[first:last] = values[first:last], each[first:last]
    return curve, spread


def _running_sum(weight: Floats, span: int) -> Floats:
    """Sum of the weights of so many pieces around each; never 0."""
    sums = np.concatenate([[0.0], np.cumsum(weight)])
    first = np.clip(np.arange(len(weight)) - span // 2, 0, max(len(weight) - span, 0))
    last = np.minimum(first + span, len(weight))
    least = 1e-3 * float(weight[weight > 0.0].mean())
    return np.asarray(np.maximum(sums[last] - sums[first], least))


def _scatter(pulls: Floats) -> float:
    return scatter_about(pulls, float(np.median(pulls)))


def _curve(values: Floats, weight: Floats, scale: float, *, is_steady: bool) -> Floats:
    """The curve of a scale (pieces), far pieces left out."""
    counted = values[weight > 0.0]
    curve = np.full(len(values), float(np.median(counted)))
    for _ in range(_PASSES):
        pulls = (values - curve) * np.sqrt(weight)
        part = np.clip(1.0 - (pulls / _STAR_SIGMA) ** 2, 0.0, 1.0) ** 2
        # A flickering trail is far from its mean everywhere: then all count for the start.
        if part[weight > 0.0].mean() < 0.5:
            part = 1.0 / np.maximum(np.abs(pulls), 1.0)
        robust = weight * part
        if is_steady or len(values) < 4:
            curve = np.full(len(values), float((robust * values).sum() / max(robust.sum(), 1e-300)))
        else:
            curve = _whittaker(values, robust, scale)
    return curve


def _whittaker(values: Floats, weight: Floats, scale: float) -> Floats:
    """The curve least far from values and least bent: second differences, banded."""
    from scipy.linalg import solveh_banded

    mean = float(weight.mean())
    stiff = mean * (scale / 2.0) ** 4
    count = len(values)
    bands = np.zeros((3, count))
    bands[2] = weight + 1e-9 * mean
    squares = np.zeros(count)
    squares[:-2] += 1.0
    squares[1:-1] += 4.0
    squares[2:] += 1.0
    bands[2] += stiff * squares
    beside = np.zeros(count - 1)
    beside[:-1] -= 2.0
    beside[1:] -= 2.0
    bands[1, 1:] = stiff * beside
    bands[0, 2:] = stiff
    return np.asarray(solveh_banded(bands, weight * values))


def _glints(values: Floats, curve: Floats, weight: Floats, least: float) -> list[tuple[int, int]]:
    """Runs of pieces far above the curve that are longer than a star."""
    far = (values - curve) * np.sqrt(weight) > _STAR_SIGMA
    edges = np.flatnonzero(np.diff(np.concatenate([[0], far.astype(np.int8), [0]])))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(first, last) for first, last in runs if last - first >= least]
