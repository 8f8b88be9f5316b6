"""Pictures of maps: what is bright stands where it is on the sky."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from made_up_maps import made_up_map
from matplotlib.projections.geo import MollweideAxes
from numpy.typing import NDArray
from PIL import Image
from satvo.resources.pass_probability.pictures import mollweide_picture, zenithal_picture
from satvo.resources.pass_probability.sky_planes import Mollweide
from satvo.schemas.errors import BadParameter

Pixels = NDArray[np.int64]


def pixels_of(png: bytes, width: int) -> Pixels:
    """Red, green, blue of a picture, from its top."""
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    assert picture.size[0] == width
    return np.asarray(picture.convert("RGB")).astype(np.int64)


def lightest(pixels: Pixels) -> tuple[float, float]:
    """Row and column of the middle of what is yellow, the colour bar left out."""
    height, width, _ = pixels.shape
    red, green, blue = np.moveaxis(pixels, -1, 0)
    yellow = (red > 170) & (green > 200) & (blue < 110)
    yellow[int(0.8 * height) :] = False
    yellow[:, int(0.84 * width) :] = False
    rows, columns = np.nonzero(yellow)
    assert len(rows) > 30
    return float(rows.mean()), float(columns.mean())


def zenithal(az_deg: float, alt_deg: float, frame: str) -> tuple[float, float]:
    """Where a bright place is drawn."""
    made = made_up_map(5, frame, az_deg=az_deg, alt_deg=alt_deg)
    return lightest(pixels_of(zenithal_picture(made, "n_pass", width_px=600), 600))


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_north_is_up_and_east_is_left_and_areas_are_kept(frame: str) -> None:
    row, column = zenithal(0.0, 90.0, frame)
    north, east = zenithal(0.0, 40.0, frame), zenithal(90.0, 40.0, frame)
    west = zenithal(270.0, 60.0, frame)
    assert north[0] < row - 100
    assert abs(north[1] - column) < 3
    assert east[1] < column - 100
    assert abs(east[0] - row) < 3
    assert west[1] > column + 50
    ratio = math.sin(math.radians(15.0)) / math.sin(math.radians(25.0))
    assert (west[1] - column) / (column - east[1]) == pytest.approx(ratio, abs=0.03)


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_both_frames_show_the_same_sky(frame: str) -> None:
    assert zenithal(200.0, 35.0, frame) == pytest.approx(zenithal(200.0, 35.0, "altaz"), abs=3)


def test_the_sun_stands_at_the_rim_in_its_direction() -> None:
    made = made_up_map(4)
    pixels = pixels_of(zenithal_picture(made, "loss", width_px=900), 900)
    orange = (np.abs(pixels - (255, 176, 0)) < 12).all(axis=-1)
    rows, columns = np.nonzero(orange)
    assert len(rows) > 40
    row, column = zenithal(0.0, 90.0, "altaz")
    up, left = 1.5 * row - rows.mean(), 1.5 * column - columns.mean()
    az = math.degrees(math.atan2(left, up)) % 360.0
    assert made.facts.sun_alt_deg < -15.0
    assert az == pytest.approx(made.facts.sun_az_deg, abs=1.5)


def test_nothing_expected_is_left_pale() -> None:
    made = made_up_map(5, "altaz")
    pixels = pixels_of(zenithal_picture(made, "t_next", width_px=600), 600)
    row, column = zenithal(0.0, 90.0, "altaz")
    radius = (row - zenithal(0.0, 40.0, "altaz")[0]) / math.sin(math.radians(25.0))
    away = radius * math.sin(math.radians(30.0))
    dark = pixels[round(row - away * math.sqrt(0.5)), round(column + away * math.sqrt(0.5))]
    assert dark.min() > 220  # the north-west, where no satellite is illuminated
    assert pixels[2, 2].tolist() == [255, 255, 255]


def test_an_equatorial_map_has_east_on_the_left() -> None:
    def column_of(az_deg: float) -> float:
        made = made_up_map(5, az_deg=az_deg, alt_deg=50.0)
        return lightest(pixels_of(mollweide_picture(made, "n_pass", width_px=700), 700))[1]

    assert column_of(90.0) < 350 < column_of(270.0)


def test_a_map_of_the_horizon_has_south_in_the_middle_and_west_on_the_right() -> None:
    def column_of(az_deg: float) -> float:
        made = made_up_map(5, "altaz", az_deg=az_deg, alt_deg=30.0)
        return lightest(pixels_of(mollweide_picture(made, "n_pass", width_px=700), 700))[1]

    assert column_of(180.0) == pytest.approx(350, abs=4)
    assert column_of(110.0) < 300
    assert column_of(230.0) > 400


def test_below_the_horizon_the_whole_sky_is_pale() -> None:
    pixels = pixels_of(mollweide_picture(made_up_map(5), "loss", width_px=700), 700)
    beneath = (np.abs(pixels - (0xE9, 0xE9, 0xEC)) < 4).all(axis=-1)
    ellipse = math.pi / 4 * (0.92 * 700) ** 2 / 2 * (4 / 4.1) ** 2
    assert 0.4 < beneath.sum() / ellipse < 0.52


def test_mollweides_projection_is_matplotlibs() -> None:
    lon, lat = np.meshgrid(np.arange(-175.0, 180.0, 25.0), np.arange(-90.0, 91.0, 7.5))
    x, y = Mollweide(180.0, 1).place(lon + 180.0, lat)
    transform = MollweideAxes.MollweideTransform(180)
    there = transform.transform(np.radians(np.column_stack([lon.ravel(), lat.ravel()])))
    np.testing.assert_allclose(x.ravel() * math.sqrt(2.0), there[:, 0], atol=1e-3)
    np.testing.assert_allclose(y.ravel() * math.sqrt(2.0), there[:, 1], atol=1e-3)
    inner = np.abs(lat) < 89.0
    lon_back, lat_back = Mollweide(180.0, 1).lon_lat_deg(x[inner], y[inner])
    np.testing.assert_allclose(lon_back, (lon + 180.0)[inner], atol=1e-3)
    np.testing.assert_allclose(lat_back, lat[inner], atol=1e-3)


@pytest.mark.parametrize("column", ["n_sat", "loss", "t_next"])
def test_a_dark_sky_can_be_drawn(column: str) -> None:
    made = made_up_map(3)
    empty = {name: np.zeros_like(values) for name, values in made.values.items()}
    empty["t_next"] = np.full(len(made.pixels), np.nan)
    dark = replace(made, values=empty)
    assert pixels_of(zenithal_picture(dark, column), 1000).std() > 0
    assert pixels_of(mollweide_picture(dark, column), 1200).std() > 0


def test_a_map_without_a_time_is_drawn_in_its_own_frame_by_night() -> None:
    made = made_up_map(3, "altaz")
    nan = math.nan
    timeless = replace(made, facts=replace(made.facts, mjd=nan, sun_ra_deg=nan, sun_dec_deg=nan))
    assert pixels_of(zenithal_picture(timeless, "loss"), 1000).std() > 0
    assert pixels_of(mollweide_picture(timeless, "loss"), 1200).std() > 0


def test_a_name_with_dollars_is_no_formula() -> None:
    made = made_up_map(2)
    named = replace(made, facts=replace(made.facts, observer_name=r"$\nonsense{$"))
    assert pixels_of(zenithal_picture(named, "loss"), 1000).std() > 0


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadParameter, match="it has n_sat"):
        zenithal_picture(made_up_map(2), "lost")
