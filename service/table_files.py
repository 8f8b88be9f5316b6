"""A whole table in one of the output formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.service.formats import Format
from satvo.service.software import software_version
from satvo.service.votable import Info

__all__ = ["table_pieces"]

_BATCH_ROWS = 25_000


def table_pieces(
    form: Format, fields: tuple[Field, ...], table: pa.Table, infos: Sequence[Info] = ()
) -> Iterator[bytes]:
    """The bytes of a table, in pieces.

    Parameters
    ----------
    form : Format
    fields : tuple of Field
        What is said of the columns.
    table : pyarrow.Table
        The rows, columns in the order of the fields.
    infos : sequence of Info
        What is said of the whole.
    """
    writer = form.writer()
    told = [Info("server_software", f"satvo/{software_version()}"), *infos]
    yield writer.begin(fields, told)
    for batch in table.combine_chunks().to_batches(_BATCH_ROWS):
        yield writer.rows(batch)
    tail = writer.end()
    yield from (tail,) if isinstance(tail, bytes) else tail
