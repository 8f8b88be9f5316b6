"""What a FITS file says of itself, and pictures of it: the work of a confined child."""

from __future__ import annotations

import math
import warnings
from typing import IO, Any

from satvo.ingest.images.celestial import Place, place_of, places_together
from satvo.ingest.images.pictures import pictures_of
from satvo.ingest.images.units import Unit, chips, open_units
from satvo.schemas.errors import BadParameter

__all__ = ["read_image"]

_MAX_MESSAGES = 100


def read_image(about: dict[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Look at a FITS file; its pictures go to the target, one behind the other.

    Parameters
    ----------
    about : dict
        ``name`` of the file, ``most_bytes`` of its images, and ``told``, which says what the
        contributor told that matters here.
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
            try:
                answer = _described(units, images)
            except BadParameter as err:
                raise BadParameter(f"{name}: {err}") from err
            pictures = pictures_of(chips(units)) or ()
    for picture in pictures:
        target.write(picture)
    answer["messages"] = answer["messages"][:_MAX_MESSAGES]
    return {**answer, "pictures": [len(picture) for picture in pictures]}


def _described(units: list[Unit], images: list[Unit]) -> dict[str, Any]:
    data = chips(units)[0]
    obscore: dict[str, Any] = {}
    dataproduct: dict[str, Any] = {
        "n_hdu": len(units), "n_image": len(images), "data_hdu": data.number,
    }  # fmt: skip
    messages: list[tuple[str, str]] = []
    _add_place(units, obscore, dataproduct, messages)
    return {"obscore": obscore, "dataproduct": dataproduct, "messages": messages}


def _add_place(
    units: list[Unit],
    obscore: dict[str, Any],
    dataproduct: dict[str, Any],
    messages: list[tuple[str, str]],
) -> None:
    """The columns that the WCS tells."""
    parts = chips(units)
    found = [(unit, place_of(unit)) for unit in parts]
    places: list[Place] = [place for _, place in found if place is not None]
    first = next((unit for unit, place in found if place is not None), parts[0])
    if len(first.shape) >= 2:
        obscore["s_xel1"], obscore["s_xel2"] = first.shape[-1], first.shape[-2]
    if not places:
        return
    if len(places) < len(parts):
        messages.append(("doubtful", f"{len(parts) - len(places)} of its images have no WCS"))
    outline = places_together(places)
    obscore |= outline.columns()
    obscore["s_pixel_scale"] = round(places[0].scale_deg * 3600, 9)
    dataproduct["wcs_projection"] = places[0].projection
    size = f"{outline.diameter_deg:.4g} deg across, at {outline.lon_deg:.5f} {outline.lat_deg:+.5f}"
    messages.append(("found", f"WCS {places[0].projection}: {size}"))
    if not all(place.is_whole for place in places):
        messages.append(
            ("doubtful", "not all of the image is on the sky; s_region is a circle around it")
        )
    if len(places) > 1:
        messages.append(("found", f"s_region is the hull around its {len(places)} images"))
    if not math.isfinite(outline.diameter_deg):
        raise BadParameter("the WCS gives no outline")
