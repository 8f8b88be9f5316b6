"""What a scene stands before: the light of the sky, or a real image."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.scatter import scatter_about
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.spectrum import Spectrum
    from satvo.resources.images.simulator.telescope import Telescope
    from satvo.resources.trails.stamps import PointSpread

__all__ = ["Background", "Sky"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sky:
    """The even light of the sky.

    Attributes
    ----------
    brightness : float
        mag/arcsec**2, AB in the band of the observation unless `spectrum` is given. Infinite for
        a sky without light.
    spectrum : Spectrum, optional
        Of one arcsec**2; `brightness` is then not used.
    """

    brightness: float = 21.0
    spectrum: Spectrum | None = None

    def __post_init__(self) -> None:
        if not self.brightness >= -10.0:
            raise BadParameter(
                f"sky brightness {self.brightness} mag/arcsec**2: numbers from -10 up are accepted"
            )

    def photons_per_second(self, telescope: Telescope) -> float:
        """What the telescope brings to its focus of one arcsec**2."""
        from satvo.resources.images.simulator.spectrum import Spectrum

        if self.spectrum is None and np.isinf(self.brightness):
            return 0.0
        spectrum = self.spectrum or Spectrum.ab(self.brightness)
        return float(telescope.photons_per_second(spectrum))


@dataclass(frozen=True, eq=False)
class Background:
    """A real image that trails are put on.

    Attributes
    ----------
    counts : ndarray (rows, columns)
        ADU, of any type of numbers.
    gain : float
        Electrons for a count.
    wcs : astropy.wcs.WCS, optional
        The telescope's where none is given.
    saturation : float, optional
        Counts from which a pixel is full; the end of the type of whole numbers where none is given.
    zero_point : float, optional
        AB magnitude in the band of the observation that gives one count in the exposure; the
        telescope and the detector tell where none is given.
    noise : float, optional
        Standard deviation of the background in a pixel, counts; measured where none is given.
    cards : mapping of str to (value, comment)
        Of its header, handed on.

    Raises
    ------
    BadParameter
        For an array that is no image, or a gain that is not above 0.
    """

    counts: NDArray[Any]
    gain: float = 1.0
    wcs: Any = None
    saturation: float | None = None
    zero_point: float | None = None
    noise: float | None = None
    cards: Mapping[str, tuple[Any, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or not self.counts.size or self.counts.dtype.kind not in "uif":
            raise BadParameter(
                f"a background of shape {self.counts.shape} and type {self.counts.dtype}: an image "
                "of rows and columns of numbers is accepted"
            )
        if not (math.isfinite(self.gain) and self.gain > 0.0):
            raise BadParameter(f"a background of gain {self.gain} e-/ADU: above 0 is accepted")
        if self.noise is not None and not self.noise > 0.0:
            raise BadParameter(f"a background of noise {self.noise} ADU: above 0 is accepted")

    @cached_property
    def noise_adu(self) -> float:
        """Standard deviation of the background in a pixel: 1.4826 times the median deviation from
        the median, of at most 100,000 pixels."""
        if self.noise is not None:
            return self.noise
        some = self.counts.ravel()[:: max(self.counts.size // 100_000, 1)].astype(np.float64)
        some = some[np.isfinite(some)]
        if not some.size:
            raise BadParameter("a background without a single finite pixel")
        spread = scatter_about(some, float(np.median(some)))
        return spread or float(some.std()) or 1.0

    @cached_property
    def full(self) -> float:
        """Counts from which a pixel is full; infinite where nothing tells."""
        if self.saturation is not None:
            return self.saturation
        if self.counts.dtype.kind in "ui":
            return float(np.iinfo(self.counts.dtype).max)
        return math.inf

    @cached_property
    def point_spread(self) -> PointSpread:
        """Measured from its stars; raises where they are too few."""
        from satvo.resources.images.simulator.measured_spread import measured_point_spread

        spread: PointSpread = measured_point_spread(
            self.counts.astype(np.float64), saturation=self.saturation
        )
        return spread

    def window(self, row: int, column: int, rows: int, columns: int) -> Background:
        """A piece of it, with its WCS; noise and point spread stay those of the whole image.

        Raises
        ------
        BadParameter
            If the piece is not inside.
        """
        whole_rows, whole_columns = self.counts.shape
        inside = row >= 0 and column >= 0 and rows > 0 and columns > 0
        if not (inside and row + rows <= whole_rows and column + columns <= whole_columns):
            raise BadParameter(
                f"a window of {rows} x {columns} pixels at row {row}, column {column} of an image "
                f"of {whole_rows} x {whole_columns}: it must lie inside"
            )
        here = slice(row, row + rows), slice(column, column + columns)
        wcs = None if self.wcs is None else self.wcs.deepcopy()
        if wcs is not None:
            wcs.wcs.crpix = [wcs.wcs.crpix[0] - column, wcs.wcs.crpix[1] - row]
            wcs.wcs.set()
        piece = replace(self, counts=self.counts[here], wcs=wcs, noise=self.noise_adu)
        if "point_spread" in self.__dict__:
            piece.__dict__["point_spread"] = self.point_spread
        return piece
