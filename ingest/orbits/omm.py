"""The one mapping from OMM keywords to an element set, whatever notation the message came in.

CCSDS 502.0-B-3 (Orbit Data Messages), section 4, tables 4-1 to 4-3, with what CelesTrak leaves out
(centre, frame, time system and theory, which are always the same) and what Space-Track adds (object
type, decay date and the TLE lines).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from satvo.ingest.orbits import tle
from satvo.ingest.orbits.records import BadRecord, accepted, catalogue_number
from satvo.ingest.orbits.values import catalogue_object_type, number, timestamp
from satvo.schemas.gp import ElementSet

__all__ = ["NEEDED", "REPEATED", "from_omm", "without_unit"]

NEEDED: Final = (
    "NORAD_CAT_ID",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "BSTAR",
)
"""Keywords without which SGP4 has no elements; for SGP4-XP, BTERM may stand for BSTAR."""

REPEATED: Final = "\0repeated"
"""Key under which a reader says which keyword came twice: two messages have run into one."""

_UNITS = {
    "MEAN_MOTION": "rev/day",
    "INCLINATION": "deg",
    "RA_OF_ASC_NODE": "deg",
    "ARG_OF_PERICENTER": "deg",
    "MEAN_ANOMALY": "deg",
    "BSTAR": "1/er",
    "BTERM": "m**2/kg",
    "MEAN_MOTION_DOT": "rev/day**2",
    "MEAN_MOTION_DDOT": "rev/day**3",
    "AGOM": "m**2/kg",
}
_WITH_UNIT = re.compile(r"([^\[\]]*)\[([^\[\]]*)\]")
_INTEGER = re.compile(r"[-+]?\d{1,19}", re.ASCII)


def without_unit(keyword: str, text: str, unit: str | None = None) -> str:
    """The value of a keyword, its unit checked and taken off.

    Parameters
    ----------
    keyword : str
        OMM keyword. Only the numeric ones have units: a name may end in brackets, as
        ``STARLINK-11072 [DTC]`` does.
    text : str
        The value, perhaps with a unit in brackets after it.
    unit : str, optional
        The unit, where the notation has another place for it.

    Raises
    ------
    BadRecord
        If the unit is not the one of CCSDS 502.0-B-3, table 4-3, in any case of letters.

    Examples
    --------
    >>> without_unit("INCLINATION", "65.2896 [deg]")
    '65.2896'
    """
    right = _UNITS.get(keyword)
    if right is None:
        return text
    if found := _WITH_UNIT.fullmatch(text):
        text, unit = found[1].strip(), found[2]
    if unit is not None and unit.strip().lower() != right:
        raise BadRecord(f"{keyword} in {unit[:20]!a}: {right} is accepted")
    return text


def from_omm(fields: Mapping[str, object]) -> ElementSet:
    """The element set that a mapping of OMM keywords holds.

    Parameters
    ----------
    fields : mapping
        Keyword to text, number or None; unknown keywords are passed over, an empty text is None.
        Numbers should come as the decimal text of the file, which is then rounded only once.

    Raises
    ------
    BadRecord
        If a needed keyword is missing or a value is not accepted.

    Notes
    -----
    The TLE lines of Space-Track's messages are kept where they are a valid set of the same object,
    epoch and mean motion, and left out otherwise. For SGP4-XP, BTERM is taken for `bstar` and AGOM
    for `mean_motion_ddot`, which is where a TLE has them. OBJECT_ID "UNKNOWN" is CCSDS for none.

    Examples
    --------
    >>> es = from_omm({"NORAD_CAT_ID": "5", "EPOCH": "2000-06-27T18:50:19.733568",
    ...     "MEAN_MOTION": "10.82419157", "ECCENTRICITY": ".1859667", "INCLINATION": "34.2682",
    ...     "RA_OF_ASC_NODE": "348.7242", "ARG_OF_PERICENTER": "331.7664",
    ...     "MEAN_ANOMALY": "19.3264", "BSTAR": ".28098E-4"})
    >>> es.norad_id, es.bstar, es.object_name
    (5, 2.8098e-05, None)
    """
    if REPEATED in fields:
        raise BadRecord(f"{fields[REPEATED]} comes twice in one message; once is accepted")
    drag = "BTERM" if _text(fields, "BSTAR") is None else "BSTAR"
    ddot = "AGOM" if _text(fields, "MEAN_MOTION_DDOT") is None else "MEAN_MOTION_DDOT"
    missing = [key for key in NEEDED[:-1] if _text(fields, key) is None]
    if _text(fields, drag) is None:
        missing.append("BSTAR")
    if missing:
        raise BadRecord(f"the message lacks {', '.join(missing)}; needed are {', '.join(NEEDED)}")
    creation, decay = _text(fields, "CREATION_DATE"), _text(fields, "DECAY_DATE")
    object_id = _text(fields, "OBJECT_ID")
    es = accepted(
        ElementSet(
            norad_id=catalogue_number(_text(fields, "NORAD_CAT_ID") or ""),
            epoch=timestamp(_text(fields, "EPOCH") or "", "EPOCH", time_needed=True),
            mean_motion=_number(fields, "MEAN_MOTION"),
            eccentricity=_number(fields, "ECCENTRICITY"),
            inclination=_number(fields, "INCLINATION"),
            ra_of_asc_node=_number(fields, "RA_OF_ASC_NODE"),
            arg_of_pericenter=_number(fields, "ARG_OF_PERICENTER"),
            mean_anomaly=_number(fields, "MEAN_ANOMALY"),
            bstar=_number(fields, drag),
            mean_motion_dot=_number(fields, "MEAN_MOTION_DOT"),
            mean_motion_ddot=_number(fields, ddot),
            object_name=_text(fields, "OBJECT_NAME"),
            object_id=None if object_id == "UNKNOWN" else object_id,
            center_name=_word(fields, "CENTER_NAME", "EARTH"),
            ref_frame=_word(fields, "REF_FRAME", "TEME"),
            time_system=_word(fields, "TIME_SYSTEM", "UTC"),
            mean_element_theory=_word(fields, "MEAN_ELEMENT_THEORY", "SGP4"),
            ephemeris_type=_integer(fields, "EPHEMERIS_TYPE"),
            classification_type=_text(fields, "CLASSIFICATION_TYPE"),
            element_set_no=_integer(fields, "ELEMENT_SET_NO"),
            rev_at_epoch=_integer(fields, "REV_AT_EPOCH"),
            originator=_text(fields, "ORIGINATOR"),
            creation_date=None if creation is None else timestamp(creation, "CREATION_DATE"),
            object_type=catalogue_object_type(_text(fields, "OBJECT_TYPE")),
            decay_date=None if decay is None else timestamp(decay, "DECAY_DATE"),
        )
    )
    return _with_tle_lines(es, _text(fields, "TLE_LINE1"), _text(fields, "TLE_LINE2"))


def _with_tle_lines(es: ElementSet, line1: str | None, line2: str | None) -> ElementSet:
    if line1 is None or line2 is None:
        return es
    try:
        of_lines = tle.read_set(line1, line2)
    except BadRecord:
        return (
            es  # the message stands by itself: a number past alpha-5 has no TLE lines that say it
        )
    same = ("norad_id", "epoch", "mean_motion")
    if any(getattr(of_lines, name) != getattr(es, name) for name in same):
        return es
    return replace(es, tle_line1=of_lines.tle_line1, tle_line2=of_lines.tle_line2)


def _text(fields: Mapping[str, object], keyword: str) -> str | None:
    value = fields.get(keyword)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRecord(f"{keyword}: a {type(value).__name__}; a text or a number is accepted")
    return str(value).strip(" \t\r\n") or None


def _word(fields: Mapping[str, object], keyword: str, default: str) -> str:
    return (_text(fields, keyword) or default).upper()


def _number(fields: Mapping[str, object], keyword: str) -> float:
    text = _text(fields, keyword)
    return 0.0 if text is None else number(text, keyword)


def _integer(fields: Mapping[str, object], keyword: str) -> int | None:
    text = _text(fields, keyword)
    if text is None:
        return None
    if _INTEGER.fullmatch(text) is None:
        raise BadRecord(f"{keyword}={text[:40]!a}: a whole number is accepted")
    return int(text)
