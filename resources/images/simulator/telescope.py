"""The telescope of a simulated image, under the paper's names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.brightness.bands import EXTINCTION
from satvo.resources.images.simulator.apertures import Aperture
from satvo.resources.images.simulator.optics import MODES, Optics, Seen
from satvo.resources.images.simulator.passbands import Passband, passband
from satvo.resources.images.simulator.point_spreads import Air
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["Telescope"]

_PROJECTIONS = ("TAN", "ARC", "STG", "ZEA", "SIN")


@dataclass(frozen=True, kw_only=True, eq=False)
class Telescope:
    """A telescope, and the air above it.

    Attributes
    ----------
    diameter : float
        Of the aperture, metres.
    focal_length : float
        Metres.
    collecting_surface : float, optional
        Square metres; of the pupil (ring without vanes) where it is not given.
    observing_band
        A name of `BANDS`, or two wavelengths in nm.
    pointing
        Centre of the field: a SkyCoord that has an ICRS place, or ICRS right ascension and
        declination in degrees.
    observing_mode : str
        "seeing_limited" (a long exposure through turbulence), "diffraction_limited" (the pupil
        alone), "from_background" (`spread`, as measured on an image).
    r_0 : float, optional
        Fried parameter in metres at the pivot wavelength of the band; seeing_limited needs it.
    obstruction : float
        Diameter of the central obstruction by that of the aperture.
    spiders : int
        Vanes of the secondary mirror, evenly around, the first along the columns. Their spikes
        follow from the pupil.
    spider_width : float, optional
        Of a vane, metres; a hundredth of the diameter unless given.
    transmission : float
        Share of the light that comes through, beyond the band's curve.
    outer_scale : float, optional
        Of the turbulence, metres; without end unless given.
    rotation : float
        Position angle of the direction in which rows grow, degrees from north through east.
    projection : str
        TAN, ARC, STG, ZEA or SIN.
    site : optional
        Where it stands; for whoever needs it.
    aberrations : mapping of str to float, optional
        Zernike terms (`ABERRATIONS`), nm root mean square.
    wind_m_s : float
        That carries the turbulence over the pupil, for short exposures.
    wavelengths : int
        That a point spread is the mean of; 1 for that of the pivot wavelength.
    spread : PointSpread, optional
        For from_background; on pixels of the detector.

    Raises
    ------
    BadParameter
        For what no telescope has, with what is accepted.
    """

    diameter: float
    focal_length: float
    collecting_surface: float | None = None
    observing_band: str | Sequence[float] = "V"
    pointing: Any = (0.0, 0.0)
    observing_mode: str = "seeing_limited"
    r_0: float | None = None
    obstruction: float = 0.0
    spiders: int = 0
    spider_width: float | None = None
    transmission: float = 1.0
    outer_scale: float | None = None
    rotation: float = 0.0
    projection: str = "TAN"
    site: Any = None
    aberrations: Mapping[str, float] | None = None
    wind_m_s: float = 10.0
    wavelengths: int = 1
    spread: PointSpread | None = None

    def __post_init__(self) -> None:
        self._check_numbers()
        if self.observing_mode not in MODES:
            raise BadParameter(
                f"observing_mode {str(self.observing_mode)[:40]!a}: {', '.join(MODES)} are accepted"
            )
        if self.observing_mode == "seeing_limited" and self.r_0 is None:
            raise BadParameter(
                "observing_mode seeing_limited needs r_0, the Fried parameter in metres (0.1 at a "
                "good site); diffraction_limited needs none"
            )
        if self.projection not in _PROJECTIONS:
            raise BadParameter(
                f"projection {str(self.projection)[:20]!a}: {', '.join(_PROJECTIONS)} are accepted"
            )
        _ = self.band, self.radec, self.aperture

    def _check_numbers(self) -> None:
        positive = ("diameter", "focal_length", "wind_m_s")
        if_given = ("collecting_surface", "r_0", "outer_scale", "spider_width")
        for name in positive + tuple(n for n in if_given if getattr(self, n) is not None):
            _within(name, getattr(self, name), 0.0, math.inf, "a positive number")
        _within("obstruction", self.obstruction, -1e-300, 1.0, "a number from 0 to below 1")
        _within("transmission", self.transmission, 0.0, 1.0 + 1e-12, "a number above 0 and up to 1")
        _within("rotation", self.rotation, -360.0001, 360.0001, "degrees from -360 to 360")
        for name, least, most in (("spiders", 0, 12), ("wavelengths", 1, 50)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or not least <= value <= most:
                raise BadParameter(
                    f"{name} {value!s:.40}: a whole number from {least} to {most} is accepted"
                )

    @cached_property
    def band(self) -> Passband:
        """The observing band."""
        return passband(self.observing_band)

    @cached_property
    def radec(self) -> tuple[float, float]:
        """ICRS right ascension (0 to 360) and declination of the pointing, degrees."""
        return _radec(self.pointing)

    @cached_property
    def aperture(self) -> Aperture:
        """The pupil."""
        width = self.spider_width if self.spider_width is not None else 0.01 * self.diameter
        return Aperture(
            self.diameter,
            self.obstruction,
            int(self.spiders),
            width if self.spiders else 0.0,
            tuple(sorted((self.aberrations or {}).items())),
        )

    @cached_property
    def surface(self) -> float:
        """Square metres that collect light."""
        return self.aperture.area if self.collecting_surface is None else self.collecting_surface

    def photons_per_second(self, spectrum: Spectrum, *, airmass: float | None = None) -> float:
        """Photons a second that come to the focus, through the observing band.

        Parameters
        ----------
        airmass : float, optional
            Of air at a good site, as `satvo.resources.brightness.bands` has it, between its bands
            by wavelength; unless given the air takes nothing but what `transmission` says.
        """
        light = self.transmission * self.surface * spectrum.photons(self.observing_band)
        if airmass is None:
            return light
        _within("airmass", airmass, 1.0 - 1e-9, 40.0001, "a number from 1 to 40")
        return float(light * 10.0 ** (-0.4 * _extinction(self.band) * airmass))

    def pixel_scale(self, pixel_size_um: float) -> float:
        """Side of a pixel in the middle of the field, arcsec."""
        _within("pixel_size", pixel_size_um, 0.0, math.inf, "a positive number of um")
        return math.degrees(pixel_size_um * 1e-6 / self.focal_length) * 3600.0

    def wcs(self, resolution: tuple[int, int], pixel_size_um: float) -> WCS:
        """Of a detector with its middle at the pointing; east is to the left when north is up.

        Parameters
        ----------
        resolution : (int, int)
            Width and height in pixels.
        """
        from astropy.wcs import WCS

        scale = self.pixel_scale(pixel_size_um) / 3600.0
        sine, cosine = math.sin(math.radians(self.rotation)), math.cos(math.radians(self.rotation))
        made = WCS(naxis=2)
        made.wcs.ctype = [f"RA---{self.projection}", f"DEC--{self.projection}"]
        made.wcs.cunit = ["deg", "deg"]
        made.wcs.crval = list(self.radec)
        made.wcs.crpix = [(size + 1) / 2 for size in resolution]
        made.wcs.cd = scale * np.array([[-cosine, sine], [sine, cosine]])
        made.wcs.radesys = "ICRS"
        made.wcs.lonpole = 180.0  # or the field would be upside down at the north pole alone
        made.array_shape = (int(resolution[1]), int(resolution[0]))
        made.wcs.set()
        return made

    def point_spread(
        self,
        pixel_size_um: float,
        *,
        exposure_s: float | None = None,
        range_km: float | None = None,
        size_m: float = 0.0,
        random: np.random.Generator | None = None,
        enclosed: float | None = None,
        reach_px: int | None = None,
    ) -> PointSpread:
        """How it spreads the light of a point over pixels of a detector.

        Made once for each set of arguments, but for those drawn at random.

        Parameters
        ----------
        exposure_s : float, optional
            Of a short exposure; an instant unless given. Long exposures need none.
        range_km : float, optional
            Of an object that is out of focus since it is near: the shadow of the pupil's ring, of
            the angle diameter / range, is convolved (geometric optics; without vanes).
        size_m : float
            Diameter of the object, an even disc, at `range_km`.
        random : numpy Generator, optional
            Draws phase screens for a short exposure in seeing_limited.
        enclosed : float
            Share of the light that it holds at least, 0.995 unless given, as far as `reach_px`
            (or 64) allows.
        reach_px : int, optional
            Pixels to either side at most, up to 256; without `enclosed` so many, for the wings of
            bright stars.

        Raises
        ------
        BadParameter
            For arguments out of range; in from_background without a `spread`.
        """
        seen = Seen(
            self.pixel_scale(pixel_size_um), range_km, size_m, enclosed, reach_px, exposure_s
        )
        return self._optics.point_spread(seen, random)

    @cached_property
    def _optics(self) -> Optics:
        air = None
        if self.observing_mode == "seeing_limited" and self.r_0 is not None:
            air = Air(self.r_0, self.band.pivot_nm, self.outer_scale or math.inf)
        return Optics(
            self.observing_mode,
            self.aperture,
            self.band.wavelengths(int(self.wavelengths)),
            air,
            self.wind_m_s,
            self.spread,
        )


def _within(name: str, value: Any, above: float, below: float, accepted: str) -> None:
    try:
        good = above < float(value) < below
    except (TypeError, ValueError):
        good = False
    if not good:
        raise BadParameter(f"{name} {str(value)[:40]}: {accepted} is accepted")


def _radec(pointing: Any) -> tuple[float, float]:
    try:
        if hasattr(pointing, "icrs"):
            place = pointing.icrs
            ra, dec = float(place.ra.deg), float(place.dec.deg)
        else:
            ra, dec = (float(value) for value in pointing)
    except Exception as err:  # astropy raises many kinds for frames without time or site
        raise BadParameter(
            f"pointing {str(pointing)[:60]!a}: a SkyCoord with a place on the sky, or right "
            "ascension and declination in degrees (ICRS) are accepted"
        ) from err
    if not (-360.0 <= ra <= 360.0 and -90.0 <= dec <= 90.0):
        raise BadParameter(
            f"pointing ({ra}, {dec}): a right ascension from -360 to 360 and a declination from "
            "-90 to 90 degrees are accepted"
        )
    return ra % 360.0, dec


def _extinction(band: Passband) -> float:
    """Magnitudes an air mass at its pivot wavelength."""
    known = sorted((passband(name).pivot_nm, value) for name, value in EXTINCTION.items())
    if band.name in EXTINCTION:
        return EXTINCTION[band.name]
    return float(np.interp(band.pivot_nm, [nm for nm, _ in known], [k for _, k in known]))
