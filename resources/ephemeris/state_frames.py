"""States and covariances of files, in their frames, as vectors and matrices in GCRS."""

from __future__ import annotations

from functools import cache

import erfa
import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.frames import EARTH_ROTATION_RAD_PER_S, Frames, rotate
from satvo.schemas.errors import BadParameter

__all__ = ["orbit_axes", "rotation_to_gcrs", "to_gcrs"]

Floats = NDArray[np.float64]

_J2000 = 2451545.0


def to_gcrs(frame: str, r: Floats, v: Floats, frames: Frames | None) -> tuple[Floats, Floats]:
    """Positions and velocities in GCRS of such in the frame of a file.

    Parameters
    ----------
    frame : str
        One of `satvo.schemas.ephemeris_segment.FRAMES`.
    r, v : ndarray (n, 3)
        km and km/s; a velocity in ITRS is that relative to the turning Earth.
    frames : Frames
        At the n instants; None suffices for EME2000 and GCRS, which do not move.

    Raises
    ------
    BadParameter
        If the frame is none of these.

    Notes
    -----
    Left out: the change of precession and nutation and of the pole's place with time (2e-8 km/s)
    and of the length of the day.
    """
    turn = rotation_to_gcrs(frame, frames)
    if frame == "ITRS" and frames is not None:
        # The pole of TEME, about which the Earth turns, in ITRS.
        axis = EARTH_ROTATION_RAD_PER_S * frames.teme_to_itrs[:, :, 2]
        v = v + np.cross(axis, r)
    return rotate(turn, r), rotate(turn, v)


def rotation_to_gcrs(frame: str, frames: Frames | None) -> Floats:
    """Matrices (n, 3, 3), or (1, 3, 3) of a frame that does not move, from a frame to GCRS."""
    if frame == "GCRS":
        return np.eye(3)[None]
    if frame == "EME2000":
        return _bias()[None]
    if frame not in ("TEME", "ITRS") or frames is None:
        raise BadParameter(f"frame {frame!r}: TEME, EME2000, GCRS or ITRS is accepted")
    return frames.teme_to_gcrs if frame == "TEME" else frames.itrs_to_gcrs


@cache
def _bias() -> Floats:
    """From the mean equator and equinox of J2000 to GCRS: 23 mas (IAU 2006, `erfa.bp06`)."""
    return np.ascontiguousarray(erfa.bp06(_J2000, 0.0)[0].T)


def orbit_axes(r: Floats, v: Floats, *, kind: str = "RTN") -> Floats:
    """Matrices (n, 3, 3) from an inertial frame to the axes of the orbit.

    Parameters
    ----------
    r, v : ndarray (n, 3)
        Position and velocity, inertial.
    kind : str
        ``RTN``: radial, transverse, along the angular momentum. ``TNW``: along the velocity, in
        the plane away from it towards the Earth's side, along the angular momentum (CCSDS
        502.0-B-3, annex B).

    Examples
    --------
    >>> orbit_axes(np.array([[7000.0, 0, 0]]), np.array([[0, 7.5, 0]]))[0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    momentum = _unit(np.cross(r, v))
    if kind == "TNW":
        tangent = _unit(v)
        return np.stack([tangent, np.cross(momentum, tangent), momentum], axis=1)
    radial = _unit(r)
    return np.stack([radial, np.cross(momentum, radial), momentum], axis=1)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
