"""Cases of the test suite as operators describe them, in a file beside their images."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.resources.images.cases import PARTS
from satvo.resources.images.terms import check_terms
from satvo.schemas.errors import BadParameter
from satvo.schemas.testcase import CASE_KINDS
from satvo.schemas.trail import ORIGINS

__all__ = ["ROLES_OF_PARTS", "DescribedCase", "read_cases"]

ROLES_OF_PARTS = {
    "frame": "frame", "pair": "frame", "mask": "truthmask", "truth": "truthcatalogue",
    "crossings": "crossings", "elements": "elements", "exposures": "exposures",
}  # fmt: skip
"""What files a description may name, and their ``role``."""
_OF_KIND = {
    "trailmask": ("frame", "pair", "mask", "truth"),
    "passpredict": ("crossings", "elements", "exposures"),
}
_KEYS = ("kind", "title", "relevance", "terms", "trails", "told", *ROLES_OF_PARTS)
_TRAIL = (
    "origin", "norad_id", "x1", "y1", "x2", "y2", "ra_start", "dec_start", "ra_end", "dec_end",
    "s_ra", "s_dec", "length", "width", "pos_angle", "sb", "snr",
)  # fmt: skip
_CASE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_LONGEST = {"title": 200, "relevance": 2000}


@dataclass(frozen=True, slots=True)
class DescribedCase:
    """A case whose files are named.

    Attributes
    ----------
    case_id, kind, title, relevance : str
        Columns of `satvo.testcase`.
    terms : tuple of str
    files : mapping
        Path or ``obs_publisher_did`` of each of its parts, keys of `ROLES_OF_PARTS`.
    told : mapping
        What is told of all its files that are paths: columns of ``ivoa.obscore`` and
        ``satvo.dataproduct``.
    trails : sequence of mapping
        Columns of `satvo.trail`, of the frame.
    """

    case_id: str
    kind: str
    title: str
    relevance: str
    terms: tuple[str, ...]
    files: Mapping[str, str]
    told: Mapping[str, Any]
    trails: Sequence[Mapping[str, Any]]

    @property
    def first(self) -> str:
        """The part that the case is of."""
        return _OF_KIND[self.kind][0]

    def row(self, dids: Mapping[str, str]) -> dict[str, Any]:
        """The row of `satvo.testcase`, by the identifiers of the parts."""
        column = {"crossings": "obs_publisher_did", **PARTS}
        return {
            "case_id": self.case_id,
            "kind": self.kind,
            "title": self.title,
            "relevance": self.relevance,
            "terms": "#".join(self.terms),
            **{column[part]: did for part, did in dids.items()},
        }


def read_cases(content: bytes, name: str) -> list[DescribedCase]:
    """The cases of a description, YAML or JSON.

    Parameters
    ----------
    content : bytes
        ``told``, what holds of all files; ``cases``, a mapping from the name of each case to its
        title, relevance, terms, the files (``frame``, ``pair``, ``mask``, ``truth``, or
        ``crossings``, ``elements``, ``exposures`` of the kind passpredict), and where there are
        any ``told`` and ``trails`` of its own.
    name : str
        Of the file, for messages.

    Raises
    ------
    BadParameter
        Naming the case and what is accepted.

    Examples
    --------
    >>> (case,) = read_cases(b'''
    ... told: {licence: CC0-1.0, obs_collection: mine}
    ... cases:
    ...   first: {title: A trail, relevance: It is there., terms: [leo], frame: a.fits}
    ... ''', "suite.yaml")
    >>> case.case_id, case.terms, case.row({"frame": "ivo://x/images?1"})["obs_publisher_did"]
    ('first', ('leo',), 'ivo://x/images?1')
    """
    found = read_plain_yaml(content, f"{name}: not a description of cases")
    whole = _mapping(found, name, ("told", "cases"))
    common = _told(whole.get("told"), name)
    cases = whole.get("cases")
    if not isinstance(cases, Mapping) or not cases:
        raise BadParameter(f"{name}: cases: give at least one, its name before what describes it")
    return [_case(case_id, about, common, name) for case_id, about in cases.items()]


def _case(case_id: Any, about: Any, common: Mapping[str, Any], name: str) -> DescribedCase:
    if not isinstance(case_id, str) or not _CASE_ID.fullmatch(case_id):
        raise BadParameter(
            f"{name}: {str(case_id)[:60]!r}: a case is named by small letters, digits and . _ -, "
            "60 at most"
        )
    where = f"{name}, case {case_id}"
    given = _mapping(about, where, _KEYS)
    kind = given.get("kind", CASE_KINDS[0])
    if kind not in CASE_KINDS:
        raise BadParameter(f"{where}: kind={str(kind)[:40]}: give {' or '.join(CASE_KINDS)}")
    terms = given.get("terms")
    if not isinstance(terms, list) or not terms or not all(isinstance(t, str) for t in terms):
        raise BadParameter(f"{where}: terms: give a list of those of the test suite, at least one")
    trails = given.get("trails") or []
    if not isinstance(trails, list):
        raise BadParameter(f"{where}: trails: give a list, one mapping a trail")
    return DescribedCase(
        case_id,
        kind,
        _text(given, "title", where),
        _text(given, "relevance", where),
        check_terms(terms, where),
        _files(given, kind, where),
        {**common, **_told(given.get("told"), where)},
        [_trail(trail, f"{where}, trail {i}") for i, trail in enumerate(trails, 1)],
    )


def _files(given: Mapping[str, Any], kind: str, where: str) -> dict[str, str]:
    files = {part: given[part] for part in ROLES_OF_PARTS if part in given}
    for part, value in files.items():
        if part not in _OF_KIND[kind]:
            raise BadParameter(
                f"{where}: {part}: a case of kind {kind} has {', '.join(_OF_KIND[kind])}"
            )
        if not isinstance(value, str) or not value:
            raise BadParameter(f"{where}: {part}: give a path or an obs_publisher_did")
    if _OF_KIND[kind][0] not in files:
        raise BadParameter(f"{where}: {_OF_KIND[kind][0]} is missing: a path or obs_publisher_did")
    return files


def _trail(about: Any, where: str) -> dict[str, Any]:
    trail = {"origin": "manual", **_mapping(about, where, _TRAIL)}
    if trail["origin"] not in ORIGINS:
        raise BadParameter(f"{where}: origin: give one of {', '.join(ORIGINS)}")
    for key, value in trail.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if key != "origin" and not (number and abs(value) < 1e10):
            raise BadParameter(f"{where}: {key}={str(value)[:40]}: give a number")
    return trail


def _text(given: Mapping[str, Any], key: str, where: str) -> str:
    value = given.get(key)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or not text.isprintable() or len(text) > _LONGEST[key]:
        raise BadParameter(f"{where}: {key}: give a text of {_LONGEST[key]} characters at most")
    return text


def _told(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadParameter(f"{where}: told: give columns and their values, as gain: 1.5")
    # YAML makes dates of what looks like them.
    return {
        str(key): each.isoformat() if hasattr(each, "isoformat") else each
        for key, each in value.items()
    }


def _mapping(value: Any, where: str, keys: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadParameter(f"{where}: give a mapping with some of {', '.join(keys)}")
    for key in value:
        if key not in keys:
            raise BadParameter(f"{where}: {str(key)[:40]!r} is not known; give {', '.join(keys)}")
    return value
