"""Constellations in orbit: the mean elements of each satellite, as columns."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.constellations.shells import Brightness, Constellation, Population, Shell
from satvo.ingest.orbits.records import FIRST_EPOCH, LAST_EPOCH
from satvo.resources.constellations.filed import SIMULATED_PREFIX
from satvo.resources.constellations.walker import kozai_mean_motion, walker_elements
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of

__all__ = [
    "LAST_NUMBER",
    "LAST_SEED",
    "SimulatedElements",
    "population_altitudes",
    "simulated_elements",
]

LAST_NUMBER = 999_999_999
"""The greatest catalogue number of OMM: nine digits (CCSDS 502.0-B-3, table 4-3)."""

LAST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedElements:
    """Mean elements of n satellites of one epoch; sliced and indexed like an array.

    Attributes
    ----------
    epoch : datetime
        UTC without a zone, of all.
    name : str
        Under which the constellation is published, without ``sim-``.
    groups : tuple of (str, Brightness)
        Of each shell, and of each population of it: how the names of its satellites begin, and by
        what brightness models know them.
    norad_id : ndarray of int64 (n,)
    mean_motion : ndarray (n,)
        Kozai's, as SGP4 takes it, rev/d.
    eccentricity : ndarray (n,)
    inclination, ra_of_asc_node, arg_of_pericenter, mean_anomaly : ndarray (n,)
        Deg, TEME; all but the inclination in [0, 360).
    group, plane, place : ndarray of int32 (n,)
        Which of ``groups``, which plane of it (-1 in a population, which has none), and which
        satellite of the plane or population, all from 0.
    """

    epoch: datetime
    name: str
    groups: tuple[tuple[str, Brightness], ...]
    norad_id: NDArray[np.int64]
    mean_motion: NDArray[np.float64]
    eccentricity: NDArray[np.float64]
    inclination: NDArray[np.float64]
    ra_of_asc_node: NDArray[np.float64]
    arg_of_pericenter: NDArray[np.float64]
    mean_anomaly: NDArray[np.float64]
    group: NDArray[np.int32]
    plane: NDArray[np.int32]
    place: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.norad_id)

    def __getitem__(self, which: Any) -> SimulatedElements:
        """Some of them, as numpy selects them."""
        arrays = (np.atleast_1d(getattr(self, name)[which]) for name in _ARRAYS)
        return SimulatedElements(self.epoch, self.name, self.groups, *arrays)

    def object_names(self) -> list[str]:
        """Their names: SIM, constellation, shell, and plane and place, or population and place."""
        begins = [begin for begin, _ in self.groups]
        return [
            f"{begins[group]}{plane + 1}-{place + 1}"
            if plane >= 0
            else f"{begins[group]}{place + 1}"
            for group, plane, place in zip(
                self.group.tolist(), self.plane.tolist(), self.place.tolist(), strict=True
            )
        ]

    def chunks(self, size: int) -> Iterator[SimulatedElements]:
        """All of them in their order, ``size`` at a time."""
        for start in range(0, len(self), size):
            yield self[start : start + size]

    def columns(self) -> dict[str, Any]:
        """What `satvo.resources.ephemeris.elements.Elements.of_columns` takes.

        ``constellation`` is by what brightness models know it, or ``sim-`` and the name where the
        definition does not tell; ``mag_std`` is NaN where it is not known.
        """
        count = len(self)
        known = np.array(
            [b.constellation or f"{SIMULATED_PREFIX}{self.name}" for _, b in self.groups], object
        )
        standard = np.array([np.nan if b.mag_std is None else b.mag_std for _, b in self.groups])
        return {
            **{name: getattr(self, name) for name in _ARRAYS[:7]},
            "epoch_mjd": np.full(count, mjd_of(self.epoch)),
            "object_name": self.object_names(),
            "constellation": known[self.group],
            "mag_std": standard[self.group],
            "mean_element_theory": ["SGP4"] * count,
        }


_ARRAYS = (
    "norad_id", "mean_motion", "eccentricity", "inclination", "ra_of_asc_node",
    "arg_of_pericenter", "mean_anomaly", "group", "plane", "place",
)  # fmt: skip


def simulated_elements(
    constellation: Constellation, *, epoch: datetime, first_number: int, seed: int = 0
) -> SimulatedElements:
    """The satellites of a constellation, shell after shell.

    Parameters
    ----------
    constellation : Constellation
    epoch : datetime
        Of the elements, UTC without a zone.
    first_number : int
        ``norad_id`` of the first satellite; the others follow.
    seed : int
        Where each shell begins, in node and anomaly, and whatever is random; the same seed gives
        the same elements. With 0 each begins at node 0 and anomaly 0.

    Raises
    ------
    BadParameter
        If the seed is not from 0 to 2**63 - 1, the epoch not from 1957-10-04 to 2100-01-01, or a
        number would not be from 1 to 999999999.

    Notes
    -----
    Raising satellites climb at one rate from the altitude where they begin to the shell's, and
    descending ones sink likewise; they are spread evenly over that time, and at random in node and
    anomaly, as drifting ones are. Orbits of a shell may be eccentric, those of its populations are
    circles. Drag terms are 0.

    Examples
    --------
    >>> shell = Shell("S1", 550.0, 53.0, planes=2, satellites=4)
    >>> found = simulated_elements(Constellation("x", "X", "", (shell,)),
    ...     epoch=datetime(2027, 1, 1), first_number=100000)
    >>> found.object_names()[-1], found.norad_id[-1], found.mean_anomaly.tolist()
    ('SIM X S1 2-2', np.int64(100003), [0.0, 180.0, 90.0, 270.0])
    """
    if not 0 <= seed <= LAST_SEED:
        raise BadParameter(f"seed={seed}: give a whole number from 0 to {LAST_SEED}")
    if not FIRST_EPOCH <= epoch <= LAST_EPOCH:
        raise BadParameter(
            f"epoch={epoch.isoformat()}: give a time from {FIRST_EPOCH:%Y-%m-%d} to "
            f"{LAST_EPOCH:%Y-%m-%d}"
        )
    total = constellation.satellites
    if not 1 <= first_number <= LAST_NUMBER + 1 - total:
        raise BadParameter(
            f"{total} satellites numbered from {first_number}: give a first number from 1 to "
            f"{LAST_NUMBER + 1 - total}"
        )
    parts: list[dict[str, NDArray[Any]]] = []
    groups: list[tuple[str, Brightness]] = []
    for shell in constellation.shells:
        begin = f"SIM {constellation.name.upper()} {shell.id} "
        groups.append((begin, shell.brightness))
        parts.append(_on_station(shell, seed))
        for each in shell.populations:
            groups.append((f"{begin}{each.kind.upper()} ", shell.brightness))
            parts.append(_on_the_way(shell, each, seed))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    sizes = [len(part["plane"]) for part in parts]
    columns["group"] = np.repeat(np.arange(len(groups), dtype=np.int32), sizes)
    columns["norad_id"] = np.arange(first_number, first_number + total, dtype=np.int64)
    return SimulatedElements(epoch, constellation.name, tuple(groups), **columns)


def _on_station(shell: Shell, seed: int) -> dict[str, NDArray[Any]]:
    pattern = walker_elements(
        shell.planes,
        shell.satellites,
        raan_spread_deg=shell.raan_spread_deg,
        phasing=shell.phasing,
    )
    random = _generator(seed, shell, "station")
    first_node, first_anomaly = random.uniform(0.0, 360.0, 2) if seed else (0.0, 0.0)
    if shell.raan_offset_deg is not None:
        first_node = shell.raan_offset_deg
    spread = shell.random_phase_deg
    moved = random.uniform(-spread, spread, shell.satellites) if spread else 0.0
    return {
        "mean_motion": np.full(
            shell.satellites,
            kozai_mean_motion(shell.altitude_km, shell.inclination_deg, shell.eccentricity),
        ),
        "eccentricity": np.full(shell.satellites, shell.eccentricity),
        "inclination": np.full(shell.satellites, shell.inclination_deg),
        "ra_of_asc_node": _turned(pattern.ra_of_asc_node + first_node),
        "arg_of_pericenter": np.full(shell.satellites, shell.arg_of_pericenter_deg % 360.0),
        "mean_anomaly": _turned(pattern.mean_anomaly + first_anomaly + moved),
        "plane": pattern.plane.astype(np.int32),
        "place": pattern.place.astype(np.int32),
    }


def _on_the_way(shell: Shell, population: Population, seed: int) -> dict[str, NDArray[Any]]:
    count = shell.count_of(population)
    random = _generator(seed, shell, population.kind)
    elapsed = (np.arange(count) + 0.5) / count if count else np.zeros(0)
    node, anomaly = random.uniform(0.0, 360.0, (2, count))
    altitude_km = population_altitudes(shell, population, elapsed)
    return {
        "mean_motion": kozai_mean_motion(altitude_km, shell.inclination_deg),
        "eccentricity": np.zeros(count),
        "inclination": np.full(count, shell.inclination_deg),
        "ra_of_asc_node": node,
        "arg_of_pericenter": np.zeros(count),
        "mean_anomaly": anomaly,
        "plane": np.full(count, -1, np.int32),
        "place": np.arange(count, dtype=np.int32),
    }


def population_altitudes(
    shell: Shell, population: Population, elapsed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Altitudes (km) of satellites that spent these fractions of their time in a population."""
    ends = {
        "raising": (population.altitude_km, shell.altitude_km),
        "drifting": (population.altitude_km, population.altitude_km),
        "descending": (shell.altitude_km, population.altitude_km),
    }
    first, last = ends[population.kind]
    return first + (last - first) * elapsed


def _generator(seed: int, shell: Shell, part: str) -> np.random.Generator:
    """A generator of its own for each part of each shell: none changes with the others."""
    return np.random.default_rng([seed, zlib.crc32(f"{shell.id} {part}".encode())])


def _turned(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """In [0, 360); a tiny negative angle would be rounded to 360."""
    turned = degrees % 360.0
    turned[turned >= 360.0] = 0.0
    return turned
