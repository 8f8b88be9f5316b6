"""Stars for scenes asked of a TAP service: of satvo's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from satvo.resources.images.simulator.catalogue_services import TapCatalogue

Server = Any


def test_places_and_magnitudes_come_by_tap(images: tuple[Server, dict[str, str]]) -> None:
    """Middles of images serve as stars, their exposure times as magnitudes."""
    server, _ = images
    catalogue = TapCatalogue(
        server.tap, "ivoa.obscore", "s_ra", "s_dec", "t_exptime", None, None, None, timeout_s=60.0
    )
    query = (
        "SELECT s_ra, s_dec, t_exptime FROM ivoa.obscore "
        "WHERE t_exptime IS NOT NULL AND s_ra IS NOT NULL"
    )
    lines = server.sync(query, FORMAT="csv").text.split()[1:]
    rows = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    ra, dec, longest = rows[0]
    near = np.hypot((rows[:, 0] - ra) * np.cos(np.radians(dec)), rows[:, 1] - dec) < 0.5
    found = catalogue.near(ra, dec, 0.4, datetime(2026, 1, 1), longest)
    expected = rows[near & (rows[:, 2] <= longest)]
    assert len(found) == len(expected) > 0
    assert sorted(found.mag) == pytest.approx(sorted(expected[:, 2]))
    assert sorted(found.ra) == pytest.approx(sorted(expected[:, 0]))
