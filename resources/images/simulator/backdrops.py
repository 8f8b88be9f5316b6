"""Real images behind a composite scene: a user's own FITS files, or one that a job hands over."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.images.simulator.backgrounds import Background
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.ingest.images.describing import Description

__all__ = ["Backdrop", "backdrop_of", "find_backdrops"]

ENDINGS = (".fits", ".fit", ".fts", ".fits.gz", ".fits.fz")
Backdrop = tuple[Background, float | None]
"""A background, and its exposure in s where its header says it."""


def find_backdrops(told: Mapping[str, Any], folder: Path | None) -> list[Path]:
    """The files of a section ``scene`` of kind composite.

    Parameters
    ----------
    told : mapping
    folder : Path, optional
        To which paths are relative; None where no files may be named.

    Raises
    ------
    BadParameter
        For a path without file, a folder without FITS, or where no file may be named.
    """
    named = told.get("background")
    if named is None:
        raise BadParameter("scene.background: missing: give the path of a FITS image")
    if folder is None:
        raise BadParameter(
            "scene.background: a server reads no files that a description names; name the image "
            "as ID of the job"
        )
    found: list[Path] = []
    for name in [named] if isinstance(named, str) else named:
        path = folder / name
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if _is_image(each.name.lower()))
            if not inside:
                raise BadParameter(f"scene.background: {path} has no {', '.join(ENDINGS)} file")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise BadParameter(f"scene.background: {path}: there is no such file or folder")
    return found


def _is_image(name: str) -> bool:
    """Whether a name is that of a FITS image; truth masks of earlier runs are none."""
    return name.endswith(ENDINGS) and not name.endswith("_truth.fits")


def backdrop_of(given: Any, told: Mapping[str, Any], *, sensitivity: float) -> Backdrop:
    """The background that an image makes.

    Its gain, saturation and zero point are what the description says, else what the header says by
    the keywords that the archive knows, else the detector's.

    Parameters
    ----------
    given : Path, Background, or (ndarray, Header)
    told : mapping
        The section ``scene``.
    sensitivity : float
        Of the detector, adu/electron.

    Raises
    ------
    BadParameter
        For a file without an image of two axes.
    """
    if isinstance(given, Background):
        return given, None
    numbers = tuple(told.get(key) for key in ("gain", "saturation", "zero_point"))
    if isinstance(given, Path):
        return _of_file(given, numbers, sensitivity)
    pixels, header = given
    return _made(pixels, header, numbers, sensitivity)


@lru_cache(maxsize=8)
def _of_file(path: Path, numbers: tuple[float | None, ...], sensitivity: float) -> Backdrop:
    pixels, header = _read(path)
    return _made(pixels, header, numbers, sensitivity)


def _made(
    pixels: Any, header: Any, numbers: tuple[float | None, ...], sensitivity: float
) -> Backdrop:
    told_gain, told_saturation, told_zero = numbers
    about = _described(header)
    exposure = about.obscore.get("t_exptime")
    gain = told_gain or about.dataproduct.get("gain") or 1.0 / sensitivity
    zero = about.dataproduct.get("zero_point")
    if told_zero is not None:
        if not exposure:
            raise BadParameter("scene.zero_point: the image tells no exposure time (EXPTIME)")
        zero = told_zero - 2.5 * math.log10(gain / exposure)
    background = Background(
        pixels,
        gain=gain,
        wcs=_wcs(header),
        saturation=told_saturation or about.dataproduct.get("saturation"),
        zero_point=zero,
        cards=_cards(header),
    )
    return background, exposure


def _read(path: Path) -> tuple[Any, Any]:
    """Pixels and header of the first image of a file."""
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False) as units:
            for unit in units:
                if unit.header.get("NAXIS", 0) >= 2 and unit.data is not None:
                    pixels = np.squeeze(unit.data)
                    if pixels.ndim == 2:
                        native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
                        header = unit.header.copy()
                        header.extend(units[0].header, unique=True)
                        return native, header
    except OSError as err:
        raise BadParameter(f"{path}: cannot be read as FITS: {err}") from err
    raise BadParameter(f"{path}: has no image of two axes")


def _described(header: Any) -> Description:
    from satvo.ingest.images.describing import Description, describe
    from satvo.ingest.images.synonyms import Headers

    about = Description()
    describe(Headers([header]), about)
    return about


def _wcs(header: Any) -> Any:
    """None where the header has no celestial one."""
    from astropy.wcs import WCS, FITSFixedWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        try:
            wcs = WCS(header)
        except (ValueError, KeyError, MemoryError) as err:
            raise BadParameter(f"the WCS of the background cannot be read: {err}") from err
    return wcs.celestial if wcs.has_celestial else None


_KEPT = ("TELESCOP", "INSTRUME", "OBJECT", "FILTER", "OBSERVER", "PROPID")


def _cards(header: Any) -> dict[str, tuple[Any, str]]:
    """What is handed on to the frame's header."""
    return {
        key: (header[key], str(header.comments[key]))
        for key in _KEPT
        if isinstance(header.get(key), (str, int, float))
    }
