"""``satvo train``."""

from __future__ import annotations

import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.service.commands import fraction_progress, options_of
from satvo.service.train_offer import offer

if TYPE_CHECKING:
    from satvo.resources.masks.training.run import Told

__all__ = ["train"]

_path = click.Path(path_type=Path)
_EVERY_S = 10.0


@click.group()
def train() -> None:
    """Train the networks that find trails, measure them, and write them as ONNX."""


train.add_command(offer)


_of_data = options_of(
    click.option("--pairs", type=_path, help="Folder of your own images: NAME.fits with "
                 "NAME_mask.fits or NAME_pair.fits beside it."),
    click.option("--suite", help="TAP address of an archive whose test suite is fetched and used "
                 "so."),
    click.option("--share", type=float, default=0.5, show_default=True,
                 help="Of cut-outs from pairs or suite; the others are the preset's."),
    click.option("--like", type=_path, help="FITS image; cut-outs are simulated by its header."),
    click.option("--background", "backgrounds", type=_path, multiple=True,
                 help="FITS image, or folder of some, on which trails are simulated."),
)  # fmt: skip

_of_run = options_of(
    click.option("--minutes", type=click.FloatRange(0.0, min_open=True), help="At most, those "
                 "before a break included."),
    click.option("--steps", type=click.IntRange(1), help="At most, those before a break included."),
    click.option("--cutouts", type=click.IntRange(2), help="Stored, instead of the preset's."),
    click.option("--size", type=click.IntRange(32, 364), help="Of a cut-out, px."),
    click.option("--batch", type=click.IntRange(1, 1024), help="Cut-outs a step."),
    click.option("--rate", type=click.FloatRange(0.0, 1.0, min_open=True), help="Learning rate; a "
                 "third of the preset's or less with --from."),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True),
    click.option("--resume", is_flag=True, help="Go on with the run in the folder."),
    click.option("--from", "start", type=_path, help="ONNX file or checkpoint to begin with."),
    click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True),
    click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu"),
)  # fmt: skip


@train.command()
@click.option("--preset", default="shipped", show_default=True, help="Of --list, or a YAML file.")
@click.option("-o", "--output", type=_path, help="Folder of the run; made where it is missing.")
@_of_data
@_of_run
@click.option("--list", "list_", is_flag=True, help="List the presets and stop.")
def masks(preset: str, output: Path | None, list_: bool, **given: Any) -> None:
    """Train a network that marks trails, or tells whether there is one.

    The folder keeps checkpoint.pt, from which --resume goes on after any end, and training.json.
    """
    from satvo.resources.masks.training.plan import Preset, preset_names

    if list_:
        for name in preset_names():
            click.echo(f"{name:8} {Preset.named(name).title}")
        return
    chosen = Preset.named(preset)
    if output is None:
        raise BadParameter("give -o and the folder of the run")
    _need("torch")
    from satvo.resources.masks.training.run import Asked, run_training
    from satvo.resources.masks.training.sources import Wanted

    wanted = Wanted(
        pairs=given["pairs"], suite=given["suite"], like=given["like"],
        backgrounds=given["backgrounds"], share=given["share"],
    )  # fmt: skip
    asked = Asked(
        seed=given["seed"], steps=given["steps"] or math.inf,
        minutes=given["minutes"] or math.inf, cutouts=given["cutouts"], size=given["size"],
        batch=given["batch"], rate=given["rate"], resume=given["resume"], threads=given["threads"],
        device=given["device"], start=given["start"], wanted=wanted,
    )  # fmt: skip
    with fraction_progress(f"{output}: cut-outs") as progress:
        about = run_training(
            chosen, output, asked, tell=lambda text: click.echo(f"  {text}", err=True),
            report=_Steps(), progress=progress,
        )  # fmt: skip
    best = f", best epoch {about['best_epoch'] + 1}" if "best_epoch" in about else ""
    click.echo(
        f"{output}: {about['steps']} steps in {about['minutes']:.1f} min "
        f"({about['cpu_s']:.0f} s of processor){best}; write it with satvo train export {output}"
    )


class _Steps:
    """Prints a line now and then: the mean loss since the last."""

    def __init__(self) -> None:
        self._losses: list[float] = []
        self._told_at = -_EVERY_S

    def __call__(self, now: Told) -> None:
        if math.isfinite(now.loss):
            self._losses.append(now.loss)
        if math.isnan(now.validation) and now.cpu_s - self._told_at < _EVERY_S:
            return
        self._told_at = now.cpu_s
        loss = sum(self._losses) / max(len(self._losses), 1)
        epoch = "" if now.epoch is None else f", epoch {now.epoch + 1}"
        told = "" if math.isnan(now.validation) else f", validation {now.validation:.5f}"
        click.echo(
            f"step {now.step}{epoch}, {now.part:.2%}, loss {loss:.5f}{told}, "
            f"{now.cpu_s:.0f} s of processor"
        )
        self._losses.clear()


