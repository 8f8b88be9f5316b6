"""What optics make of bright stars: ghosts and spikes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.exposure import MASK_BITS
from satvo.resources.images.simulator.point_spreads import MOST_PX
from satvo.resources.images.simulator.sheet import Sheet
from satvo.resources.trails.drawing import draw_points
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

__all__ = ["Ghosts", "SpikeBits", "Spikes", "draw_points_of_stars", "wide_spread"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ghosts:
    """Images of bright stars out of focus by reflections, mirrored about the middle.

    Attributes
    ----------
    share : float
        Of a star's light that is in its ghost.
    diameter_arcsec : float
        Of the ghost: the pupil, out of focus.
    magnification : float
        Of the place: -1 is opposite of the middle, at the same distance.
    brightest : int
        How many stars have one that is drawn.
    """

    share: float = 1e-3
    diameter_arcsec: float = 60.0
    magnification: float = -1.0
    brightest: int = 5

    def __post_init__(self) -> None:
        if not (0.0 <= self.share < 1.0 and self.diameter_arcsec > 0.0):
            raise BadParameter(
                f"ghosts of share {self.share} and diameter {self.diameter_arcsec} arcsec: a share "
                "from 0 to below 1 and a diameter above 0 are accepted"
            )

    def act(self, sheet: Sheet) -> None:
        """Add the ghosts of the brightest stars that are in the frame."""
        view = sheet.view
        bright = brightest(sheet, self.brightest)
        if not len(bright):
            return
        obstruction = float(getattr(view.telescope, "obstruction", 0.0) or 0.0)
        donut = ring(self.diameter_arcsec / view.pixel_arcsec, obstruction)
        middle_x, middle_y = view.middle_px
        x = middle_x + self.magnification * (sheet.star_x[bright] - middle_x)
        y = middle_y + self.magnification * (sheet.star_y[bright] - middle_y)
        photons = self.share * sheet.star_photons[bright]
        light = np.zeros_like(sheet.light)
        for each in range(len(bright)):
            sheet_part = np.zeros_like(light)
            _points(sheet_part, x[each : each + 1], y[each : each + 1], photons[each], donut)
            sheet.mark(sheet_part, "ghost")
            light += sheet_part
        sheet.add(light)
        ra, dec = view.sky(x, y)
        sheet.objects += [
            {"kind": "ghost", "x": float(a), "y": float(b), "ra": float(r), "dec": float(d),
             "mag": float(sheet.mag(p))}
            for a, b, r, d, p in zip(x, y, ra, dec, photons, strict=True)
            if sheet.inside(a, b)
        ]  # fmt: skip


@dataclass(frozen=True)
class Spikes:
    """Diffraction spikes of bright stars, for telescopes whose point spread has none.

    Attributes
    ----------
    angles : tuple of float
        Of the rays from the rows, deg.
    share : float
        Of a star's light that is in each ray; it falls with the square of the distance.
    length_px : float
        After which a ray ends.
    brightest : int
        How many stars have them.
    """

    angles: tuple[float, ...] = (45.0, 135.0, 225.0, 315.0)
    share: float = 0.005
    length_px: float = 100.0
    brightest: int = 20

    def __post_init__(self) -> None:
        if not (0.0 <= self.share * len(self.angles) < 1.0 and 1.0 <= self.length_px <= 4000.0):
            raise BadParameter(
                f"spikes of share {self.share} and {self.length_px} pixels: rays with less than "
                "all of the light, and 1 to 4000 pixels, are accepted"
            )

    def act(self, sheet: Sheet) -> None:
        """Add the rays and give them their bit."""
        bright = brightest(sheet, self.brightest)
        if not len(bright):
            return
        rays = self._rays()
        for each in bright:
            light = np.zeros_like(sheet.light)
            photons = self.share * len(self.angles) * sheet.star_photons[each]
            _points(light, sheet.star_x[each], sheet.star_y[each], photons, rays)
            sheet.add(light)
            sheet.bits[light >= sheet.noise] |= np.uint8(MASK_BITS["spike"])

    def _rays(self) -> PointSpread:
        half = math.ceil(self.length_px) + 1
        steps = np.arange(1.0, self.length_px, 0.25)
        weight = steps**-2.0
        x = np.concatenate([half + steps * math.cos(math.radians(a)) for a in self.angles])
        y = np.concatenate([half + steps * math.sin(math.radians(a)) for a in self.angles])
        image = np.zeros((2 * half + 1, 2 * half + 1))
        spot = PointSpread(np.outer([0.25, 0.5, 0.25], [0.25, 0.5, 0.25]), 1)
        _points(image, x, y, np.tile(weight, len(self.angles)), spot)
        return PointSpread(image / image.sum(), 1)


@dataclass(frozen=True)
class SpikeBits:
    """Bits for the spikes that the vanes of the telescope make: they are in its point spread.

    Attributes
    ----------
    brightest : int
        How many stars are looked at.
    """

    brightest: int = 20

    def act(self, sheet: Sheet) -> None:
        """Mark where the light of a star beyond what is round of it is above the noise."""
        bright = brightest(sheet, self.brightest)
        if not len(bright):
            return
        most = float(sheet.star_photons[bright[0]])
        beyond = _not_round(wide_spread(sheet, most) or sheet.spread)
        if beyond is None:
            return
        share = float(beyond.values.sum())
        unit = PointSpread(beyond.values / share, beyond.per_pixel)
        peak = float(unit.on_pixels.max())
        for each in bright:
            light = np.zeros_like(sheet.light)
            photons = sheet.star_photons[each] * share
            if photons * peak < sheet.noise:
                break
            _points(light, sheet.star_x[each], sheet.star_y[each], photons, unit)
            sheet.bits[light >= sheet.noise] |= np.uint8(MASK_BITS["spike"])


def draw_points_of_stars(sheet: Sheet, x: Floats, y: Floats, photons: Floats) -> None:
    """Draw stars, those farther out whose light would end before it is lost in the noise.

    That is where a pixel at the edge of the point spread has more than 0.3 of the noise, and the
    point spread is the telescope's own.
    """
    limit = 0.3 * max(sheet.noise, 1.0)
    bright = photons * _at_edge(sheet.spread) > limit
    wide = wide_spread(sheet, float(photons.max())) if bright.any() else None
    if wide is None:
        sheet.add_points(x, y, photons, sheet.spread)
        return
    sheet.add_points(x[~bright], y[~bright], photons[~bright], sheet.spread)
    sheet.add_points(x[bright], y[bright], photons[bright], wide)


def wide_spread(sheet: Sheet, photons: float) -> PointSpread | None:
    """The telescope's point spread, as far as a star's light matters and it can go.

    None where another is in use.
    """
    view = sheet.view
    if view.telescope.observing_mode == "from_background":
        return None
    pixel = view.detector.pixel_size
    spread: PointSpread = view.telescope.point_spread(pixel, exposure_s=view.exposure_s)
    if sheet.spread is not spread:
        return None
    limit, reach = 0.3 * max(sheet.noise, 1.0), spread.reach
    while photons * _at_edge(spread) > limit and reach < MOST_PX:
        reach = min(3 * max(reach, 1), MOST_PX)
        spread = view.telescope.point_spread(pixel, exposure_s=view.exposure_s, reach_px=reach)
    return spread


def _at_edge(spread: PointSpread) -> float:
    """Most of the light that a pixel at its edge has."""
    on = spread.on_pixels
    return float(max(on[0].max(), on[:, 0].max(), on[-1].max(), on[:, -1].max()))


_RINGED: WeakKeyDictionary[PointSpread, PointSpread | None] = WeakKeyDictionary()


def _not_round(spread: PointSpread) -> PointSpread | None:
    if spread not in _RINGED:
        _RINGED[spread] = _beyond_rings(spread)
    return _RINGED[spread]


def _beyond_rings(spread: PointSpread) -> PointSpread | None:
    """What of a point spread is above four times what is round of it, outside its core.

    That is the median of its ring, of one a cell wide or a sixth of the radius wide, whichever has
    more: in the one, rings of diffraction are no spikes, and in the other not what lies between.
    """
    values = spread.values
    half = values.shape[0] // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    distance = np.hypot(x, y)
    narrow = np.rint(distance).astype(np.int64)
    wide = np.floor(6.0 * np.log(np.maximum(distance, 1.0))).astype(np.int64)
    middles = _medians(values, narrow)
    even = np.maximum(middles[narrow], _medians(values, wide)[wide])
    faint = middles < 0.05 * values[half, half]
    core = float(np.argmax(faint)) if faint.any() else float(half)
    above = (distance > 2.0 * core) & (values > 4.0 * even)
    beyond = np.where(above, values - even, 0.0)
    if not beyond.sum() > 1e-5 * values.sum():
        return None
    return PointSpread(beyond, spread.per_pixel)


def _medians(values: Floats, rings: NDArray[np.int64]) -> Floats:
    """Of the values of each ring, by its number; 0 for a ring without any."""
    order = np.argsort(rings, axis=None, kind="stable")
    ends = np.searchsorted(rings.ravel()[order], np.arange(1, int(rings.max()) + 1))
    parts = np.split(values.ravel()[order], ends)
    return np.array([np.median(part) if len(part) else 0.0 for part in parts])


def brightest(sheet: Sheet, count: int) -> NDArray[np.intp]:
    """Which stars on the sheet give most light, at most so many, the brightest first."""
    inside = np.nonzero(sheet.inside(sheet.star_x, sheet.star_y))[0]
    order = np.argsort(-sheet.star_photons[inside], kind="stable")[:count]
    return np.asarray(inside[order])


def ring(diameter_px: float, obstruction: float) -> PointSpread:
    """A pupil out of focus: an even disc with a hole."""
    half = math.ceil(diameter_px / 2) + 1
    at = np.arange(-half, half + 1)
    distance = np.hypot(at[:, None], at[None, :])
    outer = np.clip(diameter_px / 2 + 0.5 - distance, 0.0, 1.0)
    inner = np.clip(obstruction * diameter_px / 2 + 0.5 - distance, 0.0, 1.0)
    disc = outer - (inner if obstruction > 0.0 else 0.0)
    return PointSpread(disc / disc.sum(), 1)


def _points(image: Floats, x: object, y: object, photons: object, spread: PointSpread) -> None:
    columns, rows = (np.atleast_1d(np.asarray(at, dtype=np.float64)) for at in (x, y))
    amounts = np.broadcast_to(np.asarray(photons, dtype=np.float64), columns.shape)
    draw_points(image, columns, rows, amounts, spread)
