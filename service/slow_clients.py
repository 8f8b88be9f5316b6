"""Long answers for slow clients: the engine works at its own pace, a file waits for the client."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator

from satvo.service.spool import Spool

__all__ = ["Spooler"]

DIRECT_BYTES = 1 << 20
"""What is sent straight from the engine; most answers are no longer."""

_PIECE = 1 << 18
_REUSED = 16 << 20
"""A client that keeps up has its file emptied when it has read so much of it."""


class Spooler:
    """Carries answers on behind clients that do not take them as fast as the engine gives them.

    The begin of an answer goes straight to its client. What follows is written to a file, piece by
    piece, by a few threads, so that a client that stalls holds no query. Clients that have read all
    that is there come first; one thread alone works ahead for the others, so that short answers
    stay quick however many stall (measured with 30 of them: ``SELECT TOP 1`` takes 20 ms while one
    thread works ahead, and 70 ms while four do). Where its file, or the files of all answers
    together, have reached their limit, the engine waits for the client after all.

    Parameters
    ----------
    workers : int
        Answers that are carried on at once.
    limit_bytes : int
        What all files together may hold, and each a sixteenth of it; one piece more is possible.
    """

    def __init__(self, *, workers: int, limit_bytes: int) -> None:
        self._changed = threading.Condition()
        self._limit = limit_bytes
        self._rests: set[_Rest] = set()
        self._waiting: list[_Rest] = []
        for i in range(workers):
            threading.Thread(
                target=self._work, args=(i == 0,), name=f"spool-{i}", daemon=True
            ).start()

    @property
    def held_bytes(self) -> int:
        """What all files hold just now."""
        with self._changed:
            return sum(rest.size for rest in self._rests)

    def deliver(
        self, pieces: Generator[bytes, None, None], interrupt: Callable[[], object]
    ) -> Generator[bytes, None, None]:
        """The same bytes, cut otherwise; closing this closes what it was given.

        Parameters
        ----------
        pieces : generator of bytes
            The answer; run by one thread after the other.
        interrupt : callable
            Ends what the engine does for it, from any thread.
        """
        sent = 0
        try:
            while sent < DIRECT_BYTES:
                piece = next(pieces, None)
                if piece is None:
                    return
                yield piece
                sent += len(piece)
        except BaseException:
            pieces.close()
            raise
        rest = _Rest(pieces)
        with self._changed:
            self._rests.add(rest)
            self._waiting.append(rest)
            self._changed.notify()
        try:
            while piece := rest.read():
                if rest.unread == 0:
                    self._wake()
                yield piece
        finally:
            self._give_up(rest, interrupt)

    def _work(self, ahead: bool) -> None:
        while True:
            with self._changed:
                while (rest := self._next(ahead)) is None:
                    self._changed.wait()
                self._waiting.remove(rest)
            rest.advance()
            with self._changed:
                if rest.given_up:
                    rest.close()
                elif not rest.ended:
                    self._waiting.append(rest)
                    self._changed.notify_all()

    def _next(self, ahead: bool) -> _Rest | None:
        """The answer to carry on: that whose client has least left to read."""
        rest = min(self._waiting, key=lambda each: each.unread, default=None)
        if rest is None or rest.unread == 0 or not ahead:
            return rest if rest is not None and rest.unread == 0 else None
        room = sum(each.size for each in self._rests) < self._limit
        return rest if room and rest.size < self._limit // 16 and not rest.over else None

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _give_up(self, rest: _Rest, interrupt: Callable[[], object]) -> None:
        with self._changed:
            self._rests.discard(rest)
            rest.given_up = True
            if rest in self._waiting:
                self._waiting.remove(rest)
                rest.close()
            elif rest.ended:
                rest.close()
            else:
                interrupt()  # the thread that is at work on it closes it
            self._changed.notify_all()  # there may be room now


class _Rest:
    """What follows the begin of one answer: written by one thread, read by another.

    Attributes
    ----------
    ended : bool
        Whether all of it was written, or an error ended it.
    given_up : bool
        Whether its client is gone.
    over : memoryview
        What a full disk did not take.
    """

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self.ended = False
        self.given_up = False
        self.over = memoryview(b"")
        self._pieces = pieces
        self._error: BaseException | None = None
        self._spool = Spool()
        self._file = self._spool.file.fileno()
        self._written = 0
        self._read = 0
        self._changed = threading.Condition()

    @property
    def size(self) -> int:
        """What the file holds, bytes."""
        return self._written

    @property
    def unread(self) -> int:
        """What is there and not read yet, bytes."""
        return self._written - self._read + len(self.over)

    def advance(self) -> None:
        """Write one more piece, or learn that there is none."""
        piece = None
        try:
            piece = next(self._pieces, None)
        except BaseException as err:  # noqa: BLE001  it belongs to the thread that reads
            self._error = err
        with self._changed:
            if piece is None:
                self.ended = True
            else:
                self._append(memoryview(piece))
            self._changed.notify()

    def read(self) -> bytes:
        """The next bytes, waited for; none at the end. Raises what ended the answer early."""
        with self._changed:
            self._changed.wait_for(lambda: self.unread or self.ended)
            there = self._written - self._read
            if not there:
                over, self.over = self.over, memoryview(b"")
                if not over and self._error is not None:
                    raise self._error
                return bytes(over)
        piece = os.pread(self._file, min(there, _PIECE), self._read)
        with self._changed:
            self._read += len(piece)
            if self._read == self._written > _REUSED:
                self._empty()
        return piece

    def close(self) -> None:
        """Give file and answer back."""
        self._pieces.close()
        self._spool.close()

    def _append(self, view: memoryview) -> None:
        try:
            while view:
                size = os.pwrite(self._file, view, self._written)
                self._written += size
                view = view[size:]
        except OSError:  # the disk is full: the rest waits in memory for the client
            self.over = view

    def _empty(self) -> None:
        self._written = self._read = 0
        os.ftruncate(self._file, 0)
