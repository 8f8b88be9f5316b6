"""`satvo mask --sequence`: images without a trail are rejected before they are searched."""

from __future__ import annotations

from pathlib import Path

import pytest
from astropy.io import fits
from drawn_trails import drawn_frame
from mask_command import satvo


@pytest.fixture
def night(tmp_path: Path) -> list[Path]:
    """Files of a sequence, the second with a trail."""
    paths = [tmp_path / "night" / f"{number}.fits" for number in range(3)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        frame = drawn_frame(91 + number, flux=300.0 if number == 1 else 0.0)
        fits.writeto(path, frame.image.astype("u2"))
    return paths


def test_empty_images_of_a_sequence_are_rejected(night: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = satvo(*night, "-o", out, "--sequence", "--detector", "simple")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == [
        f"{night[0]}: 0 trails, rejected by the classifier",
        f"{night[1]}: 1 trail",
        f"{night[2]}: 0 trails, rejected by the classifier",
    ]
    assert not fits.getdata(out / "0_mask.fits").any()
    told = satvo(night[0], "-o", out, "--sequence", "--detector", "simple", "--reject", 0,
                 "--overwrite")  # fmt: skip
    assert "rejected" not in told.stdout


@pytest.mark.parametrize(
    "given", [["--reject", 0.2], ["--sequence", "--reject", 0.2, "--detector", "median-stack"]],
    ids=["alone", "together"],
)  # fmt: skip
def test_rejection_goes_with_sequences_of_single_images(
    night: list[Path], tmp_path: Path, given: list[object]
) -> None:
    told = satvo(*night, "-o", tmp_path / "out", *given)
    assert told.returncode == 2
    assert "--reject 0.2: goes with --sequence" in told.stderr
    assert not (tmp_path / "out").exists()
