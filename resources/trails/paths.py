"""Where a source moves over a detector during an exposure: lines, straight or wavy, with times.

Pixels count from 0, the centre of the first at (0, 0), x along columns and y along rows. Times are
fractions of the exposure, 0 at its start and 1 at its end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["Path", "straight_path"]

Floats = NDArray[np.float64]

_FARTHEST_PX = 1e9
_POINTS_A_CYCLE = 48
"""Between vertices a wave is straight: it leaves its curve by 0.2 % of its amplitude at most."""
_MOST_VERTICES = 1_000_000


@dataclass(frozen=True, eq=False)
class Path:
    """A line that a source follows at an even speed between vertices.

    Attributes
    ----------
    x, y : ndarray (n,)
        Columns and rows of its vertices, pixel, inside a frame or not; two at least.
    t : ndarray (n,)
        When it is there, as fractions of the exposure from 0 to 1, not decreasing. It may begin
        after 0 or end before 1; two vertices at one time are a jump, on which no light falls.

    Raises
    ------
    BadParameter
        For arrays of different lengths, fewer than two vertices, places that are not finite or
        farther than 1e9 pixels, times that decrease or leave 0 to 1.
    """

    x: Floats
    y: Floats
    t: Floats

    def __post_init__(self) -> None:
        for name in ("x", "y", "t"):
            object.__setattr__(self, name, np.atleast_1d(np.asarray(getattr(self, name), float)))
        if self.x.ndim != 1 or not self.x.shape == self.y.shape == self.t.shape or len(self.x) < 2:
            raise BadParameter(
                f"a path of x {self.x.shape}, y {self.y.shape} and t {self.t.shape}: "
                "three lists of one length, of two vertices at least, are accepted"
            )
        if not (np.abs(self.x) <= _FARTHEST_PX).all() or not (np.abs(self.y) <= _FARTHEST_PX).all():
            raise BadParameter("a vertex of a path must be finite and within 1e9 pixels")
        if not (self.t[0] >= 0.0 and (np.diff(self.t) >= 0.0).all() and self.t[-1] <= 1.0):
            raise BadParameter("the times of a path must go from 0 to 1 without going back")

    @cached_property
    def length_px(self) -> float:
        """Of the whole line, jumps left out."""
        steps = np.hypot(np.diff(self.x), np.diff(self.y))
        return float(steps[np.diff(self.t) > 0.0].sum())

    @property
    def start_xy(self) -> tuple[float, float]:
        """Where it begins, pixel."""
        return float(self.x[0]), float(self.y[0])

    @property
    def end_xy(self) -> tuple[float, float]:
        """Where it ends, pixel."""
        return float(self.x[-1]), float(self.y[-1])

    def at(self, t: Floats) -> tuple[Floats, Floats]:
        """Columns and rows at fractions of the exposure (n,); at the ends before and after."""
        return np.interp(t, self.t, self.x), np.interp(t, self.t, self.y)

    def shifted(self, dx: float, dy: float) -> Path:
        """The same line, elsewhere by so many pixels."""
        return Path(self.x + dx, self.y + dy, self.t)

    def moved(self, t: Floats, dx: Floats, dy: Floats) -> Path:
        """The line of a source whose telescope shakes.

        Parameters
        ----------
        t : ndarray (n,)
            Fractions of the exposure, increasing.
        dx, dy : ndarray (n,)
            Shift of the image at these times, pixel; straight between them.
        """
        inside = t[(t > self.t[0]) & (t < self.t[-1])]
        more = inside[~np.isin(inside, self.t)]
        times = np.concatenate([self.t, more])
        x, y = self.at(times)
        x[: len(self.t)], y[: len(self.t)] = self.x, self.y
        order = np.argsort(times, kind="stable")
        times = times[order]
        return Path(x[order] + np.interp(times, t, dx), y[order] + np.interp(times, t, dy), times)

    def wavy(self, amplitude_px: float, cycles: float, phase: float = 0.0) -> Path:
        """The line swinging to its sides as a sine: the paper's wavy rectangle.

        Parameters
        ----------
        amplitude_px : float
            From the middle to the farthest, pixel.
        cycles : float
            Periods in the whole exposure.
        phase : float
            At the start of the exposure, radian.

        Notes
        -----
        Sideways is across the line from its first vertex to its last, to the left of the motion
        where y goes up; of a source at rest, along y.

        Examples
        --------
        >>> path = straight_path((0.0, 0.0), (8.0, 0.0)).wavy(0.5, 1.0)
        >>> [round(float(v[0]), 2) for v in path.at(np.array([0.25]))]
        [2.0, 0.5]
        """
        _positive("amplitude of a wave", amplitude_px, "pixels")
        _positive("number of a wave's cycles", cycles, "")
        t = _times(cycles)
        swing = amplitude_px * np.sin(2.0 * math.pi * cycles * t + phase)
        dx, dy = self.x[-1] - self.x[0], self.y[-1] - self.y[0]
        length = math.hypot(dx, dy)
        across = (-dy / length, dx / length) if length > 0.0 else (0.0, 1.0)
        return self.moved(t, swing * across[0], swing * across[1])

    def jittered(
        self,
        rms_px: float,
        random: np.random.Generator,
        *,
        highest_cycles: float = 20.0,
        slope: float = -1.0,
        waves: int = 24,
    ) -> Path:
        """The line as a telescope draws it that shakes at random, along both axes alike.

        Parameters
        ----------
        rms_px : float
            Root mean square of the shift along each axis, pixel, over many draws.
        random : numpy.random.Generator
        highest_cycles : float
            The quickest shaking, as periods in the exposure; the slowest is half a period.
        slope : float
            Of the power spectrum, as exponent of the frequency.
        waves : int
            Sines that are added for each axis, each with a phase by chance.
        """
        _positive("jitter", rms_px, "pixels")
        _positive("quickest jitter", highest_cycles, "cycles")
        t = _times(highest_cycles)
        edges = np.geomspace(min(0.5, highest_cycles / 2.0), highest_cycles, waves + 1)
        cycles = np.sqrt(edges[1:] * edges[:-1])
        power = cycles**slope * np.diff(edges)
        sizes = rms_px * np.sqrt(2.0 * power / power.sum())
        phases = random.uniform(0.0, 2.0 * math.pi, (2, waves))
        turns = 2.0 * math.pi * cycles[:, None] * t
        dx, dy = (sizes @ np.sin(turns + phase[:, None]) for phase in phases)
        return self.moved(t, dx, dy)


def straight_path(start_xy: tuple[float, float], end_xy: tuple[float, float]) -> Path:
    """The line of a source that moves evenly from one place to another during the exposure.

    Examples
    --------
    >>> straight_path((1.0, 2.0), (4.0, 6.0)).length_px
    5.0
    """
    return Path(
        np.array([start_xy[0], end_xy[0]], float),
        np.array([start_xy[1], end_xy[1]], float),
        np.array([0.0, 1.0]),
    )


def _times(cycles: float) -> Floats:
    count = math.ceil(cycles * _POINTS_A_CYCLE) + 2
    if count > _MOST_VERTICES:
        raise BadParameter(
            f"a wave of {cycles:g} cycles in an exposure: "
            f"up to {_MOST_VERTICES // _POINTS_A_CYCLE} are accepted"
        )
    return np.linspace(0.0, 1.0, count)


def _positive(what: str, value: float, unit: str) -> None:
    if not (math.isfinite(value) and value >= 0.0):
        raise BadParameter(f"{what} {value} {unit}".rstrip() + ": 0 or more is accepted")
