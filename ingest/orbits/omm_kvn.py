"""OMM in keyword = value notation, one message or several one after the other.

CCSDS 502.0-B-3, section 4 for the keywords and section 7 for the lines, units and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from satvo.ingest.orbits.lines import BOM, numbered_lines
from satvo.ingest.orbits.omm import NEEDED, from_omm, without_unit
from satvo.ingest.orbits.records import BadRecord, Record, Rejected

__all__ = ["NAME", "matches", "read"]

NAME = "omm-kvn"

_LONGEST_LINE = 4096  # CCSDS 502.0-B-3, 7.3: 254 characters; user-defined values go beyond
_HEAD = re.compile(rb"(?:\s+|#[^\n]*\n|COMMENT(?:[ \t][^\n]*)?\r?\n)*CCSDS_OMM_VERS\s*=")
_LAST = (("MEAN_MOTION_DOT",), ("MEAN_MOTION_DDOT", "AGOM"))


def matches(head: bytes) -> bool:
    """Whether the first line that is neither blank nor a comment is CCSDS_OMM_VERS."""
    return _HEAD.match(head.removeprefix(BOM)) is not None


def read(stream: BinaryIO) -> Iterator[Record]:
    """The element sets of the messages, in file order, and what was left out.

    Notes
    -----
    The notation has no mark for the end of a message. To tell a whole last message from a cut one,
    both derivatives of the mean motion are needed here, after which the standard's order has
    nothing more that an element set takes, and the last line needs its line end.
    """
    message: _Message | None = None
    for line, raw in numbered_lines(stream, _LONGEST_LINE):
        text = raw.decode("latin-1").strip(" \t\r\n")
        if not text or text[0] == "#" or text.split(None, 1)[0] == "COMMENT":
            continue
        if text.partition("=")[0].strip() == "CCSDS_OMM_VERS":
            if message is not None:
                yield message.close()
            message = _Message(line)
        elif message is None:
            message = _Message(line, f"{text[:40]!a} before the first line CCSDS_OMM_VERS = ...")
        whole = raw.endswith(b"\n") and len(raw) <= _LONGEST_LINE
        fault = message.add(line, text, whole=whole)
        if fault is not None and message.complete():
            # What is wrong is the beginning of the next message; it must not cost this one.
            yield message.close()
            message = _Message(line, fault)
        message.fault = message.fault or fault
    if message is not None:
        yield message.close()


class _Message:
    """One message as far as it has been read."""

    def __init__(self, line: int, fault: str | None = None) -> None:
        self.line = line
        self.fields: dict[str, str] = {}
        self.fault = fault

    def add(self, line: int, text: str, *, whole: bool) -> str | None:
        """Take one line in; what is wrong with it, or None."""
        keyword, equals, value = (part.strip(" \t") for part in text.partition("="))
        keyword = keyword.removeprefix("USER_DEFINED_")
        if not equals:
            return f"{text[:40]!a} in file line {line}: KEYWORD = value is accepted"
        if not whole:
            return f"{keyword[:40]!a} in file line {line} is cut or too long; a line end is needed"
        if keyword in self.fields:
            return f"{keyword} again in file line {line}; once after CCSDS_OMM_VERS is accepted"
        try:
            self.fields[keyword] = without_unit(keyword, value)
        except BadRecord as err:
            return str(err)
        return None

    def complete(self) -> bool:
        either = (*((keyword,) for keyword in NEEDED), *_LAST)
        return self.fault is None and all(any(map(self.fields.get, names)) for names in either)

    def close(self) -> Record:
        if self.fault is not None:
            return Rejected(self.line, self.fault)
        for either in _LAST:
            if not any(map(self.fields.get, either)):
                return Rejected(self.line, f"the message lacks {either[0]}: it may be cut")
        try:
            return from_omm(self.fields)
        except BadRecord as err:
            return Rejected(self.line, str(err))
