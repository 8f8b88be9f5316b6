"""What a simulation job is asked: refused before any work, and what of it a scene becomes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from satvo.resources.images.simulator.asked import read_asked
from satvo.resources.images.simulator.base_frame import background_of, read_base
from satvo.resources.images.simulator.describing import description_of_frame, satellites_asked
from satvo.resources.images.simulator.job import run
from satvo.resources.images.simulator.orbiting import satellites_by_rate, satellites_of_transits
from satvo.resources.images.simulator.registering import register_simulation
from satvo.resources.images.simulator.results import _finite
from satvo.schemas.errors import BadParameter, LimitExceeded

BASE: dict[str, Any] = {
    "obs_publisher_did": "ivo://x/images?1", "s_ra": 83.8, "s_dec": -5.4, "s_xel1": 300,
    "s_xel2": 200, "s_pixel_scale": 1.5, "t_min": 61366.25, "t_exptime": 30.0, "em_min": None,
    "em_max": None, "focal_length": 2.0, "aperture": None, "filter_name": "Bessell V",
    "gain": 1.5, "zero_point": 25.0, "saturation": None,
}  # fmt: skip


def made(folder: Path, parameters: Mapping[str, str]) -> Path:
    """The work folder of a job that needs nothing of an archive, after it has run."""
    work, uploads = folder / "try-1.part", folder / "uploads"
    work.mkdir(parents=True)
    uploads.mkdir()
    request = {"seed": int(parameters.get("SEED", "5")), "observer": None, "base": None}
    (work / "request.json").write_text(json.dumps(request))
    seen: list[float] = []
    run(parameters, work, uploads, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    return work


BAD = (
    ({}, "give SCENE"),
    ({"PRESET": "evscope1", "SCENE": "{}"}, "give one of SCENE, PRESET and ID"),
    ({"PRESET": "evscope1", "EXPTIME": "-1"}, "EXPTIME=-1"),
    ({"PRESET": "evscope1", "MAG": "nan"}, "MAG=nan"),
    ({"PRESET": "evscope1", "COUNT": "1e9"}, "COUNT=1e9"),
    ({"PRESET": "evscope1", "COUNT": "0"}, "from 1 to 200"),
    ({"PRESET": "evscope1", "SEED": "-1"}, "SEED=-1"),
    ({"PRESET": "evscope1", "POS": "10 91"}, "POS=10 91"),
    ({"PRESET": "evscope1", "TIME": "tomorrow"}, "TIME=tomorrow"),
    ({"PRESET": "evscope1", "RATE": "10 6 4"}, "RATE=10 6 4"),
    ({"PRESET": "evscope1", "TRANSIT": "predict"}, "needs TIME and SITE"),
    ({"PRESET": "evscope1", "NORAD_ID": "5"}, "without TRANSIT=predict"),
    ({"PRESET": "evscope1", "CONSTELLATION": "sim-kuiper"}, "without TRANSIT=predict"),
    ({"PRESET": "evscope1", "TRANSIT": "predict;x"}, "not both"),
    ({"PRESET": "evscope1", "RATE": "1 4 6", "MAG": "4"}, "MAG is given with RATE"),
    ({"SCENE": "{}", "MAG": "4"}, "the scene tells it"),
    ({"ID": "ivo://x", "EXPTIME": "4"}, "the frame tells it"),
    ({"ID": "ivo://x", "PAIR": "true"}, "is the pair"),
    ({"PRESET": "evscope1", "REGISTER": "true", "COUNT": "100"}, "50 frames"),
    ({"SCENE": "x" * (1 << 21)}, "1048576 bytes"),
    ({"PRESET": "evscope1", "LICENCE": "a\nb"}, "printable"),
)


@pytest.mark.parametrize(("parameters", "words"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_parameters_that_make_no_sense_are_refused(parameters: dict[str, str], words: str) -> None:
    with pytest.raises(BadParameter, match=words.replace("(", r"\(")):
        read_asked(parameters)


SCENES = (
    ("{instrument: evscope1, telescope: {diameter: 0}}", "diameter: 0"),
    ("{instrument: evscope1, detector: {bitdepth: 0}}", "bitdepth: 0"),
    ("{instrument: evscope1, detector: {bitdepth: 64}}", "bitdepth: 64"),
    ("{instrument: evscope1, detector: {bayer_order: RGBX}}", "RGBX"),
    ("{instrument: evscope1, detector: {resolution: [1000000, 1000000]}}", "16777216"),
    ("{instrument: evscope1, detector: {resolution: [30000, 30000]}}", "16777216"),
    ("{instrument: evscope1, count: 1000000}", "200 are made"),
    ("{instrument: evscope1, time_series: {frames: 900}}", "200 are made"),
    ("{instrument: /etc/passwd}", "is not known"),
    ("{instrument: evscope1, scene: {kind: composite, background: /etc/passwd}}", "reads no files"),
    ("[" * 5000, "not a scene description"),
    ("[]", "give a mapping"),
    ("a: &a [x]\nb: [*a, *a]", "aliases are not accepted"),
)


@pytest.mark.parametrize(("scene", "words"), SCENES, ids=[str(n) for n in range(len(SCENES))])
def test_scenes_that_cannot_be_made_are_refused_before_any_work(
    tmp_path: Path, scene: str, words: str
) -> None:
    with pytest.raises((BadParameter, LimitExceeded), match=words):
        made(tmp_path, {"SCENE": scene})
    assert not list(tmp_path.glob("try-1.part/*.fits"))


def test_a_rate_of_no_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="trails are expected"):
        made(tmp_path, {"PRESET": "evscope1", "RATE": "1e12 4 6", "COUNT": "1"})


def test_a_job_gives_frames_truth_pair_picture_parameters_and_summary(tmp_path: Path) -> None:
    asked = {
        "PRESET": "evscope1", "MAG": "6", "ALTITUDE": "800", "SEED": "9", "PAIR": "true",
        "REGISTER": "true", "COLLECTION": "mine", "LICENCE": "CC-BY-4.0",
    }  # fmt: skip
    work = made(tmp_path, asked)
    files = {path.name for path in work.iterdir()}
    assert files == {
        "0000.fits", "0000_pair.fits", "0000_truth.fits", "0000_truth.ecsv", "0000.png",
        "parameters.yaml", "summary.json", "products.json",
    }  # fmt: skip
    frame, header = fits.getdata(work / "0000.fits", header=True)
    mask = fits.getdata(work / "0000_truth.fits")
    pair = fits.getdata(work / "0000_pair.fits").astype(float)
    assert frame.shape == mask.shape == pair.shape == (496, 664)
    assert header["SEED"] == 9
    on_trail = (mask & 1) > 0
    # the same stars and sky: apart from the trail the means differ by noise, 0.02 ADU a pixel
    assert abs((frame - pair)[~on_trail].mean()) < 0.5
    assert (frame - pair)[on_trail].mean() > 5.0
    products = json.loads((work / "products.json").read_text())
    assert [each["told"]["role"] for each in products] == [
        "frame", "frame", "truthmask", "truthcatalogue",
    ]  # fmt: skip
    assert {each["told"]["licence"] for each in products} == {"CC-BY-4.0"}
    (trail,) = products[1]["trails"]
    x, y = header["NAXIS1"], header["NAXIS2"]
    assert 0.5 <= trail["x1"] <= x + 0.5
    assert 0.5 <= trail["y2"] <= y + 0.5


def test_an_image_of_the_archive_becomes_a_composite_scene() -> None:
    asked = read_asked({"ID": "ivo://x/images?1", "MAG": "4", "COUNT": "3"})
    told = description_of_frame(BASE, asked, satellites_asked(asked))
    assert told["scene"] == {"kind": "composite"}
    assert told["telescope"]["observing_band"] == "V"
    # 1.5 arcsec at 2 m
    assert told["detector"]["pixel_size"] == pytest.approx(2e6 * 1.5 / 206264.806, rel=1e-7)
    assert told["start"] == "2026-11-22T06:00:00"
    assert told["satellites"][0]["magnitude"] == 4.0
    assert told["count"] == 3
    with pytest.raises(BadParameter, match="size of its pixels"):
        description_of_frame({**BASE, "s_pixel_scale": None}, asked, [])
    with pytest.raises(BadParameter, match="no exposure time"):
        description_of_frame({**BASE, "t_exptime": None}, asked, [])


def test_a_base_frame_is_read_whole_by_a_confined_child(tmp_path: Path) -> None:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.cdelt, wcs.wcs.crpix = [10.0, 20.0], [-4e-4, 4e-4], [25.5, 20.5]
    header = wcs.to_header()
    header["GAIN"] = 1.5
    pixels = np.random.default_rng(1).integers(0, 60000, (40, 50)).astype(np.uint16)
    path = tmp_path / "base.fits"
    fits.PrimaryHDU(pixels, header).writeto(path)
    read, found = read_base(path, "base.fits", tmp_path, most_pixels=2000)
    np.testing.assert_array_equal(read, pixels)
    background = background_of(read, found, {"gain": None, "saturation": 60000.0, "zero_point": 25})
    assert background.gain == 1.0
    assert background.zero_point == 25
    assert background.cards["GAIN"][0] == 1.5
    assert not {"NAXIS", "CRVAL1", "BITPIX"} & set(background.cards)
    at = background.wcs.all_pix2world([[3.0, 4.0]], 0)
    np.testing.assert_allclose(at, wcs.all_pix2world([[3.0, 4.0]], 0), atol=1e-12)
    with pytest.raises(LimitExceeded, match="1999"):
        read_base(path, "base.fits", tmp_path, most_pixels=1999)
    (tmp_path / "none.fits").write_bytes(b"\x89PNG" + bytes(3000))
    with pytest.raises(BadParameter, match="no FITS file"):
        read_base(tmp_path / "none.fits", "none.fits", tmp_path, most_pixels=2000)


def test_satellites_of_a_transit_list_go_where_its_rows_say() -> None:
    """Entry, middle and exit of a row are on the path, to 0.05 arcsec."""
    day = 86400.0
    row = {
        "norad_id": [25544, 5], "t_min": [61366.25 + 5.0 / day, 61000.0],
        "t_mid": [61366.25 + 10.0 / day, 61000.1], "t_max": [61366.25 + 15.0 / day, 61000.2],
        "ra_start": [10.0, 1.0], "dec_start": [0.0, 1.0], "s_ra": [10.5, 1.0], "s_dec": [0.0, 1.0],
        "ra_end": [11.0, 1.0], "dec_end": [0.0, 1.0], "mag": [5.5, 4.0], "range_min": [700.0, 1.0],
    }  # fmt: skip
    columns = {name: np.array(values) for name, values in row.items()}
    start = datetime(2026, 11, 22, 6)
    (found,) = satellites_of_transits(columns, start, 30.0)
    assert found["norad_id"] == 25544
    assert (found["magnitude"], found["range"]) == (5.5, 700.0)
    seconds, ra, dec = np.array(found["path"]).T
    for at, place in ((5.0, 10.0), (10.0, 10.5), (15.0, 11.0)):
        assert np.interp(at, seconds, ra) == pytest.approx(place, abs=0.05 / 3600)
    assert np.abs(dec).max() < 1e-6
    with pytest.raises(BadParameter, match="2 other-time"):
        satellites_of_transits(columns, datetime(2020, 1, 1), 30.0)


def test_a_rate_brings_as_many_trails_as_it_says() -> None:
    """R A T on the mean; 60 draws of 20 keep within 4 standard deviations."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.cdelt, wcs.wcs.crpix = [0.0, 50.0], [-5e-4, 5e-4], [500.5, 500.5]
    random = np.random.default_rng(3)
    area, exposure_s = (1000 * 5e-4) ** 2, 60.0
    rate = 20.0 / area / (exposure_s / 3600.0)
    counts = [
        len(satellites_by_rate((rate, 4.0, 6.0), wcs, (1000, 1000), exposure_s, random))
        for _ in range(60)
    ]
    assert abs(np.mean(counts) - 20.0) < 4.0 * np.sqrt(20.0 / 60)
    found = satellites_by_rate((rate, 4.0, 6.0), wcs, (1000, 1000), exposure_s, random)
    assert all(4.0 <= each["magnitude"] <= 6.0 for each in found)
    assert all(0.0 <= ra < 360.0 for each in found for _, ra, _ in each["path"])


