"""From files to a case: which is which, and what the archive is told of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from satvo.resources.images.cases import Case, Product
from satvo.resources.images.scenes.told import About
from satvo.resources.images.simulator.exposure import Exposure
from satvo.resources.images.terms import FrameFacts, check_terms, terms_of_numbers
from satvo.schemas.obscore import ARTIFICIAL

__all__ = ["COLLECTION", "LICENCE", "assembled", "facts_of", "header_of", "pixel_arcsec", "told_of"]

COLLECTION = "satvo-sim"
"""Collection of what is simulated."""
LICENCE = "CC0-1.0"

_MADE = "2026-11-22T00:00:00"
"""DATE of every file, so that the same scene is the same file on any day."""
_TITLES = {
    "frame": "{}",
    "pair": "{}: without the trail",
    "mask": "{}: truth mask",
    "truth": "{}: truth catalogue",
}


def assembled(
    about: About,
    files: Mapping[str, bytes],
    told: Mapping[str, Any],
    *,
    numbers: set[str],
    trails: Sequence[Mapping[str, Any]] = (),
) -> Case:
    """A case of these files.

    Parameters
    ----------
    about : About
    files : mapping of bytes
        Frame, pair, mask and truth.
    told : mapping
        Columns of the frame.
    numbers : set of str
        Terms that follow from numbers.
    trails : sequence of mapping
        Rows of `satvo.trail`.
    """
    case_id = f"sim-{about.name}"
    place = {key: told[key] for key in told if key.startswith(("s_", "t_"))}
    kept = {key: told[key] for key in ("licence", "obs_collection", "data_source", "obs_id")}
    of_part: dict[str, tuple[str, str, Mapping[str, Any]]] = {
        "frame": ("frame", "fits", told),
        "pair": ("frame", "fits", {**told, "obs_id": f"{case_id}-pair"}),
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
        named = {**columns, "obs_title": _TITLES[part].format(about.title)}
        products[part] = Product(f"{case_id}_{part}.{ending}", content, role, named)
    return Case(
        case_id, "trailmask", about.title, about.relevance,
        check_terms({*about.terms, *numbers, "pair", "simulated"}, case_id), products,
        list(trails),
    )  # fmt: skip


def told_of(about: About) -> dict[str, Any]:
    """What is told of a frame beside its header: what has no keyword of its own."""
    setup = about.setup
    told: dict[str, Any] = {
        "licence": LICENCE,
        "obs_collection": COLLECTION,
        "data_source": ARTIFICIAL,
        "obs_creator_name": "satvo",
        "obs_id": f"sim-{about.name}",
        "calib_level": 1 if "uncalibrated" in about.terms else 2,
        "facility_name": setup.telescope,
        "instrument_name": setup.camera,
        "optics": setup.optics,
        "filter_name": setup.filter,
        "em_min": setup.band_nm[0] * 1e-9,
        "em_max": setup.band_nm[1] * 1e-9,
        "s_resolution": setup.fwhm_arcsec,
        "o_ucd": "phot.count",
    }
    if setup.curve:
        told["filter_url"] = setup.curve
    return told


def header_of(about: About, exposure: Exposure, field: str) -> dict[str, Any]:
    """Cards of a frame beyond those of its exposure.

    Parameters
    ----------
    about : About
    exposure : Exposure
    field : str
        What is in the frame: OBJECT.
    """
    setup = about.setup
    calibrated = "calibrated" in about.terms
    cards: dict[str, Any] = {
        "OBJECT": (field, ""),
        "TELESCOP": (setup.telescope, ""),
        "INSTRUME": (setup.camera, ""),
        "OPTICS": (setup.optics, ""),
        "DATE": (_MADE, ""),
        "FILTER": (setup.filter, ""),
        "SEEING": (setup.fwhm_arcsec, "[arcsec] full width at half maximum"),
        "CALIBRAT": ("bias, dark and flat are right" if calibrated else "raw", ""),
    }
    if setup.curve:
        cards["FILTURL"] = (setup.curve, "")
    if setup.detector:
        cards["DETSIZE"] = (setup.detector, "of which this is a window")
    if "SATURATE" in exposure.cards and not exposure.cards["SATURATE"][0] < 1e29:
        cards["SATURATE"] = None
    return cards


def pixel_arcsec(exposure: Exposure) -> float:
    """Side of a square of the area of a pixel."""
    cd = np.array([[exposure.wcs_cards[f"CD{i}_{j}"] for j in (1, 2)] for i in (1, 2)], float)
    return float(np.sqrt(abs(np.linalg.det(cd))) * 3600.0)


def facts_of(about: About, exposure: Exposure) -> set[str]:
    """Terms that follow from the numbers of an exposure."""
    scale = pixel_arcsec(exposure)
    return terms_of_numbers(
        FrameFacts(
            fov_deg=float(np.hypot(*exposure.truth.shape)) * scale / 3600.0,
            pixel_arcsec=scale,
            exposure_s=exposure.exposure_s,
            sky_electrons=exposure.sky_electrons,
            star_share=exposure.star_share,
            trail_snr=tuple(trail.snr_avg for trail in exposure.trails),
            wavelength_m=sum(about.setup.band_nm) / 2.0 * 1e-9,
        )
    )
