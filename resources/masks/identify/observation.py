"""When, where and from where an image with trails was taken, by whatever keywords it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.ingest.images.sites import find_site
from satvo.ingest.images.synonyms import Headers
from satvo.ingest.images.times import find_times
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.masks.identify.sky_trails import sky_of
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Polygon
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["exposure_of", "site_of"]


def exposure_of(
    headers: Sequence[Any], wcs: WCS | Any, shape: tuple[int, int], name: str
) -> tuple[Exposure, list[str]]:
    """The exposure of an image, and what in its header speaks against it.

    Parameters
    ----------
    headers : sequence of astropy Header
        That of the image, and that of the file.
    wcs : astropy.wcs.WCS, optional
        Celestial, of its pixels.
    shape : (int, int)
        Rows and columns.
    name : str
        Of the exposure, and in messages.

    Raises
    ------
    BadParameter
        If there is no WCS, or the header tells no start or no exposure time.
    """
    if wcs is None:
        raise BadParameter(
            f"{name}: no celestial WCS, so that no trail has a place on the sky; solve the image"
        )
    times = find_times(Headers(headers))
    if times.start is None or not times.exposure_s:
        missing = "start" if times.start is None else "exposure time"
        raise BadParameter(
            f"{name}: its header tells no {missing} of the exposure that is believed; write "
            "DATE-OBS (UTC, of the start) and EXPTIME (s) into it"
        )
    rows, columns = shape
    # Clockwise round the outer edges of the pixels in the corners.
    edges = np.array([(0, 0), (0, rows), (columns, rows), (columns, 0)]) - 0.5
    corners = sky_of(wcs, edges)
    if not np.isfinite(corners).all():
        raise BadParameter(f"{name}: the corners of the image are no places on the sky")
    field = Polygon.through(corners)
    return replace(Exposure(name, times.start, times.exposure_s, field), wcs=wcs), times.doubtful


def site_of(headers: Sequence[Any], name: str) -> GroundObserver:
    """Where the telescope of an image stood.

    Raises
    ------
    BadParameter
        If the header does not tell, or is not believed.
    """
    site = find_site(Headers(headers))
    if site.lon_deg is None or site.lat_deg is None:
        told = f" ({'; '.join(site.doubtful)})" if site.doubtful else ""
        raise BadParameter(
            f"{name}: its header tells no site of the telescope that is believed{told}; give one "
            "with --site"
        )
    return GroundObserver.geodetic(site.lon_deg, site.lat_deg, site.height_m or 0.0)
