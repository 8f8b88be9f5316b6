"""Random exposures of random nights, and simulated satellites for PassPredict to find in them."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.constellations.definition import read_constellation
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.analytic import layers_of
from satvo.resources.constellations.layers import Layers
from satvo.resources.constellations.simulation import simulated_elements
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
    "Night",
    "chi_square_probability",
    "counted",
    "expectations",
    "nights",
    "same_share",
]

Floats = NDArray[np.float64]

DEFINITION = """
name: scattered
shells:
  - {altitude: 550, inclination: 53.0, planes: 4000, satellites_per_plane: 1, random_phase: 180}
  - {altitude: 1200, inclination: 87.9, planes: 4000, satellites_per_plane: 1, random_phase: 180}
  - {altitude: 340, inclination: 42.0, planes: 4000, satellites_per_plane: 1, random_phase: 180}
  - {altitude: 560, inclination: 97.6, planes: 4000, satellites_per_plane: 1, random_phase: 180}
  - {altitude: 600, inclination: 30.0, planes: 4000, satellites_per_plane: 1, random_phase: 180}
"""
"""Anomalies are drawn, so that satellites seen at once are as independent as Poisson counts ask."""
SITES = ((-30.0, -70.0), (0.0, 10.0), (53.0, 0.0), (-60.0, 170.0), (80.0, 15.0))
FIRST_MJD, DAYS = 60000, 365
HOURS = 10.0


@dataclass(frozen=True)
class Night:
    """Exposures of one night at one site, and satellites drawn for that night alone."""

    observer: GroundObserver
    layers: Layers
    elements: Elements
    exposures: list[Exposure]
    situations: list[Situation]
    directions: Floats
    cameras: list[Camera]


def nights(count: int, exposures: int, seed: int) -> Iterator[Night]:
    """So many nights, each with so many exposures in directions above 20 deg."""
    rng = np.random.default_rng(seed)
    constellation = read_constellation(io.BytesIO(DEFINITION.encode()), name="scattered.yaml")
    layers = layers_of(constellation)
    for number in range(count):
        lat, lon = SITES[number % len(SITES)]
        observer = GroundObserver.geodetic(lon, lat, 1000.0)
        begin = FIRST_MJD + float(rng.integers(DAYS)) - lon / 360.0 - HOURS / 48.0
        middle = begin + HOURS / 48.0
        elements = _elements(constellation, middle, 1000 * seed + number)
        yield _night(observer, layers, elements, begin, exposures, rng)


def counted(night: Night) -> Floats:
    """Crossings that PassPredict finds in each exposure (n, 2): all, and illuminated ones."""
    columns = predict(night.exposures, night.observer, Catalogue(night.elements)).columns
    number = columns["exposure_id"].astype(np.int64)
    lit = columns["illuminated"].astype(np.float64)
    count = len(night.exposures)
    return np.stack([np.bincount(number, each, count) for each in (np.ones(len(lit)), lit)], axis=1)


def expectations(night: Night) -> Floats:
    """What PassProbability expects of each (n, 2)."""
    rows = []
    for situation, direction, camera in zip(
        night.situations, night.directions, night.cameras, strict=True
    ):
        lines = Sightlines.of(situation, direction[None])
        told = expected(night.layers, lines, camera, cell_deg=2.0 * camera.radius_deg)
        rows.append((told.n_pass[0], told.n_pass_illum[0]))
    return np.array(rows)


def _night(
    observer: GroundObserver,
    layers: Layers,
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
    return Night(observer, layers, elements, exposures, situations, directions, cameras)


def _elements(constellation: Constellation, epoch_mjd: float, seed: int) -> Elements:
    epoch = datetime(1858, 11, 17) + timedelta(days=round(epoch_mjd, 3))
    drawn = simulated_elements(constellation, epoch=epoch, first_number=100_000, seed=seed)
    return Elements.of_columns(drawn.columns())


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
