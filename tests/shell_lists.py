"""Shells of constellations as tests take them, from the public filings."""

from __future__ import annotations

import numpy as np
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.sunlight import EARTH_RADIUS_KM

__all__ = ["BASSA_2022_SHELLS", "bassa_2022_layers"]

BASSA_2022_SHELLS = (
    # satellites, altitude km, inclination deg; Bassa et al. 2022, table 1
    (1584, 550.0, 53.0), (1584, 540.0, 53.2), (720, 570.0, 70.0), (348, 560.0, 97.6),
    (172, 560.0, 97.6),  # Starlink 1
    (2493, 335.9, 42.0), (2478, 340.8, 48.0), (2547, 345.6, 53.0), (7178, 328.0, 30.0),
    (7178, 334.0, 40.0), (7178, 345.0, 53.0), (2000, 360.0, 96.9), (1998, 373.0, 75.0),
    (4000, 499.0, 53.0), (144, 604.0, 148.0), (324, 614.0, 116.0),  # Starlink 2
    (1764, 1200.0, 87.9), (2304, 1200.0, 40.0), (2304, 1200.0, 55.0),  # OneWeb reduced
)  # fmt: skip


def bassa_2022_layers() -> Layers:
    """These 19 shells, 48 298 satellites."""
    count, altitude, inclination = np.array(BASSA_2022_SHELLS).T
    return Layers.of(count, EARTH_RADIUS_KM + altitude, inclination)
