"""Maps of pass probabilities in the archive."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.stored import (
    MOC_THRESHOLD,
    StoredMap,
    check_map_id,
    facts_row,
    map_of_rows,
    pixel_rows,
    stored_of_row,
)
from satvo.schemas.errors import AlreadyThere, NotFound
from satvo.schemas.passprob import PASSPROB
from satvo.schemas.passprob_pix import PASSPROB_PIX
from satvo.schemas.store.interface import Store, Transaction, arrow_schema

__all__ = ["drop_map", "register_map", "stored_map", "stored_maps"]


def register_map(
    tx: Transaction,
    made: ProbabilityMap,
    map_id: str,
    *,
    created: datetime,
    moc: str = "",
    threshold: float = MOC_THRESHOLD,
    replace: bool = False,
) -> int:
    """Write a map into `satvo.passprob` and `satvo.passprob_pix`; how many pixels it has.

    Parameters
    ----------
    tx : Transaction
    made : ProbabilityMap
    map_id : str
        As `check_map_id` accepts it.
    created : datetime
        UTC without a zone.
    moc : str
        ASCII MOC in ICRS of where p_illum exceeds the threshold.
    threshold : float
    replace : bool
        Whether it may take the place of one of that name.

    Raises
    ------
    AlreadyThere
        If there is one of that name and it is not to be replaced.
    BadParameter
        If the name is none.
    """
    check_map_id(map_id)
    row = facts_row(made, map_id, moc=moc, threshold=threshold, created=created)
    return add_rows(tx, row, pixel_rows(made, map_id), replace=replace)


def add_rows(tx: Transaction, row: dict[str, object], pixels: pa.Table, *, replace: bool) -> int:
    """Write a map of which the rows are made; as `register_map`."""
    map_id = str(row["map_id"])
    if replace:
        _removed(tx, map_id)
    elif tx.select(sa.select(PASSPROB.c.map_id).where(PASSPROB.c.map_id == map_id)).num_rows:
        raise AlreadyThere(
            f"map {map_id} is there already; give another NAME, or replace it by REPLACE=true"
        )
    tx.append(PASSPROB, pa.Table.from_pylist([row], arrow_schema(PASSPROB)))
    return tx.append(PASSPROB_PIX, pixels)


def drop_map(tx: Transaction, map_id: str) -> int:
    """Forget a map; how many pixels it had. Raises `NotFound` where there is none."""
    maps, pixels = _removed(tx, map_id)
    if not maps:
        raise NotFound(f"there is no map {map_id[:100]}; /maps lists all")
    return pixels


def stored_maps(store: Store) -> list[StoredMap]:
    """The registered maps without their pixels, in the order of their names."""
    rows = store.select(sa.select(PASSPROB).order_by(PASSPROB.c.map_id))
    return [stored_of_row(row) for row in rows.to_pylist()]


def stored_map(store: Store, map_id: str) -> ProbabilityMap:
    """A registered map.

    Raises
    ------
    NotFound
        If there is none of that name.
    """
    about = store.select(sa.select(PASSPROB).where(PASSPROB.c.map_id == map_id)).to_pylist()
    if not about:
        raise NotFound(f"there is no map {map_id[:100]}; /maps lists all")
    pixels = store.select(
        sa.select(PASSPROB_PIX).where(PASSPROB_PIX.c.map_id == map_id).order_by(PASSPROB_PIX.c.hpx)
    )
    return map_of_rows(stored_of_row(about[0]), pixels)


def _removed(tx: Transaction, map_id: str) -> tuple[int, int]:
    """How many maps and pixels of a name there were, which are gone."""
    maps = tx.execute(sa.delete(PASSPROB).where(PASSPROB.c.map_id == map_id))
    return maps, tx.execute(sa.delete(PASSPROB_PIX).where(PASSPROB_PIX.c.map_id == map_id))
