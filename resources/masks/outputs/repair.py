"""An image without the light of its trails, and how far each of its pixels can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.outputs.bits import Flag
from satvo.resources.masks.outputs.light import Light

__all__ = ["Repaired", "filled_by_trails", "model_image", "repair"]

Floats = NDArray[np.float32]
Flags = NDArray[np.uint8]
Bools = NDArray[np.bool_]

FAINTEST_SIGMA = 0.02
"""Light a pixel, in standard deviations of the noise, down to which it is subtracted."""

_TILE, _MARGIN = 1024, 64
_SPREADS_PX = (2.0, 4.0, 8.0, 16.0)
_NEAR_FULL = 0.5


@dataclass(frozen=True, eq=False)
class Repaired:
    """An image without its trails: (rows, columns) each.

    Attributes
    ----------
    pixels : ndarray of float32
        NaN where the image has no value.
    sigma : ndarray of float32
        Standard deviation of each pixel by noise: that of the background, of the light of stars
        and of the trail where electrons a unit are known or could be measured, and of the model
        that was subtracted. NaN where no value was measured: interpolated pixels among them.
    flags : ndarray of uint8
        `Flag` of every pixel that was changed; 0 elsewhere.
    """

    pixels: Floats
    sigma: Floats
    flags: Flags


def model_image(frame: Frame, lights: Sequence[Light]) -> Floats:
    """The light of trails alone, in the unit of the frame; 0 where they do not reach."""
    image = np.zeros(frame.shape, np.float32)
    for light in lights:
        strip = light.strip(frame.shape, FAINTEST_SIGMA * frame.noise)
        image[strip.place] += light.on(strip).astype(np.float32)
    return image


def filled_by_trails(frame: Frame, lights: Sequence[Light]) -> Bools:
    """Saturated pixels that trails filled, and those that bleed from them: (rows, columns).

    Saturated are those of the frame; a trail filled such a pixel where its model, from what of it
    is not saturated, comes to half of the level of saturation. All saturated pixels that touch
    these, one by the other, belong to them. A saturated star under a trail does not.
    """
    filled = np.zeros(frame.shape, bool)
    if not frame.saturated.any():
        return filled
    level = float(frame.pixels[frame.saturated].min())
    for light in lights:
        strip = light.strip(frame.shape, frame.noise)
        sky = frame.sky[strip.place]
        full = frame.saturated[strip.place] & (light.on(strip) > _NEAR_FULL * (level - sky))
        filled[strip.rows[full], strip.columns[full]] = True
    if filled.any():
        from scipy.ndimage import binary_propagation

        filled = np.asarray(binary_propagation(filled, np.ones((3, 3), bool), frame.saturated))
    return filled


def repair(frame: Frame, lights: Sequence[Light], ghosts: Sequence[Light] = ()) -> Repaired:
    """Take the light of trails and of their ghosts out of an image.

    Parameters
    ----------
    frame : Frame
    lights, ghosts : sequence of Light

    Notes
    -----
    The model is subtracted where it comes to 0.02 standard deviations of the noise or more. What
    trails filled is interpolated from unsaturated pixels near by, as smooth as it comes: noise is
    not imitated, and `Repaired.sigma` says that there is no measure.
    """
    pixels = frame.pixels.copy()
    variance = np.full(frame.shape, frame.noise**2, np.float32)
    flags = np.zeros(frame.shape, np.uint8)
    if frame.gain > 0.0:
        variance += np.maximum(frame.pixels - frame.sky, 0.0) / np.float32(frame.gain)
    for light, flag in [
        *((light, Flag.SUBTRACTED) for light in lights),
        *((ghost, Flag.GHOST) for ghost in ghosts),
    ]:
        strip = light.strip(frame.shape, FAINTEST_SIGMA * frame.noise)
        model = light.on(strip)
        strip, model = strip.where(model > 0.0), model[model > 0.0]
        pixels[strip.place] -= model.astype(np.float32)
        flags[strip.place] |= np.uint8(flag)
        more = light.error_on(strip) ** 2
        if not frame.gain > 0.0 and light.gain > 0.0:
            more = more + model / light.gain
        variance[strip.place] += more.astype(np.float32)
    sigma = np.sqrt(variance)
    filled = filled_by_trails(frame, lights)
    if filled.any():
        _interpolate(pixels, filled, frame.usable)
        flags[filled] |= np.uint8(Flag.INTERPOLATED)
        sigma[filled] = np.nan
    pixels[~frame.usable] = np.nan
    sigma[~frame.usable] = np.nan
    flags[~frame.usable] = 0
    return Repaired(pixels, sigma, flags)


def _interpolate(pixels: Floats, filled: Bools, usable: Bools) -> None:
    """Fill pixels by the mean of good ones near by, weighted by a Gaussian of their distance."""
    from scipy.ndimage import binary_dilation, gaussian_filter

    # A pixel beside a full one has some of what ran over.
    wrong = np.asarray(binary_dilation(filled)) | ~usable
    for inner, outer in _tiles(filled):
        good = ~wrong[outer]
        if not good.any():
            continue
        values = np.where(good, pixels[outer], 0.0)
        made = np.full(values.shape, float(np.median(pixels[outer][good])), np.float32)
        open_ = np.ones(values.shape, bool)
        for spread in _SPREADS_PX:
            weight = gaussian_filter(good.astype(np.float32), spread, mode="constant")
            light = gaussian_filter(values, spread, mode="constant")
            enough = open_ & (weight > 0.05)
            made[enough] = light[enough] / weight[enough]
            open_ &= ~enough
        here = filled[inner]
        top, left = inner[0].start - outer[0].start, inner[1].start - outer[1].start
        part = made[top : top + here.shape[0], left : left + here.shape[1]]
        pixels[inner][here] = part[here]


def _tiles(filled: Bools) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Tiles with pixels to fill, and the same with a margin."""
    rows, columns = filled.shape
    for top in range(0, rows, _TILE):
        for left in range(0, columns, _TILE):
            inner = slice(top, min(top + _TILE, rows)), slice(left, min(left + _TILE, columns))
            if not filled[inner].any():
                continue
            outer = (
                slice(max(top - _MARGIN, 0), min(top + _TILE + _MARGIN, rows)),
                slice(max(left - _MARGIN, 0), min(left + _TILE + _MARGIN, columns)),
            )
            yield inner, outer
