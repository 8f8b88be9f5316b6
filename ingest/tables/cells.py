"""Cells that stand for no value, and what is done with columns cell by cell."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["BadValue", "null_where", "one_by_one"]


class BadValue(Exception):
    """A cell that stands for no value; never leaves this package.

    Parameters
    ----------
    index : int
        Which cell of the column.
    text : str
        What it holds.
    why : str
        What is wrong, where that is not told by what is accepted.
    """

    def __init__(self, index: int, text: str, *, why: str = "") -> None:
        super().__init__(text)
        self.index = index
        self.text = text
        self.why = why


def null_where(values: pa.Array, null: pa.Array) -> pa.Array:
    """The values with null where a logical column says so."""
    return pc.if_else(null, pa.scalar(None, values.type), values)


def one_by_one(cells: pa.Array, read: Callable[[str], object], kind: pa.DataType) -> pa.Array:
    """The values that a function reads from texts; null stays null.

    Raises
    ------
    BadValue
        If the function raises ValueError or OverflowError.
    """
    values: list[object] = []
    for index, text in enumerate(cells.to_pylist()):
        try:
            values.append(None if text is None else read(text))
        except (ValueError, OverflowError) as err:
            raise BadValue(index, text) from err
    return pa.array(values, kind)
