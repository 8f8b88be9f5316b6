"""The light of a trail by optics alone: in focus, out of focus, of an extended satellite."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.drawing import draw_trail
from satvo.resources.trails.flux_laws import FluxLaw, Glinting, Product, Tumbling
from satvo.resources.trails.models.model import Chip, Ghost, Optics, Part
from satvo.resources.trails.models.spreads import (
    annulus,
    bar,
    convolved,
    defocused_spread,
    full_width_px,
)
from satvo.resources.trails.paths import Path
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.trail import Trail

__all__ = [
    "DEFOCUSED", "GLINTING", "POINT", "RESOLVED", "TUMBLING",
    "Defocused", "Flashing", "InFocus", "Resolved", "Turning", "drawn",
]  # fmt: skip

Floats = NDArray[np.float64]

_MOST_FLASHES = 1000.0


def drawn(trail: Trail, spread: PointSpread, shape: tuple[int, int], kind: str) -> list[Part]:
    """A trail with a spread as a part, or nothing where no light falls on the image."""
    stamp = draw_trail(shape, trail.path, spread, trail.electrons, law=trail.law)
    return [] if stamp is None else [Part(kind, stamp, full_width_px(spread))]


def _ghosts(trail: Trail, optics: Optics, shape: tuple[int, int]) -> list[Part]:
    """What of a trail is reflected onto the image once more."""
    axis = optics.axis or ((shape[1] - 1) / 2.0, (shape[0] - 1) / 2.0)
    found = []
    for ghost in optics.ghosts:
        spread = PointSpread(annulus(ghost.diameter_px, optics.obstruction))
        again = replace(
            trail,
            path=_mirrored(trail.path, ghost, axis),
            electrons_s=trail.electrons_s * ghost.fraction,
        )
        found += [replace(part, width_px=math.nan) for part in drawn(again, spread, shape, "ghost")]
    return found


def _mirrored(path: Path, ghost: Ghost, axis: tuple[float, float]) -> Path:
    x, y = axis
    return Path(x + ghost.scale * (path.x - x), y + ghost.scale * (path.y - y), path.t)


@dataclass(frozen=True, slots=True)
class InFocus:
    """A trail as sharp as a star."""

    NAME: ClassVar[str] = "point"
    TITLE: ClassVar[str] = "A point in focus"
    REFERENCE: ClassVar[str] = (
        "Janin-Potiron et al. 2024, Proc. SPIE 13094, 1309455, 2.2.4: the streak convolved with "
        "the point spread of the stars"
    )
    VALIDITY: ClassVar[str] = (
        "Apertures up to some 0.2 m, where the pupil seen from the satellite is smaller than the "
        "seeing; the detector is taken to be linear"
    )

    def light(
        self, trail: Trail, optics: Optics, chip: Chip, shape: tuple[int, int], /
    ) -> list[Part]:
        """The trail and its ghosts."""
        return drawn(trail, optics.spread, shape, "trail") + _ghosts(trail, optics, shape)

    def effects(self, before: Floats, after: Floats, chip: Chip, /) -> list[Part]:
        """None."""
        return []


@dataclass(frozen=True, slots=True)
class Defocused:
    """A trail that is out of focus by the satellite's distance."""

    NAME: ClassVar[str] = "defocused"
    TITLE: ClassVar[str] = "A point at its distance, out of focus"
    REFERENCE: ClassVar[str] = (
        "Tyson et al. 2020, AJ 160, 226, section 2: the pupil seen from the satellite, convolved "
        "with the seeing"
    )
    VALIDITY: ClassVar[str] = (
        "Telescopes focused at infinity; a round pupil with a central hole, without its vanes; the "
        "detector is taken to be linear"
    )

    def spread(self, trail: Trail, optics: Optics) -> PointSpread:
        """Of a point where the satellite is."""
        return defocused_spread(optics, trail.range_km)

    def light(
        self, trail: Trail, optics: Optics, chip: Chip, shape: tuple[int, int], /
    ) -> list[Part]:
        """The trail and its ghosts."""
        parts = drawn(trail, self.spread(trail, optics), shape, "trail")
        return parts + _ghosts(trail, optics, shape)

    def effects(self, before: Floats, after: Floats, chip: Chip, /) -> list[Part]:
        """None."""
        return []


