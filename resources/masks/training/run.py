"""A training run in a folder, from a preset to a trained network."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from satvo.resources.masks.training.plan import Preset
from satvo.resources.masks.training.sources import SourceOf, Wanted, source_of
from satvo.schemas.errors import BadParameter

__all__ = ["ABOUT", "Asked", "Told", "read_about", "run_training", "trained_network"]

ABOUT = "training.json"
_CHECKPOINT, _BEST = "checkpoint.pt", "best.pt"


@dataclass(frozen=True)
class Asked:
    """How a run differs from its preset.

    Attributes
    ----------
    seed : int
    steps, minutes : float
        At which it ends, those before a break included.
    cutouts, size, batch : int, optional
    rate : float, optional
        Largest learning rate. All in place of the preset's.
    resume : bool
        Go on in the folder.
    threads : int
        Of torch.
    device : str
        "cpu" or "cuda".
    start : Path, optional
        ONNX file or checkpoint whose weights it begins with.
    wanted : Wanted
    """

    seed: int = 0
    steps: float = math.inf
    minutes: float = math.inf
    cutouts: int | None = None
    size: int | None = None
    batch: int | None = None
    rate: float | None = None
    resume: bool = False
    threads: int = 1
    device: str = "cpu"
    start: Path | None = None
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True)
class Told:
    """A line of a run: its step, the part done (NaN where unknown), the loss, seconds it took.

    `validation` is that of the epoch that has just ended, NaN otherwise.
    """

    step: int
    part: float
    loss: float
    cpu_s: float
    validation: float = math.nan
    epoch: int | None = None


def run_training(
    preset: Preset,
    folder: Path,
    asked: Asked,
    *,
    tell: Callable[[str], object] = lambda text: None,
    report: Callable[[Told], object] = lambda told: None,
    progress: Callable[[float], object] = lambda done: None,
) -> dict[str, Any]:
    """Train the network of a preset; a broken run goes on with `resume`.

    Parameters
    ----------
    preset : Preset
    folder : Path
        Made where it is missing; gets checkpoint.pt, with epochs best.pt and cutouts/, and
        training.json with what was done.
    asked : Asked
    tell : callable
        Given lines that the user should read.
    report : callable
        Given each step.
    progress : callable
        Given the part of the cut-outs that is stored, 0 to 1.

    Returns
    -------
    dict
        What training.json holds.

    Raises
    ------
    BadParameter
        If the folder holds another run, or one and `resume` is not asked for.
    Unavailable
        If an archive cannot be reached.
    """
    import torch
    from satvo.resources.masks.training.standardised import made_network, take_weights

    folder.mkdir(parents=True, exist_ok=True)
    preset = _changed(preset, asked)
    torch.set_num_threads(asked.threads)
    _check_device(asked.device)
    network = made_network(preset, asked.seed)
    if asked.start is not None:
        take_weights(network, asked.start)
    about = _begun(preset, folder, asked)
    source, said = source_of(preset, asked.wanted, folder, tell=tell)
    about["source"] = said
    about["wanted"] = json.loads(json.dumps(asdict(asked.wanted), default=str))
    _write(folder, about)
    before = about.get("cpu_s", 0.0)
    began = time.process_time()
    way = _by_epochs if preset.epochs is not None else _by_schedule
    last = way(network, preset, source, folder, asked, report, progress)
    about |= last
    about["cpu_s"] = round(before + time.process_time() - began, 1)
    about["torch"] = torch.__version__
    _write(folder, about)
    return about


def trained_network(folder: Path) -> tuple[Any, Preset, dict[str, Any]]:
    """The network that a run left: of its best epoch, or of its last checkpoint.

    Returns
    -------
    torch module, Preset, dict
        In evaluation mode; how it was trained; what training.json holds.

    Raises
    ------
    BadParameter
        If the folder holds no run.
    """
    from satvo.resources.masks.training.standardised import made_network, take_weights

    about = read_about(folder)
    told = dict(about["preset"])
    preset = Preset.of(
        {key: value for key, value in told.items() if key != "name"}, str(told["name"])
    )
    network = made_network(preset)
    best = folder / _BEST
    take_weights(network, best if best.exists() else folder / _CHECKPOINT)
    return network.eval(), preset, about


def read_about(folder: Path) -> dict[str, Any]:
    """What training.json of a folder holds.

    Raises
    ------
    BadParameter
        If there is none.
    """
    try:
        found = json.loads((folder / ABOUT).read_text())
    except (OSError, ValueError) as err:
        raise BadParameter(
            f"{folder}: holds no training run ({ABOUT}): give the folder of satvo train masks -o"
        ) from err
    if not isinstance(found, dict) or not isinstance(found.get("preset"), dict):
        raise BadParameter(f"{folder / ABOUT}: tells of no training run")
    return found


def _changed(preset: Preset, asked: Asked) -> Preset:
    told = asdict(preset)
    way = "epochs" if preset.epochs is not None else "schedule"
    new = {
        "cutouts": asked.cutouts, "size": asked.size, "batch": asked.batch, "rate": asked.rate,
    }  # fmt: skip
    given = {key: value for key, value in new.items() if value is not None}
    if way == "schedule" and "cutouts" in given:
        raise BadParameter(f"--cutouts: preset {preset.name} draws from an endless stream")
    told[way] = {**told[way], **given}
    return Preset(**told)


def _check_device(device: str) -> None:
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise BadParameter("--device cuda: torch sees no CUDA device here; give cpu")


def _begun(preset: Preset, folder: Path, asked: Asked) -> dict[str, Any]:
    """What training.json begins with, or goes on with."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(preset)))
    if not (folder / ABOUT).exists():
        start = None if asked.start is None else asked.start.name
        return {"preset": plain, "seed": asked.seed, "start": start, "begun": _now()}
    if not asked.resume:
        raise BadParameter(f"{folder} holds a training run; give --resume, or another folder")
    about = read_about(folder)
    if about["preset"] != plain or about["seed"] != asked.seed:
        raise BadParameter(
            f"{folder} holds a run of preset {about['preset'].get('name')} with seed "
            f"{about['seed']} (see {ABOUT}): give the same, or another folder"
        )
    return about


