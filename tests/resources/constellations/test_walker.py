"""Walker shells as SGP4 sees them."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.constellations.walker import kozai_mean_motion, walker_elements
from sgp4.api import WGS72, Satrec


@pytest.mark.parametrize("altitude_km", [340.0, 550.0, 1200.0, 35_788.0])
@pytest.mark.parametrize("inclination_deg", [0.0, 42.0, 53.0, 97.6])
@pytest.mark.parametrize("eccentricity", [0.0, 0.02])
def test_sgp4_finds_the_altitude_that_was_filed(
    altitude_km: float, inclination_deg: float, eccentricity: float
) -> None:
    satellite = Satrec()
    motion = float(kozai_mean_motion(altitude_km, inclination_deg, eccentricity))
    satellite.sgp4init(
        WGS72, "i", 1, 20000.0, 0.0, 0.0, 0.0, eccentricity, 0.0, np.radians(inclination_deg), 0.0,
        motion * 2 * np.pi / 1440.0, 0.0,
    )  # fmt: skip
    one_millimetre_km = 1e-6
    assert abs(satellite.a * 6378.135 - 6378.135 - altitude_km) < one_millimetre_km


def test_planes_and_places_are_evenly_spread() -> None:
    shell = walker_elements(6, 348, raan_spread_deg=360, phasing=1)
    assert len(shell.mean_anomaly) == 348
    assert np.unique(shell.ra_of_asc_node).tolist() == [0, 60, 120, 180, 240, 300]
    first = np.sort(shell.mean_anomaly[shell.plane == 0])
    assert np.allclose(np.diff(first), 360 / 58)
    offset = shell.mean_anomaly[58] - shell.mean_anomaly[0]
    assert np.isclose(offset, 360 / 348)


def test_a_star_has_its_nodes_on_one_half() -> None:
    nodes = np.unique(walker_elements(18, 720, raan_spread_deg=180).ra_of_asc_node)
    assert nodes.tolist() == [10.0 * i for i in range(18)]


def test_planes_that_do_not_come_out_even_differ_by_one() -> None:
    shell = walker_elements(42, 2493)
    in_plane = np.bincount(shell.plane)
    assert in_plane.sum() == len(shell.place) == 2493
    assert set(in_plane) == {59, 60}
    assert all((np.sort(shell.place[shell.plane == p]) == np.arange(n)).all() for p, n in
               enumerate(in_plane))  # fmt: skip
    last = np.sort(shell.mean_anomaly[shell.plane == 41])
    assert np.allclose(np.diff(last), 360 / 59)


def test_satellites_without_planes_fill_the_square_of_node_and_anomaly() -> None:
    shell = walker_elements(7178, 7178, phasing=None)
    boxes, _, _ = np.histogram2d(
        shell.ra_of_asc_node, shell.mean_anomaly, bins=12, range=[[0, 360], [0, 360]]
    )
    # 50 in each; at random they would scatter by 7, and with any F they lie on lines
    assert np.abs(boxes - 7178 / 144).max() <= 3
