"""Opening the store that a setting names."""

from __future__ import annotations

from pathlib import Path

from satvo.schemas.errors import BadParameter, Unavailable
from satvo.schemas.store.interface import Store

__all__ = ["check_store", "open_store"]


def open_store(
    address: str,
    home: Path,
    *,
    wait_s: float,
    memory_limit_mb: int = 2048,
    threads: int = 0,
    queries_at_once: int = 8,
) -> Store:
    """Open the store.

    Parameters
    ----------
    address : str
        ``duckdb`` for the embedded file in the home, or ``postgresql://...`` for a database.
    home : Path
        The folder that holds the embedded file.
    wait_s : float
        How long to wait for another process that holds the file, s.
    memory_limit_mb : int
        What the embedded engine may use before it spills to disk, MiB.
    threads : int
        Threads of the embedded engine; 0 lets it take every core.
    queries_at_once : int
        Queries that the engine works on at once; others wait for their turn.

    Raises
    ------
    BadParameter
        If no engine has that name.
    Unavailable
        If the database cannot be reached.
    HomeInUse
        If another process still holds the file after the wait.
    """
    check_store(address)
    if address == "duckdb":
        from satvo.schemas.store.duckdb_store import DuckStore

        return DuckStore(
            home / "archive.duckdb",
            wait_s=wait_s,
            memory_limit_mb=memory_limit_mb,
            threads=threads,
            queries_at_once=queries_at_once,
        )
    try:
        from satvo.schemas.store.postgres_store import PostgresStore
    except ImportError as err:
        raise Unavailable(
            "a PostgreSQL store needs what satvo[postgresql] installs: pip install "
            "'satvo[postgresql]'"
        ) from err
    return PostgresStore(address, queries_at_once=queries_at_once)


def check_store(address: str) -> None:
    """See that an address names a kind of store.

    Raises
    ------
    BadParameter
        If it names none.
    """
    if address != "duckdb" and not address.startswith("postgresql://"):
        raise BadParameter(
            f"SATVO_STORE={address[:40]}: not a store; give duckdb, or "
            "postgresql://user@host/database"
        )
