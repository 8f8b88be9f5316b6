"""BAND, TIME and POL on axes of cubes, and on products that have none."""

from __future__ import annotations

from typing import Any

import astropy.units as u
import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from cutting_files import cut_of, file_of, tan_cards, whole_numbers
from satvo.schemas.errors import BadParameter

CUBE = whole_numbers((40, 12, 15), "i2")
SPECTRA: dict[str, dict[str, Any]] = {
    "WAVE": {"CTYPE3": "WAVE", "CUNIT3": "nm", "CRVAL3": 500.0, "CD3_3": 2.0, "CRPIX3": 1.0},
    "AWAV": {"CTYPE3": "AWAV", "CUNIT3": "Angstrom", "CRVAL3": 5000.0, "CD3_3": 20.0,
             "CRPIX3": 1.0},
    "FREQ": {"CTYPE3": "FREQ", "CUNIT3": "THz", "CRVAL3": 500.0, "CD3_3": -1.0, "CRPIX3": 20.0},
    "VRAD": {"CTYPE3": "VRAD", "CUNIT3": "km/s", "CRVAL3": 0.0, "CD3_3": 10.0, "CRPIX3": 20.0,
             "RESTFRQ": 1.42040575e9},
}  # fmt: skip


def cube(cards: dict[str, Any], pixels: Any = CUBE) -> bytes:
    header = fits.Header(list((tan_cards(83.8, -5.4, crpix=(8.0, 6.0)) | cards).items()))
    return file_of(fits.PrimaryHDU(pixels, header))


def wavelengths(name: str, pixels: Any) -> Any:
    """Of FITS pixels of the third axis, m in vacuum: the formulae themselves, without wcslib."""
    cards = SPECTRA[name]
    values = cards["CRVAL3"] + (np.asarray(pixels) - cards["CRPIX3"]) * cards["CD3_3"]
    if name == "FREQ":
        return 299_792_458.0 / (values * 1e12)
    if name == "VRAD":
        return 299_792_458.0 / (cards["RESTFRQ"] * (1 - values * 1e3 / 299_792_458.0))
    if name == "WAVE":
        return values * 1e-9
    metres = values * 1e-10
    sigma = (1e-6 / metres) ** 2
    # Greisen et al. 2006, equation 65: the index of refraction of dry air
    return metres * (1 + 1e-6 * (287.6155 + 1.62887 * sigma + 0.01360 * sigma**2))


@pytest.mark.parametrize("name", ["WAVE", "FREQ", "VRAD", "AWAV"])
def test_a_band_cuts_the_channels_that_it_touches(name: str) -> None:
    ends = np.sort(wavelengths(name, [10.7, 19.2]))
    answer, units = cut_of(cube(SPECTRA[name]), BAND=f"{ends[0]:.12g} {ends[1]:.12g}")
    assert units is not None
    assert answer["cuts"][0]["box"] == [[1, 15], [1, 12], [11, 19]]
    assert np.array_equal(units[0].data, CUBE[10:19])
    before = WCS(fits.Header.fromstring(cube(SPECTRA[name])[:2880])).spectral
    after = WCS(units[0].header).spectral
    assert after.pixel_to_world_values(0.0) == pytest.approx(
        before.pixel_to_world_values(10.0), rel=1e-12
    )


def test_a_place_and_a_band_are_cut_together_and_outside_is_nothing() -> None:
    content = cube(SPECTRA["WAVE"])
    answer, units = cut_of(content, CIRCLE=f"83.8 -5.4 {2.2 / 3600}", BAND="5.1e-7 5.2e-7")
    assert units is not None
    assert answer["cuts"][0]["box"] == [[6, 10], [4, 8], [6, 11]]
    assert np.array_equal(units[0].data, CUBE[5:11, 3:8, 5:10])
    for nowhere in ("1e-7 2e-7", "6e-7 +Inf", "-Inf 4.98e-7"):
        assert cut_of(content, BAND=nowhere)[1] is None
    assert cut_of(content, BAND="-Inf +Inf")[0]["cuts"][0]["box"][2] == [1, 40]


def test_a_spectrum_of_one_axis_is_cut_by_band() -> None:
    cards = [(name.replace("3", "1"), value) for name, value in SPECTRA["WAVE"].items()]
    cards[3] = ("CDELT1", 2.0)
    content = file_of(fits.PrimaryHDU(whole_numbers((40,)), fits.Header(cards)))
    answer, units = cut_of(content, BAND="5.1e-7 5.1e-7")
    assert answer["cuts"][0]["box"] == [[6, 6]]
    assert units is not None
    assert WCS(units[0].header).wcs_pix2world([[0.0]], 0)[0, 0] == pytest.approx(5.1e-7)


@pytest.mark.parametrize("scale", ["UTC", "TAI", "TT"])
def test_a_time_axis_is_cut_by_time(scale: str) -> None:
    cards = {"CTYPE3": "TIME", "CUNIT3": "s", "CRVAL3": 0.0, "CD3_3": 10.0, "CRPIX3": 1.0,
             "MJDREF": 59000.0, "TIMESYS": scale}  # fmt: skip
    start = Time(59000.0, format="mjd", scale=scale.lower()).utc
    ends = [(start + seconds * u.s).mjd for seconds in (96.0, 143.0)]
    answer, _ = cut_of(cube(cards), TIME=f"{ends[0]:.10f} {ends[1]:.10f}")
    assert answer["cuts"][0]["box"][2] == [11, 15]


def test_states_of_polarisation_are_cut_with_those_between() -> None:
    cards = {"CTYPE3": "STOKES", "CRVAL3": 1.0, "CD3_3": 1.0, "CRPIX3": 1.0}
    content = cube(cards, CUBE[:4])
    answer, units = cut_of(content, POL=["Q", "V"])
    assert answer["cuts"][0]["box"][2] == [2, 4]
    assert units is not None
    assert units[0].header["CRVAL3"] + (1 - units[0].header["CRPIX3"]) == 2.0
    assert cut_of(content, POL="XX")[1] is None


KNOWN = {"em_min": 5e-7, "em_max": 6e-7, "t_min": 59000.0, "t_max": 59000.1, "pol_states": "/I/Q/"}


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ({"BAND": "5.5e-7 7e-7"}, True), ({"BAND": "6.1e-7 7e-7"}, False),
        ({"TIME": "58999 59000"}, True), ({"TIME": "59001 59002"}, False),
        ({"POL": "Q"}, True), ({"POL": "V"}, False),
    ],
)  # fmt: skip
def test_of_an_image_without_the_axis_it_is_all_or_nothing(
    asked: dict[str, str], there: bool
) -> None:
    content = file_of(fits.PrimaryHDU(whole_numbers((5, 6))))
    answer, _ = cut_of(content, known=KNOWN, **asked)
    assert [cut["box"] for cut in answer["cuts"]] == ([[[1, 6], [1, 5]]] if there else [])


def test_what_is_not_known_is_not_guessed() -> None:
    content = file_of(fits.PrimaryHDU(whole_numbers((5, 6))))
    with pytest.raises(BadParameter, match="wavelengths of this image are not known"):
        cut_of(content, BAND="5e-7 6e-7")
    with pytest.raises(BadParameter, match="times of this image are not known"):
        cut_of(content, TIME="59000 59001", known={"t_min": None, "t_max": None})
