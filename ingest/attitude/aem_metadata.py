"""Metadata of a segment of an AEM: which can be used, and why another cannot.

CCSDS 504.0-B-2, section 4, and its predecessor 504.0-B-1.
"""

from __future__ import annotations

from satvo.ingest.attitude.times import TIME_SYSTEMS

__all__ = ["COLUMNS", "REFERENCE_FRAMES", "is_body", "sequence", "why_unusable"]

REFERENCE_FRAMES = {
    "EME2000": "inertial", "J2000": "inertial", "GCRF": "inertial", "ICRF": "inertial",
    "LVLH": "lvlh", "RTN": "rtn", "RSW": "rtn", "QSW": "rtn",
}  # fmt: skip
"""Frames that an attitude may refer to, by what they are here. EME2000 is GCRF to 0.02 arcsec."""

COLUMNS = {
    "QUATERNION": 4,
    "QUATERNION/DERIVATIVE": 8,
    "QUATERNION/RATE": 7,
    "QUATERNION/ANGVEL": 7,
    "EULER_ANGLE": 3,
    "EULER_ANGLE/DERIVATIVE": 6,
    "EULER_ANGLE/ANGVEL": 6,
}
_NEEDED = (
    "OBJECT_NAME", "OBJECT_ID", "REF_FRAME_A", "REF_FRAME_B", "TIME_SYSTEM", "START_TIME",
    "STOP_TIME", "ATTITUDE_TYPE",
)  # fmt: skip


def why_unusable(keywords: dict[str, str], version: str) -> str | None:
    """Why a segment of such metadata cannot be used, or None."""
    for name in _NEEDED:
        if not keywords.get(name):
            return f"the metadata lack {name}"
    kind = keywords["ATTITUDE_TYPE"].upper()
    if kind not in COLUMNS:
        return f"ATTITUDE_TYPE={kind[:40]!a}: {', '.join(COLUMNS)} is accepted"
    if kind.startswith("EULER") and version == "1.0":
        return "Euler angles of version 1.0 leave their order open; version 2.0 is accepted"
    if kind.startswith("EULER") and sequence(keywords) is None:
        given = keywords.get("EULER_ROT_SEQ", "")[:40]
        return f"EULER_ROT_SEQ={given!a}: three axes such as ZXZ or 321 are accepted"
    order = keywords.get("QUATERNION_TYPE", "" if version == "1.0" else "LAST").upper()
    if kind.startswith("QUATERNION") and order not in ("FIRST", "LAST"):
        return f"QUATERNION_TYPE={order[:40]!a}: FIRST or LAST is accepted"
    if keywords["TIME_SYSTEM"].upper() not in TIME_SYSTEMS:
        given = keywords["TIME_SYSTEM"][:40]
        return f"TIME_SYSTEM={given!a}: {', '.join(TIME_SYSTEMS)} is accepted"
    if keywords.get("ATTITUDE_DIR", "A2B").upper() not in ("A2B", "B2A"):
        return f"ATTITUDE_DIR={keywords['ATTITUDE_DIR'][:40]!a}: A2B or B2A is accepted"
    if keywords.get("CENTER_NAME", "EARTH").upper() != "EARTH":
        return f"CENTER_NAME={keywords['CENTER_NAME'][:40]!a}: EARTH is accepted"
    one, other = keywords["REF_FRAME_A"].upper(), keywords["REF_FRAME_B"].upper()
    if is_body(one) == is_body(other) or not {one, other} & set(REFERENCE_FRAMES):
        return (
            f"frames {one[:20]!a} and {other[:20]!a}: SC_BODY_n and one of "
            f"{', '.join(REFERENCE_FRAMES)} are accepted"
        )
    return None


def is_body(frame: str) -> bool:
    return frame.startswith("SC_BODY")


def sequence(keywords: dict[str, str]) -> str | None:
    """Axes of the three turns as 1, 2, 3; None where they are none."""
    axes = keywords.get("EULER_ROT_SEQ", "").upper().translate(str.maketrans("XYZ", "123"))
    good = len(axes) == 3 and set(axes) <= set("123") and axes[0] != axes[1] != axes[2]
    return axes if good else None
