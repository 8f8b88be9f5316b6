"""Finds the coefficients of `probability.yaml`.

    python -m satvo.resources.masks.lines.calibrate --frames 400 --seed 9000

Draws frames from the training stream with a seed of their own, takes every line that the chain
finds in them as true or false by the truth, and fits the logistic regression.
"""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import FEATURES, Line, find_lines
from satvo.resources.masks.lines.probability import fitted_weights
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.networks import unet
from satvo.resources.masks.search import Search
from satvo.resources.masks.training.stream import Recipe, Stream

_SHAPE = (496, 664)
_ON_TRAIL = 0.6  # of a line's pixels that lie in the truth, from which it is true


def is_true(line: Line, truth: NDArray[np.uint8]) -> bool:
    """Whether most of a line lies on a trail."""
    (x0, y0), (x1, y1) = line.fit.ends
    part = np.linspace(0.0, 1.0, max(int(line.fit.values[3] - line.fit.values[2]), 2))
    x = np.rint(x0 + part * (x1 - x0)).astype(int)
    y = np.rint(y0 + part * (y1 - y0)).astype(int)
    inside = (x >= 0) & (x < truth.shape[1]) & (y >= 0) & (y < truth.shape[0])
    return bool(inside.any() and truth[y[inside], x[inside]].mean() > _ON_TRAIL)


def lines_of(frames: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Features and truth of the lines in so many frames."""
    stream = Stream(seed, Recipe(empty=0.4, lookalikes=0.25, fields=40))
    features, true = [], []
    for _ in range(frames):
        image, mask, _ = stream.frame(_SHAPE)
        frame = Frame.of(image)
        logits = unet.logits(frame)
        evidence = logits - np.median(logits)
        for line in find_lines(frame, evidence, star_width(frame), Search()):
            features.append(line.features)
            true.append(is_true(line, mask))
    return np.array(features), np.array(true)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--seed", type=int, default=9000)
    asked = parser.parse_args()
    features, true = lines_of(asked.frames, asked.seed)
    weights = fitted_weights(features, true)
    told = {
        "made": f"{asked.frames} frames of the training stream, seed {asked.seed}: "
        f"{int(true.sum())} true lines, {int((~true).sum())} false",
        "weights": {
            "network": {
                name: round(float(weight), 4)
                for name, weight in zip(FEATURES, weights, strict=True)
            }
        },
    }
    path = Path(str(files("satvo.resources.masks.lines") / "probability.yaml"))
    path.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    chance = 1.0 / (1.0 + np.exp(-features @ weights))
    print(told["made"])
    for least in (0.1, 0.5, 0.9):
        print(f"p > {least}: {(chance[true] > least).mean():.3f} true, "
              f"{int((chance[~true] > least).sum())} false lines")  # fmt: skip


if __name__ == "__main__":
    main()
