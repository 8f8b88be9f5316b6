"""Rows of satvo.ephemeris: all that is above the horizon, nothing else, and as it is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from filled_skies import DAY, SITES, satellites, seen_by_force
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.filling.above import (
    count_above,
    ephemeris_rows,
    microseconds,
)
from satvo.resources.passes.light import brightness_of
from satvo.resources.passes.predict import Catalogue
from satvo.schemas.ephemeris import EPHEMERIS
from satvo.schemas.store.interface import arrow_schema

MJD = DAY + np.arange(0.0, 0.5, 300 / 86400)
same_place_deg = 1e-9
one_microsecond_d = 1e-6 / 86400


def rows_of(elements: Elements, observer: GroundObserver, max_age_d: float = 30.0) -> pa.Table:
    frames = Frames.at(MJD)
    return ephemeris_rows(
        Catalogue(elements), brightness_of(elements), observer, frames, max_age_d=max_age_d
    )


@pytest.mark.parametrize("observer", SITES, ids=lambda o: o.name)
def test_all_that_is_above_the_horizon_is_there_and_nothing_else(observer: GroundObserver) -> None:
    elements = satellites()
    rows = rows_of(elements, observer)
    assert rows.schema == arrow_schema(EPHEMERIS)
    found = set(zip(rows["norad_id"].to_pylist(), rows["epoch_mjd"].to_pylist(), strict=True))
    assert len(found) == rows.num_rows
    expected = set()
    for i in range(len(elements)):
        seen = seen_by_force(elements, i, observer, MJD)
        up = np.flatnonzero(seen.alt > 0.0)
        expected |= {(int(elements.norad_id[i]), t) for t in MJD[up].tolist()}
    assert found == expected
    assert len(found) > 1000
    keys = list(zip(rows["epoch_mjd"].to_pylist(), rows["norad_id"].to_pylist(), strict=True))
    assert keys == sorted(keys)


def test_a_row_says_what_is_seen() -> None:
    elements = replace(satellites(), mag_std=np.full(len(satellites()), 5.0))
    rows = rows_of(elements, SITES[0])
    number = max(rows["norad_id"].to_pylist())
    own = rows.filter(pa.compute.equal(rows["norad_id"], number))
    seen = seen_by_force(elements, number - 1, SITES[0], own["epoch_mjd"].to_numpy())
    for name in ("ra", "dec", "az", "alt"):
        np.testing.assert_allclose(own[name], getattr(seen, name), rtol=0, atol=same_place_deg)
    np.testing.assert_allclose(own["range"], seen.range, rtol=1e-12)
    np.testing.assert_array_equal(own["illuminated"], seen.sun_frac > 0)
    np.testing.assert_allclose(
        own["gp_age"], own["epoch_mjd"].to_numpy() - (DAY + 0.1), rtol=0, atol=1e-6
    )
    assert set(own["observer_id"].to_pylist()) == {"rubin"}
    assert set(own["gp_id"].to_pylist()) == {number * 10}
    lit = np.asarray(own["illuminated"])
    assert np.array_equal(np.asarray(own["mag"].is_null()), ~lit)
    stamps = own["epoch"].cast(pa.int64()).to_numpy() / 86400e6 + 40587
    np.testing.assert_allclose(stamps, own["epoch_mjd"], rtol=0, atol=one_microsecond_d)


def test_what_was_not_there_and_what_is_too_old_has_no_rows() -> None:
    elements = satellites()
    nothing = np.full(len(elements), np.nan)
    whole = rows_of(elements, SITES[0]).num_rows
    launched = replace(elements, launch_mjd=np.where(elements.norad_id > 90, DAY + 1, nothing))
    assert max(rows_of(launched, SITES[0])["norad_id"].to_pylist()) <= 90
    decayed = replace(elements, decay_mjd=np.where(elements.norad_id > 90, DAY - 1, nothing))
    assert max(rows_of(decayed, SITES[0])["norad_id"].to_pylist()) <= 90
    today = replace(elements, decay_mjd=np.full(len(elements), DAY))
    assert rows_of(today, SITES[0]).num_rows == whole
    old = rows_of(elements, SITES[0], max_age_d=0.05)["epoch_mjd"].to_numpy()
    assert old.min() >= DAY + 0.05
    assert old.max() <= DAY + 0.15


def test_no_satellite_makes_no_row_and_its_columns() -> None:
    nobody = satellites()[np.zeros(0, dtype=np.int64)]
    assert rows_of(nobody, SITES[0]).schema == arrow_schema(EPHEMERIS)
    assert count_above(Catalogue(nobody), SITES[0], Frames.at(MJD[:2])) == 0


def test_rows_are_counted_before_they_are_made() -> None:
    elements = satellites()
    counted = count_above(Catalogue(elements), SITES[0], Frames.at(MJD)) * len(MJD)
    assert counted == pytest.approx(rows_of(elements, SITES[0]).num_rows, rel=0.01)


def test_midnight_is_no_microsecond_early() -> None:
    assert microseconds(np.array([40587.0, 60000.0])).tolist() == [0, 19413 * 86400 * 10**6]
