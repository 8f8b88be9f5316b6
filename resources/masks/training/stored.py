"""Training cut-outs on disk, for training over epochs."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.masks.training.loop import CutoutSource

__all__ = ["StoredCutouts", "store_cutouts"]

BLOCK = 200
"""Cut-outs of a file; each block has star fields of its own."""

_AT_ONCE = 20
_MANIFEST = "cutouts.json"
_BYTES_A_PIXEL = 5


@dataclass(frozen=True)
class StoredCutouts:
    """Cut-outs in a folder.

    Attributes
    ----------
    folder : Path
    count, size : int
    """

    folder: Path
    count: int
    size: int

    def some(
        self, numbers: NDArray[np.int_]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float64]]:
        """Images (n, size, size), masks and SNRavg (NaN without a trail) of these numbers."""
        images = np.empty((len(numbers), self.size, self.size), np.float32)
        masks = np.empty(images.shape, np.uint8)
        snr = np.empty(len(numbers))
        for block in np.unique(numbers // BLOCK):
            here = np.nonzero(numbers // BLOCK == block)[0]
            for name, into in (("images", images), ("masks", masks), ("snr", snr)):
                kept = np.load(_file(self.folder, name, int(block)), mmap_mode="r")
                into[here] = kept[numbers[here] % BLOCK]
        return images, masks, snr


def store_cutouts(
    folder: Path,
    source_of: Callable[[int], CutoutSource],
    count: int,
    *,
    size: int,
    seed: int,
    about: Mapping[str, Any],
    progress: Callable[[float], object] = lambda done: None,
) -> StoredCutouts:
    """Draw cut-outs into a folder; blocks that are there are kept, so that a broken run goes on.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    source_of : callable
        Makes a source from a seed; each block has one.
    count, size : int
    seed : int
    about : mapping
        What the source is; another one in the same folder is refused.
    progress : callable
        Given the part done, 0 to 1.

    Raises
    ------
    BadParameter
        If the folder holds other cut-outs, or its disk has no room.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _agree(folder, {"cutouts": count, "size": size, "seed": seed, **about})
    blocks = -(-count // BLOCK)
    missing = [k for k in range(blocks) if not _file(folder, "snr", k).exists()]
    needed = len(missing) * BLOCK * size * size * _BYTES_A_PIXEL
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise BadParameter(
            f"{folder}: {count} cut-outs of {size} pixels need {needed / 1e9:.1f} GB more and "
            f"{free / 1e9:.1f} GB are free; give --cutouts and a smaller number"
        )
    for k in missing:
        own = int(np.random.SeedSequence([seed, k]).generate_state(1)[0])
        _write_block(folder, k, source_of(own), min(BLOCK, count - k * BLOCK), size)
        progress((k + 1) / blocks)
    return StoredCutouts(folder, count, size)


def _write_block(folder: Path, k: int, source: CutoutSource, count: int, size: int) -> None:
    parts = [source.batch(min(_AT_ONCE, count - at), size) for at in range(0, count, _AT_ONCE)]
    snr = [float(told.get("snr", math.nan)) for _, _, about in parts for told in about]
    whole = {
        "images": np.concatenate([images for images, _, _ in parts]),
        "masks": np.concatenate([masks for _, masks, _ in parts]),
        "snr": np.array(snr),  # the last: where it is there, the others are
    }
    for name, values in whole.items():
        path = _file(folder, name, k)
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as stream:
            np.save(stream, values)
        os.replace(part, path)


def _file(folder: Path, name: str, block: int) -> Path:
    return folder / f"{name}_{block:05d}.npy"


def _agree(folder: Path, manifest: Mapping[str, Any]) -> None:
    path = folder / _MANIFEST
    text = json.dumps(manifest, indent=1, sort_keys=True, default=str) + "\n"
    if not path.exists():
        path.write_text(text)
    elif path.read_text() != text:
        raise BadParameter(f"{folder} holds other cut-outs (see {_MANIFEST}); give another folder")
