"""The headers of a FITS file, as far as finding its first binary table needs them.

References
----------
FITS 4.0, sections 3.3 (blocks), 4 (headers), 7.3 (BINTABLE).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import IO

from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["Header", "first_binary_table"]

_BLOCK = 2880
_MAX_BLOCKS = 2000
_MAX_HDUS = 1000
_MAX_SIZE = 2**62


@dataclass(frozen=True, slots=True)
class Header:
    """The keywords of a header, and where its data begin in the file."""

    cards: dict[str, str]
    data: int

    def text(self, key: str) -> str:
        """A string value; empty where the keyword is absent."""
        return self.cards.get(key, "")

    def integer(self, key: str, default: int = 0) -> int:
        """An integer value.

        Raises
        ------
        BadParameter
            If it is none.
        """
        text = self.cards.get(key, str(default))
        if re.fullmatch(r"[-+]?[0-9]{1,19}", text, re.ASCII) is None:
            raise BadParameter(f"FITS keyword {key} = {text[:40]!r} is no integer")
        return int(text)

    def number(self, key: str, default: float) -> float:
        """A number; its exponent may be written with D.

        Raises
        ------
        BadParameter
            If it is none.
        """
        text = self.cards.get(key, str(default))
        try:
            return float(text.upper().replace("D", "E").replace("_", "?"))
        except ValueError as err:
            raise BadParameter(f"FITS keyword {key} = {text[:40]!r} is no number") from err


def first_binary_table(file: IO[bytes]) -> Header:
    """The header of the first BINTABLE.

    Raises
    ------
    BadParameter
        If there is none, or the file is cut before it, or is no FITS file.
    """
    size = file.seek(0, os.SEEK_END)
    place = 0
    for _ in range(_MAX_HDUS):
        if place >= size:
            break
        header = _header(file, place)
        if place == 0 and header.text("SIMPLE") != "T":
            raise BadParameter("the file does not begin as FITS does (SIMPLE = T)")
        if header.text("XTENSION") in ("BINTABLE", "A3DTABLE"):
            return header
        if place and not header.text("XTENSION"):
            break  # special records may follow the last HDU
        data = _data_size(header)
        place = header.data + (data + _BLOCK - 1) // _BLOCK * _BLOCK
    raise BadParameter("the FITS file has no binary table (XTENSION = 'BINTABLE')")


def _data_size(header: Header) -> int:
    """Bytes of the data of an HDU (FITS 4.0, sections 4.4.1 and 6)."""
    axes = [header.integer(f"NAXIS{n + 1}") for n in range(min(header.integer("NAXIS"), 999))]
    if axes and axes[0] == 0 and header.text("GROUPS") == "T":
        axes = axes[1:]
    if not axes:
        return 0
    elements = 1
    for axis in axes:
        elements *= axis
    bits = abs(header.integer("BITPIX", 8))
    size = bits // 8 * header.integer("GCOUNT", 1) * (header.integer("PCOUNT", 0) + elements)
    if min(axes) < 0 or not 0 <= size < _MAX_SIZE:
        raise BadParameter("a FITS header gives its data an impossible size")
    return size


def _header(file: IO[bytes], place: int) -> Header:
    file.seek(place)
    cards: dict[str, str] = {}
    last = ""
    for blocks in range(1, _MAX_BLOCKS):
        block = file.read(_BLOCK)
        if len(block) < _BLOCK:
            raise BadParameter("the FITS file breaks off inside a header")
        for at in range(0, _BLOCK, 80):
            card = block[at : at + 80].decode("latin-1")
            key = card[:8].rstrip()
            if key == "END":
                return Header(cards, place + blocks * _BLOCK)
            if key == "CONTINUE" and cards.get(last, "").endswith("&"):
                cards[last] = cards[last][:-1] + _value(card[8:])
            elif card[8:10] == "= ":
                last = key
                cards.setdefault(key, _value(card[10:]))
    raise LimitExceeded(f"a FITS header is longer than {_MAX_BLOCKS} blocks")


_QUOTED = re.compile(r"\s*'((?:[^']|'')*)'")


def _value(text: str) -> str:
    if found := _QUOTED.match(text):
        return found[1].replace("''", "'").rstrip()
    return text.partition("/")[0].strip()
