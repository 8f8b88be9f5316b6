"""What a detector may be."""

from __future__ import annotations

import math
from typing import Any

from satvo.resources.images.simulator.bayer import checked_order
from satvo.schemas.errors import BadParameter

__all__ = ["check_detector"]

MOST_PIXELS = 1 << 28
"""Of a detector: 2 GiB as numbers of eight bytes."""

_NUMBERS = {
    "pixel_size": (0.0, 1e4, "um, above 0", True),
    "exposure_time": (0.0, 1e7, "s, 0 or more", False),
    "quantum_efficiency": (0.0, 1.0, "e-/ph, 0 to 1", False),
    "readout_noise_variance": (0.0, 1e12, "e-^2, 0 or more", False),
    "dark_current": (0.0, 1e9, "e-/s, 0 or more", False),
    "offset": (-1e9, 1e9, "ADU", False),
    "sensitivity": (0.0, 1e9, "ADU/e-, above 0", True),
    "nonlinearity": (0.0, 0.5, "a share of the signal at the full well, 0 to 0.5", False),
    "defects.response_nonuniformity": (0.0, 1.0, "relative, 0 to 1", False),
    "defects.dark_nonuniformity": (0.0, 10.0, "relative, 0 to 10", False),
    "defects.hot_pixels": (0.0, 1.0, "a share of the pixels, 0 to 1", False),
    "defects.hot_pixel_current": (0.0, 1e9, "e-/s, 0 or more", False),
    "defects.dead_pixels": (0.0, 1.0, "a share of the pixels, 0 to 1", False),
    "defects.offset_nonuniformity": (0.0, 1e9, "ADU, 0 or more", False),
    "cosmic_rays.rate": (0.0, 1e4, "hits per cm2 and s, 0 to 10000", False),
    "cosmic_rays.worms": (0.0, 1.0, "a share of the hits, 0 to 1", False),
    "cosmic_rays.depth_um": (0.0, 1e4, "um, above 0", True),
    "cosmic_rays.diffusion_um": (0.0, 1e4, "um, 0 or more", False),
    "amplifiers.gain_scatter": (0.0, 0.5, "relative, 0 to 0.5", False),
    "amplifiers.crosstalk": (0.0, 0.5, "a share of the signal, 0 to 0.5", False),
}
"""Least, most, what is accepted in words, and whether the least itself is refused."""

_WHOLE = {
    "defects.seed": (0, 2**63 - 1),
    "defects.bad_columns": (0, 1 << 20),
    "amplifiers.count": (1, 1024),
    "amplifiers.seed": (0, 2**63 - 1),
}

_WORDS = {
    "quantum_efficiency_model": ("thinning", "scaling"),
    "bayer_stage": ("photons", "digitised"),
}


def check_detector(detector: Any) -> None:
    """Refuse what cannot be.

    Parameters
    ----------
    detector : Detector

    Raises
    ------
    BadParameter
        Naming the first value that is wrong, and what is accepted.
    """
    _check_resolution(detector.resolution)
    for name, (least, most, accepted, above) in _NUMBERS.items():
        check_number(name, _value(detector, name), least, most, accepted, above=above)
    if detector.full_well is not None:
        check_number("full_well", detector.full_well, 0.0, 1e12, "e-, above 0", above=True)
    for name, (fewest, most_whole) in _WHOLE.items():
        _check_whole(name, _value(detector, name), fewest, most_whole)
    if detector.bitdepth is not None:
        _check_whole("bitdepth", detector.bitdepth, 1, 32)
    for name, words in _WORDS.items():
        if _value(detector, name) not in words:
            known = " or ".join(words)
            raise BadParameter(f"{name} = {_value(detector, name)!r} of a detector: {known}")
    checked_order(detector.bayer_order)
    if detector.nonlinearity and detector.full_well is None:
        raise BadParameter("nonlinearity of a detector is told at its full well: give full_well")
    if detector.resolution[0] % detector.amplifiers.count:
        raise BadParameter(
            f"{detector.amplifiers.count} amplifiers for {detector.resolution[0]} columns: give a "
            "number that divides the columns evenly"
        )


def check_number(
    name: str, value: object, least: float, most: float, accepted: str, *, above: bool = False
) -> None:
    """Refuse what is no number from least to most; ``above``: the least itself is refused too."""
    good = (
        not isinstance(value, bool)
        and isinstance(value, int | float)
        and math.isfinite(value)
        and least <= value <= most
        and not (above and value == least)
    )
    if not good:
        raise BadParameter(f"{name} = {value!r} of a detector: {accepted}, is accepted")


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadParameter(
            f"{name} = {value!r} of a detector: a whole number from {least} to {most} is accepted"
        )


def _check_resolution(resolution: object) -> None:
    good = (
        isinstance(resolution, tuple)
        and len(resolution) == 2
        and all(isinstance(each, int) and not isinstance(each, bool) for each in resolution)
        and min(resolution) >= 1
        and resolution[0] * resolution[1] <= MOST_PIXELS
    )
    if not good:
        raise BadParameter(
            f"resolution = {resolution!r} of a detector: width and height in pixels are accepted, "
            f"whole, above 0, and {MOST_PIXELS} pixels at most"
        )


def _value(detector: Any, name: str) -> Any:
    for part in name.split("."):
        detector = getattr(detector, part)
    return detector
