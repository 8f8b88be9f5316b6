"""The services that can be called for a data product: cut-outs of it, and satellites in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from satvo.resources.images.cutouts.parameters import CUTOUT_PARAMETERS, FORMATS
from satvo.schemas.moments import MJD_EPOCH
from satvo.schemas.resource import JobParameter
from satvo.service.config import Config
from satvo.service.links.described import Given, service_descriptor

__all__ = [
    "SODA_SYNC", "can_be_cut", "cone_asked", "cone_descriptor", "cutout_descriptor", "span_of",
]  # fmt: skip

SODA_SYNC = "ivo://ivoa.net/std/SODA#sync-1.0"

_LONGEST_D = 3600 / 86400
"""The longest range of times that the cone search takes."""

_ONCE = tuple(replace(each, is_repeatable=False) for each in CUTOUT_PARAMETERS)

_ALWAYS = ("POS", "EXTENSION", "MASK", "RESPONSEFORMAT")
"""Parameters whose limits are those of no product; TOPCAT takes one with a value as fixed."""

_CONE = (
    JobParameter("RA", "Right ascension of the centre, ICRS", datatype="double", unit="deg",
                 ucd="pos.eq.ra;meta.main"),
    JobParameter("DEC", "Declination of the centre, ICRS", datatype="double", unit="deg",
                 ucd="pos.eq.dec;meta.main"),
    JobParameter("SR", "Radius of the cone", datatype="double", unit="deg",
                 ucd="phys.angSize.radius"),
    JobParameter("TIME", "Start and end of the exposure, UTC, with a slash between", ucd="time"),
    JobParameter("OBSERVER", "The telescope: longitude,latitude,height (deg, deg, m), or a name",
                 ucd="meta.id;instr.obsty"),
)  # fmt: skip


def can_be_cut(row: Mapping[str, Any]) -> bool:
    """Whether a product is kept here and has pixels."""
    return bool(row["product_id"] and row["n_image"])


def cutout_descriptor(row: Mapping[str, Any], config: Config, name: str) -> str:
    """SODA for one product, with what of it there is (SODA 1.0, section 4.2).

    Parameters
    ----------
    row : mapping
        Of `satvo.service.links.relations.Related`.
    config : Config
    name : str
        ID of the descriptor in its document.
    """
    limits = _limits(row)
    given = []
    for about in _ONCE:
        if about.name == "ID":
            given.append(Given(about, row["obs_publisher_did"]))
        elif about.name == "POL":
            states = tuple(s for s in (row["pol_states"] or "").split("/") if s in about.choices)
            if states:
                given.append(Given(about, options=states))
        elif about.name in limits or about.name in _ALWAYS:
            given.append(Given(about, most=limits.get(about.name, "")))
    return service_descriptor(
        name,
        config.url("/soda/sync"),
        given,
        description="A part of the image: pixels as they are stored, with their WCS (SODA 1.0)",
        standard_id=SODA_SYNC,
        content_type=FORMATS[0],
    )


def _limits(row: Mapping[str, Any]) -> dict[str, str]:
    """The largest value of each parameter that makes sense for this product."""
    found: dict[str, str] = {}
    if _known(row, "s_ra", "s_dec", "s_fov"):
        found["CIRCLE"] = _numbers(row["s_ra"], row["s_dec"], row["s_fov"] / 2)
    words = (row["s_region"] or "").split()
    if words and words[0].upper() == "POLYGON":
        corners = [word for word in words[1:] if word.upper() not in ("ICRS", "UNION")]
        found["POLYGON"] = " ".join(corners)
    elif "CIRCLE" in found:
        found["POLYGON"] = ""
    if _known(row, "s_xel1"):
        found["PIXEL"] = f"1 {row['s_xel1']} 1 {row['s_xel2'] or 1}"
    if _known(row, "em_min", "em_max"):
        found["BAND"] = _numbers(row["em_min"], row["em_max"])
    if _known(row, "t_min", "t_max"):
        found["TIME"] = _numbers(row["t_min"], row["t_max"])
    return found


def cone_asked(row: Mapping[str, Any]) -> dict[str, str]:
    """What the cone search is asked for the satellites that crossed an exposure; empty where the
    place of the telescope, the place on the sky or the time is not known, or it took an hour."""
    if not _known(row, "s_ra", "s_dec", "s_fov", "t_min", "t_max", "site_lon", "site_lat"):
        return {}
    if not 0 <= row["t_max"] - row["t_min"] <= _LONGEST_D:
        return {}
    place = (row["site_lon"], row["site_lat"], row["site_height"] or 0.0)
    return {
        "RA": f"{row['s_ra']:.6f}",
        "DEC": f"{row['s_dec']:.6f}",
        "SR": f"{row['s_fov'] / 2:.6f}",
        "TIME": "/".join(span_of(row)),
        "OBSERVER": ",".join(f"{number:.7g}" for number in place),
    }


def span_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Start and end of an exposure, ISO 8601 in UTC to the millisecond."""
    start, end = (
        (MJD_EPOCH + timedelta(days=row[name])).isoformat(timespec="milliseconds")
        for name in ("t_min", "t_max")
    )
    return start, end


def cone_descriptor(asked: Mapping[str, str], config: Config, name: str) -> str:
    """The cone search at a time and place, with what is asked for one exposure."""
    return service_descriptor(
        name,
        config.url("/scs/satellites"),
        [Given(about, asked[about.name]) for about in _CONE],
        description="Satellites that were predicted to cross the field during the exposure, by the "
        "elements nearest to it",
        standard_id="ivo://ivoa.net/std/ConeSearch",
        content_type="application/x-votable+xml",
    )


def _known(row: Mapping[str, Any], *names: str) -> bool:
    return all(row[name] is not None and math.isfinite(row[name]) for name in names)


def _numbers(*numbers: float) -> str:
    return " ".join(f"{number:.15g}" for number in numbers)
