"""Results as files: names, headers, catalogue, and that they are whole or not there."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.io.votable import ucd
from astropy.table import Table
from astropy.wcs import WCS
from drawn_trails import END, START, drawn_frame
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.masked import OUTPUTS, results_of
from satvo.resources.masks.outputs.catalogue import COLUMNS
from satvo.resources.masks.outputs.files import ResultFiles, stems_of
from satvo.resources.masks.reading import PlaneOfFile, read_stream
from satvo.schemas.errors import BadParameter
from satvo.schemas.trail import TRAIL

FOUND = FoundTrail(START, END, score=0.9, detector="as-told")


def plane_of(*, wcs: bool = True, **cards: object) -> PlaneOfFile:
    unit = fits.PrimaryHDU(drawn_frame(71, flux=300.0).image.astype("f4"))
    if wcs:
        unit.header.update(CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CRVAL1=359.99, CRVAL2=60.0,
                           CRPIX1=300.0, CRPIX2=200.0, CDELT1=-1e-3, CDELT2=1e-3)  # fmt: skip
    unit.header.update(MAGZERO=27.0, EXPTIME=30.0, **cards)
    unit.header["HISTORY"] = "made"
    stream = io.BytesIO()
    unit.writeto(stream)
    (plane,) = read_stream(stream, "a.fits")
    return plane


def written(folder: Path, *planes: PlaneOfFile, outputs: tuple[str, ...] = OUTPUTS) -> Table:
    with ResultFiles(folder, "a", outputs, {"DETECTOR": ("as-told", "")}) as files:
        for plane in planes:
            found = Detection((FOUND,), np.zeros(plane.frame.shape, np.float32))
            files.add(plane, results_of(plane.frame, found, outputs=outputs))
    return Table.read(folder / "a_trails.ecsv")


def test_the_catalogue_says_where_the_trail_is_and_how_bright(tmp_path: Path) -> None:
    plane = plane_of()
    (row,) = written(tmp_path, plane)
    assert (row["x1"], row["y1"]) == pytest.approx((START[0] + 1, START[1] + 1), abs=0.7)
    wcs = WCS(plane.header)
    true = [SkyCoord(*wcs.wcs_pix2world([point], 0)[0], unit="deg") for point in (START, END)]
    got = [SkyCoord(row["ra_start"], row["dec_start"], unit="deg"),
           SkyCoord(row["ra_end"], row["dec_end"], unit="deg")]  # fmt: skip
    for a, b in zip(got, true, strict=True):
        assert a.separation(b).arcsec < 3.0
    assert row["length"] == pytest.approx(true[0].separation(true[1]).arcsec, rel=2e-3)
    assert row["pos_angle"] == pytest.approx(true[0].position_angle(true[1]).deg % 180, abs=0.1)
    assert row["flux"] == pytest.approx(300.0 * 538.1, rel=0.02)
    assert row["mag"] == pytest.approx(27.0 - 2.5 * np.log10(300.0 * 538.1), abs=0.02)
    # 300 / 3.3 counts on the brightest of a pixel of 3.6 arcsec.
    assert row["sb"] == pytest.approx(27.0 - 2.5 * np.log10(row["sb_px"] / 3.6**2), abs=0.001)
    assert row["score"] == 0.9
    assert row["depth_loss"] > 0.05
    assert np.ma.is_masked(row["ghost_of"])


def test_the_catalogue_has_nulls_where_there_is_no_wcs(tmp_path: Path) -> None:
    (row,) = written(tmp_path, plane_of(wcs=False))
    for name in ("ra_start", "s_dec", "length", "width", "pos_angle", "sb"):
        assert np.ma.is_masked(row[name])
    assert row["length_px"] == pytest.approx(538.1, abs=1.0)


def test_columns_have_units_ucds_and_the_names_of_the_archive() -> None:
    ours = {column.name: column for column in COLUMNS}
    for column in COLUMNS:
        ucd.parse_ucd(column.ucd, check_controlled_vocabulary=True)
        assert len(column.description) > 8
    theirs = {
        *("trail_id", "origin", "x1", "y1", "x2", "y2", "ra_start", "dec_start", "ra_end"),
        *("dec_end", "s_ra", "s_dec", "length", "width", "pos_angle", "sb", "snr", "score"),
    }
    assert theirs <= set(ours)
    for name in theirs:
        unit = TRAIL.columns[name].info["unit"]
        known = {"pixel": "pix", "mag/arcsec**2": "mag / arcsec2"}.get(unit, unit)
        assert ours[name].unit == known


def test_headers_say_what_each_bit_means(tmp_path: Path) -> None:
    written(tmp_path, plane_of())
    header = fits.getheader(tmp_path / "a_mask.fits")
    assert header["MSK0"] == "TRAIL"
    assert header.comments["MSK4"] == "bit 4, value 16: expected, but not found"
    assert "MSK5" not in header
    assert (header["MSKCUT"], header["EXPTIME"], header["DETECTOR"]) == (0.5, 30.0, "as-told")
    assert "HISTORY" not in header
    assert WCS(header).wcs.crval[0] == 359.99
    with fits.open(tmp_path / "a_repaired.fits") as units:
        assert [unit.name for unit in units] == ["PRIMARY", "SIGMA", "FLAGS"]
        assert units["FLAGS"].header["FLG1"] == "INTERPOLATED"
        assert np.isfinite(units[0].data).all()
        assert 0.0 < units[0].header["REPAIRED"] < 0.1
    score = fits.getdata(tmp_path / "a_score.fits")
    assert score.dtype == np.dtype(">f4")


def test_a_bayer_frame_is_repaired_in_its_own_counts(tmp_path: Path) -> None:
    plane = plane_of(BAYERPAT="RGGB")
    written(tmp_path, plane)
    model = fits.getdata(tmp_path / "a_model.fits")
    repaired = fits.getdata(tmp_path / "a_repaired.fits")
    image = drawn_frame(71, flux=300.0).image
    assert repaired + model == pytest.approx(image, abs=0.01)


def test_nothing_is_left_of_results_that_fail(tmp_path: Path) -> None:
    plane = plane_of()
    found = Detection((FOUND,), np.zeros(plane.frame.shape, np.float32))
    results = results_of(plane.frame, found, outputs=OUTPUTS)

    def fail() -> None:
        with ResultFiles(tmp_path, "a", OUTPUTS, {}) as files:
            files.add(plane, results)
            assert len(list(tmp_path.iterdir())) == 4
            raise BadParameter("the next image is damaged")

    with pytest.raises(BadParameter):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_files_of_one_name_get_names_of_their_own() -> None:
    paths = [Path(each) for each in ("/n/a/x.fits", "/m/a/x.fits", "/m/b/x.fits.fz", "/m/y.fit")]
    assert stems_of(paths) == ["n_a_x", "m_a_x", "b_x", "y"]
    assert stems_of([paths[0], paths[0]]) == ["x", "x-2"]
    assert stems_of([]) == []
