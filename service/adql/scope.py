"""Which tables and columns a name can mean at one place of a query."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sqlalchemy as sa
from satvo.schemas.columns import Field
from satvo.service.adql import core, tree
from satvo.service.adql.lexer import Source, near, nearest

__all__ = ["Catalogue", "Private", "Relation", "Scope", "Visible"]

_UPLOAD = "TAP_UPLOAD"


@dataclass(frozen=True, slots=True)
class Private:
    """A table that one caller's query may name: an upload, or a table of its own.

    Attributes
    ----------
    relation : str
        What the engine calls it, in a name of our making; its columns are ``c1``, ``c2``, ...
    fields : tuple of Field
        What the caller calls the columns.
    """

    relation: str
    fields: tuple[Field, ...]


class Catalogue:
    """The tables that queries may name: the whitelist.

    Parameters
    ----------
    tables : iterable of Table
        Those of everyone.
    private : mapping
        Those of the query alone, by schema and name; one hides a table of everyone.
    """

    def __init__(
        self,
        tables: Iterable[sa.Table],
        private: Mapping[tuple[str, str], Private] = MappingProxyType({}),
    ) -> None:
        self._tables = {(str(t.schema), t.name): t for t in tables}
        self._private = private

    @property
    def is_lasting(self) -> bool:
        """Whether it holds no table of one query alone."""
        return not self._private

    def with_private(self, private: Mapping[tuple[str, str], Private]) -> Catalogue:
        """The same tables and, for one caller, these."""
        return Catalogue(self._tables.values(), {**self._private, **private}) if private else self

    def with_uploads(self, uploads: Mapping[str, tuple[Field, ...]]) -> Catalogue:
        """The same tables and, for one query, those of TAP_UPLOAD: the n-th is ``u<n>``."""
        named = {
            (_UPLOAD, name): Private(f"u{number}", fields)
            for number, (name, fields) in enumerate(uploads.items(), 1)
        }
        return self.with_private(named)

    def private(self, name: tree.TableName) -> tuple[str, Private] | None:
        """The schema of a table of the query alone, and that table; None if it is none."""
        if len(name.parts) == 2:
            first, last = name.parts
            for (schema, table), found in self._private.items():
                # Clients write an upload's name in any case, delimited too.
                words = (first.text.lower(), last.text.lower())
                is_upload = schema == _UPLOAD and words == (schema.lower(), table.lower())
                if is_upload or (first.matches(schema) and last.matches(table)):
                    return schema, found
        return None

    def find(self, source: Source, name: tree.TableName, others: Iterable[str] = ()) -> sa.Table:
        """The table of that name.

        Parameters
        ----------
        source : Source
            For errors that point into the query.
        name : TableName
        others : iterable of str
            Names that would have been found elsewhere, for the suggestion.

        Raises
        ------
        BadQuery
            If there is none, with the nearest name there is.
        """
        parts = name.parts
        if len(parts) == 2:
            for (schema, table), found in self._tables.items():
                if parts[0].matches(schema) and parts[1].matches(table):
                    return found
        written = ".".join(map(str, parts))
        others = [*others, *(f"{schema}.{table}" for schema, table in self._private)]
        whole = {f"{schema}.{table}": f"{schema}.{table}" for schema, table in self._tables}
        last = {table: f"{schema}.{table}" for schema, table in self._tables}
        meant = nearest(parts[-1].text, last)
        if not any(parts[-1].matches(table) for table in last):
            meant = nearest(written, {**whole, **{o: o for o in others}}) or meant
        raise source.error(
            name.at,
            f"there is no table {written}",
            f"did you mean {meant}?" if meant else "TAP_SCHEMA.tables lists the tables",
        )


@dataclass(frozen=True, slots=True)
class Visible:
    """A column that can be named without its table."""

    name: str
    expression: core.Expression
    field: Field


@dataclass(frozen=True, slots=True)
class Relation:
    """A table in FROM under the name by which its columns are qualified."""

    name: tree.Identifier
    schema: str | None
    columns: tuple[Visible, ...]

    def is_named(self, parts: tuple[tree.Identifier, ...]) -> bool:
        """Whether ``table`` or ``schema.table`` names it."""
        if not self._same(parts[-1]):
            return False
        return len(parts) == 1 or (self.schema is not None and parts[-2].matches(self.schema))

    def _same(self, name: tree.Identifier) -> bool:
        if name.delimited and self.name.delimited:
            return name.text == self.name.text
        return name.text.lower() == self.name.text.lower()


@dataclass(slots=True)
class Scope:
    """The tables of one FROM, inside those of the queries around it."""

    source: Source
    relations: list[Relation] = dataclasses.field(default_factory=list)
    visible: list[Visible] = dataclasses.field(default_factory=list)
    outer: Scope | None = None

    def add(self, at: int, relation: Relation) -> None:
        """Bring a table into scope; two of one name are an error."""
        if any(
            r.name.text.lower() == relation.name.text.lower() and r.schema == relation.schema
            for r in self.relations
        ):
            raise self.source.error(
                at, f"two tables are called {relation.name}", "give one of them an alias"
            )
        self.relations.append(relation)

    def column(self, name: tree.Name) -> Visible:
        """The column that a name means here, or in a query around this one.

        Raises
        ------
        BadQuery
            If it means none or several.
        """
        scope: Scope | None = self
        while scope is not None:
            found = scope._matches(name)
            if len(found) > 1:
                raise self.source.error(
                    name.at,
                    f"{_written(name)} is ambiguous: several tables have it",
                    "put the table's name or alias and a dot before it",
                )
            if found:
                return found[0]
            scope = scope.outer
        raise self._unknown(name)

    def owns(self, column: core.Column) -> bool:
        """Whether a column is of a table of this FROM, and not of a query around it."""
        return any(
            found.expression.relation == column.relation
            for relation in self.relations
            for found in relation.columns[:1]
            if isinstance(found.expression, core.Column)
        )

    def columns_of(self, star: tree.Star) -> list[Visible]:
        """What ``*`` or ``table.*`` stands for."""
        if not star.table:
            return self.visible
        for relation in self.relations:
            if relation.is_named(star.table):
                return list(relation.columns)
        raise self._no_table(star.at, star.table)

    def _matches(self, name: tree.Name) -> list[Visible]:
        *table, column = name.parts
        if not table:
            return [v for v in self.visible if column.matches(v.name)]
        return [
            v
            for relation in self.relations
            if relation.is_named(tuple(table))
            for v in relation.columns
            if column.matches(v.name)
        ]

    def _unknown(self, name: tree.Name) -> Exception:
        *table, column = name.parts
        if table and not any(r.is_named(tuple(table)) for r in self._all_relations()):
            return self._no_table(name.at, tuple(table))
        candidates = {
            v.name: None
            for relation in self._all_relations()
            if not table or relation.is_named(tuple(table))
            for v in relation.columns
        }
        owner = f" in {'.'.join(map(str, table))}" if table else ""
        suggestion = near(column.text, candidates, names=True)
        if suggestion is None and not table and column.delimited:
            suggestion = "strings are written in single quotes"
        return self.source.error(name.at, f"there is no column {column}{owner}", suggestion)

    def _no_table(self, at: int, parts: tuple[tree.Identifier, ...]) -> Exception:
        names = [r.name.text for r in self._all_relations()]
        return self.source.error(
            at,
            f"no table {'.'.join(map(str, parts))} is named in FROM",
            near(parts[-1].text, names, names=True)
            or (f"FROM has {', '.join(names)}" if names else None),
        )

    def _all_relations(self) -> list[Relation]:
        return self.relations + (self.outer._all_relations() if self.outer else [])


def _written(name: tree.Name) -> str:
    return ".".join(map(str, name.parts))
