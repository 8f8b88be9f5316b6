"""The covariance of a state between those that an ephemeris file gives, always positive definite.

Covariances are turned to the axes of the orbit (RTN), where they change slowly, scaled to the same
size, and their matrix logarithms taken linearly in time: the result is positive definite, and its
determinant lies between those of its neighbours. Interpolated element by element in inertial axes,
the error ellipsoid of a quarter of a revolution swells to a sphere.

References: Arsigny, Fillard, Pennec & Ayache 2006, Magnetic Resonance in Medicine 56, 411
(log-Euclidean interpolation); CCSDS 502.0-B-3, section 5.2.5 and annex B (covariances and RTN).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.interpolation import Ephemeris
from satvo.resources.ephemeris.state_frames import orbit_axes, rotation_to_gcrs, to_gcrs
from satvo.schemas.leap_seconds import tai_of_mjd, utc_of_tai

__all__ = ["covariance_at", "full_matrices", "log_euclidean"]

Floats = NDArray[np.float64]

_LOWER = np.tril_indices(6)
_LEAST_EIGENVALUE = 1e-14
"""Of a matrix scaled to unit variances: what rounding makes of a singular one is lifted to it."""


def covariance_at(ephemeris: Ephemeris, mjd_utc: ArrayLike) -> Floats:
    """Covariances of position and velocity at instants, in RTN.

    Parameters
    ----------
    ephemeris : Ephemeris
    mjd_utc : ndarray (n,)
        MJD in UTC.

    Returns
    -------
    ndarray (n, 6, 6)
        km**2, km**2/s and km**2/s**2 along radial, transverse and normal axes that stand still;
        NaN where the file has no covariance on both sides, or a break or gap lies between.

    Examples
    --------
    The error doubles in two minutes; after one it is the geometric mean:

    >>> angle = np.arange(3) * 120.0 * 0.0011
    >>> states = np.zeros((3, 6))
    >>> states[:, 0], states[:, 1] = 7000 * np.cos(angle), 7000 * np.sin(angle)
    >>> states[:, 3], states[:, 4] = -7.7 * np.sin(angle), 7.7 * np.cos(angle)
    >>> given = np.eye(6)[np.tril_indices(6)] * np.array([[1.0], [4.0], [16.0]])
    >>> tai = tai_of_mjd(60000.0) + np.arange(3) * 120_000_000
    >>> circle = Ephemeris(25544, "GCRS", tai, states, given, ("RTN",) * 3)
    >>> covariance_at(circle, 60000.0 + 60 / 86400)[0].diagonal().round(9).tolist()
    [2.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    """
    instants = tai_of_mjd(np.atleast_1d(np.asarray(mjd_utc, np.float64)))
    found = np.full((len(instants), 6, 6), np.nan)
    if ephemeris.covariances is None:
        return found
    rows = np.flatnonzero(np.isfinite(ephemeris.covariances[:, 0]))
    matrices = _in_rtn(ephemeris, rows)
    tai = ephemeris.tai[rows]
    for first, last in _spans(ephemeris):
        held = np.flatnonzero((tai >= first) & (tai <= last) & np.isfinite(matrices[:, 0, 0]))
        if not len(held):
            continue
        epochs = tai[held]
        mine = np.flatnonzero((instants >= epochs[0]) & (instants <= epochs[-1]))
        before = np.searchsorted(epochs, instants[mine], side="right") - 1
        after = np.minimum(before + 1, len(epochs) - 1)
        width = np.maximum(epochs[after] - epochs[before], 1)
        weight = (instants[mine] - epochs[before]) / width
        found[mine] = log_euclidean(matrices[held[before]], matrices[held[after]], weight)
    return found


def full_matrices(lower: Floats) -> Floats:
    """Symmetric matrices (n, 6, 6) of lower triangles (n, 21), row by row."""
    matrices = np.zeros((len(lower), 6, 6))
    matrices[:, _LOWER[0], _LOWER[1]] = lower
    matrices[:, _LOWER[1], _LOWER[0]] = lower
    return matrices


def log_euclidean(first: Floats, second: Floats, weight: Floats) -> Floats:
    """Matrices (n, 6, 6) between two, of which weight 0 gives the first and 1 the second.

    Parameters
    ----------
    first, second : ndarray (n, 6, 6)
        Symmetric, positive semi-definite; a singular one is lifted by 1e-14 of its variances.
    weight : ndarray (n,)
        0 to 1, both included.
    """
    variance = np.sqrt(np.diagonal(first, axis1=1, axis2=2) * np.diagonal(second, axis1=1, axis2=2))
    scale = np.sqrt(np.where(variance > 0, variance, 1.0))
    outer = scale[:, :, None] * scale[:, None, :]
    one, other = _function(first / outer, np.log), _function(second / outer, np.log)
    share = np.asarray(weight, np.float64)[:, None, None]
    return np.asarray(_function(one + share * (other - one), np.exp, floor=None) * outer)


def _function(matrices: Floats, of: np.ufunc, floor: float | None = _LEAST_EIGENVALUE) -> Floats:
    """A function of symmetric matrices, by their eigenvalues."""
    values, vectors = np.linalg.eigh(matrices)
    if floor is not None:
        values = np.maximum(values, floor * np.maximum(values[:, -1:], floor))
    return np.asarray((vectors * of(values)[:, None, :]) @ np.swapaxes(vectors, 1, 2))


def _spans(ephemeris: Ephemeris) -> list[tuple[int, int]]:
    """First and last epoch of each span within which may be interpolated."""
    tai = ephemeris.tai[ephemeris.nodes]
    return [(int(tai[start]), int(tai[stop - 1])) for start, stop in ephemeris.arcs.tolist()]


def _in_rtn(ephemeris: Ephemeris, rows: NDArray[np.int64]) -> Floats:
    """The covariances of these rows along the axes of the orbit."""
    assert ephemeris.covariances is not None  # noqa: S101 (the caller looked)
    matrices = full_matrices(ephemeris.covariances[rows])
    names = np.array([ephemeris.covariance_frames[row] or "RTN" for row in rows.tolist()], object)
    turned = np.flatnonzero(names != "RTN")
    if not len(turned):
        return matrices
    mjd = utc_of_tai(ephemeris.tai[rows[turned]])[2]
    moving = {ephemeris.frame, *names[turned]} & {"TEME", "ITRS"}
    frames = Frames.at(mjd) if moving else None
    states = ephemeris.at(mjd)
    r, v = to_gcrs(states.frame, states.r, states.v, frames)
    axes = orbit_axes(r, v)
    for name in set(names[turned].tolist()):
        which = np.flatnonzero(names[turned] == name)
        if name == "TNW":
            to_inertial = np.swapaxes(orbit_axes(r[which], v[which], kind="TNW"), 1, 2)
        else:
            to_inertial = rotation_to_gcrs(name, None if frames is None else frames[which])
        turn = axes[which] @ to_inertial
        both = np.zeros((len(which), 6, 6))
        both[:, :3, :3] = both[:, 3:, 3:] = turn
        place = turned[which]
        matrices[place] = both @ matrices[place] @ np.swapaxes(both, 1, 2)
    return matrices
