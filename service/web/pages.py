"""The page at / and the form that answers a query; both work without JavaScript."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from satvo.resources.catalogue import all_examples, resources
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound
from satvo.service.archive_access import archive
from satvo.service.cells import declared, text_cells
from satvo.service.config import Config
from satvo.service.identity import owner
from satvo.service.operations import Reply, operation
from satvo.service.parameters import read_parameters
from satvo.service.tap_request import TAP_INPUTS, tap_request

__all__ = ["blueprint"]

blueprint = Blueprint("pages", __name__)

PAGE_ROWS = 200
"""Rows of an answer that the page shows; the links beside it give all."""

_PAGE = {200: Reply("A page for people", ("text/html",))}

_NUMBERS = frozenset(("short", "int", "long", "float", "double"))


@blueprint.get("/")
@operation("The first page", replies=_PAGE)
def index() -> str:
    """What is here, the addresses to paste, the tables, and the form."""
    holder = archive()
    visible = holder.visible(owner())
    return _page(
        "index.html",
        resources=resources(),
        schemas=visible.schemas,
        tables=visible.tables,
        rows=holder.row_counts() | visible.own_rows,
        query=all_examples()[0].query,
    )


@blueprint.get("/query")
@operation("The answer to a query as a page", parameters=TAP_INPUTS[:1], replies=_PAGE)
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
    page = _page(
        "query.html",
        query=text,
        columns=columns,
        numeric=[c.datatype in _NUMBERS and not c.arraysize for c in columns],
        table=table,
        more=more,
        error=error,
        shown=PAGE_ROWS,
    )
    return page, status


@blueprint.get("/tables/<name>")
@operation("The columns of a table as a page", replies=_PAGE)
def table(name: str) -> str:
    """The columns of one table."""
    holder = archive()
    visible = holder.visible(owner())
    for found in visible.tables:
        if found.fullname == name:
            columns = [(Field.of(col), col) for col in found.columns]
            rows = (holder.row_counts() | visible.own_rows)[name]
            return _page("table.html", table=found, columns=columns, rows=rows)
    raise NotFound(f"there is no table {name}; the page / lists all")


def _cells(batches: Any, fields: tuple[Field, ...]) -> tuple[list[list[str]], bool]:
    rows: list[list[str]] = []
    for batch in batches:
        columns = [text_cells(c).fill_null("").to_pylist() for c in declared(batch, fields)]
        rows.extend(list(row) for row in zip(*columns, strict=True))
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def _page(template: str, **values: Any) -> str:
    config: Config = current_app.config["SATVO"]
    return render_template(
        template,
        url=config.url,
        link=config.link,
        examples=all_examples(),
        **values,
    )
