"""The simulated cases: files, masks and truth, checked with numpy and astropy."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.recipes import made_up_cases
from satvo.resources.images.scenes.told import about_case, case_names, plan_of_case
from satvo.resources.images.simulator.exposure import MASK_BITS

CASES = {case.case_id: case for case in made_up_cases()}
ITEMS = (
    "SITELONG", "SITELAT", "SITEELEV", "DATE-OBS", "EXPTIME", "FILTER", "FOCALLEN", "APTDIA",
    "OPTICS", "GAIN", "RDNOISE",
)  # fmt: skip
"""Of the report's list of metadata (section 2.1), those that every header has."""
TARGETS = ("trail", "comet", "asteroid", "spike")


def opened(case: Case, part: str) -> fits.HDUList:
    return fits.open(io.BytesIO(case.products[part].content))


def pixels(case: Case, part: str) -> np.ndarray:
    """All detectors of a file as one row of arrays, float."""
    with opened(case, part) as units:
        arrays = [np.asarray(unit.data, float) for unit in units if unit.data is not None]
    return np.array(arrays)


# Cases


def test_there_are_cases_of_most_kinds_and_each_once() -> None:
    assert len(CASES) == 20
    having = {term for case in CASES.values() for term in case.terms}
    assert {
        "mosaic",
        "ifu",
        "polarimetry",
        "all-sky",
        "infrared",
        "crossing",
        "large-ccd-mosaic",
    } <= having
    # Nothing is claimed for what is not there.
    assert not having & {"radio", "user-supplied", "pass-retro"}


def test_a_case_is_what_its_description_makes() -> None:
    frame = pixels(CASES["sim-crossing"], "frame")[0]
    (made,) = plan_of_case("crossing").exposures(0)
    assert np.array_equal(frame, made.counts)
    for name in case_names():
        assert about_case(name).relevance


def test_the_same_files_are_made_again() -> None:
    for number, again in enumerate(made_up_cases()):
        if number % 4:
            continue
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
    # The pair is the same exposure without the trail, and OBJECT what is in the field.
    with opened(case, "pair") as units:
        assert units[0].header["DATE-OBS"] == header["DATE-OBS"]
        assert units[0].header["OBJECT"] == header["OBJECT"] != case.title


@pytest.mark.parametrize("name", CASES)
def test_frame_and_pair_have_the_same_noise_and_differ_by_the_trail(name: str) -> None:
    case = CASES[name]
    frame, pair, bits = (pixels(case, part) for part in ("frame", "pair", "mask"))
    bits = bits.astype(int)
    if "polarimetry" in case.terms:
        frame, pair = frame[:, 0], pair[:, 0]
    good = (bits & (MASK_BITS["saturated"] | MASK_BITS["bad pixel"])) == 0
    difference = (frame - pair)[good]
    marked = (bits & sum(MASK_BITS[kind] for kind in TARGETS))[good] > 0
    assert marked.any()
    noise = 1.4826 * np.median(np.abs(pair[good] - np.median(pair[good])))
    assert difference[marked].mean() > 0.1 * noise
    # Far from what is marked no photon of it arrives: there both are the same, count by count.
    # Out of focus it has most of a cube and of a slit.
    same = 0.2 if {"ifu", "slit-spectroscopy"} & set(case.terms) else 0.5
    assert np.mean(difference[~marked] == 0.0) > same
    # More light makes no pixel darker, but where a full one ran over into it.
    assert np.mean(difference < -1e-3 * noise) < 0.002


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
    # H alpha takes 0.40 nm; over 1.6 nm of resolution a dip of 0.20.
    assert spectrum[line] == pytest.approx(0.80 * beside, rel=0.06)


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