def test_nothing_is_registered_where_a_file_is_refused(tmp_path: Path) -> None:
    """What was looked at before is discarded, and nothing is added."""
    discarded: list[str] = []

    class Looked:
        def __init__(self, name: str) -> None:
            self.name, self.did, self.obscore = name, f"ivo://x?{name}", {"s_region": None,
                "t_min": None, "t_max": None, "t_exptime": None}  # fmt: skip

        def discard(self) -> None:
            discarded.append(self.name)

    class Images:
        def examine(self, source: Path, *, name: str, told: Mapping[str, Any] | None = None) -> Any:
            if name == "b":
                raise BadParameter("damaged")
            return Looked(name)

        def add(self, examined: Any, **more: Any) -> Any:
            raise AssertionError("nothing is to be added")

    products = [
        {"file": name, "name": name, "told": {"role": "frame"}, "of": None} for name in "ab"
    ]
    (tmp_path / "products.json").write_text(json.dumps(products))
    with pytest.raises(BadParameter, match="damaged"):
        register_simulation(Images(), tmp_path, "1", lambda tx, report: None)
    assert discarded == ["a"]


def test_a_summary_is_json_without_numbers_that_json_has_not() -> None:
    assert _finite([{"a": float("nan"), "b": 1.5}]) == [{"a": None, "b": 1.5}]


