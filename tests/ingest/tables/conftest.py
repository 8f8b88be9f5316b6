"""Uploads as bytes, and what is read from them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
from satvo.ingest.tables.columns import arrow_type
from satvo.ingest.tables.formats import read_table
from satvo.schemas.columns import Field


@dataclass(frozen=True)
class Read:
    """What came out: the fields, and the values by column name."""

    fields: tuple[Field, ...]
    columns: dict[str, list[Any]]
    types: dict[str, pa.DataType]

    def __getitem__(self, name: str) -> list[Any]:
        return self.columns[name]


@pytest.fixture
def read() -> Callable[..., Read]:
    """Read an upload whole, checking that each batch is what the columns promise."""

    def whole(data: bytes, **how: Any) -> Read:
        how = {"name": "t", "max_rows": 1_000_000, **how}
        table = read_table(io.BytesIO(data), **how)
        schema = pa.schema([(c.name, arrow_type(c)) for c in table.columns])
        batches = list(table)
        for batch in batches:
            batch.validate(full=True)
            assert batch.schema == schema
            assert 0 < batch.num_rows <= 50_000
        rows = pa.Table.from_batches(batches, schema)
        return Read(
            table.fields, rows.to_pydict(), dict(zip(schema.names, schema.types, strict=True))
        )

    return whole


@pytest.fixture
def votable() -> Callable[..., bytes]:
    """A VOTable around FIELDs and DATA, or around rows of TABLEDATA, or a stream."""

    def document(
        fields: str,
        rows: list[list[str]] | None = None,
        *,
        stream: bytes | None = None,
        kind: str = "BINARY",
        data: str | None = None,
    ) -> bytes:
        if stream is not None:
            packed = base64.b64encode(stream).decode()
            data = f'<{kind}><STREAM encoding="base64">{packed}</STREAM></{kind}>'
        elif data is None:
            cells = "".join(
                "<TR>" + "".join(f"<TD>{cell}</TD>" for cell in row) + "</TR>\n"
                for row in rows or []
            )
            data = f"<TABLEDATA>{cells}</TABLEDATA>"
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
            f'<RESOURCE type="results"><TABLE nrows="7">{fields}<DATA>{data}</DATA></TABLE>'
            "</RESOURCE></VOTABLE>"
        ).encode()

    return document
