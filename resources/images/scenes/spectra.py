"""Made-up spectra and cubes that a satellite has crossed and given the light of the Sun."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.canvas import Canvas, Passing
from satvo.resources.images.scenes.drawing import add_cosmic_ray
from satvo.resources.images.scenes.files import (
    began,
    cards_of,
    ecsv,
    exposed,
    fits_file,
    mask_file,
    trail_rows,
)
from satvo.resources.images.scenes.files import catalogue as catalogue_of
from satvo.resources.images.scenes.setup import SETUPS
from satvo.resources.images.scenes.whole import LATER, case_of, told_of
from satvo.resources.images.terms import terms_of_numbers

__all__ = ["SPECTRA", "solar_spectrum"]

_NIGHT = datetime(2026, 3, 22, 4, 0, 0)
_FIRST_M, _LAST_M = 4.8e-7, 9.3e-7
_SUN_K = 5772.0
_HC_OVER_K = 1.438777e-2
_LINES = (
    (486.27, 1.2, 0.7), (517.4, 2.4, 0.55), (527.1, 1.0, 0.4), (589.4, 1.3, 0.6),
    (656.46, 1.4, 0.75), (850.0, 0.6, 0.5), (854.4, 1.0, 0.6), (866.5, 0.9, 0.6),
)  # fmt: skip
"""Strong lines of the Sun: wavelength in vacuum, half width (nm), depth, as a low resolution has
them."""
_AIRGLOW = ((557.9, 1.0), (589.4, 0.3), (630.2, 0.5), (636.6, 0.2), (730.0, 0.4), (863.0, 0.6))
"""Lines of the night sky: wavelength (nm), strength."""

Floats = NDArray[np.float64]


def solar_spectrum(wavelength_m: Floats) -> Floats:
    """Photons of the Sun, 1 on average: a black body of 5772 K with eight strong lines.

    Examples
    --------
    >>> made = solar_spectrum(np.array([6.40e-7, 6.5646e-7]))
    >>> bool(made[1] < 0.5 * made[0])
    True
    """
    photons = wavelength_m**-4 / np.expm1(_HC_OVER_K / (wavelength_m * _SUN_K))
    for nm, half, depth in _LINES:
        photons = photons * (1.0 - depth * np.exp(-(((wavelength_m * 1e9 - nm) / half) ** 2)))
    return np.asarray(photons / photons.mean())


def _sky(wavelength_m: Floats) -> Floats:
    """Photons of the night sky, 1 on average."""
    nm = wavelength_m * 1e9
    glow = sum(30.0 * much * np.exp(-(((nm - at) / 1.2) ** 2)) for at, much in _AIRGLOW)
    return np.asarray((0.4 + glow) / np.mean(0.4 + glow))


def _grid(count: int) -> Floats:
    return np.linspace(_FIRST_M, _LAST_M, count)


def _axis(number: int, count: int) -> dict[str, Any]:
    """The cards of the wavelengths along an axis."""
    step = (_LAST_M - _FIRST_M) / (count - 1)
    return {
        f"CTYPE{number}": "WAVE", f"CUNIT{number}": "m", f"CRPIX{number}": 1.0,
        f"CRVAL{number}": _FIRST_M, f"CDELT{number}": step, f"CD{number}_{number}": step,
    }  # fmt: skip


def _spectrograph(name: str, *, pixel_arcsec: float) -> Any:
    return SETUPS["survey"].but(
        telescope="simulated 8.2 m", instrument=name, site="paranal", aperture_m=8.2,
        focal_length_m=120.0, optics="Ritchey-Chretien", filter_name="none", filter_url="",
        band_m=(_FIRST_M, _LAST_M), pixel_arcsec=pixel_arcsec, read_noise=3.0, zero_point=27.5,
        detector="", sky_mag=21.0,
    )  # fmt: skip


def _told(canvas: Canvas, name: str, count: int, kind: str) -> dict[str, Any]:
    return told_of(canvas, name, raw=False) | {
        "dataproduct_type": kind, "em_xel": count, "em_res_power": 900.0, "em_ucd": "em.wl",
    }  # fmt: skip


def _ifu() -> Case:
    count = 120
    setup = _spectrograph("integral field unit", pixel_arcsec=0.4)
    canvas = Canvas(setup, (48, 48), (53.1, -27.8), _NIGHT, 600.0, np.random.default_rng(31))
    canvas.stars(6, 18.0, 23.0)
    canvas.satellite(Passing(7.0, 1500.0, 50.0, 800.0, (3.0, 0.0)))
    grid = _grid(count)
    sky = canvas.steady - canvas.starlight
    stars = canvas.starlight * np.linspace(0.8, 1.2, count)[:, None, None]
    steady = (sky * _sky(grid)[:, None, None] + stars) / count
    trail = canvas.passing["trail"] * solar_spectrum(grid)[:, None, None] / count
    title = "A trail through an integral field unit"
    return _of_cubes(
        canvas, "ifu", title,
        "A cube of two directions and wavelength: the trail has the spectrum of the Sun, so that "
        "what is left of it shows as absorption lines in every object that it crosses.",
        {"ifu", "leo"}, (steady, trail),
        {**canvas.wcs_cards(), **_axis(3, count)},
        _told(canvas, "ifu", count, "cube"),
        truth=catalogue_of(canvas), trails=trail_rows(canvas),
    )  # fmt: skip


def _fibres() -> Case:
    fibres, count, hit = 60, 400, 23
    setup = _spectrograph("fibre spectrograph", pixel_arcsec=1.0)
    canvas = Canvas(setup, (count, fibres), (34.5, -5.2), _NIGHT, 900.0, np.random.default_rng(32))
    grid = _grid(count)
    strength = 10.0 ** canvas.random.uniform(1.5, 3.5, (fibres, 1))
    slope = canvas.random.uniform(-0.6, 0.6, (fibres, 1))
    steady = 300.0 * _sky(grid) + strength * (1.0 + slope * np.linspace(-1.0, 1.0, count))
    trail = np.zeros_like(steady)
    trail[hit] = 500.0 * solar_spectrum(grid)
    row = {"kind": "satellite", "fibre": hit + 1, "electrons": float(trail.sum())}
    truth = ecsv(
        (
            ("kind", "string", "", "What it is"),
            ("fibre", "int64", "", "Row of the file, 1-based"),
            ("electrons", "float64", "electron", "That it gave"),
        ),
        [row], {"made": "simulated by satvo, with simple models"},
    )  # fmt: skip
    return _of_cubes(
        canvas, "fibres", "A satellite over one fibre of sixty",
        "One of the spectra is that of a galaxy and of the Sun together. There is no picture to "
        "see it in: only the spectrum tells, or a prediction of the pass.",
        {"fibre-spectroscopy"}, (steady, trail), _axis(1, count),
        _told(canvas, "fibres", count, "spectrum") | {"s_region": "CIRCLE ICRS 34.5 -5.2 0.5"},
        truth=truth,
    )  # fmt: skip


def _slit() -> Case:
    rows, count, at = 100, 400, 64.0
    setup = _spectrograph("long-slit spectrograph", pixel_arcsec=0.25)
    canvas = Canvas(setup, (count, rows), (68.2, 16.9), _NIGHT, 1200.0, np.random.default_rng(33))
    grid = _grid(count)
    along = np.arange(rows)[:, None]
    source = 900.0 * np.exp(-0.5 * ((along - 38.0) / 1.6) ** 2) * np.linspace(0.7, 1.3, count)
    steady = 250.0 * _sky(grid) + source
    trail = 350.0 * np.exp(-0.5 * ((along - at) / 5.0) ** 2) * solar_spectrum(grid)
    rays = np.zeros_like(steady)
    for _ in range(25):
        x, y = canvas.random.uniform(0, count), canvas.random.uniform(0, rows)
        turn, length = canvas.random.uniform(0, math.pi), canvas.random.uniform(3, 18)
        add_cosmic_ray(rays, x, y, turn, length, 1500.0)
    canvas.only_here("cosmic ray", rays)
    truth = ecsv(
        (
            ("kind", "string", "", "What it is"),
            ("y", "float64", "pix", "Row of its middle, 1-based"),
            ("width", "float64", "pix", "Full width at half maximum along the slit"),
            ("electrons", "float64", "electron", "That it gave"),
        ),
        [{"kind": "satellite", "y": at + 1, "width": 11.8, "electrons": float(trail.sum())}],
        {"made": "simulated by satvo, with simple models"},
    )  # fmt: skip
    return _of_cubes(
        canvas, "slit", "The spectrum of the Sun at one place of a slit",
        "A satellite crossed the slit beside the object. Where the sky is taken from there, the "
        "object gets the lines of the Sun with the wrong sign. Cosmic rays are still in it.",
        {"slit-spectroscopy", "false-cosmic-ray"}, (steady, trail), _axis(1, count),
        _told(canvas, "slit", count, "spectrum") | {"s_region": "CIRCLE ICRS 68.2 16.9 0.0035"},
        truth=truth,
    )  # fmt: skip


def _of_cubes(
    canvas: Canvas, name: str, title: str, relevance: str, terms: set[str],
    light: tuple[Floats, Floats], wcs: Mapping[str, Any], told: Mapping[str, Any], *,
    truth: bytes, trails: Iterable[dict[str, Any]] = (),
) -> Case:  # fmt: skip
    """A case of arrays of any shape: light that stays, and the satellite's."""
    steady, trail = light
    noise = np.sqrt(steady + canvas.setup.read_noise**2)
    rays = canvas.passing.get("cosmic ray", np.zeros(1)) if steady.ndim == 2 else np.zeros(1)
    files = {}
    for part, start in (("frame", canvas.start), ("pair", canvas.start + LATER)):
        expected = steady + (trail + rays if part == "frame" else 0.0)
        cards = cards_of(canvas, title, start, raw=False)
        del cards["MAGZERO"], cards["MAGSYS"]
        files[part] = fits_file([(exposed(canvas, expected, raw=False), {**cards, **wcs})])
    mask = (trail >= np.minimum(noise, 0.5 * trail.max())).astype(np.uint8)
    mask |= ((rays > noise) * 4).astype(np.uint8)
    started = began(canvas.start)
    numbers = terms_of_numbers(canvas.facts())
    cube = numbers - {"background-low", "background-high"}  # those are of all wavelengths
    fitting = cube if steady.ndim == 3 else numbers & {"exposure-long", "optical"}
    return case_of(
        name, title, relevance, {*terms, *fitting, "professional", "calibrated", "pair"},
        {**files, "mask": mask_file(mask, {**started, **wcs}), "truth": truth},
        told, trails=list(trails),
    )  # fmt: skip


SPECTRA: Iterable[Callable[[], Case]] = (_ifu, _fibres, _slit)
"""What makes each of them."""
