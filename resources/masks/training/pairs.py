"""Training cut-outs from a user's own images with trails, whose masks are given or are derived."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.training.derived import trail_mask_of_pair
from satvo.resources.masks.training.sets import files_of, trail_pixels
from satvo.schemas.errors import BadParameter

__all__ = ["Example", "PairCutouts", "prepare_pairs"]

Floats = NDArray[np.float32]
Mask = NDArray[np.uint8]

_MASKS = ("_mask", "_truth")
_PAIR = "_pair"
_TRIES = 40


@dataclass(frozen=True)
class Example:
    """An image and its mask, as arrays on disk.

    Attributes
    ----------
    name : str
    image : Path
        .npy of float32 (rows, columns), NaN where there is no value.
    mask : Path
        .npy of uint8, 1 where there is a trail.
    pixels : int
        Of the mask.
    how : str
        Where the mask comes from: "given", "planted", "difference", or "none" for an image
        without a trail.
    """

    name: str
    image: Path
    mask: Path
    pixels: int
    how: str


def prepare_pairs(
    folder: Path,
    work: Path,
    *,
    progress: Callable[[float], object] = lambda done: None,
) -> tuple[list[Example], list[str]]:
    """Read a folder of images into examples.

    Parameters
    ----------
    folder : Path
        With FITS images NAME.fits, and beside each NAME_mask.fits or NAME_truth.fits (not 0 where
        there is a trail), or NAME_pair.fits: the same image without the trail that was planted
        (input f of SATCON2 3.1.1), or another one of the same field (inputs g and h). With a
        mask, a pair is one more image without a trail.
    work : Path
        Folder for the arrays, made where it is missing; look at the masks there.
    progress : callable
        Given the part done, 0 to 1.

    Returns
    -------
    examples : list of Example
    notes : list of str
        Why images were left out.

    Raises
    ------
    BadParameter
        If nothing is left.
    """
    if not folder.is_dir():
        raise BadParameter(f"{folder}: is no folder")
    work.mkdir(parents=True, exist_ok=True)
    files = files_of(folder)
    names = [name for name in files if not name.endswith((*_MASKS, _PAIR))]
    examples: list[Example] = []
    notes: list[str] = []
    for number, name in enumerate(names, 1):
        try:
            examples += _prepared(name, files, work)
        except BadParameter as err:
            notes.append(f"{name}: {err}")
        progress(number / len(names))
    if not any(example.pixels for example in examples):
        reasons = f" ({'; '.join(notes[:3])})" if notes else ""
        raise BadParameter(
            f"{folder}: no image with a trail{reasons}; give NAME.fits with NAME_mask.fits or "
            "NAME_pair.fits beside it"
        )
    return examples, notes


def _prepared(name: str, files: dict[str, Path], work: Path) -> list[Example]:
    mask_path = next((files[name + end] for end in _MASKS if name + end in files), None)
    pair_path = files.get(name + _PAIR)
    if mask_path is None and pair_path is None:
        raise BadParameter("neither a mask nor a pair is beside it")
    image = _pixels(files[name])
    pair = None if pair_path is None else _pixels(pair_path)
    if mask_path is not None:
        found, how = trail_pixels(mask_path), "given"
        if found.shape != image.shape:
            raise BadParameter(f"its mask has shape {found.shape}, the image {image.shape}")
    elif pair is not None:
        found, how = trail_mask_of_pair(image, pair)
    made = [_kept(work, name, image, found, how if found.any() else "none")]
    if pair is not None:
        made.append(_kept(work, name + _PAIR, pair, np.zeros(pair.shape, bool), "none"))
    return made


def _pixels(path: Path) -> Floats:
    """The first image of a file, NaN where it has no value."""
    from satvo.resources.masks.reading import read_frames

    frame = next(read_frames(path)).frame
    pixels = frame.pixels.copy()
    pixels[~frame.usable] = math.nan
    return pixels


def _kept(work: Path, name: str, image: Floats, mask: NDArray[np.bool_], how: str) -> Example:
    paths = work / f"{name}_image.npy", work / f"{name}_mask.npy"
    whole: tuple[NDArray[Any], ...] = (image, mask.astype(np.uint8))
    for path, values in zip(paths, whole, strict=True):
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as stream:
            np.save(stream, values)
        os.replace(part, path)
    return Example(name, *paths, int(mask.sum()), how)


class PairCutouts:
    """Cut-outs of examples, drawn one after the other from a seed, turned and mirrored.

    Parameters
    ----------
    examples : sequence of Example
        One with a trail at least.
    seed : int
    empty : float
        Share of the cut-outs without a trail.
    least_px : int
        Pixels of the mask that a cut-out with a trail has, or half of what the mask has in all.
    """

    def __init__(
        self, examples: Sequence[Example], seed: int, *, empty: float = 0.5, least_px: int = 100
    ) -> None:
        self._with = [example for example in examples if example.pixels]
        self._all = list(examples)
        if not self._with:
            raise BadParameter("no example has a trail: there is nothing to learn from")
        self._random = np.random.default_rng(seed)
        self._empty, self._least = empty, least_px

    def batch(self, count: int, size: int = 256) -> tuple[Floats, Mask, list[dict[str, Any]]]:
        """The next cut-outs; as `stream.Stream.batch` gives them.

        Raises
        ------
        BadParameter
            If an image is smaller than a cut-out.
        """
        made = [self._cutout(size) for _ in range(count)]
        images, masks, names = zip(*made, strict=True)
        about = [{"name": name, "snr": math.nan} for name in names]
        return np.stack(images), np.stack(masks), about

    def _cutout(self, size: int) -> tuple[Floats, Mask, str]:
        random = self._random
        wanted = random.random() >= self._empty
        for _ in range(_TRIES):
            some = self._with if wanted else self._all
            example = some[int(random.integers(len(some)))]
            image, mask = (np.load(path, mmap_mode="r") for path in (example.image, example.mask))
            if min(image.shape) < size:
                raise BadParameter(
                    f"{example.name}: {image.shape[1]} x {image.shape[0]} pixels, cut-outs have "
                    f"{size}: give larger images or a smaller --size"
                )
            top, left = self._corner(mask, size, wanted)
            window = np.s_[top : top + size, left : left + size]
            inside = int(np.count_nonzero(mask[window]))
            enough = min(self._least, 0.5 * example.pixels)
            if np.isfinite(image[window]).mean() < 0.5 or (inside < enough if wanted else inside):
                continue
            turn, mirrored = int(random.integers(4)), random.random() < 0.5
            cut = tuple(
                np.ascontiguousarray(np.rot90(part[:, ::-1] if mirrored else part, turn))
                for part in (np.asarray(image[window]), np.asarray(mask[window]))
            )
            return cut[0].astype(np.float32), cut[1].astype(np.uint8), example.name
        raise BadParameter(
            f"no cut-out of {size} pixels {'with' if wanted else 'without'} a trail was found in "
            f"{_TRIES} tries: give a smaller --size, or more images"
        )

    def _corner(self, mask: Mask, size: int, wanted: bool) -> tuple[int, int]:
        """Of a window: anywhere, or such that it holds a pixel of the mask."""
        random, (rows, columns) = self._random, mask.shape
        if not wanted:
            return int(random.integers(rows - size + 1)), int(random.integers(columns - size + 1))
        marked = np.flatnonzero(mask)
        row, column = divmod(int(marked[int(random.integers(marked.size))]), columns)
        top = int(random.integers(max(row - size + 1, 0), min(row, rows - size) + 1))
        left = int(random.integers(max(column - size + 1, 0), min(column, columns - size) + 1))
        return top, left
