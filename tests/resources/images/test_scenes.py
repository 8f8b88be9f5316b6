"""The made-up scenes: light, places and files, checked with numpy and astropy."""

from __future__ import annotations

import io
import math
from datetime import datetime

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.canvas import MASK_BITS, Canvas, Passing
from satvo.resources.images.scenes.drawing import add_stars, add_trail
from satvo.resources.images.scenes.files import trail_rows
from satvo.resources.images.scenes.recipes import made_up_cases
from satvo.resources.images.scenes.setup import SETUPS
from satvo.schemas.region_values import Polygon
from satvo.schemas.regions import area_deg2

CASES = {case.case_id: case for case in made_up_cases()}
ITEMS = (
    "SITELONG", "SITELAT", "SITEELEV", "DATE-OBS", "EXPTIME", "FILTER", "FOCALLEN", "APTDIA",
    "OPTICS", "GAIN", "RDNOISE",
)  # fmt: skip
"""Of the report's list of metadata (section 2.1), those that every header has."""


def opened(case: Case, part: str) -> fits.HDUList:
    return fits.open(io.BytesIO(case.products[part].content))


def pixels(case: Case, part: str) -> np.ndarray:
    """All detectors of a file as one row of arrays, float."""
    with opened(case, part) as units:
        arrays = [np.asarray(unit.data, float) for unit in units if unit.data is not None]
    return np.array(arrays)


def canvas(**about: object) -> Canvas:
    given = {
        "setup": SETUPS["medium"], "size": (200, 160), "centre": (0.01, -45.0),
        "start": datetime(2026, 3, 20), "exposure_s": 10.0, "random": np.random.default_rng(1),
    }  # fmt: skip
    return Canvas(**{**given, **about})  # type: ignore[arg-type]


# Light


def test_a_star_gives_all_its_electrons_and_none_beside_the_frame() -> None:
    image = np.zeros((41, 41))
    add_stars(image, np.array([20.3, -50.0]), np.array([19.6, 5.0]), np.array([1000.0, 9e9]), 3.0)
    rows, columns = np.indices(image.shape)
    assert image.sum() == pytest.approx(1000.0, rel=1e-5)
    assert (image * columns).sum() / image.sum() == pytest.approx(20.3, abs=0.001)
    assert (image * rows).sum() / image.sum() == pytest.approx(19.6, abs=0.001)


def test_a_trail_has_the_light_of_its_length_and_the_width_of_a_star() -> None:
    image = np.zeros((120, 120))
    add_trail(image, (20.0, 80.0), (30.0, 75.0), 7.0, 0.0, 4.0)
    assert image.sum() == pytest.approx(7.0 * math.hypot(60, 45), rel=1e-3)
    # Across, at its middle: the pixel of width 1 makes a Gaussian of 4 pixels 2 % wider.
    level = np.zeros((81, 200))
    add_trail(level, (-50.0, 250.0), (40.0, 40.0), 1.0, 0.0, 4.0)
    profile = level[:, 100]
    sigma = math.sqrt(float((profile * (np.arange(81) - 40) ** 2).sum() / profile.sum()))
    assert sigma * 2.3548 == pytest.approx(math.hypot(4.0, 2.3548 / math.sqrt(12)), rel=0.01)
    assert profile.sum() == pytest.approx(1.0, rel=1e-4)


def test_parts_of_a_trail_in_a_line_add_to_one_whole() -> None:
    whole, parts = np.zeros((60, 90)), np.zeros((60, 90))
    add_trail(whole, (10.0, 70.0), (10.0, 40.0), 3.0, 2.0, 3.0)
    add_trail(parts, (10.0, 30.0, 70.0), (10.0, 20.0, 40.0), 3.0, 2.0, 3.0)
    assert np.abs(whole - parts).max() < 1e-5 * whole.max()


def test_a_satellite_gives_the_light_of_its_magnitude_for_the_time_it_is_there() -> None:
    made = canvas()
    made.satellite(Passing(8.0, 900.0, 90.0, 800.0))
    (trail,) = made.trails
    seconds = made.size[0] * made.setup.pixel_arcsec / 900.0
    expected = 10 ** (-0.4 * (8.0 - made.setup.zero_point)) * seconds
    assert trail.light.sum() == pytest.approx(expected, rel=0.01)
    # Seeing 1", aperture 2.2 m out of focus at 800 km 0.567", size 3 m 0.774".
    assert trail.width_arcsec == pytest.approx(math.sqrt(1 + 0.567**2 + 0.774**2), abs=0.002)


