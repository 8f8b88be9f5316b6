"""Epochs of ephemerides in any time system, as microseconds of TAI.

Time codes of CCSDS 301.0-B-4, section 3.5, as CCSDS 502.0-B-3, section 7.5.10, takes them; time
systems of CCSDS 502.0-B-3, annex B. Relations between the scales are those of ERFA (SOFA Time Scale
and Calendar Tools, section 4); UT1 follows the IERS table that astropy carries.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from satvo.ingest.orbits.records import BadRecord
from satvo.schemas.leap_seconds import DAY_US, FIRST_DAY, has_leap_second, tai_of_utc

__all__ = ["LAST_DAY", "TIME_SYSTEMS", "count", "parse_epoch", "to_tai"]

TIME_SYSTEMS = ("UTC", "TAI", "TT", "GPS", "UT1", "TDB", "TCG", "TCB")
LAST_DAY = 88_069
"""MJD of 2100-01-01, the last day accepted."""

_EPOCH = re.compile(r"(\d{4}-(?:\d\d-\d\d|\d{3}))[T ](\d\d):(\d\d):(\d\d)(?:\.(\d*))?Z?", re.ASCII)
_MJD_OF_ORDINAL = date(1858, 11, 17).toordinal()
_TT_TAI_US = 32_184_000
_TAI_GPS_US = 19_000_000
_MJD_0 = 2_400_000.5


def parse_epoch(text: str, name: str, scale: str) -> tuple[int, int]:
    """Day (MJD) and microsecond of a calendar or ordinal time code, in its own time system.

    Parameters
    ----------
    text : str
        ``2026-07-21T08:34:33.953952`` or ``2026-202T08:34:33.953952``, with or without ``Z``;
        second 60 in UTC where there is a leap second.
    name : str
        The keyword, for the message.
    scale : str
        One of `TIME_SYSTEMS`.

    Raises
    ------
    BadRecord
        If it is none of these, or names no instant from 1972 to 2100.

    Examples
    --------
    >>> parse_epoch("2016-12-31T23:59:60.5", "EPOCH", "UTC")
    (57753, 86400500000)
    """
    found = _EPOCH.fullmatch(text)
    if found is None:
        raise BadRecord(f"{name}={text[:40]!a}: a time as 2026-07-21T08:34:33.95 is accepted")
    hour, minute, second = int(found[2]), int(found[3]), int(found[4])
    # In whole microseconds: a float of seconds would round twice.
    digits = (found[5] or "").ljust(7, "0")
    us = ((hour * 60 + minute) * 60 + second) * 1_000_000 + int(digits[:6]) + (digits[6] >= "5")
    try:
        day = _day(found[1])
    except ValueError as err:
        raise BadRecord(f"{name}={text[:40]!a}: no such day ({err})") from err
    leap = second == 60 and scale == "UTC" and us >= DAY_US and has_leap_second(day)
    if hour > 23 or minute > 59 or (second > 59 and not leap):
        raise BadRecord(f"{name}={text[:40]!a}: no such instant in {scale}")
    if not FIRST_DAY <= day < LAST_DAY:
        raise BadRecord(f"{name}={text[:40]!a}: 1972 to 2099 is accepted")
    return day, us


@lru_cache(maxsize=64)
def _day(text: str) -> int:
    year, rest = int(text[:4]), text[5:]
    if len(rest) == 5:
        return date(year, int(rest[:2]), int(rest[3:])).toordinal() - _MJD_OF_ORDINAL
    first = date(year, 1, 1).toordinal()
    if not 1 <= int(rest) <= date(year, 12, 31).toordinal() - first + 1:
        raise ValueError("day of year out of range")
    return first + int(rest) - 1 - _MJD_OF_ORDINAL


def count(epoch: tuple[int, int]) -> int:
    """An epoch as one number for comparing within its time system, us since MJD 0.

    Over a leap second it stands still for a second; order and spans of others are right.
    """
    return epoch[0] * DAY_US + epoch[1]


def to_tai(day: npt.ArrayLike, us: npt.ArrayLike, scale: str) -> npt.NDArray[np.int64]:
    """TAI of epochs of a time system, us since MJD 0, to the nearest microsecond.

    Parameters
    ----------
    day, us : array of int
        As `parse_epoch` gives them.
    scale : str
        One of `TIME_SYSTEMS`.

    Raises
    ------
    BadRecord
        UT1 outside the IERS table.

    Notes
    -----
    TDB - TT is taken at the geocentre, 2 us off at most elsewhere on the Earth.

    Examples
    --------
    >>> int(to_tai(60000, 0, "GPS") - to_tai(60000, 0, "TAI"))
    19000000
    """
    day, us = np.asarray(day, np.int64), np.asarray(us, np.int64)
    plain: npt.NDArray[np.int64] = day * DAY_US + us
    if scale == "UTC":
        return tai_of_utc(day, us)
    if scale == "UT1":
        return _from_ut1(day, us)
    if scale == "GPS":
        return np.asarray(plain + _TAI_GPS_US)
    if scale == "TAI":
        return plain
    return np.asarray(plain + _tt_less(day, us, scale) - _TT_TAI_US)


def _tt_less(day: npt.NDArray[np.int64], us: npt.NDArray[np.int64], scale: str) -> Any:
    """TT less the scale, in whole us."""
    import erfa

    if scale == "TT":
        return 0
    first, second = _MJD_0 + day, us / DAY_US
    one, two = first, second
    if scale == "TCG":
        one, two = erfa.tcgtt(first, second)
    else:
        if scale == "TCB":
            one, two = erfa.tcbtdb(first, second)
        one, two = erfa.tdbtt(one, two, erfa.dtdb(one, two, 0.0, 0.0, 0.0, 0.0))
    return np.rint(((one - first) + (two - second)) * DAY_US).astype(np.int64)


def _from_ut1(day: npt.NDArray[np.int64], us: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    from astropy.utils import iers
    from satvo.schemas.leap_seconds import has_leap_second as leaps

    table = iers.IERS_B.open(iers.IERS_B_FILE)
    first, fraction = _MJD_0 + day, us / DAY_US
    # UT1 - UTC changes by 2 ms a day: read at UT1 instead of UTC it is 20 ns off.
    offset, status = table.ut1_utc(first, fraction, return_status=True)
    if np.any(status != iers.FROM_IERS_B):
        raise BadRecord(
            "TIME_SYSTEM=UT1 outside the IERS table; give the epochs in UTC, TAI, TT or GPS"
        )
    if any(leaps(int(d)) or leaps(int(d) - 1) for d in np.unique(day)):
        # Within a second of the leap it is open which of the two offsets holds.
        raise BadRecord("TIME_SYSTEM=UT1 beside a leap second; give the epochs in UTC or TAI")
    micros = np.rint(offset.to_value("s") * 1e6).astype(np.int64)
    days, rest = np.divmod(day * DAY_US + us - micros, DAY_US)
    return tai_of_utc(days, rest)
