"""When an image was taken, by whatever keywords and time scale its header has.

References
----------
FITS standard 4.0, section 9 (time): DATE-OBS, TIMESYS, DATE-BEG, DATE-AVG, DATE-END.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from satvo.ingest.images.synonyms import Found, Headers, number
from satvo.schemas.leap_seconds import DAY_US, FIRST_DAY, has_leap_second, utc_of_tai

__all__ = ["Times", "find_times"]

_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d(?:\.\d*)?)(?:Z|\+00:?00)?)?", re.IGNORECASE
)
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d(?:\.\d*)?)")
_MJD_ZERO = date(1858, 11, 17).toordinal()
_JD_ZERO = 2_400_000.5
_TAI_AHEAD_US = {"tai": 0, "iat": 0, "tt": -32_184_000, "tdt": -32_184_000, "et": -32_184_000,
                 "tdb": -32_184_000, "gps": 19_000_000}  # fmt: skip
"""TAI less each scale, us; TDB is within 2 ms of TT."""
_UTC = ("utc", "ut", "ut1", "gmt")
_SCALE_WORDS = re.compile(r"\b(utc|ut1|ut|gmt|tai|tt|tdt|tdb|gps|local|lt)\b", re.IGNORECASE)
_MIDDLE = re.compile(
    r"\b(mid|middle|midpoint|mid-point|mid-exposure|average|mean)\b", re.IGNORECASE
)
_END = re.compile(r"\b(end|stop|close[ds]?)\b", re.IGNORECASE)
_AGREE_S = 2.0
_EARLIEST, _LATEST = 15_020.0, 88_070.0  # 1900, 2100


@dataclass(slots=True)
class Times:
    """When an image was taken.

    Attributes
    ----------
    start, end : float or None
        MJD in UTC.
    exposure_s : float or None
    found, doubtful : list of str
        How they are known, and what speaks against them.
    """

    start: float | None = None
    end: float | None = None
    exposure_s: float | None = None
    found: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


def find_times(headers: Headers) -> Times:
    """The times of an exposure.

    A comment that names a time scale, as ``(UTC)`` does, goes before TIMESYS: files whose TIMESYS
    is TAI for other keywords have been seen. Where the date has no time of day, a keyword with one
    is needed; an MJD without a fraction is then the date again.
    """
    times = Times()
    exposure = headers.number("exposure", above=-1e-9)
    if exposure is not None:
        times.exposure_s = exposure[0]
        times.found.append(f"exposure {exposure[0]:g} s ({exposure[1].keyword})")
    times.start = _start(headers, times)
    if times.start is None or times.exposure_s is None:
        return times
    times.end = times.start + times.exposure_s / 86400
    told = _first(headers, ("end", "end_mjd"), times)
    if told is not None and 0 <= told[0] - times.end + _AGREE_S / 86400 < 0.5:
        times.end = max(told[0], times.end)
    return times


def _start(headers: Headers, times: Times) -> float | None:
    dated = _dated(headers, times)
    by_mjd = _first(headers, ("start_mjd",), times, whole=dated is None and not _has_date(headers))
    if dated is not None and by_mjd is not None:
        apart = abs(dated[0] - by_mjd[0]) * 86400
        if apart > _AGREE_S:
            times.doubtful.append(f"{by_mjd[1]} is {apart:.0f} s off {dated[1]}, which is used")
    known = dated or by_mjd
    if known is not None:
        times.found.append(f"start {known[0]:.6f} MJD ({known[1]})")
        return known[0]
    half = None if times.exposure_s is None else times.exposure_s / 2 / 86400
    middle = _first(headers, ("middle", "middle_mjd"), times)
    if middle is not None and half is not None:
        times.found.append(f"start from the middle of the exposure ({middle[1]})")
        return middle[0] - half
    end = _first(headers, ("end", "end_mjd"), times)
    if end is not None and half is not None:
        times.found.append(f"start from the end of the exposure ({end[1]})")
        return end[0] - 2 * half
    return None


def _has_date(headers: Headers) -> bool:
    return any(_DATE.fullmatch(str(found.value).strip()) for found in headers.all("date"))


def _dated(headers: Headers, times: Times) -> tuple[float, str] | None:
    """The start by a date, with the time of day in it or in another keyword."""
    for found in headers.all("date"):
        parts = _DATE.fullmatch(str(found.value).strip())
        if parts is None:
            times.doubtful.append(f"{found.keyword}={str(found.value)[:30]} is no date of FITS")
            continue
        moment, how = found, found.keyword
        clock = (parts[4], parts[5], parts[6]) if parts[4] else None
        if clock is None:
            timed = _clock(headers)
            if timed is None:
                times.doubtful.append(f"{found.keyword} has no time of day, and nothing else has")
                continue
            clock, moment = timed
            how = f"{found.keyword} and {moment.keyword}"
        mjd = _mjd(parts.group(1, 2, 3), clock, _scale(headers, moment, times), times, how)
        if mjd is not None:
            return _as_start(mjd, found, moment, times, how)
    return None


def _as_start(
    mjd: float, found: Found, moment: Found, times: Times, how: str
) -> tuple[float, str] | None:
    """What a comment says to be the middle or the end, brought to the start."""
    comment = f"{found.comment} {moment.comment}"
    part = 0.5 if _MIDDLE.search(comment) else 1.0 if _END.search(comment) else 0.0
    if part == 0.0 or "start" in comment.lower() or "begin" in comment.lower():
        return mjd, how
    if times.exposure_s is None:
        times.doubtful.append(f"{how} is not the start, and no exposure time is known")
        return None
    when = "middle" if part == 0.5 else "end"
    return mjd - part * times.exposure_s / 86400, f"{how}, the {when} by its comment"


def _clock(headers: Headers) -> tuple[tuple[str, str, str], Found] | None:
    for found in headers.all("time_of_day"):
        parts = _CLOCK.fullmatch(str(found.value).strip())
        if parts is not None:
            return (parts[1], parts[2], parts[3]), found
    return None


def _first(
    headers: Headers, items: tuple[str, ...], times: Times, *, whole: bool = True
) -> tuple[float, str] | None:
    """The first instant of some items, MJD in UTC; if ``whole``, also an MJD without fraction."""
    for item in items:
        for found in headers.all(item):
            scale = _scale(headers, found, times)
            if not item.endswith("mjd"):
                parts = _DATE.fullmatch(str(found.value).strip())
                if parts is None or not parts[4]:
                    continue
                day, clock = parts.group(1, 2, 3), parts.group(4, 5, 6)
                mjd = _mjd(day, clock, scale, times, found.keyword)
            else:
                value = number(found.value)
                if value is None:
                    continue
                value -= _JD_ZERO if found.about.get("julian") else 0
                if not whole and value == int(value):
                    times.doubtful.append(f"{found.keyword} has no time of day")
                    continue
                mjd = _in_utc(value, scale) if _EARLIEST < value < _LATEST else None
            if mjd is not None:
                return mjd, found.keyword
    return None


def _scale(headers: Headers, found: Found, times: Times) -> str:
    if "scale" in found.about:
        return str(found.about["scale"])
    general = str(headers.get("TIMESYS") or "UTC").lower()
    named = [word.lower() for word in _SCALE_WORDS.findall(found.comment)]
    if not named:
        return general
    if (named[0] in _UTC) != (general in _UTC):
        note = (
            f"{found.keyword} is {named[0].upper()} by its comment, not {general.upper()} as "
            "TIMESYS says"
        )
        if note not in times.doubtful:
            times.doubtful.append(note)
    return str(named[0])


def _mjd(
    day: tuple[str, str, str] | tuple[str | None, ...],
    clock: tuple[str, str, str] | tuple[str | None, ...],
    scale: str,
    times: Times,
    how: str,
) -> float | None:
    year, month, number_of_day = (int(each or 0) for each in day)
    hour, minute, second = int(clock[0] or 0), int(clock[1] or 0), float(clock[2] or 0)
    try:
        mjd = date(year, month, number_of_day).toordinal() - _MJD_ZERO
    except ValueError:
        times.doubtful.append(f"{how}: there is no such day")
        return None
    if hour > 23 or minute > 59 or second >= 61 or not _EARLIEST < mjd < _LATEST:
        times.doubtful.append(f"{how}: there is no such time")
        return None
    seconds = hour * 3600 + minute * 60 + second
    if scale in _UTC:
        length = DAY_US / 1e6 + (mjd >= FIRST_DAY and has_leap_second(mjd))
        return mjd + seconds / length
    return _in_utc(mjd + seconds / 86400, scale, times, how)


def _in_utc(mjd: float, scale: str, times: Times | None = None, how: str = "") -> float | None:
    """An MJD of a scale in UTC; None where the scale is not known here."""
    if scale in _UTC:
        return mjd
    ahead = _TAI_AHEAD_US.get(scale)
    if ahead is None or mjd < FIRST_DAY + 1:
        if times is not None:
            times.doubtful.append(f"{how}: the time scale {scale.upper()} is not known here")
        return None
    whole = int(mjd)
    tai = whole * DAY_US + round((mjd - whole) * DAY_US) + ahead
    return float(utc_of_tai(tai)[2])
