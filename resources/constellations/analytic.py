"""Constellations as layers: the same definitions, for statistics instead of orbits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.constellations.shells import Constellation, Shell
from satvo.resources.constellations.layers import Layers
from satvo.resources.constellations.simulation import population_altitudes
from satvo.resources.constellations.walker import EARTH_RADIUS_KM

__all__ = ["layers_of"]

_RADII = 8  # of an eccentric orbit; each is where it is for as long as at any other
_STEPS = 10  # of altitude, of satellites that rise or sink


def layers_of(constellation: Constellation) -> Layers:
    """The shells of a constellation as thin layers of circular orbits.

    An eccentric shell is eight layers, at the radii of mean anomalies that are evenly spread;
    raising and descending satellites are ten, at altitudes evenly spread, drifting ones one.

    Returns
    -------
    Layers
        Whose total is the number of satellites that
        `satvo.resources.constellations.simulation.simulated_elements` gives: populations are
        rounded to whole satellites for each shell in both. Radii are those of the mean orbits,
        above 6378.135 km; the short periods of SGP4 move satellites by up to about 10 km.

    Notes
    -----
    The heading and speed of a layer are those of a circular orbit of its radius, which an
    eccentric one has not.

    Examples
    --------
    >>> shell = Shell("S1", 550.0, 53.0, planes=72, satellites=1584)
    >>> layers = layers_of(Constellation("x", "X", "", (shell,)))
    >>> layers.total, layers.radius_km.tolist()
    (1584.0, [6928.135])
    """
    return Layers.joined([layer for shell in constellation.shells for layer in _layers(shell)])


def _layers(shell: Shell) -> list[Layers]:
    found = [_evenly(shell, shell.satellites, _radii(shell))]
    for each in shell.populations:
        if count := shell.count_of(each):
            steps = 1 if each.kind == "drifting" else _STEPS
            elapsed = (np.arange(steps) + 0.5) / steps
            altitude_km = population_altitudes(shell, each, elapsed)
            found.append(_evenly(shell, count, EARTH_RADIUS_KM + altitude_km))
    return found


def _evenly(shell: Shell, count: int, radius_km: NDArray[np.float64]) -> Layers:
    known = shell.brightness
    return Layers.of(
        count / len(radius_km),
        radius_km,
        shell.inclination_deg,
        mag_std=np.nan if known.mag_std is None else known.mag_std,
        constellation=known.constellation,
        generation=known.generation,
    )


def _radii(shell: Shell) -> NDArray[np.float64]:
    """Radii (km) at which the satellites of a shell are for equal times."""
    axis_km = EARTH_RADIUS_KM + shell.altitude_km
    if shell.eccentricity == 0.0:
        return np.array([axis_km])
    mean = np.pi * (np.arange(_RADII) + 0.5) / _RADII
    eccentric = mean + shell.eccentricity * np.sin(mean)
    for _ in range(20):  # Newton; from here it converges below e = 0.9 long before
        wrong = eccentric - shell.eccentricity * np.sin(eccentric) - mean
        eccentric -= wrong / (1.0 - shell.eccentricity * np.cos(eccentric))
    return np.asarray(axis_km * (1.0 - shell.eccentricity * np.cos(eccentric)))
