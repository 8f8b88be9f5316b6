"""How masks and trails that a job found come into the archive."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from satvo.resources.images.build import place_of
from satvo.resources.masks.build import mask_name, trail_id, withdraw
from satvo.schemas.sphere import lon_lat_deg, normalised, unit_vectors

__all__ = ["PRODUCTS", "register_masks"]

PRODUCTS = "products.json"
"""Where the job tells of the masks that are to be registered."""

_DID = "obs_publisher_did"
_ARCSEC = np.pi / 648000.0
_ALIKE = (
    "x1", "y1", "x2", "y2", "ra_start", "dec_start", "ra_end", "dec_end", "s_ra", "s_dec", "length",
    "width", "pos_angle", "sb", "snr", "score",
)  # fmt: skip
"""Columns of satvo.trail that catalogues of trails have."""

_ENDS = (("x1", "x2"), ("y1", "y2"), ("ra_start", "ra_end"), ("dec_start", "dec_end"))

Row = Mapping[str, Any]


class _Images(Protocol):
    """What of `satvo.ingest.images.archive.ImageArchive` is used."""

    def row(self, name: str) -> dict[str, Any]: ...
    def examine(self, source: Path, *, name: str, told: Row = ...) -> Any: ...
    def add(
        self, examined: Sequence[Any], *, trails: Any, job_id: str | None,
        beside: Callable[[Any], object],
    ) -> Any: ...  # fmt: skip
    def remove_unnamed(self, checksums: set[str]) -> int: ...


def register_masks(
    images: _Images,
    folder: Path,
    job_id: str,
    beside: Callable[[Any, Mapping[str, Any]], object],
) -> dict[str, Any]:
    """Bring the masks of a job into the archive, with the trails in them.

    What the same detector gave of the same image before goes in the same transaction: its trails,
    and its mask, unless something else names that. A mask that is there with every byte stays.

    Parameters
    ----------
    images : ImageArchive
    folder : Path
        Has ``products.json``: a list of ``did`` (of the image), ``detector``, ``file`` (the mask)
        and ``rows`` (as `satvo.resources.masks.outputs.rows.trail_rows`, null where not known).
    job_id : str
    beside : callable
        Told within the transaction what is added.

    Returns
    -------
    dict
        ``masks``: of each image the identifiers of ``image`` and ``mask``, and how many ``trails``.
    """
    products = json.loads((folder / PRODUCTS).read_text("utf-8"))
    added: list[dict[str, Any]] = []
    trails: list[dict[str, Any]] = []
    masks: list[Any] = []
    gone: set[str] = set()
    with ExitStack() as stack:
        for product in products:
            image = images.row(product["did"])
            name = mask_name(image["product_id"], product["detector"])
            mask = images.examine(folder / product["file"], name=name, told=_told(image, product))
            stack.callback(mask.discard)
            masks.append(mask)
            rows = _trail_rows(image, product, mask)
            trails += rows
            added.append({"image": product["did"], "mask": mask.did, "trails": len(rows)})
        report = {"masks": added, "trails": len(trails)}
        kept = {mask.did for mask in masks}

        def replace(tx: Any) -> None:
            beside(tx, report)
            gone.clear()
            for product, mask in zip(products, masks, strict=True):
                gone.update(withdraw(tx, product["did"], mask.dataproduct["file_name"], kept))

        images.add(masks, trails=trails, job_id=job_id, beside=replace)
    images.remove_unnamed(gone)
    return report


def _told(image: Row, product: Row) -> dict[str, Any]:
    return {
        **place_of(image),
        "role": "mask",
        "licence": image["licence"],
        "rights_holder": image["rights_holder"],
        "obs_collection": image["obs_collection"],
        "obs_id": image["obs_id"],
        "obs_title": f"{image['obs_title']}: trail mask ({product['detector']})",
        "obs_creator_name": "satvo",
        "data_source": image["data_source"],
        "progenitor_did": product["did"],
    }


def _trail_rows(image: Row, product: Row, mask: Any) -> list[dict[str, Any]]:
    name = mask_name(image["product_id"], product["detector"])
    return [
        {
            "trail_id": trail_id(name, number),
            _DID: product["did"],
            "origin": row["origin"],
            **_directed(row),
            "norad_id": row.get("norad_id"),
            "p_match": row.get("p_match"),
            "s_region": _outline(row),
            "mask_url": mask.obscore["access_url"],
            "mask_checksum": mask.dataproduct["checksum"],
        }
        for number, row in enumerate(product["rows"], 1)
    ]


def _directed(row: Row) -> dict[str, Any]:
    """What catalogues say, with the end first that the satellite passed first, where known."""
    found = {column: row.get(column) for column in _ALIKE}
    if row.get("is_reversed"):
        for first, last in _ENDS:
            found[first], found[last] = found[last], found[first]
    return found


def _outline(row: Row) -> list[float] | None:
    """Corners of the rectangle of a trail, counter-clockwise seen from here; None without a place.

    Great circles through its ends; the bend of a curved trail is left out.
    """
    names = ("ra_start", "dec_start", "ra_end", "dec_end", "width")
    places = [float(row[name]) for name in names if row.get(name) is not None]
    if len(places) < len(names):
        return None
    first, last = unit_vectors(places[0], places[1]), unit_vectors(places[2], places[3])
    left = normalised(np.cross(first, last))
    if not np.isfinite(left).all():
        return None
    half = 0.5 * places[4] * _ARCSEC * left
    corners = [lon_lat_deg(each) for each in (first + half, last + half, last - half, first - half)]
    return [value for corner in corners for value in corner]
