"""Spectra in FITS files: the archive's own case of fibres, and files of others."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from satvo.resources.images.scenes.spectra import SPECTRA
from satvo.resources.masks.spectra_files import measure_spectra, read_spectra, spectra_table
from satvo.resources.masks.sunlight import sunlight_in
from satvo.schemas.errors import BadParameter

NM = np.linspace(480.0, 700.0, 300)
HIT = 24
"""Row of the fibre that the satellite crosses in the case `fibres`, from 1, as its truth says."""


@pytest.fixture(scope="module")
def fibres(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of the test case: 60 fibres, one of them crossed by a satellite of 4.5 mag."""
    folder = tmp_path_factory.mktemp("fibres")
    written = {}
    for part, product in SPECTRA["fibres"]().products.items():
        written[part] = folder / f"{part}.fits"
        written[part].write_bytes(product.content)
    return written


def spectrum(share: float = 0.0, seed: int = 1) -> Any:
    noise = np.random.default_rng(seed).normal(0.0, 4.0, len(NM))
    return 1000.0 * (1.0 - share) + 1000.0 * share * sunlight_in(NM, 1.5) + noise


def written(path: Path, flux: Any, *more: Any, **cards: Any) -> Path:
    header = fits.Header()
    step = float(NM[1] - NM[0])
    for key, value in {
        "CTYPE1": "WAVE", "CUNIT1": "nm", "CRPIX1": 1.0, "CRVAL1": float(NM[0]), "CDELT1": step,
        **cards,
    }.items():  # fmt: skip
        header[key] = value
    fits.HDUList([fits.PrimaryHDU(flux, header), *more]).writeto(path)
    return path


def test_the_crossed_fibre_of_the_archives_case_is_found(fibres: dict[str, Path]) -> None:
    measured = measure_spectra(fibres["frame"], fwhm_nm=2.2)
    assert len(measured) == 60
    assert [each.row for each in measured if each.told.found] == [HIT]
    clean = measure_spectra(fibres["pair"], fwhm_nm=2.2)
    assert not [each.row for each in clean if each.told.found]


def test_a_pair_of_exposures_tells_the_same(fibres: dict[str, Path]) -> None:
    measured = measure_spectra(fibres["frame"], reference=fibres["pair"], fwhm_nm=2.2)
    assert [each.row for each in measured if each.told.found] == [HIT]
    alone = measure_spectra(fibres["frame"], fwhm_nm=2.2)[HIT - 1].told
    beside = measured[HIT - 1].told
    assert abs(beside.fraction - alone.fraction) < 4.0 * np.hypot(
        beside.fraction_error, alone.fraction_error
    )


def test_one_axis_is_one_spectrum(tmp_path: Path) -> None:
    (measured,) = measure_spectra(written(tmp_path / "a.fits", spectrum(0.1)), fwhm_nm=1.5)
    assert (measured.unit, measured.row) == (0, 1)
    assert measured.told.found
    assert measured.told.fraction == pytest.approx(0.1, abs=0.02)


def test_wavelengths_in_air_and_by_the_other_way_are_read(tmp_path: Path) -> None:
    """In Angstrom, falling, and in air: H alpha comes to its place in vacuum."""
    step = float(NM[1] - NM[0])
    falling = written(
        tmp_path / "falling.fits", spectrum(0.1)[::-1].copy(), CUNIT1="Angstrom",
        CRVAL1=float(NM[-1]) * 10.0, CDELT1=-10.0 * step,
    )  # fmt: skip
    (read,) = read_spectra(falling)
    assert np.allclose(read.wavelength_nm, NM)
    assert np.allclose(read.flux[0], spectrum(0.1))
    in_air = written(tmp_path / "air.fits", spectrum(), CTYPE1="AWAV", CRVAL1=656.279, CRPIX1=1.0)
    assert read_spectra(in_air)[0].wavelength_nm[0] == pytest.approx(656.461, abs=0.002)


@pytest.mark.parametrize("kind", ["ERR", "VAR", "IVAR"])
def test_planes_of_errors_are_used(kind: str, tmp_path: Path) -> None:
    sigma = np.full(len(NM), 4.0)
    sigma[100:110] = np.inf
    plane = {"ERR": sigma, "VAR": sigma**2, "IVAR": sigma**-2.0}[kind]
    flux = spectrum(0.1)
    flux[100:110] = -5000.0
    path = written(tmp_path / "with.fits", flux, fits.ImageHDU(plane, name=kind))
    (measured,) = measure_spectra(path, fwhm_nm=1.5)
    assert measured.told.found
    assert not measured.told.used[100:110].any()
    assert measured.told.fraction == pytest.approx(0.1, abs=0.03)


def test_the_table_is_read_as_it_was_meant(tmp_path: Path) -> None:
    flux = np.array([spectrum(0.1 if row == 4 else 0.0, row) for row in range(8)])
    measured = measure_spectra(written(tmp_path / "a.fits", flux), fwhm_nm=1.5)
    table = Table.read(BytesIO(spectra_table(measured, {"file": "a.fits"})), format="ascii.ecsv")
    assert table["row"][table["found"]].tolist() == [5]
    assert table["velocity"].unit == "km/s"
    assert table.meta["file"] == "a.fits"
    assert all(table[name].info.description for name in table.colnames)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: fits.writeto(path, np.ones((50, 50))), "holds no spectrum"),
        (lambda path: written(path, np.ones(300), CTYPE1="ENER"), "not read here"),
        (lambda path: written(path, np.ones(300), CDELT1=0.0), "not all of its WCS"),
        (lambda path: written(path, np.ones(10)), "10 pixels"),
        (lambda path: path.write_bytes(b"no FITS"), "no FITS file"),
        (lambda path: None, "cannot be read"),
    ],
    ids=["image", "energies", "no-step", "short", "text", "absent"],
)
def test_files_without_spectra_are_told(make: Any, said: str, tmp_path: Path) -> None:
    from satvo.schemas.errors import SatvoError

    path = tmp_path / "bad.fits"
    make(path)
    with pytest.raises(SatvoError, match=said):
        measure_spectra(path, fwhm_nm=1.5)


def test_a_reference_of_other_spectra_is_refused(tmp_path: Path) -> None:
    one = written(tmp_path / "one.fits", spectrum(0.1))
    two = written(tmp_path / "two.fits", np.array([spectrum(), spectrum(0.0, 2)]))
    with pytest.raises(BadParameter, match="other spectra"):
        measure_spectra(one, reference=two)
