"""The classifier of Janin-Potiron et al. 2024, as a torch module."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["PaperCNN"]


class PaperCNN(nn.Module):
    """Two convolutions and two hidden layers over a cut-out of 128 pixels (section 3.1).

    Parameters
    ----------
    classes : int
        Logits that it gives: 1 for whether there is a trail; 3 for none, a faint, a bright one.

    Notes
    -----
    Kernels of 5 and 4 pixels, 32 and 64 filters, max-pooling of 4 after each, 512 and 16 neurons.
    The paper puts the pooling "between the convolutional layers"; the second one is taken to
    follow the last of them, since 50,000 inputs of the first hidden layer would be 26 million
    weights.
    """

    SIZE_PX = 128

    def __init__(self, classes: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 32, 5)
        self.second = nn.Conv2d(32, 64, 4)
        self.pool = nn.MaxPool2d(4)
        side = ((self.SIZE_PX - 4) // 4 - 3) // 4
        self.hidden = nn.Linear(64 * side * side, 512)
        self.narrow = nn.Linear(512, 16)
        self.last = nn.Linear(16, classes)

    def forward(self, significance: Tensor) -> Tensor:
        """Logits (n, classes) of cut-outs (n, 1, 128, 128)."""
        maps = self.pool(torch.relu(self.first(significance)))
        maps = self.pool(torch.relu(self.second(maps)))
        hidden = torch.relu(self.hidden(maps.flatten(1)))
        logits: Tensor = self.last(torch.relu(self.narrow(hidden)))
        return logits
