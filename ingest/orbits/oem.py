"""The one mapping from OEM keywords to a segment of an ephemeris, whatever its notation.

CCSDS 502.0-B-3 (Orbit Data Messages), section 5, tables 5-2 and 5-3; version 2 has the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from satvo.ingest.orbits.epochs import count, parse_epoch, to_tai
from satvo.ingest.orbits.records import BadRecord, check_text
from satvo.ingest.orbits.segments import SegmentBuilder, designator, frame, numbers, time_system
from satvo.schemas.ephemeris_segment import EphemerisSegment

__all__ = ["NEEDED", "add_state", "begin"]

NEEDED = (
    "OBJECT_NAME",
    "OBJECT_ID",
    "CENTER_NAME",
    "REF_FRAME",
    "TIME_SYSTEM",
    "START_TIME",
    "STOP_TIME",
)
"""Keywords that each segment has."""

_METHODS = {"HERMITE": "hermite", "LAGRANGE": "lagrange", "LINEAR": "lagrange", "PROPAGATE": None}
_MOST_DEGREE = 15


def begin(line: int, header: Mapping[str, str], meta: Mapping[str, str]) -> SegmentBuilder:
    """A segment without states yet, from the header of its message and its metadata.

    Parameters
    ----------
    line : int
        Where the segment begins.
    header, meta : mapping of str to str
        Keywords and values.

    Raises
    ------
    BadRecord
        If a needed keyword is missing or a value is not accepted: then its states mean nothing.
    """
    if missing := [key for key in NEEDED if not meta.get(key)]:
        raise BadRecord(f"the segment lacks {', '.join(missing)}; needed are {', '.join(NEEDED)}")
    if meta["CENTER_NAME"].upper() != "EARTH":
        raise BadRecord(f"CENTER_NAME={meta['CENTER_NAME'][:40]!a}: EARTH is accepted")
    states = frame(meta["REF_FRAME"])
    if meta.get("REF_FRAME_EPOCH") and states == "TEME":
        raise BadRecord("REF_FRAME_EPOCH with TEME: TEME of date is accepted")
    if fault := check_text(meta["OBJECT_NAME"], meta["OBJECT_ID"], header.get("ORIGINATOR")):
        raise BadRecord(fault)
    scale = time_system(meta["TIME_SYSTEM"])
    span = (
        parse_epoch(meta["START_TIME"], "START_TIME", scale),
        parse_epoch(meta["STOP_TIME"], "STOP_TIME", scale),
    )
    if count(span[1]) < count(span[0]):
        raise BadRecord("STOP_TIME is before START_TIME")
    norad_id, object_id = designator(meta["OBJECT_ID"])
    interpolation, degree = _interpolation(meta)
    segment = EphemerisSegment(
        line=line,
        tai=np.empty(0, np.int64),
        states=np.empty((0, 6)),
        frame=states,
        interpolation=interpolation,
        degree=degree,
        useable=(
            _instant(meta, "USEABLE_START_TIME", scale),
            _instant(meta, "USEABLE_STOP_TIME", scale),
        ),
        norad_id=norad_id,
        object_id=object_id or meta["OBJECT_ID"],
        object_name=meta["OBJECT_NAME"],
        format="oem",
        originator=header.get("ORIGINATOR") or None,
        created=_instant(header, "CREATION_DATE", "UTC"),
    )
    return SegmentBuilder(segment, scale=scale, span=span)


def _instant(fields: Mapping[str, str], keyword: str, scale: str) -> int | None:
    text = fields.get(keyword)
    if not text:
        return None
    day, us = parse_epoch(text, keyword, scale)
    return int(to_tai(day, us, scale))


def _interpolation(meta: Mapping[str, str]) -> tuple[str | None, int | None]:
    """Method and degree; what the standard leaves open stays open."""
    method, degree = meta.get("INTERPOLATION", "").upper(), meta.get("INTERPOLATION_DEGREE", "")
    if method not in ("", *_METHODS):
        raise BadRecord(f"INTERPOLATION={method[:40]!a}: {', '.join(_METHODS)} is accepted")
    if method == "LINEAR":
        return "lagrange", 1
    if degree and not re.fullmatch(r"\d{1,3}", degree, re.ASCII):
        raise BadRecord(f"INTERPOLATION_DEGREE={degree[:40]!a}: a whole number is accepted")
    if degree and not 1 <= int(degree) <= _MOST_DEGREE:
        raise BadRecord(f"INTERPOLATION_DEGREE={degree}: 1 to {_MOST_DEGREE} is accepted")
    found = _METHODS.get(method)
    return found, int(degree) if degree and found else None


def add_state(builder: SegmentBuilder, epoch: str, text: str) -> None:
    """Take a state in; accelerations after it are passed over.

    Raises
    ------
    BadRecord
        If it is not accepted.
    """
    values = numbers(text, "a state")
    if len(values) == 9:  # section 5.2.4.3: with accelerations
        values = values[:6]
    if len(values) != 6:
        raise BadRecord(f"a state of {len(values)} numbers; X Y Z X_DOT Y_DOT Z_DOT are accepted")
    builder.add(parse_epoch(epoch, "EPOCH", builder.scale), values)
