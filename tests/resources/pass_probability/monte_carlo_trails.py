"""Trails counted one by one, of the satellites of `monte_carlo`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from monte_carlo import GM, Bools, Drawn, Floats, Shell, Site, sun_shines, walker_places
from numpy.typing import ArrayLike, NDArray

__all__ = ["inside", "mean_trails", "trails_in_draws"]

STEP_S = 1.0
"""Between points of a path; the nearest satellite bends by 0.002 deg from the chord."""


def inside(
    drawn: Drawn, site: Site, centre: Floats, radius_deg: float, exposure_s: float
) -> tuple[Bools, Bools]:
    """Which satellites are inside a circle at any time of an exposure, and which of them lit.

    The circle stands still among the stars. A satellite is lit if the Sun shines on it when it is
    nearest to the circle's centre.
    """
    near = _near(drawn, site, centre, radius_deg, exposure_s)
    steps = max(1, math.ceil(exposure_s / STEP_S)) if exposure_s > 0.0 else 0
    times = np.linspace(-exposure_s / 2.0, exposure_s / 2.0, steps + 1)
    least = np.full(len(near), np.inf)
    nearest = np.zeros(len(near))
    before = _line(drawn, site, float(times[0]), near)
    _take(least, nearest, _apart(before, centre), float(times[0]))
    for first, last in zip(times[:-1].tolist(), times[1:].tolist(), strict=True):
        after = _line(drawn, site, last, near)
        step = after - before
        part = np.clip(((centre - before) * step).sum(1) / (step * step).sum(1), 0.0, 1.0)
        apart = _apart(before + part[:, None] * step, centre)
        _take(least, nearest, apart, first + part * (last - first))
        before = after
    met = np.zeros(len(drawn.node), dtype=bool)
    met[near] = least <= math.radians(radius_deg)
    lit = np.zeros(len(drawn.node), dtype=bool)
    hit = least <= math.radians(radius_deg)
    moved = Drawn(
        drawn.shell,
        drawn.node[near][hit],
        drawn.along[near][hit] + nearest[hit] * math.sqrt(GM / drawn.shell.radius_km**3),
    )
    lit[near[hit]] = sun_shines(moved.at(0.0), site.sun_km)
    return met, lit


def _take(least: Floats, nearest: Floats, apart: Floats, when: ArrayLike) -> None:
    better = apart < least
    nearest[better] = np.broadcast_to(when, len(least))[better]
    least[better] = apart[better]


def _near(
    drawn: Drawn, site: Site, centre: Floats, radius_deg: float, exposure_s: float
) -> NDArray[np.int64]:
    """Those that could come into the circle: near enough in the middle of the exposure."""
    line = drawn.at(0.0) - site.position_km
    away = np.sqrt((line * line).sum(axis=1))
    # No satellite moves faster past the observer than its own speed and the observer's together.
    fastest = math.sqrt(GM / drawn.shell.radius_km) + 0.5
    travel = fastest * exposure_s / 2.0
    reach = radius_deg * np.pi / 180.0 + np.arcsin(np.minimum(travel / away, 1.0))
    return np.flatnonzero(_apart(line / away[:, None], centre) <= reach * 1.01 + 1e-6)


def _line(drawn: Drawn, site: Site, seconds: float, which: NDArray[np.int64]) -> Floats:
    line = drawn.at(seconds, which) - site.moved_km(seconds)
    return np.asarray(line / np.sqrt((line * line).sum(axis=1))[:, None])


def _apart(lines: Floats, centre: Floats) -> Floats:
    """Angle to a unit vector, rad."""
    beside = np.cross(lines, centre)
    return np.asarray(np.arctan2(np.sqrt((beside * beside).sum(1)), lines @ centre))


def trails_in_draws(
    shells: Sequence[Shell],
    site: Site,
    az_alt_deg: tuple[float, float],
    radius_deg: float,
    exposure_s: float,
    draws: int,
    rng: np.random.Generator,
    places: Callable[[Shell, np.random.Generator], Drawn] = walker_places,
) -> Floats:
    """Trails in an exposure, and those of satellites the Sun shines on, (draws, 2)."""
    centre = site.direction(*az_alt_deg)
    found = np.zeros((draws, 2))
    for draw in range(draws):
        for shell in shells:
            met, lit = inside(places(shell, rng), site, centre, radius_deg, exposure_s)
            found[draw] += met.sum(), lit.sum()
    return found


def mean_trails(
    shell: Shell,
    site: Site,
    az_alt_deg: tuple[float, float],
    radius_deg: float,
    exposure_s: float,
    satellites: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Expected trails and lit trails of a shell (2,), and their standard errors.

    Satellites are drawn only where they could meet the exposure, and weighted for it, so that
    1e5 of them tell a mean to about 1 %.
    """
    centre = site.direction(*az_alt_deg)
    drawn, share = drawn_near(shell, site, centre, radius_deg, exposure_s, satellites, rng)
    weight = share * shell.satellites
    met = np.stack(inside(drawn, site, centre, radius_deg, exposure_s)).astype(np.float64)
    part = met.mean(axis=1)
    least = np.maximum(part, 1.0 / satellites)
    return weight * part, weight * np.sqrt(least * (1.0 - part) / satellites)


