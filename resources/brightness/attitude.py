"""How a satellite is turned: named laws, and attitudes measured or planned by its operator.

A body has axes of its own, and a solar array that may turn against it. A law gives both as matrices
whose rows are the axes in the frame of the geometry. In every law the body's z axis is where its
antennas look and the array's z axis the normal of the cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import dot, normalised

__all__ = [
    "ATTITUDE_LAWS",
    "Attitude",
    "AttitudeLaw",
    "attitude_law",
    "inertial",
    "local_orbital",
    "turned_about",
]


@dataclass(frozen=True, slots=True)
class Attitude:
    """Axes of body and solar array.

    Attributes
    ----------
    body, array : ndarray (n, 3, 3)
        Rows are the unit vectors x, y, z in the frame of the geometry.
    """

    body: Floats
    array: Floats


AttitudeLaw = Callable[[Geometry], Attitude]


def local_orbital(geometry: Geometry) -> Floats:
    """Axes (n, 3, 3) with z to the nadir, y against the orbit's normal and x forward.

    The LVLH of CCSDS 504.0-B-2. NaN where the velocity is not known.
    """
    normal = np.cross(geometry.satellite_km, geometry.velocity_km_s)
    z, y = geometry.to_nadir, normalised(-normal)
    return np.stack([np.cross(y, z), y, z], axis=1)


def nadir_sun_array(geometry: Geometry) -> Attitude:
    """Body to the nadir, array upright over it and turned to the Sun about the vertical.

    The law of the two-panel model: the cells' normal is the Sun's direction without its vertical
    part. Starlinks on station fly so ("shark fin"). With the Sun in the zenith or nadir the array's
    azimuth has no meaning and is taken forward, or any where the velocity is not known.
    """
    down = geometry.to_nadir
    return Attitude(_down_towards(geometry, geometry.to_sun), _array_across(geometry, down))


def sun_tracking(geometry: Geometry) -> Attitude:
    """Body in the local orbital frame, array turned to the Sun about the body's y axis only.

    One axis of drive, as most satellites have; the Sun stands off the cells by its angle from the
    orbit's plane. NaN where the velocity is not known.
    """
    body = local_orbital(geometry)
    return Attitude(body, turned_about(body[:, 1], geometry.to_sun))


def open_book(geometry: Geometry) -> Attitude:
    """Body to the nadir, array flat behind it with the cells to the zenith.

    Starlinks while they climb or descend. NaN where the velocity is not known.
    """
    body = local_orbital(geometry)
    return Attitude(body, body * np.array([1.0, -1.0, -1.0])[:, None])


def sun_pointing(geometry: Geometry) -> Attitude:
    """Body and array both to the Sun."""
    z = geometry.to_sun
    axes = _completed(z, geometry.to_nadir)
    return Attitude(axes, axes)


def inertial(axes: Floats) -> AttitudeLaw:
    """The law of a satellite that keeps its axes, given as rows (3, 3), with a fixed array."""
    matrix = np.asarray(axes, dtype=np.float64)
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-6):
        raise BadParameter("inertial axes: three unit vectors at right angles are accepted")

    def keep(geometry: Geometry) -> Attitude:
        fixed = np.broadcast_to(matrix, (len(geometry), 3, 3))
        return Attitude(fixed, fixed)

    return keep


ATTITUDE_LAWS: dict[str, AttitudeLaw] = {
    "nadir-sun-array": nadir_sun_array,
    "shark-fin": nadir_sun_array,
    "sun-tracking": sun_tracking,
    "open-book": open_book,
    "sun-pointing": sun_pointing,
}
"""Every attitude law by its name; `inertial` makes further ones."""


def attitude_law(name: str) -> AttitudeLaw:
    """The attitude law of a name.

    Raises
    ------
    BadParameter
        If there is none.
    """
    if name not in ATTITUDE_LAWS:
        raise BadParameter(f"attitude law {name[:40]!a}: there are {', '.join(ATTITUDE_LAWS)}")
    return ATTITUDE_LAWS[name]


def _down_towards(geometry: Geometry, target: Floats) -> Floats:
    """Axes with z to the nadir and x as near to a direction as that allows."""
    down = geometry.to_nadir
    x = _across(geometry, target, down)
    return np.stack([x, np.cross(down, x), down], axis=1)


def _array_across(geometry: Geometry, down: Floats) -> Floats:
    normal = _across(geometry, geometry.to_sun, down)
    return np.stack([np.cross(normal, down) * -1.0, down, normal], axis=1)


def _across(geometry: Geometry, target: Floats, axis: Floats) -> Floats:
    """The part of a direction at right angles to an axis, of length 1."""
    part = target - dot(target, axis)[:, None] * axis
    length = np.sqrt(dot(part, part))
    forward = np.where(np.isnan(geometry.velocity_km_s), 0.0, geometry.velocity_km_s)
    instead = _completed(axis, forward)[:, 0]
    return np.where((length < 1e-9)[:, None], instead, normalised(part))


def turned_about(axis: Floats, target: Floats) -> Floats:
    """Axes with y along an axis and z as near to a direction as that allows."""
    z = normalised(target - dot(target, axis)[:, None] * axis)
    return np.stack([np.cross(axis, z), axis, z], axis=1)


def _completed(z: Floats, near: Floats) -> Floats:
    """Axes with a given z and x near to a direction, or near to any where that is along z."""
    x = near - dot(near, z)[:, None] * z
    least = np.eye(3)[np.argmin(np.abs(z), axis=1)]
    other = least - dot(least, z)[:, None] * z
    size = np.sqrt(dot(x, x))
    x = normalised(np.where((size <= 1e-9 * np.sqrt(dot(near, near)))[:, None], other, x))
    return np.stack([x, np.cross(z, x), z], axis=1)
