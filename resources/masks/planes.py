"""What a FITS file says of the pixels of an image: which are bad, full, or no sky at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.ingest.images.units import Unit

__all__ = ["BAD_NAMES", "bad_bits", "blank_pixels", "mask_of", "outside_data"]

Bools = NDArray[np.bool_]

BAD_NAMES = ("BAD", "NO_DATA", "UNMASKEDNAN")
"""Names of bits (cards MP_name, as the LSST pipelines write them) whose pixels do not count."""

_MASKS = ("MASK", "DQ", "QUAL", "BAD", "BPM", "FLAG")
_SECTION = re.compile(r"\[\s*(\d+)\s*:\s*(\d+)\s*,\s*(\d+)\s*:\s*(\d+)\s*\]")


def mask_of(unit: Unit, units: Sequence[Unit]) -> Unit | None:
    """The mask plane of an image: the next unit of its shape that is called a mask.

    Before the next image; where the file has one image, wherever it stands.
    """
    images = [each for each in units if each.shape and not each.is_plane]
    later = [each.number for each in images if each.number > unit.number]
    end = min(later, default=len(units))
    for each in units:
        is_near = unit.number < each.number < end or len(images) == 1
        if is_near and each.shape == unit.shape and _is_mask(each):
            return each
    return None


def bad_bits(header: Any, asked: str | None) -> int | None:
    """Bits of a mask plane that mean bad.

    Parameters
    ----------
    header : astropy Header
        Of the mask plane; MP_name cards tell the number of each bit.
    asked : str, optional
        Names of bits joined by commas, or an integer whose bits are meant; by default those of
        `BAD_NAMES` where there are names.

    Returns
    -------
    int or None
        None where every value but 0 is bad.

    Raises
    ------
    BadParameter
        For names that the plane does not have.
    """
    known = {
        str(key)[3:]: 1 << int(header[key])
        for key in header
        if str(key).startswith("MP_") and 0 <= int(header[key]) < 63
    }
    if asked is None:
        return sum(bit for name, bit in known.items() if name in BAD_NAMES) if known else None
    if asked.strip().isdecimal():
        return int(asked)
    names = [name.strip().upper() for name in asked.split(",") if name.strip()]
    missing = [name for name in names if name not in known]
    if missing or not names:
        raise BadParameter(
            f"bad bits {asked[:60]!a}: the mask plane has {', '.join(known) or 'no named bits'}; "
            "give names of these, or a number whose bits are meant"
        )
    return sum(known[name] for name in names)


def blank_pixels(header: Any, data: NDArray[Any]) -> Bools | None:
    """Pixels of whole numbers that say there is no value (BLANK); None where there is no such."""
    blank = header.get("BLANK")
    if data.dtype.kind not in "iu" or not isinstance(blank, int) or isinstance(blank, bool):
        return None
    value = blank * float(header.get("BSCALE", 1)) + float(header.get("BZERO", 0))
    if data.dtype.kind == "u" and value < 0.0:
        value += 2.0 ** (8 * data.dtype.itemsize - 1)
    return np.asarray(data == value)


def outside_data(header: Any, shape: tuple[int, int]) -> tuple[Bools | None, str]:
    """Pixels that are overscan, and what to tell of it.

    DATASEC counts, TRIMSEC where there is none, and BIASSEC where there is neither. What a section
    has beyond the image is left out, as of an image cut from a larger one.
    """
    for key in ("DATASEC", "TRIMSEC"):
        place = _section(header.get(key), shape)
        if place is not None:
            outside = np.ones(shape, bool)
            outside[place] = False
            if not outside.any():
                return None, ""
            return outside, f"{key} {header[key]}: {int(outside.sum())} pixels beside it left out"
    place = _section(header.get("BIASSEC"), shape)
    if place is None:
        return None, ""
    outside = np.zeros(shape, bool)
    outside[place] = True
    if outside.mean() > 0.5:
        return None, f"BIASSEC {header['BIASSEC']} is most of the image: not used"
    return outside, f"BIASSEC {header['BIASSEC']}: {int(outside.sum())} pixels left out"


def _is_mask(unit: Unit) -> bool:
    words = (str(unit.hdu.name), str(unit.header.get("EXTTYPE", "")))
    whole = int(unit.header.get("BITPIX", -32)) > 0
    return whole and any(word.upper().startswith(_MASKS) for word in words)


def _section(given: Any, shape: tuple[int, int]) -> tuple[slice, slice] | None:
    found = _SECTION.fullmatch(str(given).strip()) if given is not None else None
    if found is None:
        return None
    x0, x1, y0, y1 = (int(number) for number in found.groups())
    (x0, x1), (y0, y1) = sorted((x0, x1)), sorted((y0, y1))
    if x0 < 1 or y0 < 1 or x0 > shape[1] or y0 > shape[0]:
        return None
    return slice(y0 - 1, min(y1, shape[0])), slice(x0 - 1, min(x1, shape[1]))
