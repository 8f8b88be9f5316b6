"""The part of the benchmark table that is PassProbability's and EphemSimulate's.

CPU seconds of this process, the least of some runs; BLAS has one thread, as in the server. The
shells are the 19 of `PAPER` in `resources/pass_probability/monte_carlo.py`, 48 298 satellites.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent / "resources" / "pass_probability"))

import numpy as np
from asked import counts_at, layers_of_shells, trails_at
from bench_clock import least_s, tell
from monte_carlo import ALTITUDES_DEG, PAPER, Floats, Site, counts_in_draws, paper_shells
from monte_carlo_trails import mean_trails, trails_in_draws
from satvo.ingest.constellations.definition import read_constellation
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.analytic import layers_of
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import write_simulated, write_simulated_tle
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.sites import find_site
from satvo.resources.pass_probability.calendar import pass_calendar
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.maps import probability_map
from satvo.resources.pass_probability.situation import Situation

__all__ = ["print_probability"]

PARANAL = GroundObserver.geodetic(-70.4032, -24.6272, 2635.0, "paranal")
NIGHT_MJD = 60000.1
CAMERA = Camera(30.0, 1.5, mag_limit=7.0, depth_mag=20.0, blooming_mag=4.0)
SITES = ("rubin", "paranal", "maunakea", "lapalma")
DRAWS = 60
TRAIL_DRAWS = 400
FIELD = ((225.0, 35.0), 1.5, 30.0)
DRAWN_NEAR = 30_000
LATITUDES_DEG = (0.0, -24.62, 53.0, 80.0, 90.0)


def print_probability() -> None:
    """Print the table."""
    print("\nPassProbability: 19 shells, 48 298 satellites, illumination and magnitude")
    print(f"{'work':54}{'CPU s':>10}")
    _maps()
    _elements()
    print("\nsatellites counted one by one (Walker shells), and the integral; Sun 23.4 deg below")
    for lat in LATITUDES_DEG:
        _counts(lat)
    _trails()


def _maps() -> None:
    layers = layers_of_shells(paper_shells())
    situation = Situation.at(PARANAL, NIGHT_MJD)
    for nside in (64, 256):
        tell(
            f"map, nside {nside}",
            least_s(lambda n=nside: probability_map(layers, situation, CAMERA, nside=n)),  # type: ignore[misc]
        )
    plain = Camera(30.0, 1.5)
    tell(
        "map, nside 64, without magnitudes",
        least_s(lambda: probability_map(layers, situation, plain, nside=64)),
    )
    tell(
        "calendar of 365 nights, 48 times each",
        least_s(
            lambda: pass_calendar(
                layers, PARANAL, 80.0, -70.0, CAMERA, first=date(2026, 1, 1), nights=365, times=48
            )
        ),
    )
    situations = [
        Situation.at(find_site(name).observer(), NIGHT_MJD + hours / 24.0)
        for name in SITES
        for hours in (0.0, 4.0, 8.0)
    ]
    tell(
        "12 maps of 4 observatories, nside 64, equatorial",
        least_s(
            lambda: [
                probability_map(layers, each, CAMERA, nside=64, frame="equatorial")
                for each in situations
            ]
        ),
    )


def _elements() -> None:
    constellation = _paper()
    epoch = datetime(2027, 1, 1)

    def write(suffix: str) -> Callable[[], object]:
        def run() -> object:
            found = simulated_elements(constellation, epoch=epoch, first_number=100_000, seed=1)
            pieces = (
                write_simulated_tle(found) if suffix == "tle" else write_simulated(found, suffix)
            )
            with (Path(folder) / f"all.{suffix}").open("wb") as stream:
                stream.writelines(pieces)
            return stream

        return run

    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("tle", "json", "csv"):
            tell(f"48 298 satellites made and written as {suffix}", least_s(write(suffix)))
    tell("layers of their definition", least_s(lambda: layers_of(constellation)))


def _paper() -> Constellation:
    rows = (
        f"  - {{altitude: {km}, inclination: {deg}, planes: {planes}, satellites: {count}}}\n"
        for count, planes, km, deg in PAPER
    )
    with tempfile.TemporaryFile() as stream:
        stream.write(f"name: paper\nshells:\n{''.join(rows)}".encode())
        stream.seek(0)
        return read_constellation(stream, name="paper.yaml")


def _counts(lat_deg: float) -> None:
    site = _site(lat_deg)
    begun = time.process_time()
    found = counts_in_draws(paper_shells(), site, DRAWS, np.random.default_rng(1))
    spent = time.process_time() - begun
    told = counts_at(paper_shells(), site)
    print(f"latitude {lat_deg}: {DRAWS} draws in {spent:.2f} CPU s")
    print(f"{'above deg':>14}{'':8}{'drawn':>10}{'error':>8}{'told':>10}{'sigma':>7}{'%':>8}")
    for row, name in enumerate(("all", "lit")):
        for i, altitude in enumerate(ALTITUDES_DEG):
            _compared(f"{altitude:.0f}", name, found[:, row, i], float(told[row, i]))


def _compared(label: str, name: str, draws: Floats, told: float) -> None:
    mean, error = float(draws.mean()), float(draws.std(ddof=1)) / math.sqrt(len(draws))
    _row(label, name, mean, error, told)


def _row(label: str, name: str, mean: float, error: float, told: float) -> None:
    sigma = (told - mean) / error if error else math.nan
    percent = 100.0 * (told / mean - 1.0) if mean else math.nan
    print(
        f"{label:>14}{name:>8}{mean:10.3f}{error:8.3f}{told:10.3f}{sigma:7.1f}{percent:8.2f}",
        flush=True,
    )


def _trails() -> None:
    site = _site(-24.62)
    print("\ntrails at azimuth 225, altitude 35, in a circle of 1.5 deg, in 30 s")
    print(f"{'':22}{'drawn':>10}{'error':>8}{'told':>10}{'sigma':>7}{'%':>8}")
    told = trails_at(paper_shells(), site, *FIELD)
    rng = np.random.default_rng(1)
    begun = time.process_time()
    draws = trails_in_draws(paper_shells(), site, *FIELD, TRAIL_DRAWS, rng)
    for i, name in enumerate(("all", "lit")):
        _compared(f"{TRAIL_DRAWS} draws", name, draws[:, i], float(told[i]))
    near = [mean_trails(shell, site, *FIELD, DRAWN_NEAR, rng) for shell in paper_shells()]
    for i, name in enumerate(("all", "lit")):
        mean = float(sum(mean[i] for mean, _ in near))
        error = math.sqrt(sum(error[i] ** 2 for _, error in near))
        _row("drawn near", name, mean, error, float(told[i]))
    print(f"in {time.process_time() - begun:.1f} CPU s")


def _site(lat_deg: float) -> Site:
    if lat_deg == -24.62:
        return Site(lat_deg, -23.0, 8.8009 * 15.0)
    return Site.with_sun_at(lat_deg, -23.4, -23.0)


if __name__ == "__main__":
    begun = time.process_time()
    sum(range(10_000_000))
    print(f"fixed workload: {time.process_time() - begun:.3f} CPU s (sum of 10 M integers)")
    print_probability()
