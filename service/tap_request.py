"""What a TAP request asks, checked alike for a query at once and for a job (TAP 1.1, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from satvo.schemas.errors import BadParameter
from satvo.service.formats import Format, find_format

__all__ = ["TAP_PARAMETERS", "TapRequest", "tap_request"]

TAP_PARAMETERS = ("REQUEST", "LANG", "QUERY", "MAXREC", "RESPONSEFORMAT", "FORMAT")
"""Parameters that a job keeps; each is given once. Unknown ones are ignored."""

_LANGUAGES = frozenset(("ADQL", "ADQL-2.0", "ADQL-2.1"))


@dataclass(frozen=True, slots=True)
class TapRequest:
    """A request that can be carried out.

    Attributes
    ----------
    query : str
    maxrec : int or None
        None where the client set none.
    format : Format
    media_type : str
        For Content-Type.
    """

    query: str
    maxrec: int | None
    format: Format
    media_type: str


def tap_request(given: Mapping[str, str]) -> TapRequest:
    """Check the parameters of TAP.

    Raises
    ------
    BadParameter
        For an unknown language, request or format, a MAXREC that is no number, or no QUERY.
    """
    language = given.get("LANG") or "ADQL"
    if language not in _LANGUAGES:
        raise BadParameter(
            f"LANG={language}: not a language of this service; give ADQL, ADQL-2.0 or ADQL-2.1"
        )
    asked = given.get("REQUEST")
    if asked not in (None, "doQuery"):
        raise BadParameter(f"REQUEST={asked}: the only request is doQuery; it may be left out")
    query = given.get("QUERY")
    if not query:
        raise BadParameter("QUERY is missing; give an ADQL query")
    wanted = given.get("RESPONSEFORMAT") or given.get("FORMAT") or "votable"
    return TapRequest(query, _maxrec(given.get("MAXREC")), *find_format(wanted))


def _maxrec(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadParameter(f"MAXREC={text[:40]}: not a whole number from 0 on")
    return int(text)
