"""The values of a constellation definition, each checked for its type and range."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from satvo.schemas.errors import BadParameter

__all__ = ["RANGES", "mapping", "name_of", "number", "numbers", "text", "truth", "without_aliases"]

RANGES: dict[str, tuple[type, float, float]] = {
    "altitude": (float, 100.0, 50_000.0),
    "inclination": (float, 0.0, 180.0),
    "planes": (int, 1, 1_000_000),
    "satellites_per_plane": (int, 1, 1_000_000),
    "satellites": (int, 1, 1_000_000),
    "raan_spread": (float, 0.0, 360.0),
    "raan_offset": (float, 0.0, 360.0),
    "phasing": (int, 0, 1_000_000),
    "eccentricity": (float, 0.0, 0.9),
    "arg_of_pericenter": (float, 0.0, 360.0),
    "random_phase": (float, 0.0, 180.0),
    "lifetime": (float, 0.1, 1000.0),
    "days": (float, 0.0, 36_525.0),
    "mag_std": (float, -10.0, 30.0),
}
"""Of each number its type, its least and its greatest value: km, deg, years, days, mag."""

_ALIASES = {
    "altitude_km": "altitude",
    "inclination_deg": "inclination",
    "raan_spread_deg": "raan_spread",
}
_SHOWN = 60
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 40


def without_aliases(entry: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """The entry with its keys as they are called today.

    Raises
    ------
    BadParameter
        If a key is there under both of its names, or is no text.
    """
    found: dict[str, Any] = {}
    for key, value in entry.items():
        if not isinstance(key, str):
            raise BadParameter(f"{where}: the key {_shown(key)} is not a text")
        name = _ALIASES.get(key, key)
        if name in found:
            raise BadParameter(f"{where}: {name} is given twice, as {key} too; give it once")
        found[name] = value
    return found


def mapping(value: Any, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """A mapping that has no keys but these.

    Raises
    ------
    BadParameter
        If it is none, or has others.
    """
    if not isinstance(value, dict):
        raise BadParameter(f"{where}: {_shown(value)}: give a mapping of {', '.join(keys)}")
    found = without_aliases(value, where)
    for key in found:
        if key not in keys:
            raise BadParameter(f"{where}: {key[:_SHOWN]} is unknown; there are {', '.join(keys)}")
    return found


def number(key: str, value: Any, where: str) -> Any:
    """A number within its range.

    Raises
    ------
    BadParameter
        If it is no number of its type, NaN, or out of range.
    """
    kind, low, high = RANGES[key]
    fits = isinstance(value, int) or (kind is float and isinstance(value, float))
    if not fits or isinstance(value, bool) or not low <= value <= high:
        what = "a whole number" if kind is int else "a number"
        raise BadParameter(f"{where}: {key}={_shown(value)}: give {what} from {low:g} to {high:g}")
    return kind(value)


def numbers(given: Mapping[str, Any], keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """Those of the numbers that are given."""
    return {key: number(key, given[key], where) for key in keys if key in given}


def text(key: str, value: Any, where: str, *, longest: int = 500, least: int = 0) -> str:
    """A printable text.

    Raises
    ------
    BadParameter
        If it is none, or its length is not from ``least`` to ``longest``.
    """
    if not isinstance(value, str) or not value.isprintable() or not least <= len(value) <= longest:
        raise BadParameter(
            f"{where}: {key}={_shown(value)}: give a text of {least} to {longest} printable "
            "characters"
        )
    return value


def truth(key: str, value: Any, where: str) -> bool:
    """True or false.

    Raises
    ------
    BadParameter
        If it is neither.
    """
    if not isinstance(value, bool):
        raise BadParameter(f"{where}: {key}={_shown(value)}: give true or false")
    return value


def name_of(title: str) -> str:
    """The name under which a constellation of this title is published.

    Accents are dropped and runs of all but letters and digits become hyphens; a title of which
    nothing is left, as one in another script, gets a name made of its bytes.

    Examples
    --------
    >>> name_of("Starlink Gen2"), name_of("kuiper"), name_of("Ḗtoile, n° 4")
    ('starlink-gen2', 'kuiper', 'etoile-n-4')
    """
    bare = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = _NOT_IN_A_NAME.sub("-", bare).strip("-")[:_LONGEST_NAME].strip("-")
    return name or "c-" + hashlib.sha256(title.encode()).hexdigest()[:12]


def _shown(value: Any) -> str:
    """A value in a message, not long."""
    try:
        told = str(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of very many digits"
    told = told.encode("utf-8", "backslashreplace").decode()  # YAML can say half a character
    return told if len(told) <= _SHOWN else told[:_SHOWN] + "..."
