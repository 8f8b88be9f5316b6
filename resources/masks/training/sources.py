"""From where the training cut-outs of a run come."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.training.plan import Preset
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.masks.training.loop import CutoutSource

__all__ = ["MixedCutouts", "Wanted", "source_of"]

SourceOf = Callable[[int], "CutoutSource"]


@dataclass(frozen=True)
class Wanted:
    """What is trained on besides, or instead of, what the preset says.

    Attributes
    ----------
    pairs : Path, optional
        Folder of images with masks or pairs (`pairs.prepare_pairs`).
    suite : str, optional
        TAP address of an archive whose test suite takes the place of the folder.
    like : Path, optional
        An image that the simulator makes images like.
    backgrounds : tuple of Path
        Real images on which the simulator draws the trails.
    share : float
        Of the cut-outs that come from pairs; the others are the preset's, so that a network does
        not forget what it knew.
    """

    pairs: Path | None = None
    suite: str | None = None
    like: Path | None = None
    backgrounds: tuple[Path, ...] = ()
    share: float = 0.5

    def __post_init__(self) -> None:
        given = [self.pairs, self.suite, self.like, self.backgrounds or None]
        if sum(each is not None for each in given) > 1:
            raise BadParameter("pairs, suite, like, background: give one of them at most")
        if not 0.0 < self.share <= 1.0:
            raise BadParameter(f"share {self.share}: above 0 to 1 is accepted")


class MixedCutouts:
    """Cut-outs of several sources, each drawn by its share."""

    def __init__(self, sources: Sequence[tuple[CutoutSource, float]], seed: int) -> None:
        self._sources = [source for source, _ in sources]
        shares = np.array([share for _, share in sources])
        self._shares = shares / shares.sum()
        self._random = np.random.default_rng(seed)

    def batch(
        self, count: int, size: int = 256
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], list[dict[str, Any]]]:
        """The next cut-outs; as `stream.Stream.batch` gives them."""
        numbers = self._random.multinomial(count, self._shares)
        parts = [
            source.batch(int(number), size)
            for source, number in zip(self._sources, numbers, strict=True)
            if number
        ]
        images, masks, about = zip(*parts, strict=True)
        told = list(itertools.chain.from_iterable(about))
        return np.concatenate(images), np.concatenate(masks), told


def source_of(
    preset: Preset,
    wanted: Wanted,
    work: Path,
    *,
    tell: Callable[[str], object] = lambda text: None,
) -> tuple[SourceOf, dict[str, Any]]:
    """What makes a source from a seed, and what is to be said of it.

    Parameters
    ----------
    preset : Preset
    wanted : Wanted
    work : Path
        Folder for what is fetched and derived.
    tell : callable
        Given lines that the user should read.

    Raises
    ------
    BadParameter, Unavailable
    """
    if wanted.pairs is None and wanted.suite is None:
        return _made_up(preset, wanted, tell)
    from satvo.resources.masks.training.pairs import PairCutouts, prepare_pairs

    folder = wanted.pairs
    if folder is None:
        from satvo.resources.masks.training.suite import fetch_suite

        folder = work / "suite"
        for note in fetch_suite(str(wanted.suite), folder):
            tell(note)
    examples, notes = prepare_pairs(folder, work / "examples")
    for note in notes:
        tell(note)
    tell(f"{len(examples)} images, {sum(bool(each.pixels) for each in examples)} with a trail")
    base, about = _made_up(preset, wanted, tell)

    def made(seed: int) -> CutoutSource:
        own = PairCutouts(examples, seed, empty=preset.empty, least_px=preset.least_px)
        if wanted.share == 1.0:
            return own
        return MixedCutouts([(own, wanted.share), (base(seed + 1), 1.0 - wanted.share)], seed)

    told = {
        "pairs": str(wanted.pairs or wanted.suite),
        "images": len(examples),
        "share": wanted.share,
    }
    return made, told if wanted.share == 1.0 else {**told, "rest": about}


def _made_up(
    preset: Preset, wanted: Wanted, tell: Callable[[str], object]
) -> tuple[SourceOf, dict[str, Any]]:
    if preset.source == "stream" and wanted.like is None and not wanted.backgrounds:
        return _of_stream(preset)
    from satvo.resources.masks.training.simulated import SimulatedCutouts, plans_of

    about: dict[str, Any] = {"source": "simulator"}
    if wanted.like is not None:
        from satvo.resources.masks.training.from_header import plan_like, told_likeness

        plan, like = plan_like(wanted.like)
        plans = [(plan, 1.0)]
        about["like"] = told_likeness(like)
        if like.assumed:
            tell(f"{wanted.like}: assumed are {', '.join(like.assumed)}")
    else:
        instruments = preset.instruments or {"evscope1": 1.0}
        plans = plans_of(instruments, preset.scene, backgrounds=wanted.backgrounds)
        about |= {"instruments": dict(instruments), "scene": dict(preset.scene)}
        about["backgrounds"] = [str(path) for path in wanted.backgrounds]
    return (
        lambda seed: SimulatedCutouts(plans, seed, empty=preset.empty, snr=preset.snr)
    ), about  # fmt: skip


def _of_stream(preset: Preset) -> tuple[SourceOf, dict[str, Any]]:
    from satvo.resources.masks.training.stream import EVSCOPE, SURVEY, Recipe, Stream

    known = {"evscope": EVSCOPE, "survey": SURVEY}
    kinds = preset.kinds or {"evscope": 1.0}
    unknown = sorted(set(kinds) - set(known))
    if unknown:
        raise BadParameter(
            f"{preset.name}: kinds {', '.join(unknown)}: {', '.join(known)} are known"
        )
    more: dict[str, Any] = {} if preset.snr is None else {"snr": preset.snr}
    recipe = Recipe(
        kinds=tuple((known[name], float(share)) for name, share in kinds.items()),
        empty=preset.empty, lookalikes=preset.lookalikes, least_px=preset.least_px, **more,
    )  # fmt: skip
    return (lambda seed: Stream(seed, recipe)), {"source": "stream", "kinds": dict(kinds)}
