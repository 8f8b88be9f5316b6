"""Cosmic rays and local radiation in a detector: straight tracks of muons, and worms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CosmicRays", "cosmic_rays"]

Floats = NDArray[np.float64]

_MOST_PROBABLE = 75.0
"""e-/um that a muon leaves in silicon, most probably (Particle Data Group, Passage of particles
through matter: 80 keV in 300 um, 3.65 eV a pair)."""
_SPREAD = 5.5
"""e-/um, the width of Moyal's distribution with Landau's full width of 4.018 xi, xi 4.9 e-/um."""
_STEP_UM = 4.0
_WORM_UM = 300.0
"""Mean path of an electron of some 0.3 MeV before it leaves or stops."""
_TURN_RAD = 0.35
"""By which such an electron is turned in a step, a standard deviation, by multiple scattering."""
_MOST_STEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class CosmicRays:
    """How many particles hit a detector, and of what kind.

    Attributes
    ----------
    rate : float
        Hits per cm2 and s, of all kinds; at sea level 0.017 muons (1 per cm2 and min), in low
        Earth orbit about 1.
    worms : float
        Share that are electrons of a few 100 keV, set free by gamma rays of the surroundings, which
        are turned about and leave curled tracks.
    depth_um : float
        Thickness of the silicon that collects charge.
    diffusion_um : float
        Standard deviation to which charge from the far side spreads on its way.
    """

    rate: float = 0.0
    worms: float = 0.3
    depth_um: float = 15.0
    diffusion_um: float = 3.0


def cosmic_rays(
    shape: tuple[int, int],
    pixel_um: float,
    exposure_s: float,
    rays: CosmicRays,
    random: np.random.Generator,
) -> Floats | None:
    """Electrons that particles leave in each pixel; None where none hits.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    pixel_um : float
    exposure_s : float
    rays : CosmicRays
    random : numpy Generator

    Returns
    -------
    ndarray (rows, columns) or None

    Notes
    -----
    Muons come with an intensity of cos**2 of the zenith distance onto a detector that lies level,
    and cross it in a straight line; the charge follows Moyal's approximation of Landau's
    distribution. Worms begin at any place and depth, go any way, and are turned in each step until
    they leave the silicon or have gone a length drawn from an exponential distribution. Left out
    are showers, delta rays, the wider losses in thin silicon (Bichsel 1988), and detectors that do
    not lie level.

    References
    ----------
    Groom, D. 2002, Experimental Astronomy 14, 45 (muons and worms in CCDs). Particle Data Group,
    Review of Particle Physics, sections on cosmic rays (1 per cm2 and min, cos**2) and on the
    passage of particles through matter. Moyal, J. E. 1955, Philosophical Magazine 46, 263.
    """
    area_cm2 = shape[0] * shape[1] * pixel_um**2 * 1e-8
    expected = rays.rate * area_cm2 * exposure_s
    count = int(random.poisson(expected)) if expected else 0
    if not count:
        return None
    curled = int(random.binomial(count, rays.worms))
    size_um = np.array([shape[0], shape[1]]) * pixel_um
    pieces = [
        make(number, size_um, rays, random)
        for make, number in ((_muons, count - curled), (_worms, curled))
        if number
    ]
    places, charge = (np.concatenate(each) for each in zip(*pieces, strict=True))
    # Charge is collected at the back, so that what is freed at the front spreads the most.
    spread = rays.diffusion_um * np.sqrt(1.0 - places[:, 2] / rays.depth_um)
    places[:, :2] += spread[:, None] * random.standard_normal((len(places), 2))
    at = np.floor(places[:, :2] / pixel_um).astype(np.intp)
    inside = ((at >= 0) & (at < np.array(shape))).all(1)
    flat = at[inside, 0] * shape[1] + at[inside, 1]
    light = np.bincount(flat, charge[inside], shape[0] * shape[1]).reshape(shape)
    return np.asarray(np.rint(light))


def _moyal(count: int, random: np.random.Generator) -> Floats:
    """Charge of muons, e-/um: Moyal's distribution is that of -log of a squared normal number."""
    return _MOST_PROBABLE - _SPREAD * np.log(random.standard_normal(count) ** 2)


def _muons(
    count: int, size_um: Floats, rays: CosmicRays, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Places (n, 3) of the steps of tracks, um, rows, columns, depth, and the charge of each."""
    # Through a level plane go cos**3 sin, since it is seen aslant: cos**4 is spread evenly.
    cosine = np.maximum(random.random(count), 1e-9) ** 0.25
    along = rays.depth_um * np.sqrt(1.0 / cosine**2 - 1.0)
    turn = random.uniform(0.0, 2.0 * math.pi, count)
    start = random.random((count, 2)) * size_um
    length = np.minimum(rays.depth_um / cosine, float(size_um.sum()))
    charge = _moyal(count, random) * length
    steps = np.ceil(length / _STEP_UM).astype(np.intp)
    track = np.repeat(np.arange(count), steps)
    begun = np.cumsum(steps) - steps
    done = (np.arange(len(track)) - begun[track] + 0.5) / steps[track]
    places = np.empty((len(track), 3))
    places[:, 0] = start[track, 0] + done * (along * np.sin(turn))[track]
    places[:, 1] = start[track, 1] + done * (along * np.cos(turn))[track]
    places[:, 2] = done * rays.depth_um
    return places, (charge / steps)[track]


def _worms(
    count: int, size_um: Floats, rays: CosmicRays, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Likewise, of electrons that are turned about."""
    way = random.standard_normal((count, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    at = random.random((count, 3)) * np.array([*size_um, rays.depth_um])
    left = random.exponential(_WORM_UM, count)
    places = []
    for _ in range(_MOST_STEPS):
        places.append(at)
        at = at + _STEP_UM * way
        left = left - _STEP_UM
        stays = (left > 0.0) & (at[:, 2] >= 0.0) & (at[:, 2] < rays.depth_um)
        if not stays.any():
            break
        at, way, left = at[stays], way[stays], left[stays]
        way = way + _TURN_RAD * random.standard_normal(way.shape)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
    joined = np.concatenate(places)
    return joined, np.maximum(_moyal(len(joined), random), 0.0) * _STEP_UM
