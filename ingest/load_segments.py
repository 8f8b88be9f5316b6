"""Segments of ephemerides into `satvo.ephemeris_file` and `satvo.state_vector`.

`satvo.ingest.load` calls it; a segment comes in whole or not at all.
"""

from __future__ import annotations

import functools
import hashlib
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.orbits.names import constellation, object_type, target_class
from satvo.schemas.ephemeris_file import EPHEMERIS_FILE
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.leap_seconds import utc_of_tai
from satvo.schemas.moments import MJD_EPOCH
from satvo.schemas.satellite import SATELLITE, is_analyst
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store.interface import Store, Transaction, arrow_schema

__all__ = ["add_segment", "ephemeris_id", "owner_of", "write_segment"]

_CHUNK = 50_000
_VARIANCES = (0, 2, 5)
_LARGEST_NUMBER = 999_999_999


def add_segment(
    store: Store, segment: EphemerisSegment, *, source: str, name: str, received: datetime
) -> bool | str:
    """Add a segment in a transaction of its own; False: it was there already; a text: why not.

    Parameters are those of `write_segment`, but that `name` may be a path.
    """
    owner = owner_of(store, segment)
    if isinstance(owner, str):
        return owner
    last = name.replace("\\", "/").rpartition("/")[2]
    write = functools.partial(
        write_segment,
        segment=segment,
        norad_id=owner,
        source=source,
        name="".join(c if c.isascii() and c.isprintable() else "?" for c in last)[:200],
        received=received,
    )
    return store.write(write)


def owner_of(store: Store, segment: EphemerisSegment) -> int | str:
    """The catalogue number of a segment's object, or why there is none.

    A number in the file stands; a designator is looked up in `satvo.satellite`.
    """
    number = segment.norad_id
    if number is None:
        if segment.object_id is None:
            return (
                "the file names no object; its name must, as in MEME_25544_ISS_....txt, since "
                "the format has no place for it"
            )
        found = store.select(
            sa.select(SATELLITE.c.norad_id).where(SATELLITE.c.object_id == segment.object_id)
        ).to_pylist()
        if len(found) != 1:
            many = "is of several satellites" if found else "is of no satellite known here"
            return (
                f"OBJECT_ID={segment.object_id[:40]} {many}; load the satellite catalogue first "
                "(satvo fetch celestrak --catalogue), or write the catalogue number there"
            )
        number = int(found[0]["norad_id"])
    if not 1 <= number <= _LARGEST_NUMBER:
        return f"norad_id={number}: 1 to {_LARGEST_NUMBER} is accepted"
    if is_analyst(number):
        return f"norad_id={number}: an analyst number, given to one object after another"
    return number


