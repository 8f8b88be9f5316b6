"""A detector: what it makes of the light that falls on it, noise and all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator import noise
from satvo.resources.images.simulator.amplifiers import Amplifiers
from satvo.resources.images.simulator.bayer import WhiteBalance, mosaic
from satvo.resources.images.simulator.cosmic_rays import CosmicRays, cosmic_rays
from satvo.resources.images.simulator.defects import Defects, Pattern, pattern_of
from satvo.resources.images.simulator.detector_checks import check_detector
from satvo.resources.images.simulator.full_well import bleed
from satvo.resources.images.simulator.poisson import nearly_with_normal
from satvo.resources.images.simulator.readout import Readout
from satvo.schemas.errors import BadParameter

__all__ = ["Detector", "WhiteBalance"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_MOST_ELECTRONS = 1e15
"""In a pixel: beyond it, double precision has no single electrons."""
_FAR_FROM_FULL = 0.8


@dataclass(frozen=True, kw_only=True)
class Detector:
    """A detector, under the names of the paper.

    Attributes
    ----------
    resolution : tuple of int
        Width and height, pixel.
    pixel_size : float
        um.
    exposure_time : float
        s.
    quantum_efficiency : float
        e-/ph.
    photon_noise : bool
        Whether photons come at random.
    readout_noise_variance : float
        e-^2.
    dark_current : float
        e-/s in a pixel.
    offset : float
        ADU.
    bitdepth : int, optional
        1 to 32; None: counts are not made whole, as in images that were calibrated.
    sensitivity : float
        ADU/e-.
    bayer_order : str, optional
        RGGB, BGGR, GRBG or GBRG: the filters of the pixels (0, 0), (0, 1), (1, 0), (1, 1) as
        [row, column]; None without filters.
    white_balance : WhiteBalance
        Gain of each colour, by which counts are multiplied after digitisation, made whole again.
    bayer_transmission : WhiteBalance
        What each filter lets through of the light of the observing band.
    bayer_stage : str
        "photons": filters act on light, so that photon noise is that of what comes through;
        "digitised": on counts, as the paper has it (its step 3c).
    quantum_efficiency_model : str
        "thinning": each photon has its chance, so that electrons are Poisson; "scaling": photons
        are multiplied, as the paper has it (its step 2b), whose noise is lower by the root of the
        quantum efficiency.
    full_well : float, optional
        e- that a pixel holds; None: any number.
    bleeding : bool
        Whether charge above the full well runs along its column, or is lost.
    nonlinearity : float
        Share by which the signal at the full well is too low; it grows linearly from 0.
    defects : Defects
        What stays the same in all exposures.
    cosmic_rays : CosmicRays
    amplifiers : Amplifiers

    Raises
    ------
    BadParameter
        For values that cannot be.

    References
    ----------
    Janin-Potiron et al., SPIE 13094, section 2.3.

    Examples
    --------
    >>> detector = Detector(resolution=(4, 2), pixel_size=3.75, exposure_time=4.0, offset=100.0)
    >>> detector.expose(np.zeros((2, 4)), np.random.default_rng(1)).counts
    array([[100, 100, 100, 100],
           [100, 100, 100, 100]], dtype=uint16)
    """

    resolution: tuple[int, int]
    pixel_size: float
    exposure_time: float
    quantum_efficiency: float = 1.0
    photon_noise: bool = True
    readout_noise_variance: float = 0.0
    dark_current: float = 0.0
    offset: float = 0.0
    bitdepth: int | None = 16
    sensitivity: float = 1.0
    bayer_order: str | None = None
    white_balance: WhiteBalance = field(default_factory=WhiteBalance)
    bayer_transmission: WhiteBalance = field(default_factory=WhiteBalance)
    bayer_stage: str = "photons"
    quantum_efficiency_model: str = "thinning"
    full_well: float | None = None
    bleeding: bool = True
    nonlinearity: float = 0.0
    defects: Defects = field(default_factory=Defects)
    cosmic_rays: CosmicRays = field(default_factory=CosmicRays)
    amplifiers: Amplifiers = field(default_factory=Amplifiers)

    def __post_init__(self) -> None:
        if isinstance(self.resolution, list):
            object.__setattr__(self, "resolution", tuple(self.resolution))
        check_detector(self)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.resolution[1], self.resolution[0]

    @property
    def pattern(self) -> Pattern:
        """What is wrong with which pixel; the same at each call."""
        return pattern_of(self.shape, self.defects)

    def expose(
        self,
        photons: Floats,
        random: np.random.Generator,
        *,
        exposure_s: float | None = None,
        approximate: bool = False,
    ) -> Readout:
        """Expose to light, and read out.

        Parameters
        ----------
        photons : ndarray (rows, columns), or (3, rows, columns) with a Bayer pattern
            Expected in each pixel over the exposure, of the observing band, or of red, green, blue.
        random : numpy Generator
        exposure_s : float, optional
            During which there were dark current and particles; otherwise the exposure time.
        approximate : bool
            Draw photons, dark current and readout noise as one normal number, bent to their mean,
            variance and skewness: the distribution of the signal is right to 0.005
            (`nearly_with_normal`, and `poisson_nearly` where pixels are nearly full).

        Returns
        -------
        Readout

        Raises
        ------
        BadParameter
            For photons of another shape, negative or not finite, or more than 1e15 in a pixel.
        """
        self._check(photons)
        seconds = self.exposure_time if exposure_s is None else exposure_s
        pattern = self.pattern
        light = self._on_pixels(photons, pattern)
        dark = self._dark(pattern, seconds)
        electrons, read = self._electrons(light, dark, random, approximate)
        rays = cosmic_rays(self.shape, self.pixel_size, seconds, self.cosmic_rays, random)
        if rays is not None:
            electrons += rays
        full, lost = self._held(electrons)
        if not read:
            electrons = noise.read_out(electrons, self.readout_noise_variance, random)
        counts, at_end = self._counts(electrons, pattern)
        nowhere = np.zeros(self.shape, np.bool_)
        return Readout(
            counts,
            at_end if full is None else at_end | full,
            nowhere if rays is None else rays > 0.0,
            nowhere if pattern.bad is None else pattern.bad,
            lost,
        )

    def _check(self, photons: Floats) -> None:
        accepted: list[tuple[int, ...]] = [self.shape]
        if self.bayer_order is not None:
            accepted.append((3, *self.shape))
        if photons.shape not in accepted:
            known = " or ".join(str(each) for each in accepted)
            raise BadParameter(f"photons of shape {photons.shape} for a detector: {known} is right")
        # Comparisons with NaN are false, so that it is refused too.
        if not (photons.min() >= 0.0 and photons.max() <= _MOST_ELECTRONS):
            raise BadParameter(
                f"photons expected in a pixel from {photons.min()} to {photons.max()}: 0 to "
                f"{_MOST_ELECTRONS:g} are accepted"
            )

    def _on_pixels(self, photons: Floats, pattern: Pattern) -> Floats:
        """Photons behind the filters, less what pixels do not answer to; maybe the same array."""
        light = photons
        if self.bayer_order is not None:
            early = self.bayer_transmission if self.bayer_stage == "photons" else WhiteBalance()
            if light.ndim == 3 or not early.even:
                light = mosaic(light, self.bayer_order, early)
        if pattern.response is not None:
            light = light * pattern.response
        return light

    def _dark(self, pattern: Pattern, seconds: float) -> Floats | float:
        """Electrons expected without light."""
        even = self.dark_current * seconds
        if pattern.dark is None and not len(pattern.hot):
            return even
        dark = np.full(self.shape, even)
        if pattern.dark is not None:
            dark *= pattern.dark
        dark[pattern.hot_at] += pattern.hot * np.float64(seconds)
        return dark

    def _electrons(
        self,
        light: Floats,
        dark: Floats | float,
        random: np.random.Generator,
        approximate: bool,
    ) -> tuple[Floats, bool]:
        """Electrons in the pixels, before any is full; whether readout noise is in them."""
        if self.photon_noise and self.quantum_efficiency_model == "thinning":
            expected = light * self.quantum_efficiency
            expected += dark
            # Readout noise comes after the full well, which must therefore be far.
            far = self.full_well is None or expected.max() < _FAR_FROM_FULL * self.full_well
            if approximate and far:
                variance = self.readout_noise_variance
                return nearly_with_normal(expected, variance, random, out=expected), True
            drawn = noise.arrived(expected, random, approximate=approximate, out=expected)
            return drawn, False
        if self.photon_noise:
            light = noise.arrived(light, random, approximate=approximate)
        electrons = noise.scaled(light, self.quantum_efficiency)
        if np.any(dark):
            everywhere = np.broadcast_to(dark, self.shape)
            electrons += noise.dark_electrons(everywhere, random, approximate=approximate)
        return electrons, False

    def _held(self, electrons: Floats) -> tuple[Bools | None, float]:
        """Hold electrons within the full well, in place: what is full, and how many are lost."""
        if self.full_well is None:
            return None, 0.0
        lost = bleed(electrons, self.full_well) if self.bleeding else 0.0
        np.minimum(electrons, self.full_well, out=electrons)
        full: Bools = electrons >= self.full_well
        if self.nonlinearity:
            electrons *= 1.0 - self.nonlinearity / self.full_well * electrons
        return full, lost

    def _counts(self, electrons: Floats, pattern: Pattern) -> tuple[NDArray[Any], Bools]:
        """Counts, and where the converter was at its end; the electrons are written over."""
        read = self.amplifiers.read(electrons)
        adu = noise.amplified(read, self.sensitivity, self.offset, out=read)
        if pattern.offsets is not None:
            adu += pattern.offsets
        late = self._late_gains
        if self.bitdepth is None:
            if self.bayer_order is not None:
                adu = mosaic(adu, self.bayer_order, late)
            return adu.astype(np.float32), np.zeros(self.shape, np.bool_)
        counts = noise.digitised(adu, self.bitdepth)
        at_end: Bools = counts == 2**self.bitdepth - 1
        if self.bayer_order is not None and not late.even:
            gained = mosaic(counts.astype(np.float64), self.bayer_order, late)
            counts = noise.digitised(gained, self.bitdepth)
        return counts, at_end

    def expected_counts(self, photons: Floats) -> Floats:
        """Counts of this light alone, without noise, dark current, offset or a limit: ADU.

        What a satellite adds to an image that is there (`CompositeScene`).
        """
        self._check(photons)
        adu = self._on_pixels(photons, Pattern()) * (self.quantum_efficiency * self.sensitivity)
        if self.bayer_order is not None:
            adu = mosaic(adu, self.bayer_order, self._late_gains)
        return adu

    @property
    def _late_gains(self) -> WhiteBalance:
        """By which each colour is multiplied after digitisation."""
        if self.bayer_stage == "photons":
            return self.white_balance
        both = zip(self.white_balance.values, self.bayer_transmission.values, strict=True)
        return WhiteBalance(*(gain * share for gain, share in both))
