"""CSV and TSV with a header row (RFC 4180; IANA text/tab-separated-values).

Neither has a place where an answer could say that it was cut: readers take a line after the last
row for a row, and stop or spoil a column. So nothing is written there; `satvo.service.querying`
tells by other ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.columns import Field
from satvo.service.cells import bytes_present, declared, joined_rows, text_cells
from satvo.service.votable import Info

__all__ = ["DelimitedWriter", "csv_cells", "csv_name"]


class DelimitedWriter:
    """Writes one table as a stream of lines.

    In CSV a null is nothing at all and an empty string two quotes; quotes stand around those cells
    alone that need them. TSV has no quotes: a tab, quote or line end in a value becomes a blank,
    and null and the empty string are the same.

    Parameters
    ----------
    delimiter : str
        A comma or a tab.
    """

    tells_status = False

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._fields: tuple[Field, ...] = ()

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """The header row."""
        self._fields = fields
        names = [field.name for field in fields]
        if self._delimiter == "\t":
            names = [" ".join(name.split()) for name in names]
        else:
            names = [csv_name(name) for name in names]
        return (self._delimiter.join(names) + "\n").encode()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch."""
        columns = [self._cells(column) for column in declared(batch, self._fields)]
        # Readers skip an empty line: a null that stands alone is written as an empty string.
        alone = '""' if len(columns) == 1 and self._delimiter == "," else ""
        cells: list[pa.Array | str] = []
        for column in columns:
            cells += [column.fill_null(alone) if column.null_count else column, self._delimiter]
        cells[-1] = "\n"
        return joined_rows(cells)

    def end(self, infos: Iterable[Info] = ()) -> bytes:
        """Nothing follows the last row."""
        return b""

    def _cells(self, column: pa.Array) -> pa.Array:
        is_string = pa.types.is_string(column.type)
        if pa.types.is_boolean(column.type):
            return column.cast(pa.string())  # true and false, as tools that guess types expect
        cells = text_cells(column)
        if self._delimiter == ",":
            return csv_cells(cells) if is_string or pa.types.is_list(column.type) else cells
        if is_string and bytes_present(cells)[np.frombuffer(b'\t\r\n"', dtype=np.uint8)].any():
            return pc.replace_substring_regex(cells, r'[\t\r\n"]', " ")
        return cells


def csv_cells(cells: pa.Array) -> pa.Array:
    """Strings with quotes around those that need them; null stays null.

    Quotes are needed around a comma, a quote, a line end, a blank at either end, nothing at all,
    and before ``#``, which some readers take for a comment.
    """
    present = bytes_present(cells)
    if present[np.frombuffer(b'",\r\n', dtype=np.uint8)].any():
        pattern = r'[",\r\n]|^[\s#]|\s$'
    elif present[np.frombuffer(b" \t\v\f#", dtype=np.uint8)].any():
        pattern = r"^[\s#]|\s$"
    else:
        pattern = ""
    needed = pc.equal(pc.binary_length(cells), 0)
    if pattern:
        needed = pc.or_(needed, pc.match_substring_regex(cells, pattern))
    if not pc.any(needed).as_py():
        return cells
    doubled = pc.replace_substring(cells, '"', '""') if present[ord('"')] else cells
    return pc.if_else(needed, pc.binary_join_element_wise('"', doubled, '"', ""), cells)


def csv_name(name: str) -> str:
    """A column name as it stands in a header row of CSV.

    Examples
    --------
    >>> print(csv_name('a "b"'), csv_name("epoch"))
    "a ""b\""" epoch
    """
    return str(csv_cells(pa.array([name]))[0])
