"""Segments of ephemerides from the rows that `satvo.ingest.load_segments` made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.leap_seconds import tai_of_mjd

__all__ = ["FILE_COLUMNS", "STATE_COLUMNS", "segment_of_rows"]

FILE_COLUMNS = (
    "ephemeris_id", "norad_id", "object_id", "object_name", "format", "frame", "useable_t_min",
    "useable_t_max", "interpolation", "interpolation_degree", "originator", "creation_mjd",
)  # fmt: skip
"""Columns of `satvo.ephemeris_file` that say what a segment is."""

STATE_COLUMNS = (
    "epoch_mjd", "x", "y", "z", "vx", "vy", "vz", "cov", "cov_frame", "maneuver_after",
)  # fmt: skip
"""Columns of `satvo.state_vector` that its states are made of."""


def segment_of_rows(about: Mapping[str, Any], rows: pa.Table) -> EphemerisSegment:
    """The segment that was stored, or some of it.

    Parameters
    ----------
    about : mapping
        `FILE_COLUMNS` of its row in `satvo.ephemeris_file`.
    rows : Table
        `STATE_COLUMNS` of its rows in `satvo.state_vector`, by increasing epoch_mjd.
    """
    frames = rows["cov_frame"].to_pylist()
    after = rows["maneuver_after"].to_pylist()
    return EphemerisSegment(
        line=1,
        tai=tai_of_mjd(rows["epoch_mjd"].to_numpy()),
        states=np.column_stack([_floats(rows[name]) for name in STATE_COLUMNS[1:7]]),
        frame=about["frame"],
        covariances=_covariances(rows["cov"]),
        covariance_frames=tuple(frames) if any(frames) else (),
        interpolation=about["interpolation"],
        degree=about["interpolation_degree"],
        useable=(_tai(about["useable_t_min"]), _tai(about["useable_t_max"])),
        followed=bool(after and after[-1]),
        norad_id=about["norad_id"],
        object_id=about["object_id"],
        object_name=about["object_name"],
        format=about["format"],
        originator=about["originator"],
        created=_tai(about["creation_mjd"]),
    )


def _tai(mjd: float | None) -> int | None:
    return None if mjd is None else int(tai_of_mjd(mjd))


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).fill_null(np.nan).to_numpy(), np.float64)


def _covariances(column: pa.ChunkedArray) -> NDArray[np.float64] | None:
    if column.null_count == len(column):
        return None
    lower = np.full((len(column), 21), np.nan)
    there = ~np.asarray(column.is_null().to_numpy(zero_copy_only=False), np.bool_)
    lower[there] = np.array(column.drop_null().to_pylist(), np.float64).reshape(-1, 21)
    return lower
