"""The trail of a satellite on a frame, and the truth about it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.exposure import MASK_BITS, TrailTruth
from satvo.resources.images.simulator.line_spread import line_fwhm_px
from satvo.resources.images.simulator.motion import Arcs, Way, way_in
from satvo.resources.images.simulator.satellites import Satellite
from satvo.resources.images.simulator.sheet import Sheet
from satvo.resources.images.simulator.view import View
from satvo.resources.trails.drawing import draw_trail, trail_mask
from satvo.resources.trails.paths import Path
from satvo.resources.trails.stamps import PointSpread, Stamp
from satvo.schemas.sphere import separation_deg

__all__ = ["Clipped", "Mover", "clipped", "draw_mover"]

Floats = NDArray[np.float64]

_MOST_TOLD = 33
"""Corners of a line that are told in the truth."""


@dataclass(frozen=True, eq=False)
class Mover:
    """A satellite as one observation sees it.

    Attributes
    ----------
    satellite : Satellite
    arcs : Arcs
    spread : PointSpread
        Of its light, defocus and size included.
    rate : float
        Photons a second.
    range_km : float or None
    phase : float
        Of its jitter, rad.
    """

    satellite: Satellite
    arcs: Arcs
    spread: PointSpread
    rate: float
    range_km: float | None
    phase: float = 0.0
    ways: dict[float, Way | None] = field(default_factory=dict)
    """Parts of the way by the seconds at which their exposures begin."""

    def way(self, view: View) -> Way | None:
        """What part of its way comes near the frame."""
        if view.elapsed_s not in self.ways:
            self.ways[view.elapsed_s] = way_in(self.satellite, self.arcs, view, self.margin_px)
        return self.ways[view.elapsed_s]

    @property
    def margin_px(self) -> float:
        """How far beside the frame its light may still fall into it."""
        satellite = self.satellite
        return self.spread.reach + satellite.width_px + 4.0 * satellite.jitter_px + 1.0


@dataclass(frozen=True)
class Clipped:
    """The part of a path inside a frame.

    Attributes
    ----------
    x, y, t : tuple of float
        Its corners.
    enters, leaves : bool
        Whether its first and its last corner are on the edge of the frame.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    t: tuple[float, ...]
    enters: bool
    leaves: bool


def draw_mover(sheet: Sheet, mover: Mover, mask_width: float, kind: str = "trail") -> bool:
    """Draw a satellite's trail on a sheet, and note the truth; whether any was there."""
    view, satellite = sheet.view, mover.satellite
    way = mover.way(view)
    if way is None:
        return False
    path = way.path
    if satellite.jitter_px > 0.0:
        amplitude = math.sqrt(2.0) * satellite.jitter_px
        path = path.wavy(amplitude, satellite.jitter_cycles, mover.phase)
    stamp = draw_trail(
        view.shape,
        path,
        mover.spread,
        mover.rate * view.exposure_s,
        law=satellite.law,
        width_px=satellite.width_px,
    )
    if stamp is None:
        return False
    stamp.add_to(sheet.light)
    inside = clipped(way.path, view.shape)
    if inside is None:
        return True
    fwhm = line_fwhm_px(mover.spread, *_direction(inside), satellite.width_px)
    mask = trail_mask(view.shape, path, mask_width * fwhm)
    sheet.bits[mask] |= np.uint8(MASK_BITS[kind])
    truth = _truth(sheet, mover, inside, stamp, mask, (fwhm, mask_width * fwhm))
    sheet.trails.append(truth)
    return True


def clipped(path: Path, shape: tuple[int, int]) -> Clipped | None:
    """The path from where it is first inside a frame to where it is last; None where it never is.

    The frame ends half a pixel beyond the centres of its outermost pixels.
    """
    x, y, t = (np.asarray(each, dtype=np.float64) for each in (path.x, path.y, path.t))
    begin, end = np.zeros(len(x) - 1), np.ones(len(x) - 1)
    for at, size in ((x, shape[1]), (y, shape[0])):
        step = np.diff(at)
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (-0.5 - at[:-1]) / step, (size - 0.5 - at[:-1]) / step
        still = step == 0.0
        outside = still & ((at[:-1] < -0.5) | (at[:-1] > size - 0.5))
        low = np.where(still, np.where(outside, 2.0, -1.0), np.minimum(one, other))
        high = np.where(still, 2.0, np.maximum(one, other))
        begin, end = np.maximum(begin, low), np.minimum(end, high)
    meets = np.nonzero(begin <= end)[0]
    if not len(meets):
        return None
    first, last = int(meets[0]), int(meets[-1])

    inner = slice(first + 1, last + 1)
    corners = [_between(x, y, t, first, float(begin[first]))]
    corners += list(zip(x[inner].tolist(), y[inner].tolist(), t[inner].tolist(), strict=True))
    corners += [_between(x, y, t, last, float(end[last]))]
    columns, rows, times = (tuple(each) for each in zip(*corners, strict=True))
    enters = first > 0 or float(begin[first]) > 0.0
    leaves = last < len(x) - 2 or float(end[last]) < 1.0
    return Clipped(columns, rows, times, enters, leaves)


