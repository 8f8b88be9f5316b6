"""Places of satellites on a grid of instants, for programs that draw what they are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import erfa
import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.planetarium.members import LeftOut, Member
from satvo.resources.ephemeris.propagation import propagator
from satvo.schemas.errors import BadParameter, LimitExceeded
from satvo.schemas.moments import MJD_EPOCH, mjd_of

__all__ = ["MOST_PLACES", "Grid", "Track", "tracks"]

Floats = NDArray[np.float64]

MOST_PLACES = 5_000_000
"""Satellites times instants of one export: some 400 MB of CZML."""

_AT_ONCE = 200_000
_WGS84 = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Evenly spaced instants, both ends included.

    Attributes
    ----------
    start : datetime
        UTC, without a zone.
    step_s : float
        Above 0.
    count : int
        At least 2.
    """

    start: datetime
    step_s: float
    count: int

    @classmethod
    def spanning(cls, start: datetime, duration_s: float, step_s: float) -> Grid:
        """The grid of a duration, which is rounded up to whole steps.

        Raises
        ------
        BadParameter
            If duration or step is not above 0.

        Examples
        --------
        >>> Grid.spanning(datetime(2026, 1, 1), 600.0, 60.0).count
        11
        """
        if not (0.0 < step_s < np.inf and 0.0 < duration_s < np.inf):
            raise BadParameter(
                f"duration {duration_s} s and step {step_s} s: finite numbers above 0 are accepted"
            )
        if duration_s / step_s > MOST_PLACES:
            raise LimitExceeded(f"{duration_s / step_s:.0f} instants; {MOST_PLACES} are accepted")
        return cls(start, step_s, int(np.ceil(duration_s / step_s - 1e-9)) + 1)

    @property
    def seconds(self) -> Floats:
        """Since the start (count,)."""
        return np.arange(self.count, dtype=np.float64) * self.step_s

    @property
    def mjd_utc(self) -> Floats:
        """The instants (count,)."""
        since = self.start - MJD_EPOCH
        return np.asarray(since / timedelta(days=1) + self.seconds / 86400.0)

    @property
    def stop(self) -> datetime:
        """The last instant."""
        return self.start + timedelta(seconds=self.step_s * (self.count - 1))


@dataclass(frozen=True, slots=True)
class Track:
    """Where one satellite is at the instants of a grid.

    Attributes
    ----------
    member : Member
    gcrs_km, itrs_km : ndarray (count, 3)
    """

    member: Member
    gcrs_km: Floats
    itrs_km: Floats

    @property
    def geodetic(self) -> tuple[Floats, Floats, Floats]:
        """Longitude (deg, -180 to 180), latitude (deg) and height (m) on WGS84."""
        lon, lat, height_m = erfa.gc2gd(_WGS84, self.itrs_km * 1e3)
        return np.degrees(lon), np.degrees(lat), np.asarray(height_m)


def tracks(members: list[Member], grid: Grid, left_out: list[LeftOut]) -> Iterator[Track]:
    """The track of each satellite that has a place at all instants; errors come before the first.

    Parameters
    ----------
    left_out : list
        Gets those that SGP4 cannot follow over the whole grid (decayed on the way, or SGP4-XP).

    Raises
    ------
    LimitExceeded
        If there would be more than `MOST_PLACES` places.
    BadParameter
        If an instant is outside of the tables of the Earth's orientation.
    """
    if len(members) * grid.count > MOST_PLACES:
        raise LimitExceeded(
            f"{len(members)} satellites at {grid.count} instants: {MOST_PLACES} places are "
            "accepted; take fewer satellites, a shorter time or a longer step"
        )
    frames = Frames.at(grid.mjd_utc)
    return _tracks([m for m in members if _is_sgp4(m, left_out)], grid, frames, left_out)


def _tracks(
    usable: list[Member], grid: Grid, frames: Frames, left_out: list[LeftOut]
) -> Iterator[Track]:
    size = max(1, _AT_ONCE // grid.count)
    for start in range(0, len(usable), size):
        some = usable[start : start + size]
        states = propagator("sgp4").prepare(_elements(some)).grid(grid.mjd_utc)
        gcrs = np.einsum("mij,nmj->nmi", frames.teme_to_gcrs, states.position)
        itrs = np.einsum("mij,nmj->nmi", frames.teme_to_itrs, states.position)
        for i, member in enumerate(some):
            if states.is_valid[i].all():
                yield Track(member, gcrs[i], itrs[i])
            else:
                lost = int(np.count_nonzero(~states.is_valid[i]))
                reason = f"SGP4 gives no place at {lost} of {grid.count} instants: decayed, or old"
                left_out.append(LeftOut(member.elements.norad_id, reason))


def _is_sgp4(member: Member, left_out: list[LeftOut]) -> bool:
    theory = member.elements.mean_element_theory
    if theory == "SGP4":
        return True
    left_out.append(LeftOut(member.elements.norad_id, f"its theory is {theory}, not SGP4"))
    return False


def _elements(members: list[Member]) -> Elements:
    columns: dict[str, Sequence[Any]] = {
        name: [getattr(m.elements, name, None) for m in members] for name in ELEMENT_COLUMNS
    }
    columns["epoch_mjd"] = [mjd_of(m.elements.epoch) for m in members]
    columns["gp_id"] = [0] * len(members)
    return Elements.of_columns(columns)
