"""How an answer says that it is not all: in the format, or ahead of it."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

import pyarrow as pa
import pytest
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadQuery
from satvo.service.formats import FORMATS, find_format
from satvo.service.querying import HOLD_BYTES, Answer

FIELDS = (Field("i", "int"), Field("t", "char", "*"))


class Engine:
    """Rows of an engine that fails after some batches, if it is told to."""

    schema = pa.schema([("i", pa.int32()), ("t", pa.string())])

    def __init__(self, sizes: list[int], *, fails: bool = False) -> None:
        self.sizes = sizes
        self.fails = fails
        self.is_open = True

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for size in self.sizes:
            numbers = pa.array(range(size), pa.int32())
            texts = pa.array(["x" * 90] * size)
            yield pa.RecordBatch.from_arrays([numbers, texts], schema=self.schema)
        if self.fails:
            raise BadQuery("1/0: a value that cannot be")

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_open = False


def answer(engine: Engine, name: str, maxrec: int) -> Answer:
    found, media_type = find_format(name)
    return Answer(engine, FIELDS, found.writer(), media_type, maxrec, [])


def test_short_csv_knows_ahead_whether_it_is_all() -> None:
    for name in ("csv", "tsv"):
        for sizes, maxrec, status, lines in (
            ([3], 3, "OK", 4),
            ([], 3, "OK", 1),
            ([2, 2], 3, "OVERFLOW", 4),
            ([2], 0, "OVERFLOW", 1),
        ):
            engine = Engine(sizes)
            reply = answer(engine, name, maxrec)
            assert reply.known_status() == status
            assert len(b"".join(reply).splitlines()) == lines
            assert not engine.is_open


def test_long_csv_is_sent_before_its_status_is_known() -> None:
    rows = HOLD_BYTES // 90
    engine = Engine([rows, rows, rows])
    reply = answer(engine, "csv", 10 * rows)
    assert reply.known_status() == ""
    assert engine.is_open
    assert len(b"".join(reply).splitlines()) == 3 * rows + 1
    assert not engine.is_open


def test_error_in_a_short_csv_is_raised_before_the_first_byte() -> None:
    engine = Engine([5], fails=True)
    with pytest.raises(BadQuery):
        answer(engine, "csv", 10).known_status()
    assert not engine.is_open


def test_error_in_a_long_csv_breaks_it_off() -> None:
    reply = answer(Engine([HOLD_BYTES // 50, 5], fails=True), "csv", 10**9)
    assert reply.known_status() == ""
    with pytest.raises(BadQuery):
        list(reply)


@pytest.mark.parametrize(
    "name", [f.aliases[0] for f in FORMATS if f.aliases[0] not in ("csv", "tsv", "parquet")]
)
def test_other_formats_tell_overflow_and_errors_by_themselves(name: str) -> None:
    for engine, told in ((Engine([5, 5]), b"OVERFLOW"), (Engine([1], fails=True), b"ERROR")):
        reply = answer(engine, name, 7)
        assert reply.known_status() == ""
        assert told in b"".join(reply)
        assert not engine.is_open


@pytest.mark.parametrize("name", ["csv", "votable", "fits", "ecsv", "json"])
def test_answer_given_up_frees_the_engine(name: str) -> None:
    engine = Engine([5, 5, 5])
    reply = answer(engine, name, 100)
    reply.known_status()
    pieces = iter(reply)
    next(pieces)
    pieces.close()
    reply.close()
    assert not engine.is_open
