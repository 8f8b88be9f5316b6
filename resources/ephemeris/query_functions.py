"""Positions as functions of the embedded engine: satvo_ra and the others, over the archive.

The engine calls with batches of up to 2048 rows, those with a null left out. What has no position
is NaN, which whoever writes the statement makes NULL.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from satvo.resources.ephemeris.positions import QUANTITIES, Positions
from satvo.schemas.store.region_functions import RegionFunction

__all__ = ["position_functions"]

_SEEN = ["BIGINT", "DOUBLE", "VARCHAR"]


def position_functions(positions: Positions) -> tuple[RegionFunction, ...]:
    """The functions, as a store is told of them."""

    def seen(quantity: str) -> RegionFunction:
        def call(norad_id: Any, mjd: Any, observer: Any) -> pa.Array:
            arrays = _integers(norad_id), _doubles(mjd)
            return pa.array(positions.seen(quantity, *arrays, observer.to_pylist()))

        return RegionFunction(f"satvo_{quantity}", call, _SEEN, "DOUBLE")

    def sunlit(norad_id: Any, mjd: Any) -> pa.Array:
        return pa.array(positions.sunlit(_integers(norad_id), _doubles(mjd)))

    return (
        *(seen(quantity) for quantity in QUANTITIES),
        RegionFunction("satvo_sunlit", sunlit, _SEEN[:2], "DOUBLE"),
    )


def _integers(column: Any) -> Any:
    return np.array(column, dtype=np.int64)


def _doubles(column: Any) -> Any:
    return np.array(column, dtype=np.float64)
