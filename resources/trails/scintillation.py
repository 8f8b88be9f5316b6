"""Scintillation: what the air does to the flux of a point of light."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.flux_law import FluxLaw, needs

__all__ = ["Scintillating"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scintillating(FluxLaw):
    """What the air does to a point of light: log-normal, correlated over a time.

    The mean of many draws is 1; in one exposure the flux is not conserved, as it is not on the sky.

    Attributes
    ----------
    index : float
        Standard deviation of the relative flux at an instant, not negative.
    correlation : float
        Time after which the correlation of the flux's logarithm has fallen to exp(-1/2), as
        fraction of the exposure, 1e-5 or more. A random number is drawn for each half of it.
    random : numpy.random.Generator
        Draws the light curve, once.

    Notes
    -----
    The correlation is a Gaussian in time. Corners of the light curve are straight; below a
    correlation of 1e-5 of the exposure nothing is left of the scintillation in a trail, and that is
    the shortest accepted.
    """

    index: float
    correlation: float
    random: np.random.Generator

    def __post_init__(self) -> None:
        needs(
            math.isfinite(self.index) and self.index >= 0.0,
            f"scintillation of {self.index}",
            "a standard deviation from 0 on is accepted",
        )
        needs(
            math.isfinite(self.correlation) and self.correlation >= 1e-5,
            f"scintillation correlated over {self.correlation} of the exposure",
            "1e-5 or more is accepted",
        )
        self._curve  # noqa: B018  drawn now, so that the order of draws is the order of laws

    @classmethod
    def of_air(
        cls,
        random: np.random.Generator,
        *,
        exposure_s: float,
        diameter_m: float,
        zenith_distance_deg: float = 0.0,
        site_height_m: float = 0.0,
        wind_m_s: float = 20.0,
        coefficient: float = 1.5,
    ) -> Scintillating:
        """The scintillation that a telescope sees.

        Parameters
        ----------
        random : numpy.random.Generator
        exposure_s : float
        diameter_m : float
            Of the telescope.
        zenith_distance_deg : float
            Up to 80.
        site_height_m : float
            Above the sea.
        wind_m_s : float
            Across the line of sight, where the turbulence is high. A satellite's own motion takes
            the line of sight through the air at omega times its height there, which adds to it:
            a satellite of 1 deg/s sees 10 km away a wind of 175 m/s.
        coefficient : float
            Of the site, m^(2/3) s^(1/2); 1.3 to 1.7 at observatories.

        Notes
        -----
        Young's law, sigma^2 = 10e-6 C^2 D^(-4/3) t^(-1) (sec z)^3 exp(-2 h / H) with H = 8000 m
        (Osborn et al. 2015, MNRAS 452, 1707, equation 7; Young 1967, AJ 72, 747), is for exposures
        t longer than the air takes to cross the aperture, D / wind. Its variance times t is the
        integral of the correlation, here sqrt(2 pi) times the correlation time
        D / (sqrt(2 pi) wind): so the variance at an instant is Young's at t = D / wind. The index
        is held at 1, where scintillation saturates (Dravins et al. 1998, PASP 110, 610).

        Examples
        --------
        >>> law = Scintillating.of_air(
        ...     np.random.default_rng(1), exposure_s=4.0, diameter_m=0.114, wind_m_s=20.0
        ... )
        >>> round(law.index, 3)
        0.267
        """
        for name, value in (
            ("exposure", exposure_s),
            ("diameter", diameter_m),
            ("wind", wind_m_s),
            ("coefficient", coefficient),
        ):
            needs(math.isfinite(value) and value > 0.0, f"{name} {value}", "more than 0 is needed")
        needs(
            0.0 <= zenith_distance_deg <= 80.0,
            f"a zenith distance of {zenith_distance_deg} deg",
            "0 to 80 is accepted",
        )
        crossing_s = diameter_m / wind_m_s
        secant = 1.0 / math.cos(math.radians(zenith_distance_deg))
        variance = (
            10e-6
            * coefficient**2
            * diameter_m ** (-4.0 / 3.0)
            / crossing_s
            * secant**3
            * math.exp(-2.0 * site_height_m / 8000.0)
        )
        time = crossing_s / math.sqrt(2.0 * math.pi)
        return cls(min(math.sqrt(variance), 1.0), max(time / exposure_s, 1e-5), random)

    @cached_property
    def _curve(self) -> tuple[Floats, Floats, Floats]:
        """Times, flux at them, and its integral."""
        step = 0.5 * self.correlation
        count = math.ceil(1.0 / step) + 1
        # White noise under a Gaussian of correlation / sqrt(2) is correlated over `correlation`.
        reach = math.ceil(4.0 * self.correlation / step)
        offsets = np.arange(-reach, reach + 1) * step
        kernel = np.exp(-((offsets / self.correlation) ** 2))
        white = self.random.standard_normal(count + 2 * reach)
        log = np.convolve(white, kernel / math.sqrt(float((kernel**2).sum())), "valid")
        spread = math.sqrt(math.log1p(self.index**2))
        flux = np.exp(spread * log - 0.5 * spread**2).astype(np.float64)
        times: Floats = np.arange(count, dtype=np.float64) * step
        parts = 0.5 * (flux[1:] + flux[:-1]) * np.float64(step)
        return times, flux, np.concatenate([[0.0], np.cumsum(parts)])

    def __call__(self, t: Floats) -> Floats:
        """As drawn, straight between random numbers."""
        times, flux, _ = self._curve
        return np.interp(t, times, flux)

    def integral(self, t: Floats) -> Floats:
        """Of the straight pieces, exact."""
        times, flux, total = self._curve
        at = np.clip(np.searchsorted(times, t, "right") - 1, 0, len(times) - 2)
        rest = np.asarray(t) - times[at]
        slope = (flux[at + 1] - flux[at]) / (times[at + 1] - times[at])
        return np.asarray(total[at] + rest * (flux[at] + 0.5 * slope * rest))
