"""Texts that a client gives as parameters of a job: numbers, lists, yes and no."""

from __future__ import annotations

import math
from collections.abc import Mapping

from satvo.schemas.errors import BadParameter

__all__ = ["SEPARATOR", "is_asked", "number_of", "numbers_of", "several_of"]

SEPARATOR = ";"
"""Between the values of a repeated parameter."""


def number_of(given: Mapping[str, str], name: str, low: float, high: float) -> float | None:
    """The number of a parameter, both bounds included; None where it is not given.

    Raises
    ------
    BadParameter
        If it is no number, NaN, or outside.

    Examples
    --------
    >>> number_of({"MAG": "7.5"}, "MAG", -30.0, 40.0)
    7.5
    """
    if name not in given:
        return None
    found = numbers_of(given[name])
    if len(found) != 1 or not low <= found[0] <= high:
        raise BadParameter(f"{name}={given[name][:40]}: give a number from {low:g} to {high:g}")
    return found[0]


def numbers_of(text: str) -> list[float]:
    """The numbers of a text, with blanks or commas between; may be infinite.

    None at all where a word is no number, or NaN: say how many are accepted.

    Examples
    --------
    >>> numbers_of("12, 40 +Inf"), numbers_of("12 px")
    ([12.0, 40.0, inf], [])
    """
    try:
        found = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        return []
    return [] if any(map(math.isnan, found)) else found


def several_of(given: Mapping[str, str], name: str) -> list[str]:
    """The values of a repeated parameter, which have semicolons between; empty ones left out."""
    return [each.strip() for each in given.get(name, "").split(SEPARATOR) if each.strip()]


def is_asked(given: Mapping[str, str], name: str) -> bool:
    """Whether a parameter is true; false where it is not given.

    Raises
    ------
    BadParameter
        For another word.
    """
    text = given.get(name, "false").lower()
    if text not in ("true", "1", "false", "0"):
        raise BadParameter(f"{name}={text[:40]}: give true or false")
    return text in ("true", "1")
