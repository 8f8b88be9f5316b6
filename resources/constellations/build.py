"""Simulated element sets of constellations, and how they come into the archive."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from satvo.ingest.constellations.definition import Constellation, read_constellation
from satvo.ingest.load import BATCH, write_sets
from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.constellations.walker import kozai_mean_motion, walker_elements
from satvo.schemas.gp import ElementSet
from satvo.schemas.satellite import FIRST_SIMULATED, SATELLITE
from satvo.schemas.store.interface import Transaction

__all__ = ["add_simulated", "filed_constellations", "register_job", "simulated_sets"]


def filed_constellations() -> list[Constellation]:
    """The constellations whose filings the package carries, by name."""
    found = []
    for path in (files("satvo.resources.constellations") / "filings").iterdir():
        if path.name.endswith(".yaml"):
            with path.open("rb") as stream:
                found.append(read_constellation(stream, name=path.name))
    return sorted(found, key=lambda constellation: constellation.name)


def simulated_sets(
    constellation: Constellation, *, epoch: datetime, first_number: int
) -> Iterator[ElementSet]:
    """One element set for each satellite of a constellation.

    Parameters
    ----------
    constellation : Constellation
    epoch : datetime
        Of the elements, UTC without a zone.
    first_number : int
        ``norad_id`` of the first satellite; the others follow.
    """
    number = first_number
    for shell in constellation.shells:
        motion = kozai_mean_motion(shell.altitude_km, shell.inclination_deg)
        elements = walker_elements(
            shell.planes,
            shell.satellites_per_plane,
            raan_spread_deg=shell.raan_spread_deg,
            phasing=shell.phasing,
        )
        for node, anomaly, plane, place in zip(
            elements.ra_of_asc_node.tolist(),
            elements.mean_anomaly.tolist(),
            elements.plane.tolist(),
            elements.place.tolist(),
            strict=True,
        ):
            yield ElementSet(
                norad_id=number,
                epoch=epoch,
                mean_motion=motion,
                eccentricity=0.0,
                inclination=shell.inclination_deg,
                ra_of_asc_node=node,
                arg_of_pericenter=0.0,
                mean_anomaly=anomaly,
                object_name=f"SIM {constellation.name.upper()} {shell.id} {plane + 1}-{place + 1}",
                originator="SATVO",
                classification_type="U",
                creation_date=epoch,
            )
            number += 1


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
    """
    published = f"sim-{name}"
    numbers = _numbers(tx, published)
    last = sa.select(sa.func.max(SATELLITE.c.norad_id).label("last"))
    (row,) = tx.select(last.where(SATELLITE.c.norad_id >= FIRST_SIMULATED)).to_pylist()
    free = itertools.count(FIRST_SIMULATED if row["last"] is None else row["last"] + 1)
    count = new = 0
    used: list[int] = []
    stream = iter(sets)
    while batch := list(itertools.islice(stream, BATCH)):
        for each in batch:
            if each.object_name not in numbers:
                numbers[each.object_name] = next(free)
        numbered = [replace(each, norad_id=numbers[each.object_name]) for each in batch]
        new += write_sets(
            tx, numbered, source="simulated", received=received, constellation_name=published
        )
        count += len(batch)
        used.append(min(each.norad_id for each in numbered))
        used.append(max(each.norad_id for each in numbered))
    return {
        "constellation": published,
        "element_sets": count,
        "new": new,
        "first_norad_id": min(used, default=None),
        "last_norad_id": max(used, default=None),
    }


def _numbers(tx: Transaction, published: str) -> dict[str | None, int]:
    """The numbers of a constellation's satellites by their names."""
    known = sa.select(SATELLITE.c.object_name, SATELLITE.c.norad_id).where(
        SATELLITE.c.constellation == published, SATELLITE.c.norad_id >= FIRST_SIMULATED
    )
    return {row["object_name"]: row["norad_id"] for row in tx.select(known).to_pylist()}


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
