"""From a canvas to a case: frame, pair, mask and catalogue of the truth."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.cases import Case, Product
from satvo.resources.images.scenes.canvas import MASK_BITS, Canvas
from satvo.resources.images.scenes.files import (
    began,
    cards_of,
    catalogue,
    exposed,
    fits_file,
    mask_file,
    trail_rows,
)
from satvo.resources.images.terms import check_terms, terms_of_numbers
from satvo.schemas.obscore import ARTIFICIAL

__all__ = ["COLLECTION", "LATER", "LICENCE", "case_of", "image_case", "told_of"]

COLLECTION = "satvo-sim"
"""Collection of what is simulated."""
LICENCE = "CC0-1.0"

LATER = timedelta(minutes=2)
"""How much later the exposure without the trail begins."""
_BAYER = ((0.9, 1.0), (1.0, 0.6))
"""Sensitivity of the pixels of a colour filter array: red and green, green and blue."""
_TITLES = {
    "frame": "{}",
    "pair": "{}: without the trail",
    "mask": "{}: truth mask",
    "truth": "{}: truth catalogue",
}


def image_case(
    canvas: Canvas,
    name: str,
    title: str,
    relevance: str,
    terms: Set[str],
    *,
    raw: bool = False,
    bayer: bool = False,
    flaws: bool = False,
) -> Case:
    """The case of one image.

    Parameters
    ----------
    canvas : Canvas
        With all that is in the frame.
    name, title, relevance : str
        Of the case; its identifier is ``sim-`` and the name.
    terms : set of str
        Those that do not follow from numbers.
    raw : bool
        Whether the frame is as the camera wrote it.
    bayer : bool
        Whether its pixels have colour filters.
    flaws : bool
        Whether it has vignetting, hot pixels and a bad column.
    """
    mask = canvas.mask()
    response = _response(canvas, bayer=bayer, flaws=flaws)
    wcs = canvas.wcs_cards()
    images = {}
    for part, start in (("frame", canvas.start), ("pair", canvas.start + LATER)):
        expected = canvas.expected(alone=part == "pair") * response
        if flaws:
            expected = expected + _hot_pixels(canvas)
        counts = exposed(canvas, expected, raw=raw)
        if flaws:
            counts[:, 37] = 0
        shown = _TITLES[part].format(title)
        cards = cards_of(canvas, shown, start, raw=raw)
        if bayer:
            cards["BAYERPAT"] = ("RGGB", "colours of 2 x 2 pixels, from the first row")
        images[part] = fits_file([(counts, {**cards, **wcs})])
    if flaws:
        mask[:, 37] |= MASK_BITS["bad pixel"]
        mask[_hot_pixels(canvas) > 0] |= MASK_BITS["bad pixel"]
    told = told_of(canvas, name, raw=raw)
    mask_cards = {**began(canvas.start), **wcs}
    return case_of(
        name,
        title,
        relevance,
        {*terms, *terms_of_numbers(canvas.facts()), "pair"},
        {**images, "mask": mask_file(mask, mask_cards), "truth": catalogue(canvas)},
        told,
        trails=trail_rows(canvas),
    )


def case_of(
    name: str,
    title: str,
    relevance: str,
    terms: Set[str],
    files: Mapping[str, bytes],
    told: Mapping[str, Any],
    *,
    trails: list[dict[str, Any]],
) -> Case:
    """A case of these files: frame, pair, mask and truth.

    Parameters
    ----------
    name, title, relevance, terms, trails
        As of `Case`; the identifier is ``sim-`` and the name, and simulated is among the terms.
    files : mapping of bytes
        By a key of `satvo.resources.images.cases.PARTS`.
    told : mapping
        Columns of the frame.
    """
    case_id = f"sim-{name}"
    place = {key: told[key] for key in told if key.startswith(("s_", "t_"))}
    kept = {key: told[key] for key in ("licence", "obs_collection", "data_source", "obs_id")}
    of_part: dict[str, tuple[str, str, Mapping[str, Any]]] = {
        "frame": ("frame", "fits", told),
        "pair": ("frame", "fits", {**_of_pair(told), "obs_id": f"{case_id}-pair"}),
        "mask": (
            "truthmask", "fits",
            {
                **kept, "dataproduct_subtype": "truthmask", "calib_level": 4,
                "o_ucd": "meta.code.qual;instr.pixel",
            },
        ),
        "truth": (
            "truthcatalogue", "ecsv",
            {
                **kept, **place, "dataproduct_type": "measurements",
                "dataproduct_subtype": "truthcatalogue", "calib_level": 4, "o_ucd": "meta.record",
            },
        ),
    }  # fmt: skip
    products = {}
    for part, content in files.items():
        role, ending, columns = of_part[part]
        named = {**columns, "obs_title": _TITLES[part].format(title)}
        products[part] = Product(f"{case_id}_{part}.{ending}", content, role, named)
    return Case(
        case_id, "trailmask", title, relevance,
        check_terms({*terms, "simulated"}, case_id), products, trails,
    )  # fmt: skip


def told_of(canvas: Canvas, name: str, *, raw: bool) -> dict[str, Any]:
    """What is told of a frame beside its header: what has no keyword of its own."""
    setup = canvas.setup
    told: dict[str, Any] = {
        "licence": LICENCE,
        "obs_collection": COLLECTION,
        "data_source": ARTIFICIAL,
        "obs_creator_name": "satvo",
        "obs_id": f"sim-{name}",
        "calib_level": 1 if raw else 2,
        "facility_name": setup.telescope,
        "instrument_name": setup.instrument,
        "optics": setup.optics,
        "filter_name": setup.filter_name,
        "em_min": setup.band_m[0],
        "em_max": setup.band_m[1],
        "s_resolution": setup.seeing_arcsec,
        "o_ucd": "phot.count",
    }
    if setup.filter_url:
        told["filter_url"] = setup.filter_url
    return told


def _of_pair(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in ("t_min", "t_max")}


def _response(canvas: Canvas, *, bayer: bool, flaws: bool) -> NDArray[np.float64]:
    """What each pixel makes of its light."""
    rows, columns = np.indices(canvas.steady.shape)
    response = np.ones(canvas.steady.shape)
    if bayer:
        response *= np.array(_BAYER)[rows % 2, columns % 2]
    if flaws:
        high, wide = canvas.size[1], canvas.size[0]
        far = np.hypot(rows / high - 0.5, columns / wide - 0.5)
        response *= 1.0 - 0.5 * far**2
    return response


def _hot_pixels(canvas: Canvas) -> NDArray[np.float64]:
    """Electrons of pixels with a large dark current, the same in every exposure."""
    light = np.zeros(canvas.steady.shape)
    light.flat[:: light.size // 60 + 7] = 4000.0
    return light
