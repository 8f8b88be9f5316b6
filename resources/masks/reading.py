"""FITS files as frames, image by image."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.bayer import Mosaic, mosaic_of
from satvo.resources.masks.frame import LARGEST_PX, Frame
from satvo.resources.masks.planes import bad_bits, blank_pixels, mask_of, outside_data
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from astropy.wcs import WCS
    from satvo.ingest.images.units import Unit

__all__ = ["BYTES_A_PIXEL", "PlaneOfFile", "Taken", "read_frames", "read_stream"]

MOST_BYTES = 16 << 30
"""Of the images of a file, unpacked."""

BYTES_A_PIXEL = 44
"""Memory that an image takes while it is searched and all is written: 37 measured without the
detector, whose score is among them, on 64 million pixels."""

_BAYER = ("BAYERPAT", "COLORTYP", "BAYERIND")


@dataclass(frozen=True)
class Taken:
    """How images are taken from files.

    Attributes
    ----------
    hdu : frozenset of int, optional
        Numbers of the units, from 0; all that are images by default.
    bad : str, optional
        Bits of mask planes that mean bad (`satvo.resources.masks.planes.bad_bits`).
    bayer : bool, optional
        Whether pixels lie behind colour filters, two by two; by default as the header says.
    saturation, gain : float, optional
        In place of the header's: level of the image's unit, and electrons a unit.
    """

    hdu: frozenset[int] | None = None
    bad: str | None = None
    bayer: bool | None = None
    saturation: float | None = None
    gain: float | None = None


@dataclass(frozen=True, eq=False)
class PlaneOfFile:
    """One image of a file.

    Attributes
    ----------
    hdu : int
        Number of its unit, from 0.
    name : str
        Its EXTNAME; empty where it has none.
    header, primary : astropy.io.fits.Header
        Its own, and that of the file.
    frame : Frame
        Where the image has a Bayer pattern, with its colour planes brought together.
    mosaic : Mosaic, optional
        What brought them together.
    zero_point : float
        Magnitude of one unit, as the header says; NaN where it does not.
    zero_point_by : str
        Keyword that says so.
    scale_arcsec : float
        Side of a pixel in the middle; NaN where neither WCS nor header says.
    notes : tuple of str
        What the user should know.
    """

    hdu: int
    name: str
    header: Any
    primary: Any
    frame: Frame
    mosaic: Mosaic | None = None
    zero_point: float = math.nan
    zero_point_by: str = ""
    scale_arcsec: float = math.nan
    notes: tuple[str, ...] = ()


def read_frames(
    path: Path, taken: Taken | None = None, *, refused: list[str] | None = None
) -> Iterator[PlaneOfFile]:
    """The images of a FITS file: plain, gzip, or with tiles compressed.

    Parameters
    ----------
    path : Path
    taken : Taken, optional
    refused : list of str, optional
        Takes why an image of several cannot be searched; without it that is raised.

    Yields
    ------
    PlaneOfFile
        In the order of the file. Planes of variance, masks and the like are none.

    Raises
    ------
    BadParameter, UnknownFormat, LimitExceeded
        If the file cannot be read, holds no image, or none of its images can be searched.
    """
    try:
        stream = path.open("rb")
    except OSError as err:
        raise BadParameter(f"{path}: cannot be read: {err.strerror}") from err
    with stream:
        yield from read_stream(stream, str(path), taken, refused=refused)


def read_stream(
    stream: IO[bytes],
    name: str,
    taken: Taken | None = None,
    *,
    refused: list[str] | None = None,
) -> Iterator[PlaneOfFile]:
    """The same of a file that is open and seekable; ``name`` is what messages call it."""
    from satvo.ingest.images.units import open_units

    taken = taken or Taken()
    reasons: list[str] = []
    given = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of them is checked and told
        with open_units(stream, name, most_bytes=MOST_BYTES) as units:
            chosen = _chosen(units, taken.hdu, name)
            for unit in chosen:
                try:
                    plane = _plane(unit, units, taken)
                except BadParameter as err:
                    told = f"{name}: unit {unit.number}: {err}" if len(chosen) > 1 else ""
                    if refused is None or not told:
                        raise BadParameter(told or f"{name}: {err}") from err
                    reasons.append(told)
                    continue
                given += 1
                yield plane
    if not given:
        raise BadParameter("; ".join(reasons[:3]))
    if refused is not None:
        refused.extend(reasons)


def _chosen(units: list[Unit], asked: Collection[int] | None, name: str) -> list[Unit]:
    images = [unit for unit in units if unit.shape]
    if asked is not None:
        known = {unit.number for unit in images}
        missing = sorted(set(asked) - known)
        if missing:
            raise BadParameter(
                f"{name}: unit {', '.join(map(str, missing))} is no image; images are "
                f"{', '.join(map(str, sorted(known))) or 'none'}"
            )
        return [unit for unit in images if unit.number in asked]
    found = [unit for unit in images if not unit.is_plane] or images
    if not found:
        raise BadParameter(
            f"{name}: holds no image; a FITS file with an image of two axes is accepted"
        )
    return found


def _plane(unit: Unit, units: list[Unit], taken: Taken) -> PlaneOfFile:
    from satvo.ingest.images.synonyms import Headers

    shape = _image_shape(unit)
    headers = Headers([unit.header, *([units[0].header] if unit.number else [])])
    notes: list[str] = []
    data = _data(unit)
    bad, full = _bad_pixels(unit, units, data, taken, notes)
    level = taken.saturation or _number(headers, "saturation")
    if data.dtype.kind in "iu":
        level = min(level or math.inf, float(np.iinfo(data.dtype).max))
    gain = taken.gain or _number(headers, "gain") or math.nan
    if level is not None:
        full = np.asarray(data >= level) | (False if full is None else full)
    mosaic = None
    if taken.bayer if taken.bayer is not None else _is_bayer(headers):
        good = np.isfinite(data) & ~bad
        mosaic = mosaic_of(data, good if full is None else good & ~full)
        notes.append(_told_of_mosaic(mosaic))
        data = mosaic.evened(data)
    frame = Frame.of(data, wcs=_wcs(unit, notes), bad=bad, saturation=full, gain=gain)
    point = headers.number("zero_point")
    return PlaneOfFile(
        hdu=unit.number,
        name=_name(unit),
        primary=units[0].header,
        header=unit.header,
        frame=frame,
        mosaic=mosaic,
        zero_point=math.nan if point is None else point[0],
        zero_point_by="" if point is None else point[1].keyword,
        scale_arcsec=_scale(frame.wcs, headers, shape),
        notes=tuple(notes),
    )


def _name(unit: Unit) -> str:
    """Its EXTNAME; astropy's own word for a compressed image is none."""
    name = str(unit.header.get("EXTNAME", "")).strip()
    return "" if name == "COMPRESSED_IMAGE" else name


