"""A picture of a part of an image; what confined children do."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import IO, Any

from satvo.ingest.images.pictures import pictures_of
from satvo.ingest.images.units import chips, open_units
from satvo.schemas.errors import BadParameter

__all__ = ["draw"]

_MOST_BYTES = 1 << 31


def draw(about: Mapping[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Write the picture, as PNG, of a FITS file.

    Parameters
    ----------
    about : mapping
        Nothing.
    source, target : file

    Returns
    -------
    dict
        ``bytes``: the size of the picture.

    Raises
    ------
    BadParameter
        If there is nothing in it that could be shown.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with open_units(source, "the part", most_bytes=_MOST_BYTES) as units:
            pictures = pictures_of(chips(units))
    if pictures is None:
        raise BadParameter("there is nothing in the part that could be shown; ask for FITS")
    target.write(pictures[0])
    return {"bytes": len(pictures[0])}
