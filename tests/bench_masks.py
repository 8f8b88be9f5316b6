"""Detectors of trails side by side: satvo's, and those of other packages, on the same frames."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from hard_negatives import KINDS, hard_negative
from rival_detectors import RIVALS
from satvo.resources.masks.detectors.registry import detector_named, detector_names
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.networks.classifier import classify
from satvo.resources.masks.networks.unet import WINDOW_PX, logits, scores_by_windows
from satvo.resources.masks.sequence import REJECT_BELOW
from trail_frames import BINS, Made, ladder

__all__ = ["Counted", "counted", "of_satvo", "print_masks"]

SEED = 4_301
OWN = ("deep", "faint", "unet", "simple", "hough")
BORDER_PX = 10
SLOW = "acstools findsat_mrt"
"""Some 20 s a frame: it gets three, two enclosed trails and one that crosses the frame."""

FEW = 20
"""Pixels that may be marked where nothing is: a network marks single ones here and there."""

FAINT = 0.5

Detect = Callable[[Any], Any]


@dataclass
class Counted:
    """Pixels of many frames together: those of trails by bins of S/N, and all others.

    The outermost 10 pixels of a frame do not count.
    """

    bins: dict[Any, tuple[int, int]] = field(default_factory=dict)
    crossing: tuple[int, int] = (0, 0)
    false: int = 0
    others: int = 0
    right: int = 0
    empty: int = 0
    empty_hit: int = 0
    frames: int = 0
    cpu_s: float = 0.0

    def add(self, made: Made, mask: Any, cpu_s: float) -> None:
        """One frame."""
        inside = np.s_[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX]
        mask, truth = mask[inside], made.truth[inside]
        hit, all_of_it = int((mask & truth).sum()), int(truth.sum())
        self.frames += 1
        self.cpu_s += cpu_s
        self.false += int((mask & ~truth).sum())
        self.others += int((~truth).sum())
        self.right += hit
        if made.ends is None:
            self.empty += 1
            self.empty_hit += bool(mask.any())
        elif made.kind == "crossing":
            self.crossing = self.crossing[0] + hit, self.crossing[1] + all_of_it
        else:
            edges = next(edges for edges in BINS if made.snr <= edges[1])
            before = self.bins.get(edges, (0, 0))
            self.bins[edges] = before[0] + hit, before[1] + all_of_it

    def recall(self, edges: Sequence[Any] = BINS) -> float:
        """Share of the pixels of enclosed trails in some bins that are marked; NaN without any."""
        parts = [self.bins.get(each, (0, 0)) for each in edges]
        return _share(sum(part[0] for part in parts), sum(part[1] for part in parts))

    @property
    def fpr(self) -> float:
        """Share of the other pixels that are marked."""
        return _share(self.false, self.others)

    @property
    def precision(self) -> float:
        """Share of the marked pixels that are a trail's."""
        return _share(self.right, self.right + self.false)


def counted(detect: Detect, frames: Iterable[Made]) -> Counted:
    """What a detector makes of frames; CPU time is this process's, of all threads."""
    told = Counted()
    for made in frames:
        begun = time.process_time()
        mask = detect(made.image)
        told.add(made, mask, time.process_time() - begun)
    return told


def of_satvo(name: str) -> Detect:
    """A registered detector as a function from an image to a mask."""
    detector = detector_named(name)
    return lambda image: detector.detect(image).score >= 0.5


def print_masks(
    per_bin: int = 4, *, empty: int = 8, crossing: int = 4, hard: int = 3, seed: int = SEED
) -> None:
    """Print what is found of trails, and what is taken for one."""
    frames = list(ladder(seed, per_bin=per_bin, empty=empty, crossing=crossing))
    few = [frames[2], frames[3], frames[-1]]
    own = [name for name in OWN if name in detector_names()]
    rows: list[tuple[str, Detect]] = [(f"satvo {name}", of_satvo(name)) for name in own]
    rows += RIVALS.items()
    print(
        f"trails in {len(frames)} frames of 664x496, {per_bin} a bin of S/N, {empty} empty, "
        f"{crossing} crossed; masks one FWHM wide; share of their pixels found"
    )
    heads = [f"{low:g}-{high:g}" for low, high in BINS]
    print(
        f"{'':22}" + "".join(f"{head:>9}" for head in heads)
        + f"{'all':>7}{'crossing':>9}{'FPR':>9}{'precision':>10}{'empty hit':>10}{'CPU s':>7}"
        f"{'frames':>7}"
    )  # fmt: skip
    for name, detect in rows:
        detect(few[0].image)  # whatever it loads
        print(_row(name, counted(detect, few if name == SLOW else frames)), flush=True)
    print(_rejection(frames))
    print_windows(seed)
    if hard:
        print_hard_negatives([row for row in rows if row[0] != SLOW], hard)


