"""What one query may grow to: each number bounds a time or a memory that was measured.

The engine has no limit of its own on the time to plan a query, and its limit of memory does not
bound a single value, so both are bounded by the size of what is asked.
"""

from __future__ import annotations

__all__ = [
    "MAX_COLUMNS", "MAX_DEPTH", "MAX_JOINED_TEXTS", "MAX_KEYS", "MAX_MOC_CHARACTERS",
    "MAX_OPERATORS", "MAX_QUERY_CHARACTERS", "MAX_SQL_CHARACTERS", "MAX_TABLES", "MAX_TERMS",
    "MAX_VERTICES",
]  # fmt: skip

MAX_QUERY_CHARACTERS = 200_000
"""A longer query is refused: an upload joins faster than a list of a hundred thousand values."""

MAX_DEPTH = 120
"""Parentheses, function calls and sub-queries inside each other: a few stack frames each."""

MAX_OPERATORS = 120
"""Arithmetic operators in one row: each deepens the tree, here and in the engine."""

MAX_TERMS = 4_000
"""Conditions joined by one AND or OR; the engine plans as many in 2 s."""

MAX_TABLES = 80
"""Tables in one query: the engine's time to order joins grows as the cube (0.7 s for these)."""

MAX_COLUMNS = 1_000
"""Columns of an answer."""

MAX_KEYS = 200
"""Terms of GROUP BY or of ORDER BY; each is compared with each column."""

MAX_VERTICES = 1_000
"""Vertices of a polygon: memory and time of some functions grow as the square."""

MAX_MOC_CHARACTERS = 100_000
"""Text of one MOC: read in 30 ms, searched in no time."""

MAX_JOINED_TEXTS = 1_000
"""Stored values in one string made by ||, counted through sub-queries, where it could double."""

MAX_SQL_CHARACTERS = 300_000
"""Of the statement for the engine, which needs 2 s to plan as much."""
