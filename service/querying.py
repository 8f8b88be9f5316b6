"""One query answered: text in, a stream of bytes in the format asked for out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.columns import Field
from satvo.schemas.errors import SatvoError
from satvo.schemas.store import Rows, Store
from satvo.service.adql import Catalogue, translate
from satvo.service.config import Config
from satvo.service.formats import TableWriter
from satvo.service.service_descriptors import LINKS, Service, describe_services
from satvo.service.software import software_version
from satvo.service.tap_request import TapRequest
from satvo.service.uploads import UploadedTable
from satvo.service.votable import Info, query_status

__all__ = ["Answer", "answer_query"]

BATCH_ROWS = 25_000
"""Rows written at once: bounds the memory of an answer, whatever its length."""

HOLD_BYTES = 2 << 20
"""How much of a format that cannot tell its status is held back to learn it; some 30 000 rows."""


class Answer:
    """A table on its way to the client; iterating gives its bytes once, and frees the engine.

    Attributes
    ----------
    fields : tuple of Field
    media_type : str
        For Content-Type.
    infos : list of Info
        What it tells beside the rows.
    rows_written : int
        How many rows came so far.
    is_empty : bool
        Whether there is no row.

    Parameters
    ----------
    address : str
        What completes the values of fields whose base is the service; without a last slash.
    services : sequence of Service
        Which services a VOTable tells of that take values of it.
    """

    def __init__(
        self,
        rows: Rows,
        fields: tuple[Field, ...],
        writer: TableWriter,
        media_type: str,
        maxrec: int,
        infos: list[Info],
        *,
        address: str = "",
        services: Sequence[Service] = (LINKS,),
    ) -> None:
        self.fields = fields
        self.media_type = media_type
        self.rows_written = 0
        self._rows = rows
        self._writer = writer
        self._maxrec = maxrec
        self.infos = infos
        describe_services(writer, fields, address, services)
        batches = _addressed(rows, fields, address)
        try:
            # An error in the first rows is still told by the status of the answer.
            first = next(batches, None)
        except BaseException:
            rows.__exit__(None, None, None)
            raise
        self.is_empty = not first
        self._batches = itertools.chain(() if first is None else (first,), batches)
        self._late: list[Info] = []
        self._held: list[bytes] = []
        self._written = self._write()

    def known_status(self) -> str:
        """OK or OVERFLOW of a format that cannot tell it, where it is known ahead of the sending.

        What fits in `HOLD_BYTES` is written before the first byte is sent, so that a header can
        tell; an error in these rows is raised here, and so told by the status of the answer. Empty
        for a longer answer, and for a format that tells by itself.
        """
        size = 0
        while not self._writer.tells_status and size <= HOLD_BYTES:
            piece = next(self._written, None)
            if piece is None:
                return query_status(self._late).value
            self._held.append(piece)
            size += len(piece)
        return ""

    def __iter__(self) -> Generator[bytes, None, None]:
        try:
            while self._held:
                yield self._held.pop(0)
            yield from self._written
        finally:
            self._written.close()

    def _write(self) -> Generator[bytes, None, None]:
        overflow = Info("QUERY_STATUS", "OVERFLOW", _overflow(self._maxrec))
        with self._rows:
            if head := self._writer.begin(self.fields, self.infos):
                yield head
            left = self._maxrec
            if left == 0:  # metadata only: what is left out is not known (DALI 1.1, section 3.4.4)
                self._late = [overflow]
            try:
                for batch in self._batches if left else ():
                    whole = batch
                    if len(batch) > left:
                        batch = batch.slice(0, left)
                    if len(batch):
                        yield self._writer.rows(batch)
                        self.rows_written += len(batch)
                    left -= len(batch)
                    if len(batch) < len(whole):
                        self._late = [overflow]
                        break
            except SatvoError as err:
                if not self._writer.tells_status:
                    raise  # only a broken connection tells that the rows are not all
                # The head is on its way: DALI 1.1, section 4.4.1, has the error follow the table.
                self._late = [Info("QUERY_STATUS", "ERROR", str(err))]
        tail = self._writer.end(self._late)
        yield from (tail,) if isinstance(tail, bytes) else tail

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as they are, up to one more than MAXREC, for who writes them otherwise."""
        with self._rows:
            yield from self._batches

    def close(self) -> None:
        """Free the engine; what was not sent is not sent any more."""
        self._written.close()
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
    uploads: Mapping[str, UploadedTable] = MappingProxyType({}),
    staged: Mapping[str, pa.Table] = MappingProxyType({}),
    told: Sequence[Info] | None = None,
    services: Sequence[Service] = (LINKS,),
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
    uploads : mapping
        The tables of TAP_UPLOAD by name.
    staged : mapping
        Further tables of this query alone that the catalogue tells of.
    told : sequence of Info, optional
        What the answer says of its protocol and request, where these are not TAP and the query.
    services : sequence of Service
        Which services a VOTable tells of that take values of it.

    Raises
    ------
    BadQuery, LimitExceeded, TableGone
        Before the first byte.
    """
    maxrec = config.default_maxrec if asked.maxrec is None else asked.maxrec
    rows = min(maxrec, config.hard_maxrec)
    known = catalogue.with_uploads({name: each.fields for name, each in uploads.items()})
    translated = translate(asked.query, known, dialect=store.dialect, limit=rows + 1)
    if told is None:
        told = (Info("standardID", "ivo://ivoa.net/std/TAP"), Info("QUERY", asked.query))
    infos = [
        told[0],
        Info("server_software", f"satvo/{software_version()}"),
        Info("request_date", now.isoformat(timespec="seconds")),
        *told[1:],
    ]
    answer = store.query(
        translated.statement,
        time_limit_s=config.query_seconds if time_limit_s is None else time_limit_s,
        batch_rows=BATCH_ROWS,
        started=started,
        tables={**staged, **{f"u{i}": each.rows for i, each in enumerate(uploads.values(), 1)}},
    )
    writer = asked.format.writer()
    return Answer(
        answer,
        translated.fields,
        writer,
        asked.media_type,
        rows,
        infos,
        address=config.url("").rstrip("/"),
        services=services,
    )


def _addressed(
    rows: Iterable[pa.RecordBatch], fields: tuple[Field, ...], address: str
) -> Iterator[pa.RecordBatch]:
    """The rows, with the public address before each path of this service; nulls stay."""
    places = [i for i, field in enumerate(fields) if field.base == "service"]
    for batch in rows:
        for i in places:
            name, paths = batch.schema.field(i), batch.column(i)
            before, between = (pa.scalar(text, name.type) for text in (address, ""))
            whole = pc.binary_join_element_wise(before, paths, between)
            # Rows of what is held elsewhere have whole addresses already.
            whole = pc.if_else(pc.starts_with(paths, "/"), whole, paths)
            batch = batch.set_column(i, name, whole)
        yield batch


def _overflow(maxrec: int) -> str:
    return f"the answer was cut at {maxrec} rows; ask with a larger MAXREC for more"