def _between(
    x: Floats, y: Floats, t: Floats, part: int, share: float
) -> tuple[float, float, float]:
    """At a share of the way from a corner to the next."""
    at = [float(v[part] + share * (v[part + 1] - v[part])) for v in (x, y, t)]
    return at[0], at[1], at[2]


def _truth(
    sheet: Sheet,
    mover: Mover,
    inside: Clipped,
    stamp: Stamp,
    mask: NDArray[np.bool_],
    widths: tuple[float, float],
) -> TrailTruth:
    view, satellite = sheet.view, mover.satellite
    through = _through(sheet, stamp)
    efficiency = sheet.efficiency
    signal = efficiency * through[mask[stamp.window]]
    noise = sheet.noise_electrons or math.nan
    pixels = int(np.count_nonzero(mask))
    ends = _ends(view, inside)
    length = _length(inside)
    seconds = [fraction * view.exposure_s for fraction in (inside.t[0], inside.t[-1])]
    peak = float(through.max()) / view.exposure_s / view.pixel_arcsec**2
    apart, angle = _apart(*ends)
    lasted = seconds[1] - seconds[0]
    told = _thinned(inside)
    return TrailTruth(
        inside.x[0], inside.y[0], inside.x[-1], inside.y[-1], *ends, *told, length, *widths,
        electrons=efficiency * float(through.sum()),
        mag=float(sheet.mag(mover.rate * view.exposure_s)),
        snr_avg=float(signal.sum() / pixels / noise) if pixels else math.nan,
        snr_tot=float(signal.sum() / noise) if pixels else math.nan,
        mask_pixels=pixels,
        share=pixels / mask.size,
        sb=float(-2.5 * np.log10(peak / sheet.zero_rate)) if peak > 0.0 else math.inf,
        first_s=seconds[0],
        last_s=seconds[1],
        enclosed=not (inside.enters or inside.leaves),
        rate_arcsec_s=apart / lasted if lasted > 0.0 else math.nan,
        pos_angle=angle,
        range_km=math.nan if mover.range_km is None else mover.range_km,
        norad_id=satellite.norad_id,
        name=satellite.name,
    )  # fmt: skip


def _through(sheet: Sheet, stamp: Stamp) -> Floats:
    """The light of a stamp behind air and optics."""
    light = stamp.light
    for share in (sheet.air, sheet.optics):
        if share is not None:
            light = light * share[stamp.window]
    return light


def _direction(inside: Clipped) -> tuple[float, float]:
    dx, dy = inside.x[-1] - inside.x[0], inside.y[-1] - inside.y[0]
    length = math.hypot(dx, dy)
    return (dx / length, dy / length) if length > 0.0 else (1.0, 0.0)


def _length(inside: Clipped) -> float:
    return float(np.hypot(np.diff(inside.x), np.diff(inside.y)).sum())


def _thinned(inside: Clipped) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Corners of the line, few of them: two where it is straight to a hundredth of a pixel."""
    x, y = np.array(inside.x), np.array(inside.y)
    along_x, along_y = _direction(inside)
    off = np.abs((y - y[0]) * along_x - (x - x[0]) * along_y).max()
    count = 2 if off < 0.01 else min(len(x), _MOST_TOLD)
    which = np.unique(np.linspace(0, len(x) - 1, count).round().astype(int))
    return tuple(x[which].tolist()), tuple(y[which].tolist())


def _ends(view: View, inside: Clipped) -> tuple[float, float, float, float]:
    ra, dec = view.sky([inside.x[0], inside.x[-1]], [inside.y[0], inside.y[-1]])
    return float(ra[0]), float(dec[0]), float(ra[1]), float(dec[1])


def _apart(ra1: float, dec1: float, ra2: float, dec2: float) -> tuple[float, float]:
    """Arcseconds between two places, and the position angle (0 to 360 deg) of the second."""
    a1, d1, a2, d2 = np.radians([ra1, dec1, ra2, dec2])
    east = np.sin(a2 - a1) * np.cos(d2)
    north = np.cos(d1) * np.sin(d2) - np.sin(d1) * np.cos(d2) * np.cos(a2 - a1)
    apart: Any = separation_deg(ra1, dec1, ra2, dec2)
    return float(apart) * 3600.0, float(np.degrees(np.arctan2(east, north)) % 360.0)
