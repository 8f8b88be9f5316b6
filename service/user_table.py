"""One table that a holder of a token keeps: what is known of it, and what its owner is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.tables.columns import Column, arrow_type
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.user_table import stored_columns, stored_table
from satvo.service.adql.words import is_plain

__all__ = ["TAP_USER", "UserTable", "as_columns", "read_user_table", "row_of"]

TAP_USER = "tap_user"
"""The schema in which everyone sees their own tables, as TAP_UPLOAD has those of one query."""


@dataclass(frozen=True)
class UserTable:
    """A table and its place in the store.

    Attributes
    ----------
    owner : str
        token_id of the token that made it.
    name : str
        Without its schema, in lower case.
    stored : str
        Name of the table that has the rows; its n-th column is ``c<n>``.
    description : str
    fields : tuple of Field
    created : datetime
        UTC without a zone.
    rows, size_bytes : int
    sorted_by : str or None
        The stored column in whose order the rows are.
    uniques : frozenset of str
        The stored columns in which no value comes twice.
    """

    owner: str
    name: str
    stored: str
    description: str
    fields: tuple[Field, ...]
    created: datetime
    rows: int = 0
    size_bytes: int = 0
    sorted_by: str | None = None
    uniques: frozenset[str] = frozenset()

    @property
    def fullname(self) -> str:
        """As queries call it."""
        return f"{TAP_USER}.{self.name}"

    @cached_property
    def types(self) -> tuple[pa.DataType, ...]:
        """The Arrow types of its columns."""
        return tuple(map(arrow_type, as_columns(self.fields)))

    @cached_property
    def storage(self) -> sa.Table:
        """The table that has the rows."""
        return stored_table(self.stored, self.types)

    @property
    def relation(self) -> str:
        """The same as SQL names it; all of its name is of our making."""
        return f'"{self.storage.schema}"."{self.storage.name}"'

    @cached_property
    def published(self) -> sa.Table:
        """The table as VOSI, TAP_SCHEMA and the pages describe it, under its own names."""
        keys = stored_columns(len(self.fields))
        return sa.Table(
            self.name,
            sa.MetaData(),
            *(self._described(*pair) for pair in zip(keys, self.fields, strict=True)),
            schema=TAP_USER,
            comment=self.description,
            info={"title": self.name, "utype": "", "order_by": ()},
        )

    def field(self, key: str) -> Field:
        """The field of a stored column."""
        return dict(zip(stored_columns(len(self.fields)), self.fields, strict=True))[key]

    def sortable(self, column: str) -> str:
        """The stored column of that name, in any case, by which rows can be ordered.

        Raises
        ------
        NotFound
            If there is none.
        BadParameter
            If its values are arrays.
        """
        for key, field, kind in zip(
            stored_columns(len(self.fields)), self.fields, self.types, strict=True
        ):
            if field.name.casefold() == column.casefold():
                if pa.types.is_list(kind):
                    raise BadParameter(
                        f"column {field.name} is an array; an index is by a number, text or time"
                    )
                return key
        names = ", ".join(field.name for field in self.fields[:50])
        raise NotFound(
            f"{self.fullname} has no column {column[:100]}; its columns are {names[:1000]}"
        )

    def grown(self, rows: int, size_bytes: int) -> UserTable:
        """The same with so many rows more."""
        return replace(self, rows=self.rows + rows, size_bytes=self.size_bytes + size_bytes)

    def sorted_anew(self, stored: str, key: str, *, unique: bool) -> UserTable:
        """The same with its rows elsewhere, in the order of a column."""
        uniques = self.uniques | ({key} if unique else frozenset())
        return replace(self, stored=stored, sorted_by=key, uniques=uniques)

    def _described(self, key: str, field: Field) -> sa.Column[Any]:
        about = {
            name: getattr(field, name)
            for name in (
                "datatype",
                "arraysize",
                "xtype",
                "unit",
                "ucd",
                "utype",
                "timesys",
                "coosys",
            )
        }
        # What clients store is whole: no address is put before it.
        about |= {"principal": False, "std": False, "references": None, "base": ""}
        about |= {"indexed": key == self.sorted_by, "delimited": not is_plain(field.name)}
        return sa.Column(
            field.name, self.storage.columns[key].type, comment=field.description, info=about
        )


def as_columns(fields: tuple[Field, ...]) -> tuple[Column, ...]:
    """The fields as the readers of uploads take them."""
    return tuple(Column(*(getattr(f, name) for name in Column.__slots__)) for f in fields)


def read_user_table(row: Mapping[str, Any]) -> UserTable:
    """The table of a row of `satvo.schemas.user_table.USER_TABLE`."""
    fields = tuple(Field(**about) for about in json.loads(row["fields"]))
    told = {**row, "fields": fields, "uniques": frozenset(json.loads(row["uniques"]))}
    return UserTable(**told)


def row_of(table: UserTable) -> dict[str, object]:
    """The row that says the same."""
    return {
        "owner": table.owner,
        "name": table.name,
        "stored": table.stored,
        "description": table.description,
        "fields": json.dumps([asdict(field) for field in table.fields]),
        "rows": table.rows,
        "size_bytes": table.size_bytes,
        "sorted_by": table.sorted_by,
        "uniques": json.dumps(sorted(table.uniques)),
        "created": table.created,
    }
