"""How far values scatter, whatever a few of them do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["scatter_about"]


def scatter_about(values: NDArray[Any], middle: float) -> float:
    """1-sigma scatter of normal values about their middle: 1.4826 of the median deviation.

    NaN values do not count; there is at least one that is not.

    Examples
    --------
    >>> round(scatter_about(np.array([9.0, 10.0, 11.0, 500.0, np.nan]), 10.0), 4)
    1.4826
    """
    return 1.4826 * float(np.nanmedian(np.abs(values - middle)))
