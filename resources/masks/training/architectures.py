"""The networks that find the pixels of trails, as torch modules.

All take significance (images less their background in standard deviations of the noise, as
`Frame.significance`) of shape (n, 1, rows, columns), rows and columns multiples of `MULTIPLE`, and
give logits of the same shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["MULTIPLE", "LineBank", "PaperUNet", "StreakUNet"]

MULTIPLE = 8
_START_LOGIT = -4.0


def squeezed(significance: Tensor) -> Tensor:
    """Inverse hyperbolic sine, in operations that ONNX has for tensors of any length."""
    size = significance.abs()
    return torch.sign(significance) * torch.log(size + torch.sqrt(size * size + 1.0))


class PaperUNet(nn.Module):
    """The UNet of the Cosmic-CoNN pipeline that Janin-Potiron et al. 2024 (section 3.2) took.

    Two stages of max-pooling with one convolution each, 32 and 64 filters. It sees 24 pixels
    around a pixel, and so cannot add up a faint trail along its length.

    References
    ----------
    Xu, C., et al. 2023, ApJ 942, 73 (figure 3).
    """

    def __init__(self, filters: int = 32) -> None:
        super().__init__()
        wide = 2 * filters
        self.first = nn.Conv2d(1, filters, 3, padding=1)
        self.second = nn.Conv2d(filters, wide, 3, padding=1)
        self.bottom = nn.Conv2d(wide, wide, 3, padding=1)
        self.up_second = nn.ConvTranspose2d(wide, wide, 2, stride=2)
        self.back_second = nn.Conv2d(2 * wide, wide, 3, padding=1)
        self.up_first = nn.ConvTranspose2d(wide, filters, 2, stride=2)
        self.back_first = nn.Conv2d(2 * filters, filters, 3, padding=1)
        self.last = nn.Conv2d(filters, 1, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, significance: Tensor) -> Tensor:
        """Logits of the pixels."""
        first = torch.relu(self.first(significance))
        second = torch.relu(self.second(self.pool(first)))
        low = torch.relu(self.bottom(self.pool(second)))
        low = torch.relu(self.back_second(torch.cat([self.up_second(low), second], 1)))
        low = torch.relu(self.back_first(torch.cat([self.up_first(low), first], 1)))
        logits: Tensor = self.last(low)
        return logits


class LineBank(nn.Module):
    """Sums along straight lines through each pixel: what a small network cannot add up itself.

    A line of length 2 L is two of length L, one shifted along it, so that all lengths cost little
    more than the longest (Brady, M. L. 1998, SIAM J. Comput. 27, 107). Lines are centred on their
    pixel and end at the border.

    Notes
    -----
    Gives, for each of the lengths 16, 32 and 64, the largest sum over the directions divided by the
    root of the length, and cosine and sine of twice its angle times that; and, for the shortest,
    the mean over the directions.
    """

    LENGTHS = (16, 32, 64)
    DIRECTIONS = (12, 24, 48)  # of each of the two ways, by length
    CHANNELS = 3 * len(LENGTHS) + 1

    def forward(self, pixels: Tensor) -> Tensor:
        """Ten maps (n, 10, rows, columns) of one (n, 1, rows, columns)."""
        flat, steep = self._sums(pixels), self._sums(pixels.transpose(2, 3))
        made = []
        for k, length in enumerate(self.LENGTHS):
            best, which = flat[k].max(1, keepdim=True)
            other, other_which = (m.transpose(2, 3) for m in steep[k].max(1, keepdim=True))
            angles = torch.tensor([2.0 * math.atan(slope) for slope in self._slopes(k)])
            angles = angles.to(pixels.device, pixels.dtype)
            turned = torch.where(best >= other, angles[which], math.pi - angles[other_which])
            best = torch.maximum(best, other) / math.sqrt(length)
            made += [best, best * torch.cos(turned), best * torch.sin(turned)]
        mean = flat[0].mean(1, keepdim=True) + steep[0].mean(1, keepdim=True).transpose(2, 3)
        made.append(mean * (0.5 / math.sqrt(self.LENGTHS[0])))
        return torch.cat(made, 1)

    def _sums(self, pixels: Tensor) -> list[Tensor]:
        """Sums (n, directions, rows, columns) of each length, lines nearer to the rows."""
        reach = self.LENGTHS[-1] // 2 + 2
        found: list[list[_Sum]] = []  # by length
        for k, length in enumerate(self.LENGTHS):
            level = []
            for slope in self._slopes(k):
                if k == 0:
                    part = _Sum(nn.functional.pad(pixels, (reach, reach, reach, reach)))
                    step = 1
                else:
                    near = int((slope + 1.0) / 2.0 * self.DIRECTIONS[k - 1])
                    part, step = found[k - 1][near], self.LENGTHS[k - 1]
                while step < length:
                    part = part.doubled(step, round(step * slope))
                    step *= 2
                level.append(part)
            found.append(level)
        made = []
        for k, length in enumerate(self.LENGTHS):
            middles = []
            for slope, part in zip(self._slopes(k), found[k], strict=True):
                top = reach - round(length // 2 * slope)
                bottom = 2 * reach - top
                left, right = reach - length // 2, reach + length // 2 - length + 1
                middles.append(
                    part.map[
                        :, :, top - part.above : part.below - bottom or None, left : -right or None
                    ]
                )
            made.append(torch.cat(middles, 1))
        return made

    def _slopes(self, k: int) -> list[float]:
        count = self.DIRECTIONS[k]
        return [-1.0 + 2.0 * (i + 0.5) / count for i in range(count)]


@dataclass(frozen=True, eq=False)
class _Sum:
    """Sums that start at their pixel and go to the right, on a map that lost rows on the way."""

    map: Tensor
    above: int = 0
    below: int = 0

    def doubled(self, step: int, down: int) -> _Sum:
        """With those from `step` columns and `down` rows on added."""
        here, there = self.map[:, :, :, :-step], self.map[:, :, :, step:]
        if down > 0:
            return _Sum(here[:, :, :-down] + there[:, :, down:], self.above, self.below + down)
        if down < 0:
            return _Sum(here[:, :, -down:] + there[:, :, :down], self.above - down, self.below)
        return _Sum(here + there, self.above, self.below)


class StreakUNet(nn.Module):
    """satvo's network: line sums beside the pixels, a field of view that holds a trail.

    Half the resolution from the start with the line sums beside the pixels, dilated residual
    blocks at an eighth, and a narrow head at full resolution that sets the edges.
    """

    def __init__(self, filters: int = 16) -> None:
        super().__init__()
        half, quarter, eighth = filters, 2 * filters, 4 * filters
        self.bank = LineBank()
        self.at_fine = _layer(1, 8)
        self.at_half = nn.Sequential(_layer(5 + LineBank.CHANNELS, half), _layer(half, half))
        self.at_quarter = nn.Sequential(_layer(half, quarter, stride=2), _layer(quarter, quarter))
        self.at_eighth = _layer(quarter, eighth, stride=2)
        self.middle = nn.Sequential(*(_Residual(eighth, apart) for apart in (1, 2, 4, 8, 4)))
        self.to_quarter = _layer(eighth + quarter, quarter)
        self.to_half = _layer(quarter + half, half)
        self.to_full = nn.Sequential(nn.Conv2d(half, 32, 3, padding=1), nn.PixelShuffle(2))
        self.head = _layer(16, 8)
        self.last = nn.Conv2d(8, 1, 3, padding=1)
        nn.init.constant_(self.last.bias, _START_LOGIT)  # type: ignore[arg-type]

    def forward(self, significance: Tensor) -> Tensor:
        """Logits of the pixels."""
        pixels = squeezed(significance)
        binned = nn.functional.avg_pool2d(significance.clamp(-6.0, 10.0), 2) * 2.0
        binned = binned.clamp(-3.0, 5.0)
        lines = self.bank(binned - binned.mean((2, 3), keepdim=True)) * 0.25
        fine = self.at_fine(pixels)
        half = self.at_half(torch.cat([nn.functional.pixel_unshuffle(pixels, 2), binned, lines], 1))
        quarter = self.at_quarter(half)
        low = self.middle(self.at_eighth(quarter))
        low = self.to_quarter(torch.cat([_twice(low), quarter], 1))
        low = self.to_half(torch.cat([_twice(low), half], 1))
        logits: Tensor = self.last(self.head(torch.cat([self.to_full(low), fine], 1)))
        return logits


def _layer(given: int, made: int, *, stride: int = 1, apart: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, made, 3, stride=stride, padding=apart, dilation=apart, bias=False),
        nn.BatchNorm2d(made),
        nn.ReLU(inplace=True),
    )


def _twice(maps: Tensor) -> Tensor:
    return nn.functional.interpolate(maps, scale_factor=2.0, mode="nearest")


class _Residual(nn.Module):
    def __init__(self, filters: int, apart: int) -> None:
        super().__init__()
        self.first = _layer(filters, filters, apart=apart)
        self.second = nn.Sequential(
            nn.Conv2d(filters, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters)
        )

    def forward(self, maps: Tensor) -> Tensor:
        return torch.relu(maps + self.second(self.first(maps)))
