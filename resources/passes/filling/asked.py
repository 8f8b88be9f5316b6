"""What is asked of a filling, from the parameters of its job."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from satvo.resources.passes.values import instant, number, told
from satvo.schemas.errors import BadParameter

__all__ = ["MOST_ROWS", "Asked", "days_of", "read_asked"]

MOST_ROWS = 20_000_000
"""Of one filling: 200 bytes each while they are on their way."""

KINDS = ("pass", "fov")
_MOST_HOURS = 31 * 24.0
_HOUR_D = 1.0 / 24.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A span for some observers.

    Attributes
    ----------
    start_mjd, end_mjd : float
        MJD in UTC, the end not included.
    step_s : float
    max_age_d : float
        Satellites whose elements are farther from a time are left out.
    observers : tuple of str
        Empty for all that are registered.
    populations : tuple of str
        Constellations instead of all that flies; empty for that.
    kinds : tuple of str
        Of transits.
    keep_d : float or None
        Rows of these observers that are older than so many days before the start are removed.
    """

    start_mjd: float
    end_mjd: float
    step_s: float
    max_age_d: float
    observers: tuple[str, ...]
    populations: tuple[str, ...]
    kinds: tuple[str, ...]
    keep_d: float | None

    @property
    def steps(self) -> int:
        """How many instants the span has."""
        return math.ceil((self.end_mjd - self.start_mjd) * 86400.0 / self.step_s - 1e-6)


def read_asked(parameters: Mapping[str, str], now_mjd: float) -> Asked:
    """What parameters ask for.

    Parameters
    ----------
    parameters : mapping
        START, HOURS, STEP, MAXAGE, OBSERVER, CONSTELLATION, KIND, KEEP; all may be missing.
    now_mjd : float
        The present; a span that is not told begins with its hour.

    Raises
    ------
    BadParameter
        Naming what is accepted.

    Examples
    --------
    >>> read_asked({"HOURS": "12"}, 60000.51).steps
    720
    """
    hour = math.floor(now_mjd / _HOUR_D) * _HOUR_D
    start = instant(parameters["START"], "START") if parameters.get("START") else hour
    hours = _number(parameters, "HOURS", 24.0, 0.0, _MOST_HOURS)
    kinds = _words(parameters.get("KIND")) or KINDS
    if not set(kinds) <= set(KINDS):
        raise BadParameter(f"KIND={told(parameters['KIND'])}: {' and '.join(KINDS)} are accepted")
    keep = _number(parameters, "KEEP", 0.0, 0.0, 1e5) if parameters.get("KEEP") else None
    return Asked(
        start_mjd=start,
        end_mjd=start + hours * _HOUR_D,
        step_s=_number(parameters, "STEP", 60.0, 0.0, 3600.0),
        max_age_d=_number(parameters, "MAXAGE", 30.0, 0.0, 36525.0),
        observers=_words(parameters.get("OBSERVER")),
        populations=_words(parameters.get("CONSTELLATION")),
        kinds=kinds,
        keep_d=keep,
    )


def days_of(asked: Asked) -> list[tuple[float, float, float]]:
    """The UTC days of a span: MJD of each noon, and where its part begins and ends.

    Examples
    --------
    >>> days_of(read_asked({"START": "60000.75", "HOURS": "12"}, 0.0))
    [(60000.5, 60000.75, 60001.0), (60001.5, 60001.0, 60001.25)]
    """
    found = []
    for day in range(math.floor(asked.start_mjd), math.ceil(asked.end_mjd)):
        found.append((day + 0.5, max(asked.start_mjd, float(day)), min(asked.end_mjd, day + 1.0)))
    return found


def _number(
    parameters: Mapping[str, Any], name: str, default: float, above: float, most: float
) -> float:
    value = float(number(parameters, name, default)) if parameters.get(name) else default
    if not above < value <= most:
        raise BadParameter(
            f"{name}={told(parameters[name])}: above {above:g} to {most:g} is accepted"
        )
    return value


def _words(text: str | None) -> tuple[str, ...]:
    """Names with commas or blanks between."""
    return tuple(dict.fromkeys((text or "").replace(",", " ").split()))
