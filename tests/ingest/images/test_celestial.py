"""Outlines are where astropy says that the pixels are, and as harvesters want them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from made_up_images import (
    full_header,
    image_bytes,
    mosaic,
    pixels,
    sip_image,
    tan_cards,
    tan_image,
    tpv_image,
)
from satvo.ingest.images.reading import read_image
from satvo.schemas.region_values import parse_region
from satvo.schemas.sphere import separation_deg

pytestmark = pytest.mark.filterwarnings("ignore::astropy.wcs.FITSFixedWarning")


def columns(content: bytes) -> dict[str, Any]:
    """What is found in a file."""
    about = {"name": "x.fits", "most_bytes": 2**30}
    found = read_image(about, io.BytesIO(content), io.BytesIO())
    return {**found["obscore"], **found["dataproduct"]}


def vertices(region: str) -> np.ndarray[Any, Any]:
    """Longitudes and latitudes, (n, 2)."""
    assert region.startswith("POLYGON ")
    return np.array(region.split()[1:], float).reshape(-1, 2)


def edge_of(content: bytes, unit: int = 0) -> Any:
    """Directions of 200 points along each side of the image, by astropy, in ICRS."""
    with fits.open(io.BytesIO(content)) as units:
        wcs, (height, width) = WCS(units[unit].header), units[unit].shape
        t = np.linspace(0, 1, 200)
        x = np.concatenate([t * width, t * 0 + width, t * width, t * 0]) + 0.5
        y = np.concatenate([t * 0, t * height, t * 0 + height, t * height]) + 0.5
        return SkyCoord(wcs.pixel_to_world(x - 1, y - 1)).icrs


WCS_OF: dict[str, Callable[[], bytes]] = {
    "plain": tan_image,
    "turned": lambda: tan_image(angle=123.0),
    "mirrored": lambda: tan_image({"CD1_1": 2.0 / 3600}),
    "across RA 0": lambda: tan_image(ra=0.001, dec=20.0, scale=30.0),
    "north pole": lambda: tan_image(ra=10.0, dec=89.9999, scale=20.0),
    "south pole": lambda: tan_image(ra=10.0, dec=-90.0, scale=60.0),
    "wide": lambda: tan_image(ra=100.0, dec=45.0, scale=3600.0),
    "SIP": sip_image,
    "TPV": tpv_image,
    "FK5 J2010": lambda: tan_image({"RADESYS": "FK5", "EQUINOX": 2010.0}),
    "FK4 B1950": lambda: tan_image({"RADESYS": "FK4", "EQUINOX": 1950.0}),
    "galactic": lambda: tan_image({"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"}),
    "zenithal": lambda: tan_image({"CTYPE1": "RA---ARC", "CTYPE2": "DEC--ARC"}, scale=1000.0),
}


@pytest.mark.parametrize("name", sorted(WCS_OF))
def test_the_polygon_is_the_edge_of_the_image(name: str) -> None:
    """To 0.1 pixel, by astropy's transformation of the edge."""
    content = WCS_OF[name]()
    found = columns(content)
    corners = vertices(found["s_region"])
    edge = edge_of(content)
    shape = parse_region(corners.ravel().tolist(), "polygon").shape  # type: ignore[union-attr]
    vectors = edge.cartesian.xyz.value.T
    off_arcsec = np.degrees(shape.distances_rad(np.ascontiguousarray(vectors))) * 3600
    assert off_arcsec.max() < 0.1 * found["s_pixel_scale"]
    # Counter-clockwise, seen from the origin, as the box of a known order is.
    sign = np.sign(np.sum(np.cross(shape.start, shape.end) @ shape.start.mean(axis=0)))
    assert sign == -1
    apart = separation_deg(*corners.T, *np.roll(corners, -1, axis=0).T)
    assert apart.min() > 1e-6
    assert len(corners) <= 40


@pytest.mark.parametrize("name", sorted(WCS_OF))
def test_the_circle_holds_the_polygon_and_its_middle_is_that_of_the_image(name: str) -> None:
    content = WCS_OF[name]()
    found = columns(content)
    edge = edge_of(content)
    away = separation_deg(found["s_ra"], found["s_dec"], edge.ra.deg, edge.dec.deg)
    slack = 0.1 * found["s_pixel_scale"] / 3600
    assert away.max() <= found["s_fov"] / 2 + slack
    assert away.max() > 0.9 * found["s_fov"] / 2
    corners = vertices(found["s_region"])
    inside = separation_deg(found["s_ra"], found["s_dec"], *corners.T)
    assert inside.max() <= found["s_fov"] / 2  # the promise that searches rely on


def test_a_plain_image_has_four_corners_and_its_own_scale() -> None:
    found = columns(tan_image(scale=2.0))
    assert len(vertices(found["s_region"])) == 4
    assert found["s_pixel_scale"] == pytest.approx(2.0, rel=1e-6)
    assert found["wcs_projection"] == "TAN"
    assert columns(tpv_image())["wcs_projection"] == "TPV"


def test_a_mosaic_has_the_hull_of_its_images() -> None:
    content = mosaic()
    found = columns(content)
    shape = parse_region(vertices(found["s_region"]).ravel().tolist(), "polygon").shape  # type: ignore[union-attr]
    for unit in range(1, 5):
        vectors = np.ascontiguousarray(edge_of(content, unit).cartesian.xyz.value.T)
        outside = vectors[shape.side(vectors) < 0]
        if len(outside):
            off = np.degrees(shape.distances_rad(outside)) * 3600
            assert off.max() < 0.1 * found["s_pixel_scale"]
    assert len(vertices(found["s_region"])) <= 10


def test_an_image_of_the_whole_sky_is_a_circle() -> None:
    cards = {
        **full_header(), **tan_cards(ra=40.0, dec=30.0, scale=10000.0, shape=(80, 80)),
        "CTYPE1": "RA---ARC", "CTYPE2": "DEC--ARC",
    }  # fmt: skip
    found = columns(image_bytes(pixels((80, 80)), cards))
    kind, *numbers = found["s_region"].split()
    assert kind == "CIRCLE"
    assert float(numbers[2]) > 90
    assert found["s_fov"] == pytest.approx(2 * float(numbers[2]), abs=1e-6)


def test_corners_outside_of_the_sky_make_a_circle_of_what_is_on_it() -> None:
    cards = {
        **full_header(), **tan_cards(ra=40.0, dec=30.0, scale=5200.0, shape=(100, 100)),
        "CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN",
    }  # fmt: skip
    about = {"name": "x.fits", "most_bytes": 2**30}
    content = image_bytes(pixels((100, 100)), cards)
    found = read_image(about, io.BytesIO(content), io.BytesIO())
    assert found["obscore"]["s_region"].startswith("CIRCLE")
    assert any("not all of the image is on the sky" in text for _, text in found["messages"])