def _image_shape(unit: Unit) -> tuple[int, int]:
    shape = unit.shape
    if len(shape) != 2:
        what = "a spectrum or a list" if len(shape) == 1 else "a cube"
        raise BadParameter(
            f"an image of {len(shape)} axes ({' x '.join(map(str, shape[::-1]))}), {what}: two "
            "axes are accepted; cut a plane out of it"
        )
    if max(shape) > LARGEST_PX:
        raise BadParameter(
            f"an image of {shape[1]} x {shape[0]} pixels: {LARGEST_PX} a side are accepted; cut it"
        )
    needed, free = shape[0] * shape[1] * BYTES_A_PIXEL, _free_bytes()
    if needed > free:
        raise BadParameter(
            f"an image of {shape[1]} x {shape[0]} pixels needs {needed / 1e9:.1f} GB of memory and "
            f"{free / 1e9:.1f} GB are free; cut it, or use a larger machine"
        )
    return shape[0], shape[1]


def _free_bytes() -> float:
    """Memory that is free or can be; infinite where the system does not tell."""
    try:
        with open("/proc/meminfo") as stream:
            for line in stream:
                if line.startswith("MemAvailable:"):
                    return float(line.split()[1]) * 1024.0
    except OSError:
        pass
    return math.inf


def _data(unit: Unit) -> NDArray[Any]:
    try:
        data = unit.hdu.data
    except Exception as err:  # that of the tiles' unpacker is of no narrower kind
        raise BadParameter(
            f"its pixels cannot be unpacked: {str(err)[:200] or type(err).__name__}; the file is "
            "damaged, fetch it anew"
        ) from err
    if data is None:
        raise BadParameter("an image without pixels")
    data = np.asarray(data).reshape(unit.shape)
    if data.dtype.kind not in "iuf":
        raise BadParameter(f"pixels of type {data.dtype}: real numbers are accepted")
    return data


