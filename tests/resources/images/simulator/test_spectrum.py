"""Bands and spectra, against published zero points and the colours of Vega and the Sun."""

from __future__ import annotations

import time

import numpy as np
import pytest
from satvo.resources.brightness.bands import colour
from satvo.resources.images.simulator.passbands import BANDS, passband
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.schemas.errors import BadParameter

PLANCK = 6.62607015e-34

# Jy of magnitude 0. U to I: Bessell, Castelli, Plez 1998, A&A 333, 231, table A2; J to K: Cohen,
# Wheaton, Megeath 2003, AJ 126, 1090, table 1; G, BP, RP: 3631 Jy, and the AB and Vega zero points
# of Riello et al. 2021, A&A 649, A3 (25.8010 and 25.6874; 25.3540 and 25.3385; 25.1040 and
# 24.7479).
ZERO_JY = {
    "U": 1790.0, "B": 4063.0, "V": 3636.0, "R": 3064.0, "I": 2416.0, "J": 1594.0, "H": 1024.0,
    "K": 666.7, "G": 3270.3, "BP": 3579.5, "RP": 2615.7,
}  # fmt: skip

# Of Vega on these systems: 0.03 (Bessell, Castelli, Plez 1998; Riello et al. 2021), 0 (2MASS).
VEGA_MAG = dict.fromkeys(("U", "B", "V", "R", "I", "G", "BP", "RP"), 0.03)
VEGA_MAG |= dict.fromkeys(("J", "H", "K"), 0.0)


@pytest.mark.parametrize("band", ZERO_JY)
def test_vegas_spectrum_gives_the_photons_of_the_published_zero_point(band: str) -> None:
    """The absolute spectrum of CALSPEC through the curve, made magnitude 0: within 2 %."""
    counted = Spectrum.vega().photons(band) * 10.0 ** (0.4 * VEGA_MAG[band])
    curve = passband(band)
    nm = np.arange(curve.wavelength_nm[0], curve.wavelength_nm[-1], 0.1)
    response = np.interp(nm, curve.wavelength_nm, curve.response)
    published = ZERO_JY[band] * 1e-26 / PLANCK * np.trapezoid(response / nm, nm)
    assert counted == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize("band", ["u", "g", "r", "i", "z"])
def test_a_flat_spectrum_of_ab_magnitude_0_has_the_photons_of_3631_jy(band: str) -> None:
    """1.51e7 photons/s/m2 by Jy and unit of d(ln lambda), the usual rule: within 0.2 %."""
    curve = passband(band)
    nm = np.arange(curve.wavelength_nm[0], curve.wavelength_nm[-1], 0.1)
    response = np.interp(nm, curve.wavelength_nm, curve.response)
    rule = 1.51e7 * 3631.0 * np.trapezoid(response / nm, nm)
    assert Spectrum.ab(0.0).photons(band) == pytest.approx(rule, rel=2e-3)


def test_a_star_of_v_0_sends_about_1000_photons_by_cm2_and_angstrom() -> None:
    """Bessell, Castelli, Plez 1998: 363.1e-11 erg/s/cm2/A at 545 nm are 996 photons; 3 %."""
    nm = np.linspace(470.0, 700.0, 2301)
    width = np.trapezoid(np.interp(nm, passband("V").wavelength_nm, passband("V").response), nm)
    by_cm2_and_angstrom = Spectrum.vega(0.0, "V").photons("V") / 1e4 / (10.0 * width)
    assert by_cm2_and_angstrom == pytest.approx(996.0, rel=0.03)


@pytest.mark.parametrize(
    ("band", "mag"),
    [
        ("B", -26.13), ("V", -26.76), ("R", -27.15), ("I", -27.47), ("J", -27.90), ("H", -28.25),
        ("K", -28.30), ("G", -26.90), ("BP", -26.58), ("RP", -27.39),
        ("g", -26.47), ("r", -26.93), ("i", -27.05), ("z", -27.07),
    ],
)  # fmt: skip
def test_sunlight_has_the_suns_magnitudes(band: str, mag: float) -> None:
    """Apparent at 1 au, Vega and AB: Willmer 2018, ApJS 236, 47, table 3; within 0.04 mag."""
    assert Spectrum.solar().mag(band) == pytest.approx(mag, abs=0.04)


@pytest.mark.parametrize("band", ["B", "R", "G", "g", "r", "i", "z"])
def test_sunlight_agrees_with_the_colours_that_satellites_are_given(band: str) -> None:
    """Their tables differ by up to 0.04 mag."""
    sun = Spectrum.solar(mag=5.0, band="V")
    assert sun.mag(band) - 5.0 == pytest.approx(colour(band), abs=0.045)