def _rejection(frames: Sequence[Made]) -> str:
    """What telling frames with a trail from others costs and finds."""
    begun = time.process_time()
    scores = [classify(made.image).score for made in frames]
    cpu_s = (time.process_time() - begun) / len(frames)
    counts = {True: 0, False: 0}
    rejected = {True: 0, False: 0}
    for made, score in zip(frames, scores, strict=True):
        if made.ends is None or made.snr > FAINT:
            counts[made.ends is None] += 1
            rejected[made.ends is None] += score < REJECT_BELOW
    return (
        f"cnn rejects {rejected[True]} of {counts[True]} empty frames, {rejected[False]} of "
        f"{counts[False]} with a trail of SNRavg above {FAINT:g}; 400 frames in {400 * cpu_s:.1f} "
        "CPU s"
    )


def print_windows(seed: int = SEED, *, strides: tuple[int, int] = (10, 40)) -> None:
    """Print the CPU time of networks on whole frames, and averaged over windows as in the paper.

    Windows are run at the second stride and scaled by their number to the first, the paper's.
    """
    frame = Frame.of(next(iter(ladder(seed, per_bin=1, empty=0, crossing=0))).image)
    asked, run = (windows_of(frame.shape, stride) for stride in strides)
    print(
        f"CPU s of networks for a frame of 664x496; the mean over {asked} windows of 256 px every "
        f"{strides[0]} px is that of {run} every {strides[1]} px, times {asked / run:.1f}"
    )
    whole = _cpu_s(lambda: logits(frame), times=5)
    print(f"{'streak, whole':22}{whole:9.3f}")
    for name in ("streak", "paper"):
        spent = _cpu_s(partial(scores_by_windows, frame, stride=strides[1], network=name))
        spent *= asked / run
        print(f"{name + ', windows':22}{spent:9.1f}{spent / whole:9.0f} times streak, whole")


def windows_of(shape: tuple[int, int], stride: int) -> int:
    """How many windows `scores_by_windows` takes of an image."""
    return math.prod(math.ceil((side - WINDOW_PX) / stride) + 1 for side in shape)


def _cpu_s(function: Callable[[], Any], *, times: int = 1) -> float:
    """CPU time of this process for a call, the first one left out where there are several."""
    spent = []
    for _ in range(times):
        begun = time.process_time()
        function()
        spent.append(time.process_time() - begun)
    return sum(spent[-max(times - 1, 1) :]) / max(times - 1, 1)


def print_hard_negatives(rows: Sequence[tuple[str, Detect]], count: int) -> None:
    """Print in how many frames without a trail each detector marks more than 20 pixels."""
    print(f"frames without a trail of which pixels are marked, of {count} of each kind")
    print(f"{'':16}" + "".join(f"{name:>22}" for name, _ in rows))
    total = [0] * len(rows)
    for kind in KINDS:
        images = [hard_negative(kind, seed) for seed in range(401, 401 + count)]
        hits = [sum(bool(detect(image).sum() > FEW) for image in images) for _, detect in rows]
        total = [one + other for one, other in zip(total, hits, strict=True)]
        print(f"{kind:16}" + "".join(f"{hit:22d}" for hit in hits), flush=True)
    print(f"{'all':16}" + "".join(f"{each:15d} of {count * len(KINDS):3d}" for each in total))


def _row(name: str, told: Counted) -> str:
    recalls = "".join(f"{_shown(told.recall([edges])):>9}" for edges in BINS)
    hit = f"{told.empty_hit}/{told.empty}" if told.empty else "-"
    return (
        f"{name:22}{recalls}{_shown(told.recall()):>7}{_shown(_share(*told.crossing)):>9}"
        f"{told.fpr:9.1e}{_shown(told.precision):>10}{hit:>10}{told.cpu_s / told.frames:7.2f}"
        f"{told.frames:7d}"
    )


def _share(part: int, of: int) -> float:
    return part / of if of else math.nan


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-bin", type=int, default=4)
    parser.add_argument("--empty", type=int, default=8)
    parser.add_argument("--crossing", type=int, default=4)
    parser.add_argument("--hard", type=int, default=3)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    told = {"empty": asked.empty, "crossing": asked.crossing, "hard": asked.hard}
    print_masks(asked.per_bin, **told, seed=asked.seed)
