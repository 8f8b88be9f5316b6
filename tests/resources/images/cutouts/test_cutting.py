"""Cut-outs against astropy's Cutout2D, in every WCS that the archive takes, to the bit."""

from __future__ import annotations

import io
from typing import Any

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from cutting_files import DID, cut_of, file_of, tan_cards, whole_numbers
from satvo.schemas.errors import BadParameter, LimitExceeded
from satvo.schemas.sphere import separation_deg

SHAPE = (160, 200)
SIP = {
    "A_ORDER": 2, "B_ORDER": 2, "A_2_0": 2e-5, "A_0_2": -1e-5, "A_1_1": 5e-6,
    "B_2_0": -1e-5, "B_0_2": 2e-5, "B_1_1": 8e-6,
}  # fmt: skip
TPV = {"PV1_1": 1.0, "PV1_4": 5e-2, "PV1_7": 20.0, "PV2_1": 1.0, "PV2_4": -4e-2, "PV2_7": 10.0}
CARDS: dict[str, dict[str, Any]] = {
    "tan": tan_cards(83.8, -5.4),
    "turned": tan_cards(210.0, 54.0, angle_deg=33.0),
    "zero": tan_cards(0.002, 10.0, angle_deg=5.0),
    "north pole": tan_cards(120.0, 89.99, scale_arcsec=2.0),
    "south pole": tan_cards(10.0, -89.995, scale_arcsec=2.0),
    "sip": {**tan_cards(83.8, -5.4, projection="TAN-SIP"), **SIP},
    "tpv": {**tan_cards(83.8, -5.4, projection="TPV", angle_deg=-12.0), **TPV},
    "outside": tan_cards(83.8, -5.4, crpix=(-400.5, 900.25)),
    "zenithal": tan_cards(300.0, 20.0, projection="ARC", scale_arcsec=60.0),
}


def image(name: str, dtype: str = "f4") -> tuple[bytes, np.ndarray, WCS]:
    pixels = whole_numbers(SHAPE, dtype)
    header = fits.Header(list(CARDS[name].items()))
    return file_of(fits.PrimaryHDU(pixels, header)), pixels, WCS(header)


def box_of(answer: dict[str, Any], unit: int = 0) -> tuple[slice, slice]:
    """The pixels cut, as NumPy takes them."""
    (x1, x2), (y1, y2) = answer["cuts"][unit]["box"][:2]
    return slice(y1 - 1, y2), slice(x1 - 1, x2)


@pytest.mark.parametrize("name", CARDS)
def test_the_sky_of_a_part_is_that_of_the_whole_and_of_cutout2d(name: str) -> None:
    content, pixels, wcs = image(name)
    centre = wcs.pixel_to_world(97.0, 71.0)
    scale = wcs.proj_plane_pixel_scales()[0].to_value(u.deg)
    answer, units = cut_of(content, CIRCLE=f"{centre.ra.deg} {centre.dec.deg} {20.2 * scale}")
    assert units is not None
    rows, columns = box_of(answer)
    assert units[0].data.tobytes() == pixels[rows, columns].astype(">f4").tobytes()
    other = Cutout2D(
        pixels,
        ((columns.start + columns.stop - 1) / 2, (rows.start + rows.stop - 1) / 2),
        units[0].data.shape,
        wcs=wcs,
    )
    assert np.array_equal(other.data, units[0].data)
    mine = WCS(units[0].header)
    x, y = (each.ravel() for each in np.meshgrid([0.0, 7.5, 39.0], [0.0, 11.25, 38.0]))
    ours, theirs = mine.all_pix2world(x, y, 0), other.wcs.all_pix2world(x, y, 0)
    assert separation_deg(*ours, *theirs).max() < 1e-6 * scale
    there = mine.all_world2pix(*wcs.all_pix2world(x + columns.start, y + rows.start, 0), 0)
    assert np.abs(np.array(there) - [x, y]).max() < 1e-6


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("shape", ["circle", "polygon"])
def test_the_box_is_the_smallest_that_covers_the_region(name: str, shape: str) -> None:
    content, _, wcs = image(name)
    centre = wcs.pixel_to_world(97.0, 71.0)
    scale = wcs.proj_plane_pixel_scales()[0].to_value(u.deg)
    radius = 20.2 * scale * u.deg
    if shape == "circle":
        asked = {"CIRCLE": f"{centre.ra.deg} {centre.dec.deg} {radius.value}"}
        border = centre.directional_offset_by(np.linspace(0, 360, 100_001) * u.deg, radius)
    else:
        corners = centre.directional_offset_by(np.array([10, 130, 250]) * u.deg, radius)
        asked = {"POLYGON": " ".join(f"{c.ra.deg} {c.dec.deg}" for c in corners)}
        border = great_circles(corners)
    answer, _ = cut_of(content, **asked)
    x, y = wcs.all_world2pix(border.ra.deg, border.dec.deg, 1, tolerance=1e-9)
    expected = [
        [int(np.floor(axis.min() + 0.5 + 1e-6)), int(np.ceil(axis.max() - 0.5 - 1e-6))]
        for axis in (x, y)
    ]
    assert answer["cuts"][0]["box"] == expected


