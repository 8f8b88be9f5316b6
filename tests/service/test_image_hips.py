"""Collections of images as HiPS: what is shown, from which files, and what changes when."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import healpy
import numpy as np
import pytest
from astropy.io import fits
from made_up_images import image_bytes, tan_cards, tan_image, without_wcs
from mocpy import MOC
from PIL import Image
from satvo.schemas.errors import NotFound
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.hips_of_images import ImageHips
from satvo.service.image_surveys import MOST_FILES, ImageSurveys, survey_name
from satvo.service.image_tiles import ImageTiles

PLACE = (83.8, -5.4)
ELSEWHERE = (200.0, 40.0)


class Shown:
    """An archive with what it shows as HiPS."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive = archive
        self.folder = folder
        self.surveys = ImageSurveys(lambda: archive)
        self.tiles = ImageTiles(lambda: archive)

    def add(self, content: bytes, *, collection: str = "made-up", **told: Any) -> str:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.fits"
        path.write_bytes(content)
        about = {"licence": "CC0-1.0", "obs_collection": collection, **told}
        examined = self.archive.images.examine(path, name=path.name, told=about)
        self.archive.images.add([examined])
        return str(examined.obscore["obs_publisher_did"])

    def hips(self, name: str = "made-up", *, mask: bool = False) -> ImageHips:
        return ImageHips(self.archive.config, self.tiles, self.surveys.find(name, mask), "/hips")


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "files").mkdir()
    with closing(
        Archive(Config(home=home), lambda: datetime(2026, 11, 22, 1, 2, 3), wait_s=1)
    ) as archive:
        yield Shown(archive, tmp_path / "files")


def flat(value: float, **wcs: Any) -> bytes:
    """An image of one value, but for one corner."""
    values = np.full((48, 64), value, dtype=np.float32)
    values[:4, :4] = value + 10
    return image_bytes(values, tan_cards(**wcs))


def tile_at(order: int, place: tuple[float, float] = PLACE) -> int:
    return int(healpy.ang2pix(1 << order, *place, nest=True, lonlat=True))


def values_of(content: bytes) -> np.ndarray:
    with fits.open(io.BytesIO(content)) as units:
        return np.asarray(units[0].data[::-1])


