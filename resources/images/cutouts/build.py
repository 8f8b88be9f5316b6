"""What a cut-out needs from the archive: the files, and what is known of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from satvo.resources.images.cutouts.cutout import Product
from satvo.resources.images.cutouts.job import PRODUCTS, SEPARATOR
from satvo.resources.images.work_files import place_file
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store import Store

__all__ = ["find_products", "prepare_cutouts"]

_MOST_IDS = 200
_MASKS = ("mask", "truthmask")
_KNOWN = ("em_min", "em_max", "t_min", "t_max", "pol_states")

Files = Callable[[str], Path]
"""From a product_id to the stored file; raises `NotFound`."""


def prepare_cutouts(
    store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path, files: Files
) -> None:
    """Put the files that a job cuts into its work folder.

    Parameters
    ----------
    store : Store
    parameters : mapping
        Of the job.
    uploads : Path
        Not read.
    folder : Path
        Gets the files, and ``products.json``.
    files : callable
        Where each file is.

    Raises
    ------
    BadParameter
        If there is no ID, or none such.
    LimitExceeded
        If there are too many.
    """
    dids = [did.strip() for did in parameters.get("ID", "").split(SEPARATOR) if did.strip()]
    products = find_products(store, list(dict.fromkeys(dids)), files)
    told = []
    for number, product in enumerate(products):
        masks = [
            _placed(mask, folder, f"mask-{number}-{n}") for n, mask in enumerate(product.masks)
        ]
        told.append({**_placed(product, folder, f"product-{number}"), "masks": masks})
    (folder / PRODUCTS).write_text(json.dumps(told), "utf-8")


def _placed(product: Product, folder: Path, name: str) -> dict[str, Any]:
    place_file(product.path, folder / name)
    return {
        "did": product.did,
        "path": name,
        "file_name": product.file_name,
        "known": dict(product.known),
    }


def find_products(store: Store, dids: Sequence[str], files: Files) -> list[Product]:
    """The products of some identifiers, with their masks.

    Parameters
    ----------
    store : Store
    dids : sequence of str
        obs_publisher_did.
    files : callable

    Raises
    ------
    BadParameter
        If there is no identifier, one is of no product, or of one whose file is no FITS or is kept
        elsewhere.
    LimitExceeded
        If there are more than 200.
    """
    if not dids:
        raise BadParameter("ID is missing; give the obs_publisher_did of a data product")
    if len(dids) > _MOST_IDS:
        raise LimitExceeded(f"{len(dids)} identifiers; one request has {_MOST_IDS} at most")
    rows = _rows(store, OBSCORE.c.obs_publisher_did.in_(dids))
    by_did = {row["obs_publisher_did"]: row for row in rows}
    masks = _rows(store, DATAPRODUCT.c.progenitor_did.in_(dids) & DATAPRODUCT.c.role.in_(_MASKS))
    found = []
    for did in dids:
        if did not in by_did:
            raise NotFound(f"ID={did[:200]}: there is no such data product here")
        own = [_product(mask, files) for mask in masks if mask["progenitor_did"] == did]
        found.append(_product(by_did[did], files, tuple(own)))
    return found


def _rows(store: Store, condition: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    did = OBSCORE.c.obs_publisher_did
    about = ("product_id", "file_name", "n_image", "progenitor_did")
    query = (
        sa.select(did, *(OBSCORE.c[name] for name in _KNOWN), *(DATAPRODUCT.c[n] for n in about))
        .select_from(OBSCORE.outerjoin(DATAPRODUCT, DATAPRODUCT.c.obs_publisher_did == did))
        .where(condition)
        .order_by(did)
    )
    rows: list[dict[str, Any]] = store.select(query).to_pylist()
    return rows


def _product(row: Mapping[str, Any], files: Files, masks: tuple[Product, ...] = ()) -> Product:
    did = row["obs_publisher_did"]
    if row["product_id"] is None:
        raise BadParameter(f"ID={did[:200]}: its file is kept elsewhere, and not cut out of here")
    if not row["n_image"]:
        raise BadParameter(f"ID={did[:200]}: the file has no image that could be cut")
    known = {name: row[name] for name in _KNOWN}
    return Product(did, files(row["product_id"]), row["file_name"], known, masks)
