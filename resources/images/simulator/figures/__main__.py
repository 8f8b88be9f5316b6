"""The command that draws the figures."""

from __future__ import annotations

import argparse
from pathlib import Path

from satvo.resources.images.simulator.figures.fields import draw_consecutive, draw_star_counts
from satvo.resources.images.simulator.figures.real import draw_beside_real, draw_histograms
from satvo.resources.images.simulator.figures.samples import draw_samples
from satvo.resources.images.simulator.figures.streaks import draw_algorithms, draw_misaligned
from satvo.schemas.errors import SatvoError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Draw all figures into a folder; 8 and 9 need a real frame."""
    parser = argparse.ArgumentParser(
        prog="python -m satvo.resources.images.simulator.figures", description=__doc__
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the pictures")
    parser.add_argument(
        "--frame",
        type=Path,
        help="real frame for Figures 8 and 9, such as lco_0m4_bi327715_cut.fits of the test data",
    )
    parser.add_argument("--count", type=int, default=300, help="simulations of Figure 10")
    given = parser.parse_args(arguments)
    given.output.mkdir(parents=True, exist_ok=True)
    try:
        pictures = {}
        if given.frame is not None:
            pictures["figure_8_real_and_simulated"] = draw_beside_real(given.frame)
            pictures["figure_9_histograms"] = draw_histograms(given.frame)
        pictures |= {
            "figure_2_star_counts": draw_star_counts(),
            "figure_3_time_series": draw_consecutive(),
            "figure_5_misaligned": draw_misaligned(),
            "figure_6_algorithms": draw_algorithms(),
            "figure_10_distributions": draw_samples(given.count),
        }
    except SatvoError as err:
        parser.exit(1, f"{err}\n")
    for name, figure in pictures.items():
        path = given.output / f"{name}.png"
        figure.savefig(path, dpi=110)
        print(path)
    if given.frame is None:
        print("Figures 8 and 9 are left out: give --frame FILE")


if __name__ == "__main__":
    main()
