"""Attitudes of an operator's file as a law."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from satvo.ingest.attitude.aem import AttitudeSegment
from satvo.resources.brightness.attitude import (
    Attitude,
    AttitudeLaw,
    local_orbital,
    turned_about,
)
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.schemas.sphere import normalised

__all__ = ["attitude_at", "matrix", "slerp", "tracked"]


def tracked(
    segments: Sequence[AttitudeSegment],
    mjd_utc: Floats,
    *,
    otherwise: AttitudeLaw,
    array_axis: tuple[float, float, float] | None = (0.0, 1.0, 0.0),
) -> AttitudeLaw:
    """The law of a satellite whose attitude is known from files.

    Parameters
    ----------
    segments : sequence of AttitudeSegment
        Of this satellite; where two cover an instant the later one of the sequence holds.
    mjd_utc : ndarray (n,)
        The instant of each row of the geometry that the law will be asked for.
    otherwise : AttitudeLaw
        For instants that no segment covers.
    array_axis : tuple of three float, optional
        Body axis about which the solar array turns to the Sun; None: it is fixed to the body.
    """
    instants = np.atleast_1d(np.asarray(mjd_utc, dtype=np.float64))

    def law(geometry: Geometry) -> Attitude:
        found = otherwise(geometry)
        body, array = found.body.copy(), found.array.copy()
        for segment in segments:
            inside = (instants >= segment.start_mjd_utc) & (instants <= segment.stop_mjd_utc)
            inside &= (instants >= segment.mjd_utc[0]) & (instants <= segment.mjd_utc[-1])
            if not inside.any():
                continue
            part = geometry[inside]
            axes = attitude_at(segment, instants[inside]) @ _frame(segment.frame, part)
            body[inside] = axes
            if array_axis is None:
                array[inside] = axes
            else:
                hinge = np.einsum("i,nij->nj", np.asarray(array_axis), axes)
                array[inside] = turned_about(hinge, part.to_sun)
        return Attitude(body, array)

    return law


def attitude_at(segment: AttitudeSegment, mjd_utc: Floats) -> Floats:
    """Matrices (n, 3, 3) from the segment's frame to the body at instants that it covers."""
    if len(segment.mjd_utc) == 1:
        return np.repeat(matrix(segment.quaternion), len(mjd_utc), axis=0)
    last = len(segment.mjd_utc) - 2
    before = np.clip(np.searchsorted(segment.mjd_utc, mjd_utc, side="right") - 1, 0, last)
    step = segment.mjd_utc[before + 1] - segment.mjd_utc[before]
    share = (mjd_utc - segment.mjd_utc[before]) / step
    return matrix(slerp(segment.quaternion[before], segment.quaternion[before + 1], share))


def slerp(one: Floats, other: Floats, share: Floats) -> Floats:
    """Unit quaternions (n, 4) between two, along the shorter way at an even rate.

    References
    ----------
    Shoemake, K. 1985, SIGGRAPH 19, 245.

    Examples
    --------
    >>> still, half_turn = np.array([[0, 0, 0, 1.0]]), np.array([[0, 0, 1.0, 0]])
    >>> slerp(still, half_turn, np.array([0.5])).round(4)
    array([[0.    , 0.    , 0.7071, 0.7071]])
    """
    cosine = np.sum(one * other, axis=1)
    other = np.where(cosine[:, None] < 0.0, -other, other)
    angle = 2.0 * np.arctan2(
        np.linalg.norm(one - other, axis=1), np.linalg.norm(one + other, axis=1)
    )
    # Between quaternions a nanoradian apart a straight line is the same to the last digit.
    near = angle < 1e-9
    sine = np.where(near, 1.0, np.sin(angle))
    first = np.where(near, 1.0 - share, np.sin((1.0 - share) * angle) / sine)
    second = np.where(near, share, np.sin(share * angle) / sine)
    return np.asarray(first[:, None] * one + second[:, None] * other)


def matrix(quaternion: Floats) -> Floats:
    """Matrices (n, 3, 3) that turn coordinates in frame A into those in frame B.

    References
    ----------
    CCSDS 504.0-B-2.

    Examples
    --------
    >>> turned = matrix(np.array([[0, 0, np.sin(np.pi / 4), np.cos(np.pi / 4)]]))
    >>> (turned[0] @ [1.0, 0, 0]).round(6)
    array([ 0., -1.,  0.])
    """
    x, y, z, w = np.moveaxis(quaternion, -1, 0)
    rows = [
        [x * x - y * y - z * z + w * w, 2 * (x * y + z * w), 2 * (x * z - y * w)],
        [2 * (x * y - z * w), -x * x + y * y - z * z + w * w, 2 * (y * z + x * w)],
        [2 * (x * z + y * w), 2 * (y * z - x * w), -x * x - y * y + z * z + w * w],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def _frame(name: str, geometry: Geometry) -> Floats:
    """Matrices from the frame of the geometry to that of a segment."""
    if name == "inertial":
        return np.broadcast_to(np.eye(3), (len(geometry), 3, 3))
    if name == "lvlh":
        return local_orbital(geometry)
    radial = -geometry.to_nadir
    normal = normalised(np.cross(geometry.satellite_km, geometry.velocity_km_s))
    return np.stack([radial, np.cross(normal, radial), normal], axis=1)
