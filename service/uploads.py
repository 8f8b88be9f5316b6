"""Tables that come with a request: kept as files, read in a child process.

Several come with a TAP query by its parameter UPLOAD (TAP 1.1, section 2.7.6). Rows of a table that
is kept are the body of their request.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from flask import Request
from satvo.ingest.tables.sandbox import UploadLimits, convert_upload, read_converted
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.schemas.user_table import stored_columns
from satvo.service.config import Config
from satvo.service.remote_tables import fetch_table
from satvo.service.turns import Turns
from satvo.service.user_table import as_columns

__all__ = [
    "UploadedTable",
    "read_file",
    "read_uploads",
    "save_body",
    "save_files",
    "saved_file",
    "uploads_with",
]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
MAX_UPLOADS = 20
"""Tables with one request."""

_FETCHED = Turns("tables fetched from elsewhere", wait_s=5.0)
_READ = Turns("uploaded tables read", wait_s=20.0)


@dataclass(frozen=True, slots=True)
class UploadedTable:
    """A table that came: its columns as the client named them; its rows under c1, c2, ..."""

    fields: tuple[Field, ...]
    rows: pa.Table
    description: str = ""


def uploads_with(
    request: Request, uploads: Iterable[str], config: Config
) -> Mapping[str, UploadedTable]:
    """The tables that come with a request, by their names; see `read_uploads`."""
    uploads = list(uploads)
    if not uploads and not request.files:
        return {}
    with tempfile.TemporaryDirectory(prefix="satvo-upload-") as folder:
        save_files(request, Path(folder))
        return read_uploads(uploads, Path(folder), config)


def save_files(request: Request, folder: Path) -> None:
    """Keep the files of a request: the n-th as ``n``, and the name of its part as ``n.name``.

    No name from outside becomes a path.

    Raises
    ------
    BadParameter
        If two files of the request have one name: which of them is meant nobody knows.
    """
    names = [name.lower() for name, _ in request.files.items(multi=True)]
    for name in names:
        if names.count(name) > 1:
            raise BadParameter(f"the request has {names.count(name)} parts called {name[:40]}")
    start = sum(1 for _ in folder.glob("*.name"))
    for number, (name, file) in enumerate(request.files.items(multi=True), start + 1):
        file.save(folder / f"{number}")
        (folder / f"{number}.name").write_text(name, "utf-8")


def save_body(request: Request, file: Path, *, max_bytes: int) -> None:
    """Keep the body of a request, which is a file as it is.

    Raises
    ------
    RequestEntityTooLarge
        While it comes, if it has more bytes.
    BadParameter
        If it broke off: gunicorn hands what came on as if it were all.
    """
    request.max_content_length = max_bytes
    with file.open("wb") as stream:
        shutil.copyfileobj(request.stream, stream, 1 << 16)
        came = stream.tell()
    if request.content_length not in (None, came):
        raise BadParameter(
            f"the request broke off: {came} of {request.content_length} bytes came; send it again"
        )


def saved_file(folder: Path, part: str) -> Path | None:
    """The file that came last under this name; None where none did."""
    named = sorted(folder.glob("*.name"), key=lambda path: int(path.stem), reverse=True)
    for path in named:
        if path.read_text("utf-8").lower() == part.lower():
            return path.with_suffix("")
    return None


def read_uploads(
    uploads: Iterable[str], folder: Path, config: Config
) -> Mapping[str, UploadedTable]:
    """The tables that UPLOAD names, by their names.

    Parameters
    ----------
    uploads : iterable of str
        Values of UPLOAD: ``name,param:part`` or ``name,http://...``, several joined by semicolons.
    folder : Path
        Where `save_files` kept the parts.
    config : Config
        The limits, and the hosts that may be asked.

    Raises
    ------
    BadParameter, LimitExceeded
        For a malformed UPLOAD, an address that is not accepted, a missing part, or a table that
        cannot be read.
    """
    tables: dict[str, UploadedTable] = {}
    wanted = [each for value in uploads for each in value.split(";") if each.strip()]
    if len(wanted) > MAX_UPLOADS:
        raise BadParameter(f"UPLOAD names {len(wanted)} tables; at most {MAX_UPLOADS} are accepted")
    for each in wanted:
        name, _, address = (part.strip() for part in each.partition(","))
        name = re.sub(r"(?i)^tap_upload\.", "", name)
        if not _NAME.fullmatch(name):
            raise BadParameter(f"UPLOAD={each[:80]}: give name,param:part with a plain name")
        if any(name.lower() == known.lower() for known in tables):
            raise BadParameter(f"UPLOAD names two tables {name}")
        tables[name] = read_file(_file(each, address, folder, config), name, config)
    return tables


def _file(each: str, address: str, folder: Path, config: Config) -> Path:
    """Where the table of one UPLOAD is, fetched first if it is elsewhere."""
    scheme, _, part = address.partition(":")
    if scheme.lower() in ("http", "https"):
        fetched = folder / f"fetched-{sum(1 for _ in folder.iterdir())}"
        hosts = frozenset(config.upload_hosts.split(","))
        with _FETCHED.turn(config.queries_at_once, config.queries_at_once):
            fetch_table(
                address,
                fetched,
                max_bytes=config.upload_bytes,
                max_seconds=config.upload_seconds,
                hosts=hosts,
            )
        return fetched
    if scheme.lower() != "param":
        raise BadParameter(f"UPLOAD={each[:80]}: give param: and the part, or an http address")
    file = saved_file(folder, part)
    if file is None:
        raise BadParameter(f"UPLOAD={each[:80]}: the request has no part called {part[:40]}")
    return file


def read_file(
    file: Path,
    name: str,
    config: Config,
    *,
    format: str | None = None,
    wanted: tuple[Field, ...] = (),
) -> UploadedTable:
    """A file as a table, read by a child process within the limits of the configuration.

    Parameters
    ----------
    file : Path
        The rows, read, stay beside it.
    name : str
        What messages call the table.
    config : Config
    format : str, optional
        One of `satvo.ingest.tables.formats.FORMATS` or ``DEFINITIONS``, if it is known.
    wanted : tuple of Field
        The columns that the rows must have, if not those of the file.

    Raises
    ------
    BadParameter, LimitExceeded
        If it cannot be read, with row, column and value where these are to blame.
    """
    target = file.with_suffix(".arrow")
    limits = UploadLimits(max_rows=config.upload_rows, max_bytes=config.upload_bytes * 10)
    columns = as_columns(wanted)
    # Each is read by a child process that may take much memory.
    with _READ.turn(max(1, config.queries_at_once // 2), config.threads // 4):
        read = convert_upload(file, target, name=name, format=format, limits=limits, wanted=columns)
    fields, reader = read_converted(target)
    rows = reader.read_all().rename_columns(stored_columns(len(fields)))
    return UploadedTable(fields, rows, read.description)
