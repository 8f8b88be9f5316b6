"""What a contributor tells of a file over HTTP: names of columns, and the name of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from satvo.schemas.errors import BadParameter

__all__ = ["NOT_TOLD", "shown_name", "told_columns"]

NOT_TOLD: Mapping[str, str] = {
    "contributor": "it is the name of the token",
    "role": "the part that the file is in says it",
    **dict.fromkeys(
        ("s_region", "s_ra", "s_dec", "s_xel1", "s_xel2", "wcs_projection"),
        "the WCS of the file says it",
    ),
}
"""Columns that nobody can tell over HTTP, and why."""

_OTHER_NAMES = {
    "license": "licence",
    "collection": "obs_collection",
    "progenitor": "progenitor_did",
}

_NAME_LENGTH = 200


def told_columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is told, by names of columns, without what only the archive may say.

    The values are checked where the file is examined.

    Raises
    ------
    BadParameter
        If a name comes twice, or is one that a contributor has no say in.
    """
    told: dict[str, Any] = {}
    for word, value in given.items():
        name = _OTHER_NAMES.get(word.lower(), word.lower())
        if name in told:
            raise BadParameter(f"{name[:60]} is told twice; tell it once")
        if name in NOT_TOLD:
            raise BadParameter(f"{name} cannot be told; {NOT_TOLD[name]}")
        told[name] = value
    return told


def shown_name(given: str) -> str:
    r"""A name of a file as it may be shown and kept: the last step of a path, printable, short.

    Nothing is ever stored under it. What turns the direction of writing goes too, so that
    ``exe.stif`` is not read backwards.

    Examples
    --------
    >>> shown_name("../../etc/x.fits"), shown_name("C:\\data\\é x.fits"), shown_name("a\x00b\u202e")
    ('x.fits', 'é x.fits', 'ab')
    """
    last = given.replace("\\", "/").rpartition("/")[2]
    name = "".join(each for each in last if each.isprintable()).strip()
    if len(name) <= _NAME_LENGTH:
        return "" if name in (".", "..") else name
    stem, dot, suffix = name.rpartition(".")
    keep = _NAME_LENGTH - len(dot + suffix)
    return stem[:keep] + dot + suffix if 0 < keep < _NAME_LENGTH else name[:_NAME_LENGTH]
