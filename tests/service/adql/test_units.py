"""Factors between units against astropy.units, which reads VOUnits too."""

from __future__ import annotations

import warnings

import astropy.units as u
import pytest
from satvo.resources.catalogue import published_tables
from satvo.schemas.errors import BadParameter
from satvo.service.adql.units import factor

CONSTANTS = 1e-4
"""Relative: astropy takes other measurements of the mass of the Sun, the Rydberg and the u."""

PAIRS = [
    ("deg", "arcmin"), ("deg", "arcsec"), ("deg", "mas"), ("deg", "rad"), ("rad", "deg"),
    ("arcsec", "uarcsec"), ("km", "m"), ("km", "AU"), ("AU", "pc"), ("pc", "lyr"),
    ("m", "Angstrom"),
    ("um", "nm"), ("nm", "angstrom"), ("d", "s"), ("yr", "d"), ("a", "h"), ("h", "min"),
    ("km.s**-1", "m/s"), ("km/s", "AU/yr"), ("deg/yr", "mas.yr**-1"), ("d**-1", "Hz"),
    ("deg**2", "sr"), ("sr", "arcsec**2"), ("Jy", "mJy"), ("Jy", "W.m**-2.Hz**-1"),
    ("erg", "J"), ("eV", "keV"), ("keV", "J"), ("erg.s**-1.cm**-2", "W/m**2"),
    ("solLum", "W"), ("solRad", "km"), ("solMass", "kg"), ("g", "kg"), ("u", "kg"), ("Ry", "eV"),
    ("T", "G"), ("V", "kg.m**2.s**-3.A**-1"), ("Ohm", "V/A"), ("F", "C/V"), ("H", "Wb/A"),
    ("Pa", "N.m**-2"), ("lx", "lm.m**-2"), ("barn", "cm**2"), ("mag", "mmag"), ("byte", "bit"),
    ("kbyte", "bit"), ("Kibyte", "byte"), ("km**2", "m**2"), ("m**(1/2)", "cm**(0.5)"),
    ("10**3m", "km"), ("1000m", "km"), ("m**3.s**-2", "km**3/s**2"), ("dam", "dm"), ("Mpc", "kpc"),
    ("K", "mK"), ("mol", "mmol"), ("cd", "mcd"), ("adu", "adu"), ("pix", "pixel"), ("ph", "photon"),
    ("C", "A.s"), ("S", "Ohm**-1"), ("Wb", "V.s"), ("N", "g.m.s**-2"), ("ct/s", "count.s**-1"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), PAIRS)
def test_factor_is_that_of_astropy(given: str, wanted: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", u.UnitsWarning)  # Angstrom and erg are deprecated
        expected = u.Unit(given, format="vounit").to(u.Unit(wanted, format="vounit"))
    measured = {"solMass", "u", "Ry"} & {given, wanted}
    assert factor(given, wanted) == pytest.approx(expected, rel=CONSTANTS if measured else 1e-12)
    assert factor(wanted, given) == pytest.approx(1 / factor(given, wanted), rel=1e-14)


@pytest.mark.parametrize(
    "unit",
    ["foo", "m//s", "m..s", "/s", "s/", "m/s/h", "m^2", "m*s", "**", "m**x", "kkm", "mmin", "(m)",
     "µm", "Deg", "km s", " m", "m**(1/0)", "Kim", "m**9999", "m**0.5", "uas"],
)  # fmt: skip
def test_what_is_no_unit_is_refused(unit: str) -> None:
    with pytest.raises(BadParameter, match=r"is not a unit|cannot be converted"):
        factor("m", unit)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("deg", "kg"),
        ("m", "s"),
        ("m", "m**2"),
        ("mag", "Jy"),
        ("m/s", "m"),
        ("adu", "ct"),
        ("s", "Hz"),
    ],
)
def test_units_of_different_things_are_refused(given: str, wanted: str) -> None:
    with pytest.raises(BadParameter, match="cannot be converted to"):
        factor(given, wanted)


@pytest.mark.parametrize("wanted", ["", "%", "3", "m/km"])
def test_no_unit_is_none_to_convert_to(wanted: str) -> None:
    with pytest.raises(BadParameter, match="without unit"):
        factor("m", wanted)


def test_every_published_unit_can_be_converted() -> None:
    units = {str(col.info["unit"]) for table in published_tables() for col in table.columns} - {""}
    assert units
    for unit in units:
        assert factor(unit, unit) == 1.0
