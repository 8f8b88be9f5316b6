"""HiPS of maps: tiles where healpy has their cells, and whole folders."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import healpy
import mocpy
import numpy as np
import pytest
from astropy.io import fits
from made_up_maps import DUSK, made_up_map
from PIL import Image
from satvo.resources.pass_probability.hips import hips_list_entry, hips_properties, write_hips
from satvo.resources.pass_probability.hips_tiles import hips_allsky, hips_tile
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.schemas.errors import BadParameter

MADE = datetime(2026, 1, 1, 12)
WHO = "ivo://org.example/maps?rubin-dusk"


def dense(probabilities: ProbabilityMap, column: str) -> np.ndarray:
    """A column on the whole sky, NaN below the horizon."""
    whole = np.full(12 * probabilities.nside**2, np.nan)
    whole[probabilities.pixels] = probabilities.values[column]
    return whole


def values_of(tile: bytes) -> np.ndarray:
    """Of a FITS tile, from its top."""
    with fits.open(io.BytesIO(tile)) as found:
        found.verify("exception")
        return np.asarray(found[0].data)[::-1]


def cell_of(npix: int, row: int, column: int) -> int:
    """The cell of nside 512 at a place of a tile of order 3, as Hipsgen 12.001 lays them out."""
    word = "".join(f"{(column >> bit) & 1}{(row >> bit) & 1}" for bit in range(5, -1, -1))
    return npix * 4096 + int(word, 2)


def test_each_pixel_of_a_tile_has_the_value_of_its_cell() -> None:
    made = made_up_map(5, "equatorial")
    whole = dense(made, "n_pass")
    npix = int(np.nanargmax(whole)) >> 4
    found = values_of(hips_tile(made, "n_pass", 3, npix, "fits"))
    for row, column in ((0, 0), (63, 0), (0, 63), (63, 63), (40, 7), (9, 50)):
        lon, lat = healpy.pix2ang(512, cell_of(npix, row, column), nest=True, lonlat=True)
        assert found[row, column] == whole[healpy.ang2pix(32, lon, lat, nest=True, lonlat=True)]


def test_tiles_are_laid_out_as_hipsgen_lays_them_out() -> None:
    """Its tile Norder3/Npix5 of a map whose values are the cells' numbers began so (run)."""
    cells = np.arange(12 * 512**2)
    made = made_up_map(1, "equatorial")
    numbers = replace(made, order=9, pixels=cells, values={"n_pass": cells.astype(np.float64)})
    found = values_of(hips_tile(numbers, "n_pass", 3, 5, "fits")) - 5 * 4096
    below = found[::-1]
    np.testing.assert_array_equal(below[0, :4], [1365, 1367, 1373, 1375])
    np.testing.assert_array_equal(below[:4, 0], [1365, 1364, 1361, 1360])
    coarse = values_of(hips_tile(numbers, "n_pass", 0, 5, "fits"))
    assert coarse[-1, 0] - 5 * 2**18 == 87391.5


def test_north_is_below_to_the_right_and_east_below_to_the_left() -> None:
    cells = np.arange(12 * 512**2)
    lon, lat = healpy.pix2ang(512, cells, nest=True, lonlat=True)
    base = made_up_map(1, "equatorial")
    sky = replace(base, order=9, pixels=cells, values={"p_pass": lat, "loss": lon})
    north = values_of(hips_tile(sky, "p_pass", 0, 6, "fits"))
    east = values_of(hips_tile(sky, "loss", 0, 6, "fits"))
    assert north[-1, -1] > 40.0
    assert north[0, 0] < -40.0
    assert east[-1, 0] > 220.0
    assert east[0, -1] < 140.0


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_a_picture_is_bright_where_the_map_is_and_clear_below_the_horizon(frame: str) -> None:
    made = made_up_map(6, frame)
    situation = made.facts.situation
    ra, dec = situation.icrs_deg(situation.of_altaz(120.0, 40.0))
    npix = healpy.ang2pix(8, float(ra), float(dec), nest=True, lonlat=True)
    picture = Image.open(io.BytesIO(hips_tile(made, "n_pass_illum", 3, npix, "png")))
    assert (picture.mode, picture.size) == ("RGBA", (64, 64))
    values = values_of(hips_tile(made, "n_pass_illum", 3, npix, "fits"))
    cell = healpy.ang2pix(512, float(ra), float(dec), nest=True, lonlat=True)
    places = [(r, c) for r in range(64) for c in range(64) if cell_of(npix, r, c) == cell]
    assert values[places[0]] > 1.1
    red, green, blue, opacity = np.asarray(picture)[places[0]]
    assert opacity == 255
    assert red > 150
    assert green > 200
    assert blue < 100  # the yellow end
    ra, dec = situation.icrs_deg(situation.of_altaz(120.0, -40.0))
    beneath = healpy.ang2pix(8, float(ra), float(dec), nest=True, lonlat=True)
    hidden = np.asarray(Image.open(io.BytesIO(hips_tile(made, "loss", 3, beneath, "png"))))
    assert not hidden.any()
    assert np.isnan(values_of(hips_tile(made, "loss", 3, beneath, "fits"))).all()


