"""Answers packed on their way (RFC 9110, sections 8.4 and 12.5.3; RFC 1952)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import cast

from flask import Response, request
from isal import isal_zlib

__all__ = ["gzipped", "pack_answer", "packs", "wants_gzip"]

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: with the header and trailer of gzip

_LEVEL = 2
"""Of ISA-L's 0 to 3: a million rows of BINARY2 take it 0.5 s, and zlib's level 1 2.4 s."""

_TINY_BYTES = 1024
"""Below this an answer fits in one packet of the network either way."""

_FLUSH_BYTES = 1 << 18
"""After so much, all that is packed is sent; each time costs a few bytes."""

_PACKED_TYPES = frozenset((
    "application/xml", "application/json", "application/javascript", "application/x-ndjson",
    "application/fits", "application/vnd.apache.arrow.stream",
))  # fmt: skip


def pack_answer(answer: Response) -> Response:
    """The same answer, as gzip where the client of the present request takes that.

    Not packed are tiny answers, parts (206), stored files, which must come as they are
    (no-transform), and what is packed already: Parquet and images. The
    names of answers (ETag) become weak, because the packed and the plain one share them (RFC 9110,
    section 8.8.3.3).
    """
    if not packs(answer.mimetype or "") or "Content-Encoding" in answer.headers:
        return answer
    if answer.cache_control.no_transform:
        return answer
    answer.vary.add("Accept-Encoding")
    name, _ = answer.get_etag()
    if name is not None:
        answer.set_etag(name, weak=True)
    if answer.status_code in (204, 206, 304) or not wants_gzip(
        request.headers.get("Accept-Encoding", "")
    ):
        return answer
    pieces, is_tiny = _begun(answer)
    if is_tiny:
        return answer
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers.pop("Content-Length", None)
    answer.headers.pop("Accept-Ranges", None)
    answer.automatically_set_content_length = False
    answer.direct_passthrough = False
    answer.response = () if request.method == "HEAD" else gzipped(pieces)
    return answer


def _begun(answer: Response) -> tuple[Iterator[bytes], bool]:
    """The pieces of an answer, and whether they are so few that packing is not worth it.

    Of a stream of unknown length no more is taken than it needs to tell, so that its first bytes
    are not late. It is closed with the answer, begun or not.
    """
    length = answer.content_length
    if length is None and answer.is_sequence and answer.automatically_set_content_length:
        length = answer.calculate_content_length()
    if length is not None and length < _TINY_BYTES:
        return iter(()), True
    source = answer.response
    if close := getattr(source, "close", None):
        answer.call_on_close(close)
    if request.method == "HEAD":
        return iter(()), False
    pieces = iter(cast("Iterable[bytes]", source))
    first: list[bytes] = []
    while length is None and sum(map(len, first)) < _TINY_BYTES:
        piece = next(pieces, None)
        if piece is None:
            answer.response = first
            return iter(()), True
        first.append(piece)
    return _chained(first, pieces), False


def _chained(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield b"".join(first)
        first.clear()
    yield from rest


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes as one gzip stream; the first piece, and each large one, is whole at once.

    Examples
    --------
    >>> import gzip
    >>> gzip.decompress(b"".join(gzipped([b"norad_id\\n", b"25544\\n"])))
    b'norad_id\\n25544\\n'
    """
    packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)
    unsent = _FLUSH_BYTES
    for piece in pieces:
        packed = packer.compress(piece)
        unsent += len(piece)
        if unsent >= _FLUSH_BYTES and piece:
            packed += packer.flush(isal_zlib.Z_SYNC_FLUSH)
            unsent = 0
        if packed:
            yield packed
    yield packer.flush()


def packs(media_type: str) -> bool:
    """Whether answers of a type become smaller by packing.

    Examples
    --------
    >>> packs("text/csv"), packs("application/x-votable+xml"), packs("image/png")
    (True, True, False)
    """
    return (
        media_type.startswith("text/")
        or media_type.endswith(("+xml", "+json"))
        or media_type in _PACKED_TYPES
    )


def wants_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip, and likes it no less than the plain answer.

    One that says nothing does not ask for it.

    Examples
    --------
    >>> wants_gzip("gzip, deflate"), wants_gzip("gzip;q=0, *"), wants_gzip("identity;q=0, *")
    (True, False, True)
    """
    weights: dict[str, float] = {}
    for item in accept_encoding.split(","):
        coding, *parameters = (part.strip().lower() for part in item.split(";"))
        weights[coding.removeprefix("x-")] = _weight(parameters)
    weight = weights.get("gzip", weights.get("*", 0.0))
    return weight > 0 and weight >= weights.get("identity", 0.0)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
