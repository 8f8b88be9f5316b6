"""Wavelengths of filters that are known by their names; see `bands.yaml`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml

__all__ = ["OPEN", "band_of", "is_open"]

_DECAM = re.compile(r"\w+ DECam \w+ c\d{4} (\d{3,5}\.\d) (\d{2,5}\.\d)")
"""What DECam writes: name, c and number, effective wavelength and width in Angstrom."""

OPEN = frozenset((
    "clear", "open", "empty", "none", "luminance", "lum", "white", "nofilter", "no", "free", "air",
    "notpresent", "clr",
))  # fmt: skip
"""Names of no filter, without punctuation."""


def is_open(name: str) -> bool:
    """Whether a name says that there was no filter.

    Examples
    --------
    >>> is_open("Open2-8"), is_open("No filter"), is_open("r'")
    (True, True, False)
    """
    plain = _plain(name)
    return plain in OPEN or re.sub(r"\d+$", "", plain) in OPEN


def band_of(name: str) -> tuple[float, float] | None:
    """Shortest and longest wavelength of a filter, m in vacuum; None where the name tells none.

    Examples
    --------
    >>> band_of("SDSS-r"), band_of("g-SLOAN"), band_of("R")
    ((5.57e-07, 6.952e-07), (4.135e-07, 5.515e-07), None)
    """
    decam = _DECAM.fullmatch(name.strip())
    if decam:
        middle, width = (float(each) for each in decam.groups())
        return _metres((middle - width / 2) / 10), _metres((middle + width / 2) / 10)
    stripped = name.strip()
    return _bands().get(stripped if len(stripped) == 1 else _plain(stripped))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9']", "", name.lower())


def _metres(nm: float) -> float:
    return float(f"{nm * 1e-9:.6g}")


@cache
def _bands() -> dict[str, tuple[float, float]]:
    text = files("satvo.ingest.images").joinpath("bands.yaml").read_text("utf-8")
    return {
        name: (_metres(band["low"]), _metres(band["high"]))
        for group in yaml.safe_load(text)
        for band in group["bands"]
        for name in band["names"]
    }
