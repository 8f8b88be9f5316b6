"""The rows of TABLEDATA (VOTable 1.4, section 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.parsers.expat import XMLParserType

import pyarrow as pa
from satvo.ingest.tables.columns import BATCH_BYTES, MAX_CELL, Declared, arrow_type
from satvo.ingest.tables.values import parse_cells
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["TableDataRows"]

_ROWS = 30_000
"""Rows after which a batch is closed: with what one piece of 256 kB adds, 14 bytes a row at least,
it stays below `BATCH_ROWS`."""


class TableDataRows:
    """Takes the parser's events from <TABLEDATA> to its end.

    Parameters
    ----------
    declared : list of Declared
    parser : XMLParserType
        Inside TABLEDATA; its handlers are set here.
    prefix : str
        The namespace prefix of TABLEDATA with its colon, which TR and TD have too.
    ended : callable
        Called at the end of TABLEDATA, to take the handlers back.
    """

    def __init__(
        self, declared: list[Declared], parser: XMLParserType, prefix: str,
        ended: Callable[[], None],
    ) -> None:  # fmt: skip
        self._declared = declared
        self._schema = pa.schema([(d.column.name, arrow_type(d.column)) for d in declared])
        self._parser = parser
        self._prefix = prefix
        self._ended = ended
        self._cells: list[str] = []
        self._pieces: list[str] = []
        self._rows = 0
        self._begun = 0
        self._listen()

    def _listen(self) -> None:
        # Three calls a cell: closures over local names take two thirds of the time of methods.
        cells, pieces, width = self._cells, self._pieces, len(self._declared)
        tr, td = f"{self._prefix}TR", f"{self._prefix}TD"
        inside, count = 0, 0  # 1 in a row, 2 in a cell; cells of this row

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside, count
            if inside == 1 and name == td:
                inside = 2
                pieces.clear()
                if attributes:
                    _refuse_encoded(attributes)
            elif inside == 0 and name == tr:
                inside, count = 1, 0
            else:
                raise BadParameter(
                    f"{name[:40]} in TABLEDATA out of place; TR with TD in it is accepted"
                )

        def end(name: str) -> None:
            nonlocal inside, count
            if inside == 2:
                inside = 1
                count += 1
                cells.append(pieces[0] if len(pieces) == 1 else "".join(pieces))
            elif inside == 1:
                inside = 0
                if count != width:
                    self._refuse_row(count)
            else:
                self._ended()

        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end
        self._parser.CharacterDataHandler = pieces.append

    def ready(self) -> Iterator[pa.RecordBatch]:
        """The batch of the whole rows so far, if they are many."""
        if sum(map(len, self._pieces)) > MAX_CELL:
            raise LimitExceeded(
                f"row {self._rows + len(self._cells) // len(self._declared) + 1}: a cell is longer "
                f"than {MAX_CELL} characters; that is the most accepted"
            )
        read = self._parser.CurrentByteIndex
        if len(self._cells) >= _ROWS * len(self._declared) or read - self._begun >= BATCH_BYTES:
            self._begun = read
            yield from self._batch()

    def last(self) -> Iterator[pa.RecordBatch]:
        """The batch of the rows that are left."""
        yield from self._batch()

    def _batch(self) -> Iterator[pa.RecordBatch]:
        width = len(self._declared)
        rows = len(self._cells) // width
        if not rows:
            return
        whole = self._cells[: rows * width]
        del self._cells[: rows * width]
        yield pa.RecordBatch.from_arrays(
            [
                parse_cells(pa.array(whole[place::width], pa.string()), declared, self._rows + 1)
                for place, declared in enumerate(self._declared)
            ],
            schema=self._schema,
        )
        self._rows += rows

    def _refuse_row(self, count: int) -> None:
        row = self._rows + max(len(self._cells) - count, 0) // len(self._declared) + 1
        raise BadParameter(f"row {row} has {count} cells; there are {len(self._declared)} columns")


def _refuse_encoded(attributes: dict[str, str]) -> None:
    if "encoding" in attributes:
        raise BadParameter(
            f"TD has encoding {attributes['encoding'][:40]!r}; only plain text is accepted there"
        )
