"""Ghosts of bright trails: faint copies of them, mirrored or shifted.

Reflections between surfaces and crosstalk between amplifiers copy a trail: shifted along the
columns or rows by amplifiers, mirrored about the middle of the detector or of its halves, or moved
by a little, parallel to itself. They are looked for on the image less the models of its trails.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.outputs.measured import measure_light
from satvo.resources.masks.outputs.strip import strip_of
from satvo.resources.trails.scatter import scatter_about

__all__ = ["Ghost", "copies_of", "find_ghosts"]

Floats = NDArray[np.float64]

BRIGHT_SIGMA = 20.0
"""Peak of a trail, standard deviations a pixel, from which ghosts of it are looked for."""

GHOST_SIGMA = 8.0
"""Significance from which a copy counts."""

BRIGHTEST = 0.1
"""Flux of a ghost by its trail's, at most: what is brighter is a trail of its own."""

_MOST = 4
_FAR_PX = 60.0
_PIECES = 24
_CLIP = 3.0
_SEARCH_PX = 4.0
_AGREE = 0.9
"""Share of the pieces that must have light."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """A copy of a trail.

    Attributes
    ----------
    of : int
        Number of its trail, from 0.
    kind : str
        How it lies to its trail.
    light : Light
    """

    of: int
    kind: str
    light: Light


def find_ghosts(frame: Frame, lights: Sequence[Light]) -> tuple[Ghost, ...]:
    """The ghosts of the trails of an image, the brightest trail's first.

    Parameters
    ----------
    frame : Frame
    lights : sequence of Light

    Notes
    -----
    A copy counts with a significance of 8 and more, by the noise and by the scatter of 24 equal
    pieces of its length, if nine of ten of them have light and it has 10 % of its trail's flux at
    most: stars on a line do not make one. What lies within two widths of a trail that was found
    is none.
    """
    bright = [
        number for number, light in enumerate(lights) if light.peak > BRIGHT_SIGMA * frame.noise
    ]
    if not bright:
        return ()
    rest = frame.pixels - frame.sky
    for light in lights:
        strip = light.strip(frame.shape, 0.02 * frame.noise)
        rest[strip.place] -= light.on(strip).astype(np.float32)
    found: list[Ghost] = []
    for number in sorted(bright, key=lambda n: -lights[n].peak):
        taken = [each.trail for each in lights] + [each.light.trail for each in found]
        for kind, trail in copies_of(lights[number].trail, frame.shape):
            ghost = _seen(frame, rest, lights[number], trail, taken)
            if ghost is not None and sum(each.of == number for each in found) < _MOST:
                ghost = measure_light(frame, rest, ghost)
                if ghost.trail.flux_px > BRIGHTEST * float(lights[number].flux.mean()):
                    continue
                found.append(Ghost(number, kind, ghost))
                taken.append(ghost.trail)
    return tuple(found)


def copies_of(trail: FoundTrail, shape: tuple[int, int]) -> Iterator[tuple[str, FoundTrail]]:
    """Where ghosts of a trail may lie, and how they are called.

    Parameters
    ----------
    trail : FoundTrail
    shape : (int, int)
        Rows and columns of the image.
    """
    rows, columns = shape
    mirrors = {
        "mirrored in x": (-1.0, columns - 1.0, 1.0, 0.0),
        "mirrored in y": (1.0, 0.0, -1.0, rows - 1.0),
        "turned about the centre": (-1.0, columns - 1.0, -1.0, rows - 1.0),
    }
    for name, (ax, bx, ay, by) in mirrors.items():
        yield name, _mapped(trail, ax, bx, ay, by)
    for part in (2, 4, 8):
        for step in (-columns / part, columns / part):
            yield f"shifted by {step:+.0f} columns", _mapped(trail, 1.0, step, 1.0, 0.0)
        for step in (-rows / part, rows / part):
            yield f"shifted by {step:+.0f} rows", _mapped(trail, 1.0, 0.0, 1.0, step)
    yield "parallel", trail


def _mapped(trail: FoundTrail, ax: float, bx: float, ay: float, by: float) -> FoundTrail:
    (x0, y0), (x1, y1) = trail.start_xy, trail.end_xy
    turned = ax * ay
    return replace(
        trail,
        start_xy=(ax * x0 + bx, ay * y0 + by),
        end_xy=(ax * x1 + bx, ay * y1 + by),
        sagitta=turned * trail.sagitta,
    )


def _seen(
    frame: Frame,
    rest: NDArray[np.float32],
    light: Light,
    trail: FoundTrail,
    taken: Sequence[FoundTrail],
) -> Light | None:
    """A copy near a place, if there is one."""
    parallel = trail is light.trail
    width = light.profile.fwhm
    far = _FAR_PX if parallel else _SEARCH_PX
    strip = strip_of(frame.shape, trail, far + 3.0 * width)
    inside = (strip.along >= 0.0) & (strip.along <= trail.length)
    strip = strip.where(inside & frame.usable[strip.place] & ~frame.saturated[strip.place])
    if len(strip.rows) < 20.0 * width or np.ptp(strip.along) < 10.0 * width:
        return None
    z = rest[strip.place].astype(np.float64) / frame.noise
    tried: list[tuple[float, float, float]] = []
    for offset in np.arange(-far, far + 0.1, max(0.5 * width, 1.0)).tolist():
        beside = max(3.0 * width, 6.0) + light.reach(frame.noise)
        if (parallel and abs(offset) < beside) or _is_taken(trail, offset, taken, width):
            tried.append((0.0, 0.0, offset))
            continue
        snr, flux = _significance(strip.along, strip.across - offset, z, light, trail.length)
        tried.append((snr, flux, offset))
    number = max(range(len(tried)), key=lambda n: tried[n][0])
    snr, flux, offset = tried[number]
    # Beside what was left out, the highest may be a slope and no maximum.
    sides = tried[number - 1 : number] + tried[number + 1 : number + 2]
    is_slope = parallel and any(side[1] == 0.0 and side[0] == 0.0 for side in sides)
    if snr < GHOST_SIGMA or is_slope:
        return None
    if not 0.0 < flux * frame.noise < BRIGHTEST * float(light.flux.mean()):
        return None
    return _made(light, trail, offset, flux * frame.noise, snr)


def _significance(
    along: Floats, across: Floats, z: Floats, light: Light, length: float
) -> tuple[float, float]:
    """Of a line's light, by its clipped pieces: the least of the whole's and what they agree on."""
    shape = light.profile.across(across)
    near = shape > 0.1 * shape.max(initial=0.0)
    if not near.any():
        return 0.0, 0.0
    # The level beside it, or the wings of its trail would be a ghost.
    width = light.profile.fwhm
    side = (np.abs(across) > 1.5 * width) & (np.abs(across) < 4.0 * width)
    level = float(np.median(z[side])) if side.any() else 0.0
    clipped = np.clip(z[near] - level, -_CLIP, _CLIP)
    piece = np.clip((along[near] / length * _PIECES).astype(np.int64), 0, _PIECES - 1)
    square = np.bincount(piece, shape[near] ** 2, _PIECES)
    product = np.bincount(piece, shape[near] * clipped, _PIECES)
    known = square > 0.0
    if known.sum() < _PIECES // 2:
        return 0.0, 0.0
    each = product[known] / square[known]
    flux = float(np.median(each))
    if flux <= 0.0 or (each > 0.0).mean() < _AGREE:
        return 0.0, 0.0
    by_noise = flux * math.sqrt(float(square.sum()))
    # Faint stars on the line scatter its pieces by more than the noise does.
    scatter = max(scatter_about(each, flux), 1e-9)
    return min(by_noise, flux / scatter * math.sqrt(float(known.sum()))), flux


def _is_taken(trail: FoundTrail, offset: float, taken: Sequence[FoundTrail], width: float) -> bool:
    """Whether a line lies along a trail that is known."""
    x0, y0, x1, y1 = *_shifted(trail, offset)[0], *_shifted(trail, offset)[1]
    for other in taken:
        ux = (other.end_xy[0] - other.start_xy[0]) / max(other.length, 1e-9)
        uy = (other.end_xy[1] - other.start_xy[1]) / max(other.length, 1e-9)
        away = [
            abs((y - other.start_xy[1]) * ux - (x - other.start_xy[0]) * uy)
            for x, y in ((x0, y0), (0.5 * (x0 + x1), 0.5 * (y0 + y1)), (x1, y1))
        ]
        if max(away) < 2.0 * width + 2.0:
            return True
    return False


def _shifted(trail: FoundTrail, offset: float) -> tuple[tuple[float, float], tuple[float, float]]:
    dx = (trail.end_xy[0] - trail.start_xy[0]) / trail.length
    dy = (trail.end_xy[1] - trail.start_xy[1]) / trail.length
    (x0, y0), (x1, y1) = trail.start_xy, trail.end_xy
    return (x0 - offset * dy, y0 + offset * dx), (x1 - offset * dy, y1 + offset * dx)


def _made(light: Light, trail: FoundTrail, offset: float, flux: float, snr: float) -> Light:
    start, end = _shifted(trail, offset)
    ghost = replace(
        trail, start_xy=start, end_xy=end, flux_px=flux, flux_px_error=flux / snr, snr=snr,
        across_error=math.nan, along_error=math.nan, score=math.nan, flickering=math.nan,
        flux_profile=None,
    )  # fmt: skip
    ends = np.array([0.0, trail.length])
    error = np.full(2, flux / snr)
    return Light(ghost, light.profile, ends, np.array([flux, flux]), error, gain=light.gain)
