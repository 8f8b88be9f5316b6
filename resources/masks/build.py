"""What a masking job needs from the archive: its images, and what is known of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from satvo.resources.ephemeris.build import known_elements_table
from satvo.resources.images.work_files import place_file
from satvo.resources.masks.asked import read_asked
from satvo.resources.masks.parameters import MOST_PIXELS
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store.interface import Store, Transaction
from satvo.schemas.testcase import TESTCASE
from satvo.schemas.trail import TRAIL

__all__ = [
    "REQUEST", "can_be_masked", "images_uploaded", "mask_name", "prepare_masking", "trail_id",
    "withdraw",
]  # fmt: skip

REQUEST = "request.json"
"""Where the work folder tells of the images; their files are beside it."""

_DID = "obs_publisher_did"
_OF_IMAGE = (
    "obs_title", "dataproduct_type", "s_xel1", "s_xel2", "t_min", "t_max", "t_exptime",
)  # fmt: skip
_OF_FILE = (
    "product_id", "role", "file_name", "n_image", "site_lon", "site_lat", "site_height", "gain",
    "saturation", "zero_point",
)  # fmt: skip
_ALIKE_D = 0.3
"""Images so near in time have one set of elements."""
_MAX_AGE_D = 30.0
_MOST_NIGHTS = 10
_UPLOADED = re.compile(r"UPLOAD(?:_?(\d{1,4}))?")

Row = Mapping[str, Any]
Files = Callable[[str], Path]


def prepare_masking(
    store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path, files: Files
) -> None:
    """Write what `satvo.resources.masks.job.run` needs into its work folder.

    Parameters
    ----------
    store : Store
    parameters : mapping
        Of the job.
    uploads : Path
        Not opened here: what strangers sent is read by the job's own process.
    folder : Path
        Gets ``request.json``, a list of what is known of each image, and the files that it names;
        with IDENTIFY the elements of its time are one.
    files : callable
        From a product_id to its file.

    Raises
    ------
    BadParameter, LimitExceeded, NotFound
        For what cannot be done, before any of it is.
    """
    asked = read_asked(parameters, uploaded=len(images_uploaded(uploads)))
    known = _known(store, asked.dids)
    told: list[dict[str, Any]] = []
    for number, did in enumerate(asked.dids):
        row = known.get(did)
        if row is None:
            raise NotFound(f"ID={did[:200]}: there is no such data product here")
        _check_image(row)
        path = f"image-{number:04d}"
        place_file(files(row["product_id"]), folder / path)
        told.append({**row, "path": path})
    if asked.is_identified:
        _tell_elements(store, told, folder)
    (folder / REQUEST).write_text(json.dumps(told), "utf-8")


def _tell_elements(store: Store, told: list[dict[str, Any]], folder: Path) -> None:
    """Write the elements about the time of each image, and name the file as its ``elements``."""
    import pyarrow.feather as feather

    moments: list[float] = []
    for row in told:
        if row["t_min"] is None:
            row["elements"] = None
            continue
        near = [n for n, mjd in enumerate(moments) if abs(mjd - row["t_min"]) < _ALIKE_D]
        if not near:
            near = [len(moments)]
            moments.append(row["t_min"])
            if len(moments) > _MOST_NIGHTS:
                raise LimitExceeded(
                    f"IDENTIFY: the images are of more than {_MOST_NIGHTS} nights, the most that "
                    "are accepted; give fewer"
                )
            table = known_elements_table(store, row["t_min"], max_age_d=_MAX_AGE_D)
            feather.write_feather(table, folder / f"elements-{near[0]}.arrow")
        row["elements"] = f"elements-{near[0]}.arrow"


def can_be_masked(row: Row) -> bool:
    """Whether a data product is an image that is kept here.

    Parameters
    ----------
    row : mapping
        ``product_id``, ``role``, ``n_image`` and ``dataproduct_type``.
    """
    return bool(
        row["product_id"] and row["role"] == "frame" and row["n_image"]
        and row["dataproduct_type"] == "image"
    )  # fmt: skip


def images_uploaded(uploads: Path) -> list[Path]:
    """The files that came as UPLOAD, or as UPLOAD_1, UPLOAD_2, ..., in their order.

    Of several that came under one name the last counts.
    """
    named: dict[int, Path] = {}
    for path in sorted(uploads.glob("*.name"), key=lambda path: int(path.stem)):
        part = _UPLOADED.fullmatch(path.read_text("utf-8").upper())
        if part is not None:
            named[int(part[1] or 0)] = path.with_suffix("")
    return [named[number] for number in sorted(named)]


def mask_name(product_id: str, detector: str) -> str:
    """What the file of a registered mask is called: one name for each image and detector."""
    return f"mask-{product_id}-{detector}.fits"


def trail_id(mask: str, number: int) -> str:
    """The identifier of a trail in satvo.trail, of the name of its mask.

    Examples
    --------
    >>> trail_id(mask_name("0123456789abcdef", "deep"), 2)
    '0123456789abcdef-deep-2'
    """
    return f"{mask.removeprefix('mask-').removesuffix('.fits')}-{number}"


def withdraw(tx: Transaction, did: str, mask: str, kept: set[str]) -> list[str]:
    """Take out what a detector gave of an image before: its trails, and its masks.

    Parameters
    ----------
    tx : Transaction
    did : str
        Of the image.
    mask : str
        By `mask_name`.
    kept : set of str
        Identifiers of masks that stay. One that a test case or another product names stays too.

    Returns
    -------
    list of str
        Checksums of the files that no row of these names any longer.
    """
    there = tx.select(sa.select(TRAIL.c.trail_id).where(TRAIL.c[_DID] == did))["trail_id"]
    # Without its number: the names of two detectors may begin alike.
    begin = trail_id(mask, 0).rpartition("-")[0]
    old = [each for each in there.to_pylist() if each.rpartition("-")[0] == begin]
    if old:
        tx.execute(sa.delete(TRAIL).where(TRAIL.c.trail_id.in_(old)))
    masks = sa.select(DATAPRODUCT.c[_DID], DATAPRODUCT.c.checksum).where(
        DATAPRODUCT.c.progenitor_did == did,
        DATAPRODUCT.c.role == "mask",
        DATAPRODUCT.c.file_name == mask,
    )
    checksums = []
    for row in tx.select(masks).to_pylist():
        if row[_DID] not in kept and not _is_named(tx, row[_DID]):
            for table in (DATAPRODUCT, OBSCORE):
                tx.execute(sa.delete(table).where(table.c[_DID] == row[_DID]))
            checksums.append(str(row["checksum"]))
    return checksums


def _is_named(tx: Transaction, did: str) -> bool:
    """Whether a test case or another product names a mask."""
    cases = sa.select(TESTCASE.c.case_id).where(TESTCASE.c.mask_did == did)
    heirs = sa.select(DATAPRODUCT.c[_DID]).where(DATAPRODUCT.c.progenitor_did == did)
    return bool(tx.select(cases).num_rows or tx.select(heirs).num_rows)


def _known(store: Store, dids: tuple[str, ...]) -> dict[str, Row]:
    did = OBSCORE.c[_DID]
    query = (
        sa.select(
            did,
            *(OBSCORE.c[name] for name in _OF_IMAGE),
            *(DATAPRODUCT.c[name] for name in _OF_FILE),
        )
        .select_from(OBSCORE.outerjoin(DATAPRODUCT, DATAPRODUCT.c[_DID] == did))
        .where(did.in_(list(dids)))
    )
    return {row[_DID]: row for row in store.select(query).to_pylist()} if dids else {}


def _check_image(row: Row) -> None:
    did = str(row[_DID])[:200]
    if row["product_id"] is None:
        raise BadParameter(f"ID={did}: its file is kept elsewhere; give an image kept here")
    if not can_be_masked(row):
        what = row["dataproduct_type"] if row["role"] == "frame" else row["role"]
        raise BadParameter(f"ID={did}: it is a {what}; images of two axes are masked")
    pixels = (row["s_xel1"] or 0) * (row["s_xel2"] or 0)
    if pixels > MOST_PIXELS:
        raise LimitExceeded(
            f"ID={did}: it has {pixels} pixels; {MOST_PIXELS} are accepted at most: cut it "
            "(/soda/sync), or run satvo mask on a machine of your own"
        )
