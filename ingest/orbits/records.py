"""What an orbit format yields, and the checks that every format shares.

Element names, units and ranges are those of CCSDS 502.0-B-3 (Orbit Data Messages), section 4 (OMM);
catalogue numbers are those of the two-line element set with the alpha-5 extension.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.gp import ElementSet
from satvo.schemas.satellite import CatalogueEntry

__all__ = [
    "FIRST_EPOCH",
    "LAST_EPOCH",
    "BadRecord",
    "OrbitFormat",
    "Record",
    "Rejected",
    "accepted",
    "catalogue_number",
    "check_elements",
    "check_text",
]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A piece of a file that is left out.

    Attributes
    ----------
    line : int
        The line where the piece begins, counted from 1.
    reason : str
        What was given and what is accepted.
    """

    line: int
    reason: str


Record = ElementSet | EphemerisSegment | CatalogueEntry | Rejected


class OrbitFormat(Protocol):
    """What a module of `satvo.ingest.orbits`, or of another package, offers."""

    NAME: str

    def matches(self, head: bytes, /) -> bool:
        """Whether a file that begins with these bytes (up to 64 kB of it) is of this format."""

    def read(self, stream: BinaryIO, /) -> Iterator[Record]:
        """The records of a file; a bad one comes as `Rejected` and the good ones go on."""


class BadRecord(ValueError):
    """One record cannot be accepted; a format turns it into `Rejected` and goes on."""


FIRST_EPOCH = datetime(1957, 10, 4)  # launch of Sputnik 1; nothing orbited before
LAST_EPOCH = datetime(2100, 1, 1)
_LARGEST_NUMBER = 999_999_999  # CCSDS 502.0-B-3, table 4-3, NORAD_CAT_ID: up to nine digits
_FASTEST_REV_PER_DAY = 18.0  # a circle 200 km under the surface
_LOWEST_PERIGEE_KM = 6000.0  # the published sets of decaying objects go down to 6327 km
_MU_KM3_PER_S2 = (
    398600.8  # WGS-72, Spacetrack Report No. 3: the constant the elements are made with
)

_ANGLES = ("ra_of_asc_node", "arg_of_pericenter", "mean_anomaly")
_FIXED = ("EARTH", "TEME", "UTC")
_THEORIES = {"SGP4": "SGP4", "SGP/SGP4": "SGP4", "SGP4-XP": "SGP4-XP"}
_EPHEMERIS_TYPES = (None, 0, 2, 4)


def check_elements(es: ElementSet) -> str | None:
    """Why an element set is impossible, or None where nothing speaks against it.

    Parameters
    ----------
    es : ElementSet
        Elements as the record describes them; angles of 0 to 360 deg, both ends included.

    Returns
    -------
    str or None
        The element, its value and what is accepted.

    Notes
    -----
    A perigee under the surface is let through down to 6000 km from the Earth's centre: sets of
    decaying objects have it. SP ephemerides (EPHEMERIS_TYPE 6), SGP, SDP and PPT3 elements are
    refused, because SGP4 would propagate them wrongly without a word.
    """
    # Written out one by one: by getattr over the names, a catalogue took a quarter longer.
    if not 1 <= es.norad_id <= _LARGEST_NUMBER:
        return f"norad_id={es.norad_id}: 1 to {_LARGEST_NUMBER} is accepted"
    if es.epoch.tzinfo is not None or not FIRST_EPOCH <= es.epoch <= LAST_EPOCH:
        return f"epoch={es.epoch.isoformat()}: UTC from 1957-10-04 to 2100-01-01 is accepted"
    if not 0.0 <= es.eccentricity < 1.0:
        return f"eccentricity={es.eccentricity!r}: 0 to below 1 is accepted"
    if not 0.0 < es.mean_motion <= _FASTEST_REV_PER_DAY:
        return f"mean_motion={es.mean_motion!r}: above 0 to 18 rev/d is accepted"
    if not 0.0 <= es.inclination <= 180.0:
        return f"inclination={es.inclination!r}: 0 to 180 deg is accepted"
    for value in (es.ra_of_asc_node, es.arg_of_pericenter, es.mean_anomaly):
        if not 0.0 <= value <= 360.0:
            name = next(name for name in _ANGLES if getattr(es, name) is value)
            return f"{name}={value!r}: 0 to 360 deg is accepted"
    perigee_km = _semimajor_axis_km(es.mean_motion) * (1.0 - es.eccentricity)
    if perigee_km < _LOWEST_PERIGEE_KM:
        return (
            f"mean_motion={es.mean_motion!r} with eccentricity={es.eccentricity!r}: perigee "
            f"{perigee_km:.0f} km from the Earth's centre; at least 6000 km is accepted"
        )
    # One infinity or NaN among the three makes the sum one.
    if not math.isfinite(es.bstar + es.mean_motion_dot + es.mean_motion_ddot):
        rates = f"{es.bstar!r}, {es.mean_motion_dot!r}, {es.mean_motion_ddot!r}"
        return f"bstar, mean_motion_dot, mean_motion_ddot={rates}: finite numbers are accepted"
    return _check_metadata(es)


