"""/api/images: bringing, amending and removing images, JSON out."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request
from satvo.ingest.images.examined import Examined
from satvo.ingest.images.told import NEEDED, TELLABLE, check_told
from satvo.schemas.columns import Field
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive
from satvo.service.bringing.amendments import amend
from satvo.service.bringing.metadata import NOT_TOLD, told_columns
from satvo.service.bringing.registering import (
    FileReport,
    Outcome,
    check_progenitor,
    check_quota,
    owned,
    register_images,
)
from satvo.service.bringing.requests import RAW_TYPES, receive_images
from satvo.service.config import Config
from satvo.service.identity import required
from satvo.service.operations import Reply, operation
from satvo.service.receiving import incoming_folder
from satvo.service.turns import Turns

__all__ = ["blueprint"]

blueprint = Blueprint("images_api", __name__, url_prefix="/api/images")

_RIGHT = "write"
_RECEIVED = Turns("requests with images", wait_s=30.0)
_SPARE_BYTES = 1 << 20
_JSON = ("application/json",)

_TOLD = tuple(
    JobParameter(
        each.name.upper(), each.description, unit=each.unit, datatype=each.datatype,
        xtype=each.xtype,
    )
    for name, column in TELLABLE.items()
    if name not in NOT_TOLD
    for each in (Field.of(column),)
)  # fmt: skip
_FILES = (
    JobParameter("FILE", "The image, as FITS; several parts may be called so", is_file=True),
    JobParameter("PAIR", "The same field without the trail", is_file=True),
    JobParameter("MASK", "A mask of the trails", is_file=True),
    JobParameter("TRUTHMASK", "The mask of the truth", is_file=True),
    JobParameter("TRUTHCATALOGUE", "The catalogue of the truth", is_file=True),
    JobParameter(
        "METADATA",
        "The same as a JSON object, with files: such objects by name of file or part, and case",
    ),
    JobParameter(
        "VALIDATE", "Whether to report and keep nothing", datatype="boolean", default="false"
    ),
    JobParameter("CASE_TITLE", "Title of a test case that the files become"),
    JobParameter("CASE_RELEVANCE", "Why it is one, and what may go wrong with it"),
    JobParameter("CASE_TERMS", "Terms of satvo.testterm, with commas between"),
    JobParameter("CASE_ID", "Its name; made of that of the frame if it is not given"),
)


@blueprint.post("")
@operation(
    "Bring images: a form with files, or one file as the body; what came, what is missing",
    parameters=(*_FILES, *_TOLD),
    replies={
        200: Reply("Valid, or there already: the report", _JSON, "ImageReports"),
        201: Reply("Registered: the report, with addresses", _JSON, "ImageReports"),
    },
    takes_files=True,
    right=_RIGHT,
    bodies=dict.fromkeys(RAW_TYPES, ""),
)
def bring() -> Response:
    """All files of a request, or none of them; with VALIDATE only what would be."""
    token = required(_RIGHT)
    holder = archive()
    config = holder.config
    _check_room(config)
    check_quota(holder.store, token, config, adding=request.content_length or 0)
    with incoming_folder(config.home) as folder:
        with _RECEIVED.turn(config.uploads_at_once, config.uploads_at_once):
            try:
                asked = receive_images(request, folder, config)
            except OSError as err:
                raise Unavailable("the disk of the archive takes no more") from err
        outcome = register_images(holder.images, holder.store, asked, token, config)
        try:
            return _outcome(outcome, validated=asked.validate)
        finally:
            outcome.discard()


@blueprint.get("/<product_id>")
@operation(
    "What is known of a file of the archive",
    replies={200: Reply("The columns that have a value", _JSON, "Image")},
)
def show(product_id: str) -> Response:
    """One file of the archive."""
    return _json(_row(archive().images.row(product_id)))


@blueprint.patch("/<product_id>")
@operation(
    "Tell of a file what was missing; the file stays as it is",
    parameters=_TOLD,
    replies={200: Reply("The columns that have a value now", _JSON, "Image")},
    right=_RIGHT,
    bodies={"application/json": "Image"},
)
def change(product_id: str) -> Response:
    """What was missing, told later."""
    token = required(_RIGHT)
    holder = archive()
    row = owned(holder.images, product_id, token)
    told = _told(row)
    if "progenitor_did" in told:
        check_progenitor(holder.images, told["progenitor_did"])
    now = datetime.now(UTC).replace(tzinfo=None)
    amend(holder.store, row, told, now=now, by=token.name)
    return _json(_row(holder.images.row(product_id)))


@blueprint.delete("/<product_id>")
@operation("Remove a file and what is said of it", replies={204: Reply("It is gone")}, right=_RIGHT)
def remove(product_id: str) -> Response:
    """By who brought it, or by an operator."""
    token = required(_RIGHT)
    images = archive().images
    images.drop(owned(images, product_id, token)["obs_publisher_did"])
    return Response(status=204)


def _check_room(config: Config) -> None:
    """Refuse what the disk would not hold, before it comes."""
    wanted = (request.content_length or 0) + (config.health_disk_mb << 20)
    if shutil.disk_usage(config.home).free < wanted:
        raise Unavailable("the disk of the archive has no room for it")


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns in the body of a PATCH of a row: JSON, or a form."""
    if request.is_json:
        try:
            given = json.loads(request.get_data())
        except (ValueError, RecursionError) as err:
            raise BadParameter(f"the body is no JSON: {str(err)[:100]}") from err
    else:
        given = request.form.to_dict()
    if not isinstance(given, dict) or not given:
        raise BadParameter("give a JSON object or a form of columns and values, e.g. gain=1.5")
    told = told_columns(given)
    # Those that each file needs are there already.
    checked = check_told({name: row[name] for name in NEEDED} | told)
    return {name: value for name, value in checked.items() if name in told}


