"""Two-line element sets, with or without a name line (TLE, 3LE), of CelesTrak and Space-Track.

Columns and checksum as in T. S. Kelso, "Two-Line Element Set Format" (CelesTrak FAQ), which
restates Hoots and Roehrich, Spacetrack Report No. 3 (1980); catalogue numbers above 99999 in
alpha-5. Angles and rates are decimal fractions in fixed columns, so each becomes the very number
that the OMM of the same set has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import BinaryIO

from satvo.ingest.orbits.lines import numbered_lines
from satvo.ingest.orbits.records import BadRecord, Record, Rejected, accepted, catalogue_number
from satvo.schemas.gp import ElementSet

__all__ = ["NAME", "cospar_id", "matches", "read", "read_set", "tle_epoch"]

NAME = "tle"

_LONGEST_LINE = 4096
_COLUMNS = 69

_LINE1 = re.compile(
    r"1 ([ \dA-Z][ \d]{3}\d)([A-Z ]) ([ \dA-Z]{8}) (\d\d)([ \d]{3})\.(\d{8}) ([-+ .\d]{10}) "
    r"([-+ ])(\d{5})([-+ ]\d) ([-+ ])(\d{5})([-+ ]\d) ([ \d]) ([ \d]{4})\d",
    re.ASCII,
)
_LINE2 = re.compile(
    r"2 ([ \dA-Z][ \d]{3}\d) ([-+ .\d]{8}) ([-+ .\d]{8}) ([ \d]{7}) ([-+ .\d]{8}) ([-+ .\d]{8}) "
    r"([-+ .\d]{11})([ \d]{5})\d",
    re.ASCII,
)
_SAMPLE1 = "1 NNNNNC YYLLLPPP YYDDD.DDDDDDDD +.NNNNNNNN +NNNNN-N +NNNNN-N E NNNNC"
_SAMPLE2 = "2 NNNNN III.IIII RRR.RRRR EEEEEEE AAA.AAAA MMM.MMMM NN.NNNNNNNNRRRRRC"
_BEGINS = re.compile(r"[12] [ \dA-Z][ \d]{3}\d(?:[A-Z ]|$)", re.ASCII)
_DESIGNATOR = re.compile(r"(\d\d)([ \d]{2}\d)([A-Z]{1,3})", re.ASCII)
# Digits count for themselves, a minus sign for one, everything else for nothing.
_WEIGHTS = bytes(c - 48 if 48 <= c <= 57 else int(c == 45) for c in range(256))
_HEAD = re.compile(rb"^1 [ \dA-Z][ \d]{3}\d[A-Z ] .{8} \d\d[ \d]{3}\.\d{8} ", re.MULTILINE)


def matches(head: bytes) -> bool:
    """Whether a line of the head is the first line of an element set, whatever stands before it."""
    return _HEAD.search(head.replace(b"\xef\xbb\xbf", b"", 1)) is not None


def cospar_id(designator: str) -> str | None:
    """The COSPAR designator that the eight columns of a TLE abbreviate, or None.

    Two-digit years 57 to 99 are of the 20th century. Columns that hold no designator of launch and
    piece, as some sets of unidentified objects have, give None; `tle_line1` keeps what they held.

    Examples
    --------
    >>> cospar_id("98067A  ")
    '1998-067A'
    """
    found = _DESIGNATOR.fullmatch(designator.strip())
    if found is None:
        return None
    return f"{_year(int(found[1]))}-{found[2].replace(' ', '0')}{found[3]}"


def tle_epoch(year: str, day: str, fraction: str) -> datetime:
    """The UTC instant of the columns YY, DDD and the eight digits after the point.

    The last of these digits is 864 microseconds, so the instant is exact in whole microseconds.

    Raises
    ------
    BadRecord
        If the year has no such day.

    Examples
    --------
    >>> tle_epoch("26", "202", "35733743").isoformat()
    '2026-07-21T08:34:33.953952'
    """
    return _midnight(year, day) + timedelta(microseconds=int(fraction) * 864)


@lru_cache(maxsize=1024)
def _midnight(year: str, day: str) -> datetime:
    # Kept, because a catalogue of 24 000 sets has its epochs in a few dozen days.
    full = _year(int(year))
    count = int(day.replace(" ", "0"))
    midnight = datetime(full, 1, 1) + timedelta(days=count - 1)
    if midnight.year != full:
        raise BadRecord(f"epoch {year}{day}: {full} has no day {count}")
    return midnight


def _year(two_digits: int) -> int:
    return two_digits + (1900 if two_digits >= 57 else 2000)


def read_set(line1: str, line2: str, name: str | None = None) -> ElementSet:
    """The element set of two lines, trailing blanks removed.

    A line with a blank in column 70 is cut at column 69: the published SGP4 verification sets carry
    start, stop and step of the test there.

    Raises
    ------
    BadRecord
        If a column, a checksum or an element is not what it must be.

    Notes
    -----
    In a set of ephemeris type 4 (SGP4-XP) the B* columns hold the ballistic coefficient and those
    of the second derivative the solar radiation term; `bstar` and `mean_motion_ddot` take them as
    written.

    Examples
    --------
    >>> es = read_set(
    ...     "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
    ...     "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
    ... )
    >>> es.object_id, es.eccentricity, es.bstar
    ('1958-002B', 0.1859667, 2.8098e-05)
    """
    line1, line2 = _checked(line1, 1), _checked(line2, 2)
    one, two = _LINE1.fullmatch(line1), _LINE2.fullmatch(line2)
    if one is None:
        raise BadRecord(f"line 1 {line1!a}: the columns {_SAMPLE1} are accepted")
    if two is None:
        raise BadRecord(f"line 2 {line2!a}: the columns {_SAMPLE2} are accepted")
    number, klass, designator, year, day, fraction, dot, s2, m2, e2, sb, mb, eb, kind, elset = (
        one.groups()
    )
    number2, inclination, node, eccentricity, pericenter, anomaly, motion, rev = two.groups()
    norad_id = catalogue_number(number)
    if number2 != number and catalogue_number(number2) != norad_id:
        raise BadRecord(
            f"catalogue number {number} in line 1 and {number2} in line 2; they must agree"
        )
    epoch = tle_epoch(year, day, fraction)
    try:
        # Adding 0.0 takes the sign from a negative zero.
        es = ElementSet(
            norad_id=norad_id,
            epoch=epoch,
            mean_motion=float(motion),
            eccentricity=float("." + eccentricity.replace(" ", "0")),
            inclination=float(inclination) + 0.0,
            ra_of_asc_node=float(node) + 0.0,
            arg_of_pericenter=float(pericenter) + 0.0,
            mean_anomaly=float(anomaly) + 0.0,
            bstar=_implied(sb, mb, eb),
            mean_motion_dot=float(dot) + 0.0,
            mean_motion_ddot=_implied(s2, m2, e2),
            object_name=name,
            object_id=cospar_id(designator),
            ephemeris_type=None if kind == " " else int(kind),
            classification_type=None if klass == " " else klass,
            element_set_no=None if elset == "    " else int(elset),
            rev_at_epoch=None if rev == "     " else int(rev),
            tle_line1=line1,
            tle_line2=line2,
        )
    except ValueError as err:
        raise BadRecord(
            f"{err}: digits with blanks only before or after them are accepted"
        ) from err
    return accepted(es)


def _checked(line: str, which: int) -> str:
    """The 69 columns, of which the last is the right checksum of those before it."""
    if len(line) > _COLUMNS and line[_COLUMNS] == " ":
        line = line[:_COLUMNS]
    if len(line) != _COLUMNS:
        if len(line) == _COLUMNS - 1:
            raise BadRecord(f"line {which} has 68 columns: the checksum in column 69 is missing")
        given = f"more than {_LONGEST_LINE}" if len(line) > _LONGEST_LINE else str(len(line))
        raise BadRecord(f"line {which} has {given} columns; 69 are accepted")
    try:
        columns = line.encode("ascii")
    except UnicodeEncodeError as err:
        place = f"column {err.start + 1}"
        raise BadRecord(f"line {which} has a byte that is not ASCII in {place}") from err
    weights = columns.translate(_WEIGHTS)
    checksum = (sum(weights) - weights[-1]) % 10
    if columns[-1] != 48 + checksum:
        raise BadRecord(f"line {which} ends in checksum {line[-1]!a}; its columns give {checksum}")
    return line


def _implied(sign: str, mantissa: str, exponent: str) -> float:
    """A number whose decimal point is implied before its five digits."""
    if mantissa == "00000":
        return 0.0
    # One conversion of the full decimal text: multiplying by a power of ten would round twice.
    return float(f"{sign.strip()}.{mantissa}e{exponent.replace(' ', '+')}")


def read(stream: BinaryIO) -> Iterator[Record]:
    """The element sets of a TLE or 3LE file in file order, and what was left out of it."""
    sets = _Assembler()
    for number, raw in numbered_lines(stream, _LONGEST_LINE):
        # Latin-1 keeps one character a byte, so that columns stay columns until the ASCII check.
        text = raw.rstrip(b" \t\r\n").decode("latin-1")
        if text and text[0] != "#" and (record := sets.feed(number, text)) is not None:
            yield record
    if (record := sets.finish()) is not None:
        yield record


class _Assembler:
    """Joins name, line 1 and line 2, and finds the next set after a damaged one."""

    def __init__(self) -> None:
        self.name: tuple[int, str] | None = None
        self.first: tuple[int, str] | None = None
        self.style = ""  # of the last good set's name line: "zero", "plain", "none"; "" before one
        self.wary = False  # after a damaged set, until the next good one
        self.torn = False  # the set of a line 2 that may follow has been reported already

    def feed(self, number: int, text: str) -> Record | None:
        kind = text[:2]
        if kind in ("1 ", "1") and (self.name is not None or _is_element_line(text)):
            record = self._drop("line 1 without a line 2 after it") if self.first else None
            self.first, self.torn = (number, text), False
            return record
        if kind in ("2 ", "2") and (self.first is not None or _is_element_line(text)):
            return self._close(number, text)
        return self._title(number, text)

    def finish(self) -> Rejected | None:
        if self.first is not None:
            return self._drop("line 1 without a line 2 after it: the file ends")
        if self.name is not None:
            return self._drop("a name without element lines after it: the file ends")
        return None

    def _title(self, number: int, text: str) -> Rejected | None:
        zero = text[:2] in ("0 ", "0")
        # Names have at most a few numbers; the element lines have some 50 digits.
        stray = len(text) > 24 and (sum(map(str.isdigit, text)) > 20 or len(text) > _LONGEST_LINE)
        # A piece of a broken line must not become the name of the next set.
        if self.wary and not zero:
            stray = stray or self.style in ("zero", "none") or not any(map(str.isalpha, text))
        record = None
        if stray:
            piece = f"{text[:40]!a} in file line {number} is neither a name nor an element line"
            record = self._drop(piece, number)
            self.torn = True
        else:
            if self.first is not None:
                record = self._drop("line 1 without a line 2 after it")
            elif self.name is not None:
                record = self._drop("a name without element lines after it")
            self.name, self.torn = (number, text), False
        return record

    def _close(self, number: int, text: str) -> Record | None:
        if self.first is None:
            if self.torn:
                self.torn = False
                return None
            return self._drop("line 2 without a line 1 before it", number)
        name, style = None, "none"
        if self.name is not None:
            name = self.name[1]
            style = "zero" if name[:2] in ("0 ", "0") else "plain"
            name = (name[2:] if style == "zero" else name).strip(" \t") or None
        try:
            es = read_set(self.first[1], text, name)
        except BadRecord as err:
            return self._drop(str(err))
        self.name = self.first = None
        self.style, self.wary = style, False
        return es

    def _drop(self, reason: str, number: int = 0) -> Rejected:
        start = self.name or self.first
        self.name = self.first = None
        self.wary = True
        return Rejected(number if start is None else start[0], reason)


def _is_element_line(text: str) -> bool:
    """Whether a line that begins with 1 or 2 is an element line, and not a name such as 1 KUNS."""
    return len(text) >= 50 or _BEGINS.match(text) is not None
