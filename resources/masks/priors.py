"""What is expected in an image of a file, by its own header and a list of transits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from satvo.resources.masks.reading import PlaneOfFile
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import MJD_EPOCH

if TYPE_CHECKING:
    from satvo.resources.masks.search import Expected

__all__ = ["prior_of_transits"]


def prior_of_transits(
    plane: PlaneOfFile,
    transits: Mapping[str, Any],
    *,
    start_mjd: float | None = None,
    exposure_s: float | None = None,
) -> tuple[Expected, ...]:
    """The trails that transits leave in an image, at the time that its header says.

    Parameters
    ----------
    plane : PlaneOfFile
    transits : mapping of str to array (n,)
        Columns as `satvo.resources.trails.given.read_columns` reads them.
    start_mjd, exposure_s : float, optional
        Of the exposure (UTC, s), in place of the header's.

    Raises
    ------
    BadParameter
        If the header does not say when the image was exposed or where it is on the sky, or the
        table lacks a column.
    """
    from satvo.ingest.images.synonyms import Headers
    from satvo.ingest.images.times import find_times
    from satvo.resources.masks.classic.expecting import expected_from_transits

    times = find_times(Headers([plane.header, plane.primary]))
    begin = times.start if start_mjd is None else start_mjd
    duration_s = exposure_s or times.exposure_s
    if begin is None or not duration_s:
        missing = "start" if begin is None else "exposure time"
        raise BadParameter(
            f"its header tells no {missing} of the exposure, so that no transit can be placed on "
            "it; write DATE-OBS (UTC, of the start) and EXPTIME (s) into it"
        )
    start = MJD_EPOCH + timedelta(days=begin)
    return expected_from_transits(transits, plane.frame.wcs, start, duration_s)
