"""Tables that holders of a token keep: PUT, load, index and DELETE.

The protocol is that of the CADC's youcat service, which pyvo speaks (create_table, load_table,
create_index, remove_table). The schema `tap_user` is as DaCHS has it: everyone's own tables are
there, and nobody else's.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.service.archive_access import archive
from satvo.service.config import Config
from satvo.service.identity import required
from satvo.service.jobs.office import Office
from satvo.service.jobs.table_work import UPDATE_TABLE, index_asked
from satvo.service.parameters import read_parameters
from satvo.service.uploads import UploadedTable, read_file, save_body
from satvo.service.user_tables import own_name
from werkzeug.wrappers import Response as AnyResponse

__all__ = ["blueprint"]

blueprint = Blueprint("user_tables", __name__, url_prefix="/tap")

_RIGHT = "job"
"""One's own tables need the right that one's own jobs need: neither changes what others read."""

_DEFINITIONS = {
    "text/xml": "vosi",
    "application/xml": "vosi",
    "application/x-votable+xml": "votable",
}

_ROWS = {
    "text/tab-separated-values": "tsv",
    "text/csv": "csv",
    "application/fits": "fits",
    "image/fits": "fits",
    "application/x-votable+xml": "votable",
    "text/xml": "votable",
    "application/xml": "votable",
    "application/vnd.apache.parquet": "parquet",
    "text/x-ecsv": "ecsv",
    "application/x-ecsv": "ecsv",
}
"""Media types as `satvo.service.formats` writes them, and what reads them here."""


@blueprint.put("/tables/<name>")
def create(name: str) -> Response:
    """A new table without rows; 409 where there is one of that name."""
    token = required(_RIGHT)
    holder = archive()
    own = own_name(name)
    format = _format(_DEFINITIONS)
    most = holder.config.request_bytes
    defined = _received(name, format=format, max_bytes=most)
    if defined.rows.num_rows:
        raise BadParameter(
            f"{name}: the definition has {defined.rows.num_rows} rows; give one without, and then "
            f"POST the rows to /tap/load/{name}"
        )
    made = holder.user_tables.create(token.token_id, own, defined.fields, defined.description)
    answer = _text(f"{made.fullname} is made, with {len(made.fields)} columns and no rows")
    answer.status_code = 201
    answer.headers["Location"] = holder.config.url(f"/tap/tables/{made.fullname}")
    return answer


@blueprint.delete("/tables/<name>")
def remove(name: str) -> Response:
    """The table is gone, with all its rows."""
    token = required(_RIGHT)
    archive().user_tables.drop(token.token_id, own_name(name))
    return Response(status=204)


@blueprint.post("/load/<name>")
def load(name: str) -> Response:
    """The rows of the body are added: all of them, or none."""
    token = required(_RIGHT)
    holder = archive()
    table = holder.user_tables.get(token.token_id, own_name(name))
    config = holder.config
    format = _format(_ROWS)
    came = _received(
        table.fullname, format=format, max_bytes=config.upload_bytes, wanted=table.fields
    )
    grown = holder.user_tables.append(token.token_id, table.name, came.rows)
    return _text(f"{grown.fullname}: {came.rows.num_rows} rows added, {grown.rows} in all")


@blueprint.post("/table-update")
def update() -> AnyResponse:
    """A job that makes an index when it is run; 303 to it."""
    token = required(_RIGHT)
    holder = archive()
    config = holder.config
    parameters = read_parameters(request)
    given = {name: parameters.single(name) for name in ("TABLE", "INDEX", "UNIQUE")}
    name, _, _ = index_asked(given)
    # What is wrong with the column the job tells: pyvo shows a job's message, and no other.
    holder.user_tables.get(token.token_id, name)
    office: Office = current_app.extensions["satvo.jobs"]
    office.check_quota(owner=token.token_id, address=None)
    told = {key: value for key, value in given.items() if value is not None}
    job = office.book.create(
        "tap",
        {"REQUEST": UPDATE_TABLE, **told}.items(),
        owner=token.token_id,
        run_id=None,
        execution_duration=config.async_seconds,
        lifetime=timedelta(days=config.job_days),
    )
    return redirect(config.url(f"/tap/async/{job.job_id}"), 303)


def _format(known: dict[str, str]) -> str:
    """The format that the Content-Type of the request names."""
    if request.mimetype not in known:
        given = request.mimetype[:100] or "(none)"
        raise BadParameter(f"Content-Type={given}: not accepted here; give {', '.join(known)}")
    return known[request.mimetype]


def _received(
    name: str, *, format: str, max_bytes: int, wanted: tuple[Field, ...] = ()
) -> UploadedTable:
    """The body of the request as a table; its file is gone, its rows stay mapped."""
    config: Config = current_app.config["SATVO"]
    with tempfile.TemporaryDirectory(prefix="satvo-table-") as folder:
        body = Path(folder) / "body"
        save_body(request, body, max_bytes=max_bytes)
        return read_file(body, name, config, format=format, wanted=wanted)


def _text(line: str) -> Response:
    return Response(f"{line}\n", mimetype="text/plain")
