"""What a filling needs from the archive, and how its rows come in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import sqlalchemy as sa
from satvo.resources.ephemeris.build import known_elements_table, registered_sites
from satvo.resources.passes.build import elements_file
from satvo.resources.passes.filling.asked import Asked, days_of, read_asked
from satvo.schemas.ephemeris import EPHEMERIS
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from satvo.schemas.observer import OBSERVER
from satvo.schemas.obsplan import OBSPLAN
from satvo.schemas.store.interface import Store, Transaction
from satvo.schemas.transit import TRANSIT

__all__ = ["prepare_ephemeris", "prepare_transits", "register_ephemeris", "register_transits"]

_MOST_OBSERVERS = 100
_MOST_EXPOSURES = 100_000
_AT_ONCE = 500_000
_LATTICE_D = 1e-9
"""A time that was added up may miss the limit of its span by so much."""


def prepare_ephemeris(
    store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path
) -> None:
    """Write ``request.json`` and a file of elements for each day of the span.

    Parameters
    ----------
    store : Store
    parameters : mapping
        As `read_asked` takes them, and REGISTER.
    uploads : Path
        Not looked at.
    folder : Path

    Raises
    ------
    BadParameter
        If a parameter is not understood, an observer is not registered, or no elements are there.
    """
    _prepare(store, parameters, folder)


def prepare_transits(
    store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path
) -> None:
    """As `prepare_ephemeris`, and ``plans.arrow`` with the planned exposures of the span."""
    asked = _prepare(store, parameters, folder)
    if "fov" not in asked.kinds:
        return
    within = OBSPLAN.c.t_min >= asked.start_mjd, OBSPLAN.c.t_min < asked.end_mjd
    rows = store.select(
        sa.select(OBSPLAN)
        .where(*within)
        .order_by(OBSPLAN.c.obs_collection, OBSPLAN.c.t_min, OBSPLAN.c.obs_id)
        .limit(_MOST_EXPOSURES + 1)
    )
    if rows.num_rows > _MOST_EXPOSURES:
        raise BadParameter(
            f"more than {_MOST_EXPOSURES} exposures are planned from MJD {asked.start_mjd:.3f} to "
            f"{asked.end_mjd:.3f}; give fewer HOURS at once"
        )
    feather.write_feather(rows, folder / "plans.arrow")


def register_ephemeris(tx: Transaction, folder: Path, received: datetime) -> dict[str, Any]:
    """Put what a job computed in the place of what was there for its observers and span."""
    filled = json.loads((folder / "filled.json").read_text("utf-8"))
    time = EPHEMERIS.c.epoch_mjd
    removed = 0
    for observer in filled["observers"]:
        own = EPHEMERIS.c.observer_id == observer
        removed += tx.execute(sa.delete(EPHEMERIS).where(own, _of_span(time, filled, _LATTICE_D)))
        if filled["keep_d"] is not None:
            old = time < filled["start_mjd"] - filled["keep_d"]
            removed += tx.execute(sa.delete(EPHEMERIS).where(own, old))
    added = sum(
        tx.append(EPHEMERIS, rows)
        for observer in filled["observers"]
        for rows in _rows_of(folder, filled, observer)
    )
    return {**_told(filled), "rows": added, "replaced": removed}


def register_transits(tx: Transaction, folder: Path, received: datetime) -> dict[str, Any]:
    """As `register_ephemeris`: passes by observer and span, crossings by their exposures.

    Crossings of exposures that are in no plan any more go too.
    """
    filled = json.loads((folder / "filled.json").read_text("utf-8"))
    removed = 0
    kind, time = TRANSIT.c.kind, TRANSIT.c.t_mid
    for observer in filled["observers"]:
        own = TRANSIT.c.observer_id == observer
        if "pass" in filled["kinds"]:
            own_passes = own, kind == "pass", _of_span(time, filled)
            removed += tx.execute(sa.delete(TRANSIT).where(*own_passes))
        if filled["keep_d"] is not None:
            old = time < filled["start_mjd"] - filled["keep_d"]
            removed += tx.execute(sa.delete(TRANSIT).where(own, kind.in_(filled["kinds"]), old))
    if "fov" in filled["kinds"]:
        removed += _forget_exposures(tx, filled)
    added = sum(
        tx.append(TRANSIT, rows.sort_by([("t_mid", "ascending"), ("norad_id", "ascending")]))
        for observer in dict.fromkeys(filled["batches"])
        for rows in _rows_of(folder, filled, observer)
    )
    return {**_told(filled), "rows": added, "replaced": removed, "left_out": filled["left_out"]}


def _prepare(store: Store, parameters: Mapping[str, str], folder: Path) -> Asked:
    if parameters.get("REGISTER") != "true":
        raise BadParameter("REGISTER=true is needed, with a token that has the right write")
    now = mjd_of(datetime.now(UTC).replace(tzinfo=None))
    asked = read_asked(parameters, now)
    observers = _observers(store, asked)
    satellites = 0
    for noon, _, _ in days_of(asked):
        table = known_elements_table(
            store,
            noon,
            max_age_d=asked.max_age_d,
            populations=asked.populations or None,
        )
        satellites = max(satellites, table.num_rows)
        feather.write_feather(table, elements_file(folder, noon))
    if not satellites:
        raise BadParameter(
            f"no element sets are within {asked.max_age_d:g} d of the span from MJD "
            f"{asked.start_mjd:.3f}; load newer ones, give another START or MAXAGE, or a "
            "CONSTELLATION where only simulated ones are here"
        )
    (folder / "request.json").write_text(
        json.dumps({"parameters": dict(parameters), "now_mjd": now, "observers": observers}),
        "utf-8",
    )
    return asked


def _observers(store: Store, asked: Asked) -> list[dict[str, Any]]:
    """Places of the observers asked for, and of all for the facilities of plans."""
    sites = {site.observer_id: site for site in registered_sites(store)}
    unknown = [name for name in asked.observers if name not in sites]
    if unknown:
        raise BadParameter(
            f"observer {unknown[0][:60]!r} is not registered here; there are "
            f"{', '.join(list(sites)[:20]) or 'none'} (satvo observer add)"
        )
    wanted = asked.observers or tuple(sites)
    if not 0 < len(wanted) <= _MOST_OBSERVERS:
        raise BadParameter(
            f"{len(wanted)} observers; 1 to {_MOST_OBSERVERS} are accepted at once: name them by "
            "OBSERVER"
        )
    rows = store.select(sa.select(OBSERVER).order_by(OBSERVER.c.observer_id)).to_pylist()
    return [{**row, "wanted": row["observer_id"] in wanted} for row in rows]


def _of_span(time: Any, filled: Mapping[str, Any], early_d: float = 0.0) -> Any:
    return sa.and_(time >= filled["start_mjd"] - early_d, time < filled["end_mjd"] - early_d)


def _forget_exposures(tx: Transaction, filled: Mapping[str, Any]) -> int:
    fov = TRANSIT.c.kind == "fov"
    ids = pa.table({"exposure_id": pa.array(filled["exposures"], pa.string())})
    staged = tx.stage("filled_exposures", ids)
    again = TRANSIT.c.exposure_id.in_(sa.select(staged.c.exposure_id))
    removed = tx.execute(sa.delete(TRANSIT).where(fov, again))
    planned = sa.exists().where(OBSPLAN.c.obs_id == TRANSIT.c.exposure_id)
    gone = sa.delete(TRANSIT).where(fov, _of_span(TRANSIT.c.t_min, filled), ~planned)
    return removed + tx.execute(gone)


def _rows_of(folder: Path, filled: Mapping[str, Any], observer: str) -> Iterator[pa.Table]:
    """The rows of one observer in their order, some at a time."""
    with pa.memory_map(str(folder / "rows.arrow")) as source:
        reader = pa.ipc.open_file(source)
        held: list[pa.RecordBatch] = []
        for number, whose in enumerate(filled["batches"]):
            if whose != observer:
                continue
            held.append(reader.get_batch(number))
            if sum(batch.num_rows for batch in held) >= _AT_ONCE:
                yield pa.Table.from_batches(held)
                held = []
        if held:
            yield pa.Table.from_batches(held)


def _told(filled: Mapping[str, Any]) -> dict[str, Any]:
    return {name: filled[name] for name in ("start_mjd", "end_mjd", "observers")}