def test_a_map_of_the_horizon_is_turned_to_the_stars() -> None:
    turned = values_of(hips_allsky(made_up_map(7, "altaz"), "n_pass", "fits"))
    straight = values_of(hips_allsky(made_up_map(7, "equatorial"), "n_pass", "fits"))
    both = np.isfinite(turned) & np.isfinite(straight)
    assert both.sum() > 0.99 * np.isfinite(straight).sum()
    # Half a cell, 0.3 deg, on a slope of 2 in 8 deg.
    assert np.abs(turned - straight)[both].max() < 0.12


def test_allsky_has_the_tiles_in_rows_of_27() -> None:
    made = made_up_map(4, "equatorial")
    npix = int(np.nanargmax(dense(made, "p_pass"))) >> 2
    found = values_of(hips_allsky(made, "p_pass", "fits"))
    assert found.shape == (29 * 32, 27 * 32)
    row, column = divmod(npix, 27)
    little = found[32 * row : 32 * row + 32, 32 * column : 32 * column + 32]
    np.testing.assert_array_equal(
        little, values_of(hips_tile(made, "p_pass", 3, npix, "fits"))[::2, ::2]
    )


def test_times_keep_their_digits() -> None:
    made = made_up_map(6)
    npix = int(np.nanargmin(dense(made, "t_next"))) >> 6
    found = values_of(hips_tile(made, "t_next", 3, npix, "fits"))
    assert found.dtype.itemsize == 8
    assert np.nanmin(found) == np.nanmin(made.values["t_next"]) > DUSK


def test_properties_say_what_the_map_is() -> None:
    made = made_up_map(6)
    text = hips_properties(made, "loss", identifier=WHO, url="http://host/hips/a", released=MADE)
    pairs = (line.split("=", 1) for line in text.splitlines())
    told = {key.strip(): value.strip() for key, value in pairs}
    assert told["creator_did"] == WHO
    assert told["hips_service_url"] == "http://host/hips/a"
    assert told["hips_release_date"] == "2026-01-01T12:00Z"
    assert float(told["moc_sky_fraction"]) == pytest.approx(0.5, abs=0.005)
    assert float(told["t_max"]) - float(told["t_min"]) == pytest.approx(30 / 86400, rel=1e-3)
    assert "rubin" in told["obs_title"]
    entry = hips_list_entry(made, "loss", identifier=WHO, url="http://host/hips/a", released=MADE)
    assert entry.endswith("\n\n")
    assert set(entry.split("\n")) - {""} <= set(text.split("\n"))


def test_a_folder_is_whole(tmp_path: Path) -> None:
    made = made_up_map(3)
    write_hips(made, "p_illum", tmp_path / "a", identifier=WHO, released=MADE)
    moc = mocpy.MOC.from_fits(tmp_path / "a" / "Moc.fits")
    assert sorted(moc.flatten()) == made.pixels.tolist()
    files = {str(path.relative_to(tmp_path / "a")) for path in tmp_path.rglob("*.*")}
    assert {"Moc.fits", "index.html", "Norder3/Allsky.png", "Norder3/Allsky.fits"} <= files
    for order in range(4):
        shown = {
            int(name.split("Npix")[1].removesuffix(".png"))
            for name in files
            if name.startswith(f"Norder{order}/Dir0") and name.endswith(".png")
        }
        assert shown == set((made.pixels >> 2 * (3 - order)).tolist())
        assert {f"Norder{order}/Dir0/Npix{npix}.fits" for npix in shown} <= files


@pytest.mark.parametrize(
    ("column", "order", "npix", "kind"),
    [
        ("brightness", 3, 0, "png"),
        ("loss", 4, 0, "png"),
        ("loss", -1, 0, "png"),
        ("loss", 3, 768, "png"),
        ("loss", 3, -1, "png"),
        ("loss", 3, 0, "jpg"),
    ],
)
def test_a_tile_that_is_not_there_is_refused(column: str, order: int, npix: int, kind: str) -> None:
    with pytest.raises(BadParameter):
        hips_tile(made_up_map(2), column, order, npix, kind)


def test_a_map_without_a_time_has_no_place_among_the_stars() -> None:
    made = made_up_map(2, "altaz")
    timeless = replace(made, facts=replace(made.facts, mjd=float("nan")))
    with pytest.raises(BadParameter, match="no time"):
        hips_tile(timeless, "loss", 3, 0, "png")


def test_an_identifier_is_an_ivoid() -> None:
    with pytest.raises(BadParameter, match="ivo://"):
        hips_properties(made_up_map(2), "loss", identifier="dusk", url="", released=MADE)
