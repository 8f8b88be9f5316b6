"""Frames of the simulator: how long they take, beside GalSim, and what memory they need."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from satvo.resources.images.simulator.detector import Detector
from satvo.resources.trails.stamps import PointSpread

__all__ = ["frame_ms", "galsim_ratio", "median_ms", "print_simulator"]

SHAPE = 496, 664
STARS = 200
FWHM, BETA = 2.5, 3.5
REACH = 12
"""Pixels around a star in which it is drawn, by satvo and by GalSim alike."""
FRAMES = 10_000
START = datetime(2026, 11, 22, 20)
DETECTOR = Detector(
    resolution=(SHAPE[1], SHAPE[0]),
    pixel_size=3.75,
    exposure_time=4.0,
    quantum_efficiency=0.75,
    readout_noise_variance=4.0,
    dark_current=0.5,
    offset=200.0,
    sensitivity=2.0,
)


def print_simulator(frames: int = FRAMES) -> None:
    """Print CPU times of this process; each is the median of some runs."""
    light, random = np.full(SHAPE, 60.0), np.random.default_rng(0)
    print(f"numpy's Poisson numbers of 664x496: {median_ms(lambda: random.poisson(light)):.1f} ms")
    for approximate in (False, True):
        name = "with the approximation" if approximate else "with exact noise"
        alone = median_ms(partial(DETECTOR.expose, light, random, approximate=approximate))
        print(
            f"664x496, {STARS} stars, one streak, {name}: {frame_ms(approximate=approximate):.1f} "
            f"ms, of which the detector {alone:.1f} ms"
        )
    own, others = galsim_ratio()
    best = min(others, key=lambda name: others[name][0])
    print(f"{STARS} stars by satvo: {own[0]:.2f} ms, {own[1]:.1e} of the light wrong")
    for name, (taken, wrong) in others.items():
        print(f"{STARS} stars by {name}: {taken:.2f} ms, {wrong:.1e} of the light wrong")
    print(f"satvo is {others[best][0] / own[0]:.1f} times as fast as {best}")
    for kind in ("simulated", "composite"):
        print(f"cut-outs of 256x256, {kind} scene: {_cutouts_a_second(kind):.0f} a CPU s")
    first, last = _memory_mb(frames)
    print(f"memory after {frames // 10} frames {first:.1f} MB, after {frames} {last:.1f} MB")


def moffat(x: Any, y: Any) -> Any:
    """Light of a star per square pixel, at a distance from its middle, pixel."""
    core = FWHM / 2.0 / np.sqrt(2.0 ** (1.0 / BETA) - 1.0)
    return (BETA - 1.0) / (np.pi * core**2) * (1.0 + (x * x + y * y) / core**2) ** -BETA


def star_spread(per_pixel: int = 5) -> PointSpread:
    """The star's light in cells of a fifth of a pixel, integrated over each."""
    return PointSpread(_integrated(0.0, 0.0, (2 * REACH + 1) * per_pixel, per_pixel), per_pixel)


def _integrated(x: float, y: float, size: int, per_pixel: int = 1) -> Any:
    """A star's light in each of (size, size) cells, a place off their middle in pixels."""
    fine = 15 // per_pixel
    at = (np.arange(size * fine) - (size * fine - 1) / 2) / (per_pixel * fine)
    light = moffat(at[None, :] - x, at[:, None] - y) / (per_pixel * fine) ** 2
    return light.reshape(size, fine, size, fine).sum((1, 3))


def _stars() -> tuple[Any, Any, Any]:
    random = np.random.default_rng(1)
    x, y = (random.uniform(REACH + 1, size - REACH - 2, STARS) for size in SHAPE[::-1])
    return x, y, 10.0 ** random.uniform(2.5, 5.0, STARS)


def median_ms(work: Callable[[], object], runs: int = 15) -> float:
    work()
    taken = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken) * 1e3


def _scene_of(shape: tuple[int, int], stars: int) -> tuple[Any, Any, Detector]:
    """A scene with stars and a satellite, its telescope, and a detector of so many pixels."""
    from dataclasses import replace

    from satvo.resources.images.simulator.satellites import Satellite
    from satvo.resources.images.simulator.scene import Scene
    from satvo.resources.images.simulator.spectrum import Spectrum
    from satvo.resources.images.simulator.stars import StarField
    from satvo.resources.images.simulator.telescope import Telescope

    random = np.random.default_rng(3)
    field_deg = 1.7 / 3600.0 * np.array(shape[::-1])
    ra = 120.0 + field_deg[0] * random.uniform(-0.5, 0.5, stars)
    dec = 0.0 + field_deg[1] * random.uniform(-0.5, 0.5, stars)
    telescope = Telescope(
        diameter=0.114,
        focal_length=0.45,
        observing_band="V",
        pointing=(120.0, 0.0),
        observing_mode="seeing_limited",
        r_0=0.05,
    )
    scene = Scene(
        stars=StarField(ra, dec, random.uniform(9.0, 15.0, stars)),
        satellites=[Satellite(550.0, 25.0, Spectrum.solar(mag=7.0, band="V"))],
    )
    return scene, telescope, replace(DETECTOR, resolution=(shape[1], shape[0]))


