"""Collections of images as HiPS of a running server: addresses, HipsGen's LINT, and Aladin."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import healpy
import numpy as np
import pytest
from aladin import aladin, lint, needs_aladin
from astropy.io import fits
from made_up_images import image_bytes, tan_cards, tan_image
from mocpy import MOC
from PIL import Image
from satvo.service.archive import Archive
from satvo.service.config import read_config

Server = Any
PLACES = [(83.8, -5.4), (84.5, -5.38), (359.999, 41.0)]
WHERE = "/hips/images-made-up"


def marked() -> bytes:
    rows = np.zeros((48, 64), dtype=np.uint8)
    rows[20:24] = 1
    return image_bytes(rows, tan_cards(*PLACES[0], scale=8.0))


@pytest.fixture(scope="module")
def images(
    make_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of the demonstration with three images and a mask besides; do not change it."""
    server = make_server()
    folder = tmp_path_factory.mktemp("images")
    with closing(Archive(read_config(home=server.home), wait_s=0)) as archive:
        for n, (ra, dec) in enumerate(PLACES):
            content = tan_image(ra=ra, dec=dec, seed=n, scale=8.0)
            add(archive, folder / f"{n}.fits", content)
        add(archive, folder / "mask.fits", marked(), role="mask")
    yield server.start()
    server.stop()


def add(archive: Archive, path: Path, content: bytes, **told: str) -> None:
    path.write_bytes(content)
    # The header's own times are those of one moment; a HiPS without spans gets a warning of LINT.
    spans = {"t_min": 61119.125, "t_max": 61119.126, "em_min": 5.5e-7, "em_max": 7e-7}
    about = {"licence": "CC0-1.0", "obs_collection": "made-up", **spans, **told}
    archive.images.add([archive.images.examine(path, name=path.name, told=about)])


def tiles_of(images: Server, path: str, order: int) -> list[int]:
    """The tiles of an order that the coverage of a HiPS meets."""
    moc = MOC.from_fits(io.BytesIO(images.get(f"{path}/Moc.fits").body))
    return sorted(int(cell) for cell in moc.degrade_to_order(order).flatten())


def test_the_list_has_both_and_registries_know_of_it(images: Server) -> None:
    told = images.get("/hips").text
    for path in (WHERE, f"{WHERE}/mask"):
        assert f"hips_service_url     = {images.url}{path}\n" in told
    assert "hips" in images.get("/oai?verb=ListRecords&metadataPrefix=ivo_vor").text


def test_tiles_have_the_values_of_their_images(images: Server) -> None:
    properties = images.get(f"{WHERE}/properties")
    assert properties.status == 200
    assert "hips_order           = 6\n" in properties.text
    npix = int(healpy.ang2pix(64, *PLACES[0], nest=True, lonlat=True))
    png = images.get(f"{WHERE}/Norder6/Dir{npix // 10000 * 10000}/Npix{npix}.png")
    assert (png.status, png.kind) == (200, "image/png")
    reply = images.get(f"{WHERE}/Norder6/Dir{npix // 10000 * 10000}/Npix{npix}.fits")
    with fits.open(io.BytesIO(reply.body)) as units:
        values = units[0].data
    assert values.shape == (512, 512)
    assert np.nanmedian(values) == pytest.approx(105.0, abs=10.0)


def test_a_tile_is_not_sent_again_to_who_has_it(images: Server) -> None:
    path = f"{WHERE}/Norder3/Allsky.png"
    tag = images.get(path).headers["ETag"]
    again = images.get(path, **{"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/hips/images-nothing/properties", "there is no collection 'nothing' with images"),
        (f"{WHERE}/loss/properties", "'loss': a collection has its images, and mask"),
        (f"{WHERE}/Norder7/Dir0/Npix5.png", "orders are 0 to 6"),
        (f"{WHERE}/Norder3/Dir0/Npix768.png", "12 * 4^order - 1"),
        (f"{WHERE}/Norder3/Dir0/Npix5.png", "has no image in it"),
        (f"{WHERE}/../../etc/passwd", "no file of a HiPS"),
        (f"{WHERE}/Norder3/Dir0/Npix5.jpg", "no file of a HiPS"),
    ],
)
def test_what_is_not_there_is_told(images: Server, path: str, words: str) -> None:
    reply = images.get(path)
    assert reply.status == 404
    assert words in reply.text


def test_a_page_shows_what_it_is(images: Server) -> None:
    for path in (WHERE, f"{WHERE}/mask"):
        page = images.get(path)
        assert page.status == 200
        assert f"{images.url}{path}" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def crawl(images: Server, path: str, folder: Path) -> None:
    """A HiPS through HTTP into a folder, as a mirror takes it."""
    names = ["properties", "Moc.fits", "Norder3/Allsky.png", "Norder3/Allsky.fits"]
    for order in range(7):
        for npix in tiles_of(images, path, order):
            where = f"Norder{order}/Dir{npix // 10000 * 10000}/Npix{npix}"
            names += [f"{where}.png", f"{where}.fits"]
    for name in names:
        reply = images.get(f"{path}/{name}")
        if reply.status == 200:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(reply.body)
        else:
            assert "has no image in it" in reply.text, name


@needs_aladin
@pytest.mark.parametrize("path", [WHERE, f"{WHERE}/mask"])
def test_a_mirror_passes_the_lint_of_hipsgen(images: Server, path: str, tmp_path: Path) -> None:
    folder = tmp_path / "hips"
    crawl(images, path, folder)
    told = lint(folder)
    assert "is fully IVOA HiPS 1.0 compatible" in told, told
    assert "ERROR" not in told.upper().replace("NO ERROR", ""), told


@needs_aladin
def test_aladin_shows_the_images_where_they_are(images: Server, tmp_path: Path) -> None:
    folder = tmp_path / "hips"
    crawl(images, WHERE, folder)
    script = (
        f"load {folder}; sync; 83.8 -5.4; zoom 30arcmin; sync; pause 5; save -png 600x400 "
        f"{tmp_path / 'shown.png'}; quit"
    )
    for _ in range(3):  # it draws tiles a while after it has called them loaded
        said = aladin(script, tmp_path)
        with Image.open(tmp_path / "shown.png") as picture:
            seen = np.asarray(picture.convert("L"), dtype=float)
        if is_there(seen):
            return
    raise AssertionError(f"the images are not where they should be: {said}")


def is_there(seen: np.ndarray) -> bool:
    """Whether the first image is in the middle: 8.53 by 6.40 arcmin of 22.06, on white."""
    columns, rows = (round(side * 600 / 22.06 / 2) for side in (64 * 8 / 60, 48 * 8 / 60))
    inside = [seen[200 + dy, 300 + dx] for dx, dy in around(columns - 5, rows - 5)]
    outside = [seen[200 + dy, 300 + dx] for dx, dy in around(columns + 5, rows + 5)]
    return max(inside) < 250 and min(outside) == 255


def around(dx: int, dy: int) -> list[tuple[int, int]]:
    """Points left, right, above and below the middle."""
    return [(-dx, 0), (dx, 0), (0, -dy), (0, dy)]
