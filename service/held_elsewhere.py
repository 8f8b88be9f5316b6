"""Images held elsewhere, which are rows of ivoa.obscore without a file of the archive."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import AlreadyThere, BadParameter, NotFound
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store import Store, Transaction
from satvo.schemas.store.interface import arrow_schema
from satvo.service.declared_tables import collections
from satvo.service.obscore_files import check_collection

__all__ = ["HeldElsewhere"]

_OF = OBSCORE.c.obs_collection
_ELSEWHERE = OBSCORE.c.obs_publisher_did.not_in(sa.select(DATAPRODUCT.c.obs_publisher_did))


def _own(name: str) -> sa.ColumnElement[bool]:
    return sa.and_(OBSCORE.c.obs_collection == name, _ELSEWHERE)


class HeldElsewhere:
    """The collections of images that are registered here and held elsewhere.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[dict[str, Any]]:
        """Their names, rows, and the time they cover (MJD in UTC, None where it is not known)."""
        return list(self._store.select(collections(OBSCORE).where(_ELSEWHERE)).to_pylist())

    def add(self, name: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Register a collection; how many rows it has.

        Parameters
        ----------
        name : str
        rows : Table
            As `satvo.service.obscore_files.read_images` gives them.
        replace : bool
            Whether a collection of that name is forgotten first, in the same transaction.

        Raises
        ------
        AlreadyThere
            If there is one of that name and it is not to be replaced, or a data product of one of
            these identifiers.
        BadParameter
            If the rows are not those of ivoa.obscore.
        """
        check_collection(name)
        if rows.schema != arrow_schema(OBSCORE):
            raise BadParameter(f"collection {name}: not the columns of ivoa.obscore")
        ordered = rows.sort_by([(column, "ascending") for column in OBSCORE.info["order_by"]])

        def work(tx: Transaction) -> int:
            own = _own(name)
            if replace:
                tx.execute(sa.delete(OBSCORE).where(own))
            elif tx.select(sa.select(OBSCORE.c.obs_id).where(own).limit(1)).num_rows:
                raise AlreadyThere(
                    f"collection {name} is registered already; drop it first, or add it with "
                    "--replace"
                )
            staged = tx.stage("registered_now", rows.select(["obs_publisher_did"]))
            twice = sa.select(OBSCORE.c.obs_publisher_did, _OF).where(
                OBSCORE.c.obs_publisher_did.in_(sa.select(*staged.columns))
            )
            for row in tx.select(twice.limit(1)).to_pylist():
                raise AlreadyThere(
                    f"collection {name}: {row['obs_publisher_did'][:100]} is in the collection "
                    f"{row['obs_collection'][:100]} already; nothing was added"
                )
            return tx.append(OBSCORE, ordered)

        return self._store.write(work)

    def drop(self, name: str) -> int:
        """Forget a collection; how many rows it had. Raises `NotFound` where it is none."""
        own = _own(name)
        count = self._store.write(lambda tx: tx.execute(sa.delete(OBSCORE).where(own)))
        if not count:
            raise NotFound(
                f"no collection {name[:100]!r} of images held elsewhere is registered; satvo "
                "obscore list has all"
            )
        return count
