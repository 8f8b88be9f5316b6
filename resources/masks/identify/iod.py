"""Measured positions as lines of the IOD format, which visual observers of satellites exchange.

G. Lewis 1998, IOD Observation Format Description, clarified 2002-02-24: columns of 80 characters;
angle format 2 (right ascension HHMMmmm, declination DDMMmm, uncertainty in arcmin), epoch code 5
(2000).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from satvo.resources.masks.identify.measured import Measured
from satvo.resources.orbits.tle import alpha5
from satvo.schemas.errors import BadParameter

__all__ = ["CONDITIONS", "iod_lines"]

CONDITIONS = "EGFPBT"
"""Of the sky: excellent, good, fair, poor, bad, terrible."""

_DESIGNATOR = re.compile(r"\d\d(\d\d)-(\d{3})([A-Z]{1,3})")
_STATION = re.compile(r"[0-9A-Z]{4}")
_ROUNDING_ARCMIN = 0.009
"""1 sigma of what the last digits leave out: 0.015 arcmin of right ascension, 0.01 of declination,
each over the square root of 12, and somewhat more."""
_ROUNDING_S = 0.0003


def iod_lines(
    positions: Iterable[Measured], station: str, *, condition: str = "G"
) -> Iterator[str]:
    """One line a position, without its end.

    Parameters
    ----------
    positions : iterable of Measured
    station : str
        The observer's number of four digits (COSPAR), or one given in its place of four digits and
        capital letters.
    condition : str
        Of the sky, one of `CONDITIONS`.

    Raises
    ------
    BadParameter
        For a station or a condition that the format does not have, or a catalogue number that its
        columns cannot hold.

    Examples
    --------
    >>> from datetime import datetime
    >>> at = datetime(2004, 5, 6, 1, 26, 14, 270000)
    >>> iss = Measured(25544, "ISS", "1998-067A", at, 165.02850, -18.7163, 1.2, 3.0, 0.1)
    >>> print(*iod_lines([iss], "2701"))
    25544 98 067A   2701 G 20040506012614270 17 25 1100114-184298 56
    """
    if not _STATION.fullmatch(station):
        raise BadParameter(
            f"station {station!r}: four digits or capital letters are accepted, as 2701; "
            "observers get theirs from the SeeSat mailing list"
        )
    if len(condition) != 1 or condition not in CONDITIONS:
        raise BadParameter(f"condition {condition!r}: one of {', '.join(CONDITIONS)} is accepted")
    for each in positions:
        yield _line(each, station, condition)


def _line(position: Measured, station: str, condition: str) -> str:
    try:
        number = alpha5(position.norad_id)
    except ValueError as err:
        raise BadParameter(f"satellite {position.norad_id}: IOD has five columns: {err}") from err
    parts = _DESIGNATOR.fullmatch(position.designator)
    designator = f"{parts[1]} {parts[2]}{parts[3]:<3}" if parts else " " * 9
    error_arcmin = max(position.across_arcsec, position.along_arcsec) / 60.0
    return (
        f"{number} {designator} {station} {condition} {_time(position.epoch)} "
        f"{_uncertainty(math.hypot(position.time_error_s, _ROUNDING_S))} 25 "
        f"{_place(position.ra_deg, position.dec_deg)} "
        f"{_uncertainty(math.hypot(error_arcmin, _ROUNDING_ARCMIN))}"
    )


def _time(epoch: datetime) -> str:
    rounded = epoch + timedelta(microseconds=500)
    return f"{rounded:%Y%m%d%H%M%S}{rounded.microsecond // 1000:03d}"


def _place(ra_deg: float, dec_deg: float) -> str:
    thousandths = round(ra_deg / 15.0 * 60_000.0) % (24 * 60_000)
    hours, minutes = divmod(thousandths, 60_000)
    hundredths = round(abs(dec_deg) * 6000.0)
    degrees, arcmin = divmod(hundredths, 6000)
    sign = "-" if dec_deg < 0.0 else "+"
    return f"{hours:02d}{minutes:05d}{sign}{degrees:02d}{arcmin:04d}"


def _uncertainty(value: float) -> str:
    """M and X of M * 10^(X - 8), M one digit; between 1e-8 and 90."""
    exponent = math.floor(math.log10(min(max(value, 1e-8), 90.0)))
    digit = round(min(max(value, 1e-8), 90.0) / 10.0**exponent)
    if digit > 9:
        digit, exponent = 1, exponent + 1
    return f"{digit}{exponent + 8}"
