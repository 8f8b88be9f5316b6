"""How the sky lies on a detector during one exposure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.stars import radec_of
from satvo.schemas.sphere import lon_lat_deg, separation_deg, unit_vectors

__all__ = ["View", "tangents"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class View:
    """The geometry of one exposure.

    Attributes
    ----------
    telescope : Telescope
    detector : Detector
    wcs : astropy.wcs.WCS
        Of the first frame of the series, without drift.
    shape : tuple of int
        Rows and columns.
    began : datetime
        When the first frame of the series began, UTC without a zone.
    exposure_s : float
    elapsed_s : float
        From then to the start of this frame.
    number : int
        Of this frame, from 0.
    drift : (arcsec/s, deg), optional
        Of the field over the detector: speed, position angle.
    """

    telescope: Any
    detector: Any
    wcs: Any
    shape: tuple[int, int]
    began: datetime
    exposure_s: float
    elapsed_s: float = 0.0
    number: int = 0
    drift: tuple[float, float] | None = None

    @classmethod
    def of(
        cls,
        telescope: Any,
        detector: Any,
        start: datetime,
        drift: tuple[float, float] | None = None,
    ) -> View:
        """Of the first frame."""
        width, height = detector.resolution
        wcs = telescope.wcs(detector.resolution, detector.pixel_size)
        return cls(
            telescope, detector, wcs, (height, width), start, float(detector.exposure_time),
            drift=drift,
        )  # fmt: skip

    def at(self, number: int, cadence_s: float) -> View:
        """Of a later frame of the series."""
        if not number:
            return self
        later = replace(self, number=number, elapsed_s=number * cadence_s)
        for name in ("middle_px", "centre", "pixel_arcsec", "radius_deg", "drift_px_s"):
            later.__dict__[name] = getattr(self, name)
        return later

    @property
    def start(self) -> datetime:
        """Of this frame, UTC without a zone."""
        return self.began + timedelta(seconds=self.elapsed_s)

    @property
    def middle_s(self) -> float:
        """Middle of this frame, seconds from the start of the series."""
        return self.elapsed_s + 0.5 * self.exposure_s

    @cached_property
    def middle_px(self) -> tuple[float, float]:
        """Column and row of the middle of the frame."""
        rows, columns = self.shape
        return (columns - 1) / 2, (rows - 1) / 2

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Right ascension and declination in the middle of the frame, without drift.

        Where there is no sky, of the reference of the WCS.
        """
        ra, dec = self._still_sky(*self.middle_px)
        if np.isfinite(ra):
            return float(ra), float(dec)
        return radec_of(tuple(self.wcs.wcs.crval))

    @cached_property
    def pixel_arcsec(self) -> float:
        """Side of a square of the area of the pixel in the middle."""
        return float(np.sqrt(np.abs(np.linalg.det(self.wcs.pixel_scale_matrix))) * 3600.0)

    @cached_property
    def radius_deg(self) -> float:
        """From the middle to the farthest place on the frame."""
        rows, columns = self.shape
        edge = np.linspace(0.0, 1.0, 4)
        x, y = (side.ravel() for side in np.meshgrid(edge * columns - 0.5, edge * rows - 0.5))
        ra, dec = self._still_sky(x, y)
        seen = np.isfinite(ra)
        if not seen.all():
            return 180.0
        return float(separation_deg(*self.centre, ra, dec).max())

    @cached_property
    def drift_px_s(self) -> tuple[float, float]:
        """Of the field over the detector: columns and rows a second."""
        if self.drift is None or self.drift[0] == 0.0:
            return 0.0, 0.0
        arcsec_s, angle = self.drift
        along_x, along_y = self.towards(angle)
        pace = arcsec_s / self.pixel_arcsec
        return pace * along_x, pace * along_y

    def towards(self, pos_angle: float) -> tuple[float, float]:
        """Unit vector in columns and rows of a position angle (deg) in the middle of the frame."""
        ra, dec = self.centre
        at = unit_vectors(ra, dec)
        north, east = tangents(ra, dec)
        turn = math.radians(pos_angle)
        step = math.radians(self.pixel_arcsec / 3600.0)
        ends = [at + side * step * (math.cos(turn) * north + math.sin(turn) * east)
                for side in (-0.5, 0.5)]  # fmt: skip
        x, y = self._still(*np.array([lon_lat_deg(end) for end in ends]).T)
        dx, dy = float(x[1] - x[0]), float(y[1] - y[0])
        length = math.hypot(dx, dy)
        return dx / length, dy / length

    def pixels(self, ra: Any, dec: Any, seconds: Any = None) -> tuple[Floats, Floats]:
        """Columns and rows of places on the sky, ICRS, deg; NaN where the projection has none.

        ``seconds`` are from the start of the series; the middle of this frame where not given.
        """
        x, y = self._still(ra, dec)
        when = self.middle_s if seconds is None else np.asarray(seconds, dtype=np.float64)
        return x + self.drift_px_s[0] * when, y + self.drift_px_s[1] * when

    def sky(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Places on the sky (ICRS, deg) of pixels in the middle of this frame; NaN off the sky."""
        x = np.asarray(x, dtype=np.float64)
        y = np.asarray(y, dtype=np.float64)
        if self.drift is not None:
            x = x - self.drift_px_s[0] * self.middle_s
            y = y - self.drift_px_s[1] * self.middle_s
        return self._still_sky(x, y)

    def wcs_cards(self) -> dict[str, str | float]:
        """The WCS of this frame as FITS has it, for the middle of the exposure."""
        given = self.wcs.wcs
        matrix = self.wcs.pixel_scale_matrix
        shift = [pace * self.middle_s for pace in self.drift_px_s]
        cards: dict[str, str | float] = {}
        for i in (0, 1):
            cards[f"CTYPE{i + 1}"] = str(given.ctype[i])
            cards[f"CRVAL{i + 1}"] = float(given.crval[i])
            cards[f"CRPIX{i + 1}"] = float(given.crpix[i]) + shift[i]
            cards[f"CUNIT{i + 1}"] = "deg"
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            cards[f"CD{i + 1}_{j + 1}"] = float(matrix[i, j])
        for m, k, value in given.get_pv():
            cards[f"PV{m}_{k}"] = float(value)
        if np.isfinite(given.lonpole):
            cards["LONPOLE"] = float(given.lonpole)
        cards["RADESYS"] = "ICRS"
        return cards

    def _still_sky(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Without drift."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
        if self.wcs.has_distortion:
            ra, dec = self.wcs.all_pix2world(x, y, 0)
            return np.asarray(ra), np.asarray(dec)
        return _converted(self.wcs.wcs.p2s, "world", x, y)

    def _still(self, ra: Any, dec: Any) -> tuple[Floats, Floats]:
        """Without drift."""
        ra, dec = np.broadcast_arrays(
            np.asarray(ra, dtype=np.float64), np.asarray(dec, dtype=np.float64)
        )
        if self.wcs.has_distortion:
            x, y = self.wcs.all_world2pix(ra, dec, 0, quiet=True)
            return np.asarray(x), np.asarray(y)
        return _converted(self.wcs.wcs.s2p, "pixcrd", ra, dec)


def _converted(way: Any, wanted: str, one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """By wcslib itself, since astropy's own checks take ten times as long for a few places."""
    if not one.size:
        return np.zeros(one.shape), np.zeros(one.shape)
    made = way(np.stack([one.ravel(), other.ravel()], axis=1), 0)[wanted]
    return made[:, 0].reshape(one.shape), made[:, 1].reshape(one.shape)


def tangents(ra_deg: float, dec_deg: float) -> tuple[Floats, Floats]:
    """Unit vectors to the north and to the east at a place on the sky."""
    ra, dec = math.radians(ra_deg), math.radians(dec_deg)
    north = np.array([-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec)])
    return north, np.array([-math.sin(ra), math.cos(ra), 0.0])
