"""The error model: what it was measured to be, and how it lies on the sky."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.ephemeris.apparent import apparent
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GEOCENTRE, GroundObserver
from satvo.resources.ephemeris.uncertainty import (
    crossing_error_arcsec,
    rtn_covariance_km2,
    rtn_sigma_km,
    sky_error,
)


def names(*texts: str) -> np.ndarray:
    return np.array(texts, dtype=object)


def test_errors_are_those_measured_and_grow_with_age_of_either_sign() -> None:
    ages = np.array([0.5, 1.0, 2.0, 4.0])
    along = rtn_sigma_km(names(*["starlink"] * 4), ages)[:, 1]
    assert along == pytest.approx([6.9, 17.0, 46.0, 136.0])
    assert rtn_sigma_km(names("oneweb"), np.array([4.0]))[0, 1] == pytest.approx(1.2)
    assert np.array_equal(
        rtn_sigma_km(names("x", "starlink"), np.array([3.0, 5.0])),
        rtn_sigma_km(names("", "starlink"), np.array([-3.0, -5.0])),
    )
    grown = rtn_sigma_km(names(*["kuiper"] * 50), np.linspace(0, 30, 50))
    assert (np.diff(grown, axis=0) >= 0).all()


def test_ellipse_has_the_errors_of_draws() -> None:
    """A thousand positions drawn about one, as seen from a site."""
    frames = Frames.at(np.array([59000.3]))
    site = GroundObserver.geodetic(20.0, 30.0, 0.0)
    place, _ = site.place(frames)
    up = site.horizon(frames)[0]
    r = place + 900.0 * (0.6 * up[0] + 0.3 * up[1] + 0.742 * up[2])
    v = np.array([[2.0, -5.0, 5.2]])
    v -= (v @ r.T)[0, 0] / (r @ r.T)[0, 0] * r
    sigma = np.array([[0.1, 2.0, 0.4]])
    seen = apparent(r, v, site, frames)
    covariance = rtn_covariance_km2(sigma)
    error = sky_error(seen, v, covariance)
    radial, across = r[0] / np.linalg.norm(r), np.cross(r[0], v[0])
    across /= np.linalg.norm(across)
    axes = np.stack([radial, np.cross(across, radial), across])
    drawn = np.random.default_rng(2).normal(size=(40_000, 3)) * sigma @ axes
    many = apparent(r + drawn, np.tile(v, (40_000, 1)), site, frames.repeated(40_000))
    east = (many.ra - seen.ra + 180) % 360 - 180
    offset = np.stack([east * np.cos(np.radians(seen.dec)), many.dec - seen.dec]) * 3600
    values, vectors = np.linalg.eigh(np.cov(offset))
    assert error.err_maj[0] == pytest.approx(np.sqrt(values[1]), rel=0.02)
    assert error.err_min[0] == pytest.approx(np.sqrt(values[0]), rel=0.02)
    angle = np.degrees(np.arctan2(*vectors[:, 1])) % 180
    assert error.err_pa[0] == pytest.approx(angle, abs=1.0)
    assert error.err_time[0] == pytest.approx(2.0 / np.linalg.norm(v))
    along, aside = crossing_error_arcsec(seen, v, covariance)
    turn = np.radians(seen.pos_angle[0])
    motion = np.array([np.sin(turn), np.cos(turn)])
    assert along[0] == pytest.approx(np.std(motion @ offset), rel=0.02)
    assert aside[0] == pytest.approx(np.std(np.array([motion[1], -motion[0]]) @ offset), rel=0.02)


def test_unknown_age_gives_unknown_errors() -> None:
    frames = Frames.at(np.array([59000.3]))
    r, v = np.array([[7000.0, 0, 0]]), np.array([[0, 7.5, 0]])
    error = sky_error(
        apparent(r, v, GEOCENTRE, frames),
        v,
        rtn_covariance_km2(rtn_sigma_km(names(""), np.array([np.nan]))),
    )
    assert np.isnan(error.err_maj[0])
