"""The density's integrals against satellites that are counted one by one."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from monte_carlo import (
    EARTH_KM,
    Drawn,
    Floats,
    Shell,
    Site,
    counts_in_draws,
    paper_shells,
    random_places,
    walker_places,
)
from monte_carlo_trails import inside, mean_trails, trails_in_draws

GEO = Shell(1, 1, 42_164.17 - EARTH_KM, 0.0)


def cylinder(places_km: Floats, sun_km: Floats) -> Floats:
    """Lit by a Sun without size that is infinitely far."""
    behind = -(places_km @ sun_km) / np.linalg.norm(sun_km)
    return (behind <= 0.0) | ((places_km**2).sum(axis=1) - behind**2 > EARTH_KM**2)


@pytest.mark.needs_data
def test_the_shells_are_those_of_the_public_list(test_data: Path) -> None:
    path = test_data / "orbits" / "constellations" / "satconanalytic_constellations.json"
    by_code = {each["code"]: each["shells"].values() for each in json.loads(path.read_text())}
    there = [shell for code in ("SL1", "SL2", "OW2r") for shell in by_code[code]]
    assert paper_shells() == [Shell(s["totSat"], s["nPlane"], s["alt"], s["inc"]) for s in there]


def test_counts_of_a_spherical_earth_with_a_cylinder_shadow_are_those_known() -> None:
    """Those of the exact integral in `orbits.md`, 6, whose Earth and shadow are these."""
    site = Site(-24.62, -23.0, 8.8009 * 15.0, flattening=0.0)
    draws = 12
    found = counts_in_draws(paper_shells(), site, draws, np.random.default_rng(1), cylinder)[:, 1]
    error = found.std(axis=0, ddof=1) / math.sqrt(draws)
    assert found.mean(axis=0) == pytest.approx([976.6, 391.1, 187.9, 94.8, 13.9], abs=0, rel=0.08)
    assert np.all(np.abs(found.mean(axis=0) - [976.6, 391.1, 187.9, 94.8, 13.9]) < 4.0 * error)


def test_a_geostationary_satellite_drifts_through_the_stars() -> None:
    """Eastward among them by 15.04 arcsec a second."""
    site = Site(0.0)
    drawn = Drawn(GEO, np.zeros(1), np.zeros(1))
    field = site.direction(90.0, 89.0)
    rate = 15.041 / 3600.0
    for radius, exposure, expected in (
        (0.9, 2 * 0.09 / rate, False),
        (0.9, 2 * 0.11 / rate, True),
        (1.01, 0.0, True),
        (0.99, 0.0, False),
    ):
        assert inside(drawn, site, field, radius, exposure)[0].tolist() == [expected]


def test_left_out_satellites_leave_the_number() -> None:
    assert len(walker_places(Shell(2493, 42, 335.9, 42.0), np.random.default_rng(0)).node) == 2493


@pytest.mark.parametrize(
    ("shell", "lat_deg", "az_alt_deg"),
    [
        (Shell(20_000, 40, 550.0, 53.0), -30.0, (225.0, 35.0)),
        (Shell(20_000, 40, 1200.0, 87.9), 80.0, (10.0, 60.0)),
        (Shell(20_000, 40, 900.0, 120.0), 0.0, (90.0, 89.9)),
        (Shell(20_000, 40, 600.0, 0.1), 0.0, (270.0, 45.0)),
    ],
)
def test_satellites_drawn_near_a_field_tell_what_all_tell(
    shell: Shell, lat_deg: float, az_alt_deg: tuple[float, float]
) -> None:
    site = Site(lat_deg, 0.0, 110.0)
    draws = 60
    many = trails_in_draws(
        [shell], site, az_alt_deg, 1.5, 30.0, draws, np.random.default_rng(2), random_places
    )
    error = many.std(axis=0, ddof=1) / math.sqrt(draws)
    mean, own = mean_trails(shell, site, az_alt_deg, 1.5, 30.0, 20_000, np.random.default_rng(3))
    assert np.all(mean > 0.1)
    assert np.all(np.abs(mean - many.mean(axis=0)) < 4.0 * np.hypot(error, own))
