"""Tiles of images against healpy's cells and astropy's WCS, pixel by pixel."""

from __future__ import annotations

import io
import warnings
from typing import Any

import healpy
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from made_up_images import broken_wcs, fpacked, image_bytes, pixels, tan_cards, tan_image
from satvo.resources.images.tiles import Cells, draw_tile
from satvo.schemas.errors import BadParameter, UnknownFormat

SHAPE = (48, 64)
SIP = {
    "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP",
    "A_ORDER": 2, "A_2_0": 2e-3, "A_0_2": 1e-3, "B_ORDER": 2, "B_2_0": -1e-3, "B_1_1": 2e-3,
}  # fmt: skip
FK5 = {"RADESYS": "FK5", "EQUINOX": 1975.0}
PLACES = {"plain": (83.8, -5.4), "zero": (0.0, 0.0), "wrap": (359.999, 41.0), "pole": (10.0, 89.99)}


def ramp(cards: dict[str, Any], shape: tuple[int, int] = SHAPE) -> bytes:
    """An image whose values tell their pixel: x + 1000 y, from 0."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return image_bytes((columns + 1000.0 * rows).astype(np.float64), cards)


def drawn(
    content: bytes, order: int, npix: int, circle: tuple[float, ...], *, width: int = 512,
    mask: bool = False,
) -> tuple[np.ndarray, dict[str, Any]]:  # fmt: skip
    target = io.BytesIO()
    about = {
        "order": order, "npix": npix, "width": width, "mask": mask, "lon_deg": circle[0],
        "lat_deg": circle[1], "radius_deg": circle[2], "name": "x.fits", "most_bytes": 1 << 30,
    }  # fmt: skip
    answer = draw_tile(about, io.BytesIO(content), target)
    return np.frombuffer(target.getvalue(), np.float32).reshape(width, width), answer


def centres(order: int, npix: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of each pixel of a tile from its top, by healpy, as Hipsgen does."""
    cells = np.zeros((width, width), dtype=np.int64)
    for bit in range(width.bit_length() - 1):
        rows, columns = np.mgrid[:width, :width] >> bit & 1
        cells |= rows << 2 * bit | columns << 2 * bit + 1
    return healpy.pix2ang(width << order, npix * width * width + cells, nest=True, lonlat=True)


def tiles_at(order: int, ra: float, dec: float) -> int:
    return int(healpy.ang2pix(1 << order, ra, dec, nest=True, lonlat=True))


