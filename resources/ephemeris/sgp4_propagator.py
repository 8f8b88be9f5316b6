"""SGP4 by the reference implementation (Vallado et al. 2006, AIAA 2006-6753; package sgp4)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.propagation import States
from sgp4.api import WGS72, Satrec, SatrecArray

__all__ = ["NAME", "Sgp4Orbits", "prepare"]

NAME = "sgp4"

_MJD0 = 2400000.5
_EPOCH_1949 = 33281.0
"""MJD of 1949-12-31, from which sgp4init counts."""
_RADIANS = math.pi / 180.0
_PER_MINUTE = 2.0 * math.pi / 1440.0


class Sgp4Orbits:
    """Satellites by SGP4 with the constants of WGS-72, which the elements are made with."""

    def __init__(self, records: list[Satrec], usable: NDArray[np.bool_]) -> None:
        self._records = records
        self._usable = usable
        self._array = SatrecArray(records) if records else None

    def __len__(self) -> int:
        return len(self._records)

    def part(self, which: NDArray[np.int64]) -> Sgp4Orbits:
        """Some of them."""
        return Sgp4Orbits([self._records[i] for i in which.tolist()], self._usable[which])

    def grid(self, mjd_utc: NDArray[np.float64]) -> States:
        """Every satellite at every instant."""
        if self._array is None:
            empty = np.zeros((0, len(mjd_utc), 3))
            return States(empty, empty, np.zeros((0, len(mjd_utc)), dtype=bool))
        day = np.floor(mjd_utc)
        error, position, velocity = self._array.sgp4(_MJD0 + day, mjd_utc - day)
        return States(position, velocity, (error == 0) & self._usable[:, None])

    def along(self, which: NDArray[np.int64], mjd_utc: NDArray[np.float64]) -> States:
        """Some satellites, each at instants of its own."""
        day = np.floor(mjd_utc)
        first, second = _MJD0 + day, mjd_utc - day
        shape = (*mjd_utc.shape, 3)
        position, velocity = np.empty(shape), np.empty(shape)
        valid = np.empty(mjd_utc.shape, dtype=bool)
        for i, index in enumerate(which.tolist()):
            error, position[i], velocity[i] = self._records[index].sgp4_array(first[i], second[i])
            valid[i] = (error == 0) & self._usable[index]
        return States(position, velocity, valid)


def prepare(elements: Elements) -> Sgp4Orbits:
    """The satellites of elements."""
    # Elements of SGP4-XP would be propagated wrongly without a word.
    usable = np.array([theory != "SGP4-XP" for theory in elements.mean_element_theory], dtype=bool)
    return Sgp4Orbits([_record(*row) for row in _arguments(elements)], usable)


def _arguments(elements: Elements) -> Any:
    angles = (
        getattr(elements, name) * _RADIANS
        for name in ("arg_of_pericenter", "inclination", "mean_anomaly", "ra_of_asc_node")
    )
    perigee, inclination, anomaly, node = angles
    columns = (
        elements.epoch_mjd - _EPOCH_1949,
        elements.bstar,
        elements.mean_motion_dot * (_PER_MINUTE / 1440.0),
        elements.mean_motion_ddot * (_PER_MINUTE / 1440.0**2),
        elements.eccentricity,
        perigee,
        inclination,
        anomaly,
        elements.mean_motion * _PER_MINUTE,
        node,
    )
    return zip(*(each.tolist() for each in columns), strict=True)


def _record(*values: float) -> Satrec:
    record = Satrec()
    record.sgp4init(WGS72, "i", 0, *values)
    return record
