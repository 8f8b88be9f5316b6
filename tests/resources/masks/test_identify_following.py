"""The sense of an unknown object's motion, by its trails in images one after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from identified_skies import SIDE_PX, SITE, image, made_up
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.identify.following import followed
from satvo.resources.masks.identify.identification import Identified, identify
from satvo.resources.masks.identify.predicted import Known
from satvo.resources.passes.exposures import Exposure

MJD = 61187.2
EXPOSURE_S = 4.0
RATE_PX_S = 60.0


@pytest.fixture(scope="module")
def none_known() -> Known:
    """One satellite, on the other side of the Earth."""
    from datetime import datetime

    elements: Elements = made_up(datetime(2026, 5, 26), every=4000)
    return Known(elements[:1], SITE)


def taken(known: Known, second: float, way: list[float], *, turned: bool = False) -> tuple[
    Exposure, list[Identified]
]:  # fmt: skip
    """An image begun so many seconds after the first, with a trail along a way in pixels."""
    exposure = image(MJD + second / 86400.0, EXPOSURE_S, 120.0, -20.0, 1.0, 0.3)
    start, end = (way[0], way[1]), (way[2], way[3])
    trail = FoundTrail(end, start) if turned else FoundTrail(start, end)
    found = identify([trail], exposure, (SIDE_PX, SIDE_PX), known)
    return exposure, found


def along(first_s: float) -> list[float]:
    """Where an object is in an exposure begun then: it goes to the right and up."""
    step = np.array([0.8, 0.6]) * RATE_PX_S
    start = np.array([200.0, 200.0]) + step * first_s
    return [*start.tolist(), *(start + step * EXPOSURE_S).tolist()]


@pytest.mark.parametrize("turned", [False, True])
def test_second_image_tells_the_sense_and_the_rate(none_known: Known, turned: bool) -> None:
    images = [
        taken(none_known, 0.0, along(0.0), turned=turned),
        taken(none_known, 10.0, along(10.0)),
    ]
    (pair,) = followed(images)
    assert (pair.first, pair.second) == ((0, 0), (1, 0))
    assert (pair.first_is_reversed, pair.second_is_reversed) == (turned, False)
    arcsec_a_pixel = 1.8
    assert pair.rate_arcsec_s == pytest.approx(RATE_PX_S * arcsec_a_pixel, rel=0.01)


def test_trail_of_another_length_or_line_is_another_object(none_known: Known) -> None:
    first = taken(none_known, 0.0, along(0.0))
    x1, y1, x2, y2 = along(10.0)
    short = [x1, y1, (x1 + x2) / 2.0, (y1 + y2) / 2.0]
    beside = [x1, y1 + 300.0, x2, y2 + 300.0]
    for way in (short, beside):
        assert followed([first, taken(none_known, 10.0, way)]) == []


def test_images_long_after_each_other_tell_nothing(none_known: Known) -> None:
    first = taken(none_known, 0.0, along(0.0))
    exposure, found = taken(none_known, 10.0, along(10.0))
    later = replace(exposure, start_mjd=exposure.start_mjd + 0.1)
    assert followed([first, (later, found)]) == []
