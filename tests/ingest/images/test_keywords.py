"""What headers say is found whatever they call it, and nothing is made up."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time
from made_up_images import cube, polarimetric, spectrum
from satvo.ingest.images.bands import band_of
from satvo.ingest.images.reading import read_image

SECOND = 1 / 86400

Cards = dict[str, Any]


def read(cards: Cards, shape: tuple[int, ...] = (4, 4), **comments: str) -> dict[str, Any]:
    """What is found of an image with these cards and comments."""
    header = fits.Header([(key, value, comments.get(key, "")) for key, value in cards.items()])
    whole = io.BytesIO()
    fits.PrimaryHDU(np.ones(shape, np.float32), header).writeto(whole)
    return found_in(whole.getvalue())


def found_in(content: bytes) -> dict[str, Any]:
    """All columns that are found, and the messages."""
    about = {"name": "x.fits", "most_bytes": 2**30}
    found = read_image(about, io.BytesIO(content), io.BytesIO())
    texts = [text for _, text in found["messages"]]
    return {**found["obscore"], **found["dataproduct"], "texts": texts}


def mjd(text: str, scale: str = "utc") -> float:
    """The MJD in UTC, by astropy."""
    return float(Time(text, scale=scale).utc.mjd)


@pytest.mark.parametrize(
    ("cards", "comments", "start"),
    [
        ({"DATE-OBS": "2026-03-20T03:00:00.5"}, {}, mjd("2026-03-20T03:00:00.5")),
        ({"DATE-OBS": "2026-03-20T03:00:00", "TIMESYS": "TAI"}, {}, mjd("2026-03-20T02:59:23")),
        (
            {"DATE-OBS": "2026-03-20T03:00:00", "TIMESYS": "TT"},
            {},
            mjd("2026-03-20T03:00:00", "tt"),
        ),
        (
            {"DATE-OBS": "2026-03-20T03:00:00", "TIMESYS": "GPS"},
            {},
            mjd("2026-03-20T02:59:42"),
        ),
        (
            {"DATE-OBS": "2026-03-20T03:00:00", "TIMESYS": "TAI"},
            {"DATE-OBS": "start (UTC)"},
            mjd("2026-03-20T03:00:00"),
        ),
        ({"DATE-OBS": "2016-12-31T23:59:60.5"}, {}, 57753 + 86400.5 / 86401),
        ({"DATE-OBS": "2026-03-20", "TIME-OBS": "03:00:00"}, {}, mjd("2026-03-20T03:00:00")),
        ({"DATE-OBS": "2026-03-20", "UT": " 03:00:00 "}, {}, mjd("2026-03-20T03:00:00")),
        (
            {"DATE-OBS": "2026-03-20", "UT": "03:00:00", "MJD-OBS": 61119.0},
            {},
            mjd("2026-03-20T03:00:00"),
        ),
        ({"MJD-OBS": 61119.125}, {}, 61119.125),
        ({"JD": 2461119.625}, {}, 61119.125),
        ({"DATE-AVG": "2026-03-20T03:00:30", "EXPTIME": 60.0}, {}, mjd("2026-03-20T03:00:00")),
        (
            {"DATE-OBS": "2026-03-20T03:00:30", "EXPTIME": 60.0},
            {"DATE-OBS": "UTC midpoint of exposure"},
            mjd("2026-03-20T03:00:00"),
        ),
        (
            {"DATE-END": "2026-03-20T03:01:00", "EXPTIME": 60.0},
            {},
            mjd("2026-03-20T03:00:00"),
        ),
    ],
)
def test_the_start_is_told_in_utc(cards: Cards, comments: dict[str, str], start: float) -> None:
    """To 10 us, by astropy's time scales."""
    header = {"EXPTIME": 10.0, **cards}
    found = read(header, **comments)
    assert found["t_min"] == pytest.approx(start, abs=1e-10)
    assert found["t_max"] >= found["t_min"] + (header["EXPTIME"] - 0.01) * SECOND


