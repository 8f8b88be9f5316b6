"""The vocabulary of the test suite."""

from __future__ import annotations

import math

import pytest
from satvo.resources.images.terms import (
    FrameFacts,
    check_terms,
    known_terms,
    terms_of_numbers,
)
from satvo.schemas.errors import BadParameter

REPORT = {
    "Large and small fields of view": ("field-large", "field-small"),
    "Large and small angular pixel sizes": ("pixel-large", "pixel-small"),
    "Short and long exposures": ("exposure-short", "exposure-long"),
    "Low and high background": ("background-low", "background-high"),
    "Professional and amateur telescopes": ("professional", "amateur"),
    "Bright and faint streaks": ("streak-bright", "streak-faint"),
    "LEO and MEO/GEO satellite streaks": ("leo", "meo-geo"),
    "Crowded and sparse fields": ("crowded", "sparse"),
    "Streaks that cross each other": ("crossing",),
    "Optical and infrared data": ("optical", "infrared"),
    "Mosaic frame and IFU (integral field unit) datasets": ("mosaic", "ifu"),
    "Polarimetry data": ("polarimetry",),
    "Simulated datasets (or real datasets with simulated streaks added)": ("simulated",),
    "fiber spectroscopy": ("fibre-spectroscopy",),
    "examples of false positives (e.g., comets/asteroids)": ("false-comet", "false-asteroid"),
    "some uncalibrated images": ("calibrated", "uncalibrated"),
    "a pair of images": ("pair",),
    "All sky camera with a field of view > 150 degrees": ("all-sky",),
    "Commercial astrophotography lenses paired with DSLR, CCD, CMOS detectors": (
        "lens-dslr", "lens-ccd", "lens-cmos",
    ),
    "Large CCD: 2k x 2k or larger (singly or in mosaics)": (
        "large-ccd-single", "large-ccd-mosaic",
    ),
    "A fixed test satellite database": ("pass-database",),
    "a single satellite ephemeris prediction": ("pass-single",),
    "(retro-)predict the passes of a few specific satellites": ("pass-retro",),
    "predict their brightness": ("pass-brightness",),
    "Fiber spectroscopy and slit spectroscopy cases": ("slit-spectroscopy",),
    "Radio astronomy cases": ("radio",),
    "TrailMask user-supplied cases": ("user-supplied",),
    "issue: cosmic rays, diffraction spikes": ("false-cosmic-ray", "false-diffraction-spike"),
}  # fmt: skip
"""What section 2 of the report names, typed in from it, and the terms for it."""


def test_each_kind_of_case_of_the_report_has_its_terms_and_there_are_no_others() -> None:
    named = [term for terms in REPORT.values() for term in terms]
    assert sorted(named) == sorted(term.term for term in known_terms())


def test_every_term_says_what_it_is() -> None:
    for term in known_terms():
        assert len(term.description) > 30
        assert term.asked_in.startswith("SATCON2 Algorithms, 2.")
        assert term.label[0].isupper()


@pytest.mark.parametrize(
    ("facts", "term"),
    [
        (FrameFacts(fov_deg=1.0), "field-large"),
        (FrameFacts(fov_deg=0.249), "field-small"),
        (FrameFacts(pixel_arcsec=5.0), "pixel-large"),
        (FrameFacts(pixel_arcsec=0.5), "pixel-small"),
        (FrameFacts(exposure_s=5.0), "exposure-short"),
        (FrameFacts(exposure_s=120.0), "exposure-long"),
        (FrameFacts(sky_electrons=49.0), "background-low"),
        (FrameFacts(sky_electrons=5001.0), "background-high"),
        (FrameFacts(star_share=0.1), "crowded"),
        (FrameFacts(star_share=0.0), "sparse"),
        (FrameFacts(trail_snr=(5.0, 10.0)), "streak-bright"),
        (FrameFacts(trail_snr=(5.0, 2.0)), "streak-faint"),
        (FrameFacts(wavelength_m=5e-7), "optical"),
        (FrameFacts(wavelength_m=2.2e-6), "infrared"),
    ],
)
def test_numbers_decide_as_the_descriptions_say(facts: FrameFacts, term: str) -> None:
    assert terms_of_numbers(facts) == {term}


def test_what_is_not_known_or_lies_between_is_of_no_kind() -> None:
    assert terms_of_numbers(FrameFacts()) == set()
    between = FrameFacts(0.5, 1.0, 60.0, 500.0, 0.05, (5.0,), math.nan)
    assert terms_of_numbers(between) == set()


def test_a_strange_term_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadParameter, match=r"my case: 'geo' is no term .* meo-geo"):
        check_terms(["leo", "geo"], "my case")
