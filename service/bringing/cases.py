"""Test cases that come with the files of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from satvo.schemas.errors import AlreadyThere, BadParameter
from satvo.schemas.store import Store
from satvo.schemas.testcase import CASE_KINDS, TESTCASE, TESTTERM

__all__ = ["case_row", "checked_case"]


def checked_case(store: Store, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is told of a test case, checked; None where nothing is.

    Parameters
    ----------
    store : Store
        Has the terms and the cases that are there.
    told : mapping
        title, relevance and terms, and perhaps case_id and kind.

    Raises
    ------
    BadParameter
        If something is missing or not known.
    AlreadyThere
        If there is a case of that identifier.
    """
    if not told:
        return None
    names = ("case_id", "kind", "title", "relevance", "terms")
    unknown = sorted(set(told) - set(names))
    if unknown:
        raise BadParameter(f"case: {', '.join(unknown)[:100]}: accepted are {', '.join(names)}")
    case = {name: _line(told.get(name, ""), name) for name in names if name != "terms"}
    for needed in ("title", "relevance"):
        if not case[needed]:
            raise BadParameter(f"case: {needed} is needed")
    case["kind"] = case["kind"] or CASE_KINDS[0]
    if case["kind"] not in CASE_KINDS:
        raise BadParameter(f"case: kind={case['kind'][:40]}: one of {', '.join(CASE_KINDS)}")
    known = set(store.select(sa.select(TESTTERM.c.term)).column("term").to_pylist())
    terms = _terms(told.get("terms", ""))
    wrong = sorted(set(terms) - known)
    if wrong or not terms:
        raise BadParameter(
            f"case: terms={', '.join(wrong)[:100] or '(none)'}: give terms of satvo.testterm: "
            f"{', '.join(sorted(known))[:1500]}"
        )
    case["terms"] = "#".join(sorted(set(terms)))
    if case["case_id"] and _is_case(store, case["case_id"]):
        raise AlreadyThere(f"case: case_id={case['case_id']} is there already; give another")
    return case


def _line(value: Any, name: str) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else None
    if text is None or not text.isprintable() or len(text) > 4000:
        raise BadParameter(f"case: {name}: up to 4000 printable characters are accepted")
    return text


def _terms(given: Any) -> list[str]:
    """Terms in a JSON list, or in text with commas or # between."""
    if isinstance(given, str):
        given = given.replace("#", ",").split(",")
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise BadParameter("case: terms: a list of words is accepted")
    return [each.strip().lower() for each in given if each.strip()]


def _is_case(store: Store, case_id: str) -> bool:
    found = store.select(sa.select(TESTCASE.c.case_id).where(TESTCASE.c.case_id == case_id))
    return bool(found.num_rows)


def case_row(case: Mapping[str, Any], products: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The row of a test case, whose identifier follows from its frame unless it was given.

    Parameters
    ----------
    case : mapping
        As `checked_case` gives it.
    products : sequence of (str, str)
        Role and identifier of what belongs to it; a second frame is the one without the trail.

    Raises
    ------
    BadParameter
        If there is no frame, and no table of crossings.
    """
    by_role: dict[str, str] = {}
    pair = None
    for role, did in products:
        if role == "frame" and "frame" in by_role:
            pair = did
        else:
            by_role.setdefault(role, did)
    subject = by_role.get("frame") or by_role.get("crossings")
    if subject is None:
        raise BadParameter("a test case needs a frame, or a table of crossings")
    return {
        **case,
        "case_id": case["case_id"] or f"case-{subject.rpartition('?')[2]}",
        "obs_publisher_did": subject,
        "pair_did": pair,
        "mask_did": by_role.get("truthmask"),
        "truth_did": by_role.get("truthcatalogue"),
        "elements_did": by_role.get("elements"),
        "exposures_did": by_role.get("exposures"),
    }
