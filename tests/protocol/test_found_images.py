"""An image on its whole way: found by place, fetched, cut and shown, by astronomers' programs."""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvo
from aladin import aladin, needs_aladin
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from made_up_images import full_header, image_bytes, tan_cards
from PIL import Image
from satvo.service.archive import Archive
from satvo.service.config import read_config

Server = Any
SHAPE = (300, 400)
STAR = (290.0, 200.0)
"""Column and row, from 0, of the only star."""


def starry() -> bytes:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    sky = 100 + np.random.default_rng(1).normal(0, 3, SHAPE)
    star = 5000 * np.exp(-((columns - STAR[0]) ** 2 + (rows - STAR[1]) ** 2) / 18)
    cards = {**full_header(), **tan_cards(83.8, -5.4, scale=2.0, shape=SHAPE, angle=20.0)}
    return image_bytes((sky + star).astype(np.float32), cards)


@pytest.fixture(scope="module")
def served(make_server: Callable[..., Server], tmp_path_factory: Any) -> Iterator[Server]:
    """A server of the demonstration with one observed image besides; do not change it."""
    server = make_server()
    file = tmp_path_factory.mktemp("one") / "starry.fits"
    file.write_bytes(starry())
    told = {"obs_collection": "walk", "licence": "CC0-1.0"}
    with closing(Archive(read_config(home=server.home), wait_s=5)) as archive:
        archive.images.add([archive.images.examine(file, name=file.name, told=told)])
    yield server.start()
    server.stop()


def found(server: Server) -> Any:
    """The row that SIA 2.0 gives of the star's place."""
    ra, dec = place()
    rows = pyvo.dal.SIA2Service(f"{server.url}/sia2").search(pos=(ra, dec, 0.001))
    (row,) = [row for row in rows if row["obs_collection"] == "walk"]
    return row


def fetched(server: Server) -> bytes:
    """The file, by its access_url."""
    with urllib.request.urlopen(found(server).getdataurl(), timeout=30) as reply:
        return bytes(reply.read())


def place() -> tuple[float, float]:
    """Where the star is, ICRS, deg."""
    (unit,) = fits.open(io.BytesIO(starry()))
    ra, dec = WCS(unit.header).pixel_to_world_values(*STAR)
    return float(ra), float(dec)


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_what_sia_finds_is_the_file_that_came(served: Server) -> None:
    assert fetched(served) == starry()


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_sia_1_finds_the_same(served: Server) -> None:
    rows = pyvo.dal.SIAService(f"{served.url}/sia1").search(pos=place(), size=0.01)
    (row,) = [row for row in rows if row.getdataurl() == found(served).getdataurl()]
    assert (row.pos.ra.deg, row.pos.dec.deg) == pytest.approx((83.8, -5.4), abs=1e-3)


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_a_part_of_it_is_what_astropy_cuts(served: Server) -> None:
    ra, dec = place()
    (cutout,) = found(served).getdatalink().bysemantics("#cutout", include_narrower=False)
    (part,) = fits.open(io.BytesIO(cutout.process(circle=(ra, dec, 0.01)).read()))
    (whole,) = fits.open(io.BytesIO(starry()))
    height, width = part.data.shape
    wcs = WCS(part.header)
    column, row = wcs.world_to_pixel_values(ra, dec)
    first = [round(a - float(b)) for a, b in zip(STAR, (column, row), strict=True)]
    middle = (first[0] + (width - 1) / 2, first[1] + (height - 1) / 2)
    theirs = Cutout2D(whole.data, middle, (height, width), wcs=WCS(whole.header))
    np.testing.assert_array_equal(part.data, theirs.data)
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]])
    ours = wcs.pixel_to_world_values(corners)
    assert theirs.wcs.world_to_pixel_values(ours) == pytest.approx(corners, abs=1e-6)
    assert (column + first[0], row + first[1]) == pytest.approx(STAR, abs=1e-6)


@needs_aladin
@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_aladin_shows_its_star_where_it_is(served: Server, tmp_path: Path) -> None:
    file, shown = tmp_path / "found.fits", tmp_path / "shown.png"
    file.write_bytes(fetched(served))
    ra, dec = place()
    script = (
        f"load {file}; sync; {ra:.6f} {dec:+.6f}; zoom 3arcmin; sync; pause 3; "
        f"save -png 600x400 {shown}; quit"
    )
    for _ in range(3):  # it draws a while after it has called a file loaded
        said = aladin(script, tmp_path)
        with Image.open(shown) as picture:
            seen = np.asarray(picture.convert("L"), dtype=float)[50:350, 100:500]
        rows, columns = np.nonzero(seen > 250)
        # A pixel of the image is 8 of the picture; half of the picture's are the reticle's.
        middle = pytest.approx((200 - 50, 300 - 100), abs=4)
        if len(rows) > 1000 and (rows.mean(), columns.mean()) == middle:
            return
    raise AssertionError(f"the star is not in the middle: {said}")
