"""Satellites of a scene: where they are at each instant, and how fast they move."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.spectrum import Spectrum
    from satvo.resources.trails.flux_laws import FluxLaw

__all__ = ["Satellite", "SkyPath", "angular_rate", "slant_range_km"]

Floats = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0
GRAVITY_KM3_S2 = 398600.4418
_ARCSEC_PER_RAD = 648000.0 / math.pi


@dataclass(frozen=True, eq=False)
class SkyPath:
    """Where a satellite is seen at some instants, as an orbit gives it.

    Attributes
    ----------
    seconds : ndarray (n,)
        From the start of the first frame; two or more, increasing.
    ra, dec : ndarray (n,)
        ICRS, deg. Between the instants great circles are followed, at an even speed.
    """

    seconds: Floats
    ra: Floats
    dec: Floats

    def __post_init__(self) -> None:
        arrays = [np.asarray(a, dtype=np.float64) for a in (self.seconds, self.ra, self.dec)]
        for name, array in zip(("seconds", "ra", "dec"), arrays, strict=True):
            object.__setattr__(self, name, array)
        sizes = {array.shape for array in arrays}
        if len(sizes) != 1 or arrays[0].ndim != 1 or len(arrays[0]) < 2:
            raise BadParameter(
                f"a path on the sky with arrays of shapes {[a.shape for a in arrays]}: one-"
                "dimensional arrays of one length, two places at least, are accepted"
            )
        if not all(np.isfinite(a).all() for a in arrays) or not (np.diff(arrays[0]) > 0).all():
            raise BadParameter("a path on the sky must be finite, with instants that increase")
        if not (np.abs(arrays[2]) <= 90.0).all():
            raise BadParameter("a path on the sky has a declination outside -90 to 90 deg")


@dataclass(frozen=True, eq=False)
class Satellite:
    """A satellite that passes through the field.

    Its rate follows from its altitude, unless `rate_arcsec_s` says it; its direction from its
    orientation, unless `pos_angle` says it; both, and its place, from `path` where one is given.

    Parameters
    ----------
    altitude : float, optional
        Above the ground, km, of a circular orbit.
    orientation : float
        Angle of its motion to the horizontal plane, deg: 0 along the rows of the image towards
        growing columns, 90 towards growing rows. Where the telescope has a site, and
        ``horizontal="sky"``, the horizontal plane is that of the site.
    spectrum : Spectrum
        Sunlight where none is given, of magnitude 6 in V.
    sky_coordinates : SkyCoord or (ra, dec), optional
        ICRS, deg: where it is at `at_s`; the middle of the field where none is given.
    at_s : float, optional
        Seconds from the start of the first frame; the middle of the first frame where none is
        given.
    first_s, last_s : float
        Seconds from the start of the first frame between which it is seen, so that it can enter
        or leave the shadow of the Earth during the exposure.
    rate_arcsec_s : float, optional
        Angular speed against the stars.
    pos_angle : float, optional
        Direction of its motion from north through east, deg.
    range_km : float, optional
        To it; from its altitude and elevation where none is given. A range makes its image
        unsharp: the telescope is focused at infinity.
    elevation : float, optional
        Of the field above the horizon, deg; 90 where neither it nor a site tells.
    path : SkyPath, optional
        Its way from an orbit.
    law : FluxLaw, optional
        Its light as a function of the fraction of each exposure.
    jitter_px, jitter_cycles : float
        Root mean square and number of waves in each exposure of shaking across its way, pixel.
    size_m : float
        Extent.
    width_px : float
        Width of the line before it is blurred, pixel.
    defocus : bool
        Whether its range makes its image unsharp.
    earth_rotation : bool
        Whether the observer's own motion with the Earth is taken from the rate that follows from
        the altitude; needs a site.
    horizontal : str
        "image" or "sky": what `orientation` is measured from.
    norad_id : int, optional
    name : str

    Raises
    ------
    BadParameter
        For values out of range, or where neither altitude, rate nor path is given.
    """

    altitude: float | None = None
    orientation: float = 0.0
    spectrum: Spectrum | None = None
    sky_coordinates: Any = None
    at_s: float | None = None
    first_s: float = -math.inf
    last_s: float = math.inf
    rate_arcsec_s: float | None = None
    pos_angle: float | None = None
    range_km: float | None = None
    elevation: float | None = None
    path: SkyPath | None = None
    law: FluxLaw | None = None
    jitter_px: float = 0.0
    jitter_cycles: float = 8.0
    size_m: float = 0.0
    width_px: float = 0.0
    defocus: bool = True
    earth_rotation: bool = False
    horizontal: str = "image"
    norad_id: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.altitude is None and self.rate_arcsec_s is None and self.path is None:
            raise BadParameter(
                "a satellite without altitude (km), rate_arcsec_s or path: one of them tells how "
                "it moves"
            )
        for name, low, high, unit in _RANGES:
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise BadParameter(
                    f"satellite {name}={value}: {low:g} to {high:g}{unit} is accepted"
                )
        if self.horizontal not in ("image", "sky"):
            raise BadParameter(
                f'satellite horizontal={self.horizontal!r}: "image" and "sky" are accepted'
            )
        if not self.first_s < self.last_s:
            raise BadParameter(
                f"satellite first_s={self.first_s}, last_s={self.last_s}: it must be seen for "
                "some time"
            )


_RANGES = (
    ("altitude", 80.0, 500_000.0, " km"),
    ("orientation", -360.0, 360.0, " deg"),
    ("rate_arcsec_s", 1e-6, 1e6, " arcsec/s"),
    ("pos_angle", -360.0, 360.0, " deg"),
    ("range_km", 1.0, 1e6, " km"),
    ("elevation", 0.0, 90.0, " deg"),
    ("jitter_px", 0.0, 1e3, " pixels"),
    ("jitter_cycles", 0.0, 1e4, ""),
    ("size_m", 0.0, 1e4, " m"),
    ("width_px", 0.0, 1e4, " pixels"),
)


def slant_range_km(altitude_km: float, elevation_deg: float) -> float:
    """Range to what stands at an altitude above a spherical Earth, seen at an elevation.

    Examples
    --------
    >>> slant_range_km(550.0, 90.0), round(slant_range_km(550.0, 30.0), 1)
    (550.0, 992.8)
    """
    up = EARTH_RADIUS_KM * math.sin(math.radians(elevation_deg))
    beyond = altitude_km * (2.0 * EARTH_RADIUS_KM + altitude_km)
    return beyond / (up + math.sqrt(up * up + beyond))


def angular_rate(altitude_km: float, elevation_deg: float, orientation_deg: float) -> float:
    """Angular speed, arcsec/s, of a satellite on a circular orbit, for an observer at rest.

    Its velocity v = sqrt(GM / (R + h)) lies in the local horizontal plane of the satellite. The
    part across the plane through observer, satellite and centre of the Earth is seen whole and as
    motion along the horizon; the part within that plane is seen shortened by cos(eta), where
    sin(eta) = R cos(elevation) / (R + h), and as motion up or down. For a motion seen at an angle
    psi to the horizon the transverse speed is therefore
    v / sqrt(cos(psi)**2 + (sin(psi) / cos(eta))**2), and the rate that by the range. The Earth is
    a sphere of 6371 km that does not turn: the observer's own 0.46 km/s is left out.

    Parameters
    ----------
    altitude_km, elevation_deg : float
    orientation_deg : float
        psi, of the apparent motion to the horizontal.

    References
    ----------
    Bassa, C. G., Hainaut, O. R., Galadi-Enriquez, D. 2022, A&A 657, A75, section 2 (the geometry).

    Examples
    --------
    >>> round(angular_rate(550.0, 90.0, 0.0) / 3600, 3)
    0.791
    """
    radius = EARTH_RADIUS_KM + altitude_km
    speed = math.sqrt(GRAVITY_KM3_S2 / radius)
    nadir = math.asin(EARTH_RADIUS_KM * math.cos(math.radians(elevation_deg)) / radius)
    psi = math.radians(orientation_deg)
    seen = speed / math.hypot(math.cos(psi), math.sin(psi) / math.cos(nadir))
    return seen / slant_range_km(altitude_km, elevation_deg) * _ARCSEC_PER_RAD
