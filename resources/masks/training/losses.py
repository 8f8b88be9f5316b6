"""What the networks that mark pixels are trained to make small."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["cross_entropy", "dice"]


def cross_entropy(logits: Tensor, truth: Tensor) -> Tensor:
    """Binary cross-entropy, mean over the pixels (equation 3 of Janin-Potiron et al. 2024)."""
    return nn.functional.binary_cross_entropy_with_logits(logits, truth)


def dice(logits: Tensor, truth: Tensor) -> Tensor:
    """1 - 2 |A B| / (|A| + |B|), mean over the images that have something to find; 0 without one.

    It sharpens the edges of masks, and ranks pixels less well than cross-entropy.
    """
    found = logits.sigmoid().flatten(1)
    truth = truth.flatten(1)
    given = truth.sum(1) > 0
    if not bool(given.any()):
        return logits.sum() * 0.0
    found, truth = found[given], truth[given]
    both = (found * truth).sum(1)
    return (1.0 - 2.0 * (both + 1.0) / (found.sum(1) + truth.sum(1) + 2.0)).mean()
