"""From elements to a magnitude: what PassPredict does with both halves."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.brightness import Geometry, Satellites, magnitudes
from satvo.resources.brightness.trails import effective_mag, surface_mag_arcsec2
from satvo.resources.ephemeris.apparent import Apparent, apparent
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.propagation import propagator

FIFTY_METRES_KM = 0.05
ONE_ARCMIN_DEG = 1 / 60
# Starlink-like: 550 km, 53 deg; a night of 2022-07-15 at Cerro Pachon.
ELEMENTS = {
    "norad_id": [48_601],
    "epoch_mjd": [59775.0],
    "mean_motion": [15.06],
    "eccentricity": [0.0001],
    "inclination": [53.05],
    "ra_of_asc_node": [0.0],
    "arg_of_pericenter": [90.0],
    "mean_anomaly": [10.0],
    "object_name": ["STARLINK-3003"],
    "constellation": ["starlink"],
    "mag_std": [None],
}


@pytest.fixture(scope="module")
def night() -> tuple[Apparent, Geometry, Satellites]:
    """A day each 20 s, above the horizon."""
    when = 59775.0 + np.arange(0.0, 1.0, 20.0 / 86400.0)
    frames = Frames.at(when)
    elements = Elements.of_columns(ELEMENTS)
    states = propagator("sgp4").prepare(elements).grid(when)
    place = np.einsum("nij,nj->ni", frames.teme_to_gcrs, states.position[0])
    velocity = np.einsum("nij,nj->ni", frames.teme_to_gcrs, states.velocity[0])
    site = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin")
    seen = apparent(place, velocity, site, frames)
    up = seen.alt > 10.0
    geometry = Geometry.of(
        seen.satellite_km[up], seen.observer_km[up], frames.sun_km[up], velocity[up]
    )
    satellites = Satellites.of(
        int(up.sum()),
        mag_std=elements.mag_std[0],
        constellation=str(elements.constellation[0]),
        object_name=str(elements.object_name[0]),
    )
    chosen = {name: getattr(seen, name)[up] for name in Apparent.__slots__}
    return Apparent(**chosen), geometry, satellites


def test_both_halves_see_the_same(night: tuple[Apparent, Geometry, Satellites]) -> None:
    """Range and phase angle, but for up to 6 ms of light time at 7 km/s."""
    seen, geometry, _ = night
    assert len(geometry) > 50
    assert np.max(np.abs(geometry.range_km - seen.range)) < FIFTY_METRES_KM
    assert np.max(np.abs(geometry.phase_angle_deg - seen.phase_angle)) < ONE_ARCMIN_DEG
    assert np.all((geometry.height_km > 500.0) & (geometry.height_km < 600.0))


def test_magnitudes_of_a_night_are_a_starlink_s(
    night: tuple[Apparent, Geometry, Satellites],
) -> None:
    seen, geometry, satellites = night
    found = magnitudes(geometry, satellites, sun_frac=seen.sun_frac)
    dark = seen.sun_frac == 0.0
    assert dark.any()
    assert np.isnan(found.mag[dark]).all()
    twilight = (seen.sun_frac == 1.0) & (seen.sun_alt < -6.0) & (seen.alt > 20.0)
    assert twilight.any()
    assert np.all(found.model == "two-panel-phong")
    # The observed ones of this design went from 0.7 to 13.1 (Fankhauser et al. 2023).
    assert np.all((found.mag[twilight] > 0.7) & (found.mag[twilight] < 13.1))


def test_trails_follow_from_the_rate(night: tuple[Apparent, Geometry, Satellites]) -> None:
    seen, geometry, satellites = night
    mag = magnitudes(geometry, satellites, model="published-means").mag
    smeared = effective_mag(mag, seen.rate, 30.0, 0.7)
    np.testing.assert_allclose(smeared - mag, 2.5 * np.log10(seen.rate * 30.0 / 0.7))
    assert np.all(surface_mag_arcsec2(mag, seen.rate, 3.2, 30.0) > mag + 5.0)
