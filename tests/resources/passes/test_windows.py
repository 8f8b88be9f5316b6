"""Clean windows: by hand, and as the transit list has them."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import erfa
import numpy as np
import pytest
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GEOCENTRE, GroundObserver
from satvo.resources.passes.alternatives import alternatives, ring
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle, rectangle
from satvo.resources.passes.observability import observable_spans
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict
from satvo.resources.passes.windows import Plan, best_starts, clean_windows
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import normalised

MIDNIGHT = 59600.0
SECOND = 1.0 / 86400.0
SIDEREAL_DEG_PER_S = 15.041067 / 3600.0
SIDEREAL_DAY_S = 86164.0905

ON_THE_EQUATOR = GroundObserver.geodetic(0.0, 0.0, 0.0, "equator")
FAR_NORTH = GroundObserver.geodetic(15.0, 80.0, 0.0, "far-north")
CIRCLE = partial(Circle.of, radius_deg=1.0)

FIVE_SECONDS = 5.0
"""What the Moon, the Sun and the Earth's figure move a geostationary satellite by (1.3 arcmin)."""


def elements_of(rows: list[dict[str, float]]) -> Elements:
    plain = {
        "epoch_mjd": MIDNIGHT, "eccentricity": 1e-5, "inclination": 0.01, "ra_of_asc_node": 0.0,
        "arg_of_pericenter": 0.0, "bstar": 0.0,
    }  # fmt: skip
    full = [{**plain, "norad_id": 100 + i, "gp_id": i, **row} for i, row in enumerate(rows)]
    return Elements.of_columns({name: [row[name] for row in full] for name in full[0]})


def geostationary(lon_deg: float) -> dict[str, float]:
    """It stands above a longitude of the equator at midnight."""
    sidereal = float(np.degrees(erfa.gmst82(2400000.5, MIDNIGHT)))
    return {"mean_motion": 86400.0 / SIDEREAL_DAY_S, "mean_anomaly": (sidereal + lon_deg) % 360.0}


@pytest.fixture(scope="module")
def two() -> Catalogue:
    """One above the observer on the equator, one ten degrees to the west of it."""
    return Catalogue(elements_of([geostationary(0.0), geostationary(-10.0)]))


@pytest.fixture(scope="module")
def many() -> Catalogue:
    """4000 satellites at 550 km, drawn at random."""
    drawn = np.random.default_rng(5)
    rows = [
        {
            "mean_motion": 15.06,
            "inclination": 53.0,
            "ra_of_asc_node": float(drawn.uniform(0, 360)),
            "mean_anomaly": float(drawn.uniform(0, 360)),
        }
        for _ in range(4000)
    ]
    return Catalogue(elements_of(rows))


def zenith_at_midnight(observer: GroundObserver) -> tuple[float, float]:
    """What is there, as catalogues have it: without the aberration."""
    frames = Frames.at(np.array([MIDNIGHT]))
    up = normalised(observer.horizon(frames)[0, 2] - frames.earth_velocity[0])
    ra, dec = radec_deg(up)
    return float(ra), float(dec)


def plan_of(observer: GroundObserver = ON_THE_EQUATOR, **more: Any) -> Plan:
    ra, dec = zenith_at_midnight(observer)
    asked = {
        "ra_deg": ra, "dec_deg": dec, "shape": CIRCLE, "start_mjd": MIDNIGHT - 0.1,
        "stop_mjd": MIDNIGHT + 0.1, "exposure_s": 600.0, "sigmas": 0.0,
    }  # fmt: skip
    return Plan(**{**asked, **more})


def test_geostationary_satellites_leave_the_windows_that_follow_by_hand(two: Catalogue) -> None:
    # The stars drift past what stands still: 1 deg to each side takes 239.3 s. The other is seen
    # at the angle that the triangle with the Earth's centre has at the observer.
    radius, earth = 42164.2, 6378.137
    angle = np.radians(10.0)
    seen = np.degrees(np.arctan2(radius * np.sin(angle), radius * np.cos(angle) - earth))
    half = 1.0 / SIDEREAL_DEG_PER_S
    later = seen / SIDEREAL_DEG_PER_S
    expected = [-0.1 * 86400, -half, half, later - half, later + half, 0.1 * 86400]
    found = clean_windows(plan_of(), ON_THE_EQUATOR, two)
    ends = np.ravel(np.column_stack([found.start_mjd, found.stop_mjd]))
    assert (ends - MIDNIGHT) / SECOND == pytest.approx(expected, abs=FIVE_SECONDS)
    assert found.norad_id.tolist() == [100, 101]
    assert found.observable_s == pytest.approx(0.2 * 86400, abs=1e-3)
    assert found.clean_s == pytest.approx(0.2 * 86400 - 4 * half, abs=2 * FIVE_SECONDS)
    assert found.longest_s == pytest.approx(max(0.1 * 86400 - half, 0), abs=FIVE_SECONDS)


