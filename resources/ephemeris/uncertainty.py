"""How wrong positions from public elements are, by the age of the elements.

Element sets say nothing of their own error. What stands here was measured as the distance between
the position from a set and that from a set made later (Starlink, OneWeb: public sets of 2026-05-24
to 30; 68 % of cases), or from Vallado and Cefola 2012 (IAC-12-C1.6.12: about 1 km at epoch, and 1
to 3 km/d along the track in low orbits) for all others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import Apparent, sky_axes
from satvo.schemas.sphere import normalised

__all__ = ["SkyError", "crossing_error_arcsec", "rtn_covariance_km2", "rtn_sigma_km", "sky_error"]

Floats = NDArray[np.float64]

_AGES_D = np.array([0.0, 0.5, 1.0, 2.0, 4.0])
_ALONG_KM = {
    "starlink": np.array([1.0, 6.9, 17.0, 46.0, 136.0]),
    "oneweb": np.array([0.2, 0.35, 0.50, 0.75, 1.2]),
    "": np.array([0.5, 1.25, 2.0, 3.5, 6.5]),
}
_CROSS_KM = {
    "starlink": np.array([0.15, 0.20, 0.24, 0.40, 0.60]),
    "oneweb": np.array([0.02, 0.025, 0.031, 0.05, 0.08]),
    "": np.array([0.20, 0.25, 0.30, 0.40, 0.60]),
}
_RADIAL_OF_ALONG = 0.05
_LEAST_RADIAL_KM = 0.1
_ARCSEC = 180.0 * 3600.0 / np.pi


class SkyError(NamedTuple):
    """Error ellipse on the sky, 1 sigma, each (n,).

    Attributes
    ----------
    err_maj, err_min : arcsec
    err_pa : deg
        Of the longer axis, from north through east.
    err_time : s
        What the error along the orbit is in time.
    """

    err_maj: Floats
    err_min: Floats
    err_pa: Floats
    err_time: Floats


def rtn_sigma_km(constellation: NDArray[np.object_], age_d: Floats) -> Floats:
    """1-sigma errors (n, 3) radially, along the track and across, km.

    Parameters
    ----------
    constellation : ndarray of str (n,)
        ``starlink`` and ``oneweb`` have their own numbers.
    age_d : ndarray (n,)
        Days between the epoch of the elements and the position, of either sign. Beyond 4 d the
        growth of the last two days goes on; NaN gives NaN.

    Examples
    --------
    >>> import numpy as np
    >>> rtn_sigma_km(np.array(["starlink"], dtype=object), np.array([-1.0])).round(2).tolist()
    [[0.85, 17.0, 0.24]]
    """
    found = np.empty((len(age_d), 3))
    age = np.abs(age_d)
    names = np.where(np.isin(constellation, list(_ALONG_KM)), constellation, "")
    for name in set(names.tolist()):
        these = names == name
        along = _grown(age[these], _ALONG_KM[name])
        found[these, 0] = np.maximum(_LEAST_RADIAL_KM, _RADIAL_OF_ALONG * along)
        found[these, 1] = along
        found[these, 2] = _grown(age[these], _CROSS_KM[name])
    return found


def _grown(age: Floats, table: Floats) -> Floats:
    beyond = np.maximum(age - _AGES_D[-1], 0.0)
    slope = (table[-1] - table[-2]) / (_AGES_D[-1] - _AGES_D[-2])
    return np.asarray(np.interp(age, _AGES_D, table) + slope * beyond)


def rtn_covariance_km2(sigma_km: Floats) -> Floats:
    """Covariances (n, 3, 3) of independent errors (n, 3) radially, along and across."""
    return np.asarray(np.eye(3) * (sigma_km**2)[:, None, :])


def sky_error(seen: Apparent, velocity_km_s: Floats, error: Floats) -> SkyError:
    """The ellipse that errors in radius, along and across the orbit make on the sky.

    Parameters
    ----------
    seen : Apparent
        Of n places.
    velocity_km_s : ndarray (n, 3)
        GCRS.
    error : ndarray (n, 3, 3) or (n, 3)
        Covariance of the position radially, along the track and across, km2; or 1-sigma errors as
        `rtn_sigma_km` gives them, km, taken as independent. NaN gives NaN.
    """
    covariance_km2 = error if error.ndim == 3 else rtn_covariance_km2(error)
    covariance = _tangent_covariance(seen, velocity_km_s, covariance_km2)
    ee, nn, en = covariance[:, 0, 0], covariance[:, 1, 1], covariance[:, 0, 1]
    middle, half = (ee + nn) / 2.0, np.hypot((ee - nn) / 2.0, en)
    angle = np.degrees(0.5 * np.arctan2(2.0 * en, nn - ee)) % 180.0
    speed = np.linalg.norm(velocity_km_s, axis=1)
    return SkyError(
        np.sqrt(middle + half) * _ARCSEC,
        np.sqrt(np.maximum(middle - half, 0.0)) * _ARCSEC,
        angle,
        np.sqrt(covariance_km2[:, 1, 1]) / speed,
    )


def crossing_error_arcsec(
    seen: Apparent, velocity_km_s: Floats, error: Floats
) -> tuple[Floats, Floats]:
    """1-sigma errors (n,) along and across the apparent motion, arcsec; as `sky_error`."""
    covariance_km2 = error if error.ndim == 3 else rtn_covariance_km2(error)
    covariance = _tangent_covariance(seen, velocity_km_s, covariance_km2)
    angle = np.radians(seen.pos_angle)
    motion = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    across = np.stack([motion[:, 1], -motion[:, 0]], axis=1)
    return _spread(covariance, motion), _spread(covariance, across)


def _spread(covariance: Floats, axis: Floats) -> Floats:
    variance = np.einsum("ni,nij,nj->n", axis, covariance, axis)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)) * _ARCSEC)


def _tangent_covariance(seen: Apparent, velocity_km_s: Floats, covariance_km2: Floats) -> Floats:
    """Covariance (n, 2, 2) to the east and to the north on the sky, rad2."""
    radial = normalised(seen.satellite_km)
    across = normalised(np.cross(seen.satellite_km, velocity_km_s))
    along = np.cross(across, radial)
    axes = np.stack([radial, along, across], axis=2)
    sky = np.stack(sky_axes(seen.direction), axis=1)
    projected = sky @ axes / seen.range[:, None, None]
    return np.asarray(projected @ covariance_km2 @ np.swapaxes(projected, 1, 2))
