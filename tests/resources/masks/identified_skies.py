"""Images of satellites that are not where their elements say, and what became of their trails.

The truth is made by PassPredict, which finds crossings by another way than the identification
does, from elements that are displaced along and across their orbits by draws with long tails
(Student's t with four degrees of freedom, 68 % as measured for the age of each set). Ends of
trails get the errors of a detector. Angles, lengths and which ends lie inside are what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray
from satvo.resources.constellations.filed import filed_constellation
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import element_sets
from satvo.resources.ephemeris.apparent import apparent
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.uncertainty import rtn_sigma_km
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.identify.identification import Identified, identify
from satvo.resources.masks.identify.predicted import Known
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Polygon
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict
from satvo.schemas.moments import mjd_of

SITE = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)
SIDE_PX = 2000
ACROSS_PX, ALONG_PX = 0.5, 2.0
SHORTEST_PX = 15.0
FEW = 1000
EXPOSURES_S = (1.0, 5.0, 10.0, 30.0, 120.0)
T4_68 = 1.142  # what holds 68 % of Student's t with four degrees of freedom


@dataclass(frozen=True)
class Named:
    """What became of the trail of one satellite."""

    norad_id: int
    found: Identified
    late_s: float
    """By how much it was late in truth."""
    is_reversed: bool
    """Whether it went from the trail's end to its start in truth."""

    @property
    def outcome(self) -> str:
        match = self.found.satellite
        if match is None:
            return "none"
        return "right" if match.norad_id == self.norad_id else "wrong"


def displaced(
    elements: Elements, mjd: float, random: np.random.Generator
) -> tuple[Elements, NDArray[Any]]:
    """The true orbits about a time, and by how many seconds each satellite is late."""
    sigma = rtn_sigma_km(elements.constellation, mjd - elements.epoch_mjd)
    along, across = (
        random.standard_t(4, len(elements)) / T4_68 * sigma[:, axis] for axis in (1, 2)
    )
    motion = elements.mean_motion * 2.0 * np.pi / 86400.0
    radius = (398600.8 / motion**2) ** (1.0 / 3.0)
    # Half of the error across tilts the orbit, half turns its node: everywhere there is one.
    turn = random.uniform(0.0, 2.0 * np.pi, len(elements))
    tilt = np.degrees(across / radius) * np.sqrt(2.0) * np.cos(turn)
    sine = np.maximum(np.abs(np.sin(np.radians(elements.inclination))), 0.05)
    node = np.degrees(across / radius) * np.sqrt(2.0) * np.sin(turn) / sine
    anomaly = np.degrees(along / radius) - node * np.cos(np.radians(elements.inclination))
    true = replace(
        elements,
        mean_anomaly=(elements.mean_anomaly + anomaly) % 360.0,
        inclination=np.clip(elements.inclination + tilt, 0.0, 180.0),
        ra_of_asc_node=(elements.ra_of_asc_node + node) % 360.0,
    )
    return true, -along / (motion * radius)


def image(
    mjd: float, exposure_s: float, ra: float, dec: float, side: float, turn: float
) -> Exposure:
    """An exposure with its WCS, about a time and a place."""
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [SIDE_PX / 2 + 0.5] * 2, [ra % 360.0, dec]
    wcs.wcs.cdelt, wcs.wcs.ctype = [-side / SIDE_PX, side / SIDE_PX], ["RA---TAN", "DEC--TAN"]
    wcs.wcs.pc = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    wcs.wcs.set()
    corners = wcs.calc_footprint(axes=(SIDE_PX, SIDE_PX))
    field = Polygon.of([[float(a) % 360.0, float(b)] for a, b in corners])
    return replace(
        Exposure("image", mjd - exposure_s / 172800.0, exposure_s, field),
        wcs=wcs,
    )


