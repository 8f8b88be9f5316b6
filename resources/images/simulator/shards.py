"""Training sets on disk: shards of cut-outs, whole or not there, made by several processes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from satvo.resources.images.simulator.batch import many_processes, write_whole
from satvo.resources.images.simulator.bulk import COLUMNS, training_cutouts
from satvo.resources.images.simulator.plan import Plan
from satvo.schemas.errors import BadParameter

__all__ = ["read_training_set", "write_training_set"]

SHARD = 200
"""Cut-outs of a shard."""
_MANIFEST = "manifest.json"


def write_training_set(
    plan: Plan,
    folder: Path,
    number: int,
    *,
    size: int = 256,
    empty: float = 0.5,
    snr: tuple[float, float] | None = None,
    jobs: int = 1,
    approximate: bool = False,
    progress: Callable[[float], object] | None = None,
) -> dict[str, Any]:
    """Write cut-outs; shards that are there are kept, so that a broken run goes on.

    Of the shard k there are images_k.npy (float32, n x size x size, counts), masks_k.npy (uint8)
    and about_k.csv, which comes last. Shard k depends on the seed and k alone. numpy.load with
    mmap_mode="r" reads them without taking memory.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Made where it is missing.
    number : int
        Of cut-outs.
    size, empty, snr, approximate
        As `training_cutouts` has them.
    jobs : int
        Processes.
    progress : callable, optional
        Gets the share that is done.

    Returns
    -------
    dict
        The manifest, and in ``made`` how many shards were made now.

    Raises
    ------
    BadParameter
        Where the folder holds another set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "cutouts": number, "size": size, "shard": SHARD, "shards": -(-number // SHARD),
        "empty": empty, "snr": list(snr) if snr else None, "approximate": approximate,
        "seed": plan.seed, "scene": dict(plan.description),
    }  # fmt: skip
    _agree(folder, manifest)
    missing = [
        k for k in range(-(-number // SHARD)) if not (folder / f"about_{k:05d}.csv").exists()
    ]
    work = ((k, folder, min(SHARD, number - k * SHARD), manifest) for k in missing)
    with many_processes(_make_shard, plan, jobs) as made_of:
        for done, _ in enumerate(made_of(work), 1):
            if progress:
                progress(done / len(missing))
    return {**manifest, "made": len(missing)}


def read_training_set(
    folder: Path,
) -> Iterator[tuple[np.ndarray, np.ndarray, list[dict[str, str]]]]:
    """Images and masks (memory maps) and what is known of each, shard by shard.

    Raises
    ------
    BadParameter
        Where there is no training set, or a shard is missing.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
    except OSError as err:
        raise BadParameter(f"{folder}: is no training set: {err.strerror}") from err
    for k in range(manifest["shards"]):
        about = folder / f"about_{k:05d}.csv"
        if not about.exists():
            raise BadParameter(f"{folder}: shard {k} is missing; run satvo simulate --bulk again")
        images, masks = (
            np.load(folder / f"{name}_{k:05d}.npy", mmap_mode="r") for name in ("images", "masks")
        )
        with about.open(newline="") as stream:
            yield images, masks, list(csv.DictReader(stream))


def _agree(folder: Path, manifest: dict[str, Any]) -> None:
    path = folder / _MANIFEST
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    if not path.exists():
        write_whole(path, text.encode())
    elif path.read_text() != text:
        raise BadParameter(
            f"{folder} holds another training set (see {_MANIFEST}); give another folder"
        )


def _make_shard(plan: Plan, k: int, folder: Path, count: int, how: dict[str, Any]) -> int:
    seeds = np.random.SeedSequence(plan.seed, spawn_key=(1 << 31, k))
    cutouts = training_cutouts(
        plan, how["size"], np.random.default_rng(seeds), empty=how["empty"],
        snr=tuple(how["snr"]) if how["snr"] else None, approximate=how["approximate"],
    )  # fmt: skip
    size = how["size"]
    images = np.empty((count, size, size), np.float32)
    masks = np.empty((count, size, size), np.uint8)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("index", *COLUMNS))
    for index in range(count):
        images[index], masks[index], about = next(cutouts)
        rows.writerow((index, *(_cell(about[name]) for name in COLUMNS)))
    for name, array in (("images", images), ("masks", masks)):
        stream = io.BytesIO()
        np.save(stream, array)
        write_whole(folder / f"{name}_{k:05d}.npy", stream.getvalue())
    write_whole(folder / f"about_{k:05d}.csv", text.getvalue().encode())
    return k


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.9g}"
