"""How well the classifier tells frames without a trail, with a faint one and with a bright one."""

from __future__ import annotations

from collections.abc import Sequence

from satvo.resources.masks.networks.classifier import CLASSES, classify
from satvo.resources.masks.training.sets import KnownFrame

__all__ = ["BRIGHT_FROM", "Kinds", "kind_lines", "told_kinds"]

BRIGHT_FROM = 1.0
"""SNRavg from which a trail is bright."""

Kinds = dict[str, dict[str, int]]
"""Frames by what they hold, and of these by what they are told to hold."""


def told_kinds(frames: Sequence[KnownFrame], *, threads: int = 1) -> Kinds:
    """Count frames by what they hold and what the classifier says.

    Raises
    ------
    BadParameter
        If a frame cannot be read.
    """
    from satvo.resources.masks.reading import read_frames

    counts = {held: dict.fromkeys(CLASSES, 0) for held in CLASSES}
    for known in frames:
        plane = next(read_frames(known.image))
        counts[_held(known)][classify(plane.frame, threads=threads).kind()] += 1
    return counts


def kind_lines(counts: Kinds) -> list[str]:
    """The table as text, a row for what frames hold."""
    lines = [f"{'frames with a trail':20}" + "".join(f"{'told ' + each:>13}" for each in CLASSES)]
    for held, told in counts.items():
        lines.append(f"{held:20}" + "".join(f"{told[each]:13d}" for each in CLASSES))
    return lines


def _held(known: KnownFrame) -> str:
    if not known.trails().any():
        return CLASSES[0]
    return CLASSES[2] if known.number("snr_avg") >= BRIGHT_FROM else CLASSES[1]
