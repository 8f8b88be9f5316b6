"""`satvo train`: killed runs go on, detectors are measured, archives give and take images."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from astropy.io import fits
from bringing import Contributor, initiated
from made_up_images import tan_cards, tan_image
from satvo.resources.masks.training.checkpoints import read_checkpoint
from satvo.resources.masks.training.sets import read_set
from satvo.resources.masks.training.suite import fetch_suite
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.service.cli import main
from serving import free_port

WAIT_S = 120.0
RUN = "from satvo.service.cli import main; main()"


@dataclass
class Told:
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


def satvo(*arguments: object) -> Told:
    """The command in this process: a new one takes seconds to load what it needs."""
    out, err = io.StringIO(), io.StringIO()
    words = ["satvo", "train", *map(str, arguments)]
    with (
        mock.patch("sys.argv", words),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        main()
    return Told(int(left.value.code or 0), out.getvalue(), err.getvalue())


PRESET = """
title: A short run
network: paper-unet
source: stream
kinds: {evscope: 1.0}
snr: [3.0, 10.0]
least_px: 20
"""


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(f"{PRESET}schedule: {{batch: 2, size: 32, checkpoint_s: 0.0}}\n")
    return path


def test_a_killed_run_goes_on_from_its_checkpoint(preset: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["train", "masks", "--preset", preset, "-o", out, "--seed", 2]
    command = [sys.executable, "-c", RUN, *map(str, words), "--steps", "100000"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + WAIT_S
        checkpoint = out / "checkpoint.pt"
        while time.monotonic() < deadline and process.poll() is None:
            if checkpoint.exists() and read_checkpoint(checkpoint)["step"] >= 3:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(WAIT_S)
        assert process.returncode == -signal.SIGKILL, process.stderr
    # A checkpoint a step was written; the last whole one is there.
    done = read_checkpoint(checkpoint)["step"]
    assert done >= 3
    told = satvo(*words[1:], "--steps", done + 2)
    assert told.returncode == 2
    assert "give --resume" in told.stderr
    told = satvo(*words[1:], "--steps", done + 2, "--resume")
    assert told.returncode == 0, told.stderr
    assert f"step {done + 1}" in told.stdout
    assert f"{done + 2} steps" in told.stdout
    assert read_checkpoint(checkpoint)["step"] == done + 2


def test_the_papers_preset_runs_shortened_and_reports_its_steps(tmp_path: Path) -> None:
    out = tmp_path / "paper"
    told = satvo("masks", "--preset", "paper", "-o", out, "--cutouts", 10, "--size", 32,
                 "--batch", 4, "--steps", 3)  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "step 1, epoch 1, " in told.stdout
    assert "validation 0." in told.stdout
    assert "3 steps" in told.stdout
    assert "best epoch" in told.stdout
    about = json.loads((out / "training.json").read_text())
    assert about["preset"]["epochs"]["epochs"] == 100
    assert about["source"]["instruments"] == {"evscope1": 0.85, "evscope2": 0.15}
    told = satvo("export", out, "--statistics", 0)
    assert told.returncode == 0, told.stderr
    assert "sha256" in told.stdout
    assert "section 3.2" in (out / "network.md").read_text()
    told = satvo("export", out)
    assert told.returncode == 2
    assert "give --overwrite" in told.stderr


def test_presets_are_listed_and_unknown_ones_told(tmp_path: Path) -> None:
    told = satvo("masks", "--list")
    assert [line.split()[0] for line in told.stdout.splitlines()] == [
        "cnn", "cnn3", "faint", "paper", "shipped",
    ]  # fmt: skip
    told = satvo("masks", "--preset", "best", "-o", tmp_path / "x")
    assert told.returncode == 2
    assert "there are: cnn, cnn3, faint, paper, shipped" in told.stderr


def test_without_torch_the_extra_is_named(preset: Path, tmp_path: Path) -> None:
    with mock.patch("satvo.service.train_commands.find_spec", return_value=None):
        told = satvo("masks", "--preset", preset, "-o", tmp_path / "x")
    assert told.returncode == 1
    assert "pip install 'satvo[train]'" in told.stderr
    assert not (tmp_path / "x").exists()


def test_the_command_line_loads_neither_torch_nor_onnxruntime() -> None:
    code = (
        "import sys, satvo.service.cli\n"
        "print([name for name in ('torch', 'onnx', 'onnxruntime') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    """Two frames of `satvo simulate` with trails that are easily seen, of 320 x 256 pixels."""
    from satvo.resources.images.simulator.batch import make_frames
    from satvo.resources.images.simulator.scene_file import describe, plan_of

    told = describe("evscope1", magnitude=4.0, seed=3, count=2)
    told["detector"] = {"resolution": [320, 256]}
    told["satellites"][0]["rate"] = 1500.0
    folder = tmp_path / "simulated"
    folder.mkdir()
    list(make_frames(plan_of(told), folder, pair=True))
    return folder


def test_a_network_is_measured_on_a_set(simulated: Path, tmp_path: Path) -> None:
    out = tmp_path / "measured"
    words = ["evaluate", "--set", simulated, "-o", out, "--network", "streak"]
    told = satvo(*words)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[1].startswith("all ")
    assert "camera simulated camera of evscope1" in told.stdout
    measures = json.loads((out / "measures.json").read_text())
    assert measures["pixels"][0]["auc"] > 0.99
    assert measures["about"]["scores_of"] == "network streak, whole frames"
    told = satvo(*words, "--windows", 100)
    assert told.returncode == 2
    assert "holds scores of network streak, whole frames" in told.stderr
    told = satvo("evaluate", "--set", simulated, "-o", tmp_path / "again", "--ring", 1,
                 "--scores", out / "scores")  # fmt: skip
    again = json.loads((tmp_path / "again" / "measures.json").read_text())
    assert again["counting"]["ring"] == 1
    assert again["pixels"][0]["negatives"] < measures["pixels"][0]["negatives"]


def test_a_users_pairs_train_a_network(simulated: Path, preset: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    told = satvo("masks", "--preset", preset, "-o", out, "--pairs", simulated, "--steps", 2)
    assert told.returncode == 0, told.stderr
    assert "4 images, 2 with a trail" in told.stderr
    about = json.loads((out / "training.json").read_text())
    assert about["source"]["images"] == 4
    assert about["source"]["rest"]["source"] == "stream"
    # The masks that it was trained on are there to be looked at.
    assert (
        np.load(out / "examples" / "0000_mask.npy").sum() == read_set(simulated)[0].trails().sum()
    )


def test_cutouts_are_simulated_like_an_image(simulated: Path, preset: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    told = satvo("masks", "--preset", preset, "-o", out, "--like", simulated / "0000.fits",
                 "--steps", 1)  # fmt: skip
    assert told.returncode == 0, told.stderr
    like = json.loads((out / "training.json").read_text())["source"]["like"]
    assert like["exposure_s"] == 0.15
    assert like["gain"] == 1.0


def test_a_test_suite_is_fetched_by_its_tap_address(
    images: tuple[Any, dict[str, str]], tmp_path: Path
) -> None:
    site, dids = images
    rows = site.sync("SELECT case_id, mask_did, pair_did FROM satvo.testcase", RESPONSEFORMAT="csv")
    (row,) = rows.text.splitlines()[1:]
    name, mask, pair = row.split(",")
    notes = fetch_suite(site.tap, tmp_path / "suite")
    assert notes == []
    expected = {f"{name}.fits"}
    expected |= {f"{name}_truth.fits"} if mask else set()
    expected |= {f"{name}_pair.fits"} if pair else set()
    assert len(expected) > 1
    assert {path.name for path in (tmp_path / "suite").iterdir()} == expected
    content = (tmp_path / "suite" / f"{name}.fits").read_bytes()
    assert content == site.get(f"/files/{dids['frame'].partition('?')[2]}.fits").body
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "suite").iterdir()}
    fetch_suite(site.tap, tmp_path / "suite")  # what is there is kept
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_files_on_another_host_are_not_fetched(
    images: tuple[Any, dict[str, str]], tmp_path: Path
) -> None:
    site, _ = images
    by_name = site.tap.replace("127.0.0.1", "localhost")
    with pytest.raises(Unavailable, match="lies on another host than localhost"):
        fetch_suite(by_name, tmp_path / "suite")
    assert list((tmp_path / "suite").iterdir()) == []


@pytest.mark.parametrize(
    ("address", "message", "kind"),
    [
        ("file:///etc", "not an http or https address", BadParameter),
        ("ftp://127.0.0.1/tap", "not an http or https address", BadParameter),
        ("http://user@127.0.0.1/tap", "not an http or https address", BadParameter),
    ],
    ids=["file", "ftp", "user"],
)
def test_addresses_that_are_none_of_http_are_told(
    address: str, message: str, kind: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(kind, match=message):
        fetch_suite(address, tmp_path)


def test_a_service_that_is_none_or_away_is_told(
    images: tuple[Any, dict[str, str]], tmp_path: Path
) -> None:
    site, _ = images
    with pytest.raises(Unavailable, match="status 404: is it a TAP service"):
        fetch_suite(f"{site.url}/files", tmp_path)
    with pytest.raises(Unavailable, match="did not answer"):
        fetch_suite(f"http://127.0.0.1:{free_port()}/tap", tmp_path)


@pytest.fixture(scope="module")
def archive(empty_server: Callable[..., Any]) -> Iterator[Any]:
    """A server without images."""
    server = empty_server()
    yield initiated(server).start()
    server.stop()


@pytest.fixture
def own_images(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a.fits").write_bytes(tan_image(seed=901))
    (folder / "a_pair.fits").write_bytes(tan_image(seed=902))
    mask = np.zeros((48, 64), np.uint8)
    mask[20] = 1
    header = fits.Header.fromstring("", sep="\n")
    header.update(tan_cards())
    fits.PrimaryHDU(mask, header).writeto(folder / "a_mask.fits")
    return folder


def test_own_images_are_offered_to_an_archive(
    archive: Any, own_images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Contributor(archive) as mine:
        monkeypatch.setenv("SATVO_TOKEN", mine.secret)
    words = ["offer", own_images, "--to", archive.url, "--licence", "CC0-1.0",
             "--collection", "offered", "--term", "leo"]  # fmt: skip
    told = satvo(*words, "--check")
    assert told.returncode == 0, told.stderr
    assert archive.number("SELECT COUNT(*) FROM satvo.testcase") == 0
    told = satvo(*words)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count(": new") == 3
    assert (
        archive.number(
            "SELECT COUNT(*) FROM satvo.testcase "
            "WHERE pair_did IS NOT NULL AND mask_did IS NOT NULL"
        )
        == 1
    )
    told = satvo(*words)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count(": unchanged") == 3


def test_an_offer_that_is_refused_is_told(archive: Any, own_images: Path, tmp_path: Path) -> None:
    words = ["offer", own_images, "--licence", "CC0-1.0", "--collection", "offered"]
    environment = {key: value for key, value in os.environ.items() if key != "SATVO_TOKEN"}
    with mock.patch.dict(os.environ, environment, clear=True):
        told = satvo(*words, "--to", archive.url)
        assert told.returncode == 2
        assert "give SATVO_TOKEN" in told.stderr
    told = satvo(*words, "--to", archive.url, "--token", "wrong")
    assert told.returncode == 2
    assert "takes nothing by this token" in told.stderr
    told = satvo(*words, "--to", "http://archive.example", "--token", "secret")
    assert told.returncode == 2
    assert "give an https address" in told.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    told = satvo("offer", empty, "--to", archive.url, "--token", "x", "--licence", "CC0-1.0",
                 "--collection", "offered")  # fmt: skip
    assert told.returncode == 2
    assert "no image with a mask or a pair" in told.stderr
