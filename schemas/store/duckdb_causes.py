"""What errors of the embedded engine mean, and how it is interrupted."""

from __future__ import annotations

import contextlib
import re

import duckdb
from satvo.schemas.errors import BadQuery, SatvoError, TableGone, Unavailable
from satvo.schemas.store.rows import over_memory, over_time

__all__ = ["duckdb_cause", "interrupt"]

_SPARED = (
    # What a query's own values can cause, by the first words of the engine's message: errors raised
    # while rows are pulled arrive through Arrow as OSError and keep nothing else.
    "Invalid Input Error:",
    "Out of Range Error:",
    "Conversion Error:",
)

_NO_TABLE = re.compile(r"Catalog Error: Table with name (\w+) does not exist")
"""What a query names was there when it was translated."""

_STANDARD_TYPES = {"INT16": "SMALLINT", "INT32": "INTEGER", "INT64": "BIGINT", "FLOAT": "REAL"}
_ENGINE_TYPE = re.compile(rf"\b(?:{'|'.join(_STANDARD_TYPES)})\b")
"""The engine's names of types in its messages."""


_REFUSED = re.compile("Conversion Error: Could not convert string '(.*)' to BOOL", re.DOTALL)
"""How a query says that a value cannot be: `satvo.service.adql.duckdb_types.refused`."""


def interrupt(cursor: duckdb.DuckDBPyConnection) -> None:
    """End what the engine does on a cursor, if anything."""
    with contextlib.suppress(duckdb.Error):  # it may be closed, or the store
        cursor.interrupt()


def duckdb_cause(err: Exception, overdue: bool, time_limit_s: float) -> SatvoError:
    """What an error of the engine means to the client; a fault of ours is raised as it is."""
    if not isinstance(err, duckdb.Error | OSError):
        raise err
    message = str(err)
    if overdue or message.startswith("INTERRUPT"):
        return over_time(time_limit_s)
    if isinstance(err, duckdb.OutOfMemoryException) or message.startswith("Out of Memory"):
        return over_memory()
    if gone := _NO_TABLE.match(message):
        return TableGone(f"there is no table {gone[1]}")
    if isinstance(err, duckdb.FatalException | duckdb.ConnectionException):
        return Unavailable("the archive is being opened again; try again")
    if refused := _REFUSED.match(message):
        return BadQuery(refused[1].replace("\n", " "))
    for words in _SPARED:
        if message.startswith(words):
            if "BadParameter: " in message:  # raised by a region function
                return BadQuery(message.rpartition("BadParameter: ")[2].split("\n")[0])
            if "Python exception" in message:
                break  # any other exception in one of our functions is our mistake
            # The rest of the line quotes the engine's own SQL.
            cause = message.removeprefix(words).strip().split("\n")[0].split(" in expression")[0]
            cause = _ENGINE_TYPE.sub(lambda found: _STANDARD_TYPES[found.group()], cause)
            first = cause[:1] if cause[1:2].isupper() else cause[:1].lower()  # ACOS stays ACOS
            return BadQuery(first + cause[1:])
    raise err
