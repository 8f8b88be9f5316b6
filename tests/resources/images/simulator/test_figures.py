"""The figures of the paper, drawn by their command, and what they are to show."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from satvo.resources.images.simulator.figures.__main__ import main
from satvo.resources.images.simulator.figures.real import draw_beside_real
from satvo.resources.images.simulator.figures.streaks import draw_algorithms, draw_misaligned

FRAME = (
    Path(os.environ.get("SATVO_TEST_DATA", Path(__file__).parents[5] / "shared" / "data"))
    / "images"
    / "lco_0m4_bi327715_cut.fits"
)


def pictures_of(figure) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for axes in figure.axes for image in axes.images]


def test_figure_5_shows_the_misalignment_of_the_computational_way_alone() -> None:
    computational, pixel_perfect = pictures_of(draw_misaligned())[2:4]
    assert np.abs(computational).max() > 0.05
    assert np.abs(pixel_perfect).max() < 1e-3


def test_figure_6_shows_what_line_perfect_does_not_see() -> None:
    panels = pictures_of(draw_algorithms())
    line, area = panels[:6], panels[6:]
    for case in (1, 4, 5):
        assert np.abs(line[case] - line[0]).max() < 0.01
        assert np.abs(area[case] - area[0]).max() > 0.1


@pytest.mark.needs_data
def test_the_command_draws_all_figures(tmp_path: Path) -> None:
    main(["-o", str(tmp_path), "--frame", str(FRAME), "--count", "6"])
    drawn = sorted(int(path.name.split("_")[1]) for path in tmp_path.glob("*.png"))
    assert drawn == [2, 3, 5, 6, 8, 9, 10]
    assert all(path.stat().st_size > 10_000 for path in tmp_path.glob("*.png"))


@pytest.mark.needs_data
def test_the_simulation_of_a_real_frame_has_its_stars_and_trails() -> None:
    real, simulated = pictures_of(draw_beside_real(FRAME))
    bright = real > np.quantile(real, 0.98)
    assert np.median(simulated[bright]) > np.quantile(simulated, 0.95)


def test_a_file_that_is_no_frame_is_told(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["-o", str(tmp_path), "--frame", str(tmp_path / "absent.fits"), "--count", "1"])
    assert "absent.fits" in capsys.readouterr().err
