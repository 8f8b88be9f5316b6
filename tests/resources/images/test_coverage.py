"""The area of many images against each one's own, by mocpy."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import Latitude, Longitude, SkyCoord
from mocpy import MOC
from satvo.resources.images.coverage import area_of_images

HALF = np.array([[-0.4, -0.3], [0.4, -0.3], [0.4, 0.3], [-0.4, 0.3]])
"""Corners of an image of 0.8 by 0.6 deg, east and north of its middle."""


def outline(lon: float, lat: float, *, turned: float = 0.0) -> np.ndarray:
    angles = np.degrees(np.arctan2(HALF[:, 0], HALF[:, 1])) + turned
    corners = SkyCoord(lon, lat, unit="deg").directional_offset_by(angles * u.deg, 0.5 * u.deg)
    return np.column_stack([corners.ra.deg, corners.dec.deg])


PLACES = [(83.8, -5.4), (0.0, 0.0), (359.9, 41.0), (10.0, 89.8), (45.0, -89.9), (200.0, 0.1)]


def test_images_are_covered_whole_and_little_else() -> None:
    outlines = [outline(*place, turned=17.0 * n) for n, place in enumerate(PLACES)]
    lon, lat = np.array(PLACES).T
    found = area_of_images(lon, lat, np.full(len(PLACES), 0.5), outlines)
    ours = MOC.from_string(found.text)
    for vertices in outlines:
        theirs = MOC.from_polygon_skycoord(SkyCoord(vertices, unit="deg"), max_depth=found.order)
        assert theirs.intersection(ours).sky_fraction == pytest.approx(theirs.sky_fraction)
    assert found.area_deg2 > len(PLACES) * 0.48
    circles = area_of_images(lon, lat, np.full(len(PLACES), 0.5), [None] * len(PLACES))
    assert found.area_deg2 < 0.8 * circles.area_deg2


NOT_CONVEX = np.array([[83.4, -5.7], [84.2, -5.7], [83.8, -5.4], [84.2, -5.1], [83.4, -5.1]])


@pytest.mark.parametrize("vertices", [None, NOT_CONVEX])
def test_where_the_outline_is_no_use_the_circle_is_covered(vertices: np.ndarray | None) -> None:
    found = area_of_images(np.array([83.8]), np.array([-5.4]), np.array([0.5]), [vertices])
    circle = MOC.from_cone(
        Longitude(83.8, "deg"), Latitude(-5.4, "deg"), radius=0.5 * u.deg, max_depth=found.order
    )
    ours = MOC.from_string(found.text)
    assert circle.intersection(ours).sky_fraction == pytest.approx(circle.sky_fraction)


def test_an_outline_is_the_same_in_either_sense() -> None:
    one = np.array([83.8]), np.array([-5.4]), np.array([0.5])
    vertices = outline(83.8, -5.4, turned=20.0)
    assert area_of_images(*one, [vertices]).text == area_of_images(*one, [vertices[::-1]]).text


def test_large_images_and_small_ones_have_cells_of_their_own() -> None:
    lon, lat = np.array([0.0, 180.0]), np.array([0.0, 0.0])
    found = area_of_images(lon, lat, np.array([90.0, 0.001]), [None, None])
    assert found.order == 12
    assert 0.5 < found.area_deg2 / 41253 < 0.6
    assert len(found.starts) < 2000


def test_the_whole_sky_and_nothing() -> None:
    assert area_of_images(np.zeros(1), np.zeros(1), np.full(1, 180.0), [None]).text == "0/0-11 3/"
    nothing = np.zeros(0)
    assert area_of_images(nothing, nothing, nothing, []).area_deg2 == 0
