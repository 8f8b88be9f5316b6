"""Answers packed on their way (RFC 9110, sections 8.4 and 12.5.3; RFC 1952)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

__all__ = ["gzipped", "wants_gzip"]

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: with the header and trailer of gzip


def gzipped(pieces: Iterable[bytes], level: int = 3) -> Iterator[bytes]:
    """The same bytes as one gzip stream, each piece whole as soon as it is there.

    Parameters
    ----------
    pieces : iterable of bytes
        Closed with this iterator, where it can be closed. An iterator that was never begun closes
        nothing: who gives up an answer before its first byte closes the pieces as well.
    level : int
        1 to 9. At 3 a table shrinks nearly as far as at 6, in half the time.

    Examples
    --------
    >>> import gzip
    >>> gzip.decompress(b"".join(gzipped([b"norad_id\\n", b"25544\\n"])))
    b'norad_id\\n25544\\n'
    """
    try:
        packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
        for piece in pieces:
            if piece:
                yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
        yield packer.flush()
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def wants_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip, by its Accept-Encoding; one that says nothing does not ask.

    Examples
    --------
    >>> wants_gzip("gzip, deflate"), wants_gzip("gzip;q=0, *"), wants_gzip("*;q=0.5")
    (True, False, True)
    """
    weights: dict[str, float] = {}
    for item in accept_encoding.split(","):
        coding, *parameters = (part.strip().lower() for part in item.split(";"))
        weights[coding.removeprefix("x-")] = _weight(parameters)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
