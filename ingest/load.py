"""The only writer of ingested rows: element sets, ephemerides and catalogue entries.

Loading is idempotent, keeps all history, and is whole or not at all for each batch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.load_segments import add_segment
from satvo.ingest.orbits.names import constellation, object_type, target_class
from satvo.ingest.orbits.records import Record, Rejected
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.gp import GP, IDENTITY, ElementSet
from satvo.schemas.satellite import (
    ANALYST_NUMBERS,
    FIRST_SIMULATED,
    SATELLITE,
    CatalogueEntry,
    is_analyst,
)
from satvo.schemas.store.interface import Store, Transaction, arrow_schema

__all__ = ["BATCH", "LoadReport", "load_orbits", "write_sets"]

BATCH = 50_000
"""Records a transaction: bounds the memory, and what a kill in the middle makes us read again."""

MAX_REJECTED_KEPT = 1_000
"""Reasons kept in a report; all are counted."""

EARTH_RADIUS_KM = 6378.135  # WGS-72, as SGP4 and the published SATCAT have it
EARTH_MU = 398600.8  # km**3/s**2, WGS-72
_MJD_1970 = 40587.0


@dataclass(slots=True)
class LoadReport:
    """What became of the records of one file.

    Attributes
    ----------
    read : int
        Records found, good and bad; of an ephemeris each state.
    new : int
        Element sets and states added, or catalogue entries of objects not known before.
    changed : int
        Catalogue entries that said something new of a known object.
    unchanged : int
        Records that added nothing, because the archive has them already.
    rejected : int
        Records left out.
    reasons : list of Rejected
        Why, for the first thousand of them.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    reasons: list[Rejected] = field(default_factory=list)


def load_orbits(
    store: Store,
    records: Iterable[Record],
    *,
    source: str,
    received: datetime,
    name: str = "",
    progress: Callable[[LoadReport], object] = lambda report: None,
) -> LoadReport:
    """Add what an orbit file holds to the archive.

    Parameters
    ----------
    store : Store
    records : iterable
        Element sets, ephemerides, catalogue entries and rejected pieces, as an orbit format yields
        them.
    source : str
        What `satvo.gp` says in ``source``.
    received : datetime
        ``ingest_date``; UTC without a zone.
    name : str
        Of the file, of which ephemerides keep the last part.
    progress : callable
        Called with the report so far, after each batch.

    Returns
    -------
    LoadReport

    Notes
    -----
    An element set is known already when `satvo.schemas.gp.IDENTITY` agrees. A set of an analyst
    number supersedes only sets of the same number and designator, and makes no satellite. A segment
    of an ephemeris is known when all its states are (`satvo.ingest.load_segments.ephemeris_id`).
    """
    report = LoadReport()
    for batch in _batches(_kept(iter(records), report)):
        if isinstance(batch, EphemerisSegment):
            added = add_segment(store, batch, source=source, name=name, received=received)
            if isinstance(added, str):
                _reject(report, Rejected(batch.line, added), len(batch))
            else:
                report.new += len(batch) if added else 0
                report.unchanged += 0 if added else len(batch)
            progress(report)
            continue
        sets = [r for r in batch if isinstance(r, ElementSet)]
        entries = [r for r in batch if isinstance(r, CatalogueEntry)]
        if sets:
            write = functools.partial(write_sets, sets=sets, source=source, received=received)
            new = store.write(write)
            report.new += new
            report.unchanged += len(sets) - new
        if entries:
            new, changed = _load_entries(store, entries)
            report.new += new
            report.changed += changed
            report.unchanged += len(entries) - new - changed
        progress(report)
    return report


_Small = ElementSet | CatalogueEntry


def _kept(records: Iterator[Record], report: LoadReport) -> Iterator[_Small | EphemerisSegment]:
    for record in records:
        report.read += len(record) if isinstance(record, EphemerisSegment) else 1
        if isinstance(record, Rejected):
            _reject(report, record)
        else:
            yield record


def _batches(
    records: Iterator[_Small | EphemerisSegment],
) -> Iterator[list[_Small] | EphemerisSegment]:
    """The records as batches, each segment of an ephemeris as one of its own."""
    batch: list[_Small] = []
    for record in records:
        if not isinstance(record, EphemerisSegment):
            batch.append(record)
        if batch and (len(batch) >= BATCH or isinstance(record, EphemerisSegment)):
            yield batch
            batch = []
        if isinstance(record, EphemerisSegment):
            yield record
    if batch:
        yield batch


def _reject(report: LoadReport, rejected: Rejected, count: int = 1) -> None:
    report.rejected += count
    if len(report.reasons) < MAX_REJECTED_KEPT:
        report.reasons.append(rejected)


# Element sets


