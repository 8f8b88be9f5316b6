"""The groups of frames that Table 1 of Janin-Potiron et al. 2024 has, and into which one falls."""

from __future__ import annotations

import math
from dataclasses import dataclass

from satvo.resources.masks.training.sets import KnownFrame

__all__ = ["FAMILIES", "Family", "groups_of"]


@dataclass(frozen=True)
class Family:
    """Bins of a number.

    Attributes
    ----------
    column : str
        Of `KnownFrame.about`.
    title : str
    edges : tuple of float
        A bin includes its lower edge.
    clipped : bool
        Whether frames beyond the outer edges count to the outer bins.
    """

    column: str
    title: str
    edges: tuple[float, ...]
    clipped: bool = False

    def label(self, number: float) -> str | None:
        """The bin of a number; None for NaN, and for one that lies outside."""
        if math.isnan(number):
            return None
        place = sum(number >= edge for edge in self.edges) - 1
        last = len(self.edges) - 2
        if not 0 <= place <= last:
            if not self.clipped:
                return None
            place = min(max(place, 0), last)
        return self.labels()[place]

    def labels(self) -> list[str]:
        """Of all bins."""
        pairs = zip(self.edges[:-1], self.edges[1:], strict=True)
        return [f"{self.title} [{low:g};{high:g}]" for low, high in pairs]


FAMILIES = (
    Family("snr_avg", "SNRavg", (0.0, 0.5, 1.0, 3.0, 10.0, 30.0), clipped=True),
    Family("snr_tot", "SNRtot", (0.0, 1500.0, 3000.0, 7000.0, 15000.0, 50000.0)),
    Family("length", "length", (0.0, 170.0, 190.0, 210.0, 230.0, 500.0)),
    Family("stars", "stars", (0.0, 3.0, 6.0, 9.0, 12.0, 20.0)),
    Family("r0_cm", "r0 cm", (2.0, 2.5, 3.0, 3.5, 4.0, 4.5)),
)
"""Those of Table 1 but the camera, which is a text."""


def groups_of(frame: KnownFrame) -> list[str]:
    """The groups of a frame with a trail, besides the one of all."""
    labels = [family.label(frame.number(family.column)) for family in FAMILIES]
    camera = str(frame.about.get("camera") or "")
    return [label for label in labels if label] + ([f"camera {camera}"] if camera else [])


def in_order(labels: set[str]) -> list[str]:
    """Labels as the table has them: cameras, then bin by bin."""
    known = [label for family in FAMILIES for label in family.labels()]
    cameras = sorted(label for label in labels if label.startswith("camera "))
    return [*cameras, *(label for label in known if label in labels)]
