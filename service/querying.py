"""One query answered: text in, a stream of bytes in the format asked for out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version

import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, SatvoError
from satvo.schemas.store import Rows, Store
from satvo.service.adql import Catalogue, translate
from satvo.service.config import Config
from satvo.service.formats import TableWriter, find_format
from satvo.service.votable import Info

__all__ = ["Answer", "answer_query"]

BATCH_ROWS = 50_000
"""Rows written at once: bounds the memory of an answer, whatever its length."""


class Answer:
    """A table on its way to the client; iterating gives its bytes once, and frees the engine.

    Attributes
    ----------
    fields : tuple of Field
    media_type : str
        For Content-Type.
    """

    def __init__(
        self,
        rows: Rows,
        fields: tuple[Field, ...],
        writer: TableWriter,
        media_type: str,
        maxrec: int,
        infos: list[Info],
    ) -> None:
        self.fields = fields
        self.media_type = media_type
        self._rows = rows
        self._writer = writer
        self._maxrec = maxrec
        self._infos = infos
        batches = iter(rows)
        try:
            # An error in the first rows is still told by the status of the answer.
            first = next(batches, None)
        except BaseException:
            rows.__exit__(None, None, None)
            raise
        self._batches = itertools.chain(() if first is None else (first,), batches)

    def __iter__(self) -> Iterator[bytes]:
        late: list[Info] = []
        with self._rows:
            yield self._writer.begin(self.fields, self._infos)
            left = self._maxrec
            try:
                for batch in self._batches:
                    whole = batch
                    if len(batch) > left:
                        batch = batch.slice(0, left)
                    if len(batch):
                        yield self._writer.rows(batch)
                    left -= len(batch)
                    if len(batch) < len(whole):
                        late.append(Info("QUERY_STATUS", "OVERFLOW", _overflow(self._maxrec)))
                        break
            except SatvoError as err:
                # The head is on its way: DALI 1.1, section 4.4.1, has the error follow the table.
                late = [Info("QUERY_STATUS", "ERROR", str(err))]
            yield self._writer.end(late)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as they are, up to one more than MAXREC, for who writes them otherwise."""
        with self._rows:
            yield from self._batches

    def close(self) -> None:
        """Free the engine; what was not sent is not sent any more."""
        self._rows.__exit__(None, None, None)


def answer_query(
    store: Store,
    catalogue: Catalogue,
    config: Config,
    text: str,
    *,
    format: str,
    maxrec: int | None,
    now: datetime,
) -> Answer:
    """Start to answer an ADQL query.

    Parameters
    ----------
    store, catalogue, config
        Where the tables are, which may be named, and the limits.
    text : str
        The query.
    format : str
        A name or media type of `satvo.service.formats`.
    maxrec : int or None
        MAXREC as the client gave it; 0 asks for metadata only.
    now : datetime
        For the answer's INFO, UTC.

    Raises
    ------
    BadQuery, BadParameter, LimitExceeded
        Before the first byte.
    """
    if maxrec is not None and maxrec < 0:
        raise BadParameter(f"MAXREC={maxrec}: give a number of rows, 0 for metadata only")
    rows = min(config.default_maxrec if maxrec is None else maxrec, config.hard_maxrec)
    found, media_type = find_format(format)
    translated = translate(text, catalogue, dialect=store.dialect, limit=rows + 1)
    infos = [
        Info("standardID", "ivo://ivoa.net/std/TAP"),
        Info("server_software", f"satvo/{version('satvo')}"),
        Info("request_date", now.isoformat(timespec="seconds")),
        Info("QUERY", " ".join(text.split())),
    ]
    answer = store.query(
        translated.statement, time_limit_s=config.query_seconds, batch_rows=BATCH_ROWS
    )
    return Answer(answer, translated.fields, found.writer(), media_type, rows, infos)


def _overflow(maxrec: int) -> str:
    return f"the answer was cut at {maxrec} rows; ask with a larger MAXREC for more"
