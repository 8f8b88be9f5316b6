"""Windows along the lines of training cut-outs, with what they hold."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.networks.line_sums import Lines, joined, likeliest_lines
from satvo.resources.masks.networks.line_windows import BIN_PX, WIDE, binned_significance, laid
from satvo.resources.masks.training.kinds import BRIGHT_FROM
from satvo.resources.masks.training.stream import Recipe, Stream

__all__ = ["RECIPE", "WindowSet", "draw_windows", "read_windows", "write_windows"]

Floats = NDArray[np.float32]

RECIPE = Recipe(empty=0.4, snr=(0.3, 10.0), lookalikes=0.3, fields=60)
"""Of the cut-outs that the shipped network was trained on."""

_SIZE_PX = 364
_LINES = 12
_MOVED = 3  # further windows along a trail, moved and turned a little
_LEAST = 16  # bins along a window that a trail has near its middle
_STEPS = 24.0  # of a stored value, by its asinh


@dataclass(frozen=True, eq=False)
class WindowSet:
    """Windows with what they hold.

    Attributes
    ----------
    values : ndarray of int8 (n, `WIDE`, `LONG`)
        24 asinh of the significance, rounded.
    classes : ndarray of int8 (n,)
        Index in `classifier.CLASSES`.
    cutouts : ndarray of int32 (n,)
        Number of the cut-out that each comes from.
    """

    values: NDArray[np.int8]
    classes: NDArray[np.int8]
    cutouts: NDArray[np.int32]

    def significance(self, chosen: NDArray[Any]) -> Floats:
        """Some of them in standard deviations of the noise, float32 (n, `WIDE`, `LONG`)."""
        values: Floats = np.sinh(self.values[chosen] / np.float32(_STEPS))
        return values


def draw_windows(
    seed: int, cutouts: int, *, minutes: float = math.inf, recipe: Recipe = RECIPE
) -> WindowSet:
    """Windows along the likeliest lines of cut-outs of a stream.

    A window holds a trail where one runs near its middle line for 32 px at least; windows that
    touch a trail otherwise are left out. Along each trail there are three more windows, moved by
    up to 24 bins along, 2 across, and turned by up to 0.03 rad.

    Parameters
    ----------
    seed : int
    cutouts : int
        Of 364 px, at most.
    minutes : float
        Processor time, at most.
    recipe : Recipe
    """
    stream = Stream(seed, recipe)
    random = np.random.default_rng([seed, 1])
    values, classes, numbers = [], [], []
    began = time.process_time()
    for number in range(cutouts):
        if time.process_time() - began > 60.0 * minutes:
            break
        images, masks, about = stream.batch(1, _SIZE_PX)
        seen, held = _windows_of(images[0], masks[0], about[0]["snr"], random)
        values.append(seen)
        classes.append(held)
        numbers.append(np.full(len(held), number, np.int32))
    return WindowSet(np.concatenate(values), np.concatenate(classes), np.concatenate(numbers))


def _windows_of(
    image: Floats, mask: NDArray[np.uint8], snr: float, random: np.random.Generator
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    significance = binned_significance(image)
    lines = likeliest_lines(significance, _LINES)
    rows, columns = significance.shape
    bins = mask.reshape(rows, BIN_PX, columns, BIN_PX)
    truth: Floats = bins.max((1, 3)).astype(np.float32)
    if mask.any():
        lines = _with_moved(lines, _coverage(truth, lines)[0] >= _LEAST, random)
    near, anywhere = _coverage(truth, lines)
    has_trail = near >= _LEAST
    is_clear = has_trail | ~anywhere
    held = np.where(has_trail, 2 if snr >= BRIGHT_FROM else 1, 0)[is_clear].astype(np.int8)
    seen = np.arcsinh(laid(significance, lines)[is_clear]) * _STEPS
    return np.clip(np.rint(seen), -127, 127).astype(np.int8), held


def _coverage(truth: Floats, lines: Lines) -> tuple[NDArray[np.int_], NDArray[np.bool_]]:
    """Bins along each window that have a trail near its middle; whether it has one anywhere."""
    inside = laid(truth, lines) > 0.5
    near = np.count_nonzero(inside[:, WIDE // 2 - 3 : WIDE // 2 + 3].any(1), axis=1)
    return near, np.asarray(inside.any((1, 2)))


def _with_moved(lines: Lines, chosen: NDArray[np.bool_], random: np.random.Generator) -> Lines:
    again = np.repeat(np.flatnonzero(chosen), _MOVED)
    along, across = random.uniform(-24.0, 24.0, again.size), random.uniform(-2.0, 2.0, again.size)
    angle = lines.angle[again] + random.uniform(-0.03, 0.03, again.size)
    cosine, sine = np.cos(angle), np.sin(angle)
    more = Lines(
        (lines.x[again] + along * cosine - across * sine).astype(np.float32),
        (lines.y[again] + along * sine + across * cosine).astype(np.float32),
        angle.astype(np.float32),
        lines.significance[again],
    )
    return joined([lines, more])


def write_windows(windows: WindowSet, path: Path) -> None:
    """Write a set as a file (npz), whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        np.savez(file, values=windows.values, classes=windows.classes, cutouts=windows.cutouts)
    part.replace(path)


def read_windows(path: Path) -> WindowSet:
    """A set that `write_windows` wrote."""
    with np.load(path) as held:
        return WindowSet(held["values"], held["classes"], held["cutouts"])
