"""One simulated exposure: its counts, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MASK_BITS", "MASK_MEANING", "Exposure", "TrailTruth"]

Floats = NDArray[np.float64]

MASK_BITS = {
    "trail": 1, "saturated": 2, "cosmic ray": 4, "spike": 8, "comet": 16, "asteroid": 32,
    "bad pixel": 64, "ghost": 128,
}  # fmt: skip
"""Bits of a truth mask."""

MASK_MEANING = (
    "trail: pixels whose centre is within half the mask's width of the trail's line inside the "
    "frame; light of spikes, comets, asteroids and ghosts: where it exceeds the background noise, "
    "or half of its peak if that is less, unless that is below a tenth of the noise"
)
"""Definition of the bits that follow from light."""


@dataclass(frozen=True, slots=True)
class TrailTruth:
    """A trail that was drawn.

    Attributes
    ----------
    x1, y1, x2, y2 : float
        Column and row where the source is first and last inside the frame, in order of time;
        pixels from 0. The frame ends half a pixel beyond the centres of its outermost pixels.
    ra1, dec1, ra2, dec2 : float
        The same on the sky, ICRS, deg, through the WCS of the frame.
    line_x, line_y : tuple of float
        Corners of the line between them; two where it is straight.
    length_px : float
        Of that line.
    width_px : float
        Full width at half maximum of the trail as drawn, pixel.
    mask_px : float
        Width of the trail in the truth mask, pixel.
    electrons : float
        Expected inside the frame.
    mag : float
        AB magnitude of the source in the band of the frame, without its variation.
    snr_avg, snr_tot : float
        Mean and sum of its expected signal over the pixels of its mask, both by the standard
        deviation of the background in one pixel (Janin-Potiron et al. 2024, section 3.1). NaN
        where no pixel is in the mask.
    mask_pixels : int
        Pixels in its mask.
    share : float
        Of the frame's pixels that are in its mask.
    sb : float
        Surface brightness at the brightest pixel, AB mag/arcsec**2.
    first_s, last_s : float
        Seconds from the start of the exposure at which it is at the first and the last end.
    enclosed : bool
        Whether both ends are the ends of its light, and not the edge of the frame.
    rate_arcsec_s, pos_angle : float
        Its motion from end to end: speed, and direction from north through east at the first
        end, deg.
    range_km : float
        NaN where it is not known.
    norad_id : int, optional
    name : str
    """

    x1: float
    y1: float
    x2: float
    y2: float
    ra1: float
    dec1: float
    ra2: float
    dec2: float
    line_x: tuple[float, ...]
    line_y: tuple[float, ...]
    length_px: float
    width_px: float
    mask_px: float
    electrons: float
    mag: float
    snr_avg: float
    snr_tot: float
    mask_pixels: int
    share: float
    sb: float
    first_s: float
    last_s: float
    enclosed: bool
    rate_arcsec_s: float
    pos_angle: float
    range_km: float = float("nan")
    norad_id: int | None = None
    name: str = ""


@dataclass(frozen=True, eq=False)
class Exposure:
    """A frame as a camera hands it out, and what is known of it.

    Attributes
    ----------
    counts : ndarray (rows, columns)
        ADU, of the type that the detector gives.
    truth : ndarray (rows, columns) of uint8
        `MASK_BITS` of each pixel.
    trails : tuple of TrailTruth
        Those with light in the frame.
    objects : list of dict
        What else is in the frame: `kind` (star, galaxy, source, comet, asteroid, ghost), `x`, `y`
        (pixel, from 0, in the middle of the exposure), `ra`, `dec` (ICRS, deg), `mag` (AB in the
        band of the frame), and what the kind has beyond.
    wcs_cards : mapping of str to str or float
        The WCS as FITS has it.
    cards : mapping of str to (value, comment)
        What the header says beside.
    start : datetime
        UTC without a zone.
    exposure_s : float
    number : int
        Of the frame in its series, from 0.
    sky_electrons : float
        Expected of the sky in a pixel in the middle of the frame; NaN on a real background.
    noise_electrons : float
        Standard deviation of the background in a pixel: sky, dark current and read noise.
    star_share : float
        Of the pixels that have light of stars above three times that noise.
    """

    counts: NDArray[Any]
    truth: NDArray[np.uint8]
    trails: tuple[TrailTruth, ...]
    objects: list[dict[str, Any]]
    wcs_cards: Mapping[str, str | float]
    cards: Mapping[str, tuple[Any, str]]
    start: datetime
    exposure_s: float
    number: int = 0
    sky_electrons: float = float("nan")
    noise_electrons: float = float("nan")
    star_share: float = field(default=float("nan"))

    @property
    def end(self) -> datetime:
        """UTC without a zone."""
        return self.start + timedelta(seconds=self.exposure_s)

    def share(self, kind: str = "trail") -> float:
        """Of the pixels that have this bit, a key of `MASK_BITS`."""
        return float(np.count_nonzero(self.truth & MASK_BITS[kind]) / self.truth.size)
