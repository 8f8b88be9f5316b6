"""XML of orbit messages, read piece by piece and without what only attacks need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

__all__ = ["HasDoctype", "xml_events"]


class HasDoctype(ValueError):
    """The file has a document type declaration; the message is for `Rejected`."""


def xml_events(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    """The starts and ends of the elements of an XML file.

    No entity is resolved, nothing is fetched, comments and processing instructions are left out.

    Raises
    ------
    HasDoctype
        At the first element, if there is a document type declaration.
    lxml.etree.XMLSyntaxError
        Where the file is no longer well-formed.
    """
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for i, (event, element) in enumerate(events):
        if i == 0 and element.getroottree().docinfo.doctype:
            raise HasDoctype("a DOCTYPE declaration; XML without one is accepted")
        yield event, element
