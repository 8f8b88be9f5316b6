"""How bright a source is during an exposure, relative to a steady one.

Times are fractions of the exposure, 0 at its start and 1 at its end. A law says its flux at an
instant and, for drawing, its integral, so that a flash shorter than a step of the drawing keeps all
of its light.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.flux_law import FluxLaw, needs
from satvo.resources.trails.scintillation import Scintillating

__all__ = ["FluxLaw", "Glinting", "Product", "Scintillating", "Steady", "Tumbling"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Steady(FluxLaw):
    """The same flux all the time: 1. Conserves the flux.

    Examples
    --------
    >>> Steady().mean(0.25, 0.5)
    1.0
    """

    def __call__(self, t: Floats) -> Floats:
        """One."""
        return np.ones_like(t)

    def integral(self, t: Floats) -> Floats:
        """The time itself."""
        return np.asarray(t, float)


@dataclass(frozen=True)
class Tumbling(FluxLaw):
    """A body that turns: a sine about 1.

    Its mean is 1 over whole periods: over them the flux is conserved, over a part of one it is not.

    Attributes
    ----------
    periods : float
        In the whole exposure (exposure / period of the light curve), greater than 0.
    amplitude : float
        From the mean to the brightest, relative to the mean: 0 to 1.
    phase : float
        At the start of the exposure, radian; 0 is at the mean and rising.

    Examples
    --------
    >>> Tumbling(2.0, 0.5)(np.array([0.125, 0.375])).tolist()
    [1.5, 0.5]
    """

    periods: float
    amplitude: float
    phase: float = 0.0

    def __post_init__(self) -> None:
        needs(self.periods > 0.0, f"tumbling {self.periods} times", "more than 0 is accepted")
        needs(
            0.0 <= self.amplitude <= 1.0,
            f"tumbling with an amplitude of {self.amplitude}",
            "0 to 1 of the mean flux is accepted",
        )
        needs(math.isfinite(self.phase), "a phase that is not finite", "radian is accepted")

    def __call__(self, t: Floats) -> Floats:
        """1 + amplitude sin(2 pi periods t + phase)."""
        return 1.0 + self.amplitude * np.sin(2.0 * math.pi * self.periods * t + self.phase)

    def integral(self, t: Floats) -> Floats:
        """In closed form."""
        rate = 2.0 * math.pi * self.periods
        swing = math.cos(self.phase) - np.cos(rate * t + self.phase)
        return np.asarray(t + self.amplitude / rate * swing)


@dataclass(frozen=True)
class Glinting(FluxLaw):
    """Flashes, each a Gaussian in time, above a steady flux of 1.

    The flux is not conserved: flashes add their light to the steady one.

    Attributes
    ----------
    times : sequence of float
        Of the flashes' middles, fractions of the exposure; one beside it gives its wing.
    peaks : sequence of float
        Of the flashes above the steady flux, in its units, not negative.
    durations : sequence of float
        Full widths at half maximum, fractions of the exposure, greater than 0.

    Examples
    --------
    >>> flash = Glinting([0.5], [20.0], [0.01])
    >>> flash(np.array([0.5, 0.505])).round(9).tolist()
    [21.0, 11.0]
    >>> round(flash.mean(), 6)
    1.212893
    """

    times: Sequence[float]
    peaks: Sequence[float]
    durations: Sequence[float]

    def __post_init__(self) -> None:
        sizes = {len(self.times), len(self.peaks), len(self.durations)}
        needs(len(sizes) == 1, f"glints with lists of {sizes} values", "one length is accepted")
        needs(
            all(math.isfinite(at) for at in self.times)
            and all(math.isfinite(peak) and peak >= 0.0 for peak in self.peaks),
            "a glint whose time or peak is not a number, or whose peak is negative",
            "fractions of the exposure and peaks from 0 on are accepted",
        )
        needs(
            all(math.isfinite(wide) and wide > 0.0 for wide in self.durations),
            "a glint that lasts no time",
            "a duration greater than 0 is accepted",
        )

    def __call__(self, t: Floats) -> Floats:
        """1 and the flashes."""
        flux = np.ones_like(t)
        for at, peak, wide in zip(self.times, self.peaks, self.durations, strict=True):
            flux = flux + peak * np.exp(-4.0 * math.log(2.0) * ((t - at) / wide) ** 2)
        return flux

    def integral(self, t: Floats) -> Floats:
        """In closed form."""
        from scipy.special import erf

        total = np.array(t, float)
        for at, peak, wide in zip(self.times, self.peaks, self.durations, strict=True):
            scale = wide / (2.0 * math.sqrt(math.log(2.0)))
            area = peak * scale * math.sqrt(math.pi) / 2.0
            total += area * (erf((t - at) / scale) + erf(at / scale))
        return total


@dataclass(frozen=True, eq=False)
class Product(FluxLaw):
    """Several laws at once, as of a body that turns, seen through the air.

    Attributes
    ----------
    laws : sequence of FluxLaw
        Their fluxes are multiplied; the integral is numeric, on 4096 steps.
    """

    laws: Sequence[FluxLaw]

    def __call__(self, t: Floats) -> Floats:
        """The product of all."""
        flux = np.ones_like(t)
        for law in self.laws:
            flux = flux * law(t)
        return flux
