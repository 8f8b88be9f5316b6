"""What networks are to say of cut-outs, and the loss of what they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from satvo.resources.masks.training.losses import cross_entropy
from satvo.resources.masks.training.plan import Preset
from torch import Tensor, nn

__all__ = ["loss_for"]

Loss = Callable[[Tensor, NDArray[np.uint8], NDArray[np.float64]], Tensor]


def loss_for(preset: Preset) -> Loss:
    """The loss of a preset's network.

    Returns
    -------
    callable
        Of logits, masks (n, size, size) and SNRavg (n,): binary cross-entropy of the pixels
        (equation 3 of Janin-Potiron et al. 2024) or of whether there is a trail (equation 2), or
        cross-entropy of the three classes none, faint and bright.
    """

    def of_pixels(logits: Tensor, masks: NDArray[np.uint8], snr: NDArray[np.float64]) -> Tensor:
        return cross_entropy(logits, torch.from_numpy(masks[:, None]).to(logits))

    def of_frames(logits: Tensor, masks: NDArray[np.uint8], snr: NDArray[np.float64]) -> Tensor:
        truth = masks.any(axis=(1, 2)).astype(np.float32)
        return cross_entropy(logits[:, 0], torch.from_numpy(truth).to(logits))

    def of_classes(logits: Tensor, masks: NDArray[np.uint8], snr: NDArray[np.float64]) -> Tensor:
        faint = snr < preset.faint_below  # False for NaN: a trail of unknown light counts as bright
        truth = np.where(masks.any(axis=(1, 2)), np.where(faint, 1, 2), 0)
        return nn.functional.cross_entropy(logits, torch.from_numpy(truth).to(logits.device))

    made: dict[str, Loss] = {"pixels": of_pixels, "frame": of_frames, "classes": of_classes}
    return made[preset.target]
