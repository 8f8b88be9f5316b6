"""Rotations between TEME, GCRS and ITRS, and where Earth and Sun are.

IAU 2006 precession and 2000A nutation by ERFA (IERS Conventions 2010, chapter 5); TEME is that of
SGP4: true equator, and GMST of 1982 as the angle to the Earth (Vallado et al. 2006, AIAA 2006-6753,
appendix C). The celestial pole's offsets (0.3 mas) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import erfa
import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.earth import earth_orientation, tt_minus_utc

__all__ = ["AU_KM", "EARTH_ROTATION_RAD_PER_S", "LIGHT_KM_PER_S", "Frames", "rotate"]

Floats = NDArray[np.float64]

AU_KM = 149597870.7
LIGHT_KM_PER_S = 299792.458
EARTH_ROTATION_RAD_PER_S = 7.292115e-5

_MJD0 = 2400000.5
_FEW = 32
_NODES_PER_DAY = 24
"""Precession, nutation, Earth and Sun are worked out so often and taken linearly between: the error
is 1e-5 arcsec in the frames and 0.02 arcsec in the Sun."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames at some instants.

    Attributes
    ----------
    mjd_utc : ndarray (n,)
        The instants, MJD in UTC.
    teme_to_gcrs, teme_to_itrs, itrs_to_gcrs : ndarray (n, 3, 3)
        Matrices that turn a column vector of the one frame into one of the other.
    earth_velocity : ndarray (n, 3)
        Barycentric velocity of the Earth in units of the speed of light, ICRS axes.
    sun_km : ndarray (n, 3)
        Geocentric place of the Sun, GCRS axes, km.
    """

    mjd_utc: Floats
    teme_to_gcrs: Floats
    teme_to_itrs: Floats
    itrs_to_gcrs: Floats
    earth_velocity: Floats
    sun_km: Floats

    @classmethod
    def at(cls, mjd_utc: Floats, *, is_rough: bool = False) -> Frames:
        """The frames at instants.

        Parameters
        ----------
        mjd_utc : ndarray (n,)
        is_rough : bool
            Whether years to come are accepted, as `EarthOrientation.at` has it: for what asks for
            no arcsecond.

        Raises
        ------
        BadParameter
            If an instant is outside the tables of the Earth's orientation.

        Examples
        --------
        >>> import numpy as np
        >>> frames = Frames.at(np.array([59396.25]))
        >>> bool(np.allclose(frames.teme_to_gcrs[0] @ frames.teme_to_gcrs[0].T, np.eye(3)))
        True
        """
        mjd = np.atleast_1d(np.asarray(mjd_utc, dtype=np.float64))
        ut1_utc, _, x_pole, y_pole = earth_orientation().at(mjd, is_rough=is_rough)
        day = np.floor(mjd)
        ut1 = mjd - day + ut1_utc / 86400.0
        celestial, earth_velocity, sun = _slow(mjd)
        era = erfa.era00(_MJD0 + day, ut1)
        gmst = erfa.gmst82(_MJD0 + day, ut1)
        pole = erfa.pom00(x_pole, y_pole, erfa.sp00(_MJD0 + day, mjd - day))
        to_celestial = np.swapaxes(celestial, 1, 2)
        return cls(
            mjd_utc=mjd,
            # The pole's motion is in both ways from the Earth and drops out.
            teme_to_gcrs=to_celestial @ _about_z(gmst - era),
            teme_to_itrs=pole @ _about_z(gmst),
            itrs_to_gcrs=to_celestial @ _about_z(-era) @ np.swapaxes(pole, 1, 2),
            earth_velocity=earth_velocity,
            sun_km=sun,
        )

    def __getitem__(self, which: object) -> Frames:
        """The same at some of the instants, as numpy selects them."""
        return Frames(
            *(
                np.atleast_1d(getattr(self, name)[which])
                if name == "mjd_utc"
                else getattr(self, name)[which].reshape(-1, *getattr(self, name).shape[1:])
                for name in self.__slots__
            )
        )

    def repeated(self, counts: NDArray[np.int64] | int) -> Frames:
        """Each instant so many times over."""
        return Frames(*(np.repeat(getattr(self, name), counts, axis=0) for name in self.__slots__))


def rotate(matrices: Floats, vectors: Floats) -> Floats:
    """Vectors (..., 3) turned by their matrices (..., 3, 3)."""
    return np.asarray(np.matmul(matrices, vectors[..., None])[..., 0])


def _about_z(angle: Floats) -> Floats:
    """Matrices (n, 3, 3) to axes turned about z by an angle, as ERFA's rz."""
    matrices = np.zeros((len(angle), 3, 3))
    matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angle)
    matrices[:, 0, 1] = np.sin(angle)
    matrices[:, 1, 0] = -matrices[:, 0, 1]
    matrices[:, 2, 2] = 1.0
    return matrices


def _slow(mjd: Floats) -> tuple[Floats, Floats, Floats]:
    """GCRS to CIRS, the Earth's velocity and the Sun, between whole hours."""
    hours = mjd * _NODES_PER_DAY
    low = np.floor(hours)
    nodes, back = np.unique(np.concatenate([low, low + 1]), return_inverse=True)
    # One after the other they are looked up: a server is asked of the same night again and again.
    few = len(nodes) <= _FEW
    table = np.array([_node(node) for node in nodes.tolist()]) if few else _table(nodes)
    upper = (hours - low)[:, None]
    first, second = table[back[: len(mjd)]], table[back[len(mjd) :]]
    now = first + upper * (second - first)
    return erfa.c2ixys(now[:, 0], now[:, 1], now[:, 2]), now[:, 3:6], now[:, 6:9]


@lru_cache(maxsize=2000)
def _node(node: float) -> Floats:
    """The row of `_table` for one node."""
    return np.asarray(_table(np.array([node]))[0])


def _table(nodes: Floats) -> Floats:
    """X, Y and s of the celestial pole, the Earth's velocity, the Sun's place, at nodes: (n, 9)."""
    mjd = nodes / _NODES_PER_DAY
    tt = mjd + tt_minus_utc(mjd) / 86400.0
    x, y, s = erfa.xys06a(_MJD0, tt)
    heliocentric, barycentric = erfa.epv00(_MJD0, tt)
    velocity = barycentric["v"] * (AU_KM / 86400.0 / LIGHT_KM_PER_S)
    return np.column_stack([x, y, s, velocity, -heliocentric["p"] * AU_KM])