def frame_ms(*, approximate: bool, runs: int = 15) -> float:
    """CPU time of a frame by `Scene.observe`: stars and a streak drawn, exposed and recorded."""
    scene, telescope, detector = _scene_of(SHAPE, STARS)
    random = np.random.default_rng(4)

    def frame() -> None:
        scene.observe(telescope, detector, start=START, random=random, approximate=approximate)

    return median_ms(frame, runs)


def galsim_ratio() -> tuple[tuple[float, float], dict[str, tuple[float, float]]]:
    """CPU ms for the same stars on the same frame, and the share of light that is wrong.

    Returns
    -------
    own : tuple of float
        Of satvo.
    others : dict
        Of GalSim, for each way to draw: a Moffat profile by its Fourier transform, and the same
        spread as satvo has it, interpolated.
    """
    from satvo.resources.trails.drawing import draw_points

    x, y, electrons = _stars()
    truth = np.zeros(SHAPE)
    for at_x, at_y, light in zip(x, y, electrons, strict=True):
        column, row = round(at_x), round(at_y)
        window = np.s_[row - REACH : row + REACH + 1, column - REACH : column + REACH + 1]
        truth[window] += light * _integrated(at_x - column, at_y - row, 2 * REACH + 1)
    spread = star_spread()

    def own() -> Any:
        image = np.zeros(SHAPE)
        draw_points(image, x, y, electrons, spread)
        return image

    def wrong(image: Any) -> float:
        return float(np.abs(image - truth).sum() / truth.sum())

    others = {name: (median_ms(draw, 5), wrong(draw())) for name, draw in _galsim(x, y, electrons)}
    return (median_ms(own), wrong(own())), others


def _galsim(x: Any, y: Any, electrons: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    import galsim

    fine = star_spread(5).values
    # The pixel is in the picture of the spread: a mean over its five cells each way.
    boxed = np.apply_along_axis(np.convolve, 0, fine, np.ones(5), "same")
    boxed = np.apply_along_axis(np.convolve, 1, boxed, np.ones(5), "same")
    profiles = {
        "GalSim (Moffat)": (galsim.Moffat(beta=BETA, fwhm=FWHM), "auto"),
        "GalSim (InterpolatedImage)": (
            galsim.InterpolatedImage(galsim.Image(boxed, scale=0.2), x_interpolant="quintic"),
            "no_pixel",
        ),
    }
    for name, (profile, method) in profiles.items():

        def draw(profile: Any = profile, method: str = method) -> Any:
            image = galsim.ImageD(SHAPE[1], SHAPE[0], xmin=0, ymin=0, scale=1.0)
            for at_x, at_y, light in zip(x, y, electrons, strict=True):
                column, row = round(at_x), round(at_y)
                bounds = galsim.BoundsI(column - REACH, column + REACH, row - REACH, row + REACH)
                profile.withFlux(light).drawImage(
                    image=image[bounds],
                    center=galsim.PositionD(at_x, at_y),
                    method=method,
                    add_to_image=True,
                )
            return image.array

        yield name, draw


def _cutouts_a_second(kind: str, count: int = 400) -> float:
    from satvo.resources.images.simulator.bulk import training_cutouts
    from satvo.resources.images.simulator.scene_file import describe, plan_of

    description = describe("evscope1", streak="random")
    told: Any = {}
    if kind == "composite":
        description["scene"] = {"kind": "composite"}
        told = {"background": _background()}
    plan = plan_of(description, "bench", **told)
    made = training_cutouts(plan, 256, np.random.default_rng(5))
    next(made)
    begun = time.process_time()
    assert len(list(islice(made, count))) == count
    return count / (time.process_time() - begun)


def _background() -> Any:
    """A frame without a trail, which stands for a real one."""
    from satvo.resources.images.simulator.backgrounds import Background
    from satvo.resources.trails.drawing import draw_points

    light = np.full(SHAPE, 60.0)
    draw_points(light, *_stars(), star_spread())
    counts = DETECTOR.expose(light, np.random.default_rng(7)).counts
    return Background(counts, gain=1.0 / DETECTOR.sensitivity)


def _memory_mb(frames: int) -> tuple[float, float]:
    """Resident memory of this process after a tenth of the frames, and after all."""
    scene, telescope, detector = _scene_of((96, 96), 20)
    random, first = np.random.default_rng(6), 0.0
    for number in range(frames):
        if number == frames // 10:
            first = _resident_mb()
        scene.observe(telescope, detector, start=START, random=random)
    return first, _resident_mb()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    print_simulator()
