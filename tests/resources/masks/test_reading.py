"""FITS files as frames: types, planes, filters, sections, and what is refused."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from satvo.resources.images.simulator.bayer import WhiteBalance, mosaic
from satvo.resources.masks.reading import PlaneOfFile, Taken, read_frames, read_stream
from satvo.schemas.errors import BadParameter, SatvoError

RNG = np.random.default_rng(1)
IMAGE = RNG.normal(1000.0, 20.0, (60, 80))


def stream_of(*units: fits.ImageHDU | fits.PrimaryHDU | fits.CompImageHDU) -> io.BytesIO:
    stream = io.BytesIO()
    first = [] if isinstance(units[0], fits.PrimaryHDU) else [fits.PrimaryHDU()]
    fits.HDUList([*first, *units]).writeto(stream)
    stream.seek(0)
    return stream


def planes_of(*units: object, **taken: object) -> list[PlaneOfFile]:
    return list(read_stream(stream_of(*units), "a.fits", Taken(**taken)))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["u1", ">i2", "u2", ">i4", "u4", ">i8", ">f4", ">f8"])
def test_every_type_of_pixels_is_read(kind: str) -> None:
    scale = 5.0 if kind == "u1" else 1.0  # into 0 to 255, with more than two steps a sigma
    image = (IMAGE / scale).astype(kind)
    (plane,) = planes_of(fits.PrimaryHDU(image))
    assert plane.frame.pixels == pytest.approx(image.astype(np.float64), rel=1e-6)
    # A median of whole numbers is one.
    assert plane.frame.noise == pytest.approx(20.0 / scale, abs=0.1 * 20.0 / scale + 0.75)


def test_scaled_and_blank_pixels_are_read() -> None:
    unit = fits.PrimaryHDU(IMAGE.copy())
    unit.scale("int16", bscale=0.1, bzero=1000.0)
    unit.data[5, 6] = -32768
    unit.header["BLANK"] = -32768
    (plane,) = planes_of(unit)
    assert not plane.frame.usable[5, 6]
    assert plane.frame.usable.sum() == IMAGE.size - 1
    assert plane.frame.pixels[20] == pytest.approx(IMAGE[20], abs=0.06)
    whole = fits.PrimaryHDU(IMAGE.astype("i2"))
    whole.data[3, 4] = -5
    whole.header["BLANK"] = -5
    (plane,) = planes_of(whole)
    assert not plane.frame.usable[3, 4]


@pytest.mark.parametrize("ending", [".fits", ".fits.gz", ".fits.fz"])
def test_compressed_files_are_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    unit = fits.CompImageHDU if ending.endswith(".fz") else fits.ImageHDU
    content = stream_of(unit(IMAGE.astype("i2"), name="SCI")).getvalue()
    path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
    (plane,) = read_frames(path)
    assert (plane.hdu, plane.name) == (1, "SCI")
    assert plane.frame.pixels == pytest.approx(IMAGE.astype("i2"), abs=0.0)


def test_a_mosaic_is_read_extension_by_extension() -> None:
    units = [fits.ImageHDU((IMAGE + n).astype("f4"), name=f"CHIP{n}") for n in (1, 2, 3)]
    units.insert(1, fits.ImageHDU(np.ones((60, 80), "f4"), name="VARIANCE"))
    assert [(p.hdu, p.name) for p in planes_of(*units)] == [
        (1, "CHIP1"), (3, "CHIP2"), (4, "CHIP3")
    ]  # fmt: skip
    assert [p.name for p in planes_of(*units, hdu=frozenset({3}))] == ["CHIP2"]
    with pytest.raises(BadParameter, match="unit 7 is no image; images are 1, 2, 3, 4"):
        planes_of(*units, hdu=frozenset({7}))


def test_an_extension_that_cannot_be_searched_does_not_hide_the_others() -> None:
    units = [fits.ImageHDU(IMAGE, name="A"), fits.ImageHDU(IMAGE * np.nan, name="B")]
    refused: list[str] = []
    planes = list(read_stream(stream_of(*units), "a.fits", refused=refused))
    assert [plane.name for plane in planes] == ["A"]
    assert len(refused) == 1
    assert "unit 2: no pixel of the image counts" in refused[0]
    with pytest.raises(BadParameter, match="unit 2: no pixel"):
        planes_of(*units)


def lsst_mask() -> fits.ImageHDU:
    bits = np.zeros((60, 80), np.int32)
    bits[10:20, 10:20] = 1 << 3
    bits[30, 30] = 1 << 1
    bits[40, 40] = 1 << 5
    unit = fits.ImageHDU(bits, name="MASK")
    for name, number in (("MP_BAD", 3), ("MP_SAT", 1), ("MP_DETECTED", 5)):
        unit.header[f"HIERARCH {name}" if len(name) > 8 else name] = number
    return unit


def test_named_bits_of_a_mask_plane_say_which_pixels_count() -> None:
    (plane,) = planes_of(fits.ImageHDU(IMAGE, name="IMAGE"), lsst_mask())
    assert (~plane.frame.usable).sum() == 100
    assert not plane.frame.usable[10:20, 10:20].any()
    assert np.argwhere(plane.frame.saturated).tolist() == [[30, 30]]
    (plane,) = planes_of(fits.ImageHDU(IMAGE, name="IMAGE"), lsst_mask(), bad="DETECTED")
    assert np.argwhere(~plane.frame.usable).tolist() == [[40, 40]]
    with pytest.raises(BadParameter, match="the mask plane has BAD, SAT, DETECTED"):
        planes_of(fits.ImageHDU(IMAGE, name="IMAGE"), lsst_mask(), bad="CLOUD")
    with pytest.raises(BadParameter, match="no mask plane"):
        planes_of(fits.ImageHDU(IMAGE, name="IMAGE"), bad="BAD")


@pytest.mark.parametrize(("bad", "count"), [(None, 3), ("1", 1), ("6", 2)])
def test_unnamed_values_of_a_mask_plane_are_bad_or_those_asked(bad: str, count: int) -> None:
    values = np.zeros((60, 80), np.uint8)
    values[1, 1], values[2, 2], values[3, 3] = 1, 2, 4
    units = fits.ImageHDU(IMAGE, name="SCI"), fits.ImageHDU(values, name="DQ")
    (plane,) = planes_of(*units, bad=bad)
    assert (~plane.frame.usable).sum() == count


@pytest.mark.parametrize(
    ("key", "section", "left_out"),
    [("DATASEC", "[11:80,1:50]", 600 + 700), ("TRIMSEC", "[ 80: 11,  1: 60]", 600),
     ("BIASSEC", "[71:80,1:60]", 600), ("DATASEC", "[11:2000,1:4000]", 600),
     ("DATASEC", "[900:999,1:60]", 0), ("DATASEC", "UNKNOWN", 0)],
)  # fmt: skip
def test_overscan_does_not_count(key: str, section: str, left_out: int) -> None:
    unit = fits.PrimaryHDU(IMAGE)
    unit.header[key] = section
    (plane,) = planes_of(unit)
    assert (~plane.frame.usable).sum() == left_out
    assert bool(plane.notes) == bool(left_out)


def test_saturation_gain_and_zero_point_come_from_the_header_or_are_told() -> None:
    image = IMAGE.copy()
    image[5, 5:9] = 60_000.0
    unit = fits.PrimaryHDU(image)
    unit.header.update(SATURATE=59000.0, GAIN=2.5, MAGZERO=27.25)
    (plane,) = planes_of(unit)
    assert plane.frame.saturated.sum() == 4
    assert (plane.frame.gain, plane.zero_point, plane.zero_point_by) == (2.5, 27.25, "MAGZERO")
    (plane,) = planes_of(unit, saturation=61000.0, gain=1.5)
    assert plane.frame.saturated.sum() == 0
    assert plane.frame.gain == 1.5
    whole = fits.PrimaryHDU(np.minimum(image * 2, 65535).astype("u2"))
    (plane,) = planes_of(whole)
    assert plane.frame.saturated.sum() == 4


@pytest.mark.parametrize("order", ["RGGB", "GBRG"])
def test_colour_filters_are_brought_to_one_gain_and_back(order: str) -> None:
    random = np.random.default_rng(3)
    light = np.zeros((200, 240))
    y, x = np.mgrid[:200, :240]
    for _ in range(120):
        a, b = random.uniform(0, 240), random.uniform(0, 200)
        light += random.uniform(300, 3000) * np.exp(-0.5 * ((x - a) ** 2 + (y - b) ** 2) / 1.7**2)
    gains = WhiteBalance(red=0.5, green=1.0, blue=0.3)
    counts = mosaic(random.poisson(light + 100.0).astype(float), order, gains) + 50.0
    unit = fits.PrimaryHDU(counts)
    unit.header["BAYERPAT"] = order
    (plane,) = planes_of(unit)
    assert plane.mosaic is not None
    factors = plane.mosaic.factors / plane.mosaic.factors.mean()
    expected = np.array([1.0 / gains.values["RGB".index(c)] for c in order]).reshape(2, 2)
    assert factors == pytest.approx(expected / expected.mean(), rel=0.05)
    assert plane.mosaic.counts(plane.frame.pixels) == pytest.approx(counts, abs=0.01)
    levels = [np.median(plane.frame.pixels[i::2, j::2]) for i, j in np.ndindex(2, 2)]
    assert np.ptp(levels) < 0.05 * plane.frame.noise + 1.5
    (raw,) = planes_of(unit, bayer=False)
    assert raw.mosaic is None
    (asked,) = planes_of(fits.PrimaryHDU(counts), bayer=True)
    assert asked.mosaic is not None


def test_a_wrong_wcs_is_told_and_the_image_is_read() -> None:
    unit = fits.PrimaryHDU(IMAGE)
    unit.header.update(CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CRVAL1=10.0, CRVAL2=20.0,
                       CRPIX1=30.0, CRPIX2=40.0, CD1_1=0.0, CD2_1=0.0, CD2_2=0.0)  # fmt: skip
    (plane,) = planes_of(unit)
    assert plane.frame.wcs is None
    assert len(plane.notes) == 1
    assert "the mask is made, places on the sky are not" in plane.notes[0]


def test_the_scale_of_pixels_comes_from_the_wcs() -> None:
    unit = fits.PrimaryHDU(IMAGE)
    unit.header.update(CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CRVAL1=0.0, CRVAL2=85.0,
                       CRPIX1=30.0, CRPIX2=40.0, CDELT1=-2.0 / 3600, CDELT2=2.0 / 3600)  # fmt: skip
    (plane,) = planes_of(unit)
    assert plane.scale_arcsec == pytest.approx(2.0, rel=1e-4)


BAD = {
    "nothing": (fits.PrimaryHDU(), "holds no image"),
    "a spectrum": (fits.PrimaryHDU(np.ones(100, "f4")), "1 axes .100., a spectrum or a list"),
    "a cube": (fits.PrimaryHDU(np.ones((3, 20, 30), "f4")), "3 axes .30 x 20 x 3., a cube"),
    "NaN": (fits.PrimaryHDU(np.full((40, 40), np.nan)), "no pixel of the image counts"),
    "saturated": (fits.PrimaryHDU(np.full((40, 40), 65535, "u2")), "no pixel of the image counts"),
    "one value": (fits.PrimaryHDU(np.full((40, 40), 7.0)), "have one value"),
    "one pixel": (fits.PrimaryHDU(np.ones((1, 1))), "16 to 24000 a side"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_searched_is_refused_clearly(kind: str) -> None:
    unit, message = BAD[kind]
    with pytest.raises(BadParameter, match=f"a.fits: .*{message}"):
        planes_of(unit)


def test_what_is_no_fits_file_is_refused_clearly(tmp_path: Path) -> None:
    whole = stream_of(fits.PrimaryHDU(IMAGE)).getvalue()
    packed = stream_of(fits.CompImageHDU(IMAGE.astype("i2"))).getvalue()
    broken = bytearray(packed)
    broken[-9000:-4000] = bytes(5000)
    for number, (content, message) in enumerate((
        (b"\xff\xd8\xff\xe0 JFIF", "looks like a JPEG"),
        (b"", "is empty"),
        (whole[: len(whole) // 2], "is cut"),
        (gzip.compress(whole)[:-2000], "gzip|unpack|cut"),
    )):  # fmt: skip
        path = tmp_path / f"{number}.fits"
        path.write_bytes(content)
        with pytest.raises(SatvoError, match=message):
            list(read_frames(path))
    with pytest.raises(BadParameter, match=r"missing\.fits: cannot be read"):
        list(read_frames(tmp_path / "missing.fits"))
    (tmp_path / "b.fz").write_bytes(bytes(broken))
    with pytest.raises(BadParameter, match=r"damaged|unpacked|counts"):
        list(read_frames(tmp_path / "b.fz"))


def promising(rows: int, columns: int) -> io.BytesIO:
    """A file whose header promises so much, with holes for pixels."""
    header = fits.Header()
    header.update(SIMPLE=True, BITPIX=16, NAXIS=2, NAXIS1=columns, NAXIS2=rows)
    return io.BytesIO(header.tostring().encode() + b"\0" * 2880)


def test_more_pixels_than_memory_or_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadParameter, match="is cut"):
        list(read_stream(promising(20_000, 20_000), "a.fits"))
    path = tmp_path / "a.fits"
    path.write_bytes(promising(25_000, 100).getvalue())
    os.truncate(path, 2880 * (2 + 25_000 * 100 * 2 // 2880))
    with pytest.raises(BadParameter, match="100 x 25000 pixels: 24000 a side are accepted"):
        list(read_frames(path))
    path.write_bytes(promising(20_000, 20_000).getvalue())
    os.truncate(path, 2880 * (2 + 20_000 * 20_000 * 2 // 2880))
    monkeypatch.setattr("satvo.resources.masks.reading._free_bytes", lambda: 2e9)
    with pytest.raises(BadParameter, match=r"needs 17.6 GB of memory and 2.0 GB are free; cut it"):
        list(read_frames(path))


@pytest.mark.needs_data
def test_real_files_are_read_as_their_headers_say(test_data: Path) -> None:
    images = test_data / "images"
    (lco,) = read_frames(images / "lco_0m4_bi327715_cut.fits")
    assert lco.name == "SCI"
    assert lco.scale_arcsec == pytest.approx(7.9, abs=0.1)
    assert lco.frame.saturated.any()
    (calexp,) = read_frames(images / "decam_calexp_0941420_23_cut.fits")
    assert (~calexp.frame.usable).sum() == 10_400
    assert calexp.zero_point == pytest.approx(25.1455, abs=1e-4)
    chips = list(read_frames(images / "lbc_blue_20210407_cut.fits"))
    assert [chip.name for chip in chips] == [f"LBCCHIP{n}" for n in (1, 2, 3, 4)]
    (saao,) = read_frames(images / "saao1m_ste3_a8280271.fits")
    assert not saao.frame.usable[:, :16].any()
    assert saao.frame.usable[:, 16:528].all()
