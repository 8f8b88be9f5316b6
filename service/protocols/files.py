"""The files of the archive and their pictures: /files and /previews."""

from __future__ import annotations

import re

from flask import Blueprint, Response
from satvo.schemas.errors import NotFound
from satvo.service.archive_access import archive
from satvo.service.operations import Reply, operation
from satvo.service.stored_files import sent_file

__all__ = ["files_blueprint"]

_FILE = re.compile(r"(?P<product>[0-9a-f]{16})\.(?P<ending>[a-z0-9]{1,8}(?:\.[a-z0-9]{1,4})?)")
_PICTURE = re.compile(r"(?P<product>[0-9a-f]{16})(?P<small>_small)?\.png")


def files_blueprint() -> Blueprint:
    """The addresses below /files and /previews."""
    blueprint = Blueprint("files", __name__)

    @blueprint.get("/files/<name>")
    @operation(
        "A file of the archive, as it came: its product_id and its ending; ranges (RFC 9110), "
        "ETag and Repr-Digest are there",
        replies={
            200: Reply("The file", ("image/fits", "*/*")),
            206: Reply("The range that was asked for", ("image/fits", "*/*")),
            304: Reply("The client has it"),
        },
    )
    def stored(name: str) -> Response:
        found = _FILE.fullmatch(name)
        if found is None:
            raise NotFound(f"/files/{name[:60]}: give 16 hexadecimal digits and an ending")
        images = archive().images
        path = images.path(found["product"])
        row = images.row(found["product"])
        if path.name.partition(".")[2] != found["ending"]:
            raise NotFound(f"/files/{name}: the file ends with .{path.name.partition('.')[2]}")
        return sent_file(
            path,
            media_type=row["access_format"] or row["media_type"],
            name=row["file_name"],
            checksum=row["checksum"],
        )

    @blueprint.get("/previews/<name>")
    @operation(
        "A picture of a data product: its product_id and .png, or _small.png",
        replies={200: Reply("The picture", ("image/png",)), 304: Reply("The client has it")},
    )
    def preview(name: str) -> Response:
        found = _PICTURE.fullmatch(name)
        if found is None:
            raise NotFound(f"/previews/{name[:60]}: give 16 hexadecimal digits and .png")
        path = archive().images.preview(found["product"], small=bool(found["small"]))
        tag = f"{found['product']}{'-small' if found['small'] else ''}"
        answer = sent_file(path, media_type="image/png", name=name, tag=tag)
        answer.headers["Content-Disposition"] = "inline"
        return answer

    return blueprint
