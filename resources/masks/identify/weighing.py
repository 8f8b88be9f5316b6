"""How dense the offsets of a trail from a predicted way are, over all that may be the case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.identify.sky_trails import SkyTrail

__all__ = [
    "FADES",
    "Allowance",
    "Case",
    "Linear",
    "State",
    "Weighed",
    "across_error",
    "summed",
    "weighed",
]

Floats = NDArray[np.float64]

_TAILS = ((0.8, 1.0, 1.0), (0.1, 3.0, 1.0), (0.1, 1.0, 10.0))
"""Shares of trails, by how much the errors of their elements are larger than `rtn_sigma_km`, and
those of their ends along them than the detector says. The 95 % of Starlink's are 2.5 times its
68 %, and some satellites have manoeuvred; of faint trails ends were seen 7 px off for 0.3."""
FADES = 0.1
"""Chance that an end inside the image is none of the exposure's."""
_TURN = 1e-4  # rad: by what a way may be turned beside its displacement


@dataclass(frozen=True)
class Allowance:
    """What is allowed for beside the errors of elements and of the trail, 1 sigma.

    Attributes
    ----------
    clock_s : float
        Of the header's times.
    shutter_s : float
        Of each of its two instants by itself.
    """

    clock_s: float = 0.2
    shutter_s: float = 0.02


class State(NamedTuple):
    """Where the fit of k satellites stands.

    Attributes
    ----------
    times : ndarray (k, 2)
        When each end is passed, seconds from the start of the exposure.
    shift : ndarray (k,)
        Seconds by which the satellite is ahead of its elements.
    """

    times: Floats
    shift: Floats


class Linear(NamedTuple):
    """Offsets of a trail's two ends from predicted ways about a state, and how they change.

    Attributes
    ----------
    across, along : ndarray (k, 2)
        Of each end from where the satellite is predicted, arcsec.
    rate : ndarray (k, 2)
        Of the motion, arcsec/s.
    across_by, along_by : ndarray (k, 2, 3)
        By a second of shift (arcsec/s), a kilometre across the orbit and one radially (arcsec/km).
    speed : ndarray (k,)
        Of the satellite, km/s.
    is_lit : ndarray of bool (k,)
    pos_angle : ndarray (k,)
        Of the motion, deg.
    """

    across: Floats
    along: Floats
    rate: Floats
    across_by: Floats
    along_by: Floats
    speed: Floats
    is_lit: NDArray[np.bool_]
    pos_angle: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """What is taken to be so of a trail.

    Attributes
    ----------
    trail : SkyTrail
        Its start is the end that is passed first.
    timed : tuple of bool
        Whether its start is where the satellite was when the exposure began, and its end where it
        was when that ended.
    duration_s : float
        Of the exposure.
    allowance : Allowance
    """

    trail: SkyTrail
    timed: tuple[bool, bool]
    duration_s: float
    allowance: Allowance

    @property
    def log_chance(self) -> float:
        """Natural logarithm of the chance that it is so."""
        inside = [t for t, opened in zip(self.timed, self.trail.is_open, strict=True) if not opened]
        return sum(math.log(1.0 - FADES if timed else FADES) for timed in inside)


class Weighed(NamedTuple):
    """What a case says of k satellites.

    Attributes
    ----------
    log_density : ndarray (k,)
        Natural logarithm, per arcsec of each offset measured.
    shift, shift_error : ndarray (k,)
        Seconds, as of `State`.
    """

    log_density: Floats
    shift: Floats
    shift_error: Floats


def weighed(case: Case, line: Linear, state: State, sigma_km: Floats) -> Weighed:
    """The density of the offsets in a case, over how wrong the elements may be.

    Parameters
    ----------
    case : Case
    line, state
        Of k satellites.
    sigma_km : ndarray (k, 3)
        Errors of the elements radially, along and across.
    """
    found = [_in_case(case, line, state, sigma_km * times, ends) for _, times, ends in _TAILS]
    shares = np.log([share for share, _, _ in _TAILS])[:, None]
    logs = np.array([each.log_density for each in found]) + shares
    log_density, weights = summed(logs)
    shift = np.sum(weights * [each.shift for each in found], axis=0)
    spread = [each.shift_error**2 + (each.shift - shift) ** 2 for each in found]
    error = np.sqrt(np.sum(weights * spread, axis=0))
    return Weighed(log_density + case.log_chance, shift, error)


def summed(logs: Floats) -> tuple[Floats, Floats]:
    """Logarithm of the sum of numbers given by theirs (n, k), and the share of each; 0 of none."""
    top = logs.max(axis=0)
    top = np.where(np.isfinite(top), top, 0.0)
    weights = np.exp(logs - top)
    total = weights.sum(axis=0)
    with np.errstate(divide="ignore"):
        return top + np.log(total), weights / np.where(total > 0.0, total, 1.0)


