"""The errors of satvo, named for their cause; they know nothing of HTTP.

`service/faults.py` alone turns them into a protocol's answer.
"""

from __future__ import annotations

__all__ = [
    "AlreadyThere",
    "BadParameter",
    "BadQuery",
    "Busy",
    "Denied",
    "HomeInUse",
    "LimitExceeded",
    "NoOrbit",
    "NotFound",
    "SatvoError",
    "TableGone",
    "Unauthorized",
    "Unavailable",
    "UnknownFormat",
]


class SatvoError(Exception):
    """The root: a message that says what was given, what is accepted, and what to do."""


class BadParameter(SatvoError):
    """The client gave a value outside what is accepted."""


class BadQuery(BadParameter):
    """A query cannot be understood or carried out as written.

    Parameters
    ----------
    cause : str
        What is wrong, without its place.
    line, column : int, optional
        Where it is wrong, both counted from 1; None where no single place is to blame.
    suggestion : str, optional
        A near name or another way of writing it.
    """

    def __init__(
        self,
        cause: str,
        *,
        line: int | None = None,
        column: int | None = None,
        suggestion: str | None = None,
    ) -> None:
        place = "" if line is None else f"line {line}, column {column}: "
        hint = "" if suggestion is None else f"; {suggestion}"
        super().__init__(f"{place}{cause}{hint}")
        self.cause = cause
        self.line = line
        self.column = column
        self.suggestion = suggestion


class AlreadyThere(BadParameter):
    """What is to be made is there already."""


class UnknownFormat(BadParameter):
    """A file is none of the formats that can be read."""


class NoOrbit(BadParameter):
    """No orbit is known for the object or the date asked for."""


class NotFound(SatvoError):
    """The thing named does not exist here."""


class Unauthorized(SatvoError):
    """The request needs a valid token and has none."""


class Denied(SatvoError):
    """The token of the request has not the right."""


class LimitExceeded(SatvoError):
    """The request goes beyond a limit of the service; the message names the limit."""


class Unavailable(SatvoError):
    """The service cannot answer just now; the same request may succeed later."""


class TableGone(SatvoError):
    """A table that a query names was removed between its translation and its start."""


class Busy(Unavailable):
    """Every place that could do the work is taken."""


class HomeInUse(Unavailable):
    """Another process holds the home."""
