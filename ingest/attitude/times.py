"""Epochs of attitude files as MJD in UTC."""

from __future__ import annotations

from datetime import datetime

import erfa
from satvo.ingest.orbits.records import BadRecord
from satvo.ingest.orbits.values import timestamp

__all__ = ["TIME_SYSTEMS", "mjd_utc"]

TIME_SYSTEMS = {"UTC": 0.0, "TAI": 0.0, "GPS": 19.0, "TT": -32.184}
"""Time scales, and what to add to each but UTC to get TAI, s (IERS Conventions 2010, 10.1)."""

_MJD0 = 2400000.5
_FIRST = datetime(1858, 11, 17)
_DAY_S = 86400.0


def mjd_utc(text: str, name: str, system: str) -> float:
    """MJD in UTC of an epoch in one of `TIME_SYSTEMS`, to a microsecond.

    Raises
    ------
    BadRecord
        If the text is no epoch.

    Examples
    --------
    >>> round((mjd_utc("2026-01-01T00:00:37", "epoch", "TAI") - 61041) * 86400, 5)
    0.0
    """
    since = timestamp(text, name, time_needed=True) - _FIRST
    day, fraction = since.days, (since.seconds + since.microseconds * 1e-6) / _DAY_S
    if system == "UTC":
        return day + fraction
    if system not in TIME_SYSTEMS:
        raise BadRecord(f"time system {system[:20]!a}: {', '.join(TIME_SYSTEMS)} is accepted")
    whole, rest = erfa.taiutc(_MJD0 + day, fraction + TIME_SYSTEMS[system] / _DAY_S)
    return float((whole - _MJD0) + rest)