def _outcome(outcome: Outcome, *, validated: bool) -> Response:
    reports = [_report(each) for each in outcome.files]
    answer: dict[str, Any] = {"files": reports}
    if outcome.case_id:
        answer["case_id"] = outcome.case_id
    if outcome.refused:
        first = outcome.refused[0]
        kept = "" if validated or len(reports) == 1 else "; nothing of the request is kept"
        answer = {"error": f"{first.reason}{kept}", **answer}
        return _json(answer, 400)
    if validated or all(each["status"] == "unchanged" for each in reports):
        return _json(answer)
    made = _json(answer, 201)
    made.headers["Location"] = archive().config.url(f"/api/images/{reports[0]['product_id']}")
    return made


def _report(report: FileReport) -> dict[str, Any]:
    told: dict[str, Any] = {"file": report.name, "role": report.role, "status": report.status}
    if report.examined is None:
        return {**told, "reason": report.reason}
    examined = report.examined
    row = {**examined.obscore, **examined.dataproduct}
    if report.status == "unchanged":
        row = archive().images.row(row["obs_publisher_did"])
    told |= _row(row) if report.status in ("new", "unchanged") else _plain(row)
    missing = [each for each in (row.get("missing") or "").split("#") if each]
    messages = [{"kind": each.kind, "text": each.text} for each in examined.report]
    return {**told, "missing": missing, "messages": messages, "preview": _picture(examined)}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row that have a value, with whole addresses, and where else it is."""
    config = archive().config
    plain = _plain(row)
    for column in (*OBSCORE.columns, *DATAPRODUCT.columns):
        path = plain.get(str(column.name))
        if column.info["base"] == "service" and path is not None and path.startswith("/"):
            plain[str(column.name)] = config.url(path)
    if "product_id" in plain:  # it is held here
        plain["page_url"] = config.url(f"/archive/{plain['product_id']}")
    plain["links_url"] = config.url(
        f"/datalink/links?ID={quote(plain['obs_publisher_did'], safe='')}"
    )
    return plain


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(each) for name, each in row.items() if each is not None}


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _picture(examined: Examined) -> str | None:
    """The preview, for whoever only validates: base64 of a PNG."""
    picture = examined.preview
    return None if picture is None else base64.b64encode(picture).decode("ascii")


def _json(content: Mapping[str, Any] | Iterable[Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, mimetype="application/json")
