"""The part of the benchmark table that is PassPredict's, beside brute force by skyfield.

30 000 satellites are those of a catalogue of July 2022, and copies of them on other nodes. CPU
seconds of this process; BLAS has one thread, as in the server.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from bench_clock import cpu_s, least_s, tell
from catalogues import elements_in
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.crossings import find_crossings
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle
from satvo.resources.passes.predict import Catalogue, predict
from satvo.resources.passes.search import find_candidates, parts_of
from satvo.resources.passes.state_table import StateTable

__all__ = ["print_passes"]

RUBIN = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin")
NIGHT_MJD = 59775.0
HOURS = 10.0
EXPOSURES = 1000
BRUTE_SATELLITES = 1500


def print_passes(data: Path) -> None:
    """Print the table; a line that says why where the data are missing."""
    file = data / "orbits" / "3le_2022-07-15.txt.gz"
    if not file.is_file():
        print(f"no benchmark of passes: {file} is not there")
        return
    every = elements_in(file)
    night = exposures()
    print(f"\nPassPredict: {EXPOSURES} exposures of 30 s, radius 0.5 deg, in {HOURS:.0f} h")
    print(f"{'work':54}{'CPU s':>10}")
    tell("sgp4 itself: 30 000 satellites at 31 instants", _grid(of_size(every, 30_000)))
    for count in (30_000, 100_000):
        _work(of_size(every, count), night, count)
    brute = _skyfield(of_size(every, BRUTE_SATELLITES), night[0])
    one = brute * 30_000 / BRUTE_SATELLITES
    tell(f"skyfield, one exposure ({BRUTE_SATELLITES} satellites, as 30 000)", one)
    tell("skyfield, the night (one exposure, as 1000)", one * EXPOSURES)


def of_size(every: Elements, count: int) -> Elements:
    """So many satellites: those of a catalogue, and again with nodes and anomalies drawn."""
    place = np.arange(count) % len(every)
    again = np.arange(count) >= len(every)
    drawn = np.random.default_rng(1).uniform(0, 360, (2, count))
    found = every[place]
    return dataclasses.replace(
        found,
        norad_id=found.norad_id + 1_000_000 * (np.arange(count) // len(every)),
        ra_of_asc_node=np.where(again, drawn[0], found.ra_of_asc_node),
        mean_anomaly=np.where(again, drawn[1], found.mean_anomaly),
    )


def exposures() -> list[Exposure]:
    """Random pointings above 20 deg, in the order of time."""
    rng = np.random.default_rng(3)
    start = np.sort(NIGHT_MJD + rng.uniform(0, HOURS / 24, EXPOSURES))
    horizon = RUBIN.horizon(Frames.at(start + 15 / 86400))
    alt = np.arcsin(rng.uniform(np.sin(np.radians(20)), 1, EXPOSURES))
    az = rng.uniform(0, 2 * np.pi, EXPOSURES)
    enu = np.stack([np.cos(alt) * np.sin(az), np.cos(alt) * np.cos(az), np.sin(alt)], axis=1)
    ra, dec = radec_deg(np.einsum("nij,ni->nj", horizon, enu))
    return [
        Exposure(f"{i}", float(start[i]), 30.0, Circle.of(float(ra[i]), float(dec[i]), 0.5))
        for i in range(EXPOSURES)
    ]


def _work(elements: Elements, night: list[Exposure], count: int) -> None:
    catalogue = Catalogue(elements)

    def search(some: list[Exposure]) -> int:
        parts = parts_of(some, RUBIN)
        pairs = find_candidates(catalogue.table, parts, RUBIN)
        return len(find_crossings(catalogue.orbits, *pairs, parts, some, RUBIN))

    def cold(some: list[Exposure]) -> Callable[[], object]:
        def run() -> object:
            catalogue.table = StateTable(elements, catalogue.orbits, most_bytes=1 << 30)
            return search(some)

        return run

    name = f"{count:,} satellites".replace(",", " ")
    tell(f"{name}: one exposure, cold", least_s(cold(night[500:501])))
    tell(f"{name}: the night, cold", least_s(cold(night)))
    tell(f"{name}: the night again", least_s(lambda: search(night)))
    singles = cpu_s(lambda: [search([each]) for each in night[:200]]) / 200
    tell(f"{name}: one exposure of a night that was searched", singles)
    rows = least_s(lambda: predict(night, RUBIN, catalogue))
    tell(f"{name}: the night again, with all rows", rows)


def _grid(elements: Elements) -> float:
    catalogue = Catalogue(elements)
    mjd = NIGHT_MJD + np.arange(31) * 1200 / 86400
    return least_s(lambda: catalogue.orbits.grid(mjd))


def _skyfield(elements: Elements, exposure: Exposure) -> float:
    """One exposure as SatChecker has it: each satellite at each second, and the angle to it."""
    from sgp4.api import WGS72, Satrec
    from skyfield.api import EarthSatellite, load, wgs84

    scale = load.timescale(builtin=True)
    site = wgs84.latlon(RUBIN.lat_deg, RUBIN.lon_deg, RUBIN.height_m)
    times = scale.tt_jd(2400000.5 + exposure.start_mjd + 69.184 / 86400 + np.arange(31) / 86400)
    radians, minutes = np.pi / 180, 2 * np.pi / 1440

    def satellites() -> list[EarthSatellite]:
        made = []
        for i in range(len(elements)):
            record = Satrec()
            record.sgp4init(
                WGS72, "i", 0, elements.epoch_mjd[i] - 33281.0, elements.bstar[i], 0.0, 0.0,
                elements.eccentricity[i], elements.arg_of_pericenter[i] * radians,
                elements.inclination[i] * radians, elements.mean_anomaly[i] * radians,
                elements.mean_motion[i] * minutes, elements.ra_of_asc_node[i] * radians,
            )  # fmt: skip
            made.append(EarthSatellite.from_satrec(record, scale))
        return made

    every = satellites()

    def search() -> int:
        found = 0
        for satellite in every:
            place = (satellite - site).at(times).position.km
            along = exposure.field.centre @ place / np.linalg.norm(place, axis=0)
            found += bool((along > np.cos(exposure.field.radius_rad)).any())
        return found

    return cpu_s(search)


if __name__ == "__main__":
    print_passes(
        Path(__file__).resolve().parents[1] / os.environ.get("SATVO_TEST_DATA", "../shared/data")
    )
