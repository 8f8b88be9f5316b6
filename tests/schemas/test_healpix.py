"""HEALPix cells against astropy-healpix, whose code is another (astrometry.net's, in C)."""

from __future__ import annotations

import subprocess
import sys

import astropy.units as u
import numpy as np
import pytest
from astropy_healpix import HEALPix
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import cells_of, healpix_center, healpix_index
from satvo.schemas.regions import Circle, Polygon, points_in_circle, points_in_polygon

ORDERS = [0, 1, 3, 8, 13, 17, 22, 29]
CELL_EDGE = 1e-6  # of a cell's size: nearer to an edge, rounding decides which cell it is


def independent(order: int) -> HEALPix:
    return HEALPix(nside=2**order, order="nested")


def scattered(seed: int, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Positions all over the sphere, and close about its poles and RA 0."""
    rng = np.random.default_rng(seed)
    lon = rng.uniform(0, 360, n)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    lat[: n // 4] = 90 - 10.0 ** rng.uniform(-7, 1, n // 4)
    lat[n // 4 : n // 2] = -90 + 10.0 ** rng.uniform(-7, 1, n // 4)
    lon[n // 2 : 5 * n // 8] = 360 - 10.0 ** rng.uniform(-9, 0, n // 8)
    lon[5 * n // 8 : 3 * n // 4] = 10.0 ** rng.uniform(-9, 0, n // 8)
    return lon, lat


@pytest.mark.parametrize("order", ORDERS[:-2])
def test_cell_of_a_position_is_that_of_an_independent_library(order: int) -> None:
    lon, lat = scattered(20260711 + order)
    found = healpix_index(order, lon, lat)
    expected, dx, dy = independent(order).lonlat_to_healpix(
        lon * u.deg, lat * u.deg, return_offsets=True
    )
    edge = np.minimum(np.minimum(dx, 1 - dx), np.minimum(dy, 1 - dy)) < CELL_EDGE
    assert (found == expected)[~edge].all()
    assert edge.mean() < 0.3


@pytest.mark.parametrize("order", ORDERS)
def test_centre_of_a_cell_is_that_of_an_independent_library(order: int) -> None:
    cells = np.random.default_rng(order).integers(0, 12 << 2 * order, 2000)
    cells[:2] = 0, (12 << 2 * order) - 1
    lon, lat = healpix_center(order, cells)
    expected_lon, expected_lat = independent(order).healpix_to_lonlat(cells)
    microarcsecond = 1 / 3.6e9
    turn = (lon - expected_lon.deg + 180) % 360 - 180
    assert np.abs(lat - expected_lat.deg).max() < microarcsecond
    assert np.abs(turn * np.cos(np.radians(lat))).max() < microarcsecond
    assert ((lon >= 0) & (lon < 360)).all()


@pytest.mark.parametrize("order", ORDERS)
def test_centre_of_a_cell_is_in_the_cell(order: int) -> None:
    cells = np.random.default_rng(order + 100).integers(0, 12 << 2 * order, 2000)
    assert (healpix_index(order, *healpix_center(order, cells)) == cells).all()


@pytest.mark.parametrize("order", ORDERS)
def test_poles_and_the_meridian_of_ra_0_are_where_the_numbering_has_them(order: int) -> None:
    last = (1 << 2 * order) - 1  # the northernmost cell of a base cell, the 0th the southernmost
    for quarter in range(4):
        lon = 45.0 + 90 * quarter
        assert healpix_index(order, lon, 90.0) == (quarter << 2 * order) + last
        assert healpix_index(order, lon, -90.0) == (8 + quarter) << 2 * order
    assert healpix_index(order, 0.0, 10.0) == healpix_index(order, 360.0, 10.0)
    assert healpix_index(order, -5.0, 10.0) == healpix_index(order, 355.0, 10.0)


@pytest.mark.parametrize(
    ("order", "lon", "lat", "said"),
    [
        (30, 1, 1, "order 30"),
        (-1, 1, 1, "order -1"),
        (3, 1, 90.1, "position 1 90.1"),
        (3, np.nan, 1, "position nan 1"),
        (3, 1, np.nan, "position 1 nan"),
        (3, np.inf, 1, "position inf 1"),
    ],
)
def test_position_that_is_none_is_refused(order: int, lon: float, lat: float, said: str) -> None:
    with pytest.raises(BadParameter, match=said):
        healpix_index(order, [lon], [lat])


@pytest.mark.parametrize("index", [-1, 768])
def test_cell_that_an_order_has_not_is_refused(index: int) -> None:
    with pytest.raises(BadParameter, match=f"cell {index} of order 3: give an index from 0 to 767"):
        healpix_center(3, index)


@pytest.mark.parametrize("radius", [0.01, 1.0, 20.0, 30.0, 89.0, 91.0, 150.0, 179.5])
@pytest.mark.parametrize(
    "centre", [(0.0, 0.0), (180.0, 0.0), (10.0, 89.99), (123.0, -90.0), (266.0, -29.0)]
)
def test_cells_of_a_circle_hold_all_of_it_and_little_more(
    centre: tuple[float, float], radius: float
) -> None:
    order = max(0, min(12, int(np.log2(58.6 * 16 / radius))))
    reaches_deg = 2 * 58.6 / 2**order
    lon, lat = scattered(7)
    near = np.random.default_rng(1).uniform(-1.2, 1.2, (2, 2000)) * radius
    lon = np.append(lon, centre[0] + near[0])
    lat = np.append(lat, np.clip(centre[1] + near[1], -90, 90))
    covered = in_cells(*cells_of(Circle(*centre, radius), order), order, lon, lat)
    assert covered[points_in_circle(lon, lat, *centre, radius)].all()
    assert not covered[~points_in_circle(lon, lat, *centre, min(180, radius + reaches_deg))].any()


@pytest.mark.parametrize(
    "vertices",
    [
        [0, 0, 10, 0, 10, 10],
        [355, -5, 5, -5, 5, 5, 355, 5],
        [0, 80, 90, 80, 180, 80, 270, 80],
        [0, -60, 120, -60, 240, -60],
        [10, 10, 10.01, 10, 10.01, 10.01, 10, 10.01],
        [0, 0, 0, 40, 40, 40, 20, 20, 40, 0],
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_cells_of_a_polygon_hold_all_of_it(vertices: list[float], turned: bool) -> None:
    pairs = np.reshape(vertices, (-1, 2))[:: -1 if turned else 1]
    polygon = Polygon(pairs.ravel().tolist())
    order = 8 if np.ptp(pairs[:, 1]) > 0.1 or np.ptp(pairs[:, 0]) > 0.1 else 16
    rng = np.random.default_rng(3)
    lon = np.append(scattered(8)[0], rng.uniform(pairs[:, 0].min(), pairs[:, 0].max(), 3000))
    lat = np.append(scattered(8)[1], rng.uniform(pairs[:, 1].min(), pairs[:, 1].max(), 3000))
    covered = in_cells(*cells_of(polygon, order), order, lon, lat)
    inside = points_in_polygon(lon, lat, polygon)
    assert covered[inside].all()
    assert (covered & ~inside).mean() < 0.05


def in_cells(
    cells: np.ndarray, orders: np.ndarray, order: int, lon: np.ndarray, lat: np.ndarray
) -> np.ndarray:
    at = healpix_index(order, lon, lat)
    covered = np.zeros(len(lon), dtype=bool)
    for coarse in np.unique(orders):
        covered |= np.isin(at >> 2 * (order - coarse), cells[orders == coarse])
    return covered


def test_nothing_heavy_is_imported_before_the_first_cell_is_asked_for() -> None:
    code = (
        "import sys, satvo.service.adql, satvo.schemas.moc, satvo.schemas.store.duckdb_store;"
        "print([m for m in ('astropy', 'cdshealpix') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
