"""The bits of a mask of trails, and how a header tells them."""

from __future__ import annotations

from enum import IntFlag

__all__ = ["FLAG_MEANINGS", "MEANINGS", "Bit", "Flag", "flag_cards", "mask_cards"]


class Bit(IntFlag):
    """Why a pixel of a mask is set."""

    TRAIL = 1
    SATURATED = 2
    GHOST = 4
    UNCERTAIN = 8
    EXPECTED = 16
    NODATA = 64


class Flag(IntFlag):
    """What was done to a pixel of a repaired image."""

    SUBTRACTED = 1
    INTERPOLATED = 2
    GHOST = 4


MEANINGS = {
    Bit.TRAIL: "a trail",
    Bit.SATURATED: "saturated, of a trail",
    Bit.GHOST: "a ghost of a trail",
    Bit.UNCERTAIN: "score between the thresholds",
    Bit.EXPECTED: "expected, but not found",
    Bit.NODATA: "the image has no value",
}
"""What each bit of a mask says."""

FLAG_MEANINGS = {
    Flag.SUBTRACTED: "light of a trail subtracted",
    Flag.INTERPOLATED: "interpolated, so no data",
    Flag.GHOST: "light of a ghost subtracted",
}
"""What each bit of the flags of a repaired image says."""

Cards = dict[str, tuple[object, str]]


def mask_cards() -> Cards:
    """Cards of a mask's header: for each bit MSKn its name, n its number from 0.

    Examples
    --------
    >>> mask_cards()["MSK2"]
    ('GHOST', 'bit 2, value 4: a ghost of a trail')
    """
    return _cards("MSK", MEANINGS)


def flag_cards() -> Cards:
    """The same of the flags of a repaired image: FLGn."""
    return _cards("FLG", FLAG_MEANINGS)


def _cards(prefix: str, meanings: dict[Bit, str] | dict[Flag, str]) -> Cards:
    return {
        f"{prefix}{bit.bit_length() - 1}": (
            bit.name,
            f"bit {bit.bit_length() - 1}, value {int(bit)}: {text}",
        )
        for bit, text in meanings.items()
    }
