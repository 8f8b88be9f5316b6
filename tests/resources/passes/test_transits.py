"""Rows of the transit list: what they say of a crossing, and what becomes of the odd ones."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from satvo.resources.ephemeris.apparent import apparent, radec_deg
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.columns import FIELDS, arrow_table
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Apertures, Circle, Polygon, direction_of, rectangle
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, Prediction, predict, predict_by_day
from satvo.schemas.errors import BadParameter

EPOCH = 59775.0
SITE = GroundObserver.geodetic(10.0, 48.0, 500.0, "here")


def elements(count: int = 1, **changed: Any) -> Elements:
    """A string of satellites one after the other in a low orbit."""
    columns: dict[str, Any] = {
        "norad_id": list(range(1, count + 1)),
        "gp_id": list(range(101, 101 + count)),
        "epoch_mjd": [EPOCH] * count,
        "mean_motion": [15.06] * count,
        "eccentricity": [0.0002] * count,
        "inclination": [53.0] * count,
        "ra_of_asc_node": [40.0] * count,
        "arg_of_pericenter": [0.0] * count,
        "mean_anomaly": [0.5 * i for i in range(count)],
        "object_name": [f"SAT {i}" for i in range(count)],
        "constellation": ["starlink"] * count,
    } | changed
    return Elements.of_columns(columns)


def overhead(catalogue: Catalogue) -> tuple[float, float, float]:
    """When the first satellite stands highest over the site, and where it is then."""
    mjd = EPOCH + np.arange(0, 86400, 20.0) / 86400
    frames = Frames.at(mjd)
    states = catalogue.orbits.along(np.array([0]), mjd[None])
    seen = apparent(
        rotate(frames.teme_to_gcrs, states.position[0]),
        rotate(frames.teme_to_gcrs, states.velocity[0]),
        SITE,
        frames,
    )
    best = int(np.argmax(seen.alt))
    assert seen.alt[best] > 30
    return float(mjd[best]), float(seen.ra[best]), float(seen.dec[best])


def through_the_middle(**options: Any) -> tuple[Prediction, Exposure]:
    catalogue = Catalogue(elements())
    mjd, ra, dec = overhead(catalogue)
    exposure = Exposure("e", mjd - 15 / 86400, 30.0, Circle.of(ra, dec, 1.0))
    return predict([exposure], SITE, catalogue, Options(**options)), exposure


def test_row_tells_of_a_crossing_through_the_middle() -> None:
    found, exposure = through_the_middle()
    assert len(found) == 1
    row = {name: values[0] for name, values in found.columns.items()}
    assert (row["norad_id"], row["gp_id"], row["exposure_id"]) == (1, 101, "e")
    assert (row["observer_id"], row["kind"], row["streak_id"]) == ("here", "fov", 1)
    assert row["t_min"] < row["t_mid"] < row["t_max"]
    assert row["t_mid"] == pytest.approx(exposure.middle_mjd, abs=0.01 / 86400)
    assert row["miss_dist"] < 20.0
    ends = np.array(
        [
            direction_of(row["ra_start"], row["dec_start"]),
            direction_of(row["ra_end"], row["dec_end"]),
        ]
    )
    apart = np.degrees(np.arccos(ends @ exposure.field.centre))
    assert apart == pytest.approx([1.0, 1.0], abs=1e-4)
    assert row["trail_length"] == pytest.approx(7200.0, rel=0.001)
    assert row["rate"] * row["t_cross"] == pytest.approx(7200.0, rel=0.01)
    assert row["p_cross"] > 0.99
    assert row["gp_age"] == pytest.approx(row["t_mid"] - EPOCH)
    assert row["warning"] is None
    # Starlink along the track: t_err is that of the age, at 7.6 km/s.
    assert row["t_err"] == pytest.approx(
        np.interp(row["gp_age"], [0, 0.5, 1], [1, 6.9, 17]) / 7.6, rel=0.02
    )


def test_swath_holds_the_trail_and_is_wound_counter_clockwise() -> None:
    found, _ = through_the_middle()
    corners = np.reshape(found.columns["s_region"][0], (4, 2))
    field = Polygon.of(corners.tolist())
    middle = direction_of(found.columns["s_ra"][0], found.columns["s_dec"][0])
    start = direction_of(found.columns["ra_start"][0], found.columns["dec_start"][0])
    assert field.contains(np.array([middle, start])).all()
    around = np.cross(field.vertices[0] - middle, field.vertices[1] - middle)
    assert around @ middle > 0


def test_crossing_at_the_edge_of_the_exposure_is_as_likely_as_not() -> None:
    catalogue = Catalogue(elements())
    mjd, ra, dec = overhead(catalogue)
    # The shutter opens when the satellite is just in the middle: half of its error is too early.
    field = Circle.of(ra, dec, 0.01)
    late = Exposure("late", mjd, 30.0, field)
    early = Exposure("early", mjd - 15 / 86400, 30.0, field)
    (half,) = predict([late], SITE, catalogue).columns["p_cross"]
    (whole,) = predict([early], SITE, catalogue).columns["p_cross"]
    assert half == pytest.approx(whole / 2, rel=0.1)
    (sure,) = predict(
        [Exposure("wide", mjd, 30.0, Circle.of(ra, dec, 5.0))], SITE, catalogue
    ).columns["p_cross"]
    assert sure > 0.7


def test_many_crossings_are_numbered_as_they_come() -> None:
    catalogue = Catalogue(elements(20))
    mjd, ra, dec = overhead(catalogue)
    field = rectangle(ra, dec, 4.0, 4.0, 20.0)
    first = Exposure("z", mjd - 60 / 86400, 60.0, field)
    second = Exposure("a", mjd - 30 / 86400, 90.0, field)
    found = predict([first, second], SITE, catalogue)
    names = found.columns["exposure_id"].tolist()
    assert names == sorted(names, key=["z", "a"].index)  # as they were asked, then by time
    for name in ("z", "a"):
        these = np.array(names) == name
        assert these.sum() > 2
        assert (np.diff(found.columns["t_min"][these]) > 0).all()
        assert found.columns["streak_id"][these].tolist() == list(range(1, these.sum() + 1))
    assert len(set(found.columns["transit_id"])) == len(found)


def test_fibres_are_crossed_one_by_one() -> None:
    catalogue = Catalogue(elements())
    mjd, ra, dec = overhead(catalogue)
    path = predict(
        [Exposure("e", mjd - 15 / 86400, 30.0, Circle.of(ra, dec, 1.0))], SITE, catalogue
    )
    on_it = [[path.columns["ra_start"][0], path.columns["dec_start"][0]], [ra, dec]]
    beside = [[ra, dec + 0.7], [(ra + 1.0) % 360, dec - 0.9]]
    fibres = Apertures.of([*on_it, *beside], 0.02, ["start", "middle", "north", "east"])
    found = predict([Exposure("f", mjd - 15 / 86400, 30.0, fibres)], SITE, catalogue)
    assert sorted(found.columns["aperture_id"].tolist()) == ["middle", "start"]
    assert set(found.columns["streak_id"].tolist()) == {1}


class _Wcs:
    """Ten pixels to the degree, about a place at pixel 51 as FITS counts."""

    def __init__(self, ra: float, dec: float) -> None:
        self._place = ra, dec

    def world_to_pixel_values(self, ra: Any, dec: Any) -> tuple[Any, Any]:
        east = (np.asarray(ra) - self._place[0] + 180) % 360 - 180
        return 50 + 10 * east * np.cos(np.radians(self._place[1])), 50 + 10 * (dec - self._place[1])


def test_ends_of_the_trail_are_told_in_pixels_where_a_wcs_is_given() -> None:
    catalogue = Catalogue(elements())
    mjd, ra, dec = overhead(catalogue)
    field = Circle.of(ra, dec, 1.0)
    plain = Exposure("plain", mjd - 15 / 86400, 30.0, field)
    found = predict(
        [plain, dataclasses.replace(plain, id="image", wcs=_Wcs(ra, dec))], SITE, catalogue
    )
    assert np.isnan(found.columns["x_start"][0])
    ends = [found.columns[n][1] for n in ("x_start", "y_start", "x_end", "y_end")]
    assert np.hypot(ends[0] - 51, ends[1] - 51) == pytest.approx(10.0, abs=0.2)
    assert np.hypot(ends[2] - 51, ends[3] - 51) == pytest.approx(10.0, abs=0.2)


def test_satellites_that_were_not_there_and_old_elements_are_left_out_and_counted() -> None:
    catalogue = Catalogue(elements())
    mjd, ra, dec = overhead(catalogue)
    exposure = Exposure("e", mjd - 15 / 86400, 30.0, Circle.of(ra, dec, 1.0))
    for changed, reason in (
        ({"launch_mjd": [mjd + 5]}, "not-yet-launched"),
        ({"decay_mjd": [mjd - 5]}, "decayed"),
    ):
        found = predict([exposure], SITE, Catalogue(elements(**changed)))
        assert (len(found), found.left_out) == (0, {reason: 1})
    found = predict([exposure], SITE, catalogue, Options(max_age_d=0.01))
    assert (len(found), found.left_out) == (0, {"old-elements": 1})


def test_elements_of_sixty_days_are_left_out_unless_wanted_and_then_marked() -> None:
    catalogue = Catalogue(elements())
    days = 60
    whole_sky = [
        Exposure(f"{i}", EPOCH + days + i / 288, 300.0, Circle.of(ra, 48.0, 60.0))
        for i, ra in enumerate(np.linspace(0, 359, 288).tolist())
    ]
    found = predict(whole_sky, SITE, catalogue)
    assert len(found) == 0
    assert found.left_out["old-elements"] > 0
    found = predict(whole_sky, SITE, catalogue, Options(max_age_d=90.0))
    assert len(found) > 0
    assert set(found.columns["warning"]) == {"stale-elements"}
    assert found.columns["t_err"].min() > 100  # minutes along the track


def test_shadow_and_magnitude_limit_leave_out_and_count() -> None:
    found, _ = through_the_middle()
    lit = bool(found.columns["illuminated"][0])
    only, _ = through_the_middle(illuminated_only=True)
    assert len(only) == int(lit)
    if lit:
        mag = float(found.columns["mag"][0])
        assert 2 < mag < 9
        assert len(through_the_middle(mag_limit=mag + 0.1)[0]) == 1
        faint, _ = through_the_middle(mag_limit=mag - 0.1)
        assert faint.left_out == {"faint": 1}


def test_one_identifier_for_two_exposures_is_refused() -> None:
    twin = Exposure("e", EPOCH, 30.0, Circle.of(10.0, 10.0, 1.0))
    for ask in (
        lambda: predict([twin, twin], SITE, Catalogue(elements())),
        lambda: predict_by_day([twin, twin], SITE, lambda day: Catalogue(elements())),
    ):
        with pytest.raises(BadParameter, match="'e' comes twice"):
            ask()


def test_each_day_has_its_own_elements_and_rows_stay_in_order() -> None:
    asked = []

    def catalogue_of(day: float) -> Catalogue:
        asked.append(day)
        return Catalogue(elements(5, epoch_mjd=[day] * 5, gp_id=[int(day)] * 5))

    exposures = [
        Exposure(f"{i}", EPOCH + 3 - i / 96, 600.0, Circle.of(20.0 * (i % 18), 45.0, 30.0))
        for i in range(96)
    ]
    told: list[float] = []
    found = predict_by_day(exposures, SITE, catalogue_of, progress=told.append)
    assert asked == [EPOCH + 2.5, EPOCH + 3.5]
    assert told[-1] == 1.0
    order = [int(name) for name in found.columns["exposure_id"]]
    assert order == sorted(order)
    assert set(found.columns["gp_id"].tolist()) <= {59777, 59778}


def test_no_satellite_and_no_crossing_give_a_table_without_rows() -> None:
    exposure = Exposure("e", EPOCH, 30.0, Circle.of(10.0, 10.0, 0.001))
    for catalogue in (Catalogue(elements()[:0]), Catalogue(elements())):
        table = arrow_table(predict([exposure], SITE, catalogue).columns)
        assert table.num_rows == 0
        assert table.column_names == [field.name for field in FIELDS]


def test_telescope_that_stands_still_sees_other_satellites_than_one_that_tracks() -> None:
    catalogue = Catalogue(elements())
    mjd, ra, dec = overhead(catalogue)
    # A narrow field that the sky has turned away from by the end of an hour.
    field = Circle.of(ra, dec, 1.0)
    start = mjd - 3580 / 86400
    tracks = Exposure("tracks", start, 3600.0, field)
    stands = Exposure("stands", start, 3600.0, field, tracks=False)
    found = predict([tracks, stands], SITE, catalogue)
    assert set(found.columns["exposure_id"]) == {"tracks"}
    # It does see it where its field has turned to: half an hour of the Earth later.
    frames = Frames.at(np.array([stands.middle_mjd, mjd]))
    turned = frames.itrs_to_gcrs[0] @ (frames.itrs_to_gcrs[1].T @ field.centre)
    there = Circle.of(*(float(x) for x in radec_deg(turned)), 1.0)
    again = predict([dataclasses.replace(stands, field=there)], SITE, catalogue)
    assert len(again) == 1
    assert again.columns["t_mid"][0] == pytest.approx(mjd, abs=3 / 86400)
