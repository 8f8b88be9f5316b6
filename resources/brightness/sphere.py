"""The diffuse sphere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.resources.brightness.model import Estimate, reflected_mag_v
from satvo.resources.brightness.satellites import Satellites
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import angle_between_rad

__all__ = ["DIFFUSE_SPHERE", "DiffuseSphere", "sphere_phase"]


def sphere_phase(phase_angle_rad: Floats) -> Floats:
    """Phase function of a Lambertian sphere: 1 at 90 deg, pi at 0, 0 at 180 deg.

    References
    ----------
    Russell, H. N. 1916, ApJ 43, 173.

    Examples
    --------
    >>> sphere_phase(np.radians([0.0, 90.0, 180.0])).round(6)
    array([3.141593, 1.      , 0.      ])
    """
    rest = np.pi - np.asarray(phase_angle_rad, dtype=np.float64)
    return np.asarray(np.sin(rest) - rest * np.cos(rest))  # exactly 0 at 180 deg


@dataclass(frozen=True, slots=True)
class _Spheres:
    """Spheres of n cross sections."""

    albedo_area_m2: Floats

    def __getitem__(self, rows: slice) -> _Spheres:
        return _Spheres(self.albedo_area_m2[rows])

    def intensity_m2_sr(self, incident: Floats, geometry: Geometry) -> Floats:
        """2 / (3 pi**2) albedo area (sin phi + (pi - phi) cos phi)."""
        phi = angle_between_rad(incident, geometry.to_observer[:, None])
        factor = 2.0 / (3.0 * np.pi**2) * self.albedo_area_m2
        return factor[:, None] * np.clip(sphere_phase(phi), 0.0, None)


@dataclass(frozen=True, slots=True)
class DiffuseSphere:
    """A Lambertian sphere, of the radar cross section where no area is given.

    Attributes
    ----------
    albedo : float
        Bond albedo, above 0 to 1.
    area_m2 : float, optional
        Cross section of the sphere.

    Examples
    --------
    >>> seen = Geometry.of([7378.0, 0, 0], [6378.0, 0, 0], [0, 149597870.7, 0])
    >>> model = DiffuseSphere(albedo=0.2, area_m2=10.0)
    >>> magnitude = model.mag_v(seen, Satellites.of(1), sun_frac=np.ones(1), earthshine=False)
    >>> magnitude.mag.round(2)
    array([5.41])
    """

    NAME: ClassVar[str] = "diffuse-sphere"
    TITLE: ClassVar[str] = "Lambertian sphere of the radar cross section"
    REFERENCE: ClassVar[str] = (
        "Russell 1916, ApJ 43, 173; albedo 0.175 of Mulrooney et al. 2008, AMOS conference "
        "(debris; not verified against the paper)"
    )
    VALIDITY: ClassVar[str] = (
        "Any object whose radar cross section is known; a rough guess, since radar sees metal and "
        "multiples of its wave, and real satellites are no spheres"
    )
    BANDS: ClassVar[tuple[str, ...]] = ("V",)
    SCATTER_MAG: ClassVar[float] = 1.5

    albedo: float = 0.175
    area_m2: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.albedo <= 1.0:
            raise BadParameter(f"albedo={self.albedo}: above 0 to 1 is accepted")
        if self.area_m2 is not None and not 0.0 < self.area_m2 < np.inf:
            raise BadParameter(f"area_m2={self.area_m2}: a finite number above 0 is accepted")

    def applies(self, geometry: Geometry, satellites: Satellites) -> NDArray[np.bool_]:
        """Where there is a cross section."""
        return self._area_m2(satellites) > 0.0

    def mag_v(
        self, geometry: Geometry, satellites: Satellites, *, sun_frac: Floats, earthshine: bool
    ) -> Estimate:
        """V outside of the atmosphere."""
        area = self._area_m2(satellites)
        spheres = _Spheres(self.albedo * np.where(area > 0.0, area, np.nan))
        mag = reflected_mag_v(spheres, geometry, sun_frac=sun_frac, earthshine=earthshine)
        return Estimate(mag, np.where(np.isnan(mag), np.nan, self.SCATTER_MAG))

    def _area_m2(self, satellites: Satellites) -> Floats:
        if self.area_m2 is None:
            return satellites.rcs_m2
        return np.full(len(satellites), self.area_m2)


DIFFUSE_SPHERE = DiffuseSphere()