def drawn_near(
    shell: Shell,
    site: Site,
    centre: Floats,
    radius_deg: float,
    exposure_s: float,
    satellites: int,
    rng: np.random.Generator,
) -> tuple[Drawn, float]:
    """Satellites where they could meet an exposure, and the part of all draws that falls there."""
    speed = math.sqrt(GM / shell.radius_km) + 0.5
    spots = np.concatenate(list(_spots(shell, site, centre, radius_deg, speed * exposure_s / 2.0)))
    lat = np.arcsin(np.clip(spots[:, 2] / shell.radius_km, -1.0, 1.0))
    lon = np.arctan2(spots[:, 1], spots[:, 0])
    middle = math.atan2(*np.array([np.sin(lon).mean(), np.cos(lon).mean()]))
    wide = np.abs((lon - middle + np.pi) % (2.0 * np.pi) - np.pi).max() * 1.1 + 1e-3
    low, high = lat.min(), lat.max()
    slack = 0.1 * (high - low) + 1e-3
    low, high = low - slack, high + slack
    if wide > 1.4:  # the pole is among them, or nearly so
        wide = np.pi
        low, high = (low, np.pi / 2) if high > -low else (-np.pi / 2, high)
    # The arguments of latitude of that zone, found by trying; cells at its edge count whole.
    cells = 20_000
    edges = np.linspace(0.0, 2.0 * np.pi, cells + 1)
    b = np.arcsin(np.sin(edges) * math.sin(math.radians(shell.inclination_deg)))
    good = np.flatnonzero((np.maximum(b[:-1], b[1:]) >= low) & (np.minimum(b[:-1], b[1:]) <= high))
    if not len(good):
        return Drawn(shell, np.zeros(1), np.zeros(1)), 0.0
    along = (rng.choice(good, satellites) + rng.uniform(0.0, 1.0, satellites)) * 2 * np.pi / cells
    turned = Drawn(shell, np.zeros(satellites), along).at(0.0)
    node = middle - np.arctan2(turned[:, 1], turned[:, 0]) + rng.uniform(-wide, wide, satellites)
    return Drawn(shell, node, along), float(len(good) / cells * min(wide / np.pi, 1.0))


def _spots(
    shell: Shell, site: Site, centre: Floats, radius_deg: float, travel_km: float
) -> Iterator[Floats]:
    """Where lines of sight around the circle meet the shell, and how far one goes from there."""
    aside = np.cross(centre, [0.3, 0.5, 0.8])
    aside /= np.linalg.norm(aside)
    other = np.cross(centre, aside)
    turn = np.linspace(0.0, 2.0 * np.pi, 73)[:, None]
    away = math.radians(radius_deg)
    for share in (0.0, 0.5, 1.0):
        ring = math.cos(share * away) * centre + math.sin(share * away) * (
            np.cos(turn) * aside + np.sin(turn) * other
        )
        along = ring @ site.position_km
        inner = along**2 + shell.radius_km**2 - site.position_km @ site.position_km
        spots = site.position_km + ring * (-along + np.sqrt(np.maximum(inner, 0.0)))[:, None]
        yield spots
        east = np.cross([0.0, 0.0, 1.0], spots)
        east /= np.sqrt((east * east).sum(axis=1))[:, None] + 1e-12
        north = np.cross(spots, east) / shell.radius_km
        for way in (east, -east, north, -north):
            yield spots + travel_km * way
