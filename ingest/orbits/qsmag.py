"""Standard magnitudes of satellites: the table that M. McCants keeps for Quicksat (``qs.mag``).

Fixed columns: number 1-5, a mark 7, designation 9-17, name 19-33, magnitude 34-37, sizes and radar
cross section after it; a first row numbered 00001 has the headings. A magnitude is V at 1000 km and
half lit, which is 90 deg of phase angle; most are to half a magnitude.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from satvo.ingest.orbits.lines import BOM, numbered_lines
from satvo.ingest.orbits.records import BadRecord, Record, Rejected, catalogue_number
from satvo.ingest.orbits.values import number
from satvo.schemas.satellite import CatalogueEntry, is_analyst

__all__ = ["NAME", "matches", "read"]

NAME = "qsmag"

_LONGEST_LINE = 4096
_HEAD = re.compile(rb"\s*(?:#[^\n]*\n\s*)*0*1 [a-z ] Desig\S*\s+Name\S*\s+Mag\.")
_NUMBER, _MAGNITUDE = slice(0, 5), slice(33, 37)
_BRIGHTEST, _FAINTEST = -5.0, 25.0


def matches(head: bytes) -> bool:
    """Whether the first row has the headings of the table."""
    return _HEAD.match(head.removeprefix(BOM)) is not None


def read(stream: BinaryIO) -> Iterator[Record]:
    """A catalogue entry that says a magnitude and nothing else, for each row that has one.

    Rows without a magnitude are passed over: the table lists them for their cross section, which
    the satellite catalogue has too.
    """
    for line, raw in numbered_lines(stream, _LONGEST_LINE):
        text = raw.decode("latin-1").rstrip()
        if not text or text[0] == "#" or "Desig" in text[8:18]:
            continue
        try:
            entry = _entry(text)
        except BadRecord as err:
            yield Rejected(line, str(err))
        else:
            if entry is not None:
                yield entry


def _entry(text: str) -> CatalogueEntry | None:
    norad_id = catalogue_number(text[_NUMBER])
    if norad_id < 1 or is_analyst(norad_id):
        raise BadRecord(f"number {norad_id}: from 1, and none of the re-used 80000 to 89999")
    written = text[_MAGNITUDE].strip()
    if not written:
        return None
    magnitude = number(written, "Mag.")
    if not _BRIGHTEST <= magnitude <= _FAINTEST:
        raise BadRecord(f"Mag.={magnitude}: {_BRIGHTEST} to {_FAINTEST} is accepted")
    return CatalogueEntry(norad_id, mag_std=magnitude)
