"""The job that makes an index on a table which its owner keeps."""

from __future__ import annotations

from collections.abc import Mapping

from satvo.schemas.errors import BadParameter
from satvo.service.jobs.runner import Running
from satvo.service.user_tables import UserTables, own_name

__all__ = ["UPDATE_TABLE", "index_asked", "update_table"]

UPDATE_TABLE = "updateTable"
"""REQUEST of such a job, by which it is told from a query's."""


def index_asked(given: Mapping[str, str | None]) -> tuple[str, str, bool]:
    """Table, column, and whether it is unique, from the parameters TABLE, INDEX and UNIQUE.

    Raises
    ------
    BadParameter
        If one is missing or no such thing.
    """
    table, column = given.get("TABLE"), given.get("INDEX")
    if not table or not column:
        raise BadParameter("give table and index: the name of a table, and of one of its columns")
    unique = (given.get("UNIQUE") or "false").lower()
    if unique not in ("true", "false"):
        raise BadParameter(f"unique={unique[:40]}: give true or false")
    return own_name(table), column, unique == "true"


def update_table(tables: UserTables, running: Running) -> None:
    """Make the index that a job asks for; a job that is begun again makes it once more.

    Raises
    ------
    BadParameter, NotFound
        If it cannot be made.
    """
    job = running.job
    table, column, unique = index_asked(dict(job.parameters))
    if job.owner is None:
        raise BadParameter("only the owner of a table can have it indexed")
    running.check()
    tables.sort(job.owner, table, column, unique=unique, still_wanted=running.check)
