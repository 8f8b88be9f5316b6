"""Observing plans, kept as the rows of ivoa.obsplan (ObsLocTAP 1.0)."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from satvo.schemas.errors import AlreadyThere, BadParameter, NotFound
from satvo.schemas.obsplan import (
    CATEGORIES,
    EXECUTION_STATUSES,
    OBSPLAN,
    PRIORITIES,
    TRACKING_TYPES,
    region_numbers,
)
from satvo.schemas.store import Store, Transaction
from satvo.schemas.store.interface import arrow_schema
from satvo.service.declared_tables import collections

__all__ = ["Plans", "check_plan"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WORDS: dict[str, tuple[Any, ...]] = {
    "category": CATEGORIES,
    "priority": PRIORITIES,
    "execution_status": EXECUTION_STATUSES,
    "tracking_type": TRACKING_TYPES,
}
_RANGES = {
    "t_planning": (-678_576.0, 2_973_483.0),  # MJD of the years 1 and 9999
    "t_min": (-678_576.0, 2_973_483.0),
    "t_max": (-678_576.0, 2_973_483.0),
    "s_ra": (0.0, 360.0),
    "s_dec": (-90.0, 90.0),
    "s_fov": (0.0, 180.0),
    "t_exptime": (0.0, 1e7),
    "t_plan_exptime": (0.0, 1e7),
}


def check_plan(plan: pa.Table, name: str) -> None:
    """See that rows can be those of a plan; raises `BadParameter` for the first that cannot."""
    _check_name(name)
    for column in OBSPLAN.columns:
        if not column.nullable:
            _refuse(
                plan, name, str(column.name), pc.is_null(plan.column(column.name)), "is missing"
            )
    _refuse(
        plan,
        name,
        "obs_id",
        pc.equal(pc.utf8_trim_whitespace(plan.column("obs_id")), ""),
        "is empty",
    )
    _check_unique(plan, name)
    for word, accepted in _WORDS.items():
        values = plan.column(word)
        odd = pc.invert(pc.is_in(values, pa.array(accepted, values.type)))
        _refuse(plan, name, word, odd, f"is none of {', '.join(map(str, accepted))}")
    for number, (low, high) in _RANGES.items():
        values = plan.column(number)
        inside = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
        _refuse(plan, name, number, pc.invert(inside), f"is not from {low:g} to {high:g}")
    backwards = pc.less(plan.column("t_max"), plan.column("t_min"))
    _refuse(plan, name, "t_max", backwards, "is before t_min")
    _refuse(
        plan,
        name,
        "t_min",
        _timeless(plan),
        "(or t_max, t_exptime) is missing, and the execution_status is Scheduled or Performed",
    )
    for row, region in enumerate(plan.column("s_region").to_pylist(), 1):
        if region is not None:
            try:
                region_numbers(region)
            except BadParameter as err:
                raise BadParameter(f"plan {name}: row {row}: {err}") from err


def _check_unique(plan: pa.Table, name: str) -> None:
    ids = plan.column("obs_id").to_pylist()
    first: dict[str, int] = {}
    for row, value in enumerate(ids, 1):
        if first.setdefault(value, row) != row:
            raise BadParameter(
                f"plan {name}: row {row}: obs_id {value[:100]!r} is that of row {first[value]} too"
            )


def _timeless(plan: pa.Table) -> pa.ChunkedArray:
    """Which observations should have a time and have none (ObsLocTAP 1.0, section 4.1)."""
    lacking = [pc.is_null(plan.column(column)) for column in ("t_min", "t_max", "t_exptime")]
    done = pc.is_in(plan.column("execution_status"), pa.array(["Scheduled", "Performed"]))
    return pc.and_(done, pc.or_(pc.or_(lacking[0], lacking[1]), lacking[2]))


def _refuse(plan: pa.Table, name: str, column: str, odd: pa.ChunkedArray, why: str) -> None:
    """Raise for the first row that is odd; a null is not."""
    row = pc.index(odd, True).as_py()
    if row >= 0:
        value = plan.column(column)[row].as_py()
        shown = "" if value is None else f" {value!r:.100}"
        raise BadParameter(f"plan {name}: row {row + 1}: {column}{shown} {why}")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadParameter(
            f"plan {name[:100]!r}: give it a name (--name) of up to 64 letters, digits and . _ -, "
            "a letter or digit first"
        )


class Plans:
    """The registered plans.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[dict[str, Any]]:
        """Their names, rows, and the time they cover (MJD in UTC, None where unscheduled)."""
        return list(self._store.select(collections(OBSPLAN)).to_pylist())

    def add(self, name: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Register a plan; how many rows it has.

        Parameters
        ----------
        name : str
        rows : Table
            As `read_plan` gives them.
        replace : bool
            Whether a plan of that name is forgotten first, in the same transaction.

        Raises
        ------
        AlreadyThere
            If there is one of that name and it is not to be replaced.
        BadParameter
            If the rows are not those of a plan.
        """
        if rows.schema != arrow_schema(OBSPLAN):
            raise BadParameter(f"plan {name}: not the columns of ivoa.obsplan")
        check_plan(rows, name)
        ordered = rows.sort_by([(column, "ascending") for column in OBSPLAN.info["order_by"]])

        def work(tx: Transaction) -> int:
            own = OBSPLAN.c.obs_collection == name
            if replace:
                tx.execute(sa.delete(OBSPLAN).where(own))
            elif tx.select(sa.select(OBSPLAN.c.obs_id).where(own).limit(1)).num_rows:
                raise AlreadyThere(
                    f"plan {name} is registered already; drop it first, or add it with --replace"
                )
            return tx.append(OBSPLAN, ordered)

        return self._store.write(work)

    def drop(self, name: str) -> int:
        """Forget a plan; how many rows it had. Raises `NotFound` where it is none."""
        own = OBSPLAN.c.obs_collection == name
        count = self._store.write(lambda tx: tx.execute(sa.delete(OBSPLAN).where(own)))
        if not count:
            raise NotFound(f"no plan {name[:100]!r} is registered; satvo plan list has all")
        return count
