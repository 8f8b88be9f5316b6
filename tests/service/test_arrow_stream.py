"""Arrow streams, read back by pyarrow."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pyarrow as pa


def custom_metadata(stream: bytes) -> list[dict[bytes, bytes]]:
    reader = pa.ipc.open_stream(stream)
    found = []
    while True:
        try:
            _, metadata = reader.read_next_batch_with_custom_metadata()
        except StopIteration:
            return found
        found.append(dict(metadata or {}))


def test_every_type_comes_back(scalars: Any, arrays: Any) -> None:
    rows = {**scalars.rows}
    rows["epoch"] = [value and value.replace(tzinfo=UTC) for value in rows["epoch"]]
    assert pa.ipc.open_stream(scalars("arrow", sizes=[3, 0, 1])).read_all().to_pydict() == rows
    assert pa.ipc.open_stream(arrays("arrow")).read_all().to_pydict() == arrays.rows


def test_fields_and_schema_tell_what_votable_would(scalars: Any) -> None:
    schema = pa.ipc.open_stream(scalars("arrow")).schema
    assert schema.field("ra").metadata == {
        b"datatype": b"double",
        b"unit": b"deg",
        b"ucd": b"pos.eq.ra;meta.main",
        b"description": b"Right " * 40,
    }
    assert schema.field("epoch").type == pa.timestamp("us", tz="UTC")
    assert schema.metadata[b"server_software"] == b"satvo/0"


def test_status_is_with_a_last_batch_that_has_no_rows(
    scalars: Any, overflow: Any, error: Any
) -> None:
    assert custom_metadata(scalars("arrow")) == [{}, {b"QUERY_STATUS": b"OK"}]
    for told in (overflow, error):
        stream = scalars("arrow", told, sizes=[2, 2])
        status = {b"QUERY_STATUS": told.value.encode(), b"message": told.text.encode()}
        assert custom_metadata(stream) == [{}, {}, status]
        assert pa.ipc.open_stream(stream).read_all().num_rows == 4


def test_stream_of_no_rows_has_its_schema(scalars: Any) -> None:
    found = pa.ipc.open_stream(scalars.first(0)("arrow", sizes=[])).read_all()
    assert (found.num_rows, found.column_names) == (0, list(scalars.rows))
