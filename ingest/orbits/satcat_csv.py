"""The satellite catalogue as comma-separated values, of CelesTrak or of Space-Track.

Columns of https://celestrak.org/satcat/satcat-format.php (OBJECT_NAME, OBJECT_ID, ...) or of the
class ``satcat`` of Space-Track's basicspacedata (SATNAME, INTLDES, ...); rows as in RFC 4180.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO

from satvo.ingest.orbits.lines import csv_header, csv_rows
from satvo.ingest.orbits.records import (
    BadRecord,
    Record,
    Rejected,
    catalogue_number,
    check_text,
)
from satvo.ingest.orbits.values import catalogue_object_type, number, timestamp
from satvo.schemas.satellite import CatalogueEntry, is_analyst

__all__ = ["NAME", "matches", "read"]

NAME = "satcat-csv"

_NEEDED = ("NORAD_CAT_ID", "OBJECT_TYPE")


def matches(head: bytes) -> bool:
    """Whether the header numbers objects and gives their launch, and has no elements."""
    columns = set(csv_header(head))
    launch = {"LAUNCH_DATE", "LAUNCH"} & columns
    return set(_NEEDED) <= columns and bool(launch) and "MEAN_MOTION" not in columns


def read(stream: BinaryIO) -> Iterator[Record]:
    """The objects of the catalogue, in file order, and what was left out.

    Notes
    -----
    Period, inclination, apogee and perigee of an object about another body than the Earth are left
    out. A radar cross section of 0 is Space-Track's way to say nothing.

    Raises
    ------
    BadParameter
        If the header lacks NORAD_CAT_ID or OBJECT_TYPE.
    """
    for line, row in csv_rows(stream, NAME, _NEEDED):
        if isinstance(row, str):
            yield Rejected(line, row)
            continue
        try:
            yield _entry(row)
        except BadRecord as err:
            yield Rejected(line, str(err))


def _entry(row: Mapping[str, str]) -> CatalogueEntry:
    norad_id = catalogue_number(row["NORAD_CAT_ID"])
    if norad_id < 1:
        raise BadRecord(f"NORAD_CAT_ID={norad_id}: 1 to 999999999 is accepted")
    if is_analyst(norad_id):
        raise BadRecord(
            f"NORAD_CAT_ID={norad_id}: an analyst number (80000 to 89999), re-used for one object "
            "after another; numbers that name one object are accepted"
        )
    if row.get("CURRENT", "Y").upper() == "N":
        raise BadRecord(
            f"NORAD_CAT_ID={norad_id}: CURRENT=N, a superseded row; the current is accepted"
        )
    status = _text(row, "OPS_STATUS_CODE")
    earth = _about_earth(row)
    entry = CatalogueEntry(
        norad_id=norad_id,
        object_id=_text(row, "OBJECT_ID", "INTLDES"),
        object_name=_text(row, "OBJECT_NAME", "SATNAME"),
        object_type=catalogue_object_type(_text(row, "OBJECT_TYPE")),
        ops_status=None if status == "?" else status,
        owner=_text(row, "OWNER", "COUNTRY"),
        launch_date=_date(row, "LAUNCH_DATE", "LAUNCH"),
        decay_date=_date(row, "DECAY_DATE", "DECAY"),
        period=_number(row, "PERIOD") if earth else None,
        inclination=_number(row, "INCLINATION", most=180.0) if earth else None,
        apogee=_number(row, "APOGEE", least=-6378.135) if earth else None,
        perigee=_number(row, "PERIGEE", least=-6378.135) if earth else None,
        rcs=_number(row, "RCS", "RCSVALUE") or None,
    )
    reason = check_text(entry.object_id, entry.object_name, entry.ops_status, entry.owner)
    if reason is not None:
        raise BadRecord(reason)
    return entry


def _about_earth(row: Mapping[str, str]) -> bool:
    """Whether the orbit is about the Earth: EA, nothing, or the number of what it is docked to."""
    centre = _text(row, "ORBIT_CENTER")
    return centre is None or centre == "EA" or centre.isdigit()


def _text(row: Mapping[str, str], *columns: str) -> str | None:
    for column in columns:
        if row.get(column):
            return row[column]
    return None


def _date(row: Mapping[str, str], *columns: str) -> datetime | None:
    text = _text(row, *columns)
    return None if text is None else timestamp(text, columns[0])


def _number(
    row: Mapping[str, str], *columns: str, least: float = 0.0, most: float = float("inf")
) -> float | None:
    text = _text(row, *columns)
    if text is None:
        return None
    value = number(text, columns[0])
    if not least <= value <= most or value == float("inf"):
        raise BadRecord(f"{columns[0]}={text}: {least:g} to {most:g} is accepted")
    return value
