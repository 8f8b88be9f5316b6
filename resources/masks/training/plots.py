"""Plots of an evaluation, as figures 12 to 15 of Janin-Potiron et al. 2024 show them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from satvo.resources.masks.training.evaluate import Evaluation, Group

__all__ = ["plot_evaluation"]

_PANELS = (
    ("SNRavg", "SNRavg"),
    ("SNRtot", "SNRtot"),
    ("length", "Length of the trail, px"),
    ("stars", "Stars in the frame"),
    ("r0 cm", "Fried parameter, cm"),
    ("camera", "Camera"),
)
_LEAST_FPR = 1e-6


def plot_evaluation(made: Evaluation, folder: Path) -> list[Path]:
    """Write roc.png and precision.png, a panel a family of groups, and frames.png.

    Parameters
    ----------
    made : Evaluation
    folder : Path

    Returns
    -------
    list of Path
        What was written; frames.png only where frames with and without trails are there.
    """
    families: list[tuple[str, Sequence[Group]]] = [("All frames", made.pixels[:1])]
    for prefix, title in _PANELS:
        groups = [group for group in made.pixels if group.label.startswith(prefix)]
        if len(groups) > 1:
            families.append((title, groups))
    written = [
        _pixels(families, folder / "roc.png", _draw_roc, at=made.counting.at_fpr),
        _pixels(families, folder / "precision.png", _draw_precision, at=made.counting.at_recall),
    ]
    if made.empty and any(group.frames for group in made.whole):
        written.append(_whole(made.whole, folder / "frames.png"))
    return written


def _pixels(
    families: Sequence[tuple[str, Sequence[Group]]], path: Path, draw: Any, *, at: float
) -> Path:
    from matplotlib.figure import Figure

    columns = min(len(families), 3)
    rows = -(-len(families) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.8 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, (title, groups) in zip(axes, families, strict=False):
        for group in groups:
            if group.curve.recall.size:
                draw(axis, group, at)
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7, loc="lower left" if draw is _draw_precision else "lower right")
    for axis in axes[len(families) :]:
        axis.set_visible(False)
    figure.savefig(path, dpi=110)
    return path


def _draw_roc(axis: Any, group: Group, at: float) -> None:
    measures = group.measures
    text = f"{_short(group)} ({measures.tpr_at_fpr:.3f}; AUC {measures.auc:.4f})"
    fpr, recall = [*group.curve.fpr.clip(_LEAST_FPR), 1.0], [*group.curve.recall, 1.0]
    (line,) = axis.plot(fpr, recall, lw=1.2, label=text)
    axis.plot([at], [measures.tpr_at_fpr], "o", ms=4, color=line.get_color())
    axis.axvline(at, color="0.6", lw=0.7, ls=":")
    axis.set(xscale="log", xlim=(_LEAST_FPR, 1.0), ylim=(0.0, 1.02))
    axis.set_xlabel("False-positive rate")
    axis.set_ylabel("Recall")


def _draw_precision(axis: Any, group: Group, at: float) -> None:
    precision = group.measures.precision_at_recall
    text = f"{_short(group)} ({precision:.3f})"
    (line,) = axis.plot(group.curve.recall, group.curve.precision, lw=1.2, label=text)
    axis.plot([at], [precision], "o", ms=4, color=line.get_color())
    axis.axvline(at, color="0.6", lw=0.7, ls=":")
    axis.set(xlim=(0.0, 1.0), ylim=(0.0, 1.02))
    axis.set_xlabel("Recall")
    axis.set_ylabel("Precision")


def _whole(groups: Sequence[Group], path: Path) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 4.4), layout="constrained")
    axis = figure.subplots()
    for group in groups:
        if group.frames:
            measures = group.measures
            text = f"{group.label} ({measures.tpr_at_fpr:.3f} at 1 %; AUC {measures.auc:.4f})"
            fpr = [0.0, *group.curve.fpr, 1.0]
            axis.step(fpr, [0.0, *group.curve.recall, 1.0], where="post", lw=1.2, label=text)
    axis.axvline(0.01, color="0.6", lw=0.7, ls=":")
    axis.set(xlim=(0.0, 1.0), ylim=(0.0, 1.02))
    axis.set_xscale("symlog", linthresh=0.01)
    axis.set_xlabel("False-positive rate of frames")
    axis.set_ylabel("Recall of frames")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=7, loc="lower right")
    figure.savefig(path, dpi=110)
    return path


def _short(group: Group) -> str:
    """The label without the name of its family."""
    return group.label.rpartition(" [")[2].join(("[", "")) if "[" in group.label else group.label
