"""The density's integrals against satellites that are counted one by one."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from asked import counts_at, layers_of_shells, situation_of, trails_at
from monte_carlo import (
    ALTITUDES_DEG,
    EARTH_KM,
    Drawn,
    Floats,
    Shell,
    Site,
    counts_in_draws,
    paper_shells,
    random_places,
    sun_shines,
    walker_places,
)
from monte_carlo_trails import inside, mean_trails, trails_in_draws
from satvo.resources.pass_probability.sky import visible_counts

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


LATITUDES_DEG = (0.0, -24.6, 53.0, 80.0, 90.0)
ORBITS = ((550.0, 0.1), (550.0, 53.0), (1200.0, 87.9), (560.0, 97.6), (900.0, 120.0))
SUNS_DEG = ((-20.0, -23.0), (-8.0, 10.0), (-45.0, 0.0), (20.0, 5.0))
"""Altitude, as far as the latitude allows, and declination."""


@pytest.mark.parametrize("lat_deg", LATITUDES_DEG)
def test_counts_are_those_of_walker_shells(lat_deg: float) -> None:
    """Each mean within 4.5 standard errors; all together as far away as errors are, or nearer.

    Where few satellites are seen in all draws, their error is at least that of a Poisson count.
    """
    rng = np.random.default_rng(4)
    draws = 30
    apart = []
    for altitude, inclination in ORBITS:
        shells = [Shell(4000, 40, altitude, inclination)]
        for sun_alt, sun_dec in SUNS_DEG:
            site = Site.with_sun_at(lat_deg, sun_alt, sun_dec)
            found = counts_in_draws(shells, site, draws, rng)
            told = counts_at(shells, site)
            error = np.sqrt(np.maximum(found.var(axis=0, ddof=1), np.minimum(told, 1.0)) / draws)
            # Nodes of the integral are 1e-4 apart from the truth, where draws do not differ.
            apart.append((found.mean(axis=0) - told) / np.hypot(error, 2e-4 * told + 1e-9))
    assert np.abs(apart).max() < 4.5
    assert np.square(apart).mean() < 1.3


def test_counts_of_the_paper_are_those_of_its_shells() -> None:
    """48 298 satellites: to 0.5 % of 600 draws with another seed, and within the error of these."""
    site = Site(-24.62, -23.0, 8.8009 * 15.0)
    told = counts_at(paper_shells(), site)
    assert told[0] == pytest.approx([1941.2, 820.0, 398.3, 193.7, 25.7], rel=5e-3)
    assert told[1] == pytest.approx([999.4, 401.9, 193.4, 96.4, 14.06], rel=5e-3)
    draws = 20
    found = counts_in_draws(paper_shells(), site, draws, np.random.default_rng(5))
    error = found.std(axis=0, ddof=1) / math.sqrt(draws)
    assert np.all(np.abs(found.mean(axis=0) - told) < 4.0 * error)


def test_published_counts_are_those_of_another_law_of_latitudes() -> None:
    """944, 375, 172, 86 and 12 follow within 5 % from what the public code takes for the law.

    It has latitudes as i sin(u), where they are asin(sin(i) sin(u)), on a spherical Earth with a
    cylinder for its shadow; each of the three makes its counts smaller than ours.
    """
    site = Site(-24.62, -23.0, 8.8009 * 15.0, flattening=0.0)
    rng = np.random.default_rng(6)
    found = np.zeros(5)
    copies = 30
    for shell in paper_shells():
        u, lon = rng.uniform(0.0, 2.0 * np.pi, (2, copies * shell.satellites))
        most = math.radians(min(shell.inclination_deg, 180.0 - shell.inclination_deg))
        places = shell.radius_km * spherical(lon, most * np.sin(u))
        line = places - site.position_km
        sine = (line @ site.up) / np.linalg.norm(line, axis=1)
        lit = sine[cylinder(places, site.sun_km)]
        found += (lit[:, None] > np.sin(np.radians(ALTITUDES_DEG))).sum(axis=0)
    assert found / copies == pytest.approx([944.0, 375.0, 172.0, 86.0, 12.0], rel=0.05)
    ours = counts_at(paper_shells(), site)[1]
    assert np.all(ours > 1.04 * found / copies)


def spherical(lon: Floats, lat: Floats) -> Floats:
    """Unit vectors."""
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


@pytest.mark.parametrize("lat_deg", LATITUDES_DEG)
def test_trails_are_those_of_single_satellites(lat_deg: float) -> None:
    """Each mean within 4.5 standard errors (of 1 to 3 %), all together as far away as errors are.

    Fields are small and satellites lit or dark throughout: the expectation is that of the field's
    centre. Where the Monte Carlo finds none, fewer than its error are expected.
    """
    rng = np.random.default_rng(7)
    site = Site.with_sun_at(lat_deg, 30.0, 10.0)
    apart = []
    for altitude, inclination in (*ORBITS[1:], (20_200.0, 55.0)):
        shell = Shell(10_000, 50, altitude, inclination)
        for exposure in (0.0, 12.0):
            az = float(rng.uniform(0.0, 360.0))
            alt = math.degrees(math.asin(rng.uniform(0.1, 1.0)))
            mean, error = mean_trails(shell, site, (az, alt), 0.3, exposure, 20_000, rng)
            told = trails_at([shell], site, (az, alt), 0.3, exposure)
            apart.append((mean[0] - told[0]) / (error[0] + 1e-12))
    assert np.abs(apart).max() < 4.5
    assert np.square(apart).mean() < 2.3


def test_trails_of_the_paper_are_those_of_its_shells() -> None:
    """Azimuth 225, altitude 35, radius 1.5 deg, 30 s: 0.590 with an error of 0.035 in `orbits.md`.

    That is of 400 draws of Walker shells; satellites drawn one by one near the field, 1.9 million,
    tell 0.6254 with 0.0018, and 1.4636 with 0.005 where the Sun need not shine.
    """
    site = Site(-24.62, -23.0, 8.8009 * 15.0)
    told = trails_at(paper_shells(), site, (225.0, 35.0), 1.5, 30.0)
    assert told[1] == pytest.approx(0.590, abs=0.035)
    assert told == pytest.approx([1.4636, 0.6254], rel=0.01)
    rng = np.random.default_rng(8)
    each = [
        mean_trails(shell, site, (225.0, 35.0), 1.5, 30.0, 1500, rng) for shell in paper_shells()
    ]
    mean = np.sum([mean for mean, _ in each], axis=0)
    error = np.sqrt(np.sum([error**2 for _, error in each], axis=0))
    assert np.all(error < 0.04 * mean)
    assert np.all(np.abs(mean - told) < 4.0 * error)


def test_visible_satellites_are_those_of_single_ones() -> None:
    """By V = 7 + 5 log10(d / 550 km) + 0.12 (d / h - 1), with a scatter of 0.5 mag, without air."""
    site = Site(-24.62, -23.0, 8.8009 * 15.0)
    limits, altitudes = (6.0, 7.0, 8.0, 9.0), (0.0, 10.0, 30.0, 60.0)
    rng = np.random.default_rng(9)
    draws = 40
    found = np.zeros((draws, len(limits), len(altitudes)))
    for draw in range(draws):
        for shell in paper_shells():
            places = walker_places(shell, rng).at(0.0)
            line = places - site.position_km
            away = np.linalg.norm(line, axis=1)
            sine = (line @ site.up) / away
            seen = (sine > 0.0) & sun_shines(places, site.sun_km)
            away, sine = away[seen], sine[seen]
            mag = 7.0 + 5.0 * np.log10(away / 550.0) + 0.12 * (away / shell.altitude_km - 1.0)
            mag += rng.normal(0.0, 0.5, len(mag))
            bright = mag[:, None] < limits
            high = sine[:, None] > np.sin(np.radians(altitudes))
            found[draw] += bright.T.astype(np.float64) @ high
    told = visible_counts(
        layers_of_shells(paper_shells()),
        situation_of(site),
        limits,
        altitudes,
        with_air=False,
        scatter_mag=0.5,
    )
    error = np.sqrt(np.maximum(found.var(axis=0, ddof=1), np.minimum(told, 1.0)) / draws)
    # Cells of 1 deg in altitude are 2 % from what is cut off at an altitude.
    assert np.all(np.abs(found.mean(axis=0) - told) < 4.0 * error + 0.02 * told)
    assert told[3, 0] > 100.0
