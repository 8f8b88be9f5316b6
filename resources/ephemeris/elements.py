"""Element sets as arrays, which is how propagators take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ELEMENT_COLUMNS", "Elements"]

_EPOCH_STEP_D = 1e-8
_MICROSECOND_D = 1.0 / 86400e6

_NUMBERS = (
    "norad_id", "gp_id", "epoch_mjd", "mean_motion", "eccentricity", "inclination",
    "ra_of_asc_node", "arg_of_pericenter", "mean_anomaly", "bstar", "mean_motion_dot",
    "mean_motion_ddot", "mag_std", "mag_std_err", "rcs", "launch_mjd", "decay_mjd",
)  # fmt: skip
_UNKNOWN_AS_NAN = ("mag_std", "mag_std_err", "rcs", "launch_mjd", "decay_mjd")
_TEXTS = ("object_name", "constellation", "mean_element_theory")

ELEMENT_COLUMNS = _NUMBERS + _TEXTS
"""What `Elements` holds: columns of `satvo.gp` and `satvo.satellite`, and two dates as MJD."""


@dataclass(frozen=True, slots=True)
class Elements:
    """Mean elements of n satellites, one set each.

    Attributes
    ----------
    norad_id, gp_id : ndarray of int64 (n,)
        Of satellite and set.
    epoch_mjd : ndarray (n,)
        MJD in UTC, exact to the digits of the file it came from.
    mean_motion, ... mean_motion_ddot : ndarray (n,)
        As in `satvo.schemas.gp.ElementSet`.
    mag_std, mag_std_err, rcs : ndarray (n,)
        As in `satvo.satellite`; NaN where not known.
    launch_mjd, decay_mjd : ndarray (n,)
        0 h of the days of launch and decay, MJD in UTC; NaN where not known or not yet.
    object_name, constellation, mean_element_theory : ndarray of str (n,)
        Empty where not known.
    """

    norad_id: NDArray[np.int64]
    gp_id: NDArray[np.int64]
    epoch_mjd: NDArray[np.float64]
    mean_motion: NDArray[np.float64]
    eccentricity: NDArray[np.float64]
    inclination: NDArray[np.float64]
    ra_of_asc_node: NDArray[np.float64]
    arg_of_pericenter: NDArray[np.float64]
    mean_anomaly: NDArray[np.float64]
    bstar: NDArray[np.float64]
    mean_motion_dot: NDArray[np.float64]
    mean_motion_ddot: NDArray[np.float64]
    mag_std: NDArray[np.float64]
    mag_std_err: NDArray[np.float64]
    rcs: NDArray[np.float64]
    launch_mjd: NDArray[np.float64]
    decay_mjd: NDArray[np.float64]
    object_name: NDArray[np.object_]
    constellation: NDArray[np.object_]
    mean_element_theory: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.norad_id)

    def __getitem__(self, which: Any) -> Elements:
        """Those of some satellites, as numpy selects them."""
        return Elements(*(np.atleast_1d(getattr(self, f.name)[which]) for f in fields(self)))

    def joined(self, others: Elements) -> Elements:
        """These, and others behind them."""
        names = [f.name for f in fields(self)]
        return Elements(
            *(np.concatenate([getattr(self, name), getattr(others, name)]) for name in names)
        )

    @classmethod
    def of_columns(cls, columns: dict[str, Sequence[Any]]) -> Elements:
        """From columns by name; a missing or null number is NaN (0 for a number of a set).

        Parameters
        ----------
        columns : dict
            Of sequences or arrays of one length: `ELEMENT_COLUMNS`, of which epoch_mjd and the
            six elements and norad_id must be there.

        Raises
        ------
        KeyError
            If one that must be there is not.
        """
        count = len(columns["norad_id"])
        arrays: dict[str, NDArray[Any]] = {
            **{name: _numbers(columns, name, count) for name in _NUMBERS},
            **{name: _texts(columns, name, count) for name in _TEXTS},
        }
        return cls(**arrays)

    @property
    def perigee_rate_rad_per_s(self) -> NDArray[np.float64]:
        """Angular rate about the Earth's centre at perigee, where it is greatest."""
        mean = self.mean_motion * (2.0 * np.pi / 86400.0)
        e = self.eccentricity
        return np.asarray(mean * np.sqrt(1.0 + e) / (1.0 - e) ** 1.5)


def _numbers(columns: dict[str, Sequence[Any]], name: str, count: int) -> NDArray[Any]:
    if name in ("norad_id", "gp_id"):
        return np.asarray(columns.get(name, [0] * count), dtype=np.int64)
    missing = np.nan if name in _UNKNOWN_AS_NAN else 0.0
    if name not in columns and name in _NUMBERS[2:9]:
        raise KeyError(name)
    found = columns.get(name)
    if found is None:
        return np.full(count, missing)
    values = np.array(found, dtype=np.float64)  # None becomes NaN
    if name not in _UNKNOWN_AS_NAN:
        values[np.isnan(values)] = 0.0
    return _as_written(values) if name == "epoch_mjd" else values


def _as_written(epoch_mjd: NDArray[np.float64]) -> NDArray[np.float64]:
    """The eight decimals of a TLE, where the stored microseconds are those rounded."""
    decimal = np.round(epoch_mjd / _EPOCH_STEP_D) * _EPOCH_STEP_D
    return np.where(np.abs(decimal - epoch_mjd) < _MICROSECOND_D, decimal, epoch_mjd)


def _texts(columns: dict[str, Sequence[Any]], name: str, count: int) -> NDArray[np.object_]:
    found = columns.get(name)
    texts = np.empty(count, dtype=object)
    texts[:] = [""] * count if found is None else ["" if t is None else str(t) for t in found]
    return texts