def colours_of(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGBA"))


def test_a_collection_is_shown_and_what_has_no_place_is_not(shown: Shown) -> None:
    shown.add(tan_image())
    shown.add(tan_image(seed=2), collection="Camera 1/raw")
    shown.add(without_wcs(), collection="nowhere")
    names = [each.path for each in shown.surveys.all()]
    assert names == [f"images-{survey_name('Camera 1/raw')}", "images-made-up"]
    with pytest.raises(NotFound, match="'nowhere' with images"):
        shown.surveys.find("nowhere", False)
    with pytest.raises(NotFound, match="'made-up' with masks"):
        shown.surveys.find("made-up", True)


def test_names_of_collections_are_apart() -> None:
    names = ["a", "A", "a b", "a-b", "a/b", "ä", "", "x" * 99, "x" * 98, "..", "a\nb"]
    found = [survey_name(name) for name in names]
    assert len(set(found)) == len(names)
    assert found[0] == "a"
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-") for name in found)


def test_tiles_show_the_newest_image_above_the_others(shown: Shown) -> None:
    shown.add(flat(1.0), t_min=61041.0)
    before = shown.hips().tile(8, tile_at(8), "fits")
    assert set(np.unique(values_of(before)[np.isfinite(values_of(before))])) >= {1.0}
    shown.add(flat(3.0, scale=1.0), t_min=61100.0)  # smaller, in the middle
    shown.add(flat(2.0), t_min=61072.0)
    found = values_of(shown.hips().tile(8, tile_at(8), "fits"))
    known = np.isfinite(found)
    threes, twos = (found == 3.0).sum(), (found == 2.0).sum()
    assert threes == pytest.approx(twos / 3, rel=0.1)
    assert (found[known] >= 2).all()
    assert shown.hips().survey.rows[0]["t_min"] > shown.hips().survey.rows[1]["t_min"]


def test_png_and_fits_tiles_cover_the_same_pixels(shown: Shown) -> None:
    shown.add(tan_image())
    hips = shown.hips()
    npix = tile_at(8)
    picture = colours_of(hips.tile(8, npix, "png"))
    values = values_of(hips.tile(8, npix, "fits"))
    assert picture.shape == (512, 512, 4)
    assert np.array_equal(picture[..., 3] == 255, np.isfinite(values))
    bright = np.nanpercentile(values, 99)
    assert picture[values > bright, 0].mean() > 2 * picture[values < bright, 0].mean()
    assert hips.tile(8, tile_at(8, ELSEWHERE), "png") == b""


def test_an_image_changes_the_tiles_that_it_meets_and_no_others(shown: Shown) -> None:
    shown.add(flat(1.0))
    shown.add(flat(1.0, ra=ELSEWHERE[0], dec=ELSEWHERE[1]))
    before = shown.hips()
    here, there = (8, tile_at(8), "png"), (8, tile_at(8, ELSEWHERE), "png")
    names = {each: before.name(*each) for each in (here, there, ("properties",))}
    assert shown.hips().survey is before.survey, "nothing changed"
    shown.add(flat(5.0), t_min=61222.0)
    after = shown.hips()
    assert after.name(*there) == names[there]
    assert after.name(*here) != names[here]
    assert after.name("properties") != names["properties",]
    assert 5.0 in values_of(after.tile(8, tile_at(8), "fits"))


def test_what_is_dropped_is_shown_no_more(shown: Shown) -> None:
    shown.add(flat(1.0), t_min=61041.0)
    newer = shown.add(flat(2.0), t_min=61119.0)
    assert 2.0 in values_of(shown.hips().tile(8, tile_at(8), "fits"))
    hips = shown.hips()
    shown.archive.images.drop(newer)
    assert 2.0 not in values_of(hips.tile(7, tile_at(7), "fits")), "its file was gone when drawn"
    found = values_of(shown.hips().tile(8, tile_at(8), "fits"))
    assert 2.0 not in found
    assert 1.0 in found


def test_masks_lie_over_the_images_of_their_collection(shown: Shown) -> None:
    frame = shown.add(tan_image())
    for n, row in enumerate((10, 30)):
        marked = np.zeros((48, 64), dtype=np.uint8)
        marked[row : row + 2] = n + 1
        content = image_bytes(marked, tan_cards())
        shown.add(content, role="mask", progenitor_did=frame)
    hips = shown.hips(mask=True)
    values = values_of(hips.tile(8, tile_at(8), "fits"))
    assert {0.0, 1.0, 2.0} == set(np.unique(values[np.isfinite(values)]))
    picture = colours_of(hips.tile(8, tile_at(8), "png"))
    assert np.array_equal(picture[..., 3] > 0, values > 0)
    assert hips.path == "/hips/images-made-up/mask"
    assert len(shown.hips().survey.rows) == 1


def test_allsky_and_coverage_have_every_image(shown: Shown) -> None:
    places = [PLACE, ELSEWHERE, (0.0, 0.0), (10.0, 89.9), (300.0, -89.0)]
    for n, (ra, dec) in enumerate(places):
        shown.add(tan_image(ra=ra, dec=dec, seed=n, scale=60.0))
    hips = shown.hips()
    allsky = values_of(hips.allsky("fits"))
    assert allsky.shape == (29 * 32, 27 * 32)
    assert colours_of(hips.allsky("png")).shape == (29 * 32, 27 * 32, 4)
    for ra, dec in places:
        npix = tile_at(3, (ra, dec))
        row, column = npix // 27 * 32, npix % 27 * 32
        assert np.isfinite(allsky[row : row + 32, column : column + 32]).any(), (ra, dec)
    moc = MOC.from_fits(io.BytesIO(hips.moc()))
    from astropy.coordinates import Latitude, Longitude

    lon, lat = np.array(places).T
    assert moc.contains_lonlat(Longitude(lon, "deg"), Latitude(lat, "deg")).all()
    area = moc.sky_fraction * 41253
    assert 5 * 48 * 64 / 3600 < area < 5 * 3 * 48 * 64 / 3600


def test_properties_tell_what_is_shown(shown: Shown) -> None:
    shown.add(tan_image(), t_min=61119.125)
    lines = (line.partition("=") for line in shown.hips().properties().decode().splitlines())
    told = {key.strip(): value.strip() for key, _, value in lines}
    assert told["creator_did"] == "ivo://satvo.invalid/hips?images-made-up"
    assert told["hips_order"] == "8"
    assert told["hips_frame"] == "equatorial"
    assert told["obs_copyright"] == "CC0-1.0"
    assert told["hips_release_date"] == "2026-11-22T01:02Z"
    assert float(told["hips_initial_ra"]) == pytest.approx(83.8, abs=1e-4)
    assert float(told["t_min"]) == pytest.approx(61119.125)
    low, high = map(float, told["hips_pixel_cut"].split())
    assert 80 < low < 100 < high
    assert "the newest is shown" in told["obs_description"]
    assert str(MOST_FILES) in told["obs_description"]
    record = shown.hips().record().decode()
    assert record.endswith("\n\n")
    assert "hips_service_url     = http://127.0.0.1:8080/hips/images-made-up" in record


def test_a_file_that_cannot_be_drawn_leaves_the_others(
    shown: Shown, caplog: pytest.LogCaptureFixture
) -> None:
    shown.add(flat(1.0), t_min=61041.0)
    newer = shown.add(flat(2.0), t_min=61119.0)
    product = shown.archive.images.row(newer)["product_id"]
    shown.archive.images.path(product).write_bytes(b"SIMPLE  =  nonsense")
    found = values_of(shown.hips().tile(8, tile_at(8), "fits"))
    assert 1.0 in found
    assert f"a tile goes without {product}" in caplog.text


def test_a_tile_is_drawn_once(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    from satvo.service import image_tiles as module

    drawn: list[Any] = []
    work_on: Callable[..., Any] = module.work_on

    def counted(*given: Any, **more: Any) -> Any:
        drawn.append(more["about"]["npix"])
        return work_on(*given, **more)

    monkeypatch.setattr(module, "work_on", counted)
    shown.add(flat(1.0, scale=60.0))
    full = shown.add(flat(2.0, scale=60.0), t_min=61192.0)
    for _ in range(3):
        assert 2.0 in values_of(shown.hips().tile(12, tile_at(12), "fits"))
    assert len(drawn) == 1, "the newest fills it"
    assert full
