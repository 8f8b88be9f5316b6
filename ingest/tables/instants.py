"""Texts as instants: DALI 1.1, section 3.3.3, with a blank in place of the T allowed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from satvo.ingest.tables.cells import null_where, one_by_one

__all__ = ["instants"]

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d*))?)?)?Z?", re.ASCII
)


def instants(texts: pa.StringArray) -> pa.Array:
    """Times as `pa.timestamp("us")`, to the nearest microsecond; an empty text is null.

    The inserted second of a leap second (60) has no place there and is refused, not moved.
    """
    cells = pc.ascii_trim_whitespace(texts)
    cells = null_where(cells, pc.equal(cells, ""))
    try:
        return pc.replace_substring_regex(cells, "Z$", "").cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return one_by_one(cells, _instant, pa.timestamp("us"))


def _instant(text: str) -> datetime:
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise ValueError(text)
    *whole, fraction = found.groups()
    digits = (fraction or "").ljust(7, "0")
    micros = int(digits[:6]) + (digits[6] >= "5")
    year, month, day, hour, minute, second = (int(part or 0) for part in whole)
    instant = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (instant + timedelta(microseconds=micros)).replace(tzinfo=None)
