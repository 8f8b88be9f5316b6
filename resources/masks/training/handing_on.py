"""A trained network as files to use: ONNX, card, and statistics of its training images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from satvo.resources.masks.training.cards import card_text, read_measures
from satvo.resources.masks.training.distance import Statistics
from satvo.resources.masks.training.export import Exported, export_network
from satvo.resources.masks.training.run import trained_network
from satvo.resources.masks.training.sources import Wanted, source_of

__all__ = ["hand_on"]

_SEED = 20_240_601
"""Of the cut-outs that the statistics are of; no run has it by chance."""


def hand_on(
    folder: Path,
    target: Path,
    *,
    evaluations: Sequence[Path] = (),
    failures: str = "",
    statistics: int = 400,
    progress: Callable[[float], object] = lambda done: None,
) -> Exported:
    """Write the network of a run, its card (NAME.md) and its statistics (NAME.yaml).

    Parameters
    ----------
    folder : Path
        Of the run.
    target : Path
        NAME.onnx; its folder is made where it is missing.
    evaluations : sequence of Path
        Folders with measures.json.
    failures : str
        For the card.
    statistics : int
        Cut-outs that are measured; 0 for none. They are drawn as the preset says; images of a
        user's own, where the run had some, are among them.
    progress : callable
        Given the part of them that is measured.

    Raises
    ------
    BadParameter
        If the folder holds no run, or ONNX Runtime says something else than torch.
    """
    measures = [read_measures(each) for each in evaluations]
    network, preset, about = trained_network(folder)
    told = {"satvo.preset": preset.name, "satvo.seed": str(about["seed"]),
            "satvo.steps": str(about.get("steps", ""))}  # fmt: skip
    size = preset.size if preset.target != "pixels" else None
    target.parent.mkdir(parents=True, exist_ok=True)
    made = export_network(network, target, size=size, about=told)
    text = card_text(
        target.name, about, size=made.size, sha256=made.sha256, difference=made.difference,
        measures=measures, failures=failures,
    )  # fmt: skip
    target.with_suffix(".md").write_text(text)
    if statistics:
        source, _ = source_of(preset, _wanted(folder, about), folder)
        found = Statistics.measured(source(_SEED), statistics, progress=progress)
        target.with_suffix(".yaml").write_text(found.text({"network": target.name}))
    return made


def _wanted(folder: Path, about: dict[str, object]) -> Wanted:
    """What the run was trained on, as training.json tells."""
    told = about.get("wanted")
    if not isinstance(told, dict):
        return Wanted()
    suite = folder / "suite" if told.get("suite") else None
    pairs = Path(told["pairs"]) if told.get("pairs") else suite
    return Wanted(
        pairs=pairs,
        like=Path(told["like"]) if told.get("like") else None,
        backgrounds=tuple(Path(each) for each in told.get("backgrounds", ())),
        share=float(told.get("share", 0.5)),
    )
