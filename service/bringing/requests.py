"""What a request brings to the archive: files, what is told of them, and a test case of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from flask import Request
from satvo.schemas.dataproduct import ROLES
from satvo.schemas.errors import BadParameter
from satvo.service.bringing.metadata import shown_name, told_columns
from satvo.service.config import Config
from satvo.service.receiving import Body, received
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.formparser import MultiPartParser

__all__ = [
    "FRAME_PART", "PAIR_PART", "RAW_TYPES", "ImageRequest", "IncomingFile", "receive_images",
]  # fmt: skip

FRAME_PART = "file"
"""Name of a part that is a frame; others are named by their role."""

PAIR_PART = "pair"
"""Name of the part that is the same field without the trail."""

MAX_FILES = 50
RAW_TYPES = (
    "image/fits", "application/fits", "application/octet-stream", "application/gzip",
    "application/x-gzip", "image/fits-compressed", "application/x-fits",
)  # fmt: skip
_CASE = "case_"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as it came.

    Attributes
    ----------
    path : Path
        Under a name of ours.
    name : str
        What its sender calls it, fit to be shown; never a path.
    part : str
        `FRAME_PART`, `PAIR_PART`, or its role.
    told : mapping
        By columns of ivoa.obscore and satvo.dataproduct, not yet checked.
    """

    path: Path
    name: str
    part: str
    told: Mapping[str, Any]

    @property
    def role(self) -> str:
        """What it is to its observation."""
        return "frame" if self.part in (FRAME_PART, PAIR_PART) else self.part


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """All that one request brings.

    Attributes
    ----------
    files : tuple of IncomingFile
        Frames first.
    case : mapping
        Of a test case: title, relevance, terms, and perhaps case_id and kind; empty for none.
    validate : bool
        Whether nothing is to be kept.
    """

    files: tuple[IncomingFile, ...]
    case: Mapping[str, Any] = field(default_factory=dict)
    validate: bool = False


def receive_images(request: Request, folder: Path, config: Config) -> ImageRequest:
    """Take the body of a request onto the disk; what it brings.

    A body is ``multipart/form-data`` with files in parts called ``file``, ``pair`` or by a role,
    or one file as it is. What is told stands in the query, in fields of the form, or in a field or
    part ``metadata`` that is a JSON object: columns of ivoa.obscore and satvo.dataproduct, which
    hold for every file, ``files`` with such objects by name of the file or part, and ``case``.

    Parameters
    ----------
    request : Request
    folder : Path
        Empty; for the files.
    config : Config

    Raises
    ------
    UnsupportedMediaType
        If the body is of another type.
    BadParameter, RequestEntityTooLarge, RequestTimeout
        If it has no file, too much, breaks off, or tells what cannot be understood.
    """
    is_form = request.mimetype == "multipart/form-data"
    if not is_form and request.mimetype not in RAW_TYPES:
        raise UnsupportedMediaType(
            f"Content-Type={request.mimetype[:60] or '(none)'}: not accepted here; give "
            f"multipart/form-data, or {', '.join(RAW_TYPES[:4])} with a file as the body"
        )
    query = list(request.args.items(multi=True))
    with received(request, max_bytes=config.image_bytes, slowest=config.slowest_upload) as body:
        if is_form:
            fields, files = _parts(request, body, folder, config)
        else:
            fields, files = [], [(FRAME_PART, "", _saved(body, folder / "1"))]
    return _understood([*query, *fields], files, raw=not is_form)


Files = list[tuple[str, str, Path]]


