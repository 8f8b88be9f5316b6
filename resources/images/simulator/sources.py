"""What a scene has beside stars and satellites: test sources, galaxies, comets, asteroids."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.galaxies import blurred, fine_grid, sersic
from satvo.resources.images.simulator.sheet import Sheet
from satvo.resources.images.simulator.stars import radec_of
from satvo.resources.trails.drawing import draw_trail
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

__all__ = ["Asteroid", "Comet", "Galaxy", "PointSource", "Source", "Thumbnail"]

Floats = NDArray[np.float64]


class Source(Protocol):
    """Something in the field.

    Attributes
    ----------
    passing : bool
        Whether it is drawn anew in each frame of a series, since it moves.
    """

    passing: ClassVar[bool]

    def draw(self, sheet: Sheet) -> None:
        """Draw it, and tell of it."""


@dataclass(frozen=True, eq=False)
class PointSource:
    """A test source that is a point.

    Attributes
    ----------
    sky_coordinates : SkyCoord or (ra, dec)
        ICRS, deg.
    mag : float
        AB in the band of the observation.
    name : str
    """

    sky_coordinates: Any
    mag: float
    name: str = ""
    passing: ClassVar[bool] = False

    def draw(self, sheet: Sheet) -> None:
        """As a star is drawn."""
        x, y, about = placed(sheet, self.sky_coordinates, "source", self.mag, self.name)
        if about is not None:
            sheet.add_points(x, y, np.array([sheet.photons(self.mag)]), sheet.spread)
            tell(sheet, about)


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A test source that has an image of its own.

    Attributes
    ----------
    sky_coordinates : SkyCoord or (ra, dec)
        Of the middle of the image, ICRS, deg.
    mag : float
        AB in the band of the observation, of the whole image.
    image : ndarray (rows, columns)
        On the pixels of the frame; not negative, with light in it.
    blur : bool
        Whether the point spread is still to be applied.
    name : str
    """

    sky_coordinates: Any
    mag: float
    image: Floats
    blur: bool = True
    name: str = ""
    passing: ClassVar[bool] = False

    def __post_init__(self) -> None:
        image = np.asarray(self.image, dtype=np.float64)
        object.__setattr__(self, "image", image)
        if image.ndim != 2 or not np.isfinite(image).all() or image.min(initial=0.0) < 0.0:
            raise BadParameter("a thumbnail must be an image of finite numbers, none negative")
        if not image.sum() > 0.0 or max(image.shape) > 2000:
            raise BadParameter("a thumbnail must have light in it, and 2000 pixels a side at most")

    def draw(self, sheet: Sheet) -> None:
        """Scaled to its magnitude."""
        x, y, about = placed(sheet, self.sky_coordinates, "source", self.mag, self.name)
        if about is None:
            return
        cells = sheet.spread.per_pixel
        side = max(self.image.shape) | 1
        square = np.zeros((side, side))
        rows, columns = self.image.shape
        top, left = (side - rows) // 2, (side - columns) // 2
        square[top : top + rows, left : left + columns] = self.image / self.image.sum()
        # An image of even size has its middle between two pixels.
        x, y = x + 0.5 * (1 - columns % 2), y + 0.5 * (1 - rows % 2)
        fine = np.kron(square, np.full((cells, cells), 1.0 / cells**2))
        shape = blurred(fine, sheet.spread) if self.blur else PointSpread(fine, cells)
        sheet.add_points(x, y, np.array([sheet.photons(self.mag)]), shape)
        tell(sheet, about)


@dataclass(frozen=True, eq=False)
class Galaxy:
    """A galaxy of a Sersic profile: exponential with index 1, de Vaucouleurs with 4.

    Attributes
    ----------
    sky_coordinates : SkyCoord or (ra, dec)
        ICRS, deg.
    mag : float
        AB in the band of the observation, of the whole profile.
    half_light_arcsec : float
        Half-light radius along the major axis.
    index : float
        0.3 to 8.
    axis_ratio : float
        Minor by major axis.
    pos_angle : float
        Of the major axis, from north through east, deg.
    name : str
    """

    sky_coordinates: Any
    mag: float
    half_light_arcsec: float
    index: float = 1.0
    axis_ratio: float = 1.0
    pos_angle: float = 0.0
    name: str = ""
    passing: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (self.half_light_arcsec > 0.0 and 0.3 <= self.index <= 8.0):
            raise BadParameter(
                f"a galaxy with half_light_arcsec={self.half_light_arcsec}, index={self.index}: a "
                "radius above 0 and an index from 0.3 to 8 are accepted"
            )
        if not 0.01 <= self.axis_ratio <= 1.0:
            raise BadParameter(f"a galaxy with axis_ratio={self.axis_ratio}: 0.01 to 1 is accepted")

    def draw(self, sheet: Sheet) -> None:
        """Convolved with the point spread."""
        x, y, about = placed(sheet, self.sky_coordinates, "galaxy", self.mag, self.name)
        if about is None:
            return
        along_x, along_y = sheet.view.towards(self.pos_angle)
        radius = self.half_light_arcsec / sheet.view.pixel_arcsec
        profile = sersic(
            radius, self.index, self.axis_ratio, math.atan2(along_y, along_x),
            sheet.spread.per_pixel,
        )  # fmt: skip
        shape = blurred(profile, sheet.spread)
        sheet.add_points(x, y, np.array([sheet.photons(self.mag)]), shape)
        tell(sheet, {**about, "half_light_arcsec": self.half_light_arcsec, "index": self.index})


