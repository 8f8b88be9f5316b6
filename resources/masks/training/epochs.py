"""Training over epochs of a stored set, the best one kept: the way of the paper."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from satvo.resources.masks.training.checkpoints import read_checkpoint, write_checkpoint
from satvo.resources.masks.training.loop import normalised
from satvo.resources.masks.training.stored import StoredCutouts
from satvo.schemas.errors import BadParameter
from torch import Tensor, nn

__all__ = ["Epochs", "Progress", "train_epochs"]


@dataclass(frozen=True)
class Epochs:
    """How a network is trained over epochs.

    Attributes
    ----------
    cutouts : int
        That are stored.
    validation : float
        Share of them, the last ones, that only tell which epoch is best.
    epochs : int
        At most.
    patience : int
        Epochs without a better one after which it ends.
    batch, size : int
        Cut-outs a step, and their side, px.
    rate : float
        Of Adam.
    checkpoint_s : float
        Seconds between checkpoints.
    bf16 : bool
        Compute in bfloat16 where the loss allows it.
    """

    cutouts: int = 30_000
    validation: float = 0.2
    epochs: int = 100
    patience: int = 10
    batch: int = 32
    size: int = 256
    rate: float = 1e-3
    checkpoint_s: float = 300.0
    bf16: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.validation < 1.0 or self.validated < 1 or self.trained < 1:
            raise BadParameter(
                f"{self.cutouts} cut-outs of which {self.validation} are for validation: some are "
                "needed for either"
            )

    @property
    def validated(self) -> int:
        """Cut-outs for validation."""
        return int(self.cutouts * self.validation)

    @property
    def trained(self) -> int:
        """Cut-outs that are trained on."""
        return self.cutouts - self.validated


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes
    ----------
    epoch : int
        From 0.
    step : int
        Of all epochs together, from 1.
    loss : float
        Of the step.
    validation : float
        Mean loss over the validation set at the end of an epoch; NaN within one.
    best : float
        The lowest of these so far; infinite before the first.
    """

    epoch: int
    step: int
    loss: float
    validation: float = math.nan
    best: float = math.inf


class _Run:
    """The state of a run, and the file that keeps it."""

    def __init__(self, network: nn.Module, how: Epochs, folder: Path) -> None:
        self.network, self.how = network, how
        self.optimiser = torch.optim.Adam(network.parameters(), lr=how.rate)
        self.checkpoint, self.best_file = folder / "checkpoint.pt", folder / "best.pt"
        self.epoch = self.at = self.step = self.waited = 0
        self.best, self.minutes = math.inf, 0.0
        self.history: list[list[float]] = []

    def save(self, minutes: float) -> None:
        write_checkpoint(
            self.checkpoint,
            {
                "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(),
                "epoch": self.epoch, "at": self.at, "step": self.step, "waited": self.waited,
                "best": self.best, "minutes": minutes, "history": self.history,
                "epochs": asdict(self.how), "random": torch.get_rng_state(),
            },
        )  # fmt: skip

    def restore(self) -> None:
        state = read_checkpoint(self.checkpoint)
        try:
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            torch.set_rng_state(state["random"])
            for name in ("epoch", "at", "step", "waited", "best", "minutes", "history"):
                setattr(self, name, state[name])
            same = {**state["epochs"], "epochs": self.how.epochs}
        except (KeyError, RuntimeError, ValueError) as error:
            raise BadParameter(
                f"{self.checkpoint} is no checkpoint of this network: {error}"
            ) from error
        if same != asdict(self.how):
            raise BadParameter(
                f"{self.checkpoint} was trained otherwise: {state['epochs']}; give the same"
            )


