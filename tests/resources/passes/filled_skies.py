"""Satellites and sites of every kind, and what stands above them by brute force."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import Apparent, apparent
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.propagation import propagator

__all__ = ["DAY", "SITES", "satellites", "seen_by_force"]

DAY = 59775.0

SITES = (
    GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin"),
    GroundObserver.geodetic(0.0, 90.0, 0.0, "pole"),
    GroundObserver.geodetic(179.9, 0.0, 0.0, "equator"),
)


def satellites() -> Elements:
    """Low, middle, geostationary and eccentric orbits, some near the end of their lives."""
    random = np.random.default_rng(5)
    kinds = (
        # number, rev/d from and to, eccentricity up to
        (60, 14.0, 15.8, 0.01),
        (10, 16.1, 16.3, 0.002),
        (10, 2.0, 2.01, 0.01),
        (10, 1.0025, 1.0029, 0.0005),
        (10, 2.0, 2.02, 0.74),
        (5, 9.0, 11.0, 0.2),
    )
    motion = np.concatenate([random.uniform(low, high, n) for n, low, high, _ in kinds])
    count = len(motion)
    turn = random.uniform(0.0, 360.0, (3, count))
    tilt = np.degrees(np.arccos(random.uniform(-1.0, 1.0, count)))
    tilt[80:90] = random.uniform(0.0, 6.0, 10)
    return Elements.of_columns(
        {
            "norad_id": np.arange(1, count + 1),
            "gp_id": np.arange(1, count + 1) * 10,
            "epoch_mjd": np.full(count, DAY + 0.1),
            "mean_motion": motion,
            "eccentricity": np.concatenate(
                [most * random.uniform(0.9 * (most > 0.5), 1.0, n) for n, _, _, most in kinds]
            ),
            "inclination": tilt,
            "ra_of_asc_node": turn[0],
            "arg_of_pericenter": turn[1],
            "mean_anomaly": turn[2],
            "bstar": np.where(motion > 16.0, 1e-3, 1e-5),
        }
    )  # fmt: skip


def seen_by_force(
    elements: Elements, which: int, observer: GroundObserver, mjd: NDArray[np.float64]
) -> Apparent:
    """What an observer sees of one satellite at each instant, propagated for it; NaN where none."""
    frames = Frames.at(mjd)
    states = propagator("sgp4").prepare(elements).part(np.array([which])).grid(mjd)
    position = np.where(states.is_valid[0][:, None], states.position[0], np.nan)
    return apparent(
        rotate(frames.teme_to_gcrs, position),
        rotate(frames.teme_to_gcrs, states.velocity[0]),
        observer,
        frames,
    )
