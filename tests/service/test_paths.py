"""Paths of the service are stored, and answers make them addresses."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.schemas.columns import Field, column
from satvo.service.formats import find_format
from satvo.service.querying import Answer

FIELDS = (
    Field("n", "int"),
    Field.of(column("access_url", sa.String(), "Where it is", base="service")),
    Field.of(column("path", sa.String(), "Some text")),
)


class Engine:
    """One batch of rows."""

    def __init__(self, text: pa.DataType) -> None:
        self.schema = pa.schema([("n", pa.int32()), ("access_url", text), ("path", text)])

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        rows = [[1, 2], ["/maps/a.fits", None], ["/maps/a.fits", None]]
        columns = [
            pa.array(each, field.type) for each, field in zip(rows, self.schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


@pytest.mark.parametrize("text", [pa.string(), pa.large_string()], ids=str)
def test_a_path_is_completed_in_every_way_out_and_other_texts_stay(text: pa.DataType) -> None:
    found, media_type = find_format("csv")

    def answer() -> Answer:
        return Answer(
            Engine(text), FIELDS, found.writer(), media_type, 9, [], address="https://a.org/vo"
        )

    rows = b"".join(answer()).decode().split()
    assert rows[1:] == ["1,https://a.org/vo/maps/a.fits,/maps/a.fits", "2,,"]
    (batch,) = answer().batches()
    assert batch.column(1).to_pylist() == ["https://a.org/vo/maps/a.fits", None]
    assert batch.schema == Engine(text).schema
