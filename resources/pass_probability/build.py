"""Maps of pass probabilities in the archive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.feather as feather
import sqlalchemy as sa
from satvo.resources.ephemeris.build import known_elements_table, registered_sites
from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.pass_probability.populations_asked import (
    MAX_AGE_D,
    Wanted,
    uploaded_definitions,
)
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.requests import read_calendar_request, read_map_request
from satvo.resources.pass_probability.stored import (
    MOC_THRESHOLD,
    StoredMap,
    check_map_id,
    facts_row,
    map_of_rows,
    pixel_rows,
    stored_of_row,
)
from satvo.resources.passes.values import truth
from satvo.schemas.errors import AlreadyThere, BadParameter, NotFound
from satvo.schemas.passprob import PASSPROB
from satvo.schemas.passprob_pix import PASSPROB_PIX
from satvo.schemas.store.interface import Store, Transaction, arrow_schema

__all__ = [
    "drop_map",
    "listed_maps",
    "prepare_calendar",
    "prepare_map",
    "register_job",
    "register_map",
    "stored_map",
    "stored_maps",
]


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
    return _add_rows(tx, row, pixel_rows(made, map_id), replace=replace)


def _add_rows(tx: Transaction, row: dict[str, Any], pixels: pa.Table, *, replace: bool) -> int:
    """Write a map of which the rows are made; as `register_map`."""
    map_id = str(row["map_id"])
    if replace:
        _removed(tx, map_id)
    else:
        _refuse_known(tx, map_id)
    tx.append(PASSPROB, pa.Table.from_pylist([row], arrow_schema(PASSPROB)))
    return tx.append(PASSPROB_PIX, pixels)


def drop_map(tx: Transaction, map_id: str) -> int:
    """Forget a map; how many pixels it had. Raises `NotFound` where there is none."""
    maps, pixels = _removed(tx, map_id)
    if not maps:
        raise NotFound(f"there is no map {map_id[:100]}; /maps lists all")
    return pixels


def listed_maps(store: Store) -> list[dict[str, Any]]:
    """map_id, observer_id, t_min (MJD in UTC) and population of the registered maps, by name."""
    columns = [PASSPROB.c[name] for name in ("map_id", "observer_id", "t_min", "population")]
    rows = store.select(sa.select(*columns).order_by(PASSPROB.c.map_id))
    return cast(list[dict[str, Any]], rows.to_pylist())


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


def prepare_map(store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path) -> None:
    """Write what `satvo.resources.pass_probability.job.run_map` needs: place, and elements.

    Parameters
    ----------
    store : Store
    parameters : mapping
        Of the job.
    uploads : Path
        May hold definitions, as DEFINITION.
    folder : Path
        Where ``request.json`` is written, and ``elements.arrow`` where elements are counted.

    Raises
    ------
    BadParameter, AlreadyThere
        For what is not understood, not here, or has a name that exists.
    """
    find = _Finder(store)
    asked = read_map_request(parameters, find, uploaded_definitions(uploads))
    if parameters.get("REGISTER") == "true":
        if not parameters.get("NAME"):
            raise BadParameter("NAME is missing; a map that is registered needs one")
        if not truth(parameters, "REPLACE"):
            _refuse_known(store, check_map_id(parameters["NAME"]))
    _write_elements(store, asked.wanted, asked.situation.mjd, folder)
    _write_request(asked.situation.observer, folder)


def prepare_calendar(
    store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path
) -> None:
    """The same for `run_calendar`; elements are those nearest to its first night."""
    asked = read_calendar_request(parameters, _Finder(store), uploaded_definitions(uploads))
    _write_elements(store, asked.wanted, asked.first_mjd, folder)
    _write_request(asked.observer, folder)


def register_job(tx: Transaction, folder: Path, received: datetime) -> dict[str, Any]:
    """Take in the map that a job or a command wrote into a folder.

    Raises
    ------
    AlreadyThere
        If one of its name has come meanwhile.
    """
    given = json.loads((folder / "row.json").read_text("utf-8"))
    row = given["row"]
    check_map_id(row["map_id"])
    row["created"] = datetime.fromisoformat(row["created"])
    pixels = feather.read_table(folder / "pixels.arrow", memory_map=False)
    count = _add_rows(tx, row, pixels, replace=given["replace"])
    return {"map_id": row["map_id"], "pixels": count}


class _Finder:
    """Finds observers, registered ones first."""

    def __init__(self, store: Store) -> None:
        self._sites = registered_sites(store)

    def __call__(self, text: str) -> Observer:
        return find_observer(text, self._sites)


def _write_elements(store: Store, wanted: Wanted, mjd: float, folder: Path) -> None:
    if not wanted.needs_elements:
        return
    names = None if wanted.is_catalogue else wanted.archived
    table = known_elements_table(store, mjd, max_age_d=MAX_AGE_D, populations=names)
    wanted.check_found(set(table["constellation"].to_pylist()), table.num_rows)
    feather.write_feather(table, folder / "elements.arrow")


def _write_request(observer: GroundObserver, folder: Path) -> None:
    place = {
        "lon_deg": observer.lon_deg,
        "lat_deg": observer.lat_deg,
        "height_m": observer.height_m,
        "name": observer.name,
    }
    prepared = datetime.now(UTC).replace(tzinfo=None)
    (folder / "request.json").write_text(
        json.dumps({"observer": place, "prepared": prepared.isoformat()}), "utf-8"
    )


def _refuse_known(where: Store | Transaction, map_id: str) -> None:
    if where.select(sa.select(PASSPROB.c.map_id).where(PASSPROB.c.map_id == map_id)).num_rows:
        raise AlreadyThere(
            f"map {map_id} is there already; give another NAME, or replace it by REPLACE=true"
        )
