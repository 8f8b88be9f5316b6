"""What a FITS file says of itself, and pictures of it: the work of a confined child."""

from __future__ import annotations

import warnings
from typing import IO, Any

from satvo.ingest.images.axes import axes_of
from satvo.ingest.images.celestial import place_of, places_together
from satvo.ingest.images.describing import Description, describe
from satvo.ingest.images.pictures import pictures_of
from satvo.ingest.images.synonyms import Headers
from satvo.ingest.images.units import Unit, chips, open_units
from satvo.schemas.errors import BadParameter

__all__ = ["read_image"]

_MAX_MESSAGES = 60
_MAX_MESSAGE = 300


def read_image(about: dict[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Look at a FITS file; its pictures go to the target, one behind the other.

    Parameters
    ----------
    about : dict
        ``name`` of the file, and ``most_bytes`` of its images.
    source, target : file

    Returns
    -------
    dict
        ``obscore`` and ``dataproduct``, columns; ``messages``, pairs of kind and text;
        ``pictures``, their sizes in bytes.

    Raises
    ------
    BadParameter, UnknownFormat, LimitExceeded
        As `satvo.ingest.images.units.open_units`, and for a broken WCS.
    """
    name = about["name"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of them is checked and told
        with open_units(source, name, most_bytes=about["most_bytes"]) as units:
            images = [unit for unit in units if unit.shape]
            if not images:
                raise BadParameter(f"{name}: holds no image, cube or spectrum")
            parts = chips(units)
            try:
                found = _described(units, parts)
            except BadParameter as err:
                raise BadParameter(f"{name}: {err}") from err
            found.dataproduct |= {
                "n_hdu": len(units), "n_image": len(images), "data_hdu": parts[0].number,
            }  # fmt: skip
            pictures = pictures_of(parts) or ()
    for picture in pictures:
        target.write(picture)
    return {
        "obscore": found.obscore,
        "dataproduct": found.dataproduct,
        "messages": [(kind, text[:_MAX_MESSAGE]) for kind, text in found.messages[:_MAX_MESSAGES]],
        "pictures": [len(picture) for picture in pictures],
    }


def _described(units: list[Unit], parts: list[Unit]) -> Description:
    found = Description()
    first = parts[0]
    headers = [first.header, *([units[0].header] if first.number else [])]
    describe(Headers(headers), found)
    has_place = _add_place(parts, found)
    axes = axes_of(first, Headers(headers), has_place=has_place)
    found.obscore["dataproduct_type"] = axes.kind
    found.obscore |= axes.columns
    for text in axes.found:
        found.found(text)
    for text in axes.doubtful:
        found.doubt(text)
    if not has_place:
        _add_scale(Headers(headers), found)
    return found


def _add_place(parts: list[Unit], found: Description) -> bool:
    """Add what the WCS tells; whether there is one."""
    first = parts[0]
    if len(first.shape) >= 2:
        found.obscore |= {"s_xel1": first.shape[-1], "s_xel2": first.shape[-2]}
    told = [place_of(unit) for unit in parts]
    places = [place for place in told if place is not None]
    if not places:
        return False
    if len(places) < len(parts):
        found.doubt(f"{len(parts) - len(places)} of its {len(parts)} images have no WCS")
    outline = places_together(places)
    found.obscore |= outline.columns()
    found.obscore["s_pixel_scale"] = float(f"{places[0].scale_deg * 3600:.9g}")
    found.dataproduct["wcs_projection"] = places[0].projection
    size = f"{outline.diameter_deg:.4g} deg across, at {outline.lon_deg:.5f} {outline.lat_deg:+.5f}"
    found.found(f"WCS {places[0].projection}: {size}")
    if not all(place.is_on_sky for place in places):
        found.doubt("not all of the image is on the sky; s_region is a circle around what is")
    if len(places) > 1:
        found.found(f"s_region is the hull around its {len(places)} images")
    return True


def _add_scale(headers: Headers, found: Description) -> None:
    """The scale that a keyword tells, where no WCS does."""
    scale = headers.number("pixel_scale", above=0.0)
    if scale is not None and scale[0] < 36000:
        found.obscore["s_pixel_scale"] = scale[0]
        found.found(f"pixel scale {scale[0]:g} arcsec ({scale[1].keyword})")
