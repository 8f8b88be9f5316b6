"""The pages for people. All but /passes, which asks as a program does, work without JavaScript."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, request
from satvo.resources.catalogue import all_examples, resources
from satvo.resources.passes.columns import FIELDS
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store import Store
from satvo.service.archive_access import archive
from satvo.service.cells import declared, text_cells
from satvo.service.ecsv import column_header
from satvo.service.identity import owner
from satvo.service.operations import operation
from satvo.service.parameters import read_parameters
from satvo.service.tap_request import TAP_INPUTS, tap_request
from satvo.service.web.page import PAGE, keep_policy, named_sites, page

__all__ = ["blueprint"]

blueprint = Blueprint("pages", __name__)
blueprint.after_request(keep_policy)

PAGE_ROWS = 200
"""Rows of an answer that the page shows; the links beside it give all."""

_NUMBERS = frozenset(("short", "int", "long", "float", "double"))


@blueprint.get("/")
@operation("The first page", replies=PAGE)
def index() -> str:
    """What is here, the addresses to paste, the tables, and the form."""
    holder = archive()
    visible = holder.visible(owner())
    return page(
        "index.html",
        resources=resources(),
        schemas=visible.schemas,
        tables=visible.tables,
        rows=holder.row_counts() | visible.own_rows,
        query=all_examples()[0].query,
    )


@blueprint.get("/query")
@operation("The answer to a query as a page", parameters=TAP_INPUTS[:1], replies=PAGE)
def query() -> tuple[str, int]:
    """The answer to a query as a page."""
    text = read_parameters(request).single("QUERY") or ""
    columns: list[Field] = []
    table: list[list[str]] = []
    error, more, status = "", False, 200
    try:
        asked = tap_request({"QUERY": text, "MAXREC": str(PAGE_ROWS)})
        answer = archive().answer(asked, owner=owner())
        columns = list(answer.fields)
        table, more = _cells(answer.batches(), tuple(columns))
    except (BadParameter, LimitExceeded) as err:
        error, status = str(err), 400
    shown = page(
        "query.html",
        query=text,
        columns=columns,
        numeric=[c.datatype in _NUMBERS and not c.arraysize for c in columns],
        table=table,
        more=more,
        error=error,
        shown=PAGE_ROWS,
    )
    return shown, status


@blueprint.get("/tables/<name>")
@operation("The columns of a table as a page", replies=PAGE)
def table(name: str) -> str:
    """The columns of one table."""
    holder = archive()
    visible = holder.visible(owner())
    for found in visible.tables:
        if found.fullname == name:
            columns = [(Field.of(col), col) for col in found.columns]
            rows = (holder.row_counts() | visible.own_rows)[name]
            return page("table.html", table=found, columns=columns, rows=rows)
    raise NotFound(f"there is no table {name}; the page / lists all")


@blueprint.get("/passes")
@operation("PassPredict as a page: a form that asks /api/passes", replies=PAGE)
def passes() -> str:
    """The form that asks which satellites cross an exposure; its script asks and draws."""
    store = archive().store
    return page(
        "passes.html",
        sites=named_sites(store),
        constellations=_constellations(store),
        columns=[column_header(field) for field in FIELDS],
    )


def _constellations(store: Store) -> list[tuple[str, int]]:
    """The names of constellations and how many satellites each has, simulated ones last."""
    name = SATELLITE.c.constellation
    rows = store.select(
        sa.select(name, sa.func.count().label("n")).where(name.is_not(None)).group_by(name)
    ).to_pylist()
    found = [(row["constellation"], row["n"]) for row in rows]
    return sorted(found, key=lambda each: (each[0].startswith("sim-"), each[0]))


def _cells(batches: Any, fields: tuple[Field, ...]) -> tuple[list[list[str]], bool]:
    rows: list[list[str]] = []
    for batch in batches:
        columns = [text_cells(c).fill_null("").to_pylist() for c in declared(batch, fields)]
        rows.extend(list(row) for row in zip(*columns, strict=True))
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS
