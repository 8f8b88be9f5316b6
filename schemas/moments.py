"""Instants as clients and files write them."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["read_moment"]


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
