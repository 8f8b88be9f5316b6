"""The modified ITC ephemeris ("MEME") of SpaceX and Space-Track: states with covariances.

After four lines of header come, for each epoch, a line with time, position and velocity in km and
km/s (mean equator and equinox of J2000, UTC) and three lines with the lower triangle of the
covariance, whose frame UVW is radial, in-track, cross-track. SATCON2 Algorithms Working Group
report, appendix A, 1.1.3; Space-Track, "Spaceflight Safety Handbook for Operators", annex on
ephemeris formats. The object is named by the name of the file alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from satvo.ingest.orbits.epochs import count, parse_epoch, to_tai
from satvo.ingest.orbits.lines import BOM, numbered_lines
from satvo.ingest.orbits.records import BadRecord, Record, Rejected
from satvo.ingest.orbits.segments import SegmentBuilder, covariance_frame, numbers
from satvo.schemas.ephemeris_segment import EphemerisSegment

__all__ = ["NAME", "matches", "object_of_name", "read"]

NAME = "itc"

_LONGEST_LINE = 1024
_HEADER_LINES = 4
_HEAD = re.compile(rb"\s*created:[^\n]*\n\s*ephemeris_start:")
_KEY = re.compile(r"\b(created|ephemeris_start|ephemeris_stop|step_size|ephemeris_source):")
_STATE = re.compile(r"(\d{4})(\d{3})(\d\d)(\d\d)(\d\d(?:\.\d*)?)[ \t]+(.*)", re.ASCII)
_NAME = re.compile(r"MEME_(\d{1,9})_([A-Za-z0-9().\-]{1,60})_", re.ASCII)


def matches(head: bytes) -> bool:
    """Whether the first two lines give when it was created and where the ephemeris starts."""
    return _HEAD.match(head.removeprefix(BOM)) is not None


def object_of_name(name: str) -> tuple[int, str] | None:
    """Catalogue number and name of the object that the name of a file tells, or None.

    Examples
    --------
    >>> object_of_name("/data/MEME_57851_STARLINK-30405_3530129_Operational_1387_UNCLASSIFIED.txt")
    (57851, 'STARLINK-30405')
    """
    found = _NAME.match(name.replace("\\", "/").rpartition("/")[2])
    return None if found is None else (int(found[1]), found[2])


def read(stream: BinaryIO) -> Iterator[Record]:
    """The one segment of the file, and what was left out; it names no object."""
    reader: _Reader | None = None
    header: list[str] = []
    for line, raw in numbered_lines(stream, _LONGEST_LINE):
        text = raw.decode("latin-1").strip(" \t\r\n")
        if not text or text[0] == "#":
            continue
        if reader is None:
            header.append(text)
            if len(header) == _HEADER_LINES or not raw.endswith(b"\n"):
                try:
                    reader = _Reader(line, header)
                except BadRecord as err:
                    yield Rejected(1, str(err))
                    return
            continue
        if not raw.endswith(b"\n"):
            yield Rejected(line, "the line is cut or too long; a line end is needed")
            reader.after_fault()
            reader.ended = True
            continue
        yield from reader.take(line, text)
    if reader is None:
        yield Rejected(1, "the file ends in its header: it is cut")
        return
    yield from reader.close()


class _Reader:
    """What is known after the lines so far."""

    def __init__(self, line: int, header: list[str]) -> None:
        fields = _fields(header[: _HEADER_LINES - 1])
        start, self.stop, created = (
            _moment(fields, key) for key in ("ephemeris_start", "ephemeris_stop", "created")
        )
        if len(header) < _HEADER_LINES or not header[-1].isalnum():
            raise BadRecord("the header is cut; its fourth line is the frame of the covariances")
        self.frame = covariance_frame(header[-1], "EME2000")
        segment = EphemerisSegment(
            line=1,
            tai=np.empty(0, np.int64),
            states=np.empty((0, 6)),
            frame="EME2000",
            format="itc",
            originator=fields.get("ephemeris_source"),
            created=int(to_tai(*created, "UTC")),
        )
        self.builder = SegmentBuilder(segment, span=(start, self.stop))
        self.line = line
        self.values: list[float] = []
        self.wanted = 0
        self.lost = False
        self.ended = False
        """Whether it has been told already that the file is cut."""

    def take(self, line: int, text: str) -> Iterator[Record]:
        found = _STATE.fullmatch(text)
        if found is not None:
            yield from self._end()
            try:
                year, day, hour, minute, second, rest = found.groups()
                epoch = parse_epoch(f"{year}-{day}T{hour}:{minute}:{second}", "time", "UTC")
                values = numbers(rest, "a state")
                if len(values) != 6:
                    raise BadRecord(f"a state of {len(values)} numbers; six are accepted")
                self.builder.add(epoch, values)
            except BadRecord as err:
                yield Rejected(line, str(err))
                self.after_fault()
                return
            self.line, self.wanted, self.lost = line, 21, False
        elif not self.lost:
            try:
                row = numbers(text, "a covariance")
                if len(row) > self.wanted:
                    raise BadRecord("neither a state nor the rest of a covariance of 21 numbers")
            except BadRecord as err:
                yield Rejected(line, str(err))
                self.after_fault()
                return
            self.values += row
            self.wanted -= len(row)
            if not self.wanted:
                yield from self._end()

    def after_fault(self) -> None:
        """Pass over all lines until the next state."""
        self.lost, self.values, self.wanted = True, [], 0

    def close(self) -> Iterator[Record]:
        cut = bool(self.wanted)
        yield from self._end()
        yield from self.builder.build(cut=self.ended)
        missing = self.builder.last + 1_000_000 < count(self.stop)
        if missing and len(self.builder) and not cut and not self.ended:
            yield Rejected(self.line, "the file ends before ephemeris_stop: it may be cut")

    def _end(self) -> Iterator[Record]:
        """Hand the covariance of the last state over."""
        values, cut = self.values, self.wanted
        self.values, self.wanted = [], 0
        if cut:
            yield Rejected(self.line, f"a covariance of {len(values)} numbers; 21 are accepted")
        elif values:
            try:
                self.builder.covary(self.line, values, self.frame)
            except BadRecord as err:
                yield Rejected(self.line, str(err))


def _fields(lines: list[str]) -> dict[str, str]:
    """Keywords and values, of which one line may hold several."""
    text = " ".join(lines)
    places = list(_KEY.finditer(text))
    ends = [place.start() for place in places[1:]] + [len(text)]
    return {
        place[1]: text[place.end() : end].strip() for place, end in zip(places, ends, strict=False)
    }


def _moment(fields: dict[str, str], key: str) -> tuple[int, int]:
    if key not in fields:
        raise BadRecord(f"the header lacks {key}:")
    text = fields[key].removesuffix("UTC").strip()
    return parse_epoch(text, key, "UTC")