def write_sets(
    tx: Transaction,
    sets: list[ElementSet],
    *,
    source: str,
    received: datetime,
    constellation_name: str | None = None,
) -> int:
    """Add element sets within a transaction, as `load_orbits` does; how many are new.

    Parameters
    ----------
    tx : Transaction
    sets : list of ElementSet
        `BATCH` of them at most, for the sake of memory.
    source, received
        As in `load_orbits`.
    constellation_name : str, optional
        The constellation of all objects, instead of what their names show.
    """
    new = _insert_new(tx, tx.stage("incoming", _gp_rows(sets, source, received)))
    if new:
        numbers = pa.table({"norad_id": pa.array([s.norad_id for s in sets], pa.int32())})
        _supersede(tx, tx.stage("touched", numbers))
    _note_objects(tx, tx.stage("objects", _object_rows(sets, constellation_name)))
    return new


def _gp_rows(sets: list[ElementSet], source: str, received: datetime) -> pa.Table:
    """The sets as columns of `satvo.gp`, without gp_id, in the table's physical order."""
    schema = arrow_schema(GP)
    columns: dict[str, Any] = {
        about.name: pa.array([getattr(s, about.name) for s in sets], schema.field(about.name).type)
        for about in fields(ElementSet)
        if about.name in GP.columns
    }
    micros = np.asarray(columns["epoch"].cast(pa.int64()))
    days, rest = np.divmod(micros, 86_400_000_000)
    columns["epoch_mjd"] = pa.array(_MJD_1970 + days + rest / 86.4e9)
    columns["semimajor_axis"] = pa.array(_semimajor_axis(np.asarray(columns["mean_motion"])))
    columns["ingest_date"] = pa.array([received] * len(sets), pa.timestamp("us"))
    columns["source"] = pa.array([source] * len(sets), pa.string())
    return pa.table(columns).sort_by([("norad_id", "ascending"), ("epoch", "ascending")])


