"""What the child process does with an uploaded table."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import pyarrow as pa
from satvo.ingest.tables.columns import Column, arrow_type
from satvo.ingest.tables.formats import read_table

__all__ = ["KEY", "convert"]

KEY = "satvo.fields"
"""Of the Arrow file's metadata: the columns as JSON."""


def convert(about: dict[str, Any], source: BinaryIO, target: BinaryIO) -> dict[str, Any]:
    """Read an upload and write its rows as Arrow, as `satvo.ingest.tables.sandbox` wants it."""
    limits = about["limits"]
    table = read_table(
        source,
        name=about["name"],
        format=about["format"],
        max_rows=limits["max_rows"],
        max_columns=limits["max_columns"],
        max_bytes=limits["max_bytes"],
        wanted=tuple(Column(**each) for each in about["wanted"]),
    )
    fields = [{key: getattr(column, key) for key in column.__slots__} for column in table.columns]
    schema = pa.schema(
        [(column.name, arrow_type(column)) for column in table.columns],
        metadata={KEY: json.dumps(fields)},
    )
    with pa.ipc.new_file(target, schema) as writer:
        for batch in table:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    return {"format": table.format, "rows": table.rows, "description": table.description}