def _check_metadata(es: ElementSet) -> str | None:
    if (es.center_name, es.ref_frame, es.time_system) != _FIXED:
        given = f"{es.center_name}, {es.ref_frame}, {es.time_system}"
        return f"center, frame and time system {given}: SGP4 elements have {', '.join(_FIXED)}"
    if es.mean_element_theory not in ("SGP4", "SGP4-XP"):
        return f"mean_element_theory={es.mean_element_theory}: {', '.join(_THEORIES)} is accepted"
    if es.ephemeris_type not in _EPHEMERIS_TYPES:
        return f"ephemeris_type={es.ephemeris_type}: 0 or 2 (SGP4) or 4 (SGP4-XP) is accepted"
    if es.element_set_no is not None and not 0 <= es.element_set_no < 2**31:
        return f"element_set_no={es.element_set_no}: 0 to 2147483647 is accepted"
    if es.rev_at_epoch is not None and not 0 <= es.rev_at_epoch < 2**63:
        return f"rev_at_epoch={es.rev_at_epoch}: 0 to 9223372036854775807 is accepted"
    if es.classification_type is not None and len(es.classification_type) != 1:
        return f"classification_type={es.classification_type!a}: one letter (U, C, S) is accepted"
    return check_text(es.object_name, es.object_id, es.classification_type, es.originator)


def check_text(*texts: str | None) -> str | None:
    """Why one of these texts cannot be in a CCSDS message or a TLE, or None.

    Examples
    --------
    >>> check_text("MOLNIYA 1-36", None, "1977-021A")
    >>> check_text("CAFÉ")
    "text 'CAF\\\\xc9': CCSDS messages and TLE hold printable ASCII only"
    """
    for text in texts:
        if text is not None and not (text.isascii() and text.isprintable()):
            return f"text {text[:40]!a}: CCSDS messages and TLE hold printable ASCII only"
    return None


def _semimajor_axis_km(mean_motion: float) -> float:
    rad_per_s = mean_motion * 2.0 * math.pi / 86400.0
    return float((_MU_KM3_PER_S2 / rad_per_s**2) ** (1.0 / 3.0))


def accepted(es: ElementSet) -> ElementSet:
    """The element set in the one form in which it is stored.

    An angle of exactly 360 deg becomes 0: writers that round 359.99996 to four digits give
    360.0000, and the same set from another writer must stay the same set. "SGP/SGP4", as CCSDS
    502.0-B-2 spells the theory, becomes SGP4, and EPHEMERIS_TYPE 4 makes it SGP4-XP.

    Raises
    ------
    BadRecord
        With the reason of `check_elements`.

    Examples
    --------
    >>> from datetime import datetime
    >>> es = ElementSet(5, datetime(2000, 6, 27), 10.824, 0.186, 34.3, 360.0, 331.8, 19.3)
    >>> accepted(es).ra_of_asc_node
    0.0
    """
    if 360.0 in (es.ra_of_asc_node, es.arg_of_pericenter, es.mean_anomaly):
        full: dict[str, Any] = {name: 0.0 for name in _ANGLES if getattr(es, name) == 360.0}
        es = replace(es, **full)
    if es.mean_element_theory != "SGP4" or es.ephemeris_type == 4:
        theory = _THEORIES.get(es.mean_element_theory, es.mean_element_theory)
        if es.ephemeris_type == 4 and theory == "SGP4":
            theory = "SGP4-XP"
        es = replace(es, mean_element_theory=theory)
    if reason := check_elements(es):
        raise BadRecord(reason)
    return es


def catalogue_number(text: str) -> int:
    """The NORAD catalogue number written as digits or as alpha-5.

    In alpha-5 the first of five characters is a letter that stands for 10 to 33, without I and O,
    which look like digits.

    Raises
    ------
    BadRecord
        If the text is neither.

    Examples
    --------
    >>> catalogue_number("    5"), catalogue_number("T0001"), catalogue_number("270001")
    (5, 270001, 270001)
    """
    bare = text.strip()
    if bare.isascii():
        if bare.isdigit() and len(bare) <= 9:
            return int(bare)
        value = "ABCDEFGHJKLMNPQRSTUVWXYZ".find(bare[:1])
        if len(bare) == 5 and value >= 0 and bare[1:].isdigit():
            return (10 + value) * 10_000 + int(bare[1:])
    raise BadRecord(
        f"catalogue number {text!a}: up to nine digits, or a capital letter other than I and O "
        "with four digits (alpha-5), is accepted"
    )
