"""Element sets as OMM: KVN, XML, JSON and CSV, each read back as the same sets.

CCSDS 502.0-B-3, section 4 (keywords and their order), 505.0-B-3 (XML); JSON and CSV as CelesTrak
writes them, with what else the archive knows behind. Numbers are the shortest decimals that are
read as the same doubles; epochs have microseconds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lxml import etree
from satvo.schemas.gp import ElementSet

__all__ = ["CELESTRAK_COLUMNS", "OMM_WRITERS", "csv_header", "csv_row", "write_omm"]

CELESTRAK_COLUMNS = (
    "OBJECT_NAME", "OBJECT_ID", "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION",
    "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY", "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO", "REV_AT_EPOCH", "BSTAR",
    "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT",
)  # fmt: skip
"""The columns of CelesTrak's OMM CSV, in its order."""

_MORE = ("MEAN_ELEMENT_THEORY", "CREATION_DATE", "ORIGINATOR")
_COLUMNS = (*CELESTRAK_COLUMNS, *_MORE)
_METADATA = (
    "OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "MEAN_ELEMENT_THEORY",
)  # fmt: skip
_MEAN_ELEMENTS = CELESTRAK_COLUMNS[2:9]
_TLE_PARAMETERS = CELESTRAK_COLUMNS[9:]
_XP = {"BSTAR": "BTERM", "MEAN_MOTION_DDOT": "AGOM"}
"""What the two are called in messages for SGP4-XP (table 4-3)."""
_VERSION = "3.0"


def write_omm(sets: Iterable[ElementSet], notation: str) -> Iterator[bytes]:
    """The element sets as a file, in pieces.

    Parameters
    ----------
    sets : iterable of ElementSet
    notation : str
        A key of `OMM_WRITERS`: kvn, xml, json or csv.

    Notes
    -----
    The lines of a TLE, the type of the object and its date of decay have no keyword and stay out.

    Examples
    --------
    >>> from datetime import datetime
    >>> es = ElementSet(5, datetime(2000, 6, 27), 10.8, 0.18, 34.25, 348.7, 331.7, 19.3)
    >>> print(b"".join(write_omm([es], "csv")).decode().splitlines()[1])
    ,,2000-06-27T00:00:00.000000,10.8,0.18,34.25,348.7,331.7,19.3,,,5,,,0.0,0.0,0.0,SGP4,,
    """
    return OMM_WRITERS[notation](sets)


def csv_header(columns: Sequence[str] = CELESTRAK_COLUMNS) -> str:
    """The first line of a CSV file."""
    return _csv_line(columns)


def csv_row(each: ElementSet, columns: Sequence[str] = CELESTRAK_COLUMNS) -> str:
    """The line of one element set."""
    values = _values(each)
    return _csv_line([values.get(name) for name in columns])


def _csv_line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _csv(sets: Iterable[ElementSet]) -> Iterator[bytes]:
    yield csv_header(_COLUMNS).encode("ascii")
    for each in sets:
        # SGP4-XP keeps the columns of SGP4 here, which MEAN_ELEMENT_THEORY explains.
        yield csv_row(each, _COLUMNS).encode("ascii")


def _json(sets: Iterable[ElementSet]) -> Iterator[bytes]:
    lead = "["
    for each in sets:
        values = _values(each)
        yield (lead + json.dumps({name: values[name] for name in _COLUMNS})).encode("ascii")
        lead = ",\n"
    yield b"]\n" if lead != "[" else b"[]\n"


def _kvn(sets: Iterable[ElementSet]) -> Iterator[bytes]:
    for each in sets:
        values = _values(each)
        lines = [
            ("CCSDS_OMM_VERS", _VERSION),
            ("CREATION_DATE", values["CREATION_DATE"]),
            ("ORIGINATOR", values["ORIGINATOR"]),
            *((name, values[name]) for name in (*_METADATA, *_MEAN_ELEMENTS)),
            *((_keyword(each, name), values[name]) for name in _TLE_PARAMETERS),
        ]
        text = "".join(f"{name} = {_text(value)}\n" for name, value in lines)
        yield (text + "\n").encode("ascii")


def _xml(sets: Iterable[ElementSet]) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>\n'
    for each in sets:
        yield etree.tostring(_message(each)) + b"\n"
    yield b"</ndm>\n"


def _message(each: ElementSet) -> Any:
    values = _values(each)
    message = etree.Element("omm", id="CCSDS_OMM_VERS", version=_VERSION)
    header = etree.SubElement(message, "header")
    _fill(header, {name: values[name] for name in ("CREATION_DATE", "ORIGINATOR")})
    segment = etree.SubElement(etree.SubElement(message, "body"), "segment")
    _fill(etree.SubElement(segment, "metadata"), {name: values[name] for name in _METADATA})
    data = etree.SubElement(segment, "data")
    _fill(etree.SubElement(data, "meanElements"), {name: values[name] for name in _MEAN_ELEMENTS})
    given = {_keyword(each, n): values[n] for n in _TLE_PARAMETERS if values[n] is not None}
    _fill(etree.SubElement(data, "tleParameters"), given)
    return message


def _fill(parent: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        etree.SubElement(parent, name).text = _text(value)


def _keyword(each: ElementSet, name: str) -> str:
    return _XP.get(name, name) if each.mean_element_theory == "SGP4-XP" else name


def _values(each: ElementSet) -> dict[str, Any]:
    """Keyword to value; times as texts, numbers as they are, None where nothing is known."""
    values = {name: getattr(each, name.lower(), None) for name in (*_COLUMNS, *_METADATA)}
    values["NORAD_CAT_ID"] = each.norad_id
    for name in ("EPOCH", "CREATION_DATE"):
        moment = values[name]
        values[name] = None if moment is None else moment.isoformat(timespec="microseconds")
    return values


def _text(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


OMM_WRITERS: dict[str, Callable[[Iterable[ElementSet]], Iterator[bytes]]] = {
    "kvn": _kvn, "xml": _xml, "json": _json, "csv": _csv,
}  # fmt: skip
"""The notations of OMM."""
