"""Two-line element sets, numbers above 99999 in alpha-5.

Columns as in T. S. Kelso, "Two-Line Element Set Format" (CelesTrak FAQ), which restates Hoots and
Roehrich, Spacetrack Report No. 3 (1980).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from satvo.schemas.gp import ElementSet

__all__ = ["ALPHA5_LAST", "alpha5", "checksum", "second_line", "tle_lines"]

ALPHA5_LAST = 339_999
"""The last catalogue number that five columns hold (Z9999)."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # 10 to 33; I and O look like digits
_COSPAR = re.compile(r"(\d{4})-(\d{3})([A-Z]{1,3})")
_ZERO = " 00000-0"  # as the originator writes most of its zeros; some are +0
_DAY_STEP_US = 864  # the eighth decimal of a day
_STEPS_A_DAY = 100_000_000
_WEIGHTS = bytes(c - 48 if 48 <= c <= 57 else int(c == 45) for c in range(256))


class _CannotHold(ValueError):
    """A value has no place in the columns."""


def alpha5(norad_id: int) -> str:
    """The five columns of a catalogue number.

    Raises
    ------
    ValueError
        Above `ALPHA5_LAST`, or below 1.

    Examples
    --------
    >>> alpha5(25544), alpha5(5), alpha5(270001), alpha5(339999)
    ('25544', '00005', 'T0001', 'Z9999')
    """
    if not 1 <= norad_id <= ALPHA5_LAST:
        raise _CannotHold(f"a TLE holds catalogue numbers from 1 to {ALPHA5_LAST} (alpha-5)")
    if norad_id < 100_000:
        return f"{norad_id:05d}"
    return f"{_LETTERS[norad_id // 10_000 - 10]}{norad_id % 10_000:04d}"


def tle_lines(elements: ElementSet) -> tuple[str, str]:
    """The two lines of an element set: those it came in, or made from its numbers.

    Raises
    ------
    ValueError
        If the columns cannot hold it: its number, its theory (SGP4-XP would be propagated wrongly
        without a word), or a rate or drag term that is too great.

    Notes
    -----
    Angles are rounded to 1e-4 deg, the epoch to 1e-8 d, the mean motion to 1e-8 rev/d and the
    drag term to five digits, as in every TLE: some metres at the epoch.

    Examples
    --------
    >>> es = ElementSet(270001, datetime(2026, 1, 2, 12), 15.5, 0.001, 51.6, 10.0, 20.0, 30.0,
    ...     bstar=2.8098e-5, object_id="2025-001A", element_set_no=999)
    >>> print(*tle_lines(es), sep="\\n")
    1 T0001U 25001A   26002.50000000  .00000000  00000-0  28098-4 0  9995
    2 T0001  51.6000  10.0000 0010000  20.0000  30.0000 15.50000000    03
    """
    if elements.mean_element_theory != "SGP4":
        raise _CannotHold(f"its theory is {elements.mean_element_theory}, and a TLE is for SGP4")
    number = alpha5(elements.norad_id)
    if elements.tle_line1 and elements.tle_line2:
        return elements.tle_line1, elements.tle_line2
    one = (
        f"1 {number}{elements.classification_type or 'U'} {_designator(elements.object_id)} "
        f"{_epoch(elements.epoch)} {_rate(elements.mean_motion_dot)} "
        f"{_implied(elements.mean_motion_ddot, 'mean_motion_ddot')} "
        f"{_implied(elements.bstar, 'bstar')} 0 {(elements.element_set_no or 0) % 10_000:4d}"
    )
    two = second_line(
        number,
        elements.inclination,
        elements.ra_of_asc_node,
        elements.eccentricity,
        elements.arg_of_pericenter,
        elements.mean_anomaly,
        elements.mean_motion,
        elements.rev_at_epoch or 0,
    )
    return one + checksum(one), two


def second_line(
    number: str,
    inclination: float,
    node: float,
    eccentricity: float,
    pericenter: float,
    anomaly: float,
    motion: float,
    revolution: int = 0,
) -> str:
    """The second line, of a number as `alpha5` writes it and elements as `ElementSet` has them.

    Raises
    ------
    ValueError
        If the eccentricity rounds to 1.
    """
    line = (
        f"2 {number} {inclination:8.4f} {_angle(node)} {_eccentricity(eccentricity)} "
        f"{_angle(pericenter)} {_angle(anomaly)} {motion:11.8f}{revolution % 100_000:5d}"
    )
    return line + checksum(line)


def checksum(line: str) -> str:
    """The last column: digits count for themselves, a minus sign for one, others for nothing.

    Examples
    --------
    >>> checksum("1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  475")
    '3'
    """
    return str(sum(line.encode("ascii").translate(_WEIGHTS)) % 10)


def _designator(object_id: str | None) -> str:
    found = _COSPAR.fullmatch(object_id or "")
    if found is None or not 1957 <= int(found[1]) <= 2056:
        return " " * 8
    return f"{found[1][2:]}{found[2]}{found[3]:<3}"


def _epoch(epoch: datetime) -> str:
    if not 1957 <= epoch.year <= 2056:
        raise _CannotHold(f"its epoch {epoch.isoformat()} is not from 1957 to 2056")
    midnight = epoch.replace(hour=0, minute=0, second=0, microsecond=0)
    steps, rest = divmod((epoch - midnight) // timedelta(microseconds=1), _DAY_STEP_US)
    steps += rest >= _DAY_STEP_US // 2
    day = midnight + timedelta(days=steps // _STEPS_A_DAY)
    return f"{day:%y%j}.{steps % _STEPS_A_DAY:08d}"


def _angle(degrees: float) -> str:
    text = f"{degrees:8.4f}"
    return "  0.0000" if text == "360.0000" else text


def _eccentricity(value: float) -> str:
    digits = round(value * 1e7)
    if digits > 9_999_999:
        raise _CannotHold(f"its eccentricity {value} rounds to 1")
    return f"{digits:07d}"


def _rate(value: float) -> str:
    steps = round(abs(value) * 1e8)
    if steps > 99_999_999:
        raise _CannotHold(f"its mean_motion_dot {value} is not below 1")
    return f"{'-' if value < 0 and steps else ' '}.{steps:08d}"


def _implied(value: float, name: str) -> str:
    """Five digits after an implied point and one of exponent; too small ones are 0."""
    if value == 0.0:
        return _ZERO
    mantissa, exponent = f"{abs(value):.4e}".split("e")
    power = int(exponent) + 1  # the point stands before the first digit
    if power > 9:
        raise _CannotHold(f"its {name} {value} is not below 1e9")
    if power < -9:
        return _ZERO
    sign = "-" if value < 0 else " "
    return f"{sign}{mantissa.replace('.', '')}{'-' if power < 0 else '+'}{abs(power)}"