def great_circles(corners: SkyCoord) -> SkyCoord:
    """Points along the sides of a polygon."""
    vectors = corners.cartesian.xyz.value.T
    t = np.linspace(0, 1, 30_001)[:, None]
    sides = [a + t * (b - a) for a, b in zip(vectors, np.roll(vectors, -1, 0), strict=True)]
    x, y, z = np.concatenate(sides).T
    return SkyCoord(np.arctan2(y, x), np.arctan2(z, np.hypot(x, y)), unit="rad")


def test_a_region_over_the_edge_is_cut_at_the_edge_and_one_outside_is_nothing() -> None:
    content, _, wcs = image("turned")
    corner = wcs.pixel_to_world(0.0, 0.0)
    answer, units = cut_of(content, CIRCLE=f"{corner.ra.deg} {corner.dec.deg} {10.2 / 3600}")
    assert answer["cuts"][0]["box"] == [[1, 11], [1, 11]]
    assert units is not None
    answer, units = cut_of(content, CIRCLE="30 -60 0.01")
    assert (answer["cuts"], units) == ([], None)
    # Near the corner, but outside: the bounds of the circle meet the image, the circle does not.
    outside = wcs.pixel_to_world(-8.5, -8.5)
    answer, _ = cut_of(content, CIRCLE=f"{outside.ra.deg} {outside.dec.deg} {9.0 / 3600}")
    assert answer["cuts"] == []


@pytest.mark.parametrize("region", ["RANGE 0 360 -90 90", "RANGE -Inf +Inf -Inf +Inf",
                                    "CIRCLE 83 -5 179"])  # fmt: skip
def test_a_region_that_goes_behind_the_tangent_plane_gives_what_is_in_it(region: str) -> None:
    answer, _ = cut_of(image("tan")[0], POS=region)
    assert answer["cuts"][0]["box"] == [[1, 200], [1, 160]]


def test_a_range_through_right_ascension_zero() -> None:
    content, _, wcs = image("zero")
    answer, _ = cut_of(content, POS="RANGE 359.99 0.01 9.99 10.01")
    border = SkyCoord([359.99, 0.01, 0.01, 359.99], [9.99, 9.99, 10.01, 10.01], unit="deg")
    x, y = wcs.world_to_pixel(border)
    (x1, x2), (y1, y2) = answer["cuts"][0]["box"]
    for low, high, pixels in ((x1, x2, x + 1), (y1, y2, y + 1)):
        assert low <= pixels.min() + 0.5
        assert high >= pixels.max() - 0.5
        assert high - low < np.ptp(pixels) + 2


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "u4", "f4", "f8"])
def test_pixels_keep_their_bits(kind: str) -> None:
    pixels = whole_numbers(SHAPE, kind)
    content = file_of(fits.PrimaryHDU(pixels))
    _, units = cut_of(content, PIXEL="11 30 21 25")
    assert units is not None
    assert np.array_equal(units[0].data, pixels[20:25, 10:30])
    with (
        fits.open(io.BytesIO(content), do_not_scale_image_data=True) as before,
        fits.open(io.BytesIO(bytes_of(units)), do_not_scale_image_data=True) as after,
    ):
        stored = before[0].data[20:25, 10:30]
        assert stored.tobytes() == after[0].data.tobytes()
        for name in ("BITPIX", "BZERO", "BSCALE"):
            assert before[0].header.get(name) == after[0].header.get(name)


