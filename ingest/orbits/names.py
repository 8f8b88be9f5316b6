"""What the name of an object tells: its type and its constellation."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

__all__ = ["constellation", "object_type", "target_class"]

_DEBRIS = re.compile(r"\bDEB\b|\bCOOLANT\b")
_ROCKET = re.compile(r"\bR/B\b|\bAKM\b|\bPKM\b")

_TARGET_CLASSES = {"PAYLOAD": "spacecraft", "DEBRIS": "spacejunk", "ROCKET BODY": "spacejunk"}


def object_type(name: str | None) -> str:
    """The type that a catalogue name implies: DEBRIS, ROCKET BODY, PAYLOAD or UNKNOWN.

    Debris and rocket bodies carry suffixes; of the rest only members of a known constellation are
    surely payloads.

    Examples
    --------
    >>> object_type("COSMOS 2251 DEB"), object_type("CZ-4B R/B"), object_type("STARLINK-1008")
    ('DEBRIS', 'ROCKET BODY', 'PAYLOAD')
    """
    if name is None:
        return "UNKNOWN"
    if _DEBRIS.search(name):
        return "DEBRIS"
    if _ROCKET.search(name):
        return "ROCKET BODY"
    return "PAYLOAD" if constellation(name) else "UNKNOWN"


def constellation(name: str | None) -> str | None:
    """The constellation that a payload's name shows it to belong to; None where none is known.

    Examples
    --------
    >>> constellation("ONEWEB-0012"), constellation("STARLINK-31 DEB"), constellation("HST")
    ('oneweb', None, None)
    """
    if name is None or _DEBRIS.search(name) or _ROCKET.search(name):
        return None
    for pattern, label in _patterns():
        if pattern.match(name):
            return label
    return None


def target_class(kind: str) -> str | None:
    """The EPN-TAP target class of an object type; None where the type is unknown."""
    return _TARGET_CLASSES.get(kind)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (files("satvo.ingest.orbits") / "constellation_names.csv").read_text("ascii")
    return tuple(
        (re.compile(row["pattern"]), row["constellation"])
        for row in csv.DictReader(text.splitlines())
    )
