"""What an observer sees, against JPL Horizons, astropy and skyfield's own formulas."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from catalogues import elements_in
from satvo.resources.ephemeris.apparent import Apparent, apparent, radec_deg, sky_axes
from satvo.resources.ephemeris.earth import earth_orientation
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GEOCENTRE, GroundObserver, Observer
from satvo.resources.ephemeris.propagation import propagator

HORIZONS = re.compile(
    r"(\S+)\.txt: 2021-Jul-16 (\d\d):(\d\d):([\d.]+) (?:...)\s*"
    r"(\d+) (\d+) ([\d.]+) ([+-])(\d+) (\d+) ([\d.]+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)"
)
MIDNIGHT = 59411.0
ROUNDING_M = np.array([-4.4, -6.0, 6.7])
"""Within the digits that the printed constants of MPC code 658 have."""


class Horizons(NamedTuple):
    """809 rows: satellites, instants, and what JPL Horizons says of them."""

    elements: Elements
    which: np.ndarray
    mjd: np.ndarray
    ra: np.ndarray
    dec: np.ndarray
    east_per_h: np.ndarray
    north_per_h: np.ndarray
    az: np.ndarray
    alt: np.ndarray


@pytest.fixture(scope="module")
def horizons(test_data: Path) -> Horizons:
    folder = test_data / "orbits" / "boley2021"
    elements = elements_in(folder / "starlink.15JUL2021")
    number = {name: i for i, name in enumerate(elements.object_name)}
    rows = []
    for line in (folder / "dat").read_text().splitlines():
        found = HORIZONS.match(line)
        if found and found[1] in number:
            h, m, s, ra_h, ra_m, ra_s = (float(found[i]) for i in range(2, 8))
            d, dm, ds = (float(found[i]) for i in range(9, 12))
            sign = 1 if found[8] == "+" else -1
            rows.append(
                (
                    number[found[1]],
                    MIDNIGHT + (h + m / 60 + s / 3600) / 24,
                    15 * (ra_h + ra_m / 60 + ra_s / 3600),
                    sign * (d + dm / 60 + ds / 3600),
                    *(float(found[i]) for i in range(12, 16)),
                )
            )
    assert len(rows) == 809
    which, *rest = np.array(rows).T
    return Horizons(elements, which.astype(int), *rest)


def mpc_658(moved_m: np.ndarray | float = 0.0) -> GroundObserver:
    """From the printed parallax constants: longitude, rho cos phi', rho sin phi'."""
    lon, flat, high = np.radians(236.58300), 0.663631 * 6378137.0, 0.745601 * 6378137.0
    return GroundObserver.itrf(
        *(np.array([flat * np.cos(lon), flat * np.sin(lon), high]) + moved_m), "658"
    )


def seen(h: Horizons, observer: Observer, frames: Frames | None = None) -> Apparent:
    states = propagator("sgp4").prepare(h.elements).along(h.which, h.mjd[:, None])
    assert states.is_valid.all()
    frames = frames or Frames.at(h.mjd)
    return apparent(
        rotate(frames.teme_to_gcrs, states.position[:, 0]),
        rotate(frames.teme_to_gcrs, states.velocity[:, 0]),
        observer,
        frames,
    )


def arcsec_off(h: Horizons, found: Apparent) -> np.ndarray:
    east = (found.ra - h.ra + 180) % 360 - 180
    return 3600 * np.hypot(east * np.cos(np.radians(h.dec)), found.dec - h.dec)


@pytest.mark.needs_data
def test_places_of_809_starlinks_are_those_of_horizons_within_2_arcsec(horizons: Horizons) -> None:
    off = arcsec_off(horizons, seen(horizons, mpc_658()))
    assert np.median(off) < 1.72
    assert off.max() < 2.5


@pytest.mark.needs_data
def test_each_term_is_worth_what_it_was_measured_to_be(
    horizons: Horizons, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = Frames.at(horizons.mjd)
    at_rest = dataclasses.replace(frames, earth_velocity=np.zeros_like(frames.earth_velocity))
    assert np.median(arcsec_off(horizons, seen(horizons, mpc_658(), at_rest))) == pytest.approx(
        19.3, abs=0.4
    )
    known = earth_orientation()
    upright = dataclasses.replace(known, x_rad=0 * known.x_rad, y_rad=0 * known.y_rad)
    monkeypatch.setattr("satvo.resources.ephemeris.frames.earth_orientation", lambda: upright)
    without_pole = arcsec_off(horizons, seen(horizons, mpc_658()))
    assert np.median(without_pole) == pytest.approx(3.7, abs=0.1)
    monkeypatch.undo()
    moved = arcsec_off(horizons, seen(horizons, mpc_658(ROUNDING_M)))
    assert np.median(moved) < 0.16
    assert moved.max() < 0.5


@pytest.mark.needs_data
def test_rates_and_horizontal_places_are_those_of_horizons(horizons: Horizons) -> None:
    found = seen(horizons, mpc_658())
    rate = np.hypot(horizons.east_per_h, horizons.north_per_h) / 3600
    assert np.median(np.abs(found.rate / rate - 1)) < 5e-5
    high = (horizons.alt > 20) & (horizons.alt < 85)
    assert np.abs(found.alt - horizons.alt)[high].max() < 0.02  # theirs is printed with refraction
    turn = (found.az - horizons.az + 180) % 360 - 180
    assert np.abs(turn * np.cos(np.radians(horizons.alt)))[high].max() < 0.01


def test_motion_is_the_derivative_of_places() -> None:
    orbit = 7000.0 * np.array([[np.cos(0.1), np.sin(0.1), 0.2]])
    speed = 7.5 * np.array([[-np.sin(0.1), np.cos(0.1), 0.1]])
    observer = GroundObserver.geodetic(10.0, 5.0, 100.0)
    mjd = 59000.3 + np.array([-0.5, 0.0, 0.5]) / 86400
    frames = Frames.at(mjd)
    path = orbit + np.array([[-0.5], [0.0], [0.5]]) * speed
    found = apparent(path, speed.repeat(3, 0), observer, frames)
    east = (found.ra[2] - found.ra[0]) * np.cos(np.radians(found.dec[1])) * 3600
    north = (found.dec[2] - found.dec[0]) * 3600
    # The direction less v_E/c is a scaled sky: rates differ by 1e-4 of themselves.
    assert found.pm_ra_cosdec[1] == pytest.approx(east, rel=3e-4)
    assert found.pm_dec[1] == pytest.approx(north, rel=3e-4)
    assert found.range_rate[1] == pytest.approx(found.range[2] - found.range[0], rel=1e-4)


def test_refraction_of_something_near_lowers_it_by_the_traced_arcseconds() -> None:
    """By ray trace at 2663 m: z = 45, 60, 70 deg; heights 300, 550, 1200 km."""
    observer = GroundObserver.geodetic(-70.0, -30.0, 2663.0)
    frames = Frames.at(np.array([59000.3]))
    place, _ = observer.place(frames)
    east, _, up = observer.horizon(frames)[0]
    for z, expected in ((45, (1.1, 0.6, 0.3)), (60, (2.0, 1.1, 0.6)), (70, (3.4, 2.0, 1.0))):
        line = np.cos(np.radians(z)) * up + np.sin(np.radians(z)) * east
        for height, arcsec in zip((300, 550, 1200), expected, strict=True):
            there = place + line * _slant(place[0], line, np.linalg.norm(place) + height)
            plain = apparent(there, np.zeros((1, 3)), observer, frames)
            bent = apparent(there, np.zeros((1, 3)), observer, frames, refraction=True)
            assert (plain.direction - bent.direction)[0] @ up > 0
            shift = np.linalg.norm(plain.direction - bent.direction) * 206264.8
            assert shift == pytest.approx(arcsec, rel=0.35)


def _slant(place: np.ndarray, line: np.ndarray, radius: float) -> float:
    along = place @ line
    return float(-along + np.sqrt(along**2 + radius**2 - place @ place))


def test_observer_without_horizon_has_no_altitude_and_all_else() -> None:
    found = apparent(
        np.array([[0.0, 0.0, 42164.0]]),
        np.array([[3.0, 0, 0]]),
        GEOCENTRE,
        Frames.at(np.array([59000.0])),
    )
    assert np.isnan([found.az[0], found.alt[0], found.sun_alt[0]]).all()
    assert found.range[0] == pytest.approx(42164.0, abs=1.0)
    assert found.dec[0] > 89.9


def test_right_ascension_is_below_360_and_axes_are_at_right_angles_at_the_pole() -> None:
    ra, dec = radec_deg(np.array([[1.0, -1e-20, 0.0], [0.0, 0.0, 1.0]]))
    assert ra.tolist() == [0.0, 0.0]
    assert dec[1] == 90.0
    east, north = sky_axes(np.array([[0.0, 0.0, 1.0]]))
    assert east[0] @ north[0] == 0.0
