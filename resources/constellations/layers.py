"""Constellations as thin layers: what their statistics need to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Layers"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """k thin spherical layers; in each, satellites on circular orbits of one inclination.

    Nodes and places along the orbits are spread evenly, or drawn at random: only means are asked
    of them. A shell of eccentric orbits, or one through which satellites rise, is several layers.

    Attributes
    ----------
    count : ndarray (k,)
        How many satellites; a mean, so not always whole.
    radius_km : ndarray (k,)
        From the Earth's centre.
    inclination_deg : ndarray (k,)
        0 to 180.
    mag_std : ndarray (k,)
        Standard V magnitude at 1000 km and 90 deg phase angle; NaN where not known.
    constellation, generation : ndarray of str (k,)
        By which brightness models know them, as in `published_means.yaml`; empty where not known.
    """

    count: Floats
    radius_km: Floats
    inclination_deg: Floats
    mag_std: Floats
    constellation: NDArray[np.object_]
    generation: NDArray[np.object_]

    @classmethod
    def of(
        cls,
        count: ArrayLike,
        radius_km: ArrayLike,
        inclination_deg: ArrayLike,
        *,
        mag_std: ArrayLike = np.nan,
        constellation: str | Sequence[str] = "",
        generation: str | Sequence[str] = "",
    ) -> Layers:
        """From arrays that broadcast together, or one value for all.

        Examples
        --------
        >>> Layers.of([1584, 720], [6928.0, 6948.0], [53.0, 70.0]).total
        2304.0
        """
        numbers = [
            np.atleast_1d(np.asarray(a, dtype=np.float64))
            for a in (count, radius_km, inclination_deg, mag_std)
        ]
        texts = [np.atleast_1d(np.asarray(t, dtype=object)) for t in (constellation, generation)]
        every = np.broadcast_arrays(*numbers, *texts)
        return cls(*(np.array(each) for each in every))

    def __len__(self) -> int:
        return len(self.count)

    def __getitem__(self, which: Any) -> Layers:
        """Some of them, as numpy selects them."""
        return Layers(*(np.atleast_1d(getattr(self, f.name)[which]) for f in fields(self)))

    @property
    def total(self) -> float:
        """How many satellites there are in all."""
        return float(self.count.sum())

    @staticmethod
    def joined(parts: Sequence[Layers]) -> Layers:
        """All layers of one population or more, those of the first in front."""
        return Layers(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Layers))
        )