@pytest.mark.parametrize(
    "cards",
    [
        {"DATE-OBS": "2026-03-20"},
        {"DATE-OBS": "20/03/26"},
        {"DATE-OBS": "2026-02-30T00:00:00"},
        {"DATE-OBS": "2026-03-20T25:00:00"},
        {"DATE-OBS": "UNKNOWN"},
        {"DATE-OBS": "2026-03-20T03:00:00", "TIMESYS": "LOCAL"},
        {"MJD-OBS": 0.0},
        {"DATE-AVG": "2026-03-20T03:00:00"},
        {"DATE": "2026-03-20T03:00:00"},
    ],
)
def test_a_start_that_is_not_told_is_not_made_up(cards: Cards) -> None:
    found = read(cards)
    assert found["t_min"] is None
    assert found["t_max"] is None


def test_instants_that_disagree_are_told() -> None:
    found = read({"DATE-OBS": "2026-03-20T03:00:00", "MJD-OBS": 61119.2})
    assert found["t_min"] == pytest.approx(61119.125)
    assert any("MJD-OBS is 6480 s off DATE-OBS" in text for text in found["texts"])


@pytest.mark.parametrize(
    ("cards", "comments", "site"),
    [
        (
            {"OBSGEO-X": 1815200.221, "OBSGEO-Y": -5213900.700, "OBSGEO-Z": -3187561.361},
            {},
            (-70.804627, -30.167654, 2201.0),
        ),
        ({"OBSGEO-L": 10.0, "OBSGEO-B": 20.0, "OBSGEO-H": 30.0}, {}, (10.0, 20.0, 30.0)),
        (
            {"SITELONG": "-70 44 12", "SITELAT": "-30:14:24.0", "SITEELEV": 2722},
            {},
            (-70.7366667, -30.24, 2722.0),
        ),
        (
            {"LONGITUD": 111.6, "LATITUDE": 31.96, "HEIGHT": 2120.0},
            {"LONGITUD": "[deg] west positive"},
            (-111.6, 31.96, 2120.0),
        ),
        ({"SITELONG": "111:36:00 W", "SITELAT": "31 S"}, {}, (-111.6, -31.0, None)),
        ({"OBS-LONG": 70.8, "OBS-LAT": -30.2, "OBS-ELEV": 2215.0}, {}, (None, -30.2, 2215.0)),
        ({"OBSGEO-X": 1.0, "OBSGEO-Y": 2.0, "OBSGEO-Z": 3.0}, {}, (None, None, None)),
        ({"TELALT": 45.0}, {}, (None, None, None)),
        ({"TELALT": 2198.0}, {"TELALT": "telescope altitude (m)"}, (None, None, 2198.0)),
        ({"TELESCOP": "Subaru"}, {}, (None, None, None)),
    ],
)
def test_the_site_is_told_to_the_east(
    cards: Cards, comments: dict[str, str], site: tuple[float | None, ...]
) -> None:
    found = read(cards, **comments)
    told = (found["site_lon"], found["site_lat"], found["site_height"])
    assert told == pytest.approx(site, abs=2e-3)


