"""Sequences of images of one field: what is checked of them, and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.classic.registration import Shift, moved, shift_between
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.search import Search
from satvo.resources.trails.scatter import scatter_about
from satvo.schemas.errors import BadParameter

__all__ = ["combined", "frames_of", "less", "searched", "shifts_to_first"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_SEEING = 0.1
"""Share of a star's light that a difference leaves, by seeing and clouds: not taken for a trail."""
_LEFT = 1.5
_LEAST_SNR = 8.0
"""Sigma of the noise that such a rest may have where the pixel still counts."""


def frames_of(images: Sequence[ArrayLike | Frame], least: int) -> list[Frame]:
    """The images of a sequence, prepared.

    Parameters
    ----------
    images : sequence of array-like (rows, columns) or Frame
        Or an array (images, rows, columns).
    least : int
        How many there must be.

    Raises
    ------
    BadParameter
        For fewer, images of different shapes, and what `Frame.of` refuses, telling which.
    """
    if not isinstance(images, Sequence) and np.ndim(images) != 3:
        raise BadParameter(
            f"a sequence of shape {np.shape(images)}: several images are accepted, as a list or as "
            "an array (images, rows, columns)"
        )
    frames = []
    for number, image in enumerate(images, 1):
        try:
            frames.append(Frame.of(image))
        except BadParameter as err:
            raise BadParameter(f"image {number} of the sequence: {err}") from err
    if len(frames) < least:
        raise BadParameter(
            f"a sequence of {len(frames)} images: {least} or more of one field are accepted"
        )
    shapes = {frame.shape for frame in frames}
    if len(shapes) > 1:
        told = ", ".join(f"{columns} x {rows}" for rows, columns in sorted(shapes))
        raise BadParameter(f"a sequence of images of {told} pixels: one size is accepted")
    return frames


def shifts_to_first(frames: Sequence[Frame]) -> tuple[list[Shift], tuple[str, ...]]:
    """Where the stars of the first image lie in each, and what the user should know of it."""
    shifts = [Shift(known=True)]
    shifts += [shift_between(frames[0], frame) for frame in frames[1:]]
    unknown = [str(number) for number, shift in enumerate(shifts, 1) if not shift.known]
    farthest = max(max(abs(shift.dx), abs(shift.dy)) for shift in shifts)
    notes = [f"the images are shifted against each other by up to {farthest:.2f} px"]
    if unknown:
        notes.append(
            f"no stars tell the shift of image {', '.join(unknown)} against the first; it is taken "
            "as 0"
        )
    return shifts, tuple(notes)


def between(first: Shift, second: Shift) -> Shift:
    """From one image to another, by where the stars of a third lie in both."""
    return Shift(second.dx - first.dx, second.dy - first.dy, first.known and second.known)


def combined(frames: Sequence[Frame], shifts: Sequence[Shift], onto: Shift) -> tuple[Floats, Flags]:
    """The median of images moved onto another, less their sky.

    Returns
    -------
    median : ndarray of float32 (rows, columns)
        0 where no image counts.
    counts : ndarray of bool (rows, columns)
        Where at least half of them do.
    """
    values = np.empty((len(frames), *frames[0].shape), dtype=np.float32)
    for number, (frame, shift) in enumerate(zip(frames, shifts, strict=True)):
        light, counts = moved(frame.pixels - frame.sky, frame.usable, between(shift, onto))
        light[~counts] = np.nan
        values[number] = light
    many = np.isfinite(values).sum(axis=0)
    counted = many >= max(len(frames) / 2.0, 1.0)
    values[:, ~counted] = 0.0
    median = np.nanmedian(values, axis=0) if (many < len(frames)).any() else np.median(values, 0)
    return median.astype(np.float32), counted


def searched(search: Search | None) -> Search:
    """What is searched for in differences: unless told otherwise nothing below 8 sigma."""
    search = search or Search()
    return search if search.snr_min is not None else replace(search, snr_min=_LEAST_SNR)


def less(frame: Frame, light: Floats, counts: Flags) -> Frame:
    """An image less the light of others, with the noise that is left in it.

    Parameters
    ----------
    frame : Frame
    light : ndarray of float32 (rows, columns)
        Above the sky, in the unit of the image.
    counts : ndarray of bool (rows, columns)
        Where it is known.

    Returns
    -------
    Frame
        Its sky is 0. Pixels where a star may have left more than the noise do not count.
    """
    left = frame.pixels - frame.sky - light
    usable = frame.usable & counts
    steady = usable & (np.abs(light) < frame.noise)
    some = left[steady] if steady.any() else left[usable]
    if not some.size:
        raise BadParameter(
            "the images of the sequence have no part in common; images of one field are accepted"
        )
    level = float(np.median(some))
    noise = scatter_about(some, level)
    if not noise > 0.0:
        raise BadParameter(
            "images of the sequence are the same but for a few pixels; each must be an exposure of "
            "its own"
        )
    usable &= _SEEING * light < _LEFT * noise
    left -= np.float32(level)
    left[~usable] = 0.0
    nothing = np.zeros(frame.shape, dtype=np.float32)
    return replace(frame, pixels=left, usable=usable, sky=nothing, noise=noise)
