"""Numbers that a description leaves to chance, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from satvo.resources.images.simulator.kinds import Mistakes, Number, nearest, shown

__all__ = ["Drawn", "Spread", "settled"]

LAWS = ("uniform", "log_uniform", "normal")
"""How numbers may be distributed; each has two numbers, from and to, or mean and deviation."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution.

    Attributes
    ----------
    law : str
        One of `LAWS`.
    first, second : float
    low, high : float
        What is drawn is held within these.
    """

    law: str
    first: float
    second: float
    low: float
    high: float

    def draw(self, random: np.random.Generator) -> float:
        """A number of it."""
        if self.law == "normal":
            value = random.normal(self.first, self.second)
        elif self.law == "log_uniform":
            value = math.exp(random.uniform(math.log(self.first), math.log(self.second)))
        else:
            value = random.uniform(self.first, self.second)
        return float(min(max(value, self.low), self.high))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number, or how it is distributed: ``{uniform: [600, 900]}``.

    Attributes
    ----------
    kind : Number
        Bounds of the number, and of what is drawn.
    """

    kind: Number

    def schema(self) -> dict[str, Any]:
        number = self.kind.schema()
        free = {"type": "number"}
        above = {"type": "number", "exclusiveMinimum": 0}
        of = {"uniform": [number] * 2, "log_uniform": [{**number, **above}] * 2,
              "normal": [free, above]}  # fmt: skip
        laws = {
            law: {"type": "array", "prefixItems": of[law], "minItems": 2, "maxItems": 2}
            for law in LAWS
        }
        return {
            "anyOf": [
                number,
                {
                    "type": "object",
                    "properties": laws,
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": False,
                },
            ]
        }

    def told(self) -> str:
        return f"{self.kind.told()}, or {{uniform: [from, to]}}"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        if not isinstance(value, Mapping):
            return self.kind.read(value, path, mistakes)
        if len(value) != 1 or next(iter(value)) not in LAWS:
            hint = nearest(next(iter(value), ""), LAWS)
            mistakes.tell(path, f"{shown(dict(value))}: give one of {', '.join(LAWS)}{hint}")
            return None
        ((law, ends),) = value.items()
        where = f"{path}.{law}"
        if not isinstance(ends, list) or len(ends) != 2:
            mistakes.tell(where, f"{shown(ends)}: give two numbers")
            return None
        kinds = _ends(self.kind, law)
        known = len(mistakes)
        first, second = (
            kind.read(each, f"{where}[{i}]", mistakes)
            for i, (kind, each) in enumerate(zip(kinds, ends, strict=True))
        )
        if len(mistakes) > known:
            return None
        if law != "normal" and first > second:
            mistakes.tell(where, f"{first:g} to {second:g}: give the smaller first")
            return None
        return Spread(law, first, second, *_held(self.kind))


def settled(value: Any, random: np.random.Generator) -> Any:
    """A value with each distribution in it replaced by a number of it, in the order of the value.

    Examples
    --------
    >>> settled({"a": [1.0, Spread("uniform", 2.0, 2.0, 0.0, 9.0)]}, np.random.default_rng(1))
    {'a': [1.0, 2.0]}
    """
    if isinstance(value, Spread):
        return value.draw(random)
    if isinstance(value, Mapping):
        return {key: settled(each, random) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(settled(each, random) for each in value)
    return value


def _held(kind: Number) -> tuple[float, float]:
    low = kind.low if kind.above is None else math.nextafter(kind.above, math.inf)
    return (-math.inf if low is None else low), (math.inf if kind.high is None else kind.high)


def _ends(kind: Number, law: str) -> tuple[Number, Number]:
    """Kinds of the two numbers of a law."""
    if law == "normal":
        return Number(), Number(above=0.0)
    end = kind if law == "uniform" else _above_zero(kind)
    return end, end


def _above_zero(kind: Number) -> Number:
    if kind.above is not None or (kind.low is not None and kind.low > 0.0):
        return kind
    return Number(None, kind.high, 0.0, kind.whole)
