"""Trails from transit lists: what rows and steps tell, what is left out, what is refused."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.table import MaskedColumn, Table
from astropy.wcs import WCS
from satvo.resources.trails.courses import Course, LightCurve
from satvo.resources.trails.given import columns_of, read_columns, read_rate
from satvo.resources.trails.transits import courses_from_transits, trails_from_transits
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of

START = datetime(2026, 11, 22, 20, 0, 0)
EXPOSURE_S = 20.0
ZERO_POINT = 22.0
BEGIN = mjd_of(START)


def wcs_at(ra: float = 40.0, dec: float = 30.0) -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], [ra, dec], [500, 500]
    wcs.wcs.cd = np.diag([-5.0, 5.0]) / 3600.0
    return wcs


def row(**other: object) -> dict[str, object]:
    """A level pass along a parallel, from 5 s to 7 s, 1000 arcsec/s eastward."""
    half = 1000.0 / 3600.0 / math.cos(math.radians(30.0))
    told = {
        "t_min": BEGIN + 5.0 / 86400, "t_mid": BEGIN + 6.0 / 86400, "t_max": BEGIN + 7.0 / 86400,
        "ra_start": 40.0 - half, "dec_start": 30.0, "s_ra": 40.0, "s_dec": 30.0,
        "ra_end": 40.0 + half, "dec_end": 30.0, "rate": 1000.0, "pos_angle": 90.0, "mag": 5.0,
        "range_min": 700.0, "norad_id": 12345, "object_name": "THING", "illuminated": True,
        "kind": "fov", "exposure_id": "a", "aperture_id": None,
    }  # fmt: skip
    return told | other


def columns(*rows: dict[str, object]) -> dict[str, np.ndarray]:
    found = {}
    for name in rows[0]:
        values = [each[name] for each in rows]
        numbers = all(type(value) in (float, int) for value in values)
        found[name] = np.array(values, dtype=None if numbers else object)
    return found


def test_a_row_gives_a_path_with_its_times_and_places() -> None:
    wcs = wcs_at()
    found = trails_from_transits(columns(row()), wcs, START, EXPOSURE_S, ZERO_POINT)
    (trail,) = found.trails
    assert found.left_out == {}
    told = row()
    for second, ra in ((5.0, told["ra_start"]), (6.0, 40.0), (7.0, told["ra_end"])):
        (x,), (y,) = wcs.all_world2pix([ra], [30.0], 0)
        at = np.array([second / EXPOSURE_S])
        # 0.02 pixel are 0.1 ms of its motion: an MJD has 1 us.
        assert trail.path.at(at)[0][0] == pytest.approx(x, abs=0.02)
        assert trail.path.at(at)[1][0] == pytest.approx(y, abs=0.02)
    assert trail.electrons_s == pytest.approx(10 ** (-0.4 * (5.0 - ZERO_POINT)))
    assert (trail.mag, trail.range_km, trail.norad_id, trail.name) == (5.0, 700.0, 12345, "THING")
    assert trail.law is None
    # It goes on a little beyond the edge of the field, but not beyond the exposure.
    assert 0.0 < trail.path.t[0] < 5.0 / EXPOSURE_S
    assert 7.0 / EXPOSURE_S < trail.path.t[-1] < 1.0


def test_a_trail_that_begins_with_the_exposure_does_not_begin_before() -> None:
    early = row(t_min=BEGIN, t_mid=BEGIN + 1 / 86400, t_max=BEGIN + 2 / 86400)
    (trail,) = trails_from_transits(columns(early), wcs_at(), START, EXPOSURE_S, ZERO_POINT).trails
    assert trail.path.t[0] == 0.0
    assert trail.path.at(np.array([0.0]))[0][0] == pytest.approx(
        wcs_at().all_world2pix([early["ra_start"]], [30.0], 0)[0][0], abs=0.02
    )


@pytest.mark.parametrize("middle", ["t_min", "t_max"])
def test_a_crossing_that_is_nearest_at_its_edge(middle: str) -> None:
    """Two places and a velocity at one of them, as of a grazing crossing."""
    end = {"t_min": "start", "t_max": "end"}[middle]
    grazing = row(t_mid=row()[middle], s_ra=row()[f"ra_{end}"], s_dec=row()[f"dec_{end}"])
    (trail,) = trails_from_transits(
        columns(grazing), wcs_at(), START, EXPOSURE_S, ZERO_POINT
    ).trails
    (x,), _ = wcs_at().all_world2pix([40.0], [30.0], 0)
    # Without the middle, its bend follows from the velocity, which is east at the edge: 2 pixels.
    assert trail.path.at(np.array([6.0 / EXPOSURE_S]))[0][0] == pytest.approx(x, abs=2.0)


def test_a_crossing_of_a_corner_goes_by_its_velocity() -> None:
    short = row(
        t_min=BEGIN + 6.0 / 86400 - 2e-9, t_max=BEGIN + 6.0 / 86400 + 2e-9,
        ra_start=40.0, ra_end=40.0,
    )  # fmt: skip
    (trail,) = trails_from_transits(columns(short), wcs_at(), START, EXPOSURE_S, ZERO_POINT).trails
    speed = trail.rate_px_s * 5.0
    assert speed == pytest.approx(1000.0, rel=0.01)
    assert abs(np.ptp(trail.path.y)) < 0.1


def test_what_is_left_out_is_told() -> None:
    rows = columns(
        row(),
        row(exposure_id="b"),
        row(kind="pass"),
        row(aperture_id="fibre 7"),
        row(t_min=BEGIN + 1.0, t_mid=BEGIN + 1.1, t_max=BEGIN + 1.2),
        row(mag=math.nan),
        row(mag=math.nan, illuminated=False),
        row(ra_start=220.0, s_ra=220.3, ra_end=220.6, dec_start=-30.0, s_dec=-30.0, dec_end=-30.0),
    )
    found = trails_from_transits(rows, wcs_at(), START, EXPOSURE_S, ZERO_POINT, exposure_id="a")
    assert len(found.trails) == 1
    assert found.left_out == {
        "other-exposure": 1, "no-crossing": 1, "aperture": 1, "other-time": 1, "no-magnitude": 2,
        "other-field": 1,
    }  # fmt: skip
    given = trails_from_transits(
        rows, wcs_at(), START, EXPOSURE_S, ZERO_POINT, exposure_id="a", default_mag=7.0
    )
    assert [trail.mag for trail in given.trails] == [5.0, 7.0]
    assert given.left_out["no-magnitude"] == 1


def test_magnitudes_are_brought_into_the_band() -> None:
    (trail,) = trails_from_transits(
        columns(row()), wcs_at(), START, EXPOSURE_S, ZERO_POINT, colour=-0.4
    ).trails
    assert trail.mag == pytest.approx(4.6)


def test_steps_tell_the_shadow_and_the_light_on_the_way() -> None:
    at = np.linspace(5.0, 7.0, 21)
    half = 1000.0 / 3600.0 / math.cos(math.radians(30.0))
    steps = {
        "norad_id": np.full(21, 12345), "epoch_mjd": BEGIN + at / 86400,
        "ra": 40.0 + (at - 6.0) * half, "dec": np.full(21, 30.0),
        "mag": np.where(at < 6.05, 5.0 + (at - 5.0), np.nan), "illuminated": at < 6.05,
        "range": 700.0 + at,
    }  # fmt: skip
    ((course,), left_out) = courses_from_transits(columns(row()), START, EXPOSURE_S, steps=steps)
    assert left_out == {}
    law = course.law(EXPOSURE_S)
    assert law is not None
    lit = law(np.array([5.0, 5.5, 6.0, 6.2, 7.0]) / EXPOSURE_S)
    # Magnitudes 5, 5.5 and 6, then the shadow.
    assert lit == pytest.approx([1.0, 10**-0.2, 10**-0.4, 0.0, 0.0], abs=0.02)
    assert course.nearest_km == pytest.approx(705.0)


def test_a_light_curve_integrates_to_its_area() -> None:
    """Against the trapezium rule on a million points; 1e-9."""
    law = LightCurve(np.array([0.2, 0.5, 0.9]), np.array([1.0, 0.25, 0.0]))
    fine = np.linspace(0.0, 1.0, 1_000_001)
    values = law(fine)
    for upto in (0.1, 0.35, 0.8, 1.0):
        count = round(upto * 1e6)
        area = float(((values[1 : count + 1] + values[:count]) / 2e6).sum())
        assert law.integral(np.array([upto]))[0] == pytest.approx(area, abs=1e-9)


def test_a_satellite_behind_the_plane_has_no_path() -> None:
    course = Course(
        np.array([0.0, 1.0]), np.array([220.0, 221.0]), np.array([-30.0, -30.0]),
        np.array([5.0, 5.0]), np.array([700.0, 700.0]),
    )  # fmt: skip
    assert course.path(wcs_at(), EXPOSURE_S) is None
    dark = Course(course.seconds, course.ra, course.dec, course.mag * np.nan, course.range_km)
    with pytest.raises(BadParameter, match="no magnitude"):
        dark.trail(wcs_at(), EXPOSURE_S, ZERO_POINT)


def test_right_ascensions_across_zero_are_one_way() -> None:
    wcs = wcs_at(0.0, 30.0)
    half = 1000.0 / 3600.0 / math.cos(math.radians(30.0))
    (trail,) = trails_from_transits(
        columns(row(ra_start=360.0 - half, s_ra=0.0, ra_end=half)),
        wcs, START, EXPOSURE_S, ZERO_POINT,
    ).trails  # fmt: skip
    assert trail.length_px == pytest.approx(2000.0 * 1.2 / 5.0, rel=0.01)


def test_missing_columns_and_images_without_a_wcs_are_refused() -> None:
    rows = columns(row())
    lacking = {name: values for name, values in rows.items() if name not in ("t_mid", "s_ra")}
    with pytest.raises(BadParameter, match="no column t_mid, s_ra"):
        trails_from_transits(lacking, wcs_at(), START, EXPOSURE_S, ZERO_POINT)
    for nothing in (None, WCS(naxis=2)):
        with pytest.raises(BadParameter, match="no celestial WCS"):
            trails_from_transits(rows, nothing, START, EXPOSURE_S, ZERO_POINT)
    with pytest.raises(BadParameter, match="exposure -1"):
        trails_from_transits(rows, wcs_at(), START, -1.0, ZERO_POINT)
    with pytest.raises(BadParameter, match="steps: no column epoch_mjd"):
        trails_from_transits(
            rows, wcs_at(), START, EXPOSURE_S, ZERO_POINT, steps={"norad_id": np.zeros(1)}
        )


def test_tables_of_astropy_with_masks_are_read() -> None:
    table = Table(columns(row(), row()))
    table["mag"] = MaskedColumn([5.0, 6.0], mask=[False, True])
    found = trails_from_transits(table, wcs_at(), START, EXPOSURE_S, ZERO_POINT)
    assert (len(found.trails), found.left_out) == (1, {"no-magnitude": 1})


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".vot", ".fits"])
def test_files_give_the_same_trail(suffix: str, tmp_path: Path) -> None:
    told = {name: value for name, value in row().items() if value is not None}
    table = Table({name: [value] for name, value in told.items()})
    path = tmp_path / f"transits{suffix}"
    table.write(path, format={".vot": "votable", ".ecsv": "ascii.ecsv"}.get(suffix))
    (trail,) = trails_from_transits(
        read_columns(path), wcs_at(), START, EXPOSURE_S, ZERO_POINT
    ).trails
    (same,) = trails_from_transits(columns(row()), wcs_at(), START, EXPOSURE_S, ZERO_POINT).trails
    np.testing.assert_allclose(trail.path.x, same.path.x, atol=1e-6)
    assert (trail.norad_id, trail.name, trail.mag) == (12345, "THING", 5.0)


def test_a_list_without_a_row_gives_no_trail(tmp_path: Path) -> None:
    path = tmp_path / "none.ecsv"
    numbers = {name: [value] for name, value in row().items() if type(value) is float}
    Table(numbers)[:0].write(path, format="ascii.ecsv")
    found = trails_from_transits(read_columns(path), wcs_at(), START, EXPOSURE_S, ZERO_POINT)
    assert (found.trails, found.left_out) == ((), {})


def test_arrow_columns_keep_what_is_null() -> None:
    found = columns_of(
        pa.table(
            {"A": [1, None], "b": [True, None], "c": ["x", None], "d": [1.5, None], "e": [1, 2]}
        )
    )
    assert found["a"][0] == 1.0
    assert np.isnan(found["a"][1])
    assert found["b"].tolist() == [True, None]
    assert found["c"].tolist() == ["x", None]
    assert np.isnan(found["d"][1])
    assert found["e"].dtype.kind == "i"


def test_rates_are_read_from_text_and_files(tmp_path: Path) -> None:
    rate = read_rate("10@4:6,2@2:4", counted="entering")
    assert rate.total_per_deg2_h == 12.0
    assert rate.counted == "entering"
    path = tmp_path / "rates.csv"
    path.write_text("mag_bright,mag_faint,rate\n2,4,2\n4,6,10\n")
    assert read_rate(str(path)).per_deg2_h.tolist() == [2.0, 10.0]
    path.write_text("mag,rate\n2,4\n")
    with pytest.raises(BadParameter, match="no column mag_bright, mag_faint"):
        read_rate(str(path))
    for wrong in ("10", "10@4", "x@4:6", "nowhere.csv", ""):
        with pytest.raises(BadParameter, match="rate"):
            read_rate(wrong)
    with pytest.raises(BadParameter, match="cannot be read"):
        read_columns(tmp_path / "none.csv")
