"""UTC as days and Modified Julian Dates, and TAI as a count of microseconds.

Interpolation and ordering need a scale without jumps: TAI in whole microseconds since MJD 0. What
is stored and published is the MJD of UTC, with ERFA's (and so astropy's) convention for the day
that a leap second ends: its fraction counts 86401 s.

References: SOFA Time Scale and Calendar Tools, section 3.5; IERS Bulletin C by `erfa.leap_seconds`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import erfa
import numpy as np
import numpy.typing as npt

__all__ = [
    "DAY_US",
    "FIRST_DAY",
    "has_leap_second",
    "tai_minus_utc_s",
    "tai_of_mjd",
    "tai_of_utc",
    "utc_of_tai",
]

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

DAY_US = 86_400_000_000
FIRST_DAY = 41_317
"""MJD of 1972-01-01, from when on UTC differs from TAI by whole seconds."""


def tai_of_utc(day: npt.ArrayLike, us: npt.ArrayLike) -> Int64:
    """TAI of instants in UTC, us since MJD 0.

    Parameters
    ----------
    day : array of int
        MJD of the day in UTC, from 41317 (1972-01-01) on.
    us : array of int
        Microseconds since the beginning of the day; those of a leap second are 86 400 000 000 to
        below 86 401 000 000.

    Examples
    --------
    >>> int(tai_of_utc(57754, 0) - tai_of_utc(57753, 86_399_000_000))  # 2016-12-31, 23:59:60
    2000000
    """
    days = np.asarray(day, np.int64)
    starts, offsets, _ = _table()
    row = np.searchsorted(starts, days, side="right") - 1
    return days * DAY_US + np.asarray(us, np.int64) + offsets[np.maximum(row, 0)]


def utc_of_tai(tai: npt.ArrayLike) -> tuple[Int64, Int64, Float64]:
    """Day, microsecond and MJD in UTC of instants in TAI; the inverse of `tai_of_utc`.

    Parameters
    ----------
    tai : array of int
        us since MJD 0.

    Returns
    -------
    day : array of int
    us : array of int
    mjd : array
        UTC, d; the nearest double, 0.3 us off at most until 2038.

    Examples
    --------
    >>> day, us, mjd = utc_of_tai(tai_of_utc(57753, 86_400_500_000))
    >>> int(day), int(us), round(float(mjd), 9)
    (57753, 86400500000, 57753.999994213)
    """
    tai = np.asarray(tai, np.int64)
    starts, offsets, first = _table()
    row = np.maximum(np.searchsorted(first, tai, side="right") - 1, 0)
    day, us = np.divmod(tai - offsets[row], DAY_US)
    following = starts[np.minimum(row + 1, len(starts) - 1)]
    # Within a leap second the old offset still holds, and midnight has not come.
    early = (day >= following) & (row + 1 < len(starts))
    day, us = day - early, us + early * DAY_US
    return day, us, day + us / _length(day)


def tai_of_mjd(mjd: npt.ArrayLike) -> Int64:
    """TAI of the MJD in UTC, us since MJD 0, to the nearest microsecond.

    Examples
    --------
    >>> int(tai_of_mjd(60000.5)) - 60000 * 86_400_000_000
    43237000000
    """
    mjd = np.asarray(mjd, np.float64)
    day = np.floor(mjd).astype(np.int64)
    return tai_of_utc(day, np.rint((mjd - day) * _length(day)).astype(np.int64))


def tai_minus_utc_s(mjd: npt.ArrayLike) -> Float64:
    """TAI - UTC on the days of MJDs in UTC from 1972 on, s.

    Examples
    --------
    >>> tai_minus_utc_s([57753.9, 57754.0]).tolist()
    [36.0, 37.0]
    """
    starts, offsets, _ = _table()
    row = np.searchsorted(starts, np.asarray(mjd, np.float64), side="right") - 1
    return np.asarray(offsets[np.maximum(row, 0)] / 1e6)


def has_leap_second(day: int) -> bool:
    """Whether a leap second ends this day (MJD, UTC).

    Examples
    --------
    >>> has_leap_second(57753), has_leap_second(57754)
    (True, False)
    """
    return bool(_length(np.asarray(day))[()] > DAY_US)


def _length(day: Any) -> Any:
    """Microseconds of a day in UTC."""
    starts, _, _ = _table()
    return DAY_US + 1_000_000 * np.isin(day + 1, starts[1:])


@cache
def _table() -> tuple[Int64, Int64, Int64]:
    """First day of each offset, TAI - UTC in us, and the same beginning in TAI."""
    rows = erfa.leap_seconds.get()
    rows = rows[rows["year"] >= 1972]
    starts = np.array(
        [erfa.cal2jd(int(row["year"]), int(row["month"]), 1)[1] for row in rows], np.int64
    )
    offsets = (rows["tai_utc"] * 1e6).astype(np.int64)
    return starts, offsets, starts * DAY_US + offsets
