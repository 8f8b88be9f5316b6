"""The card of a network: what it was trained on and how, what it reaches, where it fails."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satvo.schemas.errors import BadParameter

__all__ = ["card_text", "read_measures"]

_SOURCES = {
    "stream": "an endless stream of made-up star fields (`training/stream.py`)",
    "simulator": "satvo's simulator (`resources/images/simulator`)",
}

_TAKES = (
    "`significance` (images, 1, rows, columns): pixels less their sky in standard deviations of "
    "the noise"
)


def card_text(
    name: str,
    about: Mapping[str, Any],
    *,
    size: int,
    sha256: str,
    difference: float,
    measures: Sequence[Mapping[str, Any]] = (),
    failures: str = "",
) -> str:
    """The card as Markdown.

    Parameters
    ----------
    name : str
        Of the file, with ending.
    about : mapping
        What training.json holds; ``takes`` is told where a network takes no whole images.
    size : int
        Bytes of the file.
    sha256 : str
    difference : float
        Largest of logits between torch and ONNX Runtime.
    measures : sequence of mapping
        What measures.json of evaluations hold.
    failures : str
        Known ones, by whoever looked.
    """
    preset = about["preset"]
    lines = [f"# {name}", "", f"{preset['title']}.", ""]
    lines += [
        f"- File: {size} bytes, SHA-256 `{sha256}`; ONNX, opset 17, weights inside.",
        f"- Takes {about.get('takes', _TAKES)}; gives `logits`.",
        f"- ONNX Runtime differs from torch {about.get('torch', '')} by at most {difference:.2g} "
        "in the logits.",
        "",
        "## Data",
        "",
        *_data(preset, about),
        "",
        "## Recipe",
        "",
        *_recipe(preset, about),
        "",
        "## Measures",
        "",
    ]
    for told in measures:
        lines += [*_table(told), ""]
    if not measures:
        lines += ["None: export again with --evaluation.", ""]
    lines += ["## Known failures", "", failures.strip() or _weak(measures), ""]
    return "\n".join(lines)


def read_measures(folder: Path) -> dict[str, Any]:
    """What measures.json of a folder holds.

    Raises
    ------
    BadParameter
        If there is none.
    """
    try:
        found = json.loads((folder / "measures.json").read_text())
        if not (found["pixels"][0]["label"] and found["counting"]["edge"] >= 0):
            raise ValueError("no groups")
    except (OSError, ValueError, KeyError, TypeError, IndexError) as err:
        raise BadParameter(
            f"{folder}: holds no measures; give the folder of satvo train evaluate -o"
        ) from err
    return dict(found)


def _data(preset: Mapping[str, Any], about: Mapping[str, Any]) -> list[str]:
    source = about.get("source", {})
    made_up = source.get("rest", source)
    lines = []
    if "pairs" in source:
        lines.append(
            f"- {source['images']} images of the user's own, {source['share']:.0%} of the cut-outs."
        )
    if "source" in made_up:
        told = {key: value for key, value in made_up.items() if key != "source" and value}
        lines.append(f"- {_SOURCES[made_up['source']]}: {json.dumps(told)}.")
    snr = preset["snr"]
    bounds = f"SNRavg {snr[0]:g} to {snr[1]:g}, log-uniform" if snr else "as the source draws them"
    lines.append(
        f"- Share without a trail {preset['empty']:g}, with things that look like one "
        f"{preset['lookalikes']:g}; trails: {bounds}, at least {preset['least_px']} pixels of mask."
    )
    return lines


def _recipe(preset: Mapping[str, Any], about: Mapping[str, Any]) -> list[str]:
    way = preset["schedule"] or preset["epochs"] or {}
    done = f"- {about.get('steps', 0)} steps in {about.get('minutes', 0)} min"
    done += f", {about.get('cpu_s', 0)} s of processor time, begun {about.get('begun', '')}"
    lines = [
        f"- Network `{preset['network']}`, target {preset['target']}, normalisation "
        f"{preset['normalisation']}, seed {about['seed']}"
        + (f", begun from `{about['start']}`." if about.get("start") else "."),
        f"- {json.dumps(way)}.",
        f"{done}{', bfloat16' if about.get('bf16') else ''}.",
    ]
    if "best_epoch" in about:
        lines.append(
            f"- Best epoch {about['best_epoch'] + 1}, validation loss {about['validation']:.5f}."
        )
    return lines


def _table(told: Mapping[str, Any]) -> list[str]:
    about, how = told.get("about", {}), told["counting"]
    lines = [
        f"Set {about.get('set', '')} of {about.get('frames', '?')} frames, masks "
        f"{about.get('mask_width', 1):g} FWHM wide, {about.get('scores_of', '')}; {how['edge']} px "
        f"at the border and {how['ring']} px around trails left out; "
        f"{told['empty_frames_hit']} of {told['empty_frames']} frames without a trail hit.",
        "",
        f"| group | frames | AUC | TPR at FPR {how['at_fpr']:g} (frames: 0.01) "
        f"| precision at {how['at_recall']:.0%} recall |",
        "|---|---|---|---|---|",
    ]
    for row in (*told["pixels"], *told["frames"]):
        numbers = (row["auc"], row["tpr_at_fpr"], row["precision_at_recall"])
        cells = " | ".join("-" if value is None else f"{value:.4f}" for value in numbers)
        lines.append(f"| {row['label']} | {row['frames']} | {cells} |")
    return lines + _kinds(about.get("kinds"))


def _kinds(counts: Mapping[str, Mapping[str, int]] | None) -> list[str]:
    """Frames by what they hold, and what they are told to hold."""
    if counts is None:
        return []
    lines = ["", f"| frames with a trail | {' | '.join(f'told {each}' for each in counts)} |"]
    lines.append("|---" * (len(counts) + 1) + "|")
    for held, told in counts.items():
        lines.append(f"| {held} | {' | '.join(str(told[each]) for each in counts)} |")
    return lines


def _weak(measures: Sequence[Mapping[str, Any]]) -> str:
    """Groups in which less than half is found."""
    found = [
        f"- {row['label']}: recall {row['tpr_at_fpr']:.3f} at the false-positive rate told above."
        for told in measures
        for row in told["pixels"]
        if row["tpr_at_fpr"] is not None and row["tpr_at_fpr"] < 0.5
    ]
    if not measures:
        return "Not looked for."
    return "\n".join(found) or "None in the sets above; nobody has looked beyond."
