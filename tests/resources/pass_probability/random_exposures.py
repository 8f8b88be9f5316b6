"""Random exposures of random nights, and simulated satellites for PassPredict to find in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.constellations.layers import Layers
from satvo.resources.constellations.walker import EARTH_RADIUS_KM, kozai_mean_motion
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.density import expected
from satvo.resources.pass_probability.sightlines import Sightlines
from satvo.resources.pass_probability.situation import Situation
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle
from satvo.resources.passes.predict import Catalogue, predict

__all__ = [
    "SHELLS",
    "Night",
    "chi_square_probability",
    "counted",
    "expectations",
    "nights",
    "same_share",
    "thin_shells",
]

Floats = NDArray[np.float64]
Shells = tuple[tuple[int, float, float], ...]

SHELLS: Shells = (
    (4000, 550.0, 53.0),
    (4000, 1200.0, 87.9),
    (4000, 340.0, 42.0),
    (4000, 560.0, 97.6),
    (4000, 600.0, 30.0),
)
"""Satellites, altitude (km) of the mean axis above SGP4's Earth, inclination (deg)."""
SITES = ((-30.0, -70.0), (0.0, 10.0), (53.0, 0.0), (-60.0, 170.0), (80.0, 15.0))
FIRST_MJD, DAYS = 60000, 365
HOURS = 10.0


@dataclass(frozen=True)
class Night:
    """Exposures of one night at one site, and satellites drawn for that night alone."""

    observer: GroundObserver
    elements: Elements
    exposures: list[Exposure]
    situations: list[Situation]
    directions: Floats
    cameras: list[Camera]


def thin_shells(shells: Shells = SHELLS) -> Layers:
    """What the statistics are told of them."""
    count, altitude, inclination = (
        np.array(each, dtype=np.float64) for each in zip(*shells, strict=True)
    )
    return Layers.of(count, EARTH_RADIUS_KM + altitude, inclination)


def nights(count: int, exposures: int, seed: int, shells: Shells = SHELLS) -> Iterator[Night]:
    """So many nights, each with so many exposures in directions above 20 deg."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        lat, lon = SITES[number % len(SITES)]
        observer = GroundObserver.geodetic(lon, lat, 1000.0)
        begin = FIRST_MJD + float(rng.integers(DAYS)) - lon / 360.0 - HOURS / 48.0
        elements = _elements(shells, begin + HOURS / 48.0, rng)
        yield _night(observer, elements, begin, exposures, rng)


def counted(night: Night) -> Floats:
    """Crossings that PassPredict finds in each exposure (n, 2): all, and illuminated ones."""
    columns = predict(night.exposures, night.observer, Catalogue(night.elements)).columns
    number = columns["exposure_id"].astype(np.int64)
    lit = columns["illuminated"].astype(np.float64)
    count = len(night.exposures)
    return np.stack([np.bincount(number, each, count) for each in (np.ones(len(lit)), lit)], axis=1)


def expectations(night: Night, shells: Shells = SHELLS) -> Floats:
    """What PassProbability expects of each (n, 2)."""
    layers = thin_shells(shells)
    rows = []
    for situation, direction, camera in zip(
        night.situations, night.directions, night.cameras, strict=True
    ):
        lines = Sightlines.of(situation, direction[None])
        told = expected(layers, lines, camera, cell_deg=2.0 * camera.radius_deg)
        rows.append((told.n_pass[0], told.n_pass_illum[0]))
    return np.array(rows)


def _night(
    observer: GroundObserver,
    elements: Elements,
    begin: float,
    count: int,
    rng: np.random.Generator,
) -> Night:
    start = np.sort(begin + rng.uniform(0.0, HOURS / 24.0, count))
    duration, radius = rng.uniform(10.0, 300.0, count), rng.uniform(0.5, 3.0, count)
    situations = [Situation.at(observer, mjd) for mjd in (start + duration / 172_800.0).tolist()]
    alt = np.degrees(np.arcsin(rng.uniform(math.sin(math.radians(20.0)), 1.0, count)))
    az = rng.uniform(0.0, 360.0, count)
    directions = np.array([s.of_altaz(*each) for s, *each in zip(situations, az, alt, strict=True)])
    exposures = []
    for i, (situation, direction) in enumerate(zip(situations, directions, strict=True)):
        ra, dec = situation.icrs_deg(direction)
        field = Circle.of(float(ra), float(dec), float(radius[i]))
        exposures.append(Exposure(f"{i}", float(start[i]), float(duration[i]), field))
    cameras = [Camera(*each) for each in zip(duration.tolist(), radius.tolist(), strict=True)]
    return Night(observer, elements, exposures, situations, directions, cameras)


def _elements(shells: Shells, epoch_mjd: float, rng: np.random.Generator) -> Elements:
    count = [each[0] for each in shells]
    total = sum(count)
    motion = [kozai_mean_motion(altitude, tilt) for _, altitude, tilt in shells]
    return Elements.of_columns(
        {
            "norad_id": np.arange(1, total + 1),
            "epoch_mjd": np.full(total, epoch_mjd),
            "mean_motion": np.repeat(motion, count),
            "eccentricity": np.zeros(total),
            "inclination": np.repeat([tilt for *_, tilt in shells], count),
            "ra_of_asc_node": rng.uniform(0.0, 360.0, total),
            "arg_of_pericenter": np.zeros(total),
            "mean_anomaly": rng.uniform(0.0, 360.0, total),
        }
    )


def chi_square_probability(found: Floats, means: Floats, bins: int) -> float:
    """Of so great a chi-square as that of Poisson counts, summed over bins of expectation.

    Exposures are put in the order of their expectation and cut into bins of like sums; nothing is
    fitted, so that there are as many degrees of freedom as bins, an even number (for which the
    tail is a finite sum: Abramowitz and Stegun 26.4.5).
    """
    place = same_share(means, bins)
    found, means = (np.bincount(place, each, bins) for each in (found, means))
    half = float(((found - means) ** 2 / means).sum()) / 2.0
    terms = (half**j / math.factorial(j) for j in range(bins // 2))
    return math.exp(-half) * sum(terms)


def same_share(means: Floats, bins: int, by: Floats | None = None) -> NDArray[np.int64]:
    """Number of the bin of each exposure, where bins have like sums of expectation."""
    order = np.argsort(means if by is None else by, kind="stable")
    share = np.cumsum(means[order]) - means[order] / 2.0
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.minimum(share / means.sum() * bins, bins - 1).astype(np.int64)
    return place