# Places


@pytest.mark.parametrize("rotation", [0.0, 35.0, 200.0])
@pytest.mark.parametrize("angle", [0.0, 62.0, 90.0, 215.0])
def test_a_trail_lies_at_its_position_angle(rotation: float, angle: float) -> None:
    made = canvas(rotation_deg=rotation)
    made.satellite(Passing(8.0, 900.0, angle, 800.0))
    x1, y1, x2, y2 = made.trails[0].ends
    first, last = made.wcs().pixel_to_world([x1, x2], [y1, y2])
    assert isinstance(first, SkyCoord)
    wrong = (first.position_angle(last).deg - angle + 180.0) % 360.0 - 180.0
    assert abs(wrong) < 0.05
    (row,) = trail_rows(made)
    assert abs((row["pos_angle"] - angle + 90.0) % 180.0 - 90.0) < 0.05
    assert row["length"] == pytest.approx(first.separation(last).arcsec, rel=1e-6)


def test_the_outline_of_a_trail_is_counter_clockwise_and_as_wide_as_it() -> None:
    made = canvas()
    made.satellite(Passing(8.0, 900.0, 70.0, 800.0))
    (row,) = trail_rows(made)
    corners = np.array(row["s_region"]).reshape(-1, 2)
    east = (corners[:, 0] + 180.0) % 360.0 - 180.0
    north = corners[:, 1]
    turned = np.sum(east * np.roll(north, -1) - np.roll(east, -1) * north)
    # Right ascension grows to the left, as the sky is seen from inside.
    assert turned < 0.0
    area = area_deg2(Polygon(tuple(row["s_region"]))) * 3600.0**2
    assert area == pytest.approx(row["length"] * row["width"], rel=0.01)


def test_a_satellite_beside_the_frame_leaves_nothing() -> None:
    made = canvas()
    made.satellite(Passing(8.0, 900.0, 0.0, 800.0, (400.0, 0.0)))
    assert made.trails == []
    assert made.objects == []


# Cases


def test_there_are_cases_of_most_kinds_and_each_once() -> None:
    assert len(CASES) == 20
    having = {term for case in CASES.values() for term in case.terms}
    assert {"mosaic", "ifu", "polarimetry", "all-sky", "infrared", "crossing"} <= having
    # Nothing is claimed for what is not there.
    assert not having & {"radio", "user-supplied", "large-ccd-mosaic", "pass-retro"}


def test_the_same_files_are_made_again() -> None:
    for again in made_up_cases():
        for part, product in again.products.items():
            assert product.content == CASES[again.case_id].products[part].content, again.case_id


@pytest.mark.parametrize("name", CASES)
def test_headers_say_all_that_the_report_asks_for(name: str) -> None:
    case = CASES[name]
    with opened(case, "frame") as units:
        units.verify("exception")
        header = units[0].header
        assert [item for item in ITEMS if item not in header] == []
        spectral = {"fibre-spectroscopy", "slit-spectroscopy"} & set(case.terms)
        if not spectral:
            image = units[-1].header
            assert WCS(image).celestial.has_celestial
            assert image["RADESYS"] == "ICRS"
    with opened(case, "pair") as units:
        assert units[0].header["DATE-OBS"] > header["DATE-OBS"]


