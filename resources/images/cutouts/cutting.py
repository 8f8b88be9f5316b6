"""A part of a FITS file written as another; what confined children do.

Pixels are copied as they are stored, never scaled: what comes out has the same bits. Compressed
images come out uncompressed.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyError
from astropy.wcs import WCS
from astropy.wcs.wcs import InvalidSubimageSpecificationError
from satvo.resources.images.cutouts.asked import CutOut, cut_out_of
from satvo.resources.images.cutouts.axes import NoPart, other_axes
from satvo.resources.images.cutouts.boxes import Sky, pixel_box
from satvo.resources.images.cutouts.headers import cut_header, empty_primary
from satvo.resources.images.cutouts.outlines import outline_of
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["cut"]

_BLOCK = 2880
_PIECE_BYTES = 1 << 24
_MOST_TOLD = 200
_MOST_UNITS = 2000


@dataclass(frozen=True, slots=True)
class _Part:
    """What is cut of one unit: number, and first and last pixel of each axis, from 1."""

    number: int
    box: tuple[tuple[int, int], ...]


def cut(about: Mapping[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Write the part of a FITS file that is asked for.

    Parameters
    ----------
    about : mapping
        ``asked``, as `CutOut.about` tells it; ``did``, ``known`` (as of `other_axes`);
        ``most_bytes`` of what is written; ``as_extensions``: whether all units are written as
        extensions, to be put behind another file; ``extname``: what these are called then;
        ``like``: the ``cuts`` of the frame that this is a mask of, by whose boxes images of the
        same size are cut.
    source, target : file
        Nothing is written where nothing is in the part.

    Returns
    -------
    dict
        ``cuts``: of each unit written its number, name, sizes (NAXIS1, ...) and box; ``left_out``:
        why others were not.

    Raises
    ------
    BadParameter
        For a file that is no FITS or damaged, and for what cannot be cut out of it.
    LimitExceeded
        If the part has more bytes than allowed.
    """
    asked = cut_out_of(about["asked"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(source, memmap=False, do_not_scale_image_data=True) as units:
                return _cut(units, asked, about, target)
    except (OSError, VerifyError, KeyError, IndexError, TypeError, ValueError) as err:
        if isinstance(err, OSError) and err.errno is not None:
            raise  # of the disk, or of a limit
        raise BadParameter(f"the file cannot be read as FITS: {str(err)[:200]}") from err


def _cut(
    units: fits.HDUList, asked: CutOut, about: Mapping[str, Any], target: IO[bytes]
) -> dict[str, Any]:
    parts, left_out = _parts(units, asked, about)
    told = [_told(units, part) for part in parts]
    if parts:
        most = int(about["most_bytes"])
        size = sum(_size(units[part.number], part.box) for part in parts)
        if size > most:
            raise LimitExceeded(
                f"the part has {size} bytes; at most {most} are cut out at once: ask for less, or "
                "get the whole file"
            )
        _write(units, parts, about, target)
    return {"cuts": told[:_MOST_TOLD], "left_out": left_out[:_MOST_TOLD]}


# What is cut


def _parts(
    units: fits.HDUList, asked: CutOut, about: Mapping[str, Any]
) -> tuple[list[_Part], list[str]]:
    found: list[_Part] = []
    left_out: list[str] = []
    any_image = False
    for number, unit in enumerate(units):
        if number > _MOST_UNITS:
            raise LimitExceeded(f"the file has more than {_MOST_UNITS} units")
        if not _is_image(unit):
            continue
        any_image = True
        if asked.extension and asked.extension.upper() not in (str(number), unit.name.upper()):
            continue
        try:
            found.append(_Part(number, _box(unit, asked, about)))
        except NoPart:
            left_out.append(f"unit {number}: outside")
        except BadParameter as err:
            left_out.append(f"unit {number}: {err}"[:300])
    if not any_image:
        raise BadParameter("the file has no image that could be cut")
    if not found and (reasons := [text for text in left_out if not text.endswith(": outside")]):
        raise BadParameter("; ".join(reasons[:3]))
    if asked.extension and not found and not left_out:
        raise BadParameter(f"EXTENSION={asked.extension[:40]}: the file has no such image")
    return found, left_out


def _is_image(unit: Any) -> bool:
    return bool(
        isinstance(unit, fits.PrimaryHDU | fits.ImageHDU | fits.CompImageHDU)
        and unit.header.get("NAXIS", 0) > 0
        and all(unit.header.get(f"NAXIS{n}", 0) > 0 for n in range(1, unit.header["NAXIS"] + 1))
    )


def _sizes(unit: Any) -> tuple[int, ...]:
    return tuple(int(unit.header[f"NAXIS{n}"]) for n in range(1, int(unit.header["NAXIS"]) + 1))


def _box(unit: Any, asked: CutOut, about: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The pixels of a unit that are asked for; raises `NoPart` where there are none."""
    sizes = _sizes(unit)
    for like in about.get("like", ()):
        if tuple(like["sizes"][:2]) == sizes[:2]:
            box = [(1, size) for size in sizes]
            box[:2] = [(int(first), int(last)) for first, last in like["box"][:2]]
            return tuple(box)
    ranges: dict[int, tuple[int, int]] = {}
    if asked.pixels is not None:
        ranges |= _given_pixels(asked.pixels, sizes)
    if asked.shape or asked.band_m or asked.time_mjd or asked.pol:
        wcs = _wcs(unit.header)
        if asked.shape:
            ranges |= _place(asked, wcs, sizes)
        ranges |= other_axes(asked, wcs, unit.header, sizes, about.get("known", {}))
    return tuple(ranges.get(axis, (1, size)) for axis, size in enumerate(sizes))


def _given_pixels(
    pixels: tuple[int, int, int, int], sizes: tuple[int, ...]
) -> dict[int, tuple[int, int]]:
    ranges = {}
    for axis, (first, last) in enumerate((pixels[:2], pixels[2:])):
        size = sizes[axis] if axis < len(sizes) else 1
        if first > size:
            raise NoPart
        if axis < len(sizes):
            ranges[axis] = first, min(last, size)
    return ranges


def _wcs(header: fits.Header) -> WCS:
    """The WCS of an image; raises `BadParameter` where there is none that could be carried on."""
    for keyword in header:
        if keyword.startswith(("CPDIS", "DP1", "D2IM", "AXISCORR", "CQDIS")):
            raise BadParameter(
                f"its WCS has look-up tables of distortions ({keyword}), which cannot be cut; use "
                "PIXEL, or get the whole file"
            )
    if any("-TAB" in str(header.get(f"CTYPE{n}", "")) for n in range(1, 10)):
        raise BadParameter("its WCS has coordinates in tables, which cannot be cut; use PIXEL")
    try:
        wcs = WCS(header)
    except Exception as err:
        raise BadParameter(f"its WCS cannot be read: {str(err)[:150]}") from err
    return wcs


def _place(asked: CutOut, wcs: WCS, sizes: tuple[int, ...]) -> dict[int, tuple[int, int]]:
    axes = [
        number
        for number, about in enumerate(wcs.get_axis_types())
        if about["coordinate_type"] == "celestial"
    ]
    if len(axes) != 2 or max(axes) >= len(sizes):
        raise BadParameter("it has no WCS of the sky; use PIXEL")
    try:
        celestial = wcs.celestial
    except InvalidSubimageSpecificationError as err:
        raise BadParameter("its axes of the sky depend on others; use PIXEL") from err
    if not np.isfinite([*celestial.wcs.crval, *celestial.wcs.crpix]).all():
        raise BadParameter("its WCS has no numbers; use PIXEL")
    outline = outline_of(asked.shape, asked.numbers)
    box = pixel_box(outline, Sky(celestial), sizes[axes[0]], sizes[axes[1]])
    if box is None:
        raise NoPart
    return dict(zip(axes, box, strict=True))


def _told(units: fits.HDUList, part: _Part) -> dict[str, Any]:
    unit = units[part.number]
    return {
        "unit": part.number,
        "name": unit.name[:70],
        "sizes": _sizes(unit),
        "box": [list(ends) for ends in part.box],
    }


def _size(unit: Any, box: Sequence[tuple[int, int]]) -> int:
    pixels = 1
    for first, last in box:
        pixels *= last - first + 1
    return pixels * abs(int(unit.header["BITPIX"])) // 8


# What is written


def _write(
    units: fits.HDUList, parts: Sequence[_Part], about: Mapping[str, Any], target: IO[bytes]
) -> None:
    as_extensions = bool(about.get("as_extensions"))
    origin = f"satvo: cut out of {about['did']}"
    if not as_extensions and parts[0].number != 0:
        _put(target, empty_primary(units[0].header, [origin]))
    for part in parts:
        unit = units[part.number]
        where = ", ".join(f"{first}:{last}" for first, last in part.box)
        header = cut_header(
            unit.header,
            part.box,
            is_primary=part.number == 0 and not as_extensions,
            history=[origin, f"unit {part.number}, pixels {where} (FITS, from 1)"],
        )
        if as_extensions:
            header["EXTNAME"] = str(about["extname"])
        _put(target, header)
        _put_pixels(target, unit, part.box)


def _put(target: IO[bytes], header: fits.Header) -> None:
    target.write(header.tostring().encode("ascii", "replace"))


def _put_pixels(target: IO[bytes], unit: Any, box: Sequence[tuple[int, int]]) -> None:
    """The pixels as they are stored, in pieces along the slowest axis."""
    *others, slowest = [slice(first - 1, last) for first, last in box]
    row_bytes = max(1, _size(unit, box) // (slowest.stop - slowest.start))
    step = max(1, _PIECE_BYTES // row_bytes)
    written = 0
    for start in range(slowest.start, slowest.stop, step):
        place = (slice(start, min(start + step, slowest.stop)), *reversed(others))
        pixels = np.asarray(unit.section[place])
        data = pixels.astype(pixels.dtype.newbyteorder(">"), copy=False).tobytes()
        target.write(data)
        written += len(data)
    if written != _size(unit, box):
        raise BadParameter("the file is shorter than its header says")
    target.write(b"\0" * (-written % _BLOCK))