def bytes_of(units: fits.HDUList) -> bytes:
    """The file that units were read from."""
    stream = units.fileinfo(0)["file"]._file
    stream.seek(0)
    return bytes(stream.read())


def test_scaled_pixels_and_blanks_keep_their_keywords() -> None:
    unit = fits.PrimaryHDU(whole_numbers(SHAPE, "i2"))
    unit.header.update(BLANK=-32768, BUNIT="adu", DATAMAX=60000.0)
    _, units = cut_of(file_of(unit), PIXEL="1 5 1 5")
    assert units is not None
    header = units[0].header
    assert (header["BLANK"], header["BUNIT"], header["DATAMAX"]) == (-32768, "adu", 60000.0)


def test_a_compressed_image_comes_out_as_it_was() -> None:
    pixels = whole_numbers(SHAPE, "u2")
    header = fits.Header(list(CARDS["sip"].items()))
    content = file_of(
        fits.PrimaryHDU(), fits.CompImageHDU(pixels, header, name="SCI"),
        fits.CompImageHDU(whole_numbers((50, 60), "i4"), name="OTHER", compression_type="GZIP_2"),
    )  # fmt: skip
    answer, units = cut_of(content, PIXEL="101 140 55 90")
    assert units is not None
    assert [unit.name for unit in units] == ["PRIMARY", "SCI"]
    assert isinstance(units[1], fits.ImageHDU)
    assert not isinstance(units[1], fits.CompImageHDU)
    assert np.array_equal(units[1].data, pixels[54:90, 100:140])
    assert answer["left_out"] == ["unit 2: outside"]


def test_every_image_that_meets_the_region_is_cut_and_the_others_dropped() -> None:
    chips = []
    for number in range(4):
        cards = tan_cards(83.8, -5.4, crpix=(100.5 - 210 * number, 80.5))
        chips.append(
            fits.ImageHDU(whole_numbers(SHAPE, "i2", number), fits.Header(list(cards.items())),
                          name=f"CHIP{number}")
        )  # fmt: skip
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1, 2])])
    primary = fits.PrimaryHDU(header=fits.Header([("OBSERVER", "Halley"), ("EXPTIME", 30.0)]))
    content = file_of(primary, *chips, table)
    between = WCS(chips[1].header).pixel_to_world(204.5, 60.0)
    answer, units = cut_of(content, CIRCLE=f"{between.ra.deg} {between.dec.deg} {20 / 3600}")
    assert units is not None
    assert [unit.name for unit in units] == ["PRIMARY", "CHIP1", "CHIP2"]
    assert units[0].header["OBSERVER"] == "Halley"
    assert DID in str(units[0].header["HISTORY"])
    for unit, number in ((units[1], 1), (units[2], 2)):
        rows, columns = box_of(answer, number - 1)
        assert np.array_equal(unit.data, chips[number].data[rows, columns])
    only, units = cut_of(
        content, CIRCLE=f"{between.ra.deg} {between.dec.deg} {20 / 3600}", EXTENSION="chip2"
    )
    assert [each["name"] for each in only["cuts"]] == ["CHIP2"]
    by_number, _ = cut_of(content, PIXEL="1 5 1 5", EXTENSION="3")
    assert [each["unit"] for each in by_number["cuts"]] == [3]
    with pytest.raises(BadParameter, match="no such image"):
        cut_of(content, PIXEL="1 5 1 5", EXTENSION="CHIP9")


