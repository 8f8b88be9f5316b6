"""How a field lies above the horizon of the telescope's site."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.view import View, tangents
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from satvo.schemas.sphere import unit_vectors

__all__ = ["elevation_and_tilt", "own_motion_arcsec_s"]

Floats = NDArray[np.float64]

_ARCSEC_PER_RAD = 648000.0 / math.pi


def elevation_and_tilt(view: View, *, needed: str = "") -> tuple[float, float] | None:
    """Elevation of the field at the start, and position angle of the zenith from it, deg.

    Without refraction. None where the telescope has no site on the ground.

    Raises
    ------
    BadParameter
        Where there is none and ``needed`` names who needs it; where the field is below the horizon.
    """
    observer, frames = _observer(view)
    if observer is None:
        if needed:
            raise BadParameter(f"{needed} needs a telescope with a site on the ground")
        return None
    up = observer.horizon(frames)[0, 2, :]
    ra, dec = view.centre
    elevation = math.degrees(math.asin(float(np.clip(up @ unit_vectors(ra, dec), -1.0, 1.0))))
    if elevation < 0.0:
        raise BadParameter(
            f"the field at ra={ra:.4f}, dec={dec:.4f} is {-elevation:.1f} deg below the horizon of "
            f"{observer.name} at {view.began.isoformat()}: give another start, pointing or site"
        )
    north, east = tangents(ra, dec)
    return elevation, math.degrees(math.atan2(float(up @ east), float(up @ north)))


def own_motion_arcsec_s(view: View, direction: Floats, range_km: float | None) -> Floats:
    """Vector (3,) by which the observer's motion with the Earth moves what is at a range, arcsec/s.

    Raises
    ------
    BadParameter
        Without a site, or without a range.
    """
    observer, frames = _observer(view)
    if observer is None or range_km is None:
        raise BadParameter(
            "a satellite with earth_rotation needs a telescope with a site on the ground, and an "
            "altitude or a range"
        )
    velocity = observer.place(frames)[1][0]
    across = velocity - (velocity @ direction) * direction
    moved: Floats = across / range_km * _ARCSEC_PER_RAD
    return moved


def _observer(view: View) -> tuple[Any, Any]:
    """Who stands at the telescope, and the frames at the start; None without a horizon."""
    site = getattr(view.telescope, "site", None)
    if site is None:
        return None, None
    from satvo.resources.ephemeris.frames import Frames
    from satvo.resources.ephemeris.observer import GroundObserver
    from satvo.resources.ephemeris.sites import Site, find_observer

    if isinstance(site, str):
        site = find_observer(site)
    if isinstance(site, Site):
        site = site.observer()
    if not isinstance(site, GroundObserver):
        return None, None
    return site, Frames.at(np.array([mjd_of(view.began)]), is_rough=True)
