"""Angles as people write them."""

from __future__ import annotations

__all__ = ["sexagesimal"]


def sexagesimal(value: float, decimals: int, *, signed: bool = False) -> str:
    """A number of hours or degrees as ``hh mm ss.ss``.

    Parameters
    ----------
    value : float
    decimals : int
        Of the seconds; the last is rounded, and a minute is never 60.
    signed : bool
        Whether a sign stands before what is not negative.

    Examples
    --------
    >>> sexagesimal(5.9999999999, 2), sexagesimal(-0.5, 1, signed=True)
    ('06 00 00.00', '-00 30 00.0')
    """
    scale = 10**decimals
    units = round(abs(value) * 3600 * scale)
    whole, rest = divmod(units, 60 * scale)
    sign = "-" if value < 0 and units else "+" if signed else ""
    width = 3 + decimals if decimals else 2
    return f"{sign}{whole // 60:02d} {whole % 60:02d} {rest / scale:0{width}.{decimals}f}"
