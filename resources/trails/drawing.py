"""The light of points and trails on pixels: sources through the optics, as electrons expected.

A trail is the point's light, at each place where the point is in turn: the integral, along the path
and across its width, of the image that a star would have there. It is as wide as the stars drawn
with the same point spread, and exposures that follow each other add to the joint one. (A rectangle
of a cell's width, spread afterwards, would be wider: by a tenth of a pixel in FWHM at three cells a
pixel.) Pixels count from 0, the centre of the first at (0, 0).

The cost goes with the length inside the frame: trails are drawn in pieces, small spreads by adding
the light of each pixel of the path, large ones by Fourier transforms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.deposits import deposited, near_parts
from satvo.resources.trails.flux_law import FluxLaw
from satvo.resources.trails.flux_laws import Steady
from satvo.resources.trails.paths import Path
from satvo.resources.trails.phases import phases_of
from satvo.resources.trails.spreading import add_stamps, spread_out, stamps_of
from satvo.resources.trails.stamps import PointSpread, Stamp
from satvo.resources.trails.streaks import ALGORITHMS, unitary_streak
from satvo.schemas.errors import BadParameter

__all__ = ["add_trail", "draw_points", "draw_trail", "trail_mask"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROUNDING = 1e-14
"""Of a Fourier transform, relative to the brightest."""


def draw_points(
    image: Floats, x: Floats, y: Floats, electrons: Floats, spread: PointSpread
) -> None:
    """Add points of light to an image.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Changed; what falls beside it is left out.
    x, y : ndarray (n,)
        Columns and rows, pixel, to any fraction.
    electrons : ndarray (n,)
        All of each, not negative.
    spread : PointSpread
        Its size is how far a star is drawn; a bright one may need a larger one.

    Raises
    ------
    BadParameter
        For lists of different lengths, places that are not finite, electrons that are negative or
        not finite.

    Examples
    --------
    >>> image = np.zeros((20, 20))
    >>> draw_points(image, np.array([9.3]), np.array([10.0]), np.array([50.0]),
    ...             PointSpread(np.full((3, 3), 1 / 9), 3))
    >>> round(float(image.sum()), 9)
    50.0
    """
    x, y, electrons = (np.asarray(values, float) for values in (x, y, electrons))
    if not x.shape == y.shape == electrons.shape or x.ndim != 1:
        raise BadParameter(
            f"points with x {x.shape}, y {y.shape}, electrons {electrons.shape}: "
            "three lists of one length are accepted"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise BadParameter("a point of light must be at finite pixels")
    if not (np.isfinite(electrons).all() and (electrons >= 0.0).all()):
        raise BadParameter("a point of light must have finite electrons, 0 or more")
    phases = phases_of(spread)
    near = _near(x, y, image.shape, phases.side)
    if not near.size:
        return
    columns, rows, across, up = phases.weights(x[near], y[near])
    weights = (up[:, :, None] * across[:, None, :]).reshape(len(near), -1)
    for part, light in stamps_of(weights, phases):
        np.maximum(light, 0.0, out=light)
        light *= (electrons[near[part]] * phases.light / light.sum((1, 2)))[:, None, None]
        add_stamps(image, columns[part], rows[part], light)


def draw_trail(
    shape: tuple[int, int],
    path: Path,
    spread: PointSpread,
    electrons: float,
    *,
    law: FluxLaw | None = None,
    width_px: float = 0.0,
    algorithm: str = "pixel_perfect",
) -> Stamp | None:
    """The light of a moving source inside a frame.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the frame.
    path : Path
        Where its middle is during the exposure.
    spread : PointSpread
        What the optics make of a point.
    electrons : float
        What it gives in the whole exposure where its relative flux is 1; on the path falls that
        share of it that the law says, all where there is none and the path goes from 0 to 1.
    law : FluxLaw, optional
        How its flux goes; steady without one.
    width_px : float
        Of the source itself, evenly bright across its path; 0 for a point.
    algorithm : str
        "pixel_perfect" draws the path exactly. "line_perfect" and "computational" spread the
        unitary streak between the path's ends as the paper did, without law or width, for
        comparison.

    Returns
    -------
    Stamp or None
        Inside the frame, its light not negative; None where nothing of it falls in.

    Raises
    ------
    BadParameter
        For a width or electrons that are negative or not finite, or an unknown algorithm.

    Examples
    --------
    >>> from satvo.resources.trails.paths import straight_path
    >>> dot = PointSpread(np.full((3, 3), 1 / 9), 3)
    >>> stamp = draw_trail((30, 40), straight_path((10, 12), (20, 14)), dot, 100.0)
    >>> round(float(stamp.light.sum()), 9)
    100.0
    >>> draw_trail((30, 40), straight_path((-90, 12), (-80, 14)), dot, 100.0) is None
    True
    """
    if algorithm not in ALGORITHMS:
        raise BadParameter(
            f"no algorithm {algorithm!r} for trails: one of {', '.join(ALGORITHMS)} is accepted"
        )
    if algorithm != "pixel_perfect":
        if law is not None or width_px:
            raise BadParameter(f"{algorithm} draws no law and no width: pixel_perfect does")
        return _of_unitary(shape, path, spread, electrons, algorithm)
    pieces = list(_pieces(shape, path, spread, electrons, law, width_px))
    if not pieces:
        return None
    row = min(piece.row for piece in pieces)
    column = min(piece.column for piece in pieces)
    rows = max(piece.row + piece.light.shape[0] for piece in pieces) - row
    columns = max(piece.column + piece.light.shape[1] for piece in pieces) - column
    if len(pieces) == 1:
        return pieces[0]
    light = np.zeros((rows, columns))
    for piece in pieces:
        Stamp(piece.light, piece.row - row, piece.column - column).add_to(light)
    return Stamp(light, row, column)


def add_trail(
    image: Floats,
    path: Path,
    spread: PointSpread,
    electrons: float,
    *,
    law: FluxLaw | None = None,
    width_px: float = 0.0,
) -> bool:
    """Add the light of a moving source to an image, and say whether any fell into it.

    As `draw_trail`, without the rectangle about a long trail, which a diagonal makes as large as
    the frame.
    """
    fell = False
    for piece in _pieces((image.shape[0], image.shape[1]), path, spread, electrons, law, width_px):
        piece.add_to(image)
        fell = True
    return fell


def trail_mask(shape: tuple[int, int], path: Path, width_px: float) -> NDArray[np.bool_]:
    """The pixels of a frame whose centre is within half a width of a path.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the frame.
    path : Path
        Jumps, on which no light falls, are left out.
    width_px : float
        Pixel, greater than 0. For detectors that learn from it, it decides more than anything else:
        one full width at half maximum of the trail is what most use.

    Returns
    -------
    ndarray of bool (rows, columns)

    Raises
    ------
    BadParameter
        For a width that is not greater than 0.

    Examples
    --------
    >>> from satvo.resources.trails.paths import straight_path
    >>> trail_mask((3, 5), straight_path((1, 1), (3, 1)), 1.0).astype(int)
    array([[0, 0, 0, 0, 0],
           [0, 1, 1, 1, 0],
           [0, 0, 0, 0, 0]])
    """
    if not (math.isfinite(width_px) and width_px > 0.0):
        raise BadParameter(f"a mask {width_px} pixels wide: a width greater than 0 is accepted")
    mask = np.zeros(shape, bool)
    half = 0.5 * width_px
    for x, y, dx, dy in near_parts(shape, path, half):
        low_x, high_x = sorted((x, x + dx))
        low_y, high_y = sorted((y, y + dy))
        rows = slice(max(math.ceil(low_y - half), 0), max(math.floor(high_y + half) + 1, 0))
        columns = slice(max(math.ceil(low_x - half), 0), max(math.floor(high_x + half) + 1, 0))
        part = mask[rows, columns]
        off_x = np.arange(columns.start, columns.start + part.shape[1]) - x
        off_y = (np.arange(rows.start, rows.start + part.shape[0]) - y)[:, None]
        square = dx * dx + dy * dy
        along = (off_x * dx + off_y * dy) / square if square > 0.0 else np.zeros(part.shape)
        along = np.clip(along, 0.0, 1.0)
        part |= (off_x - along * dx) ** 2 + (off_y - along * dy) ** 2 <= half * half
    return mask


def _pieces(
    shape: tuple[int, int],
    path: Path,
    spread: PointSpread,
    electrons: float,
    law: FluxLaw | None,
    width_px: float,
) -> Iterator[Stamp]:
    """The light of a trail, piece by piece of its path."""
    for name, value in (("electrons", electrons), ("width", width_px)):
        if not (math.isfinite(value) and value >= 0.0):
            raise BadParameter(f"{name} {value} of a trail: 0 or more is accepted")
    phases = phases_of(spread)
    for deposits in deposited(shape, path, law or Steady(), width_px, phases):
        side = phases.side
        low_x, low_y = int(deposits.columns.min()), int(deposits.rows.min())
        tall = int(deposits.rows.max()) - low_y + side
        wide = int(deposits.columns.max()) - low_x + side
        light = spread_out(deposits, low_x, low_y, tall, wide, phases)
        total = float(deposits.share) * phases.light
        np.maximum(light, 0.0, out=light)
        got = float(light.sum())
        if got > 0.0:
            light *= electrons * total / got
        top, left = max(-low_y, 0), max(-low_x, 0)
        inside = light[top : max(shape[0] - low_y, 0), left : max(shape[1] - low_x, 0)]
        if inside.size:
            yield Stamp(np.ascontiguousarray(inside), low_y + top, low_x + left)


def _of_unitary(
    shape: tuple[int, int], path: Path, spread: PointSpread, electrons: float, algorithm: str
) -> Stamp | None:
    """The paper's way: a unitary streak on pixels, spread afterwards."""
    from scipy import fft

    around = spread.reach
    streak = unitary_streak(
        (shape[0] + 2 * around, shape[1] + 2 * around),
        (path.start_xy[0] + around, path.start_xy[1] + around),
        (path.end_xy[0] + around, path.end_xy[1] + around),
        algorithm,
    )
    size = [fft.next_fast_len(side + 2 * around, real=True) for side in streak.shape]
    both = fft.rfft2(streak, size) * fft.rfft2(spread.on_pixels, size)
    first = 2 * around
    light = fft.irfft2(both, size)[first : first + shape[0], first : first + shape[1]]
    light = np.where(light > _ROUNDING * light.max(), light, 0.0)
    length = math.hypot(path.end_xy[0] - path.start_xy[0], path.end_xy[1] - path.start_xy[1])
    if length <= 0.0 or not light.any():
        return None
    return Stamp(light * (electrons / length), 0, 0)


def _near(x: Floats, y: Floats, shape: tuple[int, ...], reach: int) -> Ints:
    inside = (x > -reach) & (x < shape[1] + reach) & (y > -reach) & (y < shape[0] + reach)
    return np.flatnonzero(inside)
