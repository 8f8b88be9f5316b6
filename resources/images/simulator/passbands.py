"""Photometric bands: how much of the light of each wavelength they take, and what magnitude 0 is.

Responses are responses to photons, 1 at most; what a telescope and a detector lose beyond that is
theirs (`Telescope.transmission`, quantum efficiency). Sources stand in `passbands.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["BANDS", "Band", "Passband", "bundled", "passband"]

Floats = NDArray[np.float64]

Band = str | Sequence[float]
"""A name of `BANDS`, or the two wavelengths in nm that a top-hat lies between."""

BANDS = (
    "U", "B", "V", "R", "I", "J", "H", "K", "u", "g", "r", "i", "z", "G", "BP", "RP", "clear",
)  # fmt: skip
"""Bessell's UBVRI, JHK of 2MASS (K is Ks), SDSS ugriz, Gaia DR3, and silicon without a filter."""

_PLANCK = 6.62607015e-34
_LIGHT = 2.99792458e8
_PHOTON_NM = 1e-9 / (_PLANCK * _LIGHT)  # photons in a joule, by nm
_AB_JY = 3631.0
_MOST_NM = 30_000.0


@dataclass(frozen=True, eq=False)
class Passband:
    """A photometric band.

    Attributes
    ----------
    name : str
    wavelength_nm : ndarray (n,)
        Increasing; between them the response is linear, outside 0.
    response : ndarray (n,)
        Response to photons, 0 to 1.
    system : str
        "Vega" or "AB".
    zero_point_jy : float
        Flux density, the same at all frequencies, that has magnitude 0.
    source : str
    """

    name: str
    wavelength_nm: Floats
    response: Floats
    system: str
    zero_point_jy: float
    source: str

    @cached_property
    def grid_nm(self) -> Floats:
        """Wavelengths that integrals run over, at most 1 nm apart, the nodes among them."""
        first, last = self.wavelength_nm[0], self.wavelength_nm[-1]
        even = np.linspace(first, last, max(int(np.ceil(last - first)), 8) + 1)
        return np.unique(np.concatenate([even, self.wavelength_nm]))

    @cached_property
    def _weight(self) -> Floats:
        """Of a flux density on `grid_nm`, so that its sum is photons: trapezoids."""
        grid = self.grid_nm
        steps = np.diff(grid, prepend=grid[0], append=grid[-1])
        taken = np.interp(grid, self.wavelength_nm, self.response)
        weight: Floats = 0.5 * (steps[1:] + steps[:-1]) * taken
        return weight

    def photons(self, wavelength_nm: Floats, flux_density: Floats) -> float:
        """Photons a second and square metre that the band takes of a spectrum.

        Parameters
        ----------
        wavelength_nm : ndarray (n,)
            Increasing.
        flux_density : ndarray (n,)
            W/m2/nm, linear between; 0 outside.
        """
        there = np.interp(self.grid_nm, wavelength_nm, flux_density, left=0.0, right=0.0)
        return float(_PHOTON_NM * (there * self.grid_nm) @ self._weight)

    @cached_property
    def zero_photons(self) -> float:
        """Photons a second and square metre of magnitude 0."""
        return float(self.zero_point_jy * 1e-26 / _PLANCK * (self._weight / self.grid_nm).sum())

    @cached_property
    def pivot_nm(self) -> float:
        """Pivot wavelength: sqrt(integral T dl / integral T dl / l2), T the response to energy."""
        up, down = self._weight * self.grid_nm, self._weight / self.grid_nm
        return float(np.sqrt(up.sum() / down.sum()))

    def wavelengths(self, count: int) -> tuple[float, ...]:
        """Wavelengths (nm) in the middle of `count` parts of equal response; one: the pivot's."""
        if count == 1:
            return (self.pivot_nm,)
        share = np.cumsum(self._weight) / self._weight.sum()
        parts = (np.arange(count) + 0.5) / count
        return tuple(float(nm) for nm in np.interp(parts, share, self.grid_nm))


def passband(name: Band) -> Passband:
    """The band of a name, or a top-hat between two wavelengths (nm), with magnitudes on AB.

    Raises
    ------
    BadParameter
        For a name that is not known, or wavelengths that are none.

    Examples
    --------
    >>> round(passband("V").pivot_nm), passband("V").system
    (550, 'Vega')
    >>> passband((500, 600)).name
    '500-600 nm'
    """
    if isinstance(name, str):
        return _named(name)
    try:
        low, high = (float(value) for value in name)
    except (TypeError, ValueError):
        raise BadParameter(_unknown(name)) from None
    return _top_hat(low, high)


@lru_cache
def _named(name: str) -> Passband:
    if name not in BANDS:
        raise BadParameter(_unknown(name))
    row = bundled("passbands.yaml")["bands"][name]
    values = np.array(row["transmission"], dtype=np.float64)
    return Passband(
        name,
        row["start_nm"] + row["step_nm"] * np.arange(len(values), dtype=np.float64),
        values,
        row["system"],
        float(row["zero_point_jy"]),
        f"{row['source']}; zero point: {row['zero_point_source']}",
    )


@lru_cache
def _top_hat(low: float, high: float) -> Passband:
    if not 10.0 <= low < high <= _MOST_NM:
        raise BadParameter(
            f"a band from {low:g} to {high:g} nm: two wavelengths from 10 to {_MOST_NM:g} nm are "
            "accepted, the shorter first"
        )
    nodes = np.linspace(low, high, 257)
    return Passband(f"{low:g}-{high:g} nm", nodes, np.ones(257), "AB", _AB_JY, "top-hat")


def _unknown(name: object) -> str:
    return (
        f"band {str(name)[:40]!a}: {', '.join(BANDS)} are accepted, or two wavelengths in nm "
        "for a top-hat between them"
    )


@lru_cache
def bundled(name: str) -> Any:
    """What a YAML file beside this module says."""
    text = resources.files("satvo.resources.images.simulator").joinpath(name).read_text("utf-8")
    return yaml.safe_load(text)
