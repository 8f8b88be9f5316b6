"""What TrailSimulate is given as files and as text: transit lists, steps, rates of trails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from satvo.ingest.tables.formats import read_table
from satvo.resources.trails.rates import Counted, TrailRate
from satvo.schemas.errors import BadParameter

__all__ = ["columns_of", "rate_of_table", "rate_of_text", "read_columns", "read_rate"]

_MOST_ROWS = 1_000_000
_RATE_COLUMNS = ("mag_bright", "mag_faint", "rate")


def columns_of(table: pa.Table) -> dict[str, NDArray[Any]]:
    """The columns of an Arrow table as arrays by lower-case name: NaN or None where null."""
    found: dict[str, NDArray[Any]] = {}
    for name in table.column_names:
        values = table[name].combine_chunks()
        if pa.types.is_floating(values.type) or (
            pa.types.is_integer(values.type) and values.null_count
        ):
            array = np.array(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        elif pa.types.is_integer(values.type) or (
            pa.types.is_boolean(values.type) and not values.null_count
        ):
            array = np.array(values.to_numpy(zero_copy_only=False))
        else:
            array = np.empty(len(values), dtype=object)
            array[:] = values.to_pylist()
        found[name.lower()] = array
    return found


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """The columns of a table that ``satvo passes -o`` or ``--steps-output`` wrote, or the like.

    ECSV, CSV, VOTable, FITS, Parquet and the others of `satvo.ingest.tables.formats`, read in this
    process: for files of the user's own.

    Raises
    ------
    BadParameter, UnknownFormat, LimitExceeded
        If it is no table, or has more than a million rows.
    """
    try:
        stream = path.open("rb")
    except OSError as err:
        raise BadParameter(f"{path}: it cannot be read ({err.strerror})") from err
    with stream:
        table = read_table(stream, name=str(path), max_rows=_MOST_ROWS)
        batches = list(table)
        names = [field.name for field in table.fields]
    if not batches:
        return {name.lower(): np.zeros(0) for name in names}
    return columns_of(pa.Table.from_batches(batches))


def rate_of_text(text: str, *, counted: Counted = "seen") -> TrailRate:
    """A rate of trails as it is written in a command: ``10@4:6``, several joined by commas.

    Trails a square degree and hour, and the magnitudes between which they are spread evenly.

    Raises
    ------
    BadParameter
        For other text.

    Examples
    --------
    >>> rate_of_text("10@4:6,2.5@2:4").total_per_deg2_h
    12.5
    """
    bins = []
    for part in text.split(","):
        try:
            rate, mags = part.split("@")
            bright, faint = (float(each) for each in mags.split(":"))
            bins.append((bright, faint, float(rate)))
        except ValueError as err:
            raise BadParameter(
                f"rate {text[:60]!a}: trails a square degree and hour, @, and magnitudes between "
                "which they are spread are accepted, as 10@4:6, several joined by commas"
            ) from err
    return TrailRate.of_bins(bins, counted=counted)


def rate_of_table(columns: dict[str, NDArray[Any]], *, counted: Counted = "seen") -> TrailRate:
    """A rate of trails from columns.

    Parameters
    ----------
    columns : dict of ndarray (n,)
        ``mag_bright``, ``mag_faint`` and ``rate`` (trails a square degree and hour) of each bin.
    counted : str
        As of `TrailRate`.

    Raises
    ------
    BadParameter
        If one is missing or holds no number.
    """
    missing = [name for name in _RATE_COLUMNS if name not in columns]
    if missing:
        raise BadParameter(
            f"rates: no column {', '.join(missing)}; {', '.join(_RATE_COLUMNS)} are accepted, the "
            "rate in trails a square degree and hour"
        )
    try:
        bins = np.array([columns[name] for name in _RATE_COLUMNS], dtype=np.float64).T
    except (TypeError, ValueError) as err:
        raise BadParameter(f"rates: {', '.join(_RATE_COLUMNS)} must be numbers") from err
    return TrailRate.of_bins(bins.tolist(), counted=counted)


def read_rate(given: str, *, counted: Counted = "seen") -> TrailRate:
    """A rate of trails of a command: as `rate_of_text`, or a file as `rate_of_table`.

    Raises
    ------
    BadParameter
        If it is neither.
    """
    path = Path(given)
    if "@" in given and not path.exists():
        return rate_of_text(given, counted=counted)
    if not path.is_file():
        raise BadParameter(
            f"rate {given[:60]!a}: a file with {', '.join(_RATE_COLUMNS)}, or text as 10@4:6, is "
            "accepted"
        )
    return rate_of_table(read_columns(path), counted=counted)
