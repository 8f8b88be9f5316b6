"""What is told of a file later: filled in where nothing is known, and noted."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store import Store, Transaction

__all__ = ["amend"]

_LOG = logging.getLogger("satvo.uploads")

_WORDS = frozenset((
    "obs_title", "obs_collection", "obs_creator_name", "target_name", "target_class",
    "bib_reference", "proposal_id", "licence", "rights_holder", "optics", "filter_url",
    "dataproduct_subtype", "data_rights", "obs_release_date",
))  # fmt: skip
"""What may be told anew: no file says it better than its contributor."""

_ITEMS: Mapping[str, tuple[str, ...]] = {
    "site": ("site_lon", "site_lat", "site_height"),
    "start": ("t_min",),
    "duration": ("t_exptime",),
    "filter": ("filter_name",),
    "filter_url": ("filter_url",),
    "focal_length": ("focal_length",),
    "aperture": ("aperture",),
    "optics": ("optics",),
    "zero_point": ("zero_point",),
    "gain": ("gain",),
    "read_noise": ("read_noise",),
}
"""The columns of each word of ``missing`` that can be told; a WCS cannot."""


def amend(
    store: Store, row: Mapping[str, Any], told: Mapping[str, Any], *, now: datetime, by: str
) -> None:
    """Write what is told of a file into its rows, in one transaction.

    Parameters
    ----------
    store : Store
    row : mapping
        The columns of ivoa.obscore and satvo.dataproduct as they are.
    told : mapping
        As `satvo.service.bringing.metadata.read_told` gives it.
    now : datetime
        Becomes ``ingest_date``, by which harvesters find what changed; UTC without a zone.
    by : str
        Who tells it, for the journal.

    Raises
    ------
    BadParameter
        If a measured value is there already: what a file says is not overruled.
    NotFound
        If the file is dropped meanwhile.
    """
    if not told:
        raise BadParameter("nothing is told; give columns and their values")
    kept = [
        name
        for name, value in told.items()
        if row.get(name) not in (None, value) and name not in _WORDS
    ]
    if kept:
        raise BadParameter(
            f"{', '.join(kept)[:200]}: known already; only what is missing can be filled in, and "
            f"{', '.join(sorted(_WORDS))} be changed"
        )
    after = {**row, **told}
    missing = after.get("missing")
    if missing:
        left = [item for item in missing.split("#") if not _is_told(item, after)]
        told = {**told, "missing": "#".join(left)}
    did = row["obs_publisher_did"]

    def work(tx: Transaction) -> None:
        known = tx.select(sa.select(DATAPRODUCT.c.licence).where(_is(DATAPRODUCT, did)))
        if not known.num_rows:
            raise NotFound(f"{did} is not in the archive any more")
        for table in (OBSCORE, DATAPRODUCT):
            values = {name: value for name, value in told.items() if name in table.columns}
            if table is DATAPRODUCT:
                values["ingest_date"] = now
            if values:
                tx.execute(sa.update(table).where(_is(table, did)).values(values))

    store.write(work)
    _LOG.info("%s told %s of %s", by, ", ".join(told), did)


def _is_told(item: str, row: Mapping[str, Any]) -> bool:
    columns = _ITEMS.get(item, ())
    return bool(columns) and all(row.get(name) is not None for name in columns)


def _is(table: sa.Table, did: str) -> sa.ColumnElement[bool]:
    return table.c.obs_publisher_did == did
