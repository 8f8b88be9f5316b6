"""Numbers, times and pairs as JSON, tables and headers write them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of, read_moment

__all__ = ["TRUTH", "instant", "mapping", "number", "pairs", "told", "truth"]

TRUTH = {"true": True, "1": True, "false": False, "0": False}
"""How parameters say yes and no, in lower case."""


def pairs(given: Any, what: str) -> list[list[float]]:
    """[ra, dec] pairs: nested as in JSON, or one flat list as DALI has them."""
    if isinstance(given, str):
        words = given.replace(",", " ").split()
        given = words[1:] if words and words[0].lower() == "polygon" else words
        if given and not _isnumber(given[0]):
            given = given[1:]  # a frame, as in STC-S
    if isinstance(given, Sequence) and given and not isinstance(given[0], Sequence):
        given = [given[i : i + 2] for i in range(0, len(given), 2)]
    if isinstance(given, Sequence) and given and isinstance(given[0], str):
        given = [given[i : i + 2] for i in range(0, len(given), 2)]
    try:
        found = [[float(each) for each in pair] for pair in given]
    except (TypeError, ValueError) as err:
        raise BadParameter(f"{what}={told(given)}: [ra, dec] pairs in deg are accepted") from err
    if any(len(pair) != 2 for pair in found):
        raise BadParameter(f"{what}={told(given)}: [ra, dec] pairs in deg are accepted")
    return found


def _isnumber(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def mapping(given: object, what: str, known: Sequence[str]) -> Mapping[str, Any]:
    """The members of an object, all of them known.

    Raises
    ------
    BadParameter
        If it is none, or has others.
    """
    if not isinstance(given, Mapping):
        raise BadParameter(f"{what}: an object with {', '.join(known)} is accepted")
    for key in given:
        if key not in known:
            raise BadParameter(f"{what}: {told(key)} is not known; accepted are {', '.join(known)}")
    return given


_MISSING: Any = object()


def number(members: Mapping[str, Any], name: str, default: Any = _MISSING) -> Any:
    """A finite number; the default, where one is given and the member is not there.

    Raises
    ------
    BadParameter
        If it is missing or no finite number.
    """
    value = members.get(name)
    if value is None:
        if default is _MISSING:
            raise BadParameter(f"{name} is missing")
        return default
    try:
        read = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError) as err:
        raise BadParameter(f"{name}={told(value)}: a number is accepted") from err
    if not math.isfinite(read):
        raise BadParameter(f"{name}={told(value)}: a finite number is accepted")
    return read


def instant(value: Any, what: str) -> float:
    """MJD in UTC of a number (MJD, or JD from 2 000 000 on) or an ISO 8601 text."""
    if isinstance(value, datetime):
        return mjd_of(value.replace(tzinfo=None))
    if isinstance(value, str) and not _isnumber(value):
        try:
            return mjd_of(read_moment(value))
        except ValueError as err:
            raise BadParameter(
                f"{what}={told(value)}: a time in UTC is accepted, as 2027-01-31T00:00:00 or MJD"
            ) from err
    days = float(number({what: value}, what))
    return days - 2400000.5 if days >= 2_000_000 else days


def truth(parameters: Mapping[str, str], name: str) -> bool:
    """Whether a parameter is true; false where it is not given.

    Raises
    ------
    BadParameter
        If it is neither.

    Examples
    --------
    >>> truth({"DAYLIGHT": "1"}, "DAYLIGHT")
    True
    """
    text = parameters.get(name) or "false"
    if text.lower() not in TRUTH:
        raise BadParameter(f"{name}={told(text)}: give true or false")
    return TRUTH[text.lower()]


def told(value: object) -> str:
    """What was given, for a message: in ASCII and not too long."""
    return ascii(value)[:60]
