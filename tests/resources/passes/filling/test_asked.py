"""What is asked of a filling."""

from __future__ import annotations

import pytest
from satvo.resources.passes.filling.asked import days_of, read_asked
from satvo.schemas.errors import BadParameter

NOW = 60000.51


def test_the_coming_day_is_filled_where_nothing_is_said() -> None:
    asked = read_asked({}, NOW)
    assert asked.start_mjd == pytest.approx(60000.5)
    assert asked.end_mjd - asked.start_mjd == pytest.approx(1.0)
    assert (asked.step_s, asked.steps, asked.observers) == (60.0, 1440, ())
    assert (asked.kinds, asked.keep_d, asked.populations) == (("pass", "fov"), None, ())


def test_all_can_be_said() -> None:
    asked = read_asked(
        {
            "OBSERVER": "rubin, paranal,rubin", "START": "2023-02-25T12:00:00", "HOURS": "0.1",
            "STEP": "7", "MAXAGE": "3", "CONSTELLATION": "sim-kuiper", "KIND": "fov", "KEEP": "10",
        },
        NOW,
    )  # fmt: skip
    assert asked.observers == ("rubin", "paranal")
    assert asked.start_mjd == 60000.5
    assert asked.steps == 52  # 51 x 7 s are 357 s
    assert (asked.kinds, asked.keep_d, asked.max_age_d) == (("fov",), 10.0, 3.0)
    assert asked.populations == ("sim-kuiper",)


def test_a_span_that_ends_at_midnight_has_no_empty_day() -> None:
    days = days_of(read_asked({"START": "60000.0", "HOURS": "48"}, NOW))
    assert days == [(60000.5, 60000.0, 60001.0), (60001.5, 60001.0, 60002.0)]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("START", "2022-07-35", "a time in UTC"),
        ("HOURS", "0", "above 0 to 744"),
        ("HOURS", "-3", "above 0 to 744"),
        ("HOURS", "1000", "above 0 to 744"),
        ("HOURS", "nan", "finite"),
        ("STEP", "0", "above 0 to 3600"),
        ("STEP", "x", "a number"),
        ("KIND", "sun", "pass and fov"),
        ("KEEP", "-1", "above 0"),
    ],
)
def test_what_is_not_accepted_is_said(name: str, value: str, word: str) -> None:
    with pytest.raises(BadParameter, match=word) as refused:
        read_asked({name: value}, NOW)
    assert name in str(refused.value)
