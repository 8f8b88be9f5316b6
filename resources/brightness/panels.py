"""Satellites made of flat panels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.attitude import Attitude, AttitudeLaw, nadir_sun_array
from satvo.resources.brightness.bands import SUN_MAG_V
from satvo.resources.brightness.brdf import Binomial, Brdf, Lambertian, Phong
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.resources.brightness.model import Estimate, reflected_mag_v
from satvo.resources.brightness.satellites import Satellites
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import dot

__all__ = ["FLAT_PANEL", "STARLINK_LABORATORY", "TWO_PANEL_PHONG", "Panel", "PanelModel"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One flat surface.

    Attributes
    ----------
    area_m2 : float
    brdf : Brdf
        Of its front; the back is black.
    part : str
        What it is fixed to, ``body`` or ``array`` (`satvo.resources.brightness.attitude`).
    normal : tuple of three float
        Where its front looks, in the axes of that part; z is the nadir side of the body and the
        cells' side of the array.
    """

    area_m2: float
    brdf: Brdf
    part: str = "body"
    normal: tuple[float, float, float] = (0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        if not 0.0 < self.area_m2 < math.inf:
            raise BadParameter(f"area_m2={self.area_m2}: a finite number above 0 is accepted")
        if self.part not in ("body", "array"):
            raise BadParameter(f"part={self.part[:20]!a}: body or array is accepted")
        if not abs(math.hypot(*self.normal) - 1.0) < 1e-6:
            raise BadParameter(f"normal={self.normal}: a vector of length 1 is accepted")


@dataclass(frozen=True, slots=True)
class _Placed:
    """Panels as they are turned at each instant."""

    panels: tuple[Panel, ...]
    attitude: Attitude

    def __getitem__(self, rows: slice) -> _Placed:
        turned = Attitude(self.attitude.body[rows], self.attitude.array[rows])
        return _Placed(self.panels, turned)

    def intensity_m2_sr(self, incident: Floats, geometry: Geometry) -> Floats:
        """Sum over the panels of area, both cosines and BRDF."""
        total = np.zeros(incident.shape[:2])
        outgoing = geometry.to_observer[:, None]
        for panel in self.panels:
            axes = self.attitude.body if panel.part == "body" else self.attitude.array
            normal = np.einsum("i,nij->nj", np.array(panel.normal), axes)[:, None]
            cosines = dot(incident, normal) * dot(outgoing, normal)
            total += panel.area_m2 * cosines * panel.brdf.value(incident, normal, outgoing)
        return total


@dataclass(frozen=True, slots=True)
class PanelModel:
    """Panels, an attitude law and whom they stand for.

    Panels neither shade nor light each other. Attributes in capitals are those of
    `satvo.resources.brightness.model.BrightnessModel`.

    Attributes
    ----------
    panels : tuple of Panel
    law : AttitudeLaw
        How the satellite is turned; one of `ATTITUDE_LAWS`, or of an operator's file.
    constellation, generation : str
        Whom the model applies to; empty for all.
    lowest_km, highest_km : float
        Heights between which it applies: on station, not while climbing.

    Examples
    --------
    >>> seen = Geometry.of([6878.0, 0, 0], [6378.0, 0, 0], [-6e7, 1.37e8, 0])
    >>> one = Satellites.of(1, constellation="starlink", generation="post-visorsat")
    >>> TWO_PANEL_PHONG.mag_v(seen, one, sun_frac=np.ones(1), earthshine=False).mag.round(1)
    array([4.8])
    """

    NAME: str
    TITLE: str
    REFERENCE: str
    VALIDITY: str
    SCATTER_MAG: float
    panels: tuple[Panel, ...]
    law: AttitudeLaw = nadir_sun_array
    BANDS: tuple[str, ...] = ("V",)
    constellation: str = ""
    generation: str = ""
    lowest_km: float = 0.0
    highest_km: float = math.inf

    def applies(self, geometry: Geometry, satellites: Satellites) -> NDArray[np.bool_]:
        """Where the satellite is one of those that the panels stand for, on station."""
        height = geometry.height_km
        fits = (height >= self.lowest_km) & (height <= self.highest_km)
        if self.constellation:
            fits = fits & (satellites.constellation == self.constellation)
        if self.generation:
            fits = fits & (satellites.generation == self.generation)
        return np.asarray(fits, dtype=np.bool_)

    def mag_v(
        self, geometry: Geometry, satellites: Satellites, *, sun_frac: Floats, earthshine: bool
    ) -> Estimate:
        """V outside of the atmosphere; NaN where no lit front can be seen."""
        placed = _Placed(self.panels, self.law(geometry))
        mag = reflected_mag_v(placed, geometry, sun_frac=sun_frac, earthshine=earthshine)
        return Estimate(mag, np.where(np.isnan(mag), np.nan, self.SCATTER_MAG))


_FANKHAUSER = "Fankhauser, F., Tyson, J. A., Askari, J. 2023, AJ 166, 59"
_LOWEST_STATION_KM, _HIGHEST_STATION_KM = 480.0, 620.0
_SUN_OF_THE_FIT = -27.056
"""AB magnitude of the Sun that the fit of the coefficients took: 1360 W/m**2 all at 532 nm."""
_FITTED_M2 = 10.0 ** (0.4 * (SUN_MAG_V - _SUN_OF_THE_FIT))

TWO_PANEL_PHONG = PanelModel(
    NAME="two-panel-phong",
    TITLE="Starlink v1.5: chassis and solar array with Phong reflectance inferred from the sky",
    REFERENCE=f"{_FANKHAUSER}; coefficients of their public code (MIT licence)",
    VALIDITY=(
        "Starlink v1.5 (post-VisorSat) on station at 480 to 620 km; fitted to 1173 observations "
        "of 2022, of which single ones scatter by 0.5 mag with tails to 3 mag"
    ),
    SCATTER_MAG=0.5,
    panels=(
        Panel(_FITTED_M2, Phong(0.34, 0.40, 8.9), "body"),
        Panel(_FITTED_M2, Phong(0.15, 0.25, 0.26), "array"),
    ),
    constellation="starlink",
    generation="post-visorsat",
    lowest_km=_LOWEST_STATION_KM,
    highest_km=_HIGHEST_STATION_KM,
)
"""The fit took areas of 1 m**2 under a Sun that is too bright; under the true one they are 1.3."""

STARLINK_LABORATORY = PanelModel(
    NAME="starlink-laboratory",
    TITLE="Starlink v1.5: chassis and solar array with reflectance measured in the laboratory",
    REFERENCE=f"{_FANKHAUSER}; coefficients of their public code (MIT licence)",
    VALIDITY="As two-panel-phong; measured at 532 nm, in the plane of incidence only",
    SCATTER_MAG=0.6,
    panels=(
        Panel(
            3.65,
            Binomial(
                b=((3.34, -98.085),),
                c=(
                    (
                        *(-999.999, 867.538, 1000.0, 1000.0, -731.248),
                        *(618.552, -294.054, 269.248, -144.853, 75.196),
                    ),
                ),
                d=3.0,
                first=-5,
            ),
            "body",
        ),
        Panel(
            22.0,
            Binomial(
                b=((0.534, -20.409),),
                c=((-527.765, 1000.0, -676.579, 430.596, -175.806, 57.879),),
                d=3.0,
                first=-3,
            ),
            "array",
        ),
    ),
    constellation="starlink",
    generation="post-visorsat",
    lowest_km=_LOWEST_STATION_KM,
    highest_km=_HIGHEST_STATION_KM,
)

_BLUEWALKER_MAG_V_1000KM = 4.1

FLAT_PANEL = PanelModel(
    NAME="flat-panel",
    TITLE="A flat Lambertian panel to the nadir, as bright as BlueWalker 3",
    REFERENCE=(
        "Flat-panel absolute magnitude 4.1 +- 0.1 of BlueWalker 3 (Mallama, A., et al. 2022-2023; "
        "taken from an abstract), read as V at 1000 km, lit and seen along the normal"
    ),
    VALIDITY=(
        "BlueWalker 3 with its antenna to the nadir; brighter by 1 to 2 mag where it was tilted"
    ),
    SCATTER_MAG=1.0,
    panels=(
        # Area times albedo over pi is what makes 4.1 mag; the area is that of the antenna.
        Panel(
            64.3,
            Lambertian(
                math.pi * 1e12 * 10.0 ** (-0.4 * (_BLUEWALKER_MAG_V_1000KM - SUN_MAG_V)) / 64.3
            ),
            "body",
        ),
    ),
    constellation="spacemobile",
)
