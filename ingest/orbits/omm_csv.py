"""OMM as comma-separated values: a header of OMM keywords, one element set a row.

The notation of CelesTrak (FORMAT=CSV) and Space-Track (format/csv), with the keywords of CCSDS
502.0-B-3, section 4; rows as RFC 4180 quotes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from satvo.ingest.orbits.lines import csv_header, csv_rows
from satvo.ingest.orbits.omm import NEEDED, from_omm
from satvo.ingest.orbits.records import BadRecord, Record, Rejected

__all__ = ["NAME", "matches", "read"]

NAME = "omm-csv"


def matches(head: bytes) -> bool:
    """Whether the header has EPOCH and MEAN_MOTION, which no satellite catalogue has."""
    return {"EPOCH", "MEAN_MOTION"} <= set(csv_header(head))


def read(stream: BinaryIO) -> Iterator[Record]:
    """The element sets of the rows, in file order, and what was left out.

    Raises
    ------
    BadParameter
        If the header lacks a column without which there are no elements.
    """
    for line, row in csv_rows(stream, NAME, NEEDED):
        if isinstance(row, str):
            yield Rejected(line, row)
            continue
        try:
            yield from_omm(row)
        except BadRecord as err:
            yield Rejected(line, str(err))
