"""One client of the soak: what it may see of a server that is reloaded, and what it may not."""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

__all__ = ["Answer", "Book", "Client", "Wrong"]

ANSWER_S = 90.0
RELOAD_S = 60.0
"""So long after a HUP a connection may be cut or refused, and an answer may be 503: the old worker
has 30 s to end its answers (SATVO_DRAIN_SECONDS), and the new one then opens the archive."""

REFUSALS = 12
"""So often in a row a client is told to come again (429), each time after Retry-After."""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROKEN = (http.client.HTTPException, OSError)
NO_LINGER = struct.pack("ii", 1, 0)
"""Closing sends RST and forgets what is on its way (socket(7))."""


class Wrong(AssertionError):
    """An answer that no client may get."""


@dataclass(frozen=True)
class Answer:
    """An answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def path(self) -> str:
        """Where it leads."""
        return urlsplit(self.headers["Location"]).path


@dataclass
class Book:
    """What all clients together saw."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    recent: list[tuple[str, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    jobs: list[tuple[str, str, int]] = field(default_factory=list)
    """Left behind: path, name of the result, rows."""
    reloaded: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def answered(self, kind: str, seconds: float) -> None:
        with self.lock:
            self.counts["answers"] += 1
            self.seconds[kind].append(seconds)
            self.recent.append((kind, seconds))

    def fault(self, kind: str, err: BaseException) -> None:
        with self.lock:
            self.counts["faults"] += 1
            self.faults.append(f"{kind}: {type(err).__name__}: {str(err)[:600]}")

    def leave(self, job: str, result: str, rows: int) -> None:
        with self.lock:
            self.jobs.append((job, result, rows))

    @property
    def reloading(self) -> bool:
        return time.monotonic() - self.reloaded < RELOAD_S


class Client:
    """Speaks HTTP on connections that it keeps, or on one for each request."""

    def __init__(self, port: int, book: Book, number: int) -> None:
        self.port = port
        self.book = book
        self.number = number
        self.random = random.Random(number)
        self.kind = ""
        self._kept: http.client.HTTPConnection | None = None

    def get(self, path: str, *, expect: int = 200, **query: object) -> Answer:
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path, expect=expect)

    def post(self, path: str, *, expect: int = 200, **form: object) -> Answer:
        return self.ask("POST", path, urlencode(form).encode(), FORM, expect=expect)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        expect: int = 200,
    ) -> Answer:
        """The answer, asked for again where a client of a busy or reloaded server would."""
        refused = 0
        while True:
            answer = self._asked(method, path, body, dict(headers or {}))
            if answer is None:
                continue
            told = f"{method} {path[:200]}: {answer.status}, {answer.body[:300]!r}"
            if answer.status == expect:
                return answer
            if answer.status == 429 or (answer.status == 503 and self.book.reloading):
                after = int(answer.headers["Retry-After"] or 0)
                refused += answer.status == 429
                self.book.count(f"status {answer.status}")
                # /health tells whoever watches, who comes again anyhow.
                if (path != "/health" and not 0 < after <= 10) or refused > REFUSALS:
                    raise Wrong(told)
                time.sleep(after if answer.status == 429 else 1)
                continue
            raise Wrong(f"{told} where {expect} is expected")

    def _asked(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer | None:
        """One try; None where the connection was cut as it may be."""
        kept, self._kept = self._kept, None
        to = kept or self.connection()
        begun = time.monotonic()
        try:
            to.request(method, path, body, headers)
            reply = to.getresponse()
            answer = Answer(reply.status, reply.headers, reply.read())
        except BROKEN as err:
            to.close()
            if kept is not None and time.monotonic() - begun < 1:
                self.book.count("kept connections ended")  # idle for longer than it is kept
                return None
            self.cut(err)
            return None
        self.book.answered(self.kind, time.monotonic() - begun)
        if self.random.random() < 0.7 and not reply.will_close:
            self._kept = to
        else:
            to.close()
        return answer

    def cut(self, err: BaseException) -> None:
        """Take note of a connection that was cut or refused; raise where it may not be."""
        if not self.book.reloading:
            raise err
        self.book.count("cut by the reload")
        time.sleep(0.2)

    def connection(self, receive_bytes: int = 0) -> http.client.HTTPConnection:
        made = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        if receive_bytes:
            made.sock = socket.socket()
            made.sock.settimeout(ANSWER_S)
            made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            made.sock.connect(("127.0.0.1", self.port))
        return made

    def break_off(self, path: str, form: Mapping[str, object], after_bytes: int) -> None:
        """Go away without a word when so many bytes of the answer are there."""
        to = self.connection()
        try:
            to.request("POST", path, urlencode(form).encode(), FORM)
            if after_bytes:
                reply = to.getresponse()
                if reply.status not in (200, 429) and not self.book.reloading:
                    raise Wrong(f"{path} {form}: {reply.status} {reply.read(300)!r}")
                reply.read(after_bytes)
            if to.sock is not None:  # it was no longer than that
                to.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        except BROKEN as err:
            self.cut(err)
        finally:
            to.close()

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
