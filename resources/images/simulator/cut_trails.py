"""Trails on cut-outs of fields that are drawn already."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.satellites import angular_rate

if TYPE_CHECKING:
    from satvo.resources.images.simulator.detector import Detector
    from satvo.resources.images.simulator.telescope import Telescope
    from satvo.resources.trails.stamps import PointSpread

__all__ = ["CutField", "trail_on"]

Floats = NDArray[np.float64]

LEAST_PIXELS = 100
"""Of the mask of a cut-out with a trail (Dossa et al. 2024, section 4.2)."""
_TRIES = 50


@dataclass(eq=False)
class CutField:
    """A field without trails.

    Attributes
    ----------
    telescope : Telescope
    mask_width : float
        Of trails, FWHM.
    expected : ndarray (rows, columns)
        Photons, without noise; of a real background its counts.
    bits : ndarray of uint8 (rows, columns)
    detector : Detector
        Of the size of a cut-out.
    spread : PointSpread
    pixel_arcsec, noise : float
        Noise of the background in a pixel, electrons.
    efficiency : float
        Electrons for a photon that the telescope brings.
    real : Background, optional
    left : int
        Cut-outs until it makes room.
    """

    telescope: Telescope
    mask_width: float
    expected: NDArray[Any]
    bits: NDArray[np.uint8]
    detector: Detector
    spread: PointSpread
    pixel_arcsec: float
    noise: float
    efficiency: float
    real: Any = None
    left: int = 200


def trail_on(
    field: CutField,
    size: int,
    told: Mapping[str, Any],
    random: np.random.Generator,
    snr: tuple[float, float] | None,
) -> tuple[Floats, NDArray[np.bool_], dict[str, Any]]:
    """Photons of a trail in a cut-out, its mask, and what is known of it."""
    from satvo.resources.images.simulator.line_spread import line_fwhm_px
    from satvo.resources.trails.drawing import draw_trail, trail_mask
    from satvo.resources.trails.paths import straight_path

    detector = field.detector
    orientation = told.get("orientation", 0.0)
    rate = told.get("rate") or angular_rate(
        told["altitude"], told.get("elevation", 90.0), orientation
    )
    length = rate * detector.exposure_time / field.pixel_arcsec
    along = math.cos(math.radians(orientation)), math.sin(math.radians(orientation))
    width = line_fwhm_px(field.spread, *along, told["width"])
    x1, y1, x2, y2 = _ends(size, length, along, width, random)
    path = straight_path((x1, y1), (x2, y2))
    mask = trail_mask((size, size), path, field.mask_width * width)
    law = None
    if "law" in told:
        from satvo.resources.images.simulator.laws import law_of

        law = law_of(told["law"], detector.exposure_time, random)
    stamp = draw_trail((size, size), path, field.spread, 1.0, law=law, width_px=told["width"])
    light = np.zeros((size, size)) if stamp is None else stamp.on((size, size))
    mean = float(light[mask].mean()) if mask.any() else 0.0
    efficiency = field.efficiency
    photons = _photons(field.telescope, told) * detector.exposure_time
    if snr is not None and mean > 0.0:
        wanted = math.exp(random.uniform(math.log(snr[0]), math.log(snr[1])))
        photons = wanted * field.noise / (mean * efficiency)
    about = {
        "x1": x1, "y1": y1, "x2": x2, "y2": y2, "length": length, "width": width,
        "magnitude": None if snr else told["magnitude"], "altitude": told.get("altitude"),
        "orientation": orientation, "electrons": photons * efficiency,
        "snr_avg": mean * photons * efficiency / field.noise,
    }  # fmt: skip
    return light * photons, mask, about


def _photons(telescope: Telescope, told: Mapping[str, Any]) -> float:
    """Photons a second of a satellite."""
    from satvo.resources.images.simulator.passing import spectrum_of_values

    return float(telescope.photons_per_second(spectrum_of_values(told)))


def _ends(
    size: int,
    length: float,
    along: tuple[float, float],
    width: float,
    random: np.random.Generator,
) -> tuple[float, float, float, float]:
    """Ends of a trail at a random place of a cut-out that holds enough of it."""
    needed = min(LEAST_PIXELS / max(width, 1.0), 0.9 * length)
    x = y = 0.5 * (size - 1)
    for _ in range(_TRIES):
        half = 0.5 * length
        x = random.uniform(-half * abs(along[0]), size - 1 + half * abs(along[0]))
        y = random.uniform(-half * abs(along[1]), size - 1 + half * abs(along[1]))
        if _inside(size, x, y, along, half) >= needed:
            break
    else:
        x = y = 0.5 * (size - 1)
    dx, dy = 0.5 * length * along[0], 0.5 * length * along[1]
    return x - dx, y - dy, x + dx, y + dy


def _inside(size: int, x: float, y: float, along: tuple[float, float], half: float) -> float:
    """Length of the part of a line, from its middle and half its length, that is on a cut-out."""
    low, high = -half, half
    for at, step in ((x, along[0]), (y, along[1])):
        if abs(step) < 1e-12:
            if not -0.5 <= at <= size - 0.5:
                return 0.0
            continue
        ends = sorted(((-0.5 - at) / step, (size - 0.5 - at) / step))
        low, high = max(low, ends[0]), min(high, ends[1])
    return max(high - low, 0.0)
