"""Training of `cnn`, which tells images with a trail from those without one.

``python -m satvo.resources.masks.training.classifiers -o FOLDER`` makes windows from a stream of
cut-outs, trains `LineCNN` on them and writes cnn.onnx, its card and training.json.
With ``--resume`` a run that has ended is written again, with the measures of ``--evaluation``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
import warnings
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from satvo.resources.masks.networks.classifier import CLASSES
from satvo.resources.masks.networks.line_windows import LONG, WIDE
from satvo.resources.masks.networks.session import INPUT, session
from satvo.resources.masks.training.cards import card_text, read_measures
from satvo.resources.masks.training.checkpoints import read_checkpoint, restored, write_checkpoint
from satvo.resources.masks.training.export import OPSET
from satvo.resources.masks.training.line_cnn import LineCNN
from satvo.resources.masks.training.window_sets import (
    RECIPE,
    WindowSet,
    draw_windows,
    read_windows,
    write_windows,
)
from torch import Tensor, nn

__all__ = ["Schedule", "export_classifier", "train_windows"]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast the network is trained.

    Attributes
    ----------
    epochs : int
    batch : int
    rate : float
        Of AdamW at first; it falls by a cosine.
    validation : float
        Share of the cut-outs by which the best epoch is chosen.
    """

    epochs: int = 14
    batch: int = 64
    rate: float = 2e-3
    validation: float = 0.1


def train_windows(
    windows: WindowSet,
    folder: Path,
    schedule: Schedule | None = None,
    *,
    seed: int = 0,
    resume: bool = False,
    report: Any = print,
) -> LineCNN:
    """Train the network by cross-entropy of its three classes; the best epoch is kept.

    Parameters
    ----------
    windows : WindowSet
    folder : Path
        Gets checkpoint.pt after each epoch, and best.pt.
    schedule : Schedule, optional
    seed : int
    resume : bool
        Go on from checkpoint.pt where it is.
    report : callable
        Given a line of text after each epoch.

    Returns
    -------
    LineCNN
        In evaluation mode.

    Raises
    ------
    BadParameter
        If checkpoint.pt is none of this network.
    """
    schedule = schedule or Schedule()
    torch.manual_seed(seed)
    network = LineCNN()
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=1e-3)
    first, best = 0, math.inf
    if resume and (folder / "checkpoint.pt").exists():
        done, best = restored(network, optimiser, folder / "checkpoint.pt", "epoch", "best")
        first = int(done)
    every = round(1.0 / schedule.validation)
    is_held = windows.cutouts % every == 0
    trained, held = np.flatnonzero(~is_held), np.flatnonzero(is_held)
    for epoch in range(first, schedule.epochs):
        random = np.random.default_rng([seed, epoch])
        loss = _epoch(network, optimiser, windows, random.permutation(trained), schedule, epoch)
        validation = _loss(network, windows, held)
        report(f"epoch {epoch + 1}: loss {loss:.4f}, validation {validation:.4f}")
        state = {"network": network.state_dict(), "epoch": epoch + 1}
        if validation < best:
            best = validation
            write_checkpoint(folder / "best.pt", {**state, "loss": best})
        state |= {"optimiser": optimiser.state_dict(), "best": best}
        write_checkpoint(folder / "checkpoint.pt", {**state, "random": torch.get_rng_state()})
    network.load_state_dict(read_checkpoint(folder / "best.pt")["network"])
    return network.eval()


def _epoch(
    network: LineCNN,
    optimiser: torch.optim.Optimizer,
    windows: WindowSet,
    order: NDArray[np.intp],
    schedule: Schedule,
    epoch: int,
) -> float:
    """Mean loss of an epoch in which the network learns."""
    network.train()
    losses = []
    for first in range(0, order.size, schedule.batch):
        part = (epoch + first / order.size) / schedule.epochs
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * part)))
        chosen = order[first : first + schedule.batch]
        given = _flipped(_given(windows, chosen))
        loss = _cross_entropy(network(given), windows.classes[chosen])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def _given(windows: WindowSet, chosen: NDArray[np.intp]) -> Tensor:
    """Windows as the network takes them, (n, 1, rows, columns)."""
    return torch.from_numpy(windows.significance(chosen)[:, None])


def _flipped(given: Tensor) -> Tensor:
    """Each half of a batch the other way along, each quarter across as well."""
    half = len(given) // 2
    turned = torch.cat([given[:half], given[half:].flip(3)])
    is_odd = (torch.arange(len(given)) % 2 == 1)[:, None, None, None]
    return torch.where(is_odd, turned.flip(2), turned)


def _cross_entropy(logits: Tensor, classes: NDArray[np.int8]) -> Tensor:
    return nn.functional.cross_entropy(logits, torch.from_numpy(classes.astype(np.int64)))