def _parts(
    request: Request, body: Body, folder: Path, config: Config
) -> tuple[list[tuple[str, str]], Files]:
    """The fields of a form, and its files: part, name and where it is kept."""
    boundary = request.mimetype_params.get("boundary", "")
    if not (boundary and boundary.isascii()):
        raise BadParameter("the multipart/form-data of the request has no boundary")
    kept: dict[int, Path] = {}

    def keep(
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        path = folder / f"{len(kept) + 1}"
        stream = path.open("w+b")
        kept[id(stream)] = path
        streams.append(stream)
        return stream

    streams: list[IO[bytes]] = []
    parser = MultiPartParser(
        stream_factory=keep, max_form_memory_size=config.request_bytes, max_form_parts=100
    )
    try:
        fields, parts = parser.parse(
            cast(IO[bytes], body), boundary.encode("ascii"), request.content_length
        )
        while body.read():  # what stands behind the last boundary
            pass
    except ValueError as err:
        raise BadParameter(f"the form of the request cannot be read: {str(err)[:100]}") from err
    finally:
        for stream in streams:
            stream.close()
    files: Files = [
        (_part_name(part), each.filename or "", kept[id(each.stream)])
        for part, each in parts.items(multi=True)
    ]
    return _with_metadata_file(fields, parts, files)


def _with_metadata_file(
    fields: MultiDict[str, str], parts: MultiDict[str, FileStorage], files: Files
) -> tuple[list[tuple[str, str]], Files]:
    """A part ``metadata`` with a file's name is a field all the same: curl sends -F metadata=@f."""
    plain = [(_part_name(name), value) for name, value in fields.items(multi=True)]
    rest: Files = []
    for part, name, path in files:
        if part != "metadata":
            rest.append((part, name, path))
            continue
        if path.stat().st_size > 1_000_000:
            raise BadParameter("metadata: more than 1 MB; give a JSON object")
        plain.append((part, path.read_bytes().decode("utf-8", "replace")))
    return plain, rest


def _part_name(name: str | None) -> str:
    if not name:
        raise BadParameter("a part of the request has no name")
    return name


def _saved(body: Body, path: Path) -> Path:
    with path.open("wb") as stream:
        while piece := body.read():
            stream.write(piece)
    return path


def _understood(fields: Iterable[tuple[str, str]], files: Files, *, raw: bool) -> ImageRequest:
    """The request of its fields and files."""
    words, document = _words(fields)
    case = {**_object(document.pop("case", {}), "case")}
    for name in [each for each in words if each.startswith(_CASE)]:
        # The identifier alone has the prefix in its own name.
        case[name if name == "case_id" else name.removeprefix(_CASE)] = words.pop(name)
    validate = _truth(words.pop("validate", "false"))
    own = {
        str(name): _object(each, f"files: {name}")
        for name, each in _object(document.pop("files", {}), "files").items()
    }
    told_of_all = {**document, **words}
    if raw:
        files = [(part, str(told_of_all.pop("file_name", "")), path) for part, _, path in files]
    role = told_of_all.pop("role", None) or FRAME_PART
    files = [(str(role) if part == FRAME_PART else part, name, path) for part, name, path in files]
    if not files:
        raise BadParameter(f"the request has no file; give one in a part called {FRAME_PART}")
    if len(files) > MAX_FILES:
        raise BadParameter(f"the request has {len(files)} files; at most {MAX_FILES} are accepted")
    came = [_incoming(each, told_of_all, own) for each in files]
    if own:
        raise BadParameter(f"files: {', '.join(own)[:200]}: the request has no such file or part")
    came.sort(key=lambda each: each.part != FRAME_PART)
    return ImageRequest(tuple(came), case, validate)


def _words(fields: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, Any]]:
    """Fields by name in lower case, and the JSON object among them."""
    words: dict[str, str] = {}
    for given, value in fields:
        name = given.lower()
        if name in words:
            raise BadParameter(f"{name[:60]} is given twice; give it once")
        words[name] = value
    text = words.pop("metadata", "")
    if not text.strip():
        return {k: v for k, v in words.items() if v.strip()}, {}
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as err:
        raise BadParameter(f"metadata: no JSON: {str(err)[:100]}") from err
    document = {name.lower(): value for name, value in _object(document, "metadata").items()}
    twice = sorted(set(document) & set(words))
    if twice:
        raise BadParameter(f"{', '.join(twice)[:100]}: given in metadata and beside it")
    return {k: v for k, v in words.items() if v.strip()}, document


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadParameter(f"{name[:60]}: a JSON object is accepted, not {str(value)[:40]}")
    return value


def _truth(text: str) -> bool:
    known = {
        "true": True,
        "1": True,
        "yes": True,
        "false": False,
        "0": False,
        "no": False,
        "": False,
    }
    if text.lower() not in known:
        raise BadParameter(f"VALIDATE={text[:40]}: true or false is accepted")
    return known[text.lower()]


def _incoming(
    came: tuple[str, str, Path], told_of_all: Mapping[str, Any], own: dict[str, dict[str, Any]]
) -> IncomingFile:
    part, given, path = came
    if part not in (FRAME_PART, PAIR_PART, *ROLES):
        raise BadParameter(
            f"{part[:60]}: no name of a part with a file; give {FRAME_PART}, {PAIR_PART}, "
            f"{', '.join(ROLES[1:])} or metadata"
        )
    part = FRAME_PART if part == "frame" else part
    name = shown_name(given) or f"upload-{path.name}"
    more = next((own.pop(each) for each in (given, name, part) if each in own), {})
    return IncomingFile(path, name, part, told_columns({**told_of_all, **more}))
