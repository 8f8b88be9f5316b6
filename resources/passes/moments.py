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

    def every(self, step: int, first: int) -> Moment:
        """Every so manieth, from one on."""
        these = slice(first, None, step)
        seen = Apparent(*(getattr(self.seen, name)[these] for name in Apparent.__slots__))
        return Moment(self.mjd[these], seen, self.velocity_km_s[these], self.frames[these])


def moment_of(
    orbits: Orbits,
    which: NDArray[np.int64],
    mjd: Floats,
    observer: Observer,
    options: Options,
) -> Moment:
    """Satellites ``which`` (n,) of some orbits at instants (n,) or (n, k), MJD in UTC.

    The k instants of a satellite follow each other in what is returned.
    """
    flat = mjd.ravel()
    states = orbits.along(which, mjd.reshape(len(which), mjd.shape[1] if mjd.ndim == 2 else 1))
    frames = Frames.at(flat) if len(flat) else Frames.at(np.array([60000.0]))[:0]
    position = rotate(frames.teme_to_gcrs, states.position.reshape(-1, 3))
    velocity = rotate(frames.teme_to_gcrs, states.velocity.reshape(-1, 3))
    seen = apparent(position, velocity, observer, frames, refraction=options.refraction)
    return Moment(flat, seen, velocity, frames)
