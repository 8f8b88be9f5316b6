"""`satvo mask`: masks and catalogues of trails from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from drawn_trails import END, START, detector_as_told, drawn_frame
from mask_command import satvo
from PIL import Image

LINE = ",".join(f"{each:g}" for each in (START[0] + 1.5, START[1] + 1, END[0] + 1, END[1] + 1.6))
CARDS = {
    "DATE-OBS": "2026-01-01T01:00:00", "EXPTIME": 30.0, "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN", "CRVAL1": 10.0, "CRVAL2": 20.0, "CRPIX1": 300.0, "CRPIX2": 200.0,
    "CDELT1": -1e-3, "CDELT2": 1e-3,
}  # fmt: skip


@pytest.fixture(autouse=True)
def by_hand() -> Iterator[None]:
    """Finds exactly what it is told, so that the files alone are at test."""
    with detector_as_told(name="by-hand"):
        yield


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "night" / "frame.7.fits"
    path.parent.mkdir()
    unit = fits.PrimaryHDU(drawn_frame(81, flux=300.0).image.astype("u2"))
    unit.header.update(CARDS)
    unit.writeto(path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_mask_and_catalogue_are_written_and_the_rest_when_asked(
    image: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = satvo(image, "-o", out, "--line", LINE)
    assert (told.returncode, told.stdout) == (0, f"{image}: 1 trail\n")
    assert names(out) == ["frame.7_mask.fits", "frame.7_trails.ecsv"]
    mask = fits.getdata(out / "frame.7_mask.fits")
    assert mask.dtype == np.uint8
    assert mask[190, 290] == 1
    (row,) = Table.read(out / "frame.7_trails.ecsv")
    assert row["flux_px"] == pytest.approx(300.0, rel=0.03)
    told = satvo(image, "-o", out, "--line", LINE, "--overwrite", "--score", "--repair", "--model",
                 "--preview")  # fmt: skip
    assert told.returncode == 0
    assert names(out) == [
        f"frame.7_{each}" for each in ("mask.fits", "model.fits", "preview.png", "repaired.fits",
                                       "score.fits", "trails.ecsv")
    ]  # fmt: skip
    with Image.open(out / "frame.7_preview.png") as picture:
        assert picture.size == (600, 400)
        amber = (np.asarray(picture) == (255, 176, 0)).all(2)
    assert amber.sum() > 800


def test_results_that_are_there_are_not_replaced_unasked(image: Path, tmp_path: Path) -> None:
    assert satvo(image, "-o", tmp_path, "--line", LINE).returncode == 0
    before = (tmp_path / "frame.7_mask.fits").stat().st_mtime_ns
    told = satvo(image, "-o", tmp_path, "--line", LINE)
    assert told.returncode == 2
    assert "frame.7_trails.ecsv is there; give --overwrite or another folder" in told.stderr
    assert (tmp_path / "frame.7_mask.fits").stat().st_mtime_ns == before


def test_a_bad_file_of_many_is_told_and_the_others_are_masked(image: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.fits"
    bad.write_bytes(image.read_bytes()[:9000])
    other = tmp_path / "frame.7.fits"
    other.write_bytes(image.read_bytes())
    out = tmp_path / "out"
    told = satvo(image, bad, other, "-o", out, "--line", LINE)
    assert told.returncode == 2
    assert f"{bad}: is cut" in told.stderr
    assert "1 of 3 files could not be masked" in told.stderr
    assert len(told.stdout.splitlines()) == 2
    stems = {name.removesuffix("_mask.fits") for name in names(out) if "mask" in name}
    assert stems == {"night_frame.7", f"{tmp_path.name}_frame.7"}
    assert len(names(out)) == 4


def test_a_mosaic_is_masked_extension_by_extension(tmp_path: Path) -> None:
    units = [fits.ImageHDU(drawn_frame(83 + n, flux=300.0).image.astype("f4"), name=f"CHIP{n}")
             for n in (1, 2)]  # fmt: skip
    path = tmp_path / "m.fits"
    fits.HDUList([fits.PrimaryHDU(), *units]).writeto(path)
    assert satvo(path, "-o", tmp_path / "out", "--line", LINE, "--repair").returncode == 0
    with fits.open(tmp_path / "out" / "m_mask.fits") as made:
        assert [unit.name for unit in made] == ["PRIMARY", "CHIP1", "CHIP2"]
        assert made["CHIP2"].data[190, 290] == 1
    with fits.open(tmp_path / "out" / "m_repaired.fits") as made:
        assert [unit.name for unit in made][3:5] == ["CHIP1_FLAGS", "CHIP2"]
    table = Table.read(tmp_path / "out" / "m_trails.ecsv")
    assert list(table["hdu"]) == [1, 2]
    assert list(table["trail_id"]) == [1, 2]
    told = satvo(path, "-o", tmp_path / "one", "--line", LINE, "--hdu", "2")
    assert told.stdout == f"{path}: 1 trail\n"


def test_parameters_reach_the_search_and_the_cut(image: Path, tmp_path: Path) -> None:
    widths = []
    for cut in (0.1, 2.0):
        out = tmp_path / f"cut{cut}"
        assert satvo(image, "-o", out, "--line", LINE, "--cut", cut).returncode == 0
        header = fits.getheader(out / "frame.7_mask.fits")
        assert header["MSKCUT"] == cut
        widths.append(int((fits.getdata(out / "frame.7_mask.fits") & 1).sum()))
    assert widths[0] > 2 * widths[1]


WRONG = {
    "no file": ((), "give FITS files, and with -o the folder"),
    "no detector": (("--detector", "magic"), "there is no detector 'magic'"),
    "empty width": (("--line", LINE, "--width", "9,3"), "width_px 9 to 3"),
    "no numbers": (("--line", "1,2,3"), "4 numbers joined by commas are accepted"),
    "threshold": (("--line", LINE, "--threshold", "1.5"), "threshold 1.5: 0 to 1"),
    "gain": (("--line", LINE, "--gain", "0"), "--gain 0: above 0"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    kind: str, image: Path, tmp_path: Path
) -> None:
    options, message = WRONG[kind]
    files = () if kind == "no file" else (image,)
    told = satvo(*files, "-o", tmp_path / "out", *options)
    assert told.returncode == 2
    assert message in told.stderr
    assert not list((tmp_path / "out").glob("*"))


def test_a_cut_or_a_prior_that_is_none_is_told_of_the_file(image: Path, tmp_path: Path) -> None:
    told = satvo(image, "-o", tmp_path / "out", "--line", LINE, "--cut", "0")
    assert told.returncode == 2
    assert "cut 0.0: 0.01 to 100" in told.stderr
    assert names(tmp_path / "out") == []


def test_detectors_are_listed() -> None:
    assert satvo("--list").stdout == "by-hand\n"
