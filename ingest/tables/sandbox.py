"""Uploads read by a child process of few rights, which hands back an Arrow file.

What strangers send meets zlib, Expat and Arrow in a process that has an empty folder, bounded
memory, time and files, no environment, and that dies with this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from satvo.ingest.confined.work import ConfinedLimits, work_on
from satvo.ingest.tables import converting
from satvo.ingest.tables.columns import Column
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter

__all__ = ["UploadLimits", "UploadSummary", "convert_upload", "read_converted"]

_LOADED = tuple(
    f"satvo.ingest.tables.{name}"
    for name in ("formats", "delimited", "tabledata", "votable", "binary", "converting")
)
"""What most uploads need; the rest is loaded by the child that needs it."""


@dataclass(frozen=True, slots=True)
class UploadLimits(ConfinedLimits):
    """What reading one upload may take.

    Attributes
    ----------
    max_rows, max_columns : int
    max_bytes : int
        Of the upload, unpacked.
    """

    max_rows: int = 1_000_000
    max_columns: int = 1000
    max_bytes: int = 2**30


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
    found: list[UploadSummary] = []

    def check(partial: Path, answer: dict[str, Any]) -> None:
        fields, _ = read_converted(partial)
        size, about = partial.stat().st_size, str(answer["description"])
        found.append(UploadSummary(str(answer["format"]), fields, int(answer["rows"]), size, about))

    about = {
        "name": name,
        "format": format,
        "limits": asdict(limits),
        "wanted": [asdict(column) for column in wanted],
    }
    work_on(
        source, target, function=f"{converting.__name__}:convert", about=about, name=name,
        limits=limits, modules=_LOADED, check=check,
    )  # fmt: skip
    return found[0]


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
        told = json.loads((reader.schema.metadata or {})[converting.KEY.encode()])
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
