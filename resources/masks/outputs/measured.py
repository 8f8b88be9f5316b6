"""The light of trails, measured on the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.outputs.beside import beside
from satvo.resources.masks.outputs.excess import measured_excess
from satvo.resources.masks.outputs.fitting import fitted
from satvo.resources.masks.outputs.flux_along import medians_of, pieces_of, smoothed
from satvo.resources.masks.outputs.guessed import guessed
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.outputs.stars import star_pixels
from satvo.resources.masks.outputs.strip import Strip, strip_of

__all__ = ["measure_all", "measure_light"]

Floats = NDArray[np.float64]

_FITS = 3
_PASSES = 5
_WRONG = (0.1, 0.05, 0.05, 0.05, 0.01)
"""Share of the model that it may be wrong by at each pass."""

EMPIRICAL_SIGMA = 3.0
"""Brightness of its middle, standard deviations a pixel, from which its own profile is measured."""


def measure_all(frame: Frame, trails: Sequence[FoundTrail]) -> tuple[Light, ...]:
    """The light of each trail.

    Parameters
    ----------
    frame : Frame
    trails : sequence of FoundTrail

    Returns
    -------
    tuple of Light
        In the same order. Where a trail is not bright enough to be measured, its light is as the
        detector says, or none.

    Notes
    -----
    The brightest is measured first and subtracted before the next; where there are several, each
    is measured again with all others subtracted, since they may cross. Its flux is followed along
    it, steady unless its pieces scatter by more than the noise; the parametric profile is
    corrected by the measured one where it is bright enough. Stars do not count.
    """
    rest = frame.pixels - frame.sky
    known: dict[int, Light] = {}
    order = sorted(range(len(trails)), key=lambda n: -_brightness(trails[n]))
    for again in range(2 if len(trails) > 1 else 1):
        for number in order:
            light = known[number] if again else guessed(frame, rest, trails[number])
            if again:
                _add(rest, light, frame, 1.0)
            known[number] = measure_light(frame, rest, light)
            _add(rest, known[number], frame, -1.0)
    return tuple(known[number] for number in range(len(trails)))


def _brightness(trail: FoundTrail) -> float:
    return trail.flux_px if math.isfinite(trail.flux_px) else 0.0


def _add(image: NDArray[np.float32], light: Light, frame: Frame, sign: float) -> None:
    strip = light.strip(frame.shape, 0.01 * frame.noise)
    image[strip.place] += (sign * light.on(strip)).astype(np.float32)


def measure_light(frame: Frame, rest: NDArray[np.float32], light: Light) -> Light:
    """The light of one trail, measured anew.

    Parameters
    ----------
    frame : Frame
    rest : ndarray of float32 (rows, columns)
        The image less its sky and the light of other trails.
    light : Light
        As it is known so far.
    """
    gain = frame.gain if frame.gain > 0.0 else math.inf
    light = replace(light, trail=_with_open_ends(light, frame.shape))
    for number in range(_PASSES):
        strip = strip_of(frame.shape, light.trail, _reach(light, frame.noise))
        z = rest[strip.place].astype(np.float64)
        usable = frame.usable[strip.place] & ~frame.saturated[strip.place]
        model = light.on(strip)
        variance = frame.noise**2 + np.maximum(model, 0.0) / gain
        # A bright trail's model is off by more than noise until its own profile is known.
        wrong = _WRONG[min(number, len(_WRONG) - 1)]
        counts = usable & ~_stars(frame, strip, z - model, variance + (wrong * model) ** 2)
        z = z - beside(strip, z - model, counts, light)
        # Stars are told from each piece's own light: by a curve that followed one by chance it
        # would be kept, as all that does not agree with it would be taken for stars.
        model = _piecewise(light, strip, z, usable)
        counts = usable & ~_stars(frame, strip, z - model, variance + (wrong * model) ** 2)
        light, snr = _with_flux(light, strip, z, np.where(counts, 1.0 / variance, 0.0))
        model = light.on(strip)
        counts = usable & ~_stars(frame, strip, z - model, variance + (wrong * model) ** 2)
        weight = np.where(counts, 1.0 / variance, 0.0)
        if number < _FITS:
            # What goes on beyond an end that is found too short looks like a star, too.
            weight = np.where(usable & _at_ends(light, strip), 1.0 / variance, weight)
            light = fitted(light, strip, z, weight, snr)
        elif light.peak > EMPIRICAL_SIGMA * frame.noise:
            reach = light.reach(0.3 * frame.noise) + 2.0
            excess = measured_excess(light, strip, z, weight, reach=reach, snr=snr)
            light = replace(light, excess=excess)
        if not frame.gain > 0.0:
            gain = _scatter_gain(light, strip, z, counts)
    return _described(frame, replace(light, gain=gain), strip, snr)


def _stars(frame: Frame, strip: Strip, off: Floats, variance: Floats) -> NDArray[np.bool_]:
    return star_pixels(frame.shape, strip, off / np.sqrt(variance))


def _at_ends(light: Light, strip: Strip) -> NDArray[np.bool_]:
    """Pixels within a full width of the trail's middle and two of an end of it."""
    width = light.profile.fwhm
    last = strip.along - light.trail.length
    near = np.minimum(np.abs(strip.along), np.abs(last)) < 2.0 * width
    return np.asarray(near & (np.abs(strip.across) < width))


