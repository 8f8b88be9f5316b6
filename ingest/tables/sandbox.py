"""Uploads read by a child process of few rights, which hands back an Arrow file.

What strangers send meets zlib, Expat and Arrow in a process that has an empty folder, bounded
memory, time and files, no environment, and that dies with this one.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from satvo.ingest.tables.columns import Column
from satvo.ingest.tables.nursery import start_reader
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat

__all__ = ["UploadLimits", "UploadSummary", "children_at_work", "convert_upload", "read_converted"]

_log = logging.getLogger(__name__)

_AT_WORK: set[int] = set()
"""The readers of uploads that are at work now."""

_KEY = "satvo.fields"
_MAX_ANSWER = 2**16
_MAX_MESSAGE = 2000
_LEAVING_S = 5.0
"""How long a child that has closed its output may take to end."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What reading one upload may take.

    Attributes
    ----------
    max_rows, max_columns : int
    max_bytes : int
        Of the upload, unpacked.
    memory_bytes : int
        Address space of the process; the libraries alone take about 400 MB of it.
    file_bytes : int
        Of the Arrow file, and of a temporary copy of a packed upload.
    cpu_s, wall_s : int, float
    open_files : int
    """

    max_rows: int = 1_000_000
    max_columns: int = 1000
    max_bytes: int = 2**30
    memory_bytes: int = 2**31
    file_bytes: int = 2**31
    cpu_s: int = 60
    wall_s: float = 120.0
    open_files: int = 32


@dataclass(frozen=True, slots=True)
class UploadSummary:
    """What was read, and the size of the Arrow file."""

    format: str
    fields: tuple[Field, ...]
    rows: int
    size_bytes: int
    description: str = ""


def convert_upload(
    source: Path,
    target: Path,
    *,
    name: str,
    format: str | None = None,
    limits: UploadLimits | None = None,
    wanted: Sequence[Column] = (),
) -> UploadSummary:
    """Read an upload in a child process, and write its rows as an Arrow file.

    Parameters
    ----------
    source : Path
        The upload, plain or gzip.
    target : Path
        The Arrow file, for `read_converted`; it is there whole or not at all.
    name : str
        What messages call the table.
    format : str, optional
        One of `satvo.ingest.tables.formats.FORMATS` or ``DEFINITIONS``; found from the content
        where it is not given.
    limits : UploadLimits, optional
    wanted : sequence of Column
        The columns that the rows must have, if not those of the file.

    Raises
    ------
    BadParameter, UnknownFormat
        If the upload cannot be read, with the reason.
    LimitExceeded
        If it goes beyond a limit, which is named.
    """
    limits = limits or UploadLimits()
    descriptor, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    try:
        with tempfile.TemporaryDirectory(prefix="satvo-upload-") as folder:
            order = {
                "name": name,
                "format": format,
                "target": str(Path(partial).resolve()),
                "folder": folder,
                "key": _KEY,
                "limits": asdict(limits),
                "wanted": [asdict(column) for column in wanted],
            }
            answer = _answer(order, source, limits)
        fields, _ = read_converted(Path(partial))
        summary = UploadSummary(
            str(answer["format"]),
            fields,
            int(answer["rows"]),
            os.path.getsize(partial),
            str(answer["description"]),
        )
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)
    _sync_folder(target.parent)
    return summary


def read_converted(path: Path) -> tuple[tuple[Field, ...], pa.RecordBatchReader]:
    """The fields and the rows of a file made by `convert_upload`, mapped into memory.

    The batches stay good when the file is removed while they are used.

    Raises
    ------
    BadParameter
        If the file was not made so.
    """
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
        told = json.loads((reader.schema.metadata or {})[_KEY.encode()])
        fields = tuple(Field(**{key: str(text) for key, text in one.items()}) for one in told)
        schema = reader.schema.remove_metadata()
    except (pa.ArrowException, ValueError, KeyError, TypeError, AttributeError) as err:
        raise BadParameter(f"{path.name} is no converted upload") from err

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            batch.validate(full=True)  # whoever took over the child could have written anything
            yield batch.replace_schema_metadata(None)

    return fields, pa.RecordBatchReader.from_batches(schema, batches())


def children_at_work() -> int:
    """How many children read uploads now."""
    return len(_AT_WORK)


# The child


def _answer(order: dict[str, Any], source: Path, limits: UploadLimits) -> dict[str, Any]:
    """What the child says, or the complaint about how it ended."""
    with source.open("rb") as upload, tempfile.TemporaryFile() as log:
        reader = start_reader(order, upload, log)
        _AT_WORK.add(id(reader))
        try:
            said = reader.said(_MAX_ANSWER, time.monotonic() + limits.wall_s)
            status = None if said is None else reader.ended(_LEAVING_S)
        finally:
            _AT_WORK.discard(id(reader))
            reader.close()
        log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
        trace = log.read().decode("utf-8", "replace")
    return _verdict(str(order["name"]), said, status, limits, trace)


def _verdict(
    name: str, said: bytes | None, status: int | None, limits: UploadLimits, trace: str
) -> dict[str, Any]:
    if said is None or status is None:
        raise LimitExceeded(f"{name}: reading it takes longer than {limits.wall_s:g} s")
    try:
        answer = json.loads(said) if status == 0 else {}
    except ValueError:
        answer = {}
    if not isinstance(answer, dict) or not answer:
        raise _complaint(name, status, limits, trace)
    if "error" in answer:
        message = str(answer["message"])[:_MAX_MESSAGE]
        kinds = {"LimitExceeded": LimitExceeded, "UnknownFormat": UnknownFormat}
        raise kinds.get(answer["error"], BadParameter)(message)
    return answer


def _complaint(name: str, status: int, limits: UploadLimits, trace: str) -> Exception:
    """What to say of a child that ended without an answer."""
    _log.warning("the reader of upload %s ended with %d: %s", name, status, trace)
    if status == -signal.SIGXCPU:
        return LimitExceeded(f"{name}: reading it takes more than {limits.cpu_s} s of CPU time")
    if status in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGBUS) or "MemoryError" in trace:
        return LimitExceeded(
            f"{name}: reading it takes more than {limits.memory_bytes} bytes of memory"
        )
    return BadParameter(f"{name}: the upload is damaged in a way that its reader cannot tell")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
