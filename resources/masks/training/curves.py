"""ROC and precision-recall of scores, exact, in memory that grows with the positives alone.

The positives of a group (pixels of trails, or frames with one) are added first, all of them; then
the negatives piece by piece, of which only how many lie below each positive is kept, and the
highest ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["AT_FPR", "AT_RECALL", "Curve", "Measures", "Pool"]

Floats = NDArray[np.float32]

AT_FPR = 1e-5
"""False-positive rate at which the recall of masks is told (Janin-Potiron et al. 2024, 4.2)."""
AT_RECALL = 0.9
"""Recall at which their precision is told."""

_POINTS = 1000  # of a curve


@dataclass(frozen=True)
class Measures:
    """What the paper tells of a group, its section 4.2; NaN where it has no positive or negative.

    Attributes
    ----------
    positives, negatives : int
    auc : float
        Area under the ROC curve; equal scores count half.
    tpr_at_fpr : float
        Share of the positives above the lowest score at which the false-positive rate is not
        above the one asked for.
    precision_at_recall : float
        Precision at the highest score that recovers the recall asked for.
    recall, fpr, precision : float
        Of what has at least the threshold.
    """

    positives: int
    negatives: int
    auc: float = math.nan
    tpr_at_fpr: float = math.nan
    precision_at_recall: float = math.nan
    recall: float = math.nan
    fpr: float = math.nan
    precision: float = math.nan


@dataclass(frozen=True, eq=False)
class Curve:
    """Points of the ROC and precision-recall curves, by falling score.

    Attributes
    ----------
    score, recall, fpr, precision : ndarray (n,)
    """

    score: NDArray[np.float64]
    recall: NDArray[np.float64]
    fpr: NDArray[np.float64]
    precision: NDArray[np.float64]


class Pool:
    """Scores of one group.

    Parameters
    ----------
    threshold : float
        From which a score counts as positive.
    at_fpr, at_recall : float

    Examples
    --------
    >>> pool = Pool(at_fpr=0.25)
    >>> pool.add_positives(np.array([0.9, 0.4], np.float32))
    >>> pool.expect_negatives(4)
    >>> pool.add_negatives(np.array([0.1, 0.2, 0.5, 0.3], np.float32))
    >>> told = pool.measures()
    >>> told.auc, told.tpr_at_fpr, told.recall, told.fpr
    (0.875, 1.0, 0.5, 0.25)
    """

    def __init__(
        self, *, threshold: float = 0.5, at_fpr: float = AT_FPR, at_recall: float = AT_RECALL
    ) -> None:
        self._threshold, self._at_fpr, self._at_recall = threshold, at_fpr, at_recall
        self._given: list[Floats] = []
        self._sorted: Floats | None = None
        self._below = self._upto = np.zeros(0, np.int64)
        self._expected = self._negatives = self._false = 0
        self._highest = np.zeros(0, np.float32)

    def add_positives(self, scores: Floats) -> None:
        """Scores of things that are to be found; before any negative."""
        self._given.append(np.asarray(scores, np.float32))

    def expect_negatives(self, count: int) -> None:
        """So many will come, so that enough of the highest are kept."""
        self._expected += count

    def add_negatives(self, scores: Floats, *, is_sorted: bool = False) -> None:
        """Scores of things that are none; in rising order where that is said."""
        negatives = scores if is_sorted else np.sort(scores)
        positives = self._positives()
        self._below += np.searchsorted(negatives, positives, "left")
        self._upto += np.searchsorted(negatives, positives, "right")
        self._negatives += negatives.size
        self._false += negatives.size - int(
            np.searchsorted(negatives, np.float32(self._threshold), "left")
        )
        kept = int(self._at_fpr * self._expected) + 1
        highest = np.concatenate([self._highest, negatives[-kept:]])
        self._highest = np.sort(highest)[-kept:]

    def measures(self) -> Measures:
        """Of all that was added."""
        positives, count = self._positives(), self._negatives
        if not positives.size or not count:
            fpr = self._false / count if count else math.nan
            return Measures(int(positives.size), count, fpr=fpr)
        found = positives.size - int(
            np.searchsorted(positives, np.float32(self._threshold), "left")
        )
        cut = self._highest[-1 - int(self._at_fpr * count)]
        above = positives.size - int(np.searchsorted(positives, cut, "right"))
        first = positives.size - math.ceil(self._at_recall * positives.size)
        first = int(np.searchsorted(positives, positives[first], "left"))
        right, wrong = positives.size - first, count - int(self._below[first])
        flagged = found + self._false
        return Measures(
            positives=int(positives.size),
            negatives=count,
            auc=float((self._below + self._upto).sum() / 2.0 / positives.size / count),
            tpr_at_fpr=above / positives.size,
            precision_at_recall=right / (right + wrong),
            recall=found / positives.size,
            fpr=self._false / count,
            precision=found / flagged if flagged else math.nan,
        )

    def curve(self) -> Curve:
        """Points at scores of positives, evenly in recall; empty where there is no curve."""
        positives, count = self._positives(), self._negatives
        if not positives.size or not count:
            none = np.zeros(0)
            return Curve(none, none, none, none)
        step = max(positives.size // _POINTS, 1)
        at = np.unique(np.append(np.arange(0, positives.size, step), positives.size - 1))[::-1]
        at = np.searchsorted(positives, positives[at], "left")  # equal scores are found together
        right = (positives.size - at).astype(np.float64)
        wrong = (count - self._below[at]).astype(np.float64)
        return Curve(
            positives[at].astype(np.float64),
            right / positives.size,
            wrong / count,
            right / (right + wrong),
        )

    def _positives(self) -> Floats:
        if self._sorted is None:
            given = self._given or [np.zeros(0, np.float32)]
            self._sorted = np.sort(np.concatenate(given))
            self._given = []
            self._below = np.zeros(self._sorted.size, np.int64)
            self._upto = np.zeros(self._sorted.size, np.int64)
        return self._sorted
