"""`satvo simulate`: frames, masks and catalogues from the command line."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from jsonschema import Draft202012Validator
from satvo.resources.images.simulator.shards import read_training_set
from satvo.service.cli import main

WAIT_S = 120.0
RUN = "from satvo.service.cli import main; main()"

SMALL = """
instrument: evscope1
detector: {resolution: [160, 120]}
scene: {kind: simulated, stars: {number: 20}}
satellites: [{rate: 900, magnitude: 5, orientation: 30, place: enclosed}]
"""


@dataclass
class Told:
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


def satvo(*arguments: object) -> Told:
    """The command in this process: a new one takes seconds to load what it needs."""
    out, err = io.StringIO(), io.StringIO()
    words = ["satvo", "simulate", *map(str, arguments)]
    with (
        mock.patch("sys.argv", words),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        main()
    return Told(int(left.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.yaml"
    path.write_text(SMALL)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_scene_becomes_image_mask_and_catalogue(scene: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = satvo(scene, "-o", out, "--seed", 7, "--count", 2, "--pair")
    assert told.returncode == 0, told.stderr
    assert "2 frames, 2 trails" in told.stdout
    names = sorted(path.name for path in out.iterdir())
    assert names == sorted(
        f"{number}{ending}"
        for number in ("0000", "0001")
        for ending in (".fits", "_pair.fits", "_truth.fits", "_truth.ecsv")
    )
    image, header = fits.getdata(out / "0000.fits", header=True)
    mask, of_mask = fits.getdata(out / "0000_truth.fits", header=True)
    pair = fits.getdata(out / "0000_pair.fits")
    assert image.shape == mask.shape == pair.shape == (120, 160)
    assert (header["SIMSEED"], header["SIMNUM"], header["EXPTIME"]) == (7, 0, 0.15)
    assert json.loads(header["SIMSCENE"])["detector"]["resolution"] == [160, 120]
    assert of_mask["BIT1"] == "trail"
    assert "pixels whose centre" in of_mask["MASKDEF"]
    on = (mask & 1) == 1
    assert image[on].mean() > pair[on].mean() + 3.0 * pair.std() / np.sqrt(on.sum())
    rows = Table.read(out / "0000_truth.ecsv")
    (trail,) = rows[rows["kind"] == "trail"]
    assert sum(rows["kind"] == "star") == 20
    for cards in (header, of_mask):
        at = WCS(cards).all_world2pix([[trail["ra"], trail["dec"]]], 1)[0]
        # to 0.01 pixel
        assert at == pytest.approx([trail["x"], trail["y"]], abs=0.01)
    middle = round((trail["y"] + trail["y2"]) / 2 - 1), round((trail["x"] + trail["x2"]) / 2 - 1)
    assert on[middle]


def test_frames_depend_on_seed_and_number_alone(scene: Path, tmp_path: Path) -> None:
    outs = [tmp_path / name for name in "abc"]
    assert satvo(scene, "-o", outs[0], "--seed", 3, "--count", 3).returncode == 0
    assert satvo(scene, "-o", outs[1], "--seed", 3, "--count", 2, "--jobs", 2).returncode == 0
    assert satvo(scene, "-o", outs[2], "--seed", 4, "--count", 1).returncode == 0
    first, second, third = map(contents, outs)
    assert {name: first[name] for name in second} == second
    assert len(second) == 6
    assert all(third[name] != first[name] for name in third)


def test_the_same_command_writes_the_same_bytes(scene: Path, tmp_path: Path) -> None:
    for name in "ab":
        assert satvo(scene, "-o", tmp_path / name).returncode == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_preset_needs_no_scene_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = satvo("--preset", "evscope1", "--streak", "random", "-o", out)
    assert told.returncode == 0, told.stderr
    image, header = fits.getdata(out / "0000.fits", header=True)
    assert image.shape == (496, 664)
    assert header["BAYERPAT"] == "RGGB"
    rows = Table.read(out / "0000_truth.ecsv")
    (trail,) = rows[rows["kind"] == "trail"]
    assert trail["enclosed"]
    # V is drawn from 5 to 10; AB in the camera's band differs by tenths.
    assert 4.0 <= trail["mag"] <= 11.0


def test_a_time_series_numbers_its_frames_on(scene: Path, tmp_path: Path) -> None:
    scene.write_text(SMALL.replace("enclosed", "centre") + "time_series: {frames: 3}\n")
    out = tmp_path / "out"
    assert satvo(scene, "-o", out).returncode == 0
    starts = [fits.getheader(out / f"000{k}.fits")["DATE-OBS"] for k in range(3)]
    assert [start[-5:] for start in starts] == ["0.000", "0.150", "0.300"]
    assert not (out / "0003.fits").exists()


def test_trails_are_drawn_on_images_of_ones_own(scene: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    assert satvo(scene, "-o", own, "--count", 2).returncode == 0
    out = tmp_path / "out"
    told = satvo(scene, "--background", own, "-o", out, "--seed", 9)
    assert told.returncode == 0, told.stderr
    image, mask = fits.getdata(out / "0000.fits"), fits.getdata(out / "0000_truth.fits")
    near = [np.abs(image - fits.getdata(own / f"000{k}.fits").astype(float)) for k in (0, 1)]
    changed = min(near, key=np.sum) > 0
    assert changed.any()
    assert changed.mean() < 0.3
    assert changed[(mask & 1) == 1].mean() > 0.5


def test_trails_come_at_a_rate(scene: Path, tmp_path: Path) -> None:
    scene.write_text(SMALL.split("satellites")[0])
    out = tmp_path / "out"
    told = satvo(scene, "--rate", "3e7@4:6", "-o", out, "--count", 3)
    assert told.returncode == 0, told.stderr
    tables = [Table.read(out / f"000{k}_truth.ecsv") for k in range(3)]
    trails = [int(np.sum(table["kind"] == "trail")) for table in tables]
    # 3e7 an hour and square degree, 0.15 s and 0.00438 deg2: 5.5 a frame, Poisson.
    assert 16.4 - 4 * 4.05 < sum(trails) < 16.4 + 4 * 4.05
    assert sum(trails) > 1
    assert f"{sum(trails)} trails" in told.stdout
    assert "10@4:6" in satvo(scene, "--rate", "x@y", "-o", out).stderr


def test_transits_that_are_no_table_are_refused(scene: Path, tmp_path: Path) -> None:
    told = satvo(scene, "--transits", scene, "-o", tmp_path / "out")
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1


def test_schema_and_list_are_printed(tmp_path: Path) -> None:
    schema = json.loads(satvo("--schema").stdout)
    Draft202012Validator.check_schema(schema)
    listed = satvo("--list").stdout
    assert "evscope1" in listed
    assert "664 x 496" in listed
    assert len(listed.splitlines()) >= 14


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("instrument: evscope1\ndetector: {exposure_time: -1}", "detector.exposure_time: -1: give"),
        ("instrument: evscope1\ndetector: {bitdepth: 0}", "detector.bitdepth: 0: give"),
        (
            "instrument: evscope1\ndetector: {bitdepth: 64}",
            "detector.bitdepth: 64: give an integer",
        ),
        ("instrument: evscope1\ndetector: {bayer_order: RGBX}", "detector.bayer_order: RGBX: give"),
        ("instrument: evscope1\ntelescope: {diameter: 0}", "telescope.diameter: 0: give"),
        ("instrument: evscope1\ndetector: {bitdept: 8}", "did you mean bitdepth?"),
        ("instrument: evscope", "did you mean evscope2?"),
        ("instrument: evscope1\nseed: 1e3", "write the number as 1.0e+5"),
        (
            "instrument: evscope1\nsatellites: [{altitude: 700, place: [90, 0]}]",
            "satellites[0]: is outside the field",
        ),
        ("a: &a [x]\nb: *a", "aliases are not accepted"),
        ("[1, 2]", "give a scene description"),
        ("detector: {resolution: [8, 8]}", "detector.pixel_size: missing"),
        ("instrument: evscope1\nscene: {kind: composite}", "scene.background: missing"),
        (
            "instrument: evscope1\nsatellites: [{rate: 1.0e+5, place: enclosed}]",
            "an enclosed one needs a shorter exposure",
        ),
    ],
)
def test_mistakes_are_one_line_before_any_work(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "scene.yaml").write_text(text)
    told = satvo(tmp_path / "scene.yaml", "-o", tmp_path / "out")
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert says in told.stderr
    assert not (tmp_path / "out").exists()


def test_frames_that_are_there_are_not_replaced(scene: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert satvo(scene, "-o", out).returncode == 0
    told = satvo(scene, "-o", out, "--count", 2)
    assert told.returncode == 2
    assert "0000.fits is there; give --overwrite" in told.stderr
    assert satvo(scene, "-o", out, "--overwrite").returncode == 0


def test_an_interrupted_run_leaves_whole_frames(scene: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # tests that run behind a shell have the signal ignored
    heard = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {RUN}"
    words = ["simulate", str(scene), "-o", str(out), "--count", "5000"]
    process = subprocess.Popen([sys.executable, "-c", heard, *words], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + WAIT_S
        while not (out / "0002.fits").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 130
    finally:
        process.kill()
        process.wait(WAIT_S)
    names = {path.name for path in out.iterdir()}
    assert not any(name.endswith(".part") for name in names)
    images = [name for name in names if name.endswith(".fits") and "_" not in name]
    assert len(images) >= 3
    for name in images:
        fits.getdata(out / name)
        assert {f"{name[:4]}_truth.fits", f"{name[:4]}_truth.ecsv"} <= names


def test_a_training_set_goes_on_where_it_broke_off(scene: Path, tmp_path: Path) -> None:
    def made(folder: Path, number: int) -> Told:
        return satvo(scene, "--bulk", number, "--size", 64, "--seed", 2, "-o", folder)

    assert made(tmp_path / "a", 220).returncode == 0
    (tmp_path / "a" / "about_00001.csv").unlink()
    again = made(tmp_path / "a", 220)
    assert "2 shards, 1 of them made now" in again.stdout
    assert "another training set" in made(tmp_path / "a", 230).stderr
    counts = []
    for images, masks, about in read_training_set(tmp_path / "a"):
        assert images.dtype == np.float32
        assert images.shape == masks.shape == (len(about), 64, 64)
        with_trail = [bool(row["length"]) for row in about]
        assert [(mask & 1).any() for mask in masks] == with_trail
        counts.append(len(about))
    assert counts == [200, 20]


def test_a_model_draws_the_trails(scene: Path, tmp_path: Path) -> None:
    plain = SMALL.replace("evscope1", "lt-2m").replace("[160, 120]", "[160, 120], exposure_time: 1")
    plain = plain.replace("rate: 900", "rate: 20")
    (tmp_path / "plain.yaml").write_text(plain, "utf-8")
    told = satvo(tmp_path / "plain.yaml", "--model", "ccd", "--pair", "-o", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    header = fits.getheader(tmp_path / "out" / "0000.fits")
    assert header["TRLMODEL"] == "ccd"
    assert 0.0 < header["AFFECTED"] < 0.5
    refused = satvo(scene, "--model", "ccd", "-o", tmp_path / "colours")
    assert refused.returncode == 2
    assert "colour filters" in refused.stderr
