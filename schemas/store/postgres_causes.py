"""What errors of PostgreSQL mean."""

from __future__ import annotations

import re

import adbc_driver_manager
from satvo.schemas.errors import BadQuery, SatvoError, TableGone, Unavailable
from satvo.schemas.store.rows import over_memory, over_time

__all__ = ["postgres_cause"]

_ERROR = re.compile(r"ERROR:\s+(.*)")
_SPARED = re.compile(
    # What a query's own values can cause. Errors raised while rows are pulled come through Arrow
    # as OSError, without their SQLSTATE; these are of class 22, data exception.
    "division by zero|out of range|invalid input syntax|cannot take|a negative number raised|"
    "zero raised to a negative|input is out of range|is not a valid|cannot be cast|"
    "invalid value|exceeds|must be|undefined|more than one row returned|^BadParameter: "
)
_WORDS = (
    ("BadParameter: ", ""),  # raised by one of `satvo.schemas.store.postgres_functions`
    ("value out of range: overflow", "a number is too large for DOUBLE PRECISION or REAL"),
    ("value out of range: underflow", "a number is too small for DOUBLE PRECISION or REAL"),
    ("smallint out of range", "overflow: a number is out of range for SMALLINT"),
    ("integer out of range", "overflow: a number is out of range for INTEGER"),
    ("bigint out of range", "overflow: a number is out of range for BIGINT"),
    ("input is out of range", "ASIN and ACOS are undefined outside [-1, 1]"),
)
"""What the engine's messages begin with, and what they say to the client."""


def postgres_cause(err: Exception, overdue: bool, time_limit_s: float) -> SatvoError:
    """What an error of the engine means to the client; a fault of ours is raised as it is."""
    if not isinstance(err, adbc_driver_manager.Error | OSError):
        raise err
    state = getattr(err, "sqlstate", None) or ""
    found = _ERROR.search(str(err))
    message = found[1].strip() if found else ""
    if overdue or state == "57014" or message.startswith("canceling statement"):
        return over_time(time_limit_s)
    if state[:2] == "53" or message.startswith(("out of memory", "could not write")):
        return over_memory()
    if state[:2] in ("21", "22", "54") or (not state and _SPARED.search(message)):
        for words, said in _WORDS:
            if message.startswith(words):
                return BadQuery(said + message.removeprefix(words))
        return BadQuery(f"{message[:1].lower()}{message[1:]}")
    if state == "42P01":
        return TableGone(message)
    if state[:2] in ("08", "57") or not message:
        return Unavailable("the archive is being opened again; try again")
    raise err
