"""Which tables one caller sees: those published to everyone, and the caller's own.

A caller with tables of its own reads a TAP_SCHEMA that has them too. It is made for the query and
joined to it as uploads are, so that the shared one never holds what is somebody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa
from satvo.resources.catalogue import SCHEMAS
from satvo.schemas.columns import Field
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.tap_schema import TAP_SCHEMA, describe
from satvo.schemas.user_table import stored_columns
from satvo.service.adql import Catalogue
from satvo.service.adql.scope import Private
from satvo.service.user_table import TAP_USER, UserTable

__all__ = ["VisibleTables"]


@dataclass(frozen=True, slots=True)
class VisibleTables:
    """The tables of one caller.

    Attributes
    ----------
    published : tuple of Table
        Those of everyone.
    own : tuple of UserTable
    """

    published: tuple[sa.Table, ...]
    own: tuple[UserTable, ...]

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """All of them, as they are described, the caller's own last."""
        return (*self.published, *(table.published for table in self.own))

    @property
    def schemas(self) -> Mapping[str, str]:
        """The description of each schema, in the order shown."""
        if not self.own:
            return SCHEMAS
        return {**SCHEMAS, TAP_USER: "Your own tables, which nobody else sees"}

    @property
    def own_rows(self) -> dict[str, int]:
        """How many rows each of the caller's own tables has."""
        return {table.fullname: table.rows for table in self.own}

    def catalogue(self, shared: Catalogue, query: str) -> tuple[Catalogue, dict[str, pa.Table]]:
        """What a query may name, and the tables that are to be joined to it.

        Parameters
        ----------
        shared : Catalogue
            The published tables.
        query : str
            Its text: without the word in it, it cannot name TAP_SCHEMA, which then is not made.
        """
        if not self.own:
            return shared, {}
        named = {(TAP_USER, own.name): Private(own.relation, own.fields) for own in self.own}
        staged = {}
        if "tap_schema" in query.lower():
            described = describe(self.tables, self.schemas)
            for number, table in enumerate(TAP_SCHEMA, 1):
                rows = pa.Table.from_pylist(described[table], arrow_schema(table))
                staged[f"s{number}"] = rows.rename_columns(stored_columns(rows.num_columns))
                fields = tuple(Field.of(col) for col in table.columns)
                named[str(table.schema), table.name] = Private(f"s{number}", fields)
        return shared.with_private(named), staged
