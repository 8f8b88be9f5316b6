"""What a harvester asks for: arguments, selection by date, pages (OAI-PMH 2.0, sections 2 to 4).

Knows nothing of HTTP and of what records say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from satvo.schemas.errors import BadParameter
from satvo.service.registry.records import Record
from satvo.service.registry.resumption import pack, unpack

__all__ = [
    "MANAGED",
    "PREFIXES",
    "VERBS",
    "HarvestFault",
    "Page",
    "checked_prefix",
    "page_of",
    "read_arguments",
    "record_of",
]

PREFIXES = ("ivo_vor", "oai_dc")
"""The forms in which every record comes (Registry Interfaces 1.1, section 2.2)."""

MANAGED = "ivo_managed"
"""The only set: what originates here, which is all (Registry Interfaces 1.1, section 2.6)."""

_LISTING = (("metadataPrefix",), ("from", "until", "set", "resumptionToken"))
_ARGUMENTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Identify": ((), ()),
    "ListMetadataFormats": ((), ("identifier",)),
    "ListSets": ((), ("resumptionToken",)),
    "GetRecord": (("identifier", "metadataPrefix"), ()),
    "ListIdentifiers": _LISTING,
    "ListRecords": _LISTING,
}
"""Arguments that each verb needs and takes (OAI-PMH 2.0, section 4)."""

VERBS = tuple(_ARGUMENTS)

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SHOWN = 80


class HarvestFault(BadParameter):
    """One of the conditions that OAI-PMH 2.0, section 3.6, names.

    Parameters
    ----------
    code : str
        Its word there.
    message : str
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes
    ----------
    records : tuple of Record
    prefix : str
        The form asked for.
    total, before : int
        Records of the whole list, and those on the pages before.
    token : str or None
        What asks for the next page; empty on the last of several, None where all fit on one.
    """

    records: tuple[Record, ...]
    prefix: str
    total: int
    before: int
    token: str | None


def read_arguments(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The arguments of a request, its verb among them, checked for what the verb takes.

    Raises
    ------
    HarvestFault
        badVerb, badArgument or, for an empty token, badResumptionToken.
    """
    arguments: dict[str, str] = {}
    doubled = []
    for name, value in given:
        if name in arguments:
            doubled.append(name)
        arguments[name] = value
    verb = arguments.get("verb", "")
    if verb not in _ARGUMENTS or "verb" in doubled:
        raise HarvestFault("badVerb", f"verb: give one of {', '.join(VERBS)}, once")
    if doubled:
        raise HarvestFault("badArgument", f"{_shown(doubled[0])} is given twice; give it once")
    needed, optional = _ARGUMENTS[verb]
    for name in arguments:
        if name not in ("verb", *needed, *optional):
            accepted = ", ".join((*needed, *optional)) or "no arguments"
            raise HarvestFault("badArgument", f"{_shown(name)}: {verb} takes {accepted}")
    if "resumptionToken" in arguments:
        if len(arguments) > 2:
            raise HarvestFault("badArgument", "resumptionToken goes with no other argument")
        return arguments
    for name in needed:
        if name not in arguments:
            raise HarvestFault("badArgument", f"{verb} needs {name}")
    for name, value in arguments.items():
        if not value:
            raise HarvestFault("badArgument", f"{name} is empty; leave it out or give a value")
    return arguments


def record_of(records: Iterable[Record], identifier: str) -> Record:
    """The record of an IVOID, written in any case (IVOA Identifiers 2.0, section 2.2).

    Raises
    ------
    HarvestFault
        idDoesNotExist.
    """
    for record in records:
        if record.identifier.lower() == identifier.lower():
            return record
    raise HarvestFault(
        "idDoesNotExist", f"identifier={_shown(identifier)}: ListIdentifiers lists those there are"
    )


