"""Answers that clients take slower than the engine gives them."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from satvo.service.slow_clients import DIRECT_BYTES, Spooler

LONG = 4 * DIRECT_BYTES
PIECE = b"0123456789abcdef" * 4096  # 64 KiB


class Source:
    """An answer that notes how far it got and whether it was closed."""

    def __init__(self, pieces: Iterable[bytes], error: Exception | None = None) -> None:
        self.given = 0
        self.closed = threading.Event()
        self.pieces = pieces
        self._error = error

    def __iter__(self) -> Generator[bytes, None, None]:
        try:
            for piece in self.pieces:
                self.given += len(piece)
                yield piece
            if self._error is not None:
                raise self._error
        finally:
            self.closed.set()


def endless() -> Generator[bytes, None, None]:
    while True:
        yield PIECE


def nothing() -> None:
    """How to interrupt an engine that is not there."""


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 1 << 20), max_size=12), st.sampled_from([1 << 16, 1 << 30]))
def test_every_byte_arrives_in_order(sizes: list[int], limit: int) -> None:
    pieces = [os.urandom(size) for size in sizes]
    source = Source(pieces)
    spooler = Spooler(workers=2, limit_bytes=limit)
    assert b"".join(spooler.deliver(iter(source), nothing)) == b"".join(pieces)
    assert source.closed.wait(5)


def test_the_engine_is_done_before_a_client_that_stalls() -> None:
    source = Source([PIECE] * (LONG // len(PIECE)))
    delivered = Spooler(workers=1, limit_bytes=1 << 30).deliver(iter(source), nothing)
    taken = 0
    while taken <= DIRECT_BYTES:
        taken += len(next(delivered))
    assert source.closed.wait(5)
    assert taken + sum(map(len, delivered)) == LONG


def test_the_engine_waits_for_a_client_whose_file_is_full() -> None:
    limit = 16 * LONG
    source = Source(endless())
    delivered = Spooler(workers=3, limit_bytes=limit).deliver(iter(source), nothing)
    taken = 0
    while taken <= DIRECT_BYTES:
        taken += len(next(delivered))
    assert within(5, lambda: source.given - DIRECT_BYTES >= limit // 16)
    time.sleep(0.2)
    assert source.given - DIRECT_BYTES <= limit // 16 + len(PIECE)
    while taken < 3 * limit // 16:
        taken += len(next(delivered))
    delivered.close()
    assert source.closed.wait(5)


def test_all_files_together_are_bounded_and_nobody_starves() -> None:
    spooler = Spooler(workers=2, limit_bytes=16 * len(PIECE))
    stalled = []
    for _ in range(20):
        source = Source(endless())
        delivered = spooler.deliver(iter(source), nothing)
        while source.given <= DIRECT_BYTES:
            next(delivered)
        stalled.append((source, delivered))
    assert within(5, lambda: sum(source.given - DIRECT_BYTES for source, _ in stalled) > 0)
    quick = Source([PIECE] * (LONG // len(PIECE)))
    assert sum(map(len, spooler.deliver(iter(quick), nothing))) == LONG
    held = sum(source.given - DIRECT_BYTES for source, _ in stalled)
    assert held <= (16 + 20 + 20) * len(PIECE), "a piece over each, and the one that was asked for"
    for source, delivered in stalled:
        delivered.close()
        assert source.closed.wait(5)


def test_an_error_in_the_middle_follows_all_that_came_before_it() -> None:
    source = Source([PIECE] * (LONG // len(PIECE)), ValueError("the engine broke"))
    delivered = Spooler(workers=1, limit_bytes=1 << 30).deliver(iter(source), nothing)
    taken: list[bytes] = []
    with pytest.raises(ValueError, match="the engine broke"):
        taken.extend(delivered)
    assert b"".join(taken) == b"".join(source.pieces)


@pytest.mark.parametrize("after", [0, 1, LONG])
def test_a_client_that_goes_away_frees_the_engine(after: int) -> None:
    source = Source(endless())
    delivered = Spooler(workers=1, limit_bytes=1 << 30).deliver(iter(source), nothing)
    taken = 0
    while taken < after:
        taken += len(next(delivered))
    delivered.close()
    assert after == 0 or source.closed.wait(5)
    given = source.given
    time.sleep(0.05)
    assert source.given == given


@pytest.mark.alone
def test_an_engine_at_work_for_a_client_that_goes_away_is_interrupted() -> None:
    interrupted = threading.Event()

    def slow() -> Generator[bytes, None, None]:
        yield bytes(DIRECT_BYTES)
        yield PIECE
        interrupted.wait(10)

    source = Source(slow())
    delivered = Spooler(workers=1, limit_bytes=1 << 30).deliver(iter(source), interrupted.set)
    next(delivered)
    next(delivered)
    begun = time.monotonic()
    delivered.close()
    assert source.closed.wait(5)
    assert time.monotonic() - begun < 5


def test_a_full_disk_only_makes_the_engine_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: memoryview, offset: int) -> int:
        if offset > 3 * len(PIECE):
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(descriptor, data[:10_000], offset)

    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", full)
    pieces = [os.urandom(len(PIECE)) for _ in range(LONG // len(PIECE))]
    delivered = Spooler(workers=1, limit_bytes=1 << 30).deliver(iter(Source(pieces)), nothing)
    assert b"".join(delivered) == b"".join(pieces)
