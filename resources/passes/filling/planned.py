"""Exposures of registered observing plans, the rows of `ivoa.obsplan`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from satvo.resources.ephemeris.observer import Observer
from satvo.resources.passes.exposures import LONGEST_S, Exposure
from satvo.resources.passes.fields import Circle, Field, Polygon
from satvo.schemas.errors import BadParameter
from satvo.schemas.obsplan import region_numbers

__all__ = ["Planned", "planned_exposures"]

Planned = dict[tuple[str, str], list[Exposure]]
"""Exposures by plan and facility."""

_DONE_FOR = ("Unscheduled", "Aborted")


def planned_exposures(
    rows: Iterable[Mapping[str, Any]], find: Callable[[str], Observer]
) -> tuple[Planned, dict[str, Observer], dict[str, int]]:
    """What of a plan can be computed, by plan and facility.

    Parameters
    ----------
    rows : iterable of mapping
        Of `ivoa.obsplan`.
    find : callable
        The observer of a facility's name; raises `BadParameter`.

    Returns
    -------
    exposures : dict
    observers : dict
        Of each facility among them.
    left_out : dict of int
        How many rows cannot be computed, by reason: unscheduled (no time, or not to be done),
        window (a time in which an observation may begin), no-field, moving-target, too-long,
        unknown-site.

    Notes
    -----
    Without t_exptime an exposure lasts from t_min to t_max. The field is s_region, or a circle of
    the diameter s_fov.
    """
    found: Planned = defaultdict(list)
    observers: dict[str, Observer] = {}
    unknown: set[str] = set()
    left_out: Counter[str] = Counter()
    for row in rows:
        reason = _reason(row)
        facility = str(row["facility_name"])
        if not reason and facility not in observers:
            try:
                observers[facility] = find(facility)
            except BadParameter:
                unknown.add(facility)
        if not reason and facility in unknown:
            reason = "unknown-site"
        if reason:
            left_out[reason] += 1
            continue
        found[str(row["obs_collection"]), facility].append(_exposure(row))
    return dict(found), observers, dict(left_out)


def _reason(row: Mapping[str, Any]) -> str:
    """Why a row cannot be computed; empty where it can."""
    if row["category"] == "Window":
        return "window"
    if row["execution_status"] in _DONE_FOR or row["t_min"] is None or _duration_s(row) is None:
        return "unscheduled"
    if row["tracking_type"] == "Solar-system-object-tracking":
        return "moving-target"
    if not 0.0 < (_duration_s(row) or 0.0) <= LONGEST_S:
        return "too-long"
    try:
        return "" if _field(row) else "no-field"
    except BadParameter:
        return "no-field"


def _duration_s(row: Mapping[str, Any]) -> float | None:
    if row["t_exptime"] is not None:
        return float(row["t_exptime"])
    return None if row["t_max"] is None else float((row["t_max"] - row["t_min"]) * 86400.0)


def _field(row: Mapping[str, Any]) -> Field | None:
    if row["s_region"]:
        shape, numbers = region_numbers(row["s_region"])
        if shape == "CIRCLE":
            return Circle.of(*numbers)
        return Polygon.of(list(map(list, zip(numbers[::2], numbers[1::2], strict=True))))
    if None in (row["s_ra"], row["s_dec"], row["s_fov"]):
        return None
    return Circle.of(row["s_ra"], row["s_dec"], row["s_fov"] / 2.0)


def _exposure(row: Mapping[str, Any]) -> Exposure:
    field, duration_s = _field(row), _duration_s(row)
    if field is None or duration_s is None:
        raise AssertionError("a row that cannot be computed")
    return Exposure(
        str(row["obs_id"]),
        float(row["t_min"]),
        duration_s,
        field,
        tracks=row["tracking_type"] == "Sidereal",
    )