@dataclass(frozen=True, eq=False)
class Comet:
    """A comet: a coma that falls as the distance, and a tail that widens and fades.

    Attributes
    ----------
    sky_coordinates : SkyCoord or (ra, dec)
        Of the nucleus, ICRS, deg.
    mag : float
        AB in the band of the observation, coma and tail.
    coma_arcsec, tail_arcsec : float
        Scale lengths.
    pos_angle : float
        Of the tail, deg.
    name : str
    """

    sky_coordinates: Any
    mag: float
    coma_arcsec: float = 10.0
    tail_arcsec: float = 100.0
    pos_angle: float = 0.0
    name: str = ""
    passing: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (self.coma_arcsec > 0.0 and self.tail_arcsec > 0.0):
            raise BadParameter(
                f"a comet with coma_arcsec={self.coma_arcsec}, tail_arcsec={self.tail_arcsec}: "
                "lengths above 0 are accepted"
            )

    def draw(self, sheet: Sheet) -> None:
        """Half of its light in the coma, half in the tail."""
        x, y, about = placed(sheet, self.sky_coordinates, "comet", self.mag, self.name)
        if about is None:
            return
        along_x, along_y = sheet.view.towards(self.pos_angle)
        scale = sheet.view.pixel_arcsec
        coma, tail = self.coma_arcsec / scale, self.tail_arcsec / scale
        dx, dy = fine_grid(8.0 * max(coma, 0.5 * tail), sheet.spread.per_pixel)
        distance = np.hypot(dx, dy)
        head = np.exp(-distance / coma) / (distance + 1.0)
        along, across = dx * along_x + dy * along_y, dy * along_x - dx * along_y
        wide = 0.5 * coma + 0.12 * np.maximum(along, 0.0)
        ray = np.where(along > 0, np.exp(-along / tail - 0.5 * (across / wide) ** 2) / wide, 0.0)
        both = 0.5 * head / head.sum() + 0.5 * ray / ray.sum()
        photons = np.array([sheet.photons(self.mag)])
        sheet.add_points(x, y, photons, blurred(both, sheet.spread), "comet")
        tell(sheet, about)


@dataclass(frozen=True, eq=False)
class Asteroid:
    """An asteroid: a short trail that is none of a satellite.

    Attributes
    ----------
    sky_coordinates : SkyCoord or (ra, dec)
        In the middle of the first frame, ICRS, deg.
    mag : float
        AB in the band of the observation.
    rate_arcsec_s, pos_angle : float
        Its motion: speed, direction from north through east (deg).
    name : str
    """

    sky_coordinates: Any
    mag: float
    rate_arcsec_s: float = 0.01
    pos_angle: float = 90.0
    name: str = ""
    passing: ClassVar[bool] = True

    def draw(self, sheet: Sheet) -> None:
        """Where it is in this frame."""
        view = sheet.view
        x, y, about = placed(sheet, self.sky_coordinates, "asteroid", self.mag, self.name)
        if about is None:
            return
        along_x, along_y = view.towards(self.pos_angle)
        pace = self.rate_arcsec_s / view.pixel_arcsec
        ends = []
        for seconds in (view.elapsed_s, view.elapsed_s + view.exposure_s):
            away = pace * (seconds - 0.5 * view.exposure_s)
            drifted = seconds - view.middle_s
            ends.append((
                float(x[0]) + away * along_x + view.drift_px_s[0] * drifted,
                float(y[0]) + away * along_y + view.drift_px_s[1] * drifted,
            ))  # fmt: skip
        spread = view.telescope.point_spread(view.detector.pixel_size) if (
            view.drift_px_s != (0.0, 0.0)
        ) else sheet.spread  # fmt: skip
        light = np.zeros(view.shape)
        stamp = draw_trail(view.shape, straight_path(*ends), spread, sheet.photons(self.mag))
        if stamp is None:
            return
        stamp.add_to(light)
        sheet.add(light, "asteroid")
        about["x"], about["y"] = (0.5 * (one + other) for one, other in zip(*ends, strict=True))
        about["ra"], about["dec"] = (float(at) for at in view.sky(about["x"], about["y"]))
        tell(sheet, about)


def placed(
    sheet: Sheet, place: Any, kind: str, mag: float, name: str
) -> tuple[Floats, Floats, dict[str, Any] | None]:
    """Column and row (1,) of a source, and what is told of it; None where it is nowhere."""
    if not math.isfinite(mag):
        raise BadParameter(f"{kind} {name} of magnitude {mag}: a finite number is accepted")
    ra, dec = radec_of(place, f"{kind} {name}".strip())
    x, y = (np.atleast_1d(at) for at in sheet.view.pixels(ra, dec))
    if not (np.isfinite(x[0]) and np.isfinite(y[0])):
        return x, y, None
    about = {"kind": kind, "x": float(x[0]), "y": float(y[0]), "ra": ra, "dec": dec, "mag": mag}
    if name:
        about["name"] = name
    return x, y, about


def tell(sheet: Sheet, about: dict[str, Any]) -> None:
    """Note what is in the frame."""
    if sheet.inside(about["x"], about["y"]):
        sheet.objects.append(about)
