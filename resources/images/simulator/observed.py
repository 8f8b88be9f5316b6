"""When, where and from where an image was taken, by its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.images import exposure_of_header, observer_of_header
from satvo.schemas.errors import BadParameter

__all__ = ["Observed", "observed_in"]


@dataclass(frozen=True, eq=False, slots=True)
class Observed:
    """What an image's header says of its observation.

    Attributes
    ----------
    exposure : Exposure
        Of PassPredict: footprint, start (MJD in UTC), duration and WCS.
    observer : Observer
    shape : (int, int)
        Rows and columns.
    """

    exposure: Exposure
    observer: Observer
    shape: tuple[int, int]


def observed_in(
    header: Mapping[str, Any],
    shape: tuple[int, int],
    *,
    observer: Observer | None = None,
    name: str = "the image",
) -> Observed:
    """When, where and from where an image was taken.

    Parameters
    ----------
    header : mapping of str to value
        FITS keywords; those of the FITS standard 4.0 for the WCS, times and the site, and common
        others (`satvo.resources.passes.images`).
    shape : (int, int)
        Rows and columns.
    observer : Observer, optional
        Who looks, whatever the header says.
    name : str
        What the image is called in messages.

    Raises
    ------
    BadParameter
        If it has no celestial WCS, no start, no exposure time, or no site and none is given:
        naming the keywords and what to give.
    """
    wcs = _celestial(header, name)
    try:
        exposure = exposure_of_header(header, wcs, shape, name)
    except BadParameter as err:
        raise BadParameter(
            f"{err}; without it no satellite can be placed on the image: write it into the header, "
            "or give the trail in pixels"
        ) from err
    if observer is None:
        told = observer_of_header(header, name)
        observer = (
            GroundObserver.itrf(told["x"], told["y"], told["z"])
            if "x" in told
            else GroundObserver.geodetic(told["lon"], told["lat"], told["height"])
        )
    return Observed(exposure, observer, shape)


def _celestial(header: Mapping[str, Any], name: str) -> Any:
    import warnings

    from astropy.io import fits
    from astropy.wcs import WCS, FITSFixedWarning, WcsError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        wcs = None
        try:
            if "CTYPE1" in header and "CTYPE2" in header:
                wcs = WCS(header if isinstance(header, fits.Header) else fits.Header(dict(header)))
                wcs = wcs.celestial if wcs.has_celestial else None
        except (WcsError, ValueError, KeyError, TypeError) as err:
            raise BadParameter(
                f"{name}: its WCS cannot be understood ({str(err)[:200]}); solve the image anew"
            ) from err
    if wcs is None:
        raise BadParameter(
            f"{name}: no celestial WCS, so that no satellite can be placed on it; CTYPE1, CTYPE2, "
            "CRVAL1, CRVAL2, CRPIX1, CRPIX2 and CD1_1 to CD2_2 (or CDELT1, CDELT2) are looked for: "
            "solve the image, or give the trail in pixels"
        )
    return wcs