def _loss(network: LineCNN, windows: WindowSet, chosen: NDArray[np.intp]) -> float:
    network.eval()
    total = 0.0
    with torch.no_grad():
        for first in range(0, chosen.size, 512):
            some = chosen[first : first + 512]
            loss = _cross_entropy(network(_given(windows, some)), windows.classes[some])
            total += float(loss) * some.size
    return total / max(chosen.size, 1)


def export_classifier(network: LineCNN, path: Path) -> float:
    """Write the network as one ONNX file.

    Returns
    -------
    float
        Largest difference of the logits between torch and ONNX Runtime.
    """
    import onnx

    given = torch.randn(2, 1, WIDE, LONG, generator=torch.Generator().manual_seed(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this exporter is the older one
        torch.onnx.export(
            network.eval(), (given,), str(path), opset_version=OPSET, dynamo=False,
            input_names=[INPUT], output_names=["logits"],
            dynamic_axes={INPUT: {0: "windows"}, "logits": {0: "windows"}},
        )  # fmt: skip
    onnx.checker.check_model(onnx.load_model(str(path), load_external_data=False))
    session.cache_clear()
    answer = session(path).run(None, {INPUT: given.numpy()})[0]
    session.cache_clear()
    with torch.no_grad():
        return float(np.abs(network(given).numpy() - answer).max())


def main() -> None:
    """Draw windows, train on them, write cnn.onnx and its card."""
    asked = _asked()
    torch.set_num_threads(1)
    asked.output.mkdir(parents=True, exist_ok=True)
    if not (asked.output / "windows.npz").exists():
        drawn = draw_windows(asked.seed, asked.cutouts, minutes=asked.minutes)
        write_windows(drawn, asked.output / "windows.npz")
    windows = read_windows(asked.output / "windows.npz")
    told = np.bincount(windows.classes, minlength=len(CLASSES))
    print(f"{windows.cutouts.max() + 1} cut-outs: " + ", ".join(
        f"{count} windows {name}" for count, name in zip(told, CLASSES, strict=True)
    ), flush=True)  # fmt: skip
    began, begun = time.process_time(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    network = train_windows(
        windows, asked.output, Schedule(epochs=asked.epochs), seed=asked.seed, resume=asked.resume
    )
    target = asked.output / "cnn.onnx"
    difference = export_classifier(network, target)
    about = _told(asked.output / "training.json", windows, asked.seed, asked.epochs, begun,
                  time.process_time() - began)  # fmt: skip
    failures = asked.failures.read_text("utf-8") if asked.failures else ""
    measures = [read_measures(each) for each in asked.evaluation]
    content = target.read_bytes()
    target.with_suffix(".md").write_text(card_text(
        target.name, about, size=len(content), sha256=hashlib.sha256(content).hexdigest(),
        difference=difference, measures=measures, failures=failures,
    ))  # fmt: skip
    print(f"trained in {about['cpu_s']} s of processor; ONNX Runtime differs by {difference:.2g}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the run")
    parser.add_argument("--seed", type=int, default=7000)
    parser.add_argument("--cutouts", type=int, default=12_000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="of drawing, processor")
    parser.add_argument("--epochs", type=int, default=Schedule().epochs)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument(
        "--evaluation",
        type=Path,
        action="append",
        default=[],
        help="folder of satvo train evaluate, for the card; repeatable",
    )
    parser.add_argument("--failures", type=Path, help="text with known failures, for the card")
    return parser.parse_args()


def _told(
    path: Path, windows: WindowSet, seed: int, epochs: int, begun: str, cpu_s: float
) -> dict[str, Any]:
    """What the card tells of the run, kept in training.json over breaks."""
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    every = round(1.0 / Schedule().validation)
    trained = int(np.count_nonzero(windows.cutouts % every))
    cpu_s = round(before.get("cpu_s", 0) + cpu_s)
    told = {
        "preset": {
            "title": "Tells images with a trail from others, by windows along their likeliest "
            "lines: none, faint (SNRavg below 1), bright",
            "network": "LineCNN", "target": "classes", "normalisation": "significance",
            "snr": RECIPE.snr, "empty": RECIPE.empty, "lookalikes": RECIPE.lookalikes,
            "least_px": RECIPE.least_px, "schedule": asdict(Schedule(epochs=epochs)),
        },
        "takes": f"`significance` (windows, 1, {WIDE}, {LONG}): sums of 2 x 2 pixels less their "
        "background in standard deviations of the noise, along a line, from -25 to 25",
        "source": {"source": "stream", "cutouts": int(windows.cutouts.max()) + 1,
                   "windows": len(windows.classes)},
        "seed": seed, "steps": -(-trained // Schedule().batch) * epochs,
        "begun": before.get("begun", begun), "cpu_s": cpu_s, "minutes": round(cpu_s / 60),
        "torch": torch.__version__,
    }  # fmt: skip
    path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return told


if __name__ == "__main__":
    main()
