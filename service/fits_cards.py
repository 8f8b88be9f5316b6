"""Cards of a FITS header (FITS 4.0, section 4)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

__all__ = ["BLOCK", "card", "comment_cards", "header"]

BLOCK = 2880

_TEXT = 67  # characters of a string on one card: 80 less "KEYWORD = ''" and the & of a longer one


def header(cards: Iterable[str]) -> bytes:
    """Cards as a header, with END and filled to whole blocks."""
    text = "".join(card.ljust(-(-len(card) // 80) * 80) for card in (*cards, "END"))
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")


def card(keyword: str, value: str | int | bool) -> str:
    """One keyword with its value; a long string goes on by CONTINUE (section 4.2.1.2).

    Characters that a header cannot hold become question marks.

    Examples
    --------
    >>> card("NAXIS", 2)
    'NAXIS   =                    2'
    >>> print(card("TUNIT1", "deg"))
    TUNIT1  = 'deg     '
    """
    if isinstance(value, bool):
        return f"{keyword:8}= {'FT'[value]:>20}"
    if isinstance(value, int):
        return f"{keyword:8}= {value:20}"
    pieces = list(_pieces(_ascii(value)))
    cards = [f"{keyword:8}= '{pieces[0]:8}"]
    cards += [f"CONTINUE  '{piece}" for piece in pieces[1:]]
    return "".join(f"{each}&'".ljust(80) for each in cards[:-1]) + f"{cards[-1]}'"


def comment_cards(text: str) -> Iterator[str]:
    """COMMENT cards that say a text of any length."""
    for line in textwrap.wrap(_ascii(text), 72):
        yield f"COMMENT {line}"


def _pieces(text: str) -> Iterator[str]:
    """A string cut to cards, its quotes doubled and no pair of them parted."""
    piece = ""
    for character in text:
        doubled = "''" if character == "'" else character
        if len(piece) + len(doubled) > _TEXT:
            yield piece
            piece = ""
        piece += doubled
    yield piece


def _ascii(text: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in " ".join(text.split()))
