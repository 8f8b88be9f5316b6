"""What is needed from the archive to tell the state of satellites, and how it comes in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
import sqlalchemy as sa
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import GP
from satvo.schemas.moments import read_moment
from satvo.schemas.satellite import FIRST_SIMULATED, SATELLITE
from satvo.schemas.store.interface import Store, Transaction

__all__ = ["prepare_status", "register_status"]

_HISTORY_D = 60.0
_AHEAD_D = 1.0
"""Epochs of operators' sets lie a little ahead."""
_MJD_EPOCH = datetime(1858, 11, 17)


def prepare_status(
    store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path
) -> None:
    """Write the sets of the last 60 days, and what is known of each satellite.

    Parameters
    ----------
    store : Store
    parameters : mapping
        START: the time of the state, ISO 8601 in UTC; the present without it.
    uploads : Path
        Not looked at.
    folder : Path
        ``history.arrow``, ``satellites.arrow`` and ``request.json`` are written.

    Raises
    ------
    BadParameter
        If the time is not understood.
    """
    if parameters.get("REGISTER") != "true":
        raise BadParameter("REGISTER=true is needed, with a token that has the right write")
    as_of = _as_of_mjd(parameters.get("START"))
    own = GP.c.norad_id < FIRST_SIMULATED
    history = store.select(
        sa.select(GP.c.norad_id, GP.c.epoch_mjd, GP.c.mean_motion, GP.c.eccentricity)
        .add_columns(GP.c.inclination)
        .where(own, GP.c.epoch_mjd.between(as_of - _HISTORY_D, as_of + _AHEAD_D))
        .order_by(GP.c.norad_id, GP.c.epoch_mjd)
    )
    satellites = store.select(
        sa.select(SATELLITE.c.norad_id, SATELLITE.c.constellation, SATELLITE.c.object_type)
        .add_columns(SATELLITE.c.decay_date)
        .where(SATELLITE.c.norad_id < FIRST_SIMULATED)
        .order_by(SATELLITE.c.norad_id)
    )
    feather.write_feather(history, folder / "history.arrow")
    feather.write_feather(satellites, folder / "satellites.arrow")
    (folder / "request.json").write_text(json.dumps({"as_of_mjd": as_of}), "utf-8")


def register_status(tx: Transaction, folder: Path, received: datetime) -> dict[str, Any]:
    """Write ``rows.arrow`` into `satvo.satellite.status`; how many changed, and of each state."""
    rows = feather.read_table(folder / "rows.arrow")
    staged = tx.stage("told_states", rows)
    changed = tx.execute(
        sa.update(SATELLITE)
        .values(status=staged.c.status)
        .where(
            SATELLITE.c.norad_id == staged.c.norad_id,
            SATELLITE.c.status.is_distinct_from(staged.c.status),
        )
    )
    counts = json.loads((folder / "summary.json").read_text("utf-8"))
    return {**counts, "changed": changed}


def _as_of_mjd(text: str | None) -> float:
    try:
        at = read_moment(text) if text else datetime.now(UTC).replace(tzinfo=None)
    except ValueError as err:
        raise BadParameter(
            f"START={ascii(text)[:60]}: a time in UTC is accepted, as 2027-01-31T00:00:00"
        ) from err
    return (at - _MJD_EPOCH).total_seconds() / 86400.0
