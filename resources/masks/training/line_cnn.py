"""The classifier of windows along lines, as a torch module."""

from __future__ import annotations

import torch
from satvo.resources.masks.networks.classifier import CLASSES
from satvo.resources.masks.networks.line_windows import LONG, WIDE
from torch import Tensor, nn

__all__ = ["LineCNN"]


class LineCNN(nn.Module):
    """Four convolutions and a hidden layer over a window of 128 x 16 bins, along a line.

    Notes
    -----
    3.0 million multiplications a window, where the network of Janin-Potiron et al. 2024 has 40
    million: the line is already in the middle, and the bins are of 2 x 2 pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.along = _convolution(1, 12, (5, 8), stride=(1, 4), padding=(2, 2))
        self.second = _convolution(12, 24, (3, 3))
        self.third = _convolution(24, 32, (3, 3))
        self.fourth = _convolution(32, 48, (3, 3))
        self.pool = nn.MaxPool2d(2)
        self.drop = nn.Dropout(0.2)
        self.hidden = nn.Linear(48 * (WIDE // 4) * (LONG // 16), 48)
        self.last = nn.Linear(48, len(CLASSES))

    def forward(self, significance: Tensor) -> Tensor:
        """Logits (n, 3) of windows (n, 1, 16, 128) in standard deviations of the noise."""
        size = significance.abs()
        # asinh, in operations that ONNX has.
        maps = torch.sign(significance) * torch.log(size + torch.sqrt(size * size + 1.0))
        maps = self.pool(self.second(self.along(maps)))
        maps = self.fourth(self.pool(self.third(maps)))
        hidden = torch.relu(self.hidden(self.drop(maps.flatten(1))))
        logits: Tensor = self.last(hidden)
        return logits


def _convolution(
    given: int,
    made: int,
    kernel: tuple[int, int],
    *,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (1, 1),
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, made, kernel, stride=stride, padding=padding, bias=False),
        nn.BatchNorm2d(made),
        nn.ReLU(),
    )