def test_blackbodies_follow_plancks_law_and_cross_the_suns_colour() -> None:
    """Ratio of photons in two narrow bands, by the law's closed form: 1e-4."""
    hot = Spectrum.blackbody(5772.0, mag=0.0)
    ratio = hot.photons((449.9, 450.1)) / hot.photons((699.9, 700.1))
    second = 1.438776877e-2  # m K

    def photons(nm: float) -> float:
        return float((nm * 1e-9) ** -4 / np.expm1(second / (nm * 1e-9 * 5772.0)))

    assert ratio == pytest.approx(photons(450.0) / photons(700.0), rel=1e-4)
    cool, warm = (Spectrum.blackbody(kelvin, mag=0.0) for kelvin in (4000.0, 9000.0))
    assert cool.mag("B") > hot.mag("B") > warm.mag("B")


@pytest.mark.parametrize("band", [*BANDS, (500, 600), [8000.0, 12000.0]])
def test_a_spectrum_has_the_magnitude_it_was_given(band: str) -> None:
    """To 1e-9 mag, and five magnitudes are a factor of 100."""
    for made in (
        Spectrum.blackbody(300.0, mag=7.5, band=band), Spectrum.ab(7.5).with_mag(7.5, band)
    ):  # fmt: skip
        assert made.mag(band) == pytest.approx(7.5, abs=1e-9)
        assert made.dimmed(5.0).photons(band) == pytest.approx(made.photons(band) / 100.0)


def test_photons_of_many_stars_are_those_of_each() -> None:
    """Of one colour, magnitudes of V through r; NaN stays NaN."""
    star = Spectrum.solar(mag=3.0)
    mags = np.array([0.0, 7.3, np.nan])
    light = star.photons_of_mag(mags, "r", of="V")
    assert light[1] == pytest.approx(Spectrum.solar(mag=7.3, band="V").photons("r"))
    assert np.isnan(light).tolist() == [False, False, True]


def test_ten_thousand_spectra_of_few_colours_are_integrated_once() -> None:
    """Below 0.5 s of processor time, where each integral alone takes 20 us and a table 100."""
    Spectrum.blackbody(5000.0, mag=1.0).photons("r")
    began = time.process_time()
    total = sum(Spectrum.blackbody(5000.0, mag=0.001 * n).photons("r") for n in range(10_000))
    assert total > 0.0
    assert time.process_time() - began < 0.5


def test_a_table_is_taken_as_it_is_or_brought_to_a_magnitude() -> None:
    """W/m2/nm: 1e-12 from 400 to 700 nm are as many photons as their energy says; 1e-6."""
    table = Spectrum.tabulated([400.0, 700.0], [1e-12, 1e-12])
    energy = 1e-12 * 1e-9 / (PLANCK * 2.99792458e8) * (700.0**2 - 400.0**2) / 2.0
    assert table.photons((300, 800)) == pytest.approx(energy, rel=1e-2)
    assert table.photons((400, 700)) == pytest.approx(energy, rel=1e-6)
    assert table.mag("K") == np.inf
    assert Spectrum.tabulated([400.0, 700.0], [5.0, 5.0], mag=9.0).mag("V") == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: passband("Y"), "U, B, V, R, I"),
        (lambda: passband((700, 500)), "the shorter first"),
        (lambda: passband((500,)), "two wavelengths"),
        (lambda: passband((float("nan"), 500.0)), "the shorter first"),
        (lambda: Spectrum.blackbody(0.0, mag=1.0), "100 to 1e"),
        (lambda: Spectrum.blackbody(5000.0, mag=float("nan")), "magnitude nan"),
        (lambda: Spectrum.ab(float("inf")), "magnitude inf"),
        (lambda: Spectrum.tabulated([1.0, 2.0], [1.0]), "one length"),
        (lambda: Spectrum.tabulated([2.0, 1.0], [1.0, 1.0]), "increase"),
        (lambda: Spectrum.tabulated([1.0, 2.0], [-1.0, 1.0]), "from 0"),
        (
            lambda: Spectrum.tabulated([400.0, 500.0], [1.0, 1.0], mag=1.0, band="K"),
            "without light",
        ),
    ],
)
def test_what_is_no_spectrum_is_told(make: object, told: str) -> None:
    """What was given, and what is accepted."""
    with pytest.raises(BadParameter, match=told):
        make()  # type: ignore[operator]
