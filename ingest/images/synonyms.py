"""Values of a header by what they mean, whatever keyword an instrument has for them.

The table is `keywords.yaml`. What is no value (``UNKNOWN``, ``N/A``, 0 for a gain) is not there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from astropy.io import fits
from satvo.ingest.images.units import card

__all__ = ["Found", "Headers", "degrees", "number", "west_positive"]

_NOTHING = frozenset((
    "", "unknown", "n/a", "na", "none", "null", "nan", "undefined", "unspecified", "notset",
    "not set", "notpresent", "not present", "-", "--", "?", "tbd", "missing", "nodata", "no data",
))  # fmt: skip
_UNITS = {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "inch": 0.0254, "in": 0.0254,
          "arcsec": 1.0, "arcsec/pixel": 1.0, "arcsec/pix": 1.0, "arcsec per pixel": 1.0,
          "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "s": 1.0, "sec": 1.0, "seconds": 1.0,
          "second": 1.0, "min": 60.0}  # fmt: skip
_IN_BRACKETS = re.compile(r"[\[(]\s*([a-zA-Z][a-zA-Z/ ]*?)\s*[\])]")
_HMS = re.compile(r"([+-]?)\s*(\d{1,3})[:\s](\d{1,2})(?:[:\s](\d{1,2}(?:\.\d*)?))?")


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a header has.

    Attributes
    ----------
    value : str, int, float or bool
        Texts without blanks around them.
    keyword, comment : str
    about : dict
        What the table says of the keyword.
    """

    value: Any
    keyword: str
    comment: str
    about: dict[str, Any]


class Headers:
    """Headers in which values are looked for, the first first.

    Parameters
    ----------
    headers : sequence of astropy Header
        That of the image, and that of the file.
    """

    def __init__(self, headers: Sequence[Any]) -> None:
        self._headers = headers

    def get(self, keyword: str) -> Any:
        """The value of one keyword; None where there is none that is one."""
        for header in self._headers:
            value = _cleaned(card(header, keyword))
            if value is not None:
                return value
        return None

    def all(self, item: str) -> Iterator[Found]:
        """All values of an item, in the order of the table."""
        for about in _table()[item]:
            if about.get("never"):
                continue
            keyword = str(about["key"])
            for header in self._headers:
                value = _cleaned(card(header, keyword))
                if value is not None:
                    yield Found(value, keyword, str(header.comments[keyword]), about)
                    break

    def text(self, item: str) -> str | None:
        """The first text of an item."""
        found = next(self.all(item), None)
        return None if found is None else str(found.value)

    def number(self, item: str, *, above: float | None = None) -> tuple[float, Found] | None:
        """The first number of an item in the unit of its column, and where it is from.

        Parameters
        ----------
        item : str
        above : float, optional
            What is not above it is none: 0 for a gain says that nobody knew it.
        """
        for found in self.all(item):
            value = number(found.value)
            if value is None:
                continue
            factor = _factor(found)
            if factor is None:
                continue
            if above is None or value > above:
                return value * factor, found
        return None


def number(value: Any) -> float | None:
    """A finite number, also of a text; None where it is none.

    Examples
    --------
    >>> number(" 53.907456 "), number("12 s"), number(float("nan")), number(True)
    (53.907456, None, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def west_positive(comment: str) -> bool:
    """Whether the comment of a longitude says that it counts to the west."""
    words = " ".join(comment.lower().replace("=", " ").replace(",", " ").split())
    return any(each in words for each in _table()["west_longitude"])


def degrees(value: Any) -> float | None:
    """An angle, also of sexagesimal degrees; None where it is none.

    Examples
    --------
    >>> degrees("-30 15 00.0"), degrees(12.5), degrees("high")
    (-30.25, 12.5, None)
    """
    plain = number(value)
    if plain is not None or not isinstance(value, str):
        return plain
    parts = _HMS.fullmatch(value.strip())
    if parts is None:
        return None
    sign, whole, minutes, seconds = parts.groups()
    if int(minutes) >= 60 or float(seconds or 0) >= 60:
        return None
    angle = int(whole) + int(minutes) / 60 + float(seconds or 0) / 3600
    return -angle if sign == "-" else angle


def _factor(found: Found) -> float | None:
    """What brings a number to its unit; None where the unit must be told and is not."""
    told = _IN_BRACKETS.findall(found.comment)
    units = [_UNITS[each.lower()] for each in told if each.lower() in _UNITS]
    if units:
        return units[0]
    if found.about.get("needs_unit"):
        return None
    return float(found.about.get("factor", 1.0))


def _cleaned(value: Any) -> Any:
    if isinstance(value, fits.card.Undefined) or value is None:
        return None
    if isinstance(value, str):
        value = "".join(letter if letter.isprintable() else " " for letter in value).strip()
        return None if value.lower() in _NOTHING else value[:500]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@cache
def _table() -> dict[str, Any]:
    text = files("satvo.ingest.images").joinpath("keywords.yaml").read_text("utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table
