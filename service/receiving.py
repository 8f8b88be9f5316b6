"""Bodies of requests that are files: onto the disk in pieces, whole, and not at a snail's pace."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from flask import Request
from satvo.ingest.held import held_folder, sweep
from satvo.schemas.errors import BadParameter
from werkzeug.exceptions import RequestTimeout

__all__ = ["Body", "incoming_folder", "received", "sweep_incoming"]

_PIECE = 1 << 14
"""Read at once. A read waits for all of it, so a large one would hide how slow a client is."""

_GRACE_S = 10.0
"""How long a client may take before its pace counts."""

_FOLDER = "incoming"


class Body(io.RawIOBase):
    """The body of a request, counted.

    Parameters
    ----------
    request : Request
        Whose ``max_content_length`` is set.

    Raises
    ------
    RequestEntityTooLarge
        While it is made or read, if it is larger than that.
    """

    def __init__(self, request: Request) -> None:
        self._stream: Any = request.stream
        self._announced = request.content_length
        self.received = 0

    def read(self, size: int = -1) -> bytes:
        """At most `_PIECE` bytes more; none at the end."""
        if self.received == self._announced:
            return b""  # of a body of just the limit Werkzeug says that it is too large
        piece: bytes = self._stream.read(_PIECE if size < 0 else min(size, _PIECE))
        self.received += len(piece)
        return piece


@contextmanager
def received(request: Request, *, max_bytes: int, slowest: int) -> Iterator[Body]:
    """The body of a request, to be read inside, to its end.

    Parameters
    ----------
    request : Request
    max_bytes : int
        Of the whole body.
    slowest : int
        Bytes a second that must come in the mean, after the first seconds.

    Raises
    ------
    RequestEntityTooLarge
        While it comes, if it has more bytes.
    BadParameter
        At the end, if it broke off before the length that was announced: gunicorn hands what came
        on as if it were all.
    RequestTimeout
        If it comes too slowly.
    """
    request.max_content_length = max_bytes
    body = Body(request)
    over = threading.Event()
    pace = _Pace(body, over, request.environ.get("gunicorn.socket"), slowest)
    pace.start()
    try:
        yield body
        announced = request.content_length
        if announced is not None and body.received != announced:
            raise BadParameter(
                f"the request broke off: {body.received} of {announced} bytes came; send it again"
            )
    except Exception:
        if pace.cut:
            raise RequestTimeout(
                f"the request comes slower than {slowest} bytes a second, and was cut off"
            ) from None
        raise
    finally:
        over.set()
        pace.join()


class _Pace(threading.Thread):
    """Ends the input of a connection whose client is too slow.

    Whoever reads waits in the system, where nothing else would wake it: each byte that comes puts
    the limit of the connection off.
    """

    def __init__(
        self, body: Body, over: threading.Event, connection: socket.socket | None, slowest: int
    ) -> None:
        super().__init__(name="upload-pace", daemon=True)
        self._body = body
        self._over = over
        self._connection = connection
        self._slowest = slowest
        self.cut = False

    def run(self) -> None:
        """Look every second."""
        start = time.monotonic()
        while not self._over.wait(1.0) and self._connection is not None:
            wanted = (time.monotonic() - start - _GRACE_S) * self._slowest
            if self._body.received + _PIECE < wanted:
                self.cut = True
                with suppress(OSError):  # the client went away
                    self._connection.shutdown(socket.SHUT_RD)
                return


def incoming_folder(home: Path) -> AbstractContextManager[Path]:
    """A folder in the home for one request; gone at the end, and after a kill at the next start.

    It is on the disk of the archive, which was looked at for room.
    """
    return held_folder(home / _FOLDER)


def sweep_incoming(home: Path) -> int:
    """Remove what requests left that were killed; how many there were."""
    return sweep(home / _FOLDER)
