"""A frame in the making: what is drawn on it, and what is known of that."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.trails import defocus_arcsec
from satvo.resources.images.scenes.drawing import add_stars, add_trail
from satvo.resources.images.scenes.setup import Setup
from satvo.resources.images.terms import FrameFacts

__all__ = ["MASK_BITS", "Canvas", "Drawn", "Passing"]

Floats = NDArray[np.float64]

MASK_BITS = {
    "trail": 1, "saturated": 2, "cosmic ray": 4, "spike": 8, "comet": 16, "asteroid": 32,
    "bad pixel": 64,
}  # fmt: skip
"""Bits of a truth mask."""

_ARCSEC_PER_RAD = 648000.0 / math.pi


@dataclass(frozen=True, slots=True)
class Passing:
    """A satellite that passes.

    Attributes
    ----------
    mag : float
        AB, in the band of the camera.
    rate_arcsec_s, pos_angle_deg : float
        Its motion against the stars: speed, and direction from north through east.
    range_km : float
    aside_px : tuple of float
        Where it is in the middle of the exposure: columns and rows from the middle of the frame.
    size_m : float
        Of the satellite.
    norad_id : int, optional
        Which it is, where it is one that is known.
    """

    mag: float
    rate_arcsec_s: float
    pos_angle_deg: float
    range_km: float
    aside_px: tuple[float, float] = (0.0, 0.0)
    size_m: float = 3.0
    norad_id: int | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A trail that was drawn.

    Attributes
    ----------
    passing : Passing
    ends : tuple of float
        Column and row where it begins in the frame, and where it ends, from 0.
    light : ndarray (rows, columns)
        Electrons expected of it.
    width_arcsec : float
        Full width at half maximum, seeing, defocus and size in quadrature.
    """

    passing: Passing
    ends: tuple[float, float, float, float]
    light: Floats
    width_arcsec: float