def test_best_start_is_clean_and_as_near_to_the_zenith_as_can_be(two: Catalogue) -> None:
    plan = plan_of()
    found = best_starts(plan, clean_windows(plan, ON_THE_EQUATOR, two), ON_THE_EQUATOR, most=4)
    middle = (found.start_mjd - MIDNIGHT) / SECOND + 300.0
    assert found.crossings.tolist() == [0, 0, 0, 0]
    assert abs(middle[0]) == pytest.approx(1.0 / SIDEREAL_DEG_PER_S + 300.0, abs=FIVE_SECONDS)
    assert (np.diff(found.alt_deg) <= 0.0).all()
    assert found.alt_deg[0] == pytest.approx(90.0 - abs(middle[0]) * SIDEREAL_DEG_PER_S, abs=0.01)
    apart = [abs(a - b) for a, b in itertools.combinations(found.start_mjd.tolist(), 2)]
    assert min(apart) >= 600.0 * SECOND - 1e-9


def test_exposure_longer_than_every_window_has_the_fewest_crossings(two: Catalogue) -> None:
    plan = plan_of(exposure_s=10000.0)
    found = best_starts(plan, clean_windows(plan, ON_THE_EQUATOR, two), ON_THE_EQUATOR)
    assert found.crossings[0] == 1
    plan = plan_of(exposure_s=17000.0)
    found = best_starts(plan, clean_windows(plan, ON_THE_EQUATOR, two), ON_THE_EQUATOR)
    assert found.crossings.tolist() == [2]


def test_exposure_longer_than_the_night_has_no_start(two: Catalogue) -> None:
    plan = plan_of(exposure_s=20000.0)
    found = best_starts(plan, clean_windows(plan, ON_THE_EQUATOR, two), ON_THE_EQUATOR)
    assert len(found.start_mjd) == len(found.crossings) == len(found.alt_deg) == 0


def test_longer_errors_of_time_make_windows_shorter(two: Catalogue) -> None:
    plain = clean_windows(plan_of(), ON_THE_EQUATOR, two)
    wide = clean_windows(plan_of(sigmas=2.0), ON_THE_EQUATOR, two)
    assert wide.clean_s < plain.clean_s
    assert plain.clean_s - wide.clean_s <= 2 * 2 * 2 * 60.0


@pytest.mark.parametrize("shape", [CIRCLE, partial(rectangle, width_deg=4.0, height_deg=1.0)])
def test_an_exposure_in_a_clean_window_has_no_crossing_and_each_other_has(
    many: Catalogue, shape: Any
) -> None:
    observer = GroundObserver.geodetic(10.0, 45.0, 100.0, "middle")
    plan = plan_of(observer, shape=shape, exposure_s=60.0)
    found = clean_windows(plan, observer, many)
    assert len(found.norad_id) > 20
    field = shape(plan.ra_deg, plan.dec_deg)
    inside = [
        Exposure(str(i), begin, (end - begin) / SECOND, field)
        for i, (begin, end) in enumerate(zip(found.start_mjd, found.stop_mjd, strict=True))
    ]
    assert len(predict(inside, observer, many)) == 0
    between = [
        Exposure(str(i), end, (begin - end) / SECOND, field)
        for i, (end, begin) in enumerate(zip(found.stop_mjd[:-1], found.start_mjd[1:], strict=True))
    ]
    crossed = predict(between, observer, many).columns["exposure_id"]
    assert set(crossed.tolist()) == {e.id for e in between}
    assert found.clean_s < found.observable_s


def test_counts_of_best_starts_are_those_of_the_transit_list(many: Catalogue) -> None:
    observer = GroundObserver.geodetic(10.0, 45.0, 100.0, "middle")
    wide = partial(Circle.of, radius_deg=6.0)
    plan = plan_of(observer, shape=wide, exposure_s=900.0)
    best = best_starts(plan, clean_windows(plan, observer, many), observer, most=5)
    field = wide(plan.ra_deg, plan.dec_deg)
    exposures = [Exposure(str(i), t, 900.0, field) for i, t in enumerate(best.start_mjd.tolist())]
    ids = predict(exposures, observer, many).columns["exposure_id"].tolist()
    assert [ids.count(str(i)) for i in range(5)] == best.crossings.tolist()
    assert best.crossings[0] > 0
    # No other start has fewer.
    grid = np.linspace(plan.start_mjd, plan.stop_mjd - 900.0 * SECOND, 400)
    counts = clean_windows(plan, observer, many).crossed(grid, 900.0)
    assert counts.min() >= best.crossings[0]


def test_faint_and_dark_satellites_do_not_count_when_so_asked(many: Catalogue) -> None:
    observer = GroundObserver.geodetic(10.0, 45.0, 100.0, "middle")
    plan = plan_of(observer, shape=partial(Circle.of, radius_deg=5.0))
    every = clean_windows(plan, observer, many)
    lit = clean_windows(plan, observer, many, Options(illuminated_only=True))
    assert len(lit.norad_id) < len(every.norad_id)
    assert lit.clean_s > every.clean_s


def test_target_that_never_rises_has_no_window(two: Catalogue) -> None:
    plan = plan_of(FAR_NORTH, dec_deg=-70.0)
    found = clean_windows(plan, FAR_NORTH, two)
    assert found.observable_mjd.shape == (0, 2)
    assert (found.clean_s, found.longest_s, len(found.norad_id)) == (0.0, 0.0, 0)
    assert len(best_starts(plan, found, FAR_NORTH).start_mjd) == 0