def _semimajor_axis(mean_motion: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    """Kepler's third law: rev/d to km."""
    return np.cbrt(EARTH_MU / (mean_motion * (2 * math.pi / 86400)) ** 2)


def _insert_new(tx: Transaction, incoming: sa.TableClause) -> int:
    """Insert the sets that are not there; of equal sets in one batch, one."""
    nth = sa.func.row_number().over(partition_by=[incoming.c[n] for n in IDENTITY]).label("nth")
    once = sa.select(*incoming.columns, nth).subquery("once")
    # The epoch and the number find candidates; the rest are compared only on those.
    known = sa.exists().where(*(GP.c[name] == once.c[name] for name in IDENTITY))
    last = sa.select(sa.func.coalesce(sa.func.max(GP.c.gp_id), 0)).scalar_subquery()
    number = sa.func.row_number().over(order_by=[once.c.norad_id, once.c.epoch])
    names = [str(c.name) for c in incoming.columns]
    fresh = (
        sa.select((last + number).label("gp_id"), *(once.c[name] for name in names))
        .where(once.c.nth == 1, ~known)
        .order_by(once.c.norad_id, once.c.epoch)
    )
    return tx.execute(sa.insert(GP).from_select(["gp_id", *names], fresh))


def _supersede(tx: Transaction, touched: sa.TableClause) -> None:
    """Let every set of the objects touched point to the next newer one.

    An older set that arrives late is woven in; a set itself never changes.
    """
    analyst = sa.between(GP.c.norad_id, ANALYST_NUMBERS.start, ANALYST_NUMBERS.stop - 1)
    # An analyst number is given to one object after another: only an equal designator joins sets.
    identity = sa.case((analyst, sa.func.coalesce(GP.c.object_id, "")), else_="")
    newer = (
        sa.func.lead(GP.c.gp_id)
        .over(
            partition_by=[GP.c.norad_id, identity],
            order_by=[GP.c.epoch, sa.func.coalesce(GP.c.creation_date, GP.c.epoch), GP.c.gp_id],
        )
        .label("newer")
    )
    chain = (
        sa.select(GP.c.gp_id, newer)
        .where(GP.c.norad_id.in_(sa.select(touched.c.norad_id)))
        .subquery("chain")
    )
    tx.execute(
        sa.update(GP)
        .values(superseded_by=chain.c.newer)
        .where(GP.c.gp_id == chain.c.gp_id, GP.c.superseded_by.is_distinct_from(chain.c.newer))
    )


# Objects


def _object_rows(sets: list[ElementSet], constellation_name: str | None) -> pa.Table:
    """What the newest set of each object says of it; analyst numbers stand for no object."""
    newest: dict[int, ElementSet] = {}
    for each in sets:
        if not is_analyst(each.norad_id):
            known = newest.get(each.norad_id)
            if known is None or each.epoch >= known.epoch:
                newest[each.norad_id] = each
    rows = []
    for each in newest.values():
        simulated = each.norad_id >= FIRST_SIMULATED
        kind = "PAYLOAD" if simulated else each.object_type or object_type(each.object_name)
        axis = float(_semimajor_axis(np.float64(each.mean_motion)))  # type: ignore[arg-type]
        rows.append(
            {
                "norad_id": each.norad_id,
                "object_id": each.object_id,
                "object_name": each.object_name,
                "object_type": kind,
                "target_class": target_class(kind),
                "constellation": constellation_name or constellation(each.object_name),
                "decay_date": each.decay_date,
                "period": 1440.0 / each.mean_motion,
                "inclination": each.inclination,
                "apogee": axis * (1 + each.eccentricity) - EARTH_RADIUS_KM,
                "perigee": axis * (1 - each.eccentricity) - EARTH_RADIUS_KM,
                "epoch": each.epoch,
            }
        )
    names = (*_FROM_SETS, "epoch")
    known_types = arrow_schema(SATELLITE)
    schema = pa.schema(
        [(n, pa.timestamp("us") if n == "epoch" else known_types.field(n).type) for n in names]
    )
    return pa.Table.from_pylist(rows, schema)


_ORBIT = ("period", "inclination", "apogee", "perigee")
_FROM_SETS = (
    "norad_id", "object_id", "object_name", "object_type", "target_class", "constellation",
    "decay_date", *_ORBIT,
)  # fmt: skip


def _note_objects(tx: Transaction, objects: sa.TableClause) -> None:
    """Add objects not known before, and renew what the current set of a known one says."""
    _insert_missing(tx, objects, _FROM_SETS)
    current = sa.exists().where(
        GP.c.norad_id == objects.c.norad_id,
        GP.c.epoch == objects.c.epoch,
        GP.c.superseded_by.is_(None),
    )
    better_type = sa.and_(
        objects.c.object_type != "UNKNOWN",
        sa.func.coalesce(SATELLITE.c.object_type, "UNKNOWN") == "UNKNOWN",
    )
    values = {
        **{name: objects.c[name] for name in _ORBIT},
        **{name: _given(objects, name) for name in ("object_name", "object_id", "decay_date")},
        "constellation": sa.func.coalesce(SATELLITE.c.constellation, objects.c.constellation),
        **{
            name: sa.case((better_type, objects.c[name]), else_=SATELLITE.c[name])
            for name in ("object_type", "target_class")
        },
    }
    tx.execute(_renewal(objects, values).where(current))


def _load_entries(store: Store, entries: list[CatalogueEntry]) -> tuple[int, int]:
    """Add catalogue entries; how many objects are new and how many known ones changed."""
    last = {entry.norad_id: entry for entry in entries}
    rows = []
    for entry in last.values():
        row = {about.name: getattr(entry, about.name) for about in fields(CatalogueEntry)}
        only_magnitude = entry.mag_std is not None and entry.object_name is None
        kind = entry.object_type or (None if only_magnitude else object_type(entry.object_name))
        row["object_type"] = kind
        row["target_class"] = None if kind is None else target_class(kind)
        row["constellation"] = constellation(entry.object_name)
        rows.append(row)
    names = tuple(rows[0])
    known_types = arrow_schema(SATELLITE)
    table = pa.Table.from_pylist(rows, pa.schema([known_types.field(name) for name in names]))

    def work(tx: Transaction) -> tuple[int, int]:
        staged = tx.stage("entries", table.sort_by("norad_id"))
        new = _insert_missing(tx, staged, names)
        # The orbit follows the current element set where there is one.
        has_set = sa.exists().where(GP.c.norad_id == staged.c.norad_id)
        values = {
            name: sa.case((has_set, SATELLITE.c[name]), else_=_given(staged, name))
            if name in _ORBIT
            else _given(staged, name)
            for name in names
            if name != "norad_id"
        }
        return new, tx.execute(_renewal(staged, values))

    return store.write(work)


def _insert_missing(tx: Transaction, staged: sa.TableClause, names: tuple[str, ...]) -> int:
    known = sa.exists().where(SATELLITE.c.norad_id == staged.c.norad_id)
    is_whole = staged.c.object_type.is_not(None)  # and not a magnitude alone
    missing = sa.select(*(staged.c[n] for n in names)).where(~known, is_whole)
    missing = missing.order_by(staged.c.norad_id)
    return tx.execute(sa.insert(SATELLITE).from_select(list(names), missing))


def _given(staged: sa.TableClause, name: str) -> sa.ColumnElement[Any]:
    """What the new row says, or what is known where it says nothing."""
    return sa.func.coalesce(staged.c[name], SATELLITE.c[name])


def _renewal(staged: sa.TableClause, values: dict[str, Any]) -> sa.Update:
    """Set these columns of the objects staged, where that changes anything."""
    changes = sa.or_(*(SATELLITE.c[name].is_distinct_from(value) for name, value in values.items()))
    return (
        sa.update(SATELLITE)
        .values(values)
        .where(SATELLITE.c.norad_id == staged.c.norad_id, changes)
    )
