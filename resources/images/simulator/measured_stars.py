"""Stars of an image that show how it spreads light: bright, whole, and alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.scatter import scatter_about

__all__ = ["Stamps", "clear_stars"]

Floats = NDArray[np.float64]

_TILE = 64
_SIGMAS = 15.0
_NEIGHBOUR = 0.1
_FULL = 0.95
_MOST_STARS = 40


@dataclass(frozen=True, eq=False)
class Stamps:
    """Pieces of an image about its stars.

    Attributes
    ----------
    light : ndarray (stars, side, side)
        Without the background, side odd.
    noise : float
        Standard deviation of the background in a pixel.
    width : float
        Full width at half maximum, about, pixels: the median of the stars.
    """

    light: Floats
    noise: float
    width: float

    def __len__(self) -> int:
        return len(self.light)

    def only(self, kept: NDArray[np.bool_]) -> Stamps:
        """Some of them."""
        return Stamps(self.light[kept], self.noise, self.width)


def clear_stars(image: Floats, saturation: float | None) -> Stamps:
    """Stars that stand 15 sigma above the background, with no bright neighbour, hole or full pixel.

    Parameters
    ----------
    image : ndarray (rows, columns)
        NaN where nothing is known.
    saturation : float, optional
        Counts of a full pixel; without it the image's maximum, where three pixels have it.

    Returns
    -------
    Stamps
        Of the brightest 40 at most; of none where there are none.
    """
    flat, noise = _without_background(image)
    full = _saturation(image, saturation)
    rows, columns, peaks = _peaks(flat, noise)
    width = _width(flat, noise, rows, columns)
    reach = int(np.clip(np.ceil(4.0 * width), 5, 40))
    side = 2 * reach + 1
    kept = []
    for row, column, peak in zip(rows, columns, peaks, strict=True):
        near = (np.abs(rows - row) <= reach) & (np.abs(columns - column) <= reach)
        window = slice(row - reach, row + reach + 1), slice(column - reach, column + reach + 1)
        stamp = flat[window]
        if row < reach or column < reach or stamp.shape != (side, side):
            continue
        if (peaks[near] > _NEIGHBOUR * peak).sum() > 1 or not np.isfinite(stamp).all():
            continue
        if image[window].max() < _FULL * full and _is_star(stamp, noise):
            kept.append(stamp)
        if len(kept) == _MOST_STARS:
            break
    return Stamps(np.array(kept).reshape(-1, side, side), noise, width)


def _without_background(image: Floats) -> tuple[Floats, float]:
    """Less the medians of tiles, linear between; and the noise, 1.4826 of the median deviation."""
    from scipy.ndimage import map_coordinates

    rows, columns = image.shape
    down, across = max(rows // _TILE, 1), max(columns // _TILE, 1)
    row_edges = np.linspace(0, rows, down + 1).astype(int)
    column_edges = np.linspace(0, columns, across + 1).astype(int)
    known = np.where(np.isfinite(image), image, np.nan)
    middle = float(np.nanmedian(known)) if np.isfinite(known).any() else 0.0
    tiles = np.full((down, across), middle)
    for i in range(down):
        for j in range(across):
            tile = known[row_edges[i] : row_edges[i + 1], column_edges[j] : column_edges[j + 1]]
            if np.isfinite(tile).any():
                tiles[i, j] = np.nanmedian(tile)
    at = np.meshgrid(
        (np.arange(rows) + 0.5) * down / rows - 0.5,
        (np.arange(columns) + 0.5) * across / columns - 0.5,
        indexing="ij",
    )
    flat = known - map_coordinates(tiles, at, order=1, mode="nearest")
    noise = scatter_about(flat, 0.0) if np.isfinite(flat).any() else 0.0
    return flat, noise or float(np.finfo(float).tiny)


def _saturation(image: Floats, saturation: float | None) -> float:
    if saturation is not None:
        return saturation
    known = image[np.isfinite(image)]
    highest = known.max() if known.size else np.inf
    return float(highest) if (known == highest).sum() >= 3 else np.inf


def _peaks(flat: Floats, noise: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Rows and columns of the light's maxima, and their heights, the brightest first."""
    from scipy.ndimage import maximum_filter, uniform_filter

    smooth = uniform_filter(np.where(np.isfinite(flat), flat, 0.0), 3, mode="nearest")
    top = maximum_filter(smooth, 5, mode="nearest")
    rows, columns = np.nonzero((smooth == top) & (smooth > _SIGMAS * noise / 3.0))
    heights = smooth[rows, columns]
    order = np.argsort(-heights, kind="stable")
    return rows[order], columns[order], heights[order]


def _width(flat: Floats, noise: float, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> float:
    """Of the stars, from the area above half of the peak; 3 pixels where there are none."""
    found: list[float] = []
    for row, column in zip(rows, columns, strict=True):
        near = flat[max(row - 7, 0) : row + 8, max(column - 7, 0) : column + 8]
        # pieces of a trail are many, and hot pixels too
        if near.shape != (15, 15) or not np.isfinite(near).all() or not _is_star(near, noise):
            continue
        for reach in (7, 20):
            piece = flat[
                max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1
            ]
            above = int((piece > 0.5 * flat[row, column]).sum())
            if above < 0.25 * piece.size:
                break
        found.append(2.0 * float(np.sqrt(above / np.pi)))
        if len(found) == _MOST_STARS:
            break
    return float(np.clip(np.median(found), 1.0, 30.0)) if found else 3.0


def _is_star(stamp: Floats, noise: float) -> bool:
    """Whether it is spread over pixels, unlike hot ones and cosmic rays, and not a line."""
    reach = stamp.shape[0] // 2
    core = stamp[reach - 1 : reach + 2, reach - 1 : reach + 2]
    beside = core[[0, 1, 1, 2], [1, 0, 2, 1]]
    if not (core.max() > 0.0 and np.sort(beside)[1] > max(2.0 * noise, 0.03 * core.max())):
        return False
    place = np.arange(-reach, reach + 1)
    light = np.where(stamp > 0.2 * core.max(), stamp, 0.0)
    total = light.sum()
    x, y = (light.sum(0) @ place) / total, (light.sum(1) @ place) / total
    xx = light.sum(0) @ (place - x) ** 2 / total
    yy = light.sum(1) @ (place - y) ** 2 / total
    xy = ((light * np.outer(place - y, place - x)).sum()) / total
    spread = np.hypot(0.5 * (xx - yy), xy)
    return bool(0.5 * (xx + yy) - spread > 0.25 * (0.5 * (xx + yy) + spread))
