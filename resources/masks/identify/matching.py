"""How well a predicted satellite explains a trail: the density of such a trail, were it that one.

A satellite is taken to be displaced from its prediction along its orbit (which is a time), across
it and radially, by independent errors; to first order each displaces the predicted way, and with
it the offsets of the trail's two ends across the way and along it. What the trail's ends say of
time depends on them: one inside the image is where the satellite was when the exposure began or
ended, but for a small chance that the light began or ended there of itself (a shadow, a flash, a
detector that gave up); one at the border says only that the satellite was on its way there.
Densities are per arcsec of each offset that is measured, so that satellites, and objects that are
not known (`unknown.py`), can be weighed against each other by the rule of Bayes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import sky_axes
from satvo.resources.masks.identify.predicted import ARCSEC, Known, Near, Places
from satvo.resources.masks.identify.sky_trails import SkyTrail
from satvo.resources.masks.identify.weighing import (
    Allowance,
    Case,
    Linear,
    State,
    across_error,
    summed,
    weighed,
)
from satvo.resources.passes.exposures import Exposure

__all__ = ["Fits", "fits_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY_S = 86400.0
_NEWTON = 3
_WORST_SIGMAS = 8.0
_WORST_TURN_DEG = 15.0
_DARK = 1e-3
"""Chance, against that of a lit one, that a satellite in the shadow leaves a trail."""


@dataclass(frozen=True, eq=False, slots=True)
class Fits:
    """How k satellites fit a trail, each (k,).

    Attributes
    ----------
    which : ndarray of int
        Places in the catalogue.
    log_density : ndarray
        Natural logarithm, per arcsec of each offset measured.
    is_turned : ndarray of bool
        Whether the satellite went from the trail's end to its start.
    shift_s, shift_error_s : ndarray
        By how much it is ahead of its elements along its orbit.
    along_arcsec : ndarray
        The same on the sky, along the motion.
    across_arcsec, across_error_arcsec : ndarray
        Of the trail from the predicted way of a satellite so much ahead; positive towards greater
        position angles. The error is that of elements and measurement together.
    first_timed, last_timed : ndarray
        Probability that the end it came to first is where it was when the exposure began, and the
        other where it was when it ended.
    rate_arcsec_s, pos_angle_deg : ndarray
        Of the motion at the trail.
    """

    which: Ints
    log_density: Floats
    is_turned: NDArray[np.bool_]
    shift_s: Floats
    shift_error_s: Floats
    along_arcsec: Floats
    across_arcsec: Floats
    across_error_arcsec: Floats
    first_timed: Floats
    last_timed: Floats
    rate_arcsec_s: Floats
    pos_angle_deg: Floats

    def joined(self, other: Fits) -> Fits:
        """These and others."""
        return Fits(
            *(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self))
        )


_NO_FITS = Fits(
    np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_), *(np.zeros(0) for _ in range(9))
)


def fits_of(
    trail: SkyTrail,
    near: Near,
    known: Known,
    exposure: Exposure,
    allowance: Allowance | None = None,
) -> Fits:
    """How satellites fit a trail; those that cannot be it are left out.

    Parameters
    ----------
    trail : SkyTrail
    near : Near
        As `Known.near` gives it for the exposure.
    known : Known
    exposure : Exposure
    allowance : Allowance, optional
    """
    allowance = allowance or Allowance()
    found = _NO_FITS
    if not len(near.which):
        return found
    rows, passes_s, is_turned = _that_may(trail, near, known, exposure)
    for turned in (False, True):
        mine = is_turned == turned
        if not mine.any():
            continue
        one = _fit(
            trail.turned() if turned else trail,
            near.which[rows[mine]],
            passes_s[mine],
            known,
            exposure,
            allowance,
            turned,
        )
        found = found.joined(one)
    return found


def _that_may(
    trail: SkyTrail, near: Near, known: Known, exposure: Exposure
) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Rows of `near` whose way passes the trail, when (s from the start), and in which sense."""
    middle = trail.middle
    chord = trail.ends[1] - trail.ends[0]
    step = np.diff(near.ways, axis=1)
    size = np.sum(step * step, axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(np.sum((middle - near.ways[:, :-1]) * step, axis=2) / size, 0.0, 1.0)
    nearest = near.ways[:, :-1] + share[..., None] * step
    miss = np.nan_to_num(np.linalg.norm(nearest - middle, axis=2), nan=9.0)
    rows = np.arange(len(near.which))
    at = np.argmin(miss, axis=1)
    seconds = near.seconds[at] + share[rows, at] * np.diff(near.seconds)[at]
    motion = step[rows, at]
    length = np.linalg.norm(motion, axis=1) * np.linalg.norm(chord)
    with np.errstate(invalid="ignore", divide="ignore"):
        turn = motion @ chord / length
    places = known.at(near.which, exposure.start_mjd + seconds / _DAY_S, np.zeros(len(rows)))
    sigma = known.sigma_km(near.which, exposure.middle_mjd)
    drift_s = _WORST_SIGMAS * sigma[:, 1] / np.maximum(places.speed_km_s, 0.1)
    # The Earth turns below a satellite that is late, by 0.5 km/s at most.
    error_km = _WORST_SIGMAS * np.hypot(sigma[:, 0], sigma[:, 2]) + 0.5 * drift_s
    reach = error_km * np.linalg.norm(places.per_cross_km + places.per_radial_km, axis=1) * 1.5
    reach += 0.3 * np.linalg.norm(chord) + 8.0 * trail.across_arcsec / ARCSEC
    straight = np.abs(turn) >= np.cos(np.radians(_WORST_TURN_DEG) + _slack(trail))
    kept = (miss[rows, at] <= reach) & straight
    return rows[kept], seconds[kept], turn[kept] < 0.0


def _slack(trail: SkyTrail) -> float:
    """What the direction of a short trail may be wrong by, rad."""
    return float(min(6.0 * trail.across_arcsec / trail.length_arcsec, 1.2))


def _fit(
    trail: SkyTrail,
    which: Ints,
    passes_s: Floats,
    known: Known,
    exposure: Exposure,
    allowance: Allowance,
    turned: bool,
) -> Fits:
    """Fits of satellites that come to the trail's start first, by the case that fits each best."""
    sigma = known.sigma_km(which, exposure.middle_mjd)
    choices = [(False,) if opened else (True, False) for opened in trail.is_open]
    cases = [
        Case(trail, (first, last), exposure.duration_s, allowance)
        for first in choices[0]
        for last in choices[1]
    ]
    fits = [_in_case(case, which, passes_s, sigma, known, exposure, turned) for case in cases]
    log_density, weights = summed(np.array([each.log_density for each in fits]))
    best = np.argmax(weights, axis=0)
    rows = np.arange(len(which))
    chosen = {
        each.name: np.stack([getattr(fit, each.name) for fit in fits])[best, rows]
        for each in fields(Fits)
    }
    timed = np.array([case.timed for case in cases], dtype=np.float64)
    chosen |= {
        "log_density": log_density,
        "first_timed": weights.T @ timed[:, 0],
        "last_timed": weights.T @ timed[:, 1],
    }
    return Fits(**chosen)


def _in_case(
    case: Case,
    which: Ints,
    passes_s: Floats,
    sigma_km: Floats,
    known: Known,
    exposure: Exposure,
    turned: bool,
) -> Fits:
    """Fits in one case."""
    state = _begun(case, which, passes_s, known, exposure)
    for _ in range(_NEWTON):
        line = _linear(case.trail, which, state, known, exposure)
        state = _corrected(state, line, case.timed)
    line = _linear(case.trail, which, state, known, exposure)
    answer = weighed(case, line, state, sigma_km)
    log_density = answer.log_density + np.where(line.is_lit, 0.0, np.log(_DARK))
    away = (answer.shift - state.shift)[:, None]
    timed = np.ones(len(which))
    return Fits(
        which=which,
        log_density=np.where(np.isfinite(log_density), log_density, -np.inf),
        is_turned=np.full(len(which), turned),
        shift_s=answer.shift,
        shift_error_s=answer.shift_error,
        along_arcsec=answer.shift * line.along_by[:, :, 0].mean(axis=1),
        across_arcsec=(line.across - line.across_by[:, :, 0] * away).mean(axis=1),
        across_error_arcsec=across_error(case.trail, line, sigma_km),
        first_timed=timed * case.timed[0],
        last_timed=timed * case.timed[1],
        rate_arcsec_s=line.rate.mean(axis=1),
        pos_angle_deg=line.pos_angle,
    )


def _begun(case: Case, which: Ints, passes_s: Floats, known: Known, exposure: Exposure) -> State:
    """From when the predicted way passes the middle of the trail."""
    places = known.at(which, exposure.start_mjd + passes_s / _DAY_S, np.zeros(len(which)))
    rate = np.linalg.norm(places.per_s, axis=1) * ARCSEC
    half = case.trail.length_arcsec / 2.0 / np.maximum(rate, 1e-6)
    first, last = passes_s - half, passes_s + half
    ends = first, last - exposure.duration_s  # of the shift, were each of them timed
    if case.timed == (False, False):
        low, high = np.minimum(ends[1], ends[0]), np.maximum(ends[1], ends[0])
        fits = ends[1] <= ends[0]
        shift = np.where(fits, np.clip(0.0, low, high), (low + high) / 2.0)
    else:
        shift = np.mean([ends[end] for end in (0, 1) if case.timed[end]], axis=0)
    times = np.stack([first - shift, last - shift], axis=1)
    for end in (0, 1):
        if case.timed[end]:
            times[:, end] = end * exposure.duration_s
    return State(times, shift)


def _linear(trail: SkyTrail, which: Ints, state: State, known: Known, exposure: Exposure) -> Linear:
    """The offsets of the trail's ends from where satellites are predicted."""
    count = len(which)
    places = known.at(
        np.tile(which, 2),
        exposure.start_mjd + state.times.T.ravel() / _DAY_S,
        np.tile(state.shift, 2),
    )
    motion = np.linalg.norm(places.per_s, axis=1)
    ahead = places.per_s / np.maximum(motion, 1e-12)[:, None]
    aside = np.cross(ahead, places.direction)  # by 90 deg of position angle
    offset = np.repeat(trail.ends, count, axis=0) - places.direction

    def two(values: NDArray[Any]) -> NDArray[Any]:
        return np.swapaxes(values.reshape(2, count, *values.shape[1:]), 0, 1)

    def by(axis: Floats) -> Floats:
        ways = (places.per_shift_s, places.per_cross_km, places.per_radial_km)
        return two(np.stack([np.sum(axis * way, axis=1) for way in ways], axis=1) * ARCSEC)

    return Linear(
        two(np.sum(aside * offset, axis=1) * ARCSEC),
        two(np.sum(ahead * offset, axis=1) * ARCSEC),
        two(motion * ARCSEC),
        by(aside),
        by(ahead),
        places.speed_km_s[:count],
        np.asarray(two(places.is_lit).any(axis=1)),
        _pos_angle(places, ahead)[:count],
    )


def _pos_angle(places: Places, ahead: Floats) -> Floats:
    east, north = sky_axes(places.direction)
    angle = np.arctan2(np.sum(ahead * east, axis=1), np.sum(ahead * north, axis=1))
    return np.asarray(np.degrees(angle) % 360.0)


def _corrected(state: State, line: Linear, timed: tuple[bool, bool]) -> State:
    """One step: ends that are timed tell of the shift, the others of when they are passed."""
    step = np.zeros(len(state.shift))
    if any(timed):
        told = [line.along[:, e] / line.along_by[:, e, 0] for e in (0, 1) if timed[e]]
        step = np.clip(np.nan_to_num(np.mean(told, axis=0)), -60.0, 60.0)
    times = state.times.copy()
    for end in (0, 1):
        if not timed[end]:
            left = line.along[:, end] - line.along_by[:, end, 0] * step
            times[:, end] += np.clip(np.nan_to_num(left / line.rate[:, end]), -60.0, 60.0)
    return State(times, state.shift + step)