@dataclass
class Canvas:
    """Electrons expected in each pixel: of what stays, and of what is in one exposure only.

    Attributes
    ----------
    setup : Setup
    size : tuple of int
        Columns and rows.
    centre : tuple of float
        Right ascension and declination of the middle, ICRS, deg.
    start : datetime
        UTC without a zone.
    exposure_s : float
    random : numpy Generator
        What makes it differ from others.
    rotation_deg : float
        Position angle of the columns.
    projection : str
        TAN or another of FITS.
    """

    setup: Setup
    size: tuple[int, int]
    centre: tuple[float, float]
    start: datetime
    exposure_s: float
    random: np.random.Generator
    rotation_deg: float = 0.0
    projection: str = "TAN"
    steady: Floats = field(init=False)
    passing: dict[str, Floats] = field(init=False, default_factory=dict)
    trails: list[Drawn] = field(init=False, default_factory=list)
    objects: list[dict[str, Any]] = field(init=False, default_factory=list)
    starlight: Floats = field(init=False)

    def __post_init__(self) -> None:
        shape = self.size[1], self.size[0]
        self.steady = np.full(shape, self.sky_electrons())
        self.starlight = np.zeros(shape)

    @property
    def end(self) -> datetime:
        """UTC without a zone."""
        return self.start + timedelta(seconds=self.exposure_s)

    @property
    def fwhm(self) -> float:
        """Of a star, pixel."""
        return self.setup.seeing_arcsec / self.setup.pixel_arcsec

    def sky_electrons(self) -> float:
        """Electrons of the sky in a pixel."""
        area = self.setup.pixel_arcsec**2
        return self.electrons(self.setup.sky_mag) * area

    def noise(self) -> float:
        """Of the background, in electrons."""
        return math.hypot(math.sqrt(self.sky_electrons()), self.setup.read_noise)

    def electrons(self, mag: float) -> float:
        """That a source gives in the exposure."""
        return float(10.0 ** (-0.4 * (mag - self.setup.zero_point)) * self.exposure_s)

    def wcs_cards(self) -> dict[str, str | float]:
        """The WCS, as FITS has it."""
        scale = self.setup.pixel_arcsec / 3600.0
        turn = math.radians(self.rotation_deg)
        cos, sin = math.cos(turn), math.sin(turn)
        return {
            "CTYPE1": f"RA---{self.projection}", "CTYPE2": f"DEC--{self.projection}",
            "CRVAL1": self.centre[0], "CRVAL2": self.centre[1],
            "CRPIX1": (self.size[0] + 1) / 2, "CRPIX2": (self.size[1] + 1) / 2,
            "CUNIT1": "deg", "CUNIT2": "deg",
            "CD1_1": -scale * cos, "CD1_2": scale * sin,
            "CD2_1": scale * sin, "CD2_2": scale * cos,
            "RADESYS": "ICRS",
        }  # fmt: skip

    def wcs(self) -> Any:
        """The same as astropy has it."""
        from astropy.wcs import WCS

        made = WCS(naxis=2)
        cards = self.wcs_cards()
        for name in ("ctype", "crval", "crpix", "cunit"):
            setattr(made.wcs, name, [cards[f"{name.upper()}{i}"] for i in (1, 2)])
        made.wcs.cd = [[cards[f"CD{i}_{j}"] for j in (1, 2)] for i in (1, 2)]
        made.wcs.radesys = "ICRS"
        made.wcs.set()
        return made

    def stars(self, count: int, brightest: float, faintest: float) -> None:
        """Stars at random, of numbers that grow with the magnitude as in the sky (10**0.35 m)."""
        x = self.random.uniform(-5, self.size[0] + 4, count)
        y = self.random.uniform(-5, self.size[1] + 4, count)
        low, high = (10.0 ** (0.35 * m) for m in (brightest, faintest))
        mag = np.log10(self.random.uniform(low, high, count)) / 0.35
        self.add_stars(x, y, mag)

    def add_stars(self, x: Floats, y: Floats, mag: Floats) -> None:
        """Stars at these places."""
        light = np.zeros_like(self.steady)
        add_stars(light, x, y, np.array([self.electrons(m) for m in mag]), self.fwhm)
        self.steady += light
        self.starlight += light
        self.objects += [
            {"kind": "star", "x": float(a), "y": float(b), "mag": float(m)}
            for a, b, m in zip(x, y, mag, strict=True)
            if -0.5 <= a < self.size[0] - 0.5 and -0.5 <= b < self.size[1] - 0.5
        ]

    def satellite(self, passing: Passing) -> None:
        """A satellite that passes with an even speed along a great circle."""
        speed = passing.rate_arcsec_s / self.setup.pixel_arcsec
        # Columns grow to the west, so that position angles turn from rows to smaller columns.
        turn = math.radians(passing.pos_angle_deg - self.rotation_deg)
        step = -speed * math.sin(turn), speed * math.cos(turn)
        at = ((n - 1) / 2 + a for n, a in zip(self.size, passing.aside_px, strict=True))
        x, y = at
        half = self.exposure_s / 2
        self.trail(
            passing,
            (x - half * step[0], x + half * step[0]),
            (y - half * step[1], y + half * step[1]),
        )

    def trail(self, passing: Passing, x: tuple[float, ...], y: tuple[float, ...]) -> None:
        """The trail of a satellite along a line of these corners, pixel."""
        wide = self._blur(passing) / self.setup.pixel_arcsec
        light = np.zeros_like(self.steady)
        margin = 6.0 * (self.fwhm + wide)
        clipped = _clipped(x, y, self.size, margin)
        if clipped is None:
            return
        add_trail(light, *clipped, self.density(passing), wide, self.fwhm)
        inside = _clipped(x, y, self.size, 0.5)
        if inside is None:
            return
        self.record(passing, light, (inside[0][0], inside[1][0], inside[0][-1], inside[1][-1]))

    def record(
        self, passing: Passing, light: Floats, ends: tuple[float, float, float, float]
    ) -> None:
        """Add the light of a trail that was drawn, and note where it is."""
        width = math.hypot(self._blur(passing), self.setup.seeing_arcsec)
        self.trails.append(Drawn(passing, ends, light, width))
        self.only_here("trail", light)
        self.objects.append(
            {
                "kind": "trail", "x": ends[0], "y": ends[1], "x2": ends[2], "y2": ends[3],
                "mag": passing.mag, "norad_id": passing.norad_id,
            }
        )  # fmt: skip

    def density(self, passing: Passing) -> float:
        """Electrons that a satellite leaves for each pixel of its way."""
        a_second = self.electrons(passing.mag) / self.exposure_s
        return a_second * self.setup.pixel_arcsec / passing.rate_arcsec_s

    def _blur(self, passing: Passing) -> float:
        """Width of a satellite out of focus, arcsec."""
        blur = float(defocus_arcsec(self.setup.aperture_m, passing.range_km))
        return math.hypot(blur, _ARCSEC_PER_RAD * passing.size_m / (passing.range_km * 1e3))

    def only_here(self, kind: str, light: Floats) -> None:
        """Light of this exposure that another of the field has not; a key of `MASK_BITS`."""
        self.passing[kind] = self.passing.get(kind, 0.0) + light

    def expected(self, *, alone: bool = False) -> Floats:
        """Electrons expected in each pixel; ``alone``: of the other exposure, without the trail."""
        return self.steady if alone else np.asarray(sum(self.passing.values(), self.steady))

    def marked(self, light: Floats) -> NDArray[np.bool_]:
        """Pixels that light belongs to: above the noise, or above half of its peak if that is less.

        Examples
        --------
        A faint trail is marked over its full width at half maximum.
        """
        return np.asarray(light >= min(self.noise(), 0.5 * float(light.max(initial=0.0)) or np.inf))

    def mask(self) -> NDArray[np.uint8]:
        """The truth: `MASK_BITS` of each pixel."""
        bits = np.zeros(self.steady.shape, np.uint8)
        for kind, light in self.passing.items():
            bits[self.marked(light)] |= MASK_BITS[kind]
        full = self.setup.saturation * self.setup.gain
        bits[self.expected() >= full] |= MASK_BITS["saturated"]
        return bits

    def snr(self, trail: Drawn) -> float:
        """Of a trail the mean signal of its pixels by the noise of the background."""
        return float(trail.light[self.marked(trail.light)].mean() / self.noise())

    def facts(self) -> FrameFacts:
        """The numbers that terms of the test suite follow from."""
        scale = self.setup.pixel_arcsec
        return FrameFacts(
            fov_deg=math.hypot(*self.size) * scale / 3600.0,
            pixel_arcsec=scale,
            exposure_s=self.exposure_s,
            sky_electrons=self.sky_electrons(),
            star_share=float(np.mean(self.starlight > 3.0 * self.noise())),
            trail_snr=tuple(self.snr(trail) for trail in self.trails),
            wavelength_m=sum(self.setup.band_m) / 2,
        )


def _clipped(
    x: tuple[float, ...], y: tuple[float, ...], size: tuple[int, int], margin: float
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """A line without what is farther than a margin outside the frame; None where all is.

    A line of more than two corners is one that begins and ends inside, and stays whole.
    """
    if len(x) > 2:
        return x, y
    first, last = 0.0, 1.0
    for ends, limit in ((x, size[0]), (y, size[1])):
        low, high, way = -margin, limit - 1 + margin, ends[1] - ends[0]
        if way == 0.0:
            if not low <= ends[0] <= high:
                return None
            continue
        one, other = (low - ends[0]) / way, (high - ends[0]) / way
        first, last = max(first, min(one, other)), min(last, max(one, other))
    if first >= last:
        return None
    cut = [tuple(e[0] + t * (e[1] - e[0]) for t in (first, last)) for e in (x, y)]
    return cut[0], cut[1]
