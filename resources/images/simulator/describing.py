"""The scene description that the parameters of a job stand for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from satvo.resources.images.simulator.asked import Asked
from satvo.resources.images.simulator.instrument_fields import BANDS
from satvo.resources.images.simulator.satellite_fields import PAPER
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import MJD_EPOCH

__all__ = ["description_of_frame", "satellites_asked", "start_of_frame"]

_ARCSEC = 648000.0 / math.pi
_UNKNOWN_APERTURE_M = 0.1
_UNKNOWN_FOCAL_M = 1.0
_LEAST_BAND_NM, _MOST_BAND_NM = 100.0, 30_000.0


def satellites_asked(asked: Asked) -> list[dict[str, Any]]:
    """The satellites of MAG, ALTITUDE and ORIENTATION; what they do not tell is drawn.

    Drawn as in section 3.1 of Janin-Potiron et al., SPIE 13094; empty where STREAK is none.

    Raises
    ------
    BadParameter
        If something is told of a satellite that is not wanted.
    """
    told = {
        "magnitude": asked.mag, "altitude": asked.altitude_km, "orientation": asked.orientation_deg,
    }  # fmt: skip
    fixed = {name: value for name, value in told.items() if value is not None}
    if not asked.streak:
        if fixed:
            raise BadParameter(f"{', '.join(fixed)} of a trail that STREAK=none forbids")
        return []
    return [{**PAPER, **fixed}]


def start_of_frame(base: Mapping[str, Any], asked: Asked) -> datetime | None:
    """When the exposure of a frame of the archive began, UTC without a zone; None if not known."""
    if asked.start is not None or base["t_min"] is None:
        return asked.start
    moment = MJD_EPOCH + timedelta(days=base["t_min"])
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def description_of_frame(
    base: Mapping[str, Any], asked: Asked, satellites: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The description of a composite scene on a frame of the archive, by what is known of it.

    Parameters
    ----------
    base : mapping
        Columns of ivoa.obscore and satvo.dataproduct, as ``request.json`` has them.
    asked : Asked
    satellites : sequence of mapping
        As a scene description has them. Those of an orbit move with the stars of the frame; others
        may be anywhere in it, enclosed or not.

    Raises
    ------
    BadParameter
        If neither its WCS nor its header tells how large its pixels are, or how long it was
        exposed.
    """
    scale = base["s_pixel_scale"]
    if not scale:
        raise BadParameter(
            f"ID={base['obs_publisher_did']}: the frame tells neither a WCS nor the size of its "
            "pixels on the sky, so that no trail can be placed on it; give one that does"
        )
    if not base["t_exptime"]:
        raise BadParameter(f"ID={base['obs_publisher_did']}: the frame tells no exposure time")
    focal = base["focal_length"] or _UNKNOWN_FOCAL_M
    telescope: dict[str, Any] = {
        "diameter": base["aperture"] or _UNKNOWN_APERTURE_M,
        "focal_length": focal,
        "observing_band": band_of_frame(base),
        "observing_mode": "from_background",
    }
    if base["s_ra"] is not None:
        telescope["pointing"] = [base["s_ra"], base["s_dec"]]
    detector: dict[str, Any] = {
        "resolution": [base["s_xel1"], base["s_xel2"]],
        "pixel_size": scale / _ARCSEC * focal * 1e6,
        "exposure_time": base["t_exptime"],
    }
    scene: dict[str, Any] = {"kind": "composite"}
    description = {
        "telescope": telescope,
        "detector": detector,
        "scene": scene,
        "satellites": [dict(each) for each in satellites],
        "count": asked.count,
    }
    if start := start_of_frame(base, asked):
        description["start"] = start.isoformat()
    return description


def band_of_frame(base: Mapping[str, Any]) -> str | list[float]:
    """The band of a frame: its filter, its wavelengths in nm, or clear.

    Examples
    --------
    >>> band_of_frame({"filter_name": "SDSS r'", "em_min": None, "em_max": None})
    'r'
    >>> band_of_frame({"filter_name": None, "em_min": 4.0e-7, "em_max": 7.0e-7})
    [400.0, 700.0]
    """
    words = str(base["filter_name"] or "").replace("'", " ").replace("_", " ").split()
    for word in reversed(words):
        if word in BANDS:
            return word
    low, high = base["em_min"], base["em_max"]
    if low and high and _LEAST_BAND_NM <= low * 1e9 < high * 1e9 <= _MOST_BAND_NM:
        return [round(low * 1e9, 3), round(high * 1e9, 3)]
    return "clear"
