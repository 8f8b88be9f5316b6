"""Consolidated laser ranging predictions (CPF) of the ILRS, versions 1 and 2, one file or several.

Positions in metres, and at times velocities, in ITRF or the mean frame of J2000, at UTC given as
MJD and second of day. R. L. Ricklefs & E. C. Pavlis, "Consolidated Laser Ranging Prediction
Format", version 2.00: header records H1 to H9, ephemeris records 10 (position) and 20 (velocity),
99 (end).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from satvo.ingest.orbits.epochs import LAST_DAY, parse_epoch, to_tai
from satvo.ingest.orbits.lines import BOM, numbered_lines
from satvo.ingest.orbits.records import BadRecord, Record, Rejected, catalogue_number, check_text
from satvo.ingest.orbits.segments import SegmentBuilder, followed, numbers
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.leap_seconds import DAY_US, FIRST_DAY, has_leap_second

__all__ = ["NAME", "matches", "read"]

NAME = "cpf"

_LONGEST_LINE = 1024
_HEAD = re.compile(rb"\s*(?:#[^\n]*\n\s*)*H1[ \t]+CPF[ \t]+\d", re.IGNORECASE)
_FRAMES = {0: "ITRS", 2: "EME2000"}  # record H2: 0 body-fixed, 1 true of date, 2 mean of J2000
_SECOND = re.compile(r"(\d{1,5})(?:\.(\d*))?", re.ASCII)
_PIECES = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a launch: I and O look like digits
_IGNORED = ("H3", "H4", "H5", "00", "30", "40", "50", "60", "70")


def matches(head: bytes) -> bool:
    """Whether the first record is H1 of a CPF."""
    return _HEAD.match(head.removeprefix(BOM)) is not None


def read(stream: BinaryIO) -> Iterator[Record]:
    """The ephemerides of the file, in order, and what was left out.

    Notes
    -----
    Left out are positions with a leap second flag other than 0 (whether their times have the leap
    second in them, writers see differently), transmit and receive vectors (direction 1 and 2, of
    the Moon), and the true frame of date.
    """
    return followed(_read(stream))


def _read(stream: BinaryIO) -> Iterator[Record]:
    reader = _Reader()
    for line, raw in numbered_lines(stream, _LONGEST_LINE):
        text = raw.decode("latin-1").strip(" \t\r\n")
        if not text or text[0] == "#":
            continue
        if not raw.endswith(b"\n") and text != "99":
            yield Rejected(line, "the record is cut or too long; a line end is needed")
            reader.ended = True
            continue
        yield from reader.take(line, text)
    yield from reader.close(at_end=True)


class _Reader:
    """What is known after the lines so far."""

    def __init__(self) -> None:
        self.line = 1
        self.header: list[str] = []
        self.builder: SegmentBuilder | None = None
        self.lost = False
        self.ended = False
        """Whether the end has been read, or that it is missing told."""
        self.velocities: bool | None = None
        """Whether velocities follow the positions; open until the second position."""
        self.waiting: tuple[int, tuple[int, int], list[float]] | None = None
        """Line, epoch and position for which a velocity may follow."""

    def take(self, line: int, text: str) -> Iterator[Record]:
        kind, *words = text.split()
        kind = kind.upper()
        if kind == "H1":
            yield from self.close()
            self.line, self.header, self.lost, self.ended = line, words, len(words) < 2, False
            self.velocities = None
            if self.lost:
                yield Rejected(line, "a record H1 that is cut; H1 CPF version ... is accepted")
        elif kind == "H2" and self.header and self.builder is None and not self.lost:
            try:
                self.builder = _begin(self.line, self.header, words)
            except BadRecord as err:
                yield Rejected(self.line, str(err))
                self.lost = True
        elif kind == "99":
            yield from self.close(whole=True)
            self.header, self.lost, self.ended = [], True, True
        elif self.builder is not None:
            yield from self._record(line, kind, words)
        elif not self.lost and kind not in ("H9", *_IGNORED):
            yield Rejected(line, f"{text[:40]!a} before a record H2; H1 and H2 are needed first")
            self.lost = True

    def close(self, *, whole: bool = False, at_end: bool = False) -> Iterator[Record]:
        """The ephemeris that was read, if any."""
        builder, self.builder = self.builder, None
        if builder is None:
            if at_end and self.header and not self.lost and not self.ended:
                yield Rejected(self.line, "the file ends in its header: it is cut")
            return
        if whole or self.velocities is False:
            yield from self._end(builder)
        # Otherwise the velocity of the last position may be what is missing.
        self.waiting = None
        yield from builder.build(cut=self.ended)
        if len(builder) and not whole and not self.ended:
            yield Rejected(self.line, "the file ends without a record 99: it is cut")

    def _record(self, line: int, kind: str, words: list[str]) -> Iterator[Record]:
        builder = self.builder
        if builder is None or kind == "H9" or kind in _IGNORED:
            return
        try:
            if kind == "10":
                yield from self._end(builder)
                self.waiting = line, *_position(words)
            elif kind == "20":
                if self.waiting is None:
                    raise BadRecord("a velocity without a position before it")
                self.waiting[2].extend(_velocity(words))
                yield from self._end(builder)
            else:
                yield from self._end(builder)
                raise BadRecord(
                    f"record {kind[:20]!a}: 10, 20 and 99 are accepted after the header"
                )
        except BadRecord as err:
            yield Rejected(line, str(err))

    def _end(self, builder: SegmentBuilder) -> Iterator[Record]:
        """Hand over the position that waits, if any."""
        waiting, self.waiting = self.waiting, None
        if waiting is None:
            return
        try:
            if self.velocities and len(waiting[2]) == 3:
                raise BadRecord("a position without a velocity, which the others have")
            builder.add(waiting[1], waiting[2])
            self.velocities = len(waiting[2]) == 6
        except BadRecord as err:
            yield Rejected(waiting[0], str(err))


def _begin(line: int, first: list[str], second: list[str]) -> SegmentBuilder:
    """The ephemeris of records H1 and H2, without positions yet."""
    version = _whole(first[1], "version")
    if version not in (1, 2):
        raise BadRecord(f"CPF version {version}: 1 and 2 are accepted")
    # Version 2 has a sub-daily number before the name of the target.
    if len(first) < 8 + version or len(second) < 20:
        raise BadRecord(f"records H1 and H2 of {len(first)} and {len(second)} words: they are cut")
    created = _moment([*first[3:7], "0", "0"], "H1")
    start, stop = _moment(second[3:9], "H2"), _moment(second[9:15], "H2")
    frame = _FRAMES.get(_whole(second[18], "reference frame"))
    if frame is None:
        raise BadRecord(
            f"reference frame {second[18]}: 0 (ITRF) and 2 (mean of J2000) are accepted"
        )
    name = first[7 + version]
    if fault := check_text(name, first[2]):
        raise BadRecord(fault)
    segment = EphemerisSegment(
        line=line,
        tai=np.empty(0, np.int64),
        states=np.empty((0, 6)),
        frame=frame,
        norad_id=catalogue_number(second[2]) or None,
        object_id=_designator(second[0]),
        object_name=name,
        format="cpf",
        originator=first[2],
        created=int(to_tai(*created, "UTC")),
    )
    # Writers give a few positions before the start and after the end, to interpolate there.
    return SegmentBuilder(segment, span=((start[0] - 1, start[1]), (stop[0] + 1, stop[1])))


def _position(words: list[str]) -> tuple[tuple[int, int], list[float]]:
    """Epoch and position, km, of a record 10."""
    if len(words) != 7:
        raise BadRecord(f"a position of {len(words)} words; direction MJD s leap X Y Z is accepted")
    _geocentric(words[0])
    if words[3] != "0":
        raise BadRecord(f"leap second flag {words[3][:10]!a}: 0 is accepted")
    day, found = _whole(words[1], "MJD"), _SECOND.fullmatch(words[2])
    if not FIRST_DAY <= day < LAST_DAY:
        raise BadRecord(f"MJD {day}: {FIRST_DAY} to {LAST_DAY - 1} (1972 to 2099) is accepted")
    if found is None:
        raise BadRecord(f"second of day {words[2][:20]!a}: a decimal number is accepted")
    digits = (found[2] or "").ljust(7, "0")
    us = int(found[1]) * 1_000_000 + int(digits[:6]) + (digits[6] >= "5")
    if us >= DAY_US + 1_000_000 * has_leap_second(day):
        raise BadRecord(f"second of day {words[2][:20]}: below 86400 is accepted")
    return (day, us), _thousandths(words[4:], "a position")


def _velocity(words: list[str]) -> list[float]:
    """The velocity, km/s, of a record 20."""
    if len(words) != 4:
        raise BadRecord(f"a velocity of {len(words)} words; direction X Y Z is accepted")
    _geocentric(words[0])
    return _thousandths(words[1:], "a velocity")


def _thousandths(words: list[str], what: str) -> list[float]:
    """Metres as kilometres, rounded once."""
    return numbers(" ".join(f"{word}e-3" for word in words), what)


def _geocentric(direction: str) -> None:
    if direction != "0":
        raise BadRecord(f"direction flag {direction[:10]!a}: 0 (geocentric) is accepted")


def _moment(words: list[str], record: str) -> tuple[int, int]:
    year, *rest = (_whole(word, f"date in {record}") for word in words)
    month, day, hour, minute, second = rest
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    return parse_epoch(text, record, "UTC")


def _whole(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadRecord(f"{what} {text[:20]!a}: a whole number is accepted")
    return int(text)


def _designator(text: str) -> str | None:
    """The designator of an ILRS satellite number: 7603901 is 1976-039A."""
    number = _whole(text, "ILRS satellite number")
    year, rest = divmod(number, 100_000)
    launch, piece = divmod(rest, 100)
    if year > 99 or not launch or not 1 <= piece <= len(_PIECES):
        return None
    return f"{year + (1900 if year >= 57 else 2000)}-{launch:03}{_PIECES[piece - 1]}"
