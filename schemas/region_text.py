"""Regions written as one string: the argument of REGION, and values of xtype adql:REGION.

References
----------
TAP 1.0, section 6 (the part of STC-S that services read); ADQL 2.1, section 4.2.20 (REGION);
ObsCore 1.1, section B.6.1.2 (s_region).
"""

from __future__ import annotations

import math
import re

from satvo.schemas.errors import BadParameter
from satvo.schemas.region_values import box

__all__ = ["FRAMES", "numbers_in", "region_numbers", "region_of"]

_SHAPES = {"POSITION": "POINT", "POINT": "POINT", "CIRCLE": "CIRCLE", "BOX": "BOX",
           "POLYGON": "POLYGON"}  # fmt: skip
_FRAMES = frozenset(
    ["FK4", "FK5", "J2000", "B1950", "GALACTIC", "GALACTIC_II", "ECLIPTIC", "SUPER_GALACTIC"]
)
_SILENT = frozenset(
    [
        "ICRS",
        "UNKNOWNFRAME",
        "GEOCENTER",
        "BARYCENTER",
        "HELIOCENTER",
        "TOPOCENTER",
        "GALACTIC_CENTER",
        "LSR",
        "LSRK",
        "LSRD",
        "EMBARYCENTER",
        "RELOCATABLE",
        "UNKNOWNREFPOS",
        "SPHERICAL2",
    ]
)
_COMPOUND = frozenset(["UNION", "INTERSECTION", "NOT", "DIFFERENCE"])
_SHOWN = 60
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?", re.ASCII | re.IGNORECASE)
_SIZES = {"POINT": 2, "CIRCLE": 3, "BOX": 4}

FRAMES = _FRAMES | {"ICRS", "UNKNOWNFRAME"}
"""Names of coordinate frames in STC-S, in upper case."""


def region_of(text: str) -> tuple[str, str]:
    """The constructor that a region's string names, and the rest of the string.

    Returns
    -------
    constructor : str
        POINT, CIRCLE, BOX, POLYGON or MOC.
    rest : str
        Its numbers, deg, or the text of the MOC.

    Raises
    ------
    BadParameter
        For a shape, a frame or a flavour that is not known here.

    Examples
    --------
    >>> region_of("Circle ICRS GEOCENTER 10 -20.5 1")
    ('CIRCLE', '10 -20.5 1')
    """
    words = text.split()
    shape = words[0].upper() if words else ""
    if shape == "MOC":
        return "MOC", text.split(maxsplit=1)[1] if len(words) > 1 else ""
    if shape in _COMPOUND:
        raise BadParameter(f"{shape} of regions is not known here; write AND, OR, NOT of CONTAINS")
    if shape not in _SHAPES:
        raise BadParameter(
            f"'{text[:_SHOWN]}' is no region; write POSITION, CIRCLE, POLYGON, BOX or MOC and "
            "its numbers in degrees"
        )
    rest = words[1:]
    while rest and rest[0][0].isalpha():
        word = rest.pop(0).upper()
        if word in _FRAMES:
            raise BadParameter(f"{word} coordinates are not converted; write the region in ICRS")
        if word not in _SILENT:
            raise BadParameter(f"'{word[:_SHOWN]}' is no frame, reference position or flavour")
    return _SHAPES[shape], " ".join(rest)


def numbers_in(text: str) -> list[float]:
    """The numbers in a string, parted by blanks.

    Raises
    ------
    BadParameter
        If one of the words is not a finite number.

    Examples
    --------
    >>> numbers_in("12.3 -45")
    [12.3, -45.0]
    """
    found = []
    for word in text.split():
        number = float(word) if _NUMBER.fullmatch(word) else math.nan
        if not math.isfinite(number):
            raise BadParameter(f"'{word[:_SHOWN]}' is not a number of degrees")
        found.append(number)
    return found


def region_numbers(text: str) -> list[float]:
    """The degrees of a region that a stored or uploaded text says, as the engines keep regions.

    Parameters
    ----------
    text : str
        As `region_of` takes it, but no MOC; numbers alone are a polygon, as DALI 1.1 writes one.

    Returns
    -------
    list of float, deg
        Two of a point, three of a circle, six or more of a polygon, a box being one. Whether they
        are in range, whoever makes a region of them says.

    Raises
    ------
    BadParameter
        If the text says no region, or one of another number of degrees.

    Examples
    --------
    >>> region_numbers("Circle ICRS 1 2 0.5"), region_numbers("1 2 3 4 5 6")
    ([1.0, 2.0, 0.5], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    """
    bare = text.lstrip()[:1] in set("+-.0123456789")
    shape, rest = ("POLYGON", text) if bare else region_of(text)
    if shape == "MOC":
        raise BadParameter(
            "a MOC is no value of xtype adql:REGION here; give a polygon or a circle"
        )
    numbers = numbers_in(rest)
    wanted = _SIZES.get(shape)
    if len(numbers) != wanted and (wanted or len(numbers) < 6 or len(numbers) % 2):
        raise BadParameter(
            f"{shape} of {len(numbers)} numbers; give {wanted or 'an even number, six or more'}"
        )
    return list(box(*numbers).values) if shape == "BOX" else numbers
