"""What is seen of satellites, each at an instant of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import Apparent, apparent
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.propagation import Orbits
from satvo.resources.passes.options import Options

__all__ = ["Moment", "moment_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen of each of n satellites.

    Attributes
    ----------
    mjd : ndarray (n,)
        MJD in UTC.
    seen : Apparent
    velocity_km_s : ndarray (n, 3)
        GCRS.
    frames : Frames
        At the instants.
    """

    mjd: Floats
    seen: Apparent
    velocity_km_s: Floats
    frames: Frames


def moment_of(
    orbits: Orbits,
    which: NDArray[np.int64],
    mjd: Floats,
    observer: Observer,
    options: Options,
) -> Moment:
    """Satellites ``which`` (n,) of some orbits at instants (n,), MJD in UTC."""
    states = orbits.along(which, mjd[:, None])
    frames = Frames.at(mjd) if len(mjd) else Frames.at(np.array([60000.0]))[:0]
    position = rotate(frames.teme_to_gcrs, states.position[:, 0])
    velocity = rotate(frames.teme_to_gcrs, states.velocity[:, 0])
    seen = apparent(position, velocity, observer, frames, refraction=options.refraction)
    return Moment(mjd, seen, velocity, frames)
