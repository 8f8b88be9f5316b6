"""OMM in XML: one ``<omm>`` or many in an ``<ndm>``, with or without namespaces.

CCSDS 505.0-B-3 (XML Specification for Navigation Data Messages) and CCSDS 502.0-B-3, section 8, as
CelesTrak and Space-Track write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree
from satvo.ingest.orbits.lines import BOM
from satvo.ingest.orbits.omm import REPEATED, from_omm, without_unit
from satvo.ingest.orbits.records import BadRecord, Record, Rejected
from satvo.ingest.orbits.xml_events import HasDoctype, xml_events

__all__ = ["NAME", "matches", "read"]

NAME = "omm-xml"

_HEAD = re.compile(rb"<(?:[\w.-]+:)?omm[\s>]")
_MOST_ELEMENTS = 10_000  # in one message; with a covariance an OMM has about 70


def matches(head: bytes) -> bool:
    """Whether the head is of an XML file and an ``<omm>`` begins in it."""
    return head.removeprefix(BOM).lstrip()[:1] == b"<" and _HEAD.search(head) is not None


def read(stream: BinaryIO) -> Iterator[Record]:
    """The element sets of the messages, in file order, and what was left out.

    Notes
    -----
    After the first byte that is not well-formed nothing more is read: XML 1.0, section 1.2, calls
    it a fatal error, and what a repairing parser makes of the rest could be a false element set.
    A document type declaration is refused, because nothing but an attack needs one here.
    """
    message: _Message | None = None
    try:
        for event, element in xml_events(stream):
            if message is None:
                if event == "start" and _local(element) == "omm":
                    message = _Message(element.sourceline or 1)
                elif event == "end":
                    _forget(element)
            elif event == "start":
                message.elements += 1
                if message.elements > _MOST_ELEMENTS:
                    yield Rejected(message.line, f"a message of over {_MOST_ELEMENTS} elements")
                    return
            elif _local(element) == "omm":
                yield message.close()
                message = None
                _forget(element)
            elif len(element) == 0:
                message.add(element)
    except HasDoctype as err:
        yield Rejected(1, str(err))
        return
    except etree.XMLSyntaxError as err:
        line = (err.lineno or 1) if message is None else message.line
        yield Rejected(line, f"not well-formed XML ({err.msg}); what follows is left out")


class _Message:
    """One message as far as it has been read."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.elements = 0
        self.fields: dict[str, str] = {}
        self.fault: str | None = None

    def add(self, element: Any) -> None:
        keyword = _local(element)
        if keyword == "USER_DEFINED":
            keyword = element.get("parameter", "")
        if keyword == "COMMENT":
            return
        if keyword in self.fields:
            self.fields[REPEATED] = keyword
        try:
            text = (element.text or "").strip()
            self.fields[keyword] = without_unit(keyword, text, element.get("units"))
        except BadRecord as err:
            self.fault = str(err)

    def close(self) -> Record:
        if self.fault is not None:
            return Rejected(self.line, self.fault)
        try:
            return from_omm(self.fields)
        except BadRecord as err:
            return Rejected(self.line, str(err))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _forget(element: Any) -> None:
    """Free an element and its elder siblings, so that a file of any length fits the memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
