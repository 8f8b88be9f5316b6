"""OEM in keyword = value notation: segments of states, each with its metadata and covariances.

CCSDS 502.0-B-3, section 5 for the message and section 7 for lines, units and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from satvo.ingest.orbits.epochs import count, parse_epoch
from satvo.ingest.orbits.lines import BOM, numbered_lines
from satvo.ingest.orbits.oem import add_state, begin
from satvo.ingest.orbits.records import BadRecord, Record, Rejected
from satvo.ingest.orbits.segments import SegmentBuilder, covariance_frame, followed, numbers

__all__ = ["NAME", "matches", "read"]

NAME = "oem-kvn"

_LONGEST_LINE = 4096  # CCSDS 502.0-B-3, 7.3: 254 characters; comments go beyond
_MOST_KEYWORDS = 200
_HEAD = re.compile(rb"(?:\s+|#[^\n]*\n|COMMENT(?:[ \t][^\n]*)?\r?\n)*CCSDS_OEM_VERS\s*=")


def matches(head: bytes) -> bool:
    """Whether the first line that is neither blank nor a comment is CCSDS_OEM_VERS."""
    return _HEAD.match(head.removeprefix(BOM)) is not None


def read(stream: BinaryIO) -> Iterator[Record]:
    """The segments of the messages, in file order, and what was left out.

    Notes
    -----
    A bad state or covariance costs itself, bad metadata the segment. Where the file ends before
    STOP_TIME of its last segment, the states read are good and the missing rest is told.
    """
    return followed(_read(stream))


def _read(stream: BinaryIO) -> Iterator[Record]:
    reader = _Reader()
    for line, raw in numbered_lines(stream, _LONGEST_LINE):
        text = raw.decode("latin-1").strip(" \t\r\n")
        if not text or text[0] == "#" or text.split(None, 1)[0] == "COMMENT":
            continue
        if not raw.endswith(b"\n") and text not in ("META_STOP", "COVARIANCE_STOP"):
            # A number that lost its last digits is still a number.
            reader.ended = True
            yield from reader.fault(line, "the line is cut or too long; a line end is needed")
        else:
            yield from reader.take(line, text)
    yield from reader.close(at_end=True)


class _Reader:
    """What is known after the lines so far.

    `place` is header, meta, states, covariance, or lost: behind a fault that makes what follows
    meaningless, until the next segment.
    """

    def __init__(self) -> None:
        self.place = "header"
        self.header: dict[str, str] = {}
        self.meta: dict[str, str] = {}
        self.line = 1
        self.builder: SegmentBuilder | None = None
        self.stop = ""
        self.block: _Block | None = None
        self.ended = False
        """Whether it has been told already that the file is cut."""

    def take(self, line: int, text: str) -> Iterator[Record]:
        keyword, equals, value = (part.strip(" \t") for part in text.partition("="))
        if equals and keyword == "CCSDS_OEM_VERS":
            yield from self.close()
            self.place, self.header = "header", {}
        elif text == "META_START":
            if self.place == "meta":
                yield from self.lose(self.line, "META_START without a META_STOP after it")
            yield from self.close()
            self.place, self.meta, self.line = "meta", {}, line
        elif self.place in ("header", "meta"):
            yield from self._keyword(line, text, keyword, value if equals else None)
        elif self.place == "states":
            yield from self._state(line, text)
        elif self.place == "covariance":
            yield from self._covariance(line, text, keyword, value if equals else None)

    def fault(self, line: int, reason: str) -> Iterator[Record]:
        """A line that cannot be read at all."""
        if self.place == "meta" or (self.place == "header" and not self.header):
            yield from self.lose(line, reason)
        elif self.place != "lost":
            if self.block is not None:
                self.block.fault = self.block.fault or reason
            else:
                yield Rejected(line, reason)

    def lose(self, line: int, reason: str) -> Iterator[Record]:
        """What follows belongs to no segment known; it is passed over until the next begins."""
        yield Rejected(line, reason)
        yield from self.close()
        self.place = "lost"

    def close(self, *, at_end: bool = False) -> Iterator[Record]:
        """The segment that was read, if any."""
        if self.place == "meta" and at_end:
            yield Rejected(self.line, "the file ends inside the metadata: it is cut")
        if self.place == "header" and at_end and not self.ended:
            yield Rejected(self.line, "the file ends before its first segment: it is cut")
        builder, self.builder = self.builder, None
        if builder is None:
            return
        yield from self._end_block(builder)
        yield from builder.build(cut=self.ended)
        stop = count(parse_epoch(self.stop, "STOP_TIME", builder.scale))
        missing = len(builder) and builder.last + 1_000_000 < stop
        if at_end and missing and not self.ended:
            yield Rejected(self.line, f"the file ends before STOP_TIME={self.stop}: it may be cut")

    def _keyword(self, line: int, text: str, keyword: str, value: str | None) -> Iterator[Record]:
        fields = self.header if self.place == "header" else self.meta
        if self.place == "meta" and text == "META_STOP":
            try:
                self.builder = begin(self.line, self.header, self.meta)
            except BadRecord as err:
                yield from self.lose(self.line, str(err))
                return
            self.place, self.stop = "states", self.meta["STOP_TIME"]
        elif value is None:
            reason = f"{text[:40]!a} in the {self.place}: KEYWORD = value is accepted"
            yield from self.lose(line, reason)
        elif keyword in fields or len(fields) >= _MOST_KEYWORDS:
            yield from self.lose(line, f"{keyword[:40]!a} again; each keyword is accepted once")
        else:
            fields[keyword] = value

    def _state(self, line: int, text: str) -> Iterator[Record]:
        if text == "COVARIANCE_START":
            self.place, self.block = "covariance", None
            return
        if self.builder is None:
            return
        if "=" in text or text == "META_STOP":
            # Metadata whose META_START was lost: their states would count as of this segment.
            yield from self.lose(line, f"{text[:40]!a} among states; META_START is needed before")
            return
        epoch, _, values = text.partition(" ")
        try:
            add_state(self.builder, epoch, values)
        except BadRecord as err:
            yield Rejected(line, str(err))

    def _covariance(
        self, line: int, text: str, keyword: str, value: str | None
    ) -> Iterator[Record]:
        if self.builder is None:
            return
        if text == "COVARIANCE_STOP":
            yield from self._end_block(self.builder)
            self.place = "states"
        elif value is not None and keyword == "EPOCH":
            yield from self._end_block(self.builder)
            self.block = _Block(line, value)
        elif self.block is None:
            yield Rejected(line, f"{text[:40]!a} among covariances; EPOCH = ... is needed before")
        elif value is not None and keyword == "COV_REF_FRAME":
            self.block.frame = value
        else:
            self.block.take(text)

    def _end_block(self, builder: SegmentBuilder) -> Iterator[Record]:
        """Hand over the covariance that was read, if any."""
        block, self.block = self.block, None
        if block is None:
            return
        try:
            if block.fault is not None:
                raise BadRecord(block.fault)
            builder.covary(
                block.line,
                block.values,
                covariance_frame(block.frame, builder.segment.frame),
                parse_epoch(block.epoch, "EPOCH", builder.scale),
            )
        except BadRecord as err:
            yield Rejected(block.line, str(err))


class _Block:
    """A covariance as far as it has been read: six lines of one to six numbers."""

    def __init__(self, line: int, epoch: str) -> None:
        self.line = line
        self.epoch = epoch
        self.frame = ""
        self.values: list[float] = []
        self.rows = 0
        self.fault: str | None = None

    def take(self, text: str) -> None:
        if self.fault is not None:
            return
        self.rows += 1
        try:
            row = numbers(text, "a covariance")
        except BadRecord as err:
            self.fault = str(err)
            return
        self.values += row
        if self.rows > 6 or len(row) != self.rows:
            self.fault = "a covariance is six lines of one to six numbers"
