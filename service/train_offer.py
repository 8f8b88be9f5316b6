"""``satvo train offer``: a user's own training images, offered to an archive."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import ssl
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import click
from satvo.ingest.download import check_base_url
from satvo.ingest.images.folder import open_plain
from satvo.schemas.errors import BadParameter, Unavailable

__all__ = ["offer"]

_PARTS = (("", "file"), ("_pair", "pair"), ("_truth", "truthmask"), ("_mask", "truthmask"))
_CHUNK = 1 << 16
_TIMEOUT_S = 600.0
_MOST_ANSWER_BYTES = 1 << 24


@dataclass(frozen=True)
class _Offered:
    """Files that go together, by the part of the form each is."""

    name: str
    files: tuple[tuple[str, Path], ...]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--to", "address", required=True, help="The archive, e.g. https://example.org.")
@click.option(
    "--token",
    envvar="SATVO_TOKEN",
    help="With the right write (default: the "
    "environment's SATVO_TOKEN, which other users of the machine do not see).",
)
@click.option("--licence", required=True, help="As SPDX names it, e.g. CC-BY-4.0.")
@click.option("--collection", required=True, help="Name of the collection they become.")
@click.option(
    "--term",
    "terms",
    multiple=True,
    help="Of the test suite; with some, each image becomes a case of it.",
)
@click.option(
    "--relevance",
    default="Training image that its owner offered.",
    show_default=True,
    help="Why it is a case.",
)
@click.option("--check", is_flag=True, help="Only say what the archive would make of them.")
def offer(
    folder: Path,
    address: str,
    token: str | None,
    licence: str,
    collection: str,
    terms: tuple[str, ...],
    relevance: str,
    check: bool,
) -> None:
    """Offer the images of FOLDER to an archive: NAME.fits with NAME_mask.fits, NAME_pair.fits.

    Image by image, whole or not at all; what is there already stays, so the command may be given
    again.
    """  # fmt: skip
    if not token:
        raise BadParameter("an archive takes images from who has a token: give SATVO_TOKEN")
    place = _place(address)
    told = {"licence": licence, "obs_collection": collection}
    if check:
        told["VALIDATE"] = "true"
    refused = 0
    for offered in _offered(folder):
        fields = dict(told)
        if terms:
            fields |= {"CASE_TITLE": offered.name, "CASE_RELEVANCE": relevance,
                       "CASE_TERMS": ",".join(terms)}  # fmt: skip
        status, answer = _sent(place, token, fields, offered)
        if status not in (200, 201):
            refused += 1
            reason = answer.get("error", f"status {status}")
            click.echo(f"{offered.name}: refused: {reason}", err=True)
            if status in (401, 403):
                raise BadParameter(f"{address} takes nothing by this token: {reason}")
            continue
        for each in answer.get("files", ()):
            missing = f"; missing: {', '.join(each['missing'])}" if each.get("missing") else ""
            click.echo(f"{each.get('file')}: {each.get('status')}{missing}")
    if refused:
        raise BadParameter(f"{refused} images were refused, for the reasons above")


def _place(address: str) -> SplitResult:
    """Where it is; a token goes over an open line to this machine alone."""
    parts = urlsplit(check_base_url(address))
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        raise BadParameter(f"{address}: a token is sent by https alone; give an https address")
    return parts


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _offered(folder: Path) -> list[_Offered]:
    from satvo.resources.masks.training.sets import files_of

    if not folder.is_dir():
        raise BadParameter(f"{folder}: is no folder")
    files = files_of(folder)
    suffixes = tuple(suffix for suffix, _ in _PARTS if suffix)
    found = []
    for name in files:
        if name.endswith(suffixes):
            continue
        parts = {part: files[name + suffix] for suffix, part in _PARTS if name + suffix in files}
        if len(parts) > 1:
            found.append(_Offered(name, tuple(parts.items())))
    if not found:
        raise BadParameter(
            f"{folder}: no image with a mask or a pair; NAME.fits with NAME_mask.fits or "
            "NAME_pair.fits beside it is accepted"
        )
    return found


def _sent(
    place: SplitResult, token: str, fields: Mapping[str, str], offered: _Offered
) -> tuple[int, dict[str, Any]]:
    """Status and answer of one request; no redirect is followed: the token is for this host."""
    boundary = uuid.uuid4().hex
    pieces = _Form(boundary, fields, offered)
    connection = _connection(place)
    try:
        connection.request(
            "POST", f"{place.path}/api/images", body=pieces,
            headers={"Authorization": f"Bearer {token}", "Content-Length": str(pieces.length),
                     "Content-Type": f"multipart/form-data; boundary={boundary}",
                     "Accept": "application/json"},
        )  # fmt: skip
        answer = connection.getresponse()
        content = answer.read(_MOST_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as err:
        raise Unavailable(
            f"{place.netloc} did not answer ({err or type(err).__name__}); what it has is told by "
            "the same command again"
        ) from err
    finally:
        connection.close()
    try:
        told = json.loads(content)
    except ValueError:
        told = {"error": content[:200].decode("utf-8", "replace").strip()}
    return answer.status, told if isinstance(told, dict) else {}


def _connection(place: SplitResult) -> http.client.HTTPConnection:
    host = place.hostname or ""
    if place.scheme == "https":
        return http.client.HTTPSConnection(
            host, place.port or 443, timeout=_TIMEOUT_S, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, place.port or 80, timeout=_TIMEOUT_S)


class _Form:
    """A form with files, streamed from the disk."""

    def __init__(self, boundary: str, fields: Mapping[str, str], offered: _Offered) -> None:
        self._heads = [
            (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
            .encode()
            for name, value in fields.items()
        ]  # fmt: skip
        self._files = [
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{part}"; '
                f'filename="{_shown(path)}"\r\nContent-Type: application/fits\r\n\r\n'.encode(),
                path,
                os.stat(path).st_size,
            )
            for part, path in offered.files
        ]
        self._end = f"--{boundary}--\r\n".encode()

    @property
    def length(self) -> int:
        """Bytes of all."""
        files = sum(len(head) + size + 2 for head, _, size in self._files)
        return sum(map(len, self._heads)) + files + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._heads
        for head, path, size in self._files:
            yield head
            with open_plain(path, name=str(path)) as stream:
                left = size
                while left and (piece := stream.read(min(_CHUNK, left))):
                    left -= len(piece)
                    yield piece
            if left:
                raise BadParameter(f"{path}: became shorter while it was sent; give it again")
            yield b"\r\n"
        yield self._end


def _shown(path: Path) -> str:
    """A name that ends no quoted text."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return "".join("_" if c in '"\\\r\n' or not c.isprintable() else c for c in name)
