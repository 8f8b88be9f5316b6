"""What a TAP request asks, checked alike for a query at once and for a job (TAP 1.1, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import JobParameter
from satvo.service.formats import FORMATS, Format, find_format

__all__ = ["RUNID", "TAP_INPUTS", "TAP_PARAMETERS", "UPLOAD", "TapRequest", "tap_request"]

_LANGUAGES = ("ADQL", "ADQL-2.0", "ADQL-2.1")

_FORMAT = (
    "Format of the answer: a media type or a short name, one of "
    + ", ".join(dict.fromkeys(f.aliases[0] for f in FORMATS if f.aliases))
)  # fmt: skip

TAP_INPUTS = (
    JobParameter("QUERY", "The query, in ADQL"),
    JobParameter("LANG", "Language of the query", default="ADQL", choices=_LANGUAGES),
    JobParameter("REQUEST", "Always doQuery", default="doQuery", choices=("doQuery",)),
    JobParameter("MAXREC", "Rows of the answer at most", datatype="long"),
    JobParameter("RESPONSEFORMAT", _FORMAT, default="votable"),
    JobParameter("FORMAT", "Older name of RESPONSEFORMAT"),
)
"""Parameters that a job keeps; each is given once. Unknown ones are ignored."""

TAP_PARAMETERS = tuple(parameter.name for parameter in TAP_INPUTS)

UPLOAD = JobParameter(
    "UPLOAD",
    "Tables to bring: name,param:part for a part of this request, or name,http://... for a table "
    "elsewhere; asked for as TAP_UPLOAD.name",
    is_repeatable=True,
)
RUNID = JobParameter("RUNID", "A name of the client's own for what it does, 64 characters at most")


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
