"""Passes above a horizon: none missed, none invented, none twice, and their times."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from filled_skies import DAY, SITES, satellites, seen_by_force
from numpy.typing import NDArray
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.filling.pass_rows import pass_rows
from satvo.resources.passes.light import brightness_of
from satvo.resources.passes.predict import Catalogue
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.transit import TRANSIT

SPAN = (DAY + 0.1, DAY + 0.6)
FINE_S = 5.0
two_arcsec_deg = 2 / 3600
"""What the fastest low orbit rises in 10 ms."""
a_step_and_a_half = 7.5
half_an_hour = 1800 / 86400

ELEMENTS = satellites()


def passes(observer: GroundObserver, start: float, end: float, **options: float) -> pa.Table:
    options = {"max_age_d": 30.0, **options}
    return pass_rows(
        Catalogue(ELEMENTS), brightness_of(ELEMENTS), observer, (start, end), **options
    )


def by_force(which: int, observer: GroundObserver) -> list[tuple[float, float, float, bool]]:
    """Rise, culmination and set, cut or not, on a grid of five seconds."""
    pad = half_an_hour + 60 / 86400
    mjd = np.arange(SPAN[0] - pad, SPAN[1] + pad, FINE_S / 86400)
    alt = np.nan_to_num(seen_by_force(ELEMENTS, which, observer, mjd).alt, nan=-90.0)
    edges = np.diff((alt > 0).astype(int), prepend=0, append=0)
    found = []
    pairs = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1, strict=True)
    for first, last in pairs:
        rise = _zero(mjd, alt, first - 1) if first else mjd[0]
        fall = _zero(mjd, alt, last) if last < len(mjd) - 1 else mjd[-1]
        top = mjd[first + np.argmax(alt[first : last + 1])]
        cut = rise < SPAN[0] - half_an_hour or fall > SPAN[1] + half_an_hour
        found.append((rise, top, fall, cut))
    return found


def _zero(mjd: NDArray[np.float64], alt: NDArray[np.float64], i: int) -> float:
    return float(mjd[i] - alt[i] * (mjd[i + 1] - mjd[i]) / (alt[i + 1] - alt[i]))


@pytest.mark.parametrize("observer", SITES, ids=lambda o: o.name)
def test_no_pass_is_missed_or_invented_and_its_times_are_right(observer: GroundObserver) -> None:
    rows = passes(observer, *SPAN)
    assert rows.schema == arrow_schema(TRANSIT)
    known = whole = 0
    for i, number in enumerate(ELEMENTS.norad_id.tolist()):
        own = rows.filter(pa.compute.equal(rows["norad_id"], number)).sort_by("t_min").to_pylist()
        wanted = [
            each
            for each in by_force(i, observer)
            if (each[3] and each[2] > SPAN[0] and each[0] < SPAN[1])
            or (not each[3] and SPAN[0] <= each[1] < SPAN[1])
        ]
        assert len(own) == len(wanted), (number, own, wanted)
        known += len(own)
        for row, (rise, top, fall, cut) in zip(own, wanted, strict=True):
            assert (row["warning"] == "cut") == cut
            if cut:
                assert row["t_min"] == SPAN[0] or row["t_max"] == SPAN[1]
                continue
            whole += 1
            assert abs(row["t_min"] - rise) * 86400 < FINE_S
            assert abs(row["t_max"] - fall) * 86400 < FINE_S
            ends = seen_by_force(ELEMENTS, i, observer, np.array([row["t_min"], row["t_max"]]))
            assert abs(ends.alt).max() < two_arcsec_deg
            assert abs(row["t_mid"] - top) * 86400 < a_step_and_a_half
    assert whole > 100
    assert known > whole or observer.name == "pole"


@pytest.mark.parametrize("observer", SITES, ids=lambda o: o.name)
def test_passes_of_spans_that_touch_are_told_once(observer: GroundObserver) -> None:
    middle = DAY + 0.37
    whole = passes(observer, *SPAN)
    halves = pa.concat_tables(
        [passes(observer, SPAN[0], middle), passes(observer, middle, SPAN[1])]
    )
    assert len(set(halves["transit_id"].to_pylist())) == halves.num_rows

    def low(rows: pa.Table) -> set[tuple[int, float]]:
        uncut = rows.filter(pa.compute.is_null(rows["warning"]))
        return {
            (n, round(t, 5))
            for n, t in zip(uncut["norad_id"].to_pylist(), uncut["t_mid"].to_pylist(), strict=True)
            if n <= 60
        }

    assert low(halves) == low(whole)


def test_a_pass_shorter_than_a_step_is_found() -> None:
    shortest = min(passes(site, DAY, DAY + 1)["t_cross"].to_numpy().min() for site in SITES)
    assert shortest < 120.0
    # The observer is moved away until the satellite comes up for seconds only.
    rows = passes(SITES[2], DAY + 0.1, DAY + 0.6)
    own = rows.filter(pa.compute.less_equal(rows["norad_id"], 60)).to_pylist()
    chosen = max((r for r in own if r["warning"] is None), key=lambda r: -r["alt_max"])
    low, high, last = 0.0, 40.0, None
    for _ in range(40):
        tilt = (low + high) / 2
        site = GroundObserver.geodetic(SITES[2].lon_deg, _away(chosen, tilt), 0.0, "moved")
        near = [
            r
            for r in passes(site, DAY + 0.1, DAY + 0.6).to_pylist()
            if r["norad_id"] == chosen["norad_id"] and abs(r["t_mid"] - chosen["t_mid"]) < 0.01
        ]
        if near:
            low, last = tilt, near[0]
            if last["t_cross"] < 20.0:
                break
        else:
            high = tilt
    assert last is not None
    assert 0.0 < last["t_cross"] < 20.0
    assert 0.0 < last["alt_max"] < 0.05


def _away(row: dict[str, float], by_deg: float) -> float:
    """A latitude that far from the equator, on the other side from where the satellite passes."""
    middle = np.radians((row["az_start"] + row["az_end"]) / 2.0)
    crosses = abs(row["az_start"] - row["az_end"]) > 180.0
    return -by_deg if (np.cos(middle) > 0) != crosses else by_deg


def test_a_pass_says_what_is_seen() -> None:
    for row in passes(SITES[0], *SPAN).to_pylist()[::7]:
        times = np.array([row["t_min"], row["t_mid"], row["t_max"]])
        seen = seen_by_force(ELEMENTS, row["norad_id"] - 1, SITES[0], times)
        np.testing.assert_allclose(
            [row["ra_start"], row["s_ra"], row["ra_end"]], seen.ra, rtol=0, atol=1e-9
        )
        assert row["alt_max"] == pytest.approx(seen.alt[1], abs=1e-5)
        assert row["az_start"] == pytest.approx(seen.az[0], abs=1e-4)
        assert row["range_min"] <= seen.range.min() * (1 + 1e-6)
        if row["warning"] is None:
            assert abs(seen.alt[[0, 2]]).max() < 0.001
        assert row["illuminated"] or not (seen.sun_frac > 0).any()
        assert (row["kind"], row["observer_id"], row["exposure_id"]) == ("pass", "rubin", None)


def test_old_elements_are_told() -> None:
    late = passes(SITES[0], DAY + 9, DAY + 9.1, max_age_d=30.0)
    assert {"stale-elements" in (w or "") for w in late["warning"].to_pylist()} == {True}
    assert passes(SITES[0], DAY + 9, DAY + 9.1, max_age_d=5.0).num_rows == 0
