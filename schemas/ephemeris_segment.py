"""The record of one segment of an ephemeris: states of one object, as a file has them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["COVARIANCE_FRAMES", "FRAMES", "EphemerisSegment"]

FRAMES = ("TEME", "EME2000", "GCRS", "ITRS")
"""The frames of states: true equator and mean equinox of date, mean equator and equinox of J2000,
GCRS (GCRF, and ICRF with the Earth as centre), ITRS (any ITRF; they differ by centimetres)."""

COVARIANCE_FRAMES = ("RTN", "TNW", *FRAMES)
"""The frames of covariances: also radial, transverse, normal (RSW, UVW), and tangential, normal in
the plane, along the angular momentum (TNW)."""


@dataclass(frozen=True, slots=True, eq=False)
class EphemerisSegment:
    """States of one object over one span, between whose ends may be interpolated.

    Attributes
    ----------
    line : int
        Where it begins in its file.
    tai : (n,) array of int
        Epochs, us of TAI since MJD 0, strictly increasing (`satvo.schemas.leap_seconds`).
    states : (n, 6) array
        Position in km, velocity in km/s, in `frame`; NaN velocity where the file has positions
        only, all NaN where it has a covariance at an epoch without a state.
    frame : str
        One of `FRAMES`.
    covariances : (n, 21) array or None
        Lower triangle, row by row, of the covariance of position and velocity, km and km/s; NaN
        where there is none.
    covariance_frames : tuple of (str or None), length n or 0
        One of `COVARIANCE_FRAMES` each.
    interpolation : str or None
        ``hermite`` or ``lagrange``, as the file asks; None where it does not.
    degree : int or None
        Of the polynomial that it asks for.
    useable : tuple of (int or None)
        First and last epoch for which results are to be used, us of TAI; states outside serve as
        nodes only.
    followed : bool
        Whether the file goes on with another segment of the same object: a manoeuvre or another
        break lies after the last state.
    norad_id, object_id, object_name : int, str, str or None
        What the file says of the object. With no `norad_id` the loader looks `object_id` up.
    format, originator : str
    created : int or None
        When the file was made, us of TAI.
    """

    line: int
    tai: npt.NDArray[np.int64]
    states: npt.NDArray[np.float64]
    frame: str
    covariances: npt.NDArray[np.float64] | None = None
    covariance_frames: tuple[str | None, ...] = field(default=(), repr=False)
    interpolation: str | None = None
    degree: int | None = None
    useable: tuple[int | None, int | None] = (None, None)
    followed: bool = False
    norad_id: int | None = None
    object_id: str | None = None
    object_name: str | None = None
    format: str = ""
    originator: str | None = None
    created: int | None = None

    def __len__(self) -> int:
        return len(self.tai)
