"""The header of a part of an image; imported by confined children only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from astropy.io import fits
from satvo.schemas.errors import BadParameter

__all__ = ["cut_header", "empty_primary"]

_STRUCTURE = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|EXTEND|CHECKSUM|DATASUM|"
    r"ZHECKSUM|ZDATASUM|END"
)
_SECTIONS = re.compile(r"(?:DATA|TRIM|BIAS|CCD|DET|AMP|ORIG|IMA)SEC\d?|[BC]?SEC[AB]|FULLSEC\d?")
"""Keywords with sections of the whole frame, [x1:x2,y1:y2]; what they say of a part is wrong."""

_REFERENCE = re.compile(r"CRPIX(\d{1,2})([A-Z]?)")
_WCS_OF_AXIS = re.compile(r"(?:CTYPE|CRVAL|CDELT|CROTA)(\d{1,2})([A-Z]?)")
_SHIFTED = {"LTV1": 0, "LTV2": 1}
_COUNTED = {"CNPIX1": 0, "CNPIX2": 1}
_OF_DATA = ("BZERO", "BSCALE", "BLANK", "DATAMIN", "DATAMAX", "BUNIT")

Box = Sequence[tuple[int, int]]


def cut_header(
    header: fits.Header, box: Box, *, is_primary: bool, history: Sequence[str]
) -> fits.Header:
    """The header of a rectangle of pixels, with a WCS that tells the same places of the sky.

    The reference pixels of all WCS (CRPIXn, with any letter) move; SIP polynomials, which are
    relative to them, and TPV's, which are relative to the projection plane, stay as they are. LTVn
    and CNPIXn, which tie pixels to those of the detector or plate, are carried on. Sections of the
    whole frame (DATASEC, CCDSEC, ...) and checksums are left out; HISTORY names the sections.

    Parameters
    ----------
    header : Header
        Of the whole image, uncompressed.
    box : sequence of (int, int)
        For each axis the first and the last pixel, from 1.
    is_primary : bool
        Whether it stands at the beginning of the file; it is an IMAGE extension if not.
    history : sequence of str
        What is told of the cutting.

    Raises
    ------
    BadParameter
        If a keyword of its WCS has a value that it cannot have.
    """
    rest, sections = _kept(header)
    _shift(rest, box)
    new = _structure(int(header["BITPIX"]), [last - first + 1 for first, last in box], is_primary)
    new.extend(rest.cards, strip=False, bottom=True)
    for text in (*history, *sections):
        new.add_history(text)
    return new


def empty_primary(header: fits.Header, history: Sequence[str]) -> fits.Header:
    """A primary header whose image is not in the file, with what it says of the observation."""
    rest, _ = _kept(header)
    for name in _OF_DATA:
        rest.remove(name, ignore_missing=True, remove_all=True)
    new = _structure(8, [], True)
    new.extend(rest.cards, strip=False, bottom=True)
    for text in history:
        new.add_history(text)
    return new


def _structure(bitpix: int, sizes: Sequence[int], is_primary: bool) -> fits.Header:
    """The keywords that a header must begin with (FITS 4.0, sections 4.4.1 and 7.1)."""
    cards: list[tuple[str, Any]] = [
        ("SIMPLE", True) if is_primary else ("XTENSION", "IMAGE"),
        ("BITPIX", bitpix),
        ("NAXIS", len(sizes)),
        *((f"NAXIS{axis}", size) for axis, size in enumerate(sizes, 1)),
    ]
    cards += [("EXTEND", True)] if is_primary else [("PCOUNT", 0), ("GCOUNT", 1)]
    return fits.Header(cards)


def _kept(header: fits.Header) -> tuple[fits.Header, list[str]]:
    """The cards that a part has too, and what is told of the sections among the others."""
    kept, sections = fits.Header(), []
    for card in header.cards:
        if _SECTIONS.fullmatch(card.keyword):
            sections.append(f"of the whole frame: {card.keyword} = {str(card.value)[:40]}")
        elif not _STRUCTURE.fullmatch(card.keyword):
            kept.append(card, bottom=True)
    return kept, sections


def _shift(header: fits.Header, box: Box) -> None:
    offsets = [first - 1 for first, _ in box]
    for name, axis, letter in _reference_pixels(header):
        if 1 <= axis <= len(offsets):
            _add(header, name, -offsets[axis - 1], default=0.0, near=f"CRVAL{axis}{letter}")
    if any(name in header for name in ("LTV1", "LTV2", "LTM1_1", "LTM2_2")):
        for name, index in _SHIFTED.items():
            if index < len(offsets):
                _add(header, name, -offsets[index], default=0.0)
    for name, index in _COUNTED.items():
        if name in header and index < len(offsets):
            _add(header, name, offsets[index], default=0.0)


def _reference_pixels(header: fits.Header) -> list[tuple[str, int, str]]:
    """All CRPIXna: those that are there, and those that are 0 because they are not."""
    found: dict[str, tuple[str, int, str]] = {}
    for keyword in header:
        match = _REFERENCE.fullmatch(keyword) or _WCS_OF_AXIS.fullmatch(keyword)
        if match:
            name = f"CRPIX{int(match[1])}{match[2]}"
            found[name] = name, int(match[1]), match[2]
    return list(found.values())


def _add(header: fits.Header, name: str, shift: int, *, default: float, near: str = "") -> None:
    if shift == 0:
        return
    value = header.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadParameter(f"{name} = {str(value)[:40]!r} of the image is no number")
    if name in header:
        header[name] = value + shift
    else:
        header.set(name, value + shift, before=near if near in header else None)
