"""Made-up cases of other shapes: a mosaic, the whole sky, states of polarisation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.canvas import MASK_BITS, Canvas, Passing
from satvo.resources.images.scenes.drawing import add_trail
from satvo.resources.images.scenes.files import (
    began,
    cards_of,
    catalogue,
    exposed,
    fits_file,
    mask_file,
    trail_rows,
)
from satvo.resources.images.scenes.setup import SETUPS
from satvo.resources.images.scenes.whole import LATER, case_of, image_case, told_of
from satvo.resources.images.terms import terms_of_numbers

__all__ = ["SPECIAL"]

_NIGHT = datetime(2026, 3, 21, 5, 0, 0)
_CHIP, _GAP = 128, 16
_EARTH_KM = 6371.0
_MU = 398_600.4
_POLARISED = 0.2
"""Of the light of the satellite: sunlight reflected at a right angle from metal and panels."""

Floats = NDArray[np.float64]


def _mosaic() -> Case:
    whole = 2 * _CHIP + _GAP
    canvas = Canvas(
        SETUPS["medium"], (whole, whole), (201.3, -43.0), _NIGHT, 40.0, np.random.default_rng(21),
        rotation_deg=8.0,
    )  # fmt: skip
    canvas.stars(60, 16.5, 23.5)
    canvas.satellite(Passing(6.8, 1600.0, 52.0, 850.0, (12.0, -8.0)))
    title = "One trail across four detectors"
    mask = canvas.mask()
    start_of = {"frame": canvas.start, "pair": canvas.start + LATER}
    files = {
        part: fits_file(
            [
                (None, cards_of(canvas, title, start, raw=False)),
                *_chips(canvas, exposed(canvas, canvas.expected(alone=part == "pair"), raw=False)),
            ]
        )
        for part, start in start_of.items()
    }
    bits = {f"BIT{value:d}": kind for kind, value in MASK_BITS.items()}
    started = began(canvas.start)
    files |= {
        "mask": fits_file([(None, {**started, **bits}), *_chips(canvas, mask)]),
        "truth": catalogue(canvas, pixels=False),
    }
    trails = [
        {key: value for key, value in row.items() if key not in ("x1", "y1", "x2", "y2")}
        for row in trail_rows(canvas)
    ]
    return case_of(
        "mosaic", title,
        "Four detectors in one file with gaps between, each with a WCS of its own. The pieces "
        "belong to one trail: only together do they give its ends and its light. Pixel columns of "
        "satvo.trail are null, since no single detector has it whole.",
        {*terms_of_numbers(canvas.facts()), "mosaic", "leo", "professional", "calibrated", "pair"},
        files, told_of(canvas, "mosaic", raw=False), trails=trails,
    )  # fmt: skip


def _chips(canvas: Canvas, array: NDArray[Any]) -> list[tuple[NDArray[Any], Mapping[str, Any]]]:
    """The four detectors of an array, each with its WCS."""
    units: list[tuple[NDArray[Any], Mapping[str, Any]]] = []
    step = _CHIP + _GAP
    for number, (row, column) in enumerate(((0, 0), (0, step), (step, 0), (step, step)), 1):
        cards: dict[str, Any] = {"EXTNAME": f"CHIP{number}", **canvas.wcs_cards()}
        cards["CRPIX1"] -= column
        cards["CRPIX2"] -= row
        units.append((array[row : row + _CHIP, column : column + _CHIP], cards))
    return units


def _all_sky() -> Case:
    setup = SETUPS["all-sky"]
    lon, lat, _ = setup.place()
    night = datetime(2026, 3, 21, 1, 0, 0)
    days = (night - datetime(2000, 1, 1, 12)).total_seconds() / 86400.0
    # Greenwich mean sidereal time to 0.01 deg (IAU 1982, its linear part).
    zenith = (280.46062 + 360.98564737 * days + lon) % 360.0
    canvas = Canvas(
        setup, (256, 256), (zenith, lat), night, 60.0, np.random.default_rng(22), projection="ARC"
    )
    canvas.stars(500, 0.5, 6.0)
    for mag, nearest_km, heading, seconds in ((-1.5, 300.0, 0.7, -40.0), (-0.3, 800.0, 2.2, 0.0)):
        _overhead(canvas, mag, nearest_km, heading, seconds)
    rows, columns = np.indices(canvas.steady.shape)
    middle = (canvas.size[0] - 1) / 2
    up = np.hypot(rows - middle, columns - middle) < 89.0 * 3600.0 / setup.pixel_arcsec
    canvas.steady *= up
    for light in (canvas.passing["trail"], *(trail.light for trail in canvas.trails)):
        light *= up
    case = image_case(
        canvas, "all-sky", "Two satellites across the whole sky",
        "A fish-eye camera sees 178 deg. Trails are curved, fade towards the horizon, and their "
        "speed changes from one end to the other: straight lines do not fit them.",
        {"all-sky", "amateur", "calibrated", "leo", "lens-cmos"},
    )  # fmt: skip
    # Their middle line is no straight one, so that corners would tell a wrong outline.
    trails = [{**row, "s_region": None} for row in case.trails]
    # What is below the horizon is no sky, though the WCS goes on there.
    above = {"s_region": f"CIRCLE ICRS {zenith:.6f} {lat:.6f} 89"}
    products = {
        part: replace(product, told={**product.told, **above})
        for part, product in case.products.items()
    }
    return replace(case, products=products, trails=trails)


def _overhead(
    canvas: Canvas, mag: float, nearest_km: float, heading: float, since_s: float
) -> None:
    """A satellite on a circular orbit, 450 km high, at an even speed past the zenith.

    The observer does not turn with the Earth: 0.3 deg a minute at most are left out.
    """
    radius = _EARTH_KM + 450.0
    rate = math.sqrt(_MU / radius**3)
    seconds = since_s + np.linspace(0.0, canvas.exposure_s, 61)
    tilt = nearest_km / radius
    along, aside = np.sin(rate * seconds), math.sin(tilt) * np.cos(rate * seconds)
    up = radius * math.cos(tilt) * np.cos(rate * seconds) - _EARTH_KM
    flat = radius * np.hypot(along, aside)
    zenith_deg = np.degrees(np.arctan2(flat, up))
    bearing = heading + np.arctan2(aside, along)
    scale = canvas.setup.pixel_arcsec / 3600.0
    middle = (canvas.size[0] - 1) / 2
    x = middle - zenith_deg / scale * np.sin(bearing)
    y = middle + zenith_deg / scale * np.cos(bearing)
    distance = np.hypot(flat, up)
    steps = np.hypot(np.diff(x), np.diff(y))
    light = np.zeros_like(canvas.steady)
    for number, step in enumerate(steps):
        part = slice(number, number + 2)
        # A second of its light, fainter by the square of its distance.
        electrons = canvas.electrons(mag) / canvas.exposure_s * (450.0 / distance[number]) ** 2
        add_trail(light, x[part].tolist(), y[part].tolist(), electrons / step, 0.0, canvas.fwhm)
    mean = float(steps.mean()) * canvas.setup.pixel_arcsec
    passing = Passing(mag, mean, 0.0, float(distance.mean()), size_m=100.0)
    canvas.record(passing, light, (float(x[0]), float(y[0]), float(x[-1]), float(y[-1])))


def _polarimetry() -> Case:
    canvas = Canvas(
        SETUPS["medium"], (160, 160), (150.1, 2.2), _NIGHT, 30.0, np.random.default_rng(23)
    )
    canvas.stars(20, 15.0, 22.5)
    canvas.satellite(Passing(7.0, 1900.0, 30.0, 700.0, (4.0, 0.0)))
    title = "A polarised trail in Stokes I, Q and U"
    axis = {
        "CTYPE3": "STOKES", "CRVAL3": 1.0, "CRPIX3": 1.0, "CDELT3": 1.0, "CD3_3": 1.0,
    }  # fmt: skip
    files = {}
    for part, start in (("frame", canvas.start), ("pair", canvas.start + LATER)):
        planes = _stokes(canvas, alone=part == "pair")
        cards = {**cards_of(canvas, title, start, raw=False), **canvas.wcs_cards(), **axis}
        files[part] = fits_file([(planes, cards)])
    started = {**began(canvas.start), **canvas.wcs_cards()}
    files |= {"mask": mask_file(canvas.mask(), started), "truth": catalogue(canvas)}
    told = told_of(canvas, "polarimetry", raw=False)
    told |= {"dataproduct_type": "cube", "pol_states": "/I/Q/U/", "pol_xel": 3}
    return case_of(
        "polarimetry", title,
        "Stars and sky are hardly polarised, the satellite by a fifth: a trail that is lost among "
        "the stars in I may be the brightest thing in Q and U, where its signal has a sign.",
        {
            *terms_of_numbers(canvas.facts()), "polarimetry", "leo", "professional", "calibrated",
            "pair",
        },
        files, told, trails=trail_rows(canvas),
    )  # fmt: skip


def _stokes(canvas: Canvas, *, alone: bool) -> NDArray[np.float32]:
    """I, Q and U in counts, from four exposures through half-wave plates."""
    expected = canvas.expected(alone=alone)
    lit = canvas.expected() - canvas.steady if not alone else np.zeros_like(expected)
    # It is polarised across its motion, whose position angle is 30 deg.
    angle = math.radians(2.0 * (30.0 + 90.0))
    parts = [_POLARISED * lit * turn(angle) for turn in (math.cos, math.sin)]
    beams = [
        exposed(canvas, 0.5 * (expected + sign * part), raw=False).astype(np.float64)
        for part in parts
        for sign in (1.0, -1.0)
    ]
    q, u = beams[0] - beams[1], beams[2] - beams[3]
    return np.array([sum(beams) / 2, q, u], np.float32)


SPECIAL: Iterable[Callable[[], Case]] = (_mosaic, _all_sky, _polarimetry)
"""What makes each of them."""
