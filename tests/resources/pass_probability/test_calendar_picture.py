"""The picture of a calendar: nights, days and lines where they belong."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.calendar import PassCalendar, pass_calendar
from satvo.resources.pass_probability.calendar_picture import calendar_picture
from satvo.resources.pass_probability.camera import Camera
from satvo.schemas.errors import BadParameter

RUBIN = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin")
LAYERS = Layers.of([1584, 720], [6928.0, 7578.0], [53.0, 87.9])


def calendar_of(nights: int = 365, times: int = 48) -> PassCalendar:
    """The Large Magellanic Cloud through 2026."""
    return pass_calendar(
        LAYERS, RUBIN, 80.894, -69.756, Camera(30.0, 1.75), first=date(2026, 1, 1),
        nights=nights, times=times, population="made up",
    )  # fmt: skip


def pixels_of(png: bytes) -> NDArray[np.int64]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(np.int64)


def near(pixels: NDArray[np.int64], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(pixels - colour) < 12).all(axis=-1))


def test_grey_days_and_lines_are_where_the_altitudes_say() -> None:
    calendar = calendar_of()
    pixels = pixels_of(calendar_picture(calendar, "p_illum"))
    assert pixels.shape == (758, 1300, 3)
    grey, day = near(pixels, (0x8D, 0x8D, 0x92)), near(pixels, (0xF6, 0xF3, 0xEA))
    blue, green = near(pixels, (0x4A, 0xA3, 0xFF)), near(pixels, (0xA8, 0xE0, 0x2A))
    assert blue.sum() > 1000
    assert green.sum() > 1000
    night = calendar.sun_alt_deg < 0.0
    low = night & (calendar.target_alt_deg < 20.0)
    drawn = pixels[200:600, 120:1100]
    assert drawn.std() > 10
    # As much grey among the night as there are hours of it; lines and words cover some.
    axes = (slice(137, 682), slice(98, 1157))
    share = grey[axes].sum() / (~day[axes]).sum()
    assert share == pytest.approx(low.sum() / night.sum(), abs=0.05)
    columns = np.nonzero(grey[axes].sum(axis=0) > 5)[0]
    by_date = np.nonzero(low.any(axis=1))[0]
    assert columns.min() / 1059 == pytest.approx(by_date.min() / 364, abs=0.03)
    assert columns.max() / 1059 == pytest.approx(by_date.max() / 364, abs=0.03)


def test_what_is_brighter_is_expected_more() -> None:
    calendar = calendar_of()
    ramp = np.broadcast_to(np.linspace(0.0, 1.0, 365)[:, None], calendar.loss.shape)
    flat = replace(
        calendar, loss=ramp, target_alt_deg=np.full_like(ramp, 35.0),
        sun_alt_deg=np.full_like(ramp, -40.0),
    )  # fmt: skip
    light = pixels_of(calendar_picture(flat)).sum(axis=-1)[137:682, 98:1157].mean(axis=0)
    assert (np.diff(light[20:-20:40]) > 0).all()


@pytest.mark.parametrize(("nights", "times"), [(2, 2), (30, 12)])
def test_short_calendars_are_drawn(nights: int, times: int) -> None:
    assert pixels_of(calendar_picture(calendar_of(nights, times), width_px=600)).shape[1] == 600


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(BadParameter, match="two of each"):
        calendar_picture(calendar_of(1, 48))
    with pytest.raises(BadParameter, match="p_illum"):
        calendar_picture(calendar_of(3, 3), "probability")


def test_a_target_that_never_rises_is_all_grey() -> None:
    calendar = calendar_of(20, 24)
    none = np.full_like(calendar.loss, np.nan)
    hidden = replace(calendar, loss=none, target_alt_deg=calendar.target_alt_deg - 90.0)
    pixels = pixels_of(calendar_picture(hidden))
    assert near(pixels, (0x8D, 0x8D, 0x92)).mean() > 0.3