def around(
    true: Catalogue, mjd: float, may: NDArray[np.bool_], random: np.random.Generator, side: float
) -> tuple[float, float]:
    """A place near one of the satellites that are lit and well up; a pole where none is."""
    few = random.choice(np.flatnonzero(may), min(FEW, int(may.sum())), replace=False)
    frames = Frames.at(np.array([mjd]))
    states = true.orbits.along(few, np.full((len(few), 1), mjd))
    turn = frames.teme_to_gcrs[0].T
    seen = apparent(
        states.position[:, 0] @ turn, states.velocity[:, 0] @ turn, SITE, frames.repeated(len(few))
    )
    up = (seen.alt > 25.0) & (seen.sun_frac > 0.0) & states.is_valid[:, 0]
    up &= np.abs(seen.dec) < 80.0
    if not up.any():
        return 0.0, -90.0
    chosen = random.choice(np.flatnonzero(up))
    east, north = random.uniform(-0.4, 0.4, 2) * side
    return float(seen.ra[chosen] + east / np.cos(np.radians(seen.dec[chosen]))), float(
        seen.dec[chosen] + north
    )


def trails_of(
    exposure: Exposure, true: Catalogue, random: np.random.Generator
) -> tuple[list[FoundTrail], list[tuple[int, bool]]]:
    """The trails of an image as a detector finds them; the satellite of each, and its sense."""
    rows = predict([exposure], SITE, true, Options(illuminated_only=True)).columns
    trails, truth = [], []
    for row in range(len(rows["norad_id"])):
        ra = [rows["ra_start"][row], rows["ra_end"][row]]
        dec = [rows["dec_start"][row], rows["dec_end"][row]]
        xy = np.stack(exposure.wcs.world_to_pixel_values(ra, dec), axis=1)
        length = float(np.hypot(*(xy[1] - xy[0])))
        if length < SHORTEST_PX:
            continue
        ahead = (xy[1] - xy[0]) / length
        is_open = [
            abs(rows["t_min"][row] - exposure.start_mjd) * 86400.0 > 1e-4,
            abs(rows["t_max"][row] - exposure.end_mjd) * 86400.0 > 1e-4,
        ]
        for end in (0, 1):
            xy[end] += np.array([-ahead[1], ahead[0]]) * random.normal(0.0, ACROSS_PX)
            if not is_open[end]:
                xy[end] += ahead * random.normal(0.0, ALONG_PX)
        turned = bool(random.random() < 0.5)
        trails.append(_trail(xy[::-1] if turned else xy, is_open[::-1] if turned else is_open))
        truth.append((int(rows["norad_id"][row]), turned))
    return trails, truth


def _trail(xy: NDArray[Any], is_open: Sequence[bool] = (False, False)) -> FoundTrail:
    (x1, y1), (x2, y2) = xy.tolist()
    return FoundTrail(
        (x1, y1),
        (x2, y2),
        across_error=ACROSS_PX,
        along_error=ALONG_PX,
        open_ends=(bool(is_open[0]), bool(is_open[1])),
    )


def unknown_trails(count: int, random: np.random.Generator) -> list[FoundTrail]:
    """Trails of nothing that is known: anywhere, in any direction, 30 to 1000 pixels long."""
    found = []
    for _ in range(count):
        half = 30.0 * (1000.0 / 30.0) ** random.random() / 2.0
        middle, turn = random.uniform(500.0, 1500.0, 2), random.uniform(0.0, np.pi)
        step = half * np.array([np.cos(turn), np.sin(turn)])
        found.append(_trail(np.stack([middle - step, middle + step])))
    return found


