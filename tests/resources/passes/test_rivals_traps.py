"""The bugs of the nearest rival (SatChecker, its tracker's numbers), each a test by its symptom.

What only shows through HTTP stands in `tests/protocol/test_rivals_traps.py`.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from catalogues import elements_of_sets
from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import ElementSet

DAY = 59775.0
SITE = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)
NORTH = GroundObserver.geodetic(20.0, 78.0, 100.0)


def elements(count: int = 3000) -> Elements:
    drawn = np.random.default_rng(9)
    columns = {
        "norad_id": 1 + np.arange(count), "gp_id": np.arange(count),
        "epoch_mjd": np.full(count, DAY), "mean_motion": np.full(count, 15.1),
        "eccentricity": np.full(count, 1e-3), "inclination": np.full(count, 97.0),
        "ra_of_asc_node": drawn.uniform(0, 360, count), "arg_of_pericenter": np.zeros(count),
        "mean_anomaly": drawn.uniform(0, 360, count),
    }  # fmt: skip
    return Elements.of_columns({name: each.tolist() for name, each in columns.items()})


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(elements())


def directions(ra: Any, dec: Any) -> np.ndarray:
    a, d = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=-1)


@pytest.mark.parametrize(("ra", "dec"), [(0.0, 78.0), (359.9, 60.0), (0.1, 88.0), (200.0, 90.0)])
def test_1_separation_is_right_at_ra_0_and_high_declination(
    catalogue: Catalogue, ra: float, dec: float
) -> None:
    """Tracker 239: it was computed on a flat sky."""
    radius = 10.0
    found = predict(
        [Exposure("e", DAY + 0.3, 300.0, Circle.of(ra, dec, radius))], NORTH, catalogue
    ).columns
    assert len(found["norad_id"]) > 5
    away = np.degrees(np.arccos(directions(found["s_ra"], found["s_dec"]) @ directions(ra, dec)))
    assert found["miss_dist"] == pytest.approx(away * 3600, abs=2.0)
    assert (away <= radius + 1e-4).all()
    # On both sides of RA 0, or all around the pole.
    assert np.ptp(found["ra_start"]) > 180


def test_2_illuminated_only_returns_no_eclipsed_satellite(catalogue: Catalogue) -> None:
    """Tracker 241."""
    asked = [
        Exposure(str(i), DAY - 0.08 + i / 48, 120.0, Circle.of(193.8 + 7.5 * i, -30.0, 40.0))
        for i in range(12)
    ]
    every = predict(asked, SITE, catalogue).columns
    lit = predict(asked, SITE, catalogue, Options(illuminated_only=True, step_s=60.0))
    assert lit.columns["illuminated"].all()
    assert len(lit) == every["illuminated"].sum()
    assert 0 < len(lit) < len(every["illuminated"])


def test_3_answers_are_in_time_order(catalogue: Catalogue) -> None:
    """Tracker 173: within each exposure, and the exposures as they were asked for."""
    asked = [
        Exposure(name, DAY + 0.3 + i / 1440, 120.0, Circle.of(330.0, -30.0, 40.0))
        for i, name in enumerate("dbca")
    ]
    found = predict(asked, SITE, catalogue).columns
    order = [
        ("dbca".index(e), t) for e, t in zip(found["exposure_id"], found["t_min"], strict=True)
    ]
    assert len(order) > 20
    assert order == sorted(order)


def test_4_range_is_never_null(catalogue: Catalogue) -> None:
    """Tracker 151."""
    asked = [Exposure("e", DAY + 0.3, 300.0, Circle.of(330.0, -30.0, 60.0))]
    found = predict(asked, SITE, catalogue, Options(step_s=30.0))
    assert len(found) > 20
    assert ((found.columns["range_min"] > 300) & (found.columns["range_min"] < 5000)).all()
    assert found.steps is not None
    assert ((found.steps["range"] > 300) & (found.steps["range"] < 5000)).all()


def test_5_bad_site_is_an_error_of_who_asks() -> None:
    """Trackers 245 and 250: it was a failure of the server."""
    with pytest.raises(BadParameter, match="lat=95"):
        GroundObserver.geodetic(0.0, 95.0, 0.0)


def test_6_time_outside_of_the_data_is_an_error_of_who_asks(catalogue: Catalogue) -> None:
    far = Exposure("e", 120_000.0, 30.0, Circle.of(0.0, 0.0, 1.0))
    with pytest.raises(BadParameter, match="orientation of the Earth"):
        predict([far], SITE, catalogue)


OMM = """[{"OBJECT_NAME": "SIX", "OBJECT_ID": "2025-001A", "EPOCH": "2022-07-15T00:00:00.000000",
"MEAN_MOTION": 15.1, "ECCENTRICITY": 0.001, "INCLINATION": 97.0, "RA_OF_ASC_NODE": 10.0,
"ARG_OF_PERICENTER": 0.0, "MEAN_ANOMALY": 20.0, "EPHEMERIS_TYPE": 0, "CLASSIFICATION_TYPE": "U",
"NORAD_CAT_ID": NUMBER, "ELEMENT_SET_NO": 999, "REV_AT_EPOCH": 1, "BSTAR": 0.0,
"MEAN_MOTION_DOT": 0.0, "MEAN_MOTION_DDOT": 0.0}]"""


def checked(line: str) -> str:
    total = sum(int(c) if c.isdigit() else c == "-" for c in line)
    return f"{line}{total % 10}"


def sets_in(text: str) -> list[ElementSet]:
    found = list(read_orbits(io.BytesIO(text.encode()), name="given"))
    assert all(isinstance(each, ElementSet) for each in found), found
    return [each for each in found if isinstance(each, ElementSet)]


@pytest.mark.parametrize("form", ["omm", "alpha-5"])
def test_7_six_figure_numbers_are_predicted_under_their_own(form: str) -> None:
    number = 312345
    if form == "omm":
        (read,) = sets_in(OMM.replace("NUMBER", str(number)))
    else:
        # 31 is X in alpha-5, which has neither I nor O.
        epoch = f"{datetime(2022, 7, 15, tzinfo=UTC):%y%j}.00000000"
        first = checked(f"1 X2345U 25001A   {epoch}  .00000000  00000-0  00000-0 0  999")
        second = checked("2 X2345  97.0000  10.0000 0010000   0.0000  20.0000 15.10000000    1")
        (read,) = sets_in(f"{first}\n{second}\n")
    assert read.norad_id == number
    catalogue = Catalogue(elements_of_sets([read]))
    frames = Frames.at(np.array([DAY + 0.1]))
    above = GroundObserver.itrf(*_below(catalogue, frames))
    ra, dec = map(float, radec_deg(above.horizon(frames)[0, 2]))
    found = predict(
        [Exposure("e", DAY + 0.1 - 10 / 86400, 20.0, Circle.of(ra, dec, 5.0))], above, catalogue
    )
    assert found.columns["norad_id"].tolist() == [number]


def _below(catalogue: Catalogue, frames: Frames) -> tuple[float, float, float]:
    """On the ground below its only satellite, m."""
    states = catalogue.orbits.grid(frames.mjd_utc)
    there = frames.teme_to_itrs[0] @ states.position[0, 0]
    x, y, z = (float(each) for each in there / np.linalg.norm(there) * 6_371_000.0)
    lon = np.degrees(np.arctan2(y, x))
    lat = np.degrees(np.arctan2(z, np.hypot(x, y)))
    at = GroundObserver.geodetic(float(lon), float(lat), 0.0)
    x, y, z = (float(each) * 1000.0 for each in at.itrs_km)
    return x, y, z


def test_8_chord_shorter_than_any_time_step_is_found(catalogue: Catalogue) -> None:
    """A grid of one second misses it, or rounds it."""
    wide = predict([Exposure("w", DAY + 0.3, 60.0, Circle.of(330.0, -30.0, 40.0))], SITE, catalogue)
    ra, dec, rate = (float(wide.columns[name][0]) for name in ("s_ra", "s_dec", "rate"))
    number, t_mid = int(wide.columns["norad_id"][0]), float(wide.columns["t_mid"][0])
    # A hundredth of a second through a field of this radius.
    radius = 0.005 * rate / 3600.0
    found = predict(
        [Exposure("s", t_mid - 20.3 / 86400, 60.0, Circle.of(ra, dec, radius))], SITE, catalogue
    ).columns
    (row,) = np.flatnonzero(found["norad_id"] == number)
    assert found["t_cross"][row] == pytest.approx(0.01, rel=0.01)
    assert found["t_mid"][row] == pytest.approx(t_mid, abs=1e-3 / 86400)
