"""Which element sets a prediction uses."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

__all__ = ["Chosen"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which element sets are used; arguments of `known_elements` of the same names.

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
