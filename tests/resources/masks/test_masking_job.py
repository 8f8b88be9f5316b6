"""A masking job's own work, on files: detectors that need more than one image, and what is told."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from satvo.resources.masks.build import REQUEST
from satvo.resources.masks.job import look_at, run
from satvo.resources.masks.outputs.bits import Bit
from satvo.schemas.errors import BadParameter

SHAPE = (160, 200)
ENDS = ((40.0, 30.0), (150.0, 120.0))
START_MJD = 61366.84375  # 2026-11-22T20:15:00
EXPOSURE_S = 30.0


def sky() -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.crpix = [83.8, -5.4], [100.5, 80.5]
    wcs.wcs.cdelt = [-1.5 / 3600.0, 1.5 / 3600.0]
    return wcs


def image(seed: int, *, light: float = 40.0) -> bytes:
    """Noise of one count with a trail 3 pixels wide."""
    counts = np.random.default_rng(seed).normal(100.0, 1.0, SHAPE)
    y, x = np.indices(SHAPE)
    (x1, y1), (x2, y2) = ENDS
    length = np.hypot(x2 - x1, y2 - y1)
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length
    across = ((y - y1) * (x2 - x1) - (x - x1) * (y2 - y1)) / length
    counts += light * np.exp(-0.5 * (across / 1.3) ** 2) * ((along >= 0) & (along <= length))
    header = sky().to_header()
    header["DATE-OBS"], header["EXPTIME"] = "2026-11-22T20:15:00", EXPOSURE_S
    whole = io.BytesIO()
    fits.PrimaryHDU(counts.astype(np.float32), header).writeto(whole)
    return whole.getvalue()


def done(folder: Path, parameters: Mapping[str, str], files: Mapping[str, bytes]) -> Any:
    """The work folder and the summary of a job on uploads, after it has run."""
    work, uploads = folder / "try-1.part", folder / "uploads"
    work.mkdir(parents=True)
    uploads.mkdir()
    for number, (name, content) in enumerate(files.items(), 1):
        (uploads / str(number)).write_bytes(content)
        (uploads / f"{number}.name").write_text(name)
    (work / REQUEST).write_text("[]")
    seen: list[float] = []
    told = run(parameters, work, uploads, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    # nothing is left but what is told
    assert {path.name for path in work.iterdir()} == {each["file"] for each in told}
    return work, json.loads((work / "summary.json").read_text())


def mask_of(work: Path) -> Any:
    return fits.getdata(work / "0000_mask.fits")


def transits() -> bytes:
    """A satellite that goes along the trail in the whole exposure, as a transit list in CSV."""
    ((ra, dec),) = [sky().all_pix2world([(x, y)], 0)[0] for x, y in [np.mean(ENDS, axis=0)]]
    ends = [sky().all_pix2world([end], 0)[0] for end in ENDS]
    end_mjd = START_MJD + EXPOSURE_S / 86400.0
    row = {
        "t_min": START_MJD, "t_mid": (START_MJD + end_mjd) / 2, "t_max": end_mjd,
        "ra_start": ends[0][0], "dec_start": ends[0][1], "s_ra": ra, "s_dec": dec,
        "ra_end": ends[1][0], "dec_end": ends[1][1], "norad_id": 25544, "mag_v": 5.0,
        "t_err": 0.01,
    }  # fmt: skip
    return f"{','.join(row)}\n{','.join(map(repr, map(float, row.values())))}\n".encode()


def test_a_line_that_is_told_is_masked(tmp_path: Path) -> None:
    line = {"LINE": "42,30,150,121.5"}  # two pixels beside it, from 1
    work, told = done(tmp_path, line, {"UPLOAD": image(1)})
    assert told["detector"] == "by-hand"
    (row,) = told["each"][0]["rows"]
    assert row["origin"] == "manual"
    middle = mask_of(work)[75, 95]
    assert middle & Bit.TRAIL


def test_transits_tell_where_trails_are(tmp_path: Path) -> None:
    work, told = done(
        tmp_path,
        {"DETECTOR": "predicted"},
        {"UPLOAD": image(2), "PRIOR": transits()},
    )
    assert told["trails"] == 1, told
    assert mask_of(work)[75, 95] & Bit.TRAIL


def test_a_transit_that_left_no_light_is_marked_as_expected(tmp_path: Path) -> None:
    work, told = done(
        tmp_path,
        {"DETECTOR": "predicted"},
        {"UPLOAD": image(3, light=0.0), "PRIOR": transits()},
    )
    assert told["trails"] == 0
    assert mask_of(work)[75, 95] & Bit.EXPECTED


def test_a_sequence_is_searched_together(tmp_path: Path) -> None:
    files = {f"UPLOAD_{n}": image(n, light=40.0 if n == 3 else 0.0) for n in range(1, 6)}
    _, told = done(tmp_path, {"DETECTOR": "median-stack", "SEQUENCE": "true"}, files)
    assert [each["trails"] for each in told["each"]] == [0, 0, 1, 0, 0]


def test_empty_images_of_a_sequence_are_rejected(tmp_path: Path) -> None:
    files = {f"UPLOAD_{n}": image(n, light=40.0 if n == 2 else 0.0) for n in range(1, 4)}
    work, told = done(tmp_path, {"DETECTOR": "simple", "SEQUENCE": "true"}, files)
    assert [each["is_empty"] for each in told["each"]] == [True, False, True]
    assert [each["trails"] for each in told["each"]] == [0, 1, 0]
    assert not mask_of(work).any()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"DETECTOR": "predicted"}, "give LINE or PRIOR"),
     ({"DETECTOR": "median-stack"}, "SEQUENCE=true")],
    ids=["prior", "sequence"],
)  # fmt: skip
def test_what_a_detector_needs_is_asked_for(
    tmp_path: Path, parameters: dict[str, str], words: str
) -> None:
    with pytest.raises(BadParameter, match=words):
        done(tmp_path, parameters, {"UPLOAD": image(4)})


def test_images_of_a_sequence_are_alike(tmp_path: Path) -> None:
    whole = io.BytesIO()
    fits.PrimaryHDU(np.random.default_rng(5).normal(0, 1, (40, 50))).writeto(whole)
    files = {"UPLOAD_1": image(5), "UPLOAD_2": image(6), "UPLOAD_3": whole.getvalue()}
    with pytest.raises(BadParameter, match="differ in number or size"):
        done(tmp_path, {"DETECTOR": "median-stack", "SEQUENCE": "true"}, files)


def test_a_file_is_read_whole_before_it_is_masked() -> None:
    assert look_at({"name": "x"}, io.BytesIO(image(7)), io.BytesIO()) == {"images": 1}
    with pytest.raises(BadParameter):
        look_at({"name": "x"}, io.BytesIO(image(7)[:20_000]), io.BytesIO())
