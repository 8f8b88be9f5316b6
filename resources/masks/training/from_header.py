"""Scenes of the simulator that look like an image: by its header, its noise and its stars."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.images.simulator.satellite_fields import PAPER
from satvo.resources.images.simulator.scene_file import plan_of
from satvo.resources.trails.widths import PIXEL_FWHM_SQUARED

if TYPE_CHECKING:
    from satvo.resources.images.simulator.plan import Plan
    from satvo.resources.masks.frame import Frame
    from satvo.resources.masks.reading import PlaneOfFile

__all__ = ["Likeness", "description_like", "likeness_of", "plan_like"]

_WAVE_M = 5.5e-7
_RADIAN_ARCSEC = 206_264.806
_USUAL_FWHM_PX, _USUAL_SCALE, _USUAL_EXPOSURE_S, _USUAL_READ_E = 2.5, 1.5, 30.0, 5.0
_LEAST_NOISE_E, _USUAL_NOISE_E = 1.5, 10.0  # less is none of electrons, as in nanomaggies
_PIXEL_UM = 5.0
_BRIGHT = 10.0
_LEAST_SIZE_PX = 400
_MOST_SIZE_PX = 2048


@dataclass(frozen=True)
class Likeness:
    """What of an image a scene is made like.

    Attributes
    ----------
    columns, rows : int
    scale_arcsec : float
        Side of a pixel.
    exposure_s : float
    gain : float
        Electrons a unit.
    read_e, sky_e, noise_e : float
        Read noise, background and its standard deviation, electrons a pixel.
    fwhm_px : float
        Of its stars, pixels included.
    stars : int
        Ten times as bright as the noise, or more.
    whole : bool
        Whether its values are whole numbers.
    assumed : tuple of str
        What neither header nor pixels told.
    """

    columns: int
    rows: int
    scale_arcsec: float
    exposure_s: float
    gain: float
    read_e: float
    sky_e: float
    noise_e: float
    fwhm_px: float
    stars: int
    whole: bool
    assumed: tuple[str, ...]


def plan_like(path: Path) -> tuple[Plan, Likeness]:
    """A plan whose frames look like the first image of a FITS file.

    Raises
    ------
    BadParameter
        If the file cannot be read, or nothing like it can be simulated.
    """
    from satvo.resources.masks.reading import read_frames

    like = likeness_of(next(read_frames(path)))
    return plan_of(description_like(like), f"a scene like {path}"), like


def likeness_of(plane: PlaneOfFile) -> Likeness:
    """Measure an image; what neither its header nor its pixels tell is assumed and said so.

    Notes
    -----
    The sky is told by the noise, not by the level, since images come with their sky taken off:
    what of the variance is not the readout's is the sky's.
    """
    from satvo.ingest.images.synonyms import Headers

    headers, frame = Headers([plane.header, plane.primary]), plane.frame
    assumed: list[str] = []

    def told(item: str, usual: float, what: str) -> float:
        found = headers.number(item, above=0.0)
        if found is None:
            assumed.append(f"{what} {usual:g}")
        return usual if found is None else float(found[0])

    scale = plane.scale_arcsec
    if not math.isfinite(scale):
        scale = told("pixel_scale", _USUAL_SCALE, "scale in arcsec")
    exposure = told("exposure", _USUAL_EXPOSURE_S, "exposure in s")
    gain = frame.gain
    if not math.isfinite(gain):
        gain = 1.0 if frame.noise > _LEAST_NOISE_E else _USUAL_NOISE_E / frame.noise
        assumed.append(f"gain {gain:.3g}")
    noise = frame.noise * gain
    read = min(told("read_noise", _USUAL_READ_E, "read noise in electrons"), 0.95 * noise)
    width, stars = _stars(frame)
    if math.isnan(width):
        width = _USUAL_FWHM_PX
        assumed.append(f"width of stars {width:g} px")
    return Likeness(
        columns=frame.shape[1], rows=frame.shape[0], scale_arcsec=scale, exposure_s=exposure,
        gain=gain, read_e=read, sky_e=noise**2 - read**2, noise_e=noise, fwhm_px=width,
        stars=stars, whole=int(plane.header.get("BITPIX", -32)) > 0, assumed=tuple(assumed),
    )  # fmt: skip


def description_like(like: Likeness) -> dict[str, Any]:
    """The scene description of such images, seeing and sky drawn from a range about theirs.

    Notes
    -----
    Telescope and camera are none that exist: their focal length gives the scale of the image, the
    seeing its stars, the surface brightness of the sky its noise. Frames are as large as the image
    between 400 and 2048 pixels a side. Stars follow the counts of the galaxy's mean latitude.
    """
    arcsec = like.scale_arcsec
    seeing = arcsec * math.sqrt(max(like.fwhm_px**2 - PIXEL_FWHM_SQUARED, 0.3))
    diameter = min(max(0.3, 3.0 * _WAVE_M * _RADIAN_ARCSEC / seeing), 100.0)
    diffraction = 1.03 * _WAVE_M / diameter * _RADIAN_ARCSEC
    r_0 = 0.98 * _WAVE_M * _RADIAN_ARCSEC / math.sqrt(max(seeing**2 - diffraction**2, 1e-6))
    description: dict[str, Any] = {
        "satellites": [dict(PAPER)],
        "telescope": {
            "diameter": diameter,
            "focal_length": _PIXEL_UM * 1e-6 * _RADIAN_ARCSEC / arcsec,
            "r_0": {"uniform": [0.8 * r_0, 1.25 * r_0]},
        },
        "detector": {
            "resolution": [_bounded(like.columns), _bounded(like.rows)],
            "pixel_size": _PIXEL_UM,
            "exposure_time": like.exposure_s,
            "readout_noise_variance": like.read_e**2,
            "offset": 100.0,
            "bitdepth": 16 if like.whole else "none",
            "sensitivity": 1.0 / like.gain,
        },
        "scene": {"kind": "simulated", "stars": {"number": 0}},
    }
    zero = _electrons_of_zero(description) * like.exposure_s
    sky = -2.5 * math.log10(max(like.sky_e, 1e-3) / (zero * arcsec**2))
    faintest = -2.5 * math.log10(_BRIGHT * like.noise_e * 1.5 * like.fwhm_px / zero)
    share = _bounded(like.columns) * _bounded(like.rows) / (like.columns * like.rows)
    description["scene"] = {
        "kind": "simulated",
        "sky": {"brightness": {"uniform": [sky - 0.3, sky + 0.3]}},
        "stars": {"number": round(like.stars * share), "faintest": min(max(faintest, 0.0), 29.0)},
    }
    return description


def _bounded(side: int) -> int:
    return min(max(side, _LEAST_SIZE_PX), _MOST_SIZE_PX)


def _electrons_of_zero(description: dict[str, Any]) -> float:
    """Of a star of AB magnitude 0 in a second."""
    from satvo.resources.images.simulator.spectrum import Spectrum

    shot = plan_of(description, "telescope").shot(0)
    return float(shot.telescope.photons_per_second(Spectrum.ab(0.0)))


def _stars(frame: Frame) -> tuple[float, int]:
    """Their width (px; NaN without any) and how many have ten times the noise."""
    from satvo.resources.images.simulator.measured_stars import clear_stars
    from scipy.ndimage import maximum_filter, uniform_filter

    rows, columns = (min(side, _MOST_SIZE_PX) for side in frame.shape)
    top, left = (frame.shape[0] - rows) // 2, (frame.shape[1] - columns) // 2
    window = np.s_[top : top + rows, left : left + columns]
    pixels = frame.pixels[window].astype(np.float64)
    pixels[~frame.usable[window] | frame.saturated[window]] = np.nan
    found = clear_stars(pixels, None)
    smooth = uniform_filter(frame.significance[window], 3)
    peaks = (smooth == maximum_filter(smooth, 7)) & (smooth > _BRIGHT / 3.0)
    share = frame.pixels.size / (rows * columns)
    return (found.width if len(found) else math.nan), round(int(peaks.sum()) * share)


def told_likeness(like: Likeness) -> dict[str, Any]:
    """As JSON has it."""
    return {
        key: float(f"{value:.6g}") if isinstance(value, float) else value
        for key, value in asdict(like).items()
    }
