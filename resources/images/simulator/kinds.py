"""Kinds of values that a description may hold: each reads itself and says its JSON Schema.

What is accepted is said once, here by objects, so that the schema which is published and the
reader cannot differ.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, Protocol

__all__ = [
    "Choice",
    "Flag",
    "Kind",
    "Mistakes",
    "Moment",
    "Number",
    "Text",
    "nearest",
    "shown",
]


class Mistakes(list[str]):
    """What is wrong with a description, each with its path."""

    def tell(self, path: str, what: str) -> None:
        """Add one."""
        self.append(f"{path}: {what}" if path else what)


class Kind(Protocol):
    """One kind of value."""

    def schema(self) -> dict[str, Any]:
        """JSON Schema, draft 2020-12."""

    def told(self) -> str:
        """What is accepted, in words that follow "give"."""

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        """The value as the simulator takes it; what is wrong goes into ``mistakes``."""


def shown(value: Any) -> str:
    """A value as a message quotes it."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def nearest(word: Any, known: Sequence[str]) -> str:
    """A hint at the word that may be meant, or nothing.

    Examples
    --------
    >>> nearest("bitdept", ["bitdepth", "offset"])
    '; did you mean bitdepth?'
    """
    close = get_close_matches(str(word)[:60].lower(), list(known), 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds, which are included unless ``above`` is given.

    Attributes
    ----------
    low, high : float, optional
    above : float, optional
        Exclusive lower bound.
    whole : bool
        Whether integers alone are accepted.
    """

    low: float | None = None
    high: float | None = None
    above: float | None = None
    whole: bool = False

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.low, "exclusiveMinimum": self.above, "maximum": self.high}
        found = {key: value for key, value in bounds.items() if value is not None}
        return {"type": "integer" if self.whole else "number", **found}

    def told(self) -> str:
        parts = []
        if self.above is not None:
            parts.append(f"above {self.above:g}")
        if self.low is not None:
            parts.append(f"from {self.low:g}")
        if self.high is not None:
            parts.append(f"to {self.high:g}")
        return " ".join(["an integer" if self.whole else "a number", *parts])

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not _finite(value) or (self.whole and value != int(value)):
            # PyYAML follows YAML 1.1, for which 1e5 is a text.
            hint = "; write the number as 1.0e+5" if _looks_like_number(value) else ""
            mistakes.tell(path, f"{shown(value)}: give {self.told()}{hint}")
        elif (
            (self.low is not None and value < self.low)
            or (self.high is not None and value > self.high)
            or (self.above is not None and value <= self.above)
        ):
            mistakes.tell(path, f"{value:g}: give {self.told()}")
        else:
            return int(value) if self.whole else float(value)
        return None


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Attributes
    ----------
    longest : int
    pattern : str, optional
        Regular expression that the whole of it must match.
    what : str
        What it is, for messages.
    """

    longest: int = 200
    pattern: str | None = None
    what: str = "a text"

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self.longest}
        if self.pattern:
            found["pattern"] = f"^(?:{self.pattern})$"
        return found

    def told(self) -> str:
        return f"{self.what}, {self.longest} characters at most"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        if (
            isinstance(value, str)
            and 0 < len(value) <= self.longest
            and (self.pattern is None or re.fullmatch(self.pattern, value))
        ):
            return value
        mistakes.tell(path, f"{shown(value)}: give {self.told()}")
        return None


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def told(self) -> str:
        return "true or false"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        if isinstance(value, bool):
            return value
        mistakes.tell(path, f"{shown(value)}: give {self.told()}")
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}

    def told(self) -> str:
        return f"one of {', '.join(self.words)}"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        hint = nearest(value, self.words)
        mistakes.tell(path, f"{shown(value)}: give {self.told()}{hint}")
        return None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, UTC, as ISO 8601 says it."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$"}

    def told(self) -> str:
        return "a time (UTC) as 2026-11-22T20:15:00"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        # YAML makes times of what looks like them.
        if isinstance(value, datetime):
            return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)
        if isinstance(value, str) and re.search(self.schema()["pattern"], value):
            try:
                return datetime.fromisoformat(value.removesuffix("Z"))
            except ValueError:
                pass
        mistakes.tell(path, f"{shown(value)}: give {self.told()}")
        return None


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer of hundreds of digits
        return False


def _looks_like_number(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
