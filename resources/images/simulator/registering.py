"""How what the simulator made comes into the archive: frames, masks, catalogues and trails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from satvo.resources.images.build import place_of

__all__ = ["PRODUCTS", "register_simulation"]

PRODUCTS = "products.json"
"""Where the job tells of the files that are to be registered."""

_DID = "obs_publisher_did"

Row = Mapping[str, Any]


class _Images(Protocol):
    """What of `satvo.ingest.images.archive.ImageArchive` is used."""

    def examine(self, source: Path, *, name: str, told: Row = ...) -> Any: ...
    def add(
        self, examined: Sequence[Any], *, trails: Any, job_id: str | None,
        beside: Callable[[Any], object],
    ) -> Any: ...  # fmt: skip


def register_simulation(
    images: _Images,
    folder: Path,
    job_id: str,
    beside: Callable[[Any, Mapping[str, Any]], object],
) -> dict[str, Any]:
    """Bring the files that a job made into the archive, with the trails in them.

    Parameters
    ----------
    images : ImageArchive
    folder : Path
        Has ``products.json``: a list of ``file``, ``name``, ``told`` (columns), ``of`` (what it was
        made from: a file before it, or an identifier; None for an original) and ``trails`` (columns
        of satvo.trail). A truth mask stands right behind its frame.
    job_id : str
    beside : callable
        Told within the transaction what is added.

    Returns
    -------
    dict
        ``frames``: of each the identifiers of the frame, its ``mask`` and its ``truth``.
    """
    products = json.loads((folder / PRODUCTS).read_text("utf-8"))
    examined: dict[str, Any] = {}
    trails: list[dict[str, Any]] = []
    with ExitStack() as stack:
        for product in products:
            told = dict(product["told"])
            made_from = examined.get(product["of"] or "")
            if made_from is not None and told["role"] != "frame":
                told = {**place_of(made_from.obscore), **told}
            if product["of"]:
                told["progenitor_did"] = made_from.did if made_from else product["of"]
            each = images.examine(folder / product["file"], name=product["name"], told=told)
            stack.callback(each.discard)
            examined[product["file"]] = each
        for product in products:
            trails += _trail_rows(product, examined)
        report = {"frames": _frames(products, examined), "trails": len(trails)}
        images.add(
            list(examined.values()), trails=trails, job_id=job_id,
            beside=lambda tx: beside(tx, report),
        )  # fmt: skip
    return report


def _trail_rows(product: Row, examined: Mapping[str, Any]) -> list[dict[str, Any]]:
    frame = examined[product["file"]]
    mask = examined.get(product.get("mask", ""))
    common = {
        _DID: frame.did,
        "origin": "simulated",
        "mask_url": mask and mask.obscore["access_url"],
        "mask_checksum": mask and mask.dataproduct["checksum"],
    }
    return [
        {"trail_id": f"{frame.product_id}-{number}", **common, **trail}
        for number, trail in enumerate(product.get("trails", ()), 1)
    ]


def _frames(products: Sequence[Row], examined: Mapping[str, Any]) -> list[dict[str, str]]:
    """The identifiers of each frame with trails, and of what belongs to it."""
    found: dict[str, dict[str, str]] = {}
    names = {"truthmask": "mask", "truthcatalogue": "truth"}
    for product in products:
        did = examined[product["file"]].did
        if "mask" in product:
            found[product["file"]] = {"frame": did}
            if product["of"]:
                origin = examined.get(product["of"] or "")
                found[product["file"]]["made_from"] = origin.did if origin else product["of"]
        elif product["told"]["role"] in names and product["of"] in found:
            found[product["of"]][names[product["told"]["role"]]] = did
    return list(found.values())