@pytest.mark.parametrize(
    ("cards", "comments", "column", "value"),
    [
        ({"FILTER1": "gp", "FILTER2": "NOTPRESENT"}, {}, "filter_name", "gp"),
        ({"FILTER1": "GG455_G0329", "FILTER2": "open2-8"}, {}, "filter_name", "GG455_G0329"),
        ({"FILTER1": "Clear", "FILTER2": "Open"}, {}, "filter_name", "Clear"),
        ({"FILTER": 3}, {}, "filter_name", None),
        ({"FILTER": "N/A"}, {}, "filter_name", None),
        ({"GAIN": 0.0}, {}, "gain", None),
        ({"GAIN": 0.5}, {"GAIN": "[ADU/electron] gain"}, "gain", 2.0),
        ({"EGAIN": 0.25}, {"EGAIN": "[e-/ADU]"}, "gain", 0.25),
        ({"GAINA": 4.0, "GAINB": 5.0}, {}, "gain", 4.5),
        ({"FOCALLEN": 1200.0}, {}, "focal_length", 1.2),
        ({"FOCALLEN": 2.0}, {"FOCALLEN": "[m] focal length"}, "focal_length", 2.0),
        ({"APTDIA": 300}, {}, "aperture", 0.3),
        ({"APERTURE": 8}, {}, "aperture", None),
        ({"EXPTIME": "53.907456"}, {}, "t_exptime", 53.907456),
        ({"EXPTIME": 500.0}, {"EXPTIME": "[ms] exposure"}, "t_exptime", 0.5),
        ({"EXPTIME": -1.0}, {}, "t_exptime", None),
        ({"EXPTIME": 0.0, "IMAGETYP": "Bias Frame"}, {}, "dataproduct_subtype", "bias"),
        ({"BUNIT": "nanomaggy"}, {}, "zero_point", 22.5),
        ({"BUNIT": "uJy"}, {}, "zero_point", 23.9),
        ({"BUNIT": "adu"}, {}, "zero_point", None),
        ({"BUNIT": "electron/s"}, {}, "o_ucd", "arith.rate;phot.count"),
        ({"BUNIT": "furlong"}, {}, "o_ucd", None),
        ({"MAGZPT": 25.1}, {"MAGZPT": "AB zero point"}, "zero_point_system", "AB"),
        ({"SECPIX": 0.4}, {}, "s_pixel_scale", 0.4),
    ],
)
def test_items_are_found_by_their_synonyms(
    cards: Cards, comments: dict[str, str], column: str, value: Any
) -> None:
    assert read(cards, **comments).get(column) == (
        pytest.approx(value) if isinstance(value, float) else value
    )


@pytest.mark.parametrize("name", ["R", "B", "I", "L", "y", "Clear", "Ha", "GG455_G0329", "3"])
def test_names_that_mean_several_bands_tell_none(name: str) -> None:
    assert band_of(name) is None


def test_a_decam_filter_tells_its_own_band() -> None:
    """Effective wavelength and width stand in its name, in Angstrom."""
    assert band_of("g DECam SDSS c0001 4720.0 1520.0") == pytest.approx((396e-9, 548e-9))


def test_a_spectrum_in_air_is_told_in_vacuum() -> None:
    """Air of 500 nm is 500.1395 nm in vacuum (Morton 1991)."""
    found = found_in(spectrum())
    assert (found["dataproduct_type"], found["em_xel"]) == ("spectrum", 200)
    assert found["em_min"] == pytest.approx(399.5e-9 * 1.00028262, rel=1e-7)
    assert found["em_max"] == pytest.approx(599.5e-9 * 1.00027701, rel=1e-7)
    assert "s_xel1" not in found or found["s_xel1"] is None


def test_cubes_tell_their_third_axis() -> None:
    found = found_in(cube())
    assert (found["dataproduct_type"], found["em_xel"], found["s_xel1"]) == ("cube", 10, 64)
    assert (found["em_min"], found["em_max"]) == pytest.approx((497.5e-9, 547.5e-9))
    polarised = found_in(polarimetric())
    assert (polarised["pol_states"], polarised["pol_xel"]) == ("/I/Q/U/V/", 4)


def test_radio_cubes_tell_wavelengths() -> None:
    cards = {"CTYPE3": "FREQ", "CUNIT3": "GHz", "CRVAL3": 1.4, "CRPIX3": 1.0, "CDELT3": 0.1}
    found = read(cards, (3, 4, 4))
    assert found["em_min"] == pytest.approx(299792458.0 / 1.65e9)
    assert found["em_max"] == pytest.approx(299792458.0 / 1.35e9)


def test_a_grating_in_the_way_makes_a_spectrum_of_two_axes() -> None:
    assert read({"GRATING": "R400+_G5325"})["dataproduct_type"] == "spectrum"
    assert read({"GRATING": "MIRROR"})["dataproduct_type"] == "image"
    assert read({"DISPAXIS": 1})["dataproduct_type"] == "spectrum"
