"""Maps that no engine computed: smooth, with one bright place where a test wants it."""

from __future__ import annotations

import math

import numpy as np
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.probability_map import MapFacts, ProbabilityMap
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.healpix import healpix_center
from satvo.schemas.sphere import separation_deg

__all__ = ["DUSK", "made_up_map"]

DUSK = 61041.0625
"""2026-01-01T01:30 UTC: the end of twilight at the Vera C. Rubin Observatory."""


def made_up_map(
    order: int = 4,
    frame: str = "equatorial",
    *,
    az_deg: float = 120.0,
    alt_deg: float = 40.0,
    camera: Camera | None = None,
) -> ProbabilityMap:
    """A sky of 0.02 trails per exposure, with 2 at a place 8 deg wide; dark to the north-west."""
    camera = camera or Camera(30.0, 1.5, mag_limit=7.0)
    observer = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin")
    situation = Situation.at(observer, DUSK)
    lon, lat = healpix_center(order, np.arange(12 << 2 * order))
    directions = situation.of_altaz if frame == "altaz" else situation.of_icrs
    az, alt = situation.altaz_deg(directions(lon, lat))
    pixels = np.flatnonzero(alt > 0.0)
    az, alt = az[pixels], alt[pixels]
    bright = np.exp(-((separation_deg(az, alt, az_deg, alt_deg) / 8.0) ** 2))
    dark = separation_deg(az, alt, 315.0, 30.0) < 25.0
    n_pass = 0.02 + 2.0 * bright
    lit = np.where(dark, 0.0, 0.6 * n_pass)
    with np.errstate(divide="ignore"):
        wait = np.where(dark, np.nan, camera.exposure_s / 86400.0 / lit)
    columns = {
        "n_sat": n_pass / 8.0,
        "n_sat_illum": lit / 8.0,
        "n_pass": n_pass,
        "n_pass_illum": lit,
        "p_pass": -np.expm1(-n_pass),
        "p_illum": -np.expm1(-lit),
        "loss": lit / 100.0,
    }
    values = {name: column.astype(np.float32) for name, column in columns.items()}
    values["t_next"] = DUSK + wait
    sun_ra, sun_dec = situation.sun_icrs_deg
    facts = MapFacts(
        "rubin", observer.lon_deg, observer.lat_deg, observer.height_m, DUSK,
        situation.sun_az_deg, situation.sun_alt_deg, sun_ra, sun_dec, camera,
        "starlink-gen1, oneweb-phase1", "bassa-2022", 48_298.0,
        (1548.2, 746.1, 393.0, 192.5, 26.25), (976.6, 391.1, 187.9, 94.8, math.pi),
    )  # fmt: skip
    return ProbabilityMap(order, frame, pixels, values, facts)
