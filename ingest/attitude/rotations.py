"""Rotations as quaternions, scalar last, in the sense of CCSDS: frames turn, vectors stay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["euler_quaternion"]

Floats = NDArray[np.float64]


def euler_quaternion(sequence: str, angles_rad: Floats) -> Floats:
    """Quaternions (k, 4) of three turns about the axes of the turning frame, one after the other.

    Parameters
    ----------
    sequence : str
        Axes of the first, second and third turn, each 1, 2 or 3.
    angles_rad : ndarray (k, 3)
        In that order.

    References
    ----------
    CCSDS 504.0-B-2: M = M3 M2 M1.

    Examples
    --------
    >>> euler_quaternion("321", np.array([[np.pi, 0.0, 0.0]])).round(6)
    array([[0., 0., 1., 0.]])
    """
    total = np.tile([0.0, 0.0, 0.0, 1.0], (len(angles_rad), 1))
    for turn, axis in enumerate(sequence):
        half = 0.5 * angles_rad[:, turn]
        one = np.zeros_like(total)
        one[:, int(axis) - 1], one[:, 3] = np.sin(half), np.cos(half)
        # Later turns are about axes that have turned already, so they stand at the right.
        total = _product(total, one)
    return total


def _product(p: Floats, q: Floats) -> Floats:
    """Hamilton's product of scalar-last quaternions."""
    vector = p[:, 3:] * q[:, :3] + q[:, 3:] * p[:, :3] + np.cross(p[:, :3], q[:, :3])
    scalar = p[:, 3] * q[:, 3] - np.sum(p[:, :3] * q[:, :3], axis=1)
    return np.concatenate([vector, scalar[:, None]], axis=1)
