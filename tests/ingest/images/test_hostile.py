"""What is no image, or claims to be a larger one, is refused with the reason, leaving nothing."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from made_up_images import LICENCE, broken_wcs, cube, fpacked, mosaic, tan_image
from satvo.ingest.images.archive import ImageArchive
from satvo.ingest.images.examine import ImageLimits
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat
from satvo.schemas.fits_cards import fits_header
from satvo.schemas.store import Store

TOLD = {"licence": LICENCE, "obs_collection": "made-up"}


def bomb(*axes: int, bitpix: int = -32) -> bytes:
    """A header that promises an image, without the image."""
    sizes = {f"NAXIS{n}": size for n, size in enumerate(axes, 1)}
    return fits_header({"SIMPLE": True, "BITPIX": bitpix, "NAXIS": len(axes), **sizes})


def with_card(**cards: object) -> bytes:
    """A good image, but for these cards."""
    return tan_image(cards)


def packed_bomb() -> bytes:
    """A compressed image whose header promises more pixels than there are tiles."""
    content = fpacked()
    wrong = content.replace(b"ZNAXIS1 =                   64", b"ZNAXIS1 =               640000")
    wrong = wrong.replace(b"ZNAXIS2 =                   48", b"ZNAXIS2 =               480000")
    assert wrong != content
    return wrong


HOSTILE = {
    "empty": (b"", UnknownFormat, "is empty"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(5000), UnknownFormat, "a JPEG"),
    "html": (b"<html><script>alert(1)</script>", UnknownFormat, "XML or HTML"),
    "cut header": (tan_image()[:2000], BadParameter, "damaged|cut"),
    "cut data": (tan_image()[:-6000], BadParameter, r"is cut: unit 0 should have 12288 bytes"),
    "cut extension": (mosaic()[:-9000], BadParameter, "is cut: unit 4"),
    "cut gzip": (gzip.compress(tan_image())[:-500], BadParameter, "gzip file is cut"),
    "3 GB": (bomb(30000, 25000), LimitExceeded, "promise images of more than"),
    "2 GB": (bomb(20000, 25000), BadParameter, "is cut"),
    "999 axes": (bomb(*[2] * 999, bitpix=8), (BadParameter, LimitExceeded), "more than|damaged"),
    "negative axis": (bomb(-5, 5), BadParameter, "axis of -5|damaged|no image"),
    "packed 1 TB": (packed_bomb(), LimitExceeded, "promise images of more than"),
    "NaN in the WCS": (broken_wcs(), BadParameter, "the WCS of .* is broken: CRVAL1"),
    "singular": (with_card(CD1_1=0.0, CD1_2=0.0), BadParameter, "singular|Singular"),
    "absurd": (with_card(CD1_1=400.0, CD2_2=400.0), BadParameter, "400 deg wide"),
    "words in the WCS": (with_card(CRVAL1="here"), BadParameter, "CRVAL1 is 'here'"),
    "no image": (
        fits_header({"SIMPLE": True, "BITPIX": 8, "NAXIS": 0}), BadParameter, "holds no image",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_it_is_refused_with_the_reason(images: ImageArchive, tmp_path: Path, name: str) -> None:
    content, error, reason = HOSTILE[name]
    source = tmp_path / "bad.fits"
    source.write_bytes(content)
    with pytest.raises(error, match=rf"(?s)bad\.fits.*({reason})"):
        images.examine(source, name="bad.fits", told=TOLD)
    kept = [file for file in (tmp_path / "home" / "images").rglob("*") if file.is_file()]
    assert [file.name for file in kept if file.name != "lock"] == []


def test_a_gzip_bomb_is_not_unpacked(store: Store, tmp_path: Path) -> None:
    limits = ImageLimits(most_bytes=10_000_000)
    images = ImageArchive(store, tmp_path / "home", "example.org", lambda: None, limits=limits)  # type: ignore[arg-type,return-value]
    source = tmp_path / "bomb.fits.gz"
    source.write_bytes(gzip.compress(bomb(3000, 3000) + bytes(40_000_000)))
    assert source.stat().st_size < 100_000
    with pytest.raises(LimitExceeded, match="unpacks to more than 10000000 bytes"):
        images.examine(source, name="bomb.fits.gz", told=TOLD)


def test_a_file_gzipped_whole_is_stored_as_it_is(images: ImageArchive, tmp_path: Path) -> None:
    source = tmp_path / "packed.fits.gz"
    source.write_bytes(gzip.compress(cube(), mtime=0))
    looked_at = images.examine(source, name=source.name, told=TOLD)
    images.add([looked_at])
    assert images.path(looked_at.product_id).read_bytes() == source.read_bytes()
    row = images.row(looked_at.did)
    assert (row["access_format"], row["dataproduct_type"]) == ("application/gzip", "cube")


def test_missing_padding_loses_no_pixel_and_is_taken(images: ImageArchive, tmp_path: Path) -> None:
    source = tmp_path / "padding.fits"
    source.write_bytes(tan_image()[:-1000])
    assert images.examine(source, name=source.name, told=TOLD).obscore["s_xel1"] == 64


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -1e30])
def test_pixels_that_are_no_numbers_have_a_picture(
    images: ImageArchive, tmp_path: Path, value: float
) -> None:
    whole = io.BytesIO()
    fits.PrimaryHDU(np.full((40, 3000), value, np.float32)).writeto(whole)
    source = tmp_path / "constant.fits"
    source.write_bytes(whole.getvalue())
    looked_at = images.examine(source, name=source.name, told=TOLD)
    assert looked_at.preview is not None
    assert len(looked_at.preview) < 5000