def _piecewise(light: Light, strip: Strip, z: Floats, usable: NDArray[np.bool_]) -> Floats:
    """The light of a trail by medians of its pieces: (n,)."""
    piece, count, _ = _pieces(light, strip)
    shape = light.shape_on(strip)
    core = usable & (shape > 0.4 * shape.max(initial=0.0))
    flux = medians_of(piece[core], count, z[core] / shape[core])
    return np.maximum(flux, 0.0)[piece] * shape


def _pieces(light: Light, strip: Strip) -> tuple[NDArray[np.int64], int, float]:
    """The piece that each pixel is in, how many there are, and their length."""
    length = light.trail.length
    count = max(round(length / max(light.profile.fwhm, 2.0)), 1)
    size = length / count
    return np.clip(np.floor(strip.along / size).astype(np.int64), 0, count - 1), count, size


def _with_open_ends(light: Light, shape: tuple[int, int]) -> FoundTrail:
    """The trail, open where it ends within a width of the border: beyond nobody can tell."""
    near = light.profile.fwhm

    def is_open(point: tuple[float, float]) -> bool:
        x, y = point
        return min(x, y, shape[1] - 1 - x, shape[0] - 1 - y) < near

    trail = light.trail
    begin, end = trail.open_ends
    ends = begin or is_open(trail.start_xy), end or is_open(trail.end_xy)
    return replace(trail, open_ends=ends)


def _reach(light: Light, noise: float) -> float:
    return max(light.reach(0.1 * noise), 4.0 * light.profile.fwhm) + 6.0


def _with_flux(light: Light, strip: Strip, z: Floats, weight: Floats) -> tuple[Light, float]:
    """The light with its flux along it, and the significance of the whole."""
    piece, count, size = _pieces(light, strip)
    flux, error = pieces_of(piece, count, light.shape_on(strip), z, weight)
    curve, spread = smoothed(flux, error, size / light.profile.fwhm)
    total = math.sqrt(float((1.0 / error**2).sum()))
    snr = abs(float(curve.mean())) * total
    along = np.asarray((np.arange(count) + 0.5) * size, np.float64)
    return replace(light, along=along, flux=np.maximum(curve, 0.0), flux_error=spread), snr


def _scatter_gain(light: Light, strip: Strip, z: Floats, counts: NDArray[np.bool_]) -> float:
    """Electrons a unit, by how much more its middle scatters than its sides; infinite if no more.

    Unlike a difference of medians, mean squares see a tenth more of noise in a trail of 500 px;
    stars are left out of both.
    """
    model = light.on(strip)
    distance = np.abs(strip.across) / light.profile.fwhm
    middle = counts & (distance < 0.5) & (model > 0.0)
    side = counts & (distance > 2.0)
    if min(middle.sum(), side.sum()) < 100:
        return math.inf
    off = z - model
    inner, outer = float(off[middle].var()), float(off[side].var())
    error = inner * math.sqrt(2.0 / float(middle.sum()))
    more = inner - outer
    return float(model[middle].mean()) / more if more > 2.0 * error else math.inf


def _described(frame: Frame, light: Light, strip: Strip, snr: float) -> Light:
    """The light with the numbers of its trail that its detector left open, and saturation."""
    trail, flux = light.trail, light.flux
    mean = float(flux.mean())
    error = float(np.median(light.flux_error))
    flicker = 0.0
    if mean > 0.0 and len(flux) > 1:
        spread = float(flux.std()) ** 2 - error**2
        flicker = math.sqrt(max(spread, 0.0)) / mean
    changed = replace(
        trail,
        width=light.profile.width,
        beta=light.profile.beta,
        flux_px=mean,
        flux_px_error=mean / snr if snr > 0.0 else error,
        flickering=flicker,
        flux_profile=flux.copy(),
        snr=trail.snr if math.isfinite(trail.snr) else snr,
    )
    middle = (np.abs(strip.across) < 1.0) & (strip.along > 0.0) & (strip.along < trail.length)
    full = float(frame.saturated[strip.place][middle].mean()) if middle.any() else 0.0
    return replace(light, trail=changed, saturated=full)
