"""The pages /archive, its images, and /testsuite, the cases; all without JavaScript."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.obscore import ARTIFICIAL, OBSCORE
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive
from satvo.service.image_listing import (
    SOURCES,
    Asked,
    belonging,
    cases_of,
    collections,
    coverage,
    gallery,
    moment_of,
)
from satvo.service.links.masks import can_be_masked
from satvo.service.links.simulations import can_be_drawn_into
from satvo.service.operations import operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.web.page import PAGE, keep_policy, page

__all__ = ["blueprint"]

blueprint = Blueprint("images", __name__)
blueprint.after_request(keep_policy)

_FILTERS = (
    JobParameter("COLLECTION", "Only images of this collection"),
    JobParameter("SOURCE", "Only these", choices=tuple(SOURCES)),
    JobParameter(
        "TEXT", "Only images with this in their title, target, telescope, instrument or observation"
    ),
    JobParameter("SINCE", "Only images exposed at this time in UTC or later, as 2026-11-22"),
    JobParameter(
        "UNTIL", "Only images exposed at this time in UTC or before; a date: its whole day"
    ),
    JobParameter(
        "PLACE",
        "Only images that reach into a circle: right ascension, declination, radius (ICRS, deg)",
    ),
    JobParameter("TRAILS", "1: only images in which a trail is known"),
    JobParameter("PAGE", "Which page of the gallery, from 1", datatype="int"),
)
_WORDS = {
    "site": "where the telescope stands", "wcs": "where it points (WCS)", "start": "when it began",
    "duration": "how long it was exposed", "filter": "the filter",
    "filter_url": "the transmission of the filter", "focal_length": "the focal length",
    "aperture": "the aperture", "optics": "the type of the optics", "zero_point": "the zero point",
    "gain": "the gain", "read_noise": "the read noise",
}  # fmt: skip
"""Items of ``missing``, for people."""
_TOLD = (
    "obs_collection", "obs_id", "target_name", "facility_name", "instrument_name", "calib_level",
    "t_exptime", "s_ra", "s_dec", "s_fov", "s_pixel_scale", "s_resolution", "s_xel1", "s_xel2",
    "em_min", "em_max", "em_res_power", "pol_states", "o_ucd", "o_unit", "site_lon", "site_lat",
    "site_height", "focal_length", "aperture", "optics", "filter_name", "filter_url", "zero_point",
    "zero_point_system", "gain", "read_noise", "saturation", "wcs_projection", "media_type",
    "size_bytes", "checksum", "file_name", "job_id", "contributor", "ingest_date",
)  # fmt: skip
"""Columns that the page of an image tells where they are not null."""
_COLUMNS = {str(c.name): c for table in (OBSCORE, DATAPRODUCT) for c in table.columns}
_LEAST_CUTOUT_DEG = 1e-5


@blueprint.get("/archive")
@operation("The images of the archive as a page", parameters=_FILTERS, replies=PAGE)
def images() -> str:
    """A gallery of the frames, those that a form asks for."""
    asked = _asked(read_parameters(request))
    holder = archive()
    found = gallery(holder, asked)
    kept = {
        "COLLECTION": asked.collection, "SOURCE": asked.source, "TEXT": asked.text,
        "SINCE": asked.since, "UNTIL": asked.until, "PLACE": asked.place,
        "TRAILS": "1" if asked.trails else "",
    }  # fmt: skip
    kept = {name: value for name, value in kept.items() if value}
    number = min(asked.page, found.pages)
    return page(
        "archive.html",
        found=found,
        asked=asked,
        number=number,
        collections=collections(holder.store),
        sources=SOURCES,
        simulated=ARTIFICIAL,
        moment_of=moment_of,
        page_query=lambda which: urlencode({**kept, "PAGE": which}),
    )


@blueprint.get("/archive/<product_id>")
@operation("An image of the archive as a page", replies=PAGE)
def image(product_id: str) -> str:
    """One data product: its picture with the trails, what is known of it, what belongs to it."""
    holder = archive()
    row = holder.images.row(product_id)
    did = row["obs_publisher_did"]
    beside = belonging(holder.store, did, row["progenitor_did"])
    missing = [_WORDS.get(item, item) for item in (row["missing"] or "").split("#") if item]
    return page(
        "image.html",
        row=row,
        did=did,
        picture=_picture(row, beside.trails),
        beside=beside,
        told=[(name, _COLUMNS[name], row[name]) for name in _TOLD if row[name] is not None],
        missing=missing,
        simulated=row["data_source"] == ARTIFICIAL,
        circle=_circle(row),
        moment_of=moment_of,
        is_web=is_web,
        can_be_drawn_into=can_be_drawn_into,
        can_be_masked=can_be_masked,
        query=(
            "SELECT t.trail_id, t.norad_id, s.object_name, t.origin, t.snr, t.ra_start, "
            "t.dec_start, t.ra_end, t.dec_end\nFROM satvo.trail AS t "
            "LEFT OUTER JOIN satvo.satellite AS s ON s.norad_id = t.norad_id\n"
            f"WHERE t.obs_publisher_did = '{did}'"
        ),
    )


@blueprint.get("/testsuite")
@operation("What the test suite covers, as a page", replies=PAGE)
def suite() -> str:
    """The kinds of cases that the report asks for, which are there, and the cases."""
    store = archive().store
    cells = coverage(store)
    themes: dict[str, list[Any]] = {}
    for cell in cells:
        themes.setdefault(cell.term.theme, []).append(cell)
    return page(
        "testsuite.html",
        themes=themes,
        cells=cells,
        filled=sum(bool(cell.observed or cell.simulated) for cell in cells),
        seen=sum(bool(cell.observed) for cell in cells),
        cases=cases_of(store),
        labels={cell.term.term: cell.term.label for cell in cells},
        simulated=ARTIFICIAL,
    )


def is_web(text: object) -> bool:
    """Whether a text may stand behind a link: what contributors told may be anything.

    Examples
    --------
    >>> is_web("https://a.example/x"), is_web("javascript:alert(1)"), is_web(None)
    (True, False, False)
    """
    return isinstance(text, str) and text.startswith(("http://", "https://"))


def _asked(parameters: Parameters) -> Asked:
    texts = {
        name.lower(): (parameters.single(name) or "").strip()
        for name in ("COLLECTION", "SOURCE", "TEXT", "SINCE", "UNTIL", "PLACE")
    }
    return Asked(
        **texts,
        trails=parameters.single("TRAILS") == "1",
        page=max(parameters.integer("PAGE") or 1, 1),
    )


def _picture(row: Mapping[str, Any], trails: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The picture of an image and, in its pixels, the lines of its trails; rows grow downwards."""
    if not row["preview_url"]:
        return None
    width, height = row["s_xel1"], row["s_xel2"]
    # Of several detectors side by side the picture has other pixels than any of them.
    if not (width and height) or (row["n_image"] or 1) > 1:
        return {"lines": []}
    lines = [
        {
            "x1": each["x1"] - 0.5, "y1": height + 0.5 - each["y1"],
            "x2": each["x2"] - 0.5, "y2": height + 0.5 - each["y2"],
            "number": number, "origin": each["origin"],
            "title": f"{number}: {each['object_name'] or 'satellite not known'}, {each['origin']}",
        }
        for number, each in enumerate(trails, 1)
        if None not in (each["x1"], each["y1"], each["x2"], each["y2"])
    ]  # fmt: skip
    return {"lines": lines, "width": width, "height": height, "thin": max(width, height) / 400}


def _circle(row: Mapping[str, Any]) -> str:
    """What the form of the cut-out proposes: the middle of the image, a quarter of it across."""
    if row["s_ra"] is None or row["s_dec"] is None or not row["s_fov"]:
        return ""
    radius = max(row["s_fov"] / 8, _LEAST_CUTOUT_DEG)
    digits = max(0, 3 - math.floor(math.log10(radius)))
    return f"{row['s_ra']:.6f} {row['s_dec']:.6f} {radius:.{digits}f}"
