"""Detectors measured on frames whose trails are known, as Janin-Potiron et al. 2024 measured."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.training.curves import AT_FPR, AT_RECALL, Curve, Measures, Pool
from satvo.resources.masks.training.groups import groups_of, in_order
from satvo.resources.masks.training.sets import KnownFrame
from satvo.schemas.errors import BadParameter

__all__ = ["Counting", "Evaluation", "Group", "measure_set", "write_evaluation"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_OF_FRAMES = 0.01
"""False-positive rate at which the recall of frames is told, section 4.2 of the paper."""
_BRIGHT = 0.5
"""SNRavg from which frames are told apart once more."""


@dataclass(frozen=True)
class Counting:
    """How pixels are counted.

    Attributes
    ----------
    edge : int
        Pixels at each border that count neither way.
    ring : int
        Pixels around the truth that count neither way.
    threshold : float
        Score from which a pixel is marked.
    at_fpr, at_recall : float
        Where recall and precision are told.
    """

    edge: int = 10
    ring: int = 0
    threshold: float = 0.5
    at_fpr: float = AT_FPR
    at_recall: float = AT_RECALL


@dataclass(frozen=True, eq=False)
class Group:
    """Measures of a group of frames.

    Attributes
    ----------
    label : str
    frames : int
    found : int
        Those whose trail pixels are marked to at least half.
    measures : Measures
    curve : Curve
    """

    label: str
    frames: int
    found: int
    measures: Measures
    curve: Curve


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured.

    Attributes
    ----------
    counting : Counting
    pixels : tuple of Group
        Pixel by pixel: all, then the groups of Table 1. The negatives of a group are the other
        pixels of its own frames, those of all come from every frame.
    whole : tuple of Group
        Frame by frame, by the highest score in each: all, those whose trail does not leave the
        frame, and of these the ones with SNRavg of at least 0.5; `tpr_at_fpr` is at 1 %.
    empty, empty_hit : int
        Frames without a trail, and those with a pixel at the threshold or above.
    """

    counting: Counting
    pixels: tuple[Group, ...]
    whole: tuple[Group, ...]
    empty: int
    empty_hit: int
    about: dict[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As JSON has it; None for what could not be measured."""
        return {
            "about": self.about,
            "counting": asdict(self.counting),
            "pixels": [_told(group) for group in self.pixels],
            "frames": [_told(group) for group in self.whole],
            "empty_frames": self.empty,
            "empty_frames_hit": self.empty_hit,
        }

    def lines(self) -> list[str]:
        """The table as text."""
        how = self.counting
        made = [
            f"{'':38} {'frames':>6} {'positives':>9} {'AUC':>7} {f'TPR@{how.at_fpr:g}':>9} "
            f"{f'prec@{how.at_recall:.0%}':>9} | at {how.threshold:g}: {'recall':>7} {'FPR':>9} "
            f"{'precision':>9} {'found':>6}"
        ]
        for group in (*self.pixels, *self.whole):
            m = group.measures
            numbers = (m.auc, m.tpr_at_fpr, m.precision_at_recall, m.recall, m.precision)
            auc, tpr, at_recall, recall, precision = (f"{each:.4f}" for each in numbers)
            made.append(
                f"{group.label:38} {group.frames:6d} {m.positives:9d} {auc:>7} {tpr:>9} "
                f"{at_recall:>9} | {'':9}{recall:>7} {m.fpr:9.2e} {precision:>9} {group.found:6d}"
            )
        edge = f"{how.edge} px at the border" + (f", {how.ring} px around trails" * (how.ring > 0))
        made.append(
            f"{self.empty_hit} of {self.empty} frames without a trail hit; left out: {edge}; "
            "TPR of frames at 0.01"
        )
        return made


def measure_set(
    frames: Sequence[KnownFrame],
    folder: Path,
    counting: Counting | None = None,
    about: dict[str, Any] | None = None,
) -> Evaluation:
    """Hold scores against the truth.

    Parameters
    ----------
    frames : sequence of KnownFrame
    folder : Path
        With NAME.npy of each: scores (rows, columns), higher for what is more likely a trail.
    counting : Counting, optional
    about : dict, optional
        Goes into the result.

    Raises
    ------
    BadParameter
        If scores are missing, of another shape than the truth, or not finite.

    Notes
    -----
    Exact, however many frames there are: memory grows with the pixels of trails alone, since
    scores are read twice.
    """
    counting = counting or Counting()
    made = _Counted(counting)
    for known in frames:
        made.take_positives(known, *_read(known, folder))
    for known in frames:
        made.take_negatives(known, *_read(known, folder))
    return made.evaluation(about or {})


class _Counted:
    """Pools of all groups, filled in two passes over the frames."""

    def __init__(self, counting: Counting) -> None:
        self._how = counting
        self._pixels: dict[str, Pool] = {}
        self._frames: dict[str, int] = {}
        self._found: dict[str, int] = {}
        self._whole = {
            label: Pool(threshold=counting.threshold, at_fpr=_OF_FRAMES)
            for label in ("frames", "frames, none crossing", "frames, none crossing, SNRavg >= 0.5")
        }
        self._with: dict[str, int] = dict.fromkeys(self._whole, 0)
        self._hits: dict[str, int] = dict.fromkeys(self._whole, 0)
        self._highest_of_empty: list[float] = []
        self._empty_hit = 0

    def take_positives(self, known: KnownFrame, truth: Flags, scores: Floats) -> None:
        """First pass: scores on trails, and how many pixels are none."""
        inside = self._inside(truth)
        positives = scores[inside][truth[inside]]
        others = int(np.count_nonzero(~self._near(truth[inside])))
        marked = positives.size and np.mean(positives >= self._how.threshold) >= 0.5
        for label in self._labels(known, truth):
            pool = self._pixels.setdefault(label, self._pool())
            pool.add_positives(positives)
            pool.expect_negatives(others)
            self._frames[label] = self._frames.get(label, 0) + 1
            self._found[label] = self._found.get(label, 0) + bool(marked)
        highest = float(scores.max())
        if not truth.any():
            self._highest_of_empty.append(highest)
            self._empty_hit += bool(np.any(scores[inside] >= self._how.threshold))
            return
        for label in self._kinds(known, truth):
            self._whole[label].add_positives(np.array([highest], np.float32))
            self._with[label] += 1
            self._hits[label] += highest >= self._how.threshold

    def take_negatives(self, known: KnownFrame, truth: Flags, scores: Floats) -> None:
        """Second pass."""
        inside = self._inside(truth)
        negatives = np.sort(scores[inside][~self._near(truth[inside])])
        for label in self._labels(known, truth):
            self._pixels[label].add_negatives(negatives, is_sorted=True)

    def evaluation(self, about: dict[str, Any]) -> Evaluation:
        """Of all that was taken."""
        labels = ["all", *in_order(set(self._pixels) - {"all"})]
        empty = np.array(self._highest_of_empty, np.float32)
        for pool in self._whole.values():
            pool.expect_negatives(empty.size)
            pool.add_negatives(empty)
        return Evaluation(
            self._how,
            tuple(
                _group(label, self._pixels[label], self._frames[label], self._found[label])
                for label in labels
            ),
            tuple(
                _group(label, pool, self._with[label], self._hits[label])
                for label, pool in self._whole.items()
            ),
            len(self._highest_of_empty),
            self._empty_hit,
            about,
        )

    def _pool(self) -> Pool:
        how = self._how
        return Pool(threshold=how.threshold, at_fpr=how.at_fpr, at_recall=how.at_recall)

    def _inside(self, truth: Flags) -> tuple[slice, slice]:
        edge = self._how.edge
        rows, columns = truth.shape
        return slice(edge, rows - edge), slice(edge, columns - edge)

    def _near(self, truth: Flags) -> Flags:
        """The truth and its ring."""
        if not self._how.ring:
            return truth
        from scipy.ndimage import binary_dilation

        return np.asarray(binary_dilation(truth, iterations=self._how.ring))

    @staticmethod
    def _labels(known: KnownFrame, truth: Flags) -> list[str]:
        return ["all", *(groups_of(known) if truth.any() else ())]

    @staticmethod
    def _kinds(known: KnownFrame, truth: Flags) -> list[str]:
        """Of a frame with a trail."""
        crossing = known.crossing
        if crossing is None:
            border = (truth[0], truth[-1], truth[:, 0], truth[:, -1])
            crossing = any(line.any() for line in border)
        if crossing:
            return ["frames"]
        kinds = ["frames", "frames, none crossing"]
        if known.number("snr_avg") >= _BRIGHT:
            kinds.append("frames, none crossing, SNRavg >= 0.5")
        return kinds


def _read(known: KnownFrame, folder: Path) -> tuple[Flags, Floats]:
    path = folder / f"{known.name}.npy"
    try:
        scores = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as err:
        raise BadParameter(f"{path}: no scores of {known.name}: {err}") from err
    truth = known.trails()
    if scores.shape != truth.shape:
        raise BadParameter(f"{path}: scores of shape {scores.shape}, the truth has {truth.shape}")
    if not np.isfinite(scores).all():
        raise BadParameter(f"{path}: holds scores that are not finite")
    return truth, scores.astype(np.float32, copy=False)


def _group(label: str, pool: Pool, frames: int, found: int) -> Group:
    return Group(label, frames, found, pool.measures(), pool.curve())


def _told(group: Group) -> dict[str, Any]:
    measures = {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in asdict(group.measures).items()
    }
    return {"label": group.label, "frames": group.frames, "found": group.found, **measures}


def write_evaluation(made: Evaluation, folder: Path) -> None:
    """Write measures.json, measures.ecsv (a row a group) and roc.png, precision.png, frames.png."""
    from astropy.table import Table
    from satvo.resources.masks.training.plots import plot_evaluation

    told = made.told()
    (folder / "measures.json").write_text(json.dumps(told, indent=1) + "\n")
    rows = [
        {key: math.nan if value is None else value for key, value in row.items()}
        for row in (*told["pixels"], *told["frames"])
    ]
    table = Table(rows=rows)
    table.meta = {"counting": told["counting"], **made.about}
    table.write(folder / "measures.ecsv", format="ascii.ecsv", delimiter=",", overwrite=True)
    plot_evaluation(made, folder)
