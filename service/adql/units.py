"""Factors between units as VOUnits writes them.

astropy.units reads the same strings, but warns of the deprecated ones and takes 0.3 s to import;
the tests hold this table against it.

References
----------
VOUnits 1.1, section 2 (known units, prefixes) and appendix C.1 (grammar). Constants: IAU 2012 B2
(au), IAU 2015 B2 and B3 (pc, solar values), CODATA 2018 and SI 2019 (eV, u, Ry).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from satvo.schemas.errors import BadParameter

__all__ = ["factor"]

Dimensions = tuple[tuple[str, float], ...]
Measure = tuple[float, Dimensions]
"""A factor and the powers of the base units, by their names in order."""

_BASE = """
m g s rad A K mol cd mag adu bit ct vox bin pix chan beam ph D_
"""
_J, _W, _N = "kg.m**2.s**-2", "kg.m**2.s**-3", "kg.m.s**-2"

_DERIVED: dict[str, tuple[float, str]] = {
    "min": (60, "s"), "h": (3600, "s"), "d": (86400, "s"), "a": (365.25, "d"), "yr": (365.25, "d"),
    "ta": (365.24219265, "d"), "deg": (math.pi / 180, "rad"), "arcmin": (1 / 60, "deg"),
    "arcsec": (1 / 3600, "deg"), "mas": (1e-3, "arcsec"), "sr": (1, "rad**2"),
    "N": (1, _N), "Pa": (1, "N.m**-2"), "J": (1, _J), "W": (1, _W), "Hz": (1, "s**-1"),
    "C": (1, "A.s"), "V": (1, "W.A**-1"), "S": (1, "A.V**-1"), "F": (1, "C.V**-1"),
    "Ohm": (1, "V.A**-1"), "Wb": (1, "V.s"), "T": (1, "Wb.m**-2"), "H": (1, "Wb.A**-1"),
    "lm": (1, "cd.sr"), "lx": (1, "lm.m**-2"), "G": (1e-4, "T"), "erg": (1e-7, "J"),
    "eV": (1.602176634e-19, "J"), "Ry": (13.605693122994, "eV"), "u": (1.66053906660e-27, "kg"),
    "Angstrom": (1e-10, "m"), "angstrom": (1e-10, "m"), "barn": (1e-28, "m**2"),
    "AU": (149597870700, "m"), "au": (149597870700, "m"), "pc": (648000 / math.pi, "AU"),
    "lyr": (299792458 * 365.25 * 86400, "m"), "Jy": (1e-26, "W.m**-2.Hz**-1"),
    "R": (1e10 / (4 * math.pi), "ph.m**-2.s**-1.sr**-1"), "D": (1e-21 / 299792458, "C.m"),
    "solLum": (3.828e26, "W"), "solRad": (6.957e8, "m"),
    "solMass": (1.3271244e20 / 6.6743e-11, "kg"), "byte": (8, "bit"), "B": (8, "bit"),
    "count": (1, "ct"), "photon": (1, "ph"), "pixel": (1, "pix"), "voxel": (1, "vox"),
    "%": (0.01, ""),
}  # fmt: skip

_PREFIXES = {
    "da": 1e1, "h": 1e2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21,
    "Y": 1e24, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
    "a": 1e-18, "z": 1e-21, "y": 1e-24,
}  # fmt: skip
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}
_UNPREFIXED = frozenset(["min", "h", "d", "%", "AU", "au"])

_TERM = re.compile(
    r"(?P<number>10\*\*[-+]?\d+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<unit>[A-Za-z]+|%)"
    r"(?:\*\*(?P<power>[-+]?\d+|\([-+]?\d+(?:\.\d+|/[1-9]\d*)?\)))?"
)


def factor(given: str, wanted: str) -> float:
    """By what a number in one unit is multiplied to be in another.

    Raises
    ------
    BadParameter
        If the wanted unit is none of VOUnits, or if the two measure different things.

    Examples
    --------
    >>> round(factor("deg", "arcmin"), 9), factor("km.s**-1", "m/s")
    (60.0, 1000.0)
    """
    target, dimensions = _measured(wanted)
    if not given:
        raise BadParameter("the value has no unit from which it could be converted")
    if not dimensions:
        raise BadParameter(f"a value in {given} cannot become one without unit")
    try:
        source, known = _measured(given)
    except BadParameter as err:
        raise BadParameter(f"the value is in {given}, which has no known factor") from err
    if known != dimensions:
        raise BadParameter(f"{given} cannot be converted to {wanted}")
    ratio = source / target
    if ratio in (0.0, math.inf):
        raise BadParameter(f"the factor from {given} to {wanted} is beyond DOUBLE PRECISION")
    # A ratio of two roundings that is a whole number but for them is that number.
    return float(round(ratio)) if abs(ratio - round(ratio)) < 1e-14 * ratio else ratio


@lru_cache(maxsize=256)
def _measured(text: str) -> Measure:
    scale, powers = 1.0, dict[str, float]()
    at, sign, divided = 0, 1, False
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise _unknown(text)
        at = term.end()
        if number := term["number"]:
            if term.start():
                raise _unknown(text)
            scale *= float(number.replace("10**", "1e")) ** sign
            if text[at : at + 1].isalpha():
                continue  # the scale of the whole, as in 10**3m
        else:
            power = sign * _power(term["power"])
            value, dimensions = _unit(term["unit"], text)
            try:
                scale *= value**power
            except OverflowError as err:
                raise _unknown(text) from err
            for name, times in dimensions:
                powers[name] = powers.get(name, 0.0) + times * power
        if at < len(text):
            if text[at] not in "./" or at + 1 == len(text) or divided:
                raise _unknown(text)
            divided = text[at] == "/"
            sign = -1 if divided else 1
            at += 1
    return scale, tuple(sorted((n, p) for n, p in powers.items() if abs(p) > 1e-12))


def _power(text: str | None) -> float:
    top, _, bottom = (text or "1").strip("()").partition("/")
    return float(top) / float(bottom or 1)


@lru_cache(maxsize=512)
def _unit(symbol: str, text: str) -> Measure:
    if symbol in _BASE.split():
        return 1.0, ((symbol, 1.0),)
    if symbol in _DERIVED:
        value, definition = _DERIVED[symbol]
        scale, dimensions = _measured(definition) if definition else (1.0, ())
        return value * scale, dimensions
    for prefixes in (_BINARY, _PREFIXES):
        for prefix, times in prefixes.items():
            rest = symbol[len(prefix) :]
            if symbol.startswith(prefix) and _takes_prefix(rest, binary=prefixes is _BINARY):
                scale, dimensions = _unit(rest, text)
                return times * scale, dimensions
    raise _unknown(text)


def _takes_prefix(symbol: str, *, binary: bool) -> bool:
    if binary:
        return symbol in ("bit", "byte", "B")
    return symbol not in _UNPREFIXED and (symbol in _BASE.split() or symbol in _DERIVED)


def _unknown(text: str) -> BadParameter:
    return BadParameter(f"'{text}' is not a unit; write one of VOUnits, such as km.s**-1 or arcsec")