@pytest.mark.parametrize("bent", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_pixels_are_where_astropy_and_healpy_have_them(place: str, bent: bool) -> None:
    ra, dec = PLACES[place]
    cards = tan_cards(ra, dec, angle=30.0) | (SIP if bent else {})
    order, width = 8, 512  # 1.6 arcsec, where the image has 2
    npix = tiles_at(order, ra, dec)
    found, answer = drawn(ramp(cards), order, npix, (ra, dec, 0.03), width=width)
    lon, lat = centres(order, npix, width)
    near = healpy.rotator.angdist([lon.ravel(), lat.ravel()], [ra, dec], lonlat=True) < 5e-4
    near = near.reshape(lon.shape)
    x, y = np.full(lon.shape, np.nan), np.full(lon.shape, np.nan)
    x[near], y[near] = WCS(cards).all_world2pix(lon[near], lat[near], 0, quiet=True)
    inside = (x >= 0) & (x <= SHAPE[1] - 1) & (y >= 0) & (y <= SHAPE[0] - 1)
    assert inside.sum() > 500
    wanted = x + 1000 * y
    assert np.abs(found - wanted)[inside].max() < 0.1  # 1e-4 of a pixel
    outside = (x < -0.51) | (x > SHAPE[1] - 0.49) | (y < -0.51) | (y > SHAPE[0] - 0.49)
    assert np.isnan(found[outside | ~near]).all()
    assert answer["drawn"] == np.isfinite(found).sum()


def test_axes_of_another_equinox_are_turned() -> None:
    cards = tan_cards() | FK5
    middle = WCS(cards).pixel_to_world(31.5, 23.5).icrs
    circle = (float(middle.ra.deg), float(middle.dec.deg), 0.03)
    npix = tiles_at(8, *circle[:2])
    found, _ = drawn(ramp(cards), 8, npix, circle)
    lon, lat = centres(8, npix, 512)
    row, column = np.argwhere(np.isfinite(found)).mean(axis=0).round().astype(int)
    from astropy.coordinates import SkyCoord

    x, y = WCS(cards).world_to_pixel(SkyCoord(lon[row, column], lat[row, column], unit="deg"))
    assert found[row, column] == pytest.approx(float(x + 1000 * y), abs=0.01)


def test_latitude_may_be_the_first_axis() -> None:
    usual = tan_cards()
    swapped = {
        **usual, "CTYPE1": usual["CTYPE2"], "CTYPE2": usual["CTYPE1"],
        "CRVAL1": usual["CRVAL2"], "CRVAL2": usual["CRVAL1"],
        "CD1_1": usual["CD2_1"], "CD1_2": usual["CD2_2"],
        "CD2_1": usual["CD1_1"], "CD2_2": usual["CD1_2"],
    }  # fmt: skip
    npix = tiles_at(8, 83.8, -5.4)
    one, _ = drawn(ramp(usual), 8, npix, (83.8, -5.4, 0.03))
    other, _ = drawn(ramp(swapped), 8, npix, (83.8, -5.4, 0.03))
    assert np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("order", [0, 3, 5, 6])
def test_coarse_tiles_have_the_mean_of_what_they_cover(order: int) -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(100.0, 20.0, (480, 640))
    ra, dec = map(float, healpy.pix2ang(64, tiles_at(6, 83.8, -5.4), nest=True, lonlat=True))
    content = image_bytes(values, tan_cards(ra, dec, shape=(480, 640)))
    found, _ = drawn(content, order, tiles_at(order, ra, dec), (ra, dec, 0.3))
    known = found[np.isfinite(found)]
    side = 412.3 / 2**order / 2.0  # pixels of the image in one of the tile
    assert len(known) == pytest.approx(640 * 480 / side**2, rel=0.25, abs=2)
    spread = 20.0 / max(1.0, np.floor(side))
    assert abs(known.mean() - 100.0) < 4 * 20.0 / np.sqrt(640 * 480) + spread
    if len(known) > 50:
        assert known.std() < 1.1 * spread


def test_neighbouring_tiles_and_orders_fit_together() -> None:
    content = tan_image(shape=(200, 200), scale=4.0, ra=45.0, dec=0.0)  # where four tiles meet
    sums = {}
    for order in (6, 8):
        total = 0.0
        for npix in {tiles_at(order, 45 + a, b) for a in (-0.1, 0, 0.1) for b in (-0.1, 0, 0.1)}:
            found, _ = drawn(content, order, npix, (45.0, 0.0, 0.2))
            total += float(np.nansum(found.astype(np.float64))) * 4.0**-order
        sums[order] = total
    assert sums[6] == pytest.approx(sums[8], rel=0.01)


def test_a_thin_trail_of_a_mask_stays_in_coarse_tiles() -> None:
    mask = np.zeros((400, 400), dtype=np.uint8)
    mask[200, :] = 4
    content = image_bytes(mask, tan_cards(shape=(400, 400)))
    npix = tiles_at(5, 83.8, -5.4)
    found, _ = drawn(content, 5, npix, (83.8, -5.4, 0.3), mask=True)
    assert set(np.unique(found[np.isfinite(found)])) == {0.0, 4.0}
    assert (found == 4).sum() > 50


def test_an_image_smaller_than_a_pixel_is_one_pixel() -> None:
    content = image_bytes(np.full((10, 10), 7.0), tan_cards(shape=(10, 10), scale=0.2))
    found, answer = drawn(content, 0, tiles_at(0, 83.8, -5.4), (83.8, -5.4, 0.001))
    assert answer["drawn"] == 1
    assert found[np.isfinite(found)].tolist() == [7.0]


def test_pixels_without_value_stay_so_and_spoil_no_mean() -> None:
    values = pixels(SHAPE).astype(np.float64)
    values[:, :20] = np.nan
    found, answer = drawn(image_bytes(values, tan_cards()), 8, tiles_at(8, 83.8, -5.4),
                          (83.8, -5.4, 0.03))  # fmt: skip
    whole, _ = drawn(tan_image(), 8, tiles_at(8, 83.8, -5.4), (83.8, -5.4, 0.03))
    part = np.isfinite(found).sum() / np.isfinite(whole).sum()
    assert part == pytest.approx(44 / 64, abs=0.02)
    assert answer["low"] < answer["high"]
    nothing = image_bytes(np.full(SHAPE, np.nan), tan_cards())
    assert drawn(nothing, 8, tiles_at(8, 83.8, -5.4), (83.8, -5.4, 0.03))[1] == {
        "drawn": 0, "low": None, "high": None,
    }  # fmt: skip


def test_packed_images_are_drawn_as_others() -> None:
    npix = tiles_at(8, 83.8, -5.4)
    found, answer = drawn(fpacked(), 8, npix, (83.8, -5.4, 0.03))
    assert answer["drawn"] > 4000
    assert np.nanmedian(found) == pytest.approx(100.0, abs=15.0)


def test_a_file_without_a_place_draws_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        contents = [image_bytes(pixels())]
    for content in contents:
        assert drawn(content, 3, 0, (45.0, 0.0, 1.0), width=64)[1]["drawn"] == 0


@pytest.mark.parametrize("content", [b"", b"SIMPLE  =", b"\xff\xd8\xff jpeg" * 999])
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises((BadParameter, UnknownFormat), match=r"x\.fits"):
        drawn(content, 3, 0, (45.0, 0.0, 1.0), width=64)


def test_coordinates_that_are_no_numbers_draw_nothing() -> None:
    assert drawn(broken_wcs(), 3, 0, (45.0, 0.0, 1.0), width=64)[1]["drawn"] == 0


def test_cells_far_from_the_circle_are_not_looked_at() -> None:
    near = Cells.near(3, tiles_at(3, 83.8, -5.4), 512, 83.8, -5.4, 0.03)
    assert 0 < len(near.places) <= 4 * 4**4
    far = Cells.near(3, tiles_at(3, 200.0, 60.0), 512, 83.8, -5.4, 0.03)
    assert len(far.places) == 0
    every = Cells.near(3, 5, 64, 45.0, 0.0, 180.0)
    assert np.array_equal(np.sort(every.places), np.arange(64 * 64))


def test_the_mosaics_chips_are_all_there() -> None:
    from made_up_images import mosaic

    found, _ = drawn(mosaic(), 8, tiles_at(8, 83.8, -5.4), (83.8, -5.4, 0.1))
    with fits.open(io.BytesIO(mosaic())) as units:
        area = sum(unit.data.size for unit in units[1:]) * 4.0
    assert np.isfinite(found).sum() * (412.3 / 256) ** 2 == pytest.approx(area, rel=0.02)
