"""Rows of a file as rows of a table that is there already: columns by name, values checked.

Numbers become numbers of another type where their value stays what it is (a double that a float
column holds is rounded to it), NaN in a column of integers is null, and a text becomes a time. No
other type becomes another; nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from satvo.ingest.tables.cells import BadValue, null_where
from satvo.ingest.tables.columns import Column, Declared, Table, arrow_type, declare
from satvo.ingest.tables.values import bad_cell, lists_of, parse_cells
from satvo.schemas.errors import BadParameter

__all__ = ["fitted"]


def fitted(table: Table, wanted: tuple[Column, ...]) -> Table:
    """The rows of a file with the wanted columns, in their order.

    Parameters
    ----------
    table : Table
    wanted : tuple of Column
        Those of the table that is to take the rows. One that the file does not have is null.

    Raises
    ------
    BadParameter
        Here, if the file has a column that is not wanted, or of a type that never fits; while the
        batches are taken, if a value does not fit, with its row and column.
    """
    places = {column.name.casefold(): place for place, column in enumerate(table.columns)}
    known = {column.name.casefold() for column in wanted}
    for column in table.columns:
        if column.name.casefold() not in known:
            names = ", ".join(c.name for c in wanted[:50])
            raise BadParameter(
                f"the file has a column {column.name[:100]}, and the table has none of that name; "
                f"its columns are {names[:1000]}"
            )
    steps = [(declare(column), places.get(column.name.casefold())) for column in wanted]
    for declared, place in steps:
        if place is not None:
            _check_types(table.columns[place], declared)
    return Table(wanted, _batches(table.batches, steps), table.description)


def _batches(
    batches: Iterator[pa.RecordBatch], steps: list[tuple[Declared, int | None]]
) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(d.column.name, arrow_type(d.column)) for d, _ in steps])
    row = 1
    for batch in batches:
        columns = [
            pa.nulls(batch.num_rows, field.type)
            if place is None
            else _fit(batch.column(place), declared, row)
            for (declared, place), field in zip(steps, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
        row += batch.num_rows


def _check_types(column: Column, wanted: Declared) -> None:
    have, want = arrow_type(column), arrow_type(wanted.column)
    texts = pa.types.is_string(have) and pa.types.is_timestamp(want)
    if pa.types.is_list(have) and pa.types.is_list(want):
        have, want = have.value_type, want.value_type
    same = have == want and not (wanted.is_texts and column.arraysize != wanted.column.arraysize)
    if not (same or texts or (_is_number(have) and _is_number(want))):
        raise BadParameter(
            f"column {wanted.column.name}: the file's is {_named(column)}, the table's is "
            f"{_named(wanted.column)}"
        )


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _named(column: Column) -> str:
    shape = f"[{column.arraysize}]" if column.arraysize else ""
    return f"{column.datatype}{shape}{' ' if column.xtype else ''}{column.xtype}"


def _fit(values: pa.Array, wanted: Declared, row: int) -> pa.Array:
    kind = arrow_type(wanted.column)
    try:
        if pa.types.is_list(kind):
            return _lists(values, wanted)
        if pa.types.is_timestamp(kind) and pa.types.is_string(values.type):
            return parse_cells(values, wanted, row)
        return _numbers(values, kind)
    except BadValue as err:
        raise bad_cell(err, wanted, row) from err


def _lists(values: pa.Array, wanted: Declared) -> pa.Array:
    counts = np.asarray(values.value_lengths().fill_null(0)).astype(np.int64)
    try:
        elements = _numbers(values.flatten(), arrow_type(wanted.column).value_type)
    except BadValue as err:
        row = int(np.searchsorted(np.cumsum(counts), err.index, side="right"))
        raise BadValue(row, err.text) from err
    return lists_of(elements, counts, np.asarray(values.is_null()), wanted)


def _numbers(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Numbers as numbers of another type; what is no number is of the type already.

    Raises
    ------
    BadValue
        If one has no such value.
    """
    if values.type == kind:
        return values
    if pa.types.is_floating(values.type) and pa.types.is_integer(kind):
        values = null_where(values, pc.is_nan(values))
    cast = values.cast(kind, safe=False)
    if pa.types.is_floating(values.type) and pa.types.is_floating(kind):
        wrong = pc.and_(pc.is_inf(cast), pc.is_finite(values))
    else:
        wrong = pc.not_equal(cast.cast(values.type, safe=False), values)
        if pa.types.is_integer(kind) and pa.types.is_floating(values.type):
            # The nearest floating number may be the type's bound, which comes back as it went.
            low, high = -(2.0 ** (kind.bit_width - 1)), 2.0 ** (kind.bit_width - 1)
            inside = pc.and_(pc.greater_equal(values, low), pc.less(values, high))
            wrong = pc.or_(wrong, pc.invert(inside))
    if (index := pc.index(wrong, True).as_py()) >= 0:
        raise BadValue(index, str(values[index].as_py()))
    return cast
