"""Exposures from the headers of FITS images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Polygon
from satvo.resources.passes.values import instant
from satvo.schemas.errors import BadParameter

__all__ = [
    "exposure_of_header",
    "exposure_of_image",
    "observer_of_header",
    "observer_of_image",
]

_STARTS = ("DATE-BEG", "DATE-OBS", "MJD-BEG", "MJD-OBS")
_DURATIONS = ("XPOSURE", "EXPTIME", "EXPOSURE", "ITIME")
_GEOCENTRIC = ("OBSGEO-X", "OBSGEO-Y", "OBSGEO-Z")
_GEODETIC = (
    ("OBSGEO-L", "OBSGEO-B", "OBSGEO-H"),
    ("SITELONG", "SITELAT", "SITEELEV"),
    ("OBS-LONG", "OBS-LAT", "OBS-ELEV"),
)


def exposure_of_image(path: Path) -> Exposure:
    """The exposure of a FITS image: its footprint, start, duration, and WCS.

    Keywords of the FITS standard 4.0 (section 9 for times) and the common ones for the exposure
    time. The first image with a celestial WCS counts, compressed ones too.

    Raises
    ------
    BadParameter
        If it has no celestial WCS, no start or no duration, naming the keywords.
    """
    header, wcs, shape = _image(path)
    return exposure_of_header(header, wcs, shape, path.name, str(path))


def exposure_of_header(
    header: Mapping[str, Any], wcs: Any, shape: tuple[int, int], name: str, told: str = ""
) -> Exposure:
    """The exposure of an image by its header.

    Parameters
    ----------
    header : mapping of str to value
        Of the image, over that of the file.
    wcs : astropy.wcs.WCS
        Celestial.
    shape : (int, int)
        Rows and columns.
    name : str
        Of the exposure.
    told : str
        What the image is called in messages; its name without it.

    Raises
    ------
    BadParameter
        If it has no start or no duration, naming the keywords.
    """
    path = told or name
    start = next((header[k] for k in _STARTS if k in header), None)
    if start is None:
        raise BadParameter(f"{path}: no start; {', '.join(_STARTS)} are looked for")
    if isinstance(start, str) and "T" not in start and "TIME-OBS" in header:
        start = f"{start}T{header['TIME-OBS']}"
    duration = next((float(header[k]) for k in _DURATIONS if k in header), None)
    if duration is None:
        raise BadParameter(f"{path}: no exposure time; {', '.join(_DURATIONS)} are looked for")
    system = str(header.get("TIMESYS", "UTC")).strip().upper()
    if system != "UTC":
        raise BadParameter(f"{path}: TIMESYS={system}; UTC is accepted")
    corners = wcs.calc_footprint(axes=(shape[1], shape[0]))
    scale = _pixel_arcsec(wcs)
    field = Polygon.of([[float(ra) % 360.0, float(dec)] for ra, dec in corners])
    return replace(
        Exposure(name, instant(start, "start"), duration, field), wcs=wcs, pixel_arcsec=scale
    )


def observer_of_image(path: Path) -> dict[str, float]:
    """Where the telescope stood, as the JSON of ``POST /api/passes`` has it.

    Raises
    ------
    BadParameter
        If no keywords tell.
    """
    header, _, _ = _image(path)
    return observer_of_header(header, str(path))


def observer_of_header(header: Mapping[str, Any], told: str) -> dict[str, float]:
    """The same by the header of an image that messages call ``told``."""
    if all(key in header for key in _GEOCENTRIC):
        return {axis: float(header[key]) for axis, key in zip("xyz", _GEOCENTRIC, strict=True)}
    for keys in _GEODETIC:
        if all(key in header for key in keys):
            lon, lat, height = (float(header[key]) for key in keys)
            GroundObserver.geodetic(lon, lat, height)
            return {"lon": lon, "lat": lat, "height": height}
    raise BadParameter(
        f"{told}: its header names no site ({', '.join(_GEOCENTRIC)} and others are looked for); "
        "give one with --site"
    )


def _image(path: Path) -> tuple[Mapping[str, Any], Any, tuple[int, int]]:
    import warnings

    from astropy.io import fits
    from astropy.wcs import WCS, FITSFixedWarning

    try:
        with fits.open(path, memmap=True) as hdus, warnings.catch_warnings():
            warnings.simplefilter("ignore", FITSFixedWarning)
            primary = hdus[0].header
            for hdu in hdus:
                shape: tuple[int, ...] = getattr(hdu, "shape", ())
                if len(shape) < 2:
                    continue
                wcs = WCS(hdu.header, hdus).celestial
                if wcs.has_celestial:
                    header = {**dict(primary), **dict(hdu.header)}
                    return header, wcs, (int(shape[-2]), int(shape[-1]))
    except OSError as err:
        raise BadParameter(f"{path}: no FITS file that can be read: {err}") from err
    raise BadParameter(f"{path}: no image with a celestial WCS")


def _pixel_arcsec(wcs: Any) -> float:
    from astropy.wcs.utils import proj_plane_pixel_scales

    return float(min(proj_plane_pixel_scales(wcs))) * 3600.0