def test_keywords_that_name_pixels_follow() -> None:
    header = fits.Header(list(CARDS["tan"].items()))
    header.update({
        "CRPIX1A": 10.0, "CRPIX2A": 20.0, "CTYPE1A": "LINEAR", "CTYPE2A": "LINEAR",
        "LTV1": -100.0, "LTV2": 5.0, "LTM1_1": 1.0, "LTM2_2": 1.0,
        "DATASEC": "[1:200,1:160]", "CCDSEC": "[101:300,1:160]",
        "CHECKSUM": "AAAAAAAAAAAAAAAA", "CNPIX1": 30, "CNPIX2": 40,
    })  # fmt: skip
    _, units = cut_of(file_of(fits.PrimaryHDU(whole_numbers(SHAPE), header)), PIXEL="11 20 6 9")
    assert units is not None
    cut = units[0].header
    assert (cut["CRPIX1"], cut["CRPIX2"]) == pytest.approx((90.3, 75.7), abs=1e-9)
    assert (cut["CRPIX1A"], cut["CRPIX2A"]) == (0.0, 15.0)
    assert (cut["LTV1"], cut["LTV2"], cut["CNPIX1"], cut["CNPIX2"]) == (-110.0, 0.0, 40, 45)
    assert not {"DATASEC", "CCDSEC", "CHECKSUM"} & set(cut)
    history = "".join(map(str, cut["HISTORY"]))
    assert "pixels 11:20, 6:9" in history
    assert "CCDSEC = [101:300,1:160]" in history


def test_a_mask_is_cut_by_the_pixels_of_its_frame() -> None:
    content, _, wcs = image("turned")
    place = wcs.pixel_to_world(50.0, 60.0)
    answer, _ = cut_of(content, CIRCLE=f"{place.ra.deg} {place.dec.deg} {9.7 / 3600}")
    mask = whole_numbers(SHAPE, "u1")
    told, units = cut_of(
        file_of(fits.PrimaryHDU(mask)), like=answer["cuts"], as_extensions=True, extname="MASK",
        CIRCLE=f"{place.ra.deg} {place.dec.deg} {9.7 / 3600}",
    )  # fmt: skip
    assert told["cuts"][0]["box"] == answer["cuts"][0]["box"]
    assert units is not None
    assert [unit.name for unit in units] == ["PRIMARY", "MASK"]
    rows, columns = box_of(answer)
    assert np.array_equal(units["MASK"].data, mask[rows, columns])


def test_what_cannot_be_cut_says_why() -> None:
    plain = file_of(fits.PrimaryHDU(whole_numbers(SHAPE)))
    with pytest.raises(BadParameter, match="no WCS of the sky"):
        cut_of(plain, CIRCLE="10 10 1")
    with pytest.raises(BadParameter, match="no image"):
        cut_of(file_of(fits.PrimaryHDU()), PIXEL="1 2 1 2")
    distorted = fits.Header([*CARDS["tan"].items(), ("CPDIS1", "LOOKUP")])
    with pytest.raises(BadParameter, match="look-up tables"):
        cut_of(file_of(fits.PrimaryHDU(whole_numbers(SHAPE), distorted)), CIRCLE="83.8 -5.4 0.01")
    with pytest.raises(LimitExceeded, match="at most 1000"):
        cut_of(plain, PIXEL="1 100 1 100", most_bytes=1000)
    for damaged in (
        plain[:4000],
        b"",
        b"SIMPLE  =                    T" + bytes(10_000),
        b"GIF89a",
    ):
        with pytest.raises(BadParameter):
            cut_of(damaged, PIXEL="1 200 1 160")


def test_galactic_axes_are_asked_in_icrs() -> None:
    cards = tan_cards(30.0, 12.0) | {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"}
    del cards["RADESYS"]
    header = fits.Header(list(cards.items()))
    place = WCS(header).pixel_to_world(120.0, 50.0).icrs
    answer, _ = cut_of(
        file_of(fits.PrimaryHDU(whole_numbers(SHAPE), header)),
        CIRCLE=f"{place.ra.deg} {place.dec.deg} {4.7 / 3600}",
    )
    assert answer["cuts"][0]["box"] == [[116, 126], [46, 56]]