def checked_prefix(prefix: str) -> str:
    """A metadata prefix that there is.

    Raises
    ------
    HarvestFault
        cannotDisseminateFormat.
    """
    if prefix not in PREFIXES:
        raise HarvestFault(
            "cannotDisseminateFormat",
            f"metadataPrefix={_shown(prefix)}: give one of {', '.join(PREFIXES)}",
        )
    return prefix


def page_of(arguments: Mapping[str, str], records: Sequence[Record], size: int) -> Page:
    """The part of the list that ListIdentifiers or ListRecords asks for, in order of identifiers.

    A token holds the arguments of the list and the last identifier of its page. So it serves after
    a restart, and for as long as one likes; a record that changes meanwhile may be missing or be
    seen twice over the whole harvest, but one that does not change is seen exactly once.

    Parameters
    ----------
    arguments : mapping of str to str
        As `read_arguments` gives them.
    records : sequence of Record
        All that there are.
    size : int
        Records of a page at most.

    Raises
    ------
    HarvestFault
        badArgument, cannotDisseminateFormat, noRecordsMatch, badResumptionToken.
    """
    if "resumptionToken" in arguments:
        return _resumed(arguments, records, size)
    return _page(arguments, records, size, after="")


def _resumed(arguments: Mapping[str, str], records: Sequence[Record], size: int) -> Page:
    opened = unpack(arguments["resumptionToken"]) or {}
    after = opened.pop("after", "")
    try:
        original = read_arguments(opened.items())
        is_of_list = original["verb"] == arguments["verb"] and "resumptionToken" not in original
        if is_of_list and any(record.identifier == after for record in records):
            return _page(original, records, size, after=after)
    except HarvestFault:  # whatever it says is wrong was never in a token of ours, or is past
        pass
    raise HarvestFault(
        "badResumptionToken", "the resumptionToken is none of this list; ask for the list anew"
    )


def _page(
    arguments: Mapping[str, str], records: Sequence[Record], size: int, *, after: str
) -> Page:
    start, end = _interval(arguments.get("from"), arguments.get("until"))
    prefix = checked_prefix(arguments["metadataPrefix"])
    if arguments.get("set", MANAGED) != MANAGED:
        raise HarvestFault("noRecordsMatch", f"the only set is {MANAGED}")
    matching = sorted(
        (record for record in records if start <= record.updated < end),
        key=lambda record: record.identifier,
    )
    rest = [record for record in matching if record.identifier > after]
    if not rest:
        raise HarvestFault("noRecordsMatch", "no record was changed in that time")
    before = len(matching) - len(rest)
    token: str | None = "" if before else None
    if len(rest) > size:
        token = pack({**arguments, "after": rest[size - 1].identifier})
    return Page(tuple(rest[:size]), prefix, len(matching), before, token)


def _interval(start: str | None, until: str | None) -> tuple[datetime, datetime]:
    """The instants from the first on and before the second (OAI-PMH 2.0, section 2.7.1)."""
    if start and until and len(start) != len(until):
        raise HarvestFault(
            "badArgument", "from and until differ in granularity; give both as days or instants"
        )
    first, _ = (datetime.min, 0) if start is None else _moment("from", start)
    last = datetime.max
    if until is not None:
        last, seconds = _moment("until", until)
        if last < first:
            raise HarvestFault("badArgument", f"from={start} is after until={until}")
        # both ends are included; the last day of the calendar has no next one
        last = min(last, datetime.max - timedelta(seconds=seconds)) + timedelta(seconds=seconds)
    return first, last


def _moment(name: str, text: str) -> tuple[datetime, int]:
    """The instant that a datestamp names, and how long it lasts, s."""
    try:
        if _INSTANT.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"), 1
        if _DATE.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%d"), 86400
    except ValueError:  # a day or a time that no calendar has
        pass
    raise HarvestFault(
        "badArgument",
        f"{name}={_shown(text)}: give a day or an instant in UTC, as 2026-11-22 or "
        "2026-11-22T00:00:00Z",
    )


def _shown(text: str) -> str:
    """What a client sent, so that any document can hold it."""
    return repr(text[:_SHOWN])
