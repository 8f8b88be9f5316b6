"""What a contributor tells of a file beside it: values of columns, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from satvo.schemas.dataproduct import DATAPRODUCT, ROLES
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import read_moment
from satvo.schemas.obscore import ARTIFICIAL, DATAPRODUCT_TYPES, OBSCORE, OBSERVED

__all__ = ["TELLABLE", "check_name", "check_told"]

_OURS = frozenset((
    "obs_publisher_did", "publisher_id", "access_url", "access_format", "access_estsize",
    "product_id", "job_id", "file_name", "media_type", "size_bytes", "checksum", "n_hdu",
    "n_image", "data_hdu", "missing", "preview_url", "thumbnail_url", "ingest_date", "s_fov",
))  # fmt: skip
"""What the archive knows itself."""

TELLABLE: Mapping[str, sa.Column[Any]] = {
    str(col.name): col
    for table in (OBSCORE, DATAPRODUCT)
    for col in table.columns
    if col.name not in _OURS
}
"""Columns that may be told, by their names."""

NEEDED = ("licence", "obs_collection")

_MAX_TEXT = 2000
_MAX_NAME = 200
_POLARISED = re.compile(r"/([A-Z]{1,2}/)+")

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "dataproduct_type": DATAPRODUCT_TYPES,
    "data_source": (OBSERVED, ARTIFICIAL),
    "role": ROLES,
    "data_rights": ("public", "secure", "proprietary"),
}
_RANGES: Mapping[str, tuple[float, float]] = {
    "calib_level": (0, 4), "s_ra": (0, 360), "s_dec": (-90, 90), "site_lon": (-180, 360),
    "site_lat": (-90, 90), "site_height": (-500, 1e9), "t_min": (0, 1e5), "t_max": (0, 1e5),
    "t_exptime": (0, 1e8), "em_min": (0, 1e5), "em_max": (0, 1e5), "focal_length": (1e-4, 1e4),
    "aperture": (1e-4, 1e3), "gain": (1e-6, 1e6), "read_noise": (0, 1e6),
    "zero_point": (-100, 100),
}  # fmt: skip


def check_name(name: str) -> str:
    """The name of a file; no path, nothing that does not print.

    Raises
    ------
    BadParameter
        If it is none.

    Examples
    --------
    >>> check_name("frame 1.fits")
    'frame 1.fits'
    """
    is_name = name.isprintable() and not {"/", "\\"} & set(name) and name.strip(". ")
    if not is_name or len(name) > _MAX_NAME:
        raise BadParameter(
            f"{name[:80]!r}: give the name of a file, without folders, of {_MAX_NAME} printable "
            "characters at most"
        )
    return name


def check_told(told: Mapping[str, Any]) -> dict[str, Any]:
    """What was told, each value of its column's type; empty ones are left out.

    Parameters
    ----------
    told : mapping
        Values by names of columns of ivoa.obscore and satvo.dataproduct; numbers and times may be
        texts, as forms send them.

    Raises
    ------
    BadParameter
        For a name that is no such column or that the archive fills itself, for a value out of
        range, and where the licence or the collection is not told.

    Examples
    --------
    >>> check_told({"licence": "CC0-1.0", "obs_collection": "mine", "gain": "1.5", "optics": ""})
    {'licence': 'CC0-1.0', 'obs_collection': 'mine', 'gain': 1.5}
    """
    found = {}
    for name, value in told.items():
        column = TELLABLE.get(name)
        if column is None:
            reason = "the archive fills it itself" if name in _OURS else "there is no such item"
            raise BadParameter(f"{name[:60]}: {reason}; accepted are {', '.join(TELLABLE)}")
        if value is not None and value != "":
            found[name] = _value(name, value, column)
    for name in NEEDED:
        if name not in found:
            what = "under which licence the data are" if name == "licence" else "the collection"
            raise BadParameter(f"{name} is missing: tell {what}")
    _check_order(found, "t_min", "t_max")
    _check_order(found, "em_min", "em_max")
    return found


def _check_order(found: Mapping[str, Any], low: str, high: str) -> None:
    if low in found and high in found and found[low] > found[high]:
        raise BadParameter(f"{low}={found[low]} is above {high}={found[high]}")


def _value(name: str, value: Any, column: sa.Column[Any]) -> Any:
    datatype = column.info["datatype"]
    if column.info["xtype"] == "timestamp":
        return value if isinstance(value, datetime) else _read(name, value, read_moment, "a time")
    if datatype != "char":
        number = _number(name, value, datatype)
        low, high = _RANGES.get(name, (-math.inf, math.inf))
        if not low <= number <= high:
            raise BadParameter(f"{name}={value}: give a number from {low:g} to {high:g}")
        return number
    if not isinstance(value, str):
        raise BadParameter(f"{name}={value!r:.60}: give a text")
    text = value.strip()
    if len(text) > _MAX_TEXT or not text.isprintable():
        raise BadParameter(f"{name}: give {_MAX_TEXT} printable characters at most, on one line")
    _check_text(name, text)
    return text


def _check_text(name: str, text: str) -> None:
    choices = _CHOICES.get(name)
    if choices and text not in choices:
        raise BadParameter(f"{name}={text[:60]}: give one of {', '.join(choices)}")
    if name == "pol_states" and not _POLARISED.fullmatch(text):
        raise BadParameter(f"pol_states={text[:60]}: give states between slashes, e.g. /I/Q/U/V/")
    if name == "filter_url" and not re.match(r"https?://[!-~]+$", text):
        raise BadParameter(f"filter_url={text[:60]}: give an http or https address")


def _number(name: str, value: Any, datatype: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise BadParameter(f"{name}={value!r:.60}: give a number")
    whole = datatype in ("short", "int", "long")
    number = _read(name, str(value), int if whole else float, "a whole number" if whole else "one")
    if not math.isfinite(number):
        raise BadParameter(f"{name}={value}: give a finite number")
    return number


def _read(name: str, text: Any, read: Callable[[str], Any], what: str) -> Any:
    try:
        return read(str(text))
    except ValueError as err:
        raise BadParameter(f"{name}={str(text)[:60]}: is not {what}") from err
