"""The satellites of an export, and those that its format cannot hold."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from satvo.schemas.gp import ElementSet

__all__ = ["LeftOut", "Member", "elements_of"]


@dataclass(frozen=True, slots=True)
class Member:
    """One satellite of an export.

    Attributes
    ----------
    elements : ElementSet
        Its element set; object_name may be None.
    constellation : str or None
        As in `satvo.satellite`.
    mag_std, rcs : float or None
        Standard magnitude (V at 1000 km and 90 deg phase angle) and radar cross section (m**2).
    """

    elements: ElementSet
    constellation: str | None = None
    mag_std: float | None = None
    rcs: float | None = None

    @property
    def name(self) -> str:
        """What it is called; its number where it has no name."""
        return self.elements.object_name or f"NORAD {self.elements.norad_id}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A satellite that a format cannot hold.

    Attributes
    ----------
    norad_id : int
    reason : str
        What stands against it, and what to do.
    """

    norad_id: int
    reason: str


_FIELDS = frozenset(field.name for field in fields(ElementSet))


def elements_of(row: dict[str, Any]) -> Member:
    """The member of a row of columns of `satvo.gp` and `satvo.satellite`; others are ignored.

    Examples
    --------
    >>> from datetime import datetime
    >>> row = {"norad_id": 5, "epoch": datetime(2000, 6, 27), "mean_motion": 10.8,
    ...     "eccentricity": 0.1, "inclination": 34.0, "ra_of_asc_node": 1.0,
    ...     "arg_of_pericenter": 2.0, "mean_anomaly": 3.0, "gp_id": 1, "bstar": None}
    >>> elements_of(row).name
    'NORAD 5'
    """
    given = {
        name: _without_zone(value)
        for name, value in row.items()
        if name in _FIELDS and value is not None
    }
    if not given.get("mean_element_theory"):
        given.pop("mean_element_theory", None)
    return Member(ElementSet(**given), row.get("constellation"), row.get("mag_std"), row.get("rcs"))


def _without_zone(value: Any) -> Any:
    """Instants as `ElementSet` has them: UTC, without a zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