def test_midnight_sun_leaves_no_dark_time_and_polar_night_all(two: Catalogue) -> None:
    june, december = 59750.0, 59934.0
    for start, expected in ((june, 0.0), (december, 2 * 86400.0)):
        plan = plan_of(FAR_NORTH, dec_deg=89.0, start_mjd=start, stop_mjd=start + 2.0,
                       max_sun_alt_deg=-10.0)  # fmt: skip
        found = clean_windows(plan, FAR_NORTH, two)
        assert found.observable_s == pytest.approx(expected, abs=1e-3)


def test_spans_begin_and_end_where_astropy_has_these_altitudes() -> None:
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_sun
    from astropy.time import Time
    from astropy.utils import iers

    observer = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin")
    target = SkyCoord(80.0, -40.0, unit="deg")
    spans = observable_spans(
        np.asarray(target.cartesian.xyz), observer, 59600.0, 59602.0,
        min_alt_deg=35.0, max_sun_alt_deg=-18.0,
    )  # fmt: skip
    assert spans.shape == (2, 2)
    site = EarthLocation.from_geodetic(-70.74942, -30.24464, 2663.0)
    with iers.conf.set_temp("auto_download", False):
        times = Time(np.ravel(spans), format="mjd", scale="utc")
        frame = AltAz(obstime=times, location=site)
        altitude = target.transform_to(frame).alt.deg
        sun = get_sun(times).transform_to(frame).alt.deg
    one_arcsec = 1.0 / 3600.0
    aberration_of_the_sun = 21.0 / 3600.0  # left out: a second of time at dusk
    at_horizon = np.abs(altitude - 35.0) < one_arcsec
    assert (at_horizon | (np.abs(sun + 18.0) < aberration_of_the_sun)).all()
    assert at_horizon.any()
    assert (altitude > 35.0 - one_arcsec).all()
    assert (sun < -18.0 + aberration_of_the_sun).all()


def test_alternatives_gain_what_their_own_windows_say(two: Catalogue) -> None:
    plan = plan_of()
    east = GroundObserver.geodetic(2.0, 0.0, 0.0, "east")
    found = alternatives(
        plan,
        ON_THE_EQUATOR,
        two,
        pointings=ring(plan.ra_deg, plan.dec_deg, 3.0, 4),
        sites=[east],
        shapes={"small": partial(Circle.of, radius_deg=0.5)},
    )
    assert [each.kind for each in found] == ["as-asked", *["pointing"] * 4, "site", "field"]
    asked, north, *_, site, small = found
    assert (asked.gain_s, asked.gain_crossings) == (0.0, 0.0)
    # Three degrees to the north no geostationary satellite is met.
    assert (north.crossings, north.clean_s) == (0, pytest.approx(north.observable_s))
    assert north.gain_s == pytest.approx(asked.observable_s - asked.clean_s, abs=1.0)
    half = 1.0 / SIDEREAL_DEG_PER_S
    assert small.gain_s == pytest.approx(2 * half, abs=FIVE_SECONDS)
    assert site.observer == "east"
    assert site.gain_s == pytest.approx(
        clean_windows(plan, east, two).clean_s - asked.clean_s, abs=1e-6
    )


def test_ring_goes_round_a_pole() -> None:
    places = ring(0.0, 90.0, 2.0, 4)
    assert [dec for _, dec in places] == pytest.approx([88.0] * 4)
    assert sorted(round(ra) % 360 for ra, _ in places) == [0, 90, 180, 270]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ra_deg": 400.0}, "ra=400"),
        ({"dec_deg": float("nan")}, "dec=nan"),
        ({"stop_mjd": MIDNIGHT - 1.0}, "a begin and a later end"),
        ({"stop_mjd": MIDNIGHT + 30.0}, "at most 8 days"),
        ({"stop_mjd": float("inf")}, "at most 8 days"),
        ({"exposure_s": 0.0}, "exposure_s=0.0"),
        ({"exposure_s": -5.0}, "exposure_s=-5.0"),
        ({"min_alt_deg": -1.0}, "min_alt_deg=-1.0"),
        ({"max_sun_alt_deg": float("nan")}, "max_sun_alt_deg=nan"),
        ({"sigmas": 11.0}, "sigmas=11.0"),
    ],
)
def test_bad_plan_is_refused(wrong: dict[str, float], told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        plan_of(**wrong)


def test_observer_without_horizon_and_time_without_tables_are_refused(two: Catalogue) -> None:
    with pytest.raises(BadParameter, match="has no horizon"):
        clean_windows(plan_of(), GEOCENTRE, two)
    late = plan_of(start_mjd=99000.0, stop_mjd=99001.0)
    with pytest.raises(BadParameter, match="orientation of the Earth"):
        clean_windows(late, ON_THE_EQUATOR, two)
    with pytest.raises(BadParameter, match="offset of 0"):
        ring(0.0, 0.0, 0.0)
