"""`satvo ingest` and `satvo image`, beside a running server and without one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_up_images import mosaic, tan_image, write_images

TOLD = ("--collection", "mine", "--licence", "CC0-1.0")
COUNT = "SELECT COUNT(*) AS n FROM ivoa.obscore"
WAIT_S = 60.0


@pytest.fixture
def home(empty_server: Callable[..., Any]) -> Any:
    """An archive without images, not served."""
    made = empty_server()
    made.command("init", check=True)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Some files: good ones, a broken one, and a link."""
    folder = tmp_path / "files"
    folder.mkdir()
    write_images(folder)
    (folder / "broken.fits").write_bytes(tan_image()[:-6000])
    (folder / "link.fits").symlink_to(folder / "tan.fits")
    return folder


@pytest.mark.parametrize("served", [True, False])
def test_each_file_has_its_line_and_the_good_ones_come_in(
    home: Any, folder: Path, served: bool
) -> None:
    if served:
        home.start()
    before = int(home.command("query", "--format", "csv", COUNT).stdout.split()[1])
    files = [str(file) for file in sorted(folder.iterdir())]
    told = home.command("ingest", *TOLD, *files, check=False)
    assert told.returncode == 2
    lines = [line for line in told.stdout.splitlines() if ": new, ivo://" in line]
    assert len(lines) == 11
    assert any(
        line.startswith("no_wcs.fits: new") and "missing: site, wcs" in line for line in lines
    )
    assert "broken.fits: rejected: is cut: unit 0" in told.stderr
    assert "link.fits: rejected" in told.stderr
    assert "symbolic link" in told.stderr
    again = home.command("ingest", *TOLD, *files, check=False)
    assert again.stdout.count(": unchanged, ivo://") == 11
    after = int(home.command("query", "--format", "csv", COUNT).stdout.split()[1])
    assert after == before + 11
    if served:
        home.stop()


def test_metadata_tell_what_headers_do_not(home: Any, folder: Path, tmp_path: Path) -> None:
    about = tmp_path / "about.yaml"
    about.write_text(
        "obs_collection: mine\nlicence: CC0-1.0\nt_min: 61000.5\noptics: Newtonian\n"
        "files:\n  no_wcs.fits:\n    gain: 1.25\n    s_region: CIRCLE 10 20 0.5\n"
    )
    told = home.command("ingest", "--metadata", str(about), str(folder / "no_wcs.fits"))
    name = told.stdout.split("images?")[1].split(";")[0].strip()
    shown = home.command("image show", name).stdout
    for text in ("gain                 1.25", "Newtonian", "CIRCLE 10.0 20.0 0.5", "61000.5"):
        assert text in shown
    assert "mine" in home.command("image list", "--collection", "mine").stdout
    home.command("image drop", name)
    assert home.command("image list", "--collection", "mine").stdout == ""
    wrong = home.command("ingest", str(folder / "no_wcs.fits"), check=False)
    assert wrong.returncode == 2
    assert "licence is missing" in wrong.stderr
    about.write_text(json.dumps({"colour": "red"}))
    wrong = home.command(
        "ingest", *TOLD, "--metadata", str(about), str(folder / "no_wcs.fits"), check=False
    )
    assert "no such item" in wrong.stderr


def test_a_killed_command_leaves_neither_file_nor_row(home: Any, tmp_path: Path) -> None:
    names = []
    for number in range(8):
        file = tmp_path / f"{number}.fits"
        file.write_bytes(mosaic(2 + number))
        names.append(str(file))
    satvo = [str(Path(sys.executable).with_name("satvo")), "ingest", "--home", str(home.home)]
    with subprocess.Popen(
        [*satvo, *TOLD, *names],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as command:
        incoming = home.home / "images" / "incoming"
        deadline = time.monotonic() + WAIT_S
        while not (incoming.is_dir() and len(list(incoming.iterdir())) > 3):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        command.send_signal(signal.SIGKILL)
    told = home.command("ingest", *TOLD, names[0])  # sweeps what the killed one left
    assert ": new" in told.stdout
    shown = home.command("image list", "--collection", "mine").stdout
    assert len(shown.splitlines()) == 1
    assert len(list((home.home / "images").rglob("*.fits"))) == 1
    assert list(incoming.iterdir()) == []
