"""Which element sets and ephemeris files a prediction uses.

Without ``as_known_at`` it is one after the fact: the set nearest to the date on either side of it,
the newest file, whatever was known then. With it, it is what could have been predicted at that
time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

__all__ = ["Chosen"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which are used; arguments of `known_elements` and `known_ephemerides` of the same names.

    Attributes
    ----------
    as_known_at : datetime, optional
        UTC without a zone.
    norad_ids : tuple of int, optional
    populations : tuple of str, optional
    """

    as_known_at: datetime | None = None
    norad_ids: tuple[int, ...] | None = None
    populations: tuple[str, ...] | None = None

    def arguments(self) -> dict[str, Any]:
        """As `known_elements` takes them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
