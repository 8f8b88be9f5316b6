"""What detectors add to a trail: charge that runs over, crosstalk, rows exposed in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.flux_laws import FluxLaw
from satvo.resources.trails.models.bleeding import bleeding, filling
from satvo.resources.trails.models.crosstalk import crosstalk
from satvo.resources.trails.models.lights import DEFOCUSED
from satvo.resources.trails.models.model import Chip, Optics, Part
from satvo.resources.trails.paths import Path
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter

__all__ = ["CCD", "CMOS", "OnCcd", "OnCmos"]

Floats = NDArray[np.float64]

_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class OnCcd:
    """A trail out of focus on a CCD."""

    NAME: ClassVar[str] = "ccd"
    TITLE: ClassVar[str] = "Out of focus, on a CCD: full pixels bleed, amplifiers hear each other"
    REFERENCE: ClassVar[str] = (
        "Tyson et al. 2020, AJ 160, 226, sections 2 and 4; the quadratic crosstalk of the LSST "
        "pipelines (lsst/ip_isr)"
    )
    VALIDITY: ClassVar[str] = (
        "CCDs whose columns are the image's; full well, amplifiers and crosstalk as the chip is "
        "told to have them, none by default; no charge left behind in the transfer"
    )

    def light(
        self, trail: Trail, optics: Optics, chip: Chip, shape: tuple[int, int], /
    ) -> list[Part]:
        """The trail and its ghosts, out of focus."""
        return DEFOCUSED.light(trail, optics, chip, shape)

    def effects(self, before: Floats, after: Floats, chip: Chip, /) -> list[Part]:
        """Bleeding, and crosstalk of what is read after it."""
        parts = bleeding(before, after, chip.full_well)
        read = after
        if parts:
            read = after.copy()
            for part in parts:
                part.stamp.add_to(read)
        return parts + crosstalk(before, read, chip)


@dataclass(frozen=True, slots=True)
class OnCmos:
    """A trail out of focus on a CMOS detector."""

    NAME: ClassVar[str] = "cmos"
    TITLE: ClassVar[str] = "Out of focus, on a CMOS detector: full pixels keep to themselves"
    REFERENCE: ClassVar[str] = (
        "Geometry: row r is exposed from r times the delay of a row on, for the time of exposure"
    )
    VALIDITY: ClassVar[str] = (
        "CMOS detectors with a global or a rolling shutter; the satellite moves on beyond the "
        "ends of its path as it does at them; no glow of amplifiers"
    )

    def light(
        self, trail: Trail, optics: Optics, chip: Chip, shape: tuple[int, int], /
    ) -> list[Part]:
        """The trail and its ghosts, out of focus, by the times at which rows are exposed."""
        seen = _rolled(trail, chip.row_delay_s) if chip.row_delay_s else trail
        return [] if seen is None else DEFOCUSED.light(seen, optics, chip, shape)

    def effects(self, before: Floats, after: Floats, chip: Chip, /) -> list[Part]:
        """Full pixels."""
        return filling(before, after, chip.full_well)


@dataclass(frozen=True, eq=False)
class _Shifted(FluxLaw):
    """A law of flux by a clock that begins later and runs at another rate."""

    law: FluxLaw
    begins: float
    lasts: float

    def __call__(self, t: Floats) -> Floats:
        """Before the exposure's start and after its end the flux is that at them."""
        return self.law(np.clip(self.begins + self.lasts * t, 0.0, 1.0))


def _rolled(trail: Trail, row_delay_s: float) -> Trail | None:
    """A trail while the rows that it meets are exposed; None where none is.

    Its path is told anew in fractions of the time in which it is seen, and its electrons a second
    by as much more or less.

    Raises
    ------
    BadParameter
        If it moves along the rows faster than they begin, so that one row sees it twice.
    """
    path, delay = trail.path, row_delay_s / trail.exposure_s
    late = path.t - delay * path.y
    if not np.all(np.diff(late) > 0.0):
        raise BadParameter(
            f"row_delay_s={row_delay_s}: a satellite that runs up the rows faster than they begin "
            f"({1.0 / row_delay_s:.4g} rows a second) has no single trail; give a shorter delay"
        )
    first, last = float(path.t[0]), float(path.t[-1])
    begins, ends = _along(late, path.t, np.array([0.0, 1.0])).tolist()
    # An end within the exposure is where it came into view or left it: no row moves that.
    begins = max(begins, first) if first > _EDGE else begins
    ends = min(ends, last) if last < 1.0 - _EDGE else ends
    if begins >= ends:
        return None
    inside = (path.t > begins) & (path.t < ends)
    t = np.concatenate([[begins], path.t[inside], [ends]])
    seen = Path(
        _along(path.t, path.x, t),
        _along(path.t, path.y, t),
        np.clip((t - begins) / (ends - begins), 0.0, 1.0),
    )
    return replace(
        trail,
        path=seen,
        electrons_s=trail.electrons_s * (ends - begins),
        law=None if trail.law is None else _Shifted(trail.law, begins, ends - begins),
    )


def _along(known: Floats, values: Floats, at: Floats) -> Floats:
    """Linear between points, and on beyond the first and last."""
    index = np.clip(np.searchsorted(known, at) - 1, 0, len(known) - 2)
    slope = (values[index + 1] - values[index]) / (known[index + 1] - known[index])
    return np.asarray(values[index] + slope * (at - known[index]))


CCD = OnCcd()
CMOS = OnCmos()
