"""Telescopes and cameras of made-up frames: plausible ones at real sites, none of them real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from satvo.resources.ephemeris.sites import find_site

__all__ = ["SETUPS", "Setup"]

_CURVE = "http://svo2.cab.inta-csic.es/theory/fps/index.php?id="


@dataclass(frozen=True, slots=True)
class Setup:
    """A site, a telescope, a camera, a filter, and the sky above.

    Attributes
    ----------
    telescope, instrument : str
    site : str
        As `satvo.resources.ephemeris.sites.find_site` knows it.
    focal_length_m, aperture_m : float
    optics : str
    pixel_arcsec : float
    filter_name, filter_url : str
        The address documents the transmission; empty where there is none.
    band_m : tuple of float
        First and last wavelength.
    zero_point : float
        AB magnitude that gives one electron a second.
    gain : float
        Electrons for a count.
    read_noise : float
        Electrons.
    saturation : float
        Counts.
    seeing_arcsec : float
        Full width at half maximum of a star.
    sky_mag : float
        Brightness of the sky, mag/arcsec**2.
    detector : str
        Size of the whole detector, of which the frame is a window; empty where it is whole.
    """

    telescope: str
    instrument: str
    site: str
    focal_length_m: float
    aperture_m: float
    optics: str
    pixel_arcsec: float
    filter_name: str
    filter_url: str
    band_m: tuple[float, float]
    zero_point: float
    gain: float
    read_noise: float
    saturation: float
    seeing_arcsec: float
    sky_mag: float
    detector: str = ""

    def but(self, **changed: Any) -> Setup:
        """The same with some things changed."""
        return replace(self, **changed)

    def place(self) -> tuple[float, float, float]:
        """East longitude and latitude (deg, WGS84) and height (m) of the site."""
        site = find_site(self.site)
        return site.lon_deg, site.lat_deg, site.height_m


_R = ("r", _CURVE + "SLOAN/SDSS.r", (5.38e-7, 7.23e-7))
_V = ("V", _CURVE + "Generic/Johnson.V", (4.70e-7, 7.40e-7))
_KS = ("Ks", _CURVE + "2MASS/2MASS.Ks", (1.95e-6, 2.36e-6))

SETUPS = {
    "survey": Setup(
        "simulated 8.4 m", "window of a 4096 x 4096 CCD", "rubin", 10.3, 8.4,
        "three-mirror anastigmat", 0.2, *_R, 28.2, 1.6, 8.0, 65535.0, 0.8, 20.9,
        "[1:4096,1:4096]",
    ),
    "medium": Setup(
        "simulated 2.2 m", "CCD camera", "paranal", 17.6, 2.2, "Ritchey-Chretien", 0.48,
        *_R, 25.6, 1.4, 4.5, 65535.0, 1.0, 20.9,
    ),
    "small": Setup(
        "simulated 0.5 m", "CCD camera", "la-palma", 3.4, 0.5, "corrected Dall-Kirkham", 1.1,
        *_R, 22.3, 1.2, 8.0, 65535.0, 2.5, 20.7,
    ),
    "infrared": Setup(
        "simulated 4 m", "HgCdTe camera", "paranal", 13.0, 4.1, "quasi-Ritchey-Chretien", 0.34,
        *_KS, 25.1, 4.0, 20.0, 40000.0, 0.8, 14.9,
    ),
    "lens-ccd": Setup(
        "simulated 200 mm lens", "CCD camera", "la-palma", 0.2, 0.071, "photographic lens",
        9.3, *_V, 18.2, 0.5, 10.0, 65535.0, 20.0, 20.5,
    ),
    "lens-cmos": Setup(
        "simulated 135 mm lens", "CMOS camera", "calar-alto", 0.135, 0.067, "photographic lens",
        10.0, *_V, 18.2, 0.8, 1.6, 65535.0, 20.0, 20.0,
    ),
    "lens-dslr": Setup(
        "simulated 85 mm lens", "DSLR", "la-palma", 0.085, 0.047, "photographic lens", 14.0,
        "RGGB", "", (4.0e-7, 7.0e-7), 17.3, 1.0, 4.0, 16383.0, 30.0, 20.0,
    ),
    "all-sky": Setup(
        "simulated fish-eye lens", "CMOS camera", "la-palma", 0.0015, 0.0007,
        "all-sky fish-eye", 2520.0, *_V, 8.6, 1.0, 3.0, 65535.0, 5000.0, 20.5,
    ),
}  # fmt: skip
"""By their names."""
