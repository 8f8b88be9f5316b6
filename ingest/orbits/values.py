"""Texts of orbit files as the values they stand for, rounded once and never guessed.

Numbers and time codes as in CCSDS 502.0-B-3 (Orbit Data Messages), section 7.5; object types as in
the satellite catalogues of CelesTrak and Space-Track.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from satvo.ingest.orbits.records import BadRecord

__all__ = ["catalogue_object_type", "number", "timestamp"]

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


def number(text: str, name: str) -> float:
    """The number a decimal text stands for, rounded once, with no negative zero.

    Raises
    ------
    BadRecord
        If it is no decimal number. Python's own spellings (``1_000``, ``nan``, ``inf``) are none.

    Examples
    --------
    >>> number("-.53E-6", "MEAN_MOTION_DOT")
    -5.3e-07
    """
    if _NUMBER.fullmatch(text) is None:
        raise BadRecord(f"{name}={text[:40]!a}: a decimal number is accepted")
    return float(text) + 0.0


_TIMESTAMP = re.compile(
    r"(\d{4})-(?:(\d\d)-(\d\d)|(\d{3}))(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d*))?)?Z?", re.ASCII
)


def timestamp(text: str, name: str, *, time_needed: bool = False) -> datetime:
    """The UTC instant of a CCSDS calendar or ordinal time code, to the nearest microsecond.

    Parameters
    ----------
    text : str
        ``2026-07-21T08:34:33.953952``, ``2026-202T08:34:33.953952``, a blank in place of the
        T, with or without ``Z``; a date alone is its midnight.
    name : str
        The keyword, for the message.
    time_needed : bool
        Whether a date alone is refused.

    Raises
    ------
    BadRecord
        If it is none of these, or names no instant. The inserted second of a leap second (60) has
        no place in a `datetime` and is refused rather than moved.

    References
    ----------
    CCSDS 502.0-B-3, section 7.5.10; CCSDS 301.0-B-4, section 3.5.

    Examples
    --------
    >>> timestamp("2026-202T08:34:33.9539519", "EPOCH").isoformat()
    '2026-07-21T08:34:33.953952'
    """
    found = _TIMESTAMP.fullmatch(text)
    if found is None or (time_needed and found[5] is None):
        raise BadRecord(f"{name}={text[:40]!a}: a UTC time as 2026-07-21T08:34:33.95 is accepted")
    year, month, day, ordinal, hour, minute, second, fraction = found.groups()
    # In whole microseconds: a float of seconds would round twice.
    digits = (fraction or "").ljust(7, "0")
    rest = timedelta(microseconds=int(digits[:6]) + (digits[6] >= "5"))
    try:
        instant = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
        )
        if ordinal is not None:
            instant += timedelta(days=int(ordinal) - 1)
            if ordinal == "000" or instant.year != int(year):
                raise ValueError("day of year out of range")
        return instant + rest
    except (ValueError, OverflowError) as err:
        raise BadRecord(f"{name}={text[:40]!a}: no such UTC instant ({err})") from err


_OBJECT_TYPES = {
    "PAY": "PAYLOAD",
    "PAYLOAD": "PAYLOAD",
    "R/B": "ROCKET BODY",
    "ROCKET BODY": "ROCKET BODY",
    "DEB": "DEBRIS",
    "DEBRIS": "DEBRIS",
}


def catalogue_object_type(text: str | None) -> str | None:
    """PAYLOAD, ROCKET BODY, DEBRIS or UNKNOWN, whichever catalogue's word it was; None stays None.

    Examples
    --------
    >>> catalogue_object_type("R/B"), catalogue_object_type("TBA")
    ('ROCKET BODY', 'UNKNOWN')
    """
    return None if text is None else _OBJECT_TYPES.get(text.upper(), "UNKNOWN")
