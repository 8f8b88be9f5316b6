"""Rows for each step of time within crossings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from satvo.resources.ephemeris.apparent import radec_deg, sky_axes
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.columns import STEP_FIELDS, arrow_table
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict, predict_by_day
from satvo.schemas.errors import BadParameter, LimitExceeded

DAY = 59775.0
SECOND = 1.0 / 86400.0
ARCSEC = 1.0
SITE = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)


class Flat:
    """A WCS of one pixel an arcsecond, by the tangent plane."""

    def __init__(self, field: Circle) -> None:
        self._centre = field.centre
        self._axes = sky_axes(field.centre)

    def world_to_pixel_values(self, ra: Any, dec: Any) -> tuple[Any, Any]:
        a, d = np.radians(ra), np.radians(dec)
        u = np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=-1)
        x, y = (u @ axis / (u @ self._centre) * 206264.806 for axis in self._axes)
        return 99.0 - x, 99.0 + y


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    drawn = np.random.default_rng(1)
    count = 1500
    columns = {
        "norad_id": 1 + np.arange(count), "epoch_mjd": np.full(count, DAY),
        "mean_motion": np.full(count, 15.1), "eccentricity": np.full(count, 1e-3),
        "inclination": drawn.uniform(50, 100, count),
        "ra_of_asc_node": drawn.uniform(0, 360, count),
        "arg_of_pericenter": np.zeros(count), "mean_anomaly": drawn.uniform(0, 360, count),
        "mag_std": np.full(count, 5.0),
    }  # fmt: skip
    return Catalogue(Elements.of_columns({name: each.tolist() for name, each in columns.items()}))


def exposure(name: str = "a", **changed: Any) -> Exposure:
    plain = Exposure(name, DAY + 0.3, 120.0, Circle.of(330.0, -30.0, 30.0))
    return replace(plain, **changed)


def test_no_steps_unless_asked_for(catalogue: Catalogue) -> None:
    assert predict([exposure()], SITE, catalogue).steps is None
    assert Options().step_s is None


def test_steps_are_counted_from_the_start_and_lie_within_their_crossing(
    catalogue: Catalogue,
) -> None:
    asked = [exposure("b", start_mjd=DAY + 0.31), exposure("a")]
    found = predict_by_day(asked, SITE, lambda noon: catalogue, Options(step_s=5.0))
    steps, rows = found.steps, found.columns
    assert steps is not None
    assert len(rows["norad_id"]) > 5
    order = [
        (["b", "a"].index(e), t)
        for e, t in zip(steps["exposure_id"], steps["epoch_mjd"], strict=True)
    ]
    assert order == sorted(order)
    for i in range(len(rows["norad_id"])):
        mine = (steps["exposure_id"] == rows["exposure_id"][i]) & (
            steps["streak_id"] == rows["streak_id"][i]
        )
        start = asked[["b", "a"].index(rows["exposure_id"][i])].start_mjd
        times = steps["epoch_mjd"][mine]
        inside = start + np.arange(0, 25) * 5.0 * SECOND
        slack = 1e-3 * SECOND
        inside = inside[(inside >= rows["t_min"][i] - slack) & (inside <= rows["t_max"][i] + slack)]
        if len(inside):
            assert times == pytest.approx(inside, abs=slack)
        assert set(steps["norad_id"][mine]) == {rows["norad_id"][i]}
        assert steps["illuminated"][mine].any() <= rows["illuminated"][i]


def test_chord_shorter_than_a_step_has_one_row_where_it_is_nearest(catalogue: Catalogue) -> None:
    found = predict([exposure()], SITE, catalogue, Options(step_s=10_000.0))
    assert found.steps is not None
    late = found.columns["t_min"] > exposure().start_mjd
    assert late.sum() > 1
    for number, t_mid in zip(
        found.columns["norad_id"][late], found.columns["t_mid"][late], strict=True
    ):
        (row,) = np.flatnonzero(found.steps["norad_id"] == number)
        assert found.steps["epoch_mjd"][row] == t_mid


def test_place_in_the_field_is_that_of_the_sky_and_of_the_image(catalogue: Catalogue) -> None:
    image = exposure()
    image = replace(image, wcs=Flat(image.field))  # type: ignore[arg-type]
    steps = predict([image], SITE, catalogue, Options(step_s=7.0)).steps
    assert steps is not None
    a, d = np.radians(steps["ra"]), np.radians(steps["dec"])
    u = np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=1)
    away = np.degrees(np.arccos(u @ image.field.centre))
    flat = np.hypot(steps["offset_east"], steps["offset_north"])
    assert flat == pytest.approx(np.tan(np.radians(away)) * 206264.806, abs=ARCSEC)
    assert (away <= 30.0 + 1e-6).all()
    # FITS counts from 1.
    assert steps["x"] == pytest.approx(100.0 - steps["offset_east"], abs=ARCSEC)
    assert steps["y"] == pytest.approx(100.0 + steps["offset_north"], abs=ARCSEC)
    plain = predict([exposure()], SITE, catalogue, Options(step_s=7.0)).steps
    assert plain is not None
    assert np.isnan(plain["x"]).all()


def test_telescope_that_stands_still_has_its_field_where_it_stands(catalogue: Catalogue) -> None:
    still = exposure(tracks=False, duration_s=600.0)
    steps = predict([still], SITE, catalogue, Options(step_s=20.0)).steps
    assert steps is not None
    away = np.degrees(np.arctan(np.hypot(steps["offset_east"], steps["offset_north"]) / 206264.806))
    assert (away <= 30.0 + 1e-3).all()
    # The sky has turned by up to 1.25 deg since the start.
    ra, dec = radec_deg(still.field.centre)
    assert (abs((steps["ra"] - ra + 180) % 360 - 180) > 1.0).any()
    assert np.isfinite(steps["dec"] - dec).all()


def test_only_what_is_in_the_answer_has_steps(catalogue: Catalogue) -> None:
    lit = predict([exposure()], SITE, catalogue, Options(step_s=5.0, illuminated_only=True))
    assert lit.steps is not None
    assert set(lit.steps["norad_id"]) == set(lit.columns["norad_id"])
    nothing = predict(
        [exposure(field=Circle.of(330.0, -30.0, 0.001))], SITE, catalogue, Options(step_s=5.0)
    )
    assert nothing.steps is not None
    table = arrow_table(nothing.steps, STEP_FIELDS)
    assert (table.num_rows, table.column_names[0]) == (0, "exposure_id")


def test_too_many_steps_are_refused_before_they_are_worked_out(catalogue: Catalogue) -> None:
    with pytest.raises(LimitExceeded, match="more than 200000 rows of steps; take a longer step"):
        predict([exposure()], SITE, catalogue, Options(step_s=1e-4))


@pytest.mark.parametrize("step", [0.0, -1.0, 1e9, float("nan")])
def test_step_that_is_none_is_refused(step: float) -> None:
    with pytest.raises(BadParameter, match="step_s="):
        Options(step_s=step)
