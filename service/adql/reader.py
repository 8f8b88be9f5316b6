"""Reading tokens one by one: what the grammars of values and of queries have in common."""

from __future__ import annotations

from satvo.service.adql import tree
from satvo.service.adql.lexer import Source, Token, tokens
from satvo.service.adql.limits import MAX_DEPTH
from satvo.service.adql.words import RESERVED

__all__ = ["Reader"]

_STRUCTURE_WORDS = """
AND AS BETWEEN BY FROM HAVING ILIKE IN IS JOIN LIKE NATURAL NOT ON OR SELECT UNION USING WHERE
"""
_STRUCTURE = frozenset(_STRUCTURE_WORDS.split())
"""Words that nobody means as a name: where one stands, something before it is missing."""

_BIGGEST = 2**63 - 1

_AFTER_QUERY = frozenset(("UNION", "EXCEPT", "INTERSECT", "ORDER", "OFFSET", ")"))
"""What may follow a query in parentheses that is itself (part of) a query."""


class Reader:
    """The tokens of one query, and how far they have been read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._tokens = tokens(source)
        self._next = 0
        self._depth = 0
        self._closing: dict[int, int] | None = None
        self.token = self._tokens[0]
        """The token to be read next."""

    def at_end(self) -> bool:
        """Whether the query ends here."""
        return self.token.kind == "end"

    def take(self) -> Token:
        """The next token, which is then behind us."""
        token = self.token
        if token.kind != "end":
            self._next += 1
            self.token = self._tokens[self._next]
        return token

    def peek(self, ahead: int = 1) -> Token:
        """A token further on."""
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def at_query(self) -> bool:
        """Whether a query starts here: SELECT or WITH, or one in parentheses that stands alone.

        What follows the parenthesis tells: a set operation, ORDER BY or a second parenthesis, and
        not an operator or the alias of a table.
        """
        first = self._next
        while self._tokens[first].upper == "(":
            first += 1
        if self._tokens[first].upper not in ("SELECT", "WITH"):
            return False
        last = len(self._tokens) - 1
        for opening in range(self._next, first):
            closing = self._closings().get(opening, last)
            if closing < last and self._tokens[closing + 1].upper not in _AFTER_QUERY:
                return False
        return True

    def _closings(self) -> dict[int, int]:
        """The closing parenthesis of each opening one, by their numbers among the tokens."""
        if self._closing is None:
            self._closing, opened = {}, []
            for i, token in enumerate(self._tokens):
                if token.upper == "(":
                    opened.append(i)
                elif token.upper == ")" and opened:
                    self._closing[opened.pop()] = i
        return self._closing

    def accept(self, *words: str) -> Token | None:
        """Take the next token if it is one of these words or operators."""
        return self.take() if self.token.upper in words else None

    def expect(self, word: str, where: str) -> Token:
        """Take this word or operator, or say that it is missing."""
        if self.token.upper == word:
            return self.take()
        raise self.unexpected(f"expected {word} {where}")

    def unexpected(self, wanted: str, suggestion: str | None = None) -> Exception:
        """The error that something else stands where this was wanted."""
        token = self.token
        found = "the end of the query" if token.kind == "end" else f"'{token.text}'"
        return self.source.error(token.at, f"{wanted}, found {found}", suggestion)

    def descend(self, at: int) -> None:
        """Note one more nesting level; `self.ascend` undoes it."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.source.error(at, f"nested deeper than {MAX_DEPTH} levels")

    def ascend(self) -> None:
        """Leave a nesting level."""
        self._depth -= 1

    def lengthen(self, length: int, most: int, what: str, at: int) -> int:
        """One more of what may not be more than so many, because the tree or the plan grows."""
        if length >= most:
            raise self.source.error(at, f"more than {most} {what}")
        return length + 1

    def identifier(self, wanted: str) -> tree.Identifier:
        """A plain or delimited name."""
        token = self.token
        if token.kind == "delimited":
            self.take()
            return tree.Identifier(token.text, delimited=True)
        if token.kind != "word" or self._is_structure(token):
            raise self.unexpected(f"expected {wanted}")
        if token.upper in RESERVED:
            raise self.source.error(
                token.at,
                f"'{token.text}' is a reserved word of ADQL and cannot be {wanted}",
                f'write "{token.text}" in double quotes',
            )
        self.take()
        return tree.Identifier(token.text)

    def _is_structure(self, token: Token) -> bool:
        if token.upper in ("GROUP", "ORDER"):
            return self.peek().upper == "BY"
        return token.upper in _STRUCTURE

    def unsigned_integer(self, wanted: str) -> int:
        """A whole number without sign."""
        if self.token.kind != "integer":
            raise self.unexpected(wanted)
        token = self.take()
        number = self.whole_number(token)
        if number > _BIGGEST:
            raise self.source.error(token.at, f"{token.text} is too large")
        return number

    def whole_number(self, token: Token) -> int:
        """The value of a whole number, decimal or hexadecimal."""
        # Python itself refuses more than 4300 digits; none of so many fits anywhere.
        if len(token.text.lstrip("0xX")) > 20:
            raise self.source.error(
                token.at, f"{token.text} is too large for BIGINT", "write it with a decimal point"
            )
        return int(token.text, 16 if token.kind == "hex" else 10)
