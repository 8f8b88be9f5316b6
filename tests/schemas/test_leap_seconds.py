"""UTC and TAI, with astropy as the reference."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.time import Time, TimeDelta
from hypothesis import given
from hypothesis import strategies as st
from satvo.schemas.leap_seconds import DAY_US, has_leap_second, tai_of_mjd, tai_of_utc, utc_of_tai

LEAP_DAYS = (41_498, 50_082, 57_753)  # ends of 1972-06-30, 1995-12-31 and 2016-12-31


@pytest.mark.parametrize(
    "text",
    [
        "1972-01-01T00:00:00",
        "2016-12-31T23:59:59.999999",
        "2016-12-31T23:59:60.5",
        "2017-01-01T00:00:00",
        "2026-11-22T12:34:56.789012",
    ],
)
def test_tai_is_that_of_astropy(text: str) -> None:
    time = Time(text, scale="utc")
    day = int(np.floor(Time(time.isot[:10], scale="utc").mjd))
    clock = text[11:].split(":")
    us = round((int(clock[0]) * 3600 + int(clock[1]) * 60) * 1e6 + float(clock[2]) * 1e6)
    tai = time.tai
    expected = (tai.jd1 - 2400000.5) * DAY_US + tai.jd2 * DAY_US
    one_microsecond = 1
    assert abs(int(tai_of_utc(day, us)) - expected) <= one_microsecond
    assert utc_of_tai(tai_of_utc(day, us))[:2] == (day, us)


@pytest.mark.parametrize("day", LEAP_DAYS)
def test_mjd_over_a_leap_second_is_that_of_astropy(day: int) -> None:
    assert has_leap_second(day)
    tai = tai_of_utc(day, 86_390_000_000) + np.arange(0, 25_000_000, 500_000)
    start = Time(day, 86_390_000_000 / 86_401e6, format="mjd", scale="utc")
    times = (start.tai + TimeDelta(np.arange(50) * 0.5, format="sec")).utc
    mjd = utc_of_tai(tai)[2]
    two_microseconds_d = 2e-6 / 86400
    assert np.max(np.abs(mjd - times.mjd)) < two_microseconds_d
    assert np.all(np.diff(mjd) > 0)
    assert np.array_equal(tai_of_mjd(mjd), tai)


@given(st.integers(tai_of_utc(41_317, 0).item(), tai_of_utc(65_500, 0).item()))
def test_a_microsecond_survives_the_double_of_the_mjd(tai: int) -> None:
    day, us, mjd = utc_of_tai(tai)
    assert tai_of_utc(day, us) == tai
    assert tai_of_mjd(mjd) == tai
