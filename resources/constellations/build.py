"""How simulated element sets of constellations come into the archive."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from satvo.ingest.load import BATCH, write_sets
from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.constellations.filed import SIMULATED_PREFIX
from satvo.schemas.errors import AlreadyThere
from satvo.schemas.gp import ElementSet
from satvo.schemas.satellite import FIRST_SIMULATED, SATELLITE
from satvo.schemas.store.interface import Transaction

__all__ = ["add_simulated", "register_job"]

_SAME_ORBIT = 1e-6
"""How far period (of 1) and inclination (deg) of one satellite may differ from epoch to epoch."""


def add_simulated(
    tx: Transaction, name: str, sets: Iterable[ElementSet], *, received: datetime
) -> dict[str, Any]:
    """Add the simulated satellites of a constellation to `satvo.gp` and `satvo.satellite`.

    A satellite that is known by its name within the constellation keeps its number, so that the
    same constellation at another epoch gives its satellites newer sets; others get the numbers
    after the last one given.

    Parameters
    ----------
    tx : Transaction
    name : str
        Of the constellation; published as ``sim-`` and the name.
    sets : iterable of ElementSet
        With names; their own numbers are not kept.
    received : datetime
        ``ingest_date``; UTC without a zone.

    Returns
    -------
    dict
        constellation, element_sets, new (of the sets), first_norad_id and last_norad_id.

    Raises
    ------
    AlreadyThere
        If a constellation of this name is known that has other satellites, by their names,
        periods or inclinations.
    """
    published = f"{SIMULATED_PREFIX}{name}"
    known = _known(tx, published)
    last = sa.select(sa.func.max(SATELLITE.c.norad_id).label("last"))
    (row,) = tx.select(last.where(SATELLITE.c.norad_id >= FIRST_SIMULATED)).to_pylist()
    free = itertools.count(FIRST_SIMULATED if row["last"] is None else row["last"] + 1)
    count = new = 0
    used: list[int] = []
    stream = iter(sets)
    while batch := list(itertools.islice(stream, BATCH)):
        if known:
            numbered = [replace(s, norad_id=_number(known, s, published)) for s in batch]
        else:
            numbered = [replace(s, norad_id=next(free)) for s in batch]
        new += write_sets(
            tx, numbered, source="simulated", received=received, constellation_name=published
        )
        count += len(batch)
        used.append(min(each.norad_id for each in numbered))
        used.append(max(each.norad_id for each in numbered))
    if known and count != len(known):
        raise AlreadyThere(_other(published, f"{len(known)} satellites and not {count}"))
    return {
        "constellation": published,
        "element_sets": count,
        "new": new,
        "first_norad_id": min(used, default=None),
        "last_norad_id": max(used, default=None),
    }


def _known(tx: Transaction, published: str) -> dict[str | None, tuple[int, float, float]]:
    """Number, period (min) and inclination (deg) of a constellation's satellites, by name."""
    wanted = sa.select(
        *(SATELLITE.c[name] for name in ("object_name", "norad_id", "period", "inclination"))
    ).where(SATELLITE.c.constellation == published, SATELLITE.c.norad_id >= FIRST_SIMULATED)
    return {
        row["object_name"]: (row["norad_id"], row["period"], row["inclination"])
        for row in tx.select(wanted).to_pylist()
    }


def _number(
    known: dict[str | None, tuple[int, float, float]], each: ElementSet, published: str
) -> int:
    found = known.get(each.object_name)
    if found is None:
        raise AlreadyThere(_other(published, f"no {each.object_name}"))
    number, period, inclination = found
    same_period = math.isclose(period * each.mean_motion, 1440.0, rel_tol=_SAME_ORBIT)
    if not same_period or abs(inclination - each.inclination) > _SAME_ORBIT:
        raise AlreadyThere(_other(published, f"{each.object_name} in another orbit"))
    return number


def _other(published: str, what: str) -> str:
    return (
        f"{published} is in the archive already, with {what}; give the definition another name "
        "(the same one at another epoch gives its satellites newer sets)"
    )


def register_job(tx: Transaction, folder: Path, received: datetime) -> dict[str, Any]:
    """Add what `satvo.resources.constellations.job.run` wrote; as `add_simulated`."""
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    with (folder / "elements.csv").open("rb") as stream:
        records = read_orbits(stream, name="elements.csv", format="omm-csv")
        return add_simulated(tx, summary["constellation"], _sets(records), received=received)


def _sets(records: Iterable[object]) -> Iterator[ElementSet]:
    for record in records:
        if not isinstance(record, ElementSet):
            raise TypeError(f"our own job wrote {record}")
        yield replace(record, originator="SATVO", creation_date=record.epoch)
