"""What part of an image is asked for: the parameters of SODA, read and checked."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from satvo.schemas.errors import BadParameter
from satvo.schemas.region_values import parse_region

__all__ = ["POL_STATES", "SHAPES", "CutOut", "Interval", "cut_out_of", "read_cut_outs"]

POL_STATES = ("I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX")
"""Polarisation states in the words of SODA 1.0, section 3.3.6."""

SHAPES = ("CIRCLE", "POLYGON", "RANGE")
"""What POS may begin with (SODA 1.0, section 3.3.1)."""

Interval: TypeAlias = tuple[float, float]

_MOST_NUMBERS = 2000


@dataclass(frozen=True, slots=True)
class CutOut:
    """One part of an image; what is None or empty leaves that axis whole.

    Attributes
    ----------
    shape : str
        One of `SHAPES`, or empty.
    numbers : tuple of float, deg
        Of the shape, ICRS: centre and radius; vertices; least and greatest right ascension and
        declination.
    band_m : (float, float), optional
        Shortest and longest wavelength, in vacuum.
    time_mjd : (float, float), optional
        Start and end, MJD in UTC.
    pol : tuple of str
        Of `POL_STATES`.
    pixels : tuple of four int, optional
        First and last column, first and last row: FITS pixels, counted from 1.
    extension : str
        Number, from 0, or EXTNAME of the only unit that is cut.
    """

    shape: str = ""
    numbers: tuple[float, ...] = ()
    band_m: Interval | None = None
    time_mjd: Interval | None = None
    pol: tuple[str, ...] = ()
    pixels: tuple[int, int, int, int] | None = None
    extension: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self == CutOut()

    def about(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)


def cut_out_of(about: Mapping[str, Any]) -> CutOut:
    """What `CutOut.about` told, also after a way through JSON."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in about.items()
    }
    return CutOut(**given)


def read_cut_outs(given: Mapping[str, Sequence[str]]) -> list[CutOut]:
    """What is asked for: every combination of the places, bands and times given.

    Parameters
    ----------
    given : mapping of sequences of str
        The values of CIRCLE, POLYGON, POS, PIXEL, BAND, TIME, POL and EXTENSION, under these names.
        Several places are alternatives, and so are several bands or times (SODA 1.0, section 3.2);
        several POL are one set of states.

    Raises
    ------
    BadParameter
        For a value that is not as SODA 1.0, section 3.3, has it.
    """
    places = [
        *(CutOut(shape="CIRCLE", numbers=_region("CIRCLE", text)) for text in _of(given, "CIRCLE")),
        *(
            CutOut(shape="POLYGON", numbers=_region("POLYGON", text))
            for text in _of(given, "POLYGON")
        ),
        *(_position(text) for text in _of(given, "POS")),
        *(CutOut(pixels=_pixels(text)) for text in _of(given, "PIXEL")),
    ]
    bands: list[Interval | None] = [*(_interval("BAND", text, "m") for text in _of(given, "BAND"))]
    times: list[Interval | None] = [
        *(_interval("TIME", text, "MJD") for text in _of(given, "TIME"))
    ]
    units = [text.strip() for text in _of(given, "EXTENSION")]
    pol = tuple(dict.fromkeys(_state(text) for text in _of(given, "POL")))
    return [
        replace(place, band_m=band, time_mjd=time, extension=unit, pol=pol)
        for place, band, time, unit in itertools.product(
            places or [CutOut()], bands or [None], times or [None], units or [""]
        )
    ]


def _of(given: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [text for text in given.get(name, ()) if text.strip()]


def _position(text: str) -> CutOut:
    shape, _, rest = text.strip().partition(" ")
    shape = shape.upper()
    if shape not in SHAPES:
        raise BadParameter(f"POS={text[:60]}: give one of {', '.join(SHAPES)} and its numbers")
    return CutOut(shape=shape, numbers=_region(f"POS={shape}", rest))


def _region(name: str, text: str) -> tuple[float, ...]:
    """The numbers of a shape, deg; longitudes of circles and polygons are reduced to [0, 360)."""
    shape = name.rpartition("=")[2]
    if shape == "RANGE":
        return _range(name, text)
    numbers = _numbers(name, text)
    try:
        return tuple(parse_region(numbers, shape.lower()).values)
    except BadParameter as err:
        raise BadParameter(f"{name}: {err}") from err


def _range(name: str, text: str) -> tuple[float, ...]:
    numbers = _numbers(name, text)
    if len(numbers) != 4:
        raise BadParameter(f"{name} {text[:60]}: give ra1 ra2 dec1 dec2, deg")
    west, east, south, north = numbers
    if west == -math.inf or east == math.inf:
        west, east = max(west, 0.0), min(east, 360.0)
    south, north = max(south, -90.0), min(north, 90.0)
    if not (math.isfinite(west) and math.isfinite(east) and south <= north):
        raise BadParameter(
            f"{name} {text[:60]}: dec1 must not exceed dec2, and both must reach [-90, 90]"
        )
    if not (-360 <= west <= 720 and -360 <= east <= 720):
        raise BadParameter(f"{name} {text[:60]}: right ascensions are 0 to 360 deg")
    # A range whose first bound is the greater goes through 0 (DALI 1.2, xtype range, leaves it so).
    return west, east if east >= west else east + 360.0, south, north


def _interval(name: str, text: str, unit: str) -> Interval:
    numbers = _numbers(name, text)
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        raise BadParameter(f"{name}={text[:60]}: give the lower and the upper bound, {unit}")
    return numbers[0], numbers[1]


def _pixels(text: str) -> tuple[int, int, int, int]:
    words = text.split()
    if len(words) != 4 or not all(w.isascii() and w.isdigit() and len(w) < 10 for w in words):
        raise BadParameter(f"PIXEL={text[:60]}: give x1 x2 y1 y2, whole numbers from 1 on")
    x1, x2, y1, y2 = (int(word) for word in words)
    if not (1 <= x1 <= x2 and 1 <= y1 <= y2):
        raise BadParameter(f"PIXEL={text[:60]}: x1 <= x2 and y1 <= y2 are needed, all from 1 on")
    return x1, x2, y1, y2


def _state(text: str) -> str:
    state = text.strip().upper()
    if state not in POL_STATES:
        raise BadParameter(f"POL={text[:20]}: give one of {', '.join(POL_STATES)}")
    return state


def _numbers(name: str, text: str) -> list[float]:
    words = text.split()
    if len(words) > _MOST_NUMBERS:
        raise BadParameter(f"{name}: {len(words)} numbers; at most {_MOST_NUMBERS} are accepted")
    try:
        numbers = [float(word) for word in words]
    except ValueError as err:
        raise BadParameter(f"{name}={text[:60]}: these are no numbers") from err
    if not numbers or any(math.isnan(number) for number in numbers):
        raise BadParameter(f"{name}={text[:60]}: give numbers, parted by blanks")
    return numbers
