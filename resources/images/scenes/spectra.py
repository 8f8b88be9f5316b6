"""Cases of spectra and cubes that a satellite has crossed and given the light of the Sun."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.assembly import assembled, facts_of, pixel_arcsec, told_of
from satvo.resources.images.scenes.frames import Frames, expected_light, frames_of
from satvo.resources.images.scenes.told import about_case
from satvo.resources.images.simulator.exposure import MASK_BITS
from satvo.resources.images.simulator.observing import spectrum_of
from satvo.resources.images.simulator.special.cubes import Layer, cube_of, exposed_planes
from satvo.resources.images.simulator.special.spectra import (
    Crossing,
    SlitImage,
    Spectra,
    Spectrograph,
)
from satvo.resources.images.simulator.special.sunlight import sunlight_photons
from satvo.resources.images.simulator.special.wavelengths import WavelengthAxis
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.written import ecsv, fits_file, trail_rows, truth_catalogue

__all__ = ["SPECTRA"]

Floats = NDArray[np.float64]

_FIRST_NM, _LAST_NM = 480.0, 930.0
_SKY_MAG = 21.0
_STAR_K = 5772.0
_CCD_PIXEL_UM = 15.0
_FIBRES, _HIT, _FIBRE_ARCSEC = 60, 23, 1.5
_SLIT_PX = 4.0
_SLIT_STAR_K = 6500.0
_CARDS = {"MAGZERO": None, "MAGSYS": None, "SKYMAG": None, "NSTARS": None}
"""Of a frame with filter, which spectra have not."""


def _ifu() -> Case:
    made = frames_of("ifu")
    axis = WavelengthAxis(*about_case("ifu").setup.band_nm, 120, fwhm_nm=1.6)
    rest = expected_light(made.alone)
    trail = np.maximum(expected_light(made.shot) - rest, 0.0)
    telescope, exposure_s = made.shot.telescope, made.frame.exposure_s
    sky = telescope.photons_per_second(Spectrum.ab(_SKY_MAG))
    sky *= pixel_arcsec(made.frame) ** 2 * exposure_s
    spectrograph = _spectrograph(made, axis)
    layers = [
        Layer(np.maximum(rest - sky, 0.0), _parts(axis, Spectrum.blackbody(_STAR_K, mag=0.0))),
        Layer(
            np.full(rest.shape, pixel_arcsec(made.frame) ** 2 * exposure_s),
            spectrograph.sky_photons(),
        ),
    ]
    sun = Spectrum.solar(mag=0.0)
    lit = Layer(trail, sunlight_photons(axis, sun) / axis.photons(sun).sum())
    cards = {**made.frame.wcs_cards, **axis.cards(3)}
    return _assembled(
        made, axis, "cube", (cube_of([lit]), cube_of(layers)), cards,
        truth=truth_catalogue(made.frame), trails=trail_rows(made.frame),
    )  # fmt: skip


def _fibres() -> Case:
    made = frames_of("fibres")
    axis = WavelengthAxis(_FIRST_NM, _LAST_NM, 400, fwhm_nm=2.2)
    random = np.random.default_rng(32)
    targets: list[Spectrum | None] = []
    for number in range(_FIBRES):
        kelvin, mag = random.uniform(3500.0, 8000.0), random.uniform(18.5, 22.0)
        targets.append(None if number % 12 == 5 else Spectrum.blackbody(kelvin, mag=mag))
    crossing = Crossing(_HIT, Spectrum.solar(mag=4.5), 1500.0, impact_arcsec=0.2)
    spectra = _spectrograph(made, axis).fibres(
        targets, _FIBRE_ARCSEC, np.random.default_rng(32), crossings=[crossing]
    )
    return _of_rows(
        made, axis, spectra, "CIRCLE ICRS 34.5 -5.2 0.5",
        ("fibre", "int64", "", "Row of the file, 1-based"), _HIT + 1,
    )  # fmt: skip


def _slit() -> Case:
    made = frames_of("slit")
    axis = WavelengthAxis(_FIRST_NM, _LAST_NM, 400, fwhm_nm=2.2)
    rest = expected_light(made.alone)
    trail = np.maximum(expected_light(made.shot) - rest, 0.0)
    star = Spectrum.blackbody(_SLIT_STAR_K, mag=20.0)
    sun = spectrum_of(made.shot.scene.satellites[0])
    seconds = made.shot.telescope.photons_per_second
    images = [
        SlitImage(np.maximum(rest - np.median(rest), 0.0) / seconds(star), star),
        SlitImage(trail / seconds(sun), sun, sunlit=True),
    ]
    spectra = _spectrograph(made, axis).slit(images, _SLIT_PX, np.random.default_rng(33))
    rows = np.arange(len(spectra.satellite))
    along = spectra.satellite.sum(1)
    return _of_rows(
        made, axis, spectra, "CIRCLE ICRS 68.2 16.9 0.0035",
        ("y", "float64", "pix", "Row of its middle, 1-based"),
        float((along * rows).sum() / along.sum()) + 1.0,
    )  # fmt: skip


def _spectrograph(made: Frames, axis: WavelengthAxis) -> Spectrograph:
    return Spectrograph(
        made.shot.telescope, made.shot.detector, axis, Spectrum.ab(_SKY_MAG),
        camera_pixel_um=_CCD_PIXEL_UM,
    )  # fmt: skip


def _parts(axis: WavelengthAxis, spectrum: Spectrum) -> Floats:
    """Share of the light of a spectrum in each pixel of the wavelength."""
    photons = axis.photons(spectrum)
    return np.asarray(photons / photons.sum())


def _of_rows(
    made: Frames,
    axis: WavelengthAxis,
    spectra: Spectra,
    region: str,
    column: tuple[str, str, str, str],
    place: float,
) -> Case:
    """A case of spectra in rows, with the satellite in one place among them."""
    electrons = float(spectra.satellite.sum()) * made.shot.detector.quantum_efficiency
    truth = ecsv(
        (
            ("kind", "string", "", "What it is"),
            column,
            ("electrons", "float64", "electron", "That it gave"),
        ),
        [{"kind": "satellite", column[0]: place, "electrons": electrons}],
        {"made": "simulated by satvo"},
    )
    return _assembled(
        made, axis, "spectrum", (spectra.satellite, spectra.rest), axis.cards(1), truth=truth,
        s_region=region,
    )  # fmt: skip


def _assembled(
    made: Frames,
    axis: WavelengthAxis,
    kind: str,
    light: tuple[Floats, Floats],
    wcs: Mapping[str, Any],
    *,
    truth: bytes,
    trails: Any = (),
    **told: Any,
) -> Case:
    """A case of arrays of any shape: the light of the satellite, and all else."""
    lit, rest = light
    detector = replace(made.shot.detector, pixel_size=_CCD_PIXEL_UM)
    files, particles = {}, np.zeros(lit.shape, np.bool_)
    for part, exposure, photons in (
        ("frame", made.frame, rest + lit), ("pair", made.pair, rest),
    ):  # fmt: skip
        random = np.random.default_rng([made.shot.detector.resolution[0], 7])
        counts, particles = exposed_planes(detector, photons, random)
        cards = {**exposure.cards, **made.header(exposure), **_CARDS, **wcs}
        files[part] = fits_file(counts, cards)
    efficiency = detector.quantum_efficiency
    noise = np.sqrt(efficiency * rest + detector.readout_noise_variance)
    electrons = efficiency * lit
    marked = electrons >= np.minimum(noise, 0.5 * electrons.max())
    mask = np.where(marked, MASK_BITS["trail"], 0) | np.where(
        particles, MASK_BITS["cosmic ray"], 0
    )  # fmt: skip
    bits = {f"BIT{bit:d}": (what, "pixels with this bit") for what, bit in MASK_BITS.items()}
    started = {key: made.frame.cards[key] for key in ("DATE-OBS", "MJD-OBS")}
    files["mask"] = fits_file(mask.astype(np.uint8), {**started, **wcs, **bits})
    numbers = facts_of(made.about, made.frame) - {"background-low", "background-high"}
    if kind == "spectrum":
        numbers &= {"exposure-long", "optical"}
    columns = {
        **told_of(made.about), "dataproduct_type": kind, "em_xel": axis.count,
        "em_res_power": round(axis.resolving_power, 1), "em_ucd": "em.wl", **told,
    }  # fmt: skip
    return assembled(made.about, {**files, "truth": truth}, columns, numbers=numbers, trails=trails)


SPECTRA: Mapping[str, Callable[[], Case]] = {"ifu": _ifu, "fibres": _fibres, "slit": _slit}
"""What makes each of them."""
