"""The header and data units of a FITS file, checked before any of their data are read.

It runs in a confined child: astropy meets what strangers send.

References
----------
FITS standard 4.0, sections 3 and 10 (tiled images).
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, cast

from astropy.io import fits
from satvo.ingest.unpacking import GZIP, Unpacked
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat

__all__ = ["Unit", "card", "chips", "open_units"]

_SIMPLE = b"SIMPLE  ="
_CHUNK = 1 << 20
_MAX_UNITS = 2000
_BEGINNINGS = {
    b"\xff\xd8\xff": "a JPEG", b"\x89PNG": "a PNG", b"GIF8": "a GIF", b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF", b"%PDF": "a PDF", b"PK": "a zip file", b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file", b"<": "XML or HTML", b"\x89HDF": "HDF5",
}  # fmt: skip
_PLANES = ("VAR", "SIG", "ERR", "UNC", "MASK", "DQ", "QUAL", "BAD", "BPM", "WEIGHT", "WHT", "WT",
           "IVAR", "STD", "RMS", "EXPTIME", "COVERAGE", "CTX", "SKY", "BACK", "BKG", "MODEL",
           "PSF", "FLAG")  # fmt: skip
"""How names of units begin that belong to an image and are none."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a file.

    Attributes
    ----------
    number : int
        From 0.
    hdu : astropy HDU
    shape : tuple of int
        Of its image, in the order of numpy, without leading axes of length 1; empty where it holds
        no image.
    whole : astropy HDUList
        The file, for tables that a WCS refers to.
    """

    number: int
    hdu: Any
    shape: tuple[int, ...]
    whole: Any

    @property
    def header(self) -> Any:
        """Its header."""
        return self.hdu.header

    @property
    def name(self) -> str:
        """Its EXTNAME, or that and its number."""
        return f"{self.hdu.name or 'unit'} ({self.number})"

    @property
    def is_plane(self) -> bool:
        """Whether it says of itself that it is a mask, a variance or the like."""
        words = (str(self.hdu.name), str(self.header.get("EXTTYPE", "")))
        return any(word.upper().startswith(_PLANES) for word in words)


@contextmanager
def open_units(source: IO[bytes], name: str, *, most_bytes: int) -> Iterator[list[Unit]]:
    """The units of a FITS file, plain or gzip.

    Parameters
    ----------
    source : file
        Seekable.
    name : str
        What messages call it.
    most_bytes : int
        Of the file without gzip, and of the images in it without their compression.

    Raises
    ------
    UnknownFormat
        If it is no FITS file.
    BadParameter
        If it is cut or damaged.
    LimitExceeded
        If it unpacks to more than ``most_bytes``.
    """
    with _plain(source, name, most_bytes) as plain:
        head = plain.read(30)
        _check_beginning(head, name)
        size = plain.seek(0, os.SEEK_END)
        plain.seek(0)
        try:
            with fits.open(plain, memmap=False, lazy_load_hdus=True) as units:
                yield _checked(units, size, name, most_bytes)
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as err:
            if isinstance(err, OSError) and err.errno:
                raise
            raise BadParameter(f"{name}: its FITS structure is damaged: {err!s:.200}") from err


def card(header: Any, keyword: str) -> Any:
    """The value of a keyword; None where there is none, or none that FITS knows, such as NaN."""
    try:
        return header.get(keyword)
    except fits.VerifyError:
        return None


def chips(units: list[Unit]) -> list[Unit]:
    """The units that are images side by side: the first, and those like it that are no planes.

    A variance or a mask beside an image covers the same sky by the same WCS.
    """
    images = [unit for unit in units if unit.shape]
    named = [unit for unit in images if not unit.is_plane] or images[:1]
    found: dict[Any, Unit] = {}
    for unit in named:
        place = tuple(
            str(card(unit.header, key)) for key in ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2")
        )
        is_placed = "CRPIX1" in unit.header
        key = (place, unit.shape) if is_placed else unit.number
        if len(unit.shape) == len(named[0].shape):
            found.setdefault(key, unit)
    return list(found.values())


@contextmanager
def _plain(source: IO[bytes], name: str, most_bytes: int) -> Iterator[IO[bytes]]:
    source.seek(0)
    if source.read(2) != GZIP:
        source.seek(0)
        yield source
        return
    source.seek(0)
    with tempfile.TemporaryFile() as plain:
        unpacked = Unpacked(cast(BinaryIO, source), _CHUNK)
        size = 0
        try:
            while piece := unpacked.read():
                size += len(piece)
                if size > most_bytes:
                    raise LimitExceeded(f"{name}: unpacks to more than {most_bytes} bytes")
                plain.write(piece)
        except BadParameter as err:
            raise BadParameter(f"{name}: {err}") from err
        plain.seek(0)
        with open(os.dup(plain.fileno()), "rb") as read_only:  # astropy refuses what can be written
            yield read_only


def _check_beginning(head: bytes, name: str) -> None:
    if head.startswith(_SIMPLE):
        return
    if not head:
        raise UnknownFormat(f"{name}: is empty")
    kinds = (kind for begin, kind in _BEGINNINGS.items() if head.startswith(begin))
    what = next(kinds, "something else")
    raise UnknownFormat(
        f"{name}: is no FITS file, which begins with SIMPLE: it looks like {what}; give FITS, "
        "plain, gzipped or compressed by fpack"
    )


def _checked(opened: Any, size: int, name: str, most_bytes: int) -> list[Unit]:
    units: list[Unit] = []
    held = 0
    number = 0
    while True:
        try:
            hdu = opened[number]
        except IndexError:
            break
        if number >= _MAX_UNITS:
            raise LimitExceeded(f"{name}: has more than {_MAX_UNITS} units")
        shape = _shape(hdu, name)
        held += math.prod(shape) * abs(int(hdu.header.get("BITPIX", 8))) // 8 if shape else 0
        if held > most_bytes:
            raise LimitExceeded(
                f"{name}: its headers promise images of more than {most_bytes} bytes, the most "
                f"that is accepted (unit {number}: {'x'.join(map(str, shape[::-1]))})"
            )
        _check_span(hdu, number, size, name)
        units.append(Unit(number, hdu, shape, opened))
        number += 1
    if not units:
        raise BadParameter(f"{name}: its first header is damaged")
    return units


def _check_span(hdu: Any, number: int, size: int, name: str) -> None:
    # The bytes in the file: of a compressed image those of its table.
    begin = int(hdu.fileinfo()["datLoc"])
    stored = int(getattr(getattr(hdu, "_bintable", None), "size", None) or _stored(hdu))
    if begin + stored > size:
        raise BadParameter(
            f"{name}: is cut: unit {number} should have {stored} bytes of data and has "
            f"{max(size - begin, 0)}"
        )


def _stored(hdu: Any) -> int:
    header = getattr(hdu, "_header", hdu.header)
    axes = [int(header.get(f"NAXIS{n + 1}", 0)) for n in range(int(header.get("NAXIS", 0)))]
    if header.get("GROUPS") and axes and axes[0] == 0:
        axes = axes[1:]
    count = int(header.get("PCOUNT", 0)) + (math.prod(axes) if axes else 0)
    return abs(int(header["BITPIX"])) // 8 * int(header.get("GCOUNT", 1)) * count


def _shape(hdu: Any, name: str) -> tuple[int, ...]:
    if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU, fits.GroupsHDU)) and not isinstance(
        hdu, fits.CompImageHDU
    ):
        return ()
    axes = tuple(int(hdu.header[f"NAXIS{n + 1}"]) for n in range(int(hdu.header.get("NAXIS", 0))))[
        ::-1
    ]
    if any(axis < 0 for axis in axes):
        raise BadParameter(f"{name}: an axis of {min(axes)} elements")
    while len(axes) > 2 and axes[0] == 1:
        axes = axes[1:]
    return axes if axes and math.prod(axes) > 0 else ()
