"""No image, or a strange one, to detectors and `satvo mask`: told, and nothing is lost."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from click.testing import CliRunner
from satvo.resources.masks.detectors.registry import detector_named
from satvo.resources.masks.frame import LARGEST_PX, Frame
from satvo.resources.masks.networks.session import session
from satvo.schemas.errors import BadParameter
from satvo.service.cli import cli
from trail_frames import Made, trail_frame

DETECTORS = ("simple", "deep", "hough", "unet")
SIDE = 128


def noise(shape: tuple[int, int] = (SIDE, SIDE), seed: int = 1) -> Any:
    return np.random.default_rng(seed).normal(1000.0, 10.0, shape).astype(np.float32)


def with_line(level: float = 60.0) -> Any:
    """Noise with a trail three pixels wide from corner to corner."""
    image = noise()
    for k in range(SIDE):
        image[k, max(k - 1, 0) : k + 2] += level
    return image


@pytest.fixture(scope="module")
def made() -> Made:
    return trail_frame(np.random.default_rng(7), (8.0, 9.0))


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no-pixel": (lambda: np.zeros((0, 0)), "0 x 0 pixels"),
    "one-axis": (lambda: np.ones(300), "two dimensions"),
    "three-axes": (lambda: np.ones((3, 40, 40)), "two dimensions"),
    "one-pixel": (lambda: np.ones((1, 1)), "1 x 1 pixels"),
    "one-row": (lambda: np.ones((1, 5000)), "5000 x 1 pixels"),
    "all-nan": (lambda: np.full((64, 64), np.nan), "no pixel of the image counts"),
    "all-infinite": (lambda: np.full((64, 64), np.inf), "no pixel of the image counts"),
    "all-saturated": (lambda: np.full((64, 64), 65535, np.uint16), "saturated"),
    "one-value": (lambda: np.full((64, 64), 7.0), "one value"),
    "complex": (lambda: np.ones((64, 64), complex), "real numbers"),
    "texts": (lambda: np.full((64, 64), "a"), "real numbers"),
    "too-wide": (lambda: np.ones((16, LARGEST_PX + 1), np.uint8), f"{LARGEST_PX} a side"),
}


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("what", sorted(REFUSED))
def test_what_is_no_image_is_refused_by_every_detector(detector: str, what: str) -> None:
    make, said = REFUSED[what]
    with pytest.raises(BadParameter, match=said):
        detector_named(detector).detect(make())


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("shape", [(16, 16), (17, 300), (131, 16)], ids=["16", "wide", "tall"])
def test_the_smallest_images_are_searched(detector: str, shape: tuple[int, int]) -> None:
    found = detector_named(detector).detect(noise(shape))
    assert found.score.shape == shape
    assert np.isfinite(found.score).all()
    assert not found.trails


ODD: dict[str, Callable[[Any], Any]] = {
    "float64": lambda image: image.astype(np.float64),
    "big-endian": lambda image: image.astype(">f4"),
    "int32": lambda image: np.rint(image).astype(np.int32),
    "uint16": lambda image: np.rint(image).astype(np.uint16),
    "masked": lambda image: np.ma.masked_where(image > 1e5, image),
    "rows-backwards": lambda image: np.ascontiguousarray(image[::-1])[::-1],
    "every-second": lambda image: np.repeat(image, 2, axis=1)[:, ::2],
    "tiny-unit": lambda image: image * 1e-12,
    "large-unit": lambda image: image * 1e9,
    "negative": lambda image: image - 5000.0,
}


@pytest.mark.parametrize("detector", ["simple", "deep"])
@pytest.mark.parametrize("what", sorted(ODD))
def test_numbers_of_any_kind_hold_the_same_trail(detector: str, what: str, made: Made) -> None:
    found = detector_named(detector).detect(ODD[what](np.asarray(made.image, np.float32)))
    assert len(found.trails) == 1
    assert found.score.dtype == np.float32
    assert (found.score[made.truth] >= 0.5).mean() > 0.7


@pytest.mark.parametrize("detector", ["simple", "deep"])
def test_holes_are_no_trails_and_hide_none(detector: str, made: Made) -> None:
    """A dead block, dead columns and scattered NaN, a tenth of the frame."""
    image = np.asarray(made.image, np.float32).copy()
    random = np.random.default_rng(3)
    image[:, 300:304] = np.nan
    image[400:440, 20:120] = -np.inf
    image[random.random(image.shape) < 0.05] = np.nan
    found = detector_named(detector).detect(image)
    assert len(found.trails) == 1
    assert np.isfinite(found.score).all()
    assert not found.score[~np.isfinite(image)].any()
    seen = made.truth & np.isfinite(image)
    assert (found.score[seen] >= 0.5).mean() > 0.6


@pytest.mark.parametrize("detector", ["simple", "deep"])
def test_a_saturated_trail_is_found(detector: str, made: Made) -> None:
    image = np.asarray(made.image, np.float64)
    full = np.median(image) + 4.0 * 1.4826 * np.median(np.abs(image - np.median(image)))
    frame = Frame.of(np.minimum(image, full), saturation=float(full))
    found = detector_named(detector).detect(frame)
    assert frame.saturated[made.truth].mean() > 0.3
    assert found.trails
    assert (found.score[made.truth] >= 0.5).mean() > 0.6


@pytest.mark.parametrize("detector", DETECTORS)
def test_the_image_that_was_given_stays_as_it_is(detector: str, made: Made) -> None:
    before = made.image.copy()
    detector_named(detector).detect(made.image)
    assert (made.image == before).all()


NO_NETWORK = {
    "empty": b"",
    "text": b"this is no network",
    "fits": b"SIMPLE  =                    T" + b" " * 2850,
    "zeros": bytes(10_000),
    "zip": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("what", sorted(NO_NETWORK))
def test_a_file_that_is_no_network_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(NO_NETWORK[what])
    with pytest.raises(BadParameter, match=r"mine\.onnx"):
        session(path)


def test_a_network_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="there is no file"):
        session(tmp_path / "none.onnx")


def no_file(path: Path) -> None:
    """Nothing at that place."""


def no_fits(path: Path) -> None:
    path.write_bytes(b"\xff\xd8\xff\xe0 a picture")


def header_only(path: Path) -> None:
    fits.PrimaryHDU().writeto(path)


def a_table(path: Path) -> None:
    column = fits.Column("flux", "E", array=np.ones(5, np.float32))
    fits.BinTableHDU.from_columns([column]).writeto(path)


def one_axis(path: Path) -> None:
    fits.writeto(path, np.ones(300, np.float32))


def all_nan(path: Path) -> None:
    fits.writeto(path, np.full((64, 64), np.nan, np.float32))


def all_saturated(path: Path) -> None:
    fits.writeto(path, np.full((64, 64), 65535, np.uint16))


def one_pixel(path: Path) -> None:
    fits.writeto(path, np.ones((1, 1), np.float32))


def cut_off(path: Path) -> None:
    fits.writeto(path, noise())
    path.write_bytes(path.read_bytes()[:20_000])


def broken_tiles(path: Path) -> None:
    """A compressed image whose tiles are no such."""
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(noise())]).writeto(path)
    content = bytearray(path.read_bytes())
    content[-6000:-3000] = bytes(3000)
    path.write_bytes(bytes(content))


FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "absent": (no_file, "cannot be read"),
    "picture": (no_fits, "JPEG"),
    "header-only": (header_only, "no image"),
    "table": (a_table, "no image"),
    "one-axis": (one_axis, "1 axes"),
    "all-nan": (all_nan, "no pixel of the image counts"),
    "all-saturated": (all_saturated, "saturated"),
    "one-pixel": (one_pixel, "1 x 1 pixels"),
    "cut-off": (cut_off, "cut"),
    "broken-tiles": (broken_tiles, "damaged"),
}


def run(*words: object) -> Any:
    return CliRunner().invoke(cli, ["mask", *map(str, words)])


@pytest.mark.parametrize("what", sorted(FILES))
def test_a_bad_file_is_told_and_the_good_one_beside_it_is_masked(what: str, tmp_path: Path) -> None:
    make, said = FILES[what]
    bad, good, out = tmp_path / "bad.fits", tmp_path / "good.fits", tmp_path / "out"
    make(bad)
    fits.writeto(good, with_line())
    result = run(bad, good, "-o", out, "--detector", "simple")
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output
    assert sorted(path.name for path in out.iterdir()) == ["good_mask.fits", "good_trails.ecsv"]


def test_a_wrong_wcs_is_told_and_the_mask_is_made(tmp_path: Path) -> None:
    path, out = tmp_path / "lost.fits", tmp_path / "out"
    header = fits.Header()
    header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "RA---TAN"
    header["CRVAL1"], header["CRVAL2"], header["CD1_1"] = 10.0, 20.0, 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.writeto(path, with_line(), header)
    result = run(path, "-o", out, "--detector", "simple")
    assert result.exit_code == 0, result.output
    assert "places on the sky are not" in result.output
    mask = fits.getdata(out / "lost_mask.fits")
    assert (mask.diagonal() & 1).mean() > 0.9


@pytest.mark.parametrize("method", ["RICE_1", "GZIP_1", "HCOMPRESS_1"])
def test_compressed_images_are_masked_as_others_are(method: str, tmp_path: Path) -> None:
    image = np.rint(with_line()).astype(np.int16)
    plain, packed, out = tmp_path / "plain.fits", tmp_path / "packed.fits.fz", tmp_path / "out"
    fits.writeto(plain, image)
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(image, compression_type=method)]).writeto(
        packed
    )
    result = run(plain, packed, "-o", out, "--detector", "simple")
    assert result.exit_code == 0, result.output
    one, other = (fits.open(out / f"{stem}_mask.fits") for stem in ("plain", "packed"))
    with one, other:
        planes = [hdu.data for file in (one, other) for hdu in file if hdu.data is not None]
        assert len(planes) == 2
        assert (planes[0] == planes[1]).all()
        assert planes[0].any()
