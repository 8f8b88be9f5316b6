"""How many elements a cell has (VOTable 1.5, section 2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from satvo.schemas.errors import BadParameter

__all__ = ["Shape", "shape_of"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How many elements a cell of an array has.

    Attributes
    ----------
    fixed : int or None
        Their number; None where it varies.
    most : int or None
        The bound of a varying number; None where there is none.
    step : int
        A varying number is a multiple of it.
    first : int
        The fastest dimension; of texts, the characters of each. 0 where it varies.
    dimensions : int
    """

    fixed: int | None
    most: int | None
    step: int
    first: int
    dimensions: int

    def complaint(self, count: int) -> str | None:
        """What is wrong with a cell of so many elements."""
        if self.fixed is not None:
            return None if count == self.fixed else f"{count} elements instead of {self.fixed}"
        if self.most is not None and count > self.most:
            return f"{count} elements, more than the {self.most} declared"
        return f"{count} elements, no multiple of {self.step}" if count % self.step else None


_ARRAYSIZE = re.compile(r"(?:[0-9]{1,10}x)*(?:[0-9]{1,10}\*?|\*)", re.ASCII)


def shape_of(arraysize: str, name: str) -> Shape | None:
    """The shape that an arraysize declares (VOTable 1.5, section 2.2); None for a scalar.

    Raises
    ------
    BadParameter
        If it is no arraysize.

    Examples
    --------
    >>> shape_of("2x*", "polygon").step
    2
    """
    text = arraysize.strip()
    if not text:
        return None
    dimensions = text.split("x")
    known = _ARRAYSIZE.fullmatch(text) is not None
    sizes = [int(part.rstrip("*")) for part in dimensions if known and part != "*"]
    if not known or 0 in sizes:
        raise BadParameter(
            f"column {name}: arraysize {arraysize[:40]!r} is not understood; accepted are a "
            "number, *, a number with *, and several with x between them, e.g. 2x*"
        )
    total = 1
    for size in sizes:
        total *= size
    step = total
    if text.endswith("*") and dimensions[-1] != "*":
        step //= sizes[-1]
    varies = text.endswith("*")
    return Shape(
        fixed=None if varies else total,
        most=total if varies and dimensions[-1] != "*" else None,
        step=max(step, 1),
        first=0 if dimensions[0].endswith("*") else sizes[0],
        dimensions=len(dimensions),
    )