def train_epochs(
    network: nn.Module,
    cutouts: StoredCutouts,
    how: Epochs,
    folder: Path,
    loss_of: Callable[[Tensor, NDArray[np.uint8], NDArray[np.float64]], Tensor],
    *,
    seed: int = 0,
    resume: bool = False,
    steps: float = math.inf,
    minutes: float = math.inf,
    device: str = "cpu",
    report: Callable[[Progress], object] = lambda progress: None,
) -> nn.Module:
    """Train a network; checkpoint.pt in the folder keeps the state, best.pt the best epoch.

    Parameters
    ----------
    network : torch module
        Changed.
    cutouts : StoredCutouts
        As many as `how` says.
    how : Epochs
    folder : Path
        Made where it is missing.
    loss_of : callable
        Loss of what the network says of a batch, given its masks and SNRavg.
    seed : int
        The order of the cut-outs of each epoch follows from it.
    resume : bool
        Go on from the checkpoint where there is one, in the middle of an epoch.
    steps, minutes : float
        At which a run ends before its epochs do, those before it included. With no epoch whole,
        its state at the end is measured as one, after each break anew.
    device : str
    report : callable

    Returns
    -------
    torch module
        The network as it was at the best epoch, in evaluation mode.

    Raises
    ------
    BadParameter
        If the checkpoint is none of this run, or the loss is no number any more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = _Run(network, how, folder)
    if resume and run.checkpoint.exists():
        run.restore()
    began = saved = time.monotonic()
    before = run.minutes

    def spent() -> float:
        return before + (time.monotonic() - began) / 60.0

    def over() -> bool:
        return run.step >= steps or spent() >= minutes

    while run.epoch < how.epochs and run.waited < how.patience and not over():
        order = np.random.default_rng([seed, run.epoch]).permutation(how.trained)
        network.train()
        while run.at < how.trained and not over():
            loss = _step(run, cutouts, order[run.at : run.at + how.batch], loss_of, device)
            run.at += how.batch
            run.step += 1
            report(Progress(run.epoch, run.step, loss, best=run.best))
            if time.monotonic() - saved > how.checkpoint_s:
                run.save(spent())
                saved = time.monotonic()
        if run.at >= how.trained or run.epoch == 0:
            _end_epoch(run, cutouts, loss_of, device, report)
    run.save(spent())
    if run.best_file.exists():
        network.load_state_dict(read_checkpoint(run.best_file)["network"])
    return network.eval()


def _end_epoch(
    run: _Run, cutouts: StoredCutouts, loss_of: Any, device: str, report: Callable[[Progress], Any]
) -> None:
    validation = _validated(run, cutouts, loss_of, device)
    run.history.append([float(run.step), validation])
    run.waited += run.at >= run.how.trained
    if validation < run.best:
        run.best, run.waited = validation, 0
        write_checkpoint(
            run.best_file,
            {"network": run.network.state_dict(), "epoch": run.epoch, "loss": validation},
        )
    report(Progress(run.epoch, run.step, math.nan, validation, run.best))
    if run.at >= run.how.trained:
        run.epoch, run.at = run.epoch + 1, 0


def _step(
    run: _Run, cutouts: StoredCutouts, numbers: NDArray[np.int_], loss_of: Any, device: str
) -> float:
    images, masks, snr = cutouts.some(numbers)
    loss: Tensor = loss_of(_answer(run, images, device), masks, snr)
    if not math.isfinite(told := float(loss.detach())):
        raise BadParameter(
            f"the loss is {told} after {run.step} steps: begin again with a lower rate than "
            f"{run.how.rate}"
        )
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    run.optimiser.step()
    return told


def _answer(run: _Run, images: NDArray[np.float32], device: str) -> Tensor:
    given = normalised(images).to(device, memory_format=torch.channels_last)
    with torch.autocast(device, torch.bfloat16, enabled=run.how.bf16):
        answer: Tensor = run.network(given)
    return answer.float()


def _validated(run: _Run, cutouts: StoredCutouts, loss_of: Any, device: str) -> float:
    """Mean loss over the validation set."""
    run.network.eval()
    total = 0.0
    numbers = np.arange(run.how.trained, run.how.cutouts)
    with torch.no_grad():
        for first in range(0, len(numbers), run.how.batch):
            some = numbers[first : first + run.how.batch]
            images, masks, snr = cutouts.some(some)
            loss = loss_of(_answer(run, images, device), masks, snr)
            total += float(loss) * len(some)
    run.network.train()
    return total / len(numbers)