@train.command()
@click.argument("folder", type=_path)
@click.option("-o", "--output", type=_path, help="ONNX file (default: FOLDER/network.onnx).")
@click.option(
    "--evaluation",
    type=_path,
    multiple=True,
    help="Folder of satvo train evaluate, whose measures the card tells; repeatable.",
)
@click.option("--failures", type=_path, help="Text with known failures, for the card.")
@click.option(
    "--statistics",
    type=click.IntRange(0),
    default=400,
    show_default=True,
    help="Cut-outs by which images unlike the training are recognised; 0 for none.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
def export(
    folder: Path,
    output: Path | None,
    evaluation: tuple[Path, ...],
    failures: Path | None,
    statistics: int,
    overwrite: bool,
) -> None:
    """Write the network that FOLDER was trained to as ONNX, with its card.

    Of NAME.onnx there are NAME.md, the card, and NAME.yaml, the statistics of its training images.
    What ONNX Runtime says is held against torch before the file is kept.
    """  # fmt: skip
    _need("torch", "onnx")
    from satvo.resources.masks.training.handing_on import hand_on

    target = output or folder / "network.onnx"
    if target.suffix != ".onnx":
        raise BadParameter(f"{target}: the name of the file ends in .onnx")
    if target.exists() and not overwrite:
        raise BadParameter(f"{target} is there; give --overwrite or another name")
    text = _text(failures) if failures is not None else ""
    with fraction_progress(f"{target}: statistics") as progress:
        made = hand_on(
            folder, target, evaluations=evaluation, failures=text, statistics=statistics,
            progress=progress,
        )  # fmt: skip
    click.echo(
        f"{target}: {made.size} bytes, sha256 {made.sha256}, at most {made.difference:.2g} off "
        "torch in its logits"
    )


@train.command()
@click.option(
    "--set",
    "folder",
    type=_path,
    required=True,
    help="Folder with frames/, truth/ and frames.csv, or one of satvo simulate.",
)
@click.option("-o", "--output", type=_path, required=True, help="Folder; made where missing.")
@click.option("--detector", default="deep", show_default=True)
@click.option("--network", help="Score this network alone: satvo's own by name, or an ONNX file.")
@click.option(
    "--windows",
    type=click.IntRange(1, 256),
    help="With --network: the mean over windows of 256 px at this distance, as in the paper (10).",
)
@click.option("--scores", type=_path, help="Measure score maps NAME.npy that are there instead.")
@click.option(
    "--mask-width",
    type=float,
    default=1.0,
    show_default=True,
    help="Of the truth, in widths of the trail.",
)
@click.option(
    "--ring",
    type=click.IntRange(0, 100),
    default=0,
    show_default=True,
    help="Pixels around the truth that count neither way.",
)
@click.option(
    "--edge",
    type=click.IntRange(0, 1000),
    default=10,
    show_default=True,
    help="Pixels at the borders that count neither way.",
)
@click.option("--threshold", type=float, default=0.5, show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True)
def evaluate(folder: Path, output: Path, **given: Any) -> None:
    """Measure a detector on frames whose trails are known.

    Writes measures.ecsv, measures.json and plots: areas under ROC curves, recall at a
    false-positive rate of 1e-5, precision at 90 % recall, for all pixels and in the bins of
    Table 1 of Janin-Potiron et al. 2024; and how well frames with a trail are told from others,
    with trails that leave the frame and without them. Of cnn also how many frames without a trail,
    with a faint and with a bright one are told to be which.
    """  # fmt: skip
    from satvo.resources.masks.training.evaluate import (
        Counting,
        measure_set,
        write_evaluation,
    )
    from satvo.resources.masks.training.sets import read_set

    frames = read_set(folder)
    output.mkdir(parents=True, exist_ok=True)
    scores = given["scores"] or _scored(frames, output, given)
    counting = Counting(edge=given["edge"], ring=given["ring"], threshold=given["threshold"])
    about: dict[str, Any] = {
        "set": folder.name, "frames": len(frames), "mask_width": given["mask_width"],
        "scores_of": given["scores"].name if given["scores"] else _scored_by(given, short=True),
    }  # fmt: skip
    kinds: list[str] = []
    if given["detector"] == "cnn" and not (given["network"] or given["scores"]):
        from satvo.resources.masks.training.kinds import kind_lines, told_kinds

        about["kinds"] = told_kinds(frames, threads=given["threads"])
        kinds = kind_lines(about["kinds"])
    made = measure_set(frames, scores, counting, about)
    write_evaluation(made, output)
    for line in (*made.lines(), *kinds):
        click.echo(line)


def _scored(frames: Any, output: Path, given: dict[str, Any]) -> Path:
    """The folder of the scores, made now or before."""
    from satvo.resources.masks.training.scoring import score_set, scorer_of

    network = given["network"]
    if given["windows"] is not None and network is None:
        raise BadParameter("--windows goes with --network")
    note = output / "scores_of.txt"
    told = f"{_scored_by(given)}, mask width {given['mask_width']:g}\n"
    if note.exists() and note.read_text() != told:
        raise BadParameter(f"{output} holds scores of {note.read_text().strip()}; give another -o")
    note.write_text(told)
    if network is not None and (os.sep in network or network.endswith(".onnx")):
        network = Path(network)
    scorer = scorer_of(
        given["detector"], network=network, stride=given["windows"],
        mask_width=given["mask_width"], threads=given["threads"],
    )  # fmt: skip
    with fraction_progress(f"{output}: frames") as progress:
        score_set(frames, scorer, output / "scores", progress=progress)
    return output / "scores"


def _scored_by(given: dict[str, Any], *, short: bool = False) -> str:
    """What the scores are of, in words; `short` leaves the folder of a network away."""
    if given["network"] is None:
        return f"detector {given['detector']}"
    way = f"windows every {given['windows']} px" if given["windows"] else "whole frames"
    network = Path(given["network"]).name if short else given["network"]
    return f"network {network}, {way}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise BadParameter(f"{path}: cannot be read as text: {err}") from err


def _need(*modules: str) -> None:
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise Unavailable(
            f"training needs {' and '.join(missing)}, which satvo[train] installs: "
            "pip install 'satvo[train]'"
        )
