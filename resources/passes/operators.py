"""Operators' ephemerides in place of elements, exposure by exposure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import Observer, number_of
from satvo.resources.ephemeris.operator_files import OperatorFiles
from satvo.resources.ephemeris.propagation import JoinedOrbits, Orbits
from satvo.resources.passes.crossings import Crossing, find_crossings
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.search import Parts, find_among

__all__ = ["FilesOf", "Found", "hours_of", "with_files"]

FilesOf = Callable[[float, float], OperatorFiles | None]
"""The ephemeris files that have states from one time to another (MJD in UTC), if there are any."""


@dataclass(frozen=True, slots=True)
class Found:
    """Crossings, and the satellites that their places are of.

    Attributes
    ----------
    crossings : list of Crossing
        By exposure and time.
    elements : Elements
    orbits : Orbits
    files : OperatorFiles, optional
        The last of elements and orbits.
    """

    crossings: list[Crossing]
    elements: Elements
    orbits: Orbits
    files: OperatorFiles | None = None


def hours_of(exposures: list[Exposure]) -> Iterator[tuple[list[int], float, float]]:
    """Exposures (their places in the list) by the hour, and what time each hour's take.

    Files are read by the hour, so that a night with the states of thousands of satellites never
    needs all of them at once. The time is that of the exposures to whole hours, MJD in UTC.
    """
    hours: dict[int, list[int]] = defaultdict(list)
    for i, exposure in enumerate(exposures):
        hours[math.floor(exposure.middle_mjd * 24.0)].append(i)
    for _, members in sorted(hours.items()):
        first = min(exposures[i].start_mjd for i in members)
        last = max(exposures[i].end_mjd for i in members)
        yield members, math.floor(first * 24.0) / 24.0, math.ceil(last * 24.0) / 24.0


def with_files(
    found: Found,
    files: OperatorFiles,
    members: list[int],
    exposures: list[Exposure],
    parts: Parts,
    observer: Observer,
) -> Found:
    """What was found by elements, with files in their place where they cover a whole exposure.

    Parameters
    ----------
    found : Found
        Of the exposures ``members``.
    files : OperatorFiles
    members : list of int
        Places in ``exposures``.
    exposures, parts, observer
        What was searched.
    """
    used = files.used(
        np.array([exposures[i].start_mjd for i in members]),
        np.array([exposures[i].end_mjd for i in members]),
    )
    place = np.full(len(exposures), -1)
    place[members] = np.arange(len(members))
    column = place[parts.exposure]
    may = used[:, column] & (column >= 0)
    may[files.satellites.norad_id == number_of(observer)] = False
    satellite, part = find_among(files.orbits, may, parts)
    order = np.lexsort((part, satellite))
    crossings = find_crossings(
        files.orbits, satellite[order], part[order], parts, exposures, observer
    )
    numbers = files.satellites.norad_id
    covered = {(int(numbers[i]), members[j]) for i, j in np.argwhere(used).tolist()}
    own = [
        c
        for c in found.crossings
        if (int(found.elements.norad_id[c.satellite]), c.exposure) not in covered
    ]
    behind = len(found.elements)
    own += [replace(c, satellite=behind + c.satellite) for c in crossings]
    return Found(
        sorted(own, key=lambda c: (c.exposure, c.enters_mjd, c.satellite, c.aperture)),
        found.elements.joined(files.satellites),
        JoinedOrbits(found.orbits, files.orbits),
        files,
    )
