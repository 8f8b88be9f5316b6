"""One query answered: text in, a stream of bytes in the format asked for out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version

import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.schemas.errors import SatvoError
from satvo.schemas.store import Rows, Store
from satvo.service.adql import Catalogue, translate
from satvo.service.config import Config
from satvo.service.formats import TableWriter
from satvo.service.tap_request import TapRequest
from satvo.service.votable import Info, VOTableWriter

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
        overflow = Info("QUERY_STATUS", "OVERFLOW", _overflow(self._maxrec))
        with self._rows:
            yield self._writer.begin(self.fields, self._infos)
            left = self._maxrec
            if left == 0:  # metadata only: what is left out is not known (DALI 1.1, section 3.4.4)
                late.append(overflow)
            try:
                for batch in self._batches if left else ():
                    whole = batch
                    if len(batch) > left:
                        batch = batch.slice(0, left)
                    if len(batch):
                        yield self._writer.rows(batch)
                    left -= len(batch)
                    if len(batch) < len(whole):
                        late.append(overflow)
                        break
            except SatvoError as err:
                if not isinstance(self._writer, VOTableWriter):
                    raise  # only a broken connection tells that the rows are not all
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
    asked: TapRequest,
    *,
    now: datetime,
    time_limit_s: float | None = None,
    started: Callable[[Callable[[], object]], object] = lambda interrupt: None,
) -> Answer:
    """Start to answer an ADQL query.

    Parameters
    ----------
    store, catalogue, config
        Where the tables are, which may be named, and the limits.
    asked : TapRequest
    now : datetime
        For the answer's INFO, UTC.
    time_limit_s : float, optional
        How long it may run, where that is not what the configuration says for synchronous ones.
    started : callable
        Told how to interrupt the query from elsewhere.

    Raises
    ------
    BadQuery, LimitExceeded
        Before the first byte.
    """
    maxrec = config.default_maxrec if asked.maxrec is None else asked.maxrec
    rows = min(maxrec, config.hard_maxrec)
    translated = translate(asked.query, catalogue, dialect=store.dialect, limit=rows + 1)
    infos = [
        Info("standardID", "ivo://ivoa.net/std/TAP"),
        Info("server_software", f"satvo/{version('satvo')}"),
        Info("request_date", now.isoformat(timespec="seconds")),
        Info("QUERY", " ".join(asked.query.split())),
    ]
    answer = store.query(
        translated.statement,
        time_limit_s=config.query_seconds if time_limit_s is None else time_limit_s,
        batch_rows=BATCH_ROWS,
        started=started,
    )
    writer = asked.format.writer()
    return Answer(answer, translated.fields, writer, asked.media_type, rows, infos)


def _overflow(maxrec: int) -> str:
    return f"the answer was cut at {maxrec} rows; ask with a larger MAXREC for more"