def ephemeris_id(segment: EphemerisSegment, norad_id: int) -> str:
    """The name of a segment, made from its object, start and all that is stored of its content.

    Examples
    --------
    >>> one = EphemerisSegment(1, np.array([5149137637000000]), np.zeros((1, 6)), "TEME")
    >>> ephemeris_id(one, 25544)
    '25544-20220117T120000-7bd017fc0bf9d003'
    """
    told = hashlib.sha256()
    about = (norad_id, segment.frame, segment.interpolation, segment.degree, segment.useable)
    told.update(repr((about, segment.covariance_frames)).encode())
    for array in (segment.tai.astype("<i8"), segment.states, segment.covariances):
        if array is not None:
            # A zero has a sign and a NaN has bits that no file told.
            plain = array if array.dtype.kind == "i" else np.where(np.isnan(array), 7e77, array + 0)
            told.update(np.ascontiguousarray(plain, plain.dtype.newbyteorder("<")).tobytes())
    day, us, _ = utc_of_tai(segment.tai[:1])
    start = MJD_EPOCH + timedelta(days=int(day[0]), seconds=min(int(us[0]) // 1_000_000, 86_399))
    return f"{norad_id}-{start:%Y%m%dT%H%M%S}-{told.hexdigest()[:16]}"


def write_segment(
    tx: Transaction,
    segment: EphemerisSegment,
    *,
    norad_id: int,
    source: str,
    name: str,
    received: datetime,
) -> bool:
    """Add a segment within a transaction; False where the archive has it already.

    Parameters
    ----------
    tx : Transaction
    segment : EphemerisSegment
    norad_id : int
        Whose it is, from `owner_of`.
    source, name : str
        Provider and name of the file.
    received : datetime
        ``ingest_date``; UTC without a zone.
    """
    identity = ephemeris_id(segment, norad_id)
    known = sa.select(EPHEMERIS_FILE.c.norad_id).where(EPHEMERIS_FILE.c.ephemeris_id == identity)
    if tx.select(known).num_rows:
        return False
    _note_object(tx, segment, norad_id)
    about = _about(segment, norad_id, identity) | {
        "ingest_date": received, "source": source, "file_name": name,
    }  # fmt: skip
    tx.append(EPHEMERIS_FILE, pa.Table.from_pylist([about], arrow_schema(EPHEMERIS_FILE)))
    last = sa.select(sa.func.coalesce(sa.func.max(STATE_VECTOR.c.state_id), 0).label("last"))
    first = int(tx.select(last).to_pylist()[0]["last"]) + 1
    for start in range(0, len(segment), _CHUNK):
        rows = slice(start, min(start + _CHUNK, len(segment)))
        tx.append(STATE_VECTOR, _rows(segment, rows, first, about))
    return True


def _about(segment: EphemerisSegment, norad_id: int, identity: str) -> dict[str, Any]:
    given = segment.covariances
    ends = utc_of_tai(segment.tai[[0, -1]])[2]
    return {
        "ephemeris_id": identity,
        "norad_id": norad_id,
        "object_id": segment.object_id,
        "object_name": segment.object_name,
        "format": segment.format,
        "frame": segment.frame,
        "t_min": float(ends[0]),
        "t_max": float(ends[1]),
        "useable_t_min": _mjd(segment.useable[0]),
        "useable_t_max": _mjd(segment.useable[1]),
        "states": int(np.isfinite(segment.states[:, 0]).sum()),
        "covariances": 0 if given is None else int(np.isfinite(given[:, 0]).sum()),
        "interpolation": segment.interpolation,
        "interpolation_degree": segment.degree,
        "originator": segment.originator,
        "creation_mjd": _mjd(segment.created),
    }


def _mjd(tai: int | None) -> float | None:
    return None if tai is None else float(utc_of_tai(np.array([tai]))[2][0])


def _rows(segment: EphemerisSegment, rows: slice, first: int, about: dict[str, Any]) -> pa.Table:
    """Some states as columns of `satvo.state_vector`."""
    count = rows.stop - rows.start
    states = segment.states[rows]
    after = np.zeros(count, np.bool_)
    after[-1] = segment.followed and rows.stop == len(segment)
    columns: dict[str, Any] = {
        "state_id": np.arange(first + rows.start, first + rows.stop),
        "epoch_mjd": utc_of_tai(segment.tai[rows])[2],
        **{name: _nullable(states[:, i]) for i, name in enumerate(_COMPONENTS)},
        **_covariances(segment, rows),
        "maneuver_after": after,
    }
    same = {name: about[name] for name in _SAME} | {
        "source": f"{about['source']}: {about['file_name']}"
    }
    schema = arrow_schema(STATE_VECTOR)
    return pa.table(
        {
            field.name: pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.array([same.get(field.name)] * count, field.type)
            for field in schema
        }
    )


_COMPONENTS = ("x", "y", "z", "vx", "vy", "vz")
_SAME = ("norad_id", "ephemeris_id", "frame", "interpolation", "interpolation_degree")


def _nullable(values: Any) -> Any:
    return pa.array(values, mask=np.isnan(values))


def _covariances(segment: EphemerisSegment, rows: slice) -> dict[str, Any]:
    """The columns cov, cov_frame and pos_err."""
    if segment.covariances is None:
        return {}
    given = segment.covariances[rows]
    missing = np.isnan(given[:, 0])
    offsets = np.concatenate([[0], np.cumsum(np.where(missing, 0, given.shape[1]))])
    lists = pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32(), mask=np.append(missing, False)),
        pa.array(given[~missing].reshape(-1)),
    )
    error = np.sqrt(given[:, _VARIANCES].sum(axis=1))
    return {
        "cov": lists,
        "cov_frame": list(segment.covariance_frames[rows]),
        "pos_err": pa.array(error.astype(np.float32), mask=missing),
    }


def _note_object(tx: Transaction, segment: EphemerisSegment, norad_id: int) -> None:
    """Add the object where it is not known; what is known of one stays."""
    if tx.select(sa.select(SATELLITE.c.norad_id).where(SATELLITE.c.norad_id == norad_id)).num_rows:
        return
    kind = object_type(segment.object_name)
    row = {
        "norad_id": norad_id,
        "object_id": segment.object_id,
        "object_name": segment.object_name,
        "object_type": kind,
        "target_class": target_class(kind),
        "constellation": constellation(segment.object_name),
    }
    schema = pa.schema([arrow_schema(SATELLITE).field(name) for name in row])
    tx.append(SATELLITE, pa.Table.from_pylist([row], schema))
