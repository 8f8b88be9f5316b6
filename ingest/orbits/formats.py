"""The orbit formats there are, and how a file is opened by the right one.

Formats are modules found by the entry point group ``satvo.orbit_formats`` (Python Packaging User
Guide, "Entry points specification"); gzip is that of RFC 1952.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from satvo.ingest.orbits.itc import object_of_name
from satvo.ingest.orbits.records import OrbitFormat, Record, Rejected
from satvo.ingest.unpacking import Unpacked
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.errors import BadParameter, UnknownFormat
from satvo.schemas.plugins import plugins

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["formats", "open_orbit_file", "read_orbits", "recognise"]

_GROUP = "satvo.orbit_formats"
_HEAD = 65_536
_CHUNK = 65_536
_MOST_UNPACKED = 2 * 1024**3
"""Bytes that a gzip file may unpack to: over 500 whole catalogues of 2022, and no bomb."""


def formats() -> Mapping[str, OrbitFormat]:
    """Every orbit format by its NAME: the built-in ones, then those of other packages.

    Examples
    --------
    >>> "tle" in formats()
    True
    """
    return plugins(_GROUP)


def recognise(head: bytes) -> OrbitFormat | None:
    """The format of a file that begins with these bytes, or None.

    Parameters
    ----------
    head : bytes
        The first 64 kB, unpacked, or all of a shorter file.

    Examples
    --------
    >>> recognise(b"CCSDS_OMM_VERS = 2.0").NAME
    'omm-kvn'
    """
    return next((module for module in formats().values() if module.matches(head)), None)


def open_orbit_file(
    stream: BinaryIO, *, name: str, format: str | None = None
) -> tuple[OrbitFormat, BinaryIO]:
    """The format of an orbit file and its unpacked bytes from the start.

    Parameters
    ----------
    stream : BinaryIO
        The file, plain or gzip; it need not be seekable, and stays open.
    name : str
        What the file is called, for the message.
    format : str, optional
        NAME of the format; found by the first 64 kB where it is not given.

    Raises
    ------
    UnknownFormat
        If there is no format of that name, or the file is of none, or is empty.
    """
    module, source = _open(stream, name, format)
    return module, io.BufferedReader(source, _CHUNK)


def read_orbits(stream: BinaryIO, *, name: str, format: str | None = None) -> Iterator[Record]:
    """The records of an orbit file, whatever its format, and what was left out.

    Parameters
    ----------
    stream, name, format
        As in `open_orbit_file`.

    Returns
    -------
    iterator of Record
        In file order. Of a gzip file that is cut or corrupt the records before the damage come, and
        then a `Rejected` for the line where it ended.

    Raises
    ------
    UnknownFormat
        At once, before the first record is asked for.
    BadParameter
        While reading, if the file has a header that lets no record be read.

    Examples
    --------
    >>> import io
    >>> lines = (b"1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\\n"
    ...          b"2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\\n")
    >>> [es.norad_id for es in read_orbits(io.BytesIO(lines), name="five.tle")]
    [5]
    """
    module, source = _open(stream, name, format)
    return _records(module, source, name)


def _records(module: OrbitFormat, source: _Source, name: str) -> Iterator[Record]:
    try:
        for record in module.read(io.BufferedReader(source, _CHUNK)):
            yield _named(record, name) if isinstance(record, EphemerisSegment) else record
    except BadParameter as err:
        raise BadParameter(f"{name}: {err}") from err
    if source.damage is not None:
        yield Rejected(source.lines + 1, source.damage)


def _named(segment: EphemerisSegment, name: str) -> EphemerisSegment:
    """A segment that names no object, with the one that the name of its file does."""
    if segment.norad_id is None and segment.object_id is None:
        if found := object_of_name(name):
            return replace(segment, norad_id=found[0], object_name=found[1])
    return segment


def _open(stream: BinaryIO, name: str, format: str | None) -> tuple[OrbitFormat, _Source]:
    known = formats()
    if format is not None and format not in known:
        raise UnknownFormat(
            f"format {format!r} for {name}: no such format; accepted are {', '.join(known)}"
        )
    source = _Source(stream)
    head = source.head()
    if not head:
        why = source.damage or "the file is empty"
        raise UnknownFormat(f"{name}: {why}; accepted are {', '.join(known)}, plain or gzip")
    module = recognise(head) if format is None else known[format]
    if module is None:
        raise UnknownFormat(
            f"{name}: begins with {head[:40]!r}, which is no orbit format known here; accepted are "
            f"{', '.join(known)}, plain or gzip; name one with format if the file is one of them"
        )
    return module, source


class _Source(io.RawIOBase):
    """The bytes of a file, unpacked where its first two say gzip.

    Damage of the packing ends the file instead of raising: an exception inside a buffered read
    would lose the good bytes that were read with the bad. `damage` says afterwards what it was.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.damage: str | None = None
        self.lines = 0
        self._given = 0
        self._unpacked = Unpacked(stream, _CHUNK)
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        data = self._waiting or self._next()
        count = min(len(data), len(view))
        view[:count] = data[:count]
        self._waiting = data[count:]
        self.lines += data.count(b"\n", 0, count)
        return count

    def head(self) -> bytes:
        """The first 64 kB, or all there is; they are read again afterwards."""
        pieces = b""
        while len(pieces) < _HEAD and (piece := self._next()):
            pieces += piece
        self._waiting = pieces
        return pieces[:_HEAD]

    def _next(self) -> bytes:
        """The next unpacked bytes; empty at the end and after damage."""
        if self.damage is not None:
            return b""
        try:
            data = self._unpacked.read()
        except BadParameter as err:
            self.damage = f"{err}; what came before is read"
            return b""
        self._given += len(data) if self._unpacked.is_gzip else 0
        if self._given > _MOST_UNPACKED:
            self.damage = f"the gzip file unpacks to more than {_MOST_UNPACKED} bytes"
            return b""
        return data
