"""Instants as clients and files write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["MJD_EPOCH", "mjd_of", "read_moment"]

MJD_EPOCH = datetime(1858, 11, 17)
"""MJD 0."""


def mjd_of(moment: datetime) -> float:
    """The MJD of an instant without a zone, in its own scale; a day has 86400 s.

    Examples
    --------
    >>> mjd_of(datetime(2000, 1, 1, 12))
    51544.5
    """
    return (moment - MJD_EPOCH) / timedelta(days=1)


def read_moment(text: str) -> datetime:
    """The instant of ISO 8601 text, UTC without a zone; text without a zone is UTC.

    Raises
    ------
    ValueError
        If it is none, or in UTC of no year from 1 to 9999.

    Examples
    --------
    >>> read_moment("2027-01-31T01:00:00+02:00"), read_moment("2027-01-31")
    (datetime.datetime(2027, 1, 30, 23, 0), datetime.datetime(2027, 1, 31, 0, 0))
    """
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError as err:
        raise ValueError(f"{text} is of no year from 1 to 9999 in UTC") from err
