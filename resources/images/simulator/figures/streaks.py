"""Figures 5 and 6: why streaks are drawn pixel perfect."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails import unitary_streak
from satvo.resources.trails.drawing import draw_trail
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.stamps import PointSpread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_algorithms", "draw_misaligned"]

Floats = NDArray[np.float64]

_LENGTH = 17.4
_ANGLE_DEG = 33.0
_COMPARED = ("computational", "pixel_perfect")


def draw_misaligned() -> Figure:
    """Figure 5: three consecutive frames of one satellite, superimposed.

    The frames are red, green and blue; the white line is where the satellite was. By the
    computational algorithm streaks overlap, leave gaps and lie beside the line. Below, the same
    through optics, less the trail of one exposure as long as the three.
    """
    from matplotlib.figure import Figure

    step = _LENGTH * np.array(
        [math.cos(math.radians(_ANGLE_DEG)), math.sin(math.radians(_ANGLE_DEG))]
    )
    first = np.array([5.3, 4.8])
    ends = [first + number * step for number in range(4)]
    shape = (38, 56)
    figure = Figure(figsize=(12, 9.0), layout="constrained")
    above, below = figure.subplots(2, 2)
    for axes, name in zip(above, _COMPARED, strict=True):
        frames = [unitary_streak(shape, tuple(a), tuple(b), name) for a, b in pairwise(ends)]
        axes.imshow(np.clip(np.stack(frames, axis=-1), 0.0, 1.0), origin="lower")
        x, y = zip(*ends, strict=True)
        axes.plot(x, y, color="white", linewidth=0.7, marker="x", markersize=7)
        off = [_off_line(frame, a, b) for frame, a, b in zip(frames, ends, ends[1:], strict=False)]
        axes.set_title(
            f"{name.replace('_', ' ')}: middles off by "
            f"{', '.join(f'{value:.2f}' for value in off)} px"
        )
    spread = _gaussian(2.0)
    joint = _drawn(shape, ends[0], ends[3], spread, 3.0, "pixel_perfect")
    for axes, name in zip(below, _COMPARED, strict=True):
        parts = [_drawn(shape, a, b, spread, 1.0, name) for a, b in pairwise(ends)]
        rest = (sum(parts) - joint) / joint.max()
        seen = axes.imshow(rest, origin="lower", cmap="coolwarm", vmin=-0.15, vmax=0.15)
        axes.set_title(f"less one long exposure, FWHM 2 px: up to {np.abs(rest).max():.1e}")
    figure.colorbar(seen, ax=below, label="of the peak", shrink=0.8)
    figure.suptitle("Three consecutive frames superimposed (red, green, blue)")
    return figure


def _gaussian(fwhm: float) -> PointSpread:
    """A Gaussian in cells of a third of a pixel."""
    at = np.arange(-19, 20) / 3.0
    profile = np.exp(-4.0 * math.log(2.0) * (at / fwhm) ** 2)
    profile /= profile.sum()
    return PointSpread(np.outer(profile, profile), 3)


def _drawn(
    shape: tuple[int, int], start: Floats, end: Floats, spread: PointSpread, light: float, name: str
) -> Floats:
    path = straight_path((start[0], start[1]), (end[0], end[1]))
    stamp = draw_trail(shape, path, spread, light, algorithm=name)
    return np.zeros(shape) if stamp is None else stamp.on(shape)


def _off_line(image: Floats, start: Floats, end: Floats) -> float:
    rows, columns = np.indices(image.shape)
    x, y = ((image * at).sum() / image.sum() for at in (columns, rows))
    middle = 0.5 * (start + end)
    return math.dist((x, y), tuple(middle))


def draw_algorithms() -> Figure:
    """Figure 6: line perfect above, pixel perfect below, turned and displaced by little.

    A vertical line that is turned by 3 degrees or displaced by a third of a pixel looks the same to
    the line perfect algorithm as long as it stays in its column of pixels.
    """
    from matplotlib.figure import Figure

    cases = [(0.0, 0.0), (1.5, 0.0), (3.0, 0.0), (20.0, 0.0), (0.0, 0.2), (0.0, 0.4)]
    figure = Figure(figsize=(12, 6.4), layout="constrained")
    panels = figure.subplots(2, len(cases))
    half = 7.0
    for row, name in zip(panels, ("line_perfect", "pixel_perfect"), strict=True):
        for axes, (angle, shift) in zip(row, cases, strict=True):
            dx, dy = half * math.sin(math.radians(angle)), half * math.cos(math.radians(angle))
            ends = (6.0 + shift - dx, 10.0 - dy), (6.0 + shift + dx, 10.0 + dy)
            image = unitary_streak((21, 13), *ends, name)
            axes.imshow(image, origin="lower", cmap="gray", vmin=0.0, vmax=1.1)
            axes.plot(*zip(*ends, strict=True), color="tab:red", linewidth=0.8)
            axes.set_xticks(np.arange(-0.5, 13), minor=True)
            axes.set_yticks(np.arange(-0.5, 21), minor=True)
            axes.grid(which="minor", color="0.35", linewidth=0.3)
            axes.tick_params(which="both", length=0, labelbottom=False, labelleft=False)
            axes.set_title(f"{angle:g}°" if not shift else f"+{shift:g} px")
        row[0].set_ylabel(name.replace("_", " "))
    return figure
