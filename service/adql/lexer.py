"""Query text into tokens (ADQL 2.1, section 2.1)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from satvo.schemas.errors import BadQuery
from satvo.service.adql.limits import MAX_QUERY_CHARACTERS
from satvo.service.adql.words import is_plain

__all__ = ["Source", "Token", "near", "nearest", "tokens"]

Kind = Literal["word", "delimited", "integer", "real", "hex", "string", "operator", "end"]

_TOKEN = re.compile(
    r"""
    (?: \s++ | --[^\r\n]*+ )*+
    (?: (?P<word>     [A-Za-z][A-Za-z0-9_]*+ )
      | (?P<real>     (?: (?: \d++\.\d*+ | \.\d++ ) (?:[eE][+-]?\d++)?+ | \d++[eE][+-]?\d++ )
                      (?![A-Za-z_]) )
      | (?P<hex>      0[xX][0-9a-fA-F]++ (?![A-Za-z_]) )
      | (?P<integer>  \d++ (?![A-Za-z_.]) )
      | (?P<delimited>"(?:[^"]|"")*+" )
      | (?P<string>   '(?:[^']|'')*+' )
      | (?P<operator> [-+*(),.;=] | <> | != | <= | >= | \|\| | /(?!\*) | [<>] )
      | (?P<end>      \Z )
    )
    """,
    re.VERBOSE | re.ASCII,
)
"""One token with the blanks and comments before it; what is possessive never backtracks."""

_NUMBER = re.compile(
    r"(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|0[xX][0-9a-fA-F]+|\d+", re.ASCII
)
_BLANK = re.compile(r"(?:\s|--[^\r\n]*)*", re.ASCII)

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no answer could carry: characters outside XML 1.0, section 2.2, and delete."""

_HINTS = {
    '"': "a delimited identifier is not closed; end it with a double quote",
    "'": "a string is not closed; end it with a single quote",
    "_": "a name cannot start with an underscore; put it in double quotes",
    "%": "% is not an operator of ADQL; write MOD(a, b)",
    "`": "back quotes do not delimit names in ADQL; use double quotes",
    "[": "square brackets do not delimit names in ADQL; use double quotes",
    "\u00a0": "a blank that may not break a line (U+00A0) is no blank of ADQL; write a plain one",
}

_SHOWN = 300
"""Characters of a cause: an error must not repeat a name of a megabyte."""


class Token(NamedTuple):
    """One word of a query.

    Attributes
    ----------
    kind : str
        What it is; ``end`` follows the last.
    text : str
        As written; the content without its quotes for delimited names and strings.
    at : int
        Offset of its first character in the query.
    upper : str
        A plain word in upper case, an operator as it is, otherwise empty: the grammar looks at it.
    """

    kind: Kind
    text: str
    at: int
    upper: str = ""


class Source:
    """The text of one query for an engine, and errors that point into it."""

    def __init__(self, text: str, engine: str = "") -> None:
        self.text = text
        self.engine = engine

    def error(self, at: int, cause: str, suggestion: str | None = None) -> BadQuery:
        """An error at an offset, with line and column counted from 1."""
        if len(cause) > _SHOWN:
            cause = f"{cause[: _SHOWN // 2]} ... {cause[-_SHOWN // 2 :]}"
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return BadQuery(cause, line=line, column=column, suggestion=suggestion)


def near(word: str, candidates: Iterable[str], *, names: bool = False) -> str | None:
    """A suggestion to write a candidate that resembles the word, if there is one.

    Parameters
    ----------
    word : str
        What was written.
    candidates : iterable of str
        What there is; compared in any case of letters.
    names : bool
        Whether they are names, which a query must put in double quotes where they are not plain
        or reserved.

    Examples
    --------
    >>> near("norad", ["norad_id", "epoch"])
    'did you mean norad_id?'
    """
    meant = nearest(word, {candidate: candidate for candidate in candidates})
    if meant and names and not is_plain(meant):
        meant = f'"{meant}"'
    return f"did you mean {meant}?" if meant else None


def nearest(word: str, meanings: Mapping[str, str]) -> str | None:
    """The meaning of the name that resembles the word most, in any case of letters."""
    folded = {name.lower(): meaning for name, meaning in meanings.items()}
    found = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def tokens(source: Source) -> list[Token]:
    """Cut a query into tokens; the last has the kind ``end``.

    Raises
    ------
    BadQuery
        For text longer than the limit, an unclosed quote, or a character that ADQL does not use.
    """
    text = source.text
    if len(text) > MAX_QUERY_CHARACTERS:
        raise BadQuery(
            f"the query has {len(text)} characters; at most {MAX_QUERY_CHARACTERS} are accepted",
            suggestion="upload long lists as a table and join with it",
        )
    if not text.isprintable() and (forbidden := _FORBIDDEN.search(text)):
        raise source.error(
            forbidden.start(), f"the character U+{ord(forbidden.group()):04X} cannot stand in XML"
        )
    found: list[Token] = []
    add, new = found.append, tuple.__new__  # half the time of Token(...), once a word
    at = 0
    for piece in _TOKEN.finditer(text):
        if piece.start() != at:
            break
        kind = piece.lastgroup
        at = piece.end()
        word = piece[piece.lastindex or 0]
        start = at - len(word)
        if kind == "word":
            add(new(Token, ("word", word, start, word.upper())))
        elif kind == "operator":
            add(new(Token, ("operator", word, start, word)))
        elif kind == "end":
            add(Token("end", "", at))
            return found
        elif kind == "delimited":
            if word == '""':
                raise source.error(start, "a delimited identifier is empty")
            add(Token("delimited", word[1:-1].replace('""', '"'), start))
        elif kind == "string":
            _add_string(found, word[1:-1].replace("''", "'"), start)
        else:
            add(Token(kind, word, start))  # type: ignore[arg-type]
    blank = _BLANK.match(text, at)
    start = blank.end() if blank else at
    raise source.error(start, *_unreadable(text[start:]))


def _add_string(found: list[Token], value: str, at: int) -> None:
    # Strings next to each other are one string (SQL-92, character string literal).
    if found and found[-1].kind == "string":
        last = found.pop()
        found.append(Token("string", last.text + value, last.at))
    else:
        found.append(Token("string", value, at))


def _unreadable(text: str) -> tuple[str, str | None]:
    if number := _NUMBER.match(text):
        written = text[: number.end() + 1]
        return f"'{written}' is neither a number nor a name", "a name starts with a letter"
    if text.startswith("/*"):
        return "/* does not start a comment in ADQL", "write -- at the start of the comment"
    if hint := _HINTS.get(text[0]):
        return hint, None
    return (
        f"the character {text[0]!r} has no meaning in ADQL",
        "put it in quotes if it belongs to a name or a string",
    )
