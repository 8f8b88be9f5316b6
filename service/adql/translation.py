"""From the text of a query to a statement of the store's engine and the fields of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from satvo.schemas.columns import Field
from satvo.schemas.errors import BadQuery
from satvo.schemas.store.interface import Statement
from satvo.service.adql import core, emit_duckdb, emit_postgresql
from satvo.service.adql.lexer import Source
from satvo.service.adql.parser import parse
from satvo.service.adql.resolver import resolve
from satvo.service.adql.scope import Catalogue

__all__ = ["Catalogue", "Translated", "translate"]

_EMITTERS: dict[str, Callable[[core.Query, int | None], Statement]] = {
    "duckdb": emit_duckdb.emit,
    "postgresql": emit_postgresql.emit,
}

_REMEMBERED = 500
_REMEMBERED_LENGTH = 4000
"""Queries that are translated once: programs ask the same again and again. Some MB at most."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A query ready for the store."""

    statement: Statement
    fields: tuple[Field, ...]


def translate(
    text: str, catalogue: Catalogue, *, dialect: str, limit: int | None = None
) -> Translated:
    """Translate one ADQL query.

    Parameters
    ----------
    text : str
        The query.
    catalogue : Catalogue
        The tables it may name.
    dialect : str
        The store's engine, one that has an emitter.
    limit : int, optional
        The answer has at most so many rows, whatever the query's TOP says.

    Raises
    ------
    BadQuery
        With line, column, cause, and where there is one a suggestion.
    """
    if catalogue.is_lasting and len(text) <= _REMEMBERED_LENGTH:
        return _remembered(text, catalogue, dialect, limit)
    return _translated(text, catalogue, dialect, limit)


def _translated(text: str, catalogue: Catalogue, dialect: str, limit: int | None) -> Translated:
    try:
        query = resolve(Source(text, dialect), parse(text), catalogue)
        statement = _EMITTERS[dialect](query, limit)
    except RecursionError:
        # The limits leave room for trees too deep to walk, here and in the engine.
        raise BadQuery(
            "the query is nested too deeply or has too many operators in one expression",
            suggestion="write fewer levels, or use IN (...)",
        ) from None
    return Translated(statement, query.fields)


_remembered = lru_cache(_REMEMBERED)(_translated)
