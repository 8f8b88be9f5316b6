"""OEM in XML: one ``<oem>`` or many in an ``<ndm>``, with or without namespaces.

CCSDS 505.0-B-3 (XML Specification for Navigation Data Messages) and CCSDS 502.0-B-3, section 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree
from satvo.ingest.orbits.epochs import count, parse_epoch
from satvo.ingest.orbits.lines import BOM
from satvo.ingest.orbits.oem import add_state, begin
from satvo.ingest.orbits.records import BadRecord, Record, Rejected
from satvo.ingest.orbits.segments import SegmentBuilder, covariance_frame, followed, numbers
from satvo.ingest.orbits.xml_events import HasDoctype, xml_events

__all__ = ["NAME", "matches", "read"]

NAME = "oem-xml"

_HEAD = re.compile(rb"<(?:[\w.-]+:)?(oem|omm)[\s>]")
_MOST_ELEMENTS = 1_000
"""In the header, the metadata, a state or a covariance, which have 25 at most."""

_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_COVARIANCE = tuple(f"C{a}_{b}" for i, a in enumerate(_STATE) for b in _STATE[: i + 1])
_UNITS = {**dict.fromkeys(_STATE[:3], "km"), **dict.fromkeys(_STATE[3:], "km/s")}
_GROUPS = ("header", "metadata", "stateVector", "covarianceMatrix")


def matches(head: bytes) -> bool:
    """Whether the head is of an XML file and an ``<oem>`` begins in it before any ``<omm>``."""
    found = _HEAD.search(head)
    return head.removeprefix(BOM).lstrip()[:1] == b"<" and found is not None and found[1] == b"oem"


def read(stream: BinaryIO) -> Iterator[Record]:
    """The segments of the messages, in file order, and what was left out.

    Notes
    -----
    After the first byte that is not well-formed nothing more is read; the states before it are
    good. A document type declaration is refused, because nothing but an attack needs one here.
    """
    return followed(_read(stream))


def _read(stream: BinaryIO) -> Iterator[Record]:
    reader = _Reader()
    try:
        for event, element in xml_events(stream):
            if event == "start":
                reader.start(element)
                if reader.elements > _MOST_ELEMENTS:
                    yield Rejected(element.sourceline or 1, "too many elements; 25 are accepted")
                    break
            else:
                yield from reader.end(element)
    except HasDoctype as err:
        yield Rejected(1, str(err))
        return
    except etree.XMLSyntaxError as err:
        line = (err.lineno or 1) if reader.builder is None else reader.line
        yield Rejected(line, f"not well-formed XML ({err.msg}); what follows is left out")
        reader.ended = True
    yield from reader.close()


class _Reader:
    """What is known after the elements so far."""

    def __init__(self) -> None:
        self.elements = 0
        self.line = 1
        self.header: dict[str, str] = {}
        self.builder: SegmentBuilder | None = None
        self.stop = ""
        self.ended = False

    def start(self, element: Any) -> None:
        self.elements += 1
        if _local(element) == "segment":
            self.line = element.sourceline or 1

    def end(self, element: Any) -> Iterator[Record]:
        name = _local(element)
        if name in _GROUPS:
            try:
                yield from self._group(name, element, _fields(element))
            except BadRecord as err:
                at = self.line if name == "metadata" else element.sourceline or 1
                yield Rejected(at, str(err))
        elif name == "segment":
            yield from self.close()
        elif name == "oem":
            self.header = {}
        remark = name == "COMMENT" and _local(element.getparent()) == "data"
        if remark or name in (*_GROUPS, "segment", "oem", "data"):
            self.elements = 0
            _forget(element)

    def _group(self, name: str, element: Any, fields: dict[str, str]) -> Iterator[Record]:
        if name == "header":
            self.header = fields
        elif name == "metadata":
            yield from self.close()
            self.builder = begin(self.line, self.header, fields)
            self.stop = fields["STOP_TIME"]
        elif self.builder is None:  # its metadata were not accepted, which has been told
            return
        elif name == "stateVector":
            if missing := [key for key in ("EPOCH", *_STATE) if not fields.get(key)]:
                raise BadRecord(f"the state lacks {', '.join(missing)}")
            add_state(self.builder, fields["EPOCH"], " ".join(fields[key] for key in _STATE))
        else:
            if missing := [key for key in ("EPOCH", *_COVARIANCE) if not fields.get(key)]:
                raise BadRecord(f"the covariance lacks {', '.join(missing)}")
            self.builder.covary(
                element.sourceline or 1,
                numbers(" ".join(fields[key] for key in _COVARIANCE), "a covariance"),
                covariance_frame(fields.get("COV_REF_FRAME", ""), self.builder.segment.frame),
                parse_epoch(fields["EPOCH"], "EPOCH", self.builder.scale),
            )

    def close(self) -> Iterator[Record]:
        """The segment that was read, if any."""
        builder, self.builder = self.builder, None
        if builder is None:
            return
        yield from builder.build(cut=self.ended)
        stop = count(parse_epoch(self.stop, "STOP_TIME", builder.scale))
        if len(builder) and builder.last + 1_000_000 < stop and not self.ended:
            yield Rejected(self.line, f"the segment ends before STOP_TIME={self.stop}")


def _fields(element: Any) -> dict[str, str]:
    """The children of a group by name, their units checked."""
    found: dict[str, str] = {}
    for child in element:
        name, unit = _local(child), child.get("units")
        if name == "COMMENT":
            continue
        if name in found:
            raise BadRecord(f"{name} comes twice; once is accepted")
        if unit is not None and name in _UNITS and unit.strip().lower() != _UNITS[name]:
            raise BadRecord(f"{name} in {unit[:20]!a}: {_UNITS[name]} is accepted")
        found[name] = (child.text or "").strip()
    return found


def _local(element: Any) -> str:
    return "" if element is None else str(element.tag).rpartition("}")[2]


def _forget(element: Any) -> None:
    """Free an element and its elder siblings, so that a file of any length fits the memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
