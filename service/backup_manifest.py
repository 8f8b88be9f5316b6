"""What a backup says of itself: its tables with their columns and rows, its members with digests.

A backup is one zip file without compression. Its members, of which the manifest is the last:

``state/<table>.jsonl``
    A table of the state database, one JSON object a row.
``jobs/<job>/uploads/...``, ``jobs/<job>/try-<n>/...``
    The files of jobs.
``images/<2 digits>/<checksum>.<...>``
    The file of each row of satvo.dataproduct, by its checksum, and its previews.
``tables/<schema>.<table>.parquet``
    A table of the store.
``manifest.json``
    `Manifest`. Written last, so that a backup which was cut has none.

Nothing in it is of one engine: it can be restored on another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from satvo.schemas.errors import BadParameter

__all__ = ["MANIFEST", "Manifest", "Member", "TablePart", "columns_of", "is_job_file"]

MANIFEST = "manifest.json"
_FORMAT, _VERSION = "satvo backup", 1

_JOB_FILE = re.compile(
    r"jobs/[0-9a-f]{32}/(uploads|try-[0-9]{1,9})(/[A-Za-z0-9_][A-Za-z0-9._+-]*)+"
)


@dataclass(frozen=True, slots=True)
class Member:
    """Length and digest of a member."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table in a backup.

    Attributes
    ----------
    name : str
    file : str
        The member that holds its rows.
    rows : int
    columns : tuple of tuple
        Name, SQL type, and whether it may hold no value, in the order of the table.
    """

    name: str
    file: str
    rows: int
    columns: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a backup.

    Attributes
    ----------
    satvo : str
        The version that made it.
    made : str
        When, UTC.
    state, tables : tuple of TablePart
    members : mapping
        Every member but the manifest itself, by its name.
    """

    satvo: str
    made: str
    state: tuple[TablePart, ...]
    tables: tuple[TablePart, ...]
    members: Mapping[str, Member]

    def text(self) -> bytes:
        """As JSON."""
        return json.dumps({"format": _FORMAT, "version": _VERSION, **asdict(self)}).encode()

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        """What `text` says.

        Raises
        ------
        BadParameter
            If it is no manifest, or one of another version.
        """
        try:
            told = json.loads(text)
            form, version = told["format"], told["version"]
            if form == _FORMAT and version == _VERSION:
                return cls(
                    satvo=str(told["satvo"]),
                    made=str(told["made"]),
                    state=tuple(_part(each) for each in told["state"]),
                    tables=tuple(_part(each) for each in told["tables"]),
                    members={
                        str(name): Member(int(each["size"]), str(each["sha256"]))
                        for name, each in told["members"].items()
                    },
                )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
            raise BadParameter("its manifest cannot be understood") from err
        raise BadParameter(
            f"it is a {form!r} of version {version!r}; this satvo restores a {_FORMAT!r} of "
            f"version {_VERSION}"[:300]
        )


def _part(told: Mapping[str, Any]) -> TablePart:
    columns = tuple((str(name), str(kind), bool(empty)) for name, kind, empty in told["columns"])
    return TablePart(str(told["name"]), str(told["file"]), int(told["rows"]), columns)


def columns_of(table: sa.Table) -> tuple[tuple[str, str, bool], ...]:
    """The columns of a table, as they must be the same where it is restored."""
    return tuple(
        (str(column.name), column.type.compile(), bool(column.nullable)) for column in table.columns
    )


def is_job_file(name: str) -> bool:
    """Whether a member is a file of a job, below whose folder its name leads.

    Examples
    --------
    >>> is_job_file(f"jobs/{'0' * 32}/try-1/result.vot")
    True
    >>> is_job_file(f"jobs/{'0' * 32}/try-1/../../../x")
    False
    """
    return _JOB_FILE.fullmatch(name) is not None
