"""The made-up cases of ordinary images: one function each, all by the same seed on every day."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import numpy as np
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.canvas import Canvas, Passing
from satvo.resources.images.scenes.drawing import add_comet, add_cosmic_ray, add_spikes, add_trail
from satvo.resources.images.scenes.setup import SETUPS, Setup
from satvo.resources.images.scenes.special import SPECIAL
from satvo.resources.images.scenes.spectra import SPECTRA
from satvo.resources.images.scenes.whole import image_case

__all__ = ["made_up_cases"]

_NIGHT = datetime(2026, 3, 20, 5, 0, 0)
_FIELD = (187.5, -31.0)
_PROFESSIONAL, _AMATEUR = ("professional", "calibrated"), ("amateur", "calibrated")


def _canvas(
    setup: Setup | str,
    exposure_s: float,
    seed: int,
    size: tuple[int, int] = (256, 256),
    **about: Any,
) -> Canvas:
    given = {"centre": _FIELD, "start": _NIGHT, **about}
    return Canvas(
        SETUPS[setup] if isinstance(setup, str) else setup, size,
        exposure_s=exposure_s, random=np.random.default_rng(seed), **given,
    )  # fmt: skip


def _bright_low() -> Case:
    canvas = _canvas("survey", 30.0, 1, (384, 384))
    canvas.stars(120, 17.0, 25.5)
    canvas.satellite(Passing(5.5, 2100.0, 62.0, 620.0, (10.0, -20.0)))
    return image_case(
        canvas, "bright-low", "Bright satellite in low orbit, large telescope",
        "The trail is out of focus: wider than the stars, with a flat middle, and far above the "
        "noise. A detector that expects the width of a star splits it in two edges; a mask that is "
        "too narrow leaves its wings.",
        {*_PROFESSIONAL, "leo", "large-ccd-single"},
    )  # fmt: skip


def _faint_low() -> Case:
    canvas = _canvas("medium", 60.0, 2)
    canvas.stars(40, 17.0, 24.0)
    canvas.satellite(Passing(11.2, 1500.0, 118.0, 900.0, (-15.0, 8.0)))
    return image_case(
        canvas, "faint-low", "Faint satellite in low orbit",
        "No pixel of the trail stands out by itself; only along the whole of it is it seen. It "
        "tells what a detector misses, and what it costs in false alarms to find it.",
        {*_PROFESSIONAL, "leo"},
    )  # fmt: skip


def _geostationary() -> Case:
    canvas = _canvas("small", 8.0, 3)
    canvas.stars(60, 12.0, 20.0)
    for mag, aside in ((12.4, (-40.0, 20.0)), (13.2, (10.0, 34.0)), (14.0, (55.0, -60.0))):
        canvas.satellite(Passing(mag, 14.6, 90.0, 37_500.0, aside, size_m=8.0))
    return image_case(
        canvas, "geostationary", "Three geostationary satellites",
        "The telescope follows the stars, so satellites that stand still above the Earth leave "
        "short trails east to west that end in the frame. Detectors of long lines miss them, and "
        "they look like the trails of asteroids.",
        {*_PROFESSIONAL, "meo-geo"},
    )  # fmt: skip


def _short_exposure() -> Case:
    canvas = _canvas("lens-cmos", 1.5, 4, (400, 300))
    canvas.stars(120, 5.0, 12.5)
    canvas.satellite(Passing(4.2, 1300.0, 35.0, 700.0, (5.0, 10.0)))
    return image_case(
        canvas, "short-exposure", "A satellite that moves across part of the frame in 1.5 s",
        "The trail begins and ends in the frame, so that its ends give times and positions. "
        "Masks that run on to the edges throw away good pixels.",
        {*_AMATEUR, "leo", "lens-cmos"},
    )  # fmt: skip


def _long_exposure() -> Case:
    canvas = _canvas(SETUPS["medium"].but(sky_mag=18.3), 300.0, 5)
    canvas.stars(40, 17.0, 23.0)
    canvas.satellite(Passing(6.5, 900.0, 160.0, 1300.0, (20.0, 0.0)))
    return image_case(
        canvas, "long-exposure", "Five minutes under the full Moon",
        "A satellite is in the frame for a second of 300: the sky has drowned its light. The noise "
        "of the sky rules, and the trail crosses the whole frame.",
        {*_PROFESSIONAL, "leo"},
    )  # fmt: skip


def _low_background() -> Case:
    setup = SETUPS["medium"].but(
        filter_name="H-alpha", filter_url="http://svo2.cab.inta-csic.es/theory/fps/index.php"
        "?id=Paranal/FORS2.H_Alpha", band_m=(6.53e-7, 6.60e-7), zero_point=22.0, sky_mag=21.2,
    )  # fmt: skip
    canvas = _canvas(setup, 20.0, 6)
    canvas.stars(25, 15.0, 21.0)
    canvas.satellite(Passing(5.5, 1200.0, 20.0, 1000.0, (-40.0, 0.0)))
    return image_case(
        canvas, "low-background", "A narrow filter: hardly any light of the sky",
        "Less than a hundred electrons in a pixel: read noise counts, and pixels are Poisson "
        "distributed rather than Gaussian. Thresholds in standard deviations let too much through.",
        {*_PROFESSIONAL, "leo"},
    )  # fmt: skip


def _crowded() -> Case:
    canvas = _canvas("small", 60.0, 7, centre=(270.9, -29.0))
    canvas.stars(2500, 11.0, 20.0)
    canvas.satellite(Passing(6.2, 1100.0, 75.0, 1100.0, (0.0, 12.0)))
    return image_case(
        canvas, "crowded", "A field in the Milky Way",
        "Stars in rows look like pieces of a line, and the mask must not take the stars beside "
        "the trail with it.",
        {*_PROFESSIONAL, "leo"},
    )  # fmt: skip


def _crossing() -> Case:
    canvas = _canvas("lens-dslr", 20.0, 8, (420, 280), centre=(359.2, 41.0))
    canvas.stars(150, 4.0, 11.5)
    for mag, aside in ((4.4, -60.0), (4.6, -20.0), (4.8, 20.0)):
        canvas.satellite(Passing(mag, 1900.0, 48.0, 560.0, (aside, 0.0)))
    canvas.satellite(Passing(5.0, 1300.0, 131.0, 800.0, (20.0, 15.0)))
    return image_case(
        canvas, "crossing", "A train of three satellites, and one across it",
        "Parallel trails beside each other and one that crosses them, on a detector with a colour "
        "filter array. Where trails cross, light adds up; a detector must tell four lines. The "
        "field reaches across RA 0.",
        {"amateur", "uncalibrated", "leo", "crossing", "lens-dslr"}, raw=True, bayer=True,
    )  # fmt: skip


def _lens_ccd() -> Case:
    canvas = _canvas("lens-ccd", 60.0, 9, (320, 320), centre=(83.8, -5.4))
    canvas.stars(160, 5.0, 14.0)
    canvas.satellite(Passing(8.2, 42.0, 205.0, 20_200.0, (30.0, -25.0), size_m=10.0))
    return image_case(
        canvas, "lens-ccd", "A navigation satellite on a photographic lens",
        "Slower than what flies low, faster than what is geostationary: a short trail about three "
        "pixels wide, in pixels of 9 arcsec.",
        {*_AMATEUR, "meo-geo", "lens-ccd"},
    )  # fmt: skip


def _infrared() -> Case:
    canvas = _canvas("infrared", 10.0, 10)
    rows, columns = np.mgrid[:256, :256] / 256.0
    canvas.steady *= 1.0 + 0.06 * columns + 0.04 * np.sin(7.0 * rows)
    canvas.stars(30, 13.0, 20.0)
    canvas.satellite(Passing(5.2, 1000.0, 98.0, 1000.0, (0.0, -30.0)))
    return image_case(
        canvas, "infrared", "A satellite in the near infrared",
        "The sky is bright and uneven; what a detector takes for background decides what it finds.",
        {*_PROFESSIONAL, "leo"},
    )  # fmt: skip


def _uncalibrated() -> Case:
    canvas = _canvas("small", 60.0, 11)
    canvas.stars(80, 12.0, 20.0)
    canvas.satellite(Passing(7.0, 1700.0, 140.0, 700.0, (-12.0, 30.0)))
    rays = np.zeros_like(canvas.steady)
    for _ in range(6):
        x, y = canvas.random.uniform(10, 245, 2)
        turn, length = canvas.random.uniform(0, math.pi), canvas.random.uniform(4, 25)
        add_cosmic_ray(rays, x, y, turn, length, 900.0)
    canvas.only_here("cosmic ray", rays)
    return image_case(
        canvas, "uncalibrated", "As the camera wrote it",
        "Bias, vignetting, hot pixels, a bad column and cosmic rays are still in it. What is "
        "straight and bright is not a trail for that.",
        {"amateur", "uncalibrated", "leo", "false-cosmic-ray"}, raw=True, flaws=True,
    )  # fmt: skip


def _comet() -> Case:
    canvas = _canvas("small", 120.0, 12)
    canvas.stars(60, 12.0, 20.0)
    light = np.zeros_like(canvas.steady)
    add_comet(light, 80.0, 90.0, canvas.electrons(12.0), 7.0, 70.0, 0.7)
    canvas.only_here("comet", light)
    canvas.objects.append({"kind": "comet", "x": 80.0, "y": 90.0, "mag": 12.0})
    return image_case(
        canvas, "comet", "A comet with its tail",
        "There is no satellite in it: whatever is masked as a trail is a false alarm. The tail is "
        "long and straight, but widens and fades.",
        {"professional", "calibrated", "false-comet"},
    )  # fmt: skip


def _asteroid() -> Case:
    canvas = _canvas("medium", 180.0, 13)
    canvas.stars(45, 17.0, 23.5)
    light = np.zeros_like(canvas.steady)
    # A near-Earth object: 0.15 arcsec/s.
    length = 0.15 * 180.0 / canvas.setup.pixel_arcsec
    x, y = (110.0, 110.0 + 0.8 * length), (140.0, 140.0 + 0.6 * length)
    add_trail(light, x, y, canvas.electrons(18.5) / length, 0.0, canvas.fwhm)
    canvas.only_here("asteroid", light)
    canvas.objects.append(
        {"kind": "asteroid", "x": x[0], "y": y[0], "x2": x[1], "y2": y[1], "mag": 18.5}
    )
    rays = np.zeros_like(canvas.steady)
    for at_x, at_y, turn, long in ((40.0, 60.0, 0.3, 30.0), (180.0, 30.0, 1.9, 45.0)):
        add_cosmic_ray(rays, at_x, at_y, turn, long, 400.0)
        canvas.objects.append({"kind": "cosmic ray", "x": at_x, "y": at_y})
    canvas.only_here("cosmic ray", rays)
    return image_case(
        canvas, "asteroid", "A near-Earth asteroid and long cosmic rays",
        "There is no satellite in it. The asteroid's trail is short and as wide as a star, those "
        "of the particles are sharper than a star can be.",
        {"professional", "calibrated", "false-asteroid", "false-cosmic-ray"},
    )  # fmt: skip


def _spikes() -> Case:
    canvas = _canvas("medium", 60.0, 14)
    canvas.stars(40, 17.0, 23.5)
    x, y, mag = 120.0, 135.0, 10.0
    canvas.add_stars(np.array([x]), np.array([y]), np.array([mag]))
    rays = np.zeros_like(canvas.steady)
    turns = [0.35 + quarter * math.pi / 2 for quarter in range(4)]
    add_spikes(rays, x, y, canvas.electrons(mag), 120.0, turns)
    rays[:, 119:122] += 0.6 * canvas.setup.saturation * canvas.setup.gain
    canvas.only_here("spike", rays)
    return image_case(
        canvas, "spikes", "A bright star with its spikes",
        "There is no satellite in it. Four rays of diffraction and the charge that ran along the "
        "columns are straight lines through a star.",
        {"professional", "calibrated", "false-diffraction-spike"},
    )  # fmt: skip


_IMAGES: Iterable[Callable[[], Case]] = (
    _bright_low, _faint_low, _geostationary, _short_exposure, _long_exposure, _low_background,
    _crowded, _crossing, _lens_ccd, _infrared, _uncalibrated, _comet, _asteroid, _spikes,
)  # fmt: skip


def made_up_cases() -> Iterator[Case]:
    """The cases, one after another: the same files on every day."""
    for recipe in (*_IMAGES, *SPECIAL, *SPECTRA):
        yield recipe()
