"""Maps that need no engine: smooth, with all that a real one has."""

from __future__ import annotations

import numpy as np
from satvo.resources.ephemeris.sites import find_site
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS, MapFacts, ProbabilityMap
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.healpix import healpix_center

DUSK = 61_366.0
"""At Rubin: the Sun is 15 deg below the horizon."""


def made_up_map(order: int = 3, frame: str = "equatorial", mjd: float = DUSK) -> ProbabilityMap:
    """A map of Rubin's sky whose values grow to the south."""
    situation = Situation.at(find_site("rubin").observer(), mjd)
    cells = np.arange(12 << 2 * order)
    lon, lat = healpix_center(order, cells)
    places = situation.of_icrs(lon, lat) if frame == "equatorial" else situation.of_altaz(lon, lat)
    az, alt = situation.altaz_deg(places)
    up = alt > 0.0
    n_sat = (2.0 - np.cos(np.radians(az[up]))) * (1.0 + np.cos(np.radians(alt[up]))) / 100.0
    n_illum = np.where(alt[up] > 20.0, n_sat, 0.0)
    values = {
        "n_sat": n_sat,
        "n_sat_illum": n_illum,
        "n_pass": 30.0 * n_sat,
        "n_pass_illum": 30.0 * n_illum,
        "p_pass": 1.0 - np.exp(-30.0 * n_sat),
        "p_illum": 1.0 - np.exp(-30.0 * n_illum),
        "loss": 0.01 * n_illum,
    }
    values = {name: values[name].astype(np.float32) for name in values}
    with np.errstate(divide="ignore"):
        wait_d = np.where(n_illum > 0.0, 1e-4 / n_illum, np.nan)
    values["t_next"] = mjd + wait_d
    observer = situation.observer
    sun_ra, sun_dec = situation.sun_icrs_deg
    facts = MapFacts(
        observer_name=observer.name,
        lon_deg=observer.lon_deg,
        lat_deg=observer.lat_deg,
        height_m=observer.height_m,
        mjd=mjd,
        sun_az_deg=situation.sun_az_deg,
        sun_alt_deg=situation.sun_alt_deg,
        sun_ra_deg=sun_ra,
        sun_dec_deg=sun_dec,
        camera=Camera(30.1, 1.75, depth_mag=24.1),
        population="starlink-gen1,kuiper",
        model="best",
        n_total=7644.25,
        n_sat_above=(120.5, 60.25, 30.0, 20.0, 3.0),
        n_illum_above=(100.5, 50.25, 25.0, 15.0, 2.0),
    )
    return ProbabilityMap(order, frame, cells[up], {n: values[n] for n in MAP_COLUMNS}, facts)