@dataclass
class Night:
    """Images of satellites, some at a time with the same true orbits."""

    elements: Elements
    mjd: float
    """About when they are taken."""
    side: float = 1.0
    """Of the field, deg."""
    exposures_s: Sequence[float] = EXPOSURES_S
    may: Callable[[Elements], NDArray[np.bool_]] = lambda elements: np.ones(len(elements), bool)
    """Which satellites the images are taken of."""
    images_a_truth: int = 75

    def images(self, random: np.random.Generator) -> Iterator[tuple[Exposure, Any, Any, Any]]:
        """Without end: exposure, trails, truth, and by how much each satellite is late."""
        known, may = Known(self.elements, SITE), self.may(self.elements)
        while True:
            mjd = self.mjd + random.uniform(-0.5, 0.5)
            orbits, late_s = displaced(self.elements, mjd, random)
            true = Catalogue(orbits)
            for _ in range(self.images_a_truth):
                when = mjd + random.uniform(-0.02, 0.02)
                place = around(true, when, may, random, self.side)
                exposure = image(
                    when,
                    float(random.choice(self.exposures_s)),
                    *place,
                    self.side,
                    random.uniform(0.0, 2.0 * np.pi),
                )
                trails, truth = trails_of(exposure, true, random)
                if trails:
                    yield exposure, trails, truth, (known, late_s)

    def named(self, count: int, random: np.random.Generator) -> list[Named]:
        """At least so many trails of satellites, identified."""
        found: list[Named] = []
        for exposure, trails, truth, (known, late_s) in self.images(random):
            answers = identify(trails, exposure, (SIDE_PX, SIDE_PX), known)
            for answer, (norad_id, turned) in zip(answers, truth, strict=True):
                late = late_s[np.searchsorted(self.elements.norad_id, norad_id)]
                found.append(Named(norad_id, answer, float(late), turned))
            if len(found) >= count:
                return found
        raise AssertionError("images come without end")

    def claimed(self, count: int, random: np.random.Generator) -> list[Identified]:
        """Those of so many trails of unknown objects, in such images, that got a satellite."""
        found: list[Identified] = []
        done = 0
        for exposure, trails, _, (known, _) in self.images(random):
            drawn = unknown_trails(4, random)
            found += identify([*trails, *drawn], exposure, (SIDE_PX, SIDE_PX), known)[len(trails) :]
            done += len(drawn)
            if done >= count:
                return [each for each in found if each.satellite is not None]
        raise AssertionError("images come without end")


def shares(found: Sequence[Named]) -> dict[str, float]:
    """Outcomes as shares of all."""
    return {
        name: sum(each.outcome == name for each in found) / len(found)
        for name in ("right", "wrong", "none")
    }


def in_trains(elements: Elements) -> NDArray[np.bool_]:
    """Which satellites have another within 15 to 300 km before or behind them on their orbit."""
    argument = elements.arg_of_pericenter + elements.mean_anomaly
    motion, node = elements.mean_motion, elements.ra_of_asc_node
    at = np.floor(np.median(elements.epoch_mjd))
    # To one time: at two revolutions a day more or less, some hours matter.
    argument = np.radians(argument + (at - elements.epoch_mjd) * motion * 360.0)
    tilt = np.radians(elements.inclination)
    axis = np.stack(
        [
            np.sin(tilt) * np.sin(np.radians(node)),
            -np.sin(tilt) * np.cos(np.radians(node)),
            np.cos(tilt),
        ],
        axis=1,
    )
    found = np.zeros(len(elements), bool)
    for i in range(len(elements)):
        apart = np.abs((argument - argument[i] + np.pi) % (2.0 * np.pi) - np.pi) * 6900.0
        same = (axis @ axis[i] > np.cos(np.radians(0.3))) & (np.abs(motion - motion[i]) < 0.02)
        found[i] = bool((same & (apart > 15.0) & (apart < 300.0)).any())
    return found


def made_up(epoch: datetime, every: int = 2, first_number: int = 900_000_000) -> Elements:
    """Satellites of a simulated constellation."""
    made = simulated_elements(
        filed_constellation("starlink-gen1"), epoch=epoch, first_number=first_number
    )
    sets = list(element_sets(made))[::every]
    columns: dict[str, Any] = {
        name: [getattr(each, name) for each in sets]
        for name in ELEMENT_COLUMNS
        if hasattr(sets[0], name)
    }
    columns["epoch_mjd"] = [mjd_of(each.epoch) for each in sets]
    return Elements.of_columns(columns)
