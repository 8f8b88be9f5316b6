"""OMM in JSON: an array of objects, or one object, with OMM keywords for names.

The notation of CelesTrak (FORMAT=JSON), which writes numbers, and Space-Track (format/json), which
writes every value as a string; keywords of CCSDS 502.0-B-3, section 4; JSON of RFC 8259.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from satvo.ingest.orbits.lines import BOM
from satvo.ingest.orbits.omm import REPEATED, from_omm
from satvo.ingest.orbits.records import BadRecord, Record, Rejected

__all__ = ["NAME", "matches", "read"]

NAME = "omm-json"

_CHUNK = 65_536
_LARGEST_OBJECT = 1_000_000  # characters; a Space-Track object has about 1500
_LONGEST_TOKEN = 16  # of those that a decoder reports at their beginning when they are cut
_HEAD = re.compile(rb"\s*(?:\[\s*\]|\[?\s*\{)")
_BLANKS = re.compile(r"[ \t\r\n]*")
_BETWEEN = re.compile(r"[ \t\r\n,]*")


def matches(head: bytes) -> bool:
    """Whether the head begins an array or object with a MEAN_MOTION in it, or is an empty array."""
    found = _HEAD.match(head.removeprefix(BOM))
    return found is not None and (b'"MEAN_MOTION"' in head or found[0].endswith(b"]"))


def read(stream: BinaryIO) -> Iterator[Record]:
    """The element sets of the objects, in file order, and what was left out.

    Notes
    -----
    The array is decoded object by object, so that memory does not grow with the file. A run of text
    that is no object comes as one `Rejected`, at the line where it begins.
    """
    window = _Window(stream)
    inside = window.peek(_BLANKS) == "["
    if inside:
        window.advance(window.at + 1)
    empty, bad = not inside, False
    while char := window.peek(_BETWEEN):
        empty, line = False, window.line
        if char == "]" and inside:
            inside = False
            window.advance(window.at + 1)
            continue
        found = window.take() if char == "{" else "text outside the objects of one array"
        if isinstance(found, str):
            if not bad:
                yield Rejected(line, f"{found}; an array of JSON objects is accepted")
            if window.hopeless or not window.to_next_object():
                return
            bad = True
            continue
        bad = False
        try:
            yield from_omm(found)
        except BadRecord as err:
            yield Rejected(line, str(err))
    if inside or empty:
        yield Rejected(window.line, "the file ends before its array does: it is cut or empty")


class _Window:
    """The part of the text that is in memory, and the place reached in it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        # What is not UTF-8 becomes U+FFFD, which the ASCII check of its own object refuses.
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False
        self.hopeless = False

    def more(self) -> bool:
        """Read on, dropping what lies behind; False at the end of the file."""
        if self.ended:
            return False
        chunk = self.stream.read(_CHUNK)
        self.ended = not chunk
        self.text = self.text[self.at :] + self.decoder.decode(chunk, self.ended)
        self.at = 0
        return True

    def advance(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def peek(self, skipped: re.Pattern[str]) -> str:
        """The next character after what is skipped; empty at the end of the file."""
        while True:
            found = skipped.match(self.text, self.at)
            self.advance(found.end() if found else self.at)
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self) -> dict[str, Any] | str:
        """The object that begins here, the place moved behind it, or why there is none."""
        while True:
            try:
                found, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as err:
                cut = err.pos >= len(self.text) - _LONGEST_TOKEN or "Unterminated" in err.msg
                if not cut:
                    return f"not JSON ({err.msg} at {self.text[err.pos : err.pos + 20]!a})"
                if len(self.text) - self.at > _LARGEST_OBJECT:
                    return f"an object of over {_LARGEST_OBJECT} characters"
                if not self.more():
                    return "the file ends inside an object: it is cut"
            except RecursionError:
                # Trying again at each brace of a long nest would take hours.
                self.hopeless = True
                return "objects nested too deep; what follows is left out"
            else:
                self.advance(end)
                return dict(found)

    def to_next_object(self) -> bool:
        """Move to the next opening brace after this place; False where there is none."""
        self.advance(min(self.at + 1, len(self.text)))
        while (place := self.text.find("{", self.at)) < 0:
            self.advance(len(self.text))
            if not self.more():
                return False
        self.advance(place)
        return True


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        fields[REPEATED] = Counter(name for name, _ in pairs).most_common(1)[0][0]
    return fields


# Numbers stay decimal text: the one conversion to a float is that of `records.number`.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_fields, parse_float=str, parse_int=str, parse_constant=str
)