@pytest.mark.parametrize("name", CASES)
def test_frame_and_pair_differ_where_the_mask_says(name: str) -> None:
    case = CASES[name]
    frame, pair, bits = (pixels(case, part) for part in ("frame", "pair", "mask"))
    bits = bits.astype(int)
    if "polarimetry" in case.terms:
        frame, pair = frame[:, 0], pair[:, 0]
    good = (bits & (MASK_BITS["saturated"] | MASK_BITS["bad pixel"])) == 0
    difference = frame - pair
    free = good & (bits == 0)
    noise = 1.4826 * np.median(np.abs(difference[free] - np.median(difference[free])))
    marked = good & (bits > 0)
    assert marked.any()
    # By the error of their mean, 5 sigma and far more; beside the mask hardly anything is left.
    assert difference[marked].mean() > 5.0 * noise / math.sqrt(marked.sum())
    # A comet's coma has no edge: what is fainter than the noise is not marked.
    left = 0.5 if "false-comet" in case.terms else 0.05
    assert abs(np.median(difference[free])) < left * noise
    assert np.mean(np.abs(difference[free]) > 6.0 * noise) < 0.01


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.trails])
def test_trails_are_told_where_the_mask_has_them(name: str) -> None:
    case = CASES[name]
    if "mosaic" in case.terms or "ifu" in case.terms:
        assert all("x1" not in row or "ifu" in case.terms for row in case.trails)
        return
    bits = pixels(case, "mask")[0].astype(int)
    for row in case.trails:
        x, y = (row["x1"] + row["x2"]) / 2 - 1, (row["y1"] + row["y2"]) / 2 - 1
        if "all-sky" not in case.terms:  # there they are curved
            assert bits[round(y), round(x)] & MASK_BITS["trail"]
        with opened(case, "frame") as units:
            there = WCS(units[0].header).celestial.wcs_pix2world(row["x1"], row["y1"], 1)
        assert float(there[0]) % 360 == pytest.approx(row["ra_start"] % 360, abs=1e-9)
        assert float(there[1]) == pytest.approx(row["dec_start"], abs=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_the_catalogue_of_the_truth_is_read_by_astropy(name: str) -> None:
    case = CASES[name]
    table = Table.read(io.BytesIO(case.products["truth"].content), format="ascii.ecsv")
    kinds = list(table["kind"])
    assert kinds.count("trail") == len(case.trails) or not {"x", "ra"} & set(table.colnames)
    assert all(table[column].description for column in table.colnames)


def test_bright_stars_are_where_the_catalogue_says() -> None:
    case = CASES["sim-faint-low"]
    table = Table.read(io.BytesIO(case.products["truth"].content), format="ascii.ecsv")
    image = pixels(case, "pair")[0]
    image -= np.median(image)
    stars = table[table["kind"] == "star"]
    stars = stars[(stars["x"] > 12) & (stars["x"] < 244) & (stars["y"] > 12) & (stars["y"] < 244)]
    brightest = stars[np.argmin(stars["mag"])]
    x, y = brightest["x"] - 1, brightest["y"] - 1
    rows, columns = (np.arange(round(at) - 5, round(at) + 6) for at in (y, x))
    cut = image[np.ix_(rows, columns)]
    assert (cut.sum(0) * columns).sum() / cut.sum() == pytest.approx(x, abs=0.1)
    assert (cut.sum(1) * rows).sum() / cut.sum() == pytest.approx(y, abs=0.1)
    with opened(case, "pair") as units:
        header = units[0].header
        ra, dec = WCS(header).wcs_pix2world(brightest["x"], brightest["y"], 1)
        mag = header["MAGZERO"] - 2.5 * math.log10(cut.sum())
    assert float(ra) == pytest.approx(brightest["ra"], abs=1e-7)
    assert float(dec) == pytest.approx(brightest["dec"], abs=1e-7)
    assert mag == pytest.approx(brightest["mag"], abs=0.05)


def test_a_trail_in_a_cube_has_the_lines_of_the_sun() -> None:
    case = CASES["sim-ifu"]
    frame, pair, bits = (pixels(case, part)[0] for part in ("frame", "pair", "mask"))
    trail = bits.astype(int).max(axis=0) > 0
    spectrum = (frame - pair)[:, trail].mean(axis=1)
    with opened(case, "frame") as units:
        wavelength = units[0].header["CRVAL3"] + units[0].header["CD3_3"] * np.arange(len(spectrum))
    line = np.argmin(np.abs(wavelength - 656.46e-9))
    beside = np.r_[spectrum[line - 8 : line - 4], spectrum[line + 5 : line + 9]].mean()
    assert spectrum[line] < 0.7 * beside


def test_the_polarised_trail_shows_in_q_and_u_and_stars_do_not() -> None:
    case = CASES["sim-polarimetry"]
    planes = pixels(case, "frame")[0]
    trail = pixels(case, "mask")[0].astype(int) & MASK_BITS["trail"] > 0
    lit = planes[0][trail].mean() - np.median(planes[0])
    degree = np.hypot(planes[1][trail].mean(), planes[2][trail].mean()) / lit
    assert degree == pytest.approx(0.2, abs=0.01)
    # Its direction: 30 deg of the motion and a right angle.
    angle = 0.5 * math.degrees(math.atan2(planes[2][trail].mean(), planes[1][trail].mean())) % 180
    assert angle == pytest.approx(120.0, abs=1.0)
    assert abs(np.median(planes[1][~trail])) < 0.2 * planes[1][~trail].std()