def _in_case(case: Case, line: Linear, state: State, sigma_km: Floats, ends: float) -> Weighed:
    """The same if errors are just so large."""
    offsets, by, noise = _measured(case, line, state, ends)
    shift_s = np.hypot(sigma_km[:, 1] / line.speed, case.allowance.clock_s)
    spread = np.stack([shift_s, sigma_km[:, 2], sigma_km[:, 0]], axis=1)
    scaled = by * spread[:, None, :]
    covariance = noise + scaled @ np.swapaxes(scaled, 1, 2)
    # The expected offsets are those of no shift at all.
    residual = offsets + by[:, :, 0] * state.shift[:, None]
    solved = np.linalg.solve(covariance, residual[..., None])[..., 0]
    log = -0.5 * (np.sum(residual * solved, axis=1) + np.linalg.slogdet(covariance)[1])
    log -= 0.5 * offsets.shape[1] * np.log(2.0 * np.pi)
    gain = by[:, :, 0] * (shift_s**2)[:, None]
    shift = np.sum(gain * solved, axis=1)
    taken = np.linalg.solve(covariance, gain[..., None])[..., 0]
    error = np.sqrt(np.maximum(shift_s**2 - np.sum(gain * taken, axis=1), 1e-12))
    return _on_its_way(case, line, state, Weighed(log, shift, error))


def _measured(case: Case, line: Linear, state: State, ends: float) -> tuple[Floats, Floats, Floats]:
    """The offsets that count (k, n), how they change (k, n, 3), and their noise (k, n, n)."""
    trail, offsets, by, variance = case.trail, [], [], []
    half = trail.length_arcsec / 2.0
    for end in (0, 1):
        offsets.append(line.across[:, end])
        by.append(line.across_by[:, end])
        variance.append(np.full(len(state.shift), trail.across_arcsec**2 + (_TURN * half) ** 2))
    for end in (0, 1):
        if case.timed[end]:
            offsets.append(line.along[:, end])
            by.append(line.along_by[:, end])
            shutter = line.rate[:, end] * case.allowance.shutter_s
            variance.append((ends * trail.along_arcsec) ** 2 + shutter**2)
    noise = np.stack(variance, axis=1)[:, :, None] * np.eye(len(variance))
    return np.stack(offsets, axis=1), np.stack(by, axis=1), noise


def _on_its_way(case: Case, line: Linear, state: State, told: Weighed) -> Weighed:
    """With the chance that ends that are not timed are passed while the image is exposed.

    One inside the image may then be anywhere on the way.
    """
    from scipy.special import ndtr

    if all(case.timed):
        return told
    log, shift, error = told
    low, high = np.full(len(shift), -np.inf), np.full(len(shift), np.inf)
    for end in (0, 1):
        if case.timed[end]:
            continue
        passed = state.times[:, end] + line.along[:, end] / line.rate[:, end]
        gain = line.rate[:, end] / line.along_by[:, end, 0]
        if end == 0:
            high = state.shift + passed * gain
        else:
            low = state.shift + (passed - case.duration_s) * gain
        if not case.trail.is_open[end]:
            log = log - np.log(np.maximum(line.rate[:, end] * case.duration_s, 1e-6))
    wide = np.hypot(error, case.allowance.shutter_s)
    a, b = (low - shift) / wide, (high - shift) / wide
    inside = np.where(b > a, ndtr(b) - ndtr(a), 0.0)
    # In the far tail of one side the difference is lost; the other side has it.
    inside = np.where((b > a) & (a > 0.0), ndtr(-a) - ndtr(-b), inside)
    mean, spread = _cut_normal(a, b, inside)
    with np.errstate(divide="ignore"):
        return Weighed(log + np.log(inside), shift + wide * mean, wide * spread)


def _cut_normal(a: Floats, b: Floats, inside: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of a unit normal distribution between two bounds."""
    safe = np.where(inside > 1e-12, inside, 1.0)
    low, high = np.clip(a, -40.0, 40.0), np.clip(b, -40.0, 40.0)
    at_low, at_high = (np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi) for x in (low, high))
    mean = (at_low - at_high) / safe
    variance = 1.0 + (low * at_low - high * at_high) / safe - mean**2
    edge = np.where(np.abs(low) < np.abs(high), low, high)
    there = inside > 1e-12
    return (
        np.where(there, mean, edge),
        np.where(there, np.sqrt(np.clip(variance, 1e-6, 1.0)), 1e-3),
    )


def across_error(trail: SkyTrail, line: Linear, sigma_km: Floats) -> Floats:
    """1-sigma error of the across residual: elements across and radially, and the measurement."""
    by = line.across_by.mean(axis=1)
    error = np.hypot(by[:, 1] * sigma_km[:, 2], by[:, 2] * sigma_km[:, 0])
    return np.asarray(np.hypot(error, trail.across_arcsec / np.sqrt(2.0)))