def _write(folder: Path, about: Mapping[str, Any]) -> None:
    part = folder / f".{ABOUT}.part"
    part.write_text(json.dumps(about, indent=1) + "\n")
    part.replace(folder / ABOUT)


def _by_schedule(
    network: Any,
    preset: Preset,
    source: SourceOf,
    folder: Path,
    asked: Asked,
    report: Callable[[Told], object],
    progress: Callable[[float], object],
) -> dict[str, Any]:
    from satvo.resources.masks.training.checkpoints import read_checkpoint
    from satvo.resources.masks.training.loop import Schedule, train

    told = {**(preset.schedule or {}), "bf16": has_bf16(asked.device)}
    for key in ("steps", "minutes"):
        if math.isfinite(getattr(asked, key)):
            told[key] = getattr(asked, key)
    checkpoint = folder / _CHECKPOINT
    done = int(read_checkpoint(checkpoint).get("step", 0)) if checkpoint.exists() else 0
    # A stream begins anew; with another seed it brings other cut-outs than before the break.
    own = int(np.random.SeedSequence([asked.seed, done]).generate_state(1)[0])
    began = time.process_time()
    losses: list[float] = []

    def each(step: int, part: float, loss: float) -> None:
        losses.append(loss)
        del losses[:-100]
        report(Told(step, part, loss, time.process_time() - began))

    try:
        schedule = Schedule(**told)
    except TypeError as err:
        raise BadParameter(f"{preset.name}: schedule: {err}") from err
    train(network, source(own), schedule, checkpoint,
          resume=asked.resume, device=asked.device, report=each)  # fmt: skip
    state = read_checkpoint(checkpoint)
    return {
        "steps": state["step"], "minutes": round(state["minutes"], 2),
        "loss": float(np.mean(losses)) if losses else None, "bf16": told["bf16"],
    }  # fmt: skip


def _by_epochs(
    network: Any,
    preset: Preset,
    source: SourceOf,
    folder: Path,
    asked: Asked,
    report: Callable[[Told], object],
    progress: Callable[[float], object],
) -> dict[str, Any]:
    from satvo.resources.masks.training.checkpoints import read_checkpoint
    from satvo.resources.masks.training.epochs import Epochs, Progress, train_epochs
    from satvo.resources.masks.training.stored import store_cutouts
    from satvo.resources.masks.training.targets import loss_for

    try:
        how = Epochs(**{**(preset.epochs or {}), "bf16": has_bf16(asked.device)})
    except TypeError as err:
        raise BadParameter(f"{preset.name}: epochs: {err}") from err
    cutouts = store_cutouts(
        folder / "cutouts", source, how.cutouts, size=how.size, seed=asked.seed,
        about={"preset": preset.name}, progress=progress,
    )  # fmt: skip
    began = time.process_time()
    steps = how.epochs * -(-how.trained // how.batch)

    def each(now: Progress) -> None:
        spent = time.process_time() - began
        report(Told(now.step, now.step / steps, now.loss, spent, now.validation, now.epoch))

    train_epochs(
        network, cutouts, how, folder, loss_for(preset), seed=asked.seed, resume=asked.resume,
        steps=asked.steps, minutes=asked.minutes, device=asked.device, report=each,
    )  # fmt: skip
    state, best = (read_checkpoint(folder / name) for name in (_CHECKPOINT, _BEST))
    return {
        "steps": state["step"], "minutes": round(state["minutes"], 2), "epochs": state["epoch"],
        "best_epoch": best["epoch"], "validation": best["loss"], "history": state["history"],
        "bf16": how.bf16,
    }  # fmt: skip


def has_bf16(device: str) -> bool:
    """Whether the processor multiplies in bfloat16 itself; it is slower than float32 otherwise."""
    if device == "cuda":
        import torch

        return bool(torch.cuda.is_bf16_supported())
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
