"""Ephemerides as OEM, KVN or XML, read back as the same states.

CCSDS 502.0-B-3, section 5, and 505.0-B-3. Numbers are the shortest decimals that are read as the
same doubles, epochs are UTC with microseconds, and each segment has its own metadata, so that
nobody interpolates across a break.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
from lxml import etree
from satvo.resources.ephemeris.interpolation import Ephemeris
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.errors import NoOrbit
from satvo.schemas.leap_seconds import DAY_US, utc_of_tai

__all__ = ["OEM_WRITERS", "write_oem"]

_FRAMES = {"TEME": "TEME", "EME2000": "EME2000", "GCRS": "GCRF", "ITRS": "ITRF"}
_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_COVARIANCE = [(a, b) for i, a in enumerate(_STATE) for b in _STATE[: i + 1]]
_MJD_OF_ORDINAL = date(1858, 11, 17).toordinal()
_VERSION = "2.0"
_DERIVED = "The file had positions alone; the velocities follow from them by interpolation."


def write_oem(
    segments: Iterable[EphemerisSegment], notation: str, *, originator: str, created: datetime
) -> Iterator[bytes]:
    """The segments of one object as a file, in pieces.

    Parameters
    ----------
    segments : iterable of EphemerisSegment
        In order of time.
    notation : str
        A key of `OEM_WRITERS`: kvn or xml.
    originator : str
        Who writes this message; who made the states stands in a comment.
    created : datetime
        UTC without a zone.

    Raises
    ------
    NoOrbit
        If there is no segment.

    Notes
    -----
    OEM has no positions without velocities: where the file had none, as a CPF, they are those of
    the interpolation, and a comment says so. A TNW covariance stays one, any other frame too.
    """
    header = {
        "CREATION_DATE": created.isoformat(timespec="seconds"),
        "ORIGINATOR": originator,
    }
    return OEM_WRITERS[notation](_checked(segments), header)


def _checked(segments: Iterable[EphemerisSegment]) -> Iterator[EphemerisSegment]:
    count = 0
    for count, segment in enumerate(segments, 1):  # noqa: B007 (used below)
        yield segment
    if not count:
        raise NoOrbit("no state to write; there is no ephemeris of this object and time")


def _kvn(segments: Iterator[EphemerisSegment], header: Mapping[str, str]) -> Iterator[bytes]:
    yield _lines({"CCSDS_OEM_VERS": _VERSION, **header})
    for segment in segments:
        yield b"\nMETA_START\n" + _lines(_metadata(segment)) + b"META_STOP\n\n"
        yield "".join(f"COMMENT {remark}\n" for remark in _comments(segment)).encode("ascii")
        for epoch, values in _states(segment):
            yield f"{epoch} {' '.join(map(repr, values))}\n".encode("ascii")
        yield from _kvn_covariances(segment)


def _kvn_covariances(segment: EphemerisSegment) -> Iterator[bytes]:
    lead = "\nCOVARIANCE_START\n"
    for epoch, frame, values in _covariances(segment):
        rows = (values[i * (i + 1) // 2 :][: i + 1] for i in range(6))
        lines = "".join(f"{' '.join(map(repr, row))}\n" for row in rows)
        yield f"{lead}EPOCH = {epoch}\nCOV_REF_FRAME = {frame}\n{lines}".encode("ascii")
        lead = "\n"
    if lead == "\n":
        yield b"COVARIANCE_STOP\n"


def _lines(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name} = {text}\n" for name, text in fields.items()).encode("ascii")


def _xml(segments: Iterator[EphemerisSegment], header: Mapping[str, str]) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<oem id="CCSDS_OEM_VERS" version="{_VERSION}">\n'.encode("ascii")
    yield etree.tostring(_element("header", header)) + b"\n<body>\n"
    for segment in segments:
        yield b"<segment>" + etree.tostring(_element("metadata", _metadata(segment))) + b"\n<data>"
        for remark in _comments(segment):
            yield etree.tostring(_element("data", {"COMMENT": remark})[0])
        yield b"\n"
        for epoch, values in _states(segment):
            state = dict(zip(_STATE, map(repr, values), strict=True))
            yield etree.tostring(_element("stateVector", {"EPOCH": epoch, **state})) + b"\n"
        for epoch, frame, values in _covariances(segment):
            named = {f"C{a}_{b}": repr(v) for (a, b), v in zip(_COVARIANCE, values, strict=True)}
            about = {"EPOCH": epoch, "COV_REF_FRAME": frame, **named}
            yield etree.tostring(_element("covarianceMatrix", about)) + b"\n"
        yield b"</data></segment>\n"
    yield b"</body>\n</oem>\n"


def _element(name: str, fields: Mapping[str, str]) -> Any:
    made = etree.Element(name)
    for key, text in fields.items():
        etree.SubElement(made, key).text = text
    return made


def _metadata(segment: EphemerisSegment) -> dict[str, str]:
    states = segment.tai[np.isfinite(segment.states[:, 0])]
    useable = {
        keyword: _epochs(np.array([tai]))[0]
        for keyword, tai in zip(
            ("USEABLE_START_TIME", "USEABLE_STOP_TIME"), segment.useable, strict=True
        )
        if tai is not None
    }
    found = {
        "OBJECT_NAME": segment.object_name or "UNKNOWN",
        "OBJECT_ID": segment.object_id or str(segment.norad_id or "UNKNOWN"),
        "CENTER_NAME": "EARTH",
        "REF_FRAME": _FRAMES[segment.frame],
        "TIME_SYSTEM": "UTC",
        "START_TIME": _epochs(states[:1])[0],
        **useable,
        "STOP_TIME": _epochs(states[-1:])[0],
    }
    if segment.interpolation is not None:
        found["INTERPOLATION"] = segment.interpolation.upper()
        if segment.degree is not None:
            found["INTERPOLATION_DEGREE"] = str(segment.degree)
    return found


def _comments(segment: EphemerisSegment) -> list[str]:
    remarks = [] if segment.originator is None else [f"States by {segment.originator}"]
    return remarks if _has_velocities(segment) else [*remarks, _DERIVED]


def _has_velocities(segment: EphemerisSegment) -> bool:
    states = segment.states[np.isfinite(segment.states[:, 0])]
    return bool(np.isfinite(states).all())


def _states(segment: EphemerisSegment) -> Iterator[tuple[str, list[float]]]:
    there = np.isfinite(segment.states[:, 0])
    states, tai = segment.states[there], segment.tai[there]
    if not _has_velocities(segment):
        whole = Ephemeris.of_segment(replace(segment, useable=(None, None)))
        states = np.hstack([states[:, :3], whole.at(utc_of_tai(tai)[2]).v])
        # Beside a gap or alone, a position has no velocity.
        known = np.isfinite(states).all(axis=1)
        states, tai = states[known], tai[known]
    yield from zip(_epochs(tai), states.tolist(), strict=True)


def _covariances(segment: EphemerisSegment) -> Iterator[tuple[str, str, list[float]]]:
    if segment.covariances is None:
        return
    there = np.flatnonzero(np.isfinite(segment.covariances[:, 0]))
    for epoch, row in zip(_epochs(segment.tai[there]), there.tolist(), strict=True):
        frame = segment.covariance_frames[row] or segment.frame
        yield epoch, _FRAMES.get(frame, frame), segment.covariances[row].tolist()


def _epochs(tai: Any) -> list[str]:
    """UTC with microseconds; second 60 in a leap second."""
    days, micros, _ = utc_of_tai(tai)
    found = []
    for day, us in zip(days.tolist(), micros.tolist(), strict=True):
        leap = max(0, us - (DAY_US - 1_000_000)) // 1_000_000 if us >= DAY_US else 0
        hour, rest = divmod(us - leap * 1_000_000, 3_600_000_000)
        minute, rest = divmod(rest, 60_000_000)
        second, micro = divmod(rest, 1_000_000)
        calendar = date.fromordinal(day + _MJD_OF_ORDINAL).isoformat()
        found.append(f"{calendar}T{hour:02}:{minute:02}:{second + leap:02}.{micro:06}")
    return found


OEM_WRITERS: dict[
    str, Callable[[Iterator[EphemerisSegment], Mapping[str, str]], Iterator[bytes]]
] = {"kvn": _kvn, "xml": _xml}
"""The notations of OEM."""
