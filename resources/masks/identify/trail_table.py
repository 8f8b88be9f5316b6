"""Trails that were found before, read from the table that `satvo mask` writes."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

from satvo.resources.masks.found import FoundTrail
from satvo.schemas.errors import BadParameter

__all__ = ["read_trails"]

_NEEDED = ("x1", "y1", "x2", "y2")
_MOST_BYTES = 64 << 20


def read_trails(path: Path) -> dict[int | None, list[FoundTrail]]:
    """Trails by the number of the unit (HDU) they are in; None holds those without one.

    Parameters
    ----------
    path : Path
        ECSV with x1, y1, x2, y2 (pixels from 1) at least, as `STEM_trails.ecsv` has them; where it
        has them, hdu, across_err, along_err, open1, open2, fwhm, score and ghost_of count too.
        Ghosts are left out: they are no light of a satellite where they stand.

    Raises
    ------
    BadParameter
        If it is no such table, or a place is no number.
    """
    table = _table(path)
    missing = [name for name in _NEEDED if name not in table.colnames]
    if missing:
        raise BadParameter(
            f"{path}: no column {', '.join(missing)}; a table with x1, y1, x2, y2 (pixels from 1) "
            "is accepted, as satvo mask writes it"
        )
    found: dict[int | None, list[FoundTrail]] = defaultdict(list)
    for number, row in enumerate(table, 1):
        if not math.isnan(_number(row, "ghost_of")):
            continue
        places = [_number(row, name) - 1.0 for name in _NEEDED]
        if not all(map(math.isfinite, places)):
            raise BadParameter(f"{path}: row {number}: x1, y1, x2 and y2 must be numbers")
        unit = _number(row, "hdu")
        found[None if math.isnan(unit) else int(unit)].append(
            FoundTrail(
                (places[0], places[1]),
                (places[2], places[3]),
                across_error=_number(row, "across_err"),
                along_error=_number(row, "along_err"),
                width=_number(row, "fwhm"),
                score=_number(row, "score"),
                open_ends=(_number(row, "open1") == 1.0, _number(row, "open2") == 1.0),
            )
        )
    return dict(found)


def _table(path: Path) -> Any:
    import warnings

    from astropy.table import Table

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadParameter(f"{path}: larger than {_MOST_BYTES >> 20} MB; no table of trails")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Table.read(path, format="ascii.ecsv")
    except OSError as err:
        raise BadParameter(f"{path}: cannot be read: {err.strerror or err}") from err
    except (ValueError, TypeError, KeyError, UnicodeDecodeError) as err:
        raise BadParameter(f"{path}: no ECSV table: {str(err)[:200]}") from err


def _number(row: Any, name: str) -> float:
    """A value as a number; NaN where it is null, none, or the table has no such column."""
    from numpy.ma import is_masked

    if name not in row.colnames or is_masked(row[name]):
        return math.nan
    try:
        return float(row[name])
    except (TypeError, ValueError):
        return math.nan
