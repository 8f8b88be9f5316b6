"""Figures 8 and 9: a real frame beside its simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.backgrounds import Sky
from satvo.resources.images.simulator.catalog_scene import CatalogScene
from satvo.resources.images.simulator.detector import Detector
from satvo.resources.images.simulator.exposure import Exposure
from satvo.resources.images.simulator.figures.fields import stretched
from satvo.resources.images.simulator.satellites import Satellite, SkyPath
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.stars import StarField
from satvo.resources.images.simulator.telescope import Telescope
from satvo.resources.trails.drawing import trail_mask
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.scatter import scatter_about
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.widths import moffat_radius
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_beside_real", "draw_histograms"]

Floats = NDArray[np.float64]

_PIXEL_UM = 124.7
"""7.9 arcsec at 0.4 m f/8: pixels of the frame, binned."""


def draw_beside_real(path: Path) -> Figure:
    """Figure 8: the frame, and its stars and trails simulated.

    The catalogue of the simulation are the stars of the frame, as bright and where they are
    measured in it, so that no network and no trust in its WCS is needed; sky, noise and trails are
    as bright as measured, too. Galaxies and halos are left out.
    """
    from matplotlib.figure import Figure

    real, shot = _both(path)
    figure = Figure(figsize=(12, 6.4), layout="constrained")
    for axes, image, title in zip(
        figure.subplots(1, 2), (real, shot.counts), ("real frame", "simulated"), strict=True
    ):
        axes.imshow(stretched(np.asarray(image, float)), origin="lower", cmap="gray")
        axes.set_title(title)
        axes.set_axis_off()
    return figure


def draw_histograms(path: Path) -> Figure:
    """Figure 9: histograms of the counts of both, on logarithmic axes; sky and noise are the same,
    and so the wings tell what the simulation leaves out.
    """
    from matplotlib.figure import Figure

    real, shot = _both(path)
    figure = Figure(figsize=(8, 5.5), layout="constrained")
    axes = figure.subplots()
    low = float(min(real.min(), shot.counts.min()))
    bins = np.geomspace(1.0, float(max(real.max(), shot.counts.max())) - low + 2.0, 120)
    for image, name in ((real, "real"), (shot.counts, "simulated")):
        axes.hist(np.ravel(image) - low + 1.0, bins.tolist(), histtype="step", label=name)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=f"counts above {low - 1.0:.0f}",
        ylabel="pixels",
    )
    axes.legend()
    return figure


def _both(path: Path) -> tuple[Floats, Exposure]:
    """The real frame, and its simulation."""
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False) as units:
            found = [(unit.data, unit.header) for unit in units if np.ndim(unit.data) == 2]
    except OSError as err:
        raise BadParameter(f"{path}: cannot be read as FITS: {err}") from err
    if not found:
        raise BadParameter(f"{path}: has no image of two axes: give a frame")
    real = found[0][0].astype(np.float64)
    return real, _simulated(real, found[0][1])


def _simulated(real: Floats, header: Any) -> Exposure:
    """The frame through a telescope that gives an electron for each photon."""
    rows, columns = real.shape
    exposure = float(header.get("EXPTIME", 1.0))
    telescope = Telescope(
        diameter=0.4, focal_length=3.251, observing_band="clear", pointing=(335.5, -46.0), r_0=0.05
    )
    sky, noise = _sky(real)
    gain = float(header.get("GAIN", 1.0))
    # Read noise takes a half at most: what the header says may be of pixels before binning.
    read = min(float(header.get("RDNOISE", 8.0)), noise * gain * math.sqrt(0.5))
    sky_electrons = (noise * gain) ** 2 - read**2
    detector = Detector(
        resolution=(columns, rows), pixel_size=_PIXEL_UM, exposure_time=exposure,
        offset=sky - sky_electrons / gain, readout_noise_variance=read**2, sensitivity=1.0 / gain,
        bitdepth=None,
    )  # fmt: skip
    rate = float(telescope.photons_per_second(Spectrum.ab(0.0))) * exposure
    area = telescope.pixel_scale(_PIXEL_UM) ** 2
    random = np.random.default_rng(8)
    wcs = telescope.wcs((columns, rows), _PIXEL_UM)
    light = (real - sky) * gain
    scene = CatalogScene(
        catalogue=_stars(light, noise * gain, wcs, telescope, exposure),
        satellites=_trails(light, wcs, exposure, rate),
        spread=_spread_of(light),
        sky=Sky(2.5 * math.log10(rate * area / sky_electrons)),
        allow_outside=True,
    )
    begun = datetime.fromisoformat(header.get("DATE-OBS", "2020-01-01T00:00:00"))
    return scene.observe(telescope, detector, start=begun, random=random)[0]


@dataclass(frozen=True, eq=False)
class _Measured:
    """Stars of a frame as a catalogue of them."""

    stars: StarField

    def near(
        self, ra: float, dec: float, radius_deg: float, when: datetime, faintest: float
    ) -> StarField:
        """All: they are near."""
        return self.stars


def _stars(
    light: Floats, noise: float, wcs: Any, telescope: Telescope, exposure: float
) -> _Measured:
    """Places and magnitudes of the stars in a frame: peaks of 5 sigma that no trail is near."""
    from scipy.ndimage import maximum_filter

    peaks = (light == maximum_filter(light, 5)) & (light > 5.0 * noise)
    if light.shape == _SEEN_SHAPE:
        for start, end in _SEEN:
            peaks &= ~trail_mask(light.shape, straight_path(start, end), 9.0)
    peaks[:3], peaks[-3:], peaks[:, :3], peaks[:, -3:] = False, False, False, False
    rows, columns = np.nonzero(peaks)
    at = np.arange(-2, 3)
    boxes = light[rows[:, None, None] + at[:, None], columns[:, None, None] + at]
    total = boxes.sum((1, 2))
    kept = total > 0.0
    rows, columns, boxes, total = rows[kept], columns[kept], boxes[kept], total[kept]
    positive = np.maximum(boxes, 0.0)
    x = columns + (positive * at).sum((1, 2)) / positive.sum((1, 2))
    y = rows + (positive * at[:, None]).sum((1, 2)) / positive.sum((1, 2))
    ra, dec = wcs.all_pix2world(x, y, 0)
    zero = StarField(ra[:1], dec[:1], np.zeros(1), band="G").photons_per_second(telescope)[0]
    return _Measured(StarField(ra, dec, -2.5 * np.log10(total / (zero * exposure)), band="G"))


def _spread_of(light: Floats) -> PointSpread:
    """A Moffat profile as wide as the brightest trail, or 2 pixels."""
    fwhm = 2.0
    if light.shape == _SEEN_SHAPE:
        profile = np.nanmedian(_across(light, *_SEEN[0]), axis=0)
        at, half = np.arange(len(profile)) * _STEP_PX, 0.5 * float(profile.max())
        peak = int(profile.argmax())
        first = float(np.interp(half, profile[: peak + 1], at[: peak + 1]))
        last = float(np.interp(half, profile[peak:][::-1], at[peak:][::-1]))
        # Pixels and the interpolation between them have widened it by about one.
        fwhm = math.sqrt(max((last - first) ** 2 - 1.0, 1.0))
    cells = np.arange(-61, 62) / 3.0
    scale = moffat_radius(fwhm, 3.0)
    values = (1.0 + (cells[:, None] ** 2 + cells**2) / scale**2) ** -3.0
    return PointSpread(values / values.sum(), 3)


def _sky(real: Floats) -> tuple[float, float]:
    """Median, and standard deviation by the median deviation, counts."""
    sky = float(np.nanmedian(real))
    return sky, scatter_about(real, sky)


def _trails(light: Floats, wcs: Any, exposure: float, rate: float) -> list[Satellite]:
    """The trails of the LCO 0.4 m frame of the test data, as bright as they are there."""
    if light.shape != _SEEN_SHAPE:
        return []
    found = []
    for start, end in _SEEN:
        length = math.dist(start, end)
        electrons = _along(light, start, end) * length
        mag = -2.5 * math.log10(max(electrons, 1.0) / rate)
        ra, dec = wcs.all_pix2world([start[0], end[0]], [start[1], end[1]], 0)
        found.append(
            Satellite(
                path=SkyPath(np.array([0.0, exposure]), ra, dec),
                spectrum=Spectrum.ab(mag), defocus=False, first_s=0.0, last_s=exposure,
            )
        )  # fmt: skip
    return found


_STEP_PX = 0.5
_SEEN_SHAPE = (400, 400)
_SEEN = (
    ((-3.0, 364.6), (403.0, 139.4)),
    ((238.0, 402.9), (403.0, 310.8)),
    ((-3.0, 125.9), (233.0, -3.8)),
)
"""Ends of its trails (x, y), pixel; beyond the frame by a little, which they cross."""


def _along(light: Floats, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Light for each pixel of a trail's length, counts: the median of sums across it."""
    return _STEP_PX * float(np.nanmedian(np.nansum(_across(light, start, end), axis=1)))


def _across(light: Floats, start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """Light at each pixel along a trail and each half pixel across it; NaN beside the frame."""
    from scipy.ndimage import map_coordinates

    length = math.dist(start, end)
    u, v = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    along = np.arange(8.0, length - 8.0)[:, None]
    across = np.arange(-5.0, 5.0 + _STEP_PX, _STEP_PX)
    x, y = start[0] + along * u - across * v, start[1] + along * v + across * u
    profile: Floats = map_coordinates(light, [y, x], order=1, cval=np.nan)
    return profile
