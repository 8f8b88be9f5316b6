"""How a network that marks pixels is trained: steps, learning rate, checkpoints, report."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.training.checkpoints import restored, write_checkpoint
from satvo.resources.masks.training.losses import cross_entropy, dice
from satvo.schemas.errors import BadParameter
from torch import Tensor, nn

__all__ = ["CutoutSource", "Schedule", "normalised", "train"]

_WEIGHT_OF_CROSS_ENTROPY = 5.0
_WARM_UP = 0.02  # of the run
_LAST_RATE = 0.02  # of the learning rate
_CLIPPED = 1.0  # norm of the gradient


class CutoutSource(Protocol):
    """What gives training cut-outs: `stream.Stream`, pairs of a user, a test suite."""

    def batch(
        self, count: int, size: int = 256
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], list[dict[str, Any]]]:
        """Images, masks and what they are made of; as `Stream.batch`."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a network is trained.

    Attributes
    ----------
    steps : int
        Of one batch each.
    minutes : float
        Time of this run; it ends with the steps or with the time, whichever is first, and the
        learning rate follows whichever is nearer to its end.
    batch, size : int
        Cut-outs a step, and their side, px.
    rate : float
        Largest learning rate of AdamW; it rises over 2 % of the run and falls by a cosine.
    dice_from : float
        Part of the run from which the dice loss is added, 0 to 1; 1 for never.
    dice_weight : float
    checkpoint_s : float
        Seconds between checkpoints.
    bf16 : bool
        Compute in bfloat16 where the loss allows it.
    """

    steps: int = 100_000
    minutes: float = math.inf
    batch: int = 8
    size: int = 256
    rate: float = 3e-3
    dice_from: float = 0.8
    dice_weight: float = 0.2
    checkpoint_s: float = 300.0
    bf16: bool = True


def normalised(images: NDArray[np.float32]) -> Tensor:
    """Significance (n, 1, rows, columns) of images (n, rows, columns), as in `Frame`."""
    return torch.from_numpy(np.stack([Frame.of(image).significance for image in images])[:, None])


def train(
    network: nn.Module,
    source: CutoutSource,
    schedule: Schedule,
    checkpoint: Path,
    *,
    resume: bool = False,
    device: str = "cpu",
    report: Callable[[int, float, float], None] = lambda step, part, loss: None,
) -> nn.Module:
    """Train a network; the state is kept in a file, from which a run goes on.

    Parameters
    ----------
    network : torch module
        Changed.
    source : CutoutSource
    schedule : Schedule
    checkpoint : Path
        Written every `schedule.checkpoint_s` and at the end.
    resume : bool
        Go on from the checkpoint where there is one.
    device : str
        "cpu" or "cuda".
    report : callable
        Given after each step: its number, the part of the run done, the loss.

    Returns
    -------
    torch module
        The network, in evaluation mode.

    Raises
    ------
    BadParameter
        If the checkpoint is none of this network, or the loss is no number any more.
    """
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=1e-4)
    step, before = 0, 0.0
    if resume and checkpoint.exists():
        done, before = restored(network, optimiser, checkpoint, "step", "minutes")
        step = int(done)
    began = saved = time.monotonic()

    def save() -> None:
        part = _part(schedule, step, before + (time.monotonic() - began) / 60.0)
        write_checkpoint(
            checkpoint,
            {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "step": step,
                "minutes": before + (time.monotonic() - began) / 60.0,
                "part": part,
                "schedule": asdict(schedule),
                "random": torch.get_rng_state(),
            },
        )

    network.train()
    while (part := _part(schedule, step, before + (time.monotonic() - began) / 60.0)) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate * _rate(part)
        loss = _step(network, optimiser, source, schedule, part, device)
        step += 1
        if not math.isfinite(loss):
            raise BadParameter(
                f"the loss is {loss} after {step} steps: begin again with a lower learning rate "
                f"than {schedule.rate}"
            )
        report(step, part, loss)
        if time.monotonic() - saved > schedule.checkpoint_s:
            save()
            saved = time.monotonic()
    save()
    return network.eval()


def _step(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    source: CutoutSource,
    schedule: Schedule,
    part: float,
    device: str,
) -> float:
    images, masks, _ = source.batch(schedule.batch, schedule.size)
    given = normalised(images).to(device, memory_format=torch.channels_last)
    truth = torch.from_numpy(masks[:, None]).to(device, torch.float32)
    with _lower_precision(schedule.bf16, device):
        logits = network(given)
    logits = logits.float()
    loss = _WEIGHT_OF_CROSS_ENTROPY * cross_entropy(logits, truth)
    told = float(loss.detach()) / _WEIGHT_OF_CROSS_ENTROPY
    if part >= schedule.dice_from:
        loss = loss + schedule.dice_weight * dice(logits, truth)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), _CLIPPED)
    optimiser.step()
    return told


def _part(schedule: Schedule, step: int, minutes: float) -> float:
    return max(step / schedule.steps, minutes / schedule.minutes)


def _rate(part: float) -> float:
    if part < _WARM_UP:
        return max(part / _WARM_UP, 0.01)
    falling = 0.5 * (1.0 + math.cos(math.pi * (part - _WARM_UP) / (1.0 - _WARM_UP)))
    return _LAST_RATE + (1.0 - _LAST_RATE) * falling


@contextlib.contextmanager
def _lower_precision(asked: bool, device: str) -> Iterator[None]:
    with torch.autocast(device, torch.bfloat16, enabled=asked):
        yield
