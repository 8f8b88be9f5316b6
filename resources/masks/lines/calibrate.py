r"""Finds the coefficients of `probability.yaml`.

    python -m satvo.resources.masks.lines.calibrate --frames 350 --seed 9000 --keep first.npz
    python -m satvo.resources.masks.lines.calibrate --frames 350 --seed 59000 --keep second.npz
    python -m satvo.resources.masks.lines.calibrate --lines first.npz second.npz
    python -m satvo.resources.masks.lines.calibrate --frames 300 --seed 9100 \
        --evidence significance --keep few.npz
    python -m satvo.resources.masks.lines.calibrate --frames 300 --seed 19100 --lookalikes 1 \
        --evidence significance --keep many.npz
    python -m satvo.resources.masks.lines.calibrate --lines few.npz many.npz --of-false 1.5 \
        --evidence significance

Draws frames from the training stream, 25 from a seed of their own and the next from one larger by
1000, takes every line that the chain finds in them as true or false by the truth, and fits the
logistic regression.
"""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from satvo.resources.masks.classic.evidence import evidence_of
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import FEATURES, Line, find_lines
from satvo.resources.masks.lines.probability import fitted_weights
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.networks import unet
from satvo.resources.masks.search import Search
from satvo.resources.masks.training.stream import Recipe, Stream

_SHAPE = (496, 664)
_FRAMES = 25  # of each stream; the next has a seed larger by 1000
_RISING = {  # lookalikes of the stream are brighter than its trails; a bright trail is still one
    "significance": ("log_snr", "significance", "log_evidence", "log_course"),
    "network": (),
}
_ON_TRAIL = 0.6  # of a line's pixels that lie in the truth, from which it is true


def is_true(line: Line, truth: NDArray[np.uint8]) -> bool:
    """Whether most of a line lies on a trail."""
    (x0, y0), (x1, y1) = line.fit.ends
    part = np.linspace(0.0, 1.0, max(int(line.fit.values[3] - line.fit.values[2]), 2))
    x = np.rint(x0 + part * (x1 - x0)).astype(int)
    y = np.rint(y0 + part * (y1 - y0)).astype(int)
    inside = (x >= 0) & (x < truth.shape[1]) & (y >= 0) & (y < truth.shape[0])
    return bool(inside.any() and truth[y[inside], x[inside]].mean() > _ON_TRAIL)


def lines_of(
    frames: int, seed: int, evidence: str, lookalikes: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Features and truth of the lines in so many frames, found by this evidence."""
    features, true = [], []
    for number in range(frames):
        if number % _FRAMES == 0:
            stream = Stream(
                seed + 1000 * (number // _FRAMES), Recipe(empty=0.4, lookalikes=lookalikes)
            )
        image, mask, _ = stream.frame(_SHAPE)
        frame = Frame.of(image)
        stars = star_width(frame)
        if evidence == "network":
            logits = unet.logits(frame)
            values = logits - np.median(logits)
        else:
            values = evidence_of(frame, stars.fwhm, Search()).values
        for line in find_lines(frame, values, stars, Search()):
            features.append(line.features)
            true.append(is_true(line, mask))
    return np.array(features), np.array(true)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--evidence", choices=("network", "significance"), default="network")
    parser.add_argument("--lookalikes", type=float, default=0.25, help="share of frames with them")
    parser.add_argument("--of-false", type=float, default=3.0, help="what a false line counts")
    parser.add_argument("--keep", type=Path, help="file (npz) for the lines")
    parser.add_argument("--lines", type=Path, nargs="*", help="files so made: no frame is drawn")
    asked = parser.parse_args()
    if asked.lines:
        kept = [np.load(path) for path in asked.lines]
        features = np.concatenate([each["features"] for each in kept])
        true = np.concatenate([each["true"] for each in kept])
        frames = sum(int(each["frames"]) for each in kept)
        seeds = [int(each["seed"]) for each in kept]
    else:
        features, true = lines_of(asked.frames, asked.seed, asked.evidence, asked.lookalikes)
        frames, seeds = asked.frames, [asked.seed]
    if asked.keep is not None:
        np.savez(asked.keep, features=features, true=true, frames=frames, seed=seeds[0])
        return
    weights = fitted_weights(
        features, true, of_false=asked.of_false, rising=_RISING[asked.evidence]
    )
    path = Path(str(files("satvo.resources.masks.lines") / "probability.yaml"))
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    made = (
        f"{frames} frames of the training stream, seeds from {' and '.join(map(str, seeds))}: "
        f"{int(true.sum())} true lines, {int((~true).sum())} false, each as {asked.of_false:g}"
    )
    told["made"][asked.evidence] = made
    told["weights"][asked.evidence] = {
        name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)
    }
    path.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    chance = 1.0 / (1.0 + np.exp(-features @ weights))
    print(made)
    for least in (0.1, 0.5, 0.9):
        print(f"p > {least}: {(chance[true] > least).mean():.3f} true, "
              f"{int((chance[~true] > least).sum())} false lines")  # fmt: skip


if __name__ == "__main__":
    main()