def test_a_rate_is_read_as_the_command_writes_it() -> None:
    asked = [read_asked({"PRESET": "evscope1", "RATE": text}) for text in ("10 4 6", "10@4:6")]
    assert [each.rate for each in asked] == [(10.0, 4.0, 6.0)] * 2


def test_constellations_are_told_apart() -> None:
    given = {"ID": "ivo://a/b?c", "TRANSIT": "predict", "CONSTELLATION": "sim-kuiper, starlink"}
    assert read_asked(given).constellations == ("sim-kuiper", "starlink")
    with pytest.raises(BadParameter, match="give one of them"):
        read_asked({**given, "NORAD_ID": "5"})


def test_a_model_draws_the_trails_of_a_job(tmp_path: Path) -> None:
    scene = (
        "{instrument: lt-2m, detector: {resolution: [160, 120], exposure_time: 1}, "
        "satellites: [{rate: 20, magnitude: 8, place: enclosed}], seed: 4}"
    )
    work = made(tmp_path, {"SCENE": scene, "MODEL": "ccd"})
    header = fits.getheader(work / "0000.fits")
    assert header["TRLMODEL"] == "ccd"
    assert 0.0 < header["AFFECTED"] < 1.0
    with pytest.raises(BadParameter, match="colour filters"):
        made(tmp_path / "colours", {"PRESET": "evscope1", "MODEL": "ccd"})
