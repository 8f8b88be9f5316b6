"""Jobs that fill tables in advance, run by a command instead of a client: ``satvo build``.

The archive writes what the computation needs into a folder, the command computes, and the archive
takes the rows in. Beside a running server both ways go over its socket, each folder as its files
one after the other, a line of JSON with name and size before each.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from satvo.resources.catalogue import resources
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.schemas.resource import JobDeclaration
from satvo.schemas.store.interface import Store

__all__ = ["BUILDS", "compute", "packed", "prepare", "register", "unpack"]

BUILDS = ("constellation", "ephemeris", "transits", "passprobability")

_CHUNK = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LONGEST_LINE = 1000


def prepare(store: Store, name: str, parameters: Mapping[str, str], folder: Path) -> None:
    """Write what a build needs into a folder.

    Raises
    ------
    BadParameter
        For an unknown build, or parameters that are not understood.
    """
    declared = _declared(name)
    if declared.prepare:  # the others need nothing of the archive
        _function(declared.prepare)(store, {**parameters, "REGISTER": "true"}, folder, folder)


def compute(
    name: str,
    parameters: Mapping[str, str],
    folder: Path,
    progress: Callable[[float], object],
) -> None:
    """Compute in the folder that was prepared."""
    _function(_declared(name).run)(parameters, folder, folder, progress)


def register(store: Store, name: str, folder: Path, now: datetime) -> dict[str, Any]:
    """Take in what was computed, in one transaction; what is told of it."""
    function = _function(_declared(name).register)
    return store.write(partial(_registered, function, folder, now))


def packed(folder: Path) -> Iterator[bytes]:
    """The files of a folder as one stream."""
    for path in sorted(folder.iterdir()):
        line = {"name": path.name, "size": path.stat().st_size}
        yield json.dumps(line).encode() + b"\n"
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK):
                yield piece


def unpack(stream: IO[bytes], folder: Path) -> None:
    """Write the files of a stream into a folder.

    Raises
    ------
    Unavailable
        If it breaks off.
    BadParameter
        If it is none.
    """
    while line := stream.readline(_LONGEST_LINE):
        try:
            told = json.loads(line)
            name, left = str(told["name"]), int(told["size"])
        except (ValueError, KeyError, TypeError) as err:
            raise BadParameter("no files of a build") from err
        if not _NAME.fullmatch(name):
            raise BadParameter(f"{name[:100]!r}: no name of a file of a build")
        with (folder / name).open("wb") as target:
            while left:
                piece = stream.read(min(_CHUNK, left))
                if not piece:
                    raise Unavailable("the files of the build broke off; run the command again")
                target.write(piece)
                left -= len(piece)


def _registered(function: Any, folder: Path, now: datetime, tx: Any) -> dict[str, Any]:
    report: dict[str, Any] = function(tx, folder, now)
    return report


def _declared(name: str) -> JobDeclaration:
    if name in BUILDS:
        for resource in resources():
            for job in resource.jobs:
                if job.name == name:
                    return job
    raise BadParameter(f"build {name[:40]!r}: there are {', '.join(BUILDS)}")


def _function(named: str) -> Any:
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(module), name)