def _bad_pixels(
    unit: Unit, units: list[Unit], data: NDArray[Any], taken: Taken, notes: list[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None]:
    """Pixels that do not count, and those that a mask plane calls saturated."""
    outside, told = outside_data(unit.header, (data.shape[0], data.shape[1]))
    bad = np.zeros(data.shape, bool) if outside is None else outside
    if told:
        notes.append(told)
    blank = blank_pixels(unit.header, data)
    if blank is not None:
        bad |= blank
    plane = mask_of(unit, units)
    if plane is None:
        if taken.bad is not None:
            raise BadParameter(f"bad bits {taken.bad!a}: the file has no mask plane beside it")
        return bad, None
    values = _data(plane)
    bits = bad_bits(plane.header, taken.bad)
    flagged = (values != 0) if bits is None else (values & np.array(bits, values.dtype)) != 0
    full = None
    number = plane.header.get("MP_SAT")
    if isinstance(number, int) and 0 <= number < 8 * values.dtype.itemsize - 1:
        full = np.asarray((values >> number) & 1, bool)
        flagged = flagged & ~full
    notes.append(f"mask plane {plane.name}: {int(flagged.sum())} pixels left out")
    return bad | flagged, full


def _number(headers: Any, item: str) -> float | None:
    found = headers.number(item, above=0.0)
    return None if found is None else float(found[0])


def _is_bayer(headers: Any) -> bool:
    words = {str(headers.get(key) or "").strip().upper() for key in _BAYER}
    return any(len(word) == 4 and set(word) <= set("RGB") for word in words)


def _told_of_mosaic(mosaic: Mosaic) -> str:
    by = "light of its sources" if mosaic.by_light else "noise, as sources are few"
    factors = ", ".join(f"{factor:.3g}" for factor in mosaic.factors.ravel())
    return f"Bayer pattern: colour planes brought together by the {by} ({factors})"


def _wcs(unit: Unit, notes: list[str]) -> WCS | None:
    from astropy.wcs import WCS
    from satvo.ingest.images.celestial import place_of

    try:
        if place_of(unit) is None:
            return None
        wcs = WCS(unit.header, fobj=unit.whole)
        return wcs if wcs.naxis == 2 else wcs.celestial
    except BadParameter as err:
        notes.append(f"{err}: the mask is made, places on the sky are not")
        return None


def _scale(wcs: WCS | None, headers: Any, shape: tuple[int, int]) -> float:
    if wcs is None:
        return _number(headers, "pixel_scale") or math.nan
    from astropy.wcs.utils import pixel_to_skycoord

    x, y = shape[1] / 2.0, shape[0] / 2.0
    here = pixel_to_skycoord(x, y, wcs, 0)
    sides = [
        float(here.separation(pixel_to_skycoord(x + dx, y + dy, wcs, 0)).arcsec)
        for dx, dy in ((1.0, 0.0), (0.0, 1.0))
    ]
    return math.sqrt(sides[0] * sides[1])
