"""Frames without a satellite that have in them what is mistaken for one, by satvo's simulator.

Each kind is a scene before the same telescope: 0.4 m, 0.95 arcsec a pixel, 60 s, 512 x 512 pixels,
stars of 12 to 20 mag. `hard_negative(kind, seed)` makes the frame, `KINDS` names what there is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from satvo.resources.images.simulator.amplifiers import Amplifiers
from satvo.resources.images.simulator.bright_stars import Ghosts, Spikes
from satvo.resources.images.simulator.cosmic_rays import CosmicRays
from satvo.resources.images.simulator.defects import Defects
from satvo.resources.images.simulator.detector import Detector
from satvo.resources.images.simulator.effects import Gradient
from satvo.resources.images.simulator.satellites import Satellite
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.sources import Asteroid, Galaxy
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.stars import StarField
from satvo.resources.images.simulator.telescope import Telescope
from satvo.resources.images.simulator.view import View

__all__ = ["KINDS", "hard_negative"]

SIDE = 512
START = datetime(2026, 11, 22, 20)
TELESCOPE = Telescope(
    diameter=0.4, focal_length=3.25, obstruction=0.4, observing_band="r", transmission=0.5,
    r_0=0.055, pointing=(120.0, 10.0), observing_mode="seeing_limited",
)  # fmt: skip
DETECTOR = Detector(
    resolution=(SIDE, SIDE), pixel_size=15.0, exposure_time=60.0, quantum_efficiency=0.6,
    readout_noise_variance=100.0, dark_current=0.05, offset=500.0, sensitivity=0.625,
    full_well=100_000.0,
)  # fmt: skip
VIEW = View.of(TELESCOPE, DETECTOR, START)


@dataclass(frozen=True)
class _Setting:
    """What is in a frame, before it is taken."""

    detector: Detector = DETECTOR
    stars: tuple[tuple[float, float, float], ...] = ()
    sources: tuple[Any, ...] = ()
    effects: tuple[Any, ...] = ()
    drift: tuple[float, float] | None = None
    after: Callable[[Any, np.random.Generator], Any] | None = None


@dataclass(frozen=True)
class Dust:
    """An effect: rings of dust near the detector, (x, y, radius, depth) each."""

    rings: tuple[tuple[float, float, float, float], ...]

    def act(self, sheet: Any) -> None:
        x, y = sheet.pixels
        share = np.ones(sheet.view.shape)
        for at_x, at_y, radius, depth in self.rings:
            away = np.hypot(x - at_x, y - at_y)
            share -= depth * ((away < radius) & (away > 0.45 * radius))
        sheet.dim_by_optics(share)


def hard_negative(kind: str, seed: int, *, magnitude: float | None = None) -> Any:
    """Counts (rows, columns) of a frame of a kind, by its seed alone.

    With a `magnitude` a satellite of it crosses the frame, at 1500 arcsec a second.
    """
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    setting = KINDS[kind](random)
    count = int(random.integers(60, 200))
    field = [
        (random.uniform(0, SIDE), random.uniform(0, SIDE), 12.0 + 8.0 * random.random() ** 0.4)
        for _ in range(count)
    ]
    x, y, mag = np.array([*setting.stars, *field]).T
    ra, dec = VIEW.sky(x, y)
    satellites = []
    if magnitude is not None:
        satellites.append(
            Satellite(550.0, random.uniform(0.0, 180.0), Spectrum.solar(mag=magnitude, band="V"),
                      rate_arcsec_s=1500.0)
        )  # fmt: skip
    scene = Scene(
        StarField(ra, dec, mag), satellites, sources=setting.sources, effects=setting.effects,
        drift=setting.drift,
    )  # fmt: skip
    (exposure,) = scene.observe(TELESCOPE, setting.detector, start=START, random=random)
    if setting.after is None:
        return exposure.counts
    return setting.after(exposure.counts, random)


def _place(random: np.random.Generator, margin: float = 30.0) -> tuple[float, float]:
    x, y = random.uniform(margin, SIDE - margin, 2)
    return float(x), float(y)


def _sky(x: float, y: float) -> tuple[float, float]:
    ra, dec = VIEW.sky(x, y)
    return float(ra), float(dec)


def _plain(random: np.random.Generator) -> _Setting:
    return _Setting()


def _halo(random: np.random.Generator) -> _Setting:
    """Stars of 6 to 8 mag, in the frame or beside it, without spikes."""
    deep = replace(DETECTOR, full_well=None, bitdepth=32)
    return _Setting(
        deep, stars=tuple((*_place(random, -40.0), random.uniform(6.0, 8.0)) for _ in range(2))
    )


def _spikes(random: np.random.Generator) -> _Setting:
    first, rays = random.uniform(0.0, 90.0), int(random.choice((4, 6)))
    spikes = Spikes(
        angles=tuple(first + 360.0 / rays * k for k in range(rays)),
        share=random.uniform(0.005, 0.02), length_px=random.uniform(40.0, 200.0), brightest=2,
    )  # fmt: skip
    stars = tuple((*_place(random), random.uniform(5.0, 9.0)) for _ in range(2))
    return _Setting(replace(DETECTOR, full_well=None), stars=stars, effects=(spikes,))


def _ghosts(random: np.random.Generator) -> _Setting:
    ghosts = Ghosts(random.uniform(1e-3, 1e-2), random.uniform(30.0, 120.0), brightest=2)
    return _Setting(stars=((*_place(random), random.uniform(5.0, 8.0)),), effects=(ghosts,))


def _galaxies(random: np.random.Generator) -> _Setting:
    """Discs from the side, 20 to 60 px long."""
    return _Setting(sources=tuple(
        Galaxy(_sky(*_place(random)), random.uniform(12.5, 16.5), random.uniform(5.0, 15.0),
               axis_ratio=random.uniform(0.08, 0.3), pos_angle=random.uniform(0.0, 180.0))
        for _ in range(6)
    ))  # fmt: skip


def _cosmic_rays(random: np.random.Generator) -> _Setting:
    """Thick silicon in a long exposure: some 100 tracks, up to 100 px long."""
    rays = CosmicRays(rate=3.0, worms=0.3, depth_um=400.0)
    return _Setting(replace(DETECTOR, cosmic_rays=rays))


def _bad_columns(random: np.random.Generator) -> _Setting:
    """Dead columns, and columns and rows of a higher or lower level, whole or from a place on."""

    def lines(counts: Any, random: np.random.Generator) -> Any:
        made = counts.astype(np.int64)
        for plane in (made, made.T):
            for _ in range(2):
                at, first = random.integers(0, SIDE, 2)
                plane[int(first) * int(random.integers(2)) :, at] += int(random.uniform(-40, 150))
        return np.clip(made, 0, 65535).astype(np.uint16)

    defects = Defects(seed=int(random.integers(1 << 30)), bad_columns=3, offset_nonuniformity=1.0)
    return _Setting(replace(DETECTOR, defects=defects), after=lines)


def _bleeding(random: np.random.Generator) -> _Setting:
    """Stars of 3 to 6 mag whose charge runs along their columns."""
    return _Setting(
        replace(DETECTOR, full_well=40_000.0),
        stars=tuple((*_place(random), random.uniform(3.0, 6.0)) for _ in range(2)),
    )


def _overscan(random: np.random.Generator) -> _Setting:
    """Columns or rows that saw no light, at one side."""

    def beside(counts: Any, random: np.random.Generator) -> Any:
        wide, plane = int(random.integers(16, 64)), counts.copy()
        dark = DETECTOR.expose(np.zeros(counts.shape), random).counts
        side = np.s_[:, -wide:] if random.random() < 0.5 else np.s_[:wide]
        plane[side] = dark[side]
        return plane

    return _Setting(after=beside)


def _amplifiers(random: np.random.Generator) -> _Setting:
    """Four strips of unlike gains."""
    four = Amplifiers(count=4, gain_scatter=0.02, crosstalk=1e-4, seed=int(random.integers(1000)))
    return _Setting(replace(DETECTOR, amplifiers=four))


def _asteroids(random: np.random.Generator) -> _Setting:
    """Trails of 3 to 15 px."""
    return _Setting(sources=tuple(
        Asteroid(_sky(*_place(random)), random.uniform(13.0, 17.5),
                 random.uniform(3.0, 15.0) * VIEW.pixel_arcsec / 60.0, random.uniform(0.0, 360.0))
        for _ in range(5)
    ))  # fmt: skip


def _dust(random: np.random.Generator) -> _Setting:
    rings = tuple(
        (*_place(random), random.uniform(8.0, 50.0), random.uniform(0.01, 0.08)) for _ in range(6)
    )
    return _Setting(effects=(Dust(rings),))


def _star_chains(random: np.random.Generator) -> _Setting:
    """Six to nine stars of like brightness in a row of 120 to 250 px, twice."""
    stars = []
    for _ in range(2):
        count, angle = int(random.integers(6, 10)), random.uniform(0.0, math.pi)
        x, y = random.uniform(180.0, SIDE - 180.0, 2)
        mag, length = random.uniform(14.0, 17.0), random.uniform(120.0, 250.0)
        for along in np.linspace(-0.5, 0.5, count) * length:
            off = along + random.normal(0.0, 3.0)
            stars.append((
                x + off * math.cos(angle), y + off * math.sin(angle), mag + random.normal(0.0, 0.3)
            ))  # fmt: skip
    return _Setting(stars=tuple(stars))


def _trailed_stars(random: np.random.Generator) -> _Setting:
    """A telescope that did not follow: all stars 4 to 12 px long."""
    pace = random.uniform(4.0, 12.0) * VIEW.pixel_arcsec / 60.0
    return _Setting(drift=(pace, random.uniform(0.0, 360.0)))


def _gradient(random: np.random.Generator) -> _Setting:
    """A sky three times as bright at one side as at the other."""
    return _Setting(effects=(Gradient(random.uniform(0.3, 0.8), random.uniform(0.0, 360.0)),))


KINDS: dict[str, Callable[[np.random.Generator], _Setting]] = {
    "plain": _plain,
    "halo": _halo,
    "spikes": _spikes,
    "ghosts": _ghosts,
    "galaxies": _galaxies,
    "cosmic-rays": _cosmic_rays,
    "bad-columns": _bad_columns,
    "bleeding": _bleeding,
    "overscan": _overscan,
    "amplifiers": _amplifiers,
    "asteroids": _asteroids,
    "dust": _dust,
    "star-chains": _star_chains,
    "trailed-stars": _trailed_stars,
    "gradient": _gradient,
}
"""Each by its name; the order is part of the seeds: add at the end."""
