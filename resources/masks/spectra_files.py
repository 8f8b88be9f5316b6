"""Spectra of FITS files, measured for satellites' sunlight, and the table that tells of it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.spectra import NIGHT_NM, Contamination, contamination, contaminations
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.ingest.images.units import Unit

__all__ = ["FileSpectra", "MeasuredSpectrum", "measure_spectra", "read_spectra", "spectra_table"]

Floats = NDArray[np.float64]

_MOST_BYTES = 1 << 30
_ERRORS = ("ERR", "SIG", "STD", "UNC", "RMS")
_VARIANCES = ("VAR",)
_INVERSE = ("IVAR",)

_COLUMNS = (
    ("unit", "int32", "", "Unit of the file, from 0"),
    ("row", "int32", "", "Row of the unit, from 1: the fibre, or the place along the slit"),
    ("found", "bool", "", "Whether sunlight of a satellite is in it"),
    ("fraction", "float64", "", "Share of its light that is sunlight"),
    ("fraction_error", "float64", "", "Standard deviation of that"),
    ("amplitude", "float64", "", "Mean flux of the sunlight, in the unit of the file"),
    ("amplitude_error", "float64", "", "Standard deviation of that"),
    ("snr", "float64", "", "Amplitude by its error"),
    ("velocity", "float64", "km/s", "At which the lines fit best, away from us positive"),
    ("velocity_error", "float64", "km/s", "Standard deviation of that"),
    ("agreement", "float64", "", "Probability of lines that disagree so, if all are the Sun's"),
    ("chi2_dof", "float64", "", "Of the fit"),
)


@dataclass(frozen=True, eq=False)
class FileSpectra:
    """The spectra of one unit of a file.

    Attributes
    ----------
    unit : int
        From 0.
    wavelength_nm : ndarray (n,)
        In vacuum, increasing.
    flux : ndarray (rows, n)
    error : ndarray (rows, n), optional
        Where the file has a plane of errors, variances or inverse variances beside it.
    """

    unit: int
    wavelength_nm: Floats
    flux: Floats
    error: Floats | None = None


@dataclass(frozen=True, eq=False)
class MeasuredSpectrum:
    """Unit (from 0) and row (from 1) of a file, and what was found there."""

    unit: int
    row: int
    told: Contamination


def read_spectra(path: Path) -> tuple[FileSpectra, ...]:
    """The spectra of a FITS file: images of one or two axes, the first of them spectral.

    Raises
    ------
    BadParameter, UnknownFormat, LimitExceeded
        If the file cannot be read, or holds no spectrum whose wavelengths are told.
    """
    from satvo.ingest.images.axes import kind_of_axis
    from satvo.ingest.images.units import open_units

    try:
        stream = path.open("rb")
    except OSError as err:
        raise BadParameter(f"{path}: cannot be read: {err.strerror}") from err
    with stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of them is checked and told
        with open_units(stream, str(path), most_bytes=_MOST_BYTES) as units:
            images = [unit for unit in units if unit.shape and not unit.is_plane]
            found = [
                _spectra(unit, units)
                for unit in images
                if len(unit.shape) < 3 and kind_of_axis(unit.header, 1) == "spectral"
            ]
    if not found:
        raise BadParameter(
            f"{path}: holds no spectrum; an image whose first axis is spectral by its WCS (CTYPE1 "
            "WAVE, AWAV or FREQ) is accepted, one spectrum a row"
        )
    return tuple(found)


def measure_spectra(
    path: Path,
    *,
    reference: Path | None = None,
    fwhm_nm: float | None = None,
    calibrated: bool = True,
    leave_out: Sequence[tuple[float, float]] = NIGHT_NM,
) -> tuple[MeasuredSpectrum, ...]:
    """Measure the sunlight in all spectra of a file, those of one unit beside each other.

    Parameters
    ----------
    path : Path
    reference : Path, optional
        The same spectra without the satellite.
    fwhm_nm, calibrated, leave_out
        As of `satvo.resources.masks.spectra.contamination`.

    Raises
    ------
    BadParameter, UnknownFormat, LimitExceeded
        As `read_spectra` and `contamination`; if the reference has other spectra.
    """
    of_file = read_spectra(path)
    clean: Sequence[FileSpectra | None] = [None] * len(of_file)
    if reference is not None:
        again = read_spectra(reference)
        if [each.flux.shape for each in of_file] != [each.flux.shape for each in again]:
            raise BadParameter(f"{reference}: has other spectra than {path}; give the same")
        clean = again
    told: dict[str, Any] = {"fwhm_nm": fwhm_nm, "calibrated": calibrated, "leave_out": leave_out}
    measured = []
    for spectra, pair in zip(of_file, clean, strict=True):
        if pair is None:
            results = contaminations(spectra.wavelength_nm, spectra.flux, spectra.error, **told)
        else:
            results = tuple(_beside(spectra, pair, row, told) for row in range(len(spectra.flux)))
        measured += [
            MeasuredSpectrum(spectra.unit, row, each) for row, each in enumerate(results, 1)
        ]
    return tuple(measured)


def spectra_table(measured: Sequence[MeasuredSpectrum], about: dict[str, Any]) -> bytes:
    """What was measured as ECSV, a row a spectrum.

    Parameters
    ----------
    measured : sequence of MeasuredSpectrum
    about : dict
        Its meta.
    """
    from satvo.resources.images.simulator.written import ecsv

    rows = []
    for each in measured:
        told = each.told
        rows.append({
            "unit": each.unit, "row": each.row, "found": told.found, "fraction": told.fraction,
            "fraction_error": told.fraction_error, "amplitude": told.amplitude,
            "amplitude_error": told.error, "snr": told.snr, "velocity": told.velocity_km_s,
            "velocity_error": told.velocity_error_km_s, "agreement": told.agreement,
            "chi2_dof": told.chi2_dof,
        })  # fmt: skip
    return ecsv(_COLUMNS, rows, about)


def _spectra(unit: Unit, units: Sequence[Unit]) -> FileSpectra:
    from satvo.ingest.images.axes import wavelengths_m

    flux = _rows(unit)
    nm = 1e9 * wavelengths_m(unit.header, 1, np.arange(1.0, flux.shape[1] + 1.0))
    error = next((_errors(each, flux) for each in units if _is_error(each, unit)), None)
    if nm[0] > nm[-1]:
        nm, flux = nm[::-1], flux[:, ::-1]
        error = None if error is None else error[:, ::-1]
    return FileSpectra(unit.number, nm, flux, error)


def _rows(unit: Unit) -> Floats:
    return np.atleast_2d(np.asarray(unit.hdu.data, dtype=np.float64).reshape(unit.shape))


def _is_error(plane: Unit, unit: Unit) -> bool:
    name = str(plane.hdu.name).upper()
    return plane.shape == unit.shape and name.startswith((*_ERRORS, *_VARIANCES, *_INVERSE))


def _errors(plane: Unit, flux: Floats) -> Floats:
    values, name = _rows(plane), str(plane.hdu.name).upper()
    with np.errstate(divide="ignore", invalid="ignore"):
        if name.startswith(_INVERSE):
            values = 1.0 / np.sqrt(values)
        elif name.startswith(_VARIANCES):
            values = np.sqrt(values)
    return np.where(np.isfinite(values) & (values > 0.0), values, np.nan)


def _beside(
    spectra: FileSpectra, clean: FileSpectra, row: int, told: dict[str, Any]
) -> Contamination:
    return contamination(
        spectra.wavelength_nm, spectra.flux[row],
        None if spectra.error is None else spectra.error[row], reference=clean.flux[row],
        reference_error=None if clean.error is None else clean.error[row], **told,
    )  # fmt: skip