@dataclass(frozen=True, slots=True)
class Resolved(Defocused):
    """A trail of a satellite with panels, larger than a point.

    Attributes
    ----------
    slenderness : float
        Length of the satellite in its breadth, 1 or more; its length is the trail's `size_m`.
    to_motion_deg : float
        Angle of its length to its motion, counter-clockwise where y is upward.
    """

    slenderness: float = 4.0
    to_motion_deg: float = 90.0

    NAME: ClassVar[str] = "resolved"
    TITLE: ClassVar[str] = "A satellite with panels, as long as it is seen to be"
    REFERENCE: ClassVar[str] = (
        "Geometry: a rectangle of the satellite's size at its distance, convolved with seeing and "
        "pupil; Hasan et al. 2022, Astron. Comput. 39, 100584 for how broad real trails are"
    )
    VALIDITY: ClassVar[str] = (
        "Satellites larger than the resolution (10 m at 500 km are 4 arcsec), evenly bright, in an "
        "attitude that stays the same while they cross"
    )

    def spread(self, trail: Trail, optics: Optics) -> PointSpread:
        """Of the extended source where the satellite is."""
        point = defocused_spread(optics, trail.range_km)
        cells = trail.size_arcsec() / optics.pixel_arcsec * point.per_pixel
        if cells < 0.05:
            return point
        x, y = trail.path.x, trail.path.y
        heading = math.atan2(y[-1] - y[0], x[-1] - x[0]) + math.radians(self.to_motion_deg)
        return convolved(point, bar(cells, cells / self.slenderness, heading))


@dataclass(frozen=True, slots=True)
class Turning(Defocused):
    """A trail out of focus of a body that tumbles.

    Attributes
    ----------
    period_s : float
        Of its light curve.
    amplitude : float
        From the mean to the brightest, 0 to 1 of the mean.
    phase : float
        At the start of the exposure, radian.
    """

    period_s: float = 2.0
    amplitude: float = 0.8
    phase: float = 0.0

    NAME: ClassVar[str] = "tumbling"
    TITLE: ClassVar[str] = "Out of focus, of a body that turns: a sine about the mean"
    REFERENCE: ClassVar[str] = (
        "Janin-Potiron et al. 2024, Proc. SPIE 13094, 1309455, 2.5 (flux variation); the sine is "
        "the simplest light curve of a rotating body"
    )
    VALIDITY: ClassVar[str] = (
        "Rocket bodies and debris, whose periods are seconds to minutes; 2 s is but an example, "
        "and a trail that has a law of its own keeps it as well"
    )

    def light(
        self, trail: Trail, optics: Optics, chip: Chip, shape: tuple[int, int], /
    ) -> list[Part]:
        """The trail and its ghosts, brighter and fainter in turns."""
        law = Tumbling(trail.exposure_s / self.period_s, self.amplitude, self.phase)
        return Defocused.light(self, _by_law(trail, law), optics, chip, shape)


@dataclass(frozen=True, slots=True)
class Flashing(Defocused):
    """A trail out of focus with flashes of mirrors that turn through the sunlight.

    Attributes
    ----------
    every_s : float
        From one flash to the next; the first comes after half of it.
    peak : float
        Of a flash above the steady flux, in its units.
    lasts_s : float
        Full width of a flash at half of its peak.
    """

    every_s: float = 2.0
    peak: float = 15.0
    lasts_s: float = 0.02

    NAME: ClassVar[str] = "glinting"
    TITLE: ClassVar[str] = "Out of focus, with flashes above a steady light"
    REFERENCE: ClassVar[str] = (
        "Janin-Potiron et al. 2024, Proc. SPIE 13094, 1309455, 2.5 (flux variation); flashes as "
        "Gaussians in time"
    )
    VALIDITY: ClassVar[str] = (
        "Bodies with flat mirrors; interval, peak and length are examples, to be told for the "
        "satellite; flashes add light, so that the mean is brighter than the magnitude"
    )

    def light(
        self, trail: Trail, optics: Optics, chip: Chip, shape: tuple[int, int], /
    ) -> list[Part]:
        """The trail and its ghosts, with flashes."""
        every = self.every_s / trail.exposure_s
        times = np.arange(0.5, min(1.0 / every, _MOST_FLASHES) + 0.5) * every
        law = Glinting(
            times.tolist(),
            [self.peak] * len(times),
            [self.lasts_s / trail.exposure_s] * len(times),
        )
        return Defocused.light(self, _by_law(trail, law), optics, chip, shape)


def _by_law(trail: Trail, law: FluxLaw) -> Trail:
    return replace(trail, law=law if trail.law is None else Product([trail.law, law]))


POINT = InFocus()
TUMBLING = Turning()
GLINTING = Flashing()
DEFOCUSED = Defocused()
RESOLVED = Resolved()
