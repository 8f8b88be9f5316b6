"""Attitude Ephemeris Messages (CCSDS AEM) in keyword = value notation.

CCSDS 504.0-B-2, section 4, and its predecessor 504.0-B-1: quaternions of both, Euler angles of the
second issue only, because the first leaves their order open. Rates are read over, spin is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.attitude.aem_metadata import (
    COLUMNS,
    REFERENCE_FRAMES,
    is_body,
    sequence,
    why_unusable,
)
from satvo.ingest.attitude.rotations import euler_quaternion
from satvo.ingest.attitude.times import mjd_utc
from satvo.ingest.orbits.lines import BOM, numbered_lines
from satvo.ingest.orbits.records import BadRecord, Rejected
from satvo.ingest.orbits.values import number
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["MOST_ROWS", "AttitudeFile", "AttitudeSegment", "read_aem"]

MOST_ROWS = 2_000_000
"""Rows taken from a file: some 20 days of attitude each second."""

_LONGEST_LINE = 4096
_OFF_UNITY = 0.01


@dataclass(frozen=True, slots=True)
class AttitudeSegment:
    """One satellite's attitude over an interval.

    Attributes
    ----------
    object_name, object_id : str
        As the file has them; object_id is the COSPAR designator.
    frame : str
        What the attitude refers to: ``inertial`` (GCRF), ``lvlh`` or ``rtn``.
    mjd_utc : ndarray (k,)
        Instants, rising.
    quaternion : ndarray (k, 4)
        Unit quaternions, scalar last, from the frame to the satellite's body: the matrix of
        CCSDS 504.0-B-2, turns coordinates in the frame into coordinates in the body.
    start_mjd_utc, stop_mjd_utc : float
        Interval in which it may be used, both ends included.
    """

    object_name: str
    object_id: str
    frame: str
    mjd_utc: NDArray[np.float64]
    quaternion: NDArray[np.float64]
    start_mjd_utc: float
    stop_mjd_utc: float


@dataclass(frozen=True, slots=True)
class AttitudeFile:
    """What a file has, and what was left out of it.

    Attributes
    ----------
    segments : tuple of AttitudeSegment
    rejected : tuple of Rejected
        Lines, or whole segments by their first line, with the reason.
    """

    segments: tuple[AttitudeSegment, ...]
    rejected: tuple[Rejected, ...]


def read_aem(stream: BinaryIO) -> AttitudeFile:
    """The segments of an AEM.

    Raises
    ------
    BadParameter
        If the file does not begin as an AEM of version 1 or 2 does.
    LimitExceeded
        If it has more than `MOST_ROWS` rows.

    Examples
    --------
    >>> import io
    >>> found = read_aem(io.BytesIO(b'''CCSDS_AEM_VERS = 2.0
    ... META_START
    ... OBJECT_NAME = A
    ... OBJECT_ID = 2020-001A
    ... REF_FRAME_A = GCRF
    ... REF_FRAME_B = SC_BODY_1
    ... TIME_SYSTEM = UTC
    ... START_TIME = 2023-01-01T00:00:00
    ... STOP_TIME = 2023-01-01T00:10:00
    ... ATTITUDE_TYPE = QUATERNION
    ... META_STOP
    ... DATA_START
    ... 2023-01-01T00:00:00 0 0 0 1
    ... 2023-01-01T00:10:00 0 0 1 0
    ... DATA_STOP
    ... '''))
    >>> found.segments[0].mjd_utc.round(4), found.rejected
    (array([59945.    , 59945.0069]), ())
    """
    reader = _Reader()
    for line, raw in numbered_lines(stream, _LONGEST_LINE):
        text = raw.removeprefix(BOM).decode("latin-1").strip(" \t\r\n")
        if text and text.split(None, 1)[0] != "COMMENT":
            reader.feed(line, text, whole=raw.endswith(b"\n") and len(raw) <= _LONGEST_LINE)
    return reader.finish()


@dataclass
class _Segment:
    """A segment as far as it has been read."""

    line: int
    keywords: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)
    fault: str | None = None


class _Reader:
    """Follows the order header, metadata, data."""

    def __init__(self) -> None:
        self.version = ""
        self.part = "header"
        self.segment: _Segment | None = None
        self.segments: list[AttitudeSegment] = []
        self.rejected: list[Rejected] = []
        self.count = 0

    def feed(self, line: int, text: str, *, whole: bool) -> None:
        if not self.version:
            self._begin(text)
        elif text == "META_START":
            self._close()
            self.segment, self.part = _Segment(line), "metadata"
        elif text in ("META_STOP", "DATA_START", "DATA_STOP"):
            self._turn(line, text)
        elif self.part == "metadata" and self.segment is not None:
            keyword, equals, value = (part.strip(" \t") for part in text.partition("="))
            if not equals or keyword in self.segment.keywords:
                self.segment.fault = f"{text[:40]!a}: KEYWORD = value, each once, is accepted"
            self.segment.keywords[keyword] = value
        elif self.part != "header" and self.segment is not None:
            self._row(line, text, whole=whole)

    def finish(self) -> AttitudeFile:
        if not self.version:
            raise BadParameter("no AEM: a first line CCSDS_AEM_VERS = 1.0 or 2.0 is accepted")
        if self.part in ("metadata", "data") and self.segment is not None:
            where = "DATA_STOP" if self.part == "data" else "META_STOP"
            self.rejected.append(
                Rejected(self.segment.line, f"the file ends before {where}: it may be cut")
            )
        self._close()
        return AttitudeFile(tuple(self.segments), tuple(self.rejected))

    def _begin(self, text: str) -> None:
        keyword, _, value = (part.strip(" \t") for part in text.partition("="))
        if keyword != "CCSDS_AEM_VERS" or value not in ("1.0", "2.0"):
            raise BadParameter(
                f"file begins {text[:40]!a}: CCSDS_AEM_VERS = 1.0 or 2.0 is accepted"
            )
        self.version = value

    def _turn(self, line: int, text: str) -> None:
        after = {"META_STOP": "rows", "DATA_START": "data", "DATA_STOP": "closed"}[text]
        before = {
            "META_STOP": ("metadata",),
            "DATA_START": ("rows",),
            "DATA_STOP": ("rows", "data"),
        }[text]
        if self.segment is None or self.part not in before:
            self.rejected.append(Rejected(line, f"{text} where there is nothing to begin or end"))
            return
        self.part = after
        if text == "META_STOP" and self.segment.fault is None:
            self.segment.fault = why_unusable(self.segment.keywords, self.version)

    def _row(self, line: int, text: str, *, whole: bool) -> None:
        segment = self.segment
        if segment is None or segment.fault is not None:
            return
        self.count += 1
        if self.count > MOST_ROWS:
            raise LimitExceeded(f"more than {MOST_ROWS} rows of attitude; split the file")
        try:
            if not whole:
                raise BadRecord("the line is cut or too long; a line end is needed")
            row = _values(text, segment.keywords)
            if segment.rows and row[0] <= segment.rows[-1][0]:
                raise BadRecord(f"{text[:40]!a}: rows in the order of time are accepted")
        except BadRecord as err:
            self.rejected.append(Rejected(line, str(err)))
        else:
            segment.rows.append(row)

    def _close(self) -> None:
        segment, self.segment = self.segment, None
        if segment is None:
            return
        fault = segment.fault
        if fault is None and not segment.rows:
            fault = "the segment has no row that can be read"
        if fault is not None:
            self.rejected.append(Rejected(segment.line, fault))
            return
        try:
            self.segments.append(_finished(segment, self.version))
        except BadRecord as err:
            self.rejected.append(Rejected(segment.line, str(err)))


def _values(text: str, keywords: dict[str, str]) -> tuple[float, tuple[float, ...]]:
    """Instant and the numbers of the attitude itself."""
    epoch, *cells = text.split()
    kind = keywords["ATTITUDE_TYPE"].upper()
    if len(cells) != COLUMNS[kind]:
        raise BadRecord(f"{text[:40]!a}: a time and {COLUMNS[kind]} numbers are accepted")
    numbers = tuple(number(cell, kind) for cell in cells)
    given = numbers[:4] if kind.startswith("QUATERNION") else numbers[:3]
    if kind.startswith("QUATERNION") and abs(np.linalg.norm(given) - 1.0) > _OFF_UNITY:
        raise BadRecord(f"{text[:60]!a}: a quaternion of length 1 is accepted")
    return mjd_utc(epoch, "epoch", keywords["TIME_SYSTEM"].upper()), given


def _finished(segment: _Segment, version: str) -> AttitudeSegment:
    keywords = segment.keywords
    system = keywords["TIME_SYSTEM"].upper()
    values = np.array([row[1] for row in segment.rows])
    if values.shape[1] == 3:
        quaternion = euler_quaternion(sequence(keywords) or "", np.radians(values))
    else:
        first = keywords.get("QUATERNION_TYPE", "LAST").upper() == "FIRST" and version == "1.0"
        quaternion = np.roll(values, -1, axis=1) if first else values
    quaternion = quaternion / np.linalg.norm(quaternion, axis=1, keepdims=True)
    backwards = keywords.get("ATTITUDE_DIR", "A2B").upper() == "B2A"
    if is_body(keywords["REF_FRAME_A"].upper()) != backwards:
        quaternion = quaternion * np.array([-1.0, -1.0, -1.0, 1.0])
    outer = next(f for f in _frames(keywords) if not is_body(f))
    start = keywords.get("USEABLE_START_TIME") or keywords["START_TIME"]
    stop = keywords.get("USEABLE_STOP_TIME") or keywords["STOP_TIME"]
    interval = [mjd_utc(text, "START_TIME to STOP_TIME", system) for text in (start, stop)]
    if interval[0] > interval[1]:
        raise BadRecord(f"interval {start} to {stop}: the end after the start is accepted")
    return AttitudeSegment(
        object_name=keywords["OBJECT_NAME"],
        object_id=keywords["OBJECT_ID"],
        frame=REFERENCE_FRAMES[outer],
        mjd_utc=np.array([row[0] for row in segment.rows]),
        quaternion=quaternion,
        start_mjd_utc=interval[0],
        stop_mjd_utc=interval[1],
    )


def _frames(keywords: dict[str, str]) -> Iterator[str]:
    yield keywords["REF_FRAME_A"].upper()
    yield keywords["REF_FRAME_B"].upper()
