"""Arcs made straight by a shear, and the probability of pixels beside an arc.

A parabola y = k/2 (x - m)**2 is taken off the rows of an image column by column, so that all arcs
of this curvature become straight lines, wherever they lie and whichever way they lean: two
parabolas of one curvature differ by a straight line. The other direction is the same with rows and
columns exchanged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.fit import LineFit
from satvo.resources.masks.lines.painting import paint
from satvo.resources.masks.lines.strip import Axis

__all__ = ["Shear", "arc_points", "bent", "paint_arc", "sagitta_of"]

Floats = NDArray[np.float64]
Image = NDArray[np.float32]

_PIECE_OFF_PX = 0.03
"""How far a straight piece may leave the arc that it is painted for."""
_OVERLAP_PX = 1.5


@dataclass(frozen=True)
class Shear:
    """What makes arcs straight.

    Attributes
    ----------
    curvature : float
        k, 1/pixel.
    middle : float
        m, pixel.
    turned : bool
        Whether x and y are exchanged.
    """

    curvature: float
    middle: float
    turned: bool

    @classmethod
    def of_points(cls, points: Floats) -> Shear:
        """Of the arc through points (n, 2) that are not far from the same distance apart."""
        chord = points[-1] - points[0]
        turned = bool(abs(chord[1]) > abs(chord[0]))
        x, y = (points[:, 1], points[:, 0]) if turned else (points[:, 0], points[:, 1])
        middle = float(x[0] + x[-1]) / 2.0
        design = np.stack([np.ones(len(x)), x - middle, 0.5 * (x - middle) ** 2], axis=1)
        factors = np.linalg.lstsq(design, y, rcond=None)[0] if len(x) > 2 else np.zeros(3)
        return cls(float(factors[2]), middle, turned)

    def bend(self, x: Floats) -> Floats:
        """What is taken off at these columns (rows, where it is turned)."""
        return np.asarray(0.5 * self.curvature * (x - self.middle) ** 2)

    def straightened(self, points: Floats) -> Floats:
        """Points (n, 2) in the sheared image."""
        x, y = (points[:, 1], points[:, 0]) if self.turned else (points[:, 0], points[:, 1])
        return np.stack([x, y - self.bend(x)], axis=1)

    def back(self, points: Floats) -> Floats:
        """Points (n, 2) of the sheared image in the image."""
        x, y = points[:, 0], points[:, 1] + self.bend(points[:, 0])
        return np.stack([y, x] if self.turned else [x, y], axis=1)

    def by_whole_pixels(self, values: Image) -> Image:
        """An image sheared by whole pixels, 0 where there is nothing."""
        values = values.T if self.turned else values
        rows, columns = values.shape
        shift = np.rint(self.bend(np.arange(columns, dtype=np.float64))).astype(np.int64)
        at = np.arange(rows)[:, None] + shift
        inside = (at >= 0) & (at < rows)
        taken = np.take_along_axis(values, np.where(inside, at, 0), axis=0)
        return np.where(inside, taken, np.float32(0.0))

    def frame(self, frame: Frame) -> Frame:
        """An image sheared with splines; its sky is 0 and its noise 1."""
        from scipy import ndimage

        values = frame.significance.T if self.turned else frame.significance
        usable = frame.usable.T if self.turned else frame.usable
        saturated = frame.saturated.T if self.turned else frame.saturated
        rows, columns = values.shape
        x = np.broadcast_to(np.arange(columns, dtype=np.float64), (rows, columns))
        y = np.arange(rows)[:, None] + self.bend(np.arange(columns, dtype=np.float64))
        inside = (y >= 0.0) & (y <= rows - 1.0)
        near = np.clip(np.rint(y), 0, rows - 1).astype(np.int64)
        usable = np.take_along_axis(usable, near, axis=0) & inside
        light = ndimage.map_coordinates(values, [y, x], order=3, mode="nearest")
        light = np.where(usable, light, 0.0).astype(np.float32)
        return Frame(
            light,
            usable,
            np.take_along_axis(saturated, near, axis=0) & inside,
            np.zeros((rows, columns), dtype=np.float32),
            1.0,
        )


def arc_points(fit: LineFit, shear: Shear) -> Floats:
    """Points (n, 2) of a line, fitted in a sheared image, from start to end in the image."""
    (x0, y0), (x1, y1) = fit.ends
    sagitta = abs(shear.curvature) * (x1 - x0) ** 2 / 8.0
    count = max(math.ceil(math.sqrt(sagitta / _PIECE_OFF_PX)), 1) + 1
    part = np.linspace(0.0, 1.0, 2 * (count // 2) + 1)[:, None]
    return shear.back(np.array([[x0, y0]]) * (1.0 - part) + np.array([[x1, y1]]) * part)


def sagitta_of(points: Floats) -> float:
    """How far the middle of an arc lies from that of its chord, to the left of the way."""
    chord = points[-1] - points[0]
    off = points[len(points) // 2] - (points[0] + points[-1]) / 2.0
    return float((chord[0] * off[1] - chord[1] * off[0]) / max(np.hypot(*chord), 1e-9))


def bent(trail: FoundTrail, points: Floats, noise: float) -> FoundTrail:
    """A trail of a sheared image in the image, whose noise its light is told in units of."""
    start, end = (
        (float(points[0, 0]), float(points[0, 1])),
        (
            float(points[-1, 0]),
            float(points[-1, 1]),
        ),
    )
    profile = trail.flux_profile
    return replace(
        trail,
        start_xy=start,
        end_xy=end,
        sagitta=sagitta_of(points),
        flux_px=trail.flux_px * noise,
        flux_px_error=trail.flux_px_error * noise,
        flux_profile=None if profile is None else profile * noise,
    )


def paint_arc(
    score: Image,
    fit: LineFit,
    points: Floats,
    *,
    mask_width: float = 1.0,
    probability: float = 1.0,
) -> None:
    """Raise a score beside an arc, as `lines.painting.paint` does beside a line.

    Parameters
    ----------
    score : ndarray of float32 (rows, columns)
        Changed.
    fit : LineFit
        Whose width and errors it has.
    points : ndarray (n, 2)
        Of the arc in the pixels of the score, from start to end.
    mask_width, probability : float
        As of `paint`.
    """
    last = len(points) - 2
    for number in range(last + 1):
        (x0, y0), (x1, y1) = points[number].tolist(), points[number + 1].tolist()
        axis = Axis.between((x0, y0), (x1, y1))
        values, covariance = fit.values.copy(), fit.covariance.copy()
        place = max(float(covariance[0, 0]), float(covariance[1, 1]))
        covariance[:4, :4] = np.diag([place, place, 0.0, 0.0])
        covariance[0, 1] = covariance[1, 0] = place
        values[:4] = 0.0, 0.0, -_OVERLAP_PX, axis.length + _OVERLAP_PX
        if number == 0:
            values[2], covariance[2, 2] = 0.0, fit.covariance[2, 2]
        if number == last:
            values[3], covariance[3, 3] = axis.length, fit.covariance[3, 3]
        piece = replace(fit, axis=axis, values=values, covariance=covariance)
        paint(score, piece, mask_width=mask_width, probability=probability)
